"""Unpacking the folders of a Windows cabinet: stored or MSZIP, block by block. Follows [MS-CAB] 2.2, 2.4 and [MS-MCI].

Checksums are not compared here: what is unpacked is only looked into, and says itself when it is damaged.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.errors import BrokenContentError, UnopenedContentError
from scanners.source import ByteSource

_BLOCK = struct.Struct("<L2H")
_STORED, _MSZIP = 0, 1
_METHODS = {2: "Quantum", 3: "LZX"}
_MSZIP_MARK = b"CK"
_BLOCK_BYTES = 32_768  # what a block unpacks to at most, and how far back it may refer


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetFolder:
    """Where the blocks of a folder lie, and how they are packed; `reserve_bytes` stand in each block's header."""

    data_at: int
    block_count: int
    compression: int
    reserve_bytes: int


def cabinet_folder_content(source: ByteSource, folder: CabinetFolder) -> Iterator[bytes]:
    """Yield what a folder unpacks to, block by block.

    Raises:
        BrokenContentError: It is damaged, cut off, or goes on in another cabinet.
        UnopenedContentError: It is packed in a way that the standard library cannot unpack.
    """
    method = folder.compression & 0xF
    if method not in (_STORED, _MSZIP):
        name = _METHODS.get(method, f"method {method}")
        raise UnopenedContentError(f"an archive in it is packed in a way ({name}) that this program cannot unpack")
    position, history = folder.data_at, b""
    for _ in range(folder.block_count):
        header = source.at(position, _BLOCK.size)
        if len(header) < _BLOCK.size:
            raise BrokenContentError("its content is cut off")
        _, packed_bytes, unpacked_bytes = _BLOCK.unpack(header)
        position += _BLOCK.size + folder.reserve_bytes
        packed = source.at(position, packed_bytes)
        position += packed_bytes
        content = _inflated(packed, history) if method == _MSZIP else packed
        if len(content) != unpacked_bytes or unpacked_bytes > _BLOCK_BYTES:
            raise BrokenContentError("a block of it cannot be unpacked")
        history = (history + content)[-_BLOCK_BYTES:]
        yield content


def _inflated(packed: bytes, history: bytes) -> bytes:
    if not packed.startswith(_MSZIP_MARK):
        return b""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=history)
    try:
        return inflater.decompress(packed[len(_MSZIP_MARK) :], _BLOCK_BYTES)
    except zlib.error:
        return b""
