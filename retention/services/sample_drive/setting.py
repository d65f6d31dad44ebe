"""The time and the chance in which the drive's story happens: financial years, British dates, fixed dice.

Chance is asked by label, never in sequence, so a paper added in one department changes no other paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import Self, TypeVar

_Option = TypeVar("_Option")

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_APRIL = 4
_SATURDAY = 5


def in_words(day: date) -> str:
    """Return `day` as a letter writes it: 4 May 2011 (no locale is asked)."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def in_figures(day: date) -> str:
    """Return `day` as a British form writes it: 04/05/2011."""
    return f"{day.day:02}/{day.month:02}/{day.year}"


def working_day(day: date) -> date:
    """Return `day`, or the Friday before it when it falls on a weekend."""
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialYear:
    """The year from 1 April of `start` to 31 March, which is how councils file."""

    start: int

    @classmethod
    def holding(cls, day: date) -> Self:
        """Return the financial year in which `day` falls."""
        return cls(start=day.year if day.month >= _APRIL else day.year - 1)

    @property
    def name(self) -> str:
        """The name on the folder: 2009-10."""
        return f"{self.start}-{(self.start + 1) % 100:02}"

    @property
    def first_day(self) -> date:
        """The first day of April."""
        return date(self.start, 4, 1)

    @property
    def last_day(self) -> date:
        """The last day of March, a year later."""
        return date(self.start + 1, 3, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Dice that always fall the same way for the same seed and label."""

    seed: int

    def number(self, label: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        key = f"{self.seed}|{label}".encode("utf-8", "surrogateescape")
        throw = int.from_bytes(blake2b(key, digest_size=8).digest())
        return low + throw % (high - low + 1)

    def choice(self, label: str, options: Sequence[_Option]) -> _Option:
        """Return one of `options`, which must not be empty."""
        return options[self.number(label, 0, len(options) - 1)]

    def weekday_between(self, label: str, first: date, last: date) -> date:
        """Return a weekday from `first` to `last`; the Friday before `first` when there is none."""
        return working_day(first + timedelta(days=self.number(label, 0, (last - first).days)))

    def weekday_in(self, label: str, year: FinancialYear) -> date:
        """Return a weekday of a financial year, clear of its ends and of the tax year's first days."""
        return self.weekday_between(label, year.first_day + timedelta(days=8), year.last_day - timedelta(days=5))

    def weekday_of(self, label: str, year: int) -> date:
        """Return a weekday of a calendar year."""
        return self.weekday_between(label, date(year, 1, 8), date(year, 12, 18))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The day the drive is looked at, and the dice it is made with."""

    as_of: date
    chance: Chance

    def saved_after(self, day: date, label: str) -> date:
        """Return when a paper dated `day` was last saved: up to nine days later, never after `as_of`."""
        return min(day + timedelta(days=self.chance.number(f"saved {label}", 0, 9)), self.as_of)

    def recent_years(self, count: int) -> tuple[FinancialYear, ...]:
        """Return the last `count` whole financial years before `as_of`, the oldest first."""
        current = FinancialYear.holding(self.as_of).start
        return tuple(FinancialYear(start=current - back) for back in range(count, 0, -1))

    def days_ago(self, days: int) -> date:
        """Return the weekday on or before the day `days` days before `as_of`."""
        return working_day(self.as_of - timedelta(days=days))

    @property
    def server_move_on(self) -> date:
        """The weekend on which everything undated was copied to a new server and took its date."""
        return self.as_of - timedelta(days=500)


def years(first: int, last: int) -> tuple[FinancialYear, ...]:
    """Return the financial years that start in `first` to `last`, both included."""
    return tuple(FinancialYear(start=start) for start in range(first, last + 1))
