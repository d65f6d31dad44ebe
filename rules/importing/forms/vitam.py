"""Reads the management rules of the French archive system VITAM (CSV, in French).

Only appraisal rules (`AppraisalRule`, the *durée d'utilité administrative*) say how long records are kept. The
referential does not say what happens then: that stands with each archive unit, so a person reviews it. Rules of hold
become named holds; rules of access, storage and the others are said to be such.
"""

import re

from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft, Entry, NamedHold, Remark, Understood, assumed_start, descriptive, stated_start
from rules.importing.forms.form import Form, told
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import BEGINNING
from rules.importing.reading.tables import Table, TableRow
from rules.loading.yaml_reading import Findings, Place
from rules.model import Basis, Clock, Level, Period, PeriodKind, Trigger

_ID, _KIND, _TITLE, _WORDS, _LENGTH, _UNIT = COLUMNS = (
    "RuleId", "RuleType", "RuleValue", "RuleDescription", "RuleDuration", "RuleMeasurement",
)  # fmt: skip
_APPRAISAL, _HOLD = "AppraisalRule", "HoldRule"
_OTHERS = {
    "AccessRule": "a rule of access: from when it may be read",
    "StorageRule": "a rule of storage: how long it stays in the system that made it",
    "DisseminationRule": "a rule of publication",
    "ReuseRule": "a rule of reuse",
    "ClassificationRule": "a rule of secrecy",
}
_MAPPING = {
    _ID: "id",
    _KIND: "what kind of rule it is; only AppraisalRule becomes a class",
    _TITLE: "title",
    _WORDS: "description, and the start of the clock",
    _LENGTH: "period",
    _UNIT: "unit of the period",
}
_UNITS = {"year": "years", "month": "months", "day": "days"}
_MOST = {"year": 999, "month": 999 * 12, "day": 999 * 365}  # nine hundred and ninety-nine years, as VITAM allows
_START = re.compile(r"à partir (?:de |du |des |d')(.+?)(?:[.;\n]|$)", re.IGNORECASE | re.DOTALL)
# every word of the phrase must be known; what is not known is an event in its own words
_EVENTS = (
    (re.compile(r"la date de naissance(?: d[eu] (?:l'|la )?[\w-]+)?", re.IGNORECASE), Trigger.DATE_OF_BIRTH),
    (re.compile(r"la date d[eu] décès(?: d[eu] (?:l'|la )?[\w-]+)?", re.IGNORECASE), Trigger.DATE_OF_DEATH),
    (re.compile(r"la date de notification du marché(?: au titulaire)?", re.IGNORECASE), Trigger.CONTRACT_AWARD),
    (re.compile(r"la (?:date de )?clôture d[eu] (?:l'affaire|dossier)", re.IGNORECASE), Trigger.CASE_CLOSED),
    (re.compile(r"(?:la )?date (?:du|d'émission du) document", re.IGNORECASE), Trigger.RECORD_DATE),
    (re.compile(r"la date de création(?: du document)?", re.IGNORECASE), Trigger.CREATED),
    (re.compile(r"la date de réception(?: du document)?", re.IGNORECASE), Trigger.RECEIVED),
)
_JANUARY = (1, 1)
_UNLIMITED = "unlimited"
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


def _recognises(opened: Opened) -> bool:
    return opened.tables[0].has(_ID, _LENGTH, _UNIT)


def _read(opened: Opened, defaults: ImportDefaults) -> Draft:
    table = opened.tables[0]
    findings = Findings(file=opened.name)
    _check(table, findings)
    findings.raise_if_any()
    entries: list[Entry | Remark] = []
    holds = []
    for row in table.rows:
        kind = table.cell(row, _KIND)
        if kind == _APPRAISAL:
            entries.append(_entry(table, row, defaults))
        elif kind == _HOLD:
            length = f"{table.cell(row, _LENGTH)} {table.cell(row, _UNIT)}".strip()
            scope = "; ".join(part for part in (table.cell(row, _WORDS), length and f"for {length}") if part)
            holds.append(NamedHold(words=f"{table.cell(row, _ID)} {table.cell(row, _TITLE)}", scope=scope))
            entries.append(Remark(where=row.where, what=f"{table.cell(row, _ID)}: a rule of hold, named as a hold"))
        else:
            entries.append(Remark(where=row.where, what=f"{table.cell(row, _ID)}: {_OTHERS[kind]}; not imported"))
    return Draft(
        entries=tuple(entries),
        mapping=told(table, _MAPPING),
        findings=("the referential does not say what happens at the end: a person reviews it",),
        holds=tuple(holds),
        title="Règles de gestion",
        jurisdiction="France",
        financial_year_starts=_JANUARY,
    )


def _check(table: Table, findings: Findings) -> None:
    """Add a finding for everything that VITAM's own import refuses, each with its row and column."""
    missing = [heading for heading in COLUMNS if table.column(heading) is None]
    for heading in missing:
        findings.add(BEGINNING, f"row 1: the column {heading!r} is missing", "give all six columns")
    seen: dict[str, str] = {}
    for row in () if missing else table.rows:
        rule_id = table.cell(row, _ID)
        if len(row.cells) != len(table.header):
            what = f"{row.where}: {len(row.cells)} cells stand under {len(table.header)} headings"
            place = Place(line=row.line, column=min(len(row.cells), len(table.header)) + 1)
            findings.add(place, what, "write every cell, and quote those that hold a comma")
            continue
        if not rule_id:
            findings.add(table.place(row, _ID), f"{row.where}: there is no {_ID}", "write the rule's id")
        elif rule_id in seen:
            what = f"{row.where}: the {_ID} {rule_id!r} is written twice, first in {seen[rule_id]}"
            findings.add(table.place(row, _ID), what, "write every rule once")
        seen.setdefault(rule_id, row.where)
        _check_kind_and_length(table, row, findings)


def _check_kind_and_length(table: Table, row: TableRow, findings: Findings) -> None:
    kind, length, unit = (table.cell(row, heading) for heading in (_KIND, _LENGTH, _UNIT))
    if kind not in (_APPRAISAL, _HOLD, *_OTHERS):
        what = f"{row.where}: {kind!r} is no {_KIND}"
        findings.add(table.place(row, _KIND), what, f"write one of {', '.join((_APPRAISAL, _HOLD, *_OTHERS))}")
    if kind == _HOLD and not length and not unit:
        return
    if unit.casefold() not in _UNITS:
        what = f"{row.where}: {unit!r} is no {_UNIT}"
        findings.add(table.place(row, _UNIT), what, "write Year, Month or Day")
    elif length.casefold() != _UNLIMITED and not _is_length(length, _MOST[unit.casefold()]):
        what = f"{row.where}: {length!r} is no {_LENGTH}"
        instead = f"write a whole number up to {_MOST[unit.casefold()]}, or unlimited"
        findings.add(table.place(row, _LENGTH), what, instead)


def _is_length(text: str, most: int) -> bool:
    return _NUMBER.fullmatch(text) is not None and int(text) <= most


def _entry(table: Table, row: TableRow, defaults: ImportDefaults) -> Entry:
    words = table.cell(row, _WORDS)
    length = f"{table.cell(row, _LENGTH)} {table.cell(row, _UNIT)}"
    return Entry(
        where=row.where,
        place=table.place(row, _ID),
        id=table.cell(row, _ID),
        title=table.cell(row, _TITLE),
        description=words,
        as_written=f"{length}. {words}".strip(" ."),
        basis=Basis.REGULATOR,
        level=Level.CASE,
        understood=_understood(length, words, defaults),
    )


def _understood(length: str, words: str, defaults: ImportDefaults) -> Understood:
    number, _, unit = length.partition(" ")
    if number.casefold() == _UNLIMITED:
        return Understood(is_permanent=True)
    period = Period(**{_UNITS[unit.casefold()]: int(number)})
    found = _START.search(words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    if found is not None:
        event = " ".join(found.group(1).split())
        known = (trigger for phrase, trigger in _EVENTS if phrase.fullmatch(event))
        trigger = next(known, Trigger.NAMED_EVENT)
        name = event if trigger is Trigger.NAMED_EVENT else ""
        clock = Clock(trigger=trigger, subject=event, event=name, period=period)
        return Understood(term=clock, period_kind=PeriodKind.MINIMUM)
    assumed = assumed_start(defaults, period)
    if assumed is not None:
        return Understood(term=assumed, notes=(stated_start(assumed.trigger),))
    return descriptive("no start is stated: the description does not say from when the period runs")


FORM = Form(name="vitam", words="management rules of VITAM (CSV, French)", recognises=_recognises, read=_read)
