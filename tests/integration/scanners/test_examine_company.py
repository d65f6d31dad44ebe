"""Files in company: rows gather, copies are read once, and a file that ends its child takes no other with it."""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scanners import ExaminationLimits, Examiner, FileObservation, FoundFile, ProblemKind, UnreadableEntry
from scanners.examination import ContentSeenBefore

Lister = Callable[[Path], list[FoundFile]]
HASTY = ExaminationLimits(seconds_per_file=1.0, memory_bytes=256 << 20)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_a_copy_nearby_is_not_read_again_and_says_the_same(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    for name in ("a.txt", "b.txt", "c.log"):
        (share / name).write_text("COUNT")
    (share / "other.txt").write_text("other")

    with Examiner(child_command=hostile_command) as examiner:
        rows = list(examiner.examine(str(share), files_of(share)))
        again = list(examiner.examine(str(share), files_of(share)))

    texts = {row.path: row.text for row in (*rows, *again) if isinstance(row, FileObservation)}
    assert texts == {"a.txt": "read 1 times", "b.txt": "read 1 times", "c.log": "read 1 times", "other.txt": "other"}


def test_a_copy_of_another_type_is_read_for_itself(share: Path, files_of: Lister) -> None:
    (share / "a.txt").write_text("name,amount\nRees,3\n")
    (share / "b.csv").write_text("name,amount\nRees,3\n")

    with Examiner() as examiner:
        rows = list(examiner.examine(str(share), files_of(share)))

    assert [row.media_type for row in rows if isinstance(row, FileObservation)] == ["text/plain", "text/csv"]


def test_content_that_is_known_is_named_and_not_read(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    (share / "a.txt").write_text("SEGFAULT")
    (share / "b.pdf").write_text("known")
    (share / "c.txt").write_text("unknown")

    with Examiner(child_command=hostile_command) as examiner:
        known = frozenset({digest("SEGFAULT"), digest("known"), digest("never seen")})
        first, second, third = examiner.examine(str(share), files_of(share), known_digests=known)
        (after, *_) = examiner.examine(str(share), files_of(share)[1:])

    assert first == ContentSeenBefore(path="a.txt", sha256=digest("SEGFAULT"), media_type="text/plain", mismatch=None)
    assert isinstance(second, ContentSeenBefore)
    assert second.mismatch is not None
    assert second.mismatch.kind is ProblemKind.EXTENSION_MISMATCH
    assert isinstance(third, FileObservation)
    assert third.text == "unknown"
    assert isinstance(after, FileObservation)  # what was known then is not known to every later question
    assert after.text == "known"


def test_a_child_that_invents_a_known_content_is_not_believed(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    (share / "a.txt").write_text("INVENT")
    (share / "b.txt").write_text("after")

    with Examiner(child_command=hostile_command) as examiner:
        first, second = examiner.examine(str(share), files_of(share), known_digests=frozenset({digest("after")}))

    assert isinstance(first, FileObservation)
    assert [problem.kind for problem in first.problems] == [ProblemKind.CRASHED]
    assert isinstance(second, ContentSeenBefore)


def test_a_child_that_forges_its_slip_gains_no_time_and_blames_nobody_else(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    for name in ("a", "b", "d"):
        (share / f"{name}.txt").write_text(name)
    (share / "c.txt").write_text("FORGE")
    began_at = time.monotonic()

    with Examiner(child_command=hostile_command, limits=HASTY) as examiner:
        rows = list(examiner.examine(str(share), files_of(share)))

    assert time.monotonic() - began_at < 20
    assert [row.path for row in rows if isinstance(row, UnreadableEntry) or row.problems] == ["c.txt"]


def test_rows_of_files_before_one_that_ends_its_child_are_not_asked_for_twice(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    for number in range(40):
        (share / f"{number:02}.txt").write_text(f"MARK {number}")
    for number, deed in ((7, "SEGFAULT"), (8, "KILL"), (20, "SLEEP"), (39, "EXIT")):
        (share / f"{number:02}.txt").write_text(deed)

    with Examiner(child_command=hostile_command, limits=HASTY) as examiner:
        rows = list(examiner.examine(str(share), files_of(share)))

    assert [row.path for row in rows] == [f"{number:02}.txt" for number in range(40)]
    texts = [row.text for row in rows if isinstance(row, FileObservation) and not row.problems]
    # every child counts what it read: nothing was read by two of them
    assert texts == [f"read {n} times" for n in (*range(1, 8), *range(1, 12), *range(1, 19))]


def test_a_row_arrives_while_the_next_file_hangs(share: Path, files_of: Lister, hostile_command: Sequence[str]) -> None:
    (share / "a.txt").write_text("harmless")
    (share / "b.txt").write_text("SLEEP")
    limits = ExaminationLimits(seconds_per_file=30.0)

    with Examiner(child_command=hostile_command, limits=limits) as examiner:
        rows = examiner.examine(str(share), files_of(share))
        began_at = time.monotonic()
        first = next(rows)
        waited_seconds = time.monotonic() - began_at

    assert first.path == "a.txt"
    assert waited_seconds < 10


def test_a_text_that_fills_more_than_the_room_for_rows_arrives(share: Path, files_of: Lister) -> None:
    text = "\u20ac" * 60_000
    for name in "abc":
        (share / f"{name}.txt").write_text(f"{name}{text}")

    with Examiner(limits=ExaminationLimits(text_chars=50_000)) as examiner:
        rows = list(examiner.examine(str(share), files_of(share)))

    assert [row.text for row in rows if isinstance(row, FileObservation)] == [
        f"{name}{text}"[:50_000] for name in "abc"
    ]


@pytest.mark.parametrize("seed", range(5))
def test_a_child_that_is_killed_at_any_moment_costs_at_most_the_file_it_was_at(
    share: Path, files_of: Lister, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret depends on it
    for number in range(1_200):
        (share / f"{number:04}.txt").write_text(f"number {number}")
    files = files_of(share)
    rows: list[FileObservation | UnreadableEntry] = []
    kills, is_done = 0, threading.Event()

    with Examiner() as examiner:

        def kill() -> None:
            nonlocal kills
            while not is_done.wait(0.02 + chance.random() * 0.25):
                sandbox = examiner._sandbox
                if sandbox is not None and rows:
                    sandbox._process.kill()
                    kills += 1

        killer = threading.Thread(target=kill)
        killer.start()
        for row in examiner.examine(str(share), files):
            rows.append(row)
            if len(rows) % 100 == 0:
                time.sleep(0.01)
        is_done.set()
        killer.join()

    assert [row.path for row in rows] == [found.path for found in files]
    odd = [row for row in rows if isinstance(row, UnreadableEntry) or row.problems]
    assert len(odd) <= kills
    for row in rows:
        if isinstance(row, FileObservation):
            assert row.sha256 == digest((share / row.path).read_text())
