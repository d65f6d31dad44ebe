"""The laws of the rules, held against whatever Hypothesis can think of. Each is a harm that may not happen."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rules import (
    Appraisal,
    Classification,
    Classifier,
    Clock,
    Cutoff,
    DueInterval,
    EarlierOf,
    LaterOf,
    Period,
    Question,
    Term,
    Then,
    Trigger,
    TriggerDate,
    appraise,
    parse_schedule,
    shipped_schedule,
)
from rules.dates.surroundings import Surroundings
from rules.ruling.terms import Dates, Run, run_term
from tests.unit.rules.files import Event, SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

SCHEDULE = shipped_schedule()
SHIPPED = Classifier(SCHEDULE)
STARTS = (Trigger.CASE_CLOSED, Trigger.CONTRACT_END, Trigger.DATE_OF_BIRTH, Trigger.SUPERSEDED)

days = st.dates(min_value=date(1950, 1, 1), max_value=date(2060, 12, 31))
periods = st.builds(Period, years=st.integers(0, 100), months=st.integers(0, 20), days=st.integers(0, 400))
cutoffs = st.sampled_from(sorted(Cutoff))
clocks = st.builds(
    Clock,
    trigger=st.sampled_from(STARTS),
    subject=st.just(""),
    period=periods,
    cutoff=cutoffs,
    restarts_on=st.sampled_from([(), (Trigger.LAST_CONTACT,)]),
)
terms: st.SearchStrategy[Term] = st.recursive(
    clocks,
    lambda inner: (
        st.builds(LaterOf, terms=st.tuples(inner, inner))
        | st.builds(EarlierOf, terms=st.tuples(inner, inner))
        | st.builds(Then, first=inner, period=periods, cutoff=cutoffs)
    ),
    max_leaves=4,
)
intervals = st.tuples(st.none() | days, st.none() | days).map(
    lambda pair: tuple(sorted(pair)) if None not in pair else pair  # type: ignore[type-var]  # no None is left
)
known = st.fixed_dictionaries(dict.fromkeys((*STARTS, Trigger.LAST_CONTACT), intervals))
Known = Mapping[Trigger, tuple[date | None, date | None]]


def run(term: Term, starts: Known) -> DueInterval:
    def date_of(clock: Clock) -> TriggerDate:
        earliest, latest = starts[clock.trigger]
        return TriggerDate(trigger=clock.trigger, earliest=earliest, latest=latest, evidence=(), question="When?")

    def nothing(_fact: str) -> None:
        return None

    def refuse(class_id: str) -> Run:
        raise AssertionError(class_id)

    found = run_term(term, Dates(schedule=SCHEDULE, date_of=date_of, restart_of=date_of, holds=nothing, as_rule=refuse))
    assert found.due is not None
    return found.due


def latest(due: DueInterval) -> date:
    return due.latest or date.max


def earliest(due: DueInterval) -> date:
    return due.earliest or date.min


@given(terms, known)
def test_no_term_ends_before_it_can_end(term: Term, starts: Known) -> None:
    due = run(term, starts)

    assert earliest(due) <= latest(due)


@given(terms, known, st.sampled_from((*STARTS, Trigger.LAST_CONTACT)), st.integers(0, 900), st.integers(0, 900))
def test_widening_an_interval_never_makes_anything_eligible(
    term: Term, starts: dict[Trigger, tuple[date | None, date | None]], which: Trigger, less: int, more: int
) -> None:
    first, last = starts[which]
    wider = starts | {
        which: (
            None if first is None else first - timedelta(days=less),
            None if last is None else last + timedelta(days=more),
        )
    }

    assert latest(run(term, wider)) >= latest(run(term, starts))


@given(terms, known, st.sampled_from((*STARTS, Trigger.LAST_CONTACT)))
def test_forgetting_a_date_never_settles_an_end_earlier(
    term: Term, starts: dict[Trigger, tuple[date | None, date | None]], which: Trigger
) -> None:
    assert latest(run(term, starts | {which: (None, None)})) >= latest(run(term, starts))


@given(clocks, known, st.integers(0, 50), st.integers(0, 11))
def test_a_longer_period_is_never_due_earlier(clock: Clock, starts: Known, years: int, months: int) -> None:
    assert clock.period is not None
    period = replace(clock.period, years=clock.period.years + years, months=clock.period.months + months)
    longer = replace(clock, period=period)

    assert latest(run(longer, starts)) >= latest(run(clock, starts))
    assert earliest(run(longer, starts)) >= earliest(run(clock, starts))


@given(st.lists(clocks, min_size=2, max_size=4), known)
def test_the_later_of_several_is_as_late_as_each_and_the_earlier_as_early(parts: list[Clock], starts: Known) -> None:
    each = [run(part, starts) for part in parts]
    later, earlier = run(LaterOf(terms=tuple(parts)), starts), run(EarlierOf(terms=tuple(parts)), starts)

    assert all(latest(later) >= latest(one) for one in each)
    assert all(earliest(later) >= earliest(one) for one in each)
    assert all(latest(earlier) <= latest(one) for one in each)
    assert all(earliest(earlier) <= earliest(one) for one in each)


@given(terms, periods, cutoffs, known)
def test_a_further_step_never_ends_before_the_step_it_follows(
    term: Term, period: Period, cutoff: Cutoff, starts: Known
) -> None:
    then = run(Then(first=term, period=period, cutoff=cutoff), starts)

    assert latest(then) >= latest(run(term, starts))
    assert earliest(then) >= earliest(run(term, starts))


# clauses ------------------------------------------------------------------------------------------------------------

OLD = datetime(2010, 5, 5, 12, tzinfo=UTC)
FILE = SeenFile(path="Accidents/2009-10/a.pdf", modified_at=OLD)
BASE_DUE = date(2016, 3, 31)
EVENTS = (
    Event(trigger="date_of_birth", on=date(2004, 2, 29)),
    Event(trigger="case_closed", on=date(2012, 6, 1)),
    Event(trigger="last_contact", on=date(2019, 6, 1)),
)
CLAUSES = {
    "longer": "combine: override, unknown: longest, clock: {trigger: record_date, period: P9Y}",
    "shorter": "combine: override, unknown: longest, clock: {trigger: record_date, period: P1Y}",
    "asked": "combine: override, unknown: ask, clock: {trigger: record_date, period: P2Y}",
    "child": "combine: later, unknown: longest, clock: {trigger: date_of_birth, period: P21Y}",
    "claim": (
        "combine: later, unknown: longest, "
        "clock: {then: [{trigger: case_closed, period: P3Y, restarts_on: [last_contact]}, {period: P1Y}]}"
    ),
    "sooner": "combine: earlier, clock: {trigger: record_date, period: P1Y}",
    "debt": "combine: suspend",
    "other": "combine: becomes, becomes: FIN-02",
    "as_other": "combine: later, unknown: longest, clock: {as_rule: FIN-02}",
    "kept": "combine: override, unknown: longest, action: permanent",
    "note": "combine: same",
}
PERMISSION = "    approval: {outside_permission: consent}"
some_clauses = st.lists(st.sampled_from(sorted(CLAUSES)), unique=True, max_size=5).map(tuple)
some_events = st.lists(st.sampled_from(EVENTS), unique=True).map(tuple)
some_answers = st.dictionaries(
    st.sampled_from([*sorted(CLAUSES), "outside_permission", "restarted_by_last_contact"]), st.booleans()
)


@lru_cache(maxsize=512)
def rules_with(clauses: tuple[str, ...], *, has_permission: bool = False) -> Classifier:
    lines = ["    clauses:", *(f"      - {{when: {name}, fact: {name}, {CLAUSES[name]}}}" for name in clauses)]
    extra = [*(lines if clauses else []), *([PERMISSION] if has_permission else [])]
    other = a_class("FIN-02", clock="{trigger: case_closed, subject: claim closed, period: P10Y}", folders="[claims]")
    text = a_schedule(a_class("HS-01", *extra, folders="[accidents]"), other)
    return Classifier(parse_schedule(text, name="ours.yaml"))


def surely_destroyed_on(made: Appraisal) -> date:
    """Return the day from which the rules let it be destroyed, the last of the calendar when they never do."""
    if made.action is None or made.action.name != "DESTROY" or made.due is None:
        return date.max
    return latest(made.due)


@settings(max_examples=150, deadline=None)
@given(some_clauses, some_answers, some_events, st.data())
def test_what_nobody_knows_never_shortens(
    clauses: tuple[str, ...], answers: dict[str, bool], events: tuple[Event, ...], data: st.DataObject
) -> None:
    rules = rules_with(clauses)
    forgotten = data.draw(st.sampled_from(sorted(answers))) if answers else "nothing"
    less = {fact: holds for fact, holds in answers.items() if fact != forgotten}

    with_answer = surely_destroyed_on(appraise(rules, FILE, events=events, answers=answers))
    without = surely_destroyed_on(appraise(rules, FILE, events=events, answers=less))

    assert without >= with_answer


@settings(max_examples=100, deadline=None)
@given(some_clauses, some_events, st.data())
def test_a_clause_that_nobody_has_answered_never_ends_it_before_the_rule_without_it(
    clauses: tuple[str, ...], events: tuple[Event, ...], data: st.DataObject
) -> None:
    removed = data.draw(st.sampled_from(clauses)) if clauses else ""
    rest = tuple(one for one in clauses if one != removed)

    unanswered = surely_destroyed_on(appraise(rules_with(clauses), FILE, events=events))
    without = surely_destroyed_on(appraise(rules_with(rest), FILE, events=events))

    assert unanswered >= without >= BASE_DUE


@settings(max_examples=100, deadline=None)
@given(some_clauses, some_answers, some_events)
def test_a_clause_that_is_known_not_to_apply_is_as_if_it_were_not_written(
    clauses: tuple[str, ...], answers: dict[str, bool], events: tuple[Event, ...]
) -> None:
    rest = tuple(name for name in clauses if answers.get(name) is not False)

    denied = appraise(rules_with(clauses), FILE, events=events, answers=answers)
    absent = appraise(rules_with(rest), FILE, events=events, answers=answers)

    assert (denied.due, denied.action, denied.asked) == (absent.due, absent.action, absent.asked)


@settings(max_examples=60, deadline=None)
@given(some_clauses, some_answers, some_events)
def test_a_permission_that_was_not_given_keeps_it_whatever_else_is_known(
    clauses: tuple[str, ...], answers: dict[str, bool], events: tuple[Event, ...]
) -> None:
    refused = answers | {"outside_permission": False, "other": False}

    made = appraise(rules_with(clauses, has_permission=True), FILE, events=events, answers=refused)

    assert surely_destroyed_on(made) == date.max


# whole files --------------------------------------------------------------------------------------------------------

WORDS = (
    "Invoice date: 3 May 2009", "date of birth: 12/03/1996", "case closed on 3 May 2011", "tax point 9 June 2012",
    "expires on 31 March 2015", "for a term of five years from 1 May 2010", "minutes of the meeting held on 3 May 2011",
    "looked after child", "purchase order", "marked register", "tenancy agreement", "contract of employment",
)  # fmt: skip
PLACES = (
    "Finance", "Invoices", "2009-10", "13-14", "Closed", "LAC", "Elections", "Marked registers", "HR", "Leavers",
    "2012", "Contracts", "(b. 1996)", "ZZ_Smith", "Schools", "Accidents", "CLOSED - Jones 2011", "Tenancy files",
)  # fmt: skip
files = st.builds(
    SeenFile,
    path=st.lists(st.sampled_from(PLACES), max_size=4).map(lambda parts: "/".join([*parts, "letter.docx"])),
    text=st.lists(st.sampled_from(WORDS), max_size=4).map("\n".join),
    modified_at=st.datetimes(datetime(1995, 1, 1), datetime(2024, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001 - made aware on the same line
    properties=st.dictionaries(
        st.sampled_from(["created_at", "modified_at", "sent_at", "column:Date closed", "column:Status"]),
        st.sampled_from(["2011-05-03T09:00:00Z", "03/04/2012", "Closed", "Open", "yesterday"]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(files)
def test_a_time_that_a_copying_left_settles_nothing(file: SeenFile) -> None:
    believed = appraise(SHIPPED, file)
    copied = appraise(SHIPPED, file, around=Surroundings(copying="9,000 files of 'x': taken for a copying"))

    assert surely_destroyed_on(copied) >= surely_destroyed_on(believed)


@lru_cache(maxsize=2)
def shuffled(seed: int) -> Classifier:
    classes = list(SCHEDULE.classes)
    Random(seed).shuffle(classes)  # noqa: S311 - an order, not a secret
    return Classifier(replace(SCHEDULE, classes=tuple(classes)))


@settings(max_examples=60, deadline=None)
@given(files, st.sampled_from([1, 2]))
def test_the_order_of_the_classes_changes_nothing(file: SeenFile, seed: int) -> None:
    assert appraise(shuffled(seed), file) == appraise(SHIPPED, file)


@settings(max_examples=60, deadline=None)
@given(files)
def test_a_decision_read_back_from_the_catalogue_is_the_decision_that_was_made(file: SeenFile) -> None:
    made, again = appraise(SHIPPED, file), appraise(SHIPPED, file)

    assert made == again
    kept = json.loads(
        json.dumps(
            {
                "classification": made.classification.to_json(),
                "trigger": None if made.trigger is None else made.trigger.to_json(),
                "due": None if made.due is None else made.due.to_json(),
                "asked": [one.to_json() for one in made.asked],
            }
        )
    )
    assert Classification.from_json(kept["classification"]) == made.classification
    assert (None if kept["trigger"] is None else TriggerDate.from_json(kept["trigger"])) == made.trigger
    assert (None if kept["due"] is None else DueInterval.from_json(kept["due"])) == made.due
    assert tuple(Question.from_json(one) for one in kept["asked"]) == made.asked
