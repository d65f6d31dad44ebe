"""Reads the US National Archives' General Records Schedules as their machine-implementable CSV has them.

Its quirks are read as they come: a byte order mark, nameless trailing columns, line ends in cells, trailing spaces,
`4-7`, `6m`, `30d`, `72h`, `[Variable]`, `N/A`.
"""

import re

from rules.exporting.nara_grs import COLUMNS, CREATION, END_OF_FY, EVENT
from rules.importing.account import ImportDefaults
from rules.importing.asides import Aside, with_holds
from rules.importing.entry import Draft, Entry, Understood, assumed_start, descriptive, stated_start
from rules.importing.forms.form import Form, told
from rules.importing.forms.table_reading import in_its_columns
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, TableRow
from rules.model import (
    Basis,
    Clock,
    Cutoff,
    DisposalAction,
    Instruction,
    InstructionKind,
    Period,
    PeriodKind,
    Trigger,
)

_ID, _TITLE, _FUNCTION, _CITATION, _END, _LENGTH, _KIND, _EVENT, _LONGER, _DEVIATIONS, _AUTHORITY = COLUMNS[:11]
_SUPERSEDED, _UPDATED, _COMMENTS = COLUMNS[11:]
_MAPPING = {
    _ID: "id",
    _TITLE: "title",
    _FUNCTION: "function",
    _CITATION: "authority",
    _END: "action (Temporary: destroy)",
    _LENGTH: "period (m months, d days, h hours; a range is shortest and longest)",
    _KIND: "start of the clock",
    _EVENT: "event that starts the clock",
    _LONGER: "period_kind (Yes: minimum, No: exact)",
    _DEVIATIONS: "notes",
    _AUTHORITY: "authority",
    _SUPERSEDED: "retired",
    _UPDATED: "notes",
    _COMMENTS: "notes",
}
_EVENTS = {
    "no longer needed": (Trigger.NO_LONGER_NEEDED, "no longer needed"),
    "superseded or obsolete": (Trigger.SUPERSEDED, "superseded or obsolete"),
    "superseded": (Trigger.SUPERSEDED, "superseded"),
}
_OUR_EVENTS = {trigger.value.replace("_", " "): trigger for trigger in Trigger}
_ONE = re.compile(r"(\d{1,3})\s*(y?)|(\d{1,4})\s*(m)|(\d{1,6})\s*([dh])", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(r"(\d{1,3})\s*-\s*(\d{1,3})", re.ASCII)
_HOURS_A_DAY = 24
_OCTOBER = (10, 1)
_NONE = ("", "n/a", "na")


def _recognises(opened: Opened) -> bool:
    return opened.tables[0].has(_ID, _END, _LENGTH)


def _read(opened: Opened, defaults: ImportDefaults) -> Draft:
    table = opened.tables[0]
    rows = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    return Draft(
        entries=tuple(_entry(table, row, opened.name, defaults) for row in rows),
        mapping=told(table, _MAPPING),
        findings=("the financial year is the US federal one, from 1 October, unless the import is told another",),
        title="General Records Schedule",
        jurisdiction="United States",
        financial_year_starts=_OCTOBER,
    )


def _entry(table: Table, row: TableRow, file: str, defaults: ImportDefaults) -> Entry:
    said = {heading: table.cell(row, heading) for heading in COLUMNS}
    if not said[_ID]:
        raise refusal(file, f"{row.where}: there is no {_ID!r}", "write the item's number", place=table.place(row, _ID))
    retired = f"Superseded by {said[_SUPERSEDED]}" if said[_SUPERSEDED].casefold() not in _NONE else ""
    remarks = (
        f"Deviations allowed: {said[_DEVIATIONS]}" if said[_DEVIATIONS] else "",
        f"Last updated: {said[_UPDATED]}" if said[_UPDATED] else "",
        said[_COMMENTS],
    )
    words = "; ".join(f"{heading}: {said[heading]}" for heading in (_END, _LENGTH, _KIND, _EVENT, _LONGER))
    return Entry(
        where=row.where,
        place=table.place(row, _LENGTH),
        id=said[_ID],
        title=said[_TITLE],
        function=said[_FUNCTION],
        authority=(said[_AUTHORITY], said[_CITATION]),
        basis=Basis.STATUTE if said[_CITATION] else Basis.REGULATOR,
        as_written=words,
        understood=in_its_columns(
            with_holds(_understood(table, row, file, defaults), (Aside(name="comments", text=said[_COMMENTS]),)),
            table,
            row,
        ),
        retired=retired,
        successor=said[_SUPERSEDED],
        remarks=remarks,
    )


def _understood(table: Table, row: TableRow, file: str, defaults: ImportDefaults) -> Understood:
    end = table.cell(row, _END).casefold()
    if end == "permanent":
        return _permanent(table, row, file)
    if end != "temporary":
        what = f"{row.where}: {table.cell(row, _END)!r} is neither Temporary nor Permanent"
        raise refusal(file, what, "write one of them", place=table.place(row, _END))
    length = table.cell(row, _LENGTH)
    if length.casefold() in _NONE:
        return descriptive(f"its period is {length or 'empty'}: the publisher says that no machine can run it")
    if length.startswith("["):
        return descriptive(f"its period is {length}: it differs from case to case")
    shortest, longest = _period(table, row, file)
    notes = []
    if "h" in length.casefold():
        notes.append(f"{length}: hours were rounded up to whole days")
    clock = _clock(table.cell(row, _KIND), table.cell(row, _EVENT), shortest, longest)
    assumed = assumed_start(defaults, shortest, longest)
    if clock is None and assumed is not None:
        clock = assumed
        notes.append(stated_start(assumed.trigger))
    if clock is None:
        return descriptive(f"no start is stated ({_KIND} {table.cell(row, _KIND)!r}, {_EVENT} empty)")
    may_be_longer = table.cell(row, _LONGER).casefold() != "no" or longest is not None
    return Understood(
        term=clock,
        action=DisposalAction.DESTROY,
        period_kind=PeriodKind.MINIMUM if may_be_longer else PeriodKind.EXACT,
        notes=tuple(notes),
    )


def _permanent(table: Table, row: TableRow, file: str) -> Understood:
    """Return a permanent rule; a period beside it says when the records go to the archives."""
    length = table.cell(row, _LENGTH)
    after = None
    if length.casefold() not in _NONE and not length.startswith("["):
        after = _period(table, row, file)[0]
    words = f"Transfer to the archives: {length or 'when due'}, {table.cell(row, _EVENT) or table.cell(row, _KIND)}"
    step = Instruction(kind=InstructionKind.TRANSFER, words=words.strip(" ,"), after=after)
    return Understood(is_permanent=True, instructions=(step,))


def _period(table: Table, row: TableRow, file: str) -> tuple[Period, Period | None]:
    """Return the shortest and the longest period.

    Raises:
        ScheduleError: The cell is no period.
    """
    text = table.cell(row, _LENGTH).replace("\N{EN DASH}", "-")
    between = _RANGE.fullmatch(text)
    if between is not None and int(between.group(1)) <= int(between.group(2)):
        return Period(years=int(between.group(1))), Period(years=int(between.group(2)))
    found = _ONE.fullmatch(text)
    if found is None:
        what = f"{row.where}: {text!r} is no period"
        instead = "write years as in 6, 6m for months, 30d for days, or 4-7"
        raise refusal(file, what, instead, place=table.place(row, _LENGTH))
    digits, letter = (part for part in found.groups() if part is not None)
    number, unit = int(digits), letter.casefold()
    if unit == "h":
        return Period(days=-(-number // _HOURS_A_DAY)), None
    return Period(**{{"": "years", "y": "years", "m": "months", "d": "days"}[unit]: number}), None


def _clock(kind: str, event: str, shortest: Period, longest: Period | None) -> Clock | None:
    folded = " ".join(event.casefold().split())
    if folded == END_OF_FY.casefold():
        return Clock(
            trigger=Trigger.CREATED,
            subject="end of the fiscal year of creation",
            period=shortest,
            period_max=longest,
            cutoff=Cutoff.FINANCIAL_YEAR,
        )
    if kind.casefold() == CREATION.casefold():
        return Clock(trigger=Trigger.CREATED, subject="creation of the record", period=shortest, period_max=longest)
    if kind.casefold() != EVENT.casefold() or folded in _NONE:
        return None
    trigger, words = _EVENTS.get(folded, (_OUR_EVENTS.get(folded, Trigger.NAMED_EVENT), folded))
    if trigger in (Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT):
        return Clock(trigger=Trigger.NAMED_EVENT, subject=words, event=words, period=shortest, period_max=longest)
    return Clock(trigger=trigger, subject=words, period=shortest, period_max=longest)


FORM = Form(
    name="nara", words="General Records Schedules of the US National Archives (CSV)", recognises=_recognises, read=_read
)
