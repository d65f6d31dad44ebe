"""Birth dates that people write into the names of files and folders: `(b. 1996)`, `DOB120396`, `Smith born 1996`."""

import re
from collections.abc import Iterator
from datetime import date

from rules.dates.date_reading import Span, born_on, hull
from rules.dates.evidence import Bound, DateEvidence
from rules.model import Strength

BIRTH_WORDS = ("dob", "d.o.b", "born", "(b")
_YEAR = r"(?:19|20)\d\d"
_BORN = re.compile(
    rf"""(?<![^\W\d_])(?:dob|d\.o\.b\.?|born|\(b\.?)[-_ :.]{{0,3}}(?:
      (?P<run>\d{{8}}|\d{{6}})(?!\d)
    | (?P<y>{_YEAR})[-_ ./](?P<m>\d\d)[-_ ./](?P<d>\d\d)(?!\d)
    | (?P<only>{_YEAR})(?!\d|[-_ ./]\d)
    | (?P<day>\d{{1,2}})[-_ ./](?P<month>\d{{1,2}})[-_ ./](?P<year>{_YEAR}|\d\d)(?!\d)
    )""",
    re.VERBOSE | re.ASCII,
)


def may_tell_a_birth(path: str) -> bool:
    """Tell whether `births_in` could find anything in a path; costs less."""
    folded = path.casefold()
    return any(word in folded for word in BIRTH_WORDS)


def births_in(path: str, *, by: date) -> Iterator[DateEvidence]:
    """Yield the birth dates in the names of a path; the file was written `by` then, and so the person born."""
    parts = path.split("/")
    for number, part in enumerate(parts):
        is_file = number == len(parts) - 1
        where = f"file name '{part}'" if is_file else "folder '" + "/".join(parts[: number + 1]) + "'"
        for found in _BORN.finditer(part.casefold()):
            span = _span(found, by)
            if span is not None:
                yield DateEvidence(
                    bound=Bound.BOTH,
                    earliest=span[0],
                    latest=span[1],
                    strength=Strength.C,
                    where=where,
                    text=part[found.start() : found.end()],
                )


def _span(found: re.Match[str], by: date) -> Span | None:
    if found["only"]:
        year = int(found["only"])
        return date(year, 1, 1), date(year, 12, 31)
    if found["y"]:
        return born_on(found["d"], found["m"], found["y"], by=by)
    if found["run"]:
        return _run(found["run"], by)
    return born_on(found["day"], found["month"], found["year"], by=by)


def _run(digits: str, by: date) -> Span | None:
    """Read `120396`, `12031996` and `19960312`."""
    day_first = born_on(digits[:2], digits[2:4], digits[4:], by=by)
    year_first = born_on(digits[6:], digits[4:6], digits[:4], by=by) if len(digits) > 6 else None  # noqa: PLR2004 - six or eight
    return hull(day_first, year_first)
