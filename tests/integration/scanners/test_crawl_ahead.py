"""Whoever lists ahead, the walk reports the same, in the same order, and leaves nothing behind."""

import gc
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from scanners import CrawlEntry, SkippedEntry, SkipReason, UnreadableEntry, crawl
from scanners.crawling import FileRow, Pace, crawl_folders, probe
from scanners.crawling.agenda import Step
from scanners.crawling.assistants import Processes, listing_alone
from scanners.crawling.journeys import Travellers
from scanners.crawling.listing import INSIDE_ITSELF, Answer, Lister, Reach

FAR = Pace(seconds_per_look=1)
NEAR = Pace(seconds_per_look=1e-6)
COLD = Pace(seconds_per_look=50e-6)
THRESHOLD = "scanners.crawling.walking._WORTH_PROCESSES"


@pytest.fixture
def mixed(share: Path) -> Path:
    """Return a share with everything in it that a listing may meet."""
    chance = random.Random(7)  # noqa: S311  a tree, not a secret
    folders = [share]
    for number in range(120):
        above = chance.choice(folders[-30:])
        folders.append(above / chance.choice(["a", "\u00e9", "\udcff", "Z", "line\nbreak"]).__add__(str(number)))
        folders[-1].mkdir()
    for number in range(1500):
        (
            chance.choice(folders)
            / f"{chance.choice(['x', chr(0xE9), chr(0xDCE9), chr(0x1F4C1), chr(0xFFFD)])}{number}"
        ).touch()
    (folders[3] / "pipe").parent.mkdir(exist_ok=True)
    os.mkfifo(folders[3] / "pipe")
    (folders[5] / "link").symlink_to("..")
    with (folders[7] / "sparse").open("wb") as file:
        file.truncate(10 << 30)
    (folders[9] / "one").touch()
    (folders[9] / "two").hardlink_to(folders[9] / "one")
    (share / ".retention-quarantine").mkdir()
    (share / ".retention-quarantine" / "q").touch()
    return share


def alone(root: Path) -> list[CrawlEntry]:
    return list(crawl(str(root), pace=NEAR))


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are enough


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_the_order_is_that_of_the_bytes_of_the_names(mixed: Path) -> None:
    for listing in crawl_folders(str(mixed), pace=NEAR):
        names = [os.fsencode(entry.path) for entry in listing.entries]
        assert names == sorted(names)


def test_threads_report_what_a_single_walk_reports(mixed: Path) -> None:
    assert list(crawl(str(mixed), pace=FAR)) == alone(mixed)


@pytest.mark.parametrize("pace", [NEAR, COLD])
def test_processes_report_what_a_single_walk_reports(mixed: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace) -> None:
    expected = alone(mixed)
    monkeypatch.setattr(THRESHOLD, 0)

    assert list(crawl(str(mixed), pace=pace)) == expected


@pytest.mark.parametrize("pace", [NEAR, FAR])
def test_a_folder_of_very_many_files_comes_in_parts_and_whole(
    mixed: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace
) -> None:
    expected = alone(mixed)
    monkeypatch.setattr("scanners.crawling.walking._LOOKS_TOGETHER", 3)
    monkeypatch.setattr("scanners.crawling.walking._LOOKS_TOGETHER_FAR", 3)
    monkeypatch.setattr(THRESHOLD, 50)

    listings = list(crawl_folders(str(mixed), pace=pace))

    assert list(crawl(str(mixed), pace=pace)) == expected
    assert max(len(listing.entries) for listing in listings) == 3
    first = [listing.path for listing in listings if listing.is_first]
    assert len(first) == len(set(first))


def test_the_facts_of_a_row_are_those_of_the_disk(mixed: Path) -> None:
    rows = [entry for listing in crawl_folders(str(mixed)) for entry in listing.entries if isinstance(entry, FileRow)]

    for row in rows:
        seen = (mixed / row.path).lstat()
        assert row[1:7] == (
            seen.st_size,
            seen.st_mtime_ns,
            seen.st_ino,
            seen.st_dev,
            seen.st_nlink,
            seen.st_ctime_ns,
        )
    assert {Path(row.path).name for row in rows if row.is_sparse} == {"sparse"}
    assert {Path(row.path).name for row in rows if row.link_count > 1} == {"one", "two"}


@pytest.mark.parametrize("pace", [NEAR, FAR])
def test_a_walk_that_is_given_up_leaves_no_process_no_thread_and_nothing_open(
    mixed: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace
) -> None:
    monkeypatch.setattr(THRESHOLD, 0)
    gc.collect()
    before = open_descriptors(), threading.active_count(), children()

    walk = crawl(str(mixed), pace=pace)
    for _ in range(20):
        next(walk)
    walk.close()

    assert (open_descriptors(), threading.active_count(), children()) == before


@pytest.mark.parametrize("pace", [NEAR, FAR])
def test_a_process_that_is_killed_loses_nothing(mixed: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace) -> None:
    expected = alone(mixed)
    monkeypatch.setattr(THRESHOLD, 0)
    before = children()
    seen = []

    for number, entry in enumerate(crawl(str(mixed), pace=pace)):
        seen.append(entry)
        if number in (100, 700):
            for child in sorted(children() - before)[:1]:
                os.kill(int(child), signal.SIGKILL)

    assert seen == expected


def test_a_system_that_starts_no_process_is_walked_all_the_same(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = alone(mixed)
    monkeypatch.setattr(THRESHOLD, 0)
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    assert list(crawl(str(mixed), pace=NEAR)) == expected


def test_a_killed_driver_leaves_no_survivors(mixed: Path) -> None:
    program = (
        "import scanners.crawling.walking as c, sys, time\n"
        "c._WORTH_PROCESSES = 0\n"
        "walk = c.crawl(sys.argv[1], pace=c.Pace(seconds_per_look=1e-6))\n"
        "[next(walk) for _ in range(50)]\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    driver = subprocess.Popen(["python3", "-c", program, str(mixed)], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert driver.stdout is not None
    ready = driver.stdout.readline()
    pids = Path(f"/proc/{driver.pid}/task/{driver.pid}/children").read_text().split()
    driver.kill()
    driver.wait()
    driver.stdout.close()

    deadline = time.monotonic() + 5
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert ready == b"ready\n"
    assert pids
    assert not any(is_alive(pid) for pid in pids)


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class SlowLister(Lister):
    """A server that takes its time."""

    def answer(self, path: str, names: object = None) -> Answer:
        time.sleep(0.02)
        return super().answer(path, None)


def test_many_journeys_are_made_at_the_same_time(mixed: Path) -> None:
    root = os.open(mixed, os.O_RDONLY)
    travellers = Travellers(16, lambda: SlowLister(root, device=os.fstat(root).st_dev, at_once=100, max_open=4))
    started = time.monotonic()

    for number in range(32):
        travellers.ask(number, "", None)
    answered = {travellers.answered()[0] for _ in range(32)}
    seconds = time.monotonic() - started
    os.close(root)

    assert answered == set(range(32))
    assert seconds < 32 * 0.02 / 3


class BrokenLister(Lister):
    """A mistake of our own."""

    def answer(self, path: str, names: object = None) -> Answer:
        raise ZeroDivisionError(path)


def test_a_mistake_of_our_own_in_a_thread_is_not_swallowed(mixed: Path) -> None:
    root = os.open(mixed, os.O_RDONLY)
    travellers = Travellers(2, lambda: BrokenLister(root, device=os.fstat(root).st_dev, at_once=100, max_open=4))

    travellers.ask(1, "", None)
    with pytest.raises(ZeroDivisionError):
        travellers.answered()
    os.close(root)


def test_a_question_longer_than_any_pipe_is_answered(share: Path) -> None:
    names = [f"{number:0200}" for number in range(6000)]
    for name in names:
        (share / name).touch()
    root = os.open(share, os.O_RDONLY)
    processes = Processes(1, root, listing_alone(root, device=os.fstat(root).st_dev, at_once=10))
    steps = [Step(path="", names=names) for _ in range(3)]

    processes.give(steps)
    done = [answer for _ in steps for _, answer in processes.take(wait=True)]
    processes.close()
    os.close(root)

    assert [len(answer[3]) for answer in done if answer and len(answer) == 6] == [6000] * 3


def test_no_process_judges_whether_a_file_is_kept_elsewhere(share: Path) -> None:
    with (share / "sparse").open("wb") as file:
        file.truncate(1 << 20)
    root = os.open(share, os.O_RDONLY)
    processes = Processes(1, root, listing_alone(root, device=os.fstat(root).st_dev, at_once=10))

    processes.give([Step(path="")])
    done = processes.take(wait=True)
    processes.close()
    os.close(root)

    assert [answer for _, answer in done] == [None]


@pytest.mark.parametrize("pace", [NEAR, FAR])
def test_a_stub_is_left_alone_whoever_meets_it(share: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace) -> None:
    monkeypatch.setattr(THRESHOLD, 0)
    for number in range(40):
        (share / str(number)).mkdir()
        stub = share / str(number) / "stub.pdf"
        stub.touch()
        os.truncate(stub, 1 << 20)
        try:
            os.setxattr(stub, "user.cifs.dosattrib", (0x400000).to_bytes(4, "little"))
        except OSError:
            pytest.skip("this file system keeps no extended attributes")

    skipped = [entry for entry in crawl(str(share), pace=pace) if isinstance(entry, SkippedEntry)]

    assert [entry.reason for entry in skipped] == [SkipReason.OFFLINE] * 40


@pytest.mark.parametrize("pace", [NEAR, FAR])
def test_what_vanishes_while_it_is_listed_is_one_finding_each(
    share: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace
) -> None:
    monkeypatch.setattr(THRESHOLD, 10)
    for number in range(600):
        (share / f"{number:03}").mkdir()
        (share / f"{number:03}" / "a").touch()
    walk = crawl(str(share), pace=pace)
    seen = [next(walk) for _ in range(12)]

    for number in range(0, 600, 2):
        (share / f"{number:03}" / "a").unlink()
        (share / f"{number:03}").rmdir()
    seen += walk

    folders = [entry.path for entry in seen if type(entry).__name__ == "SeenFolder"]
    assert len(folders) == 601
    files = {entry.path for entry in seen if type(entry).__name__ == "FoundFile"}
    lost = {entry.path for entry in seen if isinstance(entry, UnreadableEntry) and entry.is_folder}
    assert {f"{number:03}/a" for number in range(1, 600, 2)} <= files
    assert lost <= {f"{number:03}" for number in range(0, 600, 2)}


class Loop(Lister):
    """A folder that is mounted again inside itself, as far as its lister can tell."""

    def answer(self, path: str, names: Sequence[str] | None) -> Answer:
        identity, *found = super().answer(path, names)
        return (7, 7) if path.endswith("again") else identity, *found  # type: ignore[return-value]  # the same shape


def stretched(
    root: Path, *, most: int = 10_000, at_once: int = 100, closed: Sequence[str] = ()
) -> tuple[list[str], list[str], list[str]]:
    """Return the folders listed, those that stay to be entered with what lies above them, and names left over."""
    descriptor = os.open(root, os.O_RDONLY)
    device = os.fstat(descriptor).st_dev
    lister = Lister(descriptor, device=device, max_open=8, at_once=at_once, closed=closed)
    stops, way, rest = lister.stretch("", sorted(os.listdir(root)), [(7, 7)], most)  # noqa: PTH208  names are enough
    lister.close()
    os.close(descriptor)
    return [path for path, *_ in stops], [f"{path}/{name}" for path, _, names in way for name in names], rest


@pytest.fixture
def branching(share: Path) -> Path:
    for name in ("a/x/deep", "a/y", "b", "c"):
        (share / name).mkdir(parents=True)
        (share / name / "file").touch()
    return share


def test_a_stretch_goes_down_and_on_in_the_order_of_the_walk(branching: Path) -> None:
    assert stretched(branching) == (["a", "a/x", "a/x/deep", "a/y", "b", "c"], [], [])


@pytest.mark.parametrize("most", [1, 2, 3, 5, 7, 9])
def test_where_a_stretch_ends_nothing_is_left_out(branching: Path, most: int) -> None:
    seen, left, _ = stretched(branching, most=most)

    assert seen == ["a", "a/x", "a/x/deep", "a/y", "b", "c"][: len(seen)]
    below = [name.lstrip("/") for name in left]
    assert {top for top in ("a/y", "b", "c") if top not in seen} <= set(below)
    assert not set(below) & set(seen)


def test_a_stretch_ends_before_a_folder_that_is_not_its_to_judge(branching: Path) -> None:
    assert stretched(branching, closed=("a/y",)) == (["a", "a/x", "a/x/deep"], ["/c", "/b", "a/y"], [])


def test_a_stretch_ends_at_a_folder_of_very_many_files(branching: Path) -> None:
    for name in ("more", "most"):
        (branching / "a" / "x" / name).touch()

    assert stretched(branching, at_once=1) == (["a", "a/x"], ["/c", "/b", "a/y", "a/x/deep"], ["most"])


def test_a_stretch_ends_before_a_file_that_may_be_kept_elsewhere(branching: Path) -> None:
    os.truncate(branching / "b" / "file", 1 << 20)

    assert stretched(branching)[:2] == (["a", "a/x", "a/x/deep", "a/y"], ["/c", "/b"])


def test_a_stretch_does_not_enter_a_folder_that_contains_itself(branching: Path) -> None:
    (branching / "a" / "again" / "x").mkdir(parents=True)
    descriptor = os.open(branching, os.O_RDONLY)
    lister = Loop(descriptor, device=os.fstat(descriptor).st_dev, at_once=100, max_open=8)

    stops, _, _ = lister.stretch("", ["a"], [(7, 7)], 1_000)
    lister.close()
    os.close(descriptor)

    assert ("a/again", (INSIDE_ITSELF, ""), [], False) in stops
    assert [path for path, *_ in stops] == ["a", "a/again", "a/x", "a/x/deep", "a/y"]


def test_a_volume_mounted_far_down_is_met_by_nobody_but_the_walk(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deepest = max((str(path.relative_to(mixed)) for path in mixed.rglob("*") if path.is_dir()), key=len)
    monkeypatch.setattr("scanners.crawling.walking.mount_points", lambda _: frozenset({deepest}))
    expected = alone(mixed)
    monkeypatch.setattr(THRESHOLD, 0)

    assert list(crawl(str(mixed), pace=NEAR)) == expected
    skipped = [entry.path for entry in expected if isinstance(entry, SkippedEntry) and entry.is_folder]
    assert skipped == [deepest]


def test_names_that_vanish_between_two_parts_of_a_folder_are_all_accounted_for(share: Path) -> None:
    (share / "gone").mkdir()
    root = os.open(share, os.O_RDONLY)
    lister = Lister(root, device=os.fstat(root).st_dev, at_once=10, max_open=4)
    (share / "gone").rmdir()

    _, _, _, rows, is_odd, _ = lister.answer("gone", ["a", "b"])

    lister.close()
    os.close(root)
    assert is_odd
    assert [row[0] for row in rows] == ["gone/a", "gone/b"]


def test_a_way_is_found_again_after_climbing_out_of_a_deep_folder(share: Path) -> None:
    (share / "a/b/c/d/e").mkdir(parents=True)
    (share / "a/x").mkdir()
    root = os.open(share, os.O_RDONLY)
    reach = Reach(root, max_open=2)
    before = open_descriptors()

    for path in ("a/b/c/d/e", "a/x", "a", "", "a/b/c", "a/b"):
        assert os.path.samestat(os.fstat(reach.open(path)), (share / path).stat())
        assert open_descriptors() - before <= 2
    reach.close()
    os.close(root)

    assert open_descriptors() == before - 1


def test_no_way_leads_through_a_link(share: Path, tmp_path: Path) -> None:
    (tmp_path / "secret" / "inner").mkdir(parents=True)
    (share / "link").symlink_to(tmp_path / "secret")
    root = os.open(share, os.O_RDONLY)
    reach = Reach(root, max_open=8)

    for path in ("link", "link/inner"):
        with pytest.raises(OSError, match=r"directory|links"):
            reach.open(path)
    reach.close()
    os.close(root)


def test_a_local_disk_is_not_far(mixed: Path) -> None:
    pace = probe(str(mixed))

    assert 0 < pace.looks <= 200
    assert 0 < pace.seconds_per_look < 1
    assert FAR.is_far
    assert not NEAR.is_far
    assert COLD.processes > NEAR.processes


def test_a_disk_that_has_to_move_is_not_taken_for_a_server() -> None:
    assert not Pace(seconds_per_look=1, is_own_disk=True).is_far
    assert Pace(seconds_per_look=1, is_own_disk=True).processes == COLD.processes
    assert probe("/proc").is_own_disk is False


def listed(entries: Iterator[CrawlEntry]) -> int:
    return sum(1 for _ in entries)


@pytest.mark.parametrize("pace", [NEAR, FAR])
def test_a_deep_share_is_walked_by_anybody(share: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace) -> None:
    monkeypatch.setattr(THRESHOLD, 0)
    below = os.open(share, os.O_RDONLY)
    for level in range(150):
        for name in ("x" * 250, f"side-{level}"):
            os.mkdir(name, dir_fd=below)
        os.close(os.open(f"{level}.txt", os.O_WRONLY | os.O_CREAT, dir_fd=below))
        above, below = below, os.open("x" * 250, os.O_RDONLY, dir_fd=below)
        os.close(above)
    os.close(below)

    assert listed(crawl(str(share), pace=pace)) == 1 + 3 * 150
    subprocess.run(["rm", "-rf", str(share)], check=True)  # pytest's own clean-up cannot go so deep
