"""Reading the text of old Word documents (.doc, .dot), Word 2 to 2003: headers, body, notes, comments, text boxes.

Follows [MS-DOC]: the text is cut into pieces, and a table of pieces tells where each lies and whether it has one
byte or two for a character. Word 95 and its ancestors keep the text in one stretch. Text that was deleted under
revision marks is left out, as far as the marks can be read.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.containers.allowance import Allowance
from scanners.containers.compound import SIGNATURE, CompoundFile
from scanners.errors import BrokenContentError, EncryptedContentError
from scanners.source import ByteSource
from scanners.text.doc_pieces import Piece, deleted_stretches, pieces_of, without_stretches
from scanners.text.doc_story import Story
from scanners.text.ole_drawings import drawn_words
from scanners.text.ole_properties import from_code_page, state_ole_properties
from scanners.text.reading import Draft

_STREAM_BYTES = 64 << 20
_FIB_BYTES = 426  # [MS-DOC] 2.5.1 as far as Word 97 wrote it
_OLD_FIB_BYTES = 0x180

_WORD_97 = 0xA5EC
_OLD_KINDS = (0xA59B, 0xA59C, 0xA5DB, 0xA5DC, 0xA697, 0xA699)  # Word 1, 2 and 95, also those of the Far East
_FIRST_WORD_97 = 106
_FIRST_WORD_6 = 100
_IN_PIECES, _ENCRYPTED, _TABLE_1, _EXTENDED = 0x0004, 0x0100, 0x0200, 0x1000  # 2.5.2, bits of the word at 10
_MACINTOSH = 256

_LENGTHS_AT = 0x4C  # 2.5.5: characters of body, footnotes, headers, macros, comments, endnotes and two of boxes
_OLD_LENGTHS_AT = 0x34
_STORIES = 8
_HEADERS = 2
_DRAWINGS_AT = 0x22A
_FIRST_READ = (_HEADERS, 0)  # a marking in a header must not be lost behind a long body
_MAX_HEADER_SHARE = 4  # of the room for text, one part in so many
_SLICE_CHARACTERS = 32 << 10

# The code page that Windows used for a language (the low ten bits of its number), where it is not Western European.
_CODE_PAGES = {
    **dict.fromkeys((0x02, 0x19, 0x22, 0x23, 0x2F), 1251),
    **dict.fromkeys((0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x1C, 0x24), 1250),
    **dict.fromkeys((0x25, 0x26, 0x27), 1257),
    0x01: 1256,
    0x04: 936,
    0x08: 1253,
    0x0D: 1255,
    0x11: 932,
    0x12: 949,
    0x1E: 874,
    0x1F: 1254,
    0x2A: 1258,
}
_TAIWAN_AND_HONG_KONG = (0x0404, 0x0C04)
# Where the Word 95 of the Far East keeps the letters of Windows' Western European page.
_EXTENDED_LETTERS = {0x1000 + byte: bytes((byte,)).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """Where the text of one document lies."""

    stream: bytes
    pieces: tuple[Piece, ...]
    lengths: tuple[int, ...]
    deleted: tuple[tuple[int, int], ...]
    code_page: int
    drawings: bytes = b""
    is_extended: bool = False


def read_doc(source: ByteSource, draft: Draft) -> None:
    """Collect the text and properties of an old Word document.

    Raises:
        ContentError: It is damaged, locked, or refers to far more than it holds; the draft keeps what was read.
        EnoughTextError: The draft is full.
    """
    if not source.at(0, len(SIGNATURE)).startswith(SIGNATURE):
        _add_stories(_old_body(source.at(0, min(source.size_bytes, _STREAM_BYTES))), draft)
        return
    compound = CompoundFile(source)
    state_ole_properties(compound, draft)
    stream = compound.read(compound.find("WordDocument"), limit_bytes=_STREAM_BYTES)
    if len(stream) < _OLD_FIB_BYTES:
        raise BrokenContentError("the part that holds the document itself is missing or cut off")
    kind, version = struct.unpack_from("<2H", stream)
    is_old = kind in _OLD_KINDS or version < _FIRST_WORD_97
    _add_stories(_old_body(stream) if is_old else _body(stream, compound), draft)
    compound.check_whole()


def _body(stream: bytes, compound: CompoundFile) -> _Body:
    if len(stream) < _FIB_BYTES:
        raise BrokenContentError("the part that holds the document itself is cut off")
    (kind,) = struct.unpack_from("<H", stream)
    (flags,) = struct.unpack_from("<H", stream, 0x0A)
    if kind != _WORD_97:
        raise BrokenContentError("the part that holds the document itself does not begin as Word writes it")
    if flags & _ENCRYPTED:
        raise EncryptedContentError("it is a Word document that is locked with a password")
    wanted, other = ("1Table", "0Table") if flags & _TABLE_1 else ("0Table", "1Table")
    table = compound.read(compound.find(wanted) or compound.find(other), limit_bytes=_STREAM_BYTES)
    start, length = struct.unpack_from("<2L", stream, 0x1A2)
    pieces = pieces_of(table[start : start + length])
    lengths = struct.unpack_from(f"<{_STORIES}L", stream, _LENGTHS_AT)
    if not pieces and sum(lengths):
        raise BrokenContentError("the table that says where its text lies is missing or damaged")
    start, length = struct.unpack_from("<2L", stream, 0xFA)
    deleted = deleted_stretches(stream, table[start : start + length])
    start, length = struct.unpack_from("<2L", stream, _DRAWINGS_AT) if len(stream) > _DRAWINGS_AT + 8 else (0, 0)
    drawings = table[start : start + length]
    return _Body(stream=stream, pieces=pieces, lengths=lengths, deleted=deleted, code_page=1252, drawings=drawings)


def _old_body(stream: bytes) -> _Body:
    if len(stream) < _OLD_FIB_BYTES:
        raise BrokenContentError("the part that holds the document itself is cut off")
    kind, version, language = struct.unpack_from("<2H2xH", stream)
    (flags,) = struct.unpack_from("<H", stream, 0x0A)
    if kind not in (*_OLD_KINDS, _WORD_97):
        raise BrokenContentError("the part that holds the document itself does not begin as Word writes it")
    if flags & _ENCRYPTED:
        raise EncryptedContentError("it is a Word document that is locked with a password")
    first, end = struct.unpack_from("<2L", stream, 0x18)
    (character_set,) = struct.unpack_from("<H", stream, 0x14)
    lengths = struct.unpack_from(f"<{_STORIES}L", stream, _OLD_LENGTHS_AT)
    width = 2 if flags & _EXTENDED and _is_mostly_wide(stream[first:end]) else 1
    pieces: tuple[Piece, ...] = ()
    if flags & _IN_PIECES and version >= _FIRST_WORD_6:
        start, length = struct.unpack_from("<2L", stream, 0x160)
        pieces = pieces_of(stream[start : start + length], old_width=width)
    if not pieces:
        whole = max(0, end - first) // width
        pieces = (Piece(first=0, end=whole, at=first, width=width),)
        lengths = lengths if sum(lengths) <= whole else (whole, *[0] * (_STORIES - 1))
    page = 10000 if character_set == _MACINTOSH else _code_page_of(language)
    return _Body(stream=stream, pieces=pieces, lengths=lengths, deleted=(), code_page=page, is_extended=width > 1)


def _is_mostly_wide(text: bytes) -> bool:
    """Tell whether the Word 95 of the Far East wrote two bytes for each character, as it does for some texts."""
    return text[1::2].count(0) > len(text) // 4


def _code_page_of(language: int) -> int:
    if language in _TAIWAN_AND_HONG_KONG:
        return 950
    return _CODE_PAGES.get(language & 0x3FF, 1252)


def _add_stories(body: _Body, draft: Draft) -> None:
    allowance = Allowance(2 * len(body.stream) + _SLICE_CHARACTERS)
    starts = [sum(body.lengths[:number]) for number in range(_STORIES)]
    others = [number for number in range(_STORIES) if number not in _FIRST_READ]
    missing = 0
    for number in (*_FIRST_READ, *others):
        wanted = body.lengths[number]
        if number == _HEADERS and wanted > draft.limit_chars // _MAX_HEADER_SHARE:
            wanted = draft.limit_chars // _MAX_HEADER_SHARE
            draft.is_cut_short = True
        story = Story(draft)
        for text, characters in _stretches(body, starts[number], starts[number] + wanted, allowance=allowance):
            story.add(text)
            wanted -= characters
        story.close()
        missing += wanted
        if number == _HEADERS:
            for words in dict.fromkeys(drawn_words(body.drawings)):  # a watermark is drawn once for each header
                draft.add(f"{words}\n")
    if missing:
        raise BrokenContentError("a part of its text is cut off or is not where its table says")


def _stretches(body: _Body, first: int, end: int, *, allowance: Allowance) -> Iterator[tuple[str, int]]:
    """Yield text from one character to another, and how many characters each portion stands for."""
    for piece in body.pieces:
        start, stop = max(first, piece.first), min(end, piece.end)
        while start < stop:
            count = min(stop - start, _SLICE_CHARACTERS)
            at = piece.at + (start - piece.first) * piece.width
            raw = body.stream[at : at + count * piece.width]
            if not raw:
                break
            allowance.spend(len(raw))
            kept = without_stretches(raw, at, body.deleted) if body.deleted else raw
            yield _decoded(kept, piece, body), len(raw) // piece.width
            start += count


def _decoded(raw: bytes, piece: Piece, body: _Body) -> str:
    if piece.width == 1:
        return from_code_page(raw, body.code_page)
    text = raw.decode("utf-16-le", "replace")
    return text.translate(_EXTENDED_LETTERS) if body.is_extended else text
