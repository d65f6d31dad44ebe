"""The cue language: words as a records manager writes them, expanded into variants that can be searched fast.

`lac review`        these words in this order, whatever stands between them (spaces, hyphens, underscores)
`tenanc*`           any word that begins so
`invoice[s]`        a part that may be missing; `[and|&]` one of several that may be missing
`(cabinet|council)` one of several
`PCN #####*`        `#` is one digit
`planning ... notice`  at most 80 characters between
`^untitled*`        only at the beginning of a file name
`regex: …`          a checked subset of regular expressions, for what words cannot say

Nothing here can repeat a repetition, so no text, however hostile, takes long to search.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from rules.cues.regex_subset import check_regex
from rules.errors import InvalidCueError

MOST_VARIANTS = 400
MOST_CHARACTERS = 300
REGEX_PREFIX = "regex:"
GAP = "..."
_CUES_KEPT = 8192
_OPENING = {"(": ")", "[": "]"}
_WORD_PARTS = re.compile(r"\.\.\.|[\w#']+\*?")
# between two words of a cue: in folders never across "/", in text never across the end of a sentence
SEPARATORS = {"folder": r"[^\w/]+", "name": r"[^\w]+", "text": r"[^\w.;:!?]+"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way a cue can stand in a text.

    `tokens` are its words as written (`tenanc*`, `##`, `...` for a gap), none when it is a regular expression;
    `is_anchored` says that it stands at the very beginning.
    """

    expression: str
    tokens: tuple[str, ...] = ()
    is_anchored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A cue as written, and its variants for one kind of text."""

    written: str
    word_count: int
    variants: tuple[Variant, ...]


@lru_cache(maxsize=_CUES_KEPT)  # a cue is read when a schedule is checked, and for each matcher made of it
def parse_cue(written: str, *, kind: str) -> Cue:
    """Return `written` compiled for `kind`: "folder", "name" or "text".

    Raises:
        InvalidCueError: It is not in the cue language.
    """
    if len(written) > MOST_CHARACTERS:
        raise InvalidCueError(cue=written, what="the cue is too long", instead="write several shorter cues")
    if written.startswith(REGEX_PREFIX):
        pattern = check_regex(written.removeprefix(REGEX_PREFIX).strip())
        variant = Variant(expression=pattern.pattern)
        return Cue(written=written, word_count=2, variants=(variant,))
    body = written.removeprefix("^")
    readings = expand(fold_cue(body))
    without_apostrophes = (reading.replace("'", "") for reading in readings)
    spellings = [_tokens(written, text) for text in (*readings, *without_apostrophes)]
    unique: dict[tuple[str, ...], None] = dict.fromkeys(spellings)
    word_count = max(sum(token != GAP for token in tokens) for tokens in unique)
    if kind != "text":  # in file names people also write the words together
        joined = [("".join(tokens),) for tokens in unique if _is_joinable(tokens)]
        unique |= dict.fromkeys(joined)
    variants = [_variant(tokens, kind=kind, is_anchored=body != written) for tokens in unique]
    return Cue(written=written, word_count=word_count, variants=tuple(variants))


def fold_cue(text: str) -> str:
    """Return `text` the way texts are folded before they are searched."""
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold().replace("_", " ")


def expand(text: str) -> tuple[str, ...]:
    """Return every way to read the alternatives and optional parts of a cue.

    Raises:
        InvalidCueError: A bracket is not closed, or there are more than 400 ways.
    """
    readings, end = _expand_branches(text, 0)
    if end != len(text):
        raise InvalidCueError(cue=text, what=f"there is a {text[end]!r} too many", instead="write matching brackets")
    return tuple(dict.fromkeys(" ".join(reading.split()) for reading in readings))


def _expand_branches(text: str, start: int) -> tuple[list[str], int]:
    """Return the readings of `a|b|c` from `start` to the next closing bracket, and where that stands."""
    branches: list[str] = []
    sequence = [""]
    place = start
    while place < len(text) and text[place] not in ")]":
        character = text[place]
        if character == "|":
            branches += sequence
            sequence = [""]
        elif character in _OPENING:
            inner, place = _expand_branches(text, place + 1)
            if place >= len(text) or text[place] != _OPENING[character]:
                raise InvalidCueError(cue=text, what=f"{character!r} is not closed", instead="write matching brackets")
            inner = ["", *inner] if character == "[" else inner
            sequence = _products(text, sequence, inner)
        else:
            sequence = [reading + character for reading in sequence]
        place += 1
    return branches + sequence, place


def _products(cue: str, left: list[str], right: list[str]) -> list[str]:
    if len(left) * len(right) > MOST_VARIANTS:
        raise InvalidCueError(
            cue=cue, what=f"the cue can be read in more than {MOST_VARIANTS} ways", instead="write several cues"
        )
    return ["".join(pair) for pair in product(left, right)]


def _tokens(cue: str, text: str) -> tuple[str, ...]:
    tokens = tuple(_WORD_PARTS.findall(text))
    if not tokens or tokens[0] == GAP or tokens[-1] == GAP:
        raise InvalidCueError(
            cue=cue, what="a reading of the cue has no word at its beginning or end", instead="write at least one word"
        )
    if not any(character.isalnum() for token in tokens for character in token):
        raise InvalidCueError(cue=cue, what="the cue has no letter or digit", instead="write at least one word")
    if tokens.count(GAP) > 1:
        raise InvalidCueError(cue=cue, what="the cue has more than one '...'", instead="write one gap only")
    stray = re.sub(r"[\w#']\*(?![\w#'*])|[\w#'\s&/.,+~$-]", "", text)
    if stray:
        raise InvalidCueError(
            cue=cue, what=f"{stray[0]!r} means nothing in a cue", instead="write words, or `regex: …`"
        )
    return tokens


def _is_joinable(tokens: tuple[str, ...]) -> bool:
    return len(tokens) > 1 and GAP not in tokens and not any(token.endswith("*") for token in tokens[:-1])


def _variant(tokens: tuple[str, ...], *, kind: str, is_anchored: bool) -> Variant:
    separator = SEPARATORS[kind]
    pattern = ""
    for number, token in enumerate(tokens):
        if token == GAP:
            pattern += r"(?!\w).{1,80}?(?<!\w)"
            continue
        if number and tokens[number - 1] != GAP:
            pattern += separator
        pattern += _word_pattern(token, is_first=number == 0 and not is_anchored)
    beginning = r"\A" if is_anchored else ""
    return Variant(expression=f"{beginning}{pattern}(?!\\w)", tokens=tokens, is_anchored=is_anchored)


def _word_pattern(token: str, *, is_first: bool) -> str:
    body = "".join(r"\d" if character == "#" else re.escape(character) for character in token.removesuffix("*"))
    if is_first:
        # the look-behind stands after the word, so that the search can still leap to the word's first letters
        body = f"{body}(?<!\\w{body})"
    return body + r"\w*" if token.endswith("*") else body
