"""The system tells of every change below a root, under the folder's present name, and says when it cannot."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from scanners import SourceUnavailableError
from scanners.crawling import Portion
from scanners.watching import FolderWatcher, Revisits, WatchLimitError

ODD = [b"plain", b"with space", b"\xff\xfe", b"new\nline", "é".encode()]


@contextmanager
def watching(root: Path) -> Iterator[tuple[FolderWatcher, Revisits]]:
    revisits = Revisits(quiet_seconds=0.0)
    watcher = FolderWatcher(str(root), revisits)
    watcher.start()
    try:
        yield watcher, revisits
    finally:
        watcher.close()


def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def collected(revisits: Revisits, expected: set[Portion]) -> set[Portion]:
    """Return what was noted, once all that is expected is there."""
    found: set[Portion] = set()

    def is_complete() -> bool:
        if (revisit := revisits.take()) is not None:
            found.update(revisit.portions)
        return expected <= found

    with suppress(AssertionError):
        until(is_complete, 5.0)
    return found


def paths_of(watcher: FolderWatcher) -> set[str]:
    with watcher._lock:
        return {folder.path for folder in watcher._folder_of.values()}


def folders_of(root: Path) -> set[str]:
    top = os.fsencode(root)
    return {os.fsdecode(os.path.relpath(folder, top)).removeprefix(".") for folder, _, _ in os.walk(top)}


@pytest.mark.parametrize(
    "change",
    [
        lambda at: (at / "new").write_text("x"),
        lambda at: (at / "old").write_text("x"),
        lambda at: os.truncate(at / "old", 1),
        lambda at: (at / "old").chmod(0o600),
        lambda at: os.utime(at / "old", (1, 1)),
        lambda at: (at / "old").unlink(),
        lambda at: (at / "old").rename(at / "other"),
        lambda at: (at / "link").symlink_to("nowhere"),
        lambda at: (at / "second").hardlink_to(at / "old"),
        lambda at: os.mkfifo(at / "pipe"),
    ],
)
def test_every_kind_of_change_of_a_file_is_told(share: Path, change: Callable[[Path], object]) -> None:
    folder = share / os.fsdecode(b"finance\xff")
    folder.mkdir()
    (folder / "old").write_text("before")
    with watching(share) as (_, revisits):
        change(folder)

        wanted = {Portion("finance\udcff")}
        assert collected(revisits, wanted) == wanted


def test_reading_is_not_told_so_that_a_scan_does_not_wake_itself(share: Path) -> None:
    (share / "a").write_text("x")
    with watching(share) as (_, revisits):
        assert (share / "a").read_text() == "x"
        list(share.iterdir())
        time.sleep(0.2)

        assert revisits.seconds_left() is None


def test_what_is_in_a_new_folder_is_not_missed_however_quickly_it_was_put_there(share: Path) -> None:
    with watching(share) as (watcher, revisits):
        (share / "a/b/c").mkdir(parents=True)
        (share / "a/b/c/file").write_text("x")

        assert Portion("a", is_tree=True) in collected(revisits, {Portion("a", is_tree=True)})
        until(lambda: paths_of(watcher) == folders_of(share))
        revisits.take()
        (share / "a/b/c/file").write_text("y")

        assert Portion("a/b/c") in collected(revisits, {Portion("a/b/c")})


def test_a_folder_that_was_moved_is_told_of_under_its_new_name(share: Path) -> None:
    (share / "old/below").mkdir(parents=True)
    with watching(share) as (watcher, revisits):
        (share / "old").rename(share / "new")
        trees = {Portion("old", is_tree=True), Portion("new", is_tree=True)}
        assert collected(revisits, trees) == trees
        until(lambda: paths_of(watcher) == {"", "new", "new/below"})

        (share / "new/below/file").write_text("x")

        assert collected(revisits, {Portion("new/below")}) == {Portion("new/below")}


def test_a_folder_that_left_the_share_is_not_told_of_any_more(share: Path, tmp_path: Path) -> None:
    (share / "gone/below").mkdir(parents=True)
    with watching(share) as (watcher, revisits):
        (share / "gone").rename(tmp_path / "elsewhere")
        assert collected(revisits, {Portion("gone", is_tree=True)}) == {Portion("gone", is_tree=True)}
        until(lambda: paths_of(watcher) == {""})

        (tmp_path / "elsewhere/below/file").write_text("x")
        time.sleep(0.2)

        assert revisits.seconds_left() is None


def test_the_place_behind_a_link_is_not_watched(share: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (share / "link").symlink_to(tmp_path / "outside")
    with watching(share) as (watcher, _):
        assert paths_of(watcher) == {""}


@pytest.mark.parametrize("seed", range(3))
def test_after_a_thousand_changes_every_folder_is_watched_under_its_name(share: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret
    top = os.fsencode(share)

    def some() -> bytes:
        return chance.choice([folder for folder, _, _ in os.walk(top)])

    with watching(share) as (watcher, _):
        for _ in range(1_000):
            here, there = some(), some() + b"/" + chance.choice(ODD)
            with suppress(OSError):
                match chance.randrange(5):
                    case 0 | 1:
                        Path(os.fsdecode(there)).mkdir()
                    case 2 | 3:
                        Path(os.fsdecode(here)).rename(os.fsdecode(there))
                    case _ if here != top:
                        shutil.rmtree(here)
            if len(folders_of(share)) > 60:
                for entry in os.scandir(top):
                    shutil.rmtree(entry.path)
        until(lambda: paths_of(watcher) == folders_of(share))
        assert watcher.folders == len(folders_of(share))
        assert watcher.trouble is None


def test_events_that_the_system_lost_are_made_good_by_looking_at_everything(share: Path) -> None:
    (share / "a").mkdir()
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 50_000:
        pytest.skip("the system's queue is too long to be filled in a test")
    with watching(share) as (watcher, revisits):
        with watcher._lock:  # nobody reads the events
            (share / "a/begin").touch()
            time.sleep(0.1)
            descriptors = [os.open(share / "a" / name, os.O_CREAT | os.O_WRONLY) for name in ("one", "two")]
            for number in range(limit + 5_000):  # equal ones in a row count as one
                os.write(descriptors[number % 2], b"x")
            for descriptor in descriptors:
                os.close(descriptor)
            (share / "unheard of").mkdir()
        until(lambda: paths_of(watcher) == {"", "a", "unheard of"})

        revisit = revisits.take()

        assert revisit is not None
        assert revisit.is_whole
        assert "lost events" in revisit.why
        (share / "unheard of/file").touch()
        assert collected(revisits, {Portion("unheard of")}) == {Portion("unheard of")}


def test_folders_deeper_than_any_path_are_watched(share: Path) -> None:
    levels = 1_500
    descriptor = os.open(share, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("deeper", dir_fd=descriptor)
        below = os.open("deeper", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    try:
        with watching(share) as (watcher, revisits):
            assert watcher.folders == levels + 1
            os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))

            wanted = {Portion("/".join(["deeper"] * levels))}
            assert collected(revisits, wanted) == wanted
    finally:
        os.close(descriptor)
        subprocess.run(["rm", "-rf", share], check=True)  # Python 3.11's own rmtree does not come so deep


def test_a_root_that_goes_away_is_told(share: Path, tmp_path: Path) -> None:
    with watching(share) as (_, revisits):
        share.rename(tmp_path / "moved")

        assert collected(revisits, {Portion("", is_tree=True)}) == {Portion("", is_tree=True)}


def test_a_root_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError):
        FolderWatcher(str(tmp_path / "absent"), Revisits()).start()


def test_a_stream_of_events_that_ended_is_not_taken_for_silence(share: Path) -> None:
    with watching(share) as (watcher, _):
        assert watcher._events is not None
        watcher._events.stop()
        watcher._events.join()

        assert watcher.trouble is not None
        assert "ended" in str(watcher.trouble)


LIMITED = """
import sys
from scanners.watching import FolderWatcher, Revisits, WatchLimitError
revisits = Revisits(quiet_seconds=0)
watcher = FolderWatcher(sys.argv[1], revisits)
try:
    watcher.start()
except WatchLimitError as error:
    print(error)
    sys.exit()
import os, time
for number in range(20):
    os.mkdir(f"{sys.argv[1]}/more {number}")
while watcher.trouble is None:
    time.sleep(0.01)
print(watcher.trouble, revisits.take())
"""


@pytest.mark.parametrize("folders", [50, 2])
def test_too_many_folders_for_the_system_is_said_in_words(share: Path, folders: int) -> None:
    for number in range(folders):
        (share / str(number)).mkdir()
    script = 'echo 10 > /proc/sys/user/max_inotify_watches || exit 77; exec "$0" -c "$1" "$2"'
    try:
        done = subprocess.run(
            ["unshare", "-Ur", "sh", "-c", script, sys.executable, LIMITED, share],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("util-linux is not installed")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this system does not let a limit be set for one program")

    assert "does not watch more folders" in done.stdout
    assert str(share) in done.stdout
    assert "looked through at intervals" in done.stdout
    assert folders == 50 or "is_tree=True" in done.stdout


def test_no_room_for_one_more_watching_program_is_said_in_words(share: Path) -> None:
    def refuse() -> None:
        raise OSError(24, "inotify instance limit reached")

    watcher = FolderWatcher(str(share), Revisits(), open_events=refuse)  # type: ignore[arg-type]  # it never returns

    with pytest.raises(WatchLimitError, match="for more programs"):
        watcher.start()
