"""Who wrote to whom, when and about what: the facts that classify a message, and everything that hangs on it."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.identification import media_types as types
from scanners.observation import ContainedMember, MemberKind
from scanners.text import read_content
from scanners.text.ole_rtf import unpacked_rtf
from scanners.text.reading import ContentReading
from tests.unit.scanners.legacy.building_compound import Tree, a_compound_file
from tests.unit.scanners.legacy.building_messages import Values, a_message, a_msg, an_attachment, packed_rtf

SENT = datetime(2019, 3, 29, 16, 55, 10, tzinfo=UTC)
RECEIVED = datetime(2019, 3, 29, 16, 55, 12, tzinfo=UTC)
LATER = datetime(2021, 1, 4, 8, 0, tzinfo=UTC)
SUBJECT, BODY, HTML, RTF = 0x0037, 0x1000, 0x1013, 0x1009
NAME, SMTP, KIND = 0x3001, 0x39FE, 0x0C15
LONG_NAME, MEDIA_TYPE, METHOD, CONTENT = 0x3707, 0x370E, 0x3705, 0x3701
RITA = {NAME: "Rita Hollis", SMTP: "rita@ayton.gov.uk", KIND: 1}
SAM = {NAME: "'sam@ayton.gov.uk'", SMTP: "sam@ayton.gov.uk", KIND: 2}
HIDDEN = {NAME: "Clerk", KIND: 3}
ENVELOPE = bytes.fromhex("3080060b2a864886f70d010703".replace("060b", "0609"))


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(types.MSG, content, limit_chars=limit)


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def test_the_facts_of_a_message_come_out_under_the_common_names() -> None:
    content = a_msg(
        {
            SUBJECT: "Tree at 4 Mill Lane",
            0x0042: "The Clerk",
            0x5D02: "clerk@ayton.gov.uk",
            0x0039: SENT,
            0x0E06: RECEIVED,
            0x3007: LATER,
            0x3008: LATER,
            0x1035: "<1@ayton>",
            0x0017: 2,
            0x0036: 3,
            BODY: "Please fell it.\r\n",
        },
        recipients=[RITA, SAM, HIDDEN],
    )

    reading = read(content)

    assert reading.properties == {
        "from": "The Clerk <clerk@ayton.gov.uk>",
        "to": "Rita Hollis <rita@ayton.gov.uk>",
        "cc": "sam@ayton.gov.uk",
        "subject": "Tree at 4 Mill Lane",
        "message_id": "<1@ayton>",
        "sent_at": "2019-03-29T16:55:10Z",
        "received_at": "2019-03-29T16:55:12Z",
        "modified_at": "2021-01-04T08:00:00Z",
        "importance": "high",
        "sensitivity": "confidential",
    }
    assert reading.text.split("\n") == [
        "Subject: Tree at 4 Mill Lane",
        "From: The Clerk <clerk@ayton.gov.uk>",
        "To: Rita Hollis <rita@ayton.gov.uk>",
        "Cc: sam@ayton.gov.uk",
        "Please fell it.",
    ]


def test_a_note_that_was_never_sent_has_the_date_of_its_making() -> None:
    assert read(a_msg({SUBJECT: "Note", 0x3007: LATER})).properties["created_at"] == "2021-01-04T08:00:00Z"


def test_the_date_of_a_copy_is_not_taken_for_the_date_of_a_message() -> None:
    assert "created_at" not in read(a_msg({0x0039: SENT, 0x3007: LATER})).properties


def test_two_clocks_that_contradict_each_other_make_no_date() -> None:
    properties = read(a_msg({0x0039: LATER, 0x0E06: RECEIVED})).properties

    assert "sent_at" not in properties
    assert properties["stated_date"] == "2021-01-04T08:00:00Z"
    assert properties["received_at"] == "2019-03-29T16:55:12Z"


def test_what_is_missing_is_taken_from_the_header_that_the_post_wrote() -> None:
    header = "From: Rita <rita@ayton.gov.uk>\r\nMessage-ID: <2@x>\r\nDate: Fri, 29 Mar 2019 16:55:10 +0000\r\n"

    properties = read(a_msg({0x007D: header, BODY: "x", 0x0E04: "Sam; Clerk"})).properties

    assert properties == {
        "from": "Rita <rita@ayton.gov.uk>",
        "to": "Sam; Clerk",
        "message_id": "<2@x>",
        "sent_at": "2019-03-29T16:55:10+00:00",
    }


@pytest.mark.parametrize(("number", "page"), [(0x3FFD, 1251), (0x3FDE, 1251)])
def test_messages_from_before_unicode_are_read_in_their_own_alphabet(number: int, page: int) -> None:
    content = a_msg({SUBJECT: "Протокол", number: page}, code_page="cp1251", recipients=[{NAME: "Рита", KIND: 1}])

    assert read(content).properties == {"subject": "Протокол", "to": "Рита"}


@pytest.mark.parametrize(
    "body",
    [
        {HTML: b"<html><p>Dear <b>Rita</b></p></html>"},
        {HTML: "<p>Dear Rita</p>"},
        {BODY: " ", HTML: b"<p>Dear Rita</p>"},
        {RTF: packed_rtf(b"{\\rtf1\\ansi Dear \\b Rita\\b0\\par}")},
        {
            RTF: packed_rtf(
                b"{\\rtf1\\fromhtml1 {\\*\\htmltag64 <p>}Dear {\\*\\htmltag84 <b>}\\htmlrtf {\\b no\\htmlrtf0 Rita}}"
            )
        },
    ],
)
def test_whichever_body_there_is_is_read(body: dict[int, str | bytes]) -> None:
    reading = read(a_msg({SUBJECT: "Trees", **body}))

    assert reading.text.split() == ["Subject:", "Trees", "Dear", "Rita"]
    assert reading.properties == {"subject": "Trees"}


def test_what_a_page_calls_itself_is_not_the_title_of_the_message() -> None:
    assert "title" not in read(a_msg({HTML: b"<title>Newsletter template 3</title><p>Dear Rita</p>"})).properties


def test_a_page_is_read_in_the_alphabet_that_the_message_states() -> None:
    page = "<p>Протокол</p>".encode("cp1251")

    assert read(a_msg({HTML: page, 0x3FDE: 1251})).text == "Протокол"


def test_attachments_are_listed_with_their_facts() -> None:
    plan: Values = {
        LONG_NAME: "Plan!/of trees.pdf",
        MEDIA_TYPE: "application/pdf",
        CONTENT: b"x" * 5000,
        0x3008: SENT,
        METHOD: 1,
    }
    content = a_msg({BODY: "See plan."}, attachments=[an_attachment(plan), an_attachment({0x3704: "PHOTO~1.JPG"})])

    reading = read(content)

    assert reading.members == (
        ContainedMember(
            path="Plan!_of trees.pdf",
            kind=MemberKind.ATTACHMENT,
            size_bytes=5000,
            media_type="application/pdf",
            modified="2019-03-29T16:55:10Z",
        ),
        ContainedMember(path="PHOTO~1.JPG", kind=MemberKind.ATTACHMENT),
    )
    assert "Attachment: PHOTO~1.JPG" in reading.text


def test_a_message_inside_a_message_is_read_with_what_hangs_on_it() -> None:
    plan = an_attachment({LONG_NAME: "plan.pdf", CONTENT: b"x"})
    inner = a_message({SUBJECT: "Old", BODY: "Inner words", 0x0039: SENT}, attachments=[plan], is_inner=True)
    content = a_msg(
        {SUBJECT: "New", BODY: "Outer words"},
        attachments=[an_attachment({NAME: "Old message", METHOD: 5}, message=inner), an_attachment({NAME: "last"})],
    )

    reading = read(content)

    assert [(member.path, member.kind, member.modified) for member in reading.members] == [
        ("Old message", MemberKind.MESSAGE, "2019-03-29T16:55:10Z"),
        ("last", MemberKind.ATTACHMENT, ""),
        ("Old message!/plan.pdf", MemberKind.ATTACHMENT, ""),
    ]
    assert "Inner words" in reading.text
    assert reading.properties["subject"] == "New"


def test_a_full_draft_does_not_hide_the_attachments() -> None:
    content = a_msg({BODY: "word " * 9000}, attachments=[an_attachment({NAME: f"a{number}"}) for number in range(5)])

    reading = read(content, limit=1000)

    assert reading.member_count == 5
    assert kinds(reading) == {ProblemKind.TRUNCATED_TEXT}


@pytest.mark.parametrize(
    "attachment",
    [
        {LONG_NAME: "smime.p7m", CONTENT: ENVELOPE + bytes(90)},
        {LONG_NAME: "x", MEDIA_TYPE: "application/pkcs7-mime", CONTENT: ENVELOPE + bytes(90)},
        {LONG_NAME: "ATT1.dat", MEDIA_TYPE: "application/pgp-encrypted", CONTENT: b"Version: 1"},
        {LONG_NAME: "message.rpmsg", CONTENT: b"\x76\xe8\x04\x60"},
    ],
)
def test_a_message_that_is_locked_says_so_and_is_still_listed(attachment: dict[int, str | bytes]) -> None:
    reading = read(a_msg({SUBJECT: "Pay"}, attachments=[an_attachment(attachment)]))

    assert kinds(reading) == {ProblemKind.ENCRYPTED}
    assert not reading.is_read
    assert reading.member_count == 1


def test_the_text_inside_a_signature_is_read() -> None:
    mime = b"Content-Type: text/plain\r\n\r\nSigned words\r\n"
    signed: Values = {LONG_NAME: "smime.p7m", MEDIA_TYPE: "multipart/signed", CONTENT: mime}

    assert "Signed words" in read(a_msg({SUBJECT: "x"}, attachments=[an_attachment(signed)])).text
    assert "Signed words" not in read(a_msg({BODY: "The same"}, attachments=[an_attachment(signed)])).text


def test_contacts_and_meetings_are_read_beyond_their_body() -> None:
    card: Values = {
        0x001A: "IPM.Contact",
        0x3A06: "Rita",
        0x3A16: "Ayton Council",
        0x8005: "4 Mill Lane",
        0x8006: "/o=Ex/cn=x",
    }

    assert read(a_msg(card)).text.split("\n") == ["Rita", "Ayton Council", "4 Mill Lane"]


def test_a_damaged_body_costs_only_itself_and_is_told() -> None:
    content = a_msg({SUBJECT: "Trees", RTF: b"not packed at all, really"}, attachments=[an_attachment({NAME: "plan"})])

    reading = read(content)

    assert kinds(reading) == {ProblemKind.BROKEN}
    assert reading.properties["subject"] == "Trees"
    assert reading.member_count == 1


def test_messages_nested_beyond_all_measure_are_told() -> None:
    inner = a_message({SUBJECT: "innermost"}, is_inner=True)
    for _ in range(30):
        inner = a_message({}, attachments=[an_attachment({NAME: "m", METHOD: 5}, message=inner)], is_inner=True)
    content = a_msg({}, attachments=[an_attachment({NAME: "m", METHOD: 5}, message=inner)])

    reading = read(content)

    assert kinds(reading) == {ProblemKind.BROKEN}
    assert "innermost" not in reading.text


@pytest.mark.parametrize("content", [b"", a_compound_file({"Other": b"x"}), b"From: plain words\n" * 90])
def test_what_is_no_message_is_told_to_be_broken(content: bytes) -> None:
    assert kinds(read(content)) == {ProblemKind.BROKEN}


def test_packed_rich_text_repeats_what_came_before() -> None:
    # [MS-OXRTFCP] 3.1.1 and 3.1.2: the two examples there
    first = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    second = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")

    assert unpacked_rtf(first, limit_bytes=100) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked_rtf(second, limit_bytes=100) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpacked_rtf(first, limit_bytes=5) == b"{\\rtf"
    assert unpacked_rtf(b"\x14\0\0\0\x04\0\0\0MELA\0\0\0\0rest", limit_bytes=3) == b"res"


@given(st.binary(max_size=300), st.integers(0, 1 << 32))
def test_no_packed_rich_text_grows_beyond_its_limit(rest: bytes, claimed: int) -> None:
    packed = b"\0\0\0\0" + (claimed & 0xFFFFFFFF).to_bytes(4, "little") + b"LZFu\0\0\0\0" + rest

    assert len(unpacked_rtf(packed, limit_bytes=4000)) <= 4000


GOOD = a_msg(
    {SUBJECT: "Trees", 0x0039: SENT, 0x0E06: RECEIVED, RTF: packed_rtf(b"{\\rtf1 words}")},
    recipients=[RITA, SAM],
    attachments=[
        an_attachment({NAME: "m", METHOD: 5}, message=a_message({BODY: "inner"}, is_inner=True)),
        an_attachment({LONG_NAME: "smime.p7m", CONTENT: b"x" * 90}),
    ],
)


@given(st.data())
def test_no_changed_byte_makes_the_reader_fail(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 10))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 5, 0x1E, 0x7F, 0xFF]) | st.integers(0, 255))

    began = time.process_time()
    reading = read(bytes(content))

    assert len(reading.text) <= 20_000
    assert time.process_time() - began < 2


numbers = st.sampled_from(
    [SUBJECT, BODY, HTML, RTF, 0x0039, 0x0017, 0x001A, 0x007D, 0x3FFD, 0x3FDE, NAME, METHOD, CONTENT]
)
values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.binary(max_size=30),
    st.integers(0, (1 << 64) - 1),
    st.sampled_from([SENT, RECEIVED, LATER]),
)


@given(st.dictionaries(numbers, values), st.dictionaries(numbers, values))
def test_no_property_of_the_wrong_kind_makes_the_reader_fail(
    message: dict[int, str | bytes | int | datetime], attached: dict[int, str | bytes | int | datetime]
) -> None:
    inside: Tree = a_message(attached, is_inner=True)

    assert len(read(a_msg(message, attachments=[an_attachment(attached, message=inside)])).text) <= 20_000
