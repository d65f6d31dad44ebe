"""Clauses: how a class's period and action change with facts, and what is done while a fact is not known.

An unknown fact never shortens. It lengthens to the longest branch, or leaves the end unsettled and asks;
only a presumption that the schedule itself states, with its reason, lets the rest of the rule run, and every
such decision says so (`presumed:<fact>`).
"""

from functools import lru_cache
from typing import assert_never

from rules.classifying.classification import RecordFacts
from rules.cues.language import parse_cue
from rules.cues.matching import CueMatcher, fold_path_part, fold_text
from rules.dates.dating import date_trigger
from rules.dates.due import DueInterval, earlier_of, later_of
from rules.dates.evidence import TriggerDate
from rules.model import (
    Clause,
    Clock,
    Combine,
    DisposalAction,
    DisposalClass,
    Level,
    Strength,
    Term,
    Trigger,
    WhenUnknown,
    clocks_of,
)
from rules.ruling.matter import Matter
from rules.ruling.outlines import Outline, outline_of
from rules.ruling.permissions import need_permission
from rules.ruling.questions import Question, whether, which
from rules.ruling.ruling import Ruling
from rules.ruling.terms import Dates, Run, run_term

_LONGEST = "assumed_longest_branch"
_NOWHERE = TriggerDate(trigger=Trigger.NONE, earliest=None, latest=None, evidence=(), question=None)


def rule_by_clauses(entry: DisposalClass, matter: Matter) -> Ruling:
    """Return how the term and the clauses of `entry` rule a file, and what they leave to be asked."""
    becoming = [one for one in entry.clauses if one.becomes is not None and matter.holds(one.fact)]
    if len(becoming) == 1:  # of several, a person must say which
        other = matter.schedule.by_id[becoming[0].becomes or ""]
        if other not in (*matter.through, entry):
            onward = matter._replace(through=(*matter.through, entry))
            return _become(entry, becoming[0], rule_by_clauses(other, onward), matter)
    outline = outline_of(entry)
    dates = _dates(entry, outline, matter)
    run = run_term(entry.clock, dates)
    ruling = Ruling(entry=entry, outline=outline, dates=dates, run=run, due=run.due, action=entry.action)
    ruling.be_as_careful_as(run.action)
    if ruling.due is None and entry.action is DisposalAction.TRANSFER:
        ruling.action = DisposalAction.RETAIN_PERMANENTLY
        ruling.flags.append("offer_to_archive")
    if outline.clauses:
        _go_through(outline.clauses, ruling, matter)
    ruling.reasons += ruling.run.reasons
    ruling.flags += ruling.run.flags
    if ruling.due is not None and ruling.due.latest is None:
        ruling.asked += ruling.run.asked
    return ruling


def _go_through(clauses: tuple[Clause, ...], ruling: Ruling, matter: Matter) -> None:
    """Apply the clauses whose facts hold, and then those of which nobody knows, each in the order of `clauses`."""
    unknown = []
    for clause in clauses:
        holds = matter.holds(clause.fact)
        if holds is None:
            unknown.append(clause)
        elif holds:
            ruling.reasons.append(f"so it is: {clause.when}")
            _apply(clause, ruling)
    for clause in unknown:
        _doubt(clause, ruling, matter)


def _become(entry: DisposalClass, clause: Clause, ruling: Ruling, matter: Matter) -> Ruling:
    """Return the other class's `ruling`, still waiting for whatever may suspend this one and whoever must agree."""
    ruling.reasons.insert(0, f"{entry.id} becomes {ruling.entry.id}: {clause.when}")
    for other in outline_of(entry).clauses:
        holds = matter.holds(other.fact)
        if other.combine is Combine.SUSPEND and holds is True:
            _suspend(other, ruling)
        elif other.combine is Combine.SUSPEND and holds is None:
            _doubt(other, ruling, matter)
        if holds is True:
            ruling.be_as_careful_as(other.action)
    need_permission(ruling, entry.approval, matter)
    return ruling


def _apply(clause: Clause, ruling: Ruling) -> None:
    """Apply a clause whose fact holds."""
    match clause.combine:
        case Combine.SAME:
            return
        case Combine.OVERRIDE:
            _override(clause, ruling)
        case Combine.EARLIER | Combine.LATER:
            combine = earlier_of if clause.combine is Combine.EARLIER else later_of
            branch = _branch(clause, ruling)
            _change_end(ruling, combine(ruling.due, branch.due))
            _take_in(branch, ruling)
            _also_ask(branch, ruling)
            ruling.be_as_careful_as(clause.action)
        case Combine.SUSPEND:
            _suspend(clause, ruling)
            ruling.be_as_careful_as(clause.action)
        case Combine.BECOMES:
            ruling.leave_unsettled(which(clause.becomes or "", f"Which rule applies: {clause.when}?"))
        case _:
            assert_never(clause.combine)


def _suspend(clause: Clause, ruling: Ruling) -> None:
    ruling.flags.append(f"suspended:{clause.fact}")
    ruling.leave_unsettled(whether(clause.fact, f"Is it over: {clause.when}?"))


def _change_end(ruling: Ruling, due: DueInterval | None) -> None:
    before, ruling.due = ruling.due, due
    ruling.is_changed = ruling.is_changed or _ends_of(before) != _ends_of(due)


def _ends_of(due: DueInterval | None) -> tuple[object, ...]:
    return () if due is None else (due.earliest, due.latest)


def _take_in(branch: Run, ruling: Ruling) -> None:
    ruling.reasons += branch.reasons
    ruling.flags += branch.flags
    ruling.be_as_careful_as(branch.action)


def _also_ask(branch: Run, ruling: Ruling) -> None:
    """Ask for the start of a branch that lets the end be unsettled."""
    is_unsettled = ruling.due is not None and ruling.due.latest is None
    if is_unsettled and branch.due is not None and branch.due.latest is None:
        ruling.asked += branch.asked


def _override(clause: Clause, ruling: Ruling) -> None:
    if clause.clock is not None:
        branch = _branch(clause, ruling)
        # of two overrides that both hold, the longer governs
        _change_end(ruling, later_of(ruling.due, branch.due) if ruling.is_end_overridden else branch.due)
        ruling.run = branch
        ruling.is_end_overridden = True
        is_untouched = clause.action is None and not ruling.is_action_overridden
        if is_untouched and ruling.action is DisposalAction.RETAIN_PERMANENTLY:
            ruling.action = DisposalAction.REVIEW
        ruling.be_as_careful_as(branch.action)
    if clause.action is not None:
        # of two that both hold, the one that destroys less, whatever their names
        is_second = ruling.is_action_overridden
        ruling.action = min(ruling.action, clause.action) if is_second else clause.action
        ruling.is_action_overridden = True
    ruling.be_as_careful_as(None)


def _doubt(clause: Clause, ruling: Ruling, matter: Matter) -> None:
    """Apply a clause of which nobody has said whether its fact holds: never shorter, or asked."""
    if clause.combine is Combine.SAME or ruling.due is None:
        return
    if clause.combine is Combine.EARLIER:
        ruling.be_as_careful_as(clause.action)
        ruling.flags.append(_LONGEST)
        ruling.reasons.append(f"not known: {clause.when}; the longer period is kept")
        return
    if clause.unknown is WhenUnknown.PRESUME_ABSENT:
        sign = _sign(clause, matter.facts)
        if sign is None:
            ruling.flags.append(f"presumed:{clause.fact}")
            ruling.reasons.append(f"presumed not so: {clause.when} (the schedule says: {clause.presumption})")
            return
        ruling.reasons.append(f"not presumed, because of '{sign}': {clause.when}")
    ruling.flags.append(f"unknown:{clause.fact}")
    if clause.unknown is WhenUnknown.LONGEST and clause.clock is not None and _ends(clause.clock):
        _lengthen(clause, ruling)
    else:
        ruling.reasons.append(f"not known: {clause.when}; kept until a person says")
        ruling.leave_unsettled(_whether(clause))


def _ends(term: Term) -> bool:
    """Tell whether every clock of `term` runs for a stated time."""
    if isinstance(term, Clock):
        return term.period is not None
    return all(clock.period is not None for clock in clocks_of(term))


def _lengthen(clause: Clause, ruling: Ruling) -> None:
    branch = _branch(clause, ruling)
    longest = later_of(ruling.due, branch.due)
    if ruling.due is None or longest is None:  # a branch that never ends cannot be waited for
        ruling.reasons.append(f"not known: {clause.when}; kept until a person says")
        ruling.leave_unsettled(_whether(clause))
        return
    was_settled = ruling.due.latest is not None
    if ruling.due.latest == longest.latest:
        longest = DueInterval(earliest=longest.earliest, latest=longest.latest, arithmetic=ruling.due.arithmetic)
    _change_end(ruling, longest)
    _take_in(branch, ruling)
    ruling.flags.append(_LONGEST)
    ruling.reasons.append(f"not known: {clause.when}; the longest period is kept")
    if clause.action is not None:
        ruling.action = min(ruling.action, clause.action)
    if was_settled and longest.latest is None:
        ruling.asked.append(_whether(clause))
        ruling.asked += branch.asked


def _whether(clause: Clause) -> Question:
    return whether(clause.fact, f"Is it so: {clause.when}?")


def _branch(clause: Clause, ruling: Ruling) -> Run:
    """Return when the clause's own term started and ends."""
    return run_term(clause.clock if clause.clock is not None else ruling.entry.clock, ruling.dates)


def _dates(entry: DisposalClass, outline: Outline, matter: Matter) -> Dates:
    """Return where the dates of all terms of `entry` come from, for one file."""
    level = entry.level
    if matter.bound_by and any(one.level is Level.CASE for one in matter.bound_by):
        level = Level.CASE

    def date_of(clock: Clock) -> TriggerDate:
        accepts = outline.accepted(clock.trigger)
        if matter.bound_by:
            accepts = min((accepts, *(one.accepts for one in matter.bound_by)))
        return _dated(clock, matter, accepts=accepts, level=level)

    def restart_of(clock: Clock) -> TriggerDate:
        # only who is asked whether it happened again can say that this was the last time
        return _dated(clock, matter, accepts=Strength.A, level=Level.CASE, is_last_counted=True)

    def as_rule(class_id: str) -> Run:
        return _as_rule(matter.schedule.by_id[class_id], entry, matter)

    return Dates(schedule=matter.schedule, date_of=date_of, restart_of=restart_of, holds=matter.holds, as_rule=as_rule)


def _dated(
    clock: Clock, matter: Matter, *, accepts: Strength, level: Level, is_last_counted: bool = False
) -> TriggerDate:
    asked_for = (
        clock.trigger, clock.event, clock.subject, clock.subject_under_years, clock.starts_on, clock.cutoff,
        accepts, level, is_last_counted,
    )  # fmt: skip
    found = None if matter.dated is None else matter.dated.get(asked_for)
    if found is not None:
        return found
    found = date_trigger(
        clock,
        matter.facts,
        schedule=matter.schedule,
        events=matter.events,
        accepts=accepts,
        level=level,
        around=matter.around,
        is_last_counted=is_last_counted,
    )
    if matter.dated is not None:
        matter.dated[asked_for] = found
    return found


def _as_rule(other: DisposalClass, entry: DisposalClass, matter: Matter) -> Run:
    """Return how the whole rule of `other` runs, its clauses with it: what spares its records spares these."""
    if other in (*matter.through, entry):
        words = f"{other.id} and {entry.id} go by each other's rules, so neither says how long"
        question = which(other.id, f"How long is it kept? {words}")
        return Run(triggers=(_NOWHERE,), due=DueInterval(earliest=None, latest=None), asked=(question,))
    onward = matter._replace(through=(*matter.through, entry), bound_by=(*matter.bound_by, entry))
    ruling = rule_by_clauses(other, onward)
    need_permission(ruling, other.approval, matter)
    if other.is_descriptive or other.retired is not None:
        what = "cannot be computed" if other.is_descriptive else "is retired"
        ruling.due = DueInterval(earliest=None, latest=None)
        ruling.asked.append(which(other.id, f"How long is it kept? The rule of {other.id}, which it goes by, {what}"))
    return ruling.run._replace(
        due=ruling.due,
        deadline=ruling.deadline,
        asked=tuple(ruling.asked),
        reasons=(f"as for {other.id} ({other.title})", *ruling.reasons),
        flags=tuple(ruling.flags),
        action=ruling.action,
    )


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
