"""Reading text that is just text: notes, tables with commas, logs, calendars, in any usual encoding.

The encoding is taken from the byte order mark, else from the zeros of UTF-16 and UTF-32, else UTF-8 when the bytes
are valid UTF-8, else what the file declares, else Windows' Western European one, in which every old British file
can be read. Another one is assumed only where the bytes can hardly mean anything else.
"""

import codecs
import re

from scanners.identification.plain_types import encoding_mark
from scanners.text.reading import Draft

_WESTERN = "cp1252"
_MACINTOSH = "mac_roman"
_DOS = "cp850"
_BYTES_PER_CHAR = 4
_LOOK_BYTES = 16 << 10
_CUT_CHARACTER = "unexpected end of data"

# Python's list of codecs also holds ciphers, compressors and some that fail on odd bytes.
_DECLARABLE = re.compile(
    r"iso8859-(?:[2-9]|1\d)|cp(?:125\d|437|8[56]\d|93[26]|949|950)|koi8-[rtu]|gb\w+|big5|euc_\w+|shift_jis|mac[_-]\w+"
)
_WESTERN_NAMES = frozenset({"ascii", "iso8859-1", _WESTERN})
# Written in seven bits, so that they pass for ASCII; believed only where they are declared.
_SEVEN_BITS = re.compile(r"iso2022_\w+|hz|utf-7")
_JAPANESE_SHIFT = (b"\x1b$B", b"\x1b$@")
_JAPANESE = ("cp932", "euc_jp")
_KANA = re.compile("[\u3041-\u30fe]")
_MIN_KANA, _MIN_KANA_SHARE = 8, 0.2
_DOS_POUND = re.compile(rb"(?<![A-Za-z])\x9c ?[0-9]")  # in Windows' encoding a letter, which no figure follows
_MAX_ZEROS_AMISS = 0.05
_MIN_ZEROS = 0.5
_MAX_STRAYS = 0.1


def read_plain(content: bytes, draft: Draft) -> None:
    """Collect text as it stands.

    Raises:
        EnoughTextError: The draft is full.
    """
    wanted = draft.limit_chars * _BYTES_PER_CHAR
    text = decode(content[:wanted])
    draft.add(text)
    draft.is_cut_short = draft.is_cut_short or len(content) > wanted


def decode(content: bytes, *, declared: str | None = None) -> str:
    """Return bytes as text; never fails, as the last resort knows a character for nearly every byte.

    Args:
        content: The bytes; a character may be cut at their end.
        declared: What `encoding_called` made of what the file says about itself.
    """
    marked = encoding_mark(content)
    if marked:
        mark, encoding = marked
        return _decoded(content[len(mark) :], encoding)
    told = _told_by_bytes(content, declared)
    if told:
        return _decoded(content, told)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if error.end == len(content) and not content[: error.start].isascii() and error.reason == _CUT_CHARACTER:
            return content[: error.start].decode()
        return _decoded(content, declared or _eight_bit_encoding(content))


def encoding_called(name: str) -> str | None:
    """Return the encoding that a file declares under this name, if it is one and more than a guess would tell."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if found in _WESTERN_NAMES:
        return _WESTERN
    return found if _DECLARABLE.fullmatch(found) or _SEVEN_BITS.fullmatch(found) else None


def _told_by_bytes(content: bytes, declared: str | None) -> str | None:
    """Return the encoding of what would pass for UTF-8 and is none."""
    if declared and _SEVEN_BITS.fullmatch(declared):
        return declared
    if any(shift in content for shift in _JAPANESE_SHIFT):
        return "iso2022_jp"
    return _wide_encoding(content)


def _decoded(content: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(content)


def _wide_encoding(content: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 without a mark by where their zeros stand, as they do in any Western text."""
    look = content[: min(_LOOK_BYTES, len(content) // 4 * 4 or len(content) // 2 * 2)]
    if b"\0" not in look:
        return None
    zeros = [_share_of_zeros(look[place::4]) for place in range(4)]
    for encoding, empty, full in (
        ("utf-32-le", (1, 2, 3), (0,)),
        ("utf-32-be", (0, 1, 2), (3,)),
        ("utf-16-le", (1, 3), (0, 2)),
        ("utf-16-be", (0, 2), (1, 3)),
    ):
        if all(zeros[place] >= _MIN_ZEROS for place in empty) and all(zeros[at] <= _MAX_ZEROS_AMISS for at in full):
            return encoding
    return None


def _share_of_zeros(taken: bytes) -> float:
    return taken.count(0) / len(taken) if taken else 1.0


def _eight_bit_encoding(content: bytes) -> str:
    """Return the likeliest encoding of what is not valid UTF-8."""
    look = content[:_LOOK_BYTES]
    letters = look.decode("utf-8", "replace")
    strays = letters.count("\ufffd")
    foreign = sum(not letter.isascii() for letter in letters) - strays
    if strays <= foreign * _MAX_STRAYS:
        return "utf-8"  # a few damaged letters in what is otherwise UTF-8
    for encoding in _JAPANESE:
        if _is_japanese(look, encoding):
            return encoding
    if b"\r" in look and b"\n" not in look:
        return _MACINTOSH  # only old Macintoshes ended lines so
    return _DOS if _DOS_POUND.search(look) else _WESTERN


def _is_japanese(look: bytes, encoding: str) -> bool:
    try:
        letters = codecs.getincrementaldecoder(encoding)().decode(look)
    except UnicodeDecodeError:
        return False
    kana = len(_KANA.findall(letters))
    foreign = sum(not letter.isascii() for letter in letters)
    return kana >= _MIN_KANA and kana >= foreign * _MIN_KANA_SHARE
