"""Periods of years, months and days, and their sum with civil dates: the arithmetic under every due date."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from rules.errors import InvalidPeriodError

MOST_YEARS = 999
_ISO_8601 = re.compile(r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<days>\d{1,6})D)?", re.ASCII)
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A length of time in the calendar. Zero is a period; "permanent" is not (it is the absence of one)."""

    years: int = 0
    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Return the period that `text` writes (ISO 8601, such as `P21Y4M`; `P0D` is zero).

        Raises:
            InvalidPeriodError: `text` is anything else.
        """
        found = _ISO_8601.fullmatch(text)
        if found is None or not any(part is not None for part in found.groups()):
            raise InvalidPeriodError(text=text)
        return cls(**{unit: int(number) for unit, number in found.groupdict(default="0").items()})

    def __str__(self) -> str:
        """Return the period in ISO 8601, the way it is written in a schedule."""
        parts = ((self.years, "Y"), (self.months, "M"), (self.days, "D"))
        return "P" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0D")

    @property
    def in_words(self) -> str:
        """Return the period for people: "21 years and 4 months"."""
        parts = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        words = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number]
        return " and ".join(words) or "no time at all"


def add_period(on: date, period: Period) -> date:
    """Return the day `period` after `on`: first whole months, clamped to the month's end, then days.

    29 February + 1 year is 28 February; 31 January + 1 month is the last of February (Slipcase Records
    Profile 8.2). A sum beyond the calendar is its last day, which no evaluation date ever reaches.
    """
    months = on.year * _MONTHS_A_YEAR + on.month - 1 + period.years * _MONTHS_A_YEAR + period.months
    year, month = months // _MONTHS_A_YEAR, months % _MONTHS_A_YEAR + 1
    if year > date.max.year:
        return date.max
    day = min(on.day, calendar.monthrange(year, month)[1])
    try:
        return date(year, month, day) + timedelta(days=period.days)
    except OverflowError:
        return date.max


def subtract_years(on: date, years: int) -> date:
    """Return the day `years` before `on`, clamped to the month's end and to the calendar's first year."""
    year = max(on.year - years, date.min.year)
    return date(year, on.month, min(on.day, calendar.monthrange(year, on.month)[1]))
