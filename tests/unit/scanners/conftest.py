"""Small office files, made here byte by byte, so that a test can break exactly what it means to break."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

Builder = Callable[..., bytes]

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_CORE = (
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/main.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
)


def an_archive(parts: Mapping[str, str | bytes], *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def a_docx(body: str = "<w:p><w:r><w:t>Minutes</w:t></w:r></w:p>", **parts: str | bytes) -> bytes:
    """Return a Word document; `header1="..."` adds the part word/header1.xml with that content."""
    properties = parts.pop("core", "")
    wrapped = {
        f"word/{name}.xml": content if isinstance(content, bytes) else f"<w:x {_WORD}>{content}</w:x>"
        for name, content in parts.items()
    }
    core = {"docProps/core.xml": f"<cp:coreProperties {_CORE}>{properties!s}</cp:coreProperties>"} if properties else {}
    return an_archive(
        {
            "[Content_Types].xml": _TYPES.format(kind="wordprocessingml.document"),
            "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
            **wrapped,
            **core,
        }
    )


def an_xlsx(*, sheets: tuple[str, ...] = ("Sheet1",), strings: tuple[str, ...] = (), cells: str = "") -> bytes:
    tabs = "".join(f'<sheet name="{name}" sheetId="{number}"/>' for number, name in enumerate(sheets, 1))
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return an_archive(
        {
            "[Content_Types].xml": _TYPES.format(kind="spreadsheetml.sheet"),
            "xl/workbook.xml": f"<workbook {_SHEET}><sheets>{tabs}</sheets></workbook>",
            "xl/sharedStrings.xml": f"<sst {_SHEET}>{shared}</sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet {_SHEET}>{cells}</worksheet>",
        }
    )


def a_pdf(*pages: str, password: str | None = None, title: str = "", is_invariant: bool = True) -> bytes:
    target = io.BytesIO()
    encryption = StandardEncryption(password, strength=128) if password else None
    canvas = Canvas(target, encrypt=encryption, invariant=is_invariant)
    canvas.setTitle(title)
    for page in pages or ("",):
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def a_compound_file(*names: str) -> bytes:
    """Return a compound file (OLE) whose root holds empty streams of these names."""
    free, end, table_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = struct.pack("<8s16s5H6xLLLL4xLLLL", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
                         0, 1, 1, 0, end, 0, end, 0)  # fmt: skip
    header = header.ljust(76, b"\0") + struct.pack("<109L", 0, *[free] * 108)
    entries = [_entry("Root Entry", kind=5, child=1 if names else free)]
    entries += [
        _entry(name, kind=2, right=number + 1 if number < len(names) else free) for number, name in enumerate(names, 1)
    ]
    directory = b"".join(entries)
    sectors = -(-len(directory) // 512)
    chain = [table_mark, *range(2, sectors + 1), end]
    table = struct.pack("<128L", *chain, *[free] * (128 - len(chain)))
    return header + table + directory.ljust(sectors * 512, b"\0")


def _entry(name: str, *, kind: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le")
    start = raw.ljust(64, b"\0") + struct.pack("<HBBLLL", len(raw) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return start.ljust(128, b"\0")


@pytest.fixture(scope="session")
def archive() -> Builder:
    """Return a function that packs parts into a ZIP archive."""
    return an_archive


@pytest.fixture(scope="session")
def docx() -> Builder:
    """Return a function that makes a Word document."""
    return a_docx


@pytest.fixture(scope="session")
def xlsx() -> Builder:
    """Return a function that makes a workbook."""
    return an_xlsx


@pytest.fixture(scope="session")
def pdf() -> Builder:
    """Return a function that makes a PDF, one line to a page."""
    return a_pdf


@pytest.fixture(scope="session")
def compound_file() -> Builder:
    """Return a function that makes a compound file with streams of the given names."""
    return a_compound_file
