from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import InvalidPeriodError, Period, add_period

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2400, 12, 31))
periods = st.builds(Period, years=st.integers(0, 120), months=st.integers(0, 40), days=st.integers(0, 5_000))


@pytest.mark.parametrize(
    ("on", "written", "due"),
    [
        (date(2012, 2, 29), "P1Y", date(2013, 2, 28)),
        (date(2012, 2, 29), "P4Y", date(2016, 2, 29)),
        (date(2011, 1, 31), "P1M", date(2011, 2, 28)),
        (date(2012, 1, 31), "P1M", date(2012, 2, 29)),
        (date(2012, 3, 31), "P6M", date(2012, 9, 30)),
        (date(2000, 5, 17), "P21Y4M", date(2021, 9, 17)),
        (date(2024, 2, 28), "P28D", date(2024, 3, 27)),
        (date(2024, 2, 28), "P0D", date(2024, 2, 28)),
        (date(2012, 12, 31), "P13M", date(2014, 1, 31)),
    ],
)
def test_a_sum_that_falls_off_the_month_ends_with_the_month(on: date, written: str, due: date) -> None:
    assert add_period(on, Period.parse(written)) == due


@pytest.mark.parametrize(
    "text", ["", "P", "6Y", "P6", "P-6Y", "P6Y ", "PT6H", "P6W", "p6y", "P1.5Y", "P٦Y", "P9999Y", "permanent"]
)
def test_what_is_not_a_period_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidPeriodError, match=r"is not a period.*write years"):
        Period.parse(text)


@given(periods)
def test_a_period_survives_writing_and_reading(period: Period) -> None:
    assert Period.parse(str(period)) == period


def test_zero_is_written_as_a_period_and_said_as_no_time() -> None:
    assert str(Period()) == "P0D"
    assert Period().in_words == "no time at all"
    assert Period.parse("P21Y4M").in_words == "21 years and 4 months"


@given(days, periods)
def test_a_period_never_ends_before_it_begins(on: date, period: Period) -> None:
    assert add_period(on, period) >= on


@given(days, days, periods)
def test_a_later_start_never_ends_earlier(one: date, other: date, period: Period) -> None:
    first, second = sorted((one, other))

    assert add_period(first, period) <= add_period(second, period)


@given(days, periods, st.integers(0, 30), st.integers(0, 30))
def test_a_longer_period_never_ends_earlier(on: date, period: Period, years: int, more_days: int) -> None:
    longer = Period(years=period.years + years, months=period.months, days=period.days + more_days)

    assert add_period(on, period) <= add_period(on, longer)


def test_a_sum_beyond_the_calendar_is_its_last_day_and_never_an_error() -> None:
    assert add_period(date(9_500, 1, 1), Period(years=999)) == date.max
    assert add_period(date(9_999, 12, 1), Period(days=900_000)) == date.max
