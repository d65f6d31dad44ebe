"""When time starts and how long it runs: one clock, or an expression over clocks.

Half of all real rules are one trigger and one period; the rest say "the later of", "then a further", "as for".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from rules.model.periods import Period
from rules.model.words import Cutoff, Trigger

OLDEST_PERSON_YEARS = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One trigger and one period. `period` None means for ever (permanent), never zero.

    `subject` says in words whose or which event starts it. `subject_under_years` bounds the age of the person
    whose birth starts the clock, so that a paper's date bounds the birth. `starts_on` is the day of a
    `fixed_date`, `event` the name of a `named_event`. Each of `restarts_on` sets the clock back to its start
    when it happens ("plus a further three years of inactivity"). With `is_start_assumed` the rule states no start,
    and the schedule's default was taken.
    """

    trigger: Trigger
    subject: str
    period: Period | None
    period_max: Period | None = None
    cutoff: Cutoff = Cutoff.NONE
    subject_under_years: int = OLDEST_PERSON_YEARS
    starts_on: date | None = None
    event: str = ""
    restarts_on: tuple[Trigger, ...] = ()
    is_start_assumed: bool = False

    @property
    def event_key(self) -> str:
        """Return the name under which a person attests the event that starts the clock."""
        return f"{self.trigger.value}:{self.event}" if self.trigger is Trigger.NAMED_EVENT else self.trigger.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterOf:
    """All of them must have ended."""

    terms: tuple["Term", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierOf:
    """It is enough that one of them has ended."""

    terms: tuple["Term", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """A further period that begins where the first term ended, after its own cutoff (Open Zaak's terms in a row).

    Several steps are nested: the first term of the last step is the step before it.
    """

    first: "Term"
    period: Period
    cutoff: Cutoff = Cutoff.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AsRule:
    """The same rule as another class of the schedule has, its clauses with it: "as for children in care"."""

    class_id: str


Term = Clock | LaterOf | EarlierOf | Then | AsRule


def clocks_of(term: Term) -> Iterator[Clock]:
    """Yield every clock written in `term`, in order; those of another class (`AsRule`) are not its own."""
    match term:
        case Clock():
            yield term
        case LaterOf() | EarlierOf():
            for part in term.terms:
                yield from clocks_of(part)
        case Then():
            yield from clocks_of(term.first)
        case AsRule():
            return
        case _:
            assert_never(term)


def referred_to(term: Term) -> Iterator[str]:
    """Yield the class ids that `term` goes by (`AsRule`)."""
    match term:
        case Clock():
            return
        case LaterOf() | EarlierOf():
            for part in term.terms:
                yield from referred_to(part)
        case Then():
            yield from referred_to(term.first)
        case AsRule():
            yield term.class_id
        case _:
            assert_never(term)
