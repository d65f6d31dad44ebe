"""Landing a batch of a scan: its flip in the ledger and its rows in ONE transaction, so exactly once.

What a copy was is kept where it matters: the digest last read stays with a copy that cannot be read any
more (a hold on it protects its copies), and a destroyed copy stays destroyed unless a new file lies there.
"""

import json
import os
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from retention.domain.naming import shown
from retention.domain.records import CopyId, CopyState
from retention.store import ledger
from retention.store.catalogue import Transaction
from retention.store.instants import stored
from retention.store.ledger import FolderTrouble, LedgerBatch
from retention.store.ranges import stored_inode, stored_instant_ns
from retention.store.scans import Scan, in_quarantine
from retention.store.schema import appraisal, content, record_copy, unreadable_folder

VANISHED = "vanished"
_CHUNK = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRead:
    """What was read in the bytes with one digest; `words` is compressed, see `compressed`."""

    sha256: str
    size_bytes: int
    media_type: str
    text_read: bool
    is_unread: bool
    words: bytes | None
    properties: Mapping[str, str]
    problems: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a scan makes of one entry: one row, whatever was there."""

    path: str
    state: CopyState
    finding: str = ""
    detail: str = ""
    size_bytes: int = 0
    modified_ns: int = 0
    inode: int = 0
    device: int = 0
    link_count: int = 0
    content: ContentRead | None = None

    @property
    def counted_as(self) -> str:
        """Return which term of the scan's closing equation this entry belongs to."""
        match self.state:
            case CopyState.PRESENT:
                return "examined"
            case CopyState.SKIPPED:
                return f"skipped:{self.finding}"
            case _:
                return "unreadable"


def compressed(text: str) -> bytes | None:
    """Return extracted text as it is kept; None when there is none."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1) if text else None


def decompressed(words: bytes | None) -> str:
    """Return the text that `compressed` kept."""
    return "" if words is None else zlib.decompress(words).decode("utf-8", "surrogatepass")


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
        StaleError: Another scan wrote one of these paths at the same moment (when the transaction ends).
    """
    if not ledger.claim(tx, scan.scan_id, batch.number, state=state):
        return False
    _write_contents(tx, sightings)
    known = _known(tx, scan, [sighting.path for sighting in sightings])
    fresh = [sighting for sighting in sightings if sighting.path not in known]
    _insert_copies(tx, scan, fresh)
    _update_copies(tx, scan, [(known[one.path], one) for one in sightings if one.path in known], known_destroyed)
    _touch(tx, scan, batch.unchanged)
    _write_folders(tx, scan, batch.folders)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownRow:
    copy_id: int
    state: CopyState
    sha256: str | None
    modified_ns: int
    is_in_quarantine: bool


def _known(tx: Transaction, scan: Scan, paths: Sequence[str]) -> dict[str, _KnownRow]:
    known: dict[str, _KnownRow] = {}
    columns = (record_copy.c.copy_id, record_copy.c.path, record_copy.c.state, record_copy.c.sha256)
    for part in _parts(paths):
        rows = tx.connection.execute(
            select(*columns, record_copy.c.modified_ns, in_quarantine().label("is_in_quarantine"))
            .where(
                record_copy.c.source_id == scan.source_id,
                record_copy.c.path.in_([os.fsencode(path) for path in part]),
            )
            .with_for_update()  # a disposal may be marking one of them as destroyed
        )
        for row in rows:
            known[os.fsdecode(row.path)] = _KnownRow(
                copy_id=row.copy_id,
                state=CopyState(row.state),
                sha256=row.sha256,
                modified_ns=row.modified_ns,
                is_in_quarantine=row.is_in_quarantine,
            )
    return known


def _write_contents(tx: Transaction, sightings: Sequence[Sighting]) -> None:
    contents = {one.content.sha256: one.content for one in sightings if one.content is not None}
    insert = sqlite_insert if tx.is_sqlite else postgresql_insert
    statement = insert(content)
    # words that were forgotten with the last copy, or could not be read then, come back with a new one
    statement = statement.on_conflict_do_update(
        index_elements=[content.c.sha256],
        set_={
            name: getattr(statement.excluded, name)
            for name in ("words", "properties", "problems", "is_unread", "text_read", "media_type")
        },
        where=content.c.words.is_(None) & statement.excluded.words.is_not(None),
    )
    # always in the order of the digests, so that two writers never wait for each other
    rows = [_content_row(contents[digest]) for digest in sorted(contents)]
    for part in _parts(rows):
        tx.connection.execute(statement, list(part))


def _content_row(read: ContentRead) -> dict[str, Any]:
    return {
        "sha256": read.sha256,
        "size_bytes": read.size_bytes,
        "media_type": read.media_type,
        "text_read": read.text_read,
        "is_unread": read.is_unread,
        "words": read.words,
        "properties": json.dumps(dict(read.properties), sort_keys=True),
        "problems": json.dumps([list(problem) for problem in read.problems]),
    }


def _insert_copies(tx: Transaction, scan: Scan, sightings: Sequence[Sighting]) -> None:
    rows = [
        {
            **_seen(scan, one),
            "source_id": scan.source_id,
            "path": os.fsencode(one.path),
            "path_text": shown(one.path),
            "sha256": None if one.content is None else one.content.sha256,
            "first_seen_at": stored(scan.started_at),
        }
        for one in sightings
    ]
    for part in _parts(rows):
        tx.connection.execute(record_copy.insert(), list(part))


def _update_copies(
    tx: Transaction,
    scan: Scan,
    pairs: Sequence[tuple[_KnownRow, Sighting]],
    known_destroyed: Collection[str],
) -> None:
    settled: set[int] = set()
    only_counted: list[dict[str, Any]] = []
    examined: list[dict[str, Any]] = []
    not_read: list[dict[str, Any]] = []
    for was, now in pairs:
        key = {"known_id": was.copy_id}
        if _is_settled(was, now, known_destroyed):
            settled.add(was.copy_id)
            only_counted.append({**key, "last_scan_id": scan.scan_id, "last_finding": now.counted_as})
        elif now.content is not None:
            examined.append({**key, **_seen(scan, now), "sha256": now.content.sha256})
        else:
            not_read.append({**key, **_seen(scan, now)})
    statement = update(record_copy).where(record_copy.c.copy_id == bindparam("known_id"))
    for rows in (only_counted, examined, not_read):
        for part in _parts(rows):
            tx.connection.execute(statement, list(part))
    others = [was.copy_id for was, now in pairs if was.copy_id not in settled and _is_other(was, now)]
    _remove_appraisals(tx, others)


def _is_settled(was: _KnownRow, now: Sighting, known_destroyed: Collection[str]) -> bool:
    """Tell whether the row stays as it is, because what was seen is not a new file at that place."""
    if was.state is CopyState.DESTROYED:
        is_new = now.path in known_destroyed and now.state is not CopyState.SKIPPED and now.finding != VANISHED
        return not is_new
    return was.is_in_quarantine and now.content is None


def _is_other(was: _KnownRow, now: Sighting) -> bool:
    if now.content is None:
        return False
    # dates of a record may rest on when its file was modified, so that counts as another content
    return (was.sha256, was.modified_ns) != (now.content.sha256, stored_instant_ns(now.modified_ns))


def _seen(scan: Scan, now: Sighting) -> dict[str, Any]:
    return {
        "state": now.state,
        "finding": now.finding,
        "detail": shown(now.detail),
        "size_bytes": now.size_bytes,
        "modified_ns": stored_instant_ns(now.modified_ns),
        "inode": stored_inode(now.inode),
        "device": stored_inode(now.device),
        "link_count": now.link_count,
        "last_scan_id": scan.scan_id,
        "last_finding": now.counted_as,
    }


def _remove_appraisals(tx: Transaction, copy_ids: Sequence[int]) -> None:
    for part in _parts(copy_ids):
        tx.connection.execute(delete(appraisal).where(appraisal.c.copy_id.in_(part)))


def _touch(tx: Transaction, scan: Scan, unchanged: Sequence[CopyId]) -> None:
    for part in _parts(unchanged):
        tx.connection.execute(
            update(record_copy)
            .where(record_copy.c.copy_id.in_(part))
            .values(last_scan_id=scan.scan_id, last_finding="unchanged")
        )


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


def _parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
