"""Scans: one pass over one source, from its first entry to its closing equation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select, update

from retention.domain.assets import SourceId
from retention.domain.batches import ItemState
from retention.domain.naming import shown
from retention.domain.records import CopyState
from retention.errors import CatalogueDamagedError
from retention.store import ledger
from retention.store.catalogue import Transaction
from retention.store.instants import loaded, loaded_or_none, stored
from retention.store.schema import batch_item, record_copy, scan, source, unreadable_folder


class ScanState(StrEnum):
    """How far a scan has come."""

    CRAWLING = "crawling"
    EXAMINING = "examining"
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One pass over one source; `files` counts every entry that is not a folder."""

    scan_id: str
    source_id: SourceId
    state: ScanState
    started_at: datetime
    finished_at: datetime | None = None
    folders: int = 0
    files: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCounts:
    """What became of the entries of a finished scan; the parts sum to its `files`."""

    examined: int
    unchanged: int
    unreadable: int
    skipped: Mapping[str, int]
    unreadable_folders: int
    stuck_batches: int

    @property
    def files(self) -> int:
        """Return the sum of the parts."""
        return self.examined + self.unchanged + self.unreadable + sum(self.skipped.values())


def begin(tx: Transaction, new: Scan) -> Scan:
    """Start a scan, or return the one of the same source that was crawled to its end but not finished.

    Earlier scans of the source that were still crawling are given up: there is one live scan of a source.
    """
    _lock_source(tx, new.source_id)
    if (found := unfinished(tx, new.source_id)) is not None:
        return found
    tx.connection.execute(
        update(scan)
        .where(scan.c.source_id == new.source_id, scan.c.state == ScanState.CRAWLING)
        .values(state=ScanState.ABANDONED)
    )
    tx.connection.execute(
        insert(scan).values(
            scan_id=new.scan_id,
            source_id=new.source_id,
            state=new.state,
            started_at=stored(new.started_at),
            folders=new.folders,
            files=new.files,
            size_bytes=new.size_bytes,
        )
    )
    return new


def unfinished(tx: Transaction, source_id: str) -> Scan | None:
    """Return the scan of a source that was crawled to its end but not finished, or None."""
    row = (
        tx.connection.execute(
            select(scan)
            .where(scan.c.source_id == source_id, scan.c.state == ScanState.EXAMINING)
            .order_by(scan.c.started_at)
            .limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _scan(row)


def latest(tx: Transaction, source_id: str) -> Scan | None:
    """Return the last finished scan of a source, or None."""
    row = (
        tx.connection.execute(
            select(scan)
            .where(scan.c.source_id == source_id, scan.c.state == ScanState.DONE)
            .order_by(scan.c.finished_at.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _scan(row)


def crawled(tx: Transaction, crawl: Scan) -> None:
    """Store the totals of a crawl that came to its end: from now on the scan can be resumed.

    Raises:
        StaleError: Another scan of the source has begun meanwhile.
    """
    _lock_source(tx, crawl.source_id)
    ledger.put(tx, crawl.scan_id, ())
    tx.connection.execute(
        update(scan)
        .where(scan.c.scan_id == crawl.scan_id)
        .values(state=ScanState.EXAMINING, folders=crawl.folders, files=crawl.files, size_bytes=crawl.size_bytes)
    )


def finish(tx: Transaction, done: Scan, *, at: datetime) -> ScanCounts:
    """Close a scan whose every batch has landed: what it did not see is missing, and the sum must be right.

    Copies below a folder that could not be listed are not missing but unreadable; destroyed ones stay
    destroyed, and what waits in quarantine stays what it was.

    Raises:
        CatalogueDamagedError: The rows are not what the crawl counted; nothing is closed.
    """
    won = tx.connection.execute(
        update(scan)
        .where(scan.c.scan_id == done.scan_id, scan.c.state == ScanState.EXAMINING)
        .values(state=ScanState.DONE, finished_at=stored(at))
    )
    summed = counts(tx, done)
    if won.rowcount != 1:  # a rival closed it a moment ago, in the same way
        return summed
    if summed.files != done.files:
        raise CatalogueDamagedError(
            what=f"scan {done.scan_id} found {done.files} files but the catalogue accounts for {summed.files}",
            not_done="The scan was not closed, and no file was recorded as missing.",
            next_step="Run `retention doctor`, and scan the source again.",
        )
    _forget_old_quarantine(tx, done)
    _mark_unlisted(tx, done)
    _mark_missing(tx, done)
    ledger.clear(tx, done.scan_id)
    return summed


def counts(tx: Transaction, of: Scan) -> ScanCounts:
    """Return what the rows of a scan say became of its entries."""
    rows = tx.connection.execute(
        select(record_copy.c.last_finding, func.count())
        .where(record_copy.c.last_scan_id == of.scan_id)
        .group_by(record_copy.c.last_finding)
    )
    found = {str(finding): int(number) for finding, number in rows}
    skipped = {name.removeprefix("skipped:"): number for name, number in found.items() if name.startswith("skipped:")}
    folders = select(func.count()).where(unreadable_folder.c.scan_id == of.scan_id)
    return ScanCounts(
        examined=found.get("examined", 0),
        unchanged=found.get("unchanged", 0),
        unreadable=found.get("unreadable", 0),
        skipped=dict(sorted(skipped.items())),
        unreadable_folders=int(tx.connection.execute(folders).scalar_one()),
        stuck_batches=ledger.counts(tx, of.scan_id).get("stuck", 0),
    )


def in_quarantine() -> ColumnElement[bool]:
    """Return the condition that a copy waits in quarantine, where its batch put it."""
    return exists().where(
        batch_item.c.copy_id == record_copy.c.copy_id,
        batch_item.c.is_open,
        batch_item.c.state == ItemState.QUARANTINED,
    )


def _lock_source(tx: Transaction, source_id: str) -> None:
    # on PostgreSQL two scans of one source could otherwise begin between one another's question and answer
    tx.connection.execute(select(source.c.source_id).where(source.c.source_id == source_id).with_for_update())


def _unseen(done: Scan) -> ColumnElement[bool]:
    return and_(
        record_copy.c.source_id == done.source_id,
        record_copy.c.last_scan_id != done.scan_id,
        record_copy.c.state.not_in((CopyState.DESTROYED, CopyState.MISSING)),
        ~in_quarantine(),
    )


def _forget_old_quarantine(tx: Transaction, done: Scan) -> None:
    # an entry of the quarantine folder has no story of its own: it is told where the file came from
    tx.connection.execute(
        delete(record_copy).where(_unseen(done), record_copy.c.finding == "quarantine", record_copy.c.sha256.is_(None))
    )


def _mark_unlisted(tx: Transaction, done: Scan) -> None:
    tx.connection.execute(
        delete(unreadable_folder).where(
            unreadable_folder.c.source_id == done.source_id, unreadable_folder.c.scan_id != done.scan_id
        )
    )
    for folder in tx.connection.execute(
        select(unreadable_folder.c.path, unreadable_folder.c.reason).where(
            unreadable_folder.c.source_id == done.source_id
        )
    ).all():
        below = bytes(folder.path)
        tx.connection.execute(
            update(record_copy)
            # every path below "a/b" lies between "a/b/" and "a/b0", "0" being what follows "/"
            .where(_unseen(done), record_copy.c.path > below + b"/", record_copy.c.path < below + b"0")
            .values(
                state=CopyState.UNREADABLE,
                finding=folder.reason,
                detail=f"its folder {shown(os.fsdecode(below))} could not be listed",
                last_scan_id=done.scan_id,
                last_finding="folder_unlisted",
            )
        )


def _mark_missing(tx: Transaction, done: Scan) -> None:
    tx.connection.execute(update(record_copy).where(_unseen(done)).values(state=CopyState.MISSING))


def _scan(row: Mapping[Any, Any]) -> Scan:
    return Scan(
        scan_id=row["scan_id"],
        source_id=SourceId(row["source_id"]),
        state=ScanState(row["state"]),
        started_at=loaded(row["started_at"]),
        finished_at=loaded_or_none(row["finished_at"]),
        folders=int(row["folders"]),
        files=int(row["files"]),
        size_bytes=int(row["size_bytes"]),
    )
