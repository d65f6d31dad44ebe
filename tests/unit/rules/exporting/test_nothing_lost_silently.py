"""Out to another's form and back: what changed was said, and nothing became shorter."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules import (
    Clock,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Period,
    PeriodKind,
    Term,
    Then,
    Trigger,
    add_period,
    cutoff_end,
    export_schedule,
    import_schedule,
    shipped_schedule,
)

SHIPPED = shipped_schedule()
BASE = replace(
    SHIPPED.by_id["DEF-01"], clauses=(), notes="", scope_notes="", dissent=(), basis=SHIPPED.classes[0].basis
)
STARTS = [
    Trigger.CREATED, Trigger.RECORD_DATE, Trigger.LAST_MODIFIED, Trigger.CASE_CLOSED, Trigger.SUPERSEDED,
    Trigger.NO_LONGER_NEEDED, Trigger.NAMED_EVENT,
]  # fmt: skip

# one year and 24 days, then three years: from 5 February 2000 there is a leap day in both
TWO_LEAP_DAYS = replace(
    BASE,
    id="T-01",
    action=DisposalAction.DESTROY,
    clock=Then(
        first=Clock(trigger=Trigger.CREATED, subject="x", period=Period(years=1, days=24)), period=Period(years=3)
    ),
)


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    trigger = draw(st.sampled_from(STARTS))
    period = draw(st.builds(Period, years=st.integers(0, 40), months=st.integers(0, 14), days=st.integers(0, 40)))
    longest = Period(years=period.years + 5, months=period.months, days=period.days)
    event = "bell rung" if trigger is Trigger.NAMED_EVENT else ""
    return Clock(
        trigger=trigger,
        subject="x",
        period=period,
        period_max=draw(st.sampled_from([None, longest])),
        cutoff=draw(st.sampled_from(Cutoff)),
        event=event,
    )


@st.composite
def entries(draw: st.DrawFn) -> DisposalClass:
    term: Term = draw(clocks())
    if draw(st.booleans()):
        term = Then(first=term, period=Period(years=draw(st.integers(0, 9))), cutoff=draw(st.sampled_from(Cutoff)))
    return replace(
        BASE,
        id="T-01",
        clock=term,
        action=draw(st.sampled_from([DisposalAction.DESTROY, DisposalAction.REVIEW, DisposalAction.TRANSFER])),
        period_kind=draw(st.sampled_from(PeriodKind)),
    )


def due(term: Term, start: date, schedule: DisposalSchedule) -> date:
    """Return when `term` ends that starts on `start`."""
    if isinstance(term, Then):
        return add_period(cutoff_end(due(term.first, start, schedule), term.cutoff, schedule), term.period)
    assert isinstance(term, Clock)
    return add_period(cutoff_end(start, term.cutoff, schedule), term.period or Period())


@pytest.mark.parametrize("form", ["nara", "purview"])
@given(entry=entries(), start=st.dates(date(1995, 1, 1), date(2040, 1, 1)))
@example(entry=TWO_LEAP_DAYS, start=date(2000, 2, 5))
@settings(max_examples=150)
def test_what_changed_was_said_and_nothing_became_shorter(form: str, entry: DisposalClass, start: date) -> None:
    schedule = replace(SHIPPED, classes=(entry, SHIPPED.by_id["DEF-01"]))
    exported = export_schedule(schedule, form=form, reviewer="rm@example.org")
    back = import_schedule(exported.content, name="back").schedule

    again = replace(back, financial_year_start=schedule.financial_year_start)
    read = again.by_id["T-01"]
    lost = [loss.what for loss in exported.lost if loss.class_id == "T-01"]
    if read.action is DisposalAction.RETAIN_PERMANENTLY or read.is_descriptive:
        assert any("written as" in what for what in lost)
        return
    assert due(read.clock, start, again) >= due(entry.clock, start, schedule)
    if not lost:
        assert isinstance(read.clock, Clock)
        assert due(read.clock, start, again) == due(entry.clock, start, schedule) or form == "purview"
        assert read.action is entry.action
        assert isinstance(entry.clock, Then) or read.clock.event_key == entry.clock.event_key  # type: ignore[union-attr]
