"""Writes tables as an Office Open XML workbook (ECMA-376): plain texts only, the same bytes for the same tables.

No cell can be a formula: every one is written as a text, whatever it begins with.
"""

import io
import re
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from rules.exporting.tables import Sheet

LONGEST_CELL = 32_767  # what spreadsheets hold in one cell
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment a ZIP file can name: the content decides, not the clock
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# ST_Xstring: what XML cannot hold is written by its number, and so is what looks like such a number
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WIDE, _NARROW = 40, 16
_LETTERS = 26


def sheets_as_workbook(sheets: tuple[Sheet, ...]) -> bytes:
    """Return `sheets` as the bytes of an XLSX file; the first row of each is its headings and stays in view."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
        ),
    } | {f"xl/worksheets/sheet{number}.xml": _worksheet(sheet) for number, sheet in enumerate(sheets, start=1)}
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, text in parts.items():
            entry = ZipInfo(name, date_time=_LONG_AGO)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, (_XML + text).encode("utf-8"))
    return out.getvalue()


def xml_text(text: str) -> str:
    """Return `text` for a cell's XML."""
    return escape(_UNWRITABLE.sub(lambda found: f"_x{ord(found.group()):04X}_", text))


def _content_types(sheet_count: int) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for number in range(1, sheet_count + 1)
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>{sheets}</Types>'
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _workbook(sheets: tuple[Sheet, ...]) -> str:
    entries = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{entries}</sheets></workbook>'


def _worksheet(sheet: Sheet) -> str:
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{_width(sheet, number - 1)}" customWidth="1"/>'
        for number in range(1, len(sheet.header) + 1)
    )
    rows = "".join(_row(number, row) for number, row in enumerate((sheet.header, *sheet.rows), start=1))
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{rows}</sheetData></worksheet>"
    )


def _width(sheet: Sheet, column: int) -> int:
    return _WIDE if any(len(row[column]) > _NARROW for row in sheet.rows) else _NARROW


def _row(number: int, row: tuple[str, ...]) -> str:
    cells = "".join(
        f'<c r="{column_name(column)}{number}" t="inlineStr"><is><t xml:space="preserve">{xml_text(text)}</t></is></c>'
        for column, text in enumerate(row, start=1)
        if text
    )
    return f'<row r="{number}">{cells}</row>'


def column_name(number: int) -> str:
    """Return the letters of a column counted from 1: A, B, …, Z, AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
