"""One thing to search for: what a text must hold for it, where it can begin, and the expression that decides."""

import re
from functools import cached_property
from itertools import islice
from typing import Generic, TypeVar

from rules.cues.language import GAP, Variant
from rules.cues.words import TextWords, in_latin

MOST_FINDS = 20
Key = TypeVar("Key")
Span = tuple[int, int]

_SUBWORDS = re.compile(r"[\w#]+\*?")
_LITERAL = re.compile(r"[^#*]*")


class Search(Generic[Key]):
    """One way a cue can stand in a text, for every cue that can stand so."""

    def __init__(self, variant: Variant) -> None:
        self.keys: list[Key] = []
        self.expression = variant.expression
        self._is_anchored = variant.is_anchored
        first = variant.tokens[0] if variant.tokens else ""
        self._lead = len(first) - len(first.lstrip("'"))
        run = variant.tokens[: variant.tokens.index(GAP)] if GAP in variant.tokens else variant.tokens
        self.run = _subwords(run)  # as far as the first gap
        everything = _subwords(variant.tokens)
        self.plain = frozenset(word for word in map(_plain, everything) if word is not None)
        """The words of the text that must be there as they are."""
        self.heads = tuple(word for word in everything if _plain(word) is None)
        """Its other words, which end in `*` or hold a `#`."""
        first_two = [word for word in map(_plain, self.run[:2]) if word is not None]
        self.pair = (first_two[0], first_two[1]) if len(first_two) > 1 else None
        """Its first two words, if they are plain: they stand next to each other."""
        self._opening = _opening(self.run) if first.strip("'") else b""
        self._joined = _joined(self.run) if len(self.run) > 1 else b""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression compiled: of thousands a drive shows dozens, so each when first needed."""
        return re.compile(self.expression)

    def may_be_in(self, words: TextWords) -> bool:
        """Tell whether its words stand side by side somewhere, whatever is between them."""
        return not self._joined or self._joined in words.joined

    def spans(self, words: TextWords) -> list[Span]:
        """Return where it stands, the first 20 times, as a search of the whole text would find it."""
        if self._is_anchored:
            found = self.pattern.match(words.folded)
            return [] if found is None else [found.span()]
        if not self._opening:
            return [one.span() for one in islice(self.pattern.finditer(words.folded), MOST_FINDS)]
        return self._spans_at_openings(words)

    def _spans_at_openings(self, words: TextWords) -> list[Span]:
        flat, folded, opening, lead, match = words.flat, words.folded, self._opening, self._lead, self.pattern.match
        spans: list[Span] = []
        place = flat.find(opening, lead)
        while place >= 0:
            # the opening begins with a space before the word, and `flat` with one that the text does not have
            found = match(folded, place - lead)
            if found is None:
                place = flat.find(opening, place + 1)
                continue
            spans.append(found.span())
            if len(spans) == MOST_FINDS:
                break
            place = flat.find(opening, found.end() + lead)
        return spans


def _subwords(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for token in tokens for part in _SUBWORDS.findall(token))


def _plain(word: str) -> bytes | None:
    return None if "#" in word or word.endswith("*") else in_latin(word)


def _opening(run: tuple[str, ...]) -> bytes:
    """Return what the flat text holds wherever `run` begins; nothing when that cannot be said."""
    whole = _plain(run[0]) if run else None
    if whole is not None:
        return b" %b " % whole
    literal = _LITERAL.match(run[0]) if run else None
    beginning = in_latin(literal.group()) if literal is not None else None
    return b" %b" % beginning if beginning else b""


def _joined(run: tuple[str, ...]) -> bytes:
    """Return what the joined words hold wherever `run` stands: its first words, as far as they are plain."""
    joined = b""
    for word in run:
        whole = _plain(word)
        if whole is None:
            literal = _LITERAL.match(word)
            beginning = in_latin(literal.group()) if literal is not None else None
            return joined + b" %b" % beginning if beginning is not None else joined
        joined += b" %b" % whole
    return joined + b" " if joined else b""
