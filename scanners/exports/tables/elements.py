"""Reading lists of JSON objects of any length without taking the list into memory.

Known shapes: an array; an object with the list inside (`value`, `d.results`); the answers of a batch; one object a
line; one object alone; recordings that wrap an answer; documentation samples with HTTP lines and comments.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanners.exports.control_files import ControlSource
from scanners.exports.errors import NotAnExportError
from scanners.exports.tables.rows import Row
from scanners.exports.tables.unfolding import unfold

MAX_ELEMENT_CHARS = 16 << 20

_READ_CHARS = 256 << 10
_SMALL_BYTES = 1 << 20
_LISTS = frozenset({"value", "results", "responses", "items", "Items"})
_WRAPPERS = frozenset({"d", "Response", "response", "body"})
_NEXT_PAGES = frozenset({"@odata.nextLink", "odata.nextLink", "__next", "nextLink"})
_MAX_WRAPPERS = 4
_MAX_NAMES = 10_000
_MAX_DEPTH = 40
_FIRST_ERROR_STATUS = 400

_BLANKS = re.compile(r"[\s\ufeff]*")
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/', re.DOTALL)
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)  # NaN and Infinity are no statement

_BROKEN = "the JSON is broken here, and nothing after it was read"
_NESTED = "it is nested far more deeply than real records"
_FURTHER = "it is one page of several: the records of the other pages are not in this file"
_NO_RECORD = "it is a plain value where a record should be"


class _BrokenJsonError(Exception):
    """The text is no JSON from here on."""

    def __init__(self, detail: str = _BROKEN) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(slots=True, kw_only=True)
class JsonTable:
    """A file of JSON objects; the names of its columns show only as its rows are gone through."""

    control: ControlSource
    shape: str = "json"
    columns: tuple[str, ...] = ()
    _noted: dict[str, None] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed by the rows taken so far."""
        first = (self.control.code.note,) if self.control.code.note else ()
        return (*first, *self._noted)

    def rows(self) -> Iterator[Row]:
        """Yield every object as a row. Memory: one object of at most 16 MiB.

        Raises:
            ExportError: The file changed or cannot be read any further.
        """
        with self.control.text() as stream:
            walk = _Walk(_Window(_plain(stream, self.control)), self._noted)
            number = 0
            try:
                for element in walk.elements():
                    number += 1
                    yield _row(f"element {number}", element)
            except _BrokenJsonError as error:
                yield Row(f"element {number + 1}", {}, error.detail)
            except RecursionError:
                yield Row(f"element {number + 1}", {}, _NESTED + ", and nothing after it was read")


def open_elements(control: ControlSource) -> JsonTable:
    """Return the rows of a JSON file.

    Raises:
        NotAnExportError: It is a description of a format, with words such as "string" where values should be.
        ExportError: The file cannot be read.
    """
    table = JsonTable(control=control)
    if control.size_bytes <= _SMALL_BYTES:
        seen = [row for row in table.rows() if not row.refused]
        if seen and all(_is_description(row) for row in seen):
            raise NotAnExportError(
                file=control.shown_path,
                found="it describes a format (its values are words such as 'string'), it does not list records",
                next_step="Choose a file that was exported, not one copied from documentation.",
            )
    return table


@dataclass(frozen=True, slots=True)
class _Refused:
    """An element that is no record, and why."""

    reason: str


def _row(place: str, element: object) -> Row:
    match element:
        case _Refused(reason=reason):
            return Row(place, {}, reason)
        case dict() if not element:
            return Row(place, {}, "it is empty")
        case dict() if not _is_shallow(element, _MAX_DEPTH):
            return Row(place, {}, _NESTED)
        case dict():
            return Row(place, unfold(element))
        case _:
            return Row(place, {}, _NO_RECORD)


def _is_shallow(value: object, levels: int) -> bool:
    """Tell whether a value is nested no deeper than so many levels, so that everybody can go through it."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in inner)


def _plain(stream: io.TextIOWrapper, control: ControlSource) -> io.TextIOBase:
    """Leave out what documentation puts around its samples; large files are data and are taken as they are."""
    if control.size_bytes > _SMALL_BYTES:
        return stream
    lines = io.StringIO(stream.read()).readlines()
    while lines and not lines[0].lstrip(" \t\ufeff").startswith(("{", "[")):
        lines.pop(0)
    text = "".join(lines)
    if "/*" in text:
        text = _STRING_OR_COMMENT.sub(lambda match: match[0] if match[0].startswith('"') else " ", text)
    return io.StringIO(text)


class _Window:
    """The part of a text that is being looked at."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._is_ended = False

    def peek(self) -> str:
        """Return the next character that is no blank, "" at the end; it is not taken."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_ended:
                return ""
            self._fill()

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise _BrokenJsonError
        self._at += 1

    def decode(self) -> Any:  # noqa: ANN401  JSON may be anything
        """Take the next value whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError:
                self._fill_or_fail()
                continue
            is_cut_off = end == len(self._text) and not self._is_ended and not isinstance(value, str | list | dict)
            if is_cut_off:
                self._fill_or_fail()
                continue
            has_halves = isinstance(value, str | list | dict) and _HALF_CHARACTER.search(self._text, self._at, end)
            self._at = end
            return _whole(value) if has_halves else value

    def pass_over_line(self) -> bool:
        """Take everything up to the next line; False when there is none."""
        while True:
            end = self._text.find("\n", self._at)
            if end >= 0:
                self._at = end + 1
                return True
            self._at = len(self._text)
            if self._is_ended:
                return False
            self._fill()

    def _fill_or_fail(self) -> None:
        left = len(self._text) - self._at
        if self._is_ended or left > MAX_ELEMENT_CHARS:
            raise _BrokenJsonError
        self._fill()

    def _fill(self) -> None:
        left = len(self._text) - self._at
        more = self._stream.read(max(_READ_CHARS, left))  # doubling: a long value is not parsed over and over
        self._is_ended = not more
        self._text = self._text[self._at :] + more
        self._at = 0


class _Walk:
    """Goes through the shells around the records."""

    def __init__(self, window: _Window, noted: dict[str, None]) -> None:
        self._window = window
        self._noted = noted

    def elements(self) -> Iterator[object]:
        match self._window.peek():
            case "[":
                yield from self._list()
                self._expect_end()
            case "{":
                yield from self._object(depth=0)
                yield from self._further_lines()
            case "":
                return
            case _:
                raise _BrokenJsonError

    def _list(self) -> Iterator[object]:
        self._window.take("[")
        if self._window.peek() == "]":
            self._window.take("]")
            return
        while True:
            yield from _expanded(self._window.decode())
            if self._window.peek() == "]":
                self._window.take("]")
                return
            self._window.take(",")

    def _object(self, *, depth: int) -> Iterator[object]:
        """Go through the object at the front; it is a shell when a known list or shell stands in it."""
        head: dict[str, Any] = {}
        is_shell = False
        self._window.take("{")
        while self._window.peek() != "}":
            key = self._window.decode()
            if not isinstance(key, str):
                raise _BrokenJsonError
            self._window.take(":")
            following = self._window.peek()
            if key in _LISTS and following == "[":
                is_shell = True
                yield from self._list()
            elif key in _WRAPPERS and following == "{" and depth < _MAX_WRAPPERS:
                is_shell = True
                yield from self._object(depth=depth + 1)
            else:
                head[key] = self._window.decode()
                if len(head) > _MAX_NAMES:
                    raise _BrokenJsonError("it is one object with more names than any record has")
            if self._window.peek() != "}":
                self._window.take(",")
        self._window.take("}")
        if any(head.get(name) for name in _NEXT_PAGES):
            self._noted[_FURTHER] = None
        if not is_shell:
            yield from _expanded(head)

    def _further_lines(self) -> Iterator[object]:
        """Yield one object a line; a broken line costs itself."""
        while self._window.peek():
            try:
                yield from _expanded(self._window.decode())
            except _BrokenJsonError:
                if not self._window.pass_over_line():
                    raise
                yield _Refused("the JSON of this line is broken")

    def _expect_end(self) -> None:
        if self._window.peek():
            raise _BrokenJsonError("something follows after the end of the list, and it was not read")


def _expanded(element: object) -> Iterator[object]:
    """Yield the records that one element stands for: itself, or what the answer inside it holds."""
    match element:
        case {"status": int(status), "body": _} if status >= _FIRST_ERROR_STATUS:
            yield _Refused(f"it is the answer to a question that failed (status {status})")
        case {"status": int(), "body": dict(body)} | {"Response": dict(body)}:
            yield from _inside(body)
        case {"Response": str(text)}:
            yield from _recorded(text)
        case _:
            yield element


def _inside(body: dict[str, Any]) -> Iterator[object]:
    for name in _LISTS:
        if isinstance(body.get(name), list):
            yield from body[name]
            return
    yield body


def _recorded(text: str) -> Iterator[object]:
    try:
        body = json.loads(text)
    except ValueError:
        yield _Refused("it is a recording whose answer is not JSON")
        return
    if isinstance(body, list):
        yield from body
    elif isinstance(body, dict):
        yield from _inside(body)
    else:
        yield _Refused(_NO_RECORD)


def _is_description(row: Row) -> bool:
    """Tell whether the values are words for kinds of values."""
    texts = [value for value in row.values.values() if isinstance(value, str) and value]
    words = [text for text in texts if re.fullmatch(r"(?i)(string|url|int\d*|boolean|number)( \([\w ]+\))?", text)]
    return bool(texts) and len(words) * 2 > len([text for text in texts if not text.startswith("microsoft.graph.")])


def _whole(value: Any) -> Any:  # noqa: ANN401  JSON may be anything
    """Replace halves of characters, which no other program could write down again."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole(one) for one in value]
        case dict():
            return {_whole(key): _whole(one) for key, one in value.items()}
        case _:
            return value
