"""Reading the top level of a compound file (OLE), the shell of old office files, far enough to tell its type.

Follows [MS-CFB]: the header names the sectors of the allocation table, the directory is a chain of sectors, and
the entries of one level form a tree.
"""

import struct
from collections.abc import Iterator

from scanners.source import ByteSource

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEADER_BYTES = 512
_HEADER_FAT_SECTORS = 109  # 2.2: DIFAT entries in the header
_SECTOR_SHIFTS = (9, 12)
_LAST_SECTOR = 0xFFFFFFFA  # 2.1: the values above are marks, not sectors
_ENTRY_BYTES = 128
_MAX_DIRECTORY_SECTORS = 64


def top_level_names(source: ByteSource) -> frozenset[str]:
    """Return the names of the streams and storages directly below the root; none when the file is damaged."""
    try:
        entries = list(_entries(source))
    except struct.error:
        return frozenset()
    if not entries:
        return frozenset()
    return frozenset(_level(entries, start=entries[0][2])) or frozenset(name for name, *_ in entries)


def _entries(source: ByteSource) -> Iterator[tuple[str, tuple[int, int], int]]:
    """Yield name, siblings and first child of every entry of the directory."""
    header = source.at(0, _HEADER_BYTES)
    (shift,) = struct.unpack_from("<H", header, 30)
    (sector,) = struct.unpack_from("<L", header, 48)
    if shift not in _SECTOR_SHIFTS:
        return
    size = 1 << shift
    table = struct.unpack_from(f"<{_HEADER_FAT_SECTORS}L", header, 76)
    seen: set[int] = set()
    while sector < _LAST_SECTOR and sector not in seen and len(seen) < _MAX_DIRECTORY_SECTORS:
        seen.add(sector)
        content = source.at((sector + 1) << shift, size)
        for at in range(0, len(content) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            yield _entry(content, at)
        sector = _next_sector(source, sector, shift=shift, table=table)


def _entry(content: bytes, at: int) -> tuple[str, tuple[int, int], int]:
    (name_bytes,) = struct.unpack_from("<H", content, at + 64)
    left, right, child = struct.unpack_from("<3L", content, at + 68)
    name = content[at : at + max(0, min(name_bytes, 64) - 2)].decode("utf-16-le", "replace")
    return name, (left, right), child


def _next_sector(source: ByteSource, sector: int, *, shift: int, table: tuple[int, ...]) -> int:
    per_sector = 1 << (shift - 2)
    page, slot = divmod(sector, per_sector)
    if page >= len(table) or table[page] >= _LAST_SECTOR:
        return _LAST_SECTOR
    raw = source.at(((table[page] + 1) << shift) + slot * 4, 4)
    return int.from_bytes(raw, "little") if len(raw) == 4 else _LAST_SECTOR  # noqa: PLR2004  four bytes a number


def _level(entries: list[tuple[str, tuple[int, int], int]], *, start: int) -> Iterator[str]:
    pending, seen = [start], set[int]()
    while pending:
        number = pending.pop()
        if number >= len(entries) or number in seen:
            continue
        seen.add(number)
        name, siblings, _ = entries[number]
        yield name
        pending.extend(siblings)
