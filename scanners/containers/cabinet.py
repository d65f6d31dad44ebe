"""Listing what lies in a Windows cabinet (CAB) from its table of files. Follows [MS-CAB].

Content is unpacked only to look into archives inside it.
"""

import struct
from collections.abc import Iterator
from functools import partial

from scanners.containers.allowance import Allowance
from scanners.containers.cabinet_content import CabinetFolder, cabinet_folder_content
from scanners.containers.shelf import ArchiveEntry, Shelf
from scanners.containers.solid import SolidContent
from scanners.containers.stamps import dos_stamp
from scanners.errors import BrokenContentError
from scanners.source import ByteSource

SIGNATURE = b"MSCF"

_HEADER = struct.Struct("<4s5L2B5H")  # 2.1
_RESERVES = struct.Struct("<H2B")
_FOLDER = struct.Struct("<L2H")  # 2.2
_FILE = struct.Struct("<2L4H")  # 2.3
_HAS_PREVIOUS, _HAS_NEXT, _HAS_RESERVE = 1, 2, 4
_SPANNING = 0xFFFD  # and above: the file's folder goes on from, or in, another cabinet
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
    contents = _Contents(source, folder_count=fields[8], flags=fields[10], allowance=shelf.allowance)
    chunk_at, chunk = 0, b""
    for _ in range(count):
        if not chunk or position + _FILE.size + _MAX_NAME_BYTES > chunk_at + len(chunk):
            chunk_at, chunk = position, source.at(position, _CHUNK_BYTES)
        at = position - chunk_at
        if len(chunk) < at + _FILE.size:
            raise BrokenContentError("its table of contents is cut off")
        size, offset, folder, date, time, attributes = _FILE.unpack_from(chunk, at)
        raw, end, _ = chunk[at + _FILE.size : at + _FILE.size + _MAX_NAME_BYTES].partition(b"\0")
        if not end:
            raise BrokenContentError("its table of contents is damaged")
        name = raw.decode("utf-8" if attributes & _NAME_IS_UTF8 else "cp1252", "replace").replace("\\", "/")
        entry = ArchiveEntry(name=name, size_bytes=size, modified=dos_stamp(date, time))
        shelf.put(entry, content=partial(contents.of, folder, offset, size))
        position += _FILE.size + len(raw) + 1


class _Contents:
    """Ways to the content of single files; where folders lie is read when one is asked for."""

    def __init__(self, source: ByteSource, *, folder_count: int, flags: int, allowance: Allowance) -> None:
        self._source = source
        self._folder_count = folder_count
        self._flags = flags
        self._allowance = allowance
        self._solid: dict[int, SolidContent] = {}

    def of(self, folder: int, offset: int, size_bytes: int) -> Iterator[bytes]:
        if folder >= _SPANNING:
            raise BrokenContentError("an archive in it goes on in another cabinet, or began in one")
        if folder not in self._solid:
            described = self._folder(folder)
            unpack = partial(cabinet_folder_content, self._source, described)
            self._solid = {folder: SolidContent(unpack, allowance=self._allowance)}
        return self._solid[folder].part(offset, size_bytes)

    def _folder(self, number: int) -> CabinetFolder:
        position, reserves = _HEADER.size, (0, 0, 0)
        if self._flags & _HAS_RESERVE:
            raw = self._source.at(position, _RESERVES.size)
            reserves = _RESERVES.unpack(raw) if len(raw) == _RESERVES.size else reserves
            position += _RESERVES.size + reserves[0]
        for flag in (_HAS_PREVIOUS, _HAS_NEXT):
            for _ in range(2 if self._flags & flag else 0):  # the name of the cabinet, and of its disk
                position += len(self._source.at(position, _MAX_NAME_BYTES).partition(b"\0")[0]) + 1
        raw = self._source.at(position + number * (_FOLDER.size + reserves[1]), _FOLDER.size)
        if number >= self._folder_count or len(raw) < _FOLDER.size:
            raise BrokenContentError("its table of contents is damaged")
        data_at, block_count, compression = _FOLDER.unpack(raw)
        return CabinetFolder(
            data_at=data_at, block_count=block_count, compression=compression, reserve_bytes=reserves[2]
        )
