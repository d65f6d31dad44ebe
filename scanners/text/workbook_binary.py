"""Reading the words of binary Excel workbooks (.xlsb): sheet names, texts in cells, comments, headers.

Follows [MS-XLSB]: the parts of a new workbook, each a row of records instead of XML. Numbers are left out.
"""

import re
from collections.abc import Callable, Iterator

from scanners.source import ByteSource
from scanners.text.package import Package
from scanners.text.reading import Draft
from scanners.text.workbook_words import Words, beginning_of_part

_MAIN_PART = "xl/workbook.bin"
_PARTS_WITH_WORDS = (
    re.compile(r"sharedStrings\.bin", re.IGNORECASE),
    re.compile(r"comments\d*\.bin", re.IGNORECASE),
    re.compile(r"(?:worksheets|chartsheets|macrosheets|dialogsheets)/[^/]+\.bin", re.IGNORECASE),
)
_NULL = 0xFFFFFFFF
_MAX_KIND_BYTES, _MAX_SIZE_BYTES = 2, 4
_MORE = 0x80  # of a byte: the next one belongs to the same number

_SHEET, _SHARED_ITEM, _COMMENT, _PAGE_TEXTS = 156, 19, 637, 479
_CELL_TEXT, _COMPUTED_TEXT = 6, 8
_CELL_BYTES = 8  # 2.5.9: column and style before the value
_PAGE_FLAG_BYTES = 2
_PAGE_TEXT_COUNT = 6
_SHEET_HEAD_BYTES = 8  # 2.4.304: state and number before the strings


def read_xlsb(source: ByteSource, draft: Draft) -> None:
    """Collect the words and properties of a binary workbook.

    Raises:
        ContentError: It is damaged, locked, or unpacks to too much; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    package = Package(source)
    package.state_properties(draft)
    main = package.main_part(_MAIN_PART)
    folder = main[: main.rfind("/") + 1]
    words = Words(draft)
    parts = (part for pattern in _PARTS_WITH_WORDS for part in package.parts_like(pattern, folder=folder))
    try:
        for part in (main, *parts):
            for kind, content in _records(beginning_of_part(package, part, draft)):
                action = _ACTIONS.get(kind)
                if action:
                    action(content, words)
    finally:
        words.flush()


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record that may hold words, 2.1.4."""
    position, end = 0, len(content)
    actions = _ACTIONS
    while position + 1 < end:
        kind, size = content[position], content[position + 1]
        if kind < _MORE and size < _MORE:  # nearly always
            position += 2
        else:
            kind, position = _figure(content, position, most=_MAX_KIND_BYTES)
            size, position = _figure(content, position, most=_MAX_SIZE_BYTES)
        if kind in actions:
            yield kind, content[position : position + size]
        position += size


def _figure(content: bytes, position: int, *, most: int) -> tuple[int, int]:
    """Return a number written in groups of seven bits, the lowest first, and where it ends."""
    number = 0
    for place, byte in enumerate(content[position : position + most]):
        number |= (byte & 0x7F) << 7 * place
        if byte < _MORE:
            return number, position + place + 1
    return number, position + most


def _string(content: bytes, at: int) -> tuple[str, int]:
    """Return the string that begins at a place, 2.5.168, and where it ends."""
    length = int.from_bytes(content[at : at + 4], "little")
    at += 4
    if length == _NULL:
        return "", at
    end = at + 2 * length
    return content[at:end].decode("utf-16-le", "replace"), end


def _add_sheet(content: bytes, words: Words) -> None:
    _, at = _string(content, _SHEET_HEAD_BYTES)
    words.add(_string(content, at)[0])


def _add_flagged(content: bytes, words: Words) -> None:
    words.add(_string(content, 1)[0])


def _add_cell(content: bytes, words: Words) -> None:
    words.add(_string(content, _CELL_BYTES)[0])


def _add_page_texts(content: bytes, words: Words) -> None:
    at = _PAGE_FLAG_BYTES
    for _ in range(_PAGE_TEXT_COUNT):
        text, at = _string(content, at)
        words.add_page_text(text)


_ACTIONS: dict[int, Callable[[bytes, Words], None]] = {
    _SHEET: _add_sheet,
    _SHARED_ITEM: _add_flagged,
    _COMMENT: _add_flagged,
    _PAGE_TEXTS: _add_page_texts,
    _CELL_TEXT: _add_cell,
    _COMPUTED_TEXT: _add_cell,
}
