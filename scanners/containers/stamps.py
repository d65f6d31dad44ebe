"""The ways in which archives state when a member was last changed, as ISO 8601; empty when it is no date.

The zeros of well-known clocks count as no date: a false early one could make a record look due.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FIRST = (1980, 1, 2)  # the day after DOS's zero
_TICKS_PER_SECOND = 10_000_000
_DISC_STAMP_BYTES = 7
_MOST_QUARTERS = 56  # 14 hours: no place on earth is further from UTC


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


def disc_stamp(raw: bytes) -> str:
    """Return the seven bytes of a disc's directory: the years since 1900, and how far the clock is from UTC.

    ECMA-119 9.1.5; the distance counts quarters of an hour.
    """
    if len(raw) < _DISC_STAMP_BYTES:
        return ""
    distance = raw[6] - 256 if raw[6] > 127 else raw[6]  # noqa: PLR2004  the largest of a signed byte
    zone = timezone(timedelta(minutes=15 * distance)) if abs(distance) <= _MOST_QUARTERS else None
    return _stamp(1900 + raw[0], *raw[1:6], zone=zone)
