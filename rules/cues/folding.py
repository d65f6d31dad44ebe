"""Folding: the one spelling in which cues and texts are compared, kept beside what was written."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_ASCII = bytes(range(128))
# small letters of Latin-1 and the signs of ordinary print: they are their own NFC, join with nothing, and have no case
_NEVER_CHANGES = re.compile("[\xa0-\xb4\xb6-\xbf\xd7\xe0-\xff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2122]*")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_PARTS_KEPT = 4096


class FoldedText(NamedTuple):
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
    return FoldedText(original=text, folded=_fold(text.replace(_APOSTROPHE, "'").replace("_", " ")))


@lru_cache(maxsize=_PARTS_KEPT)  # a drive has far fewer folders than files
def fold_path_part(part: str) -> FoldedText:
    """Return a folder or file name folded: as text, and `+`, `%20` and the humps of CamelCase as spaces."""
    plain = part.replace(_APOSTROPHE, "'").replace("_", " ").replace("+", " ").replace("\\", "/")
    plain = plain.replace("%20", "   ")
    return FoldedText(original=part, folded=_fold(plain if plain.islower() else _CAMEL.sub(" ", plain)))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    # most of a text is ASCII, where folding is a matter of bytes; what is not, is looked at by itself
    written = text.encode("utf-8", "surrogatepass")
    foreign = written.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    if _NEVER_CHANGES.fullmatch(foreign):
        return written.lower().decode("utf-8", "surrogatepass")
    return unicodedata.normalize("NFC", text).casefold()
