"""A redaction that is killed or fails at any step either never was, or is finished: nothing in between is left."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from disposal_log import EntryType, LogError, SidecarError
from disposal_log.files.sidecar import ValueSpan
from tests.integration.disposal_log.office import Office, draft

CALLS = ("open", "write", "fsync", "ftruncate", "pwrite", "replace")
PATHS = [ValueSpan(first=5, last=7, names=("path",)), ValueSpan(first=10, last=12, names=("path",))]
WHOLE_BATCH = [ValueSpan(first=0, last=14, names=("path", "sha256", "proposer_name"))]


class Killed(BaseException):
    """What a killed process does not live to see."""


class Steps:
    """Counts what reaches the disk, and lets something happen right before one of these steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken = 0
        self._at = 0
        self._happen: Callable[[Exception], None] = lambda _refusal: None
        steps = self

        class Watched(sqlite3.Connection):
            def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as it is declared
                steps.step(sqlite3.OperationalError("disk I/O error"))
                return super().execute(*arguments)

            def executemany(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401
                steps.step(sqlite3.OperationalError("disk I/O error"))
                return super().executemany(*arguments)

        connect = sqlite3.connect
        for name in CALLS:
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **named: connect(*a, factory=Watched, **named))

    def step(self, refusal: Exception) -> None:
        self.taken += 1
        if self.taken == self._at:
            self._happen(refusal)

    @contextmanager
    def interrupted(self, at: int, happen: Callable[[Exception], None]) -> Iterator[None]:
        self.taken, self._at, self._happen = 0, at, happen
        try:
            yield
        finally:
            self._at = 0

    def _counted(self, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **named: object) -> object:
            self.step(OSError(errno.EIO, os.strerror(errno.EIO)))
            return call(*arguments, **named)

        return counted


def refuse(refusal: Exception) -> None:
    raise refusal


def redact(office: Office, spans: list[ValueSpan]) -> None:
    office.open().redact_all(draft(EntryType.REDACTION, {"ground": "art17"}), spans)


def disk_image(office: Office, name: str) -> Office:
    """Copy what a killed process leaves on the disk, as it is at this moment."""
    place = office.folder.with_name(name)
    shutil.copytree(office.folder, place, ignore=shutil.ignore_patterns("reserve"))
    return Office(place)


def assert_all_or_nothing(office: Office, values: int) -> bool:
    """Open it as the next command would; tell whether the redaction happened."""
    with office.open() as log:
        happened = any(stored.entry["type"] == EntryType.REDACTION for stored in log.entries(15))
        assert not log._parts.sidecar.intended(), "nothing is left half done"
    report = office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.missing) == (0, 0), report.to_text()
    assert not [words for words in report.warnings if "still there" in words]
    assert (report.redacted, report.disclosed) == ((values, 13 - values) if happened else (0, 13))
    return happened


@pytest.mark.parametrize(("spans", "values"), [(PATHS, 6), (WHOLE_BATCH, 13)])
def test_a_redaction_that_is_killed_at_any_step_is_finished_or_never_was(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, spans: list[ValueSpan], values: int
) -> None:
    steps = Steps(monkeypatch)
    whole = disk_image(full_office, "whole")
    with steps.interrupted(0, refuse):
        redact(whole, spans)
    count = steps.taken
    whole.close()
    assert count > 30
    seen = set()
    for at in range(1, count + 1):
        victim = disk_image(full_office, f"victim-{at}")

        def die(_refusal: Exception, victim: Office = victim, at: int = at) -> None:
            disk_image(victim, f"image-{at}")
            raise Killed

        with suppress(Killed), steps.interrupted(at, die):
            redact(victim, spans)
        victim.close()
        image = Office(victim.folder.with_name(f"image-{at}"))
        seen.add(assert_all_or_nothing(image, values))
        for each in (victim, image):
            shutil.rmtree(each.folder)
    assert seen == {False, True}


@pytest.mark.parametrize(("spans", "values"), [(PATHS, 6), (WHOLE_BATCH, 13)])
def test_a_redaction_that_the_disk_refuses_at_any_step_can_be_finished(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, spans: list[ValueSpan], values: int
) -> None:
    steps = Steps(monkeypatch)
    for at in range(1, 200):
        victim = disk_image(full_office, f"victim-{at}")
        log = victim.open()
        with suppress(LogError), steps.interrupted(at, refuse):
            log.redact_all(draft(EntryType.REDACTION, {"ground": "art17"}), spans)
        is_over = steps.taken < at
        victim.close()
        assert_all_or_nothing(victim, values)
        shutil.rmtree(victim.folder)
        if is_over:
            return
    pytest.fail("it never ended")


def test_what_a_reader_still_sees_is_not_said_to_be_gone_and_goes_at_the_next_opening(full_office: Office) -> None:
    log = full_office.open()
    log._parts.sidecar._db.execute("PRAGMA busy_timeout = 10")
    reader = sqlite3.connect(full_office.sidecar / "disclosures.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sealed").fetchone()

    with pytest.raises(SidecarError, match="somebody reads it"):
        log.redact_all(draft(EntryType.REDACTION, {"ground": "art17"}), PATHS)
    reader.close()
    full_office.close()
    assert assert_all_or_nothing(full_office, 6)


def test_the_keys_of_a_whole_batch_die_with_its_values(full_office: Office) -> None:
    keys = full_office.sidecar / "value-keys.txt"
    before = keys.read_bytes()
    secret = before[-65:-1]
    redact(full_office, WHOLE_BATCH)
    full_office.close()

    assert len(keys.read_bytes()) == len(before)
    assert secret not in keys.read_bytes()


def test_a_backup_of_the_values_opens_nothing_once_the_key_is_destroyed(full_office: Office, tmp_path: Path) -> None:
    backup = shutil.copy(full_office.sidecar / "disclosures.db", tmp_path / "backup.db")
    redact(full_office, WHOLE_BATCH)
    full_office.close()
    for name in ("disclosures.db", "disclosures.db-wal", "disclosures.db-shm"):
        (full_office.sidecar / name).unlink(missing_ok=True)
    shutil.copy(backup, full_office.sidecar / "disclosures.db")

    report = full_office.verify(is_sidecar_given=True)
    assert (report.disclosed, report.redacted, report.missing) == (0, 13, 0)


def test_what_a_backup_brings_back_is_warned_of_and_erased_again(full_office: Office, tmp_path: Path) -> None:
    backup = shutil.copytree(full_office.sidecar, tmp_path / "backup")
    redact(full_office, PATHS)
    full_office.close()
    shutil.rmtree(full_office.sidecar)
    shutil.copytree(backup, full_office.sidecar, ignore=shutil.ignore_patterns("ids.db*"))

    assert "6 values are still there" in full_office.verify(is_sidecar_given=True).to_text()
    with full_office.open() as log:
        assert log.erase_redacted() == 6
    report = full_office.verify(is_sidecar_given=True)
    assert (report.redacted, report.missing, "still there" in report.to_text()) == (6, 0, False)
