"""A place in the tokens of a statement: what stands there, and whether it is the words one looks for."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Self

from rules.phrases.tokens import Kind, Token

_NOTHING = Token(kind=Kind.SIGN, key="", start=0, end=0)


@lru_cache(maxsize=4096)
def _by_first_word(phrases: tuple[str, ...]) -> dict[str, list[tuple[str, ...]]]:
    """Return phrases by their first words, the longest first: few of many can stand at a place."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for words in sorted((tuple(phrase.split()) for phrase in phrases), key=len, reverse=True):
        found.setdefault(words[0], []).append(words)
    return found


@dataclass(slots=True)
class Cursor:
    """A place in a sentence. Beyond the end stands a sign without a key."""

    text: str
    tokens: tuple[Token, ...]
    place: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_at_end(self) -> bool:
        """Tell whether everything was read."""
        return self.place >= len(self.tokens)

    def token(self, ahead: int = 0) -> Token:
        """Return the token `ahead` of the place."""
        at = self.place + ahead
        return self.tokens[at] if at < len(self.tokens) else _NOTHING

    def key(self, ahead: int = 0) -> str:
        """Return the key of the token `ahead` of the place."""
        return self.token(ahead).key

    def stands(self, *phrases: str, ahead: int = 0) -> bool:
        """Tell whether the words of one of `phrases` stand here."""
        return self.length_at(self.place + ahead, *phrases) > 0

    def take(self, *phrases: str) -> bool:
        """Read the longest of `phrases` that stands here."""
        length = self.length_at(self.place, *phrases)
        self.place += length
        return length > 0

    def length_at(self, at: int, *phrases: str) -> int:
        """Return how many words the longest of `phrases` has that stands at a place; 0 for none."""
        if at >= len(self.tokens):
            return 0
        for words in _by_first_word(phrases).get(self.tokens[at].key, ()):
            end = at + len(words)
            if len(words) == 1 or tuple(token.key for token in self.tokens[at:end]) == words:
                return len(words)
        return 0

    def take_any(self, keys: Collection[str]) -> str:
        """Read one token whose key is among `keys`, and return it; empty when there is none."""
        key = self.key()
        if key and key in keys:
            self.place += 1
            return key
        return ""

    def skip(self, keys: Collection[str]) -> None:
        """Read all tokens whose keys are among `keys`."""
        while self.take_any(keys):
            pass

    def words(self, first: int, last: int) -> str:
        """Return the text from one place to before another, as it is written."""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end] if first < last else ""

    def rest(self) -> str:
        """Return the text from here to the end."""
        return self.words(self.place, len(self.tokens))

    def part(self, first: int, last: int) -> "Cursor":
        """Return a cursor that sees only the tokens from one place to before another."""
        return Cursor(self.text, self.tokens[first:last], findings=self.findings)

    def attempt(self) -> "Attempt":
        """Return an attempt that goes back to this place, as it is left, unless it is kept."""
        return Attempt(self)


class Attempt:
    """What is read within it counts only if it is kept; findings included."""

    __slots__ = ("_cursor", "_found", "_place", "is_kept")

    def __init__(self, cursor: Cursor) -> None:
        self._cursor, self._place, self._found = cursor, cursor.place, len(cursor.findings)
        self.is_kept = False

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go back, unless it is kept."""
        if not self.is_kept:
            self._cursor.place = self._place
            del self._cursor.findings[self._found :]
