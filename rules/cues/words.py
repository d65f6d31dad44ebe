"""The words of a folded text, found once for everything that is looked for in it.

Words are kept in Latin-1, one byte for one character, with a space for whatever is no part of a word: so places
in `flat` are places in the text, and cutting it into words costs little. A character beyond Latin-1 becomes a
space too. What is found here is therefore only where a cue *may* be; the text itself is looked at to be sure.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

_SPACE, _ZERO = ord(" "), ord("0")
_WORD = re.compile(r"\w")
_FLAT = bytes(code if _WORD.match(chr(code)) else _SPACE for code in range(256))
_OF_WORDS = re.escape(bytes(code for code in range(256) if _FLAT[code] != _SPACE))
NO_WORD = b"[^%b]" % _OF_WORDS
"""One character of `latin` that is no part of a word, as a regular expression."""
_DIGITS = frozenset(b"0123456789")
_SHAPE = bytes(_ZERO if code in _DIGITS else _FLAT[code] for code in range(256))
_ASCII = bytes(range(128))
_DIGIT_BEYOND = re.compile(r"[^\D\x00-\xff]")


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
    def shape(self) -> bytes:
        """Return the same with a 0 for each digit."""
        return self.latin.translate(_SHAPE)

    @_Once
    def has_digits_beyond(self) -> bool:
        """Tell whether there are digits of another script, which the shape does not have."""
        if self.folded.isascii():
            return False
        foreign = self.folded.encode("utf-8", "surrogatepass").translate(None, _ASCII)
        return _DIGIT_BEYOND.search(foreign.decode("utf-8", "surrogatepass")) is not None


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


def in_shape(word: str) -> bytes | None:
    """Return `word` as it stands in the shape of a text, or None when it can not."""
    written = in_latin(word)
    return None if written is None else written.translate(_SHAPE)
