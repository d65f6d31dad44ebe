"""What is known of all files below one folder: when the newest was written, and whether that can be told at all."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, exists, func, not_, or_, select

from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.schema import appraisal, claim, record_copy, unreadable_folder
from retention.store.write_days import below

NEWEST_OF_CASE = "case_newest:"
"""How the rules' flag begins on a file whose ruling went by the newest day of its case folder."""


class FilesBelow(NamedTuple):
    """All files ever seen below a folder: how many, when the oldest and the newest were last written (ns), and doubts.

    What is gone counts too: somebody worked on the case when it was written, whoever removed it since.
    `unread` are those that nobody could look at, `claimed` those that only an export tells of.
    """

    files: int
    oldest_ns: int
    newest_ns: int
    unread: int
    is_claimed: bool
    is_partly_closed: bool


class ByNewest(NamedTuple):
    """A copy whose appraisal went by the newest day of its case folder."""

    copy_id: int
    case_path: str
    flags: str


def files_below(tx: Transaction, source_id: str, folder: str) -> FilesBelow:
    """Return what is known of the files below `folder`; one range of the index of paths is read, once."""
    is_below = below(source_id, folder)
    is_unread = or_(
        record_copy.c.state.in_((CopyState.SKIPPED, CopyState.UNREADABLE)),
        and_(record_copy.c.state == CopyState.PRESENT, record_copy.c.sha256.is_(None)),
    )
    written = record_copy.c.modified_ns
    figures = tx.connection.execute(
        select(func.count(), func.min(written), func.max(written), func.count().filter(is_unread)).where(is_below)
    ).one()
    claimed = exists().where(claim.c.copy_id == record_copy.c.copy_id, is_below)
    files, oldest_ns, newest_ns, unread = figures
    return FilesBelow(
        files=files,
        oldest_ns=oldest_ns or 0,
        newest_ns=newest_ns or 0,
        unread=unread,
        is_claimed=bool(tx.connection.execute(select(claimed)).scalar_one()),
        is_partly_closed=_is_partly_closed(tx, source_id, os.fsencode(folder)),
    )


def _is_partly_closed(tx: Transaction, source_id: str, folder: bytes) -> bool:
    """Tell whether the last scan could not list the folder, one inside it, or one that it lies in."""
    path = unreadable_folder.c.path
    steps = folder.split(b"/")
    above = [b"/".join(steps[:number]) for number in range(len(steps) + 1)]
    closed = exists().where(
        unreadable_folder.c.source_id == source_id,
        or_(path.in_(above), and_(path >= folder + b"/", path < folder + b"0")),
    )
    return bool(tx.connection.execute(select(closed)).scalar_one())


def appraised_by_newest(tx: Transaction, source_id: str, *, after: int, limit: int) -> Sequence[ByNewest]:
    """Return the next copies whose appraisals went by the newest day of their case, by number, greater than `after`.

    Those that are appraised again anyway are left out.
    """
    statement = (
        select(record_copy.c.copy_id, appraisal.c.case_path, appraisal.c.flags)
        .join(appraisal, appraisal.c.copy_id == record_copy.c.copy_id)
        .where(
            record_copy.c.source_id == source_id,
            record_copy.c.state == CopyState.PRESENT,
            record_copy.c.copy_id > after,
            appraisal.c.case_path.is_not(None),
            not_(appraisal.c.is_stale),
            appraisal.c.flags.contains(f'"{NEWEST_OF_CASE}', autoescape=True),
        )
        .order_by(record_copy.c.copy_id)
        .limit(limit)
    )
    return [ByNewest(row.copy_id, os.fsdecode(row.case_path), row.flags) for row in tx.connection.execute(statement)]
