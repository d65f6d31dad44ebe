"""Turns what a form read into a schedule and an account of every row. Nothing is half-imported.

The result is proved before it is given back: written in the house form and read again, it must be equal.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rules.errors import ScheduleError
from rules.exporting.yaml_writing import schedule_as_yaml
from rules.importing.account import NO_CUES, ImportDefaults, ImportedRow, ImportedSchedule
from rules.importing.entry import Draft, Entry, NamedHold, Remark
from rules.importing.making import NEVER, SOURCE_ID, Making, folded, one_line
from rules.importing.reading.bounds import MOST_ROWS
from rules.importing.reading.refusing import refusal
from rules.loading.schedule_file import parse_schedule
from rules.loading.yaml_reading import Findings
from rules.model import (
    AsRule,
    ClassState,
    Clock,
    Confidence,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Period,
    PeriodKind,
    RuleEvidence,
    Source,
    StandingHold,
    Trigger,
    YearStart,
)

DEFAULT_ID = "DEFAULT"
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._/-]+")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_NOT_IN_VERSIONS = re.compile(r"[^0-9A-Za-z.-]+")
_LONGEST_ID, _LONGEST_VERSION = 64, 32


def assemble(draft: Draft, *, form: str, file: str, defaults: ImportDefaults, encoding: str = "") -> ImportedSchedule:
    """Return the schedule that `draft` describes, with the account of its rows.

    Raises:
        ScheduleError: Two rows have one id, or what was read makes no valid schedule.
    """
    entries = [entry for entry in draft.entries if isinstance(entry, Entry)]
    if not entries:
        raise refusal(file, f"there is no retention rule in the file, read as {form}", "give another file, or --form")
    if len(entries) > MOST_ROWS:
        raise refusal(file, f"there are more than {MOST_ROWS} rules", "split the schedule")
    ids = _ids(entries, file)
    names, holds = _names(entries, ids), _Holds(file)
    classes: list[DisposalClass] = []
    rows: list[ImportedRow] = []
    for item in draft.entries:
        if isinstance(item, Remark):
            rows.append(ImportedRow(where=item.where, class_id="", state=None, notes=(item.what,)))
            continue
        class_id = ids[len(classes)]
        made = Making(item, class_id=class_id, names=names, file=file, defaults=defaults)
        classes.append(made.disposal_class())
        notes = (*made.notes, *(holds.name(words, item.where) for words in item.understood.holds))
        rows.append(ImportedRow(where=item.where, class_id=class_id, state=classes[-1].state, notes=notes))
    for hold in draft.holds:
        holds.add(hold)
    classes, broken = _without_circles(classes)
    rows = [_now_descriptive(row) if row.class_id in broken else row for row in rows]
    schedule = _schedule(draft, classes, holds=holds.found, file=file, defaults=defaults)
    return ImportedSchedule(
        schedule=_proved(schedule, file),
        form=form,
        mapping=draft.mapping,
        rows=tuple(rows),
        holds=holds.found,
        findings=tuple(words for words in (NO_CUES, encoding, *draft.findings) if words),
    )


def plain_id(text: str) -> str:
    """Return `text` as an id of the house form: what cannot stand in one becomes a hyphen."""
    return _NOT_IN_IDS.sub("-", text.strip()).strip("-./_")[:_LONGEST_ID]


def _ids(entries: Sequence[Entry], file: str) -> list[str]:
    """Return the class id of each entry. The same id twice is refused; ids that only look alike are told apart.

    Raises:
        ScheduleError: An id is written twice.
    """
    found: list[str] = []
    written: dict[str, str] = {}
    taken = {DEFAULT_ID.casefold(): 1}
    findings = Findings(file=file)
    for number, entry in enumerate(entries, start=1):
        if entry.id and entry.id in written:
            what = f"{entry.where}: the id {entry.id!r} is written twice, first in {written[entry.id]}"
            findings.add(entry.place, what, "write every rule once")
        written[entry.id] = entry.where
        found.append(_free(plain_id(entry.id) or f"R-{number:03}", taken))
    findings.raise_if_any()
    return found


def _free(wanted: str, taken: dict[str, int]) -> str:
    """Return an id that is not `taken` yet; how often each was wanted is remembered, so that no count restarts."""
    name = wanted
    while name.casefold() in taken:
        taken[wanted.casefold()] = number = taken.get(wanted.casefold(), 1) + 1
        name = f"{wanted[: _LONGEST_ID - len(str(number)) - 1]}-{number}"
    taken[name.casefold()] = 1
    return name


def _names(entries: Sequence[Entry], ids: Sequence[str]) -> dict[str, str]:
    """Return the class ids by what another rule may call them: id as written, or title when only one has it."""
    found: dict[str, str] = {}
    ambiguous: set[str] = set()
    for entry, class_id in zip(entries, ids, strict=True):
        for name in {folded(entry.id), folded(entry.title)} - {""}:
            if name in found:
                ambiguous.add(name)
            found[name] = class_id
    return {name: class_id for name, class_id in found.items() if name not in ambiguous}


class _Holds:
    """The holds that texts name, each once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._by_words: dict[str, StandingHold] = {}

    @property
    def found(self) -> tuple[StandingHold, ...]:
        return tuple(self._by_words.values())

    def name(self, words: str, where: str) -> str:
        """Remember a hold that `where` names, and return the note for it."""
        hold = self.add(NamedHold(words=words, scope=f"named in {where}"))
        return f"it names a hold, which is no part of the rule: {hold.id}, {hold.title}; place it before you adopt this"

    def add(self, named: NamedHold) -> StandingHold:
        key = folded(named.words)
        if key not in self._by_words:
            self._by_words[key] = StandingHold(
                id=f"HOLD-{len(self._by_words) + 1}",
                title=one_line(named.words) or "A hold without a name",
                scope=named.scope.strip(),
                seen=one_line(self._file),
            )
        return self._by_words[key]


def _without_circles(classes: list[DisposalClass]) -> tuple[list[DisposalClass], frozenset[str]]:
    """Return the classes, with those that go by each other in a circle made descriptive, and their ids."""
    goes_by = {entry.id: entry.clock.class_id for entry in classes if isinstance(entry.clock, AsRule)}
    broken = frozenset(class_id for class_id in goes_by if _goes_round(class_id, goes_by))
    return [_made_descriptive(entry) if entry.id in broken else entry for entry in classes], broken


def _goes_round(class_id: str, goes_by: dict[str, str]) -> bool:
    seen, here = {class_id}, class_id
    while here in goes_by:
        here = goes_by[here]
        if here in seen:
            return True
        seen.add(here)
    return False


_CIRCLE = "descriptive: the rules that it refers to go in a circle"


def _made_descriptive(entry: DisposalClass) -> DisposalClass:
    notes = f"{entry.notes}\n{_CIRCLE}".strip()
    return replace(
        entry, clock=NEVER, action=DisposalAction.REVIEW, is_descriptive=True, confidence=Confidence.LOW, notes=notes
    )


def _now_descriptive(row: ImportedRow) -> ImportedRow:
    return replace(row, state=ClassState.DESCRIPTIVE, notes=(*row.notes, _CIRCLE))


def _schedule(
    draft: Draft,
    classes: list[DisposalClass],
    *,
    holds: tuple[StandingHold, ...],
    file: str,
    defaults: ImportDefaults,
) -> DisposalSchedule:
    name = one_line(file) or "the file"
    month, day = draft.financial_year_starts
    return DisposalSchedule(
        id=_NOT_IN_NAMES.sub("-", defaults.schedule_id).strip("-._")[:_LONGEST_ID] or "imported",
        title=one_line(defaults.title or draft.title) or f"Imported from {name}",
        version=_NOT_IN_VERSIONS.sub("-", defaults.version).strip("-.")[:_LONGEST_VERSION] or "1",
        status="template",  # an import is adopted by people, not by having been read
        jurisdiction=one_line(defaults.jurisdiction or draft.jurisdiction) or "Not stated",
        financial_year_start=defaults.financial_year_start or YearStart(month=month, day=day),
        tax_year_start=YearStart(month=4, day=6),
        academic_year_start=YearStart(month=9, day=1),
        default_class=DEFAULT_ID,
        classes=(*classes, _default_class()),
        standing_holds=holds,
        sources=(Source(id=SOURCE_ID, name=name, url=""),),
    )


def _default_class() -> DisposalClass:
    """Return what unclassified files are measured by. It can only ask for a review, never destroy."""
    return DisposalClass(
        id=DEFAULT_ID,
        title="Anything unclassified (default)",
        function="Any",
        description="Whatever no rule of the source claims. It only asks a person to look.",
        clock=Clock(
            trigger=Trigger.LAST_MODIFIED,
            subject="end of the financial year of last modification",
            period=Period(years=6),
            cutoff=Cutoff.FINANCIAL_YEAR,
        ),
        action=DisposalAction.REVIEW,
        period_kind=PeriodKind.MINIMUM,
        authority=("added by the import: a schedule needs a default that cannot destroy",),
        confidence=Confidence.LOW,
        evidence=RuleEvidence.INFERRED,
    )


def _proved(schedule: DisposalSchedule, file: str) -> DisposalSchedule:
    """Return `schedule`, which written in the house form and read again is the same.

    Raises:
        ScheduleError: It is no valid schedule.
    """
    try:
        again = parse_schedule(schedule_as_yaml(schedule), name=file)
    except ScheduleError as error:
        first = error.findings[0]
        raise refusal(file, f"what was read makes no valid schedule ({first.what})", first.instead) from error
    if again != schedule:
        raise refusal(file, "a text of the file cannot be written in the house form", "remove its control characters")
    return schedule
