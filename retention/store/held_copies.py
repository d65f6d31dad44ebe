"""The copies that a register of holds covers."""

import os
from collections.abc import Generator, Iterable, Iterator

from sqlalchemy import ColumnElement, select

from retention.domain.assets import AssetId
from retention.domain.eligibility import AppraisedCopy
from retention.domain.holds import HoldRegister
from retention.domain.records import CopyId, CopyState
from retention.store.catalogue import Transaction
from retention.store.hold_reach import may_cover
from retention.store.in_bulk import parts
from retention.store.records import HeldCandidate, appraised_copies, appraised_copy, located, streamed
from retention.store.schema import appraisal, record_copy, source


def held_copies(tx: Transaction, register: HoldRegister) -> Generator[AppraisedCopy, None, None]:
    """Yield every copy that `register` holds and that was not destroyed; memory grows with what is held."""
    if not register.holds:
        return
    held = {copy_id for copy_id, subject in _may_be_held(tx, register) if register.holds_on(subject)}
    yield from _copies_of(tx, sorted(held))


def _copies_of(tx: Transaction, copy_ids: Iterable[CopyId]) -> Iterator[AppraisedCopy]:
    for part in parts(tuple(copy_ids)):
        for row in tx.connection.execute(appraised_copies().where(record_copy.c.copy_id.in_(part))):
            yield appraised_copy(row)


def _may_be_held(tx: Transaction, register: HoldRegister) -> Iterator[tuple[CopyId, HeldCandidate]]:
    yield from _subjects(tx, may_cover(register.holds))
    for part in parts(sorted(register.held_digests)):
        yield from _subjects(tx, record_copy.c.sha256.in_(part))


def _subjects(tx: Transaction, wanted: ColumnElement[bool]) -> Iterator[tuple[CopyId, HeldCandidate]]:
    statement = (
        select(
            record_copy.c.copy_id,
            source.c.asset_id,
            appraisal.c.class_id,
            record_copy.c.path,
            record_copy.c.sha256,
        )
        .select_from(located())
        .where(record_copy.c.state != CopyState.DESTROYED, wanted)
    )
    with streamed(tx, statement) as rows:
        for row in rows:
            asset_id, path = AssetId(row.asset_id), os.fsdecode(row.path)
            yield (
                CopyId(row.copy_id),
                HeldCandidate(asset_id=asset_id, class_id=row.class_id, path=path, sha256=row.sha256),
            )
