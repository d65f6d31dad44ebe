"""Reads tables of no known form that have a column of retention statements, and plain lists of statements.

Which heading holds what is told by the import, or recognised by the words that councils use for it.
"""

from collections import Counter
from dataclasses import replace

from rules.importing.account import ImportDefaults
from rules.importing.asides import Aside, heeding
from rules.importing.entry import Draft, Entry, Remark, descriptive
from rules.importing.forms.form import Form
from rules.importing.forms.table_reading import TableReading
from rules.importing.phrasing import understood
from rules.importing.reading.bounds import MOST_ROWS
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, TableRow, key_of
from rules.loading.yaml_reading import Place

FIELDS = {
    "id": "ref, reference, reference number, ref no, id, code, item, item number, class number, record series number",
    "title": "record, records, title, record title, type of record, record type, record class, record series, "
    "function description type of record, name of record",
    "description": "description, record description, description of record, description of record and examples, "
    "examples, examples of records, example s",
    "function": "function, category, business function, activity, service, department, directorate, section",
    "retention": "retention, retention period, retention rule, retention statement, retention as written, "
    "retention and disposal, retention action retention period, minimum retention period, how long we keep it, "
    "period, disposition, total retention",
    "keep_from": "keep from, keep from as written, retention trigger, trigger, start event, start, from when, cut off",
    "action": "action, action as written, disposal action, final action, action at end, disposal, final disposition",
    "authority": "authority, authority as written, legislation, legislation or regulations, statutory provision, "
    "rationale, reasoning, basis, legal basis, citation, reason",
    "notes": "notes, note, comment, comments, remarks",
}
_RULING = ("retention", "keep_from", "action")
_REFERENCE = "reference"
_HEADINGS = {key_of(words): field for field, said in FIELDS.items() for words in said.split(",")}


def entry_of(
    said: dict[str, str],
    *,
    where: str,
    place: Place,
    defaults: ImportDefaults,
    beside: tuple[Aside, ...] = (),
    defect: str = "",
) -> Entry:
    """Return the rule that the texts of one row say; `said` has the keys of FIELDS.

    What stands `beside` them is no part of the rule, and is heeded; a row with a `defect` is not computed at all.
    """
    text = {field: said.get(field, "").strip() for field in FIELDS}
    one_line = {field: " ".join(words.split()) for field, words in text.items()}
    written = (text["retention"], text["keep_from"] and f"from: {text['keep_from']}", text["action"])
    others = {field: words for field, words in said.items() if field not in FIELDS and words}
    made = understood(
        one_line["retention"],
        keep_from=one_line["keep_from"],
        action=one_line["action"],
        record=one_line["title"],
        defaults=defaults,
    )
    asides = (
        Aside(name="title", text=text["title"], names=True),
        Aside(name="description", text=text["description"], names=True),
        Aside(name="notes", text=text["notes"]),
        *(Aside(name=field, text=words) for field, words in others.items() if field != _REFERENCE),
        *beside,
    )
    made = heeding(made, asides)
    return Entry(
        where=where,
        place=place,
        id=one_line["id"],
        title=one_line["title"] or one_line["description"] or one_line["retention"],
        function=one_line["function"],
        description=text["description"],
        authority=(one_line["authority"],),
        as_written="; ".join(filter(None, written)),
        understood=replace(descriptive(defect), holds=made.holds) if defect else made,
        remarks=(text["notes"], *others.values()),
    )


def draft_of(table: Table, *, file: str, defaults: ImportDefaults) -> Draft:
    """Return the rules of a table.

    Raises:
        ScheduleError: A column that was named is not there, or none holds retention statements.
    """
    columns = _columns(table, file, defaults)
    if "retention" not in columns.values():
        what = f"no column holds retention statements; the headings are {', '.join(filter(None, table.header))}"
        raise refusal(file, what, "name it, as in retention=Keep for")
    reading = TableReading(table, columns, rivals=_rivals(table, columns))
    rows = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    counted = Counter(" ".join(reading.said(row).get("id", "").split()) for row in rows)
    entries: list[Entry | Remark] = []
    findings: list[str] = []
    last: int | None = None
    for row in rows:
        said = reading.said(row)
        if reading.is_heading(row):
            entries.append(Remark(where=row.where, what="it names a function and no records"))
            continue
        if last is not None and reading.is_nameless(row):
            entries[last], remark = _continued(entries[last], row)
            entries.append(remark)
            continue
        name = " ".join(said.get("id", "").split())
        if counted[name] > 1 and name:
            said |= {"id": "", _REFERENCE: f"Reference in the source, not the only one: {name}"}
        defect = reading.defect(row)
        if defect:
            findings.append(f"{row.where}: {defect}")
        place = Place(line=row.line, column=min(columns) + 1)
        last = len(entries)
        entries.append(
            entry_of(said, where=row.where, place=place, defaults=defaults, beside=reading.beside(row), defect=defect)
        )
    return Draft(entries=tuple(entries), mapping=_told(table, columns), findings=tuple(findings))


def _continued(entry: Entry | Remark, row: TableRow) -> tuple[Entry | Remark, Remark]:
    """Return `entry` as descriptive: more of its rule stands in `row`, and nobody can say how the two go together."""
    remark = Remark(where=row.where, what=f"it has no name of its own: it goes on with {entry.where}")
    if isinstance(entry, Remark):
        return entry, remark
    words = " ".join(" | ".join(filter(str.strip, row.cells)).split())
    made = replace(
        descriptive(f"its rule goes on in {row.where}: '{words}'", notes=entry.understood.notes),
        holds=entry.understood.holds,
    )
    made = heeding(made, (Aside(name=row.where, text=words),))
    return replace(entry, understood=made, as_written=f"{entry.as_written}; {words}"), remark


def _rivals(table: Table, columns: dict[int, str]) -> dict[int, str]:
    """Return further columns whose headings say that they hold the period, its start or the action, too."""
    found = {number: _HEADINGS.get(key_of(heading), "") for number, heading in enumerate(table.header)}
    return {number: field for number, field in found.items() if field in _RULING and number not in columns}


def _columns(table: Table, file: str, defaults: ImportDefaults) -> dict[int, str]:
    """Return which column holds which field: those that the import names, and then those that headings say."""
    found: dict[int, str] = {}
    for field, heading in defaults.columns:
        number = table.column(heading)
        if field not in FIELDS:
            raise refusal(file, f"{field!r} is no field of a rule", f"write one of {', '.join(FIELDS)}")
        if number is None:
            headings = ", ".join(filter(None, table.header))
            raise refusal(file, f"there is no column {heading!r}", f"write one of {headings}")
        found[number] = field
    for number, heading in enumerate(table.header):
        field = _HEADINGS.get(key_of(heading), "")
        if field and number not in found and field not in found.values():
            found[number] = field
    return found


def _told(table: Table, columns: dict[int, str]) -> tuple[str, ...]:
    said = [
        f"{heading} → {columns.get(number, 'not used')}"
        for number, heading in enumerate(table.header)
        if heading or number in columns
    ]
    return tuple(said)


def _recognises_table(opened: Opened) -> bool:
    columns = _columns(opened.tables[0], opened.name, ImportDefaults())
    return {"retention", "title"} <= set(columns.values())


def _read_table(opened: Opened, defaults: ImportDefaults) -> Draft:
    return draft_of(opened.tables[0], file=opened.name, defaults=defaults)


def _read_list(opened: Opened, defaults: ImportDefaults) -> Draft:
    entries = []
    for number, line in enumerate(opened.text.splitlines(), start=1):
        if number > MOST_ROWS:
            raise refusal(opened.name, f"there are more than {MOST_ROWS} lines", "split the list")
        if line.strip():
            place = Place(line=number, column=1)
            entries.append(entry_of({"retention": line}, where=f"line {number}", place=place, defaults=defaults))
    return Draft(entries=tuple(entries), mapping=("each line → a rule, by its words",))


def _never(_opened: Opened) -> bool:
    return False  # any text is lines: only a person can say that they are rules


TABLE = Form(
    name="statements",
    words="a table with a column of retention statements (CSV, XLSX)",
    recognises=_recognises_table,
    read=_read_table,
    takes_anything=True,
)
LIST = Form(
    name="list",
    words="one retention statement a line (must be named)",
    recognises=_never,
    read=_read_list,
    takes_anything=True,
)
