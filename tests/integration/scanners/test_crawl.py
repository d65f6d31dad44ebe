"""Walking a share: nothing is passed over, nothing is counted twice, nothing is followed or changed."""

import os
import stat
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from scanners import (
    CrawlEntry,
    FoundFile,
    SeenFolder,
    SkippedEntry,
    SkipReason,
    SourceUnavailableError,
    UnreadableEntry,
    UnreadableReason,
    crawl,
)
from scanners.crawling import PatternError

HOSTILE_NAMES = (
    b"\xff\xfe not UTF-8",
    b"line\nbreak",
    b"bell\x07",
    b"tab\t",
    "\u202egnp.exe".encode(),
    b"x" * 255,
    b" leading and trailing ",
    b"-rf",
    b"$(reboot)",
    "before\u2028after".encode(),
    b"=cmd|' calc'!A0",
    "e\u0301.txt".encode(),
    "\u00e9.txt".encode(),
    b"CON",
    b"a\\b",
)


def counted_by_find(root: Path, *tests: str) -> int:
    found = subprocess.run(["find", str(root), *tests, "-printf", "x"], capture_output=True, check=True)
    return len(found.stdout)


def by_path(root: Path, *, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> dict[str, CrawlEntry]:
    walk = crawl(str(root), include=include, exclude=exclude)
    return {entry.path: entry for entry in walk if not isinstance(entry, SeenFolder)}


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are enough


def test_every_name_that_a_disk_can_hold_comes_back_byte_for_byte(share: Path) -> None:
    for name in HOSTILE_NAMES:
        Path(os.fsdecode(os.fsencode(share) + b"/" + name)).write_bytes(name)

    found = [entry.path for entry in crawl(str(share)) if isinstance(entry, FoundFile)]

    assert [os.fsencode(path) for path in found] == sorted(HOSTILE_NAMES)


def test_pipes_sockets_devices_and_links_are_counted_and_not_opened(share: Path) -> None:
    (share / "file").write_text("x")
    os.mkfifo(share / "pipe")
    os.mknod(share / "socket", stat.S_IFSOCK | 0o600)
    (share / "link").symlink_to("file")
    (share / "dangling").symlink_to("nowhere")
    (share / "loop").symlink_to(".")

    entries = by_path(share)

    assert {path: entry.reason for path, entry in entries.items() if isinstance(entry, SkippedEntry)} == {
        "pipe": SkipReason.FIFO,
        "socket": SkipReason.SOCKET,
        "link": SkipReason.LINK,
        "dangling": SkipReason.LINK,
        "loop": SkipReason.LINK,
    }
    assert len(entries) == counted_by_find(share, "!", "-type", "d")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_is_not_opened(share: Path) -> None:
    try:
        os.mknod(share / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except OSError:
        pytest.skip("this sandbox makes no devices")

    assert by_path(share)["null"] == SkippedEntry(path="null", reason=SkipReason.DEVICE, detail="a device")


def test_the_order_is_always_the_same(share: Path) -> None:
    names = [f"{number:03}" for number in range(60)]
    for name in reversed(names):
        (share / name[0] / name).mkdir(parents=True)
        (share / name[0] / f"{name}.txt").touch()

    walk = [(type(entry).__name__, entry.path) for entry in crawl(str(share))]

    assert walk == [(type(entry).__name__, entry.path) for entry in crawl(str(share))]
    assert walk[:3] == [("SeenFolder", ""), ("SeenFolder", "0"), ("FoundFile", "0/000.txt")]


def test_what_was_seen_of_a_file_is_what_the_disk_says(share: Path) -> None:
    file = share / "a"
    file.write_bytes(b"12345")
    (share / "b").hardlink_to(file)
    seen = file.stat()

    entry = by_path(share)["a"]

    assert entry == FoundFile(
        path="a",
        size_bytes=5,
        modified_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        device=seen.st_dev,
        link_count=2,
    )


def test_a_share_deeper_than_any_path_or_stack_is_walked_to_its_end_and_back(share: Path) -> None:
    depth = 1500
    below = os.open(share, os.O_RDONLY)
    for level in range(depth):
        for name in ("deeper-and-deeper", f"side-{level}"):
            os.mkdir(name, dir_fd=below)
        os.close(os.open(f"{level}.txt", os.O_WRONLY | os.O_CREAT, dir_fd=below))
        above, below = below, os.open("deeper-and-deeper", os.O_RDONLY, dir_fd=below)
        os.close(above)
    os.close(below)
    before = open_descriptors()
    most_open = 0
    counts: Counter[str] = Counter()
    longest = 0

    for number, entry in enumerate(crawl(str(share))):
        counts[type(entry).__name__] += 1
        longest = max(longest, len(entry.path))
        if number % 50 == 0:
            most_open = max(most_open, open_descriptors() - before)

    assert counts == {"SeenFolder": 1 + 2 * depth, "FoundFile": depth}
    assert longest > 4096
    assert most_open < 100
    assert open_descriptors() == before
    subprocess.run(["rm", "-rf", str(share)], check=True)  # pytest's own clean-up cannot go so deep


def test_a_walk_that_is_given_up_leaves_nothing_open(share: Path) -> None:
    (share / "a" / "b").mkdir(parents=True)
    before = open_descriptors()

    walk = crawl(str(share))
    next(walk)
    next(walk)
    del walk

    assert open_descriptors() == before


def test_the_quarantine_is_counted_and_left_alone(share: Path) -> None:
    (share / ".retention-quarantine" / "batch").mkdir(parents=True)
    (share / ".retention-quarantine" / "batch" / "1").write_text("x")
    (share / ".retention-quarantine" / "note").write_text("x")
    (share / "inner" / ".retention-quarantine").mkdir(parents=True)
    (share / "inner" / ".retention-quarantine" / "kept.txt").write_text("somebody's own folder")

    entries = by_path(share)

    assert {path: getattr(entry, "reason", None) for path, entry in entries.items()} == {
        ".retention-quarantine/note": SkipReason.QUARANTINE,
        ".retention-quarantine/batch/1": SkipReason.QUARANTINE,
        "inner/.retention-quarantine/kept.txt": None,
    }
    assert len(entries) == counted_by_find(share, "!", "-type", "d")


def test_what_is_left_out_is_seen_and_said(share: Path) -> None:
    (share / "photos" / "2019").mkdir(parents=True)
    (share / "photos" / "2019" / "a.jpg").touch()
    (share / "one.TMP").touch()
    (share / "two.txt").touch()

    entries = by_path(share, exclude=("photos/", "*.tmp"))

    assert {path: getattr(entry, "is_folder", None) for path, entry in entries.items()} == {
        "photos": True,
        "one.TMP": False,
        "two.txt": None,
    }
    assert {entry.reason for entry in entries.values() if isinstance(entry, SkippedEntry)} == {SkipReason.EXCLUDED}
    assert SeenFolder(path="photos") in list(crawl(str(share), exclude=("photos/",)))


def test_only_what_is_taken_in_is_found_and_the_rest_is_still_counted(share: Path) -> None:
    for name in ("Finance/a.pdf", "Finance/b.txt", "HR/c.pdf", "HR/deep/d.txt"):
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).touch()

    entries = by_path(share, include=("*.pdf", "HR/deep/"))

    assert {path for path, entry in entries.items() if isinstance(entry, FoundFile)} == {
        "Finance/a.pdf",
        "HR/c.pdf",
        "HR/deep/d.txt",
    }
    assert len(entries) == counted_by_find(share, "!", "-type", "d")


def test_a_pattern_that_means_nothing_is_refused_before_anything_is_read(share: Path) -> None:
    with pytest.raises(PatternError, match="Nothing was read"):
        next(crawl(str(share), exclude=("a//b",)))


def test_a_folder_that_was_swapped_for_a_link_leads_nowhere(share: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "payroll.txt").touch()
    (share / "a").mkdir()
    (share / "z").mkdir()
    walk = crawl(str(share))
    assert next(walk) == SeenFolder(path="")

    first = next(walk)
    (share / "z").rmdir()
    (share / "z").symlink_to(tmp_path / "secret")
    rest = list(walk)

    assert first == SeenFolder(path="a")
    assert not any("payroll" in entry.path for entry in rest)
    assert next(entry for entry in rest if isinstance(entry, UnreadableEntry)).is_folder


def test_a_folder_that_vanishes_is_reported_and_the_walk_goes_on(share: Path) -> None:
    for name in ("a", "b", "c"):
        (share / name).mkdir()
    (share / "c" / "kept.txt").touch()
    walk = crawl(str(share))
    next(walk)
    next(walk)

    (share / "b").rmdir()
    rest = list(walk)

    assert (
        UnreadableEntry(path="b", reason=UnreadableReason.VANISHED, detail="it is no longer there", is_folder=True)
        in rest
    )
    assert rest[-1].path == "c/kept.txt"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_folder_that_may_not_be_listed_is_reported(share: Path) -> None:
    (share / "closed").mkdir(mode=0)

    entries = by_path(share)

    assert entries["closed"] == UnreadableEntry(
        path="closed", reason=UnreadableReason.DENIED, detail="this account may not read it", is_folder=True
    )


def test_a_file_kept_on_slow_storage_is_not_recalled(share: Path) -> None:
    stub = share / "stub.pdf"
    with stub.open("wb") as file:
        file.truncate(1 << 20)
    (share / "sparse.bin").write_bytes(b"")
    os.truncate(share / "sparse.bin", 1 << 20)
    try:
        os.setxattr(stub, "user.cifs.dosattrib", (0x400000).to_bytes(4, "little"))
    except OSError:
        pytest.skip("this file system keeps no extended attributes")

    entries = by_path(share)

    assert getattr(entries["stub.pdf"], "reason", None) is SkipReason.OFFLINE
    assert isinstance(entries["sparse.bin"], FoundFile)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_what_is_mounted_below_the_root_is_not_entered_and_shows_no_copies_that_are_none(share: Path) -> None:
    (share / "real").mkdir()
    (share / "real" / "a.txt").touch()
    for name in ("again here", "memory"):
        (share / name).mkdir()
    try:
        subprocess.run(["mount", "--bind", share / "real", share / "again here"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this sandbox mounts nothing")
    try:
        entries = by_path(share)
    finally:
        subprocess.run(["umount", share / "again here"], check=True)

    assert set(entries) == {"real/a.txt", "again here"}
    mounted = entries["again here"]
    assert isinstance(mounted, SkippedEntry)
    assert (mounted.reason, mounted.is_folder) == (SkipReason.OTHER_VOLUME, True)


@pytest.mark.parametrize("kind", ["missing", "file", "link", "nul"])
def test_a_root_that_is_no_folder_is_an_error_and_not_an_empty_share(share: Path, kind: str) -> None:
    (share / "file").touch()
    (share / "link").symlink_to(share)
    name = "a\0b" if kind == "nul" else kind

    with pytest.raises(SourceUnavailableError, match="nothing known about it was changed"):
        next(crawl(f"{share}/{name}"))


def test_walking_changes_no_time_on_the_share(share: Path) -> None:
    (share / "a").mkdir()
    (share / "a" / "x").touch()
    for path in (share / "a" / "x", share / "a", share):
        os.utime(path, (1, 2))

    list(crawl(str(share)))

    assert [(path.stat().st_atime, path.stat().st_mtime) for path in (share, share / "a")] == [(1, 2)] * 2
