"""Collecting the cells of one worksheet while an XML parser goes through it (ISO/IEC 29500-1 §18.3.1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scanners.errors import BrokenContentError
from scanners.exports.tables.rows import MAX_COLUMNS, MAX_ROW_CHARS
from scanners.text.markup import local_name

_MAX_DEPTH = 64
_COLUMN = re.compile(r"([A-Z]{1,3})\d+")
_MAX_SERIAL = 2_958_466.0  # 1 January 10000, the first day after Excel's calendar
_LEAP_FAULT = 60  # 18.17.4.1: the 1900 system has a 29 February 1900 that never was
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})  # 18.8.30
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_FORMAT_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')


@dataclass(slots=True)
class SheetRows:
    """Collects the cells of a sheet while the parser goes through it."""

    text_of: Callable[[str, int, str], str]
    _done: list[tuple[int, list[str]]] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _number: int = 0
    _column: int = 0
    _kind: str = "n"
    _style: int = 0
    _parts: list[str] = field(default_factory=list)
    _row_chars: int = 0
    _is_listening: bool = False
    _depth: int = 0

    def drain(self) -> list[tuple[int, list[str]]]:
        """Return the rows that are complete, each once."""
        done, self._done = self._done, []
        return done

    def on_doctype(self, *_: object) -> None:
        """Refuse a document type.

        Raises:
            BrokenContentError: Always.
        """
        raise BrokenContentError("it declares a document type, which workbooks never do and attacks often do")

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element.

        Raises:
            BrokenContentError: It is nested too deeply.
        """
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise BrokenContentError("it is nested far more deeply than real workbooks")
        match local_name(name):
            case "c":
                self._begin_cell(attributes)
            case "v" | "t":
                self._is_listening = True
            case "row":
                stated = attributes.get("r", "")
                self._number = int(stated) if stated.isdecimal() else self._number + 1
                self._column = 0
                self._row_chars = 0
            case _:
                pass

    def on_end(self, name: str) -> None:
        """Take the end of an element."""
        self._depth -= 1
        match local_name(name):
            case "v" | "t":
                self._is_listening = False
            case "c":
                self._end_cell()
            case "row" if self._cells:
                self._done.append((self._number, self._cells))
                self._cells = []
            case _:
                pass

    def on_text(self, text: str) -> None:
        """Take text between elements."""
        if self._is_listening and self._row_chars <= 2 * MAX_ROW_CHARS:
            self._row_chars += len(text)
            self._parts.append(text)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._parts.clear()
        self._kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if style.isdecimal() else 0
        place = _COLUMN.fullmatch(attributes.get("r", ""))
        self._column = _column_number(place[1]) if place else self._column + 1

    def _end_cell(self) -> None:
        text = self.text_of(self._kind, self._style, "".join(self._parts))
        if not text or self._column > MAX_COLUMNS:
            return
        while len(self._cells) < self._column:
            self._cells.append("")
        self._cells[self._column - 1] = text


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def is_date_format(number: str, own_formats: dict[str, str]) -> bool:
    """Tell whether numbers in this format are shown as dates or times (18.8.30)."""
    if number in own_formats:
        return bool(_DATE_LETTERS.search(_FORMAT_LITERALS.sub("", own_formats[number])))
    return number.isdecimal() and int(number) in _DATE_FORMATS


def as_date(raw: str, *, is_1904: bool) -> str:
    """Return a serial number as a date and time in ISO 8601 (18.17.4.1), or as it stands when it is none."""
    try:
        serial = float(raw)
    except ValueError:
        return raw
    if not 1 <= serial < _MAX_SERIAL:
        return raw
    zero = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  a sheet states no zone
    shift = 1 if not is_1904 and serial < _LEAP_FAULT else 0
    try:
        moment = zero + timedelta(days=serial + shift, milliseconds=500)
    except OverflowError:
        return raw
    return moment.replace(microsecond=0).isoformat()
