"""An Outlook data file is listed folder by folder, whatever its form and cipher, and never further than it goes."""

import io
import struct
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.containers.pst_cipher import cycled, permuted_back
from scanners.containers.pst_nodes import NodeFile
from scanners.identification import media_types as types
from scanners.identification.identify import recognise
from scanners.observation import MemberKind, ProblemKind
from scanners.source import MemorySource
from scanners.text import read_content, reads_in_parts
from scanners.text.reading import ContentReading
from tests.unit.scanners.legacy.building_pst import (
    BODY,
    CYCLIC,
    INSTANT,
    NAME,
    NARROW_TEXT,
    NUMBER,
    PERMUTED,
    PLAIN,
    ROOT,
    SENDER,
    SENT,
    SIZE,
    SUBJECT,
    TEXT,
    PstWriter,
    a_mailbox,
    instant,
)

INBOX = "Top of Personal Folders/Inbox"
FIRST = f"{INBOX}/1999-10-31 RE: Allotments from Rita Rees"


def read(content: bytes) -> ContentReading:
    return read_content(types.PST, content, limit_chars=20_000)


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def one_message(**stated: tuple[int, str | bytes | int]) -> tuple[PstWriter, dict[int, tuple[int, str | bytes | int]]]:
    writer = PstWriter()
    writer.folder(ROOT, "", ROOT)
    return writer, {int(name[1:], 16): value for name, value in stated.items()}


@pytest.mark.parametrize("form", ["Unicode", "ANSI", "large pages"])
@pytest.mark.parametrize("cipher", [PLAIN, PERMUTED, CYCLIC])
def test_every_message_and_attachment_is_listed_in_its_folder(form: str, cipher: int) -> None:
    writer = PstWriter(is_wide=form != "ANSI", is_large=form == "large pages", cipher=cipher)

    reading = read(a_mailbox(writer).image())

    assert [(member.path, member.kind, member.size_bytes, member.modified) for member in reading.members] == [
        (FIRST, MemberKind.MESSAGE, 4321, "1999-10-31T10:00:00+00:00"),
        (f"{FIRST}!/minutes.doc", MemberKind.ATTACHMENT, 1234, ""),
        (f"{FIRST}!/a picture", MemberKind.ATTACHMENT, 99, ""),
        (f"{INBOX}/Lunch", MemberKind.MESSAGE, 10, ""),
        (
            f"{INBOX}/Housing _ repairs/2009-02-13 no subject from Tom Leaver",
            MemberKind.MESSAGE,
            None,
            "2009-02-13T23:31:30+00:00",
        ),
    ]
    assert reading.properties == {
        "message_count": "3",
        "first_sent_at": "1999-10-31T10:00:00+00:00",
        "last_sent_at": "2009-02-13T23:31:30+00:00",
    }
    assert "The minutes are attached." in reading.text
    assert "minutes.doc" in reading.text
    assert (reading.is_read, reading.problems) == (True, ())


@pytest.mark.parametrize("is_wide", [True, False])
def test_trees_of_several_floors_are_walked_in_order(is_wide: bool) -> None:  # noqa: FBT001
    writer = PstWriter(is_wide=is_wide, entries_in_page=2)
    writer.folder(ROOT, "", ROOT)
    for number in range(40):
        writer.message((0x10000 + number) << 5 | 4, ROOT, {SUBJECT: (TEXT, f"Letter {number}")})

    reading = read(writer.image())

    assert [member.path for member in reading.members] == [f"Letter {number}" for number in range(40)]


def test_properties_below_several_floors_of_their_own_tree_are_found() -> None:
    writer, _ = one_message()
    content, _ = writer.properties({SUBJECT: (TEXT, "Deep"), SIZE: (NUMBER, 7)}, levels=3)
    writer.node(0x200024, content, parent=ROOT)

    [member] = read(writer.image()).members

    assert (member.path, member.size_bytes) == ("Deep", 7)


@pytest.mark.parametrize("is_large", [True, False])
def test_properties_in_the_second_block_of_a_heap_are_found(is_large: bool) -> None:  # noqa: FBT001
    writer = PstWriter(is_large=is_large)
    writer.folder(ROOT, "", ROOT)
    writer.node(0x200024, writer.heap_of_two_blocks(SUBJECT, "Second"), parent=ROOT)

    assert [member.path for member in read(writer.image()).members] == ["Second"]


def test_a_packed_block_that_is_damaged_costs_its_message() -> None:
    writer = PstWriter(is_large=True, cipher=PLAIN)
    writer.folder(ROOT, "", ROOT)
    writer.message(0x200024, ROOT, {SUBJECT: (TEXT, "Damaged " * 100)})
    image = bytearray(writer.image())
    at = image.index(b"\x78\x9c", image.index(b"\x78\x9c") + 1)
    image[at : at + 8] = b"\xff" * 8

    reading = read(bytes(image))

    assert "which is damaged" in reading.members[0].path
    assert kinds(reading) == {ProblemKind.BROKEN}


def test_many_attachments_in_lists_of_lists_are_all_found() -> None:
    writer, _ = one_message()
    content, _ = writer.properties({SUBJECT: (TEXT, "Plans")})
    inner = [writer.properties({NAME: (TEXT, f"plan {number}.pdf")})[0] for number in range(7)]
    parts = writer.parts([((0x400 + number) << 5 | 5, one, 0) for number, one in enumerate(inner)], width=2)
    writer.node(0x200024, content, parts, ROOT)

    assert [member.path for member in read(writer.image()).members] == [
        "Plans",
        *(f"Plans!/plan {number}.pdf" for number in range(7)),
    ]


def test_names_of_one_byte_are_read_in_the_alphabet_the_message_states() -> None:
    writer, _ = one_message()
    russian = "Пенсии".encode("cp1251")
    writer.message(0x200024, ROOT, {SUBJECT: (NARROW_TEXT, russian), 0x3FFD: (NUMBER, 1251)})

    assert [member.path for member in read(writer.image()).members] == ["Пенсии"]


def test_a_message_whose_folder_is_gone_is_still_listed() -> None:
    writer, _ = one_message()
    writer.message(0x200024, 0x8888 << 5 | 2, {SUBJECT: (TEXT, "Orphan")})

    assert [member.path for member in read(writer.image()).members] == ["(folder unknown)/Orphan"]


def test_folders_in_a_circle_end() -> None:
    writer, _ = one_message()
    writer.folder(0x8022, "One", 0x8042)
    writer.folder(0x8042, "Two", 0x8022)
    writer.message(0x200024, 0x8022, {SUBJECT: (TEXT, "Round")})

    [member] = read(writer.image()).members

    assert member.path.endswith("/Round")


def test_a_name_cannot_pass_for_another_level() -> None:
    writer, _ = one_message()
    writer.message(0x200024, ROOT, {SUBJECT: (TEXT, "../a!/b\n\tc"), SENDER: (TEXT, "x/y")})

    assert [member.path for member in read(writer.image()).members] == [".._a!_b c from x_y"]


def test_a_damaged_message_costs_itself_and_is_still_counted() -> None:
    writer, _ = one_message()
    writer.message(0x200024, ROOT, {SUBJECT: (TEXT, "Sound")})
    writer.node(0x200044, 0x9994, parent=ROOT)
    writer.node(0x200064, writer.block(b"no properties"), parent=ROOT)
    good, _ = writer.properties({SUBJECT: (TEXT, "Parts")})
    writer.node(0x200084, good, writer.block(b"\7\7\7\7", is_internal=True), ROOT)

    reading = read(writer.image())

    assert [member.path for member in reading.members] == [
        "Sound",
        f"message {0x200044}, which is damaged",
        f"message {0x200064}, which is damaged",
        "Parts",
    ]
    assert kinds(reading) == {ProblemKind.BROKEN}
    assert "3 parts" in reading.problems[0].detail


def test_what_was_found_before_the_damage_is_kept() -> None:
    writer = PstWriter(entries_in_page=2)
    writer.folder(ROOT, "", ROOT)
    for number in range(8):
        writer.message((0x10000 + number) << 5 | 4, ROOT, {SUBJECT: (TEXT, f"Letter {number}")})
    image = bytearray(writer.image())
    pages = [at for at in range(0, len(image), 512) if image[at + 496 : at + 498] == b"\x81\x81"]
    image[pages[2] + 496] = 0

    reading = read(bytes(image))

    assert 0 < reading.member_count < 8
    assert kinds(reading) == {ProblemKind.BROKEN}


@pytest.mark.parametrize(
    ("writer", "kind", "words"),
    [
        (PstWriter(client=b"AB"), ProblemKind.UNOPENED, "address book"),
        (PstWriter(version=3), ProblemKind.BROKEN, "damaged"),
        (PstWriter(cipher=0x10), ProblemKind.ENCRYPTED, "Windows"),
    ],
)
def test_forms_that_are_not_read_are_said_in_words(writer: PstWriter, kind: ProblemKind, words: str) -> None:
    writer.folder(ROOT, "", ROOT)

    [problem] = read(writer.image()).problems

    assert (problem.kind, words in problem.detail) == (kind, True)


@pytest.mark.parametrize("is_large", [True, False])
def test_the_cache_of_a_mailbox_is_read_like_an_archive(is_large: bool) -> None:  # noqa: FBT001
    assert read(a_mailbox(PstWriter(client=b"SO", is_large=is_large)).image()).member_count == 5


def test_a_body_of_gigabytes_that_is_one_block_over_and_over_ends() -> None:
    writer, _ = one_message()
    block = writer.block(b"x" * 8000)
    inner = [writer.tree([block] * 1000, 8_000_000) for _ in range(1000)]
    whole = writer.block(struct.pack("<2BHL", 1, 2, 1000, 0) + writer.word(*inner), is_internal=True)
    number = 0x100 << 5 | 0x1F
    content = writer.block(
        writer.heap([struct.pack("<4BL", 0xB5, 2, 6, 0, 2 << 5), struct.pack("<2HL", BODY, TEXT, number)])
    )
    writer.node(0x200024, content, writer.parts([(number, whole, 0)]), ROOT)
    begun = time.monotonic()

    reading = read(writer.image())

    assert reading.member_count == 1
    assert time.monotonic() - begun < 20


def test_so_many_messages_are_looked_into_and_the_rest_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.text.pst._MAX_READ", 5)
    writer, _ = one_message()
    for number in range(8):
        writer.message((0x10000 + number) << 5 | 4, ROOT, {SENT: (INSTANT, instant(941_364_000))})

    reading = read(writer.image())

    assert (len(reading.members), reading.member_count) == (5, 8)
    assert reading.properties == {"message_count": "8"}  # the first and last of a part would be a false claim
    assert kinds(reading) == {ProblemKind.TRUNCATED_TEXT}


def test_a_data_file_in_an_archive_is_listed_there() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("old/clerk.pst", a_mailbox(PstWriter()).image())
        archive.writestr("b.pst", a_mailbox(PstWriter(client=b"AB")).image())

    reading = read_content(types.ZIP, target.getvalue(), limit_chars=20_000)

    assert [member.path for member in reading.members][:2] == ["old/clerk.pst", f"old/clerk.pst!/{FIRST}"]
    assert reading.member_count == 7
    assert "b.pst" in reading.problems[0].detail


def test_a_data_file_is_recognised_and_read_where_it_lies_however_large() -> None:
    assert recognise(MemorySource(a_mailbox(PstWriter()).image()), "archive.pst") == types.PST
    assert reads_in_parts(types.PST)


@given(content=st.binary(max_size=300), block_id=st.integers(0, 2**32 - 1))
def test_the_ciphers_are_those_of_the_format(content: bytes, block_id: int) -> None:
    assert cycled(cycled(content, block_id), block_id) == content
    assert permuted_back(bytes(range(8))) == bytes([71, 241, 180, 230, 11, 106, 114, 72])  # [MS-PST] 5.1
    assert sorted(permuted_back(bytes(range(256)))) == list(range(256))


SOUND = [
    a_mailbox(PstWriter(is_wide=is_wide, is_large=is_large, cipher=PLAIN, entries_in_page=4)).image()
    for is_wide, is_large in ((True, False), (False, False), (True, True))
]


@settings(deadline=None, max_examples=400)
@given(data=st.data())
def test_no_changed_byte_raises_anything_but_our_own_errors(data: st.DataObject) -> None:
    image = data.draw(st.sampled_from(SOUND))
    start = data.draw(st.sampled_from((0, 180, 500, 0x4600, len(image) - 4096)))
    at = data.draw(st.integers(start, min(len(image) - 1, start + 4096)))
    changed = image[:at] + data.draw(st.binary(min_size=1, max_size=8)) + image[at + 1 :]

    reading = read(changed[: data.draw(st.integers(0, len(changed)))] if data.draw(st.booleans()) else changed)

    assert reading.is_read or reading.problems


def test_the_nodes_of_a_page_that_names_itself_end() -> None:
    image = bytearray(a_mailbox(PstWriter(entries_in_page=2)).image())
    root = struct.unpack_from("<Q", image, 224)[0]
    struct.pack_into("<Q", image, root + 16, root)

    assert len(list(NodeFile(MemorySource(bytes(image))).nodes())) < 20
