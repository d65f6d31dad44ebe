"""Recognising files that were moved or renamed: gone from one place of a source, and found at another.

A copy stands for a location, and its row stays where it was: a hold on the folder that a file left goes on
protecting the file by the digest that is kept there, and a disposal that was approved for the old location finds
nothing. The row of the new location says which one it came from, and has been known for as long.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update

from retention.domain.naming import shown
from retention.store.catalogue import Transaction
from retention.store.in_bulk import TOGETHER, AnyRow, BulkRead, BulkWrite
from retention.store.schema import record_copy

MOVED = "moved"

# What proves that it is the very file: its number on the volume, its size, and every byte of it.
_Identity = tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLocation:
    """Where a file lay before it was moved."""

    copy_id: int
    path: str


def recognise(tx: Transaction, *, unseen: ColumnElement[bool], source_id: str, scan_id: str) -> int:
    """Note which of the `unseen` copies of a source appeared elsewhere in this scan; return how many.

    The caller knows which copies no part of the scan has seen, and then marks them as missing. Memory holds some
    hundred rows.
    """
    moved, after = 0, 0
    while True:
        gone = _gone(tx, unseen, after)
        if not gone:
            return moved
        after = gone[-1].copy_id
        moved += _match(tx, gone, source_id=source_id, scan_id=scan_id)


def earlier_location(tx: Transaction, copy_id: int) -> EarlierLocation | None:
    """Return where the file at this location lay before it was moved here, as far as scans have seen it.

    Ask again about the answer for the place before that; a file that went to and fro leads round in a circle.
    """
    here, there = record_copy.alias("here"), record_copy.alias("there")
    found = tx.connection.execute(
        select(there.c.copy_id, there.c.path)
        .select_from(here.join(there, there.c.copy_id == here.c.moved_from))
        .where(here.c.copy_id == copy_id)
    ).first()
    return None if found is None else EarlierLocation(copy_id=found.copy_id, path=os.fsdecode(found.path))


def _gone(tx: Transaction, unseen: ColumnElement[bool], after: int) -> Sequence[AnyRow]:
    return tx.connection.execute(
        select(
            record_copy.c.copy_id,
            record_copy.c.inode,
            record_copy.c.size_bytes,
            record_copy.c.sha256,
            record_copy.c.first_seen_at,
        )
        .where(unseen, record_copy.c.sha256.is_not(None), record_copy.c.copy_id > after)
        .order_by(record_copy.c.copy_id)
        .limit(TOGETHER)
    ).all()


def _match(tx: Transaction, gone: Sequence[AnyRow], *, source_id: str, scan_id: str) -> int:
    arrived: dict[_Identity, AnyRow] = {}
    digests = list({row.sha256 for row in gone})
    for row in _ARRIVED.rows(tx, digests, of_source=source_id, of_scan=scan_id):
        identity = (row.inode, row.size_bytes, row.sha256)
        if identity not in arrived or row.path < arrived[identity].path:
            arrived[identity] = row
    pairs = [(old, new) for old, new in _pairs(gone, arrived)]
    _ARRIVAL.run(tx, [(old.copy_id, min(old.first_seen_at, new.first_seen_at), new.copy_id) for old, new in pairs])
    _DEPARTURE.run(tx, [(MOVED, f"moved to {shown(os.fsdecode(new.path))}", old.copy_id) for old, new in pairs])
    return len(pairs)


def _pairs(gone: Sequence[AnyRow], arrived: dict[_Identity, AnyRow]) -> Iterator[tuple[AnyRow, AnyRow]]:
    for old in gone:
        # of several names of one file that vanished together, the first is the one that was moved
        new = arrived.pop((old.inode, old.size_bytes, old.sha256), None)
        if new is not None:
            yield old, new


def _arrived(is_one: ColumnElement[bool]) -> Select[Any]:
    return select(
        record_copy.c.copy_id,
        record_copy.c.path,
        record_copy.c.inode,
        record_copy.c.size_bytes,
        record_copy.c.sha256,
        record_copy.c.first_seen_at,
    ).where(
        is_one,
        record_copy.c.source_id == bindparam("of_source"),
        # wrapped, so that a database looks the digests up and not everything that appeared in the scan
        func.coalesce(record_copy.c.last_scan_id, "") == bindparam("of_scan"),
        record_copy.c.last_finding == "appeared",
        record_copy.c.moved_from.is_(None),
    )


_ARRIVED = BulkRead(record_copy.c.sha256, _arrived)
_ARRIVAL = BulkWrite(
    update(record_copy)
    .where(record_copy.c.copy_id == bindparam("known_id"))
    .values(moved_from=bindparam("origin"), first_seen_at=bindparam("known_since")),
    ("origin", "known_since", "known_id"),
)
_DEPARTURE = BulkWrite(
    update(record_copy)
    .where(record_copy.c.copy_id == bindparam("known_id"))
    .values(finding=bindparam("new_finding"), detail=bindparam("new_detail")),
    ("new_finding", "new_detail", "known_id"),
)
