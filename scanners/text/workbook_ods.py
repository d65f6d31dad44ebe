"""Reading OpenDocument workbooks (.ods, .ots, .sxc): the names of the sheets, then what the other readers see.

Follows ISO/IEC 26300 part 1 §9.1.2 (table:name).
"""

import re
from collections.abc import Iterator

from scanners.containers.zipped import Allowance, Archive
from scanners.errors import ContentError
from scanners.source import ByteSource
from scanners.text.html import unescape
from scanners.text.odf import read_odf
from scanners.text.reading import Draft

ODS_KINDS = frozenset(
    {
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.spreadsheet-template",
        "application/vnd.sun.xml.calc",
        "application/vnd.sun.xml.calc.template",
    }
)

_MAX_UNPACKED_BYTES = 32 << 20
_SHEET = re.compile(rb'<table:table\b[^<>]{0,2000}?\btable:name="([^"<>]{1,500})"')
_SEAM_BYTES = 4000  # longer than what the pattern finds
_MAX_SHEETS = 1000


def read_ods(source: ByteSource, draft: Draft) -> None:
    """Collect the words and properties of an OpenDocument workbook.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    for name in dict.fromkeys(_sheet_names(Archive(source))):
        draft.add(f"{name}\n")
    read_odf(source, draft)


def _sheet_names(archive: Archive) -> Iterator[str]:
    """Yield the names on the tabs as far as they can be read; what is wrong with the file is told by its reader."""
    count, seam = 0, b""
    try:
        for chunk in archive.chunks("content.xml", allowance=Allowance(_MAX_UNPACKED_BYTES)):
            content = seam + chunk
            for match in _SHEET.finditer(content):
                yield unescape(match[1].decode("utf-8", "replace"))
                count += 1
            seam = content[-_SEAM_BYTES:]
            if count > _MAX_SHEETS:
                return
    except ContentError:
        return
