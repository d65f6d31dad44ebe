"""What old Word documents say, in every corner where a marking may stand, and nothing that was deleted."""

import struct
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.identification import media_types as types
from scanners.text import read_content
from scanners.text.reading import ContentReading
from tests.unit.scanners.legacy.building_compound import a_compound_file, a_property_set
from tests.unit.scanners.legacy.building_office import Cut, a_doc, a_drawing, an_old_doc


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(types.DOC, content, limit_chars=limit)


def old(stream: bytes) -> bytes:
    return a_compound_file({"WordDocument": stream.ljust(4096, b"\0")})


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def test_a_text_in_pieces_of_one_and_of_two_bytes_reads_as_one() -> None:
    reading = read(a_doc("Minutes of the ", Cut("Żagań twinning ", is_wide=True), "committee\r"))

    assert reading.text == "Minutes of the Żagań twinning committee"
    assert reading.is_read


def test_a_marking_in_a_header_is_found_before_a_long_body() -> None:
    content = a_doc("word " * 9000, stories={2: "CONFIDENTIAL PERSONNEL\r"})

    reading = read(content)

    assert reading.text.startswith("CONFIDENTIAL PERSONNEL\nword word")
    assert kinds(reading) == {ProblemKind.TRUNCATED_TEXT}


def test_a_watermark_is_found_once_however_many_headers_repeat_it() -> None:
    content = a_doc("Body\r", stories={2: "Header\r"}, drawings=b"\x0b\xf0" + a_drawing("CONFIDENTIAL") * 3)

    assert read(content).text.split() == ["Header", "CONFIDENTIAL", "Body"]


def test_endless_headers_leave_room_for_the_body() -> None:
    assert "Minutes" in read(a_doc("Minutes", stories={2: "header " * 20_000})).text


def test_notes_comments_and_text_boxes_are_read() -> None:
    stories = {1: "A footnote\r", 4: "A comment\r", 5: "An endnote\r", 6: "A box\r", 7: "A box in the margin\r"}

    assert read(a_doc("Body\r", stories=stories)).text.split("\n") == [
        "Body",
        "A footnote",
        "A comment",
        "An endnote",
        "A box",
        "A box in the margin",
    ]


def test_the_instructions_of_fields_are_left_out_and_their_results_stay() -> None:
    body = 'See \x13 HYPERLINK "http://x" \x14the \x13 PAGEREF a \x1412\x15 minutes\x15 of \x13 TIME \x15May'

    assert read(a_doc(body)).text == "See the 12 minutes of May"


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("\x13 MACROBUTTON NoMacro Click here\x15", "Click here"),
        ('\x13 EQ \\* jc2 \\* "Font:MS Mincho" \\o\\ad(\\s\\up 9(TOKYO),Capital)\x15', "TOKYO Capital"),
    ],
)
def test_fields_that_show_their_instruction_are_read(field: str, shown: str) -> None:
    assert (
        read(a_doc(f"[{field}]")).text.replace("\n", "").split()
        == f"[{shown}]".replace("[T", "[ T").replace("l]", "l ]").split()
    )


def test_a_field_that_never_ends_hides_nothing() -> None:
    assert read(a_doc("Before \x13the whole letter")).text == "Before the whole letter"
    assert "word word" in read(a_doc("Before \x13" + "word " * 3000)).text


def test_text_that_was_deleted_under_revision_marks_is_left_out() -> None:
    content = a_doc("Pay is agreed. Pay is NOT agreed.", deleted=((15, 33),))

    assert read(content).text == "Pay is agreed."


def test_cells_and_special_characters_keep_words_apart() -> None:
    assert read(a_doc("Name\x07Born\x07\x07One\x0bTwo\x0cco\x1eop co\x1foperate\x01\x08\x02")).text == (
        "Name\tBorn One\nTwo\nco-op cooperate"
    )


@pytest.mark.parametrize(
    ("language", "raw", "text"),
    [
        (0x0809, b"Caf\xe9", "Café"),
        (0x0419, "Протокол".encode("cp1251"), "Протокол"),
        (0x0415, "Żądanie".encode("cp1250"), "Żądanie"),
        (0x0404, "會議".encode("cp950"), "會議"),
        (0x0411, "会議".encode("cp932"), "会議"),
    ],
)
def test_word_95_is_read_in_the_alphabet_of_its_language(language: int, raw: bytes, text: str) -> None:
    assert read(old(an_old_doc(raw, language=language))).text == text


def test_word_95_with_two_bytes_for_a_character_is_read() -> None:
    raw = "By post and fax".encode("utf-16-le") + b"\xe9\x10"

    assert read(old(an_old_doc(raw, flags=0x1000, kind=0xA699))).text == "By post and faxé"


def test_word_6_that_was_saved_in_a_hurry_is_read_piece_by_piece() -> None:
    stream = bytearray(an_old_doc(b"committee Minutes of the ", flags=0x0004))
    plan = struct.pack("<3L", 0, 15, 24) + struct.pack("<HLH", 0, 0x300 + 10, 0) + struct.pack("<HLH", 0, 0x300, 0)
    table = b"\x02" + struct.pack("<L", len(plan)) + plan
    struct.pack_into("<2L", stream, 0x160, len(stream), len(table))
    struct.pack_into("<L", stream, 0x34, 24)

    assert read(old(bytes(stream) + table)).text == "Minutes of the committee"


def test_word_2_stands_without_any_shell() -> None:
    assert read(an_old_doc(b"Newsletter\r", kind=0xA5DB, version=45)).text == "Newsletter"


@pytest.mark.parametrize("content", [a_doc("secret", flags=0x0100), old(an_old_doc(b"secret", flags=0x0100))])
def test_a_password_is_told_apart_from_damage(content: bytes) -> None:
    reading = read(content)

    assert kinds(reading) == {ProblemKind.ENCRYPTED}
    assert not reading.is_read
    assert "secret" not in reading.text


def test_a_document_that_was_cut_off_keeps_what_there_is_and_says_so() -> None:
    reading = read(a_doc("Minutes", claimed=90_000))

    assert reading.text == "Minutes"
    assert kinds(reading) == {ProblemKind.BROKEN}
    assert not reading.is_read


def test_a_lost_table_of_pieces_is_damage_and_no_empty_document() -> None:
    content = a_doc("Minutes", beside={"1Table": b""})

    assert kinds(read(content)) == {ProblemKind.BROKEN}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xdb\xa5",
        a_compound_file({"Other": b"x"}),
        a_compound_file({"WordDocument": b"\xec\xa5\xc1\x00" + bytes(395)}),
        a_compound_file({"WordDocument": b"\xff\xff\xc1\x00" + bytes(2000)}),
        b"just some text " * 100,
    ],
)
def test_what_is_no_document_is_told_to_be_broken(content: bytes) -> None:
    assert kinds(read(content)) == {ProblemKind.BROKEN}


def test_stated_properties_come_out_under_the_common_names() -> None:
    summary = a_property_set(
        {
            2: b"Caf\xe9 minutes",
            4: "Łucja Nowak",
            8: b"R. Hollis",
            11: datetime(2003, 5, 12, 9, 0, 5, tzinfo=UTC),
            12: datetime(2003, 5, 10, 14, 30, tzinfo=UTC),
            13: datetime(1601, 1, 1, tzinfo=UTC),
            14: 12,
            15: 0,
            18: b"Microsoft Word 9.0",
        }
    )
    more = a_property_set({15: b"Ayton Council", 14: b"", 7: 0})
    content = a_doc("x", beside={"\x05SummaryInformation": summary, "\x05DocumentSummaryInformation": more})

    assert read(content).properties == {
        "title": "Café minutes",
        "author": "Łucja Nowak",
        "last_modified_by": "R. Hollis",
        "last_printed_at": "2003-05-12T09:00:05Z",
        "created_at": "2003-05-10T14:30:00Z",
        "page_count": "12",
        "application": "Microsoft Word 9.0",
        "company": "Ayton Council",
    }


@pytest.mark.parametrize("code_page", [1251, 10007, 65001, 1200])
def test_properties_are_read_in_their_own_alphabet(code_page: int) -> None:
    encoding = {1251: "cp1251", 10007: "mac_cyrillic", 65001: "utf-8", 1200: "utf-16-le"}[code_page]
    summary = a_property_set({2: "Протокол\0".encode(encoding)}, code_page=code_page)

    assert read(a_doc("x", beside={"\x05SummaryInformation": summary})).properties == {"title": "Протокол"}


def test_a_date_beyond_the_calendar_is_no_date() -> None:
    summary = bytearray(a_property_set({12: datetime(2003, 5, 10, tzinfo=UTC)}))
    struct.pack_into("<Q", summary, len(summary) - 8, (1 << 64) - 1)

    assert read(a_doc("x", beside={"\x05SummaryInformation": bytes(summary)})).properties == {}


@given(st.binary(max_size=300))
def test_damaged_properties_cost_only_themselves(rest: bytes) -> None:
    summary = a_property_set({2: b"x"})[:60] + rest

    assert read(a_doc("Minutes", beside={"\x05SummaryInformation": summary})).text == "Minutes"


def test_pieces_that_all_show_the_same_blanks_end_soon() -> None:
    count = 60_000
    plan = (
        struct.pack(f"<{count + 1}L", *range(0, 30_000 * (count + 1), 30_000))
        + struct.pack("<HLH", 0, 4096 | 0x40000000, 0) * count
    )
    table = b"\x02" + struct.pack("<L", len(plan)) + plan
    stream = bytearray(2048) + b" " * 70_000
    struct.pack_into("<2H", stream, 0, 0xA5EC, 193)
    struct.pack_into("<H", stream, 0x0A, 0x0200)
    struct.pack_into("<L", stream, 0x4C, 30_000 * count)
    struct.pack_into("<2L", stream, 0x1A2, 0, len(table))

    began = time.process_time()
    reading = read(a_compound_file({"WordDocument": bytes(stream), "1Table": table}))

    assert kinds(reading) == {ProblemKind.TOO_LARGE}
    assert time.process_time() - began < 5


def test_fields_within_fields_without_end_take_no_longer_than_their_length() -> None:
    began = time.process_time()
    read(a_doc("\x13" * 300_000 + "\x15" * 300_000), limit=1_000_000)

    assert time.process_time() - began < 5


GOOD = a_doc(
    "Pay is \x13 DATE \x14agreed\x15. ",
    Cut("Żagań ", is_wide=True),
    "Pay is NOT agreed.",
    stories={1: "note", 2: "CONFIDENTIAL"},
    deleted=((7, 10), (20, 25)),
    drawings=a_drawing("CONFIDENTIAL"),
    beside={"\x05SummaryInformation": a_property_set({2: b"Title", 12: datetime(2003, 5, 10, tzinfo=UTC), 14: 3})},
)
OLD = old(an_old_doc(b"Minutes of the committee", flags=0x0004))


@given(st.data(), st.sampled_from([GOOD, OLD]))
def test_no_changed_byte_makes_the_reader_fail(data: st.DataObject, good: bytes) -> None:
    content = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(512, 1600))
        content[at] = data.draw(st.sampled_from([0, 1, 0x13, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))

    began = time.process_time()
    reading = read(bytes(content[: data.draw(st.sampled_from([len(content), 700, 2000]))]))

    assert len(reading.text) <= 20_000
    assert time.process_time() - began < 2


@given(st.binary(max_size=3000), st.binary(max_size=500))
def test_no_bytes_in_the_streams_make_the_reader_fail(main: bytes, table: bytes) -> None:
    head = struct.pack("<2H", 0xA5EC, 193)

    assert len(read(a_compound_file({"WordDocument": head + main, "0Table": table, "1Table": table})).text) <= 20_000
