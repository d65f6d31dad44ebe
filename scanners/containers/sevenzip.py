"""Listing what lies in a 7z archive from its header alone; no content is unpacked.

Follows 7zFormat.txt of the LZMA SDK (public domain). The header is usually packed with LZMA, which the standard
library unpacks; so no further package is needed.
"""

import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.stamps import windows_stamp
from scanners.errors import BrokenContentError, EncryptedContentError, OversizedContentError
from scanners.source import ByteSource

SIGNATURE = b"7z\xbc\xaf\x27\x1c"

_START = struct.Struct("<6s2BLQQL")
_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _STREAMS, _FILES = range(6)
_PACKED, _UNPACKED, _SUBSTREAMS, _SIZES, _CHECKSUMS, _FOLDERS, _CODER_SIZES, _COUNTS = range(6, 14)
_EMPTY_STREAM, _EMPTY_FILE = 0x0E, 0x0F
_NAMES, _MODIFIED = 0x11, 0x14
_PACKED_HEADER = 0x17

_COPY, _LZMA2, _LZMA, _AES = b"\0", b"\x21", b"\x03\x01\x01", b"\x06\xf1\x07\x01"
_ID_BYTES, _IS_COMPLEX, _HAS_PROPERTIES = 0x0F, 0x10, 0x20

_MAX_HEADER_BYTES = 64 << 20
_MAX_CODERS = 32
_MAX_FILES = 1_000_000
_MAX_LAYERS = 4
_LZMA_PROPERTIES_BYTES = 5
_MAX_LZMA2_DICTIONARY = 40
_LEAST_DICTIONARY_BYTES = 4096


class _Reader:
    """A header, read from the front to the back; whatever does not fit in it is damage."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def take(self, count: int) -> bytes:
        taken = self.content[self.position : self.position + count]
        if count < 0 or len(taken) < count:
            raise BrokenContentError("its table of contents is cut off")
        self.position += count
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number whose first byte tells by its leading ones how many bytes follow."""
        first = self.byte()
        value, mask = 0, 0x80
        for index in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * index)
            value |= self.byte() << (8 * index)
            mask >>= 1
        return value

    def count(self) -> int:
        """Return a number of things, of which each takes at least a bit of the header.

        Raises:
            BrokenContentError: There are more than that.
            OversizedContentError: There are more than in any real archive.
        """
        count = self.number()
        if count > 8 * len(self.content):
            raise BrokenContentError("its table of contents claims more than it holds")
        return _bounded(count)

    def bits(self, count: int) -> list[bool]:
        packed = self.take((count + 7) // 8)
        return [bool(packed[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]

    def bits_or_all(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)

    def expect(self, kind: int) -> None:
        if self.byte() != kind:
            raise BrokenContentError("its table of contents is damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coder:
    method: bytes
    properties: bytes
    streams_in: int
    streams_out: int


@dataclass(slots=True, kw_only=True)
class _Folder:
    """Files that were packed together, by a chain of coders."""

    coders: tuple[_Coder, ...]
    bound_out: frozenset[int]
    sizes: tuple[int, ...] = ()
    has_checksum: bool = False

    @property
    def is_encrypted(self) -> bool:
        return any(coder.method == _AES for coder in self.coders)

    @property
    def unpacked_bytes(self) -> int:
        """The size of the one stream that does not go into another coder."""
        return next((size for index, size in enumerate(self.sizes) if index not in self.bound_out), 0)


@dataclass(slots=True, kw_only=True)
class _Streams:
    """Where packed content lies, and the sizes of the files in it, folder by folder."""

    packed_at: int = 0
    packed_bytes: tuple[int, ...] = ()
    folders: tuple[_Folder, ...] = ()
    files: tuple[tuple[int, bool], ...] = ()


def list_sevenzip(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a 7z archive on the shelf, folders left out.

    Raises:
        BrokenContentError: It is damaged or cut off.
        EncryptedContentError: Its table of contents is locked with a password.
        OversizedContentError: Its table of contents is larger than any real one.
    """
    reader = _Reader(_header(source))
    if not reader.content:
        return
    kind = reader.byte()
    for _ in range(_MAX_LAYERS):
        if kind != _PACKED_HEADER:
            break
        reader = _Reader(_unpacked_header(source, _read_streams(reader), shelf))
        kind = reader.byte()
    if kind != _HEADER:
        raise BrokenContentError("its table of contents is damaged")
    for entry in _entries(reader):
        shelf.put(entry)


def _header(source: ByteSource) -> bytes:
    start = source.at(0, _START.size)
    if len(start) < _START.size or not start.startswith(SIGNATURE):
        raise BrokenContentError("its beginning is damaged")
    *_, offset, size, checksum = _START.unpack(start)
    if size > _MAX_HEADER_BYTES:
        raise OversizedContentError("its table of contents is larger than any real one")
    header = source.at(_START.size + offset, size)
    if len(header) < size:
        raise BrokenContentError("its table of contents is missing, as when a file was cut off or split")
    if zlib.crc32(header) != checksum:
        raise BrokenContentError("its table of contents is damaged: its checksum is wrong")
    return header


def _unpacked_header(source: ByteSource, streams: _Streams, shelf: Shelf) -> bytes:
    if not streams.folders or not streams.packed_bytes:
        raise BrokenContentError("its table of contents is damaged")
    folder = streams.folders[0]
    if folder.is_encrypted:
        raise EncryptedContentError("its table of contents is locked with a password")
    size = folder.unpacked_bytes
    if size > _MAX_HEADER_BYTES:
        raise OversizedContentError("its table of contents is larger than any real one")
    shelf.allowance.spend(size)
    packed = source.at(_START.size + streams.packed_at, min(streams.packed_bytes[0], source.size_bytes))
    return _decoded(packed, folder.coders, size)


def _decoded(packed: bytes, coders: tuple[_Coder, ...], size: int) -> bytes:
    if len(coders) != 1:
        raise BrokenContentError("its table of contents is packed in an unusual way")
    if coders[0].method == _COPY:
        return packed[:size]
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_lzma_filter(coders[0], size)])
        content = decoder.decompress(packed, size)
    except (lzma.LZMAError, EOFError, ValueError) as error:
        raise BrokenContentError("its table of contents cannot be unpacked") from error
    if len(content) < size:
        raise BrokenContentError("its table of contents is cut off")
    return content


def _lzma_filter(coder: _Coder, size: int) -> dict[str, int]:
    # A dictionary need not be larger than what comes out; a claimed one of 4 GB would be taken from memory.
    enough = max(_LEAST_DICTIONARY_BYTES, size)
    if coder.method == _LZMA and len(coder.properties) == _LZMA_PROPERTIES_BYTES:
        packed, dictionary = struct.unpack("<BL", coder.properties)
        rest, lc = divmod(packed, 9)
        pb, lp = divmod(rest, 5)
        size = max(_LEAST_DICTIONARY_BYTES, min(dictionary, enough))
        return {"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc, "lp": lp, "pb": pb}
    if coder.method == _LZMA2 and coder.properties and coder.properties[0] <= _MAX_LZMA2_DICTIONARY:
        return {"id": lzma.FILTER_LZMA2, "dict_size": enough}
    raise BrokenContentError("its table of contents is packed in an unusual way")


def _entries(reader: _Reader) -> Iterator[ArchiveEntry]:
    streams = _Streams()
    while (kind := reader.byte()) != _END:
        if kind == _ARCHIVE_PROPERTIES:
            while reader.byte() != _END:
                reader.take(reader.number())
        elif kind in (_ADDITIONAL, _STREAMS):
            found = _read_streams(reader)
            streams = found if kind == _STREAMS else streams
        elif kind == _FILES:
            yield from _read_files(reader, streams)
            return
        else:
            raise BrokenContentError("its table of contents is damaged")


def _read_files(reader: _Reader, streams: _Streams) -> Iterator[ArchiveEntry]:
    count = reader.count()
    is_empty, empty_files = [False] * count, list[bool]()
    names, times = list[str](), list[int]()
    while (kind := reader.byte()) != _END:
        part = _Reader(reader.take(reader.number()))
        if kind == _EMPTY_STREAM:
            is_empty = part.bits(count)
        elif kind == _EMPTY_FILE:
            empty_files = part.bits(sum(is_empty))
        elif kind == _NAMES:
            names = _names(part, count)
        elif kind == _MODIFIED:
            times = _times(part, count)
    if len(names) < count:
        raise BrokenContentError("its table of contents names fewer files than it holds")
    sizes = iter(streams.files)
    is_file = iter(empty_files)
    for index, name in enumerate(names[:count]):
        if is_empty[index]:
            if not next(is_file, False):
                continue  # neither content nor the mark of an empty file: a folder
            size, is_encrypted = 0, False
        else:
            size, is_encrypted = next(sizes, (0, False))
        modified = windows_stamp(times[index]) if times else ""
        yield ArchiveEntry(name=name, size_bytes=size, modified=modified, is_encrypted=is_encrypted)


def _names(part: _Reader, count: int) -> list[str]:
    part.expect(0)  # names in another stream are described, and written by nobody
    return part.content[part.position :].decode("utf-16-le", "replace").split("\0", count)[:count]


def _times(part: _Reader, count: int) -> list[int]:
    is_stated = part.bits_or_all(count)
    part.expect(0)
    return [int.from_bytes(part.take(8), "little") if stated else 0 for stated in is_stated]


def _read_streams(reader: _Reader) -> _Streams:
    streams = _Streams()
    counts: list[int] | None = None
    while (kind := reader.byte()) != _END:
        if kind == _PACKED:
            _read_packed(reader, streams)
        elif kind == _UNPACKED:
            streams.folders = _read_folders(reader)
        elif kind == _SUBSTREAMS:
            counts = _read_substreams(reader, streams)
        else:
            raise BrokenContentError("its table of contents is damaged")
    if counts is None:
        streams.files = tuple((folder.unpacked_bytes, folder.is_encrypted) for folder in streams.folders)
    return streams


def _read_packed(reader: _Reader, streams: _Streams) -> None:
    streams.packed_at = reader.number()
    count = reader.count()
    while (kind := reader.byte()) != _END:
        if kind == _SIZES:
            streams.packed_bytes = tuple(reader.number() for _ in range(count))
        elif kind == _CHECKSUMS:
            _skip_checksums(reader, count)
        else:
            raise BrokenContentError("its table of contents is damaged")


def _read_folders(reader: _Reader) -> tuple[_Folder, ...]:
    reader.expect(_FOLDERS)
    count = reader.count()
    reader.expect(0)
    folders = tuple(_read_folder(reader) for _ in range(count))
    reader.expect(_CODER_SIZES)
    for folder in folders:
        folder.sizes = tuple(reader.number() for coder in folder.coders for _ in range(coder.streams_out))
    while (kind := reader.byte()) != _END:
        if kind != _CHECKSUMS:
            raise BrokenContentError("its table of contents is damaged")
        for folder, has_checksum in zip(folders, _skip_checksums(reader, count), strict=True):
            folder.has_checksum = has_checksum
    return folders


def _read_folder(reader: _Reader) -> _Folder:
    coders = tuple(_read_coder(reader) for _ in range(_few(reader.number())))
    streams_in = sum(coder.streams_in for coder in coders)
    bonds = max(0, sum(coder.streams_out for coder in coders) - 1)
    bound_out = set[int]()
    for _ in range(bonds):
        reader.number()
        bound_out.add(reader.number())
    packed_streams = streams_in - bonds
    for _ in range(packed_streams if packed_streams > 1 else 0):
        reader.number()
    return _Folder(coders=coders, bound_out=frozenset(bound_out))


def _read_coder(reader: _Reader) -> _Coder:
    flags = reader.byte()
    method = reader.take(flags & _ID_BYTES)
    is_complex = flags & _IS_COMPLEX
    streams_in, streams_out = (_few(reader.number()), _few(reader.number())) if is_complex else (1, 1)
    properties = reader.take(reader.number()) if flags & _HAS_PROPERTIES else b""
    return _Coder(method=method, properties=properties, streams_in=streams_in, streams_out=streams_out)


def _few(count: int) -> int:
    if count > _MAX_CODERS:
        raise BrokenContentError("its table of contents is damaged")
    return count


def _read_substreams(reader: _Reader, streams: _Streams) -> list[int]:
    counts = [1] * len(streams.folders)
    sizes: list[tuple[int, bool]] | None = None
    while (kind := reader.byte()) != _END:
        if kind == _COUNTS:
            counts = [reader.count() for _ in streams.folders]
            _bounded(sum(counts))
        elif kind == _SIZES:
            sizes = _substream_sizes(reader, streams.folders, counts)
        elif kind == _CHECKSUMS:
            _skip_checksums(reader, _without_checksum(streams.folders, counts))
        else:
            raise BrokenContentError("its table of contents is damaged")
    if sizes is None:
        sizes = _substream_sizes(None, streams.folders, counts)
    streams.files = tuple(sizes)
    return counts


def _substream_sizes(reader: _Reader | None, folders: tuple[_Folder, ...], counts: list[int]) -> list[tuple[int, bool]]:
    """Return the size of each file: all but the last of a folder are stated, and the last has the rest."""
    sizes: list[tuple[int, bool]] = []
    for folder, count in zip(folders, counts, strict=True):
        left = folder.unpacked_bytes
        for index in range(count):
            size = left if index == count - 1 or reader is None else reader.number()
            left = max(0, left - size)
            sizes.append((size, folder.is_encrypted))
    return sizes


def _without_checksum(folders: tuple[_Folder, ...], counts: list[int]) -> int:
    """Return how many files have a checksum of their own: a single file in a folder shares the folder's."""
    pairs = zip(folders, counts, strict=True)
    return sum(count for folder, count in pairs if count != 1 or not folder.has_checksum)


def _skip_checksums(reader: _Reader, count: int) -> list[bool]:
    is_stated = reader.bits_or_all(count)
    reader.take(4 * sum(is_stated))
    return is_stated


def _bounded(count: int) -> int:
    if count > _MAX_FILES:
        raise OversizedContentError(f"it claims to hold {count} parts")
    return count
