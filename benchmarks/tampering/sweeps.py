"""Every single bit of every file of a log, every place at which it can be cut, and every pair of entries."""

import os
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

from benchmarks.tampering.rows import Row, judge
from benchmarks.tampering.subject import Subject

SWEPT = ("entries/00000.jsonl", "checkpoint", "checkpoints.jsonl", "policy.txt", "origin.txt")
DERIVED = "derived from the entries, believed nowhere and made again when the log is opened"
COPY = "a copy for the witness's own use; the entry that records it holds the same signature"


def bits_of(path: Path) -> range:
    """Give the number of every bit in a file."""
    return range(path.stat().st_size * 8)


def flip_bits(subject: Subject, name: str, bits: Iterable[int], *, why: str = "") -> Row:
    """Flip each bit alone and have the log judged; in place, for writing it whole would be slow."""
    row = Row(case=f"one bit of `{'anchors/*.note' if name.startswith('anchors/') else name}`", why=why)
    untouched = judge(subject.log, subject.keys)
    path = subject.log / name
    descriptor = os.open(path, os.O_RDWR)
    try:
        for bit in bits:
            at = bit // 8
            [byte] = os.pread(descriptor, 1, at)
            os.pwrite(descriptor, bytes([byte ^ (1 << bit % 8)]), at)
            row.count(judge(subject.log, subject.keys), untouched=untouched, what=bit)
            os.pwrite(descriptor, bytes([byte]), at)
    finally:
        os.close(descriptor)
    return row


def cut(subject: Subject, name: str, lengths: Iterable[int], *, why: str = "") -> Row:
    """Cut a file short at each length."""
    row = Row(case=f"`{name}` cut short at a byte", why=why)
    untouched = judge(subject.log, subject.keys)
    path = subject.log / name
    good = path.read_bytes()
    for length in sorted(lengths, reverse=True):
        os.truncate(path, length)
        row.count(judge(subject.log, subject.keys), untouched=untouched, what=length)
    path.write_bytes(good)
    return row


def rearrange(subject: Subject, *, every: int = 1) -> list[Row]:
    """Delete, double, swap and insert entries, at every place and for every pair."""
    good = subject.lines()
    places = range(len(good))
    forged = good[-1].replace(b'"number":', b'"numbers":')
    changed: dict[str, Iterable[list[bytes]]] = {
        "an entry deleted": ([*good[:at], *good[at + 1 :]] for at in places),
        "an entry doubled": ([*good[:at], good[at], *good[at:]] for at in places),
        "a forged entry inserted": ([*good[:at], forged, *good[at:]] for at in range(len(good) + 1)),
        "two entries swapped": (_swapped(good, *pair) for pair in list(combinations(places, 2))[::every]),
        "cut short at an entry": (good[:at] for at in places),
        "an unsigned line appended": ([*good, line] for line in (b"", b"x", b"{}", forged, good[-1], b"x" * 70_000)),
        "line ends converted": ([each + b"\r" for each in good] for _ in range(1)),
    }
    untouched = judge(subject.log, subject.keys)
    rows = []
    for case, variants in changed.items():
        row = Row(case=case)
        for what, lines in enumerate(variants):
            subject.put_lines(lines)
            row.count(judge(subject.log, subject.keys), untouched=untouched, what=what)
        rows.append(row)
    subject.put_lines(good)
    return rows


def _swapped(lines: Sequence[bytes], one: int, other: int) -> list[bytes]:
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    return swapped
