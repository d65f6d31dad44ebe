"""Dates as files state them, turned into ISO 8601 and no more exact than they were; impossible ones are dropped.

A false early date could make a record look due, so the zeros of well-known clocks count as no date at all.
"""

import re
from datetime import date, datetime, timedelta, timezone

# 1601 is Windows' zero, 1899-12-30 OLE's, 1904 the Macintosh's, 1970 Unix's, 1980-01-01 DOS's.
_FIRST_DATE = date(1980, 1, 2)

# W3C NOTE-datetime, used by ISO/IEC 29500-2 (core properties)
_W3CDTF = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
# ISO 32000-1 7.9.4; the apostrophes, the "D:" and most of the rest are left out by some producer or other
_PDF = re.compile(
    r"(?:D:)?\s*(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})?)?)?)?)?\s*(Z|[+-]\d{2}'?(?:\d{2})?)?['\d]*",
    re.ASCII,
)


def from_w3cdtf(stated: str) -> str | None:
    """Return a date of an office file's properties in ISO 8601, or None when it is none or cannot be true."""
    match = _W3CDTF.fullmatch(stated.strip())
    return _as_iso(match) if match else None


def from_pdf(stated: str) -> str | None:
    """Return a date such as "D:20190331100000+01'00'" in ISO 8601, or None when it is none or cannot be true."""
    match = _PDF.fullmatch(stated.strip())
    return _as_iso(match) if match else None


def _as_iso(match: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        on = date(int(year), int(month or 1), int(day or 1))
        if on < _FIRST_DATE:
            return None
        if day is None:
            return f"{year}-{month}" if month else year
        if hour is None:
            return on.isoformat()
        at = datetime(  # a file that states no zone gets none: guessing one would be evidence we made up
            on.year, on.month, on.day, int(hour), int(minute or 0), int(second or 0), tzinfo=_zone(zone)
        )
    except ValueError:
        return None
    return at.isoformat()


def _zone(stated: str | None) -> timezone | None:
    if not stated:
        return None
    digits = re.sub(r"\D", "", stated)
    offset = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:4] or 0))
    return timezone(-offset if stated.startswith("-") else offset)
