"""The image of a disc is listed under its truest names, once, and never further than it really goes."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.identification import media_types as types
from scanners.identification.identify import recognise
from scanners.observation import ProblemKind
from scanners.source import MemorySource
from scanners.text import ContentReading, read_content
from tests.unit.scanners.building_disc import (
    ASSOCIATED,
    FILE_AT,
    FOLDER,
    GOES_ON,
    ROOT_AT,
    SECTOR,
    SP,
    SUB_AT,
    a_descriptor,
    a_disc,
    a_record,
    both,
    ce,
    nm,
)

SUB = a_record(b"SUB", at=SUB_AT, size=SECTOR, flags=FOLDER)
FILE = a_record(b"LETTER.DOC;1", at=FILE_AT, size=7)


def listed(content: bytes) -> ContentReading:
    return read_content("application/x-iso9660-image", content, limit_chars=20_000)


def paths(reading: ContentReading) -> list[str]:
    return [member.path for member in reading.members]


def problem(reading: ContentReading) -> tuple[ProblemKind, str]:
    [found] = reading.problems
    return found.kind, found.detail


def test_files_of_all_folders_are_listed_without_the_number_of_their_version() -> None:
    reading = listed(a_disc([FILE, SUB], [a_record(b"README.;1", at=FILE_AT, size=7)]))

    assert [(member.path, member.size_bytes, member.modified) for member in reading.members] == [
        ("LETTER.DOC", 7, "1999-10-31T10:00:00+01:00"),
        ("SUB/README", 7, "1999-10-31T10:00:00+01:00"),
    ]
    assert (reading.is_read, reading.problems) == (True, ())


def test_joliet_names_are_preferred_to_short_ones() -> None:
    name = "Brief an die Gemeinde, Straße.doc"

    reading = listed(a_disc([FILE], joliet=[a_record(name.encode("utf-16-be"), at=FILE_AT, size=7)]))

    assert paths(reading) == [name]


def test_rock_ridge_names_are_preferred_to_both() -> None:
    root = [
        a_record(b"LETTER.DOC;1", at=FILE_AT, size=7, use=nm("Letter to the ", goes_on=True) + nm("council; draft.doc"))
    ]

    reading = listed(a_disc(root, root_use=SP, joliet=[a_record("x".encode("utf-16-be"), at=FILE_AT, size=7)]))

    assert paths(reading) == ["Letter to the council; draft.doc"]


def test_a_long_name_that_goes_on_elsewhere_is_whole_and_one_that_goes_on_for_ever_ends() -> None:
    start = nm("a" * 100, goes_on=True) + ce(60, 10, 105)
    rest = bytes(10) + nm("b" * 100)
    circle = nm("c") + ce(61, 0, 28)

    reading = listed(
        a_disc(
            [a_record(b"A;1", at=FILE_AT, size=7, use=start), a_record(b"C;1", at=FILE_AT, size=7, use=circle)],
            root_use=SP,
            contents={FILE_AT: bytes(SECTOR), 60: rest, 61: ce(61, 0, 28)},
        )
    )

    assert paths(reading) == ["a" * 100 + "b" * 100, "c"]


def test_a_folder_that_was_moved_as_it_lies_too_deep_is_listed_where_it_belongs_and_once() -> None:
    child = b"CL\x0c\x01" + both(SUB_AT)
    moved = b"RE\x04\x01"
    root = [
        a_record(b"DEEP", at=FILE_AT, size=0, use=nm("deep") + child),
        a_record(b"RR_MOVED", at=45, size=SECTOR, flags=FOLDER, use=nm("rr_moved")),
    ]
    holder = a_record(b"DEEP", at=SUB_AT, size=SECTOR, flags=FOLDER, use=nm("deep") + moved)
    sub = [a_record(b"X;1", at=FILE_AT, size=7, use=nm("x"))]

    image = bytearray(a_disc(root, sub, root_use=SP, contents={45: holder, FILE_AT: bytes(SECTOR)}))
    own = SUB_AT * SECTOR + 10
    image[own : own + 8] = both(SECTOR)  # a folder's own entry says how large it is

    assert paths(listed(bytes(image))) == ["deep/x"]


def test_a_file_in_several_extents_is_one_file() -> None:
    root = [
        a_record(b"BIG.BIN;1", at=FILE_AT, size=SECTOR, flags=GOES_ON),
        a_record(b"BIG.BIN;1", at=FILE_AT + 1, size=100),
    ]

    [member] = listed(a_disc(root, contents={FILE_AT: bytes(2 * SECTOR)})).members

    assert member.size_bytes == SECTOR + 100


def test_an_archive_on_a_disc_is_looked_into_over_its_extents() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("inside.doc", b"x" * SECTOR)
    content = target.getvalue()
    root = [
        a_record(b"A.ZIP;1", at=FILE_AT, size=SECTOR, flags=GOES_ON),
        a_record(b"A.ZIP;1", at=FILE_AT + 3, size=len(content) - SECTOR),
    ]

    reading = listed(a_disc(root, contents={FILE_AT: content[:SECTOR], FILE_AT + 3: content[SECTOR:]}))

    assert paths(reading) == ["A.ZIP", "A.ZIP!/inside.doc"]
    assert reading.problems == ()


def test_links_and_resource_forks_are_no_files_of_their_own() -> None:
    link = a_record(b"L;1", at=FILE_AT, size=0, use=nm("l") + b"SL\x05\x01\x00")
    fork = a_record(b"LETTER.DOC;1", at=FILE_AT, size=5, flags=ASSOCIATED)

    assert paths(listed(a_disc([fork, FILE, link], root_use=SP))) == ["LETTER.DOC"]


def test_folders_in_a_circle_end() -> None:
    assert paths(listed(a_disc([SUB, a_record(b"ROOT", at=ROOT_AT, size=SECTOR, flags=FOLDER)], [FILE, SUB]))) == [
        "SUB/LETTER.DOC"
    ]


def test_a_second_file_system_is_said_where_the_list_does_not_account_for_the_disc() -> None:
    bridge = a_disc([FILE], others=[b"\0BEA01\x01", b"\0NSR02\x01", b"\0TEA01\x01"])

    assert listed(bridge).problems == ()
    kind, detail = problem(listed(bridge + bytes(6 << 20)))
    assert (kind, "UDF" in detail) == (ProblemKind.UNOPENED, True)


def test_a_disc_with_another_file_system_alone_is_recognised_and_said_to_be_unread() -> None:
    image = bytes(0x8000) + b"".join(
        b"\0" + mark.ljust(SECTOR - 1, b"\0") for mark in (b"BEA01\1", b"NSR03\1", b"TEA01\1")
    )

    assert recognise(MemorySource(image), "video.iso") == types.DISC_IMAGE
    kind, detail = problem(listed(image))
    assert (kind, "UDF" in detail) == (ProblemKind.UNOPENED, True)


def test_an_image_that_was_cut_off_keeps_its_list_and_says_so() -> None:
    image = a_disc([FILE, a_record(b"FAR.DOC;1", at=900, size=7)])

    reading = listed(image)

    assert paths(reading) == ["LETTER.DOC", "FAR.DOC"]
    assert problem(reading)[0] is ProblemKind.BROKEN


def test_a_damaged_record_costs_its_sector_and_is_said() -> None:
    names = [b"A%03d;1" % number for number in range(100)]
    image = bytearray(a_disc([a_record(name, at=FILE_AT, size=7) for name in names]))
    image[image.index(b"A010;1") - 1] = 255  # the length of the name

    reading = listed(bytes(image))

    assert 10 < reading.member_count < 100
    assert "damaged" in problem(reading)[1]


def test_folders_larger_than_any_are_not_read() -> None:
    huge = a_record(b"SUB", at=SUB_AT, size=1 << 30, flags=FOLDER)

    assert problem(listed(a_disc([huge])))[0] is ProblemKind.TOO_LARGE


def test_folders_within_folders_without_end_are_refused() -> None:
    # every folder holds the next sector as a folder
    image = bytearray(a_disc([a_record(b"D", at=100, size=SECTOR, flags=FOLDER)], contents={FILE_AT: b"x"}))
    image += bytes(100 * SECTOR - len(image))
    for at in range(100, 400):
        image += a_record(b"D", at=at + 1, size=SECTOR, flags=FOLDER).ljust(SECTOR, b"\0")

    assert "deep" in problem(listed(bytes(image)))[1]


@pytest.mark.parametrize(
    "image",
    [
        bytes(0x8000) + b"\1CD001\1",
        bytes(0x8000) + a_descriptor(1, root_at=20, root_bytes=SECTOR, block=3),
        bytes(0x8000) + a_descriptor(0, root_at=20, root_bytes=SECTOR),
    ],
)
def test_an_image_without_a_readable_description_is_broken(image: bytes) -> None:
    assert problem(listed(image))[0] is ProblemKind.BROKEN


@pytest.mark.parametrize("stamp", [bytes(7), bytes([255] * 7), bytes([99, 13, 40, 25, 61, 61, 0])])
def test_an_impossible_time_is_no_time(stamp: bytes) -> None:
    [member] = listed(a_disc([a_record(b"A;1", at=FILE_AT, size=7, stamp=stamp)])).members

    assert member.modified == ""


SOUND = a_disc(
    [FILE, SUB, a_record(b"R;1", at=FILE_AT, size=7, use=nm("r", goes_on=True) + ce(60, 0, 30))],
    [a_record(b"X.ZIP;1", at=FILE_AT, size=7)],
    root_use=SP,
    joliet=[FILE],
    contents={FILE_AT: b"PK\3\4", 60: nm("x" * 20)},
)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_no_changed_byte_raises_anything_but_our_own_errors(data: st.DataObject) -> None:
    start, end = data.draw(st.sampled_from(((16, 19), (30, 31), (35, 36), (40, 41), (60, 61))))
    at = data.draw(st.integers(start * SECTOR, min(end * SECTOR, start * SECTOR + 400)))
    image = SOUND[:at] + data.draw(st.binary(min_size=1, max_size=8)) + SOUND[at + 1 :]

    reading = listed(image[: data.draw(st.integers(0x8000, len(image)))] if data.draw(st.booleans()) else image)

    assert reading.is_read or reading.problems
