"""Where each trigger's date can stand: the evidence table of docs/adr/0006-date-intervals.md.

A recorded event or property, B stated in the text in a role, C in the name of the file or a folder, D the
file system's time of the last write: an upper bound for the making of a file, and for nothing else (a file
cannot have been written after its last write; a case can be closed long after its last paper).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from rules.classifying.classification import RecordFacts
from rules.cues.matching import fold_text
from rules.dates.date_reading import DateReading, dates_in_name, label_pattern, labelled_dates, parse_day
from rules.dates.evidence import Bound, DateEvidence
from rules.model import Clock, Cutoff, DisposalSchedule, Strength, Trigger

# earlier times of writing are clocks that were never set, not records
_FIRST_BELIEVED_WRITE = date(1990, 1, 1)
# Britain is never further from UTC than an hour; a write at 23:30 UTC may be the next day there
_SUMMER_TIME = timedelta(hours=1)
_LONGEST_TEXT = 200_000
_LONGEST_QUOTE = 80
_MOST_READINGS = 8
_LINE_START = r"(?:(?<=\n)|(?<![\s\S]))"

_RECORD_LABELS = (
    "invoice date", "date of invoice", "tax point", "tax date", "order date", "date of order", "issue date",
    "date of issue", "date issued", "letter date", "dated", "date of inspection", "inspection date", "inspected",
    "date of incident", "incident date", "date of accident", "accident date", "date of assessment",
    "assessment date", "date of call", "call date", "date of log", "date raised", "date logged", "date of entry",
    "week ending", "period ending", "month ending", "year ended", "as at", "statement date", "payment date",
)  # fmt: skip
# "meeting held in the Town Hall at 7.30pm on"
_MEETING_ON = r"(?:meeting|held)[^\n\d]{1,60}(?:\d{1,2}[.:]\d\d[^\n\d]{1,30})?"
_LABELS = {
    Trigger.CREATED: ("created", "date created", "date recorded", "recorded"),
    Trigger.RECORD_DATE: (),
    Trigger.RECEIVED: ("received", "date received", "date of receipt"),
    Trigger.LAST_MODIFIED: (),
    Trigger.LAST_CONTACT: ("last contact", "date of last contact", "last seen", "date last seen"),
    Trigger.CASE_CLOSED: ("case closed", "date closed", "closed date", "closure date", "date of closure", "closed"),
    Trigger.DECISION_DATE: ("decision date", "date of decision", "decision made", "decided"),
    Trigger.ORDER_DATE: ("order made", "date of order", "order dated", "date of the order"),
    Trigger.MEETING_DATE: ("date of meeting", "meeting date", "meeting", _MEETING_ON),
    Trigger.CONTRACT_AWARD: ("date of contract", "contract date", "contract awarded", "award date", "date of award"),
    Trigger.CONTRACT_END: ("expires", "expiry date", "end date", "contract end", "terminates", "until", "terminated"),
    Trigger.EMPLOYMENT_END: ("last day of service", "leaving date", "date of leaving", "termination date", "left"),
    Trigger.OFFICE_END: ("ceased to hold office", "term ended", "approval terminated", "vacated office"),
    Trigger.LICENCE_EXPIRY: ("valid until", "expires", "expiry date", "expiry", "date of expiry", "valid to"),
    Trigger.SUPERSEDED: ("superseded", "replaced"),
    Trigger.PROJECT_COMPLETED: ("project completed", "project closed", "completion date", "date of completion"),
    Trigger.WORKS_COMPLETED: ("practical completion", "date of completion", "completion date", "works completed"),
    Trigger.ASSET_DISPOSED: ("date of sale", "date of disposal", "disposed of", "demolished", "date of completion"),
    Trigger.NOTICE_COMPLIED: ("complied", "notice complied with", "date of compliance"),
    Trigger.DATE_OF_BIRTH: ("date of birth", "dob", r"d\.o\.b\.?", "born"),
    Trigger.DATE_OF_DEATH: ("date of death", "died", "deceased"),
    Trigger.NO_LONGER_NEEDED: (),
    Trigger.INCIDENT_ENDED: ("incident closed", "incident ended", "stood down"),
    Trigger.CLAIM_SETTLED: ("claim settled", "date of settlement", "settled", "settlement date"),
    Trigger.DEBT_CLEARED: ("paid in full", "debt cleared", "date cleared", "account cleared"),
    Trigger.AUDIT_COMPLETED: ("audit completed", "audit closed", "audit signed off"),
    Trigger.CONSENT_WITHDRAWN: ("consent withdrawn", "unsubscribed", "opted out"),
}
_FOLDER_WORDS = {
    Trigger.CASE_CLOSED: ("closed",),
    Trigger.EMPLOYMENT_END: ("leavers", "leaver", "left"),
    Trigger.DATE_OF_DEATH: ("deceased",),
    Trigger.PROJECT_COMPLETED: ("completed",),
    Trigger.WORKS_COMPLETED: ("completed",),
    Trigger.SUPERSEDED: ("superseded",),
    Trigger.LICENCE_EXPIRY: ("expired", "lapsed"),
    Trigger.CONTRACT_END: ("expired", "ended"),
}
# what is stated there can still move: a contract is extended, so its stated end is only "not before"
_MOVABLE = (Trigger.CONTRACT_END,)
_PATTERNS = {trigger: label_pattern(*labels) for trigger, labels in _LABELS.items() if labels}
_RECORD_PATTERN = label_pattern(*_RECORD_LABELS, rf"{_LINE_START}[ \t]{{0,8}}date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """A piece of evidence, and whether it speaks for the whole case or for one paper of it."""

    evidence: DateEvidence
    speaks_for_case: bool


def clues_for(clock: Clock, facts: RecordFacts, *, schedule: DisposalSchedule) -> Iterator[Clue]:
    """Yield what a file says about the trigger of `clock`."""
    match clock.trigger:
        case Trigger.LAST_MODIFIED:
            yield from _modification(facts)
            for clue in record_clues(facts, schedule=schedule, cutoff=clock.cutoff):
                if clue.evidence.bound is Bound.BOTH and clue.evidence.strength is not Strength.A:
                    yield _bounded(clue, Bound.EARLIEST)
        case Trigger.CREATED | Trigger.RECORD_DATE | Trigger.RECEIVED:
            found = list(record_clues(facts, schedule=schedule, cutoff=clock.cutoff))
            found += _labelled(clock.trigger, facts)
            found += _property(facts, "created_at", Bound.BOTH if clock.trigger is Trigger.CREATED else Bound.EARLIEST)
            is_stated = any(clue.evidence.bound is Bound.BOTH for clue in found)
            # a scan is made after its paper, and a bare number may be no year: a dated paper outweighs both
            yield from (clue for clue in found if clue.evidence.bound is Bound.BOTH or not is_stated)
            yield from _property(facts, "modified_at", Bound.LATEST)
            yield from _last_write(facts)
        case Trigger.MEETING_DATE:
            found = [*_labelled(clock.trigger, facts), *_named(facts, schedule=schedule, cutoff=clock.cutoff)]
            yield from (clue for clue in found if clue.evidence.bound is Bound.BOTH)
        case _:
            for clue in _labelled(clock.trigger, facts):
                yield _bounded(clue, Bound.EARLIEST) if clock.trigger in _MOVABLE else clue
            yield from _in_folders(clock.trigger, facts, schedule=schedule)


def record_clues(
    facts: RecordFacts, *, schedule: DisposalSchedule, cutoff: Cutoff = Cutoff.FINANCIAL_YEAR
) -> Iterator[Clue]:
    """Yield what a file says about the date of the record itself."""
    yield from _property(facts, "sent_at", Bound.BOTH)
    yield from _labelled(Trigger.RECORD_DATE, facts)
    yield from _named(facts, schedule=schedule, cutoff=cutoff)


def _bounded(clue: Clue, bound: Bound) -> Clue:
    evidence = clue.evidence
    return Clue(
        evidence=DateEvidence(
            bound=bound,
            earliest=evidence.earliest,
            latest=evidence.latest,
            strength=evidence.strength,
            where=evidence.where,
            text=evidence.text,
        ),
        speaks_for_case=clue.speaks_for_case,
    )


def _clue(span: tuple[date | None, date | None], bound: Bound, strength: Strength, where: str, text: str) -> Clue:
    evidence = DateEvidence(
        bound=bound, earliest=span[0], latest=span[1], strength=strength, where=where, text=text[:_LONGEST_QUOTE]
    )
    return Clue(evidence=evidence, speaks_for_case=where.startswith("folder"))


def _labelled(trigger: Trigger, facts: RecordFacts) -> Iterator[Clue]:
    if not facts.text:
        return
    text = facts.text[:_LONGEST_TEXT]
    for reading, words in _stated(trigger, text):
        span = (reading.earliest, reading.latest)
        yield _clue(span, Bound.BOTH, Strength.B, f"text, character {reading.start + 1}", words)


@lru_cache(maxsize=16)  # the clauses of one class ask for the same dates of the same text again and again
def _stated(trigger: Trigger, text: str) -> tuple[tuple[DateReading, str], ...]:
    pattern = _RECORD_PATTERN if trigger is Trigger.RECORD_DATE else _PATTERNS.get(trigger)
    if pattern is None:
        return ()
    folded = fold_text(text)
    readings = _telling(tuple(labelled_dates(folded.folded, pattern)))
    return tuple((reading, " ".join(folded.quote(reading.start, reading.end).split())) for reading in readings)


def _telling(readings: tuple[DateReading, ...]) -> tuple[DateReading, ...]:
    """Of many dates (a ledger has thousands) keep the first few, and the extremes, on which the interval rests."""
    if len(readings) <= _MOST_READINGS:
        return readings
    extremes = (min(readings, key=lambda one: one.earliest), max(readings, key=lambda one: one.latest))
    return tuple(dict.fromkeys((*readings[: _MOST_READINGS - 2], *extremes)))


def _named(facts: RecordFacts, *, schedule: DisposalSchedule, cutoff: Cutoff) -> Iterator[Clue]:
    parts = facts.path.split("/")
    for number, part in enumerate(parts):
        is_file = number == len(parts) - 1
        where = f"file name '{part}'" if is_file else "folder '" + "/".join(parts[: number + 1]) + "'"
        for reading in dates_in_name(part, cutoff=cutoff, schedule=schedule):
            yield _from_name(reading, part, where)


def _from_name(reading: DateReading, part: str, where: str) -> Clue:
    # people file by bare years, but a bare number in a file's name may be anything: it can only delay
    bound = Bound.EARLIEST if reading.is_loose and where.startswith("file name") else Bound.BOTH
    return _clue((reading.earliest, reading.latest), bound, Strength.C, where, part[reading.start : reading.end])


def _in_folders(trigger: Trigger, facts: RecordFacts, *, schedule: DisposalSchedule) -> Iterator[Clue]:
    """Read `/Closed/2011/` and `CLOSED 2011`: the year beside or right below the word."""
    words = _FOLDER_WORDS.get(trigger)
    if words is None:
        return
    parts = facts.path.split("/")[:-1]
    for number, part in enumerate(parts):
        if not any(word in part.casefold().replace("_", " ").replace("-", " ").split() for word in words):
            continue
        for below in (number, number + 1):
            if below < len(parts):
                where = "folder '" + "/".join(parts[: below + 1]) + "'"
                for reading in dates_in_name(parts[below], cutoff=Cutoff.FINANCIAL_YEAR, schedule=schedule):
                    yield _from_name(reading, parts[below], where)


def _property(facts: RecordFacts, key: str, bound: Bound) -> Iterator[Clue]:
    value = facts.properties.get(key, "")
    day = parse_day(value)
    if day is not None:
        earliest, latest = (None if bound is Bound.LATEST else day), (None if bound is Bound.EARLIEST else day)
        yield _clue((earliest, latest), bound, Strength.A, f"property {key}", value)


def _modification(facts: RecordFacts) -> Iterator[Clue]:
    yield from _property(facts, "modified_at", Bound.BOTH)
    yield from _last_write(facts)


def _last_write(facts: RecordFacts) -> Iterator[Clue]:
    day = (facts.modified_at + _SUMMER_TIME).date()
    if day >= _FIRST_BELIEVED_WRITE:
        text = facts.modified_at.isoformat()
        yield _clue((None, day), Bound.LATEST, Strength.D, "the time of the last write", text)
