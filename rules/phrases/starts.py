"""Where a period starts: an age, a day, events, or the current year."""

from datetime import date

from rules.model import Clock, Cutoff, LaterOf, Term, Trigger
from rules.phrases.ages import read_age
from rules.phrases.combining import Said, end_of, start_of
from rules.phrases.cursor import Cursor
from rules.phrases.events import read_events
from rules.phrases.tokens import Kind
from rules.phrases.vocabulary import NO_TIME, YEAR_KINDS

_FIRST_YEAR, _LAST_YEAR = 1950, 2199
_AFTER_CURRENT = ("+", "plus", "", ".", ";", ",", ")")


def read_start(cursor: Cursor) -> Said | None:
    """Read an age, a day or events as the start of a period."""
    known = read_age(cursor) or read_day(cursor)
    if known is not None:
        return Said(term=known, is_end=True)
    with cursor.attempt() as attempt:
        cursor.take("the")
        is_earlier = cursor.take("earlier of", "earliest of")
        attempt.is_kept = is_earlier or cursor.take("later of", "latest of")
    events = read_events(cursor)
    if events is None:
        return None
    return Said(term=end_of(events) if is_earlier else start_of(events))


def read_day(cursor: Cursor) -> Clock | None:
    """Read a day, or a year as its last day."""
    with cursor.attempt() as attempt:
        day = _calendar_day(cursor)
        attempt.is_kept = day is not None
    return day


def _calendar_day(cursor: Cursor) -> Clock | None:
    cursor.take("the end of", "end of", "the")
    token = cursor.token()
    if token.day is not None:
        cursor.place += 1
        return Clock(trigger=Trigger.FIXED_DATE, subject="", period=NO_TIME, starts_on=token.day)
    number = token.number
    if token.kind is not Kind.NUMBER or number is None or token.is_in_words or number.denominator != 1:
        return None
    if not _FIRST_YEAR <= number <= _LAST_YEAR or cursor.key(1) not in ("", ".", ";", ",", ")"):
        return None
    cursor.place += 1
    cursor.findings.append(f"{number} is read as the last day of that year")
    return Clock(trigger=Trigger.FIXED_DATE, subject="", period=NO_TIME, starts_on=date(int(number), 12, 31))


def read_current(cursor: Cursor) -> Term | None:
    """Read `current year`, or `current` alone, which is the current year or as long as it is current: the later."""
    is_alone = cursor.key() == "current" and cursor.key(1) in _AFTER_CURRENT
    year = read_current_year(cursor)
    if year is None or not is_alone:
        return year
    cursor.findings.append("it does not say current what: the later of superseded and the financial year's end counts")
    return LaterOf(terms=(Clock(trigger=Trigger.SUPERSEDED, subject="", period=NO_TIME), year))


def read_current_year(cursor: Cursor) -> Clock | None:
    """Read `current year`, `current financial year`; a council's year is its financial one unless it says otherwise."""
    with cursor.attempt() as attempt:
        cursor.take("the")
        if not cursor.take("current"):
            return None
        cutoff = YEAR_KINDS.get(cursor.key(), Cutoff.NONE)
        if cutoff is not Cutoff.NONE and cursor.key(1) in ("year", "years"):
            cursor.place += 2
        elif cursor.take("year", "years", "yr", "fy") or cursor.key() in _AFTER_CURRENT:
            cutoff = Cutoff.FINANCIAL_YEAR
            cursor.findings.append("the current year is read as the current financial year")
        else:
            return None
        attempt.is_kept = True
    return Clock(trigger=Trigger.RECORD_DATE, subject="", period=NO_TIME, cutoff=cutoff)
