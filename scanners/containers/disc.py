"""Listing what lies on the image of a disc (ISO 9660), with the names of Rock Ridge or Joliet where it has them.

Follows ECMA-119 and Microsoft's Joliet specification. A disc may hold a second file system (UDF), which is not read:
where what was listed does not account for the size of the image, that is said.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from scanners.containers.allowance import Allowance
from scanners.containers.disc_records import DiscRecord, records_of, starts_rock_ridge
from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.errors import BrokenContentError, OversizedContentError, UnopenedContentError
from scanners.source import ByteSource

_SECTOR_BYTES = 2048
_FIRST_DESCRIPTOR, _MAX_DESCRIPTORS = 16, 64
_MARK, _OTHER_FILE_SYSTEM = b"CD001", (b"NSR02", b"NSR03")
_FRAMES = (b"BEA01", b"TEA01", b"BOOT2", b"CDW02")  # ECMA-167 2/9: what else may stand among the descriptions
_UDF = "it holds a file system (UDF) that this program cannot look into"
_PRIMARY, _SUPPLEMENTARY, _LAST = 1, 2, 255
_JOLIET_ESCAPES = (b"%/@", b"%/C", b"%/E")
_ESCAPES, _BLOCK_BYTES_AT, _ROOT_RECORD = slice(88, 120), 128, slice(156, 190)
_BLOCK_SIZES = frozenset({512, 1024, 2048})
_ROOT = struct.Struct("<2xL4xL")

_MAX_LEVELS = 200
_MAX_FOLDER_BYTES = 64 << 20
_MAX_FOLDERS_BYTES = 128 << 20
_MAX_PATH_CHARS = 4096
_CHUNK_BYTES = 256 << 10
_OVERHEAD_BYTES = 4 << 20  # what both file systems of a disc need for themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class _Volume:
    """One tree of a disc: where its root lies, and how names are written in it."""

    root_at: int
    root_bytes: int
    block_bytes: int
    is_joliet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extent:
    at: int
    size_bytes: int


def list_disc(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a disc's image on the shelf, folders and links left out.

    Raises:
        BrokenContentError: It is damaged or cut off.
        OversizedContentError: The shelf takes no more, or its folders are larger than any real ones.
        UnopenedContentError: It holds another file system, alone or with more than was listed.
    """
    volumes, has_other = _volumes(source)
    walk = _Walk(source, *_best(source, volumes), shelf)
    walk.go()
    if walk.is_cut_off:
        raise BrokenContentError("it is cut off: some of its files lie behind its end")
    if walk.is_damaged:
        raise BrokenContentError("a folder in it is damaged, so files may be missing from the list")
    if has_other and walk.listed_bytes * 2 < source.size_bytes - _OVERHEAD_BYTES:
        raise UnopenedContentError(_UDF)


def _volumes(source: ByteSource) -> tuple[list[_Volume], bool]:
    found: list[_Volume] = []
    has_other = False
    for number in range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + _MAX_DESCRIPTORS):
        block = source.at(number * _SECTOR_BYTES, _SECTOR_BYTES)
        if len(block) < _SECTOR_BYTES:
            break
        has_other |= block[1:6] in _OTHER_FILE_SYSTEM
        if block[1:6] in (*_OTHER_FILE_SYSTEM, *_FRAMES):
            continue
        if block[1:6] != _MARK:
            break
        is_joliet = block[0] == _SUPPLEMENTARY and block[_ESCAPES].startswith(_JOLIET_ESCAPES)
        if block[0] == _PRIMARY or is_joliet:
            found.append(_volume(block, is_joliet=is_joliet))
    if not found and has_other:
        raise UnopenedContentError(_UDF)
    if not found:
        raise BrokenContentError("it holds no description of a disc that can be read")
    return found, has_other


def _volume(block: bytes, *, is_joliet: bool) -> _Volume:
    block_bytes = int.from_bytes(block[_BLOCK_BYTES_AT : _BLOCK_BYTES_AT + 2], "little")
    if block_bytes not in _BLOCK_SIZES:
        raise BrokenContentError("its description of the disc is damaged")
    root_at, root_bytes = _ROOT.unpack_from(block[_ROOT_RECORD])
    return _Volume(root_at=root_at, root_bytes=root_bytes, block_bytes=block_bytes, is_joliet=is_joliet)


def _best(source: ByteSource, volumes: list[_Volume]) -> tuple[_Volume, int | None]:
    """Return the tree with the truest names: Rock Ridge, then Joliet, then the plain one; and Rock Ridge's offset."""
    for volume in volumes:
        if not volume.is_joliet:
            start = source.at(volume.root_at * volume.block_bytes, _SECTOR_BYTES)
            skipped = starts_rock_ridge(start[: start[0]]) if start else None
            if skipped is not None:
                return volume, skipped
    return next((volume for volume in volumes if volume.is_joliet), volumes[0]), None


class _Walk:
    """Goes through all folders of one tree, each of them once however often it is named."""

    def __init__(self, source: ByteSource, volume: _Volume, skipped: int | None, shelf: Shelf) -> None:
        self._source = source
        self._volume = volume
        self._skipped = skipped
        self._shelf = shelf
        self._seen = {volume.root_at}
        self._left_bytes = _MAX_FOLDERS_BYTES
        self._waiting = [("", volume.root_at, volume.root_bytes, 0)]
        self.is_damaged = self.is_cut_off = False
        self.listed_bytes = 0

    def go(self) -> None:
        """Put all files on the shelf, folder by folder.

        Raises:
            OversizedContentError: There is more than in any real disc.
        """
        while self._waiting:
            path, at, size_bytes, level = self._waiting.pop()
            folders = []
            for name, record, extents in self._files(self._records(at, size_bytes)):
                inner = f"{path}{name}"[:_MAX_PATH_CHARS]
                place = self._folder_place(record)
                if place is None:
                    self._put(inner, record, extents)
                elif place[0] not in self._seen and not record.is_moved:
                    self._seen.add(place[0])
                    folders.append((f"{inner}/", *place, level + 1))
            if folders and level >= _MAX_LEVELS:
                raise OversizedContentError(f"folders in it lie more than {_MAX_LEVELS} deep")
            self._waiting.extend(reversed(folders))

    def _records(self, at: int, size_bytes: int) -> Iterator[DiscRecord]:
        if size_bytes > _MAX_FOLDER_BYTES or size_bytes > self._left_bytes:
            raise OversizedContentError("its folders are larger than those of any real disc")
        self._left_bytes -= size_bytes
        content = self._source.at(at * self._volume.block_bytes, size_bytes)
        self.is_cut_off |= len(content) < size_bytes
        found = records_of(
            content,
            block_bytes=self._volume.block_bytes,
            skipped_bytes=self._skipped or 0,
            follow=self._continuation,
        )
        for record in found:
            if record is None:
                self.is_damaged = True
            elif not (record.is_self_or_parent or record.is_associated):
                yield record

    def _files(self, records: Iterator[DiscRecord]) -> Iterator[tuple[str, DiscRecord, tuple[_Extent, ...]]]:
        """Yield what each record or run of records is about: a large file lies in several extents (ECMA-119 6.5.1)."""
        extents: list[_Extent] = []
        for record in records:
            extents.append(_Extent(at=record.extent * self._volume.block_bytes, size_bytes=record.size_bytes))
            if not record.goes_on:
                size_bytes = sum(extent.size_bytes for extent in extents)
                yield self._name(record), replace(record, size_bytes=size_bytes), tuple(extents)
                extents.clear()
        self.is_damaged |= bool(extents)

    def _folder_place(self, record: DiscRecord) -> tuple[int, int] | None:
        if record.child_at:
            start = self._source.at(record.child_at * self._volume.block_bytes, _ROOT.size)
            return (record.child_at, _ROOT.unpack(start)[1]) if len(start) == _ROOT.size else None
        return (record.extent, record.size_bytes) if record.is_folder else None

    def _put(self, path: str, record: DiscRecord, extents: tuple[_Extent, ...]) -> None:
        if record.is_link:
            return
        end = max(extent.at + extent.size_bytes for extent in extents)
        self.is_cut_off |= end > self._source.size_bytes and record.size_bytes > 0
        self.listed_bytes += record.size_bytes
        is_plain = not (record.is_interleaved or record.is_packed)
        self._shelf.put(
            ArchiveEntry(name=path, size_bytes=record.size_bytes, modified=record.modified),
            content=partial(_content, self._source, extents, self._shelf.allowance) if is_plain else None,
        )

    def _name(self, record: DiscRecord) -> str:
        if record.alternate:
            return record.alternate.decode("utf-8", "replace").replace("/", "_")
        if self._volume.is_joliet:
            name = record.raw_name.decode("utf-16-be", "replace")
        else:
            name = record.raw_name.decode("ascii", "replace")
        plain, _, number = name.rpartition(";")  # the number of a version, ECMA-119 7.5.1
        name = plain if plain and number.isdecimal() else name
        return name if self._volume.is_joliet else name.removesuffix(".")

    def _continuation(self, block: int, offset: int, length: int) -> bytes:
        return self._source.at(block * self._volume.block_bytes + offset, length)


def _content(source: ByteSource, extents: tuple[_Extent, ...], allowance: Allowance) -> Iterator[bytes]:
    for extent in extents:
        position, end = extent.at, extent.at + extent.size_bytes
        while position < end:
            chunk = source.at(position, min(_CHUNK_BYTES, end - position))
            if not chunk:
                raise BrokenContentError("its content is cut off")
            allowance.spend(len(chunk))
            position += len(chunk)
            yield chunk
