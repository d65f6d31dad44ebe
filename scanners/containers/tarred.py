"""Listing what lies in a TAR archive, in a file or in the stream that a packed one unpacks to.

Follows POSIX.1-2008 (pax, ustar) and what GNU tar adds. The standard library's reader is not used: it takes names and
extended headers of any claimed length into memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.stamps import unix_stamp
from scanners.errors import BrokenContentError
from scanners.source import ByteSource

_BLOCK = 512
_CHUNK_BYTES = 256 << 10
_CHECKSUM = slice(148, 156)
_MAX_NAME_BYTES = 64 << 10
_MAX_EXTENDED_BYTES = 1 << 20
_WIDE_NUMBER = 0x80  # GNU: the number is binary, not octal digits
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*")
_LONG_NAME, _LONG_LINK, _EXTENDED, _SPARSE = b"L", b"K", b"x", b"S"
_WITHOUT_CONTENT = frozenset(b"123456")  # links, devices, folders and pipes: their size says nothing
_FOLDERS = frozenset(b"5DVg")  # folders, and what is no file: volume labels, headers for all that follows
_WITHOUT_SIGN = bytes(range(128))
_MORE_SPARSE_AT, _MORE_SPARSE_AGAIN_AT = 482, 504


class Forward(Protocol):
    """Bytes that are taken from the front to the back."""

    @property
    def position(self) -> int:
        """How many bytes were passed."""
        ...

    def take(self, count: int) -> bytes:
        """Return the next bytes, fewer where the end comes first."""
        ...

    def skip_to(self, position: int) -> bool:
        """Pass all bytes before a position; false when the end comes first."""
        ...


class InPlace:
    """A file of which any part can be read, so that passing something costs nothing."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.position = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes, fewer where the end comes first."""
        taken = self._source.at(self.position, count)
        self.position += len(taken)
        return taken

    def skip_to(self, position: int) -> bool:
        """Pass all bytes before a position; false when the end comes first."""
        self.position = position
        return position <= self._source.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    name: str
    kind: int
    size_bytes: int
    modified_seconds: int
    raw: bytes


def is_tar_header(block: bytes) -> bool:
    """Tell whether this is the header of a TAR archive's first file: its checksum fits."""
    if len(block) < _BLOCK or not block[0]:
        return False
    stated = _number(block[_CHECKSUM])
    return stated > 0 and stated in _checksums(block[:_BLOCK])


def list_tar(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a TAR archive on the shelf, folders left out.

    Raises:
        BrokenContentError: It is damaged or cut off.
        OversizedContentError: The shelf takes no more.
    """
    list_tar_from(InPlace(source), shelf)


def list_tar_from(forward: Forward, shelf: Shelf) -> None:
    """Put every file of a TAR archive on the shelf that comes in this stream.

    Raises:
        BrokenContentError: It is damaged or cut off.
        OversizedContentError: The shelf, or the allowance of the stream, takes no more.
    """
    stated: dict[str, str] = {}
    while header := _next_header(forward):
        end = forward.position + _padded(_length(header, stated))
        kind = bytes([header.kind])
        if kind == _LONG_NAME:
            stated["path"] = _text(_small(forward, header.size_bytes, limit=_MAX_NAME_BYTES).rstrip(b"\0"))
        elif kind == _EXTENDED:
            stated |= _extended(_small(forward, header.size_bytes, limit=_MAX_EXTENDED_BYTES))
        elif kind != _LONG_LINK:
            if kind == _SPARSE:
                end += _skip_sparse_maps(forward, header)
            _put(forward, _settled(header, stated), shelf)
            stated = {}
        if not forward.skip_to(end):
            raise BrokenContentError("it is cut off")


def _put(forward: Forward, header: _Header, shelf: Shelf) -> None:
    if header.kind in _FOLDERS or header.name.endswith("/"):
        return
    entry = ArchiveEntry(
        name=header.name, size_bytes=header.size_bytes, modified=unix_stamp(header.modified_seconds), is_encrypted=False
    )
    shelf.put(entry, content=lambda: _content(forward, header.size_bytes))


def _content(forward: Forward, left: int) -> Iterator[bytes]:
    while left > 0:
        chunk = forward.take(min(left, _CHUNK_BYTES))
        if not chunk:
            raise BrokenContentError("it is cut off")
        left -= len(chunk)
        yield chunk


def _next_header(forward: Forward) -> _Header | None:
    """Return the next header, None at the end: blocks of zeros, or simply no more bytes."""
    block = forward.take(_BLOCK)
    if not block.strip(b"\0"):
        return None
    if len(block) < _BLOCK:
        raise BrokenContentError("it is cut off")
    if _number(block[_CHECKSUM]) not in _checksums(block):
        raise BrokenContentError("a header in it is damaged: its checksum is wrong")
    kind = block[156]
    name = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0":  # GNU tar, which writes "ustar " there, uses the prefix for other things
        prefix = block[345:500].partition(b"\0")[0]
        name = prefix + b"/" + name if prefix else name
    return _Header(
        name=_text(name),
        kind=kind,
        size_bytes=0 if kind in _WITHOUT_CONTENT else _number(block[124:136]),
        modified_seconds=_number(block[136:148]),
        raw=block,
    )


def _length(header: _Header, stated: dict[str, str]) -> int:
    size = stated.get("size", "")
    is_file = header.kind not in b"xgLK" and header.kind not in _WITHOUT_CONTENT
    return int(size) if is_file and size else header.size_bytes


def _settled(header: _Header, stated: dict[str, str]) -> _Header:
    """Return the header as the extended one before it corrects it."""
    seconds = stated.get("mtime", "")
    return replace(
        header,
        name=stated.get("path") or header.name,
        size_bytes=_length(header, stated),
        modified_seconds=int(seconds) if seconds else header.modified_seconds,
    )


def _extended(content: bytes) -> dict[str, str]:
    """Return the pax records that matter here: each is its own length, a space, a name, "=", a value, a line feed."""
    found: dict[str, str] = {}
    position = 0
    while position < len(content):
        digits, space, _ = content[position : position + 20].partition(b" ")
        if not space or not digits.isdigit() or int(digits) <= len(digits) + 1:
            break
        record = content[position + len(digits) + 1 : position + int(digits) - 1]
        name, _, value = record.partition(b"=")
        if name == b"path":
            found["path"] = _text(value)
        elif name in (b"size", b"mtime") and (whole := re.match(rb"\d{1,18}", value)):
            found[name.decode()] = whole[0].decode()
        position += int(digits)
    return found


def _skip_sparse_maps(forward: Forward, header: _Header) -> int:
    """Pass the blocks that continue the map of a sparse file, and return their length."""
    passed = 0
    has_more = header.raw[_MORE_SPARSE_AT]
    while has_more:
        block = forward.take(_BLOCK)
        if len(block) < _BLOCK:
            raise BrokenContentError("it is cut off")
        passed += _BLOCK
        has_more = block[_MORE_SPARSE_AGAIN_AT]
    return passed


def _small(forward: Forward, count: int, *, limit: int) -> bytes:
    if count > limit:
        raise BrokenContentError("a header in it is damaged: it claims a name of impossible length")
    return forward.take(count)


def _number(field: bytes) -> int:
    if field[:1] and field[0] & _WIDE_NUMBER:
        return max(0, int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")) if field[0] != 0xFF else 0  # noqa: PLR2004  negative
    match = _OCTAL.match(field)
    return int(match[1] or b"0", 8) if match else 0


def _checksums(block: bytes) -> tuple[int, int]:
    """Return the sum of a header's bytes with blanks for the checksum, also as some old programs sum: signed."""
    others = block[:148] + block[156:]
    unsigned = sum(others) + 8 * 32
    return unsigned, unsigned - 256 * len(others.translate(None, _WITHOUT_SIGN))


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
