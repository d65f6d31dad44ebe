"""Reading single files that are packed with gzip, bzip2 or xz, and the TAR archives that such a file usually holds."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Protocol

from scanners.containers.allowance import Allowance
from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.stamps import unix_stamp
from scanners.containers.tarred import is_tar_header, list_tar_from
from scanners.errors import BrokenContentError
from scanners.source import ByteSource

_CHUNK_BYTES = 256 << 10
_BLOCK = 512
_MAGIC_BYTES = 2
_MAX_STREAMS = 10_000
_MAX_UNPACKER_BYTES = 128 << 20
_GZIP_HEADER_BYTES, _GZIP_TRAILER_BYTES = 10, 8
_HAS_EXTRA, _HAS_NAME = 0x04, 0x08  # RFC 1952 2.3.1
_MAX_NAME_BYTES = 4096
_NAMELESS = "content"


class Unpacker(Protocol):
    """What the standard library's objects that unpack have in common, gzip's made alike."""

    @property
    def eof(self) -> bool:
        """Whether the stream is complete."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What follows the complete stream."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without more bytes."""
        ...

    def decompress(self, content: bytes, max_length: int = ...) -> bytes:
        """Return at most so many bytes."""
        ...


class _Gunzip:
    """zlib's unpacker with the manners of the others: it keeps by itself what it could not take at once."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, content: bytes, max_length: int = _CHUNK_BYTES) -> bytes:
        unpacked = self._inner.decompress(self._inner.unconsumed_tail + content, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(unpacked) < max_length
        return unpacked


def list_gzip(source: ByteSource, shelf: Shelf) -> None:
    """Put the packed file on the shelf; or, if it is a TAR archive, the files in that.

    Raises:
        BrokenContentError: It cannot be unpacked.
        OversizedContentError: It unpacks to more than is allowed.
    """
    header = source.at(0, _GZIP_HEADER_BYTES + _MAX_NAME_BYTES)
    size = source.at(source.size_bytes - 4, 4) if source.size_bytes > _GZIP_HEADER_BYTES + _GZIP_TRAILER_BYTES else b""
    entry = ArchiveEntry(
        name=_gzip_name(header) or _NAMELESS,
        size_bytes=int.from_bytes(size, "little") if size else None,
        modified=unix_stamp(int.from_bytes(header[4:8], "little")),
    )
    _list_packed(source, shelf, entry, make=_Gunzip)


def list_bzip2(source: ByteSource, shelf: Shelf) -> None:
    """Do the same for bzip2, which keeps neither name nor date.

    Raises:
        ContentError: As for `list_gzip`.
    """
    _list_packed(source, shelf, ArchiveEntry(name=_NAMELESS), make=bz2.BZ2Decompressor)


def list_xz(source: ByteSource, shelf: Shelf) -> None:
    """Do the same for xz, which keeps neither name nor date.

    Raises:
        ContentError: As for `list_gzip`.
    """
    _list_packed(source, shelf, ArchiveEntry(name=_NAMELESS), make=_unxz)


def _unxz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_UNPACKER_BYTES)


def _list_packed(source: ByteSource, shelf: Shelf, entry: ArchiveEntry, *, make: Callable[[], Unpacker]) -> None:
    chunks = unpacked(source, make=make, allowance=shelf.allowance)
    stream = Stream(chunks)
    start = stream.take(_BLOCK)
    if is_tar_header(start):
        list_tar_from(Stream(chain([start], stream.rest())), shelf)
    else:
        shelf.put(entry, content=lambda: chain([start], stream.rest()))


class Stream:
    """Chunks that come one after the other, taken as bytes from the front to the back."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._at = 0
        self.position = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes, fewer where the end comes first."""
        while len(self._chunk) - self._at < count:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._chunk, self._at = self._chunk[self._at :] + chunk, 0
        taken = self._chunk[self._at : self._at + count]
        self._at += len(taken)
        self.position += len(taken)
        return taken

    def skip_to(self, position: int) -> bool:
        """Pass all bytes before a position; false when the end comes first."""
        while self.position < position:
            if not self.take(min(position - self.position, _CHUNK_BYTES)):
                return False
        return True

    def rest(self) -> Iterator[bytes]:
        """Yield what is left."""
        if self._at < len(self._chunk):
            yield self._chunk[self._at :]
        yield from self._chunks


def unpacked(source: ByteSource, *, make: Callable[[], Unpacker], allowance: Allowance) -> Iterator[bytes]:
    """Yield what a packed file unpacks to, several streams after each other as one.

    Raises:
        BrokenContentError: It cannot be unpacked or ends too early.
        OversizedContentError: It takes more than the allowance.
    """
    pieces = _pieces(source)
    content = next(pieces, b"")
    for _ in range(_MAX_STREAMS):
        unpacker = make()
        while not unpacker.eof:
            if not content and unpacker.needs_input:
                content = next(pieces, b"")
                if not content:
                    raise BrokenContentError("it ends too early, as when a file was cut off")
            chunk = _step(unpacker, content)
            content = b""
            allowance.spend(len(chunk))
            if chunk:
                yield chunk
        content = unpacker.unused_data
        if len(content) < _MAGIC_BYTES:
            content += next(pieces, b"")
        if not content.startswith(source.at(0, _MAGIC_BYTES)):
            return  # nothing, or something that was only put behind it


def _step(unpacker: Unpacker, content: bytes) -> bytes:
    try:
        return unpacker.decompress(content, _CHUNK_BYTES)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise BrokenContentError("it cannot be unpacked") from error


def _pieces(source: ByteSource) -> Iterator[bytes]:
    position = 0
    while piece := source.at(position, _CHUNK_BYTES):
        yield piece
        position += len(piece)


def _gzip_name(header: bytes) -> str:
    if len(header) < _GZIP_HEADER_BYTES or not header[3] & _HAS_NAME:
        return ""
    position = _GZIP_HEADER_BYTES
    if header[3] & _HAS_EXTRA:
        position += 2 + int.from_bytes(header[10:12], "little")
    name, end, _ = header[position:].partition(b"\0")
    return name.decode("latin-1") if end else ""  # RFC 1952 2.3: ISO 8859-1
