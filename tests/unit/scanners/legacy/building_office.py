"""Old Word, Excel and PowerPoint files, made byte by byte."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.unit.scanners.legacy.building_compound import Tree, a_compound_file


@dataclass(frozen=True)
class Cut:
    """A piece of a document's text, kept with one byte for a character or with two."""

    text: str
    is_wide: bool = False


def a_doc(
    *cuts: str | Cut,
    stories: Mapping[int, str] | None = None,
    flags: int = 0,
    deleted: Sequence[tuple[int, int]] = (),
    beside: Tree | None = None,
    claimed: int | None = None,
    version: int = 193,
    drawings: bytes = b"",
) -> bytes:
    """Return a Word 97 document.

    Args:
        cuts: The pieces of its body.
        stories: Other text by its number: 1 footnotes, 2 headers, 4 comments, 5 endnotes, 6 and 7 boxes.
        flags: Added to the flags of the header.
        deleted: Stretches of bytes in the first kilobyte of text that are marked as deleted.
        beside: More streams.
        claimed: How many characters the header claims for the body, when that is a lie.
        version: What the header states.
        drawings: What is drawn across its pages.
    """
    pieces = [cut if isinstance(cut, Cut) else Cut(cut) for cut in cuts]
    others = dict(stories or {})
    lengths = [sum(len(piece.text) for piece in pieces), *(len(others.get(number, "")) for number in range(1, 8))]
    pieces += [Cut(others[number]) for number in sorted(others)]
    text, places, bounds, at = b"", b"", [0], 1024
    for piece in pieces:
        raw = piece.text.encode("utf-16-le" if piece.is_wide else "cp1252")
        place = at + len(text)
        places += struct.pack("<HLH", 0, place if piece.is_wide else place * 2 | 0x40000000, 0)
        bounds.append(bounds[-1] + len(piece.text))
        text += raw
    plan = struct.pack(f"<{len(bounds)}L", *bounds) + places
    table = b"\x01" + struct.pack("<H", 3) + b"abc" + b"\x02" + struct.pack("<L", len(plan)) + plan
    page, page_plan = _formats(deleted, text_end=at + len(text))
    header = bytearray(1024)
    struct.pack_into("<5H", header, 0, 0xA5EC, version, 0, 0x0809, 0)
    struct.pack_into("<H", header, 0x0A, 0x0200 | flags)
    struct.pack_into("<8L", header, 0x4C, *(lengths if claimed is None else [claimed, *lengths[1:]]))
    struct.pack_into("<2L", header, 0x1A2, 0, len(table))
    struct.pack_into("<2L", header, 0x22A, len(table), len(drawings))
    table += drawings
    body = bytes(header) + text
    body += bytes(-len(body) % 512)
    if page:
        struct.pack_into("<2L", header, 0xFA, len(table), len(page_plan))
        table += struct.pack("<2LL", 0, 0xFFFFFFFF, len(body) // 512)
        body = bytes(header) + body[1024:] + page
    return a_compound_file({"WordDocument": body.ljust(4096, b"\0"), "1Table": table, **(beside or {})})


def _formats(deleted: Sequence[tuple[int, int]], *, text_end: int) -> tuple[bytes, bytes]:
    """Return a page of character formats, and room for the plan that points to it."""
    if not deleted:
        return b"", b""
    bounds, marks, last = [1024], [], 1024
    for start, stop in deleted:
        bounds += [1024 + start, 1024 + stop]
        marks += [False, True]
        last = 1024 + stop
    bounds.append(max(last + 1, text_end))
    marks.append(False)
    change = b"\x06" + struct.pack("<HBHB", 0x0835, 1, 0x0800, 1)  # bold, then deleted
    page = bytearray(512)
    struct.pack_into(f"<{len(bounds)}L", page, 0, *bounds)
    for number, is_deleted in enumerate(marks):
        page[4 * len(bounds) + number] = 200 if is_deleted else 0
    page[400 : 400 + len(change)] = change
    page[511] = len(marks)
    return bytes(page), bytes(12)


def an_old_doc(text: bytes, *, language: int = 0x0809, kind: int = 0xA5DC, version: int = 104, flags: int = 0) -> bytes:
    """Return the main stream of a Word 95 document, whose text stands in one stretch."""
    header = bytearray(0x300)
    struct.pack_into("<2H", header, 0, kind, version)
    struct.pack_into("<3H", header, 6, language, 0, flags)
    struct.pack_into("<2L", header, 0x18, len(header), len(header) + len(text))
    struct.pack_into("<8L", header, 0x34, len(text) // (2 if flags & 0x1000 else 1), *[0] * 7)
    return bytes(header) + text


def a_record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<2H", kind, len(content)) + content


def a_string(text: str, *, rich: int = 0, aids: bytes = b"", is_wide: bool = False) -> bytes:
    """Return a string as the common list of a workbook holds it."""
    flags = (1 if is_wide else 0) | (8 if rich else 0) | (4 if aids else 0)
    head = struct.pack("<HB", len(text), flags)
    head += struct.pack("<H", rich) if rich else b""
    head += struct.pack("<L", len(aids)) if aids else b""
    return head + text.encode("utf-16-le" if is_wide else "latin-1") + bytes(4 * rich) + aids


BEGIN = a_record(0x809, struct.pack("<2H", 0x0600, 5) + bytes(12))
BEGIN_95 = a_record(0x809, struct.pack("<2H", 0x0500, 5) + bytes(4))
FINISH = a_record(0x0A)


def a_workbook(
    *, strings: Iterable[bytes] = (), sheet: bytes = b"", names: Sequence[str] = ("Sheet1",), before: bytes = b""
) -> bytes:
    """Return the main stream of an Excel 97 workbook with one sheet of records."""
    listed = list(strings)
    shared = a_record(0xFC, struct.pack("<2L", len(listed), len(listed)) + b"".join(listed)) if listed else b""
    tabs = b"".join(
        a_record(0x85, struct.pack("<LHBB", 0, 0, len(name), 1) + name.encode("utf-16-le")) for name in names
    )
    return BEGIN + before + tabs + shared + FINISH + BEGIN + sheet + FINISH


def an_xls(stream: bytes, *, name: str = "Workbook", beside: Tree | None = None) -> bytes:
    return a_compound_file({name: stream.ljust(4096, b"\0"), **(beside or {})})


def an_atom(kind: int, content: bytes = b"", *, instance: int = 0, holds: bool = False) -> bytes:
    return struct.pack("<HHL", instance << 4 | (0xF if holds else 0), kind, len(content)) + content


def slide_text(text: str) -> bytes:
    return an_atom(0x0FA0, text.encode("utf-16-le"))


def a_shape(text: str, *, is_placeholder: bool = False) -> bytes:
    place = an_atom(0xF011, an_atom(0x0BC3, bytes(8)), holds=True) if is_placeholder else b""
    return an_atom(0xF004, place + an_atom(0xF00D, slide_text(text), holds=True), holds=True)


def a_drawing(text: str) -> bytes:
    """Return the table of properties of a shape that shows words as a picture."""
    raw = text.encode("utf-16-le") + b"\0\0"
    table = struct.pack("<HLHLHL", 0x8180, 4, 0x0085, 7, 0x80C0, len(raw)) + b"fill" + raw
    return struct.pack("<HHL", 3 << 4 | 3, 0xF00B, len(table)) + table


def a_slide(*content: bytes) -> bytes:
    return an_atom(0x03EE, b"".join(content), holds=True)


def a_ppt(  # noqa: PLR0913  a presentation has many parts
    slides: Sequence[bytes],
    *,
    order: Sequence[int] | None = None,
    outline: Mapping[int, str] | None = None,
    notes: Sequence[bytes] = (),
    masters: Sequence[bytes] = (),
    in_document: bytes = b"",
    older: bytes = b"",
    mark: int = 0xE391C05F,
    has_circle: bool = False,
    beside: Tree | None = None,
) -> bytes:
    """Return a presentation; `order` and `outline` go by the numbers of the slides from 0, `older` is a past save.

    With `has_circle` the last save names itself as the one before.
    """
    parts = [*slides, *notes, *masters]
    kinds = {0: range(len(slides)), 2: range(len(slides), len(slides) + len(notes))}
    kinds[1] = range(len(slides) + len(notes), len(parts))
    lists, titles = b"", outline or {}
    for kind, numbers in kinds.items():
        listed: list[bytes] = []
        for number in order if kind == 0 and order is not None else numbers:
            listed.append(an_atom(0x03F3, struct.pack("<5L", number + 2, 0, 0, 256 + number, 0)))
            listed += [slide_text(titles[number])] if number in titles else []
        lists += an_atom(0x0FF0, b"".join(listed), instance=kind, holds=True)
    stream, places = older, [len(older)]
    stream += an_atom(0x03E8, in_document + lists, holds=True)
    for part in parts:
        places.append(len(stream))
        stream += part
    directory = struct.pack(f"<{len(places) + 1}L", len(places) << 20 | 1, *places)
    directory_at = len(stream)
    stream += an_atom(0x1772, directory)
    edit_at = len(stream)
    stream += an_atom(0x0FF5, struct.pack("<7L", 0, 0, edit_at if has_circle else 0, directory_at, 1, 0, 0))
    user = struct.pack("<HHLLLL", 0, 0x0FF6, 20, 20, mark, edit_at)
    return a_compound_file({"PowerPoint Document": stream, "Current User": user, **(beside or {})})
