"""The scan's ledger: what the crawl found, in batches that each land exactly once.

A batch is kept as compressed JSON, which carries the bytes of any file name (as lone surrogates). It is the
durable queue of a scan: whatever is killed, the next run goes on with the batches that are still to do.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from retention.domain.records import CopyId, CopyState
from retention.errors import StaleError
from retention.store.catalogue import Transaction
from retention.store.schema import scan, scan_batch

MAX_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """A regular file that the crawl found and that must be examined.

    One with `is_sample` seems unchanged, and is read all the same to see whether it really is.
    """

    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    link_count: int
    changed_ns: int = 0
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedEntry:
    """An entry that is counted without being examined: skipped, or unreadable already when crawled."""

    path: str
    state: CopyState
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTrouble:
    """A folder that could not be listed."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerBatch:
    """One batch of a scan: to examine, to note, known to be unchanged, and folders that could not be listed."""

    number: int
    found: tuple[FoundEntry, ...] = ()
    noted: tuple[NotedEntry, ...] = ()
    unchanged: tuple[CopyId, ...] = ()
    folders: tuple[FolderTrouble, ...] = ()
    tries: int = 0

    @property
    def size_bytes(self) -> int:
        """Return the bytes that must be read."""
        return sum(entry.size_bytes for entry in self.found)

    @property
    def files(self) -> int:
        """Return how many entries the scan counts for this batch."""
        return len(self.found) + len(self.noted) + len(self.unchanged)


def put(tx: Transaction, scan_id: str, batches: Sequence[LedgerBatch]) -> None:
    """Add batches to a scan that is still crawling.

    Raises:
        StaleError: Another scan of the source has begun meanwhile; these batches are not wanted any more.
    """
    # the row is touched so that a rival which gives this scan up waits, or makes this statement miss
    crawling = tx.connection.execute(
        update(scan).where(scan.c.scan_id == scan_id, scan.c.state == "crawling").values(state="crawling")
    )
    if crawling.rowcount != 1:
        raise StaleError(
            what=f"scan {scan_id} was given up: another scan of the same source has begun",
            not_done="Nothing of this scan was kept.",
            next_step="Wait for the other scan to end; the two must not run at the same time.",
        )
    if batches:
        tx.connection.execute(
            insert(scan_batch),
            [
                {
                    "scan_id": scan_id,
                    "number": batch.number,
                    "state": "todo",
                    "tries": 0,
                    "entries": _packed(batch),
                }
                for batch in batches
            ],
        )


def todo(tx: Transaction, scan_id: str, *, after: int, limit: int) -> tuple[LedgerBatch, ...]:
    """Return the next batches still to do whose number is greater than `after`."""
    rows = tx.connection.execute(
        select(scan_batch.c.number, scan_batch.c.tries, scan_batch.c.entries)
        .where(scan_batch.c.scan_id == scan_id, scan_batch.c.state == "todo", scan_batch.c.number > after)
        .order_by(scan_batch.c.number)
        .limit(limit)
    )
    return tuple(_unpacked(row.number, row.tries, row.entries) for row in rows)


def claim(tx: Transaction, scan_id: str, number: int, *, state: str) -> bool:
    """Flip a batch from `todo` to `state`; False when somebody landed it already.

    The caller writes the rows in the same transaction: that is what makes them exactly once.
    """
    flipped = tx.connection.execute(
        update(scan_batch)
        .where(scan_batch.c.scan_id == scan_id, scan_batch.c.number == number, scan_batch.c.state == "todo")
        .values(state=state)
    )
    return flipped.rowcount == 1


def count_try(tx: Transaction, scan_id: str, number: int) -> int:
    """Note that a batch failed; return how often it has."""
    where = (scan_batch.c.scan_id == scan_id) & (scan_batch.c.number == number)
    tx.connection.execute(update(scan_batch).where(where).values(tries=scan_batch.c.tries + 1))
    tries = tx.connection.execute(select(scan_batch.c.tries).where(where)).scalar()
    return MAX_TRIES if tries is None else int(tries)  # a rival finished the scan, and the batch with it


def counts(tx: Transaction, scan_id: str) -> dict[str, int]:
    """Return how many batches of a scan are in each state."""
    rows = tx.connection.execute(
        select(scan_batch.c.state, func.count()).where(scan_batch.c.scan_id == scan_id).group_by(scan_batch.c.state)
    )
    return {str(state): int(number) for state, number in rows}


def clear(tx: Transaction, scan_id: str) -> None:
    """Drop the batches of a scan that is over; those that got stuck stay to be looked at."""
    tx.connection.execute(delete(scan_batch).where(scan_batch.c.scan_id == scan_id, scan_batch.c.state != "stuck"))


def _packed(batch: LedgerBatch) -> bytes:
    lists = {
        "found": [tuple(_fields(entry)) for entry in batch.found],
        "noted": [[entry.path, entry.state, entry.reason, entry.detail] for entry in batch.noted],
        "unchanged": list(batch.unchanged),
        "folders": [[trouble.path, trouble.reason, trouble.detail] for trouble in batch.folders],
    }
    return zlib.compress(json.dumps(lists, separators=(",", ":")).encode("ascii"), 1)


def _fields(entry: FoundEntry) -> Iterator[str | int]:
    yield entry.path
    yield entry.size_bytes
    yield entry.modified_ns
    yield entry.inode
    yield entry.device
    yield entry.link_count
    yield entry.changed_ns
    yield int(entry.is_sample)


def _unpacked(number: int, tries: int, entries: bytes) -> LedgerBatch:
    lists = json.loads(zlib.decompress(entries))
    return LedgerBatch(
        number=number,
        found=tuple(
            FoundEntry(
                path=path,
                size_bytes=size,
                modified_ns=ns,
                inode=inode,
                device=device,
                link_count=links,
                changed_ns=more[0] if more else 0,
                is_sample=bool(more and more[1]),
            )
            for path, size, ns, inode, device, links, *more in lists["found"]
        ),
        noted=tuple(
            NotedEntry(path=path, state=CopyState(state), reason=reason, detail=detail)
            for path, state, reason, detail in lists["noted"]
        ),
        unchanged=tuple(CopyId(copy_id) for copy_id in lists["unchanged"]),
        folders=tuple(
            FolderTrouble(path=path, reason=reason, detail=detail) for path, reason, detail in lists["folders"]
        ),
        tries=tries,
    )
