"""A 7z archive is listed from its header alone, which may be packed, locked or false."""

import lzma
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.observation import ProblemKind
from scanners.text import ContentReading, read_content

HALLOWEEN_1999 = (941_364_000 + 11_644_473_600) * 10_000_000  # a FILETIME
LZMA = b"\x23\x03\x01\x01\x05" + bytes([93]) + (1 << 16).to_bytes(4, "little")  # flags, method, properties
LZMA2 = b"\x21\x21\x01\x18"
COPY = b"\x01\x00"
AES = b"\x24\x06\xf1\x07\x01\x01\x00"


def listed(content: bytes) -> ContentReading:
    return read_content("application/x-7z-compressed", content, limit_chars=20_000)


def problem(reading: ContentReading) -> tuple[ProblemKind, str]:
    [found] = reading.problems
    return found.kind, found.detail


def number(value: int) -> bytes:
    return bytes([value]) if value < 0x80 else b"\xff" + value.to_bytes(8, "little")


def streams(*, packed: int, unpacked: int, coder: bytes, sizes: list[int] | None = None, at: int = 0) -> bytes:
    """Return a description of one folder; with `sizes`, of so many files in it."""
    found = b"\6" + number(at) + number(1) + b"\x09" + number(packed) + b"\0"
    found += b"\7\x0b" + number(1) + b"\0" + b"\1" + coder + b"\x0c" + number(unpacked) + b"\0"
    if sizes is not None:
        found += b"\x08\x0d" + number(len(sizes)) + b"\x09" + b"".join(number(size) for size in sizes[:-1])
        found += b"\x0a\1" + bytes(4 * len(sizes)) + b"\0"
    return found + b"\0"


def files(*names: str, empty: str = "", empty_file: str = "", is_dated: bool = True) -> bytes:
    """Return a description of files; `empty` and `empty_file` are bits as "01"."""

    def bits(text: str) -> bytes:
        return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")

    def part(kind: int, content: bytes) -> bytes:
        return bytes([kind]) + number(len(content)) + content

    found = b"\5" + number(len(names))
    found += part(0x0E, bits(empty)) if empty else b""
    found += part(0x0F, bits(empty_file)) if empty_file else b""
    found += part(0x11, b"\0" + "".join(name + "\0" for name in names).encode("utf-16-le"))
    if is_dated:
        found += part(0x14, b"\1\0" + HALLOWEEN_1999.to_bytes(8, "little") * len(names))
    return found + part(0x19, bytes(3)) + b"\0"


def a_sevenzip(header: bytes, *, content: bytes = b"", checksum: int | None = None) -> bytes:
    crc = zlib.crc32(header) if checksum is None else checksum
    start = struct.pack("<QQL", len(content), len(header), crc)
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start + content + header


def plain() -> bytes:
    described = streams(packed=3, unpacked=300, coder=LZMA2, sizes=[100, 200])
    named = files("Housing", "Housing/a.doc", "b.xls", "c.txt", empty="1001", empty_file="01")
    return b"\1\4" + described + named + b"\0"


def with_packed_header(header: bytes, *, coder: bytes, unpacked: int | None = None) -> bytes:
    options = {"dict_size": 1 << 24} if coder == LZMA2 else {"dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
    kind = lzma.FILTER_LZMA2 if coder == LZMA2 else lzma.FILTER_LZMA1
    filters = [{"id": kind, **options}]
    packed = header if coder in (COPY, AES) else lzma.compress(header, lzma.FORMAT_RAW, filters=filters)
    size = len(header) if unpacked is None else unpacked
    return a_sevenzip(b"\x17" + streams(packed=len(packed), unpacked=size, coder=coder), content=packed)


def test_files_are_listed_with_size_and_date_and_folders_are_not_files() -> None:
    reading = listed(a_sevenzip(plain()))

    assert [(member.path, member.size_bytes, member.modified) for member in reading.members] == [
        ("Housing/a.doc", 100, "1999-10-31T10:00:00+00:00"),
        ("b.xls", 200, "1999-10-31T10:00:00+00:00"),
        ("c.txt", 0, "1999-10-31T10:00:00+00:00"),
    ]
    assert (reading.is_read, reading.problems) == (True, ())


@pytest.mark.parametrize("coder", [LZMA, LZMA2, COPY])
def test_a_packed_header_is_unpacked(coder: bytes) -> None:
    assert listed(with_packed_header(plain(), coder=coder)).member_count == 3


def test_one_file_in_a_folder_needs_no_list_of_sizes() -> None:
    header = b"\1\4" + streams(packed=3, unpacked=42, coder=LZMA2) + files("only.doc", is_dated=False) + b"\0"

    [member] = listed(a_sevenzip(header)).members

    assert (member.path, member.size_bytes, member.modified) == ("only.doc", 42, "")


def test_locked_files_are_marked_though_their_names_are_legible() -> None:
    header = b"\1\4" + streams(packed=3, unpacked=42, coder=AES) + files("pay.xls") + b"\0"

    reading = listed(a_sevenzip(header))

    assert [member.is_encrypted for member in reading.members] == [True]
    assert problem(reading) == (ProblemKind.ENCRYPTED, "all 1 files in it are locked with a password")


def test_a_locked_table_of_contents_hides_even_the_names() -> None:
    reading = listed(with_packed_header(plain(), coder=AES))

    assert problem(reading) == (ProblemKind.ENCRYPTED, "its table of contents is locked with a password")


def test_an_archive_of_nothing_is_empty_and_sound() -> None:
    assert listed(a_sevenzip(b"")).problems == ()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (a_sevenzip(plain())[:-9], ProblemKind.BROKEN),
        (a_sevenzip(plain(), checksum=7), ProblemKind.BROKEN),
        (with_packed_header(plain(), coder=LZMA2, unpacked=5000), ProblemKind.BROKEN),
        (with_packed_header(plain(), coder=LZMA2, unpacked=1 << 40), ProblemKind.TOO_LARGE),
        (a_sevenzip(b"\1\5" + number(1 << 40) + b"\0\0"), ProblemKind.BROKEN),
        (a_sevenzip(b"\1\5" + number(1_500_000) + bytes(300_000)), ProblemKind.TOO_LARGE),
        (a_sevenzip(b"\1\5" + number(4) + b"\0\0"), ProblemKind.BROKEN),
        (a_sevenzip(b"\x09"), ProblemKind.BROKEN),
        (a_sevenzip(b"\x17" * 9), ProblemKind.BROKEN),
    ],
)
def test_a_false_header_is_damage_and_costs_no_memory(content: bytes, kind: ProblemKind) -> None:
    assert problem(listed(content))[0] is kind


def test_a_dictionary_of_four_gigabytes_is_not_taken_from_memory() -> None:
    greedy = LZMA[:6] + b"\xff\xff\xff\xff"

    assert listed(with_packed_header(plain(), coder=greedy)).member_count == 3


SOUND = (a_sevenzip(plain()), with_packed_header(plain(), coder=LZMA), with_packed_header(plain(), coder=LZMA2))


@settings(max_examples=150)
@given(st.binary(max_size=400), st.sampled_from([b"\1", b"\1\4", b"\1\5", b"\x17"]))
def test_no_header_raises_anything_but_our_own_errors(rest: bytes, start: bytes) -> None:
    listed(a_sevenzip(start + rest))


@settings(max_examples=150)
@given(st.data())
def test_no_changed_byte_of_a_header_raises_anything_but_our_own_errors(data: st.DataObject) -> None:
    header = bytearray(plain())
    for _ in range(data.draw(st.integers(1, 5))):
        header[data.draw(st.integers(0, len(header) - 1))] = data.draw(st.integers(0, 255))

    listed(a_sevenzip(bytes(header)))


@given(st.sampled_from(SOUND), st.data())
def test_no_cut_or_changed_file_raises_anything_but_our_own_errors(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content[: data.draw(st.integers(32, len(content)))])
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))

    listed(bytes(changed))
