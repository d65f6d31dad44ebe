"""Landing a batch of a scan: its flip in the ledger and its rows in ONE transaction, so exactly once.

What a copy was is kept where it matters: the digest last read stays with a copy that cannot be read any
more (a hold on it protects its copies), and so does who owns it (to be asked); a destroyed copy stays destroyed
unless a new file lies there.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Null, bindparam, delete, func, null, select, update

from retention.domain.naming import shown
from retention.domain.records import NOTHING_SAID, CopyId, CopyState, FileFacts
from retention.store import ledger
from retention.store.catalogue import Transaction
from retention.store.contents import ContentRead, compressed, decompressed, put_contents, remembered
from retention.store.in_bulk import BulkRead, BulkWrite, parts
from retention.store.instants import stored
from retention.store.ledger import FolderTrouble, LedgerBatch
from retention.store.ranges import stored_inode, stored_instant_ns
from retention.store.scans import Counted, Scan, in_quarantine
from retention.store.schema import appraisal, content, record_copy, unreadable_folder

__all__ = [
    "CHANGED_SILENTLY",
    "VANISHED",
    "ContentForgottenError",
    "ContentRead",
    "Sighting",
    "compressed",
    "decompressed",
    "land",
    "put_contents",
]

VANISHED = "vanished"
CHANGED_SILENTLY = "changed_silently"
_LONGEST_RUN_LISTED = 3


class ContentForgottenError(Exception):
    """A content that was known when its copy was examined is not any more; the batch must be examined again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a scan makes of one entry: one row, whatever was there.

    `same_as` is the digest of bytes that were read but not looked into, as their content is known already.
    """

    path: str
    state: CopyState
    finding: str = ""
    detail: str = ""
    size_bytes: int = 0
    modified_ns: int = 0
    inode: int = 0
    device: int = 0
    link_count: int = 0
    changed_ns: int = 0
    facts: FileFacts = NOTHING_SAID
    content: ContentRead | None = None
    same_as: str | None = None

    @property
    def sha256(self) -> str | None:
        """The digest of what was read; None when nothing was."""
        return self.same_as if self.content is None else self.content.sha256

    @property
    def counted_as(self) -> str:
        """Return which term of the scan's closing equation this entry belongs to."""
        match self.state:
            case CopyState.PRESENT:
                return Counted.EXAMINED
            case CopyState.SKIPPED:
                return f"skipped:{self.finding}"
            case _:
                return Counted.UNREADABLE


def land(
    tx: Transaction,
    scan: Scan,
    batch: LedgerBatch,
    sightings: Sequence[Sighting],
    *,
    known_destroyed: Collection[str],
    state: str = "done",
) -> bool:
    """Write everything a batch came to; False, and nothing written, when somebody landed it already.

    Args:
        tx: The transaction, which nothing else should share.
        scan: The scan the batch belongs to.
        batch: The batch, as the ledger gave it.
        sightings: One for each found and noted entry of the batch.
        known_destroyed: Paths whose copies were destroyed already before the batch was examined. A file
            seen there is a new one; one destroyed only since then was seen for the last time.
        state: `done`, or `stuck` when the sightings only say that the batch could not be examined.

    Raises:
        ContentForgottenError: A content that was not read again was forgotten with its last copy; nothing is written.
        StaleError: Another scan wrote one of these paths at the same moment (when the transaction ends).
    """
    if not ledger.claim(tx, scan.scan_id, batch.number, state=state):
        return False
    _check_remembered(tx, {one.same_as for one in sightings if one.same_as is not None})
    known = _known(tx, scan, [sighting.path for sighting in sightings])
    put_contents(tx, (sighting.content for sighting in sightings if sighting.content is not None))
    _insert_copies(tx, scan, [sighting for sighting in sightings if sighting.path not in known])
    landing = _Landing(scan, known_destroyed, samples=frozenset(one.path for one in batch.found if one.is_sample))
    for sighting in sightings:
        if (was := known.get(sighting.path)) is not None:
            landing.sort(was, sighting)
    landing.write(tx)
    _touch(tx, scan, batch.unchanged)
    _write_folders(tx, scan, batch.folders)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownRow:
    copy_id: int
    state: CopyState
    sha256: str | None
    size_bytes: int
    modified_ns: int
    inode: int
    is_in_quarantine: bool
    read_by: str | None
    facts: FileFacts


class _Landing:
    """What becomes of the rows that are there already."""

    def __init__(self, scan: Scan, known_destroyed: Collection[str], *, samples: frozenset[str]) -> None:
        self._scan = scan
        self._known_destroyed = known_destroyed
        self._samples = samples
        self._only_counted: list[tuple[Any, ...]] = []
        self._appeared: list[tuple[Any, ...]] = []
        self._examined: list[tuple[Any, ...]] = []
        self._not_read: list[tuple[Any, ...]] = []
        self._other_contents: list[int] = []
        self._other_bytes: list[tuple[Any, ...]] = []

    def sort(self, was: _KnownRow, now: Sighting) -> None:
        """Decide what one row becomes."""
        if _is_settled(was, now, self._known_destroyed):
            self._only_counted.append((self._scan.scan_id, now.counted_as, was.copy_id))
            return
        sha256, counted = now.sha256, self._counted_as(was, now)
        if sha256 is None:
            self._not_read.append((*_seen(self._scan, now, now.counted_as), was.copy_id))
            return
        if counted == Counted.CHANGED_SILENTLY:
            now = _as_changed_silently(was, now)
        rows = self._appeared if counted == Counted.APPEARED else self._examined
        rows.append((*_seen(self._scan, now, counted), sha256, was.copy_id))
        # dates of a record may rest on when its file was modified, so that counts as another content
        is_other = (was.sha256, was.modified_ns) != (sha256, stored_instant_ns(now.modified_ns))
        is_read_anew = now.content is not None and was.read_by != now.content.read_by
        if is_other or is_read_anew or _is_told_anew(was.facts, _kept(now.facts)):
            self._other_contents.append(was.copy_id)
        if was.sha256 is not None and was.sha256 != sha256:
            self._other_bytes.append((stored(self._scan.started_at), was.copy_id))

    def write(self, tx: Transaction) -> None:
        """Write what was decided."""
        _COUNT.run(tx, self._only_counted)
        _UPDATE_APPEARED.run(tx, self._appeared)
        _UPDATE_EXAMINED.run(tx, self._examined)
        _UPDATE_NOT_READ.run(tx, self._not_read)
        _HERE_SINCE.run(tx, self._other_bytes)
        _remove_appraisals(tx, self._other_contents)

    def _counted_as(self, was: _KnownRow, now: Sighting) -> str:
        if was.state in (CopyState.MISSING, CopyState.DESTROYED):
            return Counted.APPEARED
        if was.state is not CopyState.PRESENT or was.sha256 is None:
            return Counted.EXAMINED
        is_same = was.sha256 == now.sha256
        looks_the_same = (was.size_bytes, was.modified_ns, was.inode) == (
            now.size_bytes,
            stored_instant_ns(now.modified_ns),
            stored_inode(now.inode),
        )
        if looks_the_same and not is_same:
            return Counted.CHANGED_SILENTLY
        return Counted.VERIFIED if is_same and now.path in self._samples else Counted.EXAMINED


def _check_remembered(tx: Transaction, digests: set[str]) -> None:
    if digests - remembered(tx, digests):
        raise ContentForgottenError


def _as_changed_silently(was: _KnownRow, now: Sighting) -> Sighting:
    words = (
        "its content changed although its size and its modification time did not: it may be damaged, or somebody "
        f"set the time back; its SHA-256 was {was.sha256}"
    )
    return replace(now, finding=CHANGED_SILENTLY, detail=f"{words}; {now.detail}" if now.detail else words)


def _known(tx: Transaction, scan: Scan, paths: Sequence[str]) -> dict[str, _KnownRow]:
    asked = [os.fsencode(path) for path in paths]
    return {
        os.fsdecode(path): _KnownRow(
            copy_id=copy_id,
            state=CopyState(state),
            sha256=sha256,
            size_bytes=size_bytes,
            modified_ns=modified_ns,
            inode=inode,
            is_in_quarantine=bool(is_in_quarantine),
            read_by=read_by,
            facts=FileFacts(*facts),
        )
        for copy_id, path, state, sha256, size_bytes, modified_ns, inode, is_in_quarantine, read_by, *facts in (
            _KNOWN.rows(tx, asked, of_source=scan.source_id)
        )
    }


def _insert_copies(tx: Transaction, scan: Scan, sightings: Sequence[Sighting]) -> None:
    first_seen_at = stored(scan.started_at)
    rows = [
        (
            *_seen(scan, one, one.counted_as if one.sha256 is None else Counted.APPEARED),
            one.sha256,
            scan.source_id,
            os.fsencode(one.path),
            shown(one.path),
            first_seen_at,
            first_seen_at,
        )
        for one in sightings
    ]
    _INSERT.run(tx, rows)


def _is_settled(was: _KnownRow, now: Sighting, known_destroyed: Collection[str]) -> bool:
    """Tell whether the row stays as it is, because what was seen is not a new file at that place."""
    if was.state is CopyState.DESTROYED:
        is_new = now.path in known_destroyed and now.state is not CopyState.SKIPPED and now.finding != VANISHED
        return not is_new
    return was.is_in_quarantine and now.sha256 is None


_FACTS = ("file_owner", "file_attributes", "file_created_ns")
_SEEN = (
    "state",
    "finding",
    "detail",
    "size_bytes",
    "modified_ns",
    "inode",
    "device",
    "link_count",
    "changed_ns",
    *_FACTS,
    "last_scan_id",
    "last_finding",
)


def _seen(scan: Scan, now: Sighting, counted_as: str) -> tuple[Any, ...]:
    """Return the values of the columns of `_SEEN`."""
    return (
        now.state.value,
        str(now.finding),
        shown(now.detail) if now.detail else "",
        now.size_bytes,
        stored_instant_ns(now.modified_ns),
        stored_inode(now.inode),
        stored_inode(now.device),
        now.link_count,
        stored_instant_ns(now.changed_ns),
        *_kept(now.facts),
        scan.scan_id,
        str(counted_as),
    )


@lru_cache(maxsize=1_000)
def _owner_shown(owner: str) -> str:
    return shown(owner)


def _kept(facts: FileFacts) -> FileFacts:
    return FileFacts(
        owner=None if facts.owner is None else _owner_shown(facts.owner),
        attributes=facts.attributes,
        created_ns=None if facts.created_ns is None else stored_instant_ns(facts.created_ns),
    )


def _is_told_anew(was: FileFacts, now: FileFacts) -> bool:
    """Tell whether the rules must look again: another owner is no other content, but they are told who it is."""
    return (was.owner, was.created_ns) != (now.owner, now.created_ns)


def _updating(*columns: str, keeps: Collection[str] = (), **fixed: Null) -> BulkWrite:
    """Return what writes `columns`; of those that it `keeps`, what was known stays where nothing is said now."""
    names = (*(f"new_{column}" for column in columns), "known_id")
    new: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
    kept = {column: func.coalesce(new[column], record_copy.c[column]) for column in keeps}
    statement = update(record_copy).where(record_copy.c.copy_id == bindparam("known_id")).values(new | kept | fixed)
    return BulkWrite(statement, names)


_INSERT = BulkWrite(
    record_copy.insert(), (*_SEEN, "sha256", "source_id", "path", "path_text", "first_seen_at", "here_since")
)
_HERE_SINCE = _updating("here_since")
_COUNT = _updating("last_scan_id", "last_finding")
_UPDATE_APPEARED = _updating(*_SEEN, "sha256", moved_from=null())
_UPDATE_EXAMINED = _updating(*_SEEN, "sha256")
_UPDATE_NOT_READ = _updating(*_SEEN, keeps=_FACTS)
_KNOWN = BulkRead(
    record_copy.c.path,
    lambda is_one: (
        select(
            record_copy.c.copy_id,
            record_copy.c.path,
            record_copy.c.state,
            record_copy.c.sha256,
            record_copy.c.size_bytes,
            record_copy.c.modified_ns,
            record_copy.c.inode,
            in_quarantine().label("is_in_quarantine"),
            content.c.read_by,
            *(record_copy.c[name] for name in _FACTS),
        )
        .select_from(record_copy.outerjoin(content, content.c.sha256 == record_copy.c.sha256))
        .where(record_copy.c.source_id == bindparam("of_source"), is_one)
        .with_for_update(of=record_copy)  # a disposal may be marking one of them as destroyed
    ),
)


def _remove_appraisals(tx: Transaction, copy_ids: Sequence[int]) -> None:
    for part in parts(copy_ids):
        tx.connection.execute(delete(appraisal).where(appraisal.c.copy_id.in_(part)))


def _touch(tx: Transaction, scan: Scan, unchanged: Sequence[CopyId]) -> None:
    touching = update(record_copy).values(last_scan_id=scan.scan_id, last_finding=Counted.UNCHANGED)
    single: list[int] = []
    for first, last in _runs(unchanged):
        if last - first < _LONGEST_RUN_LISTED:
            single.extend(range(first, last + 1))
        else:
            tx.connection.execute(touching.where(record_copy.c.copy_id.between(first, last)))
    for part in parts(single):
        tx.connection.execute(touching.where(record_copy.c.copy_id.in_(part)))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of every run of following numbers: files that were found together mostly have such."""
    if not numbers:
        return
    ordered = sorted(numbers)
    first = ordered[0]
    for number, following in pairwise(ordered):
        if following != number + 1:
            yield first, number
            first = following
    yield first, ordered[-1]


def _write_folders(tx: Transaction, scan: Scan, folders: Sequence[FolderTrouble]) -> None:
    for trouble in folders:
        path = os.fsencode(trouble.path)
        where = (unreadable_folder.c.source_id == scan.source_id) & (unreadable_folder.c.path == path)
        tx.connection.execute(delete(unreadable_folder).where(where))
        tx.connection.execute(
            unreadable_folder.insert().values(
                source_id=scan.source_id,
                path=path,
                path_text=shown(trouble.path),
                reason=trouble.reason,
                detail=shown(trouble.detail),
                scan_id=scan.scan_id,
            )
        )
