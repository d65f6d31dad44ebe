"""What the destruction log says of a batch, and how a disposal writes to it.

After a crash nothing in memory or in the catalogue is believed: the log and the disk decide.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from disposal_log import DisposalLog, EntryDraft, EntryType, Phase, Result
from disposal_log.formats.anchoring import AnchorLedger
from retention.domain.batches import BatchItem, ItemState
from retention.domain.people import PersonId
from retention.services import recording

GROUP = 128  # items of one intent; two descriptors each stay far below the usual limit of 1,024

METHOD = "unlink"
ASSURANCE = "L1"  # deleted from the live file system; free blocks may hold the bytes until reused


# How each result in the log counts in the reconciliation; "restored" was taken out by a person.
STATE_OF_RESULT: Mapping[Result, ItemState] = {
    Result.QUARANTINED: ItemState.QUARANTINED,
    Result.DESTROYED: ItemState.DESTROYED,
    Result.NAME_REMOVED: ItemState.FAILED,
    Result.RESTORED: ItemState.EXCLUDED,
    Result.EXCLUDED: ItemState.EXCLUDED,
    Result.SKIPPED: ItemState.EXCLUDED,
    Result.HELD: ItemState.HELD,
    Result.CHANGED: ItemState.CHANGED,
    Result.MISSING: ItemState.MISSING,
    Result.FAILED: ItemState.FAILED,
    Result.ANOMALY: ItemState.FAILED,
}


@dataclass(slots=True)
class ItemTrail:
    """The last word of the log on one item: an intent without an outcome is open.

    `grace` is how long it was said, when it was quarantined, that it could be restored.
    """

    open_intent: Phase | None = None
    result: Result | None = None
    reason: str = ""
    quarantined_at: datetime | None = None
    grace: timedelta = timedelta()

    @property
    def is_final(self) -> bool:
        """Tell whether the item has its last word."""
        return self.result not in (None, Result.QUARANTINED)


@dataclass(slots=True)
class BatchTrail:
    """Everything the log says of one batch, every hold that it says is in force, and who has seen it outside."""

    proposals: list[dict[str, Any]] = field(default_factory=list)
    approval: dict[str, Any] | None = None
    holds: set[str] = field(default_factory=set)
    items: dict[int, ItemTrail] = field(default_factory=dict)
    is_closed: bool = False
    anchors: AnchorLedger = field(default_factory=AnchorLedger)

    def of(self, number: int) -> ItemTrail:
        """Return the trail of one item, empty when the log never named it."""
        return self.items.setdefault(number, ItemTrail())


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutcome:
    """What became of one item, as it goes into the log."""

    item: BatchItem
    result: Result
    reason: str
    detail: str = ""
    links_left: int | None = None

    @property
    def state(self) -> ItemState:
        """Return how this counts."""
        return STATE_OF_RESULT[self.result]

    @property
    def in_words(self) -> str:
        """Return reason and detail for people."""
        return "; ".join(part for part in (self.reason, self.detail) if part)


def read_trail(log: DisposalLog, batch_id: str, anchors: AnchorLedger) -> BatchTrail:
    """Read the whole log once and return what it says of the batch; `anchors` learns who has seen it outside.

    Raises:
        LogDamagedError: Its entries are not the ones that were signed.
    """
    trail = BatchTrail(anchors=anchors)
    for stored in recording.signed_entries(log):
        entry = stored.entry
        anchors.observe(stored.seq, entry)  # a receipt that is not in order counts for nothing
        match entry["type"]:
            case EntryType.HOLD_PLACED:
                trail.holds.add(str(entry["hold"]))
            case EntryType.HOLD_LIFTED:
                trail.holds.discard(str(entry["hold"]))
            case _ if entry.get("batch") == batch_id:
                _follow(trail, entry)
            case _:
                continue
    return trail


def announce(
    log: DisposalLog, batch_id: str, phase: Phase, items: Sequence[BatchItem], *, by: PersonId, at: datetime
) -> None:
    """Put the intent on disk, before anything is touched.

    Raises:
        disposal_log.LogError: It could not be written; the caller touches nothing.
    """
    body = {"batch": batch_id, "phase": str(phase), "items": [item.number for item in items]}
    log.append([recording.drafted(EntryType.BATCH_INTENT, at=at, actor=by, body=body)])


def record_outcomes(
    log: DisposalLog,
    batch_id: str,
    outcomes: Iterable[ItemOutcome],
    *,
    grace: timedelta,
    by: PersonId,
    at: datetime,
) -> None:
    """Put what happened on disk, one entry for each item, so that each has its own proof.

    With what was quarantined goes the `grace` it was promised: shorter settings later do not take it back.

    Raises:
        disposal_log.LogError: It could not be written; the caller does nothing more.
    """
    drafts = [_outcome_entry(batch_id, outcome, grace=grace, by=by, at=at) for outcome in outcomes]
    if drafts:
        log.append(drafts)


def record_hold_check(
    log: DisposalLog,
    batch_id: str,
    phase: Phase,
    *,
    register_version: int,
    held: int,
    by: PersonId,
    at: datetime,
) -> None:
    """Put on disk that the holds were consulted now, and at which version of the register."""
    body = {"batch": batch_id, "phase": str(phase), "register_version": str(register_version), "held": held}
    log.append([recording.drafted(EntryType.HOLD_CHECK, at=at, actor=by, body=body)])


def _outcome_entry(batch_id: str, outcome: ItemOutcome, *, grace: timedelta, by: PersonId, at: datetime) -> EntryDraft:
    item = outcome.item
    body: dict[str, Any] = {
        "batch": batch_id,
        "item": item.number,
        "result": str(outcome.result),
        "reason": outcome.reason,
        "size": item.size_bytes,
        "class": item.class_id,
        "rule": item.schedule_version,
    }
    if outcome.result in (Result.DESTROYED, Result.NAME_REMOVED):
        body |= {"method": METHOD, "assurance": ASSURANCE if outcome.result is Result.DESTROYED else "L0"}
    if outcome.result is Result.QUARANTINED:
        body["grace_days"] = grace.days
    if outcome.links_left is not None:
        body["links_left"] = outcome.links_left
    disclosures: dict[str, str | bytes] = {"path": os.fsencode(item.path), "sha256": item.sha256}
    if outcome.detail:
        disclosures["detail"] = outcome.detail
    return recording.drafted(EntryType.ITEM_OUTCOME, at=at, actor=by, body=body, disclosures=disclosures)


def _follow(trail: BatchTrail, entry: Mapping[str, Any]) -> None:
    match entry["type"]:
        case EntryType.BATCH_PROPOSED:
            trail.proposals.append(dict(entry))
        case EntryType.BATCH_DECISION:
            trail.approval = dict(entry) if entry["decision"] == "approve" else None
        case EntryType.BATCH_INTENT:
            for number in entry["items"]:
                trail.of(number).open_intent = Phase(entry["phase"])
        case EntryType.ITEM_OUTCOME:
            item = trail.of(entry["item"])
            item.open_intent, item.result, item.reason = None, Result(entry["result"]), entry["reason"]
            if item.result is Result.QUARANTINED:
                item.quarantined_at = datetime.fromisoformat(entry["time"])
                item.grace = timedelta(days=entry.get("grace_days", 0))
        case EntryType.BATCH_CLOSED:
            trail.is_closed = True
        case _:
            return
