"""Lengths of time in words: `6 years`, `21 years and 4 months`, `not less than 3 and not more than 6 years`, `72h`."""

from dataclasses import dataclass, replace
from fractions import Fraction

from rules.model import Cutoff, Period, PeriodKind
from rules.phrases.cursor import Cursor
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.tokens import Kind
from rules.phrases.vocabulary import YEAR_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A period, perhaps with a maximum. `cutoff` is that of whole years of a kind (`6 financial years`)."""

    period: Period
    period_max: Period | None = None
    kind: PeriodKind | None = None
    cutoff: Cutoff = Cutoff.NONE


_YEARS, _MONTHS, _DAYS, _WEEKS, _HOURS, _WORKING_DAYS = "years", "months", "days", "weeks", "hours", "working days"
_UNITS = (
    dict.fromkeys(("year", "years", "yr", "yrs", "y"), (_YEARS, 1))
    | dict.fromkeys(("month", "months", "mth", "mths", "mnths", "mos", "m"), (_MONTHS, 1))
    | dict.fromkeys(("week", "weeks", "wk", "wks", "w"), (_WEEKS, 1))
    | dict.fromkeys(("day", "days", "d"), (_DAYS, 1))
    | dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), (_HOURS, 1))
    | dict.fromkeys(("quarter", "quarters"), (_MONTHS, 3))
    | dict.fromkeys(("decade", "decades"), (_YEARS, 10))
)
_ONLY_GLUED = frozenset("ymwdh")
_ORDER = (_YEARS, _MONTHS, _WEEKS, _DAYS, _HOURS)
_AT_LEAST = (
    "at least", "a minimum of", "minimum of", "minimum period of", "a minimum period of", "minimum", "min",
    "not less than", "no less than", "not fewer than", "no fewer than", "no earlier than", "not earlier than",
    "no sooner than", "not sooner than", "not before", "more than", "over",
)  # fmt: skip
_AT_MOST = (
    "up to a maximum of", "up to", "no more than", "not more than", "no longer than", "not longer than",
    "no later than", "not later than", "not exceeding", "a maximum of", "maximum of", "maximum period of",
    "a maximum period of", "maximum", "max", "within", "less than", "under",
)  # fmt: skip
_MONTHS_A_YEAR, _DAYS_A_WEEK, _HOURS_A_DAY, _WORKING_DAYS_A_WEEK = 12, 7, 24, 5
_BANK_HOLIDAYS = 4  # the most that fall into four weeks, at Christmas and Easter alike
_MOST_YEARS, _MOST_MONTHS, _MOST_DAYS = 999, 9999, 999_999  # as a schedule can write them


def read_length(cursor: Cursor, *, may_lack_unit: bool = False) -> Length | None:
    """Read a length of time, with what is said of it being the least or the most.

    With `may_lack_unit` a bare number is one of years, as in `current year plus 6`.
    """
    with cursor.attempt() as attempt:
        length = _range(cursor) or _bounded(cursor, may_lack_unit=may_lack_unit)
        attempt.is_kept = length is not None
    return length


def _range(cursor: Cursor) -> Length | None:
    """Read `two to six years`, `4-7 years`, `between 3 and 6 years`, `3 months to 2 years`."""
    with cursor.attempt() as attempt:
        is_between = cursor.take("between")
        cursor.take("from")
        least = _plain(cursor)
        number = None if least else _number(cursor)
        if (least is None and number is None) or not cursor.take(*(("and",) if is_between else ("to", "-"))):
            return None
        most = _plain(cursor)
        if most is None:
            return None
        least = least or _with_unit_of(number, cursor)
        if least is None or not is_longer(most.period, least.period):
            return None
        attempt.is_kept = True
    return replace(least, period_max=most.period, kind=PeriodKind.MINIMUM)


def _with_unit_of(number: Fraction | None, cursor: Cursor) -> Length | None:
    """Return the first number of a range, which has the unit of the second."""
    unit = _UNITS.get(cursor.tokens[cursor.place - 1].key)
    if number is None or unit is None:
        return None
    return Length(period=_add(Period(), number * unit[1], unit[0], cursor))


def _bounded(cursor: Cursor, *, may_lack_unit: bool) -> Length | None:
    kind = _kind(cursor)
    cursor.take("a period of", "period of", "the period of", "a further period of")
    kind = kind or _kind(cursor)
    length = _plain(cursor, may_lack_unit=may_lack_unit)
    if length is None:
        return None
    if cursor.take("minimum", "min", "at least", "or more", "or longer"):
        kind = _agreed(kind, PeriodKind.MINIMUM)
    elif cursor.take("maximum", "max", "at most", "or less", "or fewer"):
        kind = _agreed(kind, PeriodKind.MAXIMUM)
    length = replace(length, kind=kind)
    return _with_maximum(cursor, length) if kind is PeriodKind.MINIMUM else length


def _with_maximum(cursor: Cursor, length: Length) -> Length:
    """Read `and no more than 6 years old` after a minimum."""
    with cursor.attempt() as attempt:
        cursor.take("old", "years old")
        cursor.take("and", "but", ",")
        if _kind(cursor) is PeriodKind.MAXIMUM:
            most = _plain(cursor)
            if most is not None and is_longer(most.period, length.period):
                attempt.is_kept = True
                return replace(length, period_max=most.period)
    return length


def _kind(cursor: Cursor) -> PeriodKind | None:
    if cursor.take(*_AT_LEAST):
        return PeriodKind.MINIMUM
    if cursor.take(*_AT_MOST, "<"):
        return PeriodKind.MAXIMUM
    return None


def _agreed(said: PeriodKind | None, again: PeriodKind) -> PeriodKind:
    if said is not None and said is not again:
        raise UnreadPhraseError(
            "it is called a minimum and a maximum at once", finding="a minimum and a maximum at once"
        )
    return again


def _plain(cursor: Cursor, *, may_lack_unit: bool = False) -> Length | None:
    """Read numbers and units: `21 years and 4 months`, `Years 6 Months 0`, `6 financial years`."""
    parts = _units_first(cursor) or _numbers_first(cursor)
    if parts is None:
        with cursor.attempt() as attempt:
            number = _number(cursor) if may_lack_unit else None
            attempt.is_kept = number is not None and cursor.key() not in ("%", "/", "st", "£")
            if number is not None and attempt.is_kept:
                parts = ((number, _YEARS),), Cutoff.NONE
    if parts is None:
        return None
    period = Period()
    for number, unit in parts[0]:
        period = _add(period, number, unit, cursor)
    return Length(period=_countable(period), cutoff=parts[1])


Parts = tuple[tuple[tuple[Fraction, str], ...], Cutoff]


def _numbers_first(cursor: Cursor) -> Parts | None:
    parts: list[tuple[Fraction, str]] = []
    cutoff = Cutoff.NONE
    while True:
        with cursor.attempt() as attempt:
            if parts:
                cursor.take("and", ",")
            number = _number(cursor)
            if number is not None:
                unit, cutoff_said = _unit(cursor)
                # "6 years and 2 years" are two periods, not one
                attempt.is_kept = bool(unit) and (not parts or _rank(unit) > _rank(parts[-1][1]))
                if attempt.is_kept:
                    parts.append((_with_half(cursor, number, unit), unit))
                    cutoff = cutoff_said if cutoff_said is not Cutoff.NONE else cutoff
        if not attempt.is_kept:
            return (tuple(parts), cutoff) if parts else None


def _with_half(cursor: Cursor, number: Fraction, unit: str) -> Fraction:
    return number + Fraction(1, 2) if unit == _YEARS and cursor.take("and a half") else number


def _rank(unit: str) -> int:
    return _ORDER.index(unit) if unit in _ORDER else len(_ORDER)


def _units_first(cursor: Cursor) -> Parts | None:
    """Read the two columns of a table in one: `Years 6 Months 0`."""
    parts: list[tuple[Fraction, str]] = []
    while cursor.key() in ("years", "months", "days") and cursor.token(1).kind is Kind.NUMBER:
        unit = cursor.key()
        number = cursor.token(1).number
        if number is None or any(unit == other for _, other in parts):
            break
        parts.append((number, unit))
        cursor.place += 2
        cursor.take(",")
    return (tuple(parts), Cutoff.NONE) if parts else None


def _number(cursor: Cursor) -> Fraction | None:
    """Read a number, perhaps once more in words or figures: `six (6)`."""
    token = cursor.token()
    if token.kind is not Kind.NUMBER or token.number is None:
        if cursor.key() in ("a", "an") and cursor.key(1) in _UNITS and len(cursor.key(1)) > 1:
            cursor.place += 1
            return Fraction(1)
        if cursor.key() in ("a", "one") and cursor.key(1) in ("further", "full", "whole") and cursor.key(2) in _UNITS:
            cursor.place += 2
            return Fraction(1)
        return None
    cursor.place += 1
    again = cursor.token(1)
    if cursor.key() == "(" and again.kind is Kind.NUMBER and cursor.key(2) == ")":
        if again.number != token.number:
            raise UnreadPhraseError(
                f"the number is written twice and differs: {token.key} and {again.key}",
                finding=f"number in words and in figures differ: {token.key} ({again.key})",
            )
        cursor.place += 3
    number = token.number
    if cursor.stands("and a half") and cursor.key(3) in _UNITS:
        cursor.place += 3
        number += Fraction(1, 2)
    if token.is_in_words:
        cursor.findings.append(f"number in words: {token.key}")
    return number


def _unit(cursor: Cursor) -> tuple[str, Cutoff]:
    """Read a unit and what is said of it; empty when there is none."""
    glued = cursor.token().start == cursor.tokens[cursor.place - 1].end
    cursor.take("further", "additional", "more", "consecutive")
    cutoff = Cutoff.NONE
    if cursor.key() in ("full", "complete", "whole") and cursor.key(1) in YEAR_KINDS:
        cursor.place += 1
    if cursor.key() in YEAR_KINDS and cursor.key(1) in ("year", "years"):
        cutoff = YEAR_KINDS[cursor.key()]
        cursor.place += 1
    elif cursor.key() in ("working", "business", "school") and cursor.key(1) in ("day", "days"):
        cursor.place += 2
        return _WORKING_DAYS, cutoff
    elif cursor.key() == "calendar" and cursor.key(1) in ("day", "days", "month", "months"):
        cursor.place += 1
    key = cursor.key()
    if key not in _UNITS or (key in _ONLY_GLUED and not glued):
        return "", cutoff
    cursor.place += 1
    unit, times = _UNITS[key]
    if times > 1:
        return f"{times} {unit}", cutoff
    return unit, cutoff


def _add(period: Period, number: Fraction, unit: str, cursor: Cursor) -> Period:
    """Return `period` and `number` of `unit`; what is no whole day or month is rounded up."""
    if unit[0].isdigit():
        times, _, unit = unit.partition(" ")
        number *= int(times)
    if unit in (_YEARS, _MONTHS):
        months = number * (_MONTHS_A_YEAR if unit == _YEARS else 1)
        if unit == _YEARS and number.denominator == 1:
            return replace(period, years=period.years + int(number))
        return replace(period, months=period.months - (-months.numerator // months.denominator))
    if unit == _HOURS:
        # from any hour of the first day: 72 hours end within the fourth day
        days = -(-number // _HOURS_A_DAY) + (number > 0)
        cursor.findings.append(f"{number} hours are rounded up to {days} whole days")
        return replace(period, days=period.days + days)
    if unit == _WORKING_DAYS:
        days = _most_days(number)
        cursor.findings.append(
            f"{number} working days are taken as {days} days, with the most bank holidays there can be"
        )
        return replace(period, days=period.days + days)
    exact = number * (_DAYS_A_WEEK if unit == _WEEKS else 1)
    return replace(period, days=period.days - (-exact.numerator // exact.denominator))


def _most_days(working_days: Fraction) -> int:
    """Return the most calendar days in which so many working days fit."""
    number = -(-working_days.numerator // working_days.denominator)
    weekends = -(-number // _WORKING_DAYS_A_WEEK)
    holidays = _BANK_HOLIDAYS * -(-number // (4 * _WORKING_DAYS_A_WEEK))
    return number + 2 * weekends + holidays + (2 if holidays else 0)


def is_longer(one: Period, other: Period) -> bool:
    """Tell whether one period is longer than the other."""
    return days_about(one) > days_about(other)


def days_about(period: Period) -> float:
    """Return about how many days a period has, to compare periods; equal only for equal ones."""
    return (period.years * _MONTHS_A_YEAR + period.months) * 30.4369 + period.days


def sum_of(one: Period, other: Period) -> Period:
    """Return both periods, one after the other."""
    return _countable(
        Period(years=one.years + other.years, months=one.months + other.months, days=one.days + other.days)
    )


def _countable(period: Period) -> Period:
    if period.years > _MOST_YEARS or period.months > _MOST_MONTHS or period.days > _MOST_DAYS:
        raise UnreadPhraseError("the period is longer than any that can be counted")
    return period
