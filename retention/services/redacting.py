"""Dropping personal values that the log only commits to: on request, or because they have been kept long enough.

What was destroyed, when, by which rule and on whose approval stays for good, under pseudonyms; paths, names, reasons
and digests may go (UK GDPR 5(1)(e), 17). A redaction is planned, shown, and done on demand; the log says who did it,
on what ground and on whose authority, before anything is erased. What is under a hold or not finished is refused.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from disposal_log import DisposalLog, EntryType, LogReader, StoredEntry
from disposal_log.files.sidecar import ValueSpan
from retention.domain.assets import AssetId
from retention.domain.holds import HoldRegister
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, UnknownThingError
from retention.services import recording
from retention.services.disposing.gates import check_holds
from retention.services.disposing.journal import BatchTrail
from retention.services.log_access import our_errors
from retention.services.workspace import Workspace
from retention.store import holds
from retention.store.catalogue import Catalogue, Transaction, lock_register
from rules import InvalidPeriodError, Period, add_period

MOST_SPANS = 500  # of one entry, which may be 65,535 bytes long
_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_LONGEST_AUTHORITY = 500
LINGERING = "are still there that the log calls redacted"  # what the verifier says of values that came back


class Ground(StrEnum):
    """Why values are dropped: an erasure request, the log's own rule, a disclosure to be limited, or another reason."""

    ART17 = "art17"
    SCHEDULE = "schedule"
    FOI = "foi"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which values are meant: every part that is given must fit. No `fields` means all of them.

    `older_than` is asked of the day on which a batch was closed, and of an entry of no batch, of its own day.
    """

    batch_id: str | None = None
    first: int | None = None
    last: int | None = None
    older_than: date | None = None
    kept_for: Period | None = None
    fields: frozenset[str] = frozenset()

    def is_old_enough(self, on: date, *, as_of: date) -> bool:
        """Tell whether what was finished on that day is meant."""
        if self.kept_for is not None:
            return add_period(on, self.kept_for) <= as_of
        return self.older_than is None or on < self.older_than


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why, on whose authority and at whose request: this stands in the log for good, so it names nobody."""

    ground: Ground
    authority: str
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionPlan:
    """What would be erased, and what may not be, with the reasons.

    Attributes:
        values: How many values are still here and would go.
        entries: In how many entries.
        by_field: How many of each name.
        batches: Whose values they are.
        refused: How many values stay, by reason.
        spans: Where they are.
    """

    values: int
    entries: int
    by_field: Mapping[str, int]
    batches: tuple[str, ...]
    refused: Mapping[str, int]
    spans: tuple[ValueSpan, ...]


@dataclass(slots=True)
class _Batch:
    asset_id: str = ""
    class_id: str = ""
    over_on: date | None = None
    approvers: set[str] = field(default_factory=set)
    held_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    asset_id: AssetId
    class_id: str | None
    path: str
    sha256: str | None


@dataclass(slots=True)
class _Known:
    """What the whole log says of its batches, and which holds are in force by it."""

    register: HoldRegister
    batches: dict[str, _Batch] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)

    def of(self, batch_id: str) -> _Batch:
        return self.batches.setdefault(batch_id, _Batch())


def kept_for(setting: str | None) -> Period | None:
    """Read `[log] drop_personal_values_after`; None when values are kept until somebody asks.

    Raises:
        InvalidInputError: It is no period.
    """
    try:
        return None if setting is None else Period.parse(setting)
    except InvalidPeriodError as error:
        raise InvalidInputError(
            what=f"[log] drop_personal_values_after: {error}",
            not_done="Nothing was redacted.",
            next_step='Write it as in a schedule, such as "P7Y", in retention.toml.',
        ) from error


def plan_redaction(
    log: Path, sidecar: Path, catalogue: Catalogue, choice: Choice, *, as_of: date, person: Person | None = None
) -> RedactionPlan:
    """Say what a redaction would erase; nothing is touched and no key is needed.

    Raises:
        UnknownThingError: The log tells of no such batch.
        CatalogueDamagedError: The catalogue does not know a hold that is in force by the log.
        LogDamagedError, LogUnavailableError: The log or its values cannot be read.
    """
    with our_errors(), LogReader(log, sidecar_directory=sidecar) as reader, catalogue.reading() as tx:
        return _plan(reader, tx, choice, as_of=as_of, person=person)


def due_by_schedule(workspace: Workspace, catalogue: Catalogue, *, as_of: date) -> str:
    """Say what the log's own rule would drop by now; raises as `kept_for` and `plan_redaction` do."""
    period = kept_for(workspace.settings().drop_personal_values_after)
    if period is None:
        return "no rule says when to drop them ([log] drop_personal_values_after)"
    plan = plan_redaction(workspace.log, workspace.sidecar, catalogue, Choice(kept_for=period), as_of=as_of)
    if not plan.values:
        return f"none is past {period.in_words}"
    return f"{plan.values} are past {period.in_words}. Run: retention log redact --by-schedule"


def redact(
    log: DisposalLog,
    catalogue: Catalogue,
    choice: Choice,
    reasons: Reasons,
    *,
    person: Person,
    at: datetime,
    as_of: date,
) -> RedactionPlan:
    """Record and erase; return what was erased. Nobody can place a hold meanwhile.

    Raises:
        RefusedByPolicyError: `person` is no records manager, or nothing of it may be redacted.
        InvalidInputError: The reasons cannot stand in the log.
        UnknownThingError, CatalogueDamagedError: As for the plan.
        LogUnavailableError, DiskFullError: It could not be recorded, or not wholly erased; what the log says is erased
            is erased when it is next opened.
    """
    check_may_redact(person)
    _check(reasons)
    with our_errors(), catalogue.transaction() as tx:
        lock_register(tx)
        plan = _plan(log, tx, choice, as_of=as_of, person=person)
        if not plan.values and plan.refused:
            raise RefusedByPolicyError(
                what="; ".join(plan.refused),
                not_done="Nothing was redacted.",
                next_step="Come back when that has ended.",
            )
        for start in range(0, len(plan.spans), MOST_SPANS):
            body: dict[str, Any] = {
                "ground": str(reasons.ground),
                "authority": reasons.authority,
                "requested_by": reasons.requested_by,
            }
            if choice.kept_for is not None:
                body["kept_for"] = str(choice.kept_for)
            draft = recording.drafted(EntryType.REDACTION, at=at, actor=person.person_id, body=body)
            log.redact_all(draft, plan.spans[start : start + MOST_SPANS])
    return plan


def erase_again(log: DisposalLog, *, person: Person) -> int:
    """Erase what the log calls redacted and a restored backup brought back; return how many values that was.

    Raises:
        RefusedByPolicyError: `person` is no records manager.
        LogUnavailableError, DiskFullError: The disk refuses.
    """
    check_may_redact(person)
    with our_errors():
        return log.erase_redacted()


def check_may_redact(person: Person) -> None:
    """Raise unless `person` is a records manager.

    Raises:
        RefusedByPolicyError: They are not.
    """
    if not person.has(Role.RECORDS_MANAGER):
        raise RefusedByPolicyError(
            what=f"{person.person_id} is no records manager, and nobody else redacts the destruction log",
            not_done="Nothing was redacted.",
            next_step="Ask one who did not approve what is to be redacted.",
        )


def _check(reasons: Reasons) -> None:
    wrong = ""
    if not reasons.authority.strip() or len(reasons.authority) > _LONGEST_AUTHORITY:
        wrong = f"the authority is empty or longer than {_LONGEST_AUTHORITY} characters"
    elif not _PSEUDONYM.fullmatch(reasons.requested_by):
        wrong = f"{reasons.requested_by[:80]!a} cannot stand for who asked"
    if wrong:
        raise InvalidInputError(
            what=wrong,
            not_done="Nothing was redacted.",
            next_step="Both stay in the log for good: give an authority, and a case number or pseudonym, never a name.",
        )


def _plan(
    log: DisposalLog | LogReader, tx: Transaction, choice: Choice, *, as_of: date, person: Person | None
) -> RedactionPlan:
    known = _Known(holds.active_register(tx))
    for stored in recording.signed_entries(log):
        _learn(known, stored)
    check_holds(tx, BatchTrail(holds=known.holds))
    if choice.batch_id is not None and choice.batch_id not in known.batches:
        raise UnknownThingError(kind="batch", name=choice.batch_id)
    spans = _Spans()
    by_field: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    batches: set[str] = set()
    entries = 0
    for stored in log.entries():
        here = _chosen_here(stored, choice, known, as_of=as_of)
        why_not = _why_not(stored, known, person) if here else None
        if why_not is not None:
            refused[why_not] += len(here)
            here = frozenset()
        spans.add(stored, here)
        by_field.update(here)
        entries += bool(here)
        if here and "batch" in stored.entry:
            batches.add(str(stored.entry["batch"]))
    return RedactionPlan(
        values=by_field.total(),
        entries=entries,
        by_field=dict(sorted(by_field.items())),
        batches=tuple(sorted(batches)),
        refused=dict(sorted(refused.items())),
        spans=tuple(spans.ended()),
    )


def _learn(known: _Known, stored: StoredEntry) -> None:
    entry: Mapping[str, Any] = stored.entry
    match entry["type"]:
        case EntryType.HOLD_PLACED:
            known.holds.add(str(entry["hold"]))
        case EntryType.HOLD_LIFTED:
            known.holds.discard(str(entry["hold"]))
        case EntryType.BATCH_PROPOSED:
            batch = known.of(entry["batch"])
            batch.asset_id, batch.class_id = entry["asset"], entry["class"]
            _look_for_hold(known, batch, stored)
        case EntryType.BATCH_DECISION if entry["decision"] == "approve":
            known.of(entry["batch"]).approvers.add(entry["decider"])
        case EntryType.BATCH_DECISION if entry["decision"] == "keep":
            known.of(entry["batch"]).over_on = _day(entry)
        case EntryType.ITEM_OUTCOME:
            _look_for_hold(known, known.of(entry["batch"]), stored)
        case EntryType.BATCH_CLOSED:
            known.of(entry["batch"]).over_on = _day(entry)
        case _:
            return


def _look_for_hold(known: _Known, batch: _Batch, stored: StoredEntry) -> None:
    """One held item holds all values of its batch: who decided on it is part of its story."""
    if batch.held_by is None:
        class_id = str(stored.entry.get("class", batch.class_id))
        batch.held_by = _hold_on(known, stored, asset_id=batch.asset_id, class_id=class_id)


def _hold_on(known: _Known, stored: StoredEntry, *, asset_id: str, class_id: str | None) -> str | None:
    if not known.register.holds:
        return None
    said = stored.disclosures or {}
    path, digest = said.get("path", ""), said.get("sha256")
    subject = _Subject(
        asset_id=AssetId(asset_id),
        class_id=class_id,
        path=os.fsdecode(path),
        sha256=digest if isinstance(digest, str) else None,
    )
    return next((str(hold.hold_id) for hold in known.register.holds_on(subject)), None)


def _chosen_here(stored: StoredEntry, choice: Choice, known: _Known, *, as_of: date) -> frozenset[str]:
    """Return the names of values of this entry that are meant and still here."""
    names = frozenset(stored.disclosures or ())
    if choice.fields:
        names &= choice.fields
    entry = stored.entry
    if not names or (choice.batch_id is not None and entry.get("batch") != choice.batch_id):
        return frozenset()
    if choice.first is not None and not choice.first <= stored.seq <= (choice.last or choice.first):
        return frozenset()
    on = known.of(str(entry["batch"])).over_on if "batch" in entry else _day(entry)
    return names if choice.is_old_enough(on or _day(entry), as_of=as_of) else frozenset()


def _why_not(stored: StoredEntry, known: _Known, person: Person | None) -> str | None:
    """Say why no value of this entry may go, if none may."""
    entry = stored.entry
    if "batch" in entry:
        name = str(entry["batch"])
        batch = known.of(name)
        if batch.over_on is None:
            return f"batch {name} is not closed"
        if batch.held_by is not None:
            return f"batch {name} is under hold {batch.held_by}"
        if person is not None and person.person_id in batch.approvers:
            return f"{person.person_id} approved batch {name}; another records manager must redact it"
        return None
    if entry.get("hold") in known.holds:
        return f"hold {entry['hold']} is in force"
    held_by = _hold_on(known, stored, asset_id=str(entry.get("asset", "")), class_id=None)
    return None if held_by is None else f"it is under hold {held_by}"


def _day(entry: Mapping[str, Any]) -> date:
    return datetime.fromisoformat(str(entry["time"])).date()


class _Spans:
    """Joins chosen values of neighbouring entries, never over a value of the same name that was not chosen."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[int, int]] = {}
        self._ended: dict[tuple[int, int], list[str]] = {}

    def add(self, stored: StoredEntry, chosen: frozenset[str]) -> None:
        commitments = stored.entry.get("sd")
        for name in commitments if isinstance(commitments, dict) else ():
            if name in chosen:
                self._runs[name] = (self._runs.get(name, (stored.seq, stored.seq))[0], stored.seq)
            else:
                self._end(name)

    def ended(self) -> Iterator[ValueSpan]:
        for name in tuple(self._runs):
            self._end(name)
        for (first, last), names in sorted(self._ended.items()):
            yield ValueSpan(first=first, last=last, names=tuple(sorted(names)))

    def _end(self, name: str) -> None:
        if (span := self._runs.pop(name, None)) is not None:
            self._ended.setdefault(span, []).append(name)
