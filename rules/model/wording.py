"""A term in plain words, as lists and explanations print it."""

from typing import assert_never

from rules.model.periods import Period
from rules.model.terms import AsRule, Clock, EarlierOf, LaterOf, Term, Then
from rules.model.words import Cutoff, Trigger

_CUTOFFS = {
    Cutoff.MONTH: "the end of the month of ",
    Cutoff.QUARTER: "the end of the quarter of ",
    Cutoff.CALENDAR_YEAR: "the end of the calendar year of ",
    Cutoff.FINANCIAL_YEAR: "the end of the financial year of ",
    Cutoff.TAX_YEAR: "the end of the tax year of ",
    Cutoff.ACADEMIC_YEAR: "the end of the academic year of ",
}


def term_in_words(term: Term) -> str:
    """Return `term` for people: "6 years after the end of the financial year of record date"."""
    match term:
        case Clock():
            return _clock(term)
        case LaterOf():
            return "the later of: " + "; ".join(_part(part) for part in term.terms)
        case EarlierOf():
            return "the earlier of: " + "; ".join(_part(part) for part in term.terms)
        case Then():
            cutoff = _CUTOFFS.get(term.cutoff, "").removesuffix(" of ")
            return f"{term_in_words(term.first)}, then {term.period.in_words}" + (f" from {cutoff}" if cutoff else "")
        case AsRule():
            return f"as for {term.class_id}"
        case _:
            assert_never(term)


def _part(term: Term) -> str:
    """Return a part of an expression; another expression in brackets, or nobody could tell where it ends."""
    words = term_in_words(term)
    return f"({words})" if isinstance(term, LaterOf | EarlierOf) else words


def _clock(clock: Clock) -> str:
    if clock.trigger is Trigger.NONE or clock.period is None:
        return "for ever" if clock.trigger is Trigger.NONE else f"for ever from {_event(clock)}"
    start = f"{_CUTOFFS.get(clock.cutoff, '')}{_event(clock)}"
    words = f"at {start}" if clock.period == Period() else f"{clock.period.in_words} after {start}"
    if clock.period_max is not None:
        words += f", no longer than {clock.period_max.in_words}"
    for restart in clock.restarts_on:
        words += f", again from each {restart.value.replace('_', ' ')}"
    return words


def _event(clock: Clock) -> str:
    if clock.trigger is Trigger.FIXED_DATE:
        return str(clock.starts_on)
    return clock.event or clock.trigger.value.replace("_", " ")
