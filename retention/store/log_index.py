"""What the catalogue says of things that the destruction log tells of too, and its correction from there."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import insert, select, update

from retention.domain.batches import BatchState, ItemState
from retention.store.catalogue import Transaction
from retention.store.instants import loaded, stored
from retention.store.schema import batch, batch_item, certificate, decision, disposal_hold, log_outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDecision:
    """A decision on a batch, without its words."""

    decision_id: str
    decider: str
    decision: str
    manifest: str
    excluded: tuple[int, ...]
    decided_at: str


@dataclass(slots=True, kw_only=True)
class KnownBatch:
    """A batch as the catalogue or the log has it: the pinned figures, what was decided, what became of each item."""

    facts: Mapping[str, object]
    state: BatchState = BatchState.PROPOSED
    decisions: dict[str, KnownDecision] = field(default_factory=dict)
    items: dict[int, ItemState] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class KnownThings:
    """Everything that both sides tell of, by its name.

    `certificates` gives batch and digest, `holds` whether they are in force, `acknowledged` the entry number of each
    entry that the catalogue was told is in the log.
    """

    batches: dict[str, KnownBatch] = field(default_factory=dict)
    certificates: dict[str, tuple[str, str]] = field(default_factory=dict)
    holds: dict[str, bool] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)


def known_things(tx: Transaction) -> KnownThings:
    """Read all of it; a few dozen bytes for each item stay in memory.

    A batch of which only decisions or items are left has no facts.
    """
    known = KnownThings()
    for row in tx.connection.execute(select(batch)).mappings():
        facts = {
            "asset": row["asset_id"],
            "class": row["class_id"],
            "schedule": row["schedule_version"],
            "items": int(row["items"]),
            "bytes": int(row["size_bytes"]),
            "manifest": row["manifest_root"],
            "proposer": row["proposer_id"],
        }
        known.batches[row["batch_id"]] = KnownBatch(facts=facts, state=BatchState(row["state"]))
    for batch_id, made in _decisions(tx):
        known.batches.setdefault(batch_id, KnownBatch(facts={})).decisions[made.decision_id] = made
    columns = (batch_item.c.batch_id, batch_item.c.number, batch_item.c.state)
    for batch_id, number, state in tx.connection.execute(select(*columns)):
        known.batches.setdefault(batch_id, KnownBatch(facts={})).items[int(number)] = ItemState(state)
    for row in tx.connection.execute(select(certificate)).mappings():
        digest = sha256(row["envelope"].encode("utf-8")).hexdigest()
        known.certificates[row["certificate_id"]] = (row["batch_id"], digest)
    for hold_id, state in tx.connection.execute(select(disposal_hold.c.hold_id, disposal_hold.c.state)):
        known.holds[hold_id] = state == "active"
    told = select(log_outbox.c.entry_id, log_outbox.c.seq).where(log_outbox.c.seq.is_not(None))
    known.acknowledged = {entry_id: int(seq) for entry_id, seq in tx.connection.execute(told)}
    return known


def restate_item(tx: Transaction, batch_id: str, number: int, state: ItemState) -> None:
    """Set what became of an item to what the log says; a final state frees the copy."""
    tx.connection.execute(
        update(batch_item)
        .where(batch_item.c.batch_id == batch_id, batch_item.c.number == number)
        .values(state=state, reason="as the destruction log has it", is_open=not state.is_final)
    )


def restate_batch(tx: Transaction, batch_id: str, state: BatchState) -> None:
    """Set where a batch stands to what the log says."""
    tx.connection.execute(
        update(batch).where(batch.c.batch_id == batch_id).values(state=state, revision=batch.c.revision + 1)
    )


def restate_decision(tx: Transaction, batch_id: str, made: KnownDecision, *, reason: str) -> None:
    """Put a decision as the log has it in the place of what is there, if anything."""
    values = {
        "batch_id": batch_id,
        "decider_id": made.decider,
        "decision": made.decision,
        "manifest_root": made.manifest,
        "excluded": json.dumps(list(made.excluded)),
    }
    changed = tx.connection.execute(update(decision).where(decision.c.decision_id == made.decision_id).values(**values))
    if not changed.rowcount:
        at = made.decided_at
        tx.connection.execute(
            insert(decision).values(decision_id=made.decision_id, reason=reason, decided_at=at, **values)
        )


def _decisions(tx: Transaction) -> Iterator[tuple[str, KnownDecision]]:
    for row in tx.connection.execute(select(decision)).mappings():
        yield (
            row["batch_id"],
            KnownDecision(
                decision_id=row["decision_id"],
                decider=row["decider_id"],
                decision=row["decision"],
                manifest=row["manifest_root"],
                excluded=tuple(json.loads(row["excluded"])),
                decided_at=stored(loaded(row["decided_at"])),
            ),
        )
