"""Puts clocks and lengths together: a length after events, one term then another, the later or earlier of several."""

from dataclasses import dataclass, replace

from rules.model import (
    FILE_TRIGGERS,
    Clock,
    Cutoff,
    DisposalAction,
    EarlierOf,
    LaterOf,
    PeriodKind,
    Term,
    Then,
    Trigger,
    clocks_of,
)
from rules.phrases.events import NOT_STATED, Events
from rules.phrases.lengths import Length, days_about, sum_of
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.vocabulary import NO_TIME

ENDINGS = frozenset({
    Trigger.CASE_CLOSED, Trigger.CONTRACT_END, Trigger.EMPLOYMENT_END, Trigger.OFFICE_END, Trigger.LICENCE_EXPIRY,
    Trigger.SUPERSEDED, Trigger.PROJECT_COMPLETED, Trigger.ASSET_DISPOSED, Trigger.CLAIM_SETTLED, Trigger.DEBT_CLEARED,
    Trigger.AUDIT_COMPLETED, Trigger.CONSENT_WITHDRAWN, Trigger.NO_LONGER_NEEDED,
})  # fmt: skip
"""Triggers that end something, so that a record can be kept just until then."""
_ONLY_ONE_OF_A_KIND = FILE_TRIGGERS | {
    Trigger.DATE_OF_BIRTH, Trigger.DATE_OF_DEATH, Trigger.LAST_CONTACT, Trigger.FIXED_DATE, Trigger.NAMED_EVENT,
    Trigger.SUPERSEDED, Trigger.NO_LONGER_NEEDED,
}  # fmt: skip
UNSTATED = Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=NOT_STATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A term, and what was said with it.

    `is_until`: it is only an end, as after `until`; `is_end`: it says when it ends and needs no start from another
    column; `lacks_start`: it has a length and no start; `is_code`: a code of a scheme said it.
    """

    term: Term
    kind: PeriodKind | None = None
    action: DisposalAction | None = None
    is_until: bool = False
    is_end: bool = False
    lacks_start: bool = False
    is_code: bool = False


def until(term: Term) -> Said:
    """Return that something is kept until `term` ends."""
    return Said(term=term, is_until=True, is_end=True)


def later(terms: tuple[Term, ...]) -> Term:
    """Return the later of `terms`."""
    flat = tuple(
        dict.fromkeys(part for term in terms for part in (term.terms if isinstance(term, LaterOf) else (term,)))
    )
    return flat[0] if len(flat) == 1 else LaterOf(terms=flat)


def earlier(terms: tuple[Term, ...]) -> Term:
    """Return the earlier of `terms`."""
    parts = (part for term in terms for part in (term.terms if isinstance(term, EarlierOf) else (term,)))
    flat = tuple(dict.fromkeys(parts))
    return flat[0] if len(flat) == 1 else EarlierOf(terms=flat)


def end_of(events: Events) -> Term:
    """Return the first of the alternatives, each when all its clocks have started.

    Raises:
        UnreadPhraseError: A file's own date would be the first without anybody being asked.
    """
    terms = tuple(later(alternative) for alternative in events.alternatives)
    if len(terms) > 1 and is_fed_by_files(terms):
        raise UnreadPhraseError("it ends with one of several, and does not say whether the first or the last counts")
    return earlier(terms)


def is_fed_by_files(terms: tuple[Term, ...]) -> bool:
    """Tell whether a file's own dates, or a day that is written in the rule, settle one of the terms."""
    settled = FILE_TRIGGERS | {Trigger.FIXED_DATE}
    return any(clock.trigger in settled for term in terms for clock in clocks_of(term))


def start_of(events: Events) -> Term:
    """Return the last of all the events: a period that begins with one of several begins with the last."""
    return later(events.clocks)


def after(length: Length, start: Term) -> Term:
    """Return `length` after `start`.

    Raises:
        UnreadPhraseError: The length is a range, or of another kind of year, and what it follows is no mere event.
    """
    match start:
        case Clock() if start.period == NO_TIME and start.period_max is None:
            return _lengthened(start, length)
        case LaterOf():
            return LaterOf(terms=tuple(after(length, part) for part in start.terms))
        case EarlierOf():
            return EarlierOf(terms=tuple(after(length, part) for part in start.terms))
        case _:
            pass
    if length.period_max is not None or any(clock.period_max is not None for clock in clocks_of(start)):
        raise UnreadPhraseError("a range, and a further period")
    if length.period == NO_TIME:
        return start
    return Then(first=start, period=length.period, cutoff=length.cutoff)


def _lengthened(clock: Clock, length: Length) -> Clock:
    if length.cutoff is not Cutoff.NONE and clock.cutoff not in (Cutoff.NONE, length.cutoff):
        raise UnreadPhraseError("it names two kinds of year")
    cutoff = clock.cutoff if length.cutoff is Cutoff.NONE else length.cutoff
    return replace(clock, period=length.period, period_max=length.period_max, cutoff=cutoff)


def longer_by(length: Length, other: Length) -> Length:
    """Return one length and another after it: `6 years + 1 year for audit`."""
    if length.period_max is not None or other.period_max is not None:
        raise UnreadPhraseError("a range, and a further period")
    return replace(length, period=sum_of(length.period, other.period))


def is_moment(term: Term) -> bool:
    """Tell whether all clocks of `term` have no length, so that it ends with its events."""
    return not isinstance(term, Then) and all(clock.period == NO_TIME for clock in clocks_of(term))


def longest_days(term: Term) -> float:
    """Return about how many days pass from the first event to the last possible end, if all happen on one day."""
    match term:
        case Clock():
            return 0.0 if term.period is None else days_about(term.period_max or term.period)
        case LaterOf() | EarlierOf():
            return max(longest_days(part) for part in term.terms)
        case Then():
            return longest_days(term.first) + days_about(term.period)
        case _:
            return 0.0


def is_without_start(clock: Clock) -> bool:
    """Tell whether the statement does not say what starts the clock."""
    return clock.trigger is Trigger.NAMED_EVENT and clock.event == NOT_STATED


def bare(term: Term) -> Term:
    """Return `term` without the words for whose or which event it is, to compare terms."""
    match term:
        case Clock():
            return replace(term, subject="")
        case LaterOf():
            return LaterOf(terms=tuple(bare(part) for part in term.terms))
        case EarlierOf():
            return EarlierOf(terms=tuple(bare(part) for part in term.terms))
        case Then():
            return replace(term, first=bare(term.first))
        case _:
            return term


def started(term: Term, start: Term) -> Term:
    """Return `term` with `start` in the place of the start that it lacks, or of a year's unnamed event."""
    match term:
        case Clock():
            return _started_clock(term, start)
        case LaterOf():
            return later(tuple(started(part, start) for part in term.terms))
        case EarlierOf():
            return earlier(tuple(started(part, start) for part in term.terms))
        case Then():
            return replace(term, first=started(term.first, start))
        case _:
            return term


def _started_clock(clock: Clock, start: Term) -> Term:
    is_unnamed = clock.trigger is Trigger.RECORD_DATE and not clock.subject and clock.cutoff is not Cutoff.NONE
    if not (is_without_start(clock) or is_unnamed) or clock.period is None:
        return clock
    return after(Length(period=clock.period, period_max=clock.period_max, cutoff=clock.cutoff), start)


def told_apart(term: Term) -> Term:
    """Return `term` with a second event of one kind in its own words.

    `Closure of the case or of its enquiry` are two events; one answer about a closure must not settle both.
    """
    seen: dict[Trigger, str] = {}

    def told(part: Term) -> Term:
        match part:
            case Clock():
                words = part.subject.lower() or part.trigger.value.replace("_", " ")
                is_second = seen.setdefault(part.trigger, words) != words
                if is_second and part.trigger not in _ONLY_ONE_OF_A_KIND and part.subject:
                    return replace(part, trigger=Trigger.NAMED_EVENT, event=part.subject, subject="")
                return part
            case LaterOf():
                return LaterOf(terms=tuple(told(one) for one in part.terms))
            case EarlierOf():
                return EarlierOf(terms=tuple(told(one) for one in part.terms))
            case Then():
                return replace(part, first=told(part.first))
            case _:
                return part

    return told(term)


def is_of_unnamed_year(term: Term) -> bool:
    """Tell whether the term counts from a year's end and does not say what happens in that year."""
    return all(
        clock.trigger is Trigger.RECORD_DATE and not clock.subject and clock.cutoff is not Cutoff.NONE
        for clock in clocks_of(term)
    )
