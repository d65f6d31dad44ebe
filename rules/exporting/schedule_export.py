"""The forms a schedule can be written in, and the one function that writes them."""

from collections.abc import Callable
from dataclasses import replace

from rules.errors import Finding, ScheduleError
from rules.exporting import nara_grs, purview
from rules.exporting.exported import Exported, Loss
from rules.exporting.house_table import all_sheets, class_sheet
from rules.exporting.tables import sheet_as_csv
from rules.exporting.workbook_writing import LONGEST_CELL, sheets_as_workbook
from rules.exporting.yaml_writing import schedule_as_yaml
from rules.model import DisposalAction, DisposalSchedule

EXPORT_FORMS = {
    "yaml": "the house form; nothing is lost",
    "xlsx": "a workbook in the house layout, with sheets for clauses, holds and sources",
    "csv": "one table in the house layout; what the schedule says of itself is lost",
    "purview": "Microsoft Purview's file plan (CSV), in days",
    "nara": "the columns of the General Records Schedules (CSV)",
}


def export_schedule(schedule: DisposalSchedule, *, form: str, reviewer: str = "") -> Exported:
    """Return `schedule` in `form` (a key of EXPORT_FORMS), with what the form cannot say of each class.

    `reviewer` is the address that Purview is to ask before it deletes; without one its labels only keep.

    Raises:
        ScheduleError: There is no such form.
    """
    writers: dict[str, Callable[[], Exported]] = {
        "yaml": lambda: _yaml(schedule),
        "xlsx": lambda: _workbook(schedule),
        "csv": lambda: _csv(schedule),
        "purview": lambda: purview.export_purview(schedule, reviewer=reviewer),
        "nara": lambda: nara_grs.export_nara(schedule),
    }
    if form not in writers:
        finding = Finding(
            file=schedule.id,
            line=1,
            column=1,
            what=f"{form!r} is no form a schedule can be written in",
            instead=f"write one of {', '.join(EXPORT_FORMS)}",
        )
        raise ScheduleError(findings=(finding,))
    return writers[form]()


def _yaml(schedule: DisposalSchedule) -> Exported:
    content = schedule_as_yaml(schedule).encode("utf-8")
    return Exported(form="yaml", content=content, lost=tuple(_lost_by_the_house_form(schedule)))


def _workbook(schedule: DisposalSchedule) -> Exported:
    sheets = all_sheets(schedule)
    lost = _lost_by_the_house_form(schedule)
    for sheet in sheets:
        lost += [
            Loss(class_id=row[0], what=f"the cell {column!r} is longer than the {LONGEST_CELL} characters of a cell")
            for row in sheet.rows
            for column, cell in zip(sheet.header, row, strict=True)
            if len(cell) > LONGEST_CELL
        ]
    return Exported(form="xlsx", content=sheets_as_workbook(sheets), lost=tuple(lost))


def _csv(schedule: DisposalSchedule) -> Exported:
    head = Loss(class_id="", what="its title, version, years' starts, validity, approval, holds and sources")
    lost = [head, *_lost_by_the_house_form(schedule)]
    lost += [Loss(class_id=entry.id, what="the names of its sources") for entry in schedule.classes if entry.sources]
    sheet = class_sheet(schedule)
    # no text file can hold the character NUL
    rows = tuple(tuple(cell.replace("\0", "") for cell in row) for row in sheet.rows)
    lost += [
        Loss(class_id=entry.id, what="NUL characters in its texts")
        for entry, before, after in zip(schedule.classes, sheet.rows, rows, strict=True)
        if before != after
    ]
    return Exported(form="csv", content=sheet_as_csv(replace(sheet, rows=rows)), lost=tuple(lost))


def _lost_by_the_house_form(schedule: DisposalSchedule) -> list[Loss]:
    """Return what the house form has no word for."""
    return [
        Loss(class_id=entry.id, what="`retain on hold` became `review`: a hold is no rule, place it as one")
        for entry in schedule.classes
        if DisposalAction.RETAIN_ON_HOLD in (entry.action, *(clause.action for clause in entry.clauses))
    ]
