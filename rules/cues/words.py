"""The words of a folded text, found once for everything that is looked for in it.

Words are kept in Latin-1, one byte for one character, with a space for whatever is no part of a word: so places
in `flat` are places in the text, and cutting it into words costs little. A character beyond Latin-1 becomes a
space too. What is found here is therefore only where a cue *may* be; the text itself is looked at to be sure.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Generic, TypeVar

_SPACE = ord(" ")
_WORD = re.compile(r"\w")
_FLAT = bytes(code if _WORD.match(chr(code)) else _SPACE for code in range(256))
_OF_WORDS = re.escape(bytes(code for code in range(256) if _FLAT[code] != _SPACE))
NO_WORD = b"[^%b]" % _OF_WORDS
"""One character of `latin` that is no part of a word, as a regular expression."""
_BEYOND = re.compile(r"[^\x00-\xff]")


Value = TypeVar("Value")


class _Once(Generic[Value]):
    """A property worked out when it is first asked for; `functools.cached_property` takes a lock each time."""

    def __init__(self, work_out: Callable[["TextWords"], Value]) -> None:
        self._work_out = work_out
        self._name = work_out.__name__
        self.__doc__ = work_out.__doc__

    def __get__(self, words: "TextWords", owner: type["TextWords"]) -> Value:
        found = words.__dict__[self._name] = self._work_out(words)
        return found


class TextWords:
    """A folded text and its words. `latin` and `flat` begin and end with a space that the text does not have."""

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self.latin = b" %b " % folded.encode("latin-1", "replace")

    @_Once
    def flat(self) -> bytes:
        """Return the text with a space for whatever is no part of a word."""
        return self.latin.translate(_FLAT)

    @_Once
    def listed(self) -> list[bytes]:
        """Return the words in order."""
        return self.flat.split()

    @_Once
    def words(self) -> frozenset[bytes]:
        """Return the words, each once."""
        return frozenset(self.listed)

    @_Once
    def joined(self) -> bytes:
        """Return the words in order with one space before and after each."""
        return b" %b " % b" ".join(self.listed)

    def pairs_among(self, pairs: frozenset[tuple[bytes, bytes]]) -> frozenset[tuple[bytes, bytes]]:
        """Return those of `pairs` that stand somewhere next to each other."""
        return pairs.intersection(zip(self.listed, islice(self.listed, 1, None), strict=False))

    @_Once
    def is_beyond_latin(self) -> bool:
        """Tell whether some character of the text is not one of `flat`, so that a word may be cut in two there."""
        return not self.folded.isascii() and _BEYOND.search(self.folded) is not None


@lru_cache(maxsize=4)  # classification, clauses and dating look at the same text one after the other
def words_of(folded: str) -> TextWords:
    """Return the words of `folded`."""
    return TextWords(folded)


def in_latin(word: str) -> bytes | None:
    """Return `word` as it stands among the words of a text, or None when it can not."""
    try:
        return word.encode("latin-1")
    except UnicodeEncodeError:
        return None
