"""The grammar of terms: alternatives joined by `or`, each a step that others may follow (`then 3 years`).

Of two periods that `or` joins the later counts unless the statement says which; of events after `until` the first.
What can be read both ways and is longer in neither is not read at all.
"""

from dataclasses import replace

from rules.model import Clock, EarlierOf, LaterOf, PeriodKind, Trigger
from rules.phrases.combining import Said, after, earlier, end_of, is_fed_by_files, is_moment, later, until
from rules.phrases.cursor import Cursor
from rules.phrases.events import read_cutoff, read_events
from rules.phrases.lengths import Length, read_length
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.steps import read_step
from rules.phrases.vocabulary import words

_FOLLOWED = (
    "and then for", "and then", "then for", "then", "plus a further", "plus an additional", "plus another", "plus",
    "+", "followed by a further", "followed by", "and for a further", "and a further", "and for", "thereafter for",
)  # fmt: skip
_A_FURTHER = (
    "after a further", "after", "a further", "for a further", "for", "retain for a further", "retain for", "keep for",
    "another", "an additional", "further",
)  # fmt: skip
_QUIET = (
    "of inactivity", "inactivity", "without contact", "of no contact", "after the last contact", "with no contact",
)  # fmt: skip
_IN_ANY_EVENT = (
    "but in any event for", "but in any event", "but in any case", "and in any event", "but for", "but",
    "subject to a", "subject to", "and", "with a", "or for", "or",
)  # fmt: skip
_LATER = words("later latest longer longest greater greatest last")
_EARLIER = words("sooner soonest earlier earliest first shorter shortest")
_WHICHEVER_IS = (
    "one is the", "one is", "is the", "is", "comes", "occurs", "happens", "period is the", "period is",
    "event is the", "event is", "date is the", "date is", "event occurs", "of these is the", "of these is",
    "of the two is", "the",
)  # fmt: skip


def read_term(cursor: Cursor) -> Said | None:
    """Read a whole term with its alternatives.

    Raises:
        UnreadPhraseError: It can be read in two ways of which none is surely the longer, or not as a whole.
    """
    with cursor.attempt() as attempt:
        which = _which_of(cursor)
        first = read_chain(cursor)
        if first is None:
            return None
        alternatives = [first]
        while (more := _alternative(cursor, alternatives[-1])) is not None:
            alternatives.append(more)
        said = _with_minimum(cursor, _combined(cursor, alternatives, which))
        attempt.is_kept = True
    return said


def _alternative(cursor: Cursor, before: Said) -> Said | None:
    with cursor.attempt() as attempt:
        cursor.take(",", ";", ".")
        if not cursor.take("or alternatively", "or for", "or", "and for", "and"):
            return None
        more = read_chain(cursor)
        if more is None and before.is_until:
            events = read_events(cursor)
            more = None if events is None else until(end_of(events))
        # a term before "if" is the condition's own, and no alternative
        attempt.is_kept = more is not None and cursor.key() not in ("if", "where", "when", "provided")
    return more if attempt.is_kept else None


def _which_of(cursor: Cursor) -> str:
    """Read `the later of` before two periods: `later`, `earlier`, or empty."""
    found = ""
    with cursor.attempt() as attempt:
        cursor.take("the")
        found = "later" if cursor.take_any(_LATER) else "earlier" if cursor.take_any(_EARLIER) else ""
        attempt.is_kept = bool(found) and cursor.take("of")
    return found if attempt.is_kept else ""


def _combined(cursor: Cursor, alternatives: list[Said], said_first: str) -> Said:
    which = read_whichever(cursor) or said_first
    if len(alternatives) == 1:
        return _of_events(alternatives[0], which)
    terms = tuple(one.term for one in alternatives)
    kinds = {one.kind for one in alternatives if one.kind is not None}
    if PeriodKind.MAXIMUM in kinds:
        raise UnreadPhraseError("a maximum stands beside another period")
    said = replace(
        alternatives[0],
        kind=next(iter(kinds), None),
        action=next((one.action for one in alternatives if one.action is not None), None),
        is_until=all(one.is_until for one in alternatives),
        is_end=all(one.is_end for one in alternatives),
        lacks_start=any(one.lacks_start for one in alternatives),
    )
    if which == "earlier":
        return replace(said, term=earlier(terms))
    if which != "later":
        if said.is_until and all(is_moment(term) for term in terms) and not is_fed_by_files(terms):
            return replace(said, term=earlier(terms))
        if any(one.is_until for one in alternatives) or any(is_moment(term) for term in terms):
            raise UnreadPhraseError("it joins a period and an end by 'or' and does not say which of them counts")
        cursor.findings.append("it joins two periods and does not say which counts: the later one does")
    elif any(is_moment(term) and not one.is_end for term, one in zip(terms, alternatives, strict=True)):
        raise UnreadPhraseError("it is not clear which length belongs to which start")
    return replace(said, term=later(terms))


def _of_events(said: Said, which: str) -> Said:
    """Apply `whichever is sooner` to a single length after several events."""
    if not which:
        return said
    clock = said.term
    if isinstance(clock, Clock) and " or " in clock.event:
        return replace(said, term=replace(clock, event=f"{clock.event} whichever is {which}"))
    if not isinstance(said.term, LaterOf | EarlierOf):
        raise UnreadPhraseError("it says 'whichever', but only one period was found")
    return replace(said, term=earlier(said.term.terms) if which == "earlier" else later(said.term.terms))


def read_whichever(cursor: Cursor) -> str:
    """Read `whichever is later` or the like: `later`, `earlier`, or empty."""
    found = ""
    with cursor.attempt() as attempt:
        cursor.take(",", "-", ".", ";")
        has_bracket = cursor.take("(")
        if cursor.take("whichever", "which ever", "which one", "if"):
            cursor.take(*_WHICHEVER_IS)
            found = "later" if cursor.take_any(_LATER) else "earlier" if cursor.take_any(_EARLIER) else ""
            cursor.take("period", "date", "event", "occurs", "happens")
        if has_bracket and not cursor.take(")"):
            found = ""
        attempt.is_kept = bool(found)
    return found


def _with_minimum(cursor: Cursor, said: Said) -> Said:
    """Read `but in any event at least 50 years` after a term."""
    with cursor.attempt() as attempt:
        cursor.take(",", "(")
        if not cursor.take(*_IN_ANY_EVENT):
            return said
        least = read_step(cursor)
        cursor.take(")")
        attempt.is_kept = least is not None and least.kind is PeriodKind.MINIMUM and not is_moment(least.term)
    if not attempt.is_kept or least is None:
        return said
    return replace(
        said,
        term=later((said.term, least.term)),
        lacks_start=said.lacks_start or least.lacks_start,
        is_until=False,
        kind=PeriodKind.MINIMUM,
    )


def read_chain(cursor: Cursor) -> Said | None:
    """Read a step and what follows it: `until end of contract then 6 years`."""
    said = read_step(cursor)
    while said is not None:
        with cursor.attempt() as attempt:
            cursor.take(",")
            length = _further_length(cursor)
            if length is not None:
                said = _followed(cursor, said, length)
                attempt.is_kept = True
        if not attempt.is_kept:
            return said
    return None


def _further_length(cursor: Cursor) -> Length | None:
    begun = cursor.place
    if not cursor.take(*_FOLLOWED):
        return None
    may_lack_unit = cursor.tokens[begun].key in ("plus", "+")
    cursor.take(*_A_FURTHER)
    length = read_length(cursor, may_lack_unit=may_lack_unit)
    if length is not None and length.kind is PeriodKind.MAXIMUM:
        raise UnreadPhraseError("a further period is a maximum")
    if (
        length is not None
        and cursor.key() in ("after", "from", "following", "since")
        and not cursor.stands("after that")
    ):
        return _from_year_end(cursor, length)
    return length


def _from_year_end(cursor: Cursor, length: Length) -> Length | None:
    """Read `from the end of the financial year`; any other start makes a term of its own, which follows nothing."""
    if not cursor.take("from the end of the", "from the end of", "after the end of the", "after the end of"):
        return None
    cutoffs = read_cutoff(cursor)
    is_alone = cursor.key() in ("", ",", ".", ";", ")", "or", "and", "then")
    return replace(length, cutoff=cutoffs[0]) if len(cutoffs) == 1 and is_alone else None


def _followed(cursor: Cursor, said: Said, length: Length) -> Said:
    term = after(length, said.term)
    if cursor.take(*_QUIET):
        # a quiet time counts from the last contact, and not before the first period is over
        quiet = Clock(trigger=Trigger.LAST_CONTACT, subject="last activity", period=length.period)
        term = later((term, quiet))
    else:
        cursor.take("for audit purposes", "for audit", "after that", "thereafter")
    return replace(said, term=term, is_until=False, kind=said.kind or length.kind)
