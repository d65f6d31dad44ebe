"""The one way in: bytes of any known form, out comes a schedule with an account of every row, or our error."""

from rules.errors import Finding, ScheduleError
from rules.importing.account import ImportDefaults, ImportedRow, ImportedSchedule
from rules.importing.assembling import assemble
from rules.importing.entry import Draft
from rules.importing.forms.form import Form
from rules.importing.forms.register import FORMS
from rules.importing.reading.opened import Opened, open_content
from rules.importing.reading.refusing import refusal
from rules.importing.sheets import read_sheets, recognises_a_sheet
from rules.model import DisposalSchedule


def import_schedule(
    content: bytes,
    *,
    name: str,
    defaults: ImportDefaults | None = None,
    form: str | None = None,
    beside: tuple[bytes, ...] = (),
) -> ImportedSchedule:
    """Return the schedule in `content`; `name` is what findings call the file.

    `form` is a key of IMPORT_FORMS; without it the file is recognised by what is in it. `beside` are further files
    that belong to it (the process types of the Dutch list).

    Raises:
        ScheduleError: The file is of no known form, or something in it is wrong; nothing was imported. The findings
            name row and column.
    """
    defaults = defaults or ImportDefaults()
    opened = open_content(content, name=name, beside=beside)
    reader = _form(opened, form)
    made = read_sheets(reader, opened, defaults)
    if isinstance(made, Draft):
        return assemble(made, form=reader.name, file=name, defaults=defaults, encoding=opened.encoding_note)
    return _of_the_house(made, form=reader.name)


def _form(opened: Opened, form: str | None) -> Form:
    if form is not None:
        found = next((one for one in FORMS if one.name == form), None)
        if found is None:
            names = ", ".join(one.name for one in FORMS)
            raise refusal(opened.name, f"{form!r} is no form that can be imported", f"write one of {names}")
        _read_once(opened)
        if not found.takes_anything and not recognises_a_sheet(found, opened):
            raise refusal(
                opened.name, f"the file is not what {form!r} names: {found.words}", "name another form, or none"
            )
        return found
    _read_once(opened)
    troubles: list[Finding] = []
    for one in FORMS:
        try:
            if recognises_a_sheet(one, opened):
                return one
        except ScheduleError as error:  # what is no table at all is simply none of a form of tables
            troubles += () if opened.is_xml or opened.is_json else error.findings
    names = ", ".join(one.name for one in FORMS)
    unknown = refusal(opened.name, "the file is of no form that is known here", f"name one of {names}")
    raise ScheduleError(findings=(*unknown.findings, *dict.fromkeys(troubles)))


def _read_once(opened: Opened) -> None:
    """Read what the first bytes promise, so that a damaged file is called damaged, not unknown.

    Raises:
        ScheduleError: It cannot be read.
    """
    if opened.is_workbook:
        _ = opened.tables
    elif opened.is_xml:
        _ = opened.xml
    elif opened.is_json:
        _ = opened.json
    else:
        _ = opened.text


def _of_the_house(schedule: DisposalSchedule, *, form: str) -> ImportedSchedule:
    rows = tuple(ImportedRow(where=entry.id, class_id=entry.id, state=entry.state) for entry in schedule.classes)
    return ImportedSchedule(
        schedule=schedule,
        form=form,
        mapping=("every key and column → the same key of the schedule",),
        rows=rows,
        holds=schedule.standing_holds,
    )
