"""The steps of a term: how a step begins tells how it is read."""

from rules.phrases.combining import Said
from rules.phrases.cursor import Cursor
from rules.phrases.ends import (
    read_age_first,
    read_at,
    read_current,
    read_event_alone,
    read_life,
    read_until,
    read_while,
)
from rules.phrases.running import read_coded, read_current_and_length, read_event_first, read_length_first

_STEPS = (
    read_coded,
    read_current_and_length,
    read_current,
    read_until,
    read_age_first,
    read_length_first,
    read_life,
    read_while,
    read_at,
    read_event_first,
    read_event_alone,
)


def read_step(cursor: Cursor) -> Said | None:
    """Read one step of a term."""
    for read in _STEPS:
        with cursor.attempt() as attempt:
            said = read(cursor)
            attempt.is_kept = said is not None
        if said is not None:
            return said
    return None
