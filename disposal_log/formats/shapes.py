"""Reading lines of a shape that was seen before, several times as fast as reading any line.

Stands above `entries`. A long log is outcomes of items, one like the other but for a few values. Once many of one
shape were read and judged the slow way, an expression is made of them that matches only canonical lines with the
same fields, the same words where words are fixed, and other harmless values. What does not match exactly is read
the slow way again, so that nothing is accepted or refused here which `decode_entry` would not.
"""

import re
from collections.abc import Callable
from typing import Any

from disposal_log.formats.canonical import JSON
from disposal_log.formats.disclosures import DIGEST_CHARACTERS
from disposal_log.formats.entries import MAX_LINE_BYTES, EntryType, body_fault, decode_entry

SIGHTINGS = 32  # making an expression costs as much as reading some fifty lines
MAX_SHAPES = 16  # a hostile log may have endless shapes; they are read the slow way
_MAX_COUNTED = 256

_TEXT = r'"([ !#-\[\]-\x7f]*)"'  # ASCII that is spelled as it is: no quote, no backslash, no control character
_NUMBER = r"(0|[1-9][0-9]{0,14})"  # below 2^53, not negative
_OF_FIELD = {
    "id": r'"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"',
    "time": r'"([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z)"',
}
_FIXED = frozenset({"v", "type", "result"})  # what these say decides whether an outcome is well formed
_OUTCOME = str(EntryType.ITEM_OUTCOME)


class EntryDecoder:
    """Reads the lines of one log, faster as it meets the same shapes again. Not safe between threads.

    Attributes:
        is_body_sound: Whether the fields of the entry last read are known to be those of its type; if not, they
            may be so all the same.
    """

    __slots__ = ("_counts", "_shapes", "is_body_sound")

    def __init__(self) -> None:
        self._shapes: list[_Shape] = []
        self._counts: dict[tuple[object, ...], int] = {}
        self.is_body_sound = False

    def decode(self, line: bytes, *, seq: int) -> dict[str, JSON]:
        """Read one stored line (without its newline) as entry number `seq`.

        Raises:
            EntryInvalidError: if it is not canonical, of an unknown version, too long, or numbered otherwise.
        """
        text = line.decode("latin-1")  # beyond ASCII nothing matches, whatever it is decoded to
        for place, shape in enumerate(self._shapes):
            entry = shape.read(text)
            if entry is None:
                continue
            if entry["seq"] != seq or len(line) > MAX_LINE_BYTES:
                break
            if place:  # the next line is likely to be one of the same
                self._shapes.insert(0, self._shapes.pop(place))
            self.is_body_sound = True
            return entry
        self.is_body_sound = False
        entry = decode_entry(line, seq=seq)
        if entry["type"] == _OUTCOME:
            self._count(entry)
        return entry

    def _count(self, entry: dict[str, JSON]) -> None:
        """Learn the shape of an entry that was seen often enough."""
        if len(self._shapes) == MAX_SHAPES:
            return
        shape = _shape_of(entry)
        if shape is None or (shape not in self._counts and len(self._counts) == _MAX_COUNTED):
            return
        self._counts[shape] = self._counts.get(shape, 0) + 1
        if self._counts[shape] == SIGHTINGS and body_fault(_OUTCOME, entry) is None:
            self._shapes.append(_Shape(entry))


class _Shape:
    """Everything about an outcome but its values."""

    __slots__ = ("_after", "_before", "_commitments", "_fixed", "_kind", "_match", "_names", "_numbers")

    def __init__(self, entry: dict[str, JSON]) -> None:
        self._match: Callable[[str], re.Match[str] | None] = re.compile(_pattern(entry)).fullmatch
        names = [name for name in sorted(entry) if name not in _FIXED and entry[name] is not None]
        commitments = entry.get("sd")
        self._commitments = tuple(sorted(commitments)) if isinstance(commitments, dict) else ()
        self._before = names.index("sd") if self._commitments else len(names)
        self._after = self._before + len(self._commitments)
        self._names = tuple(name for name in names if name != "sd")
        self._numbers = tuple(name for name in self._names if type(entry[name]) is int)
        self._fixed = {name: value for name, value in entry.items() if name in _FIXED or value is None}
        actor = entry["actor"]
        self._kind = actor["k"] if isinstance(actor, dict) else None

    def read(self, text: str) -> dict[str, JSON] | None:
        """Read a line of this shape; None when it is another."""
        found = self._match(text)
        if found is None:
            return None
        values = found.groups()
        before, after = self._before, self._after
        texts = values if before == after else values[:before] + values[after:]
        entry: dict[str, Any] = dict(zip(self._names, texts, strict=True))
        for name in self._numbers:
            entry[name] = int(entry[name])
        entry["actor"] = {"k": self._kind, "ref": entry["actor"]}
        if after > before:
            entry["sd"] = dict(zip(self._commitments, values[before:after], strict=True))
        entry.update(self._fixed)
        return entry


def _shape_of(entry: dict[str, JSON]) -> tuple[object, ...] | None:
    """Give what two entries of one shape have in common, or None when no expression is made of such."""
    parts: list[object] = []
    for name, value in entry.items():
        kind = type(value)
        if name == "actor" and isinstance(value, dict):
            if len(value) != 2:  # noqa: PLR2004  # k and ref
                return None
            parts.append(value["k"])
        elif name == "sd" and isinstance(value, dict):
            parts.append(tuple(value))
        elif kind is not str and kind is not int and value is not None:
            return None
        else:
            parts.append(value if name in _FIXED else kind)
        parts.append(name)
    return tuple(parts)


def _pattern(entry: dict[str, JSON]) -> str:
    members = (f'"{re.escape(name)}":{_value_pattern(name, entry[name])}' for name in sorted(entry))
    return r"\{" + ",".join(members) + r"\}"


def _value_pattern(name: str, value: JSON) -> str:
    if name == "actor" and isinstance(value, dict):
        return rf'\{{"k":"{value["k"]}","ref":{_TEXT}\}}'
    if name == "sd" and isinstance(value, dict):
        digest = _TEXT.replace("*", f"{{{DIGEST_CHARACTERS}}}")
        return r"\{" + ",".join(f'"{re.escape(each)}":{digest}' for each in sorted(value)) + r"\}"
    if value is None:
        return "null"
    if name in _FIXED:
        return str(value) if type(value) is int else f'"{re.escape(str(value))}"'
    return _OF_FIELD.get(name) or (_NUMBER if type(value) is int else _TEXT)
