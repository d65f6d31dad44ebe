"""Deciding: somebody other than the proposer, accountable for the asset, approves a batch or keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from disposal_log import EntryType
from retention.domain.batches import ApprovedBatch, BatchState, Decision, ItemState, ProposedBatch
from retention.domain.naming import shown
from retention.domain.people import Person
from retention.errors import InvalidInputError, NotApprovedError
from retention.services import recording
from retention.store import batches, holds
from retention.store.catalogue import Catalogue, Transaction, lock_register


class Verdict(StrEnum):
    """What may be decided on a batch."""

    APPROVE = "approve"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMade:
    """What was stored: the decision, and the items that stay although the batch was approved."""

    batch_id: str
    verdict: Verdict
    decider_id: str
    approved: int
    excluded: tuple[int, ...]
    held: tuple[int, ...]


def decide_batch(
    catalogue: Catalogue,
    batch_id: str,
    verdict: Verdict,
    *,
    person: Person,
    excluded: Iterable[int] = (),
    reason: str = "",
    valid_days: int,
    at: datetime,
) -> DecisionMade:
    """Store `person`'s decision and note it for the log.

    Items that are held by now are taken out of the approval, whatever the person asked (gate 2 of 4).

    Raises:
        UnknownThingError: There is no such batch.
        ConflictOfInterestError: `person` proposed it.
        RefusedByPolicyError: The batch is not theirs to decide, or an excluded item is not in it.
        InvalidInputError: A batch is kept, or items left out, without a reason.
        StaleError: It is decided already.
    """
    left_out, reason = frozenset(excluded), shown(reason)
    if (verdict is Verdict.KEEP or left_out) and not reason.strip():
        raise InvalidInputError(
            what="keeping needs a reason",
            not_done="Nothing was decided.",
            next_step="Give one with --reason.",
        )
    with catalogue.transaction() as tx:
        lock_register(tx)
        batch = batches.proposed(tx, batch_id)
        batch.check_decider(person)
        batch.check_numbers(left_out)
        held = _held_items(tx, batch) if verdict is Verdict.APPROVE else {}
        _check_fits_the_log(batch, left_out | held.keys())
        if verdict is Verdict.APPROVE:
            batch.approve(person, at=at, manifest_root=batch.manifest_root, excluded=left_out | held.keys())
        decision = Decision(
            decision_id=recording.new_id(),
            batch_id=batch.batch_id,
            decider_id=person.person_id,
            decision=verdict,
            reason=reason,
            manifest_root=batch.manifest_root,
            excluded=left_out | held.keys(),
            decided_at=at,
        )
        state = BatchState.APPROVED if verdict is Verdict.APPROVE else BatchState.KEPT
        batches.decide(tx, decision, seen_revision=batch.revision, state=state)
        _settle_left_out(tx, batch, verdict, excluded=left_out, held=held, reason=reason)
        _note(tx, batch, decision, person=person, expires_at=at + timedelta(days=valid_days))
    return DecisionMade(
        batch_id=batch.batch_id,
        verdict=verdict,
        decider_id=person.person_id,
        approved=len(batch.items) - len(left_out | held.keys()) if verdict is Verdict.APPROVE else 0,
        excluded=tuple(sorted(left_out - held.keys())),
        held=tuple(sorted(held)),
    )


# One entry of the log holds at most 65,535 bytes, and names every item that was left out.
MAX_LEFT_OUT = 5_000


def _check_fits_the_log(batch: ProposedBatch, left_out: frozenset[int]) -> None:
    if len(left_out) > MAX_LEFT_OUT:
        raise InvalidInputError(
            what=f"{len(left_out)} items of batch {batch.batch_id} would be left out or are held",
            not_done="Nothing was decided.",
            next_step="Keep the whole batch and have it proposed again: what is held is left out by itself.",
        )


def approved_batch(tx: Transaction, batch_id: str) -> ApprovedBatch:
    """Return the batch as approved, as it was decided; the log is asked before anything is touched.

    Raises:
        UnknownThingError: There is no such batch.
        NotApprovedError: Nobody approved it, or it was kept.
        ConflictOfInterestError: The stored approval is by the proposer.
        RefusedByPolicyError: The stored approval is of another list.
    """
    batch = batches.proposed(tx, batch_id)
    approvals = [one for one in batches.decisions(tx, batch_id) if one.decision == Verdict.APPROVE]
    if batches.summary(tx, batch_id).state not in (BatchState.APPROVED, BatchState.CLOSED) or not approvals:
        raise NotApprovedError(batch_id=batch_id)
    return batch.approved_by(approvals[-1])


def read_approved(catalogue: Catalogue, batch_id: str) -> ApprovedBatch:
    """Return the batch as approved; raises what `approved_batch` raises."""
    with catalogue.reading() as tx:
        return approved_batch(tx, batch_id)


def _held_items(tx: Transaction, batch: ProposedBatch) -> dict[int, str]:
    register = holds.active_register(tx)
    reasons = ((item.number, register.reasons(item)) for item in batch.items)
    return {number: "; ".join(words) for number, words in reasons if words}


def _settle_left_out(
    tx: Transaction,
    batch: ProposedBatch,
    verdict: Verdict,
    *,
    excluded: frozenset[int],
    held: dict[int, str],
    reason: str,
) -> None:
    if verdict is Verdict.KEEP:
        batches.release_items(tx, batch.batch_id)
        return
    for number in excluded - held.keys():
        batches.set_item_state(tx, batch.batch_id, number, state=ItemState.EXCLUDED, reason=reason)
    for number, words in held.items():
        batches.set_item_state(tx, batch.batch_id, number, state=ItemState.HELD, reason=words)


def _note(tx: Transaction, batch: ProposedBatch, decision: Decision, *, person: Person, expires_at: datetime) -> None:
    recording.note(
        tx,
        recording.drafted(
            EntryType.BATCH_DECISION,
            at=decision.decided_at,
            actor=person.person_id,
            entry_id=decision.decision_id,
            body={
                "batch": batch.batch_id,
                "decision": str(decision.decision),
                "role": "IAO",
                "asset": batch.asset.asset_id,
                "manifest": decision.manifest_root,
                "items": len(batch.items),
                "bytes": batch.size_bytes,
                "decider": person.person_id,
                "excluded": sorted(decision.excluded),
                "expires": expires_at.date().isoformat(),
            },
            disclosures={"decider_name": person.name, "reason": decision.reason},
        ),
    )
