"""Scans: one pass over one source, from its first entry to its closing equation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update

from retention.domain.assets import SourceId
from retention.domain.batches import ItemState
from retention.domain.naming import shown
from retention.domain.records import CopyState
from retention.errors import CatalogueDamagedError, StaleError
from retention.store import ledger, moves, scopes
from retention.store.catalogue import Transaction
from retention.store.instants import loaded, loaded_or_none, stored
from retention.store.schema import EXCLUDED, batch_item, record_copy, scan, source, unreadable_folder
from retention.store.scopes import Scope


class ScanState(StrEnum):
    """How far a scan has come."""

    CRAWLING = "crawling"
    EXAMINING = "examining"
    DONE = "done"
    ABANDONED = "abandoned"


class Counted(StrEnum):
    """What a scan counts an entry as; skipped ones are counted by their reason."""

    EXAMINED = "examined"
    APPEARED = "appeared"
    CHANGED_SILENTLY = "changed_silently"
    UNCHANGED = "unchanged"
    VERIFIED = "verified"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One pass over one source; `files` counts every entry that is not a folder.

    With a `scope` it is a pass over these parts of the source only, and says nothing of the others.
    """

    scan_id: str
    source_id: SourceId
    state: ScanState
    started_at: datetime
    finished_at: datetime | None = None
    folders: int = 0
    files: int = 0
    size_bytes: int = 0
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCounts:
    """What became of the entries of a finished scan; the parts sum to its `files`.

    Of the `unchanged`, `verified` were read again all the same and are what they were. Of the `examined`,
    `changed_silently` differ although neither size nor modification time does; `moved` were known elsewhere.
    """

    examined: int
    unchanged: int
    unreadable: int
    skipped: Mapping[str, int]
    unreadable_folders: int
    stuck_batches: int
    verified: int = 0
    changed_silently: int = 0
    moved: int = 0

    @property
    def files(self) -> int:
        """Return the sum of the parts."""
        return self.examined + self.unchanged + self.unreadable + sum(self.skipped.values())


def begin(tx: Transaction, new: Scan, *, gives_way: bool = False) -> Scan:
    """Start a scan, or return the one of the same source that was crawled to its end but not finished.

    Earlier scans of the source that were still crawling are given up: there is one live scan of a source.

    Raises:
        StaleError: Another scan of the source is crawling, and this one `gives_way`.
    """
    _lock_source(tx, new.source_id)
    if (found := unfinished(tx, new.source_id)) is not None:
        return found
    if gives_way:
        _give_way(tx, new)
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
            scope=scopes.packed(new.scope),
        )
    )
    return new


def give_up(tx: Transaction, crawl: Scan) -> None:
    """Give up a scan whose crawl did not come to its end."""
    tx.connection.execute(
        update(scan)
        .where(scan.c.scan_id == crawl.scan_id, scan.c.state == ScanState.CRAWLING)
        .values(state=ScanState.ABANDONED)
    )


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
    """Return the last finished scan of a whole source, or None."""
    row = (
        tx.connection.execute(
            select(scan)
            .where(scan.c.source_id == source_id, scan.c.state == ScanState.DONE, scan.c.scope.is_(None))
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

    A scan of a part says nothing of what lies outside it. Copies below a folder that could not be listed are not
    missing but unreadable; destroyed ones stay destroyed, and what waits in quarantine stays what it was.

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
    if done.scope is not None:
        scopes.mark_unseen(
            tx, done.scope, source_id=done.source_id, scan_id=done.scan_id, could_be_seen=_could_be_seen()
        )
    _forget_old_quarantine(tx, done)
    _mark_unlisted(tx, done)
    gone = or_(_unseen(done), scopes.missing_lately(done.source_id, done.scan_id))
    moved = moves.recognise(tx, unseen=gone, source_id=done.source_id, scan_id=done.scan_id)
    _mark_missing(tx, done)
    ledger.clear(tx, done.scan_id)
    scopes.forget_scans(tx, source_id=done.source_id, but=done.scan_id)
    return replace(summed, moved=moved)


def counts(tx: Transaction, of: Scan) -> ScanCounts:
    """Return what the rows of a scan say became of its entries."""
    rows = tx.connection.execute(
        select(record_copy.c.last_finding, func.count())
        .where(record_copy.c.source_id == of.source_id, record_copy.c.last_scan_id == of.scan_id)
        .group_by(record_copy.c.last_finding)
    )
    found = {str(finding): int(number) for finding, number in rows}
    skipped = {name.removeprefix("skipped:"): number for name, number in found.items() if name.startswith("skipped:")}
    folders = select(func.count()).where(
        unreadable_folder.c.scan_id == of.scan_id, unreadable_folder.c.reason != EXCLUDED
    )
    return ScanCounts(
        examined=sum(found.get(name, 0) for name in (Counted.EXAMINED, Counted.APPEARED, Counted.CHANGED_SILENTLY)),
        unchanged=found.get(Counted.UNCHANGED, 0) + found.get(Counted.VERIFIED, 0),
        unreadable=found.get(Counted.UNREADABLE, 0),
        skipped=dict(sorted(skipped.items())),
        unreadable_folders=int(tx.connection.execute(folders).scalar_one()),
        stuck_batches=ledger.counts(tx, of.scan_id).get("stuck", 0),
        verified=found.get(Counted.VERIFIED, 0),
        changed_silently=found.get(Counted.CHANGED_SILENTLY, 0),
    )


def changed_silently(tx: Transaction, of: Scan, *, limit: int) -> tuple[str, ...]:
    """Return the first paths whose content this scan found changed, though neither size nor time did."""
    rows = tx.connection.execute(
        select(record_copy.c.path)
        .where(
            record_copy.c.source_id == of.source_id,
            record_copy.c.last_scan_id == of.scan_id,
            record_copy.c.last_finding == Counted.CHANGED_SILENTLY,
        )
        .order_by(record_copy.c.path)
        .limit(limit)
    )
    return tuple(os.fsdecode(path) for (path,) in rows)


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


def _give_way(tx: Transaction, new: Scan) -> None:
    crawling = exists().where(scan.c.source_id == new.source_id, scan.c.state == ScanState.CRAWLING)
    if tx.connection.execute(select(crawling)).scalar_one():
        raise StaleError(
            what=f"another scan of {new.source_id} is running",
            not_done="It was not scanned a second time.",
            next_step="Wait for the other scan to end.",
        )


def _could_be_seen() -> ColumnElement[bool]:
    return and_(record_copy.c.state.not_in((CopyState.DESTROYED, CopyState.MISSING)), ~in_quarantine())


def _unseen(done: Scan) -> ColumnElement[bool]:
    if done.scope is not None:
        return and_(scopes.unseen(done.source_id, done.scan_id), _could_be_seen())
    return and_(
        record_copy.c.source_id == done.source_id,
        # two ranges, which an index finds; "not equal" would look at every copy of the source
        or_(record_copy.c.last_scan_id < done.scan_id, record_copy.c.last_scan_id > done.scan_id),
        _could_be_seen(),
    )


def _forget_old_quarantine(tx: Transaction, done: Scan) -> None:
    # an entry of the quarantine folder has no story of its own: it is told where the file came from
    tx.connection.execute(
        delete(record_copy).where(_unseen(done), record_copy.c.finding == "quarantine", record_copy.c.sha256.is_(None))
    )


def _mark_unlisted(tx: Transaction, done: Scan) -> None:
    scopes.forget_folders(tx, done.scope or scopes.WHOLE, source_id=done.source_id, scan_id=done.scan_id)
    for folder in tx.connection.execute(
        select(unreadable_folder.c.path, unreadable_folder.c.reason).where(
            unreadable_folder.c.source_id == done.source_id, unreadable_folder.c.scan_id == done.scan_id
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
        scope=scopes.unpacked(row["scope"]),
    )
