"""Odd names, odd files, odd words and odd consoles, from a scan to a certificate, as users would meet them."""

import json
import os
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from retention.commands import COMMANDS
from tests.e2e.test_faults import DISPOSE, Office, assert_plain, assert_refused

INVOICE = b"Invoice number 9\nInvoice date: 4 May 2009\nVAT registration\nTotal due 12.50\n"
FOLDER = b"Finance/Invoices/2009-10/"
NAMES = (
    b"\xff\xfe bytes.txt",
    b"new\nline.txt",
    b"esc\x1b[31m.txt",
    b"return\rand\ttab.txt",
    "ŷ → 😀.txt".encode(),
    "turned \u202etxt.exe".encode(),
    "line\u2028separator.txt".encode(),
    "n\u0303 in two parts.txt".encode(),
    b"c1 \xc2\x9b.txt",
    b"[bold]markup[/bold].txt",
    b"-rf",
    b"%s %n \\x41.txt",
    b"'; DROP TABLE batch; --.txt",
    b" blanks ",
    b"folder \xff/\n/file.txt",
    b"x" * 250,
)
LISTS = ("duplicates", "overdue", "unclassified", "conflict", "awaiting", "unreadable")


def write(root: Path, name: bytes, content: bytes) -> None:
    place = os.path.join(os.fsencode(root), name)  # noqa: PTH118  # names here are bytes
    os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
    with open(place, "wb") as file:  # noqa: PTH123
        file.write(content)
    os.utime(place, (1.25e9, 1.25e9))


def fill_with_odd_files(root: Path) -> None:
    """Make a file of each odd name, each odd kind of file, and broken documents."""
    for name in NAMES:
        write(root, FOLDER + name, INVOICE + name)
    write(root, b"empty.txt", b"")
    write(root, b"broken.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 9)
    write(root, b"broken.docx", b"PK\x03\x04" + bytes(range(256)) * 9)
    write(root, b"broken.xlsx", b"PK\x05\x06" + bytes(18))
    with (root / "sparse.bin").open("wb") as file:
        file.truncate(1 << 28)
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to(".")
    (root / "dangling").symlink_to("nowhere")
    os.mknod(root / "socket", stat.S_IFSOCK | 0o600)


class OddOffice(Office):
    """An office whose share holds nothing but trouble."""

    def fill_share(self) -> None:
        self.share.mkdir()
        fill_with_odd_files(self.share)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> OddOffice:
    office = OddOffice(tmp_path_factory.mktemp("odd"))
    office.open_up()
    assert office.run("scan").returncode in (0, 3)
    return office


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("empty"))
    office.share.mkdir()
    office.done("init", str(office.workspace))
    office.register()
    return office


def steering(text: str) -> list[str]:
    """Return what would move a cursor, turn the writing round or end a line for some readers."""
    return [one for one in text if one != "\n" and unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Cs")]


def run_on(office: Office, words: Sequence[str], **env: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a process with a console of another kind."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "retention", *office.words(*words, who=None)],
        cwd=office.place,
        env={"PATH": os.environ["PATH"], "HOME": str(office.place / "home"), **env},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_every_odd_file_is_in_the_sums(odd: OddOffice) -> None:
    entries = sum(len(files) + sum((Path(folder) / name).is_symlink() for name in folders)
                  for folder, folders, files in os.walk(odd.share))  # fmt: skip

    scan = odd.run("scan", "--json")
    figures = json.loads(scan.stdout)
    summary = json.loads(odd.done("report", "--json"))

    assert figures["files"] == entries == summary["files"] == sum(q["items"] for q in summary["queues"].values())
    assert figures["skipped"] == {"fifo": 1, "link": 3, "socket": 1}
    assert "broken.pdf" in odd.done("report", "unreadable")


@pytest.mark.parametrize("kind", LISTS)
def test_no_name_steers_a_terminal_or_breaks_a_list(odd: OddOffice, kind: str) -> None:
    table = odd.done("report", kind)
    whole = odd.done("report", kind, "--json")
    lines = odd.done("report", kind, "--jsonl")

    assert not steering(table + whole + lines)
    assert len(json.loads(whole)[kind]) == len([json.loads(line) for line in lines.splitlines()])


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
def test_a_console_that_lacks_letters_still_shows_every_name(odd: OddOffice, encoding: str) -> None:
    for words in (("report", "overdue"), ("report", "overdue", "--json")):
        ended = run_on(odd, words, PYTHONIOENCODING=encoding, LC_ALL="C")

        assert ended.returncode == 0, ended.stderr
        assert not ended.stderr
        if "--json" in words:
            found = json.loads(ended.stdout.decode(encoding.partition(":")[0]))["overdue"]
            assert len(found) == len(NAMES)
            assert any("😀" in one["path"] for one in found)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_every_file_can_be_explained_by_its_very_bytes(odd: OddOffice, name: bytes) -> None:
    below = os.fsdecode(FOLDER + name)

    by_source = odd.done("explain", f"fin:{below}")
    by_place = json.loads(odd.done("explain", "--json", f"{odd.share}/{below}"))

    assert not steering(by_source)
    assert by_place["disposal_class"] == "FIN-01"


def test_bytes_on_a_real_command_line_name_the_same_file(odd: OddOffice) -> None:
    place = os.fsencode(odd.share) + b"/" + FOLDER + NAMES[0]

    ended = run_on(odd, ["explain", "--json", os.fsdecode(place)])

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["disposal_class"] == "FIN-01"


def test_odd_names_go_the_whole_way_and_a_held_one_stays(tmp_path: Path) -> None:
    office = OddOffice(tmp_path)
    office.open_up()
    assert office.run("scan").returncode in (0, 3)
    typed = office.run(
        "hold", "place", "--kind", "audit", "--reason", "x", "--path", "\udcff\udcfe bytes.txt", who="rita"
    )
    assert_refused(typed, 2, "No hold was placed", "?")
    wildcard = os.fsdecode(FOLDER) + "?? bytes.txt"
    office.done("hold", "place", "--kind", "audit", "--reason", "x", "--path", wildcard, who="rita")
    office.done("propose", "--save", who="rita")
    office.approve()
    assert not steering(office.done("batch", "show", "B-0001") + office.done("batch", "show", "B-0001", "--json"))

    figures = json.loads(office.done(*DISPOSE, "--json", who="rita"))

    assert figures["destroyed"] == figures["proposed"] == len(NAMES) - 1
    left = [name for name in NAMES if os.path.lexists(os.fsencode(office.share) + b"/" + FOLDER + name)]
    assert left == [NAMES[0]]
    office.done("certificate", "B-0001", who="rita")
    office.done("log", "verify")


def test_a_root_may_have_any_name(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.share = tmp_path / os.fsdecode(b"root \xff\n name")
    office.open_up()

    office.done("scan")

    assert not steering(office.done("source", "list") + office.done("source", "list", "--json"))
    again = office.run("source", "add", str(office.share), "--asset", "FIN")
    assert_refused(again, 6, "\\xff")
    file = next(office.share.rglob("invoice 1.txt"))
    assert json.loads(office.done("explain", "--json", str(file)))["disposal_class"] == "FIN-01"


SETTINGS = {
    "not text": (b"\xff\xfe\x00", "not text in UTF-8"),
    "not TOML": (b"grace_days: 3", "line 1"),
    "unknown setting": (b"[disposal]\ngrace_day = 3\n", "there is no setting [disposal] grace_day"),
    "wrong type": (b'[disposal]\ngrace_days = "3"\n', "must be a number"),
    "below zero": (b"[disposal]\ngrace_days = -3\n", "may not be -3"),
    "beyond all calendars": (b"[disposal]\napproval_valid_days = 99999999999999\n", "may not be"),
    "outside a section": (b"grace_days = 3\n", "outside every section"),
}


@pytest.mark.parametrize("fault", SETTINGS)
def test_settings_that_cannot_be_understood_stop_everything(tmp_path: Path, fault: str) -> None:
    content, told = SETTINGS[fault]
    office = Office(tmp_path)
    office.workspace.mkdir()
    (office.workspace / "retention.toml").write_bytes(content)

    assert_refused(office.run("report"), 2, told, "retention.toml", "Nothing was read or changed")


WITHOUT_WORKSPACE: dict[str, tuple[str, ...]] = {
    "users": ("users", "list"),
    "source": ("source", "list"),
    "scan": ("scan",),
    "watch": ("watch",),
    "report": ("report",),
    "explain": ("explain", "a file"),
    "events": ("events", "questions"),
    "hold": ("hold", "list"),
    "propose": ("propose", "--save"),
    "batch": ("batch", "list"),
    "decide": ("decide", "B-0001", "keep", "--reason", "x"),
    "dispose": DISPOSE,
    "certificate": ("certificate", "B-0001"),
    "log": ("log", "verify"),
    "db": ("db", "upgrade"),
    "doctor": ("doctor",),
}


@pytest.mark.parametrize("name", WITHOUT_WORKSPACE)
@pytest.mark.parametrize("kind", ["missing", "a file", "a folder of something else"])
def test_without_a_workspace_nothing_is_done(tmp_path: Path, name: str, kind: str) -> None:
    office = Office(tmp_path)
    if kind == "a file":
        office.workspace.write_text("not a folder")
    elif kind != "missing":
        (office.workspace / "retention.toml").mkdir(parents=True)

    assert_refused(office.run(*WITHOUT_WORKSPACE[name]), 1, "there is no workspace", "Nothing was read or changed")


def test_every_command_that_needs_a_workspace_was_asked_without_one() -> None:
    assert set(COMMANDS) - set(WITHOUT_WORKSPACE) == {"init", "demo", "look", "schedule"}


LONG = "x" * 10_000
WORDS: dict[str, tuple[tuple[str, ...], set[int]]] = {
    "the first day": (("report", "--as-of", "0001-01-01"), {0}),
    "the last day": (("propose", "--as-of", "9999-12-31"), {0}),
    "no day": (("report", "--as-of", ""), {2}),
    "a day that is none": (("report", "--as-of", "2026-02-30"), {2}),
    "a huge limit": (("report", "duplicates", "--limit", "9" * 30), {0}),
    "no batch": (("batch", "show", ""), {1}),
    "a huge batch": (("batch", "show", LONG), {1}),
    "no name to confirm": (("dispose", "", "--destroy", "--confirm", ""), {6}),
    "a huge path": (("explain", LONG), {1}),
    "a deep path": (("explain", "/" + "y" * 200 + "/" + LONG), {1}),
    "a huge root": (("source", "add", LONG, "--asset", "A"), {2}),
    "no root": (("source", "add", "", "--asset", "FIN"), {2}),
    "a huge asset": (("source", "add", "/srv", "--asset", LONG, "--owner", "ian"), {2}),
    "a huge person": (("users", "add", LONG, "--name", "x"), {2}),
    "no person": (("users", "add", "", "--name", "x"), {2}),
    "a person without a name": (("users", "add", "zoe", "--name", " "), {2}),
    "a name that is not text": (("users", "add", "zoe", "--name", "\udcff"), {2}),
    "a source that is not text": (("source", "confirm", "\udcff"), {2}),
    "an unknown source": (("scan", "nowhere"), {2}),
    "a class that is not text": (("propose", "--class", "\udcff"), {2}),
    "a log elsewhere": (("log", "show", "--log", "/"), {1}),
    "a log with a huge name": (("log", "verify", "--log", LONG), {1}),
    "a key that is none": (("log", "verify", "--key", "nonsense"), {1, 2}),
    "no folder": (("init", ""), {2}),
    "a folder in a device": (("init", "/dev/null/workspace"), {2}),
    "a folder with a huge name": (("init", LONG), {2}),
    "a folder that is not text": (("init", "\udcff"), {2}),
    "a name of the log with a break": (("init", "made", "--origin", 'a"\nb'), {2}),
    "no name of the log": (("init", "made", "--origin", ""), {2}),
    "a grace beyond all calendars": (("init", "made", "--grace-days", "9" * 15), {2}),
    "an unknown command": (("\udcff\x1b",), {2}),
    "an empty workspace": (("--workspace", "", "report"), {2}),
    "a huge workspace": (("--workspace", LONG, "report"), {1}),
}


@pytest.mark.parametrize("case", WORDS)
def test_words_that_make_no_sense_get_a_plain_answer(
    empty: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    words, codes = WORDS[case]

    ended = empty.run(*words)

    assert ended.returncode in codes, ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def shipped(empty: Office) -> str:
    return empty.done("schedule", "show")


def test_a_schedule_that_is_none_is_refused_and_says_why(empty: Office, tmp_path: Path) -> None:
    file = tmp_path / "schedule.yaml"
    os.mkfifo(tmp_path / "pipe")

    for content, told in ((b"\xff\xfe", "not UTF-8"), (b"", ":1:"), (b"[" * 5000, ":1:"), (b"a: &a [*a]", ":1:")):
        file.write_bytes(content)
        assert_refused(empty.run("schedule", "check", str(file)), 2, told, "was not used")
    for place in (tmp_path / "pipe", tmp_path / "nowhere.yaml", Path("/dev/zero")):
        assert_refused(empty.run("schedule", "check", str(place)), 2, "is not a file", "was not used")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("\nclasses:", "\nclases:", "classes"),
        ("period: P7Y", "period: seven years", "P6Y"),
        ("trigger: ", "triger: ", "trigger"),
    ],
)
def test_a_fault_in_a_schedule_is_told_with_its_line_and_what_to_write(
    empty: Office, shipped: str, tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    line = shipped[: shipped.index(right) + (right[0] == "\n")].count("\n") + 1
    file = tmp_path / "schedule.yaml"
    file.write_text(shipped.replace(right, wrong, 1))

    assert_refused(empty.run("schedule", "check", str(file)), 2, f"{file}:{line}:", told)


def test_lines_to_classify_may_hold_anything(empty: Office) -> None:
    def answers(content: bytes) -> "subprocess.CompletedProcess[bytes]":
        words = [sys.executable, "-P", "-m", "retention", "schedule", "classify"]
        return subprocess.run(words, cwd=empty.place, input=content, capture_output=True, check=False)

    good = answers(b'{"path": "a\xff"}\n{"path": "\\ud800"}\n')
    deep = answers(b'{"path": "a"}\n' + b"[" * 100_000 + b"\n")
    other = answers(b'{"path": 5}\n')

    assert good.returncode == 0, good.stderr
    assert len([json.loads(line) for line in good.stdout.splitlines()]) == 2
    assert (deep.returncode, other.returncode) == (2, 2)
    assert b"line 2 of the input" in deep.stderr
    assert b"Traceback" not in deep.stderr + other.stderr


PROGRAM = f"{sys.executable} -P -m retention"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{} report --json | head -c 1 >&2; exit ${{PIPESTATUS[0]}}", None),
        ("{} schedule show | true; exit ${{PIPESTATUS[0]}}", 1),
        ("{} log show > /dev/full", 1),
        ("{} --version > /dev/full", 1),
        ("{} report >&-", 0),
        ("{} --version >&-", 0),
        ("{} scan <&- >&- 2>&-", 0),
        ("{} batch show nothing 2> /dev/full", 1),
    ],
)
def test_a_console_that_is_gone_or_full_ends_in_no_trace(empty: Office, line: str, code: int | None) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(empty.place), "RETENTION_WORKSPACE": str(empty.workspace)}

    ended = subprocess.run(
        ["bash", "-c", line.format(PROGRAM)], env=env, capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode in ((0, 1) if code is None else (code,)), ended.stderr
    assert_plain(subprocess.CompletedProcess(line, 0, ended.stdout, ended.stderr))
    assert "Exception ignored" not in ended.stderr
    assert json.loads(empty.done("source", "list", "--json"))["sources"]
