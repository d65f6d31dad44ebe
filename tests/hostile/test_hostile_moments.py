"""A share that is changed, emptied and mounted into itself while it is read: no gap, no mixture, no way out."""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_faults import Office
from tests.hostile.case import CHANGED, NO_FILE, READ, VANISHED
from tests.hostile.scanned import SECRET, catalogue_rows, marked_processes, open_office, run_apart

EACH = 12
BIG_BYTES = 600 << 20  # it comes first, so that the others wait while they are changed
MEANWHILE: dict[str, frozenset[str]] = {
    "growing": frozenset({CHANGED}),
    "shrinking": frozenset({CHANGED}),
    "vanishing": frozenset({VANISHED}),
    "replaced": frozenset({CHANGED}),
    "rewritten": frozenset({CHANGED}),
    "made a pipe": frozenset({NO_FILE, CHANGED}),
    "made a folder": frozenset({NO_FILE, CHANGED}),
    "made a link": frozenset({NO_FILE}),
    "below what is made a link": frozenset({NO_FILE, VANISHED}),
    "untouched": frozenset({READ}),
}


def words(number: int) -> bytes:
    return b"Minutes %d\n" % number * 50


def fill(share: Path) -> None:
    (share / "a").mkdir(parents=True)
    with (share / "a" / "first.bin").open("wb") as file:
        file.truncate(BIG_BYTES)
    for folder in MEANWHILE:
        (share / folder).mkdir()
        for number in range(EACH):
            (share / folder / f"{number}.txt").write_bytes(words(number))


def change(share: Path, secret: Path) -> None:
    """Do to the files what the names of their folders say."""

    def each(folder: str, do: Callable[[Path], object]) -> None:
        for number in range(EACH):
            do(share / folder / f"{number}.txt")

    def replace(file: Path) -> None:
        other = file.with_suffix(".new")
        shutil.copyfile(file, other)
        os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
        other.replace(file)

    each("growing", lambda file: file.write_bytes(file.read_bytes() * 2))
    each("shrinking", lambda file: os.truncate(file, 5))
    each("vanishing", Path.unlink)
    each("replaced", replace)
    each("rewritten", lambda file: file.write_bytes(file.read_bytes().swapcase()))
    for folder, make in (("made a pipe", os.mkfifo), ("made a folder", Path.mkdir)):
        each(folder, Path.unlink)
        each(folder, make)
    each("made a link", Path.unlink)
    each("made a link", lambda file: file.symlink_to(secret))
    shutil.rmtree(share / "below what is made a link")
    (share / "below what is made a link").symlink_to(secret.parent)


@contextmanager
def meanwhile(office: Office, do: Callable[[], None]) -> Iterator[None]:
    """Do something once while a scan examines what its crawl found."""

    def wait_and_do() -> None:
        while not is_over.is_set():
            with closing(sqlite3.connect(office.workspace / "catalogue.db")) as catalogue:
                if catalogue.execute("SELECT 1 FROM scan WHERE state = 'examining'").fetchone():
                    do()
                    return
            time.sleep(0.005)

    is_over = threading.Event()
    thread = threading.Thread(target=wait_and_do)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def answers_by_folder(office: Office) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in catalogue_rows(office):
        assert not row.tells_secret
        found.setdefault(row.path.partition("/")[0], Counter()).update(row.answers[:1])
    return found


def test_what_is_changed_between_the_list_and_the_reading_is_never_taken_for_what_was_listed(tmp_path: Path) -> None:
    secret = tmp_path / "outside" / "0.txt"
    secret.parent.mkdir()
    for number in range(EACH):
        secret.with_name(f"{number}.txt").write_text(SECRET)
    fill(tmp_path / "share")
    office = open_office(tmp_path)
    settings = office.workspace / "retention.toml"
    settings.write_text(settings.read_text().replace("workers = 2", "workers = 1"))
    mark = uuid.uuid4().hex

    with meanwhile(office, lambda: change(office.share, secret)):
        ended = run_apart(office, "scan", "--json", mark=mark)

    figures = json.loads(ended.stdout)
    found = answers_by_folder(office)
    assert ended.returncode == 3, ended.stderr
    assert set(found) == {"a", *MEANWHILE}
    for folder, expected in MEANWHILE.items():
        assert found[folder].total() == EACH
        assert set(found[folder]) <= expected, folder
    assert figures["files"] == 1 + EACH * len(MEANWHILE)
    assert figures["files"] == figures["examined"] + figures["unreadable"]
    assert marked_processes(mark) == []

    again = json.loads(run_apart(office, "scan", "--json").stdout)
    assert again["unreadable"] == 0
    assert again["skipped"] == {"fifo": EACH, "link": EACH + 1}


def test_a_file_that_never_stops_growing_ends_the_scan_all_the_same(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.share.mkdir()
    log = office.share / "server.log"
    log.write_bytes(b"started\n" * 1000)
    office = open_office(tmp_path)
    is_over = threading.Event()

    def grow() -> None:
        with log.open("ab", buffering=0) as file:
            while not is_over.is_set():
                file.write(b"still running\n" * 100)
                time.sleep(0.001)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        ended = run_apart(office, "scan", "--json")
    finally:
        is_over.set()
        writer.join()

    assert ended.returncode == 3
    assert [row.answers for row in catalogue_rows(office)] == [(CHANGED,)]


def test_a_share_that_is_mounted_into_itself_is_read_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    share = office.share
    for place in ("loop", "below/loop", "system", "memory"):
        (share / place).mkdir(parents=True)
    (share / "below" / "a.txt").write_bytes(words(1))
    (share / "b.txt").write_bytes(words(2))
    # in a room of its own, so that nothing stays mounted whatever happens
    mount = (
        'mount --bind "$1" "$1/loop" && mount --rbind "$1" "$1/below/loop" && mount -t proc proc "$1/system" && '
        'mount -t tmpfs tmpfs "$1/memory" && touch "$1/memory/lost.txt" && shift && exec "$@"'
    )
    under = ("unshare", "--mount", "sh", "-c", mount, "sh", str(share))
    if shutil.which("unshare") is None or subprocess.run([*under, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this account may not mount anything")
    office = open_office(tmp_path)

    ended = run_apart(office, "scan", "--json", under=under)

    figures = json.loads(ended.stdout)
    assert sorted(row.path for row in catalogue_rows(office) if row.answers == (READ,)) == ["b.txt", "below/a.txt"]
    assert (figures["examined"], figures["unreadable"]) == (2, 0)
    assert (ended.returncode, figures["unreadable_folders"]) == (3, 4)
