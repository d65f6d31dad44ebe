"""Compound files and their property sets, made byte by byte, so that a test breaks exactly what it means to break."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

Tree = Mapping[str, "bytes | Tree"]

FREE, END, TABLE_MARK, MORE_MARK = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
FIRST_INSTANT = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass
class Entry:
    name: str
    kind: int
    content: bytes = b""
    child: int = FREE
    right: int = FREE
    start: int = END
    children: list[int] = field(default_factory=list)


def a_compound_file(tree: Tree, *, shift: int = 9) -> bytes:
    """Return a compound file that holds these streams, and storages where a value is a mapping itself."""
    entries = [Entry("Root Entry", 5)]
    _take(tree, 0, entries)
    writer = _Writer(shift)
    mini = bytearray()
    mini_table: list[int] = []
    for entry in entries[1:]:
        if entry.kind == 2 and len(entry.content) >= 4096:
            entry.start = writer.chain(entry.content)
        elif entry.kind == 2 and entry.content:
            entry.start = len(mini_table)
            count = -(-len(entry.content) // 64)
            mini_table += [*range(entry.start + 1, entry.start + count), END]
            mini += entry.content.ljust(count * 64, b"\0")
    entries[0].content = bytes(mini)
    entries[0].start = writer.chain(bytes(mini)) if mini else END
    mini_at = writer.chain(_numbers(mini_table)) if mini_table else END
    directory_at = writer.chain(b"".join(map(_packed, entries)))
    return writer.finished(directory_at=directory_at, mini_at=mini_at)


def _take(tree: Tree, parent: int, entries: list[Entry]) -> None:
    numbers: list[int] = []
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        value = tree[name]
        numbers.append(len(entries))
        if isinstance(value, bytes):
            entries.append(Entry(name, 2, value))
        else:
            entries.append(Entry(name, 1))
            _take(value, numbers[-1], entries)
    for number, following in pairwise([*numbers, FREE]):
        entries[number].right = following
    entries[parent].child = numbers[0] if numbers else FREE


def _packed(entry: Entry) -> bytes:
    raw = entry.name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBBLLL", len(raw) + 2, entry.kind, 1, FREE, entry.right, entry.child)
    return head + bytes(36) + struct.pack("<LQ", entry.start, len(entry.content))


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}L", *values)


class _Writer:
    def __init__(self, shift: int) -> None:
        self.shift = shift
        self.size = 1 << shift
        self.sectors: list[bytes] = []
        self.table: list[int] = []

    def chain(self, content: bytes) -> int:
        start = len(self.sectors)
        count = max(1, -(-len(content) // self.size))
        padded = content.ljust(count * self.size, b"\0")
        self.sectors += [padded[at : at + self.size] for at in range(0, len(padded), self.size)]
        self.table += [*range(start + 1, start + count), END]
        return start

    def finished(self, *, directory_at: int, mini_at: int) -> bytes:
        per_sector = self.size // 4
        pages = more = 0
        while True:  # the table must also hold itself
            count = len(self.sectors) + pages + more
            needed = -(-count // per_sector)
            needed_more = max(0, -(-(needed - 109) // (per_sector - 1)))
            if (needed, needed_more) == (pages, more):
                break
            pages, more = needed, needed_more
        first_page = len(self.sectors)
        table = [*self.table, *[TABLE_MARK] * pages, *[MORE_MARK] * more]
        table += [FREE] * (pages * per_sector - len(table))
        places = list(range(first_page, first_page + pages))
        packed = _numbers(table)
        self.sectors += [packed[at : at + self.size] for at in range(0, len(packed), self.size)]
        more_at = len(self.sectors)
        rest = places[109:]
        for number in range(more):
            part = rest[number * (per_sector - 1) : (number + 1) * (per_sector - 1)]
            following = more_at + number + 1 if number + 1 < more else END
            self.sectors.append(_numbers([*part, *[FREE] * (per_sector - 1 - len(part)), following]))
        version = 3 if self.shift == 9 else 4
        header = struct.pack(
            "<8s16s5H6xLLLLLLLLLL", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, version, 0xFFFE, self.shift, 6,
            0, pages, directory_at, 0, 4096, mini_at, 0 if mini_at == END else 1, more_at if more else END, more,
            0,
        )[:76]  # fmt: skip
        header += _numbers([*places[:109], *[FREE] * (109 - min(109, len(places)))])
        return header.ljust(self.size, b"\0") + b"".join(self.sectors)


def filetime(at: datetime) -> int:
    return int((at - FIRST_INSTANT).total_seconds()) * 10_000_000


def a_property_set(values: Mapping[int, str | bytes | int | datetime], *, code_page: int = 1252) -> bytes:
    """Return a stream of properties; bytes are strings of the code page, strings are Unicode."""
    written = {1: struct.pack("<LHH", 2, code_page, 0)} | {key: _property(value) for key, value in values.items()}
    places, content, at = b"", b"", 8 + 8 * len(written)
    for key, raw in written.items():
        places += struct.pack("<2L", key, at + len(content))
        content += raw + bytes(-len(raw) % 4)
    section = struct.pack("<2L", at + len(content), len(written)) + places + content
    return struct.pack("<HHL16sL16sL", 0xFFFE, 0, 2, b"", 1, b"fmtid".ljust(16), 48) + section


def _property(value: str | bytes | datetime | int) -> bytes:
    if isinstance(value, bytes):
        return struct.pack("<2L", 30, len(value) + 1) + value + b"\0"
    if isinstance(value, str):
        return struct.pack("<2L", 31, len(value) + 1) + value.encode("utf-16-le") + b"\0\0"
    if isinstance(value, datetime):
        return struct.pack("<LQ", 64, filetime(value))
    return struct.pack("<Ll", 3, value)
