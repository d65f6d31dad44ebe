"""One thing to search for: how it can begin in a text, and the expression that decides."""

import re
from functools import cached_property
from itertools import islice
from typing import Generic, TypeVar

from rules.cues.language import GAP, Variant
from rules.cues.openings import opening_of
from rules.cues.words import TextWords, in_latin

MOST_FINDS = 20
Key = TypeVar("Key")
Span = tuple[int, int]

_RARE = 4  # letters of a word that is seldom a part of another
_SUBWORDS = re.compile(r"[\w#]+\*?")
_LITERAL = re.compile(r"[^#*]*")


class Search(Generic[Key]):
    """One way a cue can stand in a text, for every cue that can stand so."""

    def __init__(self, variant: Variant) -> None:
        self.keys: list[Key] = []
        self.expression = variant.expression
        self._is_anchored = variant.is_anchored
        first = variant.tokens[0] if variant.tokens else ""
        self.lead = len(first) - len(first.lstrip("'"))
        """How many characters of it stand before its first word."""
        run = variant.tokens[: variant.tokens.index(GAP)] if GAP in variant.tokens else variant.tokens
        self.run = _subwords(run)
        """Its words as far as its first gap."""
        self.opening = opening_of(self.run) if first.strip("'") else b""
        """What the shape of a text holds wherever it begins; nothing when that cannot be said."""
        self.has_digits = b"0" in self.opening and any("#" in word for word in self.run)
        """Whether digits of another script could stand in its opening."""
        beginning = _beginning(self.run) if first.strip("'") else b""
        self._is_rare = len(beginning) >= _RARE
        self._beginning = beginning if self._is_rare or not beginning else b" " + beginning
        self._before = self.lead + self._is_rare

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression compiled: of thousands a drive shows dozens, so each when first needed."""
        return re.compile(self.expression)

    def spans(self, words: TextWords) -> list[Span]:
        """Return where it stands, the first 20 times, as a search of the whole text would find it."""
        if self._is_anchored:
            found = self.pattern.match(words.folded)
            return [] if found is None else [found.span()]
        if not self._beginning:
            return [one.span() for one in islice(self.pattern.finditer(words.folded), MOST_FINDS)]
        return self._spans_at_beginnings(words)

    def _spans_at_beginnings(self, words: TextWords) -> list[Span]:
        # a short word is a part of many others, so that it pays to have the text without what is between words
        where = words.latin if self._is_rare else words.flat
        folded, beginning, before, match = words.folded, self._beginning, self._before, self.pattern.match
        spans: list[Span] = []
        place = where.find(beginning, before)
        while place >= 0:
            found = match(folded, place - before)
            if found is None:
                place = where.find(beginning, place + 1)
                continue
            spans.append(span := found.span())
            if len(spans) == MOST_FINDS:
                break
            place = where.find(beginning, span[1] + before)
        return spans


def _subwords(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for token in tokens for part in _SUBWORDS.findall(token))


def _beginning(run: tuple[str, ...]) -> bytes:
    """Return what the text in Latin-1 holds wherever `run` begins; nothing when that cannot be said."""
    literal = _LITERAL.match(run[0]) if run else None
    return (in_latin(literal.group()) if literal is not None else None) or b""
