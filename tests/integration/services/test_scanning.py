import hashlib
import os
import random
import socket
import stat
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.clock import SystemClock
from retention.domain.assets import Source
from retention.domain.eligibility import AppraisedCopy
from retention.domain.records import CopyState
from retention.errors import RetentionError, SourceVanishedError, StaleError
from retention.services import reporting
from retention.services.scanning import (
    BatchExaminer,
    ScanPhase,
    ScanProgress,
    ScanSummary,
    scan_source,
)
from retention.services.scanning.sightings import Row
from retention.store import records
from retention.store.catalogue import Catalogue
from scanners import Examiner, ExaminerUnavailableError, FoundFile

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def scan(catalogue: Catalogue, source: Source, **more: object) -> ScanSummary:
    told: list[ScanProgress] = []
    settings: dict[str, object] = {"workers": 2, "on_progress": told.append, **more}
    summary = scan_source(catalogue, source, at=NOON, clock=SystemClock(), **settings)  # type: ignore[arg-type]  # mixed
    assert told
    assert told[-1].done_files == summary.scan.files
    return summary


def copies(catalogue: Catalogue) -> dict[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx)}


def count_with_find(root: Path) -> int:
    found = subprocess.run(
        ["find", str(root), "!", "-type", "d", "-print0"], check=True, capture_output=True, timeout=60
    )
    return found.stdout.count(b"\0")


def fill(share: Path, files: int) -> None:
    for number in range(files):
        folder = share / f"d{number % 7}"
        folder.mkdir(exist_ok=True)
        (folder / f"f{number}.txt").write_text(f"invoice {number}")


def test_every_entry_of_a_share_is_accounted_for_once(catalogue: Catalogue, source: Source, share: Path) -> None:
    fill(share, 30)
    (share / "empty").write_bytes(b"")
    (share / "link").symlink_to("empty")
    os.link(share / "empty", share / "second name")
    os.mkfifo(share / "fifo")
    (share / ".retention-quarantine" / "B-1").mkdir(parents=True)
    (share / ".retention-quarantine" / "B-1" / "0").write_text("waits")
    odd = os.fsdecode(b"caf\xe9\n.txt")
    (share / odd).write_text("odd")

    summary = scan(catalogue, source)

    told = summary.to_json()
    assert told["files"] == count_with_find(share) == 36
    assert told["examined"] == 33
    assert told["skipped"] == {"fifo": 1, "link": 1, "quarantine": 1}
    assert told["unchanged"] == told["unreadable"] == told["unreadable_folders"] == 0
    found = copies(catalogue)
    assert len(found) == 36
    assert found[odd].copy.state is CopyState.PRESENT
    assert found["fifo"].copy.finding == "fifo"
    assert found["empty"].copy.link_count == 2


def test_what_did_not_change_is_not_examined_again(catalogue: Catalogue, source: Source, share: Path) -> None:
    fill(share, 10)
    scan(catalogue, source)
    (share / "d0" / "f0.txt").write_text("changed since")
    (share / "d1" / "f1.txt").unlink()
    (share / "new.txt").write_text("new")

    summary = scan(catalogue, source)

    assert (summary.counts.examined, summary.counts.unchanged, summary.scan.files) == (2, 8, 10)
    assert copies(catalogue)["d1/f1.txt"].copy.state is CopyState.MISSING


def test_the_share_is_not_changed_by_a_scan(catalogue: Catalogue, source: Source, share: Path) -> None:
    fill(share, 5)
    before = {path: path.lstat() for path in [share, *share.rglob("*")]}

    scan(catalogue, source)

    for path, was in before.items():
        now = path.lstat()
        assert (now.st_mtime_ns, now.st_size, stat.S_IMODE(now.st_mode)) == (
            was.st_mtime_ns,
            was.st_size,
            stat.S_IMODE(was.st_mode),
        )
    assert set(share.rglob("*")) | {share} == set(before)


def test_a_moved_file_is_missing_in_one_place_and_present_in_the_other(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("same")
    scan(catalogue, source)
    (share / "a.txt").rename(share / "b.txt")

    scan(catalogue, source)

    found = copies(catalogue)
    assert found["a.txt"].copy.state is CopyState.MISSING
    assert found["b.txt"].copy.sha256 == found["a.txt"].copy.sha256


def test_a_root_that_is_gone_makes_nothing_missing(catalogue: Catalogue, source: Source, share: Path) -> None:
    fill(share, 3)
    scan(catalogue, source)
    share.rename(share.with_name("unmounted"))

    with pytest.raises(SourceVanishedError, match="cannot be reached"):
        scan(catalogue, source)
    share.mkdir()
    with pytest.raises(SourceVanishedError, match="empty mount point"):
        scan(catalogue, source)

    assert {item.copy.state for item in copies(catalogue).values()} == {CopyState.PRESENT}


class _Unmounting:
    """Takes the share away while its files are being examined."""

    def __init__(self, share: Path) -> None:
        self._share = share

    def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
        if self._share.exists():
            self._share.rename(self._share.with_name("unmounted"))
            self._share.mkdir()
        with Examiner() as examiner:
            yield from examiner.examine(root, files, known_digests=known_digests)


def test_a_share_that_goes_away_while_it_is_examined_makes_nothing_unreadable(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    fill(share, 3)

    with pytest.raises(SourceVanishedError):
        scan(catalogue, source, open_examiner=lambda: nullcontext(_Unmounting(share)))

    assert copies(catalogue) == {}


class _Failing:
    """An examiner whose tools break down, on every file or only until it was asked often enough."""

    def __init__(self, error: Exception, *, times: int) -> None:
        self._error = error
        self._times = times

    def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
        self._times -= 1
        if self._times >= 0:
            raise self._error
        with Examiner() as examiner:
            yield from examiner.examine(root, files, known_digests=known_digests)


def failing(error: Exception, *, times: int) -> "type[AbstractContextManager[BatchExaminer]]":
    examiner = _Failing(error, times=times)
    return lambda: nullcontext(examiner)  # type: ignore[return-value]  # called like the class


def test_a_batch_that_fails_for_a_while_is_examined_all_the_same(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    fill(share, 3)

    summary = scan(catalogue, source, open_examiner=failing(OSError("busy"), times=3))

    assert summary.is_complete
    assert summary.counts.examined == 3


def test_a_batch_that_always_fails_is_reported_and_leaves_no_gap(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    fill(share, 3)
    (share / "link").symlink_to("d0")

    summary = scan(catalogue, source, open_examiner=failing(OSError("broken"), times=99))

    assert not summary.is_complete
    assert (summary.counts.unreadable, summary.counts.skipped, summary.scan.files) == (3, {"link": 1}, 4)
    unread = copies(catalogue)["d0/f0.txt"].copy
    assert (unread.state, unread.finding) == (CopyState.UNREADABLE, "not_examined")


def test_tools_that_do_not_work_are_not_blamed_on_the_files(catalogue: Catalogue, source: Source, share: Path) -> None:
    fill(share, 3)
    broken = ExaminerUnavailableError(detail="no such program")

    with pytest.raises(RetentionError, match="no such program"):
        scan(catalogue, source, open_examiner=failing(broken, times=99))

    assert copies(catalogue) == {}
    assert scan(catalogue, source).counts.examined == 3


def test_an_interrupted_scan_goes_on_where_it_stopped(catalogue: Catalogue, source: Source, share: Path) -> None:
    fill(share, 500)

    def interrupt(told: ScanProgress) -> None:
        if told.phase is ScanPhase.EXAMINING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_source(catalogue, source, at=NOON, clock=SystemClock(), workers=2, on_progress=interrupt)
    done = len(copies(catalogue))

    summary = scan(catalogue, source)

    assert 0 < done < 500
    assert (summary.scan.files, summary.counts.examined) == (500, 500)
    assert len(copies(catalogue)) == 500


@pytest.mark.parametrize("ending", ["a", "z"])
def test_a_damaged_document_is_unread_and_a_good_file_is_not_whichever_of_the_same_bytes_is_found_first(
    catalogue: Catalogue, source: Source, share: Path, ending: str
) -> None:
    (share / f"m{ending}.pdf").touch()
    (share / "mm.txt").touch()
    scan(catalogue, source)
    (share / "n.xls").touch()  # its content is known by now

    scan(catalogue, source)

    unread = {path: item.copy.content_unread for path, item in copies(catalogue).items()}
    assert unread == {f"m{ending}.pdf": True, "mm.txt": False, "n.xls": True}
    assert [line.path for line in reporting.unreadable(catalogue)] == [f"m{ending}.pdf", "n.xls"]
    assert reporting.count_unread(catalogue, [source.source_id]) == 2


def test_a_socket_is_counted_and_never_opened(catalogue: Catalogue, source: Source, share: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(share / "s"))  # a socket's name may not be long

        summary = scan(catalogue, source)

    assert summary.counts.skipped == {"socket": 1}


def test_two_scans_of_one_source_at_the_same_time_leave_no_gap_and_no_double(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    fill(share, 450)

    def attempt(_: int) -> bool:
        try:
            scan(catalogue, source)
        except StaleError:  # the other one took over
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        finished = list(pool.map(attempt, range(2)))

    assert any(finished)
    assert len(copies(catalogue)) == 450
    assert scan(catalogue, source).counts.unchanged == 450


def test_after_any_changes_the_catalogue_says_what_is_really_there(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    chance = random.Random(2026)  # noqa: S311  # no secret depends on it
    fill(share, 40)
    for number in range(6):
        for path in chance.sample(sorted(share.rglob("*.txt")), 12):
            _change(path, chance, number)

        summary = scan(catalogue, source)

        real = {
            str(path.relative_to(share)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in share.rglob("*")
            if path.is_file() and not path.is_symlink()
        }
        found = {path: item.copy.sha256 for path, item in copies(catalogue).items() if item.copy.is_present}
        assert found == real
        assert summary.scan.files == count_with_find(share)


def _change(path: Path, chance: random.Random, number: int) -> None:
    if not path.is_file():  # its folder was renamed a moment ago, or it is one itself by now
        return
    match chance.randrange(6):
        case 0:
            path.unlink()
        case 1:
            path.write_text(f"changed {number}")
        case 2:
            path.rename(path.with_name(f"renamed {number} {path.name}"))
        case 3:
            path.unlink()
            path.symlink_to("nowhere")
        case 4:
            path.unlink()
            path.mkdir()
            (path / "inside").write_text(f"inside {number}")
        case _:
            path.parent.rename(path.parent.with_name(f"{path.parent.name}x"))
