"""Contracts that state how long they run: "for a term of five years from 1 May 2010".

That is when the contract was meant to end. Contracts are extended, so it only says "not before".
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from rules.cues.matching import fold_text
from rules.dates.date_reading import date_at
from rules.dates.evidence import Bound, DateEvidence
from rules.model import Strength
from rules.model.periods import Period, add_period

_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORDS = "|".join([*_UNITS, *_TENS])
_BEGINNINGS = ("term", "period", "duration")
_TERM = re.compile(
    rf"""(?<!\w)(?:term|period|duration)\s{{1,3}}of\s{{1,3}}
    (?P<number>\d{{1,3}}|(?:{_WORDS})(?:[-\s](?:{_WORDS}))?)(?:\s{{0,2}}\(\d{{1,3}}\))?\s{{1,3}}
    (?P<unit>years?|(?:calendar\s)?months?|weeks?)'?[,\s]{{1,3}}
    (?:(?:from|commencing|beginning|starting|with\s(?:effect\sfrom|effect))[\s]{{1,3}}){{1,2}}
    (?:(?:on|with|and\sincluding|the)\s{{1,3}}){{0,3}}""",
    re.VERBOSE,
)
_MOST_TERMS = 8


def terms_in(text: str) -> Iterator[DateEvidence]:
    """Yield when the terms stated in a text end at the earliest."""
    folded = fold_text(text)
    if " of " not in folded.folded:
        return
    for found in islice(_found(folded.folded), _MOST_TERMS):
        begun = date_at(folded.folded, found.end())
        if begun is None:
            continue
        (earliest, latest), end = begun
        period = _period(found["number"], found["unit"])
        last_day = timedelta(days=1)  # a term from a day runs to the eve of that day
        yield DateEvidence(
            bound=Bound.BOTH,
            earliest=add_period(earliest, period) - last_day,
            latest=add_period(latest, period) - last_day,
            strength=Strength.B,
            where=f"text, character {found.start() + 1}",
            text=" ".join(folded.quote(found.start(), end).split()),
        )


def _found(folded: str) -> Iterator[re.Match[str]]:
    """Yield every statement of a term in order; to leap from word to word costs less than to try each place."""
    places = sorted(place for word in _BEGINNINGS for place in _places(folded, word))
    return (found for place in places if (found := _TERM.match(folded, place)) is not None)


def _places(folded: str, word: str) -> Iterator[int]:
    place = folded.find(word)
    while place >= 0:
        yield place
        place = folded.find(word, place + 1)


def _period(number: str, unit: str) -> Period:
    count = int(number) if number.isdecimal() else sum(_value(word) for word in re.split(r"[-\s]", number))
    if unit.startswith("year"):
        return Period(years=count)
    return Period(days=7 * count) if unit.startswith("week") else Period(months=count)


def _value(word: str) -> int:
    return _UNITS[word] if word in _UNITS else _TENS[word]
