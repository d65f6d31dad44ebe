"""The words of old and binary workbooks: tabs, cells, comments and headers of pages; numbers classify nothing."""

import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.identification import media_types as types
from scanners.text import read_content
from scanners.text.reading import ContentReading
from scanners.text.workbook_ods import ODS_KINDS
from tests.unit.scanners.legacy.building_compound import a_compound_file, a_property_set
from tests.unit.scanners.legacy.building_office import (
    BEGIN,
    BEGIN_95,
    FINISH,
    a_drawing,
    a_record,
    a_string,
    a_workbook,
    an_xls,
)

Builder = Callable[..., bytes]


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(types.XLS, content, limit_chars=limit)


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def test_tabs_and_shared_texts_are_read_in_their_order() -> None:
    strings = [
        a_string("Leavers"),
        a_string("Größe", is_wide=True),
        a_string("Bold words", rich=2),
        a_string("Tokyo", aids=b"reading", is_wide=True),
        a_string("Both", rich=1, aids=b"aid"),
        a_string(""),
        a_string("Last"),
    ]

    reading = read(an_xls(a_workbook(strings=strings, names=("Starters", "Pay 2003"))))

    assert reading.text.split("\n") == [
        *("Starters", "Pay 2003", "Leavers", "Größe", "Bold words", "Tokyo", "Both", "Last"),
    ]
    assert reading.is_read


def test_a_text_that_goes_on_in_the_next_record_changes_its_width_there() -> None:
    head = struct.pack("<2L", 2, 2) + struct.pack("<HB", 10, 0) + b"Minu"
    rest = b"\x01" + "tes 19".encode("utf-16-le") + a_string("Next")
    shared = a_record(0xFC, head) + a_record(0x3C, rest)

    assert read(an_xls(BEGIN + shared + FINISH)).text == "Minutes 19\nNext"


def test_a_text_is_cut_exactly_where_its_characters_begin() -> None:
    head = struct.pack("<2L", 2, 2) + struct.pack("<HB", 3, 0)
    shared = a_record(0xFC, head) + a_record(0x3C, b"\x00abc") + a_record(0x3C, a_string("Next", rich=1))

    assert read(an_xls(BEGIN + shared + FINISH)).text == "abc\nNext"


def test_cells_computed_texts_boxes_comments_and_page_headers_are_read() -> None:
    sheet = (
        a_record(0x14, struct.pack("<HB", 18, 0) + b'&C&"Arial"&12Top &')
        + a_record(0x203, bytes(14))
        + a_record(0x204, struct.pack("<3HHB", 0, 0, 0, 6, 0) + b"A cell")
        + a_record(0x207, struct.pack("<HB", 8, 1) + "Computed".encode("utf-16-le"))
        + a_record(0x1B6, bytes(10) + struct.pack("<2HL", 9, 16, 0))
        + a_record(0x3C, b"\0A comment"[:5])
        + a_record(0x3C, b"\0A comment"[:1] + b"mment")
        + a_record(0x100D, struct.pack("<HBB", 0, 7, 0) + b"A chart")
    )

    text = read(an_xls(a_workbook(sheet=sheet))).text

    assert text.split("\n") == ["Sheet1", "Top &", "A cell", "Computed", "A comment", "A chart"]


def test_words_that_are_drawn_are_read() -> None:
    assert read(an_xls(a_workbook(sheet=a_record(0xEC, a_drawing("DRAFT"))))).text == "Sheet1\nDRAFT"


def test_excel_95_is_read_in_its_own_alphabet_although_its_sheets_state_a_later_version() -> None:
    russian = "Пенсии".encode("cp1251")
    stream = (
        BEGIN_95
        + a_record(0x42, struct.pack("<H", 1251))
        + a_record(0x85, struct.pack("<LHB", 0, 0, 6) + russian)
        + FINISH
        + BEGIN
        + a_record(0x204, struct.pack("<4H", 0, 0, 0, 6) + russian)
        + a_record(0xD6, struct.pack("<4H", 0, 0, 0, 6) + russian + b"\x01\0\0")
        + a_record(0x1C, struct.pack("<3H", 0, 0, 12) + russian)
        + a_record(0x1C, struct.pack("<3H", 0xFFFF, 0, 6) + russian)
        + a_record(0x15, b"\x06" + russian)
        + FINISH
    )

    assert read(an_xls(stream, name="Book")).text == "\n".join(["Пенсии"] * 6)


@pytest.mark.parametrize(
    ("begin", "label", "computed"),
    [
        (0x009, a_record(0x04, bytes(7) + b"\x05Rates"), a_record(0x07, b"\x05Total")),
        (0x209, a_record(0x204, struct.pack("<4H", 0, 0, 0, 5) + b"Rates"), a_record(0x207, b"\x05\0Total")),
        (0x409, a_record(0x204, struct.pack("<4H", 0, 0, 0, 5) + b"Rates"), a_record(0x207, b"\x05\0Total")),
    ],
)
def test_the_first_versions_of_excel_stand_without_any_shell(begin: int, label: bytes, computed: bytes) -> None:
    content = a_record(begin, bytes(6)) + label + computed + a_record(0x8F, bytes(4) + b"\x04Tab4") + FINISH

    assert read(content).text == "Rates\nTotal\nTab4"


def test_sheets_are_found_again_where_something_stands_between_them() -> None:
    first = BEGIN + a_record(0x85, struct.pack("<LHBB", 600, 0, 5, 0) + b"Rates") + FINISH
    stream = first.ljust(600, b"\xaa") + BEGIN + a_record(0x207, struct.pack("<HB", 5, 0) + b"Total") + FINISH

    assert read(an_xls(stream)).text == "Rates\nTotal"


def test_a_password_is_told_apart_from_damage() -> None:
    reading = read(an_xls(a_workbook(before=a_record(0x2F, bytes(54)), strings=[a_string("secret")])))

    assert kinds(reading) == {ProblemKind.ENCRYPTED}
    assert reading.text == ""


def test_a_damaged_record_costs_only_itself_and_is_told() -> None:
    sheet = a_record(0x207, struct.pack("<HB", 900, 0) + b"cut") + a_record(0x207, struct.pack("<HB", 5, 0) + b"Total")

    reading = read(an_xls(a_workbook(sheet=sheet)))

    assert "Total" in reading.text
    assert kinds(reading) == {ProblemKind.BROKEN}


def test_a_workbook_that_was_cut_off_is_told_to_be_broken() -> None:
    assert kinds(read(an_xls(a_workbook(strings=[a_string("Leavers")])[:-4]))) == {ProblemKind.BROKEN}


@pytest.mark.parametrize("content", [b"", b"\0" * 40, a_compound_file({"Other": b"x"}), b"plain words " * 90])
def test_what_is_no_workbook_is_told_to_be_broken(content: bytes) -> None:
    assert kinds(read(content)) == {ProblemKind.BROKEN}


def test_a_workbook_of_a_million_empty_texts_ends_soon() -> None:
    count = 1_100_000
    portions = b"".join(a_record(0x3C, b"\0\0\0" * 2700) for _ in range(count // 2700))
    stream = BEGIN + a_record(0xFC, struct.pack("<2L", count, count)) + portions + FINISH

    began = time.process_time()
    reading = read(an_xls(stream))

    assert kinds(reading) == {ProblemKind.TRUNCATED_TEXT}
    assert time.process_time() - began < 20


def test_a_million_sheets_that_begin_nowhere_end_soon() -> None:
    tab = a_record(0x85, struct.pack("<LHBB", 0xFFFFFF, 0, 0, 0))
    stream = BEGIN + tab * 100_000 + FINISH + b"\xaa" * 100

    began = time.process_time()
    read(an_xls(stream))

    assert time.process_time() - began < 5


def test_properties_of_a_workbook_are_stated() -> None:
    content = an_xls(a_workbook(), beside={"\x05SummaryInformation": a_property_set({2: b"Rates 2003"})})

    assert read(content).properties == {"title": "Rates 2003"}


GOOD = an_xls(
    a_workbook(
        strings=[a_string("Leavers", rich=1), a_string("Größe", aids=b"aid", is_wide=True)],
        sheet=a_record(0x1B6, bytes(10) + struct.pack("<2HL", 3, 16, 0)) + a_record(0x3C, b"\0abc"),
    )
)


@given(st.data())
def test_no_changed_byte_makes_the_reader_fail(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(512, 700) | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 0x3C, 0x7F, 0xFF]) | st.integers(0, 255))

    began = time.process_time()
    reading = read(bytes(content))

    assert len(reading.text) <= 20_000
    assert time.process_time() - began < 2


records = st.builds(
    a_record, st.sampled_from([0xFC, 0x3C, 0x85, 0x204, 0x207, 0x1C, 0x1B6, 0x14, 0x0A, 0x809]), st.binary(max_size=40)
)


@given(st.lists(records, max_size=30), st.sampled_from([BEGIN, BEGIN_95, a_record(0x009, bytes(4))]))
def test_no_row_of_records_makes_the_reader_fail(rows: list[bytes], begin: bytes) -> None:
    assert len(read(begin + b"".join(rows)).text) <= 20_000 if begin[0] == 9 and begin[1] == 0 else True
    assert len(read(an_xls(begin + b"".join(rows))).text) <= 20_000


def figure(number: int) -> bytes:
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*parts, number))


def a_binary_record(kind: int, content: bytes = b"") -> bytes:
    return figure(kind) + figure(len(content)) + content


def wide(text: str) -> bytes:
    return struct.pack("<L", len(text)) + text.encode("utf-16-le")


def an_xlsb(archive: Builder, *, sheet: bytes = b"", shared: bytes = b"", comments: bytes = b"") -> bytes:
    tab = a_binary_record(156, struct.pack("<2L", 0, 1) + struct.pack("<L", 0xFFFFFFFF) + wide("Starters"))
    return archive(
        {
            "xl/workbook.bin": tab,
            "xl/sharedStrings.bin": shared,
            "xl/worksheets/sheet1.bin": sheet,
            "xl/comments1.bin": comments,
        }
    )


def read_binary(content: bytes) -> ContentReading:
    return read_content(types.XLSB, content, limit_chars=20_000)


def test_a_binary_workbook_is_read_like_any_other(archive: Builder) -> None:
    nothing = struct.pack("<L", 0xFFFFFFFF)
    sheet = (
        a_binary_record(5, bytes(16))
        + a_binary_record(6, bytes(8) + wide("A cell"))
        + a_binary_record(8, bytes(8) + wide("Computed"))
        + a_binary_record(479, bytes(2) + wide("&CHeader") + wide("Footer &P") + nothing * 4)
    )
    shared = a_binary_record(19, b"\0" + wide("Leavers")) + a_binary_record(19, b"\0" + wide("Größe" * 40))
    comments = a_binary_record(637, b"\0" + wide("A comment"))

    reading = read_binary(an_xlsb(archive, sheet=sheet, shared=shared, comments=comments))

    assert reading.text.split("\n") == [
        *("Starters", "Leavers", "Größe" * 40, "A comment", "A cell", "Computed", "Header", "Footer"),
    ]


@given(st.data())
def test_no_bytes_in_a_binary_workbook_make_the_reader_fail(archive: Builder, data: st.DataObject) -> None:
    sheet, shared = data.draw(st.binary(max_size=200)), data.draw(st.binary(max_size=200))

    assert len(read_binary(an_xlsb(archive, sheet=sheet, shared=b"\x13" + shared)).text) <= 20_000


def test_the_sheets_of_an_open_document_workbook_are_named(archive: Builder) -> None:
    body = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="Starters &amp; Leavers"><table:table-row><table:table-cell><text:p>Pay</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    content = archive({"mimetype": min(ODS_KINDS), "content.xml": body})

    assert read_content(min(ODS_KINDS), content, limit_chars=2000).text.split("\n") == ["Starters & Leavers", "Pay"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_open_document_is_told_to_be_broken(content: bytes) -> None:
    assert kinds(read_content(min(ODS_KINDS), content, limit_chars=2000)) == {ProblemKind.BROKEN}
