"""Listing what lies in a RAR archive, of version 5 or of those before, from its headers.

Follows RARLAB's technical notes of both formats. How RAR packs is not published for free use, so only what is stored
unpacked can be looked into; its headers are plain unless they are locked.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from scanners.containers.allowance import Allowance
from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.stamps import dos_stamp, unix_stamp
from scanners.errors import BrokenContentError, EncryptedContentError, OversizedContentError, UnopenedContentError
from scanners.source import ByteSource

SIGNATURE = b"Rar!\x1a\x07"
_NEW, _OLD = SIGNATURE + b"\1\0", SIGNATURE + b"\0"

_MAX_HEADER_BYTES = 2 << 20  # technical note of RAR 5: longer headers are damage
_MAX_BLOCKS = 1_000_000
_TOO_MANY_WORDS = "it holds more parts than any real archive"
_LOCKED_WORDS = "its table of contents is locked with a password"

# RAR 5
_MAIN, _FILE, _LOCK, _END = 1, 2, 4, 5
_HAS_EXTRA, _HAS_CONTENT = 0x1, 0x2
_IS_FOLDER, _HAS_TIME, _HAS_CHECKSUM, _SIZE_UNKNOWN = 0x1, 0x2, 0x4, 0x8
_IS_SPLIT = 0x18
_METHOD = 0x380  # of how it is packed: 0 is stored
_EXTRA_LOCK = 1

# RAR 1.5 to 4
_OLD_BLOCK = struct.Struct("<H B 2H")
_OLD_FILE = struct.Struct("<2L B L 2H 2B H L")
_OLD_MAIN_KIND, _OLD_FILE_KIND, _OLD_END_KIND = 0x73, 0x74, 0x7B
_OLD_HEADERS_LOCKED, _OLD_LOCKED, _OLD_FOLDER = 0x80, 0x04, 0xE0
_OLD_WIDE, _OLD_UNICODE, _OLD_HAS_CONTENT = 0x100, 0x200, 0x8000
_OLD_IS_SPLIT, _OLD_STORED = 0x03, 0x30
_MAX_NAME_CHARS = 4096
_CHUNK_BYTES = 256 << 10
_LOW_ONLY, _SAME_HIGH, _BOTH = 0, 1, 2  # the fourth way: as in the name without


@dataclass(slots=True)
class _Fields:
    """The fields of one header, read from the front to the back."""

    content: bytes
    position: int = 0

    def number(self) -> int:
        """Return a number of which each byte gives seven bits, the lowest first."""
        value = 0
        for shift in range(0, 70, 7):
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004  the mark that more follows
                return value
        raise BrokenContentError("a header in it is damaged")

    def take(self, count: int) -> bytes:
        taken = self.content[self.position : self.position + count]
        if len(taken) < count:
            raise BrokenContentError("a header in it is cut off")
        self.position += count
        return taken


def list_rar(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a RAR archive on the shelf, folders left out.

    Raises:
        BrokenContentError: It is damaged or cut off.
        EncryptedContentError: Its headers are locked with a password.
        OversizedContentError: The shelf takes no more.
    """
    start = source.at(0, len(_NEW))
    for entry, content in _old_entries(source) if start.startswith(_OLD) else _new_entries(source):
        shelf.put(entry, content=partial(_content, source, content, shelf.allowance))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """Where the content of one file lies, and whether it lies there whole and as it is."""

    position: int
    size_bytes: int
    is_stored: bool
    is_whole: bool


def _content(source: ByteSource, content: _Content, allowance: Allowance) -> Iterator[bytes]:
    if not content.is_whole:
        raise UnopenedContentError("an archive in it lies partly in another volume")
    if not content.is_stored:
        raise UnopenedContentError("an archive in it is packed in a way (RAR) that this program cannot unpack")
    position, end = content.position, content.position + content.size_bytes
    while position < end:
        chunk = source.at(position, min(_CHUNK_BYTES, end - position))
        if not chunk:
            raise BrokenContentError("its content is cut off")
        allowance.spend(len(chunk))
        position += len(chunk)
        yield chunk


def _new_entries(source: ByteSource) -> Iterator[tuple[ArchiveEntry, _Content]]:
    position = len(_NEW)
    for _ in range(_MAX_BLOCKS):
        header = source.at(position, 4 + 3)
        if not header:
            return
        fields = _Fields(header, 4)
        size = fields.number()
        if not 0 < size <= _MAX_HEADER_BYTES:
            raise BrokenContentError("a header in it is damaged")
        header_at = position + fields.position
        fields = _Fields(source.at(header_at, size))
        kind, flags = fields.number(), fields.number()
        extra_bytes = fields.number() if flags & _HAS_EXTRA else 0
        content_bytes = fields.number() if flags & _HAS_CONTENT else 0
        if kind == _LOCK:
            raise EncryptedContentError(_LOCKED_WORDS)
        if kind == _END:
            return
        if kind == _FILE and (described := _new_entry(fields, extra_bytes)):
            entry, is_stored = described
            is_whole = not flags & _IS_SPLIT
            place = header_at + size
            yield (
                entry,
                _Content(position=place, size_bytes=content_bytes, is_stored=is_stored, is_whole=is_whole),
            )
        position = header_at + size + content_bytes
        if position > source.size_bytes:
            raise BrokenContentError("it is cut off, or its other volumes hold the rest")
    raise OversizedContentError(_TOO_MANY_WORDS)


def _new_entry(fields: _Fields, extra_bytes: int) -> tuple[ArchiveEntry, bool] | None:
    flags, size = fields.number(), fields.number()
    fields.number()  # attributes
    seconds = int.from_bytes(fields.take(4), "little") if flags & _HAS_TIME else 0
    if flags & _HAS_CHECKSUM:
        fields.take(4)
    is_stored = not fields.number() & _METHOD
    fields.number()  # on which system
    name = fields.take(fields.number()).decode("utf-8", "replace")
    if flags & _IS_FOLDER:
        return None
    entry = ArchiveEntry(
        name=name,
        size_bytes=None if flags & _SIZE_UNKNOWN else size,
        modified=unix_stamp(seconds),
        is_encrypted=_is_locked(fields.content[len(fields.content) - extra_bytes :] if extra_bytes else b""),
    )
    return entry, is_stored


def _is_locked(extra: bytes) -> bool:
    fields = _Fields(extra)
    while fields.position < len(extra):
        size = fields.number()
        following = fields.position + size
        if size and fields.number() == _EXTRA_LOCK:
            return True
        fields.position = following
    return False


def _old_entries(source: ByteSource) -> Iterator[tuple[ArchiveEntry, _Content]]:
    position = len(_OLD)
    for _ in range(_MAX_BLOCKS):
        header = source.at(position, _OLD_BLOCK.size + 4)
        if not header:
            return
        if len(header) < _OLD_BLOCK.size:
            raise BrokenContentError("a header in it is cut off")
        _, kind, flags, size = _OLD_BLOCK.unpack_from(header)
        if size < _OLD_BLOCK.size:
            raise BrokenContentError("a header in it is damaged")
        if kind == _OLD_MAIN_KIND and flags & _OLD_HEADERS_LOCKED:
            raise EncryptedContentError(_LOCKED_WORDS)
        if kind == _OLD_END_KIND:
            return
        content_bytes = int.from_bytes(header[_OLD_BLOCK.size :], "little") if flags & _OLD_HAS_CONTENT else 0
        if kind == _OLD_FILE_KIND:
            entry, content_bytes, is_stored = _old_entry(_Fields(source.at(position, size), _OLD_BLOCK.size), flags)
            if entry:
                is_whole = not flags & _OLD_IS_SPLIT
                place = position + size
                yield (
                    entry,
                    _Content(position=place, size_bytes=content_bytes, is_stored=is_stored, is_whole=is_whole),
                )
        position += size + content_bytes
        if position > source.size_bytes:
            raise BrokenContentError("it is cut off, or its other volumes hold the rest")
    raise OversizedContentError(_TOO_MANY_WORDS)


def _old_entry(fields: _Fields, flags: int) -> tuple[ArchiveEntry | None, int, bool]:
    packed, unpacked, _, _, time, date, _, method, name_bytes, _ = _OLD_FILE.unpack(fields.take(_OLD_FILE.size))
    if flags & _OLD_WIDE:
        packed |= int.from_bytes(fields.take(4), "little") << 32
        unpacked |= int.from_bytes(fields.take(4), "little") << 32
    plain, zero, packed_name = fields.take(name_bytes).partition(b"\0")
    name = _unpacked_name(plain, packed_name) if flags & _OLD_UNICODE and zero else _old_name(plain)
    if flags & _OLD_FOLDER == _OLD_FOLDER:
        return None, packed, False
    entry = ArchiveEntry(
        name=name.replace("\\", "/"),
        size_bytes=unpacked,
        modified=dos_stamp(date, time),
        is_encrypted=bool(flags & _OLD_LOCKED),
    )
    return entry, packed, method == _OLD_STORED


def _old_name(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp850")


def _unpacked_name(plain: bytes, packed: bytes) -> str:
    """Return a name in Unicode from its difference to the name without: two bits tell how each character is given."""
    taken = iter(packed[1:])
    high = packed[:1]
    found = bytearray()
    try:
        while len(found) < 2 * _MAX_NAME_CHARS:
            ways = next(taken)
            for shift in (6, 4, 2, 0):
                found += _characters(ways >> shift & 3, taken, plain[len(found) // 2 :], high=high)
    except StopIteration:
        pass
    return found.decode("utf-16-le", "replace") or _old_name(plain)


def _characters(way: int, taken: Iterator[int], plain: bytes, *, high: bytes) -> bytes:
    """Return the next characters, each of two bytes; ends the iteration where nothing follows."""
    byte = next(taken)
    if way == _LOW_ONLY:
        return bytes([byte, 0])
    if way == _SAME_HIGH:
        return bytes([byte]) + high
    if way == _BOTH:
        return bytes([byte, next(taken)])
    count = (byte & 0x7F) + 2
    if byte & 0x80:
        shift = next(taken)
        return b"".join(bytes([low + shift & 0xFF]) + high for low in plain[:count])
    return b"".join(bytes([low, 0]) for low in plain[:count])
