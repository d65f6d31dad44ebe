"""Where each trigger's date can stand: the evidence table of docs/adr/0006-date-intervals.md.

A recorded event or property, B stated in the text in a role, C in the name of the file or a folder, D the
file system's time of the last write: an upper bound for the making of a file, and for nothing else (a file
cannot have been written after its last write; a case can be closed long after its last paper).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from rules.classifying.classification import RecordFacts
from rules.cues.matching import fold_text
from rules.dates.columns import in_columns
from rules.dates.date_reading import DateReading, date_in_text, dates_in_name, may_hold_a_date, parse_day
from rules.dates.doubts import opening_day, says_not_over
from rules.dates.evidence import Bound, DateEvidence
from rules.dates.keeping import Kept, Same, kept
from rules.dates.name_clues import BIRTH_WORDS, births_in, may_tell_a_birth
from rules.dates.stated_dates import stated_dates
from rules.dates.surroundings import NOTHING_AROUND, Surroundings
from rules.dates.terms_of_years import terms_in
from rules.model import Clock, Cutoff, DisposalSchedule, Strength, Trigger, subtract_years

# earlier times of writing are clocks that were never set, not records
_FIRST_BELIEVED_WRITE = date(1990, 1, 1)
# Britain is never further from UTC than an hour; a write at 23:30 UTC may be the next day there
_SUMMER_TIME = timedelta(hours=1)
_LONGEST_TEXT = 200_000
_LONGEST_QUOTE = 80
_FOLDERS_KEPT = 4096

_FOLDER_WORDS = {
    Trigger.CASE_CLOSED: ("closed", "zz"),  # ZZ sorts what is over to the end
    Trigger.EMPLOYMENT_END: ("leavers", "leaver", "left"),
    Trigger.DATE_OF_DEATH: ("deceased",),
    Trigger.PROJECT_COMPLETED: ("completed",),
    Trigger.WORKS_COMPLETED: ("completed",),
    Trigger.SUPERSEDED: ("superseded",),
    Trigger.LICENCE_EXPIRY: ("expired", "lapsed"),
    Trigger.CONTRACT_END: ("expired", "ended"),
}
_OFFICE = (
    "application/msword", "application/rtf", "text/rtf", "application/vnd.ms-", "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
)  # fmt: skip
_SCHOOL_WORDS = ("school", "academy", "academic", "pupil", "college", "nursery")
_SCHOOL = re.compile(f"(?i){'|'.join(_SCHOOL_WORDS)}")
_TELLING_WORDS = (*BIRTH_WORDS, *_SCHOOL_WORDS)
_OF_PAPERS = frozenset((Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED))
# what is stated there can still move: a contract is extended, so its stated end is only "not before"
_MOVABLE = frozenset((Trigger.CONTRACT_END,))


class Clue(NamedTuple):
    """A piece of evidence, and whether it speaks for the whole case or for one paper of it."""

    evidence: DateEvidence
    speaks_for_case: bool


def clues_for(
    clock: Clock, facts: RecordFacts, *, schedule: DisposalSchedule, around: Surroundings = NOTHING_AROUND
) -> Iterable[Clue]:
    """Return what a file, and what is known around it, says about the trigger of `clock`."""
    if clock.trigger in _OF_PAPERS:
        return _of_paper(clock, facts, schedule=schedule, around=around)
    if clock.trigger is Trigger.LAST_MODIFIED:
        return _last_worked_on(clock, facts, schedule=schedule, around=around)
    if clock.trigger is Trigger.MEETING_DATE:
        found = [*_labelled(clock.trigger, facts), *_named(facts, schedule=schedule, cutoff=clock.cutoff)]
        return [clue for clue in found if clue.evidence.bound is Bound.BOTH]
    return _outside_event(clock.trigger, facts, schedule=schedule, around=around)


def _last_worked_on(
    clock: Clock, facts: RecordFacts, *, schedule: DisposalSchedule, around: Surroundings
) -> Iterator[Clue]:
    yield from _property(facts, "modified_at", Bound.BOTH)
    yield from _last_write(facts, around)
    yield from _newest_of_case(around)
    for clue in record_clues(facts, schedule=schedule, cutoff=clock.cutoff):
        if clue.evidence.bound is Bound.BOTH and clue.evidence.strength is not Strength.A:
            yield _bounded(clue, Bound.EARLIEST)


def _of_paper(clock: Clock, facts: RecordFacts, *, schedule: DisposalSchedule, around: Surroundings) -> Iterator[Clue]:
    found = [*record_clues(facts, schedule=schedule, cutoff=clock.cutoff), *_labelled(clock.trigger, facts)]
    found += (Clue(evidence=one, speaks_for_case=False) for one in in_columns(clock.trigger, facts.properties))
    found += _property(facts, "created_at", Bound.BOTH if clock.trigger is Trigger.CREATED else Bound.EARLIEST)
    is_stated = any(clue.evidence.bound is Bound.BOTH for clue in found)
    # a scan is made after its paper, and a bare number may be no year: a dated paper outweighs both
    yield from (clue for clue in found if clue.evidence.bound is Bound.BOTH or not is_stated)
    if is_stated:
        # what was written on a computer is no older than its making, whatever older date it quotes
        yield from _heading(facts)
        yield from _property(facts, "created_at", Bound.EARLIEST) if _is_born_digital(facts) else ()
    yield from _property(facts, "modified_at", Bound.LATEST)
    yield from _last_write(facts, around)


def _outside_event(
    trigger: Trigger, facts: RecordFacts, *, schedule: DisposalSchedule, around: Surroundings
) -> list[Clue]:
    found = [*_labelled(trigger, facts), *_in_folders(trigger, facts, schedule=schedule)]
    if facts.properties:
        found += (Clue(evidence=one, speaks_for_case=False) for one in in_columns(trigger, facts.properties))
    if trigger is Trigger.DATE_OF_BIRTH and may_tell_a_birth(facts.path):
        by = (facts.modified_at + _SUMMER_TIME).date()
        found += (
            Clue(evidence=one, speaks_for_case=one.where.startswith("folder")) for one in births_in(facts.path, by=by)
        )
    if trigger in _MOVABLE:
        if facts.text:
            found += (Clue(evidence=one, speaks_for_case=False) for one in terms_in(facts.text[:_LONGEST_TEXT]))
        return [_bounded(clue, Bound.EARLIEST) for clue in found]
    if trigger is Trigger.LAST_CONTACT:
        found += _newest_of_case(around)
    return found


def record_clues(
    facts: RecordFacts, *, schedule: DisposalSchedule, cutoff: Cutoff = Cutoff.FINANCIAL_YEAR
) -> tuple[Clue, ...]:
    """Return what a file says about the date of the record itself."""
    return _record_clues(Same(facts), cutoff, kept(schedule))


@lru_cache(maxsize=8)  # every clock and clause of a class asks for them again
def _record_clues(of: Same[RecordFacts], cutoff: Cutoff, under: Kept[DisposalSchedule]) -> tuple[Clue, ...]:
    facts, schedule = of.value, under.value
    return (
        *_property(facts, "sent_at", Bound.BOTH),
        *_labelled(Trigger.RECORD_DATE, facts),
        *_named(facts, schedule=schedule, cutoff=cutoff),
    )


def bounds_from_the_record(clock: Clock, facts: RecordFacts, *, schedule: DisposalSchedule) -> tuple[Clue, ...]:
    """Return what the date of one paper says about an event outside it.

    A paper was written before its case closed and its contract ended. The person it is about was born before
    it was written (a year is added for papers about the unborn) and was no older than the clock says.
    """
    under_years = clock.subject_under_years if clock.trigger is Trigger.DATE_OF_BIRTH else None
    return _bounds_from_the_record(Same(facts), under_years, kept(schedule))


@lru_cache(maxsize=8)  # as above
def _bounds_from_the_record(
    of: Same[RecordFacts], under_years: int | None, under: Kept[DisposalSchedule]
) -> tuple[Clue, ...]:
    clues = [*record_clues(of.value, schedule=under.value)]
    if under_years is None:
        clues += (*_property(of.value, "created_at", Bound.BOTH), *_property(of.value, "modified_at", Bound.BOTH))
    return tuple(_before_the_event(clue.evidence, under_years) for clue in clues if _is_dated(clue.evidence))


def _is_dated(evidence: DateEvidence) -> bool:
    return evidence.bound is Bound.BOTH and evidence.earliest is not None and evidence.latest is not None


def _before_the_event(evidence: DateEvidence, under_years: int | None) -> Clue:
    earliest, where = evidence.earliest, f"{evidence.where}, written before the event"
    if earliest is not None and under_years is not None:
        earliest, where = subtract_years(earliest, under_years), f"{evidence.where}, of a person under {under_years}"
    return Clue(DateEvidence(Bound.EARLIEST, earliest, None, evidence.strength, where, evidence.text), False)  # noqa: FBT003  # its only claim


def _bounded(clue: Clue, bound: Bound) -> Clue:
    evidence = clue.evidence
    return Clue(evidence._replace(bound=bound), clue.speaks_for_case)


def _clue(span: tuple[date | None, date | None], bound: Bound, strength: Strength, where: str, text: str) -> Clue:
    evidence = DateEvidence(bound, span[0], span[1], strength, where, text[:_LONGEST_QUOTE])
    return Clue(evidence, where.startswith("folder"))


def no_day(strength: Strength, where: str, text: str) -> Clue:
    """Return what says that something happened, and not when: it bounds nothing, and a person should see it."""
    evidence = DateEvidence(bound=Bound.EARLIEST, earliest=None, latest=None, strength=strength, where=where, text=text)
    return Clue(evidence=evidence, speaks_for_case=where.startswith("folder"))


def _labelled(trigger: Trigger, facts: RecordFacts) -> Iterable[Clue]:
    text = facts.text
    stated = stated_dates(trigger, text[:_LONGEST_TEXT]) if text else ()
    return [
        _clue((reading.earliest, reading.latest), bound, Strength.B, f"text, character {reading.start + 1}", words)
        for reading, words, bound in stated
    ]


def _is_born_digital(facts: RecordFacts) -> bool:
    """Tell whether it was written with an office program, whose times tell of the writing; a scan's do not."""
    return facts.media_type.startswith(_OFFICE)


def _heading(facts: RecordFacts) -> Iterator[Clue]:
    """Yield the day that a letter is headed with: an older date that it quotes is not its own."""
    folded = fold_text(facts.text[:_LONGEST_TEXT]) if facts.text else None
    place = None if folded is None else opening_day(folded.folded)
    if folded is not None and place is not None:
        words = folded.quote(*place)
        span = date_in_text(words.casefold())
        if span is not None:
            yield _clue(span, Bound.EARLIEST, Strength.B, f"text, character {place[0] + 1}", words)


def _named(facts: RecordFacts, *, schedule: DisposalSchedule, cutoff: Cutoff) -> tuple[Clue, ...]:
    folder, _, name = facts.path.rpartition("/")
    if cutoff not in (Cutoff.FINANCIAL_YEAR, Cutoff.TAX_YEAR) and (_is_of_school(folder) or _SCHOOL.search(name)):
        cutoff = Cutoff.ACADEMIC_YEAR  # `2013-14` may then end with July or with March, and is read as both
    clues = _folder_clues(folder, cutoff, kept(schedule))
    readings = dates_in_name(name, cutoff=cutoff, schedule=schedule) if may_hold_a_date(name) else ()
    return (*clues, *[_from_name(one, name, f"file name '{name}'") for one in readings]) if readings else clues


@lru_cache(maxsize=_FOLDERS_KEPT)
def _is_of_school(folder: str) -> bool:
    return _SCHOOL.search(folder) is not None


def is_telling_name(name: str) -> bool:
    """Tell whether a file's own name could say anything of a date: a day, a year, a birth, the kind of year.

    A name in letters beyond ASCII always could: it costs more to be sure of it.
    """
    if not name.isascii() or may_hold_a_date(name):
        return True
    folded = name.lower()
    return any(word in folded for word in _TELLING_WORDS)


@lru_cache(maxsize=_FOLDERS_KEPT)  # a drive has far fewer folders than files
def _folder_clues(folder: str, cutoff: Cutoff, of: Kept[DisposalSchedule]) -> tuple[Clue, ...]:
    parts = folder.split("/")
    return tuple(
        _from_name(reading, part, "folder '" + "/".join(parts[: number + 1]) + "'")
        for number, part in enumerate(parts)
        for reading in dates_in_name(part, cutoff=cutoff, schedule=of.value)
    )


def _from_name(reading: DateReading, part: str, where: str) -> Clue:
    # people file by bare years, but a bare number in a file's name may be anything: it can only delay
    bound = Bound.EARLIEST if reading.is_loose and where.startswith("file name") else Bound.BOTH
    return _clue((reading.earliest, reading.latest), bound, Strength.C, where, part[reading.start : reading.end])


def _in_folders(trigger: Trigger, facts: RecordFacts, *, schedule: DisposalSchedule) -> Iterable[Clue]:
    """Read `/Closed/2011/` and `CLOSED 2011`: the year beside or right below the word."""
    if trigger not in _FOLDER_WORDS:
        return ()
    folder = facts.path.rpartition("/")[0]
    return _folders_saying(trigger, folder, schedule) if _numbers_saying(trigger, folder) else ()


def _folders_saying(trigger: Trigger, folder: str, schedule: DisposalSchedule) -> Iterator[Clue]:
    parts = folder.split("/")
    for number in _numbers_saying(trigger, folder):
        yield no_day(Strength.C, "folder '" + "/".join(parts[: number + 1]) + "'", parts[number])
        for below in (number, number + 1):
            if below < len(parts):
                where = "folder '" + "/".join(parts[: below + 1]) + "'"
                for reading in dates_in_name(parts[below], cutoff=Cutoff.FINANCIAL_YEAR, schedule=schedule):
                    yield _from_name(reading, parts[below], where)


@lru_cache(maxsize=_FOLDERS_KEPT)
def _numbers_saying(trigger: Trigger, folder: str) -> tuple[int, ...]:
    """Return which parts of a folder's path say that `trigger` happened."""
    words = _FOLDER_WORDS[trigger]
    return tuple(
        number
        for number, part in enumerate(folder.split("/"))
        if not _words_of(part).isdisjoint(words) and not says_not_over(part)
    )


@lru_cache(maxsize=_FOLDERS_KEPT)
def _words_of(part: str) -> frozenset[str]:
    return frozenset(part.casefold().replace("_", " ").replace("-", " ").split())


def _property(facts: RecordFacts, key: str, bound: Bound) -> Iterable[Clue]:
    value = facts.properties.get(key, "")
    day = parse_day(value) if value else None
    if day is None:
        return ()
    earliest, latest = (None if bound is Bound.LATEST else day), (None if bound is Bound.EARLIEST else day)
    return (_clue((earliest, latest), bound, Strength.A, f"property {key}", value),)


def _newest_of_case(around: Surroundings) -> Iterator[Clue]:
    """One re-save moves one file's clock; the newest date of the whole folder is when the case was last touched."""
    where = "the case folder"
    if around.case_unknown:
        yield no_day(Strength.D, where, around.case_unknown)
    if around.case_newest_on is None or around.case_unknown or around.copying:
        return
    text = f"the newest date among all {around.case_files:,} files ever seen in it"
    yield Clue(
        evidence=DateEvidence(
            bound=Bound.LATEST,
            earliest=None,
            latest=around.case_newest_on,
            strength=Strength.D,
            where=where,
            text=text,
        ),
        speaks_for_case=True,
    )


def _last_write(facts: RecordFacts, around: Surroundings) -> Iterator[Clue]:
    where = "the time of the last write"
    if around.copying:
        yield no_day(Strength.D, where, around.copying)
        return
    day = (facts.modified_at + _SUMMER_TIME).date()
    if day >= _FIRST_BELIEVED_WRITE:
        yield _clue((None, day), Bound.LATEST, Strength.D, where, facts.modified_at.isoformat())
