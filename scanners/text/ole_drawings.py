"""Finding the words that are drawn in old office files: WordArt, and with it the watermark across a page.

Follows [MS-ODRAW] 2.2.9 (a shape's table of properties) and 2.3.22 (its text).
"""

import struct
from collections.abc import Iterator

TABLE = 0xF00B
_KIND = TABLE.to_bytes(2, "little")
_HEADER_BYTES = 8
_VERSION = 3
_PROPERTY = struct.Struct("<HL")
_NUMBER, _LONG = 0x3FFF, 0x8000  # bits of a property's number: what it is, and that its value stands behind the table
_DRAWN_TEXT = 0x00C0
_MAX_TEXT_BYTES = 4000


def drawn_words(content: bytes) -> Iterator[str]:
    """Yield the words of all drawings in a run of records, however damaged the records around them are."""
    at = content.find(_KIND, 2)
    while at >= 0:
        shape, length = (
            int.from_bytes(content[at - 2 : at], "little"),
            int.from_bytes(content[at + 2 : at + 6], "little"),
        )
        start, count = at - 2 + _HEADER_BYTES, shape >> 4
        if shape & 0xF == _VERSION and count * _PROPERTY.size <= length <= len(content) - start:
            yield from words_of_table(content[start : start + length], count=count)
            at = start + length - 2  # no byte is looked at twice
        at = content.find(_KIND, at + 2)


def words_of_table(table: bytes, *, count: int) -> Iterator[str]:
    """Yield the drawn text in one shape's table of properties, which holds `count` of them."""
    behind = count * _PROPERTY.size
    for at in range(0, min(behind, len(table) - _PROPERTY.size + 1), _PROPERTY.size):
        number, value = _PROPERTY.unpack_from(table, at)
        if not number & _LONG:
            continue
        if number & _NUMBER == _DRAWN_TEXT:
            raw = table[behind : behind + min(value, _MAX_TEXT_BYTES)]
            yield raw.decode("utf-16-le", "replace").partition("\0")[0]
        behind += value
