"""Listing what lies in a Windows cabinet (CAB) from its table of files; no content is unpacked. Follows [MS-CAB]."""

import struct

from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.stamps import dos_stamp
from scanners.errors import BrokenContentError
from scanners.source import ByteSource

SIGNATURE = b"MSCF"

_HEADER = struct.Struct("<4s5L2B5H")  # 2.1
_FILE = struct.Struct("<2L4H")  # 2.3
_NAME_IS_UTF8 = 0x80
_MAX_NAME_BYTES = 257
_CHUNK_BYTES = 64 << 10


def list_cabinet(source: ByteSource, shelf: Shelf) -> None:
    """Put every file of a cabinet on the shelf.

    Raises:
        BrokenContentError: It is damaged or cut off.
        OversizedContentError: The shelf takes no more.
    """
    header = source.at(0, _HEADER.size)
    if len(header) < _HEADER.size:
        raise BrokenContentError("its beginning is cut off")
    fields = _HEADER.unpack(header)
    position, count = fields[4], fields[9]
    chunk_at, chunk = 0, b""
    for _ in range(count):
        if not chunk or position + _FILE.size + _MAX_NAME_BYTES > chunk_at + len(chunk):
            chunk_at, chunk = position, source.at(position, _CHUNK_BYTES)
        at = position - chunk_at
        if len(chunk) < at + _FILE.size:
            raise BrokenContentError("its table of contents is cut off")
        size, _, _, date, time, attributes = _FILE.unpack_from(chunk, at)
        raw, end, _ = chunk[at + _FILE.size : at + _FILE.size + _MAX_NAME_BYTES].partition(b"\0")
        if not end:
            raise BrokenContentError("its table of contents is damaged")
        name = raw.decode("utf-8" if attributes & _NAME_IS_UTF8 else "cp1252", "replace").replace("\\", "/")
        shelf.put(ArchiveEntry(name=name, size_bytes=size, modified=dos_stamp(date, time)))
        position += _FILE.size + len(raw) + 1
