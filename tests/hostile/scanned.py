"""Building the hostile tree, scanning it once by the command line, and keeping what came of it.

Where a process that reads a share may write, so could a file that takes it over: so the tree is compared with what
it was, entry by entry, with all times of each. The time of the last change of an entry cannot be set back by anybody.
"""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from scanners import ProblemKind
from tests.e2e.test_faults import Office
from tests.hostile.case import READ, UNREAD_TYPE, Case, Place

SECRET = "the code of the safe is 4711"  # noqa: S105  the bait
SECONDS_PER_FILE = 20
SCAN_SECONDS = 300
# Makes the program that follows one that is refused what its owner may not read, even when that is root: prctl(2),
# PR_CAPBSET_DROP, of the powers CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH; others have not got them anyway.
_WITHOUT_POWERS = (
    sys.executable,
    "-I",
    "-c",
    """import ctypes, os, sys
for power in (1, 2):
    ctypes.CDLL(None).prctl(24, power, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])""",
)
HIDES = frozenset(str(kind) for kind in ProblemKind if kind.hides_content)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the catalogue says of one entry; `answers` are all the words that fit it."""

    path: str
    answers: tuple[str, ...]
    detail: str
    tells_secret: bool


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """What one scan of the hostile tree came to.

    Args:
        made: The folders of the cases that could be made here.
        rows: Those of each case.
        strays: Rows that belong to no case.
        code: The exit code of the scan.
        told: What it wrote for people.
        figures: What it wrote for programs.
        again: The figures of a second scan, right after it.
        unreadable: The lines of the report of what could not be read.
        unlisted: Folders that could not be listed.
        asked: Requests that reached the server.
        changes: Entries of the tree that are not as they were.
        survivors: Processes of the scan that still ran after it.
        entries: How many entries that are no folders `find` counts.
        seconds: How long the scan took.
    """

    made: tuple[str, ...]
    rows: dict[str, tuple[Row, ...]]
    strays: tuple[str, ...]
    code: int
    told: str
    figures: dict[str, Any]
    again: dict[str, Any]
    unreadable: tuple[dict[str, str], ...]
    unlisted: tuple[str, ...]
    asked: tuple[str, ...]
    changes: tuple[str, ...]
    survivors: tuple[str, ...]
    entries: int
    seconds: float

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, kept: str) -> Self:
        stated = json.loads(kept)
        rows = {
            folder: tuple(Row(**{**row, "answers": tuple(row["answers"])}) for row in found)
            for folder, found in stated.pop("rows").items()
        }
        others: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in stated.items()}
        return cls(rows=rows, **others)


class _Listener(BaseHTTPRequestHandler):
    """Answers whatever is asked with an entity, and notes that somebody asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SECRET.encode())

    do_HEAD = do_POST = do_OPTIONS = do_GET  # noqa: N815  the names that the library asks for

    def log_message(self, *_: object) -> None:
        """Say nothing: there is nobody to read it."""


@contextmanager
def a_listener() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server on this machine and the list of what it was asked."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Listener", (_Listener,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run_apart(
    office: Office, *words: str, mark: str = "", under: Sequence[str] = ()
) -> "subprocess.CompletedProcess[bytes]":
    """Run the program as a process of its own, which may not read everything and carries a mark to find it by."""
    return subprocess.run(
        [*under, *_WITHOUT_POWERS, sys.executable, "-P", "-m", "retention", *office.words(*words, who=None)],
        cwd=office.place,
        env={"PATH": os.environ["PATH"], "HOME": str(office.place / "home"), "HOSTILE_MARK": mark},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SCAN_SECONDS,
        check=False,
    )


def marked_processes(mark: str) -> list[str]:
    """Return the command lines of the processes that carry the mark."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def listing_of(root: Path) -> dict[bytes, bytes]:
    """Return all entries with what the system says of them; reading a file would show in it."""
    # The folders' times of reading are left out: this very listing may change them.
    stated = r"%P\t%y %m %n %i %s %T@ %C@ %A@\0"
    of_folders = r"%P\t%y %m %n %i %s %T@ %C@\0"
    words = ["find", ".", "-type", "d", "-printf", of_folders, "-o", "-printf", stated]
    listed = subprocess.run(words, cwd=root, capture_output=True, check=False).stdout.split(b"\0")
    return dict(line.rpartition(b"\t")[::2] for line in listed if line)


def build(root: Path, cases: Sequence[Case], *, url: str, secret: Path) -> list[Case]:
    """Make the cases, and return those that could be made."""
    made = []
    for case in cases:
        folder = os.fsencode(root / case.folder)
        os.makedirs(folder)  # noqa: PTH103  names here are bytes
        if case.make(Place(folder=folder, url=url, secret=str(secret))) is not False:
            made.append(case)
    return made


def clear(root: Path) -> None:
    """Remove a tree that is too deep for pytest, and partly closed to its owner."""
    for closed in root.glob("entries/*/closed"):
        closed.chmod(0o700)
    subprocess.run(["rm", "-rf", str(root)], check=True)


def open_office(place: Path) -> Office:
    """Return an office that has registered its share and gives each file a moment."""
    office = Office(place)
    office.done("init", str(office.workspace), "--grace-days", "0")
    settings = office.workspace / "retention.toml"
    told = settings.read_text()
    settings.write_text(told.replace("seconds_per_file = 60", f"seconds_per_file = {SECONDS_PER_FILE}"))
    office.register()
    return office


def scan_all(place: Path, cases: Sequence[Case]) -> Scanned:
    """Build the tree, scan it twice, and ask for everything that is known of it."""
    secret = place / "secret.txt"
    secret.write_text(SECRET)
    share = place / "share"
    share.mkdir()
    with a_listener() as (url, asked):
        try:
            made = build(share, cases, url=url, secret=secret)
            office = open_office(place)
            before = listing_of(share)
            mark = uuid.uuid4().hex
            began_at = time.monotonic()
            ended = run_apart(office, "scan", "--json", mark=mark)
            seconds = time.monotonic() - began_at
            survivors = marked_processes(mark)
            after = listing_of(share)
            again = run_apart(office, "scan", "--json", mark=mark)
            report = run_apart(office, "report", "unreadable", "--jsonl")
            rows, strays = _by_case(office, made)
        finally:
            clear(share)
    told = ended.stderr + again.stderr + report.stderr
    return Scanned(
        made=tuple(case.folder for case in made),
        rows=rows,
        strays=strays,
        code=ended.returncode,
        told=told.decode(errors="backslashreplace"),
        figures=json.loads(ended.stdout or b"{}"),
        again=json.loads(again.stdout or b"{}"),
        unreadable=tuple(json.loads(line) for line in report.stdout.splitlines()),
        unlisted=_unlisted(office),
        asked=tuple(asked),
        changes=tuple(ascii(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)),
        survivors=(*survivors, *marked_processes(mark)),
        entries=sum(not stated.startswith(b"d") for stated in before.values()),
        seconds=seconds,
    )


def catalogue_rows(office: Office) -> list[Row]:
    """Return what the catalogue holds on every entry."""
    query = """SELECT path, state, finding, detail, problems, text_read, words
        FROM record_copy LEFT JOIN content ON content.sha256 = record_copy.sha256 ORDER BY path"""
    with closing(sqlite3.connect(office.workspace / "catalogue.db")) as catalogue:
        return [_row(*found) for found in catalogue.execute(query)]


def _row(
    path: bytes,
    state: str,
    finding: str,
    detail: str,
    problems: str | None,
    text_read: int | None,
    words: bytes | None,
    /,
) -> Row:
    stated = [(str(kind), str(words)) for kind, words in json.loads(problems or "[]")]
    kinds = {finding, *(kind for kind, _ in stated)} & (HIDES | {"extension_mismatch"})
    if state != "present":
        kinds = {f"{state}:{finding}"}
    text = zlib.decompress(words).decode(errors="replace") if words else ""
    return Row(
        path=os.fsdecode(path),
        answers=tuple(sorted(kinds)) or (READ if text_read else UNREAD_TYPE,),
        detail="; ".join(filter(None, [detail, *(words for _, words in stated)])),
        tells_secret=SECRET in text or "root:x:0:0" in text,
    )


def _by_case(office: Office, made: Sequence[Case]) -> tuple[dict[str, tuple[Row, ...]], tuple[str, ...]]:
    folders = {case.folder for case in made}
    rows: dict[str, list[Row]] = {folder: [] for folder in folders}
    strays = []
    for row in catalogue_rows(office):
        parts = row.path.split("/", 3)
        found = [folder for folder in ("/".join(parts[:2]), "/".join(parts[:3])) if folder in folders]
        if found:
            rows[found[0]].append(row)
        else:
            strays.append(row.path)
    return {folder: tuple(found) for folder, found in rows.items()}, tuple(strays)


def _unlisted(office: Office) -> tuple[str, ...]:
    with closing(sqlite3.connect(office.workspace / "catalogue.db")) as catalogue:
        found = catalogue.execute("SELECT path FROM unreadable_folder").fetchall()
    return tuple(os.fsdecode(path) for (path,) in found)
