"""One search for all cues: fold a text once, go through it once, and look closer only where a cue may begin.

Exact: the same matches, overlapping ones included, as searching every cue by itself (a property test holds
this), because a place is passed over only when no cue's first words stand there.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from rules.cues.folding import FoldedText, fold_path_part, fold_text
from rules.cues.language import Cue
from rules.cues.linear_sets import LinearSet, linear_set
from rules.cues.openings import Openings
from rules.cues.searches import MOST_FINDS, Search, Span
from rules.cues.words import TextWords, words_of

__all__ = ["MOST_FINDS", "CueMatcher", "FoldedText", "Found", "fold_path_part", "fold_text"]

_LONG = 400
_FEW = 12
_NONE: frozenset[Any] = frozenset()

Key = TypeVar("Key")
_Sight = tuple[Search[Key], int, int]


class Found(NamedTuple, Generic[Key]):
    """A cue found in a folded text, between two characters."""

    key: Key
    start: int
    end: int


class CueMatcher(Generic[Key]):
    """Finds many cues at once in folded text. `key` is whatever the caller wants back with a find.

    Args:
        cues: The cues, each with its key.
        is_plain: Search without the `fast` extra, even if it is installed.
    """

    def __init__(self, cues: Iterable[tuple[Key, Cue]], *, is_plain: bool = False) -> None:
        searches: dict[str, Search[Key]] = {}
        for key, cue in cues:
            for variant in cue.variants:
                search = searches.get(variant.expression) or searches.setdefault(variant.expression, Search(variant))
                search.keys.append(key)
        self._searches = tuple(searches.values())
        self._set: LinearSet | None = None
        self._is_plain = is_plain

    def find(self, folded: str) -> Iterator[Found[Key]]:
        """Yield every cue in `folded`; each cue's variant at most 20 times. The order is the caller's to fix."""
        for search, start, end in self.spans(folded):
            for key in search.keys:
                yield Found(key=key, start=start, end=end)

    def spans(self, folded: str) -> list[_Sight[Key]]:
        """Return what `find` yields, with the keys still together that share a way of writing."""
        if len(folded) < _LONG:
            return self._at_openings.spans(TextWords(folded))
        words = words_of(folded)
        if len(self._searches) <= _FEW:  # looking for each costs less
            return _each(self._searches, words)
        numbers = None if self._is_plain else self._numbers(words)
        if numbers is None:
            return self._at_openings.spans(words)
        return _each([self._searches[number] for number in numbers], words)

    def _numbers(self, words: TextWords) -> list[int] | None:
        """Return which searches may find something, None when the extra cannot say."""
        if self._set is None:
            self._set = linear_set(self._searches)
            self._is_plain = self._set is None
        return None if self._set is None else self._set.possible(words)

    @cached_property
    def _at_openings(self) -> "_AtOpenings[Key]":
        return _AtOpenings(self._searches)


def _each(searches: Iterable[Search[Key]], words: TextWords) -> list[_Sight[Key]]:
    return [(search, start, end) for search in searches for start, end in search.spans(words)]


class _AtOpenings(Generic[Key]):
    """Looks for each search where its opening stands, and everywhere for the few that have none."""

    def __init__(self, searches: Iterable[Search[Key]]) -> None:
        self._by_opening: dict[bytes, list[Search[Key]]] = {}
        self._others: list[Search[Key]] = []
        for search in searches:
            if search.opening:
                self._by_opening.setdefault(search.opening, []).append(search)
            else:
                self._others.append(search)
        self._with_digits = frozenset(one for ones in self._by_opening.values() for one in ones if one.has_digits)
        self._openings = Openings(self._by_opening)
        self._any_other = re.compile("|".join(f"(?:{search.expression})" for search in self._others) or "(?!)")

    def spans(self, words: TextWords) -> list[_Sight[Key]]:
        """Return where every search finds something, as if each had looked through the whole text."""
        folded = words.folded
        found = _each(self._others, words) if self._others and self._any_other.search(folded) else []
        searched = self._with_digits if self._with_digits and words.has_digits_beyond else _NONE
        found += _each(searched, words)
        begun = self._openings.find(words.shape)
        if not begun:
            return found
        spans: dict[Search[Key], list[Span]] = {}
        for place, openings in begun:
            for opening in openings:
                for search in self._by_opening[opening]:
                    if search not in searched:
                        _look(search, folded, place - search.lead, spans)
        return found + [(search, *span) for search, ones in spans.items() for span in ones]


def _look(search: Search[Key], folded: str, start: int, spans: dict[Search[Key], list[Span]]) -> None:
    """Add what `search` finds at `start` to its `spans`, unless it overlaps with the last one or there are enough."""
    ones = spans.get(search)
    if start < 0 or (ones is not None and (start < ones[-1][1] or len(ones) >= MOST_FINDS)):
        return
    found = search.pattern.match(folded, start)
    if found is not None:
        spans.setdefault(search, []).append(found.span())
