"""Reads the columns of the LGA's and esd's retention schedules (CSV), as British councils publish them."""

import re

from rules.importing.account import ImportDefaults
from rules.importing.asides import Aside, heeding
from rules.importing.entry import Draft, Entry, Understood
from rules.importing.forms.form import Form, told
from rules.importing.forms.table_reading import in_its_columns
from rules.importing.phrasing import understood
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, TableRow
from rules.model import Basis, PersonalData

_MAPPING = {
    "Unique ID": "id",
    "Function Level 1": "function",
    "Function Level 2": "function",
    "Service ID": "notes",
    "Service Name": "title",
    "Records Description": "description",
    "Contains special information?": "personal_data",
    "Contains personal information?": "personal_data",
    "Impact Level": "marking",
    "Legal or business requirement?": "basis (Yes: statute)",
    "Legislation Name": "authority",
    "Legislation URL": "authority",
    "Retain permanently?": "action",
    "Start Event": "start of the clock",
    "Retention Period Years": "period",
    "Retention Period Months": "period",
    "Retain Until": "period, as a day",
    "Retention URI": "uri",
    "Legal basis for processing": "notes",
    "Legal basis for processing special": "notes",
    "Notes": "scope_notes",
    "Added": "notes",
    "Updated": "notes",
}
_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
_REMARKS = ("Service ID", "Legal basis for processing", "Legal basis for processing special", "Added", "Updated")
_PERMANENT = "permanent"


def _recognises(opened: Opened) -> bool:
    return opened.tables[0].has("Start Event", "Retention Period Years", "Records Description")


def _read(opened: Opened, defaults: ImportDefaults) -> Draft:
    table = opened.tables[0]
    rows = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    return Draft(
        entries=tuple(_entry(table, row, opened.name, defaults) for row in rows),
        mapping=told(table, _MAPPING),
        findings=("the columns do not say what happens at the end",),
        title="Retention schedule (esd columns)",
        jurisdiction="United Kingdom",
    )


def _entry(table: Table, row: TableRow, file: str, defaults: ImportDefaults) -> Entry:
    said = {heading: table.cell(row, heading) for heading in _MAPPING}
    is_special = said["Contains special information?"].casefold() == "yes"
    is_personal = said["Contains personal information?"].casefold() == "yes"
    kind = PersonalData.PERSONAL if is_personal else PersonalData.NONE
    is_legal = said["Legal or business requirement?"].casefold() == "yes" and said["Legislation Name"]
    return Entry(
        where=row.where,
        place=table.place(row, "Retention Period Years"),
        id=said["Unique ID"],
        title=said["Service Name"] or said["Records Description"],
        function=" / ".join(filter(None, (said["Function Level 1"], said["Function Level 2"]))),
        description=said["Records Description"],
        scope_notes=said["Notes"],
        as_written=_as_written(said),
        authority=(" ".join(filter(None, (said["Legislation Name"], said["Legislation URL"]))),),
        basis=Basis.STATUTE if is_legal else Basis.BUSINESS_NEED,
        uri=said["Retention URI"],
        marking=said["Impact Level"],
        personal_data=PersonalData.SPECIAL_CATEGORY if is_special else kind,
        understood=in_its_columns(heeding(_understood(table, row, file, defaults), _asides(said)), table, row),
        remarks=tuple(f"{heading}: {said[heading]}" for heading in _REMARKS if said[heading]),
    )


def _asides(said: dict[str, str]) -> tuple[Aside, ...]:
    return (
        Aside(name="service name", text=said["Service Name"], names=True),
        Aside(name="description", text=said["Records Description"], names=True),
        Aside(name="notes", text=said["Notes"]),
    )


def _as_written(said: dict[str, str]) -> str:
    columns = (
        "Retain permanently?", "Start Event", "Retention Period Years", "Retention Period Months", "Retain Until",
    )  # fmt: skip
    return "; ".join(f"{heading}: {said[heading]}" for heading in columns if said[heading])


def _understood(table: Table, row: TableRow, file: str, defaults: ImportDefaults) -> Understood:
    years, months = (table.cell(row, f"Retention Period {unit}") for unit in ("Years", "Months"))
    is_permanent = table.cell(row, "Retain permanently?").casefold() == "yes"
    if is_permanent or _PERMANENT in (years.casefold(), months.casefold()):
        return Understood(is_permanent=True)
    for heading, text in (("Retention Period Years", years), ("Retention Period Months", months)):
        if text and _NUMBER.fullmatch(text) is None:
            what = f"{row.where}: {text!r} is no number"
            raise refusal(file, what, "write a whole number, or Permanent", place=table.place(row, heading))
    until = table.cell(row, "Retain Until")
    if until and not (years.strip("0") or months.strip("0")):
        return understood(f"until {until}", defaults=defaults)
    if not (years or months or until):
        return Understood(refused="its period is not stated")
    if until:
        return Understood(refused=f"a period and a day ({until}) are both stated")
    parts = [f"{int(number)} {unit}" for number, unit in ((years or "0", "years"), (months or "0", "months"))]
    wanted = [part for part in parts if not part.startswith("0 ")] or ["0 years"]
    start = " ".join(table.cell(row, "Start Event").split())
    return understood(" and ".join(wanted), keep_from=start, defaults=defaults)


FORM = Form(name="esd", words="columns of the LGA and esd (CSV)", recognises=_recognises, read=_read)
