"""The part of a source that a scan looks at when it does not look at all of it.

What such a scan did not see counts as missing only within that part. So that this can be asked of the catalogue, the
copies in it that were not seen are marked when the scan ends, in the same transaction.
"""

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update

from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.in_bulk import AnyRow, parts
from retention.store.ranges import stored_inode
from retention.store.schema import record_copy, scan, scan_batch, unreadable_folder

UNSEEN = "unseen"
_PAGE = 100
_MOST_INODES = 2_000


@dataclass(frozen=True, slots=True)
class ScopePart:
    """The entries of one folder, or with `is_tree` all that is below it as well; the root is the empty path."""

    path: str
    is_tree: bool = False

    @property
    def first(self) -> bytes:
        """Every path below the folder begins with this."""
        return os.fsencode(self.path) + b"/" if self.path else b""

    def below(self, column: ColumnElement[bytes]) -> ColumnElement[bool]:
        """Return the condition that a path lies below the folder."""
        first = self.first
        if not first:
            return column > first
        # every path below "a/b" lies between "a/b/" and "a/b0", "0" being what follows "/"
        return and_(column > first, column < _after(first))


Scope = tuple[ScopePart, ...]
WHOLE: Scope = (ScopePart("", is_tree=True),)


def packed(scope: Scope | None) -> str | None:
    """Return a scope as text; None stands for a whole source."""
    return None if scope is None else json.dumps([[part.path, int(part.is_tree)] for part in scope])


def unpacked(text: str | None) -> Scope | None:
    """Return the scope that `packed` wrote."""
    return None if text is None else tuple(ScopePart(path, bool(is_tree)) for path, is_tree in json.loads(text))


def unseen(source_id: str, scan_id: str) -> ColumnElement[bool]:
    """Return the condition that a copy was marked by `mark_unseen`."""
    return and_(
        record_copy.c.source_id == source_id,
        record_copy.c.last_scan_id == scan_id,
        record_copy.c.last_finding == UNSEEN,
    )


def missing_lately(source_id: str, scan_id: str) -> ColumnElement[bool]:
    """Return the condition that a copy was found missing by the scan of a part right before this scan.

    What is moved while such a scan lasts may be found gone by it, and come by this one.
    """
    before = select(scan.c.scan_id).where(
        scan.c.source_id == source_id, scan.c.scope.is_not(None), scan.c.state == "done", scan.c.scan_id != scan_id
    )
    return and_(
        record_copy.c.source_id == source_id,
        record_copy.c.last_scan_id.in_(before),
        record_copy.c.last_finding == UNSEEN,
        record_copy.c.state == CopyState.MISSING,
    )


def mark_unseen(
    tx: Transaction, scope: Scope, *, source_id: str, scan_id: str, could_be_seen: ColumnElement[bool]
) -> None:
    """Mark the copies within `scope` that this scan should have seen and has not.

    Of a folder that could not be listed nothing is known, so all below it counts as looked for.
    """
    unlisted = {
        os.fsdecode(path)
        for (path,) in tx.connection.execute(
            select(unreadable_folder.c.path).where(
                unreadable_folder.c.source_id == source_id, unreadable_folder.c.scan_id == scan_id
            )
        )
    }
    not_seen = and_(
        record_copy.c.source_id == source_id,
        or_(record_copy.c.last_scan_id < scan_id, record_copy.c.last_scan_id > scan_id),
        could_be_seen,
    )
    marking = update(record_copy).values(last_scan_id=scan_id, last_finding=UNSEEN)
    for part in scope:
        if part.is_tree or part.path in unlisted:
            tx.connection.execute(marking.where(not_seen, part.below(record_copy.c.path)))
            continue
        others = [row.copy_id for row in _directly_in(tx, source_id, part) if row.last_scan_id != scan_id]
        for copy_ids in parts(others):
            tx.connection.execute(marking.where(not_seen, record_copy.c.copy_id.in_(copy_ids)))


def forget_folders(tx: Transaction, scope: Scope, *, source_id: str, scan_id: str) -> None:
    """Forget which folders within `scope` earlier scans could not list."""
    old = delete(unreadable_folder).where(
        unreadable_folder.c.source_id == source_id, unreadable_folder.c.scan_id != scan_id
    )
    for part in scope:
        tx.connection.execute(old.where(unreadable_folder.c.path == os.fsencode(part.path)))
        if part.is_tree:
            tx.connection.execute(old.where(part.below(unreadable_folder.c.path)))


def forget_scans(tx: Transaction, *, source_id: str, but: str) -> None:
    """Forget scans of parts of a source but the last one, or there would soon be thousands.

    Those with stuck batches stay.
    """
    over = select(scan.c.scan_id).where(
        scan.c.source_id == source_id,
        scan.c.scope.is_not(None),
        scan.c.state.in_(("done", "abandoned")),
        scan.c.scan_id != but,
    )
    tx.connection.execute(delete(scan_batch).where(scan_batch.c.scan_id.in_(over), scan_batch.c.state != "stuck"))
    stuck = select(scan_batch.c.scan_id).where(scan_batch.c.scan_id.in_(over))
    tx.connection.execute(delete(scan).where(scan.c.scan_id.in_(over), scan.c.scan_id.not_in(stuck)))


def other_names(tx: Transaction, *, source_id: str, scan_id: str, inodes: Collection[int]) -> Scope:
    """Return the folders in which files that this scan found changed or gone have further names.

    The system tells of a change only in the folder through which it was made.

    Args:
        tx: The transaction, after the scan was finished.
        source_id: The source.
        scan_id: The scan of a part of it.
        inodes: Files with several names that the scan found changed, as it goes along.
    """
    gone = select(record_copy.c.inode).where(unseen(source_id, scan_id), record_copy.c.link_count > 1)
    wanted = {stored_inode(inode) for inode in inodes} | {row.inode for row in tx.connection.execute(gone)}
    if len(wanted) > _MOST_INODES:
        return WHOLE
    folders: set[bytes] = set()
    for some in parts(sorted(wanted)):
        found = select(record_copy.c.path).where(
            record_copy.c.source_id == source_id,
            record_copy.c.inode.in_(some),
            record_copy.c.last_scan_id != scan_id,
            record_copy.c.state.in_((CopyState.PRESENT, CopyState.UNREADABLE)),
        )
        folders.update(row.path.rpartition(b"/")[0] for row in tx.connection.execute(found))
    return tuple(ScopePart(os.fsdecode(folder)) for folder in sorted(folders))


def _directly_in(tx: Transaction, source_id: str, part: ScopePart) -> Iterator[AnyRow]:
    """Yield the known copies in a folder, passing over those below its folders without reading them."""
    first, start = part.first, part.first
    while True:
        page = tx.connection.execute(_PAGE_OF_FOLDER, {"of_source": source_id, "start": start, "end": _after(first)})
        rows: Sequence[AnyRow] = page.all()
        for row in rows:
            name, below, _ = bytes(row.path)[len(first) :].partition(b"/")
            if below:
                start = _after(first + name + b"/")
                break
            yield row
            start = bytes(row.path) + b"\0"
        else:
            if len(rows) < _PAGE:
                return


def _after(first: bytes) -> bytes:
    """Return what comes after all paths that begin with `first`, which ends in a slash or is empty."""
    return first[:-1] + b"0" if first else b"\xff" * 4_097


_PAGE_OF_FOLDER = (
    select(record_copy.c.copy_id, record_copy.c.path, record_copy.c.last_scan_id)
    .where(
        record_copy.c.source_id == bindparam("of_source"),
        record_copy.c.path >= bindparam("start"),
        record_copy.c.path < bindparam("end"),
    )
    .order_by(record_copy.c.path)
    .limit(_PAGE)
)
