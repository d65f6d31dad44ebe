"""Where the text of an old Word document lies: its table of pieces, and the stretches marked as deleted.

Follows [MS-DOC] 2.9.38 (Clx), 2.8.35 (PlcPcd), 2.8.6 (PlcBteChpx) and 2.9.33 (ChpxFkp).
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_CHANGES, _TABLE = 1, 2  # 2.9.38: what a part of the table is
_PIECE_BYTES = 8
_ONE_BYTE = 0x40000000  # 2.9.73: the text has one byte for a character, and its place is doubled
_MAX_PIECES = 200_000

_PAGE_BYTES = 512
_PAGE_NUMBER = 0x3FFFFF  # 2.8.6: the higher bits are not part of it
_MAX_PAGES = 20_000
_MAX_DELETED = 50_000
_MARKED_DELETED = b"\x00\x08\x01"  # 2.6.1: sprmCFRMarkDel, switched on


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text: from which character to which, where its bytes begin, and how many a character has."""

    first: int
    end: int
    at: int
    width: int


def pieces_of(table: bytes, *, old_width: int = 0) -> tuple[Piece, ...]:
    """Return the pieces of a document in the order of its text; none when the table cannot be followed.

    Args:
        table: The part of the file that [MS-DOC] calls Clx.
        old_width: For Word 6 and 95 how many bytes every character has; later pieces tell it themselves.
    """
    position = 0
    while position + 5 <= len(table):
        if table[position] == _TABLE:
            length = int.from_bytes(table[position + 1 : position + 5], "little")
            return tuple(_pieces(table[position + 5 : position + 5 + length], old_width=old_width))
        if table[position] != _CHANGES:
            break
        position += 3 + int.from_bytes(table[position + 1 : position + 3], "little")
    return ()


def _pieces(plan: bytes, *, old_width: int) -> Iterator[Piece]:
    count = min((len(plan) - 4) // (4 + _PIECE_BYTES), _MAX_PIECES)
    if count <= 0:
        return
    bounds = struct.unpack_from(f"<{count + 1}L", plan)
    for number in range(count):
        (place,) = struct.unpack_from("<L", plan, 4 * (count + 1) + _PIECE_BYTES * number + 2)
        width, at = old_width, place
        if not old_width:
            width = 1 if place & _ONE_BYTE else 2
            at = (place & ~_ONE_BYTE) // 2 if width == 1 else place
        if bounds[number] < bounds[number + 1]:
            yield Piece(first=bounds[number], end=bounds[number + 1], at=at, width=width)


def deleted_stretches(stream: bytes, plan: bytes) -> tuple[tuple[int, int], ...]:
    """Return the stretches of bytes that are marked as deleted, in their order.

    Args:
        stream: The stream that holds the text and the pages of its formats.
        plan: The table of those pages, PlcBteChpx.
    """
    count = min((len(plan) - 4) // 8, _MAX_PAGES)
    if count <= 0:
        return ()
    found: list[tuple[int, int]] = []
    for number in sorted(set(struct.unpack_from(f"<{count}L", plan, 4 * (count + 1)))):
        at = (number & _PAGE_NUMBER) * _PAGE_BYTES
        page = stream[at : at + _PAGE_BYTES]
        if _MARKED_DELETED in page and len(page) == _PAGE_BYTES:
            found += _deleted_on(page)
        if len(found) > _MAX_DELETED:
            break  # no document has so many: the rest is shown, since hiding text could hide a record
    return tuple(_joined(sorted(found)))


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same stretches with those that touch or overlap made one."""
    joined: list[tuple[int, int]] = []
    for start, stop in stretches:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _deleted_on(page: bytes) -> Iterator[tuple[int, int]]:
    count = page[-1]
    if 4 * (count + 1) + count >= _PAGE_BYTES:
        return
    bounds = struct.unpack_from(f"<{count + 1}L", page)
    for number in range(count):
        at = page[4 * (count + 1) + number] * 2
        length = page[at]
        if at and _is_deleted(page[at + 1 : at + 1 + length]) and bounds[number] < bounds[number + 1]:
            yield bounds[number], bounds[number + 1]


# 2.2.5.1: how many bytes follow, by the highest three bits of a property's number; 6 states its own length
_OPERAND_BYTES = (1, 1, 2, 4, 2, 2, 0, 3)
_SIZED = 6


def _is_deleted(changes: bytes) -> bool:
    position = 0
    while position + 3 <= len(changes):
        number = int.from_bytes(changes[position : position + 2], "little")
        if number == 0x0800:  # noqa: PLR2004  sprmCFRMarkDel
            return changes[position + 2] == 1
        shape = number >> 13
        position += 2 + (1 + changes[position + 2] if shape == _SIZED else _OPERAND_BYTES[shape])
    return False


def without_stretches(raw: bytes, at: int, stretches: tuple[tuple[int, int], ...]) -> bytes:
    """Return bytes that stand at `at` without those that lie in one of the stretches, which are in order."""
    kept: list[bytes] = []
    position, end = at, at + len(raw)
    for number in range(max(0, bisect_right(stretches, (at, 0)) - 1), len(stretches)):
        start, stop = stretches[number]
        if start >= end:
            break
        if stop > position:
            kept.append(raw[position - at : max(position, start) - at])
            position = stop
    kept.append(raw[max(0, position - at) :])
    return b"".join(kept)
