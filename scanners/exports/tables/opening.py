"""Opening a file of rows, whatever they stand in: delimited text, a workbook, JSON, or what a command line printed.

They are told apart by their bytes.
"""

import re

from scanners.exports.control_files import ControlSource
from scanners.exports.errors import NotAnExportError
from scanners.exports.tables.delimited import open_delimited
from scanners.exports.tables.elements import open_elements
from scanners.exports.tables.listings.table import find_listing
from scanners.exports.tables.rows import HeaderScore, Table
from scanners.exports.tables.workbook import open_workbook

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTTP_LINE = re.compile(r"(?:HTTP/\d|GET |POST |[\w-]+: )")
_OTHERS = (
    (b"%PDF-", "it is a PDF file"),
    (b"MSCF", "it is a cabinet file"),
    (b"7z\xbc\xaf", "it is a 7z archive"),
    (b"\x1f\x8b", "it is a compressed file"),
)


def open_table(control: ControlSource, *, score: HeaderScore, delimiter: str = "") -> Table:
    """Return the rows of a control file.

    Args:
        control: The file.
        score: How many of the names of a possible header are known; it tells header and delimiter from others.
        delimiter: The delimiter of delimited text, when it was declared.

    Raises:
        NotAnExportError: It holds no rows under known columns; says what it is instead where that can be told.
        ExportError: It cannot be read.
    """
    head = control.head
    if not head.strip(b"\0\t\r\n \xef\xbb\xbf\xfe\xff"):
        raise NotAnExportError(file=control.shown_path, found="it is empty")
    if head.startswith(_ZIP):
        return open_workbook(control, score=score)
    if head.startswith(_COMPOUND):
        raise NotAnExportError(
            file=control.shown_path,
            found="it is an old Excel file, or a workbook that is locked with a password",
            next_step="Open it in Excel, save it as .xlsx without a password, and import that.",
        )
    for magic, words in _OTHERS:
        if head.startswith(magic):
            raise NotAnExportError(file=control.shown_path, found=words)
    beginning = _beginning(control)
    if beginning.startswith("<"):
        raise NotAnExportError(
            file=control.shown_path,
            found="it is XML: a schema, a fragment, or one part of a content package",
            next_step="Import the folder of the whole package instead.",
        )
    if beginning.startswith(("{", "[")) or _is_sample(beginning):
        return open_elements(control)
    return find_listing(control) or open_delimited(control, score=score, delimiter=delimiter)


def _beginning(control: ControlSource) -> str:
    return control.head.decode(control.code.encoding, "replace").lstrip("\ufeff\0 \t\r\n")


def _is_sample(beginning: str) -> bool:
    """Tell whether it is JSON below the lines of an HTTP question or answer, as documentation shows it."""
    return bool(_HTTP_LINE.match(beginning)) and bool(re.search(r"(?m)^\s*[{\[]", beginning))
