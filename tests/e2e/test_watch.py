"""`retention watch` as its users run it: a process that is stopped, killed and started again."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.share_changes import ShareChanges
from retention.commands import main

Known = dict[bytes, tuple[str, int, str]]


class Watched:
    """A workspace with one root, and a way to start the watching of it."""

    def __init__(self, place: Path, home: Path) -> None:
        self.share = place / "share"
        self.share.mkdir()
        self._place, self._home = place, home
        self._started: list[subprocess.Popen[str]] = []
        self.set_up("workspace")

    def set_up(self, workspace: str) -> None:
        self.run("init", str(self._place / workspace))
        for name, role in (("rita", "records_manager"), ("ian", "iao")):
            self.run_in(workspace, "users", "add", name, "--name", name, "--role", role)
        self.run_in(workspace, "source", "add", str(self.share), "--asset", "FIN", "--owner", "ian", "--name", "fin")

    def run_in(self, workspace: str, *words: str) -> None:
        self.run("--workspace", str(self._place / workspace), *words)

    def run(self, *words: str) -> None:
        """Run a command in this process, which saves the time of loading it."""
        assert main(["--no-input", *words]) in (0, 3)

    def start(self, *words: str, under: Sequence[str] = ()) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [*under, sys.executable, "-P", "-m", "retention", "--workspace", "workspace", "watch", *words],
            cwd=self._place,
            env={"PATH": os.environ["PATH"], "HOME": str(self._home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
        )
        self._started.append(process)
        return process

    def known(self, workspace: str = "workspace") -> Known:
        """Return what the catalogue says is there, without the digests last read of what is no file any more."""
        with closing(sqlite3.connect(self._place / workspace / "catalogue.db")) as catalogue:
            rows = catalogue.execute("SELECT path, state, size_bytes, sha256 FROM record_copy WHERE state <> 'missing'")
            return {path: (state, size, sha256 if state == "present" else "") for path, state, size, sha256 in rows}

    def kill_all(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def watched(tmp_path: Path, home: Path) -> Iterator[Watched]:
    made = Watched(tmp_path, home)
    yield made
    made.kill_all()


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def line_with(process: "subprocess.Popen[str]", words: str) -> str:
    """Read what the process tells until it says `words`."""
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if words in line:
            return line
    raise AssertionError(told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_it_does_and_leaves_with_0_when_it_is_asked_to(watched: Watched, number: int) -> None:
    (watched.share / "file.txt").write_text("an invoice")
    process = watched.start("--json")
    assert "1 folders are watched" in line_with(process, "watched")
    assert "scanned everything, 1 files, 1 examined" in line_with(process, "scanned")
    (watched.share / "new.txt").write_text("minutes")
    assert "scanned 1 folders, 2 files, 1 examined" in line_with(process, "scanned")

    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 0, err
    assert "stopped; what was finished is kept" in err
    told = [json.loads(line) for line in out.splitlines()]
    assert [one["event"] for one in told] == ["watching", "scanned", "scanned"]
    assert [one.get("whole") for one in told] == [None, True, False]
    assert told[-1]["examined"] == 1


def test_killed_at_any_moment_and_started_again_it_catches_up(watched: Watched) -> None:
    changes = ShareChanges(str(watched.share), seed=7)
    changes.make(300)
    for wait in (0.9, 1.4, 3.0):
        process = watched.start()
        line_with(process, "watched")
        end = time.monotonic() + wait
        while time.monotonic() < end:
            changes.make(10)
            time.sleep(0.02)
        process.kill()
        process.communicate()
        changes.make(50)  # while nobody watches
    changes.settled()
    watched.start()
    watched.set_up("anew")
    watched.run_in("anew", "scan")
    fresh = watched.known("anew")

    until(lambda: watched.known() == fresh)


def test_a_system_that_watches_no_more_folders_is_made_good_by_looking_at_intervals(watched: Watched) -> None:
    for number in range(20):
        (watched.share / str(number)).mkdir()
    script = 'echo 5 > /proc/sys/user/max_inotify_watches || exit 77; exec "$0" "$@"'
    limited = ["unshare", "-Ur", "sh", "-c", script]
    try:
        refused = subprocess.run([*limited, "true"], check=False, capture_output=True).returncode
    except FileNotFoundError:
        pytest.skip("util-linux is not installed")
    if refused:
        pytest.skip("this system does not let a limit be set for one program")
    said = line_with(watched.start("--interval", "1", under=limited), "polling")

    assert "does not watch more folders" in said
    assert "all of it is looked through every 1 seconds" in said
    (watched.share / "7/new.txt").write_text("x")
    until(lambda: b"7/new.txt" in watched.known())


def test_only_a_registered_share_is_watched(watched: Watched) -> None:
    process = watched.start("elsewhere")
    _, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "no registered root 'elsewhere'" in err
