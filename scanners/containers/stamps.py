"""The ways in which archives state when a member was last changed, as ISO 8601; empty when it is no date.

The zeros of well-known clocks count as no date: a false early one could make a record look due.
"""

from datetime import UTC, datetime, timedelta, tzinfo

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FIRST = (1980, 1, 2)  # the day after DOS's zero
_TICKS_PER_SECOND = 10_000_000


def dos_stamp(date: int, time: int) -> str:
    """Return MS-DOS date and time: the local time of a place that nobody recorded, so without a zone."""
    day = (1980 + (date >> 9), date >> 5 & 15, date & 31)
    return _stamp(*day, time >> 11, time >> 5 & 63, min(2 * (time & 31), 59))


def unix_stamp(seconds: float) -> str:
    """Return seconds since 1970 as an instant in UTC."""
    return _instant(_UNIX_EPOCH, seconds)


def windows_stamp(ticks: int) -> str:
    """Return a FILETIME, tenths of microseconds since 1601, as an instant in UTC."""
    return _instant(_WINDOWS_EPOCH, ticks // _TICKS_PER_SECOND)


def _instant(epoch: datetime, seconds: float) -> str:
    try:
        at = epoch + timedelta(seconds=int(seconds))
    except (OverflowError, ValueError):
        return ""
    return _stamp(*at.timetuple()[:6], zone=UTC)


def _stamp(*fields: int, zone: tzinfo | None = None) -> str:
    year, month, day, hour, minute, second = fields
    if fields < _FIRST:
        return ""
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).isoformat()
    except ValueError:
        return ""
