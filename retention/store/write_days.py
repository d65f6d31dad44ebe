"""On which days the files of a folder were last written: what a copying is recognised by."""

import os
from collections.abc import Generator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select, update

from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.in_bulk import parts
from retention.store.schema import appraisal, record_copy

TIME_OF_COPYING = "time_of_copying"  # the rules' flag on a file whose last write was taken for a copying's

_PAGE = 1_000
_DAY_NS = 86_400 * 1_000_000_000
_AFTER_SLASH = b"0"  # the byte after "/": everything below a folder lies between the two


def write_days(tx: Transaction, source_id: str, folder: str) -> Generator[tuple[str, int], None, None]:
    """Yield the path of every present copy below `folder` with the day it was last written (from 1970, in UTC)."""
    statement = _below(source_id, folder, record_copy.c.path, record_copy.c.modified_ns)
    # a context: PostgreSQL's cursor must be closed while its transaction lasts
    with tx.connection.execute(statement, execution_options={"yield_per": _PAGE}) as rows:
        for path, modified_ns in rows:
            yield os.fsdecode(path), day_of(modified_ns)


def has_busy_day(tx: Transaction, source_id: str, folder: str, *, fewest: int) -> bool:
    """Tell whether at least `fewest` present copies below `folder` were last written on one day."""
    day = record_copy.c.modified_ns // _DAY_NS
    statement = _below(source_id, folder, day).group_by(day).having(func.count() >= fewest).limit(1)
    return tx.connection.execute(statement).first() is not None


def settled_copies(tx: Transaction, source_id: str, *, after: int, limit: int) -> Sequence[tuple[int, str, int]]:
    """Return number, path and last write (ns) of the next copies whose end is settled, and that nothing says copied.

    By number, greater than `after`; those that are appraised again anyway are left out.
    """
    statement = (
        select(record_copy.c.copy_id, record_copy.c.path, record_copy.c.modified_ns)
        .join(appraisal, appraisal.c.copy_id == record_copy.c.copy_id)
        .where(
            record_copy.c.source_id == source_id,
            record_copy.c.state == CopyState.PRESENT,
            record_copy.c.copy_id > after,
            appraisal.c.due_latest.is_not(None),
            not_(appraisal.c.is_stale),
            not_(appraisal.c.flags.contains(f'"{TIME_OF_COPYING}"', autoescape=True)),
        )
        .order_by(record_copy.c.copy_id)
        .limit(limit)
    )
    return [(row.copy_id, os.fsdecode(row.path), row.modified_ns) for row in tx.connection.execute(statement)]


def mark_stale(tx: Transaction, copy_ids: Sequence[int]) -> None:
    """Have copies appraised again; until then their class still counts, for a hold may be on it."""
    for part in parts(copy_ids):
        tx.connection.execute(update(appraisal).where(appraisal.c.copy_id.in_(part)).values(is_stale=True))


def below(source_id: str, folder: str) -> ColumnElement[bool]:
    """Return the condition that a copy lies below a folder."""
    start = os.fsencode(folder)
    return and_(
        record_copy.c.source_id == source_id,
        record_copy.c.path >= start + b"/",
        record_copy.c.path < start + _AFTER_SLASH,
    )


def _below(source_id: str, folder: str, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).where(below(source_id, folder), record_copy.c.state == CopyState.PRESENT)


def day_of(modified_ns: int) -> int:
    """Return the day of an instant, counted from 1970 in UTC."""
    return modified_ns // _DAY_NS
