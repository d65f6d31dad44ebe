"""Proposing: what is surely due becomes frozen batches, one for each asset and class. Plan, then save."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from disposal_log import EntryType, canonical, manifest_root
from retention.clock import civil_date
from retention.domain.batches import BatchId, BatchItem, ProposedBatch
from retention.domain.eligibility import AppraisedCopy, Eligibility, EligibilityState, evaluate
from retention.domain.holds import HoldRegister
from retention.domain.naming import shown
from retention.domain.people import Person, Role
from retention.errors import RefusedByPolicyError
from retention.services import recording
from retention.services.appraising.case_folders import CaseFolders
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.keeping_together import WaitingCases, goes_as_a_whole, parts_that_wait
from retention.store import assets, batches, holds, records
from retention.store.catalogue import Catalogue, Transaction

MAX_ITEMS_PER_BATCH = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A copy past its period that may not be proposed all the same, with every reason."""

    path: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """A batch that would be made."""

    asset_id: str
    class_id: str
    items: tuple[BatchItem, ...]
    manifest_root: str

    @property
    def size_bytes(self) -> int:
        """Return the bytes of all items together."""
        return sum(item.size_bytes for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPlan:
    """What a proposal would contain, and what was refused although its period is over."""

    as_of: date
    batches: tuple[BatchPlan, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalScope:
    """Which part of the catalogue to propose from; None is everything."""

    asset_id: str | None = None
    class_id: str | None = None


def plan_proposal(catalogue: Catalogue, scope: ProposalScope, *, schedule_version: str, as_of: date) -> ProposalPlan:
    """Return the batches that could be proposed on `as_of`. Touches nothing.

    Only copies appraised under `schedule_version`, the one in force, are considered.
    """
    with catalogue.reading() as tx:
        return _plan(tx, scope, schedule_version=schedule_version, as_of=as_of)


def save_proposal(
    catalogue: Catalogue,
    scope: ProposalScope,
    *,
    schedule_version: str,
    as_of: date,
    person: Person,
    at: datetime,
) -> tuple[ProposedBatch, ...]:
    """Plan again and freeze the result as batches, noted for the log; holds are asked in the same step.

    Raises:
        RefusedByPolicyError: `person` is not a records manager, or `as_of` is still to come.
        StaleError: A copy came into another open batch a moment ago; nothing was proposed.
        InvalidInputError: The log could not take the record of it; nothing was proposed.
    """
    if not person.has(Role.RECORDS_MANAGER):
        raise RefusedByPolicyError(
            what=f"{person.person_id} may not propose disposals",
            not_done="Nothing was proposed.",
            next_step="Ask a records manager.",
        )
    if as_of > civil_date(at):
        raise RefusedByPolicyError(
            what=f"{as_of} is still to come",
            not_done="Nothing was proposed.",
            next_step="Look ahead without --save; propose what is due today.",
        )
    with catalogue.transaction() as tx:
        plan = _plan(tx, scope, schedule_version=schedule_version, as_of=as_of)
        return tuple(_save(tx, made, schedule_version, person=person, at=at) for made in plan.batches)


def item_record(item: BatchItem) -> bytes:
    """Return the bytes that stand for `item` in the manifest: everything an approval is pinned to."""
    return canonical(
        {
            "n": item.number,
            "source": item.source_id,
            "path_b64": base64.b64encode(os.fsencode(item.path)).decode("ascii"),
            "size": str(item.size_bytes),
            "modified_ns": str(item.modified_ns),
            "inode": str(item.inode),
            "sha256": item.sha256,
            "class": item.class_id,
            "schedule": item.schedule_version,
            "due": item.due_on.isoformat(),
            "evidence": list(item.evidence),
        }
    )


def root_over(items: tuple[BatchItem, ...]) -> str:
    """Return the manifest root over `items`, in hexadecimal (RFC 6962 2.1)."""
    return manifest_root(item_record(item) for item in items)


def _plan(tx: Transaction, scope: ProposalScope, *, schedule_version: str, as_of: date) -> ProposalPlan:
    register = holds.active_register(tx)
    eligible: list[tuple[AppraisedCopy, Eligibility]] = []
    refused: list[Refusal] = []
    cases, folders = WaitingCases(), CaseFolders(CopiedPlaces())
    for item in _candidates(tx, scope, as_of, schedule_version):
        answer = _answer(item, register, schedule_version=schedule_version, as_of=as_of)
        if answer.state is EligibilityState.ELIGIBLE and (moved_on := folders.obstacle(tx, item)) is not None:
            answer = _not_sure(answer, moved_on)
        if answer.state is EligibilityState.ELIGIBLE:
            eligible.append((item, answer))
            continue
        cases.add(item, is_compared=_is_compared(item, schedule_version))
        if _is_due(item, as_of) and scope.class_id in (None, item.class_id):
            refused.append(Refusal(path=item.path, reasons=answer.reasons))
    whole = [item for item, _answer in eligible if cases.reason(item) is None]
    waiting_parts = parts_that_wait(tx, whole, as_of=as_of)
    for item in whole:
        if (item.copy.source_id, item.path) in waiting_parts:
            cases.add(item)
    chosen: dict[tuple[str, str], list[BatchItem]] = {}
    for item, answer in eligible:
        if scope.class_id not in (None, item.class_id):
            continue
        waits = waiting_parts.get((item.copy.source_id, item.path)) or cases.reason(item)
        if waits is not None:
            refused.append(Refusal(path=item.path, reasons=(*answer.reasons, waits)))
            continue
        group = chosen.setdefault((item.asset_id, item.class_id or ""), [])
        group.append(_frozen(item, answer, number=len(group)))
    plans = [
        BatchPlan(asset_id=asset_id, class_id=class_id, items=part, manifest_root=root_over(part))
        for (asset_id, class_id), items in sorted(chosen.items())
        for part in _parts(items)
    ]
    return ProposalPlan(as_of=as_of, batches=tuple(plans), refused=tuple(refused))


def _candidates(tx: Transaction, scope: ProposalScope, as_of: date, schedule_version: str) -> Iterator[AppraisedCopy]:
    """Yield what is due, every paper of a case, and what may be one: the whole case must be due before any of it is."""
    for item in records.appraised(tx, asset_id=scope.asset_id):
        may_be_of_a_case = goes_as_a_whole(item) or not _is_compared(item, schedule_version)
        if item.copy.is_present and (_is_due(item, as_of) or may_be_of_a_case):
            yield item


def _is_compared(item: AppraisedCopy, schedule_version: str) -> bool:
    return item.schedule_version == schedule_version and not item.is_stale


def _is_due(item: AppraisedCopy, as_of: date) -> bool:
    return item.due_latest is not None and item.due_latest <= as_of


def _answer(item: AppraisedCopy, register: HoldRegister, *, schedule_version: str, as_of: date) -> Eligibility:
    answer = evaluate(item, holds=register.holds_on(item), hold_reasons=register.reasons(item), as_of=as_of)
    if item.schedule_version == schedule_version or answer.state is not EligibilityState.ELIGIBLE:
        return answer
    stale = f"appraised under {item.schedule_version}, but {schedule_version} is in force: scan or appraise again"
    return _not_sure(answer, stale)


def _not_sure(answer: Eligibility, why: str) -> Eligibility:
    return replace(answer, state=EligibilityState.CANNOT_EVALUATE, reasons=(*answer.reasons, why))


def _frozen(item: AppraisedCopy, answer: Eligibility, *, number: int) -> BatchItem:
    copy = item.copy
    if copy.sha256 is None or item.class_id is None or item.schedule_version is None or item.due_latest is None:
        message = f"an eligible copy lacks what eligibility rests on: {copy.copy_id}"
        raise RuntimeError(message)
    return BatchItem(
        number=number,
        copy_id=copy.copy_id,
        source_id=copy.source_id,
        asset_id=copy.asset_id,
        path=copy.path,
        size_bytes=copy.size_bytes,
        modified_ns=copy.modified_ns,
        inode=copy.inode,
        device=copy.device,
        sha256=copy.sha256,
        media_type=copy.media_type or "",
        class_id=item.class_id,
        schedule_version=item.schedule_version,
        due_on=item.due_latest,
        evidence=tuple(shown(reason) for reason in answer.reasons),
    )


def _parts(items: list[BatchItem]) -> Iterator[tuple[BatchItem, ...]]:
    for start in range(0, len(items), MAX_ITEMS_PER_BATCH):
        part = items[start : start + MAX_ITEMS_PER_BATCH]
        yield tuple(replace(item, number=number) for number, item in enumerate(part))


def _save(tx: Transaction, plan: BatchPlan, schedule_version: str, *, person: Person, at: datetime) -> ProposedBatch:
    made = ProposedBatch(
        batch_id=BatchId(f"B-{batches.next_number(tx):04d}"),
        asset=assets.asset(tx, plan.asset_id),
        class_id=plan.class_id,
        schedule_version=schedule_version,
        proposer_id=person.person_id,
        proposed_at=at,
        items=plan.items,
        manifest_root=plan.manifest_root,
    )
    batches.add(tx, made)
    recording.note(
        tx,
        recording.drafted(
            EntryType.BATCH_PROPOSED,
            at=at,
            actor=person.person_id,
            body={
                "batch": made.batch_id,
                "asset": made.asset.asset_id,
                "class": made.class_id,
                "schedule": schedule_version,
                "items": len(made.items),
                "bytes": made.size_bytes,
                "manifest": made.manifest_root,
                "proposer": person.person_id,
            },
            disclosures={"proposer_name": person.name},
        ),
    )
    return made
