"""Labels: the words before a date that say what it is the date of ("Invoice date: 3 May 2012").

Dates are rare in most texts and have digits, so labels are only looked for near digits: the same are found as by
looking everywhere (a property test holds this).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from rules.cues.words import TextWords, in_latin, words_of

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# between a label and its date: punctuation, a few small words, perhaps the day of the week
_BETWEEN = (
    r"[\s:=(-]{0,12}(?:(?:is|was|on|the|held|made|by)[\s:]{1,5}){0,3}"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?[ ]{1,3})?"
)
_BETWEEN_CHARACTERS = 12 + 3 * 9 + 13
_MONTH_CHARACTERS = 12  # "september", and what may follow it
_LONGEST_LABEL = 40
_REACH = _LONGEST_LABEL + _BETWEEN_CHARACTERS + _MONTH_CHARACTERS
_LINE_START = r"(?:(?<=\n)|(?<![\s\S]))[ \t]{0,8}"
_INDENT = 8
_OPENING = re.compile(r"([a-z]+)(?![a-z*+?{(|\[])")
_PLAIN = re.compile(r"[a-z ]+|[a-z](?:\\\.[a-z])*\\\.\??")
_ZERO = ord("0")
_DIGITS = bytes(_ZERO if chr(code) in "0123456789" else ord(" ") for code in range(256))
_RUN = re.compile(b"00*")  # begins with a letter of its own, so that the search leaps to it

_every_opening: set[bytes] = set()


class LabelSearch:
    """Finds any of some labels with a date after them.

    Args:
        labels: What may stand before the date, as regular expressions.
        at_line_start: Words that are a label at the beginning of a line only.
    """

    def __init__(self, *labels: str, at_line_start: tuple[str, ...] = ()) -> None:
        written = [*labels, *(_LINE_START + word for word in at_line_start)]
        # what follows must begin like a date, or a longer label could not be tried at the same place
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w){_BETWEEN}(?=\d|{'|'.join(MONTH_NAMES)})")
        self._at_line_start = tuple(word for word in map(in_latin, at_line_start) if word is not None)
        openings = {_opening(label) for label in (*labels, *at_line_start)}
        self._openings = None if None in openings else frozenset(one for one in openings if one is not None)
        _every_opening.update(self._openings or ())

    def finditer(self, folded: str) -> Iterator[re.Match[str]]:
        """Yield every label in a folded text that something like a date follows, and what is between the two.

        Those whose date would have no digit are passed over.
        """
        if self._openings is None:  # it is not known how they begin
            yield from self._pattern.finditer(folded)
            return
        end = 0
        for start in self._starts(words_of(folded)):
            if start >= end and (found := self._pattern.match(folded, start)) is not None:
                end = found.end()
                yield found

    def _starts(self, words: TextWords) -> list[int]:
        near_digits = _openings_near_digits(words, len(_every_opening))
        openings = self._openings or frozenset()
        starts: list[int] = []
        for word, places in near_digits.items():
            if word not in openings:
                continue
            starts += places
            if word in self._at_line_start:
                starts += (start for place in places if (start := _line_start(words.folded, place)) is not None)
        return sorted(set(starts))


def _opening(label: str) -> bytes | None:
    """Return the first word of a label that is no longer than it looks; None for any other."""
    if not _PLAIN.fullmatch(label) or len(label) > _LONGEST_LABEL:
        return None
    found = _OPENING.match(label)
    return None if found is None else in_latin(found.group(1))


@lru_cache(maxsize=4)  # each of a class's clocks has labels of its own, looked for in the same text
def _openings_near_digits(words: TextWords, _known: int) -> dict[bytes, list[int]]:
    """Return where each word stands that begins some label and is followed by a digit, closely enough for a date.

    `_known` is how many such words there are, so that nothing is kept that was found before there were more.
    """
    places: dict[bytes, list[int]] = {}
    flat = words.flat
    for first, last in _stretches(words.latin.translate(_DIGITS)):
        begins = flat.rfind(b" ", 0, first + 1)
        for word in _every_opening.intersection(flat[begins:last].split()):
            place = flat.find(b" %b " % word, begins, last)
            while place >= 0:
                places.setdefault(word, []).append(place)
                place = flat.find(b" %b " % word, place + 1, last)
    return places


def _stretches(digits: bytes) -> Iterator[tuple[int, int]]:
    """Yield the stretches that end with a digit and in which a label of its date would begin."""
    first = last = -1
    for run in _RUN.finditer(digits):
        begins = max(run.start() - _REACH, 0)
        if first < 0:
            first = begins
        elif begins > last:
            yield first, last
            first = begins
        last = run.start()
    if first >= 0:
        yield first, last


def _line_start(folded: str, place: int) -> int | None:
    """Return where the line begins of which the word at `place` is the first, if it is and not far in."""
    start = place
    while start and folded[start - 1] in " \t" and place - start < _INDENT:
        start -= 1
    return start if not start or folded[start - 1] == "\n" else None
