"""A RAR archive is listed from its headers, which may be locked or false; what is in it is never unpacked."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.observation import ProblemKind
from scanners.text import ContentReading, read_content

HALLOWEEN_1999 = 941_364_000
NEW, OLD = b"Rar!\x1a\x07\1\0", b"Rar!\x1a\x07\0"
LOCK = b"\x03\1\0\0"  # an extra record: three bytes, encryption


def listed(content: bytes) -> ContentReading:
    return read_content("application/vnd.rar", content, limit_chars=20_000)


def problem(reading: ContentReading) -> tuple[ProblemKind, str]:
    [found] = reading.problems
    return found.kind, found.detail


def number(value: int) -> bytes:
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def block(kind: int, fields: bytes, *, extra: bytes = b"", content: bytes | None = None) -> bytes:
    flags = (1 if extra else 0) | (2 if content is not None else 0)
    header = number(kind) + number(flags)
    header += number(len(extra)) if extra else b""
    header += number(len(content)) if content is not None else b""
    header += fields + extra
    return bytes(4) + number(len(header)) + header + (content or b"")


def a_file(name: str, size: int, *, flags: int = 0x2 | 0x4, extra: bytes = b"", content: bytes = b"packed") -> bytes:
    raw = name.encode()
    fields = number(flags) + number(size) + number(0)
    fields += struct.pack("<L", HALLOWEEN_1999) if flags & 2 else b""
    fields += bytes(4) if flags & 4 else b""
    return block(2, fields + number(0) + number(1) + number(len(raw)) + raw, extra=extra, content=content)


def an_archive(*blocks: bytes) -> bytes:
    return NEW + block(1, number(0)) + b"".join(blocks) + block(5, number(0))


def an_old_block(kind: int, flags: int, fields: bytes, content: bytes = b"") -> bytes:
    return struct.pack("<HBHH", 0, kind, flags, 7 + len(fields)) + fields + content


def an_old_file(name: bytes, size: int, *, flags: int = 0x8000) -> bytes:
    fields = struct.pack("<LLBLHHBBHL", 6, size & 0xFFFFFFFF, 2, 0, 0x5000, 0x275F, 29, 0x33, len(name), 32)
    fields += struct.pack("<LL", 0, size >> 32) if flags & 0x100 else b""
    return an_old_block(0x74, flags, fields + name, b"packed")


def an_old_archive(*blocks: bytes, flags: int = 0) -> bytes:
    return OLD + an_old_block(0x73, flags, bytes(6)) + b"".join(blocks) + an_old_block(0x7B, 0, b"")


def test_files_are_listed_with_size_and_date_and_folders_are_not_files() -> None:
    reading = listed(an_archive(a_file("Plans", 0, flags=1), a_file("Plans/ä.dwg", 5 << 32), a_file("b", 1, flags=8)))

    assert [(member.path, member.size_bytes, member.modified) for member in reading.members] == [
        ("Plans/ä.dwg", 5 << 32, "1999-10-31T10:00:00+00:00"),
        ("b", None, ""),
    ]
    assert (reading.is_read, reading.problems) == (True, ())


def test_old_archives_are_listed_too() -> None:
    reading = listed(
        an_old_archive(
            an_old_file(b"Plans", 0, flags=0x80E0),
            an_old_file(b"Plans\\caf\x82.doc", 700),
            an_old_file(b"huge.bin", 5 << 32, flags=0x8100),
        )
    )

    assert [(member.path, member.size_bytes, member.modified) for member in reading.members] == [
        ("Plans/café.doc", 700, "1999-10-31T10:00:00"),
        ("huge.bin", 5 << 32, "1999-10-31T10:00:00"),
    ]
    assert reading.problems == ()


def test_old_names_in_other_scripts_are_not_lost_to_question_marks() -> None:
    packed_name = bytes([0x04, 0b01010000, 0x34, 0x30, 0x2E, 0x64, 0b11000000, 0x00])  # two bits a character

    reading = listed(an_old_archive(an_old_file(b"??.doc\0" + packed_name, 7, flags=0x8200)))

    assert [member.path for member in reading.members] == ["да.doc"]


@pytest.mark.parametrize(
    "content",
    [an_archive(a_file("pay.xls", 1, extra=LOCK)), an_old_archive(an_old_file(b"pay.xls", 1, flags=0x8004))],
)
def test_locked_files_are_marked_though_their_names_are_legible(content: bytes) -> None:
    reading = listed(content)

    assert [(member.path, member.is_encrypted) for member in reading.members] == [("pay.xls", True)]
    assert problem(reading)[0] is ProblemKind.ENCRYPTED


@pytest.mark.parametrize("content", [NEW + block(4, bytes(30)), an_old_archive(an_old_file(b"?", 1), flags=0x80)])
def test_locked_headers_hide_even_the_names(content: bytes) -> None:
    assert problem(listed(content)) == (ProblemKind.ENCRYPTED, "its table of contents is locked with a password")


@pytest.mark.parametrize(
    "content",
    [
        NEW + bytes(40),
        NEW + bytes(4) + b"\xff\xff\x7f" + bytes(20),
        an_archive(a_file("a", 1))[:-20],
        NEW + a_file("a", 1, content=bytes(5000))[:60],
        OLD + bytes(40),
        OLD + b"\0",
        an_old_archive(an_old_file(b"a", 1))[:-12],
    ],
)
def test_a_false_or_cut_header_is_damage(content: bytes) -> None:
    assert problem(listed(content))[0] is ProblemKind.BROKEN


SOUND = (an_archive(a_file("a", 1), a_file("b", 2, extra=LOCK)), an_old_archive(an_old_file(b"a", 1)))


@settings(max_examples=150)
@given(st.sampled_from(SOUND), st.data())
def test_no_changed_byte_raises_anything_but_our_own_errors(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(8, len(changed) - 1))] = data.draw(st.integers(0, 255))

    listed(bytes(changed))


@given(st.sampled_from([NEW, OLD]), st.binary(max_size=500))
def test_no_bytes_raise_anything_but_our_own_errors(start: bytes, rest: bytes) -> None:
    listed(start + rest)
