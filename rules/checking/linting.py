"""Advice on a schedule that loads: what a careful colleague would ask before it decides about records.

A fault keeps a schedule from loading; advice does not. Every line names the class, and what to write instead.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rules.checking.cue_advice import doubtful_cues
from rules.checking.places import SCHEDULE, place_of
from rules.checking.statutes import doubtful_citations
from rules.loading.yaml_reading import Place
from rules.model import (
    FILE_TRIGGERS,
    Basis,
    ClassState,
    Clock,
    Combine,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Level,
    Period,
    PeriodKind,
    PersonalData,
    Strength,
    WhenUnknown,
    add_period,
    clocks_of,
)

FEWEST_EXAMPLES = 5
_ANY_DAY = date(2000, 1, 31)
_NUMBER = re.compile(r"\d+")
_NUMBER_WORDS = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)\b",
    re.IGNORECASE,
)
_BRITISH = re.compile(r"\b(UK|United Kingdom|Britain|England|Wales|Scotland|Northern Ireland)\b")
_STATUTE = re.compile(r"\b(Act|Acts|Regulations?|Rules|Order|SI|Directive|Code)\b")


class Weight(StrEnum):
    """How much a piece of advice matters."""

    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to reconsider at one place of a schedule file. `class_id` is empty for the schedule as a whole."""

    weight: Weight
    class_id: str
    place: Place
    what: str
    instead: str


@dataclass(frozen=True, slots=True)
class _Doubt:
    weight: Weight
    key: str
    what: str
    instead: str


def lint_schedule(
    schedule: DisposalSchedule, *, as_of: date, places: Mapping[tuple[str, str], Place] | None = None
) -> tuple[Advice, ...]:
    """Return all advice on `schedule`, in the order of the file.

    Args:
        schedule: A schedule that loads.
        as_of: The day on which it is asked whether the schedule has expired.
        places: Where its keys stand (`places_in`); without them everything stands in line 1.
    """
    found = [(SCHEDULE, doubt) for doubt in _of_schedule(schedule, as_of)]
    for entry in schedule.classes:
        found += [(entry.id, doubt) for doubt in _of_class(entry, schedule, as_of)]
    found += [
        (doubt.class_id, _Doubt(Weight.WARNING, "cues", doubt.what, doubt.instead)) for doubt in doubtful_cues(schedule)
    ]
    told = places or {}
    advice = [
        Advice(
            weight=doubt.weight,
            class_id=class_id,
            place=place_of(told, class_id, doubt.key),
            what=doubt.what,
            instead=doubt.instead,
        )
        for class_id, doubt in found
    ]
    return tuple(sorted(advice, key=lambda one: (one.place.line, one.class_id, one.what)))


def _of_schedule(schedule: DisposalSchedule, as_of: date) -> Iterator[_Doubt]:
    if schedule.valid_to is not None and schedule.valid_to < as_of:
        what = f"the schedule expired on {schedule.valid_to}: nothing may be destroyed under it"
        yield _Doubt(Weight.WARNING, "valid_to", what, "adopt a new version")
    if schedule.status != "template" and not schedule.approved_by:
        yield _Doubt(Weight.ADVICE, "status", "nobody is named as having approved it", "write `approved_by: …`")
    default = schedule.by_id.get(schedule.default_class)
    if default is not None and default.action is not DisposalAction.REVIEW:
        what = f"the default class {default.id} does more than ask for a review"
        yield _Doubt(Weight.WARNING, "default_class", what, "let what nobody classified be reviewed by a person")
    silent = [entry.id for entry in schedule.classes if _is_silent(entry) and entry.id != schedule.default_class]
    if silent:
        names = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")  # noqa: PLR2004 - five named
        what = f"{len(silent)} classes have no cues ({names}): no file is ever classified there by itself"
        yield _Doubt(Weight.ADVICE, "id", what, "write `cues:`, or assign files to them by hand")
    for first, other in _same_titles(schedule):
        yield _Doubt(Weight.WARNING, "id", f"{first} and {other} have the same title", "tell them apart, or merge them")


def _is_silent(entry: DisposalClass) -> bool:
    cues = entry.cues
    spoken = (cues.folders, cues.names, cues.phrases, cues.extensions, cues.media_types, cues.residue, cues.labels)
    return entry.state is not ClassState.RETIRED and not any(spoken) and not cues.properties


def _same_titles(schedule: DisposalSchedule) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for entry in schedule.classes:
        title = " ".join(entry.title.casefold().split())
        if title in first and entry.retired is None:
            yield first[title], entry.id
        first.setdefault(title, entry.id)


def _of_class(entry: DisposalClass, schedule: DisposalSchedule, as_of: date) -> Iterator[_Doubt]:
    # other countries word their citations in ways that nothing here knows
    yield from _authority(entry, as_of, is_british=_BRITISH.search(schedule.jurisdiction) is not None)
    yield from _periods(entry)
    yield from _one_key_for_two(entry)
    yield from _wording(entry)
    yield from _caution(entry)
    if entry.retired is not None:
        if schedule.default_class == entry.id:
            yield _Doubt(Weight.WARNING, "retired", "the default class is retired", "name another default class")
        return
    if len(entry.examples) < FEWEST_EXAMPLES:
        what = f"{entry.id} has {len(entry.examples)} examples"
        yield _Doubt(Weight.ADVICE, "examples", what, f"write {FEWEST_EXAMPLES} or more, some of what it is not")


def _authority(entry: DisposalClass, as_of: date, *, is_british: bool) -> Iterator[_Doubt]:
    cites_statute = any(_STATUTE.search(authority) for authority in entry.authority)
    if entry.basis is Basis.STATUTE and not cites_statute and is_british:
        what = f"{entry.id} rests on statute and cites none"
        yield _Doubt(Weight.WARNING, "authority", what, "cite the act or regulation, or write another `basis`")
    for authority in entry.authority:
        for doubt in doubtful_citations(authority, this_year=as_of.year):
            yield _Doubt(Weight.WARNING, "authority", f"{entry.id}: {doubt.what}", doubt.instead)


def _periods(entry: DisposalClass) -> Iterator[_Doubt]:
    own = entry.main_clock.period
    for clause in entry.clauses:
        other = clause.clock
        if clause.combine is not Combine.LATER or not isinstance(other, Clock) or not _starts_like(entry, other):
            continue
        if own is not None and other.period is not None and _not_longer(other.period, own):
            what = f"{entry.id}: 'later of' {other.period.in_words} changes nothing beside {own.in_words}"
            yield _Doubt(Weight.WARNING, "clauses", what, "write a longer period, or remove the clause")
    if entry.period_kind is PeriodKind.EXACT and any(clock.period_max for clock in clocks_of(entry.clock)):
        what = f"{entry.id} must be destroyed at the end and yet may be kept longer"
        yield _Doubt(Weight.WARNING, "clock", what, "write no `period_max`, or another `period_kind`")
    if entry.period_kind is PeriodKind.EXACT and entry.action is not DisposalAction.DESTROY:
        what = f"{entry.id} has an exact period and does not end in destruction"
        yield _Doubt(Weight.ADVICE, "period_kind", what, "`exact` is a duty to destroy; write `minimum` if it is not")


def _one_key_for_two(entry: DisposalClass) -> Iterator[_Doubt]:
    """One answer starts every clock with its key, so two different events must not share one."""
    subjects: dict[str, set[str]] = {}
    for term in (entry.clock, *(clause.clock for clause in entry.clauses if clause.clock is not None)):
        for clock in clocks_of(term):
            if clock.trigger not in FILE_TRIGGERS and clock.subject:
                subjects.setdefault(clock.event_key, set()).add(clock.subject)
    for key, found in subjects.items():
        if len(found) > 1:
            what = f"{entry.id} means different events by {key.replace('_', ' ')}: {'; '.join(sorted(found))}"
            instead = "write `trigger: named_event` with its own `event` for one of them"
            yield _Doubt(Weight.WARNING, "clauses", what, instead)


def _starts_like(entry: DisposalClass, other: Clock) -> bool:
    """Tell whether `other` starts with the very event that starts the class's own clock."""
    own = entry.main_clock
    is_same_event = (other.trigger, other.cutoff) == (own.trigger, own.cutoff)
    return is_same_event and other.subject in ("", own.subject)


def _not_longer(one: Period, other: Period) -> bool:
    return add_period(_ANY_DAY, one) <= add_period(_ANY_DAY, other)


def _wording(entry: DisposalClass) -> Iterator[_Doubt]:
    """Compare the rule as its source words it with what was made of it: schedules contradict themselves."""
    if not entry.as_written or entry.state is ClassState.DESCRIPTIVE:
        return
    written = {int(number) for number in _NUMBER.findall(entry.as_written)}
    made = {number for clock in clocks_of(entry.clock) for number in _numbers(clock.period)}
    if written and made and written.isdisjoint(made):
        what = f"{entry.id} is written '{entry.as_written}', and the clock says {entry.kept_for}"
        yield _Doubt(Weight.WARNING, "as_written", what, "correct the one that is wrong")
    in_words = sorted({word.casefold() for word in _NUMBER_WORDS.findall(entry.as_written)})
    if in_words:
        what = f"{entry.id} writes numbers in words ({', '.join(in_words)})"
        yield _Doubt(Weight.ADVICE, "as_written", what, f"check that {entry.kept_for!r} says the same")


def _numbers(period: object) -> tuple[int, ...]:
    parts = (getattr(period, "years", 0), getattr(period, "months", 0), getattr(period, "days", 0))
    return tuple(number for number in parts if number)


def _caution(entry: DisposalClass) -> Iterator[_Doubt]:
    sensitive = (PersonalData.SPECIAL_CATEGORY, PersonalData.CRIMINAL)
    destroys = entry.action is DisposalAction.DESTROY
    if destroys and entry.personal_data in sensitive and entry.accepts is Strength.D and entry.level is Level.CASE:
        what = f"{entry.id} lets the file system's dates destroy a whole case about people"
        yield _Doubt(Weight.WARNING, "accepts", what, "write `accepts: A` or `B`")
    presumed = [clause for clause in entry.clauses if clause.unknown is WhenUnknown.PRESUME_ABSENT]
    if presumed and entry.personal_data in sensitive and entry.level is Level.CASE:
        what = f"{entry.id} presumes about people: {presumed[0].when}"
        yield _Doubt(Weight.WARNING, "clauses", what, "write `unknown: ask`")
    if entry.state is ClassState.DESCRIPTIVE and not entry.as_written:
        what = f"{entry.id} cannot be computed and does not say what its source says"
        yield _Doubt(Weight.ADVICE, "descriptive", what, "write `as_written: …`")
