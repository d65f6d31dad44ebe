import pytest

from rules import (
    ClassState,
    Clock,
    Cutoff,
    DisposalAction,
    EarlierOf,
    LaterOf,
    Level,
    Period,
    PeriodKind,
    Then,
    Trigger,
)
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import alfresco, step

CUT = "cutOffDate"


def test_a_cutoff_and_a_period_after_it_become_one_clock() -> None:
    entry = only_class(alfresco(step("cutoff", "fyend|1"), step("destroy", "year|3", CUT)))

    assert (entry.id, entry.title, entry.function) == ("S-01", "Pool rotas", "Sports")
    assert isinstance(entry.clock, Clock)
    assert (entry.clock.trigger, entry.clock.cutoff, entry.clock.period) == (
        Trigger.CREATED,
        Cutoff.FINANCIAL_YEAR,
        Period(years=3),
    )
    assert (entry.action, entry.level, entry.period_kind) == (DisposalAction.DESTROY, Level.CASE, PeriodKind.MINIMUM)
    assert (entry.authority, entry.as_written) == (("Act 1",), "As the steps say.")


@pytest.mark.parametrize(
    ("period", "cutoff"),
    [
        ("monthend|1", Cutoff.MONTH),
        ("quarterend|1", Cutoff.QUARTER),
        ("yearend|1", Cutoff.CALENDAR_YEAR),
        ("fyend|1", Cutoff.FINANCIAL_YEAR),
    ],
)
def test_every_end_of_a_period_is_known(period: str, cutoff: Cutoff) -> None:
    entry = only_class(alfresco(step("cutoff", period), step("destroy", "immediately|0")))

    assert entry.main_clock.cutoff is cutoff


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("day|3", Period(days=3)),
        ("week|2", Period(days=14)),
        ("month|3", Period(months=3)),
        ("quarter|1", Period(months=3)),
        ("year|5", Period(years=5)),
        ("xmlduration|P1Y6M", Period(years=1, months=6)),
        ("immediately|0", Period()),
    ],
)
def test_every_unit_of_time_is_known(period: str, expected: Period) -> None:
    entry = only_class(alfresco(step("cutoff", events=("superseded",)), step("destroy", period, CUT)))

    assert (entry.main_clock.trigger, entry.main_clock.period) == (Trigger.SUPERSEDED, expected)


def test_events_that_must_all_happen_are_waited_for() -> None:
    both = ("case_closed", "study_complete")
    waits = only_class(alfresco(step("cutoff", events=both, combine="and"), step("destroy", "year|1", CUT)))
    first = only_class(alfresco(step("cutoff", events=both, combine="or"), step("destroy", "year|1", CUT)))

    assert isinstance(waits.clock, Then)
    assert isinstance(waits.clock.first, LaterOf)
    assert isinstance(first.clock, Then)
    assert isinstance(first.clock.first, EarlierOf)


def test_a_time_or_an_event_is_whichever_is_earlier_but_never_before_the_cutoff() -> None:
    entry = only_class(
        alfresco(step("cutoff", "year|1", "dateFiled"), step("destroy", "year|5", CUT, events=("obsolete",)))
    )

    assert isinstance(entry.clock, EarlierOf)
    by_time, by_event = entry.clock.terms
    assert isinstance(by_time, Then)
    assert isinstance(by_event, LaterOf)
    assert by_event.terms[0] == by_time.first


def test_transfers_on_the_way_are_instructions_counted_from_the_cutoff() -> None:
    entry = only_class(
        alfresco(
            step("cutoff", events=("case_closed",)),
            step("transfer", "year|2", CUT),
            step("transfer", "year|5", "dispositionAsOf"),
            step("accession", "year|25", CUT),
        )
    )

    assert [one.after for one in entry.instructions] == [Period(years=2), Period(years=7)]
    assert entry.action is DisposalAction.TRANSFER
    assert entry.main_clock.period == Period(years=25)


def test_a_step_never_happens_before_the_step_before_it() -> None:
    entry = only_class(
        alfresco(
            step("cutoff", events=("case_closed",)),
            step("transfer", "year|10", CUT),
            step("destroy", "year|5", CUT),
        )
    )

    assert isinstance(entry.clock, LaterOf)
    assert {part.period for part in entry.clock.terms if isinstance(part, Clock)} == {Period(years=10), Period(years=5)}


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((), "the schedule has no steps"),
        ((step("cutoff", "fyend|1"),), "the last step does nothing with the records"),
        ((step("destroy", "year|3", CUT),), "a step is counted from a cutoff that no step makes"),
        ((step("destroy", "year|3", "dispositionAsOf"),), "the first step is counted from a step before it"),
        ((step("destroy", "year|3", "moonrise"),), "a step is counted from the property 'moonrise'"),
        ((step("destroy", "yearend|2"),), "the period 'yearend|2' counts several ends"),
        ((step("destroy", "aeon|2"),), "the period 'aeon|2' has an unknown unit"),
        ((step("destroy", "year|-2"),), "'year|-2' is no period"),
        ((step("destroy", "xmlduration|PT3H"),), "the period 'xmlduration|PT3H' is not made of years"),
        ((step("destroy"),), "the step 'destroy' has neither a time nor an event"),
        ((step("shred", "year|3"),), "the step 'shred' is unknown"),
        ((step("destroy", "year|3"), step("retain", "year|3")), "the step 'destroy' is not the last"),
    ],
)
def test_steps_that_no_term_can_say_are_descriptive_with_the_reason(steps: tuple[str, ...], why: str) -> None:
    result = imported(alfresco(*steps))

    assert result.rows[0].state is ClassState.DESCRIPTIVE
    assert result.schedule.classes[0].action is DisposalAction.REVIEW
    assert result.rows[0].notes[-1].startswith(f"descriptive: {why}")


def test_a_category_without_a_schedule_is_told() -> None:
    plan = alfresco(step("destroy", "year|3")).replace(
        b"</cm:contains>",
        b"<rma:recordCategory><view:properties><cm:name>Odds</cm:name></view:properties></rma:recordCategory></cm:contains>",
    )

    assert any("the category 'Odds' (line" in words for words in imported(plan).findings)


def test_a_document_type_is_refused_before_anything_is_read() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + alfresco()[38:]

    assert "theirs:1: the file declares a document type" in refused(bomb)
