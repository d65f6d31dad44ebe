"""Where searches can begin: one expression for the openings of all, which goes through a text once.

An opening is what the words of a text hold wherever a search finds something: its first words, up to the first gap,
`*` or 32 characters, every digit a 0. The expression is a trie of them, so it tries each place of a text once and not
once for each search; what it finds is only where a search may begin, and the search's own expression decides.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from rules.cues.words import in_shape

MOST_OPENING = 32  # as deep as the expression can be nested
_LITERAL = re.compile(r"[^*]*")
_SPACE = " "
_EXPRESSIONS_KEPT = 64
_SEVERAL_SPACES = re.compile(b"  +")

_Search = Callable[..., re.Match[bytes] | None]


def opening_of(run: Iterable[str]) -> bytes:
    """Return what the shape of a text holds wherever `run` stands, from the space before it; nothing if unknown."""
    opening = b""
    for word in run:
        literal = _LITERAL.match(word)
        written = in_shape("" if literal is None else literal.group().replace("#", "0"))
        if written is None:
            break
        opening += b" %b" % written
        if word.endswith("*"):
            return opening[:MOST_OPENING]
    return (opening + b" ")[:MOST_OPENING] if opening else b""


class Openings:
    """Finds which of many openings stand where in the shape of a text, overlapping ones included."""

    def __init__(self, openings: Iterable[bytes]) -> None:
        self._search, self._all_of = _compiled(tuple(sorted(set(openings))))

    def find(self, shape: bytes) -> list[tuple[int, tuple[bytes, ...]]]:
        """Return each place where openings begin, with all that begin there."""
        search, begun = self._search, []
        found = search(shape)
        while found is not None:
            place, written = found.span()[0], found.group()
            openings = self._all_of.get(written)
            begun.append((place, self._all_of[_SEVERAL_SPACES.sub(b" ", written)] if openings is None else openings))
            found = search(shape, place + 1)
        return begun


@lru_cache(maxsize=_EXPRESSIONS_KEPT)  # a schedule's classifiers all look for the same
def _compiled(openings: tuple[bytes, ...]) -> tuple[_Search, Mapping[bytes, tuple[bytes, ...]]]:
    root, known = _Node(), frozenset(openings)
    for opening in openings:
        root.add(opening.decode("latin-1").removeprefix(_SPACE))
    all_of = {opening: tuple(one for one in _beginnings(opening) if one in known) for opening in openings}
    expression = f"{_SPACE}{root.expression}" if openings else "(?!)"
    return re.compile(expression.encode("latin-1")).search, all_of


def _beginnings(opening: bytes) -> Iterator[bytes]:
    return (opening[:length] for length in range(1, len(opening) + 1))


class _Node:
    """A place in the trie: what may follow it, and whether an opening is complete here."""

    __slots__ = ("is_whole", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.is_whole = False

    def add(self, opening: str) -> None:
        node = self
        for letter in opening:
            node = node.next.setdefault(letter, _Node())
        node.is_whole = True

    @property
    def expression(self) -> str:
        """Return what matches the longest way from here to the end of an opening; there is never a second way."""
        ways = [_letter(letter, node) + node.expression for letter, node in sorted(self.next.items())]
        if not ways:
            return ""
        if len(ways) == 1 and not self.is_whole:
            return ways[0]
        return f"(?:{'|'.join(ways)}){'?' if self.is_whole else ''}"


def _letter(letter: str, node: _Node) -> str:
    return " +" if letter == _SPACE and node.next else re.escape(letter)
