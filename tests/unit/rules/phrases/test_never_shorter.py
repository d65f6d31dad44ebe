"""Laws of the parser: nothing raises, nothing unknown shortens, our own words come back as the same term."""

import time
from datetime import date
from typing import assert_never

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import (
    AsRule,
    ClassState,
    Clock,
    Cutoff,
    EarlierOf,
    LaterOf,
    ParsedRule,
    Period,
    PeriodKind,
    Term,
    Then,
    Trigger,
    parse_rule,
    term_in_words,
)
from rules.model import clocks_of
from rules.phrases.combining import bare

WORDS = tuple(
    word
    for line in (
        "6 12 75 six (6) years months days year 1st 18th birthday age of DOB + plus then until after from closure",
        "closed case contract end the or and , . ; : ( ) - / whichever is later sooner if unless where superseded",
        "current financial destroy review permanent permanently offer to archive do not for at least no more",
        "than maximum minimum in line with as see various 2026 31 March date birth death last contact 0 999999999",
        "\u00a3 % \u00e9 '' \u2026 \u00bd",
        "\x00 \ud800",
    )
    for word in line.split()
)
NONSENSE = ("florbish", "quandle", "of the", "wibbling", "an", "grompets", "for")
JOINTS = (
    "or",
    "and",
    ",",
    ";",
    ".",
    "(",
    ")",
    "unless",
    "if",
    "where",
    "then",
    "plus",
    "-",
    ":",
    "except",
    "including",
)
LENGTHS = ("3 years", "six months", "99 years", "1 day")
STARTED = (
    "6 years after closure",
    "Destroy 6 years after the end of the contract",
    "6 years after the end of the financial year",
    "75 years from date of birth",
    "3 years after last contact",
    "Closure + 6 years",
    "CASE+6",
    "Current year plus 6",
    "6 years from creation",
)


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=40))
def test_no_text_whatever_raises(retention: str, keep_from: str, action: str) -> None:
    rule = parse_rule(retention, keep_from=keep_from, action=action)

    assert rule.as_written == retention
    assert (rule.state is ClassState.DESCRIPTIVE) == bool(rule.refused)


@settings(max_examples=200)
@given(*3 * [st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)])
def test_no_heap_of_known_words_raises(retention: str, keep_from: str, action: str) -> None:
    rule = parse_rule(retention, keep_from=keep_from, action=action)

    assert (rule.state is ClassState.DESCRIPTIVE) == bool(rule.refused)
    assert (rule.term is None) == (rule.state in (ClassState.DESCRIPTIVE, ClassState.PERMANENT))
    assert rule == parse_rule(retention, keep_from=keep_from, action=action)


@settings(max_examples=200)
@given(st.sampled_from(STARTED), st.lists(st.sampled_from(NONSENSE + JOINTS + LENGTHS), min_size=1, max_size=8))
def test_a_clause_that_nobody_knows_never_makes_a_period_shorter(statement: str, added: list[str]) -> None:
    before = parse_rule(statement)

    after = parse_rule(f"{statement} {' '.join(added)}")

    assert before.term is not None
    assert is_no_shorter(after, before.term), told(after)


@given(st.sampled_from(STARTED), st.lists(st.sampled_from(NONSENSE + LENGTHS), min_size=1, max_size=4))
def test_words_before_a_period_never_make_it_shorter(statement: str, added: list[str]) -> None:
    before = parse_rule(statement)

    after = parse_rule(f"{' '.join(added)} {statement}")

    assert before.term is not None
    assert is_no_shorter(after, before.term), told(after)


def told(rule: ParsedRule) -> str:
    return f"{rule.as_written!r} -> {rule.refused or (rule.term and term_in_words(rule.term))}"


def is_no_shorter(rule: ParsedRule, before: Term) -> bool:
    if rule.term is None:
        return True
    triggers = {clock.trigger for clock in clocks_of(rule.term)}
    keeps_start = {clock.trigger for clock in clocks_of(before)} <= triggers or Trigger.NAMED_EVENT in triggers
    return rule.period_kind is not PeriodKind.MAXIMUM and keeps_start and days(rule.term) >= days(before)


def days(term: Term) -> float:
    """How long a term runs when everything in it happens on one day."""
    match term:
        case Clock():
            return float("inf") if term.period is None else days_of(term.period)
        case LaterOf():
            return max(days(part) for part in term.terms)
        case EarlierOf():
            return min(days(part) for part in term.terms)
        case Then():
            return days(term.first) + days_of(term.period)
        case AsRule():
            return float("inf")
        case _:
            assert_never(term)


def days_of(period: Period) -> float:
    return period.years * 365.25 + period.months * 30.4 + period.days


@st.composite
def periods(draw: st.DrawFn, *, least_years: int = 0) -> Period:
    parts = st.sampled_from([0, 0, 1, 4, 11])
    return Period(years=draw(st.integers(least_years, 120)), months=draw(parts), days=draw(parts))


@st.composite
def clocks(draw: st.DrawFn, *, least_years: int = 0, may_be_range: bool = True) -> Clock:
    trigger = draw(st.sampled_from([one for one in Trigger if one is not Trigger.NONE]))
    period = draw(periods(least_years=least_years))
    longest = Period(years=period.years + draw(st.integers(1, 30))) if period.years and may_be_range else None
    day = draw(st.dates(date(1950, 1, 1), date(2199, 12, 31)))
    return Clock(
        trigger=trigger,
        subject="",
        period=period,
        period_max=longest if draw(st.booleans()) and not period.months and not period.days else None,
        cutoff=Cutoff.NONE if trigger is Trigger.FIXED_DATE else draw(st.sampled_from(list(Cutoff))),
        starts_on=day if trigger is Trigger.FIXED_DATE else None,
        event=draw(st.sampled_from(EVENTS)) if trigger is Trigger.NAMED_EVENT else "",
    )


EVENTS = ("flood of the river", "approval of the minutes", "next election", "tests were carried out")


@st.composite
def steps(draw: st.DrawFn) -> Then:
    first: Clock | Then = draw(clocks(least_years=1, may_be_range=False))
    if draw(st.booleans()):
        first = Then(first=first, period=draw(periods(least_years=1)))
    return Then(first=first, period=draw(periods(least_years=1)), cutoff=draw(st.sampled_from(list(Cutoff))))


SINGLE = st.one_of(clocks(), steps())
SEVERAL = st.lists(SINGLE, min_size=2, max_size=3, unique_by=term_in_words).map(tuple)
TERMS = st.one_of(
    SINGLE, SEVERAL.map(lambda some: LaterOf(terms=some)), SEVERAL.map(lambda some: EarlierOf(terms=some))
)


@settings(max_examples=200)
@given(TERMS)
def test_the_words_we_print_for_a_term_are_read_back_as_that_term(term: Term) -> None:
    rule = parse_rule(term_in_words(term))

    assert rule.term is not None, rule.refused
    assert bare(rule.term) == term


def test_a_clock_that_restarts_is_read_back_too() -> None:
    restarts = (Trigger.RECEIVED, Trigger.CASE_CLOSED)
    quiet = Clock(trigger=Trigger.LAST_CONTACT, subject="", period=Period(years=3), restarts_on=restarts)

    rule = parse_rule(term_in_words(quiet))

    assert rule.term is not None
    assert bare(rule.term) == quiet


@pytest.mark.parametrize(
    "hostile",
    [
        "(" * 1999,
        "(" * 10 + "6 years" + ")" * 10,
        "6 years or " * 180,
        "if a, " * 330,
        ", or" * 500,
        "until a, b or " * 140,
        "Paper: 6 years. " * 120,
        "the later of: " + "6 years after closure; " * 80,
        "one hundred and " * 120,
        "9" * 2000,
        "unless " * 280,
        "a/" * 990,
    ],
)
def test_a_text_made_to_take_for_ever_is_answered_at_once(hostile: str) -> None:
    began = time.perf_counter()

    rule = parse_rule(hostile)

    assert rule.as_written == hostile
    assert time.perf_counter() - began < 2


def test_a_page_of_text_is_no_rule() -> None:
    rule = parse_rule("6 years after closure. " * 1000)

    assert rule.state is ClassState.DESCRIPTIVE
    assert "longer than" in rule.refused
