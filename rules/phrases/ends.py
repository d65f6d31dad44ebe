"""Terms that say until when, and no length: `until superseded`, `75th birthday`, `life of building`, `when closed`."""

from dataclasses import replace

from rules.model import Clock, Cutoff, Trigger
from rules.phrases.ages import read_age
from rules.phrases.combining import ENDINGS, Said, end_of, start_of, until
from rules.phrases.cursor import Cursor
from rules.phrases.event_words import trigger_of
from rules.phrases.events import read_events
from rules.phrases.running import read_event_first, read_length_first
from rules.phrases.starts import read_day
from rules.phrases.vocabulary import NO_TIME, words

_UNTIL = (
    "until such time as", "until such times as", "until the time when", "until such date as", "until after",
    "until when", "until", "till", "up until", "up to the point at which",
)  # fmt: skip
_AT = (
    "as soon as", "immediately after", "immediately upon", "immediately on", "upon", "when", "once", "at", "on",
    "after",
)  # fmt: skip
_WHILE = (
    "for as long as", "as long as", "so long as", "for so long as", "while", "whilst", "during", "throughout",
    "for the period that", "for the period", "for period",
)  # fmt: skip
_LIFE = ("life of", "lifetime of", "life cycle of", "duration of", "term of")
_THINGS = (Trigger.ASSET_DISPOSED, Trigger.CONTRACT_END, Trigger.PROJECT_COMPLETED)
_NEEDED = words(
    "required useful needed necessary relevant applicable operationally administratively business use valuable is "
    "it they are still in for administrative operational the purposes purpose as reference council of value has "
    "have legal legally valid considered deemed records record"
)
_NEED_WORDS = words("required useful needed necessary relevant use value valid valuable")
_CURRENT = (
    "current version only", "current version", "latest version only", "latest version", "current copy only",
    "current copy", "current only", "whilst current", "while current", "until no longer current",
    "when no longer current", "the current", "current",
)  # fmt: skip


def read_until(cursor: Cursor) -> Said | None:
    """Read `until` and an end: a day, an age, a length after something, or events of which the first counts."""
    if not cursor.take(*_UNTIL):
        return None
    known = read_day(cursor) or read_age(cursor, after_until=True)
    if known is not None:
        return until(known)
    said = read_length_first(cursor) or _event_first(cursor)
    if said is not None:
        cursor.take("have elapsed", "has elapsed", "have passed", "has passed")
        return replace(said, is_until=True, is_end=not said.lacks_start)
    events = read_events(cursor)
    return None if events is None else until(end_of(events))


def _event_first(cursor: Cursor) -> Said | None:
    with cursor.attempt() as attempt:
        said = read_event_first(cursor)
        attempt.is_kept = said is not None
    return said


def read_current(cursor: Cursor) -> Said | None:
    """Read `Current` alone, which means until superseded."""
    for phrase in _CURRENT:
        if cursor.stands(phrase) and cursor.key(len(phrase.split())) in ("", ".", ";", ")"):
            cursor.take(phrase)
            return until(Clock(trigger=Trigger.SUPERSEDED, subject="", period=NO_TIME))
    return None


def read_age_first(cursor: Cursor) -> Said | None:
    """Read `75th birthday`, `age 25`, `when the child is 25`."""
    cursor.take("at", "on", "when", "to", "up to")
    age = read_age(cursor)
    return None if age is None else Said(term=age, is_end=True)


def read_life(cursor: Cursor) -> Said | None:
    """Read `life of building`, `duration of the contract`: until the thing is no more."""
    cursor.take("for the whole", "for the", "for", "the")
    opening = cursor.place
    if not cursor.take(*_LIFE):
        return None
    is_life = "life" in cursor.tokens[opening].key
    cursor.take("the", "a", "an")
    begun = cursor.place
    events = read_events(cursor)
    if events is None or len(events.clocks) != 1:
        return None
    words = cursor.words(begun, cursor.place)
    keys = tuple(token.key for token in cursor.tokens[begun : cursor.place])
    for ending in ("disposal", "end"):
        trigger = trigger_of((ending, *keys))
        # an employee's life is longer than the employment
        if trigger in (_THINGS if is_life else ENDINGS) and trigger is not None and trigger is not Trigger.CASE_CLOSED:
            return until(Clock(trigger=trigger, subject=f"end of {words}", period=NO_TIME))
    event = f"end of {cursor.words(opening, cursor.place)}"
    return until(Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=event))


def read_while(cursor: Cursor) -> Said | None:
    """Read `as long as required`, `while employed`: until it is so no longer."""
    if not cursor.take(*_WHILE):
        return None
    begun = cursor.place
    cursor.skip(_NEEDED)
    if _NEED_WORDS & {token.key for token in cursor.tokens[begun : cursor.place]}:
        words = cursor.words(begun, cursor.place)
        return until(Clock(trigger=Trigger.NO_LONGER_NEEDED, subject=f"as long as {words}", period=NO_TIME))
    cursor.place = begun
    events = read_events(cursor)
    if events is None or len(events.clocks) != 1:
        return None
    words = cursor.words(begun, cursor.place)
    trigger = trigger_of(("end", *(token.key for token in cursor.tokens[begun : cursor.place])))
    if trigger in ENDINGS and trigger is not Trigger.CASE_CLOSED:
        return until(Clock(trigger=trigger, subject=f"no longer {words}", period=NO_TIME))
    event = f"end of the time that {words}"
    return until(Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=event))


def read_at(cursor: Cursor) -> Said | None:
    """Read `when superseded`, `on closure`, `at the end of the contract`, `after 6 years`."""
    if not cursor.take(*_AT):
        return None
    word = cursor.tokens[cursor.place - 1].key
    known = read_day(cursor) or read_age(cursor)
    if known is not None:
        return Said(term=known, is_end=True)
    said = read_length_first(cursor)
    if said is not None:
        return said
    events = read_events(cursor)
    if events is None:
        return None
    # "when superseded or withdrawn" is the first of both, "after audit or closure" need not be
    term = start_of(events) if word in ("after", "once") else end_of(events)
    return Said(term=term, is_end=word != "after")


def read_event_alone(cursor: Cursor) -> Said | None:
    """Read `Superseded`, `End of contract`: the whole statement is an event that the table knows."""
    if cursor.place:
        return None
    events = read_events(cursor)
    cursor.take(".")
    if events is None or not cursor.is_at_end or len(events.clocks) != 1:
        return None
    clock = events.clocks[0]
    return until(clock) if clock.trigger in ENDINGS and clock.cutoff is Cutoff.NONE else None
