"""What keeps a record without a day for its end: for ever, or for as long as a hold stands."""

from rules.phrases.cursor import Cursor
from rules.phrases.vocabulary import words

PERMANENT = (
    "permanently", "permanent record", "permanent", "perm", "indefinitely", "indefinite", "for ever", "forever",
    "in perpetuity", "perpetuity", "never destroy", "never delete", "unlimited", "do not destroy",
    "not to be destroyed", "never destroyed", "for all time", "life of the authority", "life of the council",
    "life of the organisation", "state archives", "as state archives", "as a state archive", "as state archive",
    "as national archives", "as archives", "required as state archives", "required as state archive",
    "required as national archives",
)  # fmt: skip
_HELD_UNTIL = tuple(
    f"{what} {when}"
    for what in (
        "do not destroy", "not to be destroyed", "must not be destroyed", "do not dispose of", "do not dispose",
        "do not delete", "must not be deleted", "destruction suspended", "disposal suspended",
        "destruction is suspended", "disposal is suspended",
    )
    for when in ("until", "before", "while", "pending", "without")
)  # fmt: skip
_HELD = (
    "currently on hold", "on legal hold", "on hold", "under legal hold", "legal hold", "litigation hold", "hold",
    "held", "freeze", "frozen",
)  # fmt: skip
_AFTER_HOLD = ("", ".", ";", ",", ")", "-", ":")
KEEP = words("retain retained keep kept hold held store stored maintain maintained")
"""Words that keep: without an end beside them they are no noise."""


def read_hold(cursor: Cursor) -> str:
    """Read `do not destroy until the Inquiry has reported`, or a bare `HOLD`; return its words, empty for none."""
    begun = cursor.place
    if cursor.take(*_HELD_UNTIL):
        cursor.place = len(cursor.tokens)
        return cursor.words(begun, cursor.place)
    with cursor.attempt() as attempt:
        # "hold for 2 years" and "held until superseded" only keep
        attempt.is_kept = cursor.take(*_HELD) and cursor.key() in _AFTER_HOLD
    return cursor.words(begun, cursor.place)


def read_permanent(cursor: Cursor) -> bool:
    """Read `permanently`, `for ever`, `do not destroy`."""
    is_code = cursor.key() == "pm" and len(cursor.tokens) == 1
    return cursor.take(*PERMANENT, *(("pm",) if is_code else ()))
