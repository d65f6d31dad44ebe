"""What the rules made of each copy, stored so that lists are quick and every decision can be explained."""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, true

from retention.domain.assets import SourceId
from retention.domain.eligibility import Outcome
from retention.domain.naming import shown
from retention.domain.records import FILE_CREATED_AT, FILE_OWNER, CopyId, CopyState, FileFacts
from retention.errors import UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.in_bulk import BulkWrite
from retention.store.instants import loaded
from retention.store.landing import decompressed
from retention.store.schema import appraisal, claim, content, record_copy, source
from rules import DisposalAction

_CHUNK = 500
_COLUMN = "column:"  # a recorded fact of another system, which no content can claim for itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Unappraised:
    """A copy that the schedule in force was not applied to yet; `words` are compressed.

    What another system's export claims has a digest only if its bytes came with it; its columns are among the
    `properties`, and stand before what the content says of itself. So does what the file system said of the file.
    `class_before` is what an older appraisal classified it as, and `here_since` when this content was first seen at
    this very place.
    """

    copy_id: CopyId
    source_id: SourceId
    sha256: str | None
    path: str
    media_type: str
    size_bytes: int
    modified_ns: int
    words: bytes | None
    properties: Mapping[str, str]
    class_before: str | None = None
    here_since: datetime

    def text(self) -> str:
        """Return the text that was read in the content, up to the scanner's limit."""
        return decompressed(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAppraisal:
    """What is kept of one appraisal: everything but the day it is asked and the holds."""

    copy_id: CopyId
    outcome: Outcome
    class_id: str | None
    action: DisposalAction | None
    due_earliest: date | None
    due_latest: date | None
    reasons: tuple[str, ...]
    questions: tuple[str, ...]
    flags: tuple[str, ...]
    explanation: Mapping[str, Any]
    case_path: str | None = None
    asked: tuple[Mapping[str, object], ...] = ()
    seen: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class EncodedAppraisal:
    """An appraisal as its row is written: made where there is time for it, which is not in the transaction."""

    copy_id: CopyId
    row: tuple[Any, ...]


def count_waiting(tx: Transaction, schedule_version: str) -> int:
    """Return how many present copies have no appraisal under `schedule_version`."""
    statement = select(func.count()).select_from(_with_appraisal()).where(_waiting(schedule_version))
    return int(tx.connection.execute(statement).scalar_one())


def is_waiting(tx: Transaction, schedule_version: str) -> bool:
    """Tell whether any present copy has no appraisal under `schedule_version`."""
    statement = select(record_copy.c.copy_id).select_from(_with_appraisal()).where(_waiting(schedule_version)).limit(1)
    return tx.connection.execute(statement).first() is not None


def waiting(tx: Transaction, schedule_version: str, *, after: int, limit: int) -> tuple[Unappraised, ...]:
    """Return the next copies without an appraisal under `schedule_version`, by number, greater than `after`."""
    statement = (
        _unappraised_copies()
        .where(_waiting(schedule_version), record_copy.c.copy_id > after)
        .order_by(record_copy.c.copy_id)
        .limit(limit)
    )
    return tuple(_unappraised(row._mapping) for row in tx.connection.execute(statement))  # noqa: SLF001  # its API


def of_copies(tx: Transaction, copy_ids: Sequence[int]) -> tuple[Unappraised, ...]:
    """Return those of some hundred copies that can be appraised, whether they are or not."""
    statement = _unappraised_copies().where(_can_be_appraised(), record_copy.c.copy_id.in_(copy_ids))
    return tuple(_unappraised(row._mapping) for row in tx.connection.execute(statement))  # noqa: SLF001  # its API


def present(tx: Transaction, *, asset_id: str | None, after: int, limit: int) -> tuple[Unappraised, ...]:
    """Return the next copies that can be appraised, whether they are or not, by number, greater than `after`."""
    statement = (
        _unappraised_copies()
        .where(_can_be_appraised(), _of_asset(asset_id), record_copy.c.copy_id > after)
        .order_by(record_copy.c.copy_id)
        .limit(limit)
    )
    return tuple(_unappraised(row._mapping) for row in tx.connection.execute(statement))  # noqa: SLF001  # its API


def count_present(tx: Transaction, *, asset_id: str | None) -> int:
    """Return how many copies can be appraised."""
    statement = select(func.count()).select_from(_with_appraisal()).where(_can_be_appraised(), _of_asset(asset_id))
    return int(tx.connection.execute(statement).scalar_one())


def _of_asset(asset_id: str | None) -> ColumnElement[bool]:
    if asset_id is None:
        return true()
    return record_copy.c.source_id.in_(select(source.c.source_id).where(source.c.asset_id == asset_id))


def _unappraised_copies() -> Select[Any]:
    return select(
        record_copy.c.copy_id,
        record_copy.c.source_id,
        record_copy.c.sha256,
        record_copy.c.path,
        record_copy.c.size_bytes,
        record_copy.c.modified_ns,
        func.coalesce(content.c.media_type, claim.c.media_type).label("media_type"),
        content.c.words,
        content.c.properties,
        claim.c.properties.label("claimed"),
        record_copy.c.file_owner,
        record_copy.c.file_created_ns,
        appraisal.c.class_id.label("class_before"),
        func.coalesce(record_copy.c.here_since, record_copy.c.first_seen_at).label("here_since"),
    ).select_from(_with_appraisal().outerjoin(content, content.c.sha256 == record_copy.c.sha256))


def put(
    tx: Transaction, schedule_version: str, of: Sequence[Unappraised], appraisals: Sequence[StoredAppraisal]
) -> int:
    """Store appraisals in place of older ones; return how many.

    A copy whose content changed since `of` was read gets none: what was appraised is not there any more.
    """
    return put_encoded(tx, of, [encoded(schedule_version, one) for one in appraisals])


def put_encoded(tx: Transaction, of: Sequence[Unappraised], appraisals: Sequence[EncodedAppraisal]) -> int:
    """Store what `encoded` made; see `put`."""
    still = _still_the_same(tx, of)
    made = [one for one in appraisals if one.copy_id in still]
    for start in range(0, len(made), _CHUNK):
        part = made[start : start + _CHUNK]
        tx.connection.execute(delete(appraisal).where(appraisal.c.copy_id.in_([one.copy_id for one in part])))
        _WRITE.run(tx, [one.row for one in part])
    return len(made)


def explanation(tx: Transaction, copy_id: int) -> dict[str, Any]:
    """Return what an appraisal was made of: cues, runner-up, trigger, arithmetic.

    Raises:
        UnknownThingError: The copy has no appraisal.
    """
    statement = select(appraisal.c.explanation, appraisal.c.schedule_version).where(appraisal.c.copy_id == copy_id)
    found = tx.connection.execute(statement).first()
    if found is None:
        raise UnknownThingError(kind="appraisal of copy", name=str(copy_id))
    # it may have been made under an older version, and stand under this one too
    return {**json.loads(zlib.decompress(found.explanation)), "schedule_version": found.schedule_version}


def _with_appraisal() -> Any:  # noqa: ANN401  # SQLAlchemy's join
    return record_copy.outerjoin(appraisal, appraisal.c.copy_id == record_copy.c.copy_id).outerjoin(
        claim, claim.c.copy_id == record_copy.c.copy_id
    )


def _waiting(schedule_version: str) -> ColumnElement[bool]:
    return and_(
        _can_be_appraised(),
        or_(appraisal.c.copy_id.is_(None), appraisal.c.schedule_version != schedule_version, appraisal.c.is_stale),
    )


def _can_be_appraised() -> ColumnElement[bool]:
    return and_(
        record_copy.c.state == CopyState.PRESENT,
        or_(record_copy.c.sha256.is_not(None), claim.c.copy_id.is_not(None)),
    )


def _still_the_same(tx: Transaction, of: Sequence[Unappraised]) -> frozenset[int]:
    read = {one.copy_id: (one.sha256, one.modified_ns) for one in of}
    still: set[int] = set()
    keys = list(read)
    for start in range(0, len(keys), _CHUNK):
        rows = tx.connection.execute(
            select(record_copy.c.copy_id, record_copy.c.sha256, record_copy.c.modified_ns)
            .where(record_copy.c.copy_id.in_(keys[start : start + _CHUNK]))
            .with_for_update()  # a scan may be landing other content at the same moment
        )
        still.update(row.copy_id for row in rows if read[row.copy_id] == (row.sha256, row.modified_ns))
    return frozenset(still)


def _unappraised(found: Mapping[Any, Any]) -> Unappraised:
    return Unappraised(
        copy_id=CopyId(found["copy_id"]),
        source_id=SourceId(found["source_id"]),
        sha256=found["sha256"],
        path=os.fsdecode(found["path"]),
        media_type=found["media_type"],
        size_bytes=found["size_bytes"],
        modified_ns=found["modified_ns"],
        words=found["words"],
        properties=told_properties(
            found["properties"], found["claimed"], found["file_owner"], found["file_created_ns"]
        ),
        class_before=found["class_before"],
        here_since=loaded(found["here_since"]),
    )


def told_properties(
    of_content: str | None, claimed: str | None, owner: str | None, created_ns: int | None
) -> dict[str, str]:
    """Return the properties that the rules are told of; what is claimed of a record stands before the rest."""
    facts = FileFacts(owner=owner, created_ns=created_ns)
    return _stated(of_content) | facts.properties | _properties(claimed)


def _stated(text: str | None) -> dict[str, str]:
    """Return what a content says of itself, without what only its file system or another system may say of it."""
    properties = _properties(text)
    return {
        name: value
        for name, value in properties.items()
        if name not in (FILE_OWNER, FILE_CREATED_AT) and not name.startswith(_COLUMN)
    }


def _properties(text: str | None) -> dict[str, str]:
    return {} if text is None else dict(json.loads(text))


def encoded(schedule_version: str, one: StoredAppraisal) -> EncodedAppraisal:
    """Return the row of an appraisal."""
    row = {
        "copy_id": one.copy_id,
        "schedule_version": schedule_version,
        "outcome": str(one.outcome),
        "class_id": one.class_id,
        "action": None if one.action is None else int(one.action),
        "due_earliest": None if one.due_earliest is None else one.due_earliest.isoformat(),
        "due_latest": None if one.due_latest is None else one.due_latest.isoformat(),
        "explanation": zlib.compress(json.dumps(one.explanation).encode("ascii"), 1),
        "reasons": _joined(one.reasons),
        "questions": _joined(one.questions),
        "flags": _joined(one.flags),
        "case_path": None if one.case_path is None else os.fsencode(one.case_path),
        "asked": _asked(one),
        "is_stale": False,
        "seen": None if one.seen is None else json.dumps(one.seen),
    }
    return EncodedAppraisal(copy_id=one.copy_id, row=tuple(row[name] for name in _COLUMNS))


def _asked(one: StoredAppraisal) -> str:
    # what is settled asks nothing, and the words quote file names
    if one.due_latest is not None:
        return "[]"
    return json.dumps([{name: shown(str(words)) for name, words in question.items()} for question in one.asked])


def _joined(sentences: Sequence[str]) -> str:
    # a sentence may quote a file name, whose bytes no database would take as text
    return json.dumps([shown(sentence) for sentence in sentences])


_COLUMNS = tuple(column.name for column in appraisal.columns)
_WRITE = BulkWrite(insert(appraisal), _COLUMNS)
