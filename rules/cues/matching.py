"""One search for all cues: fold a text once, look at its words, and search only what those words allow.

Exact: the same matches, overlapping ones included, as searching every cue by itself (a property test holds
this), because a cue is passed over only when a word it needs is nowhere in the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from rules.cues.language import Cue, Variant

MOST_FINDS_A_CUE = 20
_WORDS = re.compile(r"\w+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_TEXT_SIGNS = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "_": " "})
_PATH_SIGNS = str.maketrans({"\N{RIGHT SINGLE QUOTATION MARK}": "'", "_": " ", "+": " ", "\\": "/"})

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Key]):
    """A cue found in a folded text, between two characters."""

    key: Key
    start: int
    end: int


class CueMatcher(Generic[Key]):
    """Finds many cues at once in folded text. `key` is whatever the caller wants back with a find."""

    def __init__(self, cues: Iterable[tuple[Key, Cue]]) -> None:
        self._by_word: dict[str, list[tuple[Key, Variant]]] = {}
        self._by_prefix: dict[str, list[tuple[Key, Variant]]] = {}
        self._always: list[tuple[Key, Variant]] = []
        self._compiled: dict[str, re.Pattern[str]] = {}
        for key, cue in cues:
            for variant in cue.variants:
                self._shelf(variant).append((key, variant))
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def _shelf(self, variant: Variant) -> list[tuple[Key, Variant]]:
        if variant.words:  # the longest word is the rarest, near enough
            return self._by_word.setdefault(max(variant.words, key=lambda word: (len(word), word)), [])
        if variant.prefix:
            return self._by_prefix.setdefault(variant.prefix, [])
        return self._always

    def find(self, folded: str) -> Iterator[Found[Key]]:
        """Yield every cue in `folded`; each cue's variant at most 20 times. The order is the caller's to fix."""
        words = set(_WORDS.findall(folded))
        for key, variant in self._possible(words):
            for count, found in enumerate(self._pattern(variant).finditer(folded)):
                if count == MOST_FINDS_A_CUE:
                    break
                yield Found(key=key, start=found.start(), end=found.end())

    def _pattern(self, variant: Variant) -> re.Pattern[str]:
        # thousands of variants, of which a drive shows dozens: each is compiled when first needed
        pattern = self._compiled.get(variant.expression)
        if pattern is None:
            pattern = self._compiled[variant.expression] = re.compile(variant.expression)
        return pattern

    def _possible(self, words: set[str]) -> Iterator[tuple[Key, Variant]]:
        for word in words & self._by_word.keys():
            for key, variant in self._by_word[word]:
                if variant.words <= words:
                    yield key, variant
        if self._by_prefix:
            for prefix in {word[:length] for word in words for length in self._prefix_lengths} & self._by_prefix.keys():
                yield from self._by_prefix[prefix]
        yield from self._always


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedText:
    """A text as it is searched, beside the original. Evidence quotes the original where lengths agree."""

    original: str
    folded: str

    def quote(self, start: int, end: int) -> str:
        """Return the words found, as they were written if that is known."""
        source = self.original if len(self.original) == len(self.folded) else self.folded
        return source[start:end]


@lru_cache(maxsize=4)  # classification, dating and clauses fold the same text one after the other
def fold_text(text: str) -> FoldedText:
    """Return `text` folded for searching: NFC, case folded, one kind of apostrophe, `_` as a space."""
    return FoldedText(original=text, folded=_fold(text.translate(_TEXT_SIGNS)))


def fold_path_part(part: str) -> FoldedText:
    """Return a folder or file name folded: as text, and `+`, `%20` and the humps of CamelCase as spaces."""
    plain = part.translate(_PATH_SIGNS).replace("%20", "   ")
    return FoldedText(original=part, folded=_fold(_CAMEL.sub(" ", plain)))


def _fold(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
