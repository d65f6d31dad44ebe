"""What a server says of a file is read exactly, and what it does not say is not made up."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.crawling import share_facts
from scanners.crawling.share_facts import (
    DosAttributes,
    parse_attributes,
    parse_attributes_big_endian,
    parse_filetime,
    parse_filetime_big_endian,
    parse_owner,
    parse_samba_attributes,
    parse_samba_creation,
    parse_sid,
)

NEW_YEAR_2020 = 132_223_104_000_000_000  # tenths of microseconds since 1601


def sid(*numbers: int, authority: int = 5) -> bytes:
    return (
        struct.pack("<BB", 1, len(numbers)) + authority.to_bytes(6, "big") + struct.pack(f"<{len(numbers)}I", *numbers)
    )


def descriptor(owner: bytes, *, flags: int = 0x8004, revision: int = 1) -> bytes:
    """Build a self-relative security descriptor ([MS-DTYP] 2.4.6) with an owner and an empty list of rights."""
    rights = struct.pack("<BBHHH", 2, 0, 8, 0, 0)
    return struct.pack("<BBHIIII", revision, 0, flags, 28, 0, 0, 20) + rights + owner


def samba(version: int, *, flags: int = 0x11, attributes: int = 0x20, created: int = NEW_YEAR_2020) -> bytes:
    head = struct.pack("<HHHHII", 0, version, version, 0, flags, attributes)
    between = {3: struct.pack("<IQQ", 0, 0, 0), 4: struct.pack("<Q", 1), 5: b""}[version]
    return head + between + struct.pack("<Q", created) + (struct.pack("<Q", 2) if version == 3 else b"")


def test_an_owner_is_read_as_windows_writes_it() -> None:
    person = sid(21, 3623811015, 3361044348, 30300820, 1013)

    assert parse_owner(descriptor(person)) == "S-1-5-21-3623811015-3361044348-30300820-1013"
    assert parse_owner(descriptor(sid(32, 544))) == "S-1-5-32-544"
    assert parse_sid(sid(authority=0x123456789ABC)) == "S-1-0x123456789abc"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        descriptor(sid(32, 544))[:-1],
        descriptor(sid(32, 544), flags=4),
        descriptor(sid(32, 544), revision=2),
        descriptor(b"")[:20].replace(b"\x1c", b"\x00"),
        descriptor(b"\x01\x10" + bytes(70)),
        descriptor(b"\x02\x01" + bytes(10)),
    ],
)
def test_a_broken_description_names_no_owner(raw: bytes) -> None:
    assert parse_owner(raw) is None


def test_attributes_are_read_in_either_order_of_bytes() -> None:
    stub = DosAttributes.OFFLINE | DosAttributes.SPARSE

    assert parse_attributes(b"\x00\x12\x00\x00") == stub
    assert parse_attributes_big_endian(b"\x00\x00\x12\x00") == stub
    assert parse_attributes(b"\x00\x12") is None
    assert parse_attributes_big_endian(b"") is None


@pytest.mark.parametrize("bit", [0x1000, 0x40000, 0x400000])
def test_a_stub_is_known_before_it_is_opened(bit: int) -> None:
    assert DosAttributes(bit | 0x20).is_kept_elsewhere


def test_an_ordinary_file_is_no_stub() -> None:
    assert not DosAttributes(0x20 | 0x200 | 0x80000 | 0x400).is_kept_elsewhere


def test_a_creation_time_is_an_instant_in_utc() -> None:
    raw = NEW_YEAR_2020.to_bytes(8, "little")

    assert parse_filetime(raw) == datetime(2020, 1, 1, tzinfo=UTC)
    assert parse_filetime_big_endian(raw[::-1]) == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("raw", [b"", bytes(8), b"\xff" * 8, bytes(7), bytes(9)])
def test_a_time_that_is_not_stated_stays_unknown(raw: bytes) -> None:
    assert parse_filetime(raw) is None
    assert parse_filetime_big_endian(raw) is None


@pytest.mark.parametrize("version", [3, 4, 5])
def test_what_samba_keeps_on_its_own_disk_is_read_in_every_form(version: int) -> None:
    raw = samba(version, attributes=0x1020)

    assert parse_samba_attributes(raw) == DosAttributes.OFFLINE | DosAttributes.ARCHIVE
    assert parse_samba_creation(raw) == datetime(2020, 1, 1, tzinfo=UTC)


def test_what_samba_marks_as_not_set_is_not_read() -> None:
    assert parse_samba_attributes(samba(4, flags=0x10)) is None
    assert parse_samba_creation(samba(4, flags=0x01)) is None


def test_samba_s_oldest_form_is_a_text() -> None:
    assert parse_samba_attributes(b"0x22\0") == DosAttributes.HIDDEN | DosAttributes.ARCHIVE
    assert parse_samba_attributes(b"0xzz\0") is None
    assert parse_samba_creation(b"0x22\0") is None


@pytest.mark.parametrize(
    "parse",
    [
        parse_attributes,
        parse_attributes_big_endian,
        parse_filetime,
        parse_filetime_big_endian,
        parse_owner,
        parse_samba_attributes,
        parse_samba_creation,
        parse_sid,
    ],
)
@given(raw=st.binary(max_size=200) | st.builds(descriptor, st.binary(max_size=40)))
def test_no_bytes_from_a_server_raise_anything(parse: Callable[[bytes], object], raw: bytes) -> None:
    parse(raw)


def test_every_source_that_is_asked_has_a_parser() -> None:
    assert set(share_facts._ATTRIBUTES) >= {"user.cifs.dosattrib", "system.ntfs_attrib_be", "user.DOSATTRIB"}
