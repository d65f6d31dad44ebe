"""A winmail.dat is a message in a parcel: it is opened far enough to list what somebody sent."""

import struct
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.identification import media_types as types
from scanners.observation import ContainedMember, MemberKind
from scanners.text import read_content
from scanners.text.reading import ContentReading
from tests.unit.scanners.legacy.building_messages import (
    a_winmail,
    an_attribute,
    an_inner_message,
    mapi_properties,
    packed_rtf,
)

SENT = datetime(2019, 3, 29, 16, 55, 10, tzinfo=UTC)
PROPERTIES, RECIPIENTS, CODE_PAGE, NEXT, ATTACHED = 0x9003, 0x9004, 0x9007, 0x9002, 0x9005


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(types.TNEF, content, limit_chars=limit)


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def attached(*attributes: tuple[int, bytes]) -> bytes:
    return an_attribute(NEXT, bytes(14), level=2) + b"".join(
        an_attribute(number, content, level=2) for number, content in attributes
    )


def test_message_and_attachments_are_read() -> None:
    row = mapi_properties({0x3001: "Rita Hollis", 0x39FE: "rita@ayton.gov.uk", 0x0C15: 1})
    properties = mapi_properties(
        {
            0x0037: "Tree at 4 Mill Lane",
            0x0C1A: "The Clerk",
            0x0039: SENT,
            0x1009: packed_rtf(b"{\\rtf1 Please fell it.}"),
            0x8001: "named",
            0x3A0D: (b"two", b"values"),
        }
    )
    content = a_winmail(
        an_attribute(CODE_PAGE, struct.pack("<2L", 1252, 0)),
        an_attribute(PROPERTIES, properties),
        an_attribute(RECIPIENTS, struct.pack("<L", 1) + row),
        attached((0x8010, b"PLAN~1.PDF\0"), (0x800F, b"x" * 900), (ATTACHED, mapi_properties({0x3707: "plan.pdf"}))),
        attached((0x8010, b"photo.jpg\0"), (0x8013, struct.pack("<7H", 2019, 3, 28, 9, 30, 0, 4))),
    )

    reading = read(content)

    assert reading.is_read
    assert reading.properties == {
        "from": "The Clerk",
        "to": "Rita Hollis <rita@ayton.gov.uk>",
        "subject": "Tree at 4 Mill Lane",
        "sent_at": "2019-03-29T16:55:10Z",
    }
    assert "Please fell it." in reading.text
    assert reading.members == (
        ContainedMember(path="plan.pdf", kind=MemberKind.ATTACHMENT, size_bytes=900),
        ContainedMember(path="photo.jpg", kind=MemberKind.ATTACHMENT, modified="2019-03-28T09:30:00"),
    )


def test_parcels_from_before_there_were_properties_are_read_and_no_zone_is_made_up() -> None:
    content = a_winmail(
        an_attribute(CODE_PAGE, struct.pack("<2L", 1251, 0)),
        an_attribute(0x8004, "Протокол\0".encode("cp1251")),
        an_attribute(0x800C, "Решение\0".encode("cp1251")),
        an_attribute(0x8005, struct.pack("<7H", 1999, 5, 3, 17, 4, 9, 1)),
        an_attribute(0x8006, b"short"),
    )

    reading = read(content)

    assert reading.properties == {"subject": "Протокол", "sent_at": "1999-05-03T17:04:09"}
    assert reading.text.split("\n") == ["Subject: Протокол", "Решение"]


@pytest.mark.parametrize("is_first", [True, False])
def test_what_the_message_says_itself_counts_more_than_the_older_attribute(*, is_first: bool) -> None:
    pair = [an_attribute(PROPERTIES, mapi_properties({0x0037: "Größe"})), an_attribute(0x8004, b"Gr??e\0")]

    assert read(a_winmail(*(pair if is_first else reversed(pair)))).properties == {"subject": "Größe"}


def test_a_wrong_checksum_is_told_and_costs_no_word() -> None:
    content = a_winmail(an_attribute(0x8004, b"Trees\0", checksum=1), an_attribute(0x800C, b"Body\0"))

    reading = read(content)

    assert reading.text == "Subject: Trees\nBody"
    assert kinds(reading) == {ProblemKind.BROKEN}


def test_a_parcel_in_a_parcel_is_read() -> None:
    inner = a_winmail(an_attribute(0x8004, b"Inner\0"), attached((0x8010, b"plan.pdf\0"), (0x800F, b"x")))
    content = a_winmail(
        an_attribute(0x8004, b"Outer\0"), attached((0x8010, b"Old message\0"), (ATTACHED, an_inner_message(inner)))
    )

    reading = read(content)

    assert [(member.path, member.kind) for member in reading.members] == [
        ("Old message", MemberKind.MESSAGE),
        ("Old message!/plan.pdf", MemberKind.ATTACHMENT),
    ]
    assert "Subject: Inner" in reading.text
    assert reading.properties == {"subject": "Outer"}


def test_parcels_nested_beyond_all_measure_are_told() -> None:
    content = a_winmail(an_attribute(0x8004, b"Innermost\0"))
    for _ in range(25):
        content = a_winmail(attached((0x8010, b"m\0"), (ATTACHED, an_inner_message(content))))

    assert kinds(read(content)) <= {ProblemKind.BROKEN, ProblemKind.TOO_LARGE}
    assert not read(content).is_read


def test_a_locked_message_is_told_apart() -> None:
    envelope = bytes.fromhex("308006092a864886f70d010703") + bytes(90)

    assert kinds(read(a_winmail(attached((0x8010, b"smime.p7m\0"), (0x800F, envelope))))) == {ProblemKind.ENCRYPTED}


@pytest.mark.parametrize(
    "content", [b"", b"winmail", a_winmail(b"\x07" * 40), a_winmail(an_attribute(0x8004, b"Trees\0"))[:-3]]
)
def test_what_is_cut_off_or_no_parcel_is_told_to_be_broken(content: bytes) -> None:
    assert kinds(read(content)) == {ProblemKind.BROKEN}


def test_properties_that_claim_billions_of_values_end_soon() -> None:
    raw = struct.pack("<L", 0xFFFFFFFF) + struct.pack("<2HL", 0x1102, 0x3000, 0xFFFFFFFF) + bytes(400_000)

    began = time.process_time()
    read(a_winmail(an_attribute(PROPERTIES, raw), an_attribute(RECIPIENTS, raw), attached((ATTACHED, raw))))

    assert time.process_time() - began < 5


GOOD = a_winmail(
    an_attribute(
        PROPERTIES, mapi_properties({0x0037: "Trees", 0x0039: SENT, 0x8001: "named", 0x1009: packed_rtf(b"{\\rtf1 x}")})
    ),
    an_attribute(RECIPIENTS, struct.pack("<L", 1) + mapi_properties({0x3001: "Rita", 0x0C15: 1})),
    attached((0x8010, b"m\0"), (ATTACHED, an_inner_message(a_winmail(an_attribute(0x8004, b"Inner\0"))))),
)


@given(st.data())
def test_no_changed_byte_makes_the_reader_fail(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 10))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFF]) | st.integers(0, 255))

    began = time.process_time()
    reading = read(bytes(content))

    assert len(reading.text) <= 20_000
    assert time.process_time() - began < 2


@given(
    st.lists(
        st.tuples(st.sampled_from([PROPERTIES, RECIPIENTS, ATTACHED, NEXT, 0x800F, 0x8005]), st.binary(max_size=60))
    )
)
def test_no_row_of_attributes_makes_the_reader_fail(rows: list[tuple[int, bytes]]) -> None:
    content = a_winmail(*(an_attribute(number, raw, level=2 - number % 2) for number, raw in rows))

    assert len(read(content).text) <= 20_000
