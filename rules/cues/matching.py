"""One search for all cues: fold a text once, look at its words once, and search only what those words allow.

Exact: the same matches, overlapping ones included, as searching every cue by itself (a property test holds
this), because a cue is passed over only when a word it needs is nowhere in the text.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rules.cues.folding import FoldedText, fold_path_part, fold_text
from rules.cues.language import Cue
from rules.cues.linear_sets import LinearSet, linear_set
from rules.cues.searches import MOST_FINDS, Search
from rules.cues.words import TextWords, in_latin, words_of

__all__ = ["MOST_FINDS", "CueMatcher", "FoldedText", "Found", "fold_path_part", "fold_text"]

_MOST_DULL = 100_000
_LONG = 400
_FEW, _MANY = 12, 24

Key = TypeVar("Key")
_Shelf = tuple[tuple[Search[Key], frozenset[bytes] | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Key]):
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
        self._shelves = _Shelves(searches.values())
        self._searches = tuple(searches.values())
        self._set: LinearSet | None = None
        self._is_plain = is_plain

    def find(self, folded: str) -> Iterator[Found[Key]]:
        """Yield every cue in `folded`; each cue's variant at most 20 times. The order is the caller's to fix."""
        for search, start, end in self.spans(folded):
            for key in search.keys:
                yield Found(key=key, start=start, end=end)

    def spans(self, folded: str) -> list[tuple[Search[Key], int, int]]:
        """Return what `find` yields, with the keys still together that share a way of writing."""
        words = words_of(folded)
        return [(search, start, end) for search in self._possible(words) for start, end in search.spans(words)]

    def _possible(self, words: TextWords) -> Iterable[Search[Key]]:
        if len(words.folded) < _LONG:
            return self._shelves.possible(words)
        if len(self._searches) <= _FEW:  # looking for each costs less than cutting a long text into words
            return self._searches
        if self._is_plain:
            return self._shelves.possible(words)
        if self._set is None:
            self._set = linear_set(self._searches)
            self._is_plain = self._set is None
        numbers = None if self._set is None else self._set.possible(words)
        return self._shelves.possible(words) if numbers is None else [self._searches[number] for number in numbers]


class _Shelves(Generic[Key]):
    """Every search on a shelf under one word that it needs; one look at a text's words finds the shelves."""

    def __init__(self, searches: Collection[Search[Key]]) -> None:
        self._by_word: dict[bytes, list[Search[Key]]] = {}
        self._by_beginning: dict[bytes, list[Search[Key]]] = {}
        self._by_shape: list[tuple[re.Pattern[bytes], Search[Key]]] = []
        self._always: list[Search[Key]] = []
        for search in searches:
            self._put(search)
        self._pairs = frozenset(search.pair for search in searches if search.pair is not None)
        self._any_shape = re.compile(b"|".join(dict.fromkeys(shape.pattern for shape, _ in self._by_shape)))
        self._any_always = re.compile("|".join(f"(?:{search.expression})" for search in self._always) or "(?!)")
        self._lengths = sorted({len(beginning) for beginning in self._by_beginning})
        self._known: dict[bytes, _Shelf[Key]] = {}
        self._dull: set[bytes] = set()

    def _put(self, search: Search[Key]) -> None:
        if search.plain:  # the longest word is the rarest, near enough
            self._by_word.setdefault(max(search.plain, key=lambda word: (len(word), word)), []).append(search)
            return
        beginnings = [in_latin(head.removesuffix("*")) for head in search.heads if "#" not in head]
        longest = max((beginning for beginning in beginnings if beginning), key=len, default=b"")
        if longest:
            self._by_beginning.setdefault(longest, []).append(search)
            return
        shapes = [shape for head in search.heads if "#" in head and (shape := _shape(head)) is not None]
        if shapes:
            self._by_shape.append((max(shapes, key=lambda shape: len(shape.pattern)), search))
        else:
            self._always.append(search)

    def possible(self, words: TextWords) -> list[Search[Key]]:
        """Return every search that the words allow, each once."""
        there = words.words
        possible = list(self._always) if self._any_always.search(words.folded) else []
        several: dict[Search[Key], None] = {}
        for word in there - self._dull:
            shelf = self._known.get(word)
            if shelf is None:
                shelf = self._learn(word)
            for search, others in shelf:
                if others is None:
                    several[search] = None  # more than one word can begin so
                elif others <= there:
                    possible.append(search)
        if self._by_shape and words.is_beyond_latin:
            several |= dict.fromkeys(search for _, search in self._by_shape)  # a digit may be of another script
        if several:
            possible += several
        if len(possible) > _MANY:  # one look at every pair of words costs as much as looking for that many phrases
            pairs = words.pairs_among(self._pairs)
            possible = [search for search in possible if search.pair is None or search.pair in pairs]
        return [search for search in possible if search.may_be_in(words)]

    def _learn(self, word: bytes) -> _Shelf[Key]:
        """Return what stands under a word and which other words it needs; remember it, or that there is nothing."""
        found = list(self._by_word.get(word, ()))
        for length in self._lengths:
            found += self._by_beginning.get(word[:length], ())
        if self._by_shape and self._any_shape.fullmatch(word):
            found += [search for shape, search in self._by_shape if shape.fullmatch(word)]
        if len(self._dull) + len(self._known) > _MOST_DULL:
            self._dull.clear()
            self._known.clear()
        shelf = tuple((search, search.plain - {word} if search.plain else None) for search in found)
        if shelf:
            self._known[word] = shelf
        else:
            self._dull.add(word)
        return shelf


def _shape(head: str) -> re.Pattern[bytes] | None:
    """Return how a word with digits looks among the words of a text, or None when it cannot stand there."""
    body = in_latin("".join(r"\d" if letter == "#" else re.escape(letter) for letter in head.removesuffix("*")))
    if body is None:
        return None
    return re.compile(body + (b".*" if head.endswith("*") else b""), re.DOTALL)
