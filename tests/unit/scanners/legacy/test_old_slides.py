"""What old presentations say, slide after slide as they were last saved, with notes, comments and footers."""

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
from tests.unit.scanners.legacy.building_office import a_drawing, a_ppt, a_shape, a_slide, an_atom, slide_text


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(types.PPT, content, limit_chars=limit)


def lines(reading: ContentReading) -> list[str]:
    return [line for line in reading.text.split("\n") if line]


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def string(text: str, instance: int = 0) -> bytes:
    return an_atom(0x0FBA, text.encode("utf-16-le"), instance=instance)


def test_slides_are_read_in_the_order_in_which_they_are_shown() -> None:
    content = a_ppt([a_slide(a_shape("Second")), a_slide(a_shape("First"))], order=(1, 0))

    reading = read(content)

    assert lines(reading) == ["First", "Second"]
    assert reading.is_read


def test_what_stands_in_the_outline_comes_with_its_slide() -> None:
    content = a_ppt([a_slide(a_shape("Drawn 1")), a_slide(a_shape("Drawn 2"))], outline={0: "Title 1", 1: "Title 2"})

    assert lines(read(content)) == ["Title 1", "Drawn 1", "Title 2", "Drawn 2"]


def test_notes_comments_and_footers_are_read_and_repeated_footers_once() -> None:
    footer = an_atom(0x0FD9, string("OFFICIAL", 2), holds=True)
    comment = an_atom(0x2EE0, string("Rita", 0) + string("Check this", 1) + string("RH", 2), holds=True)
    tags = an_atom(0x1388, an_atom(0x138A, string("___PPT10") + an_atom(0x138B, comment), holds=True), holds=True)
    slides = [a_slide(a_shape("One"), footer, tags), a_slide(a_shape("Two"), footer)]
    notes = [an_atom(0x03F0, a_shape("Say this"), holds=True)]

    text = lines(read(a_ppt(slides, notes=notes, in_document=an_atom(0x0FD9, string("Council", 2), holds=True))))

    assert text == ["Council", "One", "OFFICIAL", "Rita", "Check this", "Two", "Say this"]


def test_of_a_master_only_what_somebody_wrote_on_it_is_read() -> None:
    master = an_atom(0x03F8, a_shape("Click to edit", is_placeholder=True) + a_shape("OFFICIAL-SENSITIVE"), holds=True)

    assert lines(read(a_ppt([a_slide(a_shape("One"))], masters=[master]))) == ["One", "OFFICIAL-SENSITIVE"]


def test_a_slide_that_was_replaced_by_a_later_save_is_not_read() -> None:
    content = a_ppt([a_slide(a_shape("Final"))], older=a_slide(a_shape("Draft that was withdrawn")))

    assert lines(read(content)) == ["Final"]


def test_words_that_are_drawn_are_read() -> None:
    assert lines(read(a_ppt([a_slide(a_drawing("OFFICIAL"), a_shape("One"))]))) == ["OFFICIAL", "One"]


def test_both_widths_of_text_are_read() -> None:
    narrow = an_atom(0x0FA8, b"Caf\xe9\x0bTwo\rThree")

    assert lines(read(a_ppt([a_slide(narrow, slide_text("Żagań"))]))) == ["Café", "Two", "Three", "Żagań"]


def test_a_lost_list_of_slides_still_gives_their_words_and_is_told() -> None:
    content = a_ppt([a_slide(a_shape("One"))], beside={"Current User": b""})

    reading = read(content)

    assert lines(reading) == ["One"]
    assert kinds(reading) == {ProblemKind.BROKEN}


def test_a_slide_that_cannot_be_found_is_told() -> None:
    reading = read(a_ppt([a_slide(a_shape("One"))], order=(0, 7)))

    assert lines(reading) == ["One"]
    assert kinds(reading) == {ProblemKind.BROKEN}


@pytest.mark.parametrize(
    "content",
    [
        a_ppt([a_slide(a_shape("secret"))], mark=0xF3D1C4DF),
        a_ppt([a_slide(a_shape("secret"))], beside={"EncryptedSummary": b"x"}),
        a_ppt([an_atom(0x2F14)], beside={"Current User": b""}),
    ],
)
def test_a_password_is_told_apart_from_damage(content: bytes) -> None:
    reading = read(content)

    assert kinds(reading) == {ProblemKind.ENCRYPTED}
    assert reading.text == ""


def test_a_file_for_two_versions_is_read_as_the_later_one() -> None:
    inner = {"PowerPoint Document": an_atom(0x03EE, slide_text("Later"), holds=True), "Current User": b""}

    assert lines(read(a_compound_file({"PP97_DUALSTORAGE": inner, "PP40": b"older"}))) == ["Later"]


@pytest.mark.parametrize("content", [b"", a_compound_file({"PP40": b"x"}), b"plain words " * 90])
def test_what_is_no_presentation_of_that_age_is_told_to_be_unread(content: bytes) -> None:
    assert kinds(read(content)) == {ProblemKind.BROKEN}


def test_properties_of_a_presentation_are_stated() -> None:
    beside = {
        "\x05SummaryInformation": a_property_set({4: b"R. Hollis", 12: datetime(2003, 5, 10, tzinfo=UTC)}),
        "\x05DocumentSummaryInformation": a_property_set({7: 14, 15: b"Ayton Council"}),
    }

    assert read(a_ppt([a_slide()], beside=beside)).properties == {
        "author": "R. Hollis",
        "created_at": "2003-05-10T00:00:00Z",
        "page_count": "14",
        "company": "Ayton Council",
    }


def test_a_list_that_shows_one_slide_a_hundred_thousand_times_ends_soon() -> None:
    content = a_ppt([a_slide(a_shape(" " * 5000))], order=(0,) * 100_000)

    began = time.process_time()
    reading = read(content)

    assert kinds(reading) == {ProblemKind.TOO_LARGE}
    assert time.process_time() - began < 5


def test_shapes_within_shapes_within_shapes_end_soon() -> None:
    depth = 60_000
    nested = b"".join(struct.pack("<HHL", 0xF, 0xF004, (depth - number) * 8) for number in range(depth))
    master = an_atom(0x03F8, nested, holds=True)

    began = time.process_time()
    reading = read(a_ppt([a_slide(a_shape("One"))], masters=[master]))

    assert lines(reading) == ["One"]
    assert time.process_time() - began < 5


def test_a_save_that_names_itself_as_the_one_before_ends() -> None:
    assert lines(read(a_ppt([a_slide(a_shape("One"))], has_circle=True))) == ["One"]


GOOD = a_ppt(
    [a_slide(a_shape("One"), an_atom(0x0FD9, string("OFFICIAL", 2), holds=True)), a_slide(a_shape("Two"))],
    outline={0: "Title"},
    masters=[an_atom(0x03F8, a_shape("Prompt", is_placeholder=True), holds=True)],
)


@given(st.data())
def test_no_changed_byte_makes_the_reader_fail(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 0x0F, 0x7F, 0xFF]) | st.integers(0, 255))

    began = time.process_time()
    reading = read(bytes(content))

    assert len(reading.text) <= 20_000
    assert time.process_time() - began < 2


atoms = st.builds(
    an_atom,
    st.sampled_from([0x03E8, 0x0FF0, 0x03F3, 0x0FA0, 0x0FA8, 0x0FBA, 0x0FD9, 0x2EE0, 0x138B, 0xF004, 0x1772, 0x0FF5]),
    st.binary(max_size=40),
    instance=st.integers(0, 3),
    holds=st.booleans(),
)


@given(st.lists(atoms, max_size=20), st.integers(0, 200))
def test_no_row_of_records_makes_the_reader_fail(rows: list[bytes], edit_at: int) -> None:
    user = struct.pack("<HHLLLL", 0, 0x0FF6, 20, 20, 0, edit_at)
    content = a_compound_file({"PowerPoint Document": b"".join(rows) or b"x", "Current User": user})

    assert len(read(content).text) <= 20_000
