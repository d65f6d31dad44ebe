"""Cuts a retention statement into words, numbers, ordinals, days and signs; numbers in words become numbers."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from rules.phrases.numerals import MONTHS, ORDINAL_WORDS, TENS, UNITS


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    ORDINAL = "ordinal"
    DAY = "day"
    SIGN = "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a statement. `key` is what the grammar compares, `start` and `end` lie in the tidied text."""

    kind: Kind
    key: str
    start: int
    end: int
    number: Fraction | None = None
    day: date | None = None
    is_in_words: bool = False


_TIDIED = (
    dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
    | dict.fromkeys(map(ord, "\u2018\u2019\u201b`\u00b4"), "'")
    | dict.fromkeys(map(ord, '\u201c\u201d\u201e\u00ab\u00bb"\u2022\u00b7'), " ")
    | {ord("&"): " and ", ord("\u00bc"): ".25", ord("\u00bd"): ".5", ord("\u00be"): ".75"}
)
_GLUING = re.compile(r"(?<=\w)-(?=[^\W\d_])")
_ABBREVIATED = re.compile(r"\b(yrs?|mths?|wks?|hrs?|min|max|approx|incl|excl|no)\.(?=\s)", re.IGNORECASE)
_AND_OR = re.compile(r"\band ?/ ?or\b", re.IGNORECASE)
_LONE_PART = re.compile(r"(?<![0-9])\.(?=(?:25|5|75)\b)")
_PIECE = re.compile(
    r"(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))"
    r"|(?P<numeric>[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{4}(?![0-9]))"
    r"|(?P<ordinal>[0-9]{1,3}(?:st|nd|rd|th)(?![^\W\d_]))"
    r"|(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,9}(?:\.[0-9]{1,3})?)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<minus>(?<!\S)-(?=[0-9]))"
    r"|(?P<sign>\S)",
    re.IGNORECASE,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_DAYS_OF_A_MONTH = 31
_HUNDRED, _LAST_DIGIT = 100, 9


def tidy(text: str) -> str:
    """Return `text` with one kind of dash, quote and space, and without hyphens inside words."""
    tidied = unicodedata.normalize("NFKC", text.translate(_TIDIED)).translate(_TIDIED)
    tidied = _AND_OR.sub("and", tidied)  # the longer of its two readings
    tidied = _ABBREVIATED.sub(r"\1", tidied)
    return " ".join(_LONE_PART.sub("0.", _GLUING.sub(" ", tidied)).split())


def tokens_of(tidied: str) -> tuple[Token, ...]:
    """Return the tokens of a text that `tidy` returned."""
    pieces = [token for found in _PIECE.finditer(tidied) if (token := _token(found)) is not None]
    return tuple(_with_days(_with_numbers(pieces)))


def _token(found: re.Match[str]) -> Token | None:
    kind, text = found.lastgroup, found.group()
    start, end = found.span()
    match kind:
        case "iso" | "numeric":
            day = _day_of(text, is_iso=kind == "iso")
            return Token(kind=Kind.SIGN if day is None else Kind.DAY, key=text, start=start, end=end, day=day)
        case "ordinal":
            return Token(kind=Kind.ORDINAL, key=text.lower(), start=start, end=end, number=Fraction(text[:-2]))
        case "number":
            number = Fraction(text.replace(",", ""))
            return Token(kind=Kind.NUMBER, key=text, start=start, end=end, number=number)
        case "minus":  # "-6 years" is no dash and six years
            return Token(kind=Kind.SIGN, key="minus", start=start, end=end)
        case "word":
            return Token(kind=Kind.WORD, key=_key(text), start=start, end=end)
        case _:
            return None if text == "'" else Token(kind=Kind.SIGN, key=text, start=start, end=end)


def _key(word: str) -> str:
    """Return the word in small letters, without the apostrophe of a possessive."""
    return word.lower().removesuffix("'s").replace("'", "")


def _day_of(text: str, *, is_iso: bool) -> date | None:
    """Return the day; a British date is written day first, so 13/02/2020 is one and 02/13/2020 none."""
    numbers = [int(part) for part in re.split(r"[-/.]", text)]
    try:
        return date(*numbers) if is_iso else date(*reversed(numbers))
    except ValueError:
        return None


def _with_numbers(tokens: list[Token]) -> list[Token]:
    """Join the words of a number: `one hundred and ten`, `seventy-five`, `twenty first`."""
    joined: list[Token] = []
    place = 0
    while place < len(tokens):
        found = _number_in_words(tokens, place)
        if found is None:
            joined.append(tokens[place])
            place += 1
            continue
        token, place = found
        joined.append(token)
    return joined


def _number_in_words(tokens: list[Token], place: int) -> tuple[Token, int] | None:
    first = tokens[place]
    total, at, is_ordinal = 0, place, False
    if (hundreds := _hundreds(tokens, at)) is not None:
        total, at = hundreds
        if at + 1 < len(tokens) and tokens[at].key == "and" and _below_hundred(tokens, at + 1) is not None:
            at += 1
    rest = _below_hundred(tokens, at)
    if rest is not None:
        number, at, is_ordinal = rest
        total += number
    if at == place:
        return None
    last = tokens[at - 1]
    kind = Kind.ORDINAL if is_ordinal else Kind.NUMBER
    key = " ".join(token.key for token in tokens[place:at])
    token = Token(
        kind=kind, key=key, start=first.start, end=last.end, number=Fraction(total), is_in_words=True
    )  # fmt: skip
    return token, at


def _hundreds(tokens: list[Token], at: int) -> tuple[int, int] | None:
    if at + 1 >= len(tokens) or tokens[at + 1].key != "hundred":
        return None
    number = 1 if tokens[at].key == "a" else UNITS.get(tokens[at].key)
    return None if number is None else (number * _HUNDRED, at + 2)


def _below_hundred(tokens: list[Token], at: int) -> tuple[int, int, bool] | None:
    if at >= len(tokens):
        return None
    key = tokens[at].key
    following = tokens[at + 1].key if at + 1 < len(tokens) else ""
    if key in TENS:
        return _tens(TENS[key], following, at)
    # "first contact" is no number, "eighteenth birthday" is one
    if key in ORDINAL_WORDS and following in ("birthday", "anniversary"):
        return ORDINAL_WORDS[key], at + 1, True
    return (UNITS[key], at + 1, False) if key in UNITS else None


def _tens(tens: int, following: str, at: int) -> tuple[int, int, bool]:
    for known, is_ordinal in ((UNITS, False), (ORDINAL_WORDS, True)):
        if 0 < known.get(following, 0) <= _LAST_DIGIT:
            return tens + known[following], at + 2, is_ordinal
    return tens, at + 1, False


def _with_days(tokens: list[Token]) -> list[Token]:
    """Join the parts of a day (31 March 2026, April 1st 1993); a month alone is its last day."""
    joined: list[Token] = []
    place = 0
    while place < len(tokens):
        for length in (4, 3, 2):
            day = _day_in_words(tokens[place : place + length]) if place + length <= len(tokens) else None
            if day is not None:
                start, end = tokens[place].start, tokens[place + length - 1].end
                key = " ".join(token.key for token in tokens[place : place + length])
                joined.append(Token(kind=Kind.DAY, key=key, start=start, end=end, day=day))
                place += length
                break
        else:
            joined.append(tokens[place])
            place += 1
    return joined


def _day_in_words(parts: list[Token]) -> date | None:
    months = [MONTHS[token.key] for token in parts if token.key in MONTHS]
    if len(months) != 1 or not all(token.key in MONTHS or token.key in ("of", ",") or token.number for token in parts):
        return None
    numbers = [int(token.number) for token in parts if token.number is not None]
    words = len(months) + len(numbers)
    year = numbers[-1] if numbers and parts[-1].number is not None else 0
    if not _FIRST_YEAR <= year <= _LAST_YEAR or len(parts) - words > 1 or parts[0].key in ("of", ","):
        return None
    if len(numbers) == 1:
        return (
            date(year, months[0], monthrange(year, months[0])[1]) if len(parts) == len(months) + len(numbers) else None
        )
    if not 1 <= numbers[0] <= min(_DAYS_OF_A_MONTH, monthrange(year, months[0])[1]):
        return None
    return date(year, months[0], numbers[0])
