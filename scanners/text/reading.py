"""What a reader of one family of files gives back, and the room it has to collect text in."""

import re
from dataclasses import dataclass, field

from scanners.observation import Problem

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_CHARACTERS = re.compile("[\ufeff\ufffe\uffff\u00ad]")
_SURROGATES = re.compile("[\ud800-\udfff]")  # neither UTF-8 nor PostgreSQL can hold them
_BLANKS = re.compile("[ \t\u00a0]{2,}")
_LINE_EDGES = re.compile("[ \t]*\n[ \t]*")
_EMPTY_LINES = re.compile("\n{3,}")
_MAX_PROPERTY_CHARS = 1000
_ROOM_FOR_CLEANING = 2  # blanks that are squeezed out must not cost words


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentReading:
    """What was read from the content of one file; `is_read` is false when the type has no text that we read."""

    text: str = ""
    is_read: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class EnoughTextError(Exception):
    """The draft is full: a signal between a reader and its caller, never an error that anybody sees."""


class Draft:
    """Text and properties while they are being collected, so that a failure half-way keeps what there is."""

    def __init__(self, *, limit_chars: int) -> None:
        self.limit_chars = limit_chars
        self.properties: dict[str, str] = {}
        self.is_cut_short = False
        self._parts: list[str] = []
        self._ends_blank = False
        self._left = limit_chars * _ROOM_FOR_CLEANING + 1

    def add(self, text: str) -> None:
        """Add a piece of text.

        Raises:
            EnoughTextError: There is no room for more.
        """
        is_blank = not text.strip()
        if is_blank and self._ends_blank:
            return  # a million empty paragraphs must not take the room of the words after them
        self._ends_blank = is_blank
        self._parts.append(text[: self._left])
        self._left -= len(text)
        if self._left <= 0:
            self.is_cut_short = True
            raise EnoughTextError

    def state(self, name: str, value: str | None) -> None:
        """Note a property; empty ones are left out and the first statement of a name stands."""
        cleaned = clean(value[: _MAX_PROPERTY_CHARS * 2]).strip()[:_MAX_PROPERTY_CHARS] if value else ""
        if cleaned:
            self.properties.setdefault(name, cleaned)

    def text(self) -> str:
        """Return what was collected, cleaned and cut to the limit."""
        text = clean("".join(self._parts)).strip()
        if len(text) > self.limit_chars:
            self.is_cut_short = True
        return text[: self.limit_chars]

    def has_words(self) -> bool:
        """Tell whether any visible text was collected yet."""
        return any(part.strip() for part in self._parts)


def clean(text: str) -> str:
    """Return text without control characters, halves of characters and runs of blanks; lines end in a line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _NOT_CHARACTERS.sub("", _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text)))
    return _EMPTY_LINES.sub("\n\n", _LINE_EDGES.sub("\n", _BLANKS.sub(" ", text)))
