"""The `fast` extra: RE2 looks for all cues in one pass, in time linear in the text whatever the cues are.

It only says which cues may be there; the same expressions as without it decide where they are.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol

from rules.cues.words import NO_WORD, TextWords, in_latin

_MOST_MEMORY_BYTES = 64 << 20
_SENTINEL = rb"\A "  # only there: what is found again and again costs as much as the rest of the search
_Numbers = tuple[int, ...]


class Searched(Protocol):
    """What a set must know of a search: its words as far as its first gap."""

    @property
    def run(self) -> tuple[str, ...]:
        """Return the words, as written in the cue."""


class LinearSet:
    """Searches compiled into one automaton."""

    def __init__(self, automaton: Any, numbers: _Numbers, always: _Numbers, with_digits: _Numbers) -> None:  # noqa: ANN401  # the extra has no types
        self._automaton = automaton
        self._numbers = numbers
        self._always = always
        self._with_digits = with_digits
        self._sentinel = len(numbers)

    def possible(self, words: TextWords) -> list[int] | None:
        """Return the numbers of the searches that may be in a text; None when the automaton could not say."""
        found = self._automaton.Match(words.latin)
        # an automaton that ran out of memory finds nothing, not even that every text begins with a space
        if not found or self._sentinel not in found:
            return None
        found.remove(self._sentinel)
        possible = [*self._always, *[self._numbers[place] for place in found]]
        if self._with_digits and words.has_digits_beyond:
            return list(dict.fromkeys((*possible, *self._with_digits)))
        return possible


def linear_set(searches: Iterable[Searched]) -> LinearSet | None:
    """Return the set of `searches`, or None when the extra is not installed."""
    try:
        re2 = import_module("re2")
    except ImportError:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _MOST_MEMORY_BYTES
    options.log_errors = False
    automaton = re2.Set.SearchSet(options)
    numbers: list[int] = []
    always: list[int] = []
    with_digits: list[int] = []
    for number, search in enumerate(searches):
        expression = _expression(search.run)
        if expression is None or automaton.Add(expression) != len(numbers):  # it could not be taken in
            always.append(number)
            continue
        numbers.append(number)
        if any("#" in word for word in search.run):
            with_digits.append(number)
    automaton.Add(_SENTINEL)
    automaton.Compile()
    return LinearSet(automaton, tuple(numbers), tuple(always), tuple(with_digits))


def _expression(run: tuple[str, ...]) -> bytes | None:
    """Return what the text in Latin-1 holds wherever `run` stands, or None when that cannot be said.

    What follows a `*` is not looked for: the rest of such a word may hold characters that are not in Latin-1.
    """
    expression = b""
    for word in run:
        body = in_latin("".join("[0-9]" if letter == "#" else re.escape(letter) for letter in word.removesuffix("*")))
        if body is None:
            return None
        expression += (NO_WORD + b"+" if expression else NO_WORD) + body
        if word.endswith("*"):
            return expression
    return expression + NO_WORD if expression else None
