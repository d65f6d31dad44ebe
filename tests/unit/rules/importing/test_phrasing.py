"""Assumptions go where a statement is silent, and nowhere else."""

import pytest

from rules import (
    AsRule,
    Clock,
    EarlierOf,
    ImportDefaults,
    LaterOf,
    Period,
    Term,
    Then,
    Trigger,
    parse_rule,
)
from rules.importing.phrasing import started, understood

SILENT = parse_rule("6 years").term
CLOSED = Clock(trigger=Trigger.CASE_CLOSED, subject="closure", period=Period(years=1))
TOLD = ImportDefaults(default_start=Trigger.RECEIVED)


def assumed(term: Term) -> Term:
    return started(term, Trigger.RECEIVED)


def test_a_silent_clock_takes_the_start_and_says_that_it_did() -> None:
    assert isinstance(SILENT, Clock)
    clock = assumed(SILENT)

    assert isinstance(clock, Clock)
    assert (clock.trigger, clock.event, clock.period) == (Trigger.RECEIVED, "", Period(years=6))
    assert clock.is_start_assumed
    assert assumed(CLOSED) is CLOSED


@pytest.mark.parametrize("combine", [LaterOf, EarlierOf])
def test_an_expression_takes_it_only_where_it_is_silent(combine: type[LaterOf] | type[EarlierOf]) -> None:
    assert isinstance(SILENT, Clock)
    term = assumed(combine(terms=(SILENT, CLOSED)))

    assert isinstance(term, combine)
    assert term.terms[1] is CLOSED
    assert isinstance(term.terms[0], Clock)
    assert term.terms[0].trigger is Trigger.RECEIVED


def test_a_row_of_steps_takes_it_at_its_beginning() -> None:
    assert isinstance(SILENT, Clock)
    term = assumed(Then(first=SILENT, period=Period(years=2)))

    assert isinstance(term, Then)
    assert term.first == assumed(SILENT)
    assert assumed(AsRule(class_id="FIN-01")) == AsRule(class_id="FIN-01")


def test_a_statement_that_names_its_start_keeps_it() -> None:
    made = understood("6 years after case closed", defaults=TOLD)

    assert isinstance(made.term, Clock)
    assert (made.term.trigger, made.term.is_start_assumed) == (Trigger.CASE_CLOSED, False)
    assert not any("assumed" in note for note in made.notes)


def test_an_assumption_takes_the_place_of_the_doubt() -> None:
    made = understood("6 years", defaults=TOLD)

    assert made.notes == ("no start is stated: assumed to be received, as the import was told",)
