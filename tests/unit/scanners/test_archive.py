"""Archives from strangers: nothing in them is trusted, nothing unpacks without end, nothing raises foreign errors."""

import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.containers.zipped import Allowance, Archive
from scanners.errors import BrokenContentError, ContentError, EncryptedContentError, OversizedContentError
from scanners.source import MemorySource

Builder = Callable[..., bytes]
ROOM = 1 << 20


def opened(content: bytes) -> Archive:
    return Archive(MemorySource(content))


def content_of(content: bytes, name: str, *, room: int = ROOM) -> bytes:
    return b"".join(opened(content).chunks(name, allowance=Allowance(room)))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\/"), min_size=1),
                       st.binary(max_size=2000), max_size=5), st.sampled_from([0, 8]))  # fmt: skip
def test_what_was_packed_is_what_is_read(archive: Builder, parts: dict[str, bytes], packing: int) -> None:
    packed = archive(parts, packing=packing)

    assert {name: content_of(packed, name) for name in opened(packed).members} == parts


@given(st.data())
def test_no_changed_byte_raises_anything_but_our_own_errors(archive: Builder, data: st.DataObject) -> None:
    packed = bytearray(archive({"a": b"x" * 300, "b": b"y" * 20}))
    for _ in range(data.draw(st.integers(1, 6))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))

    with suppress(ContentError):
        for name in opened(bytes(packed)).members:
            content_of(bytes(packed), name)


def test_an_archive_behind_other_bytes_is_read(archive: Builder) -> None:
    assert content_of(b"#!/bin/sh\n" + archive({"a": b"inside"}), "a") == b"inside"


def with_wide_figures(packed: bytes, *, locator_at: int | None = None) -> bytes:
    """Return a one-part archive with every size and offset moved into its wide form (APPNOTE 4.3.14, 4.5.3)."""
    directory_at, end_at = packed.index(b"PK\x01\x02"), packed.index(b"PK\x05\x06")
    entry = bytearray(packed[directory_at:end_at])
    packed_bytes, unpacked_bytes, name_bytes = struct.unpack_from("<LLH", entry, 20)
    (offset,) = struct.unpack_from("<L", entry, 42)
    extra = struct.pack("<HHL", 0x9999, 4, 0) + struct.pack("<HHQQQ", 1, 24, unpacked_bytes, packed_bytes, offset)
    struct.pack_into("<LLHH", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF, name_bytes, len(extra))
    struct.pack_into("<L", entry, 42, 0xFFFFFFFF)
    entry += extra
    wide_at = directory_at + len(entry)
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(entry), directory_at)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, wide_at if locator_at is None else locator_at, 1)
    narrow = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return packed[:directory_at] + bytes(entry) + end + locator + narrow


def test_an_archive_with_wide_figures_is_read(archive: Builder) -> None:
    assert content_of(with_wide_figures(archive({"a": b"inside"})), "a") == b"inside"


def test_an_archive_whose_wide_figures_lead_nowhere_is_broken(archive: Builder) -> None:
    with pytest.raises(BrokenContentError, match="not where it should be"):
        opened(with_wide_figures(archive({"a": b"inside"}), locator_at=3))


def test_a_part_that_is_not_there_gives_nothing(archive: Builder) -> None:
    assert content_of(archive({"a": b"x"}), "b") == b""


def test_a_part_packed_in_an_unusual_way_is_said_to_be_so(archive: Builder) -> None:
    with pytest.raises(BrokenContentError, match="unusual way"):
        content_of(archive({"a": b"x"}, packing=zipfile.ZIP_BZIP2), "a")


def test_an_archive_that_was_cut_off_is_broken(archive: Builder) -> None:
    with pytest.raises(BrokenContentError, match="cut off"):
        opened(archive({"a": b"x"})[:-10])


def test_a_part_with_a_wrong_checksum_is_broken(archive: Builder) -> None:
    packed = archive({"a": b"inside"}, packing=0).replace(b"inside", b"INSIDE")

    with pytest.raises(BrokenContentError, match="checksum"):
        content_of(packed, "a")


def test_a_locked_part_is_reported_as_locked(archive: Builder) -> None:
    packed = bytearray(archive({"a": b"inside"}))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(EncryptedContentError):
        content_of(bytes(packed), "a")


def test_a_bomb_stops_at_its_allowance(archive: Builder) -> None:
    bomb = archive({"a": bytes(50 << 20)})

    assert len(bomb) < 100_000
    with pytest.raises(OversizedContentError):
        content_of(bomb, "a")


def test_an_archive_that_claims_too_many_parts_is_refused(archive: Builder) -> None:
    packed = bytearray(archive({"a": b"x"}))
    end = packed.index(b"PK\x05\x06")
    packed[end + 8 : end + 12] = b"\xfe\xff\xfe\xff"

    with pytest.raises(OversizedContentError, match="65534 parts"):
        opened(bytes(packed))


def test_windows_separators_do_not_hide_a_part(archive: Builder) -> None:
    packed = archive({"word/document.xml": b"x"}).replace(b"word/document.xml", b"word\\document.xml")

    assert content_of(packed, "word/document.xml") == b"x"
