"""A disk that refuses, at every single step: nothing is half in the log, and what was acknowledged stays."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from disposal_log import (
    AppendFailedError,
    AppendInDoubtError,
    DisposalLog,
    EntryDraft,
    EntryType,
    LogClosedError,
)
from tests.integration.disposal_log.office import Office, draft, lawful_story, tell

STEPS = ("open", "write", "fsync", "truncate", "ftruncate", "pwrite", "replace")


class BrokenDisk:
    """Lets the operating system's calls through until the chosen one, which fails; counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, error: int) -> None:
        self._error = error
        self._fails_at: int | None = None
        self._fails_on = False
        self.calls = 0
        for name in STEPS:
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **named: object) -> object:
            self.calls += 1
            is_hit = self._fails_at == self.calls
            is_later = self._fails_on and self._fails_at is not None and self.calls > self._fails_at
            if is_hit or is_later:
                raise OSError(self._error, os.strerror(self._error))
            return call(*arguments, **named)

        return wrapped

    @contextmanager
    def failing(self, at: int, *, and_ever_after: bool = False) -> Iterator[None]:
        self.calls, self._fails_at, self._fails_on = 0, at, and_ever_after
        try:
            yield
        finally:
            self._fails_at = None


def attested(number: int) -> EntryDraft:
    return draft(EntryType.EVENT_ATTESTED, {"number": number}, disclosures={"path": f"{number}.txt"})


@pytest.mark.parametrize("and_ever_after", [False, True])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_a_step_that_fails_leaves_the_whole_append_in_or_out(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, error: int, *, and_ever_after: bool
) -> None:
    disk = BrokenDisk(monkeypatch, error=error)
    log = full_office.open()
    with disk.failing(0):
        log.append([attested(0)])
    steps, acknowledged, refused = disk.calls, [], []
    assert steps > 8
    for at in range(1, steps + 1):
        drafts = [attested(at), attested(at)]
        try:
            with disk.failing(at, and_ever_after=and_ever_after):
                log.append(drafts)
            acknowledged += drafts
        except AppendInDoubtError:
            pass  # only reopening can tell; checked below by the verifier alone
        except AppendFailedError:
            refused += drafts
        try:
            again = [attested(at)]
            log.append(again)
            acknowledged += again
        except LogClosedError:
            full_office.close()
            log = full_office.open()
    full_office.close()
    with full_office.open() as log:
        for each in acknowledged:
            assert log.contains(each.id)
        for each in refused:
            assert not log.contains(each.id)
        ids = [stored.entry["id"] for stored in log.entries()]
        assert len(set(ids)) == len(ids)
    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.missing) == (0, 0), report.to_text()


def interrupt(_descriptor: int) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_append_stops_the_log_until_it_is_opened_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = office.create()
    log.append([attested(0)])  # from now on there is a key for the values of this month
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            log.append([attested(1)])
    with pytest.raises(LogClosedError, match="interrupted"):
        log.append([attested(2)])
    office.close()
    assert office.open().append([attested(3)])[0].seq == 3, "entry 2 tells what was set aside"
    assert office.verify().exit_code == 0


def test_somebody_else_s_bytes_behind_our_back_stop_the_append(office: Office) -> None:
    log = office.create()
    path = office.entries / "00000.jsonl"
    with path.open("ab") as file:
        file.write(b"not ours\n")

    with pytest.raises(AppendFailedError, match="changed by somebody else"):
        log.append([attested(1)])
    assert path.read_bytes().endswith(b"not ours\n")


def test_a_lost_sidecar_stops_the_append(office: Office) -> None:
    log = office.create()
    log._parts.sidecar.close()

    with pytest.raises(AppendFailedError):
        log.append([attested(1)])
    assert log.size == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte, where the machine lets us."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small disk")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], check=False)
    if made.returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        yield folder
    finally:
        # lazily: a test that failed may still hold a file there
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    descriptor = os.open(folder / "ballast", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(descriptor, bytes(4096)):
            pass
    os.close(descriptor)
    state = os.statvfs(folder)
    assert state.f_bavail * state.f_frsize == 0


def outcomes(count: int) -> list[EntryDraft]:
    body = {"batch": "B-1", "result": "destroyed"}
    return [
        draft(EntryType.ITEM_OUTCOME, {**body, "item": item}, disclosures={"path": f"file {item}"})
        for item in range(count)
    ]


def test_on_a_full_disk_what_was_done_is_still_recorded_and_nothing_more_is_promised(small_disk: Path) -> None:
    office = Office(small_disk)
    log = office.create()
    story = lawful_story()
    tell(log, story[:7])
    fill(small_disk)

    with pytest.raises(AppendFailedError, match=r"disk is full|No space left"):
        log.append([attested(number) for number in range(50)])
    size = log.size
    log.append(outcomes(40))
    assert (log.size, log.is_reserve_spent) == (size + 40, True)
    with pytest.raises(AppendFailedError, match="no new intent"):
        log.append([draft(EntryType.BATCH_INTENT, {"batch": "B-1", "phase": "purge", "items": [1]})])
    office.close()
    with office.open() as log:
        assert log.size == size + 40
        (small_disk / "ballast").unlink()
        log.append([draft(EntryType.BATCH_INTENT, {"batch": "B-1", "phase": "purge", "items": [1]})])
        assert not log.is_reserve_spent
    assert office.verify(is_sidecar_given=True).missing == 0


def append_until_it_fails(log: DisposalLog) -> int:
    for times in range(10_000):
        try:
            log.append(outcomes(40))
        except AppendFailedError:
            return times
    pytest.fail("the disk never ran full")


def test_when_even_the_reserve_is_gone_the_append_fails_cleanly(small_disk: Path) -> None:
    office = Office(small_disk)
    log = office.create()
    fill(small_disk)
    done = 40 * append_until_it_fails(log)
    assert log.size == 1 + done
    office.close()
    (small_disk / "ballast").unlink()
    with office.open() as log:
        assert log.size == 1 + done
        log.append(outcomes(5))
    assert office.verify().size == 6 + done


def test_the_log_can_be_opened_again_on_a_full_disk(small_disk: Path) -> None:
    office = Office(small_disk)
    log = office.create()
    log.append(outcomes(5))
    office.close()
    path = office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes() + b"x" * 20_000)
    fill(small_disk)

    with office.open() as log:
        assert isinstance(log, DisposalLog)
        assert log.size == 7
