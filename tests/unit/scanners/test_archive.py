"""Archives from strangers: nothing in them is trusted, nothing unpacks without end, nothing raises foreign errors."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.archive import Allowance, Archive
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


def test_an_archive_with_wide_figures_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed, packed.open("a", "w", force_zip64=True) as part:
        part.write(b"inside")

    assert content_of(target.getvalue(), "a") == b"inside"


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
