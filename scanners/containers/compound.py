"""Reading compound files (OLE), the shell of old office files and of Outlook messages, within fixed bounds.

Follows [MS-CFB]: a file system inside a file, with a table of sectors, a directory whose entries form trees, and a
second, finer table for small streams. No figure in it is trusted: every chain is cut where the file itself ends.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from scanners.containers.allowance import Allowance
from scanners.errors import BrokenContentError, ContentError
from scanners.source import ByteSource

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEADER_BYTES = 512
_HEADER_TABLES = struct.Struct("<109L")  # 2.2: where the first pages of the table of sectors stand
_SECTOR_SHIFTS = (9, 12)
_MINI_SHIFT = 6
_MINI_STREAM_BELOW = 4096  # 2.2: smaller streams are kept in the stream of the root
_END = 0xFFFFFFFE
_LAST_SECTOR = 0xFFFFFFFA  # 2.1: the values above are marks, not sectors
_NARROW_SHIFT = 9  # 2.6.3: in files of version 3 only half of the field for the size counts

_ENTRY = struct.Struct("<64s H 2B 3L 16s L 2Q L Q")  # 2.6.1
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_LAST_ENTRY = 0xFFFFFFFA  # 2.6.1: the mark above it stands for none
_MAX_DIRECTORY_BYTES = 16 << 20
_SLACK_BYTES = 1 << 20


class CompoundEntry(NamedTuple):
    """One storage (a folder) or stream (a file) inside; the size is a claim.

    A plain tuple, since a message may hold thousands and each is made for every file of its kind.
    """

    number: int
    name: str
    kind: int
    left: int
    right: int
    child: int
    class_id: bytes
    start: int
    size_bytes: int

    @property
    def is_storage(self) -> bool:
        """Whether other entries may lie in it."""
        return self.kind in (_STORAGE, _ROOT)


class CompoundFile:
    """The directory of one compound file, and its streams; nothing is read before it is asked for.

    All that is read counts against one allowance of twice the file's size, so that a thousand entries that point
    to the same sectors cost no more than an honest file. `is_cut_off` tells whether anything that was asked for is
    not there in full.

    Raises:
        BrokenContentError: There is no directory, or it cannot be followed.
    """

    def __init__(self, source: ByteSource) -> None:
        self.is_cut_off = False
        self._source = source
        self._allowance = Allowance(2 * source.size_bytes + _SLACK_BYTES)
        header = source.at(0, _HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(SIGNATURE):
            raise BrokenContentError("its header is missing or cut off")
        (self._shift,) = struct.unpack_from("<H", header, 30)
        if self._shift not in _SECTOR_SHIFTS:
            raise BrokenContentError("its header is damaged")
        self._per_page = 1 << (self._shift - 2)
        directory, self._mini_start, self._more_tables = (
            struct.unpack_from("<L", header, position)[0] for position in (48, 60, 68)
        )
        self._table_sectors = list(_HEADER_TABLES.unpack_from(header, 76))
        self._pages: dict[int, tuple[int, ...]] = {}
        self._mini_table: tuple[int, ...] | None = None
        self._mini_stream = b""
        self._levels: dict[int, dict[str, CompoundEntry]] = {}
        self.entries = tuple(self._read_entries(directory))
        if not self.entries:
            raise BrokenContentError("its table of contents is missing, as when a file was cut off")

    @property
    def root(self) -> CompoundEntry:
        """The entry that everything else lies in; its class tells which program made the file."""
        return self.entries[0]

    def children(self, storage: CompoundEntry) -> dict[str, CompoundEntry]:
        """Return what lies directly in a storage, by its name in capitals (2.6.4: names differ in more than case)."""
        if storage.number not in self._levels:
            self._levels[storage.number] = dict(self._walk(storage.child))
        return self._levels[storage.number]

    def find(self, *path: str) -> CompoundEntry | None:
        """Return the entry at a path below the root, None when there is none.

        Where the tree of the root is damaged, an entry of that name anywhere in the directory is taken for it.
        """
        found: CompoundEntry | None = self.root
        for name in path:
            found = self.children(found).get(name.upper()) if found else None
        if found is None and len(path) == 1 and not self.children(self.root):
            found = next((entry for entry in self.entries if entry.name.upper() == path[0].upper()), None)
        return found

    def read(self, entry: CompoundEntry | None, *, limit_bytes: int) -> bytes:
        """Return the beginning of a stream: fewer bytes than it claims where the file is cut off; none for None.

        Raises:
            OversizedContentError: Far more was read from this file than it holds.
        """
        if entry is None or entry.kind != _STREAM:
            return b""
        wanted = min(entry.size_bytes, limit_bytes)
        length = min(wanted, self._source.size_bytes)
        self._allowance.spend(length)
        read = self._read_mini if entry.size_bytes < _MINI_STREAM_BELOW else self._read_sectors
        content = read(entry.start, length)
        self.is_cut_off = self.is_cut_off or len(content) < wanted
        return content

    def check_whole(self) -> None:
        """Make sure that all that was asked for was there.

        Raises:
            BrokenContentError: A part of it is missing.
        """
        if self.is_cut_off:
            raise BrokenContentError("a part of it is missing, as when a file was cut off")

    def _walk(self, start: int) -> Iterator[tuple[str, CompoundEntry]]:
        pending, seen = [start], set[int]()
        while pending:
            number = pending.pop()
            if number >= len(self.entries) or number in seen:
                self.is_cut_off = self.is_cut_off or len(self.entries) <= number <= _LAST_ENTRY
                continue
            seen.add(number)
            entry = self.entries[number]
            if entry.kind in (_STORAGE, _STREAM):
                yield entry.name.upper(), entry
            pending += (entry.right, entry.left)

    def _read_entries(self, start: int) -> Iterator[CompoundEntry]:
        directory = self._read_sectors(start, min(_MAX_DIRECTORY_BYTES, self._source.size_bytes))
        is_narrow = self._shift == _NARROW_SHIFT
        whole = len(directory) - len(directory) % _ENTRY.size
        for number, fields in enumerate(_ENTRY.iter_unpack(directory[:whole])):
            raw, name_bytes, kind, _, left, right, child, class_id, _, _, _, first, size = fields
            name = raw[: max(0, min(name_bytes, 64) - 2)].decode("utf-16-le", "replace")
            size = size & 0xFFFFFFFF if is_narrow else size
            yield CompoundEntry(number, name, kind, left, right, child, class_id, first, size)

    def _read_sectors(self, start: int, length: int) -> bytes:
        """Return `length` bytes of a chain of sectors, fewer where it ends; neighbours are read in one go."""
        parts: list[bytes] = []
        sector, left = start, length
        while left > 0 and sector < _LAST_SECTOR:
            following, run = self._next(sector), 1
            while following == sector + run and run << self._shift < left:
                following, run = self._next(following), run + 1
            wanted = min(left, run << self._shift)
            part = self._source.at((sector + 1) << self._shift, wanted)
            parts.append(part)
            left -= len(part)
            if len(part) < wanted:
                break
            sector = following
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _next(self, sector: int) -> int:
        number, slot = divmod(sector, self._per_page)
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self._read_page(number)
        return page[slot] if slot < len(page) else _END

    def _read_page(self, number: int) -> tuple[int, ...]:
        """Return one page of the table of sectors, empty where it is missing."""
        while number >= len(self._table_sectors) and self._more_tables < _LAST_SECTOR:
            following = self._numbers_at(self._more_tables)  # 2.5: more places of pages, and where the rest stand
            if len(following) < self._per_page or len(self._table_sectors) > self._source.size_bytes >> self._shift:
                self._more_tables = _END  # cut off, or a circle
            else:
                self._table_sectors += following[:-1]
                self._more_tables = following[-1]
        sector = self._table_sectors[number] if number < len(self._table_sectors) else _END
        return self._numbers_at(sector) if sector < _LAST_SECTOR else ()

    def _numbers_at(self, sector: int) -> tuple[int, ...]:
        return _numbers(self._source.at((sector + 1) << self._shift, 1 << self._shift))

    def _read_mini(self, start: int, length: int) -> bytes:
        if self._mini_table is None:
            whole = self._source.size_bytes
            self._mini_stream = self._read_sectors(self.root.start, min(self.root.size_bytes, whole))
            # one number stands for 64 bytes of the stream
            self._mini_table = _numbers(self._read_sectors(self._mini_start, len(self._mini_stream) // 16 + 4))
        parts: list[bytes] = []
        sector, left = start, length
        while left > 0 and sector < len(self._mini_table):
            position = sector << _MINI_SHIFT
            part = self._mini_stream[position : position + min(left, 1 << _MINI_SHIFT)]
            if not part:
                break
            parts.append(part)
            left -= len(part)
            sector = self._mini_table[sector]
        return b"".join(parts)


def _numbers(content: bytes) -> tuple[int, ...]:
    count = len(content) // 4
    return struct.unpack_from(f"<{count}L", content)


def top_level_names(source: ByteSource) -> frozenset[str]:
    """Return the names of the streams and storages directly below the root; none when the file is damaged."""
    try:
        compound = CompoundFile(source)
    except ContentError:
        return frozenset()
    level = compound.children(compound.root).values() or compound.entries
    return frozenset(entry.name for entry in level)
