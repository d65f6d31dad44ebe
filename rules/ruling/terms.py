"""Runs a term: from the dates of one file to when its period ends, whatever clocks the term is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import assert_never

from rules.dates.due import DueInterval, due_interval, earlier_of, later_of, next_period
from rules.dates.evidence import TriggerDate
from rules.model import AsRule, Clock, DisposalSchedule, EarlierOf, LaterOf, Term, Then, Trigger

DateOf = Callable[[Clock], TriggerDate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """When a term started and ends. `triggers` are those of all its clocks, in order; `due` None is for ever."""

    triggers: tuple[TriggerDate, ...]
    due: DueInterval | None

    @property
    def trigger(self) -> TriggerDate:
        """Return the start to tell of: the first that is not settled, for it is the one to ask about."""
        return next((one for one in self.triggers if one.latest is None), self.triggers[0])

    @property
    def questions(self) -> tuple[str, ...]:
        """Return what would settle the starts that are not."""
        return tuple(one.question for one in self.triggers if one.latest is None and one.question is not None)


def run_term(term: Term, *, schedule: DisposalSchedule, date_of: DateOf) -> Run:
    """Return how `term` runs; `date_of` tells when one clock started."""
    match term:
        case Clock():
            return _run_clock(term, schedule, date_of)
        case LaterOf():
            return _together(term.terms, later_of, schedule, date_of)
        case EarlierOf():
            return _together(term.terms, earlier_of, schedule, date_of)
        case Then():
            first = run_term(term.first, schedule=schedule, date_of=date_of)
            due = None if first.due is None else next_period(first.due, term.period, term.cutoff, schedule)
            return Run(triggers=first.triggers, due=due)
        case AsRule():
            return run_term(schedule.by_id[term.class_id].clock, schedule=schedule, date_of=date_of)
        case _:
            assert_never(term)


def _run_clock(clock: Clock, schedule: DisposalSchedule, date_of: DateOf) -> Run:
    trigger = date_of(clock)
    if clock.trigger is Trigger.NONE:
        return Run(triggers=(trigger,), due=None)
    return Run(triggers=(trigger,), due=due_interval(trigger, clock, schedule))


def _together(
    terms: tuple[Term, ...],
    combine: Callable[[DueInterval | None, DueInterval | None], DueInterval | None],
    schedule: DisposalSchedule,
    date_of: DateOf,
) -> Run:
    runs = [run_term(term, schedule=schedule, date_of=date_of) for term in terms]
    due = reduce(combine, [run.due for run in runs])
    return Run(triggers=tuple(trigger for run in runs for trigger in run.triggers), due=due)
