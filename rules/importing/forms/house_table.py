"""Reads the house layout of tables (XLSX and CSV) through the reader of the house form.

Cells become the nodes that the YAML reader would have made, each with its row and column, so that a table is checked
exactly as strictly as a schedule file, by the same code.
"""

import re
from collections.abc import Callable, Iterable

from rules.errors import ScheduleError
from rules.exporting.cells import listed, plain_cell
from rules.exporting.house_table import (
    CLASS_COLUMNS,
    CLAUSE_COLUMNS,
    DEEP_COLUMNS,
    EXAMPLE_COLUMNS,
    HEAD_COLUMNS,
    HOLD_COLUMNS,
    INSTRUCTION_COLUMNS,
    LIST_COLUMNS,
    SOURCE_COLUMNS,
)
from rules.importing.account import ImportDefaults
from rules.importing.forms.form import Form
from rules.importing.making import one_line
from rules.importing.reading.opened import Opened
from rules.importing.reading.refusing import BEGINNING, refusal
from rules.importing.reading.tables import Table, TableRow
from rules.loading.schedule_file import read_schedule_tree
from rules.loading.yaml_reading import Findings, ListNode, MappingNode, Node, Place, TextNode, read_yaml
from rules.model import DisposalSchedule

_CLASSES = "Classes"
_NEEDED = ("id", "title", "action", "period_kind")
_PARTS = {"Clauses": ("clauses", CLAUSE_COLUMNS), "Instructions": ("instructions", INSTRUCTION_COLUMNS),
          "Examples": ("examples", EXAMPLE_COLUMNS)}  # fmt: skip
_YES = ("yes", "true")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def _recognises(opened: Opened) -> bool:
    return any(table.has(*_NEEDED) and (table.has("clock.trigger") or table.has("clock")) for table in opened.tables)


def _read(opened: Opened, defaults: ImportDefaults) -> DisposalSchedule:
    findings = Findings(file=opened.name)
    by_name = {table.name: table for table in opened.tables}
    classes = by_name.get(_CLASSES) or next((one for one in opened.tables if one.has(*_NEEDED)), None)
    if classes is None:
        instead = f"give a table with the headings {', '.join(_NEEDED)} and clock.trigger"
        raise refusal(opened.name, "there is no table of classes", instead)
    plain = _plain_text if opened.is_workbook else plain_cell
    reader = _Reader(findings, plain)
    class_nodes = reader.classes(classes)
    for name, (key, columns) in _PARTS.items():
        if name in by_name:
            reader.add_parts(by_name[name], key, columns, class_nodes)
    root = MappingNode(place=BEGINNING)
    head = reader.head(by_name["Schedule"]) if "Schedule" in by_name else _told_head(defaults, opened.name)
    if "default_class" not in head.entries and reader.default_class is not None:
        _put(head, "default_class", reader.default_class)
    _put(root, "schedule", head)
    _put(root, "classes", ListNode(place=BEGINNING, items=[*class_nodes.values()]))
    if "Holds" in by_name:
        holds = [reader.row(by_name["Holds"], row, HOLD_COLUMNS) for row in _filled(by_name["Holds"])]
        _put(root, "standing_holds", ListNode(place=BEGINNING, items=[*holds]))
    if "Sources" in by_name:
        _put(root, "sources", reader.sources(by_name["Sources"]))
    else:
        _forget_sources(class_nodes.values())
    schedule = read_schedule_tree(root, findings)
    findings.raise_if_any()
    return schedule


def _told_head(defaults: ImportDefaults, file: str) -> MappingNode:
    """Return a head of what the import was told: a CSV file has none."""
    start = defaults.financial_year_start
    told = {
        "id": _NOT_IN_NAMES.sub("-", defaults.schedule_id).strip("-._") or "imported",
        "title": one_line(defaults.title) or f"Imported from {one_line(file)}",
        "version": defaults.version,
        "jurisdiction": one_line(defaults.jurisdiction) or "Not stated",
        "financial_year_start": "" if start is None else f"{start.month:02}-{start.day:02}",
    }
    head = MappingNode(place=BEGINNING)
    for key, text in told.items():
        if text:
            _put(head, key, TextNode(place=BEGINNING, text=text, is_null=False))
    return head


def _forget_sources(classes: Iterable[MappingNode]) -> None:
    """Take the names of sources out of classes when the file does not say what they are."""
    for node in classes:
        _taken(node, "sources")


def _put(node: MappingNode, key: str, value: Node) -> None:
    node.entries[key] = value
    node.key_places[key] = value.place


def _taken(node: MappingNode, key: str) -> Node | None:
    """Take a key out of a mapping and return what stood there."""
    node.key_places.pop(key, None)
    return node.entries.pop(key, None)


def _plain_text(text: str) -> str:
    return text


def _filled(table: Table) -> list[TableRow]:
    return [row for row in table.rows if any(cell.strip() for cell in row.cells)]


class _Reader:
    """Makes nodes of cells. What is wrong with a table goes into the findings, with its row and column."""

    def __init__(self, findings: Findings, plain: Callable[[str], str]) -> None:
        self.default_class: TextNode | None = None
        self._findings = findings
        self._plain = plain

    def classes(self, table: Table) -> dict[str, MappingNode]:
        """Return the node of each class by its id."""
        found: dict[str, MappingNode] = {}
        for row in _filled(table):
            node = self.row(table, row, CLASS_COLUMNS)
            default = _taken(node, "default")
            class_id = node.entries.get("id")
            if not isinstance(class_id, TextNode):
                self._findings.add(Place(line=row.line, column=1), f"{row.where}: there is no id", "write one")
                continue
            if class_id.text in found:
                what = f"{row.where}: the class {class_id.text!r} is written twice"
                self._findings.add(class_id.place, what, "write every class once")
                continue
            if isinstance(default, TextNode) and default.text.strip().casefold() in _YES:
                self.default_class = class_id
            found[class_id.text] = node
        return found

    def add_parts(self, table: Table, key: str, columns: tuple[str, ...], classes: dict[str, MappingNode]) -> None:
        """Put the rows of a sheet of clauses, instructions or examples into the classes they name."""
        for row in _filled(table):
            node = self.row(table, row, columns)
            owner = _taken(node, "class")
            name = owner.text if isinstance(owner, TextNode) else ""
            if name not in classes:
                what = f"sheet {table.name}, {row.where}: there is no class {name!r}"
                self._findings.add(Place(line=row.line, column=1), what, "write the id of a class")
                continue
            expected = _taken(node, "expected")
            if expected is not None:
                _put(node, "class", expected)
            held = classes[name].entries.get(key)
            if not isinstance(held, ListNode):
                held = ListNode(place=node.place)
                _put(classes[name], key, held)
            held.items.append(node)

    def head(self, table: Table) -> MappingNode:
        """Return the schedule's head of a sheet of keys and values."""
        head = MappingNode(place=Place(line=1, column=1))
        for row in _filled(table):
            cells = [self._plain(cell).strip() for cell in (*row.cells, "", "")[: len(HEAD_COLUMNS)]]
            place = Place(line=row.line, column=2)
            if cells[1]:
                _put(head, cells[0], self._node(cells[0], cells[1], place))
        return head

    def sources(self, table: Table) -> MappingNode:
        """Return the sources by their ids."""
        found = MappingNode(place=Place(line=1, column=1))
        for row in _filled(table):
            node = self.row(table, row, SOURCE_COLUMNS)
            source_id = _taken(node, "id")
            if isinstance(source_id, TextNode):
                _put(found, source_id.text, node)
        return found

    def row(self, table: Table, row: TableRow, known: tuple[str, ...]) -> MappingNode:
        """Return a row as a mapping; a dot in a heading is a key within a key."""
        node = MappingNode(place=Place(line=row.line, column=1))
        for number, heading in enumerate(table.header):
            text = self._plain(row.cells[number]).strip() if number < len(row.cells) else ""
            if not text or not heading:
                continue
            place = Place(line=row.line, column=number + 1)
            key = heading.casefold()
            if key not in known:
                self._findings.add(
                    place, f"{row.where}: there is no column {heading!r}", f"write one of {', '.join(known)}"
                )
                continue
            outer, _, inner = key.partition(".")
            if not inner:
                _put(node, outer, self._node(key, text, place))
                continue
            held = node.entries.get(outer)
            if not isinstance(held, MappingNode):
                held = MappingNode(place=place)
                _put(node, outer, held)
            _put(held, inner, self._node(key, text, place))
        return node

    def _node(self, key: str, text: str, place: Place) -> Node:
        if key == "retired" and text.casefold() in _YES:
            bare = MappingNode(place=place)
            _put(bare, "note", TextNode(place=place, text="", is_null=False))
            return bare
        if key in LIST_COLUMNS:
            items = [TextNode(place=place, text=part, is_null=False) for part in listed(text)]
            return ListNode(place=place, items=[*items])
        if key in DEEP_COLUMNS and text.startswith(("{", "[")):
            return self._deep(text, place)
        return TextNode(place=place, text=text, is_null=False)

    def _deep(self, text: str, place: Place) -> Node:
        """Return what stands in a cell as in YAML, with every node at the cell's place."""
        try:
            inside = Findings(file="")
            node = read_yaml(text, inside)
            inside.raise_if_any()
        except ScheduleError as error:
            first = error.findings[0]
            self._findings.add(place, f"row {place.line}, column {place.column}: {first.what}", first.instead)
            return ListNode(place=place)
        return _placed(node, place)


def _placed(node: Node, place: Place) -> Node:
    if isinstance(node, MappingNode):
        entries = {key: _placed(value, place) for key, value in node.entries.items()}
        return MappingNode(place=place, entries=entries, key_places=dict.fromkeys(entries, place))
    if isinstance(node, ListNode):
        return ListNode(place=place, items=[_placed(item, place) for item in node.items])
    return TextNode(place=place, text=node.text, is_null=node.is_null)


FORM = Form(
    name="table",
    words="the house layout of tables (XLSX, CSV)",
    recognises=_recognises,
    read=_read,
    is_of_the_house=True,
)
