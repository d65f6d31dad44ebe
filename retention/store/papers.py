"""Known copies as papers: those a case may consist of, and some hundred by their numbers."""

from collections.abc import Generator, Sequence

from sqlalchemy import or_

from retention.domain.eligibility import AppraisedCopy
from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.records import appraised_copies, appraised_copy, streamed
from retention.store.schema import appraisal, record_copy


def papers_of_cases(
    tx: Transaction, source_id: str, class_id: str, schedule_version: str
) -> Generator[AppraisedCopy, None, None]:
    """Yield what a case of `class_id` may consist of: its present copies, and those of which nothing newer is known."""
    is_not_compared = or_(
        appraisal.c.copy_id.is_(None), appraisal.c.schedule_version != schedule_version, appraisal.c.is_stale
    )
    statement = appraised_copies().where(
        record_copy.c.source_id == source_id,
        record_copy.c.state == CopyState.PRESENT,
        or_(appraisal.c.class_id == class_id, is_not_compared),
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            yield appraised_copy(row)


def appraised_of(tx: Transaction, copy_ids: Sequence[int]) -> dict[int, AppraisedCopy]:
    """Return some hundred copies by their numbers."""
    statement = appraised_copies().where(record_copy.c.copy_id.in_(copy_ids))
    return {item.copy.copy_id: item for item in map(appraised_copy, tx.connection.execute(statement))}
