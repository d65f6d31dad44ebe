"""Unpacking the content of a 7z archive, as far as the standard library can: stored, LZMA, LZMA2, bzip2, Deflate.

Also what is put before those to make them pack better: Delta, and the filters for programs (BCJ). PPMd, Deflate64,
BCJ2 and whatever is newer have no reader here.
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator

from scanners.containers.packed import Unpacker
from scanners.containers.sevenzip_header import Coder, Folder
from scanners.errors import BrokenContentError, OversizedContentError, UnopenedContentError
from scanners.source import ByteSource

_CHUNK_BYTES = 64 << 10
_COPY, _DELTA, _LZMA2, _LZMA = b"\0", b"\x03", b"\x21", b"\x03\x01\x01"
_DEFLATE, _BZIP2 = b"\x04\x01\x08", b"\x04\x02\x02"
_PROGRAM_FILTERS = {
    **dict.fromkeys((b"\x03\x03\x01\x03", b"\x04"), lzma.FILTER_X86),
    **dict.fromkeys((b"\x03\x03\x02\x05", b"\x05"), lzma.FILTER_POWERPC),
    **dict.fromkeys((b"\x03\x03\x04\x01", b"\x06"), lzma.FILTER_IA64),
    **dict.fromkeys((b"\x03\x03\x05\x01", b"\x07"), lzma.FILTER_ARM),
    **dict.fromkeys((b"\x03\x03\x07\x01", b"\x08"), lzma.FILTER_ARMTHUMB),
    **dict.fromkeys((b"\x03\x03\x08\x05", b"\x09"), lzma.FILTER_SPARC),
}
_OTHERS = {
    b"\x03\x04\x01": "PPMd",
    b"\x03\x03\x01\x1b": "BCJ2",
    b"\x04\x01\x09": "Deflate64",
    b"\x0a": "ARM64",
    b"\x04\xf7\x11\x01": "Zstandard",
    b"\x04\xf7\x11\x02": "Brotli",
    b"\x04\xf7\x11\x04": "LZ4",
}
_LZMA_PROPERTIES_BYTES = 5
_MAX_LZMA2_DICTIONARY = 40
_LEAST_DICTIONARY_BYTES = 4096
_MOST_DICTIONARY_BYTES = 192 << 20


def folder_content(source: ByteSource, at: int, packed_bytes: int, folder: Folder) -> Iterator[bytes]:
    """Yield what a folder unpacks to, in portions, through all of its coders.

    Raises:
        BrokenContentError: It cannot be unpacked or is cut off.
        OversizedContentError: Unpacking it takes more memory than a file may use.
        UnopenedContentError: It is packed in a way that the standard library cannot unpack.
    """
    chunks = _packed(source, at, packed_bytes)
    for index in _order(folder):
        chunks = _STAGES.get(folder.coders[index].method, _unknown)(folder.coders[index], folder.sizes[index], chunks)
    yield from chunks


def _order(folder: Folder) -> list[int]:
    """Return the coders as content passes through them, the one that takes the packed bytes first."""
    for coder in folder.coders:
        if (coder.streams_in, coder.streams_out) != (1, 1):
            raise UnopenedContentError(_words(coder))
    feeds = dict(folder.bonds)  # what comes out of which coder goes into which
    order = [index for index in range(len(folder.coders)) if index not in folder.bound_out]
    while order and order[-1] in feeds and len(order) <= len(folder.coders):
        order.append(feeds[order[-1]])
    if len(order) != len(folder.coders) or len(folder.sizes) != len(order) or set(order) != set(range(len(order))):
        raise BrokenContentError("its table of contents is damaged")
    return order[::-1]


def _packed(source: ByteSource, at: int, size_bytes: int) -> Iterator[bytes]:
    end = at + size_bytes
    while at < end:
        chunk = source.at(at, min(_CHUNK_BYTES, end - at))
        if not chunk:
            return
        at += len(chunk)
        yield chunk


def _stored(_coder: Coder, size_bytes: int, packed: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in packed:
        yield chunk[:size_bytes]
        size_bytes -= len(chunk)
        if size_bytes <= 0:
            return


def _lzma(coder: Coder, size_bytes: int, packed: Iterator[bytes]) -> Iterator[bytes]:
    return _unpacked(_lzma_decoder(coder, size_bytes), size_bytes, packed)


def _lzma_decoder(coder: Coder, size_bytes: int) -> Unpacker:
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_lzma_filter(coder, size_bytes)])
    except (lzma.LZMAError, ValueError) as error:
        raise BrokenContentError("its content cannot be unpacked") from error


def _lzma_filter(coder: Coder, size_bytes: int) -> dict[str, int]:
    # A dictionary need not be larger than what comes out; a claimed one of 4 GB would be taken from memory.
    enough = max(_LEAST_DICTIONARY_BYTES, size_bytes)
    if coder.method == _LZMA and len(coder.properties) == _LZMA_PROPERTIES_BYTES:
        packed, dictionary = struct.unpack("<BL", coder.properties)
        rest, lc = divmod(packed, 9)
        pb, lp = divmod(rest, 5)
        return {"id": lzma.FILTER_LZMA1, "dict_size": _bounded(dictionary, enough), "lc": lc, "lp": lp, "pb": pb}
    if coder.method == _LZMA2 and coder.properties and coder.properties[0] <= _MAX_LZMA2_DICTIONARY:
        bits = coder.properties[0]
        return {"id": lzma.FILTER_LZMA2, "dict_size": _bounded((2 | bits & 1) << (bits // 2 + 11), enough)}
    raise BrokenContentError("how it is packed is described wrongly")


def _bounded(dictionary_bytes: int, enough: int) -> int:
    needed = max(_LEAST_DICTIONARY_BYTES, min(dictionary_bytes, enough))
    if needed > _MOST_DICTIONARY_BYTES:
        raise OversizedContentError("unpacking it takes more memory than one file may use here")
    return needed


def _bzip2(_coder: Coder, size_bytes: int, packed: Iterator[bytes]) -> Iterator[bytes]:
    return _unpacked(_Bunzip(), size_bytes, packed)


def _deflate(_coder: Coder, size_bytes: int, packed: Iterator[bytes]) -> Iterator[bytes]:
    return _unpacked(_Inflater(), size_bytes, packed)


def _filtered(coder: Coder, size_bytes: int, packed: Iterator[bytes]) -> Iterator[bytes]:
    """Undo a filter: liblzma does that only in a chain that ends in LZMA, so it is given LZMA2 that packs nothing."""
    if coder.method == _DELTA:
        described = {"id": lzma.FILTER_DELTA, "dist": (coder.properties or b"\0")[0] + 1}
    else:
        described = {"id": _PROGRAM_FILTERS[coder.method]}
    shell = {"id": lzma.FILTER_LZMA2, "dict_size": _CHUNK_BYTES}
    decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[described, shell])
    return _unpacked(decoder, size_bytes, _in_shell(packed))


def _in_shell(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield content as LZMA2 of stored chunks: a mark, 1 for the first; the length less one in two bytes; the bytes."""
    mark = 1
    for chunk in chunks:
        for start in range(0, len(chunk), _CHUNK_BYTES):
            part = chunk[start : start + _CHUNK_BYTES]
            yield bytes([mark]) + (len(part) - 1).to_bytes(2, "big") + part
            mark = 2
    yield b"\0"


def _unpacked(decoder: Unpacker, size_bytes: int, packed: Iterator[bytes]) -> Iterator[bytes]:
    left = size_bytes
    while left > 0 and not decoder.eof:
        chunk = next(packed, b"") if decoder.needs_input else b""
        is_ended = decoder.needs_input and not chunk
        try:
            found = decoder.decompress(chunk, min(_CHUNK_BYTES, left))
        except (lzma.LZMAError, zlib.error, OSError, EOFError, ValueError) as error:
            raise BrokenContentError("its content cannot be unpacked") from error
        if is_ended and not found:
            return
        left -= len(found)
        if found:
            yield found


class _Bunzip:
    """bzip2 as 7z writes it: several streams after each other are one."""

    def __init__(self) -> None:
        self._inner = bz2.BZ2Decompressor()
        self._waiting = b""

    @property
    def eof(self) -> bool:
        return False  # another stream may follow; the size tells where it ends

    @property
    def unused_data(self) -> bytes:
        return b""

    @property
    def needs_input(self) -> bool:
        return not self._waiting and self._inner.needs_input

    def decompress(self, content: bytes, max_length: int = _CHUNK_BYTES) -> bytes:
        content, self._waiting = self._waiting + content, b""
        found = self._inner.decompress(content, max_length)
        if self._inner.eof:
            self._waiting, self._inner = self._inner.unused_data, bz2.BZ2Decompressor()
        return found


class _Inflater:
    """zlib's raw Deflate with the manners of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, content: bytes, max_length: int = _CHUNK_BYTES) -> bytes:
        found = self._inner.decompress(self._inner.unconsumed_tail + content, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(found) < max_length
        return found


def _unknown(coder: Coder, _size_bytes: int, _packed: Iterator[bytes]) -> Iterator[bytes]:
    raise UnopenedContentError(_words(coder))


def _words(coder: Coder) -> str:
    name = _OTHERS.get(coder.method, f"method {coder.method.hex()}")
    return f"an archive in it is packed in a way ({name}) that this program cannot unpack"


_STAGES: dict[bytes, Callable[[Coder, int, Iterator[bytes]], Iterator[bytes]]] = {
    _COPY: _stored,
    _LZMA: _lzma,
    _LZMA2: _lzma,
    _BZIP2: _bzip2,
    _DEFLATE: _deflate,
    _DELTA: _filtered,
    **dict.fromkeys(_PROGRAM_FILTERS, _filtered),
}
