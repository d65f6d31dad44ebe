"""Reading the words of old Excel workbooks (.xls, .xlt), Excel 2 to 2003: sheet names, cells, comments, headers.

Follows [MS-XLS] and, for what came before it, Excel's file format as OpenOffice.org documented it: a workbook is a
row of records, each with its kind and size. Numbers are left out, as in new workbooks: they classify nothing.
"""

import struct
from collections.abc import Callable
from heapq import heappop, heappush
from typing import ClassVar

from scanners.containers.compound import SIGNATURE, CompoundFile
from scanners.errors import BrokenContentError
from scanners.source import ByteSource
from scanners.text.ole_drawings import drawn_words
from scanners.text.ole_properties import from_code_page, state_ole_properties
from scanners.text.reading import Draft
from scanners.text.workbook_words import BrokenStringError, Portions, Words
from scanners.text.xls_lock import Lock, lock_of

_STREAM_BYTES = 64 << 20
_RECORD = struct.Struct("<2H")
_CONTINUE, _BEGIN, _END = 0x3C, 0x809, 0x0A
_OLD_BEGINS = {0x009: 2, 0x209: 3, 0x409: 4}
_EXCEL_95, _EXCEL_97 = 5, 8
_VERSION_OF_95 = 0x0500
_LAST_OF_OLD = 0xFFFF  # of the rows: the record goes on with the comment of the one before
_MAX_STRINGS = 1_000_000
_SHEET = 0x85
_NEVER_LOCKED = frozenset({_BEGIN, *_OLD_BEGINS, 0x2F})


def read_xls(source: ByteSource, draft: Draft) -> None:
    """Collect the words and properties of an old workbook.

    Raises:
        ContentError: It is damaged or locked; the draft keeps what was read before.
        EnoughTextError: The draft is full.
    """
    if source.at(0, len(SIGNATURE)) == SIGNATURE:
        compound = CompoundFile(source)
        state_ole_properties(compound, draft)
        stream = compound.read(compound.find("Workbook") or compound.find("Book"), limit_bytes=_STREAM_BYTES)
        _read_stream(stream, draft)
        compound.check_whole()
    else:
        _read_stream(source.at(0, min(source.size_bytes, _STREAM_BYTES)), draft)


def _read_stream(stream: bytes, draft: Draft) -> None:
    words = Words(draft)
    try:
        _Workbook(stream, words).read()
    finally:
        words.flush()
        draft.is_cut_short = draft.is_cut_short or words.is_cut_short


class _Workbook:
    """The records of one workbook, in one pass from the first to the last."""

    def __init__(self, stream: bytes, words: Words) -> None:
        self._stream: bytes | bytearray = stream
        self._words = words
        self._version = 0
        self._code_page = 1252
        self._sheets_at: list[int] = []
        self._depth = 0
        self._lock: Lock | None = None
        self._opened: set[int] = set()

    def read(self) -> None:
        """Go through all records.

        Raises:
            ContentError: They do not follow one another, or they are locked.
        """
        position, end = 0, len(self._stream)
        unpack, actions = _RECORD.unpack_from, self._ACTIONS
        is_damaged = False
        while position + 4 <= end:
            kind, size = unpack(self._stream, position)
            action = actions.get(kind)
            if not self._depth and kind not in _OLD_BEGINS and kind != _BEGIN:
                position = self._next_sheet(position)
                continue
            if action is not None:
                self._open(kind, position + 4, min(size, end - position - 4))
                try:
                    action(self, position + 4, min(size, end - position - 4))
                except (BrokenStringError, struct.error, IndexError):
                    is_damaged = True  # the next record may still be sound
            position += 4 + size
        if not self._version:
            raise BrokenContentError("the part that holds the workbook itself is missing or damaged")
        if is_damaged or self._depth:
            raise BrokenContentError("a part of the workbook is damaged or cut off")

    def _next_sheet(self, position: int) -> int:
        """Return where the next sheet begins, as what follows the end of one may be anything."""
        while self._sheets_at:
            at = heappop(self._sheets_at)
            if at > position:
                return at
        return len(self._stream)

    def _begin(self, at: int, size: int) -> None:
        self._depth += 1
        if self._version:
            return  # later programs that save as Excel 95 state a wrong version in the sheets
        kind, _ = _RECORD.unpack_from(self._stream, at - 4)
        (version,) = struct.unpack_from("<H", self._stream, at)
        self._version = _OLD_BEGINS.get(kind, _EXCEL_95 if version == _VERSION_OF_95 else _EXCEL_97)

    def _end(self, at: int, size: int) -> None:
        self._depth -= 1

    def _take_lock(self, at: int, size: int) -> None:
        """Note how the records that follow are locked.

        Raises:
            EncryptedContentError: Excel's own password does not open them.
        """
        self._lock = lock_of(bytes(self._stream[at : at + size]), is_old=self._version < _EXCEL_97)
        self._stream = bytearray(self._stream)

    def _open(self, kind: int, at: int, size: int) -> None:
        """Turn the content of a locked record back, in its place and once; some are never locked, [MS-XLS] 2.2.10."""
        if self._lock is None or kind in _NEVER_LOCKED or at in self._opened:
            return
        self._opened.add(at)
        plain = 4 if kind == _SHEET else 0  # where a sheet lies is legible
        content = self._lock.opened(bytes(self._stream[at + plain : at + size]), at + plain, size)
        self._stream[at + plain : at + size] = content  # type: ignore[index]  # a locked workbook is in a bytearray

    def _set_code_page(self, at: int, size: int) -> None:
        (page,) = struct.unpack_from("<H", self._stream, at)
        self._code_page = {0x8000: 10000, 0x8001: 1252}.get(page, page)

    def _sheet_name(self, at: int, size: int) -> None:
        (place, length) = struct.unpack_from("<LxxB", self._stream, at)
        heappush(self._sheets_at, place)
        self._words.add(self._text(at + 7, size - 7, length))

    def _shared_strings(self, at: int, size: int) -> None:
        (count,) = struct.unpack_from("<4xL", self._stream, at)
        portions = Portions(self._stream, self._portions(at, size))
        portions.skip(8)
        for _ in range(min(count, _MAX_STRINGS)):
            self._words.add(portions.shared_string())
        self._words.is_cut_short = count > _MAX_STRINGS

    def _label(self, at: int, size: int) -> None:
        if self._version == 2:  # noqa: PLR2004  Excel 2
            self._words.add(self._text(at + 8, size - 8, self._stream[at + 7]))
        else:
            (length,) = struct.unpack_from("<6xH", self._stream, at)
            self._words.add(self._text(at + 8, size - 8, length))

    def _computed(self, at: int, size: int) -> None:
        width = 1 if self._version == 2 else 2  # noqa: PLR2004  Excel 2
        length = int.from_bytes(self._stream[at : at + width], "little")
        self._words.add(self._text(at + width, size - width, length))

    def _page_text(self, at: int, size: int) -> None:
        width = 2 if self._version == _EXCEL_97 else 1
        length = int.from_bytes(self._stream[at : at + width], "little") if size else 0
        self._words.add_page_text(self._text(at + width, size - width, length))

    def _comment(self, at: int, size: int) -> None:
        """Add a comment of Excel 95 and before; later ones are the texts of boxes."""
        if self._version < _EXCEL_97:
            row, length = struct.unpack_from("<H2xH", self._stream, at)
            self._words.add(self._text(at + 6, size - 6, size if row == _LAST_OF_OLD else length))

    def _box(self, at: int, size: int) -> None:
        (length,) = struct.unpack_from("<10xH", self._stream, at)
        following = self._portions(at, size)[1:]
        if length and following:
            self._words.add(Portions(self._stream, following).flagged_text(length))

    def _drawing(self, at: int, size: int) -> None:
        for words in drawn_words(bytes(self._stream[at : at + size])):
            self._words.add(words)

    def _chart_text(self, at: int, size: int) -> None:
        self._words.add(self._text(at + 3, size - 3, self._stream[at + 2]))

    def _bundled_sheet(self, at: int, size: int) -> None:
        """Add the name of a sheet in a workbook of Excel 4."""
        self._words.add(self._text(at + 5, size - 5, self._stream[at + 4]))

    def _text(self, at: int, size: int, length: int) -> str:
        if size <= 0:
            return ""
        if self._version == _EXCEL_97:
            return Portions(self._stream, ((at, at + size),)).flagged_text(length)
        return from_code_page(bytes(self._stream[at : at + min(size, length)]), self._code_page)

    def _portions(self, at: int, size: int) -> tuple[tuple[int, int], ...]:
        """Return where a record's content stands, together with the records that continue it."""
        found = [(at, at + size)]
        position = at + size
        while position + 4 <= len(self._stream):
            kind, following = _RECORD.unpack_from(self._stream, position)
            if kind != _CONTINUE:
                break
            position += 4
            self._open(kind, position, min(following, len(self._stream) - position))
            found.append((position, min(position + following, len(self._stream))))
            position += following
        return tuple(found)

    _ACTIONS: ClassVar[dict[int, Callable[["_Workbook", int, int], None]]] = {
        **dict.fromkeys((_BEGIN, *_OLD_BEGINS), _begin),
        _END: _end,
        0x2F: _take_lock,
        0x42: _set_code_page,
        _SHEET: _sheet_name,
        0xFC: _shared_strings,
        **dict.fromkeys((0x04, 0x204, 0xD6), _label),
        **dict.fromkeys((0x07, 0x207), _computed),
        **dict.fromkeys((0x14, 0x15), _page_text),
        0x1C: _comment,
        0x1B6: _box,
        0xEC: _drawing,
        0x100D: _chart_text,
        0x8F: _bundled_sheet,
    }
