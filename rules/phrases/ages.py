"""Ages and anniversaries: `until the child is 18`, `75th birthday`, `75th anniversary of the child's birth`."""

from functools import partial

from rules.model import Clock, Period, Trigger
from rules.phrases.cursor import Cursor
from rules.phrases.events import read_events
from rules.phrases.tokens import Kind, Token
from rules.phrases.vocabulary import words

_PERSONS = words(
    "child children person persons individual client subject adult employee employees pupil patient customer "
    "resident user student member staff adopted adoptee claimant minor applicant he she they who"
)
_WHO = _PERSONS | words("the a their his her that this youngest young of service data would have")
_REACHES = (
    "has reached", "have reached", "reaches", "reach", "attains", "attain", "reached", "turns", "becomes", "is",
    "are", "was", "been",
)  # fmt: skip
_AGE = ("the age of", "age of", "aged", "age")
_AFTER_BARE = frozenset(("", ".", ",", ";", "or", "plus", "+", "and", "then", ")", "("))
_OLDEST, _YOUNGEST = 130, 5


def read_age(cursor: Cursor, *, after_until: bool = False) -> Clock | None:
    """Read an age as a clock that runs from birth; after `until` a bare number is one: `until 75`."""
    for read in (_anniversary, partial(_aged, after_until=after_until)):
        with cursor.attempt() as attempt:
            clock = read(cursor)
            attempt.is_kept = clock is not None
        if clock is not None:
            return clock
    return None


def _anniversary(cursor: Cursor) -> Clock | None:
    begun = cursor.place
    cursor.skip(_WHO)
    token = cursor.token()
    # "75 anniversary of childs birth" lacks its "th"
    if token.kind not in (Kind.ORDINAL, Kind.NUMBER) or token.number is None:
        return None
    cursor.place += 1
    period = Period(years=int(token.number))
    if token.kind is Kind.ORDINAL and cursor.take("birthday", "birth date"):
        if cursor.take("of"):
            cursor.skip(_WHO)
        return Clock(trigger=Trigger.DATE_OF_BIRTH, subject=cursor.words(begun, cursor.place), period=period)
    if cursor.take("anniversary of", "year anniversary of"):
        events = read_events(cursor)
        if events is None or len(events.clocks) != 1:
            return None
        clock = events.clocks[0]
        return Clock(
            trigger=clock.trigger, subject=clock.subject, period=period, event=clock.event, cutoff=clock.cutoff
        )
    return None


def _aged(cursor: Cursor, *, after_until: bool) -> Clock | None:
    begun = cursor.place
    cursor.skip(_WHO)
    has_person = any(token.key in _PERSONS for token in cursor.tokens[begun : cursor.place])
    # "when it is 6 years old" is the age of a record
    is_said = cursor.take(*_REACHES) and has_person
    is_said = cursor.take(*_AGE) or is_said
    token = cursor.token()
    if not _is_age(token):
        return None
    cursor.place += 1
    months, is_unit = _months(cursor)
    if not is_said:
        is_said = cursor.take("old") and has_person if is_unit else False
        is_said = cursor.take("of age") or is_said
    else:
        cursor.take("old", "of age")
    is_bare = after_until and not is_unit and cursor.tokens[cursor.place - 1] is token
    if is_bare and not is_said and cursor.key() in _AFTER_BARE:
        cursor.findings.append(f"'until {token.key}' is read as an age")
        is_said = True
    if not is_said:
        return None
    subject = cursor.words(begun, cursor.place)
    return Clock(
        trigger=Trigger.DATE_OF_BIRTH, subject=subject, period=Period(years=int(token.number or 0), months=months)
    )


def _months(cursor: Cursor) -> tuple[int, bool]:
    """Read `years and 4 months` after a number of years; tell whether `years` was written."""
    if not cursor.take("years", "yrs", "year"):
        return 0, False
    with cursor.attempt() as attempt:
        cursor.take("and")
        number = cursor.token().number
        attempt.is_kept = cursor.token().kind is Kind.NUMBER and cursor.key(1) in ("months", "month")
        if attempt.is_kept and number is not None and number.denominator == 1:
            cursor.place += 2
            return int(number), True
    return 0, True


def _is_age(token: Token) -> bool:
    number = token.number
    return (
        token.kind is Kind.NUMBER and number is not None and number.denominator == 1 and _YOUNGEST <= number <= _OLDEST
    )
