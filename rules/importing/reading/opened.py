"""A file as it was opened: text, tables, XML or JSON, told apart by its first bytes, never by its name."""

import re
from dataclasses import dataclass
from functools import cached_property

from rules.importing.reading.bounds import MOST_BYTES
from rules.importing.reading.json_values import Json, read_json
from rules.importing.reading.refusing import refusal
from rules.importing.reading.tables import Table, read_csv
from rules.importing.reading.workbooks import read_workbook
from rules.importing.reading.xml_tree import Element, read_xml
from rules.loading.yaml_reading import Place

_ZIP = b"PK\x03\x04"
_JSON = re.compile(r"\{|\[\s*(?:[\[\]{\"\d-]|\Z)")
_ELEMENT = re.compile(r"<[A-Za-z_]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Opened:
    """The bytes of one file and what can be read in them. Not slotted: each reading is made once, when asked for.

    `given` are tables that were read already, such as one sheet of a workbook.
    """

    name: str
    content: bytes
    beside: tuple[bytes, ...] = ()
    given: tuple[Table, ...] = ()

    @property
    def is_workbook(self) -> bool:
        """Tell whether this is an Office Open XML package."""
        return self.content.startswith(_ZIP)

    @property
    def is_xml(self) -> bool:
        """Tell whether this is XML; a comment alone at the beginning, as in Markdown, makes none."""
        return self._beginning.startswith(("<?xml", "<!DOCTYPE")) or _ELEMENT.match(self._beginning) is not None

    @property
    def is_json(self) -> bool:
        """Tell whether this is a JSON list or object."""
        return not self.is_workbook and _JSON.match(self._beginning) is not None

    @cached_property
    def text(self) -> str:
        """Return the file's text: UTF-8, UTF-16 with its mark, or else the Western code page of older spreadsheets.

        Raises:
            ScheduleError: It is no text.
        """
        return decoded(self.content, file=self.name)

    @cached_property
    def encoding_note(self) -> str:
        """Return what to say of the text's encoding, or nothing when it is the usual one."""
        return "" if _is_utf8(self.content) or self.content.startswith(_UTF16) else "read as Windows-1252, not UTF-8"

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Return the sheets of a workbook, or the one table of a CSV file.

        Raises:
            ScheduleError: There is no table in it.
        """
        if self.given:
            return self.given
        if self.is_xml or self.is_json:
            raise refusal(self.name, "this is no table", "give a CSV file or a workbook")
        if self.is_workbook:
            return read_workbook(self.content, file=self.name)
        return (read_csv(self.text, file=self.name),)

    @cached_property
    def xml(self) -> Element:
        """Return the root element.

        Raises:
            ScheduleError: It is no XML that may be read.
        """
        return read_xml(self.content, file=self.name)

    @cached_property
    def json(self) -> Json:
        """Return the JSON value.

        Raises:
            ScheduleError: It is no JSON that may be read.
        """
        return read_json(self.text, file=self.name)

    @cached_property
    def json_beside(self) -> tuple[Json, ...]:
        """Return the JSON values of the files given beside this one.

        Raises:
            ScheduleError: One is no JSON that may be read.
        """
        return tuple(read_json(decoded(one, file=self.name), file=self.name) for one in self.beside)

    @cached_property
    def _beginning(self) -> str:
        head = self.content[:400]
        if head.startswith(_UTF16):
            return head[: len(head) & ~1].decode("utf-16", errors="replace").lstrip()
        return head.decode("utf-8-sig", errors="replace").lstrip()


def open_content(content: bytes, *, name: str, beside: tuple[bytes, ...] = ()) -> Opened:
    """Return the file, if it is not larger than a schedule can be.

    Raises:
        ScheduleError: It is larger, or empty.
    """
    if max(map(len, (content, *beside))) > MOST_BYTES:
        raise refusal(name, f"the file is larger than {MOST_BYTES} bytes", "give a schedule, split if need be")
    if not content.strip():
        raise refusal(name, "the file is empty", "give a schedule")
    return Opened(name=name, content=content, beside=beside)


def decoded(content: bytes, *, file: str) -> str:
    """Return the text in `content`.

    Raises:
        ScheduleError: It is no text.
    """
    text = ""
    for encoding in ("utf-16",) if content.startswith(_UTF16) else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    if not text or "\0" in text:
        line = text.count("\n", 0, max(text.find("\0"), 0)) + 1
        place = Place(line=line, column=1)
        raise refusal(file, "the file is no text", "give a table, a text, XML, JSON or an .xlsx file", place=place)
    return text


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
