"""Text for the printed page: every character visible, in the order it is stored in, and never too long for a line.

The fonts that the page is set in hold the Latin, Greek and Cyrillic alphabets. Whatever else a file name holds is
spelt out by its number: a control character, which would be invisible; a letter of a right-to-left script, which would
turn the rest of the name round; and a letter that the fonts lack, which would be an empty box. The attached list has
every name as it is.
"""

import re
from itertools import chain

_RANGES = (
    (0x20, 0x7E),
    (0xA1, 0xAC),
    (0xAE, 0x17F),
    (0x218, 0x21B),
    (0x386, 0x386),
    (0x388, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x45F),
    (0x1E00, 0x1E99),
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2010),
    (0x2013, 0x2015),
    (0x2018, 0x201E),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x20AC, 0x20AC),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
)
IN_THE_FONTS = frozenset(map(chr, chain.from_iterable(range(first, last + 1) for first, last in _RANGES)))
_BYTES_AS_SURROGATES = range(0xDC80, 0xDD00)  # how os.fsdecode carries bytes that are not UTF-8

LONGEST = 400
LONGEST_UNBROKEN = 24  # so many of the widest letters fit into the narrowest column
LONGEST_UNBROKEN_PATH = 48  # the same in the letters of equal width that paths are set in
_END_KEPT = 80
_MAY_BREAK = "\u200b"  # shows nothing; a line may end there
_RUN = re.compile(r"[^\s/-]+")
_PIECE = re.compile(r"\\u\{[0-9a-f]+\}|\\x[0-9a-f]{2}|[^\\]{1,14}|\\")  # never inside a character that is spelt out


def printed(words: str, *, longest: int = LONGEST, unbroken: int = LONGEST_UNBROKEN) -> str:
    """Return `words` as the page shows them; what is cut out is counted.

    A run of more than `unbroken` characters without a space, hyphen or slash is given invisible places where a line
    may end; shorter ones are left as they are, so that what is copied from the page is the very name.
    """
    if len(words) > longest:
        cut = len(words) - longest
        words = f"{words[: longest - _END_KEPT]} [{cut:,} characters left out here] {words[-_END_KEPT:]}"
    spelt = "".join(one if one in IN_THE_FONTS else _spelt(one) for one in words)
    return _RUN.sub(lambda run: run[0] if len(run[0]) <= unbroken else _MAY_BREAK.join(_PIECE.findall(run[0])), spelt)


def _spelt(character: str) -> str:
    number = ord(character)
    if number in _BYTES_AS_SURROGATES:
        return f"\\x{number - 0xDC00:02x}"
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\u{{{number:04x}}}")
