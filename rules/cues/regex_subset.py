"""The regular expressions a schedule may use: a small subset whose cost is bounded before it is ever run.

No look-around, no back-references, one unbounded repetition at most and none inside a repeated group. The
number of ways such an expression can be tried at one place of a text is counted and limited.
"""

import re
from dataclasses import dataclass

from rules.errors import InvalidCueError

MOST_WAYS = 10_000
MOST_REPEATS = 50
_REPEAT = re.compile(r"[*+?]|\{(\d{1,3})(,(\d{0,3}))?\}")
_ESCAPES = set("wWdDsSbB.\\/()[]{}^$*+?|-&~#' \"")
_INSTEAD = "write the words themselves, with # for a digit and * for the rest of a word"


@dataclass(slots=True)
class _Cost:
    ways: int = 1
    unbounded: int = 0
    has_repeat: bool = False


class _Reader:
    """Walks an expression once; refuses what is outside the subset and adds up what the rest may cost."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def refuse(self, what: str) -> InvalidCueError:
        return InvalidCueError(cue=f"regex: {self.text}", what=what, instead=_INSTEAD)

    def branches(self, *, depth: int) -> _Cost:
        total = _Cost(ways=0)
        while True:
            cost = self.sequence(depth=depth)
            total.ways += cost.ways
            total.unbounded += cost.unbounded
            total.has_repeat |= cost.has_repeat
            if self.place >= len(self.text) or self.text[self.place] != "|":
                return total
            self.place += 1

    def sequence(self, *, depth: int) -> _Cost:
        total = _Cost()
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            cost = self.repeated(self.atom(depth=depth))
            total.ways *= cost.ways
            total.unbounded += cost.unbounded
            total.has_repeat |= cost.has_repeat
            if total.ways > MOST_WAYS:
                raise self.refuse("the expression can be tried in too many ways")
            if total.unbounded > 1:
                raise self.refuse("the expression repeats without bound more than once")
        return total

    def atom(self, *, depth: int) -> _Cost:
        character = self.text[self.place]
        self.place += 1
        if character == "(":
            return self.group(depth=depth + 1)
        if character == "[":
            self.character_set()
        elif character == "\\":
            self.escape()
        elif character in "*+?{":
            raise self.refuse(f"{character!r} repeats nothing")
        return _Cost()

    def group(self, *, depth: int) -> _Cost:
        if depth > 5:  # noqa: PLR2004 - nobody reads deeper nesting; the bound keeps the walk itself small
            raise self.refuse("groups are nested too deeply")
        if self.text.startswith("?", self.place):
            if not self.text.startswith("?:", self.place):
                raise self.refuse("look-around, flags and named groups are not read here")
            self.place += 2
        cost = self.branches(depth=depth)
        if self.place >= len(self.text):
            raise self.refuse("a group is not closed")
        self.place += 1
        return cost

    def character_set(self) -> None:
        end = self.text.find("]", self.place + 1)
        body = self.text[self.place : end]
        if (
            end < 0
            or body == "^"
            or "[" in body
            or "\\" in body.replace("\\w", "").replace("\\d", "").replace("\\s", "")
        ):
            raise self.refuse("a character set is not closed or not plain")
        self.place = end + 1

    def escape(self) -> None:
        if self.place >= len(self.text) or self.text[self.place] not in _ESCAPES:
            raise self.refuse("back-references and rare escapes are not read here")
        self.place += 1

    def repeated(self, cost: _Cost) -> _Cost:
        found = _REPEAT.match(self.text, self.place)
        if found is None:
            return cost
        if cost.has_repeat:
            raise self.refuse("a repetition is repeated, which can take for ever")
        self.place = found.end()
        low, high = self._bounds(found)
        if self.place < len(self.text) and self.text[self.place] in "*+?{":
            raise self.refuse("a repetition is repeated, which can take for ever")
        if high is None:
            if cost.ways > 1:
                raise self.refuse("a choice is repeated without bound, which can take for ever")
            return _Cost(unbounded=1, has_repeat=True)
        if high > MOST_REPEATS or low > high:
            raise self.refuse(f"a repetition must be between 0 and {MOST_REPEATS}")
        ways = sum(cost.ways**times for times in range(low, high + 1)) if cost.ways > 1 else high - low + 1
        return _Cost(ways=ways, has_repeat=True)

    @staticmethod
    def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if found.group() in simple:
            return simple[found.group()]
        low = int(found.group(1))
        if found.group(2) is None:
            return low, low
        return low, int(found.group(3)) if found.group(3) else None


def check_regex(text: str) -> re.Pattern[str]:
    """Return `text` compiled, if it lies in the subset.

    Raises:
        InvalidCueError: It does not, and why.
    """
    reader = _Reader(text)
    if not text:
        raise reader.refuse("the expression is empty")
    reader.branches(depth=0)
    if reader.place < len(text):
        raise reader.refuse("there is a ')' too many")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise reader.refuse(f"the expression is not valid ({error})") from error
