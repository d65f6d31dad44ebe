"""Copies of somebody's records do not stay behind where anybody may find them, however the program ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scanners.exports.temporary import TemporaryFolder
from scanners.private_folder import PrivateFolder

HOLDING = """
import sys, time
from scanners.exports.temporary import TemporaryFolder
folder = TemporaryFolder()
folder.write("case/letter.txt", iter([b"somebody's record"]))
print(folder.path, flush=True)
time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_what_a_killed_process_took_out_of_an_export_is_removed_by_the_next_one(place: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as holding:
        assert holding.stdout is not None
        left = Path(holding.stdout.readline().strip())
        assert (left / "case/letter.txt").is_file()
        with TemporaryFolder():  # while it lives nobody takes it for a leftover
            assert (left / "case/letter.txt").is_file()
        holding.send_signal(signal.SIGKILL)

    with TemporaryFolder():
        assert not left.exists()
    assert list(place.iterdir()) == []


def test_a_folder_is_for_this_account_alone_and_goes_when_it_is_closed(place: Path) -> None:
    folder = PrivateFolder()

    assert Path(folder.path).stat().st_mode & 0o777 == 0o700
    folder.close()
    assert list(place.iterdir()) == []
