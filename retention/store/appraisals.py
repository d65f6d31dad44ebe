"""What the rules made of each copy, stored so that lists are quick and every decision can be explained."""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select

from retention.domain.eligibility import Outcome
from retention.domain.naming import shown
from retention.domain.records import CopyId, CopyState
from retention.errors import UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.landing import decompressed
from retention.store.schema import appraisal, claim, content, record_copy
from rules import DisposalAction

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Unappraised:
    """A copy that the schedule in force was not applied to yet; `words` are compressed.

    What another system's export claims has a digest only if its bytes came with it; its columns are among the
    `properties`, and stand before what the content says of itself.
    """

    copy_id: CopyId
    sha256: str | None
    path: str
    media_type: str
    size_bytes: int
    modified_ns: int
    words: bytes | None
    properties: Mapping[str, str]

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


def count_waiting(tx: Transaction, schedule_version: str) -> int:
    """Return how many present copies have no appraisal under `schedule_version`."""
    statement = select(func.count()).select_from(_with_appraisal()).where(_waiting(schedule_version))
    return int(tx.connection.execute(statement).scalar_one())


def waiting(tx: Transaction, schedule_version: str, *, after: int, limit: int) -> tuple[Unappraised, ...]:
    """Return the next copies without an appraisal under `schedule_version`, by number, greater than `after`."""
    statement = (
        select(
            record_copy.c.copy_id,
            record_copy.c.sha256,
            record_copy.c.path,
            record_copy.c.size_bytes,
            record_copy.c.modified_ns,
            func.coalesce(content.c.media_type, claim.c.media_type).label("media_type"),
            content.c.words,
            content.c.properties,
            claim.c.properties.label("claimed"),
        )
        .select_from(_with_appraisal().outerjoin(content, content.c.sha256 == record_copy.c.sha256))
        .where(_waiting(schedule_version), record_copy.c.copy_id > after)
        .order_by(record_copy.c.copy_id)
        .limit(limit)
    )
    return tuple(_unappraised(row._mapping) for row in tx.connection.execute(statement))  # noqa: SLF001  # its API


def put(
    tx: Transaction, schedule_version: str, of: Sequence[Unappraised], appraisals: Sequence[StoredAppraisal]
) -> int:
    """Store appraisals in place of older ones; return how many.

    A copy whose content changed since `of` was read gets none: what was appraised is not there any more.
    """
    still = _still_the_same(tx, of)
    rows = [_row(schedule_version, one) for one in appraisals if one.copy_id in still]
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        tx.connection.execute(delete(appraisal).where(appraisal.c.copy_id.in_([row["copy_id"] for row in part])))
        tx.connection.execute(insert(appraisal), part)
    return len(rows)


def explanation(tx: Transaction, copy_id: int) -> dict[str, Any]:
    """Return what an appraisal was made of: cues, runner-up, trigger, arithmetic.

    Raises:
        UnknownThingError: The copy has no appraisal.
    """
    found = tx.connection.execute(select(appraisal.c.explanation).where(appraisal.c.copy_id == copy_id)).scalar()
    if found is None:
        raise UnknownThingError(kind="appraisal of copy", name=str(copy_id))
    return dict(json.loads(zlib.decompress(found)))


def _with_appraisal() -> Any:  # noqa: ANN401  # SQLAlchemy's join
    return record_copy.outerjoin(appraisal, appraisal.c.copy_id == record_copy.c.copy_id).outerjoin(
        claim, claim.c.copy_id == record_copy.c.copy_id
    )


def _waiting(schedule_version: str) -> ColumnElement[bool]:
    return and_(
        record_copy.c.state == CopyState.PRESENT,
        or_(record_copy.c.sha256.is_not(None), claim.c.copy_id.is_not(None)),
        or_(appraisal.c.copy_id.is_(None), appraisal.c.schedule_version != schedule_version),
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
        sha256=found["sha256"],
        path=os.fsdecode(found["path"]),
        media_type=found["media_type"],
        size_bytes=found["size_bytes"],
        modified_ns=found["modified_ns"],
        words=found["words"],
        properties=_properties(found["properties"]) | _properties(found["claimed"]),
    )


def _properties(text: str | None) -> dict[str, str]:
    return {} if text is None else dict(json.loads(text))


def _row(schedule_version: str, one: StoredAppraisal) -> dict[str, Any]:
    return {
        "copy_id": one.copy_id,
        "schedule_version": schedule_version,
        "outcome": one.outcome,
        "class_id": one.class_id,
        "action": None if one.action is None else int(one.action),
        "due_earliest": None if one.due_earliest is None else one.due_earliest.isoformat(),
        "due_latest": None if one.due_latest is None else one.due_latest.isoformat(),
        "explanation": zlib.compress(json.dumps(one.explanation).encode("ascii"), 1),
        "reasons": _joined(one.reasons),
        "questions": _joined(one.questions),
        "flags": _joined(one.flags),
    }


def _joined(sentences: Sequence[str]) -> str:
    # a sentence may quote a file name, whose bytes no database would take as text
    return json.dumps([shown(sentence) for sentence in sentences])
