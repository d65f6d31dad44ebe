"""What is asked about cases, grouped by the database, so that a million waiting files are some thousand rows."""

import json
import os
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select

from retention.domain.assets import AssetId, SourceId
from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.instants import loaded_date
from retention.store.schema import appraisal, record_copy, source
from rules import Question

_STREAMED = {"yield_per": 1_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedGroup:
    """Copies of one case and class that wait for the same answers. Without `due_earliest` that day is not bounded."""

    source_id: SourceId
    asset_id: AssetId
    case_path: str
    class_id: str
    asked: tuple[Question, ...]
    files: int
    size_bytes: int
    due_earliest: date | None


def groups(tx: Transaction, *, asset_id: str | None = None) -> Generator[AskedGroup, None, None]:
    """Yield what is asked, by source and case; memory stays flat."""
    statement = (
        select(
            record_copy.c.source_id,
            source.c.asset_id,
            appraisal.c.case_path,
            appraisal.c.class_id,
            appraisal.c.asked,
            func.count().label("files"),
            func.sum(record_copy.c.size_bytes).label("size_bytes"),
            # a minimum passes over what is not bounded, which is the earliest of all
            func.count(appraisal.c.due_earliest).label("bounded"),
            func.min(appraisal.c.due_earliest).label("due_earliest"),
        )
        .select_from(
            appraisal.join(record_copy, record_copy.c.copy_id == appraisal.c.copy_id).join(
                source, source.c.source_id == record_copy.c.source_id
            )
        )
        .where(
            and_(
                appraisal.c.asked != "[]",
                appraisal.c.case_path.is_not(None),
                record_copy.c.state == CopyState.PRESENT,
            )
        )
        .group_by(
            record_copy.c.source_id,
            source.c.asset_id,
            appraisal.c.case_path,
            appraisal.c.class_id,
            appraisal.c.asked,
        )
        .order_by(record_copy.c.source_id, appraisal.c.case_path, appraisal.c.class_id, appraisal.c.asked)
    )
    if asset_id is not None:
        statement = statement.where(source.c.asset_id == asset_id)
    with tx.connection.execute(statement, execution_options=_STREAMED) as rows:
        for row in rows:
            yield AskedGroup(
                source_id=SourceId(row.source_id),
                asset_id=AssetId(row.asset_id),
                case_path=os.fsdecode(row.case_path),
                class_id=row.class_id,
                asked=tuple(Question.from_json(one) for one in json.loads(row.asked)),
                files=int(row.files),
                size_bytes=int(row.size_bytes),
                due_earliest=loaded_date(row.due_earliest) if row.bounded == row.files else None,
            )
