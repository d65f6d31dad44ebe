"""What all old office files state about themselves: the two streams of properties of a compound file.

Follows [MS-OLEPS] (how they are written) and [MS-OSHARED] 2.3.3 (which number means what).
"""

import codecs
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

from scanners.containers.compound import CompoundFile
from scanners.text.dates import from_w3cdtf
from scanners.text.reading import Draft

_SUMMARY = "\x05SummaryInformation"
_MORE = "\x05DocumentSummaryInformation"
_STREAM_BYTES = 1 << 20
_MAX_PROPERTIES = 200
_MAX_STRING_BYTES = 4000

_SUMMARY_NAMES = {
    2: "title",
    3: "subject",
    4: "author",
    5: "keywords",
    6: "description",
    7: "template",
    8: "last_modified_by",
    11: "last_printed_at",
    12: "created_at",
    13: "modified_at",
    14: "page_count",
    18: "application",
}
_MORE_NAMES = {2: "category", 7: "page_count", 14: "manager", 15: "company"}  # 7: slides
_CODE_PAGE = 1

_INT16, _INT32, _BYTES, _WIDE, _FILETIME = 2, 3, 30, 31, 64  # [MS-OLEPS] 2.15
_SET_AT = struct.Struct("<16sL")
_COUNT = struct.Struct("<2L")

_FILETIME_ZERO = datetime(1601, 1, 1)  # noqa: DTZ001  written out as UTC below
_WIDE_CODE_PAGE = 1200
_LAST_RESORT = "cp1252"
# Windows' numbers for which Python has another name
_NAMED_CODE_PAGES = {
    10000: "mac_roman",
    10006: "mac_greek",
    10007: "mac_cyrillic",
    10029: "mac_latin2",
    10081: "mac_turkish",
    20127: "cp1252",
    20866: "koi8_r",
    21866: "koi8_u",
    20932: "euc_jp",
    50220: "iso2022_jp",
    50221: "iso2022_jp",
    50222: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    52936: "gb2312",
    54936: "gb18030",
    65000: "utf_7",
    65001: "utf_8",
}


def state_ole_properties(compound: CompoundFile, draft: Draft) -> None:
    """Note title, author, dates and the like; a damaged stream costs only itself.

    Raises:
        OversizedContentError: Far more was read from this file than it holds.
    """
    for stream, names in ((_SUMMARY, _SUMMARY_NAMES), (_MORE, _MORE_NAMES)):
        content = compound.read(compound.find(stream), limit_bytes=_STREAM_BYTES)
        for number, value in _properties(content):
            name = names.get(number)
            if name and value != "0":  # a count of nothing was not counted
                draft.state(name, value)


def from_filetime(ticks: int) -> str | None:
    """Return a FILETIME, tenths of microseconds of UTC since 1601, in ISO 8601; None when it cannot be true."""
    try:
        at = _FILETIME_ZERO + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    stated = at.isoformat(timespec="seconds") + "Z"
    return stated if from_w3cdtf(stated) else None


def from_code_page(content: bytes, code_page: int) -> str:
    """Return bytes of one of Windows' code pages as text; never fails, and an unknown page is Western European."""
    if code_page == _WIDE_CODE_PAGE:
        return content.decode("utf-16-le", "replace")
    return content.decode(codec_of(code_page), "replace")


def codec_of(code_page: int) -> str:
    """Return Python's name for one of Windows' code pages with bytes for characters."""
    name = _NAMED_CODE_PAGES.get(code_page)
    if name is None:
        # 28591 to 28606 are the parts of ISO 8859
        name = f"iso8859_{code_page - 28590}" if 28591 <= code_page <= 28606 else f"cp{code_page}"  # noqa: PLR2004
    try:
        return codecs.lookup(name).name
    except LookupError:
        return _LAST_RESORT


def _properties(content: bytes) -> Iterator[tuple[int, str | None]]:
    """Yield number and value of the properties of the first set of a stream."""
    if len(content) < 28 + _SET_AT.size:
        return
    _, start = _SET_AT.unpack_from(content, 28)
    if start + _COUNT.size > len(content):
        return
    _, count = _COUNT.unpack_from(content, start)
    places = [
        _COUNT.unpack_from(content, position)
        for position in range(start + 8, start + 8 + 8 * min(count, _MAX_PROPERTIES), 8)
        if position + 8 <= len(content)
    ]
    code_page = next((_code_page(content, start + at) for number, at in places if number == _CODE_PAGE), 1252)
    for number, at in places:
        if number != _CODE_PAGE:
            yield number, _value(content, start + at, code_page=code_page)


def _code_page(content: bytes, at: int) -> int:
    return int.from_bytes(content[at + 4 : at + 6], "little")


def _value(content: bytes, at: int, *, code_page: int) -> str | None:
    kind = int.from_bytes(content[at : at + 4], "little")
    field = content[at + 4 : at + 12]
    if len(field) < 4:  # noqa: PLR2004  nothing is shorter
        return None
    if kind == _FILETIME:
        return from_filetime(int.from_bytes(field, "little"))
    if kind in (_INT16, _INT32):
        return str(int.from_bytes(field[: kind * 2 - 2], "little", signed=True))
    if kind not in (_BYTES, _WIDE):
        return None
    length = int.from_bytes(field[:4], "little") * (2 if kind == _WIDE else 1)
    raw = content[at + 8 : at + 8 + min(length, _MAX_STRING_BYTES)]
    text = from_code_page(raw, _WIDE_CODE_PAGE if kind == _WIDE else code_page)
    return text.partition("\0")[0]
