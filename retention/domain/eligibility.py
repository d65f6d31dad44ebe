"""Eligibility: may this copy be proposed for disposal on a given day, and every reason for the answer.

A pure function of what is known; no clock is read (Slipcase Records Profile 8; MoReq2010 chapter 8).
Silence means keep: anything missing, doubtful or unknown is *not eligible*, and says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest

from retention.domain.assets import AssetId
from retention.domain.holds import DisposalHold
from retention.domain.naming import shown
from retention.domain.records import CopyState, RecordCopy
from rules import DisposalAction


class EligibilityState(StrEnum):
    """The five answers; only ELIGIBLE lets a copy into a batch."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    REVIEW_DUE = "review_due"
    AWAITING_TRIGGER = "awaiting_trigger"
    CANNOT_EVALUATE = "cannot_evaluate"


class Queue(StrEnum):
    """Where a copy waits; every known entry is in exactly one queue."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    REVIEW_DUE = "review_due"
    AWAITING_TRIGGER = "awaiting_trigger"
    CANNOT_EVALUATE = "cannot_evaluate"
    UNCLASSIFIED = "unclassified"
    CONFLICT = "conflict"
    PERMANENT = "permanent"
    HELD = "held"
    IN_BATCH = "in_batch"
    DESTROYED = "destroyed"
    MISSING = "missing"
    SKIPPED = "skipped"
    PROTECTED = "protected"


class Outcome(StrEnum):
    """What classification came to."""

    CLASSIFIED = "classified"
    UNCLASSIFIED = "unclassified"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppraisedCopy:
    """A copy with what the rules made of it: everything eligibility depends on but the day and the holds.

    `due_earliest` and `due_latest` bound the day the period ends; None is "not bounded". `case_path` is the folder or
    file that falls due as one. A stale appraisal was made before something that was said about the copy since.
    """

    copy: RecordCopy
    outcome: Outcome | None
    class_id: str | None
    schedule_version: str | None
    action: DisposalAction | None
    due_earliest: date | None
    due_latest: date | None
    reasons: tuple[str, ...]
    questions: tuple[str, ...]
    flags: tuple[str, ...]
    in_batch: str | None = None
    case_path: str | None = None
    is_stale: bool = False

    @property
    def asset_id(self) -> AssetId:  # a HoldSubject
        """Return the asset of the copy."""
        return self.copy.asset_id

    @property
    def path(self) -> str:
        """Return the path of the copy below its root."""
        return self.copy.path

    @property
    def sha256(self) -> str | None:
        """Return the digest of the copy's content."""
        return self.copy.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The answer for one copy on one day, with all its reasons."""

    state: EligibilityState
    queue: Queue
    as_of: date
    reasons: tuple[str, ...]
    flags: tuple[str, ...]


def evaluate(
    item: AppraisedCopy, *, holds: tuple[DisposalHold, ...], hold_reasons: tuple[str, ...], as_of: date
) -> Eligibility:
    """Return whether `item` may be proposed on `as_of`, with every reason for and against.

    The rules' own flags are passed on. What depends on the day is added here: `past_maximum` and
    `duty_to_destroy_overdue` once a deadline has passed, and `over_retained` where nothing but a disposal is
    missing, or where a deadline has passed and no hold forbids it (Slipcase Records Profile 8.3).
    """
    obstacles = tuple(_obstacles(item, holds, hold_reasons, as_of))
    overdue = _overdue(item, as_of)
    if not obstacles:
        return Eligibility(
            state=EligibilityState.ELIGIBLE,
            queue=Queue.ELIGIBLE,
            as_of=as_of,
            reasons=(*item.reasons, f"due by {item.due_latest} at the latest, asked on {as_of}", *overdue, "no hold"),
            flags=(*item.flags, *_flags_of_day(item, overdue), "over_retained"),
        )
    first = min(obstacles, key=lambda obstacle: _PRECEDENCE.index(obstacle.queue))
    is_held = bool(holds or hold_reasons)
    return Eligibility(
        state=first.state,
        queue=first.queue,
        as_of=as_of,
        reasons=(*item.reasons, *overdue, *(obstacle.reason for obstacle in obstacles)),
        flags=(*item.flags, *_flags_of_day(item, overdue), *(("over_retained",) if overdue and not is_held else ())),
    )


def _overdue(item: AppraisedCopy, as_of: date) -> tuple[str, ...]:
    """Return that the day has passed after which keeping it is a breach; a copy that is gone is none."""
    if item.copy.state in (CopyState.MISSING, CopyState.DESTROYED):
        return ()
    return tuple(
        f"to be kept no longer than {last_day}, asked on {as_of}"
        for last_day in _days(item.flags, _NO_LONGER_THAN)
        if last_day is not None and last_day < as_of
    )


def _flags_of_day(item: AppraisedCopy, overdue: tuple[str, ...]) -> tuple[str, ...]:
    if not overdue:
        return ()
    return ("duty_to_destroy_overdue",) if "duty_to_destroy" in item.flags else ("past_maximum",)


# what the rules say with a day, which only the day of asking gives a meaning
_NO_LONGER_THAN, _VALID_FROM, _VALID_TO = "no_longer_than:", "schedule_valid_from:", "schedule_valid_to:"


def _days(flags: tuple[str, ...], name: str) -> list[date | None]:
    """Return the days of the flags called `name`; None for one that cannot be read."""
    return [_day(flag.removeprefix(name)) for flag in flags if flag.startswith(name)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Obstacle:
    queue: Queue
    state: EligibilityState
    reason: str


# Which queue a copy waits in when several things stand in the way: first what is no longer there, then
# orders to keep, then what a person must settle, last what only time settles.
_PRECEDENCE = (
    Queue.DESTROYED,
    Queue.MISSING,
    Queue.SKIPPED,
    Queue.HELD,
    Queue.IN_BATCH,
    Queue.CANNOT_EVALUATE,
    Queue.CONFLICT,
    Queue.UNCLASSIFIED,
    Queue.PERMANENT,
    Queue.NOT_ELIGIBLE,
    Queue.AWAITING_TRIGGER,
    Queue.REVIEW_DUE,
    Queue.PROTECTED,
)


def _obstacles(
    item: AppraisedCopy, holds: tuple[DisposalHold, ...], hold_reasons: tuple[str, ...], as_of: date
) -> Iterator[_Obstacle]:
    yield from _presence(item.copy)
    yield from _elsewhere(item.copy)
    for hold, reason in zip_longest(holds, hold_reasons):
        # a hold without a sentence, or a sentence without a hold, still keeps the copy
        yield _Obstacle(Queue.HELD, EligibilityState.NOT_ELIGIBLE, reason or f"held by {hold.hold_id}")
    if item.in_batch is not None:
        yield _Obstacle(Queue.IN_BATCH, EligibilityState.NOT_ELIGIBLE, f"already in batch {item.in_batch}")
    if not item.copy.is_present:
        return
    if item.copy.content_unread:
        yield _unsure(Queue.CANNOT_EVALUATE, f"the content could not be examined: {item.copy.detail}")
    if item.is_stale:
        yield _unsure(
            Queue.CANNOT_EVALUATE, "something was said or found out since: it must be compared with the schedule again"
        )
    yield from _classification(item)
    if item.outcome is Outcome.CLASSIFIED:
        yield from _action_and_date(item, as_of)


def _unsure(queue: Queue, reason: str) -> _Obstacle:
    return _Obstacle(queue, EligibilityState.CANNOT_EVALUATE, reason)


def _presence(copy: RecordCopy) -> Iterator[_Obstacle]:
    match copy.state:
        case CopyState.PRESENT:
            if copy.sha256 is None and not copy.is_claimed:
                yield _unsure(Queue.CANNOT_EVALUATE, "the content has no digest, so an approval could not be pinned")
            elif copy.link_count > 1:
                yield _Obstacle(
                    Queue.CANNOT_EVALUATE,
                    EligibilityState.CANNOT_EVALUATE,
                    f"the file has {copy.link_count} names (hard links): removing one would not destroy it",
                )
        case CopyState.SKIPPED:
            yield _unsure(Queue.SKIPPED, f"not examined: {copy.finding} ({shown(copy.detail)})")
        case CopyState.UNREADABLE:
            yield _unsure(Queue.CANNOT_EVALUATE, f"could not be read: {copy.finding} ({shown(copy.detail)})")
        case CopyState.MISSING:
            yield _unsure(Queue.MISSING, "no longer found by the last scan")
        case CopyState.DESTROYED:
            yield _Obstacle(Queue.DESTROYED, EligibilityState.NOT_ELIGIBLE, "destroyed; see the destruction log")


def _elsewhere(copy: RecordCopy) -> Iterator[_Obstacle]:
    """Yield what keeps a record that lies elsewhere: always that nothing can be removed there from here."""
    if copy.is_beyond_reach:
        yield _Obstacle(
            Queue.PROTECTED,
            EligibilityState.NOT_ELIGIBLE,
            "it lies on a share that is read over the network and not mounted here; nothing can be removed there from "
            "here",
        )
    if copy.protections is None:
        return
    for reason in copy.protections:
        yield _Obstacle(Queue.PROTECTED, EligibilityState.NOT_ELIGIBLE, f"protected where it lies: {reason}")
    yield _Obstacle(
        Queue.PROTECTED,
        EligibilityState.NOT_ELIGIBLE,
        "it lies in another system, which an export tells of; nothing can be removed there from here",
    )


def _classification(item: AppraisedCopy) -> Iterator[_Obstacle]:
    match item.outcome:
        case None:
            yield _unsure(Queue.UNCLASSIFIED, "not yet compared with the schedule")
        case Outcome.UNCLASSIFIED:
            yield _unsure(Queue.UNCLASSIFIED, "no disposal class fits: kept until a person classifies it")
        case Outcome.CONFLICT:
            yield _unsure(Queue.CONFLICT, "two disposal classes fit: kept until a person chooses")
        case Outcome.CLASSIFIED:
            if item.class_id is None or item.schedule_version is None:
                yield _unsure(Queue.UNCLASSIFIED, "no disposal class is named: kept until a person classifies it")


def _action_and_date(item: AppraisedCopy, as_of: date) -> Iterator[_Obstacle]:
    if item.action is DisposalAction.RETAIN_PERMANENTLY:
        yield _Obstacle(Queue.PERMANENT, EligibilityState.NOT_ELIGIBLE, "the class is kept permanently")
        return
    if item.action is None or item.action is DisposalAction.RETAIN_ON_HOLD:
        yield _unsure(Queue.CANNOT_EVALUATE, "the class states no action: kept")
        return
    yield from _rule(item, as_of)
    if item.due_earliest is not None and item.due_earliest > as_of:
        yield _Obstacle(
            Queue.NOT_ELIGIBLE,
            EligibilityState.NOT_ELIGIBLE,
            f"not due before {item.due_earliest}, asked on {as_of}",
        )
    elif item.due_latest is None or item.due_latest > as_of:
        questions = " ".join(item.questions) or "the date that starts the period is not settled"
        yield _Obstacle(Queue.AWAITING_TRIGGER, EligibilityState.AWAITING_TRIGGER, f"not surely due: {questions}")
    elif item.action in (DisposalAction.REVIEW, DisposalAction.TRANSFER):
        yield _Obstacle(
            Queue.REVIEW_DUE, EligibilityState.REVIEW_DUE, f"due since {item.due_latest}: {_what_to_do(item)}"
        )


def _what_to_do(item: AppraisedCopy) -> str:
    if item.action is DisposalAction.TRANSFER:
        return "it must be offered to the archive"
    if "needs_archivist" in item.flags:
        return "the archivist must agree before it is destroyed"
    return "a person must review it"


def _rule(item: AppraisedCopy, as_of: date) -> Iterator[_Obstacle]:
    """Yield what is the matter with the rule itself: not in force, retired, not computable, or contradicted."""
    for first_day in _days(item.flags, _VALID_FROM):
        if first_day is None or first_day > as_of:
            yield _unsure(
                Queue.CANNOT_EVALUATE, f"the schedule is not in force before {first_day or 'a day that cannot be read'}"
            )
    for last_day in _days(item.flags, _VALID_TO):
        if last_day is None or last_day < as_of:
            yield _unsure(
                Queue.CANNOT_EVALUATE,
                f"the schedule expired at the end of {last_day or 'a day that cannot be read'}: nothing is due under "
                "it until a new version is published",
            )
    if "retired_class" in item.flags:
        yield _unsure(Queue.CANNOT_EVALUATE, "its class is retired: kept until a person gives it another")
    if "descriptive_rule" in item.flags:
        yield _unsure(Queue.CANNOT_EVALUATE, "its rule cannot be computed: kept until a person decides")
    if "max_before_min_conflict" in item.flags:
        yield _Obstacle(
            Queue.CONFLICT,
            EligibilityState.NOT_ELIGIBLE,
            "one class that fits wants it gone before another lets it go: kept until a person resolves it",
        )
