"""Disposal batches, their items and the decisions on them."""

import json
import os
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from retention.domain.assets import AssetId, SourceId
from retention.domain.batches import (
    BatchId,
    BatchItem,
    BatchState,
    BatchSummary,
    Decision,
    ItemState,
    ProposedBatch,
)
from retention.domain.people import PersonId
from retention.domain.records import CopyId, CopyState
from retention.errors import StaleError, UnknownThingError
from retention.store import assets
from retention.store.catalogue import Transaction
from retention.store.counters import next_value
from retention.store.instants import loaded, stored
from retention.store.ranges import loaded_inode, stored_inode, stored_instant_ns
from retention.store.records import HeldCandidate
from retention.store.schema import batch, batch_item, content, decision, record_copy

BATCH_NUMBER = "batch_number"
_INSERT_CHUNK = 5_000


def add(tx: Transaction, proposed: ProposedBatch) -> None:
    """Store a proposed batch and its items.

    Raises:
        StaleError: A copy is in another open batch already.
    """
    tx.connection.execute(
        insert(batch).values(
            batch_id=proposed.batch_id,
            asset_id=proposed.asset.asset_id,
            class_id=proposed.class_id,
            schedule_version=proposed.schedule_version,
            proposer_id=proposed.proposer_id,
            proposed_at=stored(proposed.proposed_at),
            manifest_root=proposed.manifest_root,
            items=len(proposed.items),
            size_bytes=proposed.size_bytes,
            state=BatchState.PROPOSED,
            revision=0,
        )
    )
    for start in range(0, len(proposed.items), _INSERT_CHUNK):
        chunk = proposed.items[start : start + _INSERT_CHUNK]
        tx.connection.execute(insert(batch_item), [_item_row(proposed.batch_id, item) for item in chunk])


def next_number(tx: Transaction) -> int:
    """Return a number that no batch ever had, in this catalogue or in what the log told it of an earlier one."""
    known = int(tx.connection.execute(select(func.count()).select_from(batch)).scalar_one())
    while (number := next_value(tx, BATCH_NUMBER)) <= known:
        continue
    return number


def summary(tx: Transaction, batch_id: str) -> BatchSummary:
    """Return one batch without its items.

    Raises:
        UnknownThingError: There is none of that name.
    """
    row = tx.connection.execute(select(batch).where(batch.c.batch_id == batch_id)).mappings().first()
    if row is None:
        raise UnknownThingError(kind="batch", name=batch_id)
    return _summary(dict(row))


def summaries(tx: Transaction) -> tuple[BatchSummary, ...]:
    """Return every batch, oldest first."""
    rows = tx.connection.execute(select(batch).order_by(batch.c.proposed_at, batch.c.batch_id)).mappings()
    return tuple(_summary(dict(row)) for row in rows)


def proposed(tx: Transaction, batch_id: str) -> ProposedBatch:
    """Return the batch as it was proposed, with its items in their present states.

    Raises:
        UnknownThingError: There is none of that name.
    """
    row = tx.connection.execute(select(batch).where(batch.c.batch_id == batch_id)).mappings().first()
    if row is None:
        raise UnknownThingError(kind="batch", name=batch_id)
    return ProposedBatch(
        batch_id=BatchId(row["batch_id"]),
        asset=assets.asset(tx, row["asset_id"]),
        class_id=row["class_id"],
        schedule_version=row["schedule_version"],
        proposer_id=PersonId(row["proposer_id"]),
        proposed_at=loaded(row["proposed_at"]),
        items=tuple(items(tx, batch_id, asset_id=row["asset_id"])),
        manifest_root=row["manifest_root"],
        revision=int(row["revision"]),
    )


def items(tx: Transaction, batch_id: str, *, asset_id: str) -> Iterator[BatchItem]:
    """Yield the items of a batch by number."""
    rows = tx.connection.execute(
        select(batch_item).where(batch_item.c.batch_id == batch_id).order_by(batch_item.c.number)
    )
    for row in rows.mappings():
        yield _item(dict(row), asset_id)


def decide(tx: Transaction, made: Decision, *, seen_revision: int, state: BatchState) -> None:
    """Store a decision and move the batch on.

    Raises:
        StaleError: Somebody else decided since `seen_revision` was read; nothing is stored.
    """
    moved = tx.connection.execute(
        update(batch)
        # the row may have changed since it was read; the WHERE makes the slower of two deciders lose
        .where(
            batch.c.batch_id == made.batch_id,
            batch.c.revision == seen_revision,
            batch.c.state == BatchState.PROPOSED,
        )
        .values(state=state, revision=seen_revision + 1)
    )
    if moved.rowcount != 1:
        raise StaleError(
            what=f"batch {made.batch_id} was decided by somebody else a moment ago",
            not_done="Your decision was not stored.",
            next_step=f"See what was decided: retention batch show {made.batch_id}",
        )
    tx.connection.execute(
        insert(decision).values(
            decision_id=made.decision_id,
            batch_id=made.batch_id,
            decider_id=made.decider_id,
            decision=made.decision,
            reason=made.reason,
            manifest_root=made.manifest_root,
            excluded=json.dumps(sorted(made.excluded)),
            decided_at=stored(made.decided_at),
        )
    )


def decisions(tx: Transaction, batch_id: str) -> tuple[Decision, ...]:
    """Return the decisions on a batch, oldest first."""
    rows = tx.connection.execute(
        select(decision).where(decision.c.batch_id == batch_id).order_by(decision.c.decided_at)
    )
    return tuple(
        Decision(
            decision_id=row["decision_id"],
            batch_id=BatchId(row["batch_id"]),
            decider_id=PersonId(row["decider_id"]),
            decision=row["decision"],
            reason=row["reason"],
            manifest_root=row["manifest_root"],
            excluded=frozenset(json.loads(row["excluded"])),
            decided_at=loaded(row["decided_at"]),
        )
        for row in rows.mappings()
    )


def open_subjects(tx: Transaction) -> Iterator[HeldCandidate]:
    """Yield what a hold may cover of the open batches: a scan may know another file at such a place by now."""
    rows = tx.connection.execute(
        select(batch.c.asset_id, batch_item.c.class_id, batch_item.c.path, batch_item.c.sha256)
        .join(batch, batch.c.batch_id == batch_item.c.batch_id)
        .where(batch_item.c.is_open),
        execution_options={"yield_per": _INSERT_CHUNK},
    )
    with rows:
        for row in rows:
            yield HeldCandidate(
                asset_id=row.asset_id, class_id=row.class_id, path=os.fsdecode(row.path), sha256=row.sha256
            )


def set_item_state(tx: Transaction, batch_id: str, number: int, *, state: ItemState, reason: str) -> None:
    """Store what became of one item; a final state frees the copy for another batch."""
    tx.connection.execute(
        update(batch_item)
        .where(batch_item.c.batch_id == batch_id, batch_item.c.number == number)
        .values(state=state, reason=reason, is_open=not state.is_final)
    )


def release_items(tx: Transaction, batch_id: str) -> None:
    """Free every copy of a batch that was kept: nothing of it will be destroyed."""
    tx.connection.execute(
        update(batch_item)
        .where(batch_item.c.batch_id == batch_id)
        .values(is_open=False, state=ItemState.EXCLUDED, reason="the batch was kept")
    )


def close(tx: Transaction, batch_id: str) -> None:
    """Mark a batch whose every item is final."""
    tx.connection.execute(update(batch).where(batch.c.batch_id == batch_id).values(state=BatchState.CLOSED))


def mark_destroyed(tx: Transaction, copy_id: CopyId, sha256: str, *, inode: int | None = None) -> None:
    """Keep the residual entity of a destroyed copy, and forget the words it contained.

    Identifiers, class, dates and digest stay (MoReq2010: residual entity); extracted text and properties go
    with the last known copy of the content. A row that a scan has since given to a new file at the same
    place (other content, or another `inode`) is left alone: that file is there, and holds go on counting it.
    """
    is_the_file = (record_copy.c.copy_id == copy_id) & (record_copy.c.sha256 == sha256)
    if inode is not None:
        is_the_file &= record_copy.c.inode == stored_inode(inode)
    tx.connection.execute(update(record_copy).where(is_the_file).values(state=CopyState.DESTROYED))
    others = exists().where(record_copy.c.sha256 == sha256, record_copy.c.state != CopyState.DESTROYED)
    tx.connection.execute(
        update(content).where(content.c.sha256 == sha256, ~others).values(words=None, properties="{}")
    )


def _summary(row: dict[str, Any]) -> BatchSummary:
    return BatchSummary(
        batch_id=BatchId(row["batch_id"]),
        asset_id=AssetId(row["asset_id"]),
        class_id=row["class_id"],
        proposer_id=PersonId(row["proposer_id"]),
        proposed_at=loaded(row["proposed_at"]),
        items=int(row["items"]),
        size_bytes=int(row["size_bytes"]),
        manifest_root=row["manifest_root"],
        state=BatchState(row["state"]),
    )


def _item_row(batch_id: str, item: BatchItem) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "number": item.number,
        "copy_id": item.copy_id,
        "source_id": item.source_id,
        "path": os.fsencode(item.path),
        "size_bytes": item.size_bytes,
        "modified_ns": stored_instant_ns(item.modified_ns),
        "inode": stored_inode(item.inode),
        "device": item.device,
        "sha256": item.sha256,
        "media_type": item.media_type,
        "class_id": item.class_id,
        "schedule_version": item.schedule_version,
        "due_on": item.due_on.isoformat(),
        "evidence": json.dumps(item.evidence),
        "state": item.state,
        "reason": item.reason,
        "is_open": True,
    }


def _item(row: dict[str, Any], asset_id: str) -> BatchItem:
    return BatchItem(
        number=int(row["number"]),
        copy_id=CopyId(row["copy_id"]),
        source_id=SourceId(row["source_id"]),
        asset_id=AssetId(asset_id),
        path=os.fsdecode(row["path"]),
        size_bytes=int(row["size_bytes"]),
        modified_ns=int(row["modified_ns"]),
        inode=loaded_inode(int(row["inode"])),
        device=int(row["device"]),
        sha256=row["sha256"],
        media_type=row["media_type"],
        class_id=row["class_id"],
        schedule_version=row["schedule_version"],
        due_on=date.fromisoformat(row["due_on"]),
        evidence=tuple(json.loads(row["evidence"])),
        state=ItemState(row["state"]),
        reason=row["reason"],
    )
