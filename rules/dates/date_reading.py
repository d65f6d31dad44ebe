"""Reads dates where people write them: after a label in a text, and in the names of files and folders.

Every reading is an interval. British order (day first); what can be read in two ways is read in both, and the
interval covers them. Nothing here decides what a date *means*; `dating` does.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from rules.dates.keeping import Kept, kept
from rules.dates.labels import MONTH_NAMES, LabelSearch
from rules.model import Cutoff, DisposalSchedule, YearStart

FIRST_YEAR, LAST_YEAR = 1900, 2099
_FIRST_YEAR_IN_NAMES = 1950
_CENTURY, _PIVOT = 100, 50
_LONGEST_VALUE = 40
_NAMES_KEPT = 8192
_JANUARY, _DECEMBER = 1, 12
_MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"""(?:
      (?P<y1>{_YEAR})-(?P<m1>\d\d)-(?P<d1>\d\d)
    | (?P<d2>\d{{1,2}})[/.-](?P<m2>\d{{1,2}})[/.-](?P<y2>{_YEAR}|\d\d)
    | (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?[ ]{{0,3}}(?:of[ ])?{_MONTH.format("n3")}[ ,.-]{{0,3}}(?P<y3>{_YEAR})
    | {_MONTH.format("n4")}[ ]{{1,3}}(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?[ ,]{{1,3}}(?P<y4>{_YEAR})
    | {_MONTH.format("n5")}[ ,.-]{{0,3}}(?P<y5>{_YEAR})
    )(?!\w)""",
    re.VERBOSE | re.ASCII,
)
_SEP = r"[-_. ]"
_IN_NAMES = re.compile(
    rf"""(?<!\d)(?:
      (?P<y1>{_YEAR}){_SEP}?(?P<m1>0[1-9]|1[0-2]){_SEP}?(?P<d1>0[1-9]|[12]\d|3[01])(?!\d)
    | (?P<d2>\d{{1,2}}){_SEP}(?P<m2>\d{{1,2}}){_SEP}(?P<y2>{_YEAR}|\d\d)(?!\d)
    | (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?{_SEP}{{0,2}}{_MONTH.format("n3")}{_SEP}{{0,2}}(?P<y3>{_YEAR})(?!\d)
    | (?P<from>{_YEAR})[ ]?[-_/][ ]?(?P<to>{_YEAR}|\d\d)(?!\d)
    | (?P<d6>[0-3]\d)(?P<m6>\d\d)(?P<y6>\d\d)(?!\d)
    | (?P<pair>\d\d\d\d)(?!\d)
    )
    | (?<![a-z]){_MONTH.format("n5")}{_SEP}{{0,2}}(?P<y5>{_YEAR})(?!\d)
    | (?<![a-z])fy[ -]?(?P<fy>{_YEAR}|\d\d)(?:[-_/](?P<fyto>\d\d))?(?!\d)""",
    re.VERBOSE | re.ASCII,
)


_TWO_DIGITS = re.compile(r"\d\d", re.ASCII)
Span = tuple[date, date]

# "13-14" is a year only when it is the whole name: rooms and houses are numbered so too
_PAIR_ALONE = re.compile(r"(?P<from>\d\d)[ ]?[-_/][ ]?(?P<to>\d\d)", re.ASCII)


class DateReading(NamedTuple):
    """A date as an interval, and the stretch of text it was read from.

    A reading is loose when it may be no date at all: `Invoice 2011` can be the two thousand and eleventh.
    """

    earliest: date
    latest: date
    start: int
    end: int
    is_loose: bool = False


def labelled_dates(folded: str, label: LabelSearch) -> Iterator[DateReading]:
    """Yield the dates of a folded text that directly follow a `label`."""
    for found in label.finditer(folded):
        read = _DATE.match(folded, found.end())
        span = None if read is None else _span_in_text(read)
        if read is not None and span is not None:
            yield DateReading(earliest=span[0], latest=span[1], start=found.start(), end=read.end())


def may_hold_a_date(name: str) -> bool:
    """Tell whether `dates_in_name` could read anything in a name; costs less."""
    # every way to write a date has two digits side by side
    if _TWO_DIGITS.search(name) is None:
        return False
    if _PAIR_ALONE.fullmatch(name.strip()) is not None:
        return True
    return any(not found["pair"] or _may_be_years(found["pair"]) for found in _IN_NAMES.finditer(name.casefold()))


def _may_be_years(digits: str) -> bool:
    """Tell whether four digits can be a year, or two that follow each other, and not only a number."""
    year = int(digits)
    return _FIRST_YEAR_IN_NAMES <= year <= LAST_YEAR or year % _CENTURY == (year // _CENTURY + 1) % _CENTURY


def dates_in_name(name: str, *, cutoff: Cutoff, schedule: DisposalSchedule) -> tuple[DateReading, ...]:
    """Return the dates in a file's or folder's name; `cutoff` says which kind of year `2013-14` may mean."""
    return _dates_in_name(name, cutoff, kept(schedule))


@lru_cache(maxsize=_NAMES_KEPT)  # every clock of a class reads the same names, and a drive has few folders
def _dates_in_name(name: str, cutoff: Cutoff, of: Kept[DisposalSchedule]) -> tuple[DateReading, ...]:
    return tuple(_read_name(name, cutoff, of.value))


def _read_name(name: str, cutoff: Cutoff, schedule: DisposalSchedule) -> Iterator[DateReading]:
    alone = _PAIR_ALONE.fullmatch(name.strip())
    if alone is not None and (int(alone["from"]) + 1) % _CENTURY == int(alone["to"]):
        span = _pair_alone(alone["from"], alone["to"], cutoff=cutoff, schedule=schedule)
        if span is not None:
            yield DateReading(earliest=span[0], latest=span[1], start=0, end=len(name))
    for found in _IN_NAMES.finditer(name.casefold()):
        span = _span_in_name(found, cutoff=cutoff, schedule=schedule)
        if span is not None:
            yield DateReading(
                earliest=span[0], latest=span[1], start=found.start(), end=found.end(), is_loose=_is_loose(found)
            )


def _is_loose(found: re.Match[str]) -> bool:
    second = found.group("to") or ""
    is_odd_pair = len(second) == 2 and (int(found.group("from")) + 1) % _CENTURY != int(second)  # noqa: PLR2004 - two digits
    return is_odd_pair or bool(found.group("pair") or found.group("d6"))


def date_in_text(folded: str) -> Span | None:
    """Return the date that a folded text begins with, as people write it in a letter."""
    found = _DATE.match(folded)
    return None if found is None else _span_in_text(found)


def date_in_value(value: str) -> Span | None:
    """Return the date that a cell of an export begins with.

    Machines of any country write exports, so `03/04/2012` is read in both orders, unless one of them is no date.
    """
    day = parse_day(value)
    if day is not None:
        return day, day
    read = _DATE.match(value.strip().casefold()[:_LONGEST_VALUE])
    if read is None:
        return None
    if read.group("y2") is None:
        return _span_in_text(read)
    return either_order(read.group("d2"), read.group("m2"), read.group("y2"))


def date_at(folded: str, place: int) -> tuple[Span, int] | None:
    """Return the date that begins at `place` of a folded text, and where it ends."""
    read = _DATE.match(folded, place)
    span = None if read is None else _span_in_text(read)
    return None if read is None or span is None else (span, read.end())


def either_order(first: str, second: str, year: str) -> Span | None:
    """Return what `first` and `second` can mean as day and month, in either order."""
    full = str(_full_year(int(year))) if len(year) == 2 else year  # noqa: PLR2004 - a year of two digits
    return hull(_day(full, second, first), _day(full, first, second))


def born_on(day: str, month: str, year: str, *, by: date) -> Span | None:
    """Return when a person was born, who was born `by` then: two digits may be of either century."""
    years = (year,) if len(year) > 2 else (f"19{year}", f"20{year}")  # noqa: PLR2004 - a year of two digits
    spans = [_day(one, month, day) or _day(one, day, month) for one in years]
    return hull(*(span for span in spans if span is not None and span[0] <= by))


def parse_day(text: str) -> date | None:
    """Return the day at the beginning of an ISO 8601 instant, or None when there is no believable one."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if FIRST_YEAR < day.year <= LAST_YEAR else None


def _span_in_text(found: re.Match[str]) -> Span | None:
    part = found.groupdict()
    if part["y4"]:
        return _day(part["y4"], str(_month(part["n4"])), part["d4"])
    return _plain_span(part)


def _span_in_name(found: re.Match[str], *, cutoff: Cutoff, schedule: DisposalSchedule) -> Span | None:
    part = found.groupdict()
    if part["from"]:
        return _years(part["from"], part["to"], cutoff=cutoff, schedule=schedule)
    if part["d6"]:
        return _six_digits(part["d6"], part["m6"], part["y6"])
    if part["fy"]:
        return _financial_year(part["fy"], part["fyto"], schedule=schedule)
    if part["pair"]:
        return _four_digits(part["pair"], cutoff=cutoff, schedule=schedule)
    return _plain_span(part)


def _plain_span(part: dict[str, str]) -> Span | None:
    """Read the forms that texts and names share."""
    if part["y1"]:
        return _day(part["y1"], part["m1"], part["d1"])
    if part["y2"]:
        return _day_first(part["d2"], part["m2"], part["y2"])
    if part["y3"]:
        return _day(part["y3"], str(_month(part["n3"])), part["d3"])
    return _whole_month(int(part["y5"]), _month(part["n5"]))


def _month(name: str) -> int:
    return MONTH_NAMES.index(name[:3]) + 1


def _day(year: str, month: str, day: str) -> Span | None:
    try:
        on = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return (on, on) if FIRST_YEAR <= on.year <= LAST_YEAR else None


def _day_first(day: str, month: str, year: str) -> Span | None:
    full = str(_full_year(int(year))) if len(year) == 2 else year  # noqa: PLR2004 - a year of two digits
    # American order only when the British one is no date at all
    return _day(full, month, day) or _day(full, day, month)


def _full_year(year: int) -> int:
    return year + (2000 if year < _PIVOT else 1900)


def _whole_month(year: int, month: int) -> Span:
    following = date(year + month // _DECEMBER, month % _DECEMBER + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def hull(*spans: Span | None) -> Span | None:
    """Return the interval that covers all that are known."""
    known = [span for span in spans if span is not None]
    return (min(span[0] for span in known), max(span[1] for span in known)) if known else None


def _year_from(start: YearStart, year: int) -> Span:
    return date(year, start.month, start.day), date(year + 1, start.month, start.day) - timedelta(days=1)


def _calendar_years(first: int, last: int) -> Span:
    return date(first, _JANUARY, 1), date(last, _DECEMBER, 31)


def _years(first: str, second: str, *, cutoff: Cutoff, schedule: DisposalSchedule) -> Span | None:
    """Read `2013-14`, `2013-2014`, `2010-2015`, and `2009-10`, which may be a month too."""
    begin = int(first)
    end = int(second) if len(second) > 2 else begin // _CENTURY * _CENTURY + int(second)  # noqa: PLR2004 - two digits
    end += _CENTURY if end < begin and len(second) == 2 and begin % _CENTURY == _CENTURY - 1 else 0  # noqa: PLR2004 - 1999-00
    is_month = len(second) == 2 and _JANUARY <= int(second) <= _DECEMBER  # noqa: PLR2004 - two digits
    month = _whole_month(begin, int(second)) if is_month else None
    if end == begin + 1:
        year = _year_from(schedule.financial_year_start, begin)
        own = _year_from(schedule.year_start(cutoff), begin) if cutoff in _YEARLY else None
        whole = _calendar_years(begin, end) if cutoff not in _YEARLY and len(second) > 2 else None  # noqa: PLR2004 - four digits
        return hull(year, own, whole, month)
    if end > begin and len(second) > 2:  # noqa: PLR2004 - two digits cannot be told from a number
        return _calendar_years(begin, end)
    return hull(_calendar_years(begin, begin), month)


_YEARLY = (Cutoff.FINANCIAL_YEAR, Cutoff.TAX_YEAR, Cutoff.ACADEMIC_YEAR)


def _financial_year(first: str, second: str | None, *, schedule: DisposalSchedule) -> Span | None:
    year = int(first) if len(first) > 2 else _full_year(int(first))  # noqa: PLR2004 - a year of two digits
    named_by_start = _year_from(schedule.financial_year_start, year)
    # FY14 is the year that begins in 2014 to some and the year that ends in 2014 to others
    return named_by_start if second else hull(named_by_start, _year_from(schedule.financial_year_start, year - 1))


def _six_digits(first: str, second: str, third: str) -> Span | None:
    """Read `020314`: 2 March 2014, or 14 March 2002 by those who put the year first; `201403` is a month."""
    day_first = _day(str(_full_year(int(third))), second, first)
    year_first = _day(str(_full_year(int(first))), second, third)
    month = int(third)
    is_month = first in ("19", "20") and _JANUARY <= month <= _DECEMBER
    return hull(day_first, year_first, _whole_month(int(first + second), month) if is_month else None)


def _pair_alone(first: str, second: str, *, cutoff: Cutoff, schedule: DisposalSchedule) -> Span | None:
    """Read `13-14`, and `09-10`, which may be September 2010 too."""
    years = _years(str(_full_year(int(first))), second, cutoff=cutoff, schedule=schedule)
    is_month = _JANUARY <= int(first) <= _DECEMBER
    return hull(years, _whole_month(_full_year(int(second)), int(first)) if is_month else None)


def _four_digits(digits: str, *, cutoff: Cutoff, schedule: DisposalSchedule) -> Span | None:
    """Read `2011`, or `1314` as a pair of years."""
    year = int(digits)
    begin, end = _full_year(year // _CENTURY), year % _CENTURY
    if end == (begin + 1) % _CENTURY and not _FIRST_YEAR_IN_NAMES <= year <= LAST_YEAR:
        return _years(str(begin), f"{end:02}", cutoff=cutoff, schedule=schedule)
    pair = _year_from(schedule.financial_year_start, begin) if end == (begin + 1) % _CENTURY else None
    return hull(_calendar_years(year, year), pair) if _FIRST_YEAR_IN_NAMES <= year <= LAST_YEAR else None
