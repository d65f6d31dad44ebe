"""Reading dates and times as tools write them; what may be read two ways is not read at all.

A day and month in the wrong order, or a zone that was guessed, moves a retention end date. So a column of "03/04/2012"
is refused unless one of its own values proves the order, or the order was declared; and a time without a zone means
nothing until a zone is declared. The words stay beside the instant either way.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanners.exports.errors import UnknownZoneError
from scanners.exports.record import StatedInstant
from scanners.exports.tables.rows import Value

# 1601 is Windows' zero, 1899-12-30 OLE's, 1904 the Macintosh's, 1970 Unix's, 1980-01-01 DOS's: no date at all.
_FIRST_DATE = date(1980, 1, 2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS_ZERO = datetime(1601, 1, 1, tzinfo=UTC)
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet states no zone
_MAX_CHARS = 80
_LAST_MONTH = 12
_NEAR = timedelta(hours=1)

_CLOCK = (
    r"(?:(?:[T,]|\s)\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")
_BY_FIGURES = re.compile(r"(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second_part>\d{1,2})(?P=mark)(?P<year>\d{4})" + _CLOCK)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})" + _CLOCK)
_DAY_WORD = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?P<day>\d{1,2})[\s-](?P<name>[A-Za-z]{3,9})[\s,-]+(?P<year>\d{4})" + _CLOCK
)
_WORD_DAY = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?P<name>[A-Za-z]{3,9})\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})" + _CLOCK
)
_MICROSOFT = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/")
_ENDS_IN_ZONE = re.compile(r":\d\d(?:[.,]\d+)?(?:\s?[AaPp][Mm])?\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$|\)\\?/$")
_LOOKUP = re.compile(r"\d+;#(.*)", re.DOTALL)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *(("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may",), ("jun", "june")),
            *(("jul", "july"), ("aug", "august"), ("sep", "sept", "september"), ("oct", "october")),
            *(("nov", "november"), ("dec", "december")),
        ),
        1,
    )
    for name in names
}

NO_ZONE = "it states no time zone and none was declared"
TWO_WAYS = "day and month may be read two ways; declare day-first or month-first"
CONTRADICTS = "some of its dates can only be day-first and others only month-first"
NO_DATE = "it is no date that can be read with certainty"
ZERO = "it is the zero of a computer's clock or earlier, which is no date"
NEAR_MIDNIGHT = "a time near midnight in a zone that was declared, not stated: the day may be another"


class DateFormat(StrEnum):
    """How a column's dates were declared to be written, beside a pattern such as %d.%m.%Y."""

    AUTOMATIC = ""
    ISO = "iso"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    EPOCH_SECONDS = "epoch-seconds"
    EPOCH_MILLISECONDS = "epoch-milliseconds"
    FILETIME = "filetime"
    EXCEL = "excel"


def is_date_format(stated: str) -> bool:
    """Tell whether a profile may declare this."""
    return stated in tuple(DateFormat) or "%" in stated


def zone_of(stated: str) -> tzinfo:
    """Return the zone that was declared.

    Raises:
        UnknownZoneError: The system knows none of that name.
    """
    if stated.upper() in ("UTC", "Z", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(stated)
    try:
        return _fixed(offset) if offset else ZoneInfo(stated)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZoneError(zone=stated) from error


def _fixed(offset: re.Match[str]) -> timezone:
    distance = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(-distance if offset[1] == "-" else distance)


@dataclass(slots=True)
class DateSurvey:
    """What the values of one column prove about the order of day and month."""

    proves_day_first: int = 0
    proves_month_first: int = 0
    undecided: int = 0
    zoned: int = 0
    zoneless: int = 0

    def note(self, value: Value) -> None:
        """Take one value into account."""
        if not isinstance(value, str) or not 8 <= len(value) <= _MAX_CHARS:  # noqa: PLR2004  "1/1/2000" is the shortest
            return
        words = _bare(value)
        if _ENDS_IN_ZONE.search(words) or words.isdecimal():
            self.zoned += 1
        else:
            self.zoneless += 1
        found = _BY_FIGURES.fullmatch(words)
        if not found:
            return
        first, second = int(found["first"]), int(found["second_part"])
        if first > _LAST_MONTH >= second:
            self.proves_day_first += 1
        elif second > _LAST_MONTH >= first:
            self.proves_month_first += 1
        elif first != second:
            self.undecided += 1

    @property
    def order(self) -> DateFormat | None:
        """The order that is proved, None when there is none."""
        if bool(self.proves_day_first) == bool(self.proves_month_first):
            return None
        return DateFormat.DAY_FIRST if self.proves_day_first else DateFormat.MONTH_FIRST

    @property
    def refused(self) -> str:
        """Why the column cannot be used, in words; empty when it can."""
        if self.proves_day_first and self.proves_month_first:
            return CONTRADICTS
        return TWO_WAYS if self.undecided and self.order is None else ""

    @property
    def unplaced(self) -> str:
        """Why the column says nothing as long as no zone is declared; empty when some of its times state one."""
        return NO_ZONE if self.zoneless and not self.zoned else ""


@dataclass(frozen=True, slots=True)
class InstantReading:
    """An instant as it was understood, and what is doubtful about it."""

    instant: StatedInstant | None
    doubt: str = ""


_UNSTATED = InstantReading(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantReader:
    """Reads the values of one column.

    Args:
        date_format: What was declared or proved: a `DateFormat` or a pattern with "%".
        zone: What times without a zone are taken to be in; None when that was not declared.
        zone_name: What the zone is called.
    """

    date_format: str = ""
    zone: tzinfo | None = None
    zone_name: str = ""

    def read(self, value: Value) -> InstantReading:
        """Return what a value states; a value that states nothing gives no instant."""
        if value is None or value == "" or isinstance(value, bool | list | dict):
            return _UNSTATED
        raw = str(value) if not isinstance(value, str) else value
        words = _bare(raw)
        if not words:
            return _UNSTATED
        if len(words) > _MAX_CHARS:
            return InstantReading(StatedInstant(raw=raw[:_MAX_CHARS], at=None), NO_DATE)
        try:
            moment = self._moment(words)
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            doubt = TWO_WAYS if _is_undecided(words) else NO_DATE
            return InstantReading(StatedInstant(raw=raw, at=None), doubt)
        return self._placed(raw, moment)

    def _moment(self, words: str) -> datetime | None:
        """Return the moment meant, aware when the words state a zone; None when they mean nothing certain.

        Raises:
            ValueError, OverflowError: There is no such day or time.
        """
        declared = self.date_format
        if "%" in declared:
            return datetime.strptime(words, declared)  # noqa: DTZ007  without a zone in the pattern it has none
        if declared in _FIGURE_READERS:
            return _FIGURE_READERS[declared](words)
        for reader in _READERS:
            moment = reader(words)
            if moment is not None:
                return moment
        return None if declared == DateFormat.ISO else _by_order(words, declared)

    def _placed(self, raw: str, moment: datetime) -> InstantReading:
        if moment.date() < _FIRST_DATE:
            return InstantReading(StatedInstant(raw=raw, at=None), ZERO)
        try:
            if moment.tzinfo is not None:
                return InstantReading(StatedInstant(raw=raw, at=moment.astimezone(UTC)))
            if self.zone is None:
                return InstantReading(StatedInstant(raw=raw, at=None), NO_ZONE)
            # An hour that the clocks show twice, or never, is taken as the later one: a record is kept longer by it.
            at = max(moment.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        except (ValueError, OverflowError):
            return InstantReading(StatedInstant(raw=raw, at=None), NO_DATE)
        stated = StatedInstant(raw=raw, at=at, assumed_zone=self.zone_name)
        return InstantReading(stated, NEAR_MIDNIGHT if _is_near_midnight(raw, moment) else "")


def _bare(raw: str) -> str:
    words = raw.strip()
    lookup = _LOOKUP.fullmatch(words)
    return lookup[1].strip() if lookup else words


def _is_near_midnight(raw: str, moment: datetime) -> bool:
    if ":" not in raw:
        return False  # a date alone: the zone says which midnight is meant, and the day is as stated
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    since = moment - midnight
    return since < _NEAR or since > timedelta(days=1) - _NEAR


def _is_undecided(words: str) -> bool:
    found = _BY_FIGURES.fullmatch(words)
    return found is not None and int(found["first"]) <= _LAST_MONTH and int(found["second_part"]) <= _LAST_MONTH


def _iso(words: str) -> datetime | None:
    if not _ISO.fullmatch(words):
        return None
    return datetime.fromisoformat(words.replace(" UTC", "Z").replace(" Z", "Z"))


def _microsoft(words: str) -> datetime | None:
    found = _MICROSOFT.fullmatch(words)
    return _EPOCH + timedelta(milliseconds=int(found[1])) if found else None


def _figures(words: str) -> datetime | None:
    """Read a bare number whose length alone says what it counts: seconds, milliseconds, or Windows' ticks."""
    reader = _BY_LENGTH.get(len(words)) if words.isdecimal() else None
    return reader(words) if reader else None


def _seconds(words: str) -> datetime:
    return _EPOCH + timedelta(seconds=float(words))


def _milliseconds(words: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=float(words))


def _ticks(words: str) -> datetime:
    return _WINDOWS_ZERO + timedelta(microseconds=int(words) // 10)


def _excel_days(words: str) -> datetime:
    return (_EXCEL_ZERO + timedelta(days=float(words), milliseconds=500)).replace(microsecond=0)


def _year_first(words: str) -> datetime | None:
    found = _YEAR_FIRST.fullmatch(words)
    return _built(found, month=int(found["month"]), day=int(found["day"])) if found else None


def _with_month_name(words: str) -> datetime | None:
    found = _DAY_WORD.fullmatch(words) or _WORD_DAY.fullmatch(words)
    month = _MONTHS.get(found["name"].lower()) if found else None
    return _built(found, month=month, day=int(found["day"])) if found and month else None


def _by_order(words: str, order: str) -> datetime | None:
    found = _BY_FIGURES.fullmatch(words)
    if not found:
        return None
    first, second = int(found["first"]), int(found["second_part"])
    if first == second or order == DateFormat.DAY_FIRST:
        return _built(found, month=second, day=first)
    return _built(found, month=first, day=second) if order == DateFormat.MONTH_FIRST else None


def _built(found: re.Match[str], *, month: int, day: int) -> datetime:
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= _LAST_MONTH:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "p" else 0)
    return datetime(
        int(found["year"]), month, day, hour, int(found["minute"] or 0), int(found["second"] or 0),
        tzinfo=_stated_zone(found["zone"]),
    )  # fmt: skip


def _stated_zone(stated: str | None) -> tzinfo | None:
    if not stated:
        return None
    offset = _OFFSET.fullmatch(stated)
    return _fixed(offset) if offset else UTC


_READERS: tuple[Callable[[str], datetime | None], ...] = (_iso, _year_first, _microsoft, _figures, _with_month_name)
_BY_LENGTH: dict[int, Callable[[str], datetime]] = {10: _seconds, 13: _milliseconds, 18: _ticks}
_FIGURE_READERS: dict[str, Callable[[str], datetime]] = {
    DateFormat.EPOCH_SECONDS: _seconds,
    DateFormat.EPOCH_MILLISECONDS: _milliseconds,
    DateFormat.FILETIME: _ticks,
    DateFormat.EXCEL: _excel_days,
}
