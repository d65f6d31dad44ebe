"""Workbooks of several sheets, as departments keep them: each sheet that a form knows is read, others are told."""

from dataclasses import replace

from rules.errors import ScheduleError
from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft, Entry, Remark
from rules.importing.forms.form import Form
from rules.importing.reading.opened import Opened
from rules.model import DisposalSchedule


def recognises_a_sheet(form: Form, opened: Opened) -> bool:
    """Tell whether `form` knows the file, or one sheet of it.

    Raises:
        ScheduleError: Something in the file stands in the way of telling.
    """
    return form.recognises(opened) or any(form.recognises(one) for one in _sheets_of(opened))


def read_sheets(form: Form, opened: Opened, defaults: ImportDefaults) -> Draft | DisposalSchedule:
    """Return what `form` reads of the file; of a workbook, all sheets that it knows put together.

    Raises:
        ScheduleError: Something in the file is wrong, or no sheet can be read so.
    """
    sheets = _sheets_of(opened)
    if not sheets or form.is_of_the_house:
        return form.read(opened, defaults)
    drafts: list[tuple[str, Draft]] = []
    left_out: list[str] = []
    for sheet in sheets:
        name = sheet.tables[0].name
        draft = _draft(form, sheet, defaults)
        if draft is None:
            left_out.append(name)
        else:
            drafts.append((name, draft))
    return _joined(drafts, left_out) if drafts else form.read(opened, defaults)


def _sheets_of(opened: Opened) -> tuple[Opened, ...]:
    """Return each sheet of a workbook that has several as a file of its own."""
    if not opened.is_workbook or len(opened.tables) == 1:
        return ()
    return tuple(replace(opened, given=(table,)) for table in opened.tables)


def _draft(form: Form, sheet: Opened, defaults: ImportDefaults) -> Draft | None:
    if not form.takes_anything:
        made = form.read(sheet, defaults) if form.recognises(sheet) else None
    else:
        try:
            made = form.read(sheet, defaults)
        except ScheduleError:  # it lacks the columns that were named: it is another kind of sheet
            made = None
    return made if isinstance(made, Draft) else None


def _joined(drafts: list[tuple[str, Draft]], left_out: list[str]) -> Draft:
    """Return the drafts as one; a rule without a function takes its sheet's name, which is often a department's."""
    first = drafts[0][1]
    findings = [words for _, draft in drafts for words in draft.findings]
    findings += [f"the sheet {name!r} is of another kind: not read" for name in left_out]
    return replace(
        first,
        entries=tuple(_of_sheet(entry, name) for name, draft in drafts for entry in draft.entries),
        mapping=tuple(
            f"{name}: {words}" if len(drafts) > 1 else words for name, draft in drafts for words in draft.mapping
        ),
        findings=tuple(dict.fromkeys(findings)),
        holds=tuple(hold for _, draft in drafts for hold in draft.holds),
    )


def _of_sheet(entry: Entry | Remark, name: str) -> Entry | Remark:
    where = f"sheet {name}, {entry.where}"
    if isinstance(entry, Remark):
        return replace(entry, where=where)
    return replace(entry, where=where, function=entry.function or name)
