"""Terms that begin with a length, a code or an event: `6 years after closure`, `DOB+25`, `closure + 6 years`."""

from dataclasses import replace

from rules.model import Clock, Cutoff, DisposalAction, PeriodKind, Term, Trigger
from rules.phrases.actions import read_deed
from rules.phrases.codes import read_code
from rules.phrases.combining import ENDINGS, UNSTATED, Said, after, longer_by
from rules.phrases.cursor import Cursor
from rules.phrases.lengths import Length, is_longer, read_length
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.starts import read_current, read_current_year, read_start
from rules.phrases.tokens import Kind
from rules.phrases.vocabulary import NO_TIME

_AFTER = (
    "beginning with the day on which", "beginning with the", "beginning on the day on which", "beginning with",
    "beginning on", "beginning from", "starting with", "starting from", "starting on", "commencing from",
    "commencing on", "counted from", "calculated from", "running from", "immediately after", "after", "from",
    "following", "since", "beyond", "past", "post", "of", "on from",
)  # fmt: skip
_PREVIOUS = (
    "plus the previous", "plus previous", "plus the last", "plus", "+", "and the previous", "and previous", "and",
)  # fmt: skip
_LONGEST_CODE = 3
_BESIDE_YEAR = ("plus", "+", "and", "excluding", "not including", "in addition to", "exclusive of")


def read_coded(cursor: Cursor) -> Said | None:
    """Read a code of a retention scheme, with the closure point that a rule may state for it."""
    code = read_code(cursor)
    if code is None:
        return None
    point = _closure_point(cursor)
    term = after(code.length, code.start) if point is None else after(code.length, point.term)
    return Said(term=term, kind=code.length.kind, action=code.action, is_code=True, is_end=True)


def _closure_point(cursor: Cursor) -> Said | None:
    """Read `(closure point: one year from end of employment)`, which a scheme's code leaves to each rule."""
    with cursor.attempt() as attempt:
        cursor.take(",", ":", "-")
        has_bracket = cursor.take("(")
        if not cursor.take(
            "closure point :", "closure point is", "closure point", "closure :", "trigger :", "trigger point :"
        ):
            return None
        said = read_length_first(cursor) or read_start(cursor)
        if said is None or said.lacks_start or (has_bracket and not cursor.take(")")):
            raise UnreadPhraseError(f"its closure point is not understood: '{cursor.text}'")
        attempt.is_kept = True
    return said


def read_current_and_length(cursor: Cursor) -> Said | None:
    """Read `current year plus 6`, `current financial year + 3 years`."""
    year = read_current(cursor)
    if year is None:
        return None
    is_year = cursor.tokens[cursor.place - 1].key != "current"
    cursor.take(",")
    if cursor.take(*_PREVIOUS):
        length = read_length(cursor, may_lack_unit=True)
        if length is None:
            return None
        cursor.take("previous years", "previous")
        return Said(term=after(length, year), kind=length.kind)
    return Said(term=year) if is_year and cursor.key() in ("", ".", ";") else None


def read_length_first(cursor: Cursor) -> Said | None:
    """Read a length, and its start when it states one."""
    with cursor.attempt() as attempt:
        said = _length_and_start(cursor)
        attempt.is_kept = said is not None
    return said


def _length_and_start(cursor: Cursor) -> Said | None:
    """Read `6 years after closure`, `3 years plus current`, `6 years`, `10 years old`."""
    cursor.take("for a period of", "for the", "for a", "for")
    cursor.take("the end of the period of", "the end of", "the expiration of", "the expiry of")
    length = read_length(cursor)
    if length is None:
        return None
    length = _with_audit(cursor, length)
    action = _deed_between(cursor)
    start = _start_of_length(cursor)
    if start is None:
        return _without_start(length, action)
    said = Said(term=after(length, start), kind=length.kind, action=action)
    return _with_maximum(cursor, said)


def _without_start(length: Length, action: DisposalAction | None) -> Said:
    """Return a length of which another column must say when it starts; whole years of a kind start with their own."""
    if length.cutoff is Cutoff.NONE:
        return Said(term=after(length, UNSTATED), kind=length.kind, action=action, lacks_start=True)
    own = Clock(trigger=Trigger.RECORD_DATE, subject="", period=NO_TIME)
    return Said(term=after(length, own), kind=length.kind, action=action)


def _with_audit(cursor: Cursor, length: Length) -> Length:
    """Read `+ 1 year for audit`."""
    with cursor.attempt() as attempt:
        if cursor.take("+", "plus", "and") and cursor.token().kind is Kind.NUMBER:
            more = read_length(cursor)
            if more is not None and cursor.take("for audit purposes", "for audit"):
                attempt.is_kept = True
                return longer_by(length, more)
    return length


def _deed_between(cursor: Cursor) -> DisposalAction | None:
    """Read the action that stands between the length and its start: `6 years automatic deletion after closure`."""
    action = None
    with cursor.attempt() as attempt:
        cursor.take("-", ",", "then")
        deed = read_deed(cursor)
        if deed is not None and cursor.stands(*_AFTER):
            action = deed.action
        attempt.is_kept = action is not None
    return action


def _start_of_length(cursor: Cursor) -> Term | None:
    """Read where a length starts."""
    if cursor.take("of inactivity", "inactivity", "of no contact", "without contact", "with no contact"):
        return Clock(trigger=Trigger.LAST_CONTACT, subject="last activity", period=NO_TIME)
    if cursor.take("old"):
        return Clock(trigger=Trigger.CREATED, subject="", period=NO_TIME)
    year = _plus_current(cursor)
    if year is not None:
        return year
    with cursor.attempt() as attempt:
        cursor.take("-", ",")
        said = read_start(cursor) if cursor.take(*_AFTER) else None
        attempt.is_kept = said is not None
    return None if said is None else said.term


def _plus_current(cursor: Cursor) -> Clock | None:
    with cursor.attempt() as attempt:
        year = read_current_year(cursor) if cursor.take(*_BESIDE_YEAR) else None
        attempt.is_kept = year is not None
    return year


def _with_maximum(cursor: Cursor, said: Said) -> Said:
    """Read `, no longer than 10 years` after `6 years after closure`."""
    with cursor.attempt() as attempt:
        cursor.take(",")
        cursor.take("but", "and")
        most = read_length(cursor)
        clock = said.term
        attempt.is_kept = (
            most is not None
            and most.kind is PeriodKind.MAXIMUM
            and isinstance(clock, Clock)
            and clock.period is not None
            and clock.period_max is None
            and is_longer(most.period, clock.period)
        )
        if attempt.is_kept and isinstance(clock, Clock) and most is not None:
            return replace(said, term=replace(clock, period_max=most.period), kind=PeriodKind.MINIMUM)
    return said


def read_event_first(cursor: Cursor) -> Said | None:
    """Read `closure + 6 years`, `last action on project plus 12 years`."""
    is_from = cursor.take("from", "after")
    begun = cursor.place
    start = read_start(cursor)
    if start is None:
        return None
    if cursor.place and len(cursor.words(begun, cursor.place)) <= _LONGEST_CODE and _is_unknown(start.term):
        return None  # a code that no table explains
    cursor.take(",")
    is_plus = cursor.take("plus a further", "plus", "+", "and then", "then")
    # "Refused: 3 years" speaks of refused ones, "Closure: 6 years" of a start
    is_sign = not is_plus and isinstance(start.term, Clock) and start.term.trigger in ENDINGS and cursor.take("-", ":")
    is_for = is_from and not is_plus and cursor.take("for a period of", "for")
    if not (is_plus or is_sign or is_for):
        return None
    length = read_length(cursor, may_lack_unit=is_plus)
    if length is None or (is_sign and cursor.stands(*_AFTER)):
        return None
    cursor.take("after that", "thereafter")
    return Said(term=after(length, start.term), kind=length.kind)


def _is_unknown(term: Term) -> bool:
    """Tell whether the term is an event in its own words only."""
    return isinstance(term, Clock) and term.trigger is Trigger.NAMED_EVENT
