"""An archive is listed and never unpacked to disk: bombs end early, hostile names stay words, all is accounted for."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.identification.identify import recognise
from scanners.observation import MemberKind, ProblemKind
from scanners.source import MemorySource
from scanners.text import ContentReading, read_content
from scanners.text.archives import ARCHIVE_KINDS, LISTERS

Builder = Callable[..., bytes]
ROOM = 20_000
HALLOWEEN_1999 = 941_364_000


def listed(content: bytes, name: str = "share.zip") -> ContentReading:
    media_type = recognise(MemorySource(content), name)
    assert media_type in ARCHIVE_KINDS
    return read_content(media_type, content, limit_chars=ROOM)


def paths(reading: ContentReading) -> list[str]:
    return [member.path for member in reading.members]


def problem(reading: ContentReading) -> tuple[ProblemKind, str]:
    [found] = [problem for problem in reading.problems if problem.kind is not ProblemKind.TRUNCATED_TEXT]
    return found.kind, found.detail


def a_tar(parts: Mapping[str, bytes], *, form: int = tarfile.GNU_FORMAT, **fields: object) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mtime = HALLOWEEN_1999
            for field, value in fields.items():
                setattr(entry, field, value)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def a_zip_entry(name: bytes, *, packed: int, unpacked: int, offset: int, method: int = 8, flags: int = 0) -> bytes:
    sizes = struct.pack("<3L", 0, packed, unpacked)
    rest = struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H", b"PK\1\2", 20, 20, flags, method, 0, 0) + sizes + rest + name


def a_forged_zip(entries: list[bytes], *, disk: int = 0) -> bytes:
    directory = b"".join(entries)
    start = b"PK\3\4" + bytes(200)
    count = len(entries)
    end = struct.pack("<4s4H2LH", b"PK\5\6", disk, 0, count, count, len(directory), len(start), 0)
    return start + directory + end


def test_the_files_of_an_archive_are_listed_with_size_and_date_and_their_names_are_its_text(archive: Builder) -> None:
    reading = listed(archive({"Housing/": b"", "Housing/tenancy.doc": b"x" * 30, "rent.xls": b""}))

    assert [(member.path, member.size_bytes, member.kind) for member in reading.members] == [
        ("Housing/tenancy.doc", 30, MemberKind.ENTRY),
        ("rent.xls", 0, MemberKind.ENTRY),
    ]
    assert reading.text == "Housing/tenancy.doc\nrent.xls"
    assert (reading.is_read, reading.problems, reading.member_count) == (True, (), 2)


def test_a_date_in_an_archive_has_no_zone_when_none_was_recorded() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(zipfile.ZipInfo("a", (1999, 10, 31, 10, 0, 0)), b"")
        packed.writestr(zipfile.ZipInfo("zero of a clock", (1980, 1, 1, 0, 0, 0)), b"")

    assert [member.modified for member in listed(target.getvalue()).members] == ["1999-10-31T10:00:00", ""]


def test_archives_inside_archives_are_looked_into_to_the_third_level_and_no_further(archive: Builder) -> None:
    third = archive({"c.txt": b"", "d.zip": archive({"e.txt": b""})})
    reading = listed(archive({"b.zip": archive({"third.zip": third}), "a.txt": b""}))

    assert paths(reading) == [
        "b.zip",
        "b.zip!/third.zip",
        "b.zip!/third.zip!/c.txt",
        "b.zip!/third.zip!/d.zip",
        "a.txt",
    ]
    assert reading.members[0].media_type == "application/zip"
    kind, words = problem(reading)
    assert kind is ProblemKind.TOO_LARGE
    assert words == "in 'b.zip!/third.zip!/d.zip': archives lie in it more than 3 deep"


def test_an_archive_that_holds_itself_for_ever_ends(archive: Builder) -> None:
    content = archive({"r.zip": b""})
    for _ in range(20):
        content = archive({"r.zip": content})

    assert listed(content).member_count == 3


def test_an_office_file_in_an_archive_is_one_file_and_not_an_archive(archive: Builder, docx: Builder) -> None:
    reading = listed(archive({"letter.docx": docx(), "minutes.zip": docx()}))

    assert paths(reading) == ["letter.docx", "minutes.zip"]
    assert reading.problems == ()


def test_locked_files_in_an_archive_are_marked_and_counted(archive: Builder) -> None:
    packed = bytearray(archive({"open.txt": b"1", "locked.txt": b"2"}))
    packed[packed.rindex(b"PK\1\2") + 8] |= 1

    reading = listed(bytes(packed))

    assert [member.is_encrypted for member in reading.members] == [False, True]
    assert problem(reading) == (ProblemKind.ENCRYPTED, "1 of the 2 files in it are locked with a password")


def test_an_archive_whose_directory_is_locked_says_so() -> None:
    reading = listed(a_forged_zip([a_zip_entry(b"?", packed=1, unpacked=1, offset=0, flags=0x2001)]))

    assert problem(reading) == (ProblemKind.ENCRYPTED, "its table of contents is locked with a password")


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../../../root/.ssh/id", "C:\\Windows\\x.exe", "a\0b", "x" * 65_000, "\u202etxt.exe", "=cmd|"],
)
def test_hostile_names_are_only_words(name: str) -> None:
    raw = name.encode()
    reading = listed(a_forged_zip([a_zip_entry(raw, packed=0, unpacked=0, offset=0, method=0, flags=0x800)]))

    assert reading.member_count == 1
    assert len(reading.members[0].path) <= 1000
    assert "\0" not in reading.members[0].path + reading.text


def test_gigabytes_of_nothing_are_not_unpacked() -> None:
    kind, words = problem(listed(a_forged_zip([a_zip_entry(b"zeros.zip", packed=1, unpacked=(4 << 30) - 2, offset=0)])))

    assert kind is ProblemKind.BROKEN
    assert "zeros.zip" in words


def test_a_claim_that_no_packing_can_reach_is_called_impossible() -> None:
    reading = listed(a_forged_zip([a_zip_entry(b"a.txt", packed=100, unpacked=4_000_000_000, offset=0)]))

    assert problem(reading) == (
        ProblemKind.TOO_LARGE,
        "it claims that the part 'a.txt' unpacks to more than is possible",
    )


def test_parts_that_overlap_are_a_trap() -> None:
    twins = [a_zip_entry(name, packed=100, unpacked=300, offset=0) for name in (b"a", b"b")]

    kind, words = problem(listed(a_forged_zip(twins)))

    assert kind is ProblemKind.TOO_LARGE
    assert "overlap" in words


def test_what_unpacks_without_end_inside_an_archive_stops_at_the_allowance(archive: Builder) -> None:
    reading = listed(archive({"inner.zip": bytes(60 << 20), "after.txt": b""}))

    assert paths(reading) == ["inner.zip", "after.txt"]
    assert problem(reading) == (ProblemKind.TOO_LARGE, "in 'inner.zip': an archive in it is larger than 32 MiB")


def test_a_thousand_archives_in_one_are_counted_but_not_all_opened(archive: Builder) -> None:
    inner = archive({"x": b""})
    reading = listed(archive({f"{number}.zip": inner for number in range(400)}))

    assert reading.member_count == 400 + 300
    assert problem(reading)[0] is ProblemKind.TOO_LARGE


def test_the_last_volume_of_a_split_archive_is_not_taken_for_the_whole() -> None:
    entry = a_zip_entry(b"a.txt", packed=1, unpacked=1, offset=9_999_999)

    kind, words = problem(listed(a_forged_zip([entry], disk=3)))

    assert (kind, "split" in words) == (ProblemKind.BROKEN, True)


def test_a_damaged_archive_inside_a_sound_one_is_named(archive: Builder) -> None:
    reading = listed(archive({"good.txt": b"", "bad.zip": b"PK\3\4 and nothing more", "no.7z": b"\xff\0" * 20}))

    assert paths(reading) == ["good.txt", "bad.zip", "no.7z"]
    kind, words = problem(reading)
    assert kind is ProblemKind.BROKEN
    assert words.startswith("in 'bad.zip': its table of contents is missing")
    assert words.endswith("(and 1 more like it)")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x1a\0\0\4\0\0" + bytes(600), "database of many records"),
        (b"\xcf\xad\x12\xfe" + bytes(600), "mailbox of many records"),
    ],
)
def test_containers_that_nobody_here_can_open_hide_their_content_and_say_so(content: bytes, words: str) -> None:
    reading = listed(content)

    assert not reading.is_read
    assert words in problem(reading)[1]


def test_a_mailbox_in_an_archive_is_said_to_be_unopened(archive: Builder) -> None:
    reading = listed(archive({"clerk.pst": b"!BDN" + bytes(600)}))

    assert "clerk.pst" in problem(reading)[1]
    assert not reading.is_read


def test_names_of_old_and_new_programs_are_both_legible() -> None:
    entries = [
        a_zip_entry("Bürger.txt".encode("cp437"), packed=0, unpacked=0, offset=0, method=0),
        a_zip_entry("Bürger.txt".encode(), packed=0, unpacked=0, offset=300, method=0),
        a_zip_entry("Bürger.txt".encode(), packed=0, unpacked=0, offset=600, method=0, flags=0x800),
    ]

    assert set(paths(listed(a_forged_zip(entries)))) == {"Bürger.txt"}


def test_a_long_list_of_names_fills_the_text_and_every_file_is_still_counted(archive: Builder) -> None:
    reading = listed(archive({f"{'folder/' * 10}{number}.txt": b"" for number in range(1500)}))

    assert (reading.member_count, len(reading.members)) == (1500, 1000)
    assert [found.kind for found in reading.problems] == [ProblemKind.TRUNCATED_TEXT]


# TAR and what is packed as one stream


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_kind_of_tar_is_listed(form: int) -> None:
    long_name = "Committee/" * 12 + "minutes.doc"
    reading = listed(a_tar({"a.txt": b"1" * 700, long_name: b"2", "ä.txt": b""}, form=form), "x.tar")

    assert [(member.path, member.size_bytes) for member in reading.members] == [
        ("a.txt", 700),
        (long_name, 1),
        ("ä.txt", 0),
    ]
    assert {member.modified for member in reading.members} == {"1999-10-31T10:00:00+00:00"}
    assert reading.problems == ()


def test_folders_and_links_in_a_tar_claim_no_content() -> None:
    folder = a_tar({"dir": b""}, type=tarfile.DIRTYPE)[:1024]
    link = a_tar({"link": b""}, type=tarfile.SYMTYPE, linkname="/etc/passwd")

    assert paths(listed(folder[:512] + link, "x.tar")) == ["link"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_tar_is_listed_like_any_other(pack: Callable[[bytes], bytes]) -> None:
    reading = listed(pack(a_tar({"a.txt": b"1" * 70_000, "b.txt": b""})), "x.tgz")

    assert [(member.path, member.size_bytes) for member in reading.members] == [("a.txt", 70_000), ("b.txt", 0)]
    assert reading.problems == ()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_single_packed_file_is_one_member(pack: Callable[[bytes], bytes]) -> None:
    reading = listed(pack(b"words " * 500), "letter.gz")

    assert (reading.member_count, reading.problems) == (1, ())


def test_a_packed_file_keeps_the_name_and_date_that_gzip_noted() -> None:
    target = io.BytesIO()
    with gzip.GzipFile("rent.csv", "wb", fileobj=target, mtime=HALLOWEEN_1999) as packed:
        packed.write(b"a,b\n")

    [member] = listed(target.getvalue(), "x.gz").members

    assert (member.path, member.size_bytes, member.modified) == ("rent.csv", 4, "1999-10-31T10:00:00+00:00")


def test_a_tar_that_claims_a_file_of_a_terabyte_is_cut_off() -> None:
    content = bytearray(a_tar({"a": b"x"}))
    content[124:136] = b"\x80" + bytes(5) + (1 << 40).to_bytes(6, "big")
    content[148:156] = b"%06o\0 " % (sum(content[:148]) + sum(content[156:512]) + 8 * 32)

    reading = listed(bytes(content), "x.tar")

    assert paths(reading) == ["a"]
    assert problem(reading) == (ProblemKind.BROKEN, "it is cut off")


def test_a_packed_tar_full_of_nothing_stops_at_the_allowance() -> None:
    packer = zlib.compressobj(1, wbits=31)
    start = bytearray(a_tar({"zeros": b""})[:512])
    start[124:136] = b"\x80" + (10 << 30).to_bytes(11, "big")
    start[148:156] = b"%06o\0 " % (sum(start[:148]) + sum(start[156:512]) + 8 * 32)
    bomb = packer.compress(bytes(start))
    bomb += b"".join(packer.compress(bytes(16 << 20)) for _ in range(17)) + packer.flush()

    reading = listed(bomb, "x.tgz")

    assert paths(reading) == ["zeros"]
    assert problem(reading) == (ProblemKind.TOO_LARGE, "it unpacks to far more than its size suggests")


def test_a_tar_with_a_header_of_impossible_length_is_damaged_and_not_read_into_memory() -> None:
    content = bytearray(a_tar({"a" * 300: b"x"}))
    content[124:136] = b"\x80" + (10 << 30).to_bytes(11, "big")
    content[148:156] = b"%06o\0 " % (sum(content[:148]) + sum(content[156:512]) + 8 * 32)

    assert problem(listed(bytes(content), "x.tar"))[0] is ProblemKind.BROKEN


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_tar_that_was_cut_off_keeps_what_was_found(pack: Callable[[bytes], bytes]) -> None:
    noise = b"".join(zlib.crc32(bytes([number % 256, number // 256])).to_bytes(4, "big") for number in range(60_000))
    content = pack(a_tar({"a.txt": noise, "b.txt": noise}))

    reading = listed(content[: len(content) * 3 // 4], "x.tgz")

    assert reading.members[:1] == () or paths(reading)[0] == "a.txt"
    assert problem(reading) == (ProblemKind.BROKEN, "it ends too early, as when a file was cut off")


def test_several_streams_after_each_other_are_one_file() -> None:
    whole = a_tar({"a.txt": b"1", "b.txt": b"2"})
    content = gzip.compress(whole[:700]) + gzip.compress(b"") + gzip.compress(whole[700:])

    assert paths(listed(content, "x.tgz")) == ["a.txt", "b.txt"]


def test_a_tar_from_before_there_was_a_mark_is_known() -> None:
    content = bytearray(a_tar({"OLD.TXT": b"words"}))
    content[257:265] = bytes(8)
    content[148:156] = b"%06o\0 " % (sum(content[:148]) + sum(content[156:512]) + 8 * 32)

    assert paths(listed(bytes(content), "tape")) == ["OLD.TXT"]


# Cabinets


def a_cabinet(*names: bytes) -> bytes:
    files = b"".join(struct.pack("<2L4H", 5, 0, 0, 0x275F, 0x5000, 0) + name + b"\0" for name in names)
    return struct.pack("<4s5L2B5H", b"MSCF", 0, 36 + len(files), 0, 36, 0, 3, 1, 0, len(names), 0, 0, 0) + files


def test_the_files_of_a_cabinet_are_listed() -> None:
    reading = listed(a_cabinet(b"a.dll", b"docs\\b.txt"), "x.cab")

    assert [(member.path, member.size_bytes, member.modified) for member in reading.members] == [
        ("a.dll", 5, "1999-10-31T10:00:00"),
        ("docs/b.txt", 5, "1999-10-31T10:00:00"),
    ]


def test_a_cabinet_that_claims_more_files_than_it_names_is_damaged() -> None:
    assert problem(listed(a_cabinet(b"a", b"b")[:-8], "x.cab"))[0] is ProblemKind.BROKEN


# Laws


@settings(max_examples=150)
@given(st.sampled_from(sorted(LISTERS)), st.binary(max_size=3000))
def test_no_bytes_raise_anything_but_our_own_errors(media_type: str, content: bytes) -> None:
    read_content(media_type, content, limit_chars=100)


def a_little_of_each() -> dict[str, bytes]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", b"x" * 400)
        packed.writestr("b.tar", a_tar({"c": b"1"}))
    tar = a_tar({"a": b"x" * 600, "b" * 150: b"y", "c.tgz": gzip.compress(a_tar({"d": b""}))})
    return {
        "application/zip": target.getvalue(),
        "application/x-tar": tar,
        "application/gzip": gzip.compress(tar),
        "application/x-bzip2": bz2.compress(tar),
        "application/x-xz": lzma.compress(tar),
        "application/vnd.ms-cab-compressed": a_cabinet(b"a.dll", b"docs\\b.txt"),
    }


SOUND = a_little_of_each()


@settings(max_examples=150)
@given(st.sampled_from(sorted(SOUND)), st.data())
def test_no_changed_byte_raises_anything_but_our_own_errors(media_type: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[media_type])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    read_content(media_type, bytes(content), limit_chars=ROOM)


@given(st.sampled_from(sorted(SOUND)), st.data())
def test_no_cut_raises_anything_but_our_own_errors(media_type: str, data: st.DataObject) -> None:
    content = SOUND[media_type]

    read_content(media_type, content[: data.draw(st.integers(0, len(content)))], limit_chars=ROOM)
