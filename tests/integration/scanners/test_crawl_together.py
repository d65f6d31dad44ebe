"""Looking at a whole folder at once tells of each file what looking at it by itself tells, or says that it cannot."""

import ctypes
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.crawling import FileRow, Pace, crawl_folders
from scanners.crawling.entries import FolderListing
from scanners.crawling.listing import OFFLINE, Lister, Row, count_of
from scanners.crawling.looking import Looker, rows_of

NEAR = Pace(seconds_per_look=1e-6)
AT_ONCE = 50


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def as_it_is(row: Row) -> Row:
    return row


def together(folder: Path, *, path: str = "") -> tuple[list[str], list[Row]] | None:
    with opened(folder) as descriptor:
        looked = Looker(at_once=AT_ONCE).look(descriptor, [entry.name for entry in os.scandir(descriptor)])
    return looked and (looked[0], rows_of(path, looked[1], as_it_is))


def singly(folder: Path) -> tuple[list[str], list[object]]:
    with opened(folder) as descriptor:
        lister = Lister(descriptor, device=os.fstat(descriptor).st_dev, at_once=AT_ONCE, max_open=4)
        _, failure, folders, rows, is_odd, rest = lister.answer("", None)
    assert (failure, is_odd, rest) == (None, False, [])
    return folders, list(rows)


def listings(root: Path) -> list[FolderListing]:
    return list(crawl_folders(str(root), pace=NEAR))


def test_a_file_looked_at_together_with_others_is_described_as_by_itself(share: Path) -> None:
    for number, at_ns in enumerate((0, -1, -1_000_000_001, 1_700_000_000_123_456_789, 4_000_000_000_000_000_000)):
        (share / f"{number}").write_bytes(b"x" * number * 5000)
        os.utime(share / f"{number}", ns=(at_ns, at_ns))
    (share / "another name").hardlink_to(share / "3")

    assert together(share) == singly(share)


def test_folders_among_the_files_come_apart_and_in_order(share: Path) -> None:
    for name in ("b", "a", "\udcff", "\u00e9", "Z"):
        (share / f"{name}-folder").mkdir()
        (share / f"{name}.txt").write_text(name, encoding="utf-8", errors="surrogateescape")

    folders, rows = together(share) or ([], [])

    assert folders == ["Z-folder", "a-folder", "b-folder", "\u00e9-folder", "\udcff-folder"]
    assert [row[0] for row in rows] == ["Z.txt", "a.txt", "b.txt", "\u00e9.txt", "\udcff.txt"]
    assert (folders, rows) == singly(share)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & set(b"/\0")), max_size=AT_ONCE))
def test_names_of_any_bytes_come_in_the_order_of_their_bytes(names: set[bytes]) -> None:
    names -= {b".", b".."}
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            Path(place, os.fsdecode(name)).touch()

        _, rows = together(Path(place), path="above") or ([], [])

    assert [os.fsencode(row[0]) for row in rows] == [b"above/" + name for name in sorted(names)]


@pytest.mark.parametrize("kind", ["link", "pipe", "sparse", "too many"])
def test_what_is_not_as_simple_as_that_is_left_to_a_look_by_itself(share: Path, kind: str) -> None:
    (share / "a file").touch()
    match kind:
        case "link":
            (share / "odd").symlink_to("a file")
        case "pipe":
            os.mkfifo(share / "odd")
        case "sparse":
            with (share / "odd").open("wb") as file:
                file.truncate(1 << 20)
        case _:
            for number in range(AT_ONCE):
                (share / f"{number}").touch()

    assert together(share) is None


def test_a_file_that_vanished_from_the_list_is_left_to_a_look_by_itself(share: Path) -> None:
    (share / "here").touch()

    with opened(share) as descriptor:
        assert Looker(at_once=AT_ONCE).look(descriptor, ["here", "gone"]) is None


def test_an_empty_folder_has_nothing_in_it(share: Path) -> None:
    assert together(share) == ([], [])
    assert [(listing.path, list(listing.entries)) for listing in listings(share)] == [("", [])]


def test_nobody_looks_at_what_another_volume_is_mounted_on(share: Path) -> None:
    (share / "mounted").mkdir()
    (share / "a file").touch()
    (share / "inside").mkdir()
    (share / "inside" / "b file").touch()

    with opened(share) as descriptor:
        device = os.fstat(descriptor).st_dev
        lister = Lister(descriptor, device=device, at_once=9, max_open=4, closed=["mounted"], is_near=True)
        beside = lister.answer("", None)
        elsewhere = lister.answer("inside", None)
        lister.close()

    assert isinstance(beside[3], list)
    assert beside[2] == ["inside", "mounted"]
    assert isinstance(elsewhere[3], tuple)
    assert count_of(beside[3]) == count_of(elsewhere[3]) == 1


def test_a_file_kept_elsewhere_among_many_is_still_noticed(share: Path) -> None:
    (share / "a file").touch()
    with (share / "kept elsewhere").open("wb") as file:
        file.truncate(1 << 20)

    with opened(share) as descriptor:
        device = os.fstat(descriptor).st_dev
        lister = Lister(descriptor, device=device, at_once=9, max_open=4, is_offline=lambda *_: True, is_near=True)
        *_, rows, is_odd, _ = lister.answer("", None)
        lister.close()

    assert is_odd
    assert list(rows)[1] == ("kept elsewhere", OFFLINE, "")


def test_a_system_that_cannot_look_this_way_finds_the_same(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (share / "below").mkdir()
    (share / "below" / "a file").write_bytes(b"a file")
    seen = listings(share)

    monkeypatch.delattr(ctypes, "CDLL")
    with pytest.raises(NotImplementedError):
        Looker(at_once=1)

    assert listings(share) == seen
    (row,) = seen[1].entries
    assert isinstance(row, FileRow)
    assert stat.S_ISREG((share / row.path).stat().st_mode)
