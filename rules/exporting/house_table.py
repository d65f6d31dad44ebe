"""The house layout of tables: one row a class, headings as the keys of docs/schedule-format.md.

A key within a key is written with a dot (`clock.period`), a list in one cell with `;` between its entries. What is
deeper than that (an expression over clocks, and in CSV clauses, instructions and examples) stands in its cell as it
would in YAML. A workbook has sheets of their own for the head, holds, sources, clauses, instructions and examples.
"""

import json
import re

from rules.exporting.cells import list_cell
from rules.exporting.plain_form import Plain, plain_class, plain_head, plain_holds
from rules.exporting.tables import Sheet, sheet_of
from rules.model import DisposalSchedule

CLOCK_COLUMNS = (
    "clock", "clock.trigger", "clock.subject", "clock.period", "clock.period_max", "clock.cutoff",
    "clock.subject_under", "clock.on", "clock.event", "clock.restarts_on", "clock.assumed_start",
)  # fmt: skip
CLASS_COLUMNS = (
    "id", "title", "function", "description", "default", *CLOCK_COLUMNS, "action", "period_kind", "basis",
    "authority", "as_written", "descriptive", "retired", "retired.on", "retired.successor", "retired.note",
    "on_refusal", "approval.levels", "approval.archivist", "approval.outside_permission", "level", "accepts",
    "scope_notes", "bucket", "uri", "marking", "personal_data", "gives_way", "cues.folders", "cues.names",
    "cues.phrases", "cues.extensions", "cues.media_types", "cues.residue", "cues.properties", "cues.labels",
    "cues.made_before", "except", "confidence", "evidence", "sources", "dissent", "notes", "clauses",
    "instructions", "examples",
)  # fmt: skip
CLAUSE_COLUMNS = ("class", "when", "fact", "combine", *CLOCK_COLUMNS, "action", "becomes", "unknown", "because",
                  "signs", "note")  # fmt: skip
INSTRUCTION_COLUMNS = ("class", "do", "words", "after")
EXAMPLE_COLUMNS = ("class", "path", "text", "expected", "is_not", "due", "settles", "media_type",
                   "modified_on")  # fmt: skip
HOLD_COLUMNS = ("id", "title", "scope", "seen", "released")
SOURCE_COLUMNS = ("id", "name", "url")
HEAD_COLUMNS = ("key", "value")
LIST_COLUMNS = frozenset({
    "authority", "except", "sources", "dissent", "signs", "clock.restarts_on", "cues.folders", "cues.names",
    "cues.phrases", "cues.extensions", "cues.media_types", "cues.residue", "cues.properties", "cues.labels",
    "generic_words",
})  # fmt: skip
# what stands in its cell as in YAML
DEEP_COLUMNS = frozenset({"clock", "clauses", "instructions", "examples"})
_RETIREMENT = ("retired.on", "retired.successor", "retired.note")
_PARTS = ("clauses", "instructions", "examples")
# JSON is YAML, except for characters that YAML wants escaped and JSON does not
_YAML_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def class_sheet(schedule: DisposalSchedule) -> Sheet:
    """Return one sheet that says everything about the classes, for a CSV file."""
    return sheet_of("Classes", CLASS_COLUMNS, [_row(schedule, plain_class(entry)) for entry in schedule.classes])


def all_sheets(schedule: DisposalSchedule) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook that says everything about the schedule."""
    plain = [plain_class(entry) for entry in schedule.classes]
    head = [{"key": key, "value": _cell(value)} for key, value in plain_head(schedule).items()]
    without_parts = [{key: value for key, value in one.items() if key not in _PARTS} for one in plain]
    found = (
        sheet_of("Schedule", HEAD_COLUMNS, head),
        sheet_of("Classes", CLASS_COLUMNS, [_row(schedule, one) for one in without_parts]),
        sheet_of("Clauses", CLAUSE_COLUMNS, _parts(plain, "clauses")),
        sheet_of("Instructions", INSTRUCTION_COLUMNS, _parts(plain, "instructions")),
        sheet_of("Examples", EXAMPLE_COLUMNS, _examples(plain)),
        sheet_of("Holds", HOLD_COLUMNS, [_cells(hold) for hold in plain_holds(schedule)]),
        sheet_of(
            "Sources", SOURCE_COLUMNS, [{"id": one.id, "name": one.name, "url": one.url} for one in schedule.sources]
        ),
    )
    return tuple(sheet for sheet in found if sheet.rows)


def _row(schedule: DisposalSchedule, plain: dict[str, Plain]) -> dict[str, str]:
    cells = _cells(plain)
    if plain["id"] == schedule.default_class:
        cells["default"] = "yes"
    if "retired" in plain and not any(cells.get(column) for column in _RETIREMENT):
        cells["retired"] = "yes"  # nothing is said of it but that it is so
    return cells


def _parts(classes: list[dict[str, Plain]], key: str) -> list[dict[str, str]]:
    return [
        {**_cells(part), "class": str(one["id"])}
        for one in classes
        for part in one.get(key, ())
        if isinstance(part, dict)
    ]


def _examples(classes: list[dict[str, Plain]]) -> list[dict[str, str]]:
    """Return the examples of all classes; the class an example expects is not always the one it stands under."""
    return [
        {**cells, "class": str(one["id"]), "expected": cells.get("class", "")}
        for one in classes
        for part in one.get("examples", ())
        if isinstance(part, dict)
        for cells in [_cells(part)]
    ]


def _cells(plain: dict[str, Plain], *, prefix: str = "") -> dict[str, str]:
    """Return a mapping as cells: keys within keys with a dot, unless what they hold is deeper than a cell."""
    found: dict[str, str] = {}
    for key, value in plain.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and all(_is_flat(part) for part in value.values()):
            found |= _cells(value, prefix=f"{name}.") if "as_rule" not in value else {name: _cell(value)}
        else:
            found[name] = _cell(value)
    return found


def _is_flat(value: Plain) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _cell(value: Plain) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return list_cell([str(part) for part in value])
    text = json.dumps(value, ensure_ascii=False)
    return _YAML_UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
