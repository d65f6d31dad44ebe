"""Copies counted in kinds: how many there are, and how many bytes they have, of those that are alike.

What a copy's queue rests on has few values, but for its holds: so the database counts, and one copy of each kind is
looked at.
"""

import json
import os
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import and_, func, select

from retention.domain.assets import AssetId
from retention.domain.eligibility import AppraisedCopy
from retention.domain.holds import HoldRegister
from retention.domain.records import CopyId, CopyState
from retention.store.catalogue import Transaction
from retention.store.in_bulk import parts
from retention.store.records import HeldCandidate, appraised_copies, appraised_copy, located, streamed
from retention.store.schema import appraisal, batch_item, claim, content, record_copy, source


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many copies there are of one class, type and kind, with the same flags.

    `kind` and `flags` are together all that their queue rests on, on the day of asking and without holds, and `kind`
    says no more than that they are equal. `example_id` is one of them.
    """

    kind: tuple[object, ...]
    flags: tuple[str, ...]
    class_id: str | None
    media_type: str | None
    items: int
    size_bytes: int
    example_id: CopyId


def tallies(tx: Transaction, *, as_of: date) -> Generator[Tally, None, None]:
    """Yield every known copy once, in a tally of those that are like it on `as_of`; memory stays flat."""
    day = as_of.isoformat()
    # what `evaluate` looks at, and not the words of its reasons; of a day, on which side of `as_of` it lies
    looked_at = (
        source.c.kind,
        record_copy.c.state,
        record_copy.c.finding,
        record_copy.c.sha256.is_(None).label("has_no_digest"),
        (record_copy.c.link_count > 1).label("has_other_names"),
        content.c.is_unread,
        claim.c.copy_id.is_not(None).label("is_claimed"),
        batch_item.c.batch_id.is_not(None).label("is_in_batch"),
        appraisal.c.outcome,
        appraisal.c.class_id.is_(None).label("has_no_class"),
        appraisal.c.schedule_version.is_(None).label("has_no_version"),
        appraisal.c.action,
        (appraisal.c.due_earliest > day).label("is_early"),
        (appraisal.c.due_latest > day).label("may_be_early"),
        appraisal.c.is_stale,
    )
    counted_by = (
        appraisal.c.flags,
        appraisal.c.class_id,
        func.coalesce(content.c.media_type, claim.c.media_type).label("media_type"),
    )
    open_item = and_(batch_item.c.copy_id == record_copy.c.copy_id, batch_item.c.is_open)
    copies = (
        select(record_copy.c.copy_id, record_copy.c.size_bytes, *counted_by, *looked_at)
        .select_from(
            located()
            .outerjoin(content, content.c.sha256 == record_copy.c.sha256)
            .outerjoin(claim, claim.c.copy_id == record_copy.c.copy_id)
            .outerjoin(batch_item, open_item)
        )
        .subquery()
    )
    alike = [column for column in copies.c if column.name not in ("copy_id", "size_bytes")]
    totals = (func.count(), func.sum(copies.c.size_bytes), func.min(copies.c.copy_id))
    with streamed(tx, select(*totals, *alike).group_by(*alike)) as rows:
        for row in rows:
            items, size_bytes, example_id, flags, class_id, media_type, *kind = tuple(row)
            yield Tally(
                kind=tuple(kind),
                flags=_flags(flags),
                class_id=class_id,
                media_type=media_type,
                items=items,
                size_bytes=int(size_bytes),
                example_id=CopyId(example_id),
            )


@lru_cache(maxsize=10_000)
def _flags(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()


def copies_of(tx: Transaction, copy_ids: Iterable[CopyId]) -> Generator[AppraisedCopy, None, None]:
    """Yield those copies, in any order."""
    for part in parts(tuple(copy_ids)):
        for row in tx.connection.execute(appraised_copies().where(record_copy.c.copy_id.in_(part))):
            yield appraised_copy(row)


def held_copies(tx: Transaction, register: HoldRegister) -> Generator[AppraisedCopy, None, None]:
    """Yield every copy that `register` holds and that was not destroyed; memory grows with what is held."""
    if not register.holds:
        return
    held = [copy_id for copy_id, subject in _subjects(tx) if register.holds_on(subject)]
    yield from copies_of(tx, held)


def _subjects(tx: Transaction) -> Iterator[tuple[CopyId, HeldCandidate]]:
    statement = (
        select(
            record_copy.c.copy_id,
            source.c.asset_id,
            appraisal.c.class_id,
            record_copy.c.path,
            record_copy.c.sha256,
        )
        .select_from(located())
        .where(record_copy.c.state != CopyState.DESTROYED)
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            asset_id, path = AssetId(row.asset_id), os.fsdecode(row.path)
            yield (
                CopyId(row.copy_id),
                HeldCandidate(asset_id=asset_id, class_id=row.class_id, path=path, sha256=row.sha256),
            )
