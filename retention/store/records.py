"""Known copies: read as streams, with their content, their appraisal and the open batch they are in.

Whatever is streamed here is read in pages by the database driver, so memory does not grow with the share.
"""

import json
import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, Row, Select, and_, bindparam, exists, func, or_, select, true

from retention.domain.assets import AssetId, SourceId, SourceKind
from retention.domain.eligibility import AppraisedCopy, Outcome
from retention.domain.holds import DisposalHold
from retention.domain.records import CopyId, CopyState, FileFacts, RecordCopy
from retention.store.catalogue import Transaction
from retention.store.hold_reach import may_cover
from retention.store.in_bulk import BulkRead
from retention.store.instants import loaded
from retention.store.landing import CHANGED_SILENTLY
from retention.store.ranges import loaded_inode, stored_inode, stored_instant_ns
from retention.store.schema import (
    EXCLUDED,
    appraisal,
    batch_item,
    claim,
    content,
    record_copy,
    source,
    unreadable_folder,
)
from rules import DisposalAction

_PAGE = 1_000
_STATES = {str(state): state for state in CopyState}
_STREAMED = {"yield_per": _PAGE}
# What is noted of a copy at hand whose content was examined; any other finding means that it was not, whatever
# another copy of the same bytes, under a better name, came to.
NOTHING_AMISS = ("", "claimed", CHANGED_SILENTLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCandidate:
    """What holds need to know of a copy, and nothing else."""

    asset_id: AssetId
    class_id: str | None
    path: str
    sha256: str | None


class KnownCopy(NamedTuple):
    """What a scan needs to know of a copy to tell whether it changed; one is made for every file of a share."""

    copy_id: CopyId
    state: CopyState
    size_bytes: int
    modified_ns: int
    inode: int
    changed_ns: int = 0
    link_count: int = 1

    def is_unchanged(self, *, size_bytes: int, modified_ns: int, inode: int, changed_ns: int) -> bool:
        """Tell whether the file found now need not be examined again.

        A modification time can be set back; the time of the last change, which the system alone keeps, cannot.
        """
        return (
            self.state is CopyState.PRESENT
            and self.size_bytes == size_bytes
            and self.modified_ns == stored_instant_ns(modified_ns)
            and self.inode == stored_inode(inode)
            and self.changed_ns == stored_instant_ns(changed_ns)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentMember:
    """One copy of a content that several files share."""

    sha256: str
    size_bytes: int
    source_id: SourceId
    path: str
    modified_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlistedFolder:
    """A folder that the last scan could not list."""

    source_id: SourceId
    path: str
    reason: str
    detail: str


def appraised(
    tx: Transaction,
    *,
    asset_id: str | None = None,
    class_id: str | None = None,
    source_id: str | None = None,
    sha256: str | None = None,
    path: str | None = None,
    copy_id: int | None = None,
) -> Generator[AppraisedCopy, None, None]:
    """Yield every known copy that matches all that is given, by source and path; memory stays flat."""
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (source.c.asset_id, asset_id),
        (appraisal.c.class_id, class_id),
        (record_copy.c.source_id, source_id),
        (record_copy.c.sha256, sha256),
        (record_copy.c.path, None if path is None else os.fsencode(path)),
        (record_copy.c.copy_id, copy_id),
    ):
        if value is not None:
            wanted.append(column == value)
    statement = appraised_copies().where(*wanted).order_by(record_copy.c.source_id, record_copy.c.path)
    with streamed(tx, statement) as rows:
        for row in rows:
            yield appraised_copy(row)


def hold_subjects(tx: Transaction, holds: Iterable[DisposalHold] | None = None) -> Generator[HeldCandidate, None, None]:
    """Yield what a hold may cover: every copy that was not destroyed, or surely all those that one of `holds` covers.

    Missing copies count too: a file that was moved out of a held folder is still held content, and its digest
    is how it is found again.
    """
    statement = (
        select(source.c.asset_id, appraisal.c.class_id, record_copy.c.path, record_copy.c.sha256)
        .select_from(located())
        .where(record_copy.c.state != CopyState.DESTROYED, true() if holds is None else may_cover(holds))
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            yield HeldCandidate(
                asset_id=row.asset_id, class_id=row.class_id, path=os.fsdecode(row.path), sha256=row.sha256
            )


def paths_there(tx: Transaction, source_id: str) -> Generator[str, None, None]:
    """Yield the path of everything that the last scan saw in a source, whether it could be read or not."""
    statement = select(record_copy.c.path).where(
        record_copy.c.source_id == source_id,
        record_copy.c.state.not_in((CopyState.MISSING, CopyState.DESTROYED)),
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            yield os.fsdecode(row.path)


def files_beside(tx: Transaction, source_id: str, path: str, *, limit: int) -> Generator[tuple[str, int], None, None]:
    """Yield name and last write (ns) of the present files in the folder of `path`, by name.

    At most `limit` locations are looked at, those in its subfolders counted, so a huge tree costs no more.
    """
    folder, slash, _ = path.rpartition("/")
    first = os.fsencode(folder + slash)
    statement = (
        select(record_copy.c.path, record_copy.c.modified_ns)
        .where(record_copy.c.source_id == source_id, record_copy.c.state == CopyState.PRESENT)
        .order_by(record_copy.c.path)
        .limit(limit)
    )
    if first:
        # every path below the folder begins with it: those between it and the same with the byte after "/"
        statement = statement.where(record_copy.c.path >= first, record_copy.c.path < first[:-1] + b"0")
    with streamed(tx, statement) as rows:
        for row in rows:
            name = bytes(row.path)[len(first) :]
            if b"/" not in name:
                yield os.fsdecode(name), row.modified_ns


def known_at(tx: Transaction, source_id: str, paths: Sequence[str]) -> dict[str, KnownCopy]:
    """Return what is known of the copies at `paths`; unknown paths are left out."""
    asked = [os.fsencode(path) for path in paths]
    return {
        os.fsdecode(path): KnownCopy(copy_id, _STATES[state], *rest)
        for path, copy_id, state, *rest in _KNOWN_AT.rows(tx, asked, of_source=source_id)
    }


def destroyed_at(tx: Transaction, source_id: str, paths: Sequence[str]) -> frozenset[str]:
    """Return which of `paths` are those of copies that were destroyed."""
    rows = _DESTROYED_AT.rows(tx, [os.fsencode(path) for path in paths], of_source=source_id)
    return frozenset(os.fsdecode(path) for (path,) in rows)


def shared_contents(tx: Transaction) -> Generator[ContentMember, None, None]:
    """Yield every present file on a share whose content lies under several names, most bytes first, by digest.

    What an export tells of, or a share that is not mounted holds, lies elsewhere: nothing is gained here by it, and it
    is no master for a file here.

    Within a digest the oldest comes first, then the first path.
    """
    groups = (
        select(record_copy.c.sha256, ((func.count() - 1) * record_copy.c.size_bytes).label("spare_bytes"))
        .where(record_copy.c.state == CopyState.PRESENT, record_copy.c.sha256.is_not(None), is_on_share())
        .group_by(record_copy.c.sha256, record_copy.c.size_bytes)
        .having(func.count() > 1)
        .subquery()
    )
    statement = (
        select(
            record_copy.c.sha256,
            record_copy.c.size_bytes,
            record_copy.c.source_id,
            record_copy.c.path,
            record_copy.c.modified_ns,
            record_copy.c.inode,
            record_copy.c.device,
        )
        .join(groups, groups.c.sha256 == record_copy.c.sha256)
        .where(record_copy.c.state == CopyState.PRESENT, is_on_share())
        .order_by(
            groups.c.spare_bytes.desc(),
            record_copy.c.sha256,
            record_copy.c.modified_ns,
            record_copy.c.source_id,
            record_copy.c.path,
        )
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            yield ContentMember(
                sha256=row.sha256,
                size_bytes=row.size_bytes,
                source_id=SourceId(row.source_id),
                path=os.fsdecode(row.path),
                modified_ns=row.modified_ns,
                inode=row.inode,
                device=row.device,
            )


def is_on_share() -> ColumnElement[bool]:
    """Return the condition that a copy lies on a share that is mounted here, and not elsewhere."""
    return ~or_(
        exists().where(claim.c.copy_id == record_copy.c.copy_id),
        exists().where(source.c.source_id == record_copy.c.source_id, source.c.kind == SourceKind.REMOTE),
    )


def unlisted_folders(tx: Transaction) -> Generator[UnlistedFolder, None, None]:
    """Yield every folder that the last scan of its source could not list."""
    statement = (
        select(unreadable_folder)
        .where(unreadable_folder.c.reason != EXCLUDED)
        .order_by(unreadable_folder.c.source_id, unreadable_folder.c.path)
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            yield UnlistedFolder(
                source_id=SourceId(row.source_id), path=os.fsdecode(row.path), reason=row.reason, detail=row.detail
            )


def count_unread(tx: Transaction, source_id: str) -> int:
    """Return how many files of a source could not be read or examined, and how many folders not listed."""
    is_amiss = or_(content.c.is_unread, record_copy.c.finding.not_in(NOTHING_AMISS))
    hidden = and_(record_copy.c.state == CopyState.PRESENT, is_amiss)
    files = (
        select(func.count())
        .select_from(record_copy.outerjoin(content, content.c.sha256 == record_copy.c.sha256))
        .where(record_copy.c.source_id == source_id, or_(record_copy.c.state == CopyState.UNREADABLE, hidden))
    )
    folders = select(func.count()).where(
        unreadable_folder.c.source_id == source_id, unreadable_folder.c.reason != EXCLUDED
    )
    return sum(int(tx.connection.execute(counted).scalar_one()) for counted in (files, folders))


def streamed(tx: Transaction, statement: Select[Any]) -> Result[Any]:
    """Run a statement whose rows the database's driver reads in pages."""
    # a context: PostgreSQL's cursor must be closed while its transaction lasts, also when nobody reads on
    return tx.connection.execute(statement, execution_options=_STREAMED)


def located() -> Any:  # noqa: ANN401  # SQLAlchemy's join
    """Return the join of known copies with their source and their appraisal, if they have one."""
    return record_copy.join(source, source.c.source_id == record_copy.c.source_id).outerjoin(
        appraisal, appraisal.c.copy_id == record_copy.c.copy_id
    )


def appraised_copies() -> Select[Any]:
    """Return the statement for known copies with their content, appraisal and open batch, still to be narrowed."""
    open_item = and_(batch_item.c.copy_id == record_copy.c.copy_id, batch_item.c.is_open)
    return select(
        record_copy,
        source.c.asset_id,
        source.c.kind.label("source_kind"),
        func.coalesce(content.c.media_type, claim.c.media_type).label("media_type"),
        content.c.is_unread,
        claim.c.protections,
        appraisal.c.schedule_version,
        appraisal.c.outcome,
        appraisal.c.class_id,
        appraisal.c.action,
        appraisal.c.due_earliest,
        appraisal.c.due_latest,
        appraisal.c.reasons,
        appraisal.c.questions,
        appraisal.c.flags,
        appraisal.c.case_path,
        appraisal.c.is_stale,
        batch_item.c.batch_id.label("open_batch_id"),
    ).select_from(
        located()
        .outerjoin(content, content.c.sha256 == record_copy.c.sha256)
        .outerjoin(claim, claim.c.copy_id == record_copy.c.copy_id)
        .outerjoin(batch_item, open_item)
    )


def appraised_copy(row: Row[Any]) -> AppraisedCopy:
    """Return the copy that a row of `appraised_copies` tells of."""
    found = row._mapping  # noqa: SLF001  # SQLAlchemy's documented way to columns by name
    return AppraisedCopy(
        copy=_copy(found),
        outcome=None if found["outcome"] is None else Outcome(found["outcome"]),
        class_id=found["class_id"],
        schedule_version=found["schedule_version"],
        action=None if found["action"] is None else DisposalAction(found["action"]),
        due_earliest=_day(found["due_earliest"]),
        due_latest=_day(found["due_latest"]),
        reasons=_sentences(found["reasons"]),
        questions=_sentences(found["questions"]),
        flags=_sentences(found["flags"]),
        in_batch=found["open_batch_id"],
        case_path=None if found["case_path"] is None else os.fsdecode(found["case_path"]),
        is_stale=bool(found["is_stale"]),
    )


def _copy(found: Mapping[Any, Any]) -> RecordCopy:
    return RecordCopy(
        copy_id=CopyId(found["copy_id"]),
        source_id=SourceId(found["source_id"]),
        asset_id=AssetId(found["asset_id"]),
        path=os.fsdecode(found["path"]),
        state=CopyState(found["state"]),
        size_bytes=found["size_bytes"],
        modified_ns=found["modified_ns"],
        inode=loaded_inode(found["inode"]),
        device=loaded_inode(found["device"]),
        link_count=found["link_count"],
        sha256=found["sha256"],
        media_type=found["media_type"],
        finding=found["finding"],
        detail=found["detail"],
        content_unread=bool(found["is_unread"])
        or (found["state"] == CopyState.PRESENT and found["finding"] not in NOTHING_AMISS),
        first_seen_at=loaded(found["first_seen_at"]),
        protections=None if found["protections"] is None else _sentences(found["protections"]),
        facts=FileFacts(found["file_owner"], found["file_attributes"], found["file_created_ns"]),
        is_beyond_reach=found["source_kind"] == SourceKind.REMOTE,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _sentences(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()


_KNOWN_AT = BulkRead(
    record_copy.c.path,
    lambda is_one: select(
        record_copy.c.path,
        record_copy.c.copy_id,
        record_copy.c.state,
        record_copy.c.size_bytes,
        record_copy.c.modified_ns,
        record_copy.c.inode,
        record_copy.c.changed_ns,
        record_copy.c.link_count,
    ).where(record_copy.c.source_id == bindparam("of_source"), is_one),
)
_DESTROYED_AT = BulkRead(
    record_copy.c.path,
    lambda is_one: select(record_copy.c.path).where(
        record_copy.c.source_id == bindparam("of_source"),
        is_one,
        record_copy.c.state == CopyState.DESTROYED,
    ),
)
