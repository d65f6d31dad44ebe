from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Clock,
    Cutoff,
    DueInterval,
    Period,
    Trigger,
    TriggerDate,
    add_period,
    cutoff_end,
    due_interval,
    shipped_schedule,
)
from rules.dates.due import earlier_of, later_of

SCHEDULE = shipped_schedule()
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2300, 12, 31))
cutoffs = st.sampled_from(sorted(Cutoff))
periods = st.builds(Period, years=st.integers(0, 110), months=st.integers(0, 20), days=st.integers(0, 400))


def started(earliest: date | None, latest: date | None) -> TriggerDate:
    return TriggerDate(trigger=Trigger.RECORD_DATE, earliest=earliest, latest=latest, evidence=(), question=None)


def due(trigger: TriggerDate, period: Period, cutoff: Cutoff = Cutoff.NONE) -> DueInterval:
    clock = Clock(trigger=Trigger.RECORD_DATE, subject="", period=period, cutoff=cutoff)
    interval = due_interval(trigger, clock, SCHEDULE)
    assert interval is not None
    return interval


@pytest.mark.parametrize(
    ("on", "cutoff", "ends"),
    [
        (date(2014, 3, 31), Cutoff.FINANCIAL_YEAR, date(2014, 3, 31)),
        (date(2014, 4, 1), Cutoff.FINANCIAL_YEAR, date(2015, 3, 31)),
        (date(2014, 4, 5), Cutoff.TAX_YEAR, date(2014, 4, 5)),
        (date(2014, 4, 6), Cutoff.TAX_YEAR, date(2015, 4, 5)),
        (date(2014, 8, 31), Cutoff.ACADEMIC_YEAR, date(2014, 8, 31)),
        (date(2014, 9, 1), Cutoff.ACADEMIC_YEAR, date(2015, 8, 31)),
        (date(2014, 1, 1), Cutoff.CALENDAR_YEAR, date(2014, 12, 31)),
        (date(2014, 12, 31), Cutoff.CALENDAR_YEAR, date(2014, 12, 31)),
        (date(2012, 2, 1), Cutoff.MONTH, date(2012, 2, 29)),
        (date(2012, 12, 5), Cutoff.MONTH, date(2012, 12, 31)),
        (date(2012, 5, 5), Cutoff.QUARTER, date(2012, 6, 30)),
        (date(2012, 5, 5), Cutoff.NONE, date(2012, 5, 5)),
        (date(9999, 12, 31), Cutoff.FINANCIAL_YEAR, date.max),
        (date(9999, 12, 31), Cutoff.MONTH, date.max),
    ],
)
def test_a_cutoff_is_the_last_day_of_its_period(on: date, cutoff: Cutoff, ends: date) -> None:
    assert cutoff_end(on, cutoff, SCHEDULE) == ends


def test_the_sum_is_told_step_by_step() -> None:
    interval = due(started(date(2013, 4, 1), date(2014, 3, 31)), Period(years=6), Cutoff.FINANCIAL_YEAR)

    assert (interval.earliest, interval.latest) == (date(2020, 3, 31), date(2020, 3, 31))
    assert interval.arithmetic == (
        "record date: between 2013-04-01 and 2014-03-31",
        "the financial year ended 2014-03-31 at the latest",
        "+ P6Y (6 years)",
        "due 2020-03-31",
    )


def test_a_permanent_clock_has_no_due_date_and_a_zero_period_has_one() -> None:
    permanent = Clock(trigger=Trigger.NONE, subject="", period=None)

    assert due_interval(started(date(2014, 1, 1), date(2014, 1, 1)), permanent, SCHEDULE) is None
    assert due(started(date(2014, 1, 1), date(2014, 1, 1)), Period()).latest == date(2014, 1, 1)


def test_an_event_nobody_knows_the_date_of_has_no_last_due_day() -> None:
    interval = due(started(date(2009, 6, 1), None), Period(years=6))

    assert (interval.earliest, interval.latest) == (date(2015, 6, 1), None)
    assert "not settled" in interval.arithmetic[-1]


@given(days, cutoffs)
def test_a_cutoff_only_lengthens_and_by_less_than_a_year_and_a_day(on: date, cutoff: Cutoff) -> None:
    assert on <= cutoff_end(on, cutoff, SCHEDULE) <= on + timedelta(days=366)


@given(days, days, periods, cutoffs)
def test_nothing_is_due_before_its_full_term(one: date, other: date, period: Period, cutoff: Cutoff) -> None:
    earliest, latest = sorted((one, other))

    interval = due(started(earliest, latest), period, cutoff)

    assert interval.earliest is not None
    assert interval.latest is not None
    assert interval.earliest >= add_period(earliest, period)
    assert interval.latest >= add_period(latest, period)
    assert interval.earliest <= interval.latest


@given(days, periods, st.integers(0, 50), cutoffs)
def test_a_longer_period_is_never_due_earlier(on: date, period: Period, years: int, cutoff: Cutoff) -> None:
    longer = Period(years=period.years + years, months=period.months, days=period.days)

    assert (due(started(on, on), longer, cutoff).latest or date.max) >= (
        due(started(on, on), period, cutoff).latest or date.max
    )


@given(days, days, st.integers(0, 900), st.integers(0, 900), periods, cutoffs)
def test_knowing_less_never_settles_the_end_earlier(
    one: date, other: date, less: int, more: int, period: Period, cutoff: Cutoff
) -> None:
    earliest, latest = sorted((one, other))
    known = due(started(earliest, latest), period, cutoff)

    wider = due(started(earliest - timedelta(days=less), latest + timedelta(days=more)), period, cutoff)
    unknown = due(started(None, None), period, cutoff)

    assert wider.latest is not None
    assert known.latest is not None
    assert wider.latest >= known.latest
    assert (unknown.earliest, unknown.latest) == (None, None)


bounds = st.none() | days
intervals = st.none() | st.builds(DueInterval, earliest=bounds, latest=bounds)


@given(intervals, intervals)
def test_of_two_clocks_the_later_is_as_late_as_both_and_the_earlier_as_early_as_one(
    one: DueInterval | None, other: DueInterval | None
) -> None:
    later, earlier = later_of(one, other), earlier_of(one, other)

    if one is None or other is None:
        assert later is None
        assert earlier == (other if one is None else one)
        return
    assert later is not None
    assert earlier is not None
    ends = [interval.latest or date.max for interval in (one, other)]
    assert (later.latest or date.max) == max(ends)
    assert (earlier.latest or date.max) == min(ends)
    begins = [interval.earliest or date.min for interval in (one, other)]
    assert (later.earliest or date.min) == max(begins)
    assert (earlier.earliest or date.min) == min(begins)
