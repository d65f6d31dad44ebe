"""Clauses: how a class's period and action change with facts, and what is done while a fact is not known.

An unknown fact never shortens. It lengthens to the longest branch, or leaves the end unsettled and asks;
only a presumption that the schedule itself states, with its reason, lets the rest of the rule run, and every
such decision says so (`presumed:<fact>`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import assert_never

from rules.classifying.classification import RecordFacts
from rules.cues.language import parse_cue
from rules.cues.matching import CueMatcher, fold_path_part, fold_text
from rules.dates.dating import date_trigger
from rules.dates.due import DueInterval, earlier_of, later_of
from rules.dates.evidence import AttestedEvent, TriggerDate
from rules.model import (
    FILE_TRIGGERS,
    Clause,
    Clock,
    Combine,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Strength,
    Term,
    WhenUnknown,
    clocks_of,
)
from rules.ruling.terms import Run, run_term

# Known overrides first, because they replace the rule that the others lengthen; what shortens comes before
# what lengthens, so that nothing shortens a clock that was added for a doubt.
_ORDER = (Combine.SAME, Combine.OVERRIDE, Combine.EARLIER, Combine.LATER, Combine.SUSPEND, Combine.BECOMES)


@dataclass(slots=True, kw_only=True)
class Ruling:
    """The rule as it stands for one file while its clauses are gone through."""

    entry: DisposalClass
    trigger: TriggerDate
    due: DueInterval | None
    action: DisposalAction
    flags: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    is_overridden: bool = False

    def leave_unsettled(self, question: str) -> None:
        """Let the end of the period be unknown until `question` is answered."""
        if self.due is not None:
            self.due = replace(self.due, latest=None)
        self.questions.append(question)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What a ruling is made from."""

    facts: RecordFacts
    schedule: DisposalSchedule
    events: tuple[AttestedEvent, ...]
    answers: Mapping[str, bool]


def rule_on(
    entry: DisposalClass,
    facts: RecordFacts,
    *,
    schedule: DisposalSchedule,
    events: tuple[AttestedEvent, ...],
    answers: Mapping[str, bool],
) -> Ruling:
    """Return how `entry` rules a file: its clock, every clause, and what they leave to be asked."""
    case = _Case(facts=facts, schedule=schedule, events=events, answers=answers)
    return _rule(entry, case, seen=())


def _rule(entry: DisposalClass, case: _Case, *, seen: tuple[str, ...]) -> Ruling:
    becoming = [one for one in entry.clauses if one.becomes is not None and case.answers.get(one.fact) is True]
    if len(becoming) == 1:  # of several, a person must say which
        other = case.schedule.by_id[becoming[0].becomes or ""]
        if other.id not in (*seen, entry.id):
            ruling = _rule(other, case, seen=(*seen, entry.id))
            ruling.reasons.insert(0, f"{entry.id} becomes {other.id}: {becoming[0].when}")
            return ruling
    run = _run(entry.clock, entry, case)
    ruling = Ruling(entry=entry, trigger=run.trigger, due=run.due, action=entry.action)
    if entry.action is DisposalAction.TRANSFER and ruling.due is None:
        ruling.action = DisposalAction.RETAIN_PERMANENTLY
        ruling.flags.append("offer_to_archive")
    known = [clause for clause in entry.clauses if case.answers.get(clause.fact) is True]
    unknown = [clause for clause in entry.clauses if clause.fact not in case.answers]
    for clause in sorted(known, key=_order):
        ruling.reasons.append(f"so it is: {clause.when}")
        _apply(clause, ruling, case)
    for clause in sorted(unknown, key=_order):
        _doubt(clause, ruling, case)
    if ruling.due is not None and ruling.due.latest is None:
        ruling.questions += run.questions if ruling.trigger is run.trigger else _question_of(ruling.trigger)
    return ruling


def _order(clause: Clause) -> tuple[int, str, str]:
    return (_ORDER.index(clause.combine), clause.fact, clause.when)


def _apply(clause: Clause, ruling: Ruling, case: _Case) -> None:
    """Apply a clause whose fact holds."""
    match clause.combine:
        case Combine.SAME:
            return
        case Combine.OVERRIDE:
            _override(clause, ruling, case)
        case Combine.EARLIER:
            ruling.due = earlier_of(ruling.due, _branch(clause, ruling, case)[1])
        case Combine.LATER:
            ruling.due = later_of(ruling.due, _branch(clause, ruling, case)[1])
        case Combine.SUSPEND:
            ruling.flags.append(f"suspended:{clause.fact}")
            ruling.leave_unsettled(f"Is it over: {clause.when}?")
        case Combine.BECOMES:
            ruling.leave_unsettled(f"Which rule applies: {clause.when}?")
        case _:
            assert_never(clause.combine)


def _override(clause: Clause, ruling: Ruling, case: _Case) -> None:
    if clause.clock is not None:
        trigger, due = _branch(clause, ruling, case)
        # of two overrides that both hold, the longer governs
        ruling.due = later_of(ruling.due, due) if ruling.is_overridden else due
        ruling.trigger = trigger
        ruling.is_overridden = True
        if ruling.action is DisposalAction.RETAIN_PERMANENTLY and clause.action is None:
            ruling.action = DisposalAction.REVIEW
    if clause.action is not None:
        ruling.action = clause.action
    if ruling.action is DisposalAction.RETAIN_PERMANENTLY:
        ruling.due = None


def _doubt(clause: Clause, ruling: Ruling, case: _Case) -> None:
    """Apply a clause of which nobody has said whether its fact holds: never shorter, or asked."""
    if clause.combine is Combine.SAME or ruling.due is None:
        return
    if clause.combine is Combine.EARLIER:
        ruling.reasons.append(f"not known: {clause.when}; the longer period is kept")
        return
    if clause.unknown is WhenUnknown.PRESUME_ABSENT:
        sign = _sign(clause, case.facts)
        if sign is None:
            ruling.flags.append(f"presumed:{clause.fact}")
            ruling.reasons.append(f"presumed not so: {clause.when} (the schedule says: {clause.presumption})")
            return
        ruling.reasons.append(f"not presumed, because of '{sign}': {clause.when}")
    ruling.flags.append(f"unknown:{clause.fact}")
    if clause.unknown is WhenUnknown.LONGEST and clause.clock is not None and _ends(clause.clock):
        _lengthen(clause, ruling, case)
    else:
        ruling.reasons.append(f"not known: {clause.when}; kept until a person says")
        ruling.leave_unsettled(f"Is it so: {clause.when}?")


def _ends(term: Term) -> bool:
    """Tell whether every clock of `term` runs for a stated time."""
    return all(clock.period is not None for clock in clocks_of(term))


def _lengthen(clause: Clause, ruling: Ruling, case: _Case) -> None:
    trigger, branch = _branch(clause, ruling, case)
    longest = later_of(ruling.due, branch)
    was_settled = ruling.due is not None and ruling.due.latest is not None
    is_settled = longest is not None and longest.latest is not None
    if ruling.due is not None and longest is not None and ruling.due.latest == longest.latest:
        longest = replace(longest, arithmetic=ruling.due.arithmetic)
    ruling.due = longest
    ruling.reasons.append(f"not known: {clause.when}; the longest period is kept")
    if clause.action is not None:
        ruling.action = min(ruling.action, clause.action)
    if was_settled and not is_settled:
        ruling.questions.append(f"Is it so: {clause.when}?")
        if trigger.question is not None:
            ruling.questions.append(trigger.question)


def _branch(clause: Clause, ruling: Ruling, case: _Case) -> tuple[TriggerDate, DueInterval | None]:
    """Return when the clause's own term started and ends."""
    run = _run(clause.clock if clause.clock is not None else ruling.entry.clock, ruling.entry, case)
    return run.trigger, run.due


def _run(term: Term, entry: DisposalClass, case: _Case) -> Run:
    def date_of(clock: Clock) -> TriggerDate:
        return date_trigger(
            clock,
            case.facts,
            schedule=case.schedule,
            events=case.events,
            accepts=_accepted(clock, entry),
            level=entry.level,
        )

    return run_term(term, schedule=case.schedule, date_of=date_of)


def _question_of(trigger: TriggerDate) -> list[str]:
    return [] if trigger.question is None else [trigger.question]


def _accepted(clock: Clock, entry: DisposalClass) -> Strength:
    """Return the weakest evidence a clause's clock may be settled by: the class's for its own kind of date."""
    own = {one.trigger for one in clocks_of(entry.clock)}
    is_own = clock.trigger in own
    is_of_file = clock.trigger in FILE_TRIGGERS and not own.isdisjoint(FILE_TRIGGERS)
    return entry.accepts if is_own or is_of_file else Strength.A


def _sign(clause: Clause, facts: RecordFacts) -> str | None:
    """Return the first sign in the path or text that forbids the clause's presumption."""
    matcher = _signs(clause.signs)
    path, text = "/".join(fold_path_part(part).folded for part in facts.path.split("/")), fold_text(facts.text).folded
    found = sorted(matcher.find(path.replace("/", " ").replace(".", " ")), key=lambda one: (one.start, one.key))
    found += sorted(matcher.find(text), key=lambda one: (one.start, one.key))
    return found[0].key if found else None


@lru_cache(maxsize=1024)
def _signs(signs: tuple[str, ...]) -> CueMatcher[str]:
    return CueMatcher((sign, parse_cue(sign, kind="text")) for sign in signs)
