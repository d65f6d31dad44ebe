"""Trigger dates: from the evidence in and around one file to an interval, or to a question for a person.

Half of all rules start at an event outside the file, so "not known" is the normal answer. Evidence that is
weaker than the class accepts, or that stands in one paper of a case, can make a record wait longer; it can
never make it due. Contradictions widen the interval to cover both, and say so.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rules.classifying.classification import RecordFacts
from rules.dates.clues import Clue, bounds_from_the_record, clues_for
from rules.dates.evidence import AttestedEvent, Bound, DateEvidence, TriggerDate
from rules.dates.surroundings import NOTHING_AROUND, Surroundings
from rules.model import FILE_TRIGGERS, Clock, DisposalClass, DisposalSchedule, Level, Strength, Trigger

_QUESTIONS = {
    Trigger.CREATED: "When was {case} made?",
    Trigger.RECORD_DATE: "What date does {case} bear?",
    Trigger.RECEIVED: "When was {case} received?",
    Trigger.LAST_MODIFIED: "When was {case} last worked on?",
    Trigger.LAST_CONTACT: "When was the last contact in {case}?",
    Trigger.CASE_CLOSED: "When was {case} closed?",
    Trigger.DECISION_DATE: "When was the decision in {case} made and told?",
    Trigger.ORDER_DATE: "When was the order in {case} made?",
    Trigger.MEETING_DATE: "When was the meeting of {case} held?",
    Trigger.CONTRACT_AWARD: "When was the contract in {case} entered into?",
    Trigger.CONTRACT_END: "When did the contract in {case} end, extensions included?",
    Trigger.EMPLOYMENT_END: "When did the person in {case} leave the council's employment?",
    Trigger.OFFICE_END: "When did the term of office or approval in {case} end?",
    Trigger.LICENCE_EXPIRY: "When did the licence or permit in {case} expire, renewals included?",
    Trigger.SUPERSEDED: "When was {case} superseded?",
    Trigger.PROJECT_COMPLETED: "When was the project in {case} completed?",
    Trigger.WORKS_COMPLETED: "When were the works in {case} completed?",
    Trigger.ASSET_DISPOSED: "When was the property or asset in {case} sold, demolished or disposed of?",
    Trigger.NOTICE_COMPLIED: "When was the notice in {case} complied with?",
    Trigger.INCIDENT_ENDED: "When was the incident in {case} over?",
    Trigger.CLAIM_SETTLED: "When was the claim in {case} settled?",
    Trigger.DEBT_CLEARED: "When was the debt in {case} cleared?",
    Trigger.AUDIT_COMPLETED: "When was the audit of {case} completed?",
    Trigger.CONSENT_WITHDRAWN: "When was consent to {case} withdrawn?",
    Trigger.DATE_OF_BIRTH: "What is the date of birth that {case} counts from?",
    Trigger.DATE_OF_DEATH: "When did the person in {case} die?",
    Trigger.FIXED_DATE: "From which day does the period of {case} run?",
    Trigger.NAMED_EVENT: "When did this happen to {case}: {event}?",
    Trigger.NO_LONGER_NEEDED: "Since when is {case} no longer needed?",
}
_QUESTIONS_KEPT = 4096
# the same event can happen again, and the last time counts
_REPEATABLE = (Trigger.LAST_CONTACT, Trigger.LAST_MODIFIED)
# events that a file goes on after: its later papers do not put them off
_PAPERS_FOLLOW = (
    Trigger.DECISION_DATE,
    Trigger.ORDER_DATE,
    Trigger.MEETING_DATE,
    Trigger.CONTRACT_AWARD,
    Trigger.DATE_OF_DEATH,
)


def date_trigger(
    rule: DisposalClass | Clock,
    facts: RecordFacts,
    *,
    schedule: DisposalSchedule,
    events: Iterable[AttestedEvent] = (),
    accepts: Strength = Strength.A,
    level: Level = Level.ITEM,
    around: Surroundings = NOTHING_AROUND,
    is_last_counted: bool = False,
) -> TriggerDate:
    """Return when the clock of `rule` started for a file, as an interval with its evidence.

    A class brings its own `accepts` and `level`; for a bare clock they are arguments. `events` are attested
    events about this file or its case, and only those; with `is_last_counted` the last of several counts, as it
    always does for last contacts. `around` is what is known of the place it lies in.
    """
    if isinstance(rule, DisposalClass):
        clock, accepts, level = rule.main_clock, rule.accepts, rule.level
        return date_trigger(clock, facts, schedule=schedule, events=events, accepts=accepts, level=level, around=around)
    if rule.trigger is Trigger.NONE:
        return TriggerDate(trigger=rule.trigger, earliest=None, latest=None, evidence=(), question=None)
    if rule.starts_on is not None:
        return TriggerDate(
            trigger=rule.trigger, earliest=rule.starts_on, latest=rule.starts_on, evidence=(), question=None
        )
    attested = tuple([event for event in events if event.trigger == rule.event_key]) if events else ()
    clues: list[Clue] = []
    if attested:
        clues += _attested(attested, is_last_counted=is_last_counted or rule.trigger in _REPEATABLE)
    if level is not Level.CASE and around.case_newest_on is not None:
        around = replace(around, case_newest_on=None, case_files=0)  # what a case tells is nothing to a single file
    clues += clues_for(rule, facts, schedule=schedule, around=around)
    # a paper of 2003 does not contradict a person who says that the order was made in 1990
    is_past = bool(attested) and rule.trigger in _PAPERS_FOLLOW
    if rule.trigger not in FILE_TRIGGERS and not is_past:
        clues += bounds_from_the_record(rule, facts, schedule=schedule)
    weighing = _Weighing(clues, accepts=accepts, level=level)
    interval = weighing.interval()
    evidence = tuple([clue.evidence for clue in clues])
    question = _question(rule, facts) if interval.latest is None else None
    return TriggerDate(rule.trigger, interval.earliest, interval.latest, evidence, question, tuple(weighing.notes))


def _attested(events: tuple[AttestedEvent, ...], *, is_last_counted: bool) -> list[Clue]:
    matching = sorted(events, key=lambda event: event.on)
    if is_last_counted:
        matching = matching[-1:]
    return [
        Clue(
            evidence=DateEvidence(
                bound=Bound.BOTH,
                earliest=event.on,
                latest=event.on,
                strength=Strength.A,
                where=f"attested by {event.attested_by}",
                text=event.basis,
            ),
            speaks_for_case=True,
        )
        for event in matching
    ]


class _Interval(NamedTuple):
    earliest: date | None
    latest: date | None


class _Weighing:
    """Weighs the clues for one date. `notes` collects what contradicted what."""

    def __init__(self, clues: list[Clue], *, accepts: Strength, level: Level) -> None:
        self.notes: list[str] = []
        self._settling: list[DateEvidence] = []
        self._earliest: list[DateEvidence] = []
        self._latest: list[DateEvidence] = []
        is_item = level is Level.ITEM
        for clue in clues:
            # the letters of strengths are in their order: A is at least B
            self._file(clue.evidence, settles=clue.evidence.strength <= accepts and (is_item or clue.speaks_for_case))

    def _file(self, evidence: DateEvidence, *, settles: bool) -> None:
        if evidence.bound is Bound.BOTH and settles:
            self._settling.append(evidence)
        elif evidence.bound is not Bound.LATEST:
            self._earliest.append(evidence)
        elif settles and evidence.latest is not None:
            self._latest.append(evidence)

    def interval(self) -> _Interval:
        """Return what the clues settle."""
        return self._from_stated_dates() if self._settling else self._from_bounds()

    def _from_stated_dates(self) -> _Interval:
        """The strongest stated dates rule; whatever does not agree with them widens them."""
        best = min(evidence.strength for evidence in self._settling)
        strongest = [evidence for evidence in self._settling if evidence.strength is best]
        weaker = [evidence for evidence in self._settling if evidence.strength is not best]
        earliest, latest = self._agreed(strongest)
        for evidence in weaker:
            if evidence.earliest is None or evidence.latest is None:
                continue
            if evidence.earliest > latest or evidence.latest < earliest:
                self.notes.append(f"{evidence.in_words} contradicts {earliest} to {latest}: the interval covers both")
                earliest, latest = min(earliest, evidence.earliest), max(latest, evidence.latest)
        for evidence in self._earliest:
            if evidence.earliest is not None and evidence.earliest > latest:
                self.notes.append(f"{evidence.in_words} is later than {latest}: the interval reaches to it")
                latest = evidence.latest or evidence.earliest
        for evidence in self._latest:
            if evidence.latest is not None and evidence.latest < earliest:
                self.notes.append(f"{evidence.in_words} is earlier than {earliest}: the interval begins with it")
                earliest = evidence.latest
        return _Interval(earliest, latest)

    def _agreed(self, equals: list[DateEvidence]) -> tuple[date, date]:
        earliest = [evidence.earliest for evidence in equals if evidence.earliest is not None]
        latest = [evidence.latest for evidence in equals if evidence.latest is not None]
        if max(earliest) <= min(latest):
            return max(earliest), min(latest)
        words = " and ".join(sorted({evidence.in_words for evidence in equals}))
        self.notes.append(f"equally good evidence disagrees ({words}): the interval covers all of it")
        return min(earliest), max(latest)

    def _from_bounds(self) -> _Interval:
        earliest = min((one.earliest for one in self._earliest if one.earliest is not None), default=None)
        if not self._latest:
            return _Interval(earliest, None)
        best = min(evidence.strength for evidence in self._latest)
        latest = max(one.latest for one in self._latest if one.strength is best and one.latest is not None)
        stated = [one.latest or one.earliest for one in self._earliest]
        beyond = [day for day in stated if day is not None and day > latest]
        if beyond:
            self.notes.append(f"a date later than {latest} is written there: the interval reaches to {max(beyond)}")
            return _Interval(min(latest, earliest) if earliest else None, max(beyond))
        return _Interval(earliest, latest)


def _question(clock: Clock, facts: RecordFacts) -> str:
    """Return what to ask: about the folder, because one answer serves every paper of the case."""
    folder, _, name = facts.path.rpartition("/")
    is_of_file = clock.trigger in FILE_TRIGGERS or not folder
    return _question_about(clock.trigger, clock.event, clock.subject, name if is_of_file else folder)


@lru_cache(maxsize=_QUESTIONS_KEPT)  # all papers of a case lead to the same
def _question_about(trigger: Trigger, event: str, subject: str, case: str) -> str:
    words = _QUESTIONS[trigger].format(case=f"'{case}'", event=event)
    return f"{words} ({subject})" if subject else words
