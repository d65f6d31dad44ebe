"""Reading one sheet of an Excel workbook (.xlsx) as rows of text, as it streams out of the archive.

Follows ISO/IEC 29500-1 §18 (SpreadsheetML). Nothing is computed and nothing is fetched; dates, which are numbers
with a style, become ISO 8601 without a zone.
"""

import posixpath
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from xml.parsers import expat

from scanners.containers.zipped import CHUNK_BYTES, Allowance, Archive
from scanners.errors import BrokenContentError, ContentError
from scanners.exports.control_files import ControlSource
from scanners.exports.errors import NotAnExportError
from scanners.exports.tables.rows import MAX_HEADER_ROWS, MAX_ROW_CHARS, HeaderScore, Row, distinct_columns, fit
from scanners.exports.tables.sheet_rows import SheetRows, as_date, is_date_format
from scanners.source import DescriptorSource
from scanners.text.markup import local_name, walk_xml

_MAX_SHEET_BYTES = 2 << 30
_MAX_STRING_BYTES = 256 << 20
_MAX_STRINGS = 8_000_000
_SMALL_PART_BYTES = 8 << 20
_MAX_SHEETS = 50

_SAVE_AS_TEXT = "Open it in Excel, save it as CSV (UTF-8), and import that."


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookTable:
    """One sheet whose header was found."""

    control: ControlSource
    sheet_name: str
    part: str
    columns: tuple[str, ...]
    header_row: int
    notes: tuple[str, ...]
    shape: str = "xlsx"

    def rows(self) -> Iterator[Row]:
        """Yield every row below the header that has anything in it.

        Memory: the texts that the workbook's cells share, 256 MiB at most.

        Raises:
            ExportError: The file changed or cannot be read any further.
        """
        with self.control.descriptor() as descriptor:
            number = self.header_row
            try:
                workbook = _Workbook(DescriptorSource(descriptor, self.control.size_bytes))
                for number, cells in workbook.cells_of(self.part):
                    if number > self.header_row:
                        yield self._row(number, cells)
            except ContentError as error:
                yield Row(f"row {number + 1}", {}, f"nothing after it was read: {error.detail}")

    def _row(self, number: int, cells: list[str]) -> Row:
        place = f"sheet {self.sheet_name!r}, row {number}"
        if sum(map(len, cells)) > MAX_ROW_CHARS:
            return Row(place, {}, "its cells hold more text than real rows do")
        width = len(self.columns)  # empty cells at the end are simply not written
        return fit(place, cells + [""] * (width - len(cells)), self.columns)


def open_workbook(control: ControlSource, *, score: HeaderScore) -> WorkbookTable:
    """Find the sheet and the row that hold the header.

    Args:
        control: The file.
        score: How many of the names of a possible header are known.

    Raises:
        NotAnExportError: It is no workbook that can be read, or no sheet has a header with a known column.
        ExportError: The file cannot be read.
    """
    with control.descriptor() as descriptor:
        try:
            workbook = _Workbook(DescriptorSource(descriptor, control.size_bytes))
            headers = [_header_of(workbook, sheet, score) for sheet in workbook.sheets[:_MAX_SHEETS]]
        except ContentError as error:
            found = f"it cannot be read as a workbook: {error.detail}"
            raise NotAnExportError(file=control.shown_path, found=found, next_step=_SAVE_AS_TEXT) from error
    best = max(headers, key=lambda header: header.known)
    if not best.known:
        fault = next((header.fault for header in headers if header.fault), "no sheet of it has a column that is known")
        raise NotAnExportError(file=control.shown_path, found=fault, next_step=_SAVE_AS_TEXT)
    others = [sheet.name for sheet in workbook.sheets if sheet.part != best.sheet.part]
    notes = [f"sheet {best.sheet.name!r} was read; not read: {', '.join(map(repr, others[:10]))}"] if others else []
    return WorkbookTable(
        control=control,
        sheet_name=best.sheet.name,
        part=best.sheet.part,
        columns=distinct_columns(best.cells),
        header_row=best.row,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A sheet's name on its tab and the part it stands in."""

    name: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """A row that may be the header."""

    sheet: _Sheet
    known: int
    row: int
    cells: tuple[str, ...]
    fault: str = ""


def _header_of(workbook: "_Workbook", sheet: _Sheet, score: HeaderScore) -> _Header:
    best = _Header(sheet=sheet, known=0, row=0, cells=())
    try:
        for number, cells in islice(workbook.cells_of(sheet.part), MAX_HEADER_ROWS):
            known = score(cells)
            if known > best.known:
                best = _Header(sheet=sheet, known=known, row=number, cells=tuple(cells))
    except ContentError as error:  # another sheet may be sound
        return replace(best, fault=error.detail)
    return best


class _Texts:
    """The texts that cells share, packed: a list of strings would take three times the memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "replace")
        self._ends.append(len(self._bytes))
        if len(self._bytes) > _MAX_STRING_BYTES or len(self._ends) > _MAX_STRINGS:
            raise BrokenContentError("its cells hold more text than can be read safely; save it as CSV instead")

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise BrokenContentError("a cell points to a text that is not there")
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode()


class _Workbook:
    """An opened workbook: its sheets, shared texts and date styles."""

    def __init__(self, source: DescriptorSource) -> None:
        self._archive = Archive(source)
        self._targets: dict[str, str] = {}
        self._is_1904 = False
        self.sheets: list[_Sheet] = []
        self._date_styles: frozenset[int] = frozenset()
        self._texts = _Texts()
        if "xl/workbook.xml" not in self._archive.members:
            raise BrokenContentError("it is an archive of other files; unpack it and import the folder")
        self._read_relations()
        self._walk("xl/workbook.xml", on_start=self._on_workbook)
        if not self.sheets:
            raise BrokenContentError("it lists no sheets")
        self._read_styles()
        self._read_texts()

    def cells_of(self, part: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the cells of each row of a sheet that has any."""
        if part not in self._archive.members:
            return
        rows = SheetRows(self._cell_text)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = rows.on_doctype
        parser.StartElementHandler = rows.on_start
        parser.EndElementHandler = rows.on_end
        parser.CharacterDataHandler = rows.on_text
        try:
            for chunk in self._archive.chunks(part, allowance=Allowance(_MAX_SHEET_BYTES)):
                parser.Parse(chunk, False)  # noqa: FBT003  the parser takes no keyword
                yield from rows.drain()
            parser.Parse(b"", True)  # noqa: FBT003  the parser takes no keyword
            yield from rows.drain()
        except (expat.ExpatError, LookupError, UnicodeError, ValueError) as error:
            raise BrokenContentError(f"a sheet is not well-formed ({error})") from error

    def _cell_text(self, kind: str, style: int, raw: str) -> str:
        if kind == "s":
            return self._texts[int(raw)] if raw.isdecimal() else ""
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        if kind == "n" and style in self._date_styles and raw:
            return as_date(raw, is_1904=self._is_1904)
        return raw

    def _read_relations(self) -> None:
        def start(name: str, attributes: dict[str, str]) -> None:
            if local_name(name) == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                self._targets[attributes.get("Id", "")] = posixpath.normpath(path)

        self._walk("xl/_rels/workbook.xml.rels", on_start=start)

    def _on_workbook(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local == "workbookPr":
            self._is_1904 = attributes.get("date1904") in ("1", "true")
        elif local == "sheet":
            known = next((value for key, value in attributes.items() if local_name(key) == "id" and ":" in key), "")
            part = self._targets.get(known, f"xl/worksheets/sheet{len(self.sheets) + 1}.xml")
            self.sheets.append(_Sheet(name=attributes.get("name", ""), part=part))

    def _read_styles(self) -> None:
        own_formats: dict[str, str] = {}
        styles: list[bool] = []
        inside = ["", ""]

        def start(name: str, attributes: dict[str, str]) -> None:
            local = local_name(name)
            if local == "numFmt":
                own_formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif local == "xf" and inside[-1] == "cellXfs":
                styles.append(is_date_format(attributes.get("numFmtId", "0"), own_formats))
            inside.append(local)

        self._walk("xl/styles.xml", on_start=start, on_end=lambda _: inside.pop())
        self._date_styles = frozenset(number for number, is_date in enumerate(styles) if is_date)

    def _read_texts(self) -> None:
        parts: list[str] = []
        state = {"listening": False, "aid": False}

        def start(name: str, _attributes: dict[str, str]) -> None:
            local = local_name(name)
            state["aid"] = state["aid"] or local == "rPh"
            state["listening"] = local == "t" and not state["aid"]

        def end(name: str) -> None:
            local = local_name(name)
            state["listening"] = False
            if local == "rPh":
                state["aid"] = False
            elif local == "si":
                self._texts.add("".join(parts))
                parts.clear()

        self._walk(
            "xl/sharedStrings.xml",
            on_start=start,
            on_end=end,
            on_text=lambda text: parts.append(text) if state["listening"] else None,
            limit_bytes=4 * _MAX_STRING_BYTES,
        )

    def _walk(
        self,
        part: str,
        *,
        on_start: Callable[[str, dict[str, str]], None],
        on_end: Callable[[str], object] = lambda _: None,
        on_text: Callable[[str], object] = lambda _: None,
        limit_bytes: int = _SMALL_PART_BYTES,
    ) -> None:
        if part not in self._archive.members:
            return
        walk_xml(
            self._archive.chunks(part, allowance=Allowance(limit_bytes + CHUNK_BYTES)),
            on_start=on_start,
            on_end=lambda name: _ignore(on_end(name)),
            on_text=lambda text: _ignore(on_text(text)),
        )


def _ignore(_: object) -> None:
    """Let a callback be one that returns something."""
