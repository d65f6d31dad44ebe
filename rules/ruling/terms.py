"""Runs a term: from the dates of one file to when its period ends, whatever clocks the term is made of."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache, reduce
from typing import NamedTuple, assert_never

from rules.dates.due import DueInterval, due_interval, earlier_of, later_of, next_period
from rules.dates.evidence import Bound, TriggerDate
from rules.dates.keeping import Kept, kept
from rules.model import AsRule, Clock, DisposalAction, DisposalSchedule, EarlierOf, LaterOf, Term, Then, Trigger
from rules.ruling.questions import Question, when

RESTARTED_BY = "restarted_by_"
_CLOCKS_KEPT = 4096
Combination = Callable[[DueInterval | None, DueInterval | None], DueInterval | None]


class Run(NamedTuple):
    """When a term started and ends. `triggers` are those of all its clocks, in order; `due` None is for ever.

    `deadline` is when it must be over at the latest (`period_max`), where the term says so. `action` is what another
    class orders whose rule the term goes by: nothing that goes by it may be treated with less care.
    """

    triggers: tuple[TriggerDate, ...]
    due: DueInterval | None
    deadline: DueInterval | None = None
    asked: tuple[Question, ...] = ()
    reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    action: DisposalAction | None = None

    @property
    def trigger(self) -> TriggerDate:
        """Return the start to tell of: the first that is not settled, for it is the one to ask about."""
        for one in self.triggers:
            if one.latest is None:
                return one
        return self.triggers[0]


class Dates(NamedTuple):
    """Where a term's dates come from.

    `date_of` tells when a clock started, `restart_of` when the event last happened that restarts one,
    `holds` whether a fact holds, and `as_rule` how another class of the schedule runs for the same file.
    """

    schedule: DisposalSchedule
    date_of: Callable[[Clock], TriggerDate]
    restart_of: Callable[[Clock], TriggerDate]
    holds: Callable[[str], bool | None]
    as_rule: Callable[[str], Run]


def run_term(term: Term, dates: Dates) -> Run:
    """Return how `term` runs by `dates`."""
    match term:
        case Clock():
            return _run_clock(term, dates)
        case LaterOf():
            return _together((run_term(part, dates) for part in term.terms), later_of)
        case EarlierOf():
            return _together((run_term(part, dates) for part in term.terms), earlier_of)
        case Then():
            first = run_term(term.first, dates)
            due = None if first.due is None else next_period(first.due, term.period, term.cutoff, dates.schedule)
            return first._replace(due=due, deadline=None)
        case AsRule():
            return dates.as_rule(term.class_id)
        case _:
            assert_never(term)


def _run_clock(clock: Clock, dates: Dates) -> Run:
    trigger = dates.date_of(clock)
    if clock.trigger is Trigger.NONE:
        return Run(triggers=(trigger,), due=None)
    due = due_interval(trigger, clock, dates.schedule)
    deadline = None if clock.period_max is None else _deadline(trigger, clock, dates.schedule)
    asked = () if trigger.question is None else (_asked(clock.event_key, trigger.question),)
    run = Run((trigger,), due, deadline, asked)
    if clock.is_start_assumed:
        words = f"the rule states no start: the schedule's own is taken, {_name(clock.trigger)}"
        run = run._replace(reasons=(words,), flags=("assumed_start",))
    for event in clock.restarts_on:
        run = _restarted(run, clock, event, dates)
    return run


@lru_cache(maxsize=_CLOCKS_KEPT)  # all papers of a case lead to the same
def _asked(event_key: str, question: str) -> Question:
    return when(event_key, question)


def _deadline(trigger: TriggerDate, clock: Clock, schedule: DisposalSchedule) -> DueInterval | None:
    if clock.period_max is None:
        return None
    return due_interval(trigger, _to_the_last(kept(clock)), schedule)


@lru_cache(maxsize=_CLOCKS_KEPT)  # the same clock each time, for which `due_interval` remembers its sums
def _to_the_last(of: Kept[Clock]) -> Clock:
    return replace(of.value, period=of.value.period_max, period_max=None)


@lru_cache(maxsize=_CLOCKS_KEPT)
def _started_by(of: Kept[Clock], event: Trigger) -> Clock:
    return replace(of.value, trigger=event, event="", starts_on=None, restarts_on=())


def _restarted(run: Run, clock: Clock, event: Trigger, dates: Dates) -> Run:
    """Return `run` as it stands when `event` may have set its clock back to the start."""
    name, fact = _name(event), f"{RESTARTED_BY}{event.value}"
    again = _started_by(kept(clock), event)
    restart = dates.restart_of(again)
    if dates.holds(fact) is False and not _is_denied(run, restart):
        return run._replace(reasons=(*run.reasons, f"not restarted: no {name} since"))
    if restart.latest is not None:
        return run._replace(
            triggers=(*run.triggers, restart),
            due=later_of(run.due, due_interval(restart, again, dates.schedule)),
            deadline=later_of(run.deadline, _deadline(restart, again, dates.schedule)),
            reasons=(*run.reasons, f"the period runs again from {restart.latest}, the latest {name}"),
        )
    words = f"{restart.question or ''} (each {name} starts the period again; say so if there was none)".strip()
    return run._replace(
        triggers=(*run.triggers, restart),
        due=without_end(run.due),
        deadline=without_end(run.deadline),
        asked=(*run.asked, when(event.value, words, or_fact=fact)),
        reasons=(*run.reasons, f"not known: whether a later {name} started the period again; kept until a person says"),
    )


def _is_denied(run: Run, restart: TriggerDate) -> bool:
    """Tell whether the file itself states a restart after the start, whatever somebody said of there being none."""
    started = run.triggers[0].latest
    stated = [one.latest for one in restart.evidence if one.bound is Bound.BOTH and one.latest is not None]
    return any(started is None or day > started for day in stated)


def without_end(due: DueInterval | None) -> DueInterval | None:
    """Return `due` with its end not known; what never ends stays so."""
    return None if due is None else DueInterval(earliest=due.earliest, latest=None, arithmetic=due.arithmetic)


def _name(event: Trigger) -> str:
    return event.value.replace("_", " ")


def _together(parts: Iterable[Run], combine: Combination) -> Run:
    runs = tuple(parts)
    deadlines = [run.deadline for run in runs]
    return Run(
        triggers=tuple(trigger for run in runs for trigger in run.triggers),
        due=reduce(combine, [run.due for run in runs]),
        deadline=None if None in deadlines else reduce(combine, deadlines),
        asked=tuple(question for run in runs for question in run.asked),
        reasons=tuple(reason for run in runs for reason in run.reasons),
        flags=tuple(flag for run in runs for flag in run.flags),
        action=min((run.action for run in runs if run.action is not None), default=None),
    )
