"""Numbers, periods and days as statements write them."""

from datetime import date

import pytest

from rules import Clock, Period, parse_rule

PERIODS = [
    ("6 years", "P6Y"),
    ("six years", "P6Y"),
    ("six (6) years", "P6Y"),
    ("Seventy-five years", "P75Y"),
    ("one hundred years", "P100Y"),
    ("a hundred and ten years", "P110Y"),
    ("a year", "P1Y"),
    ("18 months", "P18M"),
    ("twenty four months", "P24M"),
    ("2\u00bd years", "P30M"),
    ("two and a half years", "P30M"),
    ("1.5 years", "P18M"),
    ("21 years, 4 months", "P21Y4M"),
    ("6 yrs", "P6Y"),
    ("6y", "P6Y"),
    ("30d", "P30D"),
    ("30 calendar days", "P30D"),
    ("4 weeks", "P28D"),
    ("2 quarters", "P6M"),
    ("24 hours", "P2D"),
    ("1 working day", "P9D"),
    ("Years 6 Months 0", "P6Y"),
    ("Years 0 Months 6", "P6M"),
    ("six\u2010year", "P6Y"),
]


@pytest.mark.parametrize(("words", "expected"), PERIODS)
def test_a_period_is_as_long_as_it_is_written_or_rounded_up(words: str, expected: str) -> None:
    term = parse_rule(words, keep_from="Closure").term

    assert isinstance(term, Clock)
    assert str(term.period) == expected


@pytest.mark.parametrize(
    ("words", "shortest", "longest"),
    [
        ("4-7 years", "P4Y", "P7Y"),
        ("two to six years", "P2Y", "P6Y"),
        ("between 3 and 6 years", "P3Y", "P6Y"),
        ("no less than 3 years and no more than 6 years", "P3Y", "P6Y"),
        ("minimum 3 years, maximum 6 years", "P3Y", "P6Y"),
        ("6 months to 2 years", "P6M", "P2Y"),
    ],
)
def test_a_range_keeps_its_least_and_its_most(words: str, shortest: str, longest: str) -> None:
    term = parse_rule(words, keep_from="Closure").term

    assert isinstance(term, Clock)
    assert (str(term.period), str(term.period_max)) == (shortest, longest)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("31 March 2026", date(2026, 3, 31)),
        ("31st of March 2026", date(2026, 3, 31)),
        ("March 31, 2026", date(2026, 3, 31)),
        ("2026-03-31", date(2026, 3, 31)),
        ("31/03/2026", date(2026, 3, 31)),
        ("03/04/2026", date(2026, 4, 3)),
        ("March 2026", date(2026, 3, 31)),
        ("2026", date(2026, 12, 31)),
    ],
)
def test_a_day_is_read_as_british_and_never_too_early(words: str, day: date) -> None:
    term = parse_rule(f"Until {words}").term

    assert isinstance(term, Clock)
    assert (term.starts_on, term.period) == (day, Period())


@pytest.mark.parametrize(
    "words",
    [
        "6", "0x6 years", "-6 years", "6% years", "6/7 years", "1000000 years", "7 to 3 years", "6 year 7 year",
        "VI years", "6 years 6 years 6", "6,5 years", "31 February 2026", "between 3 years", "6 lunar months",
    ],
)  # fmt: skip
def test_a_number_that_is_not_a_plain_one_is_no_period(words: str) -> None:
    assert parse_rule(words, keep_from="Closure").term is None
