"""Reading the text of old PowerPoint presentations (.ppt, .pps, .pot), 97 to 2003: slides in order, then notes.

Follows [MS-PPT]: the file is a row of records that hold others, and each save adds to its end; the newest list of
places tells which slides still count. Of the masters only what somebody wrote on them is taken, not the prompts.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from scanners.containers.allowance import Allowance
from scanners.containers.compound import CompoundFile
from scanners.errors import BrokenContentError, EncryptedContentError
from scanners.source import ByteSource
from scanners.text.ole_drawings import TABLE, words_of_table
from scanners.text.ole_properties import state_ole_properties
from scanners.text.reading import Draft

_STREAM_BYTES = 64 << 20
_USER_BYTES = 1 << 12
_LOCKED_MARK = 0xF3D1C4DF  # [MS-PPT] 2.3.2
_HEADER = struct.Struct("<HHL")
_HOLDS_OTHERS = 0xF
_MAX_SAVES = 10_000
_SLACK_BYTES = 1 << 16

_DOCUMENT, _EDIT, _PLACES, _LOCK = 0x03E8, 0x0FF5, 0x1772, 0x2F14
_LIST, _PLACE_OF_SLIDE = 0x0FF0, 0x03F3
_WIDE, _NARROW, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_PAGE_TEXTS, _COMMENT, _TAG_CONTENT, _SHAPE = 0x0FD9, 0x2EE0, 0x138B, 0xF004
_COMMENT_PARTS = (0, 1)  # 2.4.22: who wrote it, and what
_PLACEHOLDER = b"\x00\x00\xc3\x0b\x08\x00\x00\x00"  # 2.5.9: this shape of a master only holds a place
_SLIDES, _MASTERS, _NOTES = 0, 1, 2  # 2.4.14.3 and the like: what a list is of
_LINE_ENDS = str.maketrans({"\x0b": "\n", "\r": "\n"})


class _Record(NamedTuple):
    """One record: what it is, and from where to where its content stands."""

    kind: int
    instance: int
    start: int
    end: int


def read_ppt(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of an old presentation.

    Raises:
        ContentError: It is damaged, locked, or refers to far more than it holds; the draft keeps what was read.
        EnoughTextError: The draft is full.
    """
    compound = CompoundFile(source)
    state_ole_properties(compound, draft)
    if compound.find("EncryptedSummary"):
        raise EncryptedContentError("it is a PowerPoint presentation that is locked with a password")
    folder = ("PP97_DUALSTORAGE",) if compound.find("PP97_DUALSTORAGE") else ()
    stream = compound.read(compound.find(*folder, "PowerPoint Document"), limit_bytes=_STREAM_BYTES)
    user = compound.read(compound.find(*folder, "Current User"), limit_bytes=_USER_BYTES)
    if not stream:
        raise BrokenContentError("the slides are missing, or were made by PowerPoint 95 or an older one")
    if user[12:16] == _LOCKED_MARK.to_bytes(4, "little"):
        raise EncryptedContentError("it is a PowerPoint presentation that is locked with a password")
    _Presentation(stream, draft).read(newest_edit=int.from_bytes(user[16:20], "little"))
    compound.check_whole()


class _Presentation:
    """The records of one presentation; everything that is looked at counts against one allowance."""

    def __init__(self, stream: bytes, draft: Draft) -> None:
        self._stream = stream
        self._draft = draft
        self._allowance = Allowance(5 * len(stream) + _SLACK_BYTES)
        self._page_texts: set[str] = set()

    def read(self, *, newest_edit: int) -> None:
        places, document_number = self._places(newest_edit)
        document = self._record_at(places.get(document_number, -1))
        if document is None or document.kind != _DOCUMENT:
            self._add_texts(0, len(self._stream))
            raise BrokenContentError("the list of its slides is damaged, so their text may be out of order")
        lists: dict[int, list[_Record]] = {_SLIDES: [], _MASTERS: [], _NOTES: []}
        for record in self._records(document.start, document.end):
            if record.kind == _LIST:
                lists.setdefault(record.instance, []).append(record)
            elif record.kind == _PAGE_TEXTS:
                self._add_page_texts(record)
        missing = 0
        for kind in (_SLIDES, _NOTES, _MASTERS):
            for found in lists[kind]:
                missing += self._add_listed(found, places, are_masters=kind == _MASTERS)
        if missing:
            raise BrokenContentError(f"it is damaged: {missing} of its slides cannot be found")

    def _places(self, newest_edit: int) -> tuple[dict[int, int], int]:
        """Return where each numbered part stands by the newest save, and the number of the document itself."""
        places: dict[int, int] = {}
        document_number, position = 0, newest_edit
        seen: set[int] = set()
        while position not in seen and len(seen) < _MAX_SAVES:
            seen.add(position)
            edit = self._record_at(position)
            if edit is None or edit.kind != _EDIT or edit.end - edit.start < 20:  # noqa: PLR2004  2.3.3
                break
            position, directory, number = struct.unpack_from("<8x3L", self._stream, edit.start)
            document_number = document_number or number
            self._note_places(directory, places)
        return places, document_number

    def _note_places(self, position: int, places: dict[int, int]) -> None:
        directory = self._record_at(position)
        if directory is None or directory.kind != _PLACES:
            return
        self._allowance.spend(directory.end - directory.start)
        count = (directory.end - directory.start) // 4
        numbers = struct.unpack_from(f"<{count}L", self._stream, directory.start)
        at = 0
        while at < count:
            first, length = numbers[at] & 0xFFFFF, numbers[at] >> 20
            for offset, place in enumerate(numbers[at + 1 : at + 1 + length]):
                places.setdefault(first + offset, place)
            at += 1 + length

    def _add_listed(self, found: _Record, places: dict[int, int], *, are_masters: bool) -> int:
        """Add the slides of a list: what the list itself says of each, then the slide; return how many are missing."""
        missing = 0
        waiting: int | None = None
        for record in self._records(found.start, found.end):
            if record.kind == _PLACE_OF_SLIDE:
                missing += self._add_slide(waiting, places, are_masters=are_masters)
                waiting = int.from_bytes(self._stream[record.start : record.start + 4], "little")
            elif not are_masters:
                self._add_text(record)
        return missing + self._add_slide(waiting, places, are_masters=are_masters)

    def _add_slide(self, number: int | None, places: dict[int, int], *, are_masters: bool) -> bool:
        """Add one slide; tell whether it is missing."""
        if number is None:
            return False
        slide = self._record_at(places.get(number, -1))
        if slide is None:
            return True
        if are_masters:
            self._add_own_texts(slide)
        else:
            self._add_texts(slide.start, slide.end)
            self._draft.add("\n")
        return False

    def _add_own_texts(self, master: _Record) -> None:
        for record in self._records(master.start, master.end, is_deep=True):
            if record.kind == _SHAPE:
                self._allowance.spend(record.end - record.start)
                if self._stream.find(_PLACEHOLDER, record.start, record.end) < 0:
                    self._add_texts(record.start, record.end)
            elif record.kind == _PAGE_TEXTS:
                self._add_page_texts(record)

    def _add_texts(self, start: int, end: int) -> None:
        for record in self._records(start, end, is_deep=True):
            if record.kind == _PAGE_TEXTS:
                self._add_page_texts(record)
            elif record.kind == _COMMENT:
                self._add_comment(record)
            elif record.kind == _LOCK:
                raise EncryptedContentError("it is a PowerPoint presentation that is locked with a password")
            else:
                self._add_text(record)

    def _add_text(self, record: _Record) -> None:
        if record.kind == _WIDE:
            text = self._stream[record.start : record.end].decode("utf-16-le", "replace")
        elif record.kind == _NARROW:
            text = self._stream[record.start : record.end].decode("latin-1")  # 2.9.43: the lower halves
        elif record.kind == TABLE:
            self._allowance.spend(record.end - record.start)
            text = "\n".join(words_of_table(self._stream[record.start : record.end], count=record.instance))
            if not text:
                return
        else:
            return
        self._draft.add(text.translate(_LINE_ENDS) + "\n")

    def _add_page_texts(self, holder: _Record) -> None:
        """Add headers, footers and fixed dates, each once however many slides repeat it."""
        for record in self._records(holder.start, holder.end):
            text = self._string(record) if record.kind == _STRING else ""
            if text and text not in self._page_texts:
                self._page_texts.add(text)
                self._draft.add(text + "\n")

    def _add_comment(self, holder: _Record) -> None:
        for record in self._records(holder.start, holder.end):
            if record.kind == _STRING and record.instance in _COMMENT_PARTS:
                self._draft.add(self._string(record) + "\n")

    def _string(self, record: _Record) -> str:
        return self._stream[record.start : record.end].decode("utf-16-le", "replace").translate(_LINE_ENDS)

    def _records(self, start: int, end: int, *, is_deep: bool = False) -> Iterator[_Record]:
        """Yield the records between two places; when deep, also what lies in them, without recursion."""
        self._allowance.spend(end - start)
        position = start
        while position + _HEADER.size <= end:
            shape, kind, length = _HEADER.unpack_from(self._stream, position)
            position += _HEADER.size
            yield _Record(kind, shape >> 4, position, min(end, position + length))
            is_entered = shape & 0xF == _HOLDS_OTHERS or kind == _TAG_CONTENT
            if not (is_deep and is_entered and kind not in (_PAGE_TEXTS, _COMMENT)):
                position += length

    def _record_at(self, position: int) -> _Record | None:
        """Return the record at a place, None when there is none."""
        if not 0 <= position <= len(self._stream) - _HEADER.size:
            return None
        shape, kind, length = _HEADER.unpack_from(self._stream, position)
        start = position + _HEADER.size
        return _Record(kind, shape >> 4, start, min(len(self._stream), start + length))
