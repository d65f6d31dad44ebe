"""Events: where a period starts, or what it lasts until. Each becomes a clock of no length, to be lengthened."""

from dataclasses import dataclass, replace

from rules.model import FILE_TRIGGERS, Clock, Cutoff, Period, Trigger
from rules.phrases.cursor import Cursor
from rules.phrases.event_words import belongs_to, is_only_records, is_same_happening, says_what_happens, trigger_of
from rules.phrases.parsed_rule import UnreadPhraseError
from rules.phrases.tokens import Kind
from rules.phrases.vocabulary import ACTS, CUTOFFS, EXAMPLES, NO_TIME, words

NOT_STATED = "start that the rule does not state"
_ENDS = words(
    "or plus then if unless whichever except excluding provided but thereafter otherwise until where including "
    "includes include whilst while depending longer"
)
_STOPS = frozenset(",;.()+-:<>=")
_NO_ALTERNATIVE = words("longer if until till more such whichever at when on once for where as less fewer every")
_LEADS = (
    "date on which", "date that", "date when", "day on which", "day that", "point at which", "time when",
    "time that", "from", "after", "upon", "the", "an", "a", "of", "it is", "it has been", "they are", "it",
)  # fmt: skip
_LENGTHENING = words(
    "appeal appeals extension extensions renewal renewals review reviews litigation dispute disputes proceedings "
    "audit audits investigation investigations defects warranty warranties retention period periods probation "
    "amendments variation variations claims claim any all"
)
_TAILS = words("of the a an in for to and")
_ONE_AND_THE_SAME = (Trigger.LAST_MODIFIED, Trigger.LAST_CONTACT, Trigger.SUPERSEDED, Trigger.NO_LONGER_NEEDED)
_YEAR_LINKS = (
    "in which the", "in which", "during which", "to which the", "to which", "when the", "when", "that the",
    "of the", "of", "for the", "for",
)  # fmt: skip
_NEXT_YEAR_LINKS = ("following the", "following", "after the", "after")
_RELATES = words(
    "the a it they record records document documents file files data information entry transaction relates relate "
    "related belongs belong was were is are made created dated payment"
)
_ONE_YEAR = Period(years=1)
_WHICH_YEAR = words("the relevant applicable relating current same that each this last given respective")


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events that start clocks. Of the alternatives one is meant; all clocks of an alternative must have started."""

    alternatives: tuple[tuple[Clock, ...], ...]

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """Return the clocks of all alternatives."""
        return tuple(clock for alternative in self.alternatives for clock in alternative)


def read_events(cursor: Cursor) -> Events | None:
    """Read an event, or several with `or` between them: `the last contact or date of death`."""
    alternatives: list[tuple[Clock, ...]] = []
    begun = cursor.place
    with cursor.attempt() as attempt:
        first = _one(cursor)
        if first is None:
            return None
        alternatives.append(first)
        while (more := _another(cursor)) is not None:
            alternatives.append(more)
        attempt.is_kept = True
    distinct = _without_twins(alternatives)
    if len(distinct) > 1 and not all(_is_event(alternative) for alternative in distinct):
        # "ceases to be of administrative or reference use" is one event
        whole = _clock(cursor, begun, cursor.place)
        if whole is None:
            return None
        if whole.trigger not in (Trigger.NO_LONGER_NEEDED, Trigger.SUPERSEDED):
            words = whole.subject or whole.event
            whole = Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=words)
        return Events(alternatives=((whole,),))
    return Events(alternatives=distinct)


def _is_event(clocks: tuple[Clock, ...]) -> bool:
    """Tell whether words between two `or` are an event of their own, and not half of one."""
    return all(
        clock.trigger is not Trigger.NAMED_EVENT or clock.cutoff is not Cutoff.NONE or says_what_happens(clock.event)
        for clock in clocks
    )


def _another(cursor: Cursor) -> tuple[Clock, ...] | None:
    with cursor.attempt() as attempt:
        if not _joins(cursor):
            return None
        cursor.take("from", "after", "upon")
        more = _one(cursor)
        attempt.is_kept = more is not None
    return more


def _joins(cursor: Cursor) -> bool:
    """Read `or`, or a comma in a list that ends with `or`."""
    with cursor.attempt() as attempt:
        cursor.take(",")
        if cursor.take("or", "/"):
            # "or longer", "or 15 years after ..." and "or if ..." are for others to read
            attempt.is_kept = not _begins_length(cursor) and cursor.key() not in _NO_ALTERNATIVE
    return attempt.is_kept or _joins_list(cursor)


def _joins_list(cursor: Cursor) -> bool:
    if cursor.key() != "," or _begins_length(cursor, 1) or cursor.key(1) in ACTS | _ENDS | _NO_ALTERNATIVE:
        return False
    keys = [token.key for token in cursor.tokens[cursor.place + 1 :]]
    end = next((at for at, key in enumerate(keys) if key in _STOPS - {","} or key in ("then", "whichever")), len(keys))
    if "or" not in keys[:end] or "if" in keys[: keys.index("or")]:
        return False
    cursor.place += 1
    return True


def _begins_length(cursor: Cursor, ahead: int = 0) -> bool:
    if cursor.stands("after", "from", ahead=ahead):
        ahead += 1
    if cursor.token(ahead).kind in (Kind.NUMBER, Kind.ORDINAL, Kind.DAY) or cursor.stands(
        "a year", "a month", ahead=ahead
    ):
        return True
    return cursor.stands("the end of", ahead=ahead) and cursor.token(ahead + 3).kind is Kind.NUMBER


def _without_twins(alternatives: list[tuple[Clock, ...]]) -> tuple[tuple[Clock, ...], ...]:
    """Join clocks of one trigger, which differ in what they are called: last action, use or modification."""
    kept: list[tuple[Clock, ...]] = []
    for alternative in alternatives:
        twin = next((one for one in kept if _is_twin(one, alternative)), None)
        if twin is None:
            kept.append(alternative)
        else:
            more = alternative[0].subject or alternative[0].event
            kept[kept.index(twin)] = (replace(twin[0], subject=f"{twin[0].subject} or {more}"),)
    return tuple(kept)


def _is_twin(ones: tuple[Clock, ...], others: tuple[Clock, ...]) -> bool:
    """Tell whether the second is the same event under another name: `end of employment or volunteer`."""
    if len(ones) > 1 or len(others) > 1 or ones[0].cutoff is not others[0].cutoff:
        return False
    one, other = ones[0], others[0]
    if other.trigger is Trigger.NAMED_EVENT and one.trigger is not Trigger.NAMED_EVENT:
        # "sold or scrapped" is one, "closure or settlement" are two
        if says_what_happens(other.event) and not is_same_happening(one.subject, other.event):
            return False
        return belongs_to(one.trigger, tuple(other.event.lower().split()))
    return one.trigger is other.trigger and one.trigger in _ONE_AND_THE_SAME


def _one(cursor: Cursor) -> tuple[Clock, ...] | None:
    """Read one event; the end of an unnamed kind of year is two clocks, of which the later counts."""
    return _year_end(cursor) or _named(cursor)


def _named(cursor: Cursor) -> tuple[Clock, ...] | None:
    end = _end_of_event(cursor)
    if any(token.kind is not Kind.WORD and token.key != "/" for token in cursor.tokens[cursor.place : end]):
        return None
    slash = next((at for at in range(cursor.place, end) if cursor.tokens[at].key == "/"), None)
    if slash is not None and not _is_one(cursor, end):
        end = slash
    clocks = _of_all(cursor, end)
    cursor.place = end if clocks else cursor.place
    if clocks and len(clocks) == 1:
        return (_with_inclusion(cursor, _with_example(cursor, clocks[0])),)
    return clocks or None


def _is_one(cursor: Cursor, end: int) -> bool:
    """Tell whether words with `/` between them are one event: `end of your lease/licence`."""
    parts: list[list[str]] = [[]]
    for token in cursor.tokens[cursor.place : end]:
        if token.key == "/":
            parts.append([])
        else:
            parts[-1].append(token.key)
    if all(trigger_of(tuple(part)) for part in parts):
        return False
    keys = tuple(key for part in parts for key in part)
    are_halves = not all(says_what_happens(" ".join(part)) for part in parts)
    return "and" in keys or are_halves or trigger_of(keys) is not None


def _end_of_event(cursor: Cursor) -> int:
    at = cursor.place
    while at < len(cursor.tokens):
        token = cursor.tokens[at]
        following = cursor.tokens[at + 1] if at + 1 < len(cursor.tokens) else None
        is_no_longer = token.key == "longer" and cursor.tokens[at - 1].key == "no"
        if token.key in _STOPS or (token.key in _ENDS and not is_no_longer):
            break
        is_linking = token.key in ("and", "to")
        if is_linking and following is not None and (following.key in ACTS | _ENDS or following.kind is Kind.NUMBER):
            break
        at += 1
    return at


def _of_all(cursor: Cursor, end: int) -> tuple[Clock, ...]:
    """Return the clocks of events joined by `and`: each, when the table knows them all, or the whole as one."""
    joints = [at for at in range(cursor.place, end) if cursor.tokens[at].key == "and"]
    firsts, lasts = [cursor.place, *(at + 1 for at in joints)], [*joints, end]
    parts = [_clock(cursor, first, last) for first, last in zip(firsts, lasts, strict=True)]
    known = tuple(clock for clock in parts if clock is not None and clock.trigger is not Trigger.NAMED_EVENT)
    if joints and len(known) == len(parts):
        return known
    whole = _clock(cursor, cursor.place, end)
    if whole is not None and joints and whole.trigger is not Trigger.NAMED_EVENT:
        whole = Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=whole.subject)
    return () if whole is None else (whole,)


def _clock(cursor: Cursor, first: int, last: int) -> Clock | None:
    """Return the clock that starts with the event whose words stand there; None when they name none."""
    first = _without_lead(cursor, first, last)
    while last > first and cursor.tokens[last - 1].key in _TAILS:
        last -= 1
    keys = tuple(token.key for token in cursor.tokens[first:last] if token.key != "/")
    words = cursor.words(first, last)
    if not keys or keys[0] in ACTS or is_only_records(keys):
        return None
    trigger = trigger_of(keys)
    if trigger is None:
        return Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=words)
    return Clock(trigger=trigger, subject=words, period=NO_TIME)


def _without_lead(cursor: Cursor, first: int, last: int) -> int:
    while (length := cursor.length_at(first, *_LEADS)) and first + length < last:
        first += length
    return first


def _with_example(cursor: Cursor, clock: Clock) -> Clock:
    """Read `, for example sealed contract`, which says what the event is of."""
    with cursor.attempt() as attempt:
        cursor.take(",", "(")
        was_bracket = bool(cursor.place) and cursor.tokens[cursor.place - 1].key == "("
        if not cursor.take(*EXAMPLES):
            return clock
        first = cursor.place
        while cursor.token().kind is Kind.WORD and cursor.key() not in ("then", "whichever", "unless", "until"):
            cursor.place += 1
        said = " ".join((clock.subject or clock.event, cursor.words(first, cursor.place)))
        attempt.is_kept = cursor.place > first and (not was_bracket or cursor.take(")"))
    if not attempt.is_kept:
        return clock
    trigger = trigger_of(tuple(said.lower().split()))
    if trigger is None:
        return Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=clock.event or clock.subject)
    return replace(clock, trigger=trigger, subject=said, event="")


def _with_inclusion(cursor: Cursor, clock: Clock) -> Clock:
    """Read `, including unsuccessful applications`; an event that includes appeals is one of its own."""
    if clock.trigger in FILE_TRIGGERS:
        return clock
    with cursor.attempt() as attempt:
        cursor.take(",")
        if not cursor.take("including", "to include", "inclusive of"):
            return clock
        first = cursor.place
        while cursor.token().kind is Kind.WORD and cursor.key() not in _ENDS - {"or"} and cursor.key() not in ACTS:
            cursor.place += 1
        words = cursor.words(first, cursor.place)
        attempt.is_kept = bool(words)
    if not attempt.is_kept:
        return clock
    said = f"{clock.subject or clock.event} including {words}"
    if clock.trigger is Trigger.NAMED_EVENT or _LENGTHENING & set(words.lower().split()):
        return Clock(trigger=Trigger.NAMED_EVENT, subject="", period=NO_TIME, event=said)
    return replace(clock, subject=said)


def _year_end(cursor: Cursor) -> tuple[Clock, ...] | None:
    """Read `the end of the financial year in which ...`, `financial year end`, `year of creation`."""
    with cursor.attempt() as attempt:
        cursor.take("the")
        is_last_day = cursor.take("end of", "last day of", "close of", "conclusion of")
        cursor.skip(_WHICH_YEAR)
        cutoffs = read_cutoff(cursor)
        if not cutoffs:
            return None
        is_last_day = cursor.take("end", "ends", "ended", "ending") or is_last_day
        starts = _start_in_year(cursor)
        attempt.is_kept = starts is not None
    return None if starts is None else tuple(replace(start, cutoff=cutoff) for start in starts for cutoff in cutoffs)


def read_cutoff(cursor: Cursor) -> tuple[Cutoff, ...]:
    """Read a kind of year, month or quarter; a year of no kind is both of the kinds it can be."""
    begun = cursor.place
    if cursor.take(*CUTOFFS):
        return (CUTOFFS[" ".join(token.key for token in cursor.tokens[begun : cursor.place])],)
    if cursor.take("year"):
        cursor.findings.append("it does not say which year is meant: the later of financial and calendar year counts")
        return (Cutoff.FINANCIAL_YEAR, Cutoff.CALENDAR_YEAR)
    return ()


def _start_in_year(cursor: Cursor) -> tuple[Clock, ...] | None:
    """Read what happened in the year, or before it; without a word about it, the record's own date counts."""
    own = Clock(trigger=Trigger.RECORD_DATE, subject="", period=NO_TIME)
    if cursor.take(*_NEXT_YEAR_LINKS):
        events = _events_of_year(cursor, cursor.place, _end_of_event(cursor))
        cursor.findings.append("the year after an event is read as the year that begins after it")
        return tuple(replace(clock, period=_ONE_YEAR) for clock in events)
    is_linked = cursor.take(*_YEAR_LINKS)
    first, end = cursor.place, _end_of_event(cursor)
    keys = [token.key for token in cursor.tokens[first:end]]
    if not keys:
        return None if is_linked else (own,)
    if all(key in _RELATES for key in keys):
        cursor.place = end
        made = any(key in ("made", "created") for key in keys)
        return (replace(own, trigger=Trigger.CREATED if made else own.trigger, subject=cursor.words(first, end)),)
    return _events_of_year(cursor, first, end)


def _events_of_year(cursor: Cursor, first: int, end: int) -> tuple[Clock, ...]:
    events = read_events(cursor)
    if events is None or any(clock.cutoff is not Cutoff.NONE for clock in events.clocks):
        raise UnreadPhraseError("what happens in the year is not understood: " + cursor.words(first, end))
    if len(events.alternatives) > 1:
        raise UnreadPhraseError("it does not say which event makes the year: " + cursor.words(first, end))
    return events.clocks
