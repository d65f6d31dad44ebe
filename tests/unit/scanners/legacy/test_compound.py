"""The shell of old office files gives back what was put into it, and no lie in it costs more than the file itself."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.containers.compound import CompoundFile, top_level_names
from scanners.errors import BrokenContentError, ContentError, OversizedContentError
from scanners.source import MemorySource
from tests.unit.scanners.legacy.building_compound import END, Tree, a_compound_file


def opened(content: bytes) -> CompoundFile:
    return CompoundFile(MemorySource(content))


def everything(compound: CompoundFile) -> dict[str, bytes]:
    """Return every stream by its path, and look at no storage twice."""
    found: dict[str, bytes] = {}
    pending, seen = [(compound.root, "")], set[int]()
    while pending:
        storage, path = pending.pop()
        if storage.number in seen:
            continue
        seen.add(storage.number)
        for entry in compound.children(storage).values():
            if entry.is_storage:
                pending.append((entry, f"{path}{entry.name}/"))
            else:
                found[path + entry.name] = compound.read(entry, limit_bytes=1 << 30)
    return found


names = st.text(st.characters(min_codepoint=65, max_codepoint=90), min_size=1, max_size=8)
streams = st.binary(max_size=200) | st.integers(4000, 9000).map(lambda size: bytes(range(256)) * (size // 256))
trees = st.dictionaries(names, streams | st.dictionaries(names, streams, max_size=3), max_size=5)


@given(trees, st.sampled_from([9, 12]))
def test_whatever_was_put_in_comes_out_again(tree: dict[str, bytes | dict[str, bytes]], shift: int) -> None:
    expected: dict[str, bytes] = {}
    for name, value in tree.items():
        inner = {name: value} if isinstance(value, bytes) else {f"{name}/{key}": raw for key, raw in value.items()}
        expected |= inner

    assert everything(opened(a_compound_file(tree, shift=shift))) == expected


def test_a_file_so_large_that_its_table_needs_a_table_is_read_to_its_end() -> None:
    content = bytes(range(251)) * 32_000

    compound = opened(a_compound_file({"Large": content, "Small": b"x"}))

    assert compound.read(compound.find("Large"), limit_bytes=1 << 30) == content
    assert compound.read(compound.find("Small"), limit_bytes=1 << 30) == b"x"


def test_only_as_much_of_a_stream_is_read_as_was_asked_for() -> None:
    compound = opened(a_compound_file({"Large": b"abc" * 5000}))

    assert compound.read(compound.find("Large"), limit_bytes=5) == b"abcab"


def test_names_are_found_in_capitals_and_in_small_letters_alike() -> None:
    compound = opened(a_compound_file({"worddocument": b"x", "Data": {"Inner": b"y"}}))

    assert compound.read(compound.find("WordDocument"), limit_bytes=9) == b"x"
    assert compound.read(compound.find("DATA", "inner"), limit_bytes=9) == b"y"
    assert compound.find("Data", "Nothing") is None
    assert compound.read(compound.find("Nothing"), limit_bytes=9) == b""
    assert compound.read(compound.root, limit_bytes=9) == b""


def test_a_stream_is_found_although_the_tree_of_the_root_is_damaged() -> None:
    content = bytearray(a_compound_file({"WordDocument": b"x"}))
    at = content.find("Root Entry".encode("utf-16-le"))
    struct.pack_into("<L", content, at + 76, 0x00FFFFFF)

    compound = opened(bytes(content))

    assert compound.read(compound.find("WordDocument"), limit_bytes=9) == b"x"
    assert top_level_names(MemorySource(bytes(content))) >= {"WordDocument"}


def test_a_chain_that_runs_in_a_circle_ends_with_the_file() -> None:
    content = bytearray(a_compound_file({"Large": b"x" * 6000}))
    table_at = (struct.unpack_from("<L", content, 76)[0] + 1) * 512
    struct.pack_into("<L", content, table_at, 0)  # the first sector of the stream follows itself
    at = content.find("Large".encode("utf-16-le"))
    struct.pack_into("<L", content, at + 120, 0xFFFFFFF0)

    compound = opened(bytes(content))

    assert len(compound.read(compound.find("Large"), limit_bytes=1 << 40)) <= len(content)


def test_tables_of_tables_in_a_circle_end() -> None:
    content = bytearray(a_compound_file({"Large": b"x" * 6000}))
    struct.pack_into("<L", content, 68, 0)
    at = content.find("Large".encode("utf-16-le"))
    struct.pack_into("<L", content, at + 116, 0x00FFFFFF)

    compound = opened(bytes(content))

    assert compound.read(compound.find("Large"), limit_bytes=1 << 30) == b""


def test_entries_whose_neighbours_form_a_circle_are_each_seen_once() -> None:
    content = bytearray(a_compound_file({"A": b"1", "B": b"2"}))
    at = content.find("B\0".encode("latin-1") + bytes(8))
    struct.pack_into("<2L", content, at + 68, 1, 1)

    assert set(everything(opened(bytes(content)))) == {"A", "B"}


def test_a_thousand_entries_that_share_the_same_sectors_cost_no_more_than_an_honest_file() -> None:
    tree: Tree = {f"S{number:03d}": b"" for number in range(400)} | {"Large": b"x" * 100_000}
    compound = opened(a_compound_file(tree))

    def read_many() -> None:
        for _ in range(1000):
            compound.read(compound.find("Large"), limit_bytes=1 << 30)

    with pytest.raises(OversizedContentError, match="far more than its size"):
        read_many()


@pytest.mark.parametrize("size", [0, 7, 511, 512, 600])
def test_a_file_cut_off_in_its_head_is_told_to_be_broken(size: int) -> None:
    content = a_compound_file({"WordDocument": b"x" * 5000})[:size]

    with pytest.raises(BrokenContentError):
        opened(content)
    assert top_level_names(MemorySource(content)) == frozenset()


def test_an_impossible_size_of_sectors_is_told_to_be_broken() -> None:
    content = bytearray(a_compound_file({"WordDocument": b"x"}))
    struct.pack_into("<H", content, 30, 31)

    with pytest.raises(BrokenContentError, match="header is damaged"):
        opened(bytes(content))


def test_the_sizes_of_old_files_are_taken_without_the_half_that_old_programs_left_full_of_rubbish() -> None:
    content = bytearray(a_compound_file({"Small": b"x"}))
    at = content.find("Small".encode("utf-16-le"))
    struct.pack_into("<L", content, at + 124, 0xABCD)
    compound = opened(bytes(content))

    assert compound.read(compound.find("Small"), limit_bytes=9) == b"x"


@given(st.data())
def test_no_changed_byte_raises_anything_but_what_is_promised(data: st.DataObject) -> None:
    content = bytearray(
        a_compound_file({"Large": b"y" * 5000, "Folder": {"Small": b"x", "Deeper": {"More": b"z" * 90}}})
    )
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, 600) | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 2, 9, 0x7F, 0xFE, 0xFF]) | st.integers(0, 255))

    began = time.process_time()
    try:
        found = everything(opened(bytes(content)))
    except ContentError:
        found = {}

    assert sum(map(len, found.values())) <= 3 * len(content) + (1 << 20)
    assert time.process_time() - began < 2


@given(st.binary(max_size=2000))
def test_any_bytes_after_a_good_signature_raise_nothing_but_what_is_promised(rest: bytes) -> None:
    head = a_compound_file({"A": b"x"})[:76]

    assert isinstance(top_level_names(MemorySource(head + rest)), frozenset)


def test_the_first_sector_of_nothing_is_no_sector() -> None:
    compound = opened(a_compound_file({"Empty": b""}))
    entry = compound.find("Empty")

    assert entry is not None
    assert entry.start == END
    assert compound.read(entry, limit_bytes=10) == b""
