"""Unpacking the rich text of Outlook messages, which is packed in a way of its own.

Follows [MS-OXRTFCP]: a dictionary of 4 KiB that begins with words every such text holds, filled round and round.
"""

import struct

from scanners.errors import BrokenContentError

_HEADER = struct.Struct("<2L4sL")
_PACKED, _PLAIN = b"LZFu", b"MELA"  # 2.1.3.1.1
_DICTIONARY_BYTES = 4096
# 2.1.2.1, which prescribes these bytes
_BEGINNING = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def unpacked_rtf(content: bytes, *, limit_bytes: int) -> bytes:
    """Return rich text in its plain form, the beginning of it where it is longer than the limit.

    Raises:
        BrokenContentError: It is not packed in a known way.
    """
    if len(content) < _HEADER.size:
        raise BrokenContentError("the rich text of a message is cut off")
    _, raw_bytes, kind, _ = _HEADER.unpack_from(content)
    if kind == _PLAIN:
        return content[_HEADER.size : _HEADER.size + min(raw_bytes, limit_bytes)]
    if kind != _PACKED:
        raise BrokenContentError("the rich text of a message is packed in an unknown way")
    return _unpacked(content, limit=min(raw_bytes, limit_bytes))


def _unpacked(content: bytes, *, limit: int) -> bytes:
    # The whole output stands behind the prescribed beginning, so that the dictionary is always its last 4 KiB.
    output = bytearray(_BEGINNING)
    end = limit + len(_BEGINNING)
    position = _HEADER.size
    while position < len(content) and len(output) < end:
        flags = content[position]
        position += 1
        for bit in range(8):
            if not flags >> bit & 1:
                output += content[position : position + 1]
                position += 1
                continue
            pair = int.from_bytes(content[position : position + 2], "big")
            position += 2
            distance = (len(output) - (pair >> 4)) % _DICTIONARY_BYTES
            if position > len(content) or not distance:  # 2.2.3: what points to the place of writing is the end
                return bytes(output[len(_BEGINNING) : end])
            _repeat(output, distance=distance, count=(pair & 0xF) + 2)
    return bytes(output[len(_BEGINNING) : end])


def _repeat(output: bytearray, *, distance: int, count: int) -> None:
    start = len(output) - distance
    if start < 0:
        output += bytes(count)  # nothing was written there yet
    elif distance >= count:
        output += output[start : start + count]
    else:
        pattern = bytes(output[start:])
        output += (pattern * (count // distance + 1))[:count]
