"""Papers and the files they become: DOCX, XLSX, PDF, CSV and text, made by the libraries for the formats.

Libraries stamp the time of writing into what they make. Here it is replaced by the paper's own date (or by
nothing, for an undated paper), because retention dates a document by what is written in it, and so that
the same seed gives the same bytes.
"""

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO, StringIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from openpyxl import Workbook
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

Row = tuple[str | float, ...]

# the year from which this council wrote DOCX, XLSX and UTF-8; before it, text and the old code page
OFFICE_SINCE = 2007

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ZIP_MODE = 0o100600 << 16
_STAMP = re.compile(rb"(<dcterms:(created|modified)\b[^>]*>)[^<]*(</dcterms:\2>)")
_STYLES = {"Normal", "Heading 1", "Heading 1 Char", "Default Paragraph Font", "Normal Table", "No List"}
_UNUSED_PARTS = ("/stylesWithEffects", "/numbering", "/customXml", "/thumbnail")
_LINE_POINTS = 15
_LEFT_POINTS = 56
_COLUMN_POINTS = 483


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a document says. `dated_on` goes into its properties; a `password` makes a PDF unreadable."""

    title: str
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    dated_on: date | None = None
    author: str = "Larkmere Borough Council"
    password: str | None = None


def rendered(name: str, paper: Paper) -> bytes:
    """Return `paper` as the bytes of a file called `name`, in the form its suffix asks for.

    Unknown suffixes (`.log`, `.html`, none) give plain text. A `.csv` holds the rows alone.
    """
    match PurePosixPath(name).suffix.lower():
        case ".docx":
            return _docx(paper)
        case ".xlsx":
            return _xlsx(paper)
        case ".pdf":
            return _pdf(paper)
        case ".csv":
            return _encoded(_csv(paper.rows), paper)
        case _:
            return _encoded(_text(paper), paper)


def _text(paper: Paper) -> str:
    table = ("\t".join(_cell(value) for value in row) for row in paper.rows)
    return "\n".join((paper.title, "", *paper.lines, *table, ""))


def _csv(rows: tuple[Row, ...]) -> str:
    sheet = StringIO()
    csv.writer(sheet, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return sheet.getvalue()


def _encoded(text: str, paper: Paper) -> bytes:
    # old Windows programs wrote their own code page and line ends; readers must cope with both
    if paper.dated_on is not None and paper.dated_on.year < OFFICE_SINCE:
        return text.replace("\n", "\r\n").encode("cp1252", "replace")
    return text.encode()


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}"


@cache
def _blank() -> bytes:
    """Return the library's own blank document without the styles and picture that no paper here uses.

    It is opened again for every paper; whole, it would take most of the time of building the drive.
    """
    document = Document()
    for style in tuple(document.styles):
        if style.name not in _STYLES:
            style.delete()
    for held_by in (document.part, document.part.package):
        for key in [key for key, link in held_by.rels.items() if link.reltype.endswith(_UNUSED_PARTS)]:
            del held_by.rels[key]
    blank = BytesIO()
    document.save(blank)
    return blank.getvalue()


def _docx(paper: Paper) -> bytes:
    document = Document(BytesIO(_blank()))
    document.core_properties.author = paper.author
    document.core_properties.last_modified_by = paper.author
    document.core_properties.title = paper.title
    document.core_properties.comments = ""
    document.add_heading(paper.title, level=1)
    for line in paper.lines:
        document.add_paragraph(line)
    if paper.rows:
        table = document.add_table(rows=0, cols=len(paper.rows[0]))
        for row in paper.rows:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = _cell(value)
    made = BytesIO()
    document.save(made)
    return _settled(made, paper.dated_on)


def _xlsx(paper: Paper) -> bytes:
    book = Workbook()
    book.properties.creator = paper.author
    book.properties.lastModifiedBy = paper.author
    book.properties.title = paper.title
    sheet = book.worksheets[0]
    sheet.append([paper.title])
    for line in paper.lines:
        sheet.append([line])
    for row in paper.rows:
        sheet.append(list(row))
    made = BytesIO()
    book.save(made)
    return _settled(made, paper.dated_on)


def _settled(made: BytesIO, dated_on: date | None) -> bytes:
    """Return an OOXML package with the paper's date in its properties and no other time anywhere."""
    settled = BytesIO()
    with ZipFile(made) as package, ZipFile(settled, "w", ZIP_DEFLATED) as copy:
        for member in package.namelist():
            content = package.read(member)
            if member == "docProps/core.xml":
                content = _STAMP.sub(_stamp(dated_on), content)
            entry = ZipInfo(member, _ZIP_TIME)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = _ZIP_MODE
            copy.writestr(entry, content)
    return settled.getvalue()


def _stamp(dated_on: date | None) -> bytes:
    return b"" if dated_on is None else rb"\g<1>" + f"{dated_on.isoformat()}T09:00:00Z".encode() + rb"\g<3>"


def _pdf(paper: Paper) -> bytes:
    made = BytesIO()
    # `invariant` fixes the document's id; its fixed date is then replaced through the date formatter
    canvas = Canvas(made, pagesize=A4, pageCompression=1, invariant=1, encrypt=_lock(paper.password))
    stamp = "" if paper.dated_on is None else f"D:{paper.dated_on:%Y%m%d}090000Z"
    canvas.setDateFormatter(lambda *_moment: stamp)
    canvas.setTitle(paper.title)
    canvas.setAuthor(paper.author)
    height = A4[1] - 70
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(_LEFT_POINTS, height, paper.title)
    canvas.setFont("Helvetica", 10)
    for line in paper.lines:
        height -= _LINE_POINTS
        canvas.drawString(_LEFT_POINTS, height, line)
    for row in paper.rows:
        height -= _LINE_POINTS
        for column, value in enumerate(row):
            canvas.drawString(_LEFT_POINTS + column * _COLUMN_POINTS / len(row), height, _cell(value))
    canvas.save()
    return made.getvalue()


def _lock(password: str | None) -> StandardEncryption | None:
    if password is None:
        return None
    return StandardEncryption(password, ownerPassword=f"{password}-owner", strength=128)
