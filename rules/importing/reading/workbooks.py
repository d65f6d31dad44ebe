"""Reads an Office Open XML workbook (ECMA-376) into tables of texts: what its cells show, no formula computed."""

import re
import zlib
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from rules.importing.reading.bounds import (
    MOST_CELL_CHARACTERS,
    MOST_COLUMNS,
    MOST_PARTS,
    MOST_ROWS,
    MOST_UNPACKED_BYTES,
)
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, TableRow, table_of
from rules.importing.reading.xml_tree import Element, read_xml
from rules.loading.yaml_reading import Place

_CELL = re.compile(r"([A-Z]{1,3})\d{1,7}", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SERIAL = re.compile(r"\d{1,7}(?:\.\d+)?", re.ASCII)
_DATE_FORMATS = frozenset({14, 15, 16, 17, 22})
_OTHER_THAN_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_FIRST_DAY, _FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
_LAST_SERIAL = 2_900_000  # a day of the year 9840, before the calendar ends
_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF
_WHOLE = re.compile(r"\d{1,7}", re.ASCII)
_ENCRYPTED = 1
_BROKEN = (BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, KeyError, EOFError, zlib.error)


def read_workbook(content: bytes, *, file: str) -> tuple[Table, ...]:
    """Return the filled sheets of a workbook, in its order.

    Raises:
        ScheduleError: It is no workbook, is encrypted, or unpacks to more than a schedule can be.
    """
    parts = _unpacked(content, file)
    if "xl/workbook.xml" not in parts:
        raise refusal(file, "this is a ZIP file, but no workbook", "give an .xlsx file, or one of the files in it")
    book = read_xml(parts["xl/workbook.xml"], file=file)
    reader = _Reader(parts, book, file)
    found = []
    for sheet in book.descendants("sheet"):
        target = reader.targets.get(sheet.attributes.get("id", ""), "")
        if target in parts:
            rows = reader.rows(read_xml(parts[target], file=file))
            if any(cell.strip() for row in rows for cell in row.cells):
                found.append(table_of(sheet.attributes.get("name", ""), rows, file=file))
    if not found:
        raise refusal(file, "the workbook has no filled sheet", "give a table with headings in its first row")
    return tuple(found)


def _unpacked(content: bytes, file: str) -> dict[str, bytes]:
    """Return the parts of the package that hold tables."""
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED_BYTES
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS:
                raise refusal(file, f"the workbook has more than {MOST_PARTS} parts", "save it again")
            for entry in entries:
                if not entry.filename.startswith("xl/") or not entry.filename.endswith((".xml", ".rels")):
                    continue
                if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                    raise refusal(
                        file, "the workbook is encrypted, or packed in an unusual way", "save it again as .xlsx"
                    )
                with archive.open(entry) as part:
                    found[entry.filename] = part.read(left + 1)
                left -= len(found[entry.filename])
                if left < 0:
                    raise refusal(file, f"the workbook unpacks to more than {MOST_UNPACKED_BYTES} bytes", "split it")
    except _BROKEN as error:
        raise refusal(
            file, f"the workbook is damaged ({' '.join(str(error).split())[:80]})", "save it again"
        ) from error
    return found


class _Reader:
    """Reads sheets by what their cells refer to: shared texts, formats, and the first day of the calendar."""

    def __init__(self, parts: dict[str, bytes], book: Element, file: str) -> None:
        properties = book.first("workbookPr")
        is_1904 = properties is not None and properties.attributes.get("date1904", "0") in ("1", "true")
        self.targets = _targets(parts, file)
        self._shared = _shared_texts(parts, file)
        self._is_date = _date_formats(parts, file)
        self._first_day = _FIRST_DAY_1904 if is_1904 else _FIRST_DAY
        self._file = file

    def rows(self, sheet: Element) -> list[TableRow]:
        """Return the rows of a sheet that have cells; empty rows between them are only counted."""
        found: list[TableRow] = []
        number = 0
        for row in sheet.descendants("row"):
            number = _whole(row.attributes.get("r", ""), default=number + 1)
            if len(found) >= MOST_ROWS:
                raise refusal(
                    self._file, f"there are more than {MOST_ROWS} rows", "split the schedule", place=row.place
                )
            found.append(TableRow(number=number, line=number, cells=self._cells(row, number)))
        return found

    def _cells(self, row: Element, number: int) -> tuple[str, ...]:
        cells: dict[int, str] = {}
        column = 0
        for cell in row.all("c"):
            named = _CELL.fullmatch(cell.attributes.get("r", ""))
            column = _column_number(named.group(1)) if named else column + 1
            text = self._shown(cell)
            if not text:
                continue
            if column > MOST_COLUMNS or len(text) > MOST_CELL_CHARACTERS:
                raise refusal(
                    self._file,
                    f"row {number}, column {column}: there is more here than a schedule can hold",
                    f"keep {MOST_COLUMNS} columns and {MOST_CELL_CHARACTERS} characters a cell",
                    place=Place(line=number, column=column),
                )
            cells[column] = text
        return tuple(cells.get(place, "") for place in range(1, max(cells, default=0) + 1))

    def _shown(self, cell: Element) -> str:
        kind, value = cell.attributes.get("t", "n"), cell.first("v")
        if kind == "inlineStr":
            inline = cell.first("is")
            return "" if inline is None else _rich_text(inline)
        written = "" if value is None else "".join(value.pieces)
        if kind == "s":
            place = _whole(written, default=-1)
            return self._shared[place] if 0 <= place < len(self._shared) else ""
        if kind == "b":
            return {"1": "yes", "0": "no"}.get(written, written)
        if kind == "n" and self._shows_date(cell.attributes.get("s", "")) and _SERIAL.fullmatch(written):
            days = int(float(written))
            return (self._first_day + timedelta(days=days)).isoformat() if 0 < days < _LAST_SERIAL else written
        return _unescaped(written) if kind == "str" else written

    def _shows_date(self, style: str) -> bool:
        place = _whole(style, default=-1)
        return 0 <= place < len(self._is_date) and self._is_date[place]


def _targets(parts: dict[str, bytes], file: str) -> dict[str, str]:
    """Return where the sheets lie in the package, by the ids of their relations."""
    if "xl/_rels/workbook.xml.rels" not in parts:
        return {}
    relations = read_xml(parts["xl/_rels/workbook.xml.rels"], file=file)
    found = {}
    for relation in relations.descendants("Relationship"):
        target = relation.attributes.get("Target", "")
        path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        found[relation.attributes.get("Id", "")] = path
    return found


def _shared_texts(parts: dict[str, bytes], file: str) -> list[str]:
    if "xl/sharedStrings.xml" not in parts:
        return []
    root = read_xml(parts["xl/sharedStrings.xml"], file=file)
    return [_rich_text(entry) for entry in root.all("si")]


def _rich_text(entry: Element) -> str:
    """Return the text of a string with all its runs, without the phonetic hints beside them."""
    texts = [*entry.all("t"), *(text for run in entry.all("r") for text in run.all("t"))]
    return _unescaped("".join("".join(text.pieces) for text in texts))


def _unescaped(text: str) -> str:
    """Return a text with the characters that XML cannot hold; halves of characters stay as they are written."""
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code = int(found.group(1), 16)
    return str(found.group()) if _FIRST_SURROGATE <= code <= _LAST_SURROGATE else chr(code)


def _date_formats(parts: dict[str, bytes], file: str) -> list[bool]:
    """Return for each cell style whether it shows a date."""
    if "xl/styles.xml" not in parts:
        return []
    styles = read_xml(parts["xl/styles.xml"], file=file)
    dates = set(_DATE_FORMATS)
    for entry in styles.descendants("numFmt"):
        code = _OTHER_THAN_FORMAT.sub("", entry.attributes.get("formatCode", "")).casefold()
        if "y" in code or "d" in code:
            dates.add(_whole(entry.attributes.get("numFmtId", ""), default=-1))
    cells = styles.first("cellXfs")
    kinds = () if cells is None else cells.all("xf")
    return [_whole(kind.attributes.get("numFmtId", ""), default=-1) in dates for kind in kinds]


def _whole(text: str, *, default: int) -> int:
    return int(text) if _WHOLE.fullmatch(text) else default


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
