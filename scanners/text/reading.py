"""What a reader of one family of files gives back, and the room it has to collect text in."""

import re
from dataclasses import dataclass, field, replace

from scanners.observation import ContainedMember, Problem

# Control characters, marks that are no characters, and halves of characters (surrogates), which neither UTF-8
# nor PostgreSQL can hold.
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\ufeff\ufffe\uffff\ud800-\udfff]")
_PLAIN_BYTES = bytes([9, 10, *range(32, 127)])
_NOTHING = frozenset("\u00ad\ufeff\ufffe\uffff")
_BLANKS = re.compile("[ \t\u00a0]{2,}")
_BLANK = " \t\u00a0"
_EMPTY_LINES = re.compile("\n{3,}")
_MAX_PROPERTY_CHARS = 1000
_MAX_MEMBERS = 1000
_ROOM_FOR_CLEANING = 2  # blanks that are squeezed out must not cost words


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentReading:
    """What was read from the content of one file; `is_read` is false when the type has no text that we read."""

    text: str = ""
    is_read: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    members: tuple[ContainedMember, ...] = ()
    member_count: int = 0


class EnoughTextError(Exception):
    """The draft is full: a signal between a reader and its caller, never an error that anybody sees."""


class Draft:
    """Text and properties while they are being collected, so that a failure half-way keeps what there is."""

    def __init__(self, *, limit_chars: int) -> None:
        self.limit_chars = limit_chars
        self.properties: dict[str, str] = {}
        self.is_cut_short = False
        self.members: list[ContainedMember] = []
        self.member_count = 0
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

    def hold(self, member: ContainedMember) -> None:
        """Note something that lies inside the file; the first thousand are listed, the rest are counted."""
        self.member_count += 1
        if len(self.members) < _MAX_MEMBERS:
            self.members.append(replace(member, path=clean(member.path)[:_MAX_PROPERTY_CHARS]))

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
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Most text is plain, and finding that out is twenty times as fast as searching it for what it does not hold.
    if not text.isascii() or text.encode().translate(None, _PLAIN_BYTES):
        text = _ODD.sub(_replacement, text)
    if "  " in text or "\t" in text or "\u00a0" in text:
        text = _BLANKS.sub(" ", text)
    if "\n" in text:
        first, *lines, last = text.split("\n")  # ten times as fast as a pattern
        text = "\n".join([first.rstrip(_BLANK), *[line.strip(_BLANK) for line in lines], last.lstrip(_BLANK)])
    return _EMPTY_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def _replacement(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NOTHING:
        return ""
    return "\ufffd" if "\ud800" <= character <= "\udfff" else " "
