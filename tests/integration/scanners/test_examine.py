"""Examining files: one row for each, whatever the file does, and no neighbour blamed for it."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scanners import (
    ExaminationLimits,
    Examiner,
    ExaminerUnavailableError,
    FileObservation,
    FoundFile,
    ProblemKind,
    SourceUnavailableError,
    UnreadableEntry,
    UnreadableReason,
)

Lister = Callable[[Path], list[FoundFile]]
HASTY = ExaminationLimits(seconds_per_file=2.0, memory_bytes=192 << 20)


def examine(root: Path, files: Sequence[FoundFile], **options: object) -> list[FileObservation | UnreadableEntry]:
    with Examiner(**options) as examiner:  # type: ignore[arg-type]  # passed through as the tests gave them
        return list(examiner.examine(str(root), files))


def problems_of(row: FileObservation | UnreadableEntry) -> list[ProblemKind]:
    assert isinstance(row, FileObservation)
    return [problem.kind for problem in row.problems]


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_file_is_read_once_and_everything_about_it_is_told(share: Path, files_of: Lister) -> None:
    (share / "Minutes").mkdir()
    (share / "Minutes" / "2019.txt").write_text("Apologies were received")

    (row,) = examine(share, files_of(share))

    assert isinstance(row, FileObservation)
    assert row.path == "Minutes/2019.txt"
    assert row.sha256 == hashlib.sha256(b"Apologies were received").hexdigest()
    assert (row.media_type, row.text, row.text_read) == ("text/plain", "Apologies were received", True)
    assert row.modified_at.timestamp() == pytest.approx((share / "Minutes" / "2019.txt").stat().st_mtime)
    assert not row.content_unread


def test_rows_come_in_the_order_of_the_files_however_many(share: Path, files_of: Lister) -> None:
    for number in range(700):
        (share / f"{number:03}.txt").write_text(f"number {number}")
    files = files_of(share)

    rows = examine(share, files, limits=ExaminationLimits(files_per_child=300))

    assert [row.path for row in rows] == [found.path for found in files]
    assert [row.text for row in rows if isinstance(row, FileObservation)] == [f"number {n}" for n in range(700)]


def test_odd_names_empty_and_sparse_files_are_read(share: Path, files_of: Lister) -> None:
    (share / os.fsdecode(b"\xff\n\x01")).write_text("odd")
    (share / "empty.txt").touch()
    with (share / "sparse.bin").open("wb") as file:
        file.truncate(3 << 20)

    rows = {row.path: row for row in examine(share, files_of(share))}

    assert isinstance(odd := rows[os.fsdecode(b"\xff\n\x01")], FileObservation)
    assert odd.text == "odd"
    assert isinstance(empty := rows["empty.txt"], FileObservation)
    assert (empty.media_type, empty.problems, empty.text_read) == ("inode/x-empty", (), True)
    assert isinstance(sparse := rows["sparse.bin"], FileObservation)
    assert sparse.sha256 == hashlib.sha256(bytes(3 << 20)).hexdigest()


def test_each_poisonous_file_is_named_and_its_neighbours_are_not_hurt(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    poison = {
        "LOOP": ProblemKind.TIMEOUT,
        "SLEEP": ProblemKind.TIMEOUT,
        "EAT": ProblemKind.MEMORY,
        "NIBBLE": ProblemKind.MEMORY,
        "SEGFAULT": ProblemKind.CRASHED,
        "EXIT": ProblemKind.CRASHED,
        "KILL": ProblemKind.CRASHED,
        "LIE": ProblemKind.CRASHED,
        "RAISE": ProblemKind.BROKEN,
    }
    for number in range(60):
        (share / f"{number:02}.txt").write_text(f"harmless {number}")
    for number, name in enumerate(poison):
        (share / f"{number * 7:02}-{name}.txt").write_text(name)

    rows = examine(share, files_of(share), limits=HASTY, child_command=hostile_command)

    assert len(rows) == 69
    verdicts = {row.path: problems_of(row) for row in rows if problems_of(row)}
    assert verdicts == {f"{number * 7:02}-{name}.txt": [kind] for number, (name, kind) in enumerate(poison.items())}
    for row in rows:
        assert isinstance(row, FileObservation)
        assert row.sha256 == hashlib.sha256((share / row.path).read_bytes()).hexdigest()
        assert row.media_type == "text/plain"
        assert row.content_unread == bool(row.problems)
        assert row.text_read != row.content_unread


def test_a_library_that_gives_up_where_memory_ends_is_not_said_to_have_crashed(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    (share / "a.txt").write_text("STARVE")
    (share / "b.txt").write_text("after")
    roomy = ExaminationLimits(memory_bytes=768 << 20)

    starved, after = examine(share, files_of(share), limits=roomy, child_command=hostile_command)

    assert isinstance(starved, FileObservation)
    assert [(problem.kind, problem.detail) for problem in starved.problems] == [
        (ProblemKind.MEMORY, "its reader ended when it had nearly all the memory that a file may use")
    ]
    assert problems_of(after) == []


def test_a_hanging_file_costs_little_more_than_its_limit(
    share: Path, files_of: Lister, hostile_command: Sequence[str]
) -> None:
    (share / "a.txt").write_text("LOOP")

    began_at = time.monotonic()
    examine(share, files_of(share), limits=HASTY, child_command=hostile_command)

    assert time.monotonic() - began_at < 6


def test_a_library_that_prints_breaks_nothing(share: Path, files_of: Lister, hostile_command: Sequence[str]) -> None:
    (share / "a.txt").write_text("PRINT")
    (share / "b.txt").write_text("after")

    rows = examine(share, files_of(share), child_command=hostile_command)

    assert [problems_of(row) for row in rows] == [[], []]


def test_a_document_nested_without_end_costs_neither_memory_nor_time(share: Path, files_of: Lister) -> None:
    with zipfile.ZipFile(share / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<d>" + "<e>" * 9_000_000)
    (share / "c.txt").write_text("after")

    bomb, after = examine(share, files_of(share), limits=HASTY)

    assert problems_of(bomb) == [ProblemKind.BROKEN]
    assert problems_of(after) == []


def test_a_file_that_vanished_changed_or_was_replaced_since_the_crawl_is_said_so(share: Path, files_of: Lister) -> None:
    for name in ("gone", "grown", "replaced", "linked", "folder", "pipe", "same"):
        (share / name).write_text("before")
    files = files_of(share)
    (share / "gone").unlink()
    (share / "grown").write_text("before and after")
    (share / "new").write_text("before")
    (share / "new").rename(share / "replaced")
    for name in ("linked", "folder", "pipe"):
        (share / name).unlink()
    (share / "linked").symlink_to("same")
    (share / "folder").mkdir()
    os.mkfifo(share / "pipe")

    rows = {row.path: row for row in examine(share, files)}

    assert {path: row.reason for path, row in rows.items() if isinstance(row, UnreadableEntry)} == {
        "gone": UnreadableReason.VANISHED,
        "grown": UnreadableReason.CHANGED_WHILE_READ,
        "replaced": UnreadableReason.CHANGED_WHILE_READ,
        "linked": UnreadableReason.NOT_A_FILE,
        "folder": UnreadableReason.NOT_A_FILE,
        "pipe": UnreadableReason.NOT_A_FILE,
    }
    assert isinstance(rows["same"], FileObservation)


@pytest.mark.parametrize("size_bytes", [8 << 20, 48 << 20])
def test_a_file_that_is_written_to_while_it_is_read_is_not_vouched_for(
    share: Path, files_of: Lister, size_bytes: int
) -> None:
    log = share / "growing.log"
    log.write_bytes(b"x" * size_bytes)
    os.utime(log, (1, 1))
    writer = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(log)!r}, 'ab', 0)\nwhile True: f.write(b'y' * 4096)"]
    )
    try:
        files = files_of(share)
        (row,) = examine(share, files)
    finally:
        writer.kill()
        writer.wait()

    if isinstance(row, FileObservation):  # the writer was slow to start: then nothing may have changed
        assert row.sha256 == hashlib.sha256(b"x" * size_bytes).hexdigest()
    else:
        assert row.reason is UnreadableReason.CHANGED_WHILE_READ


def test_a_large_file_keeps_its_digest_and_type_and_is_read_as_far_as_it_can_be_without_taking_it_into_memory(
    share: Path, files_of: Lister
) -> None:
    with zipfile.ZipFile(share / "large.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document xmlns:w='w'><w:t>Minutes</w:t></w:document>")
        archive.writestr("word/media/photo.bin", os.urandom(2 << 20))
    (share / "large.pdf").write_bytes(b"%PDF-1.4\n" + os.urandom(2 << 20))
    (share / "large.txt").write_text("beginning " + "of a long table\n" * 200_000)
    (share / "large.bin").write_bytes(b"\0" * (2 << 20))

    rows = {
        row.path: row
        for row in examine(share, files_of(share), limits=ExaminationLimits(max_text_source_bytes=1 << 20))
    }

    for row in rows.values():
        assert isinstance(row, FileObservation)
        assert row.sha256 == hashlib.sha256((share / row.path).read_bytes()).hexdigest()
    document, page, text = rows["large.docx"], rows["large.pdf"], rows["large.txt"]
    assert isinstance(document, FileObservation)
    assert document.media_type.endswith("wordprocessingml.document")
    assert (document.text, document.problems) == ("Minutes", ())
    assert isinstance(page, FileObservation)
    assert problems_of(page) == [ProblemKind.TOO_LARGE]
    assert page.content_unread
    assert problems_of(text) == [ProblemKind.TRUNCATED_TEXT]
    assert isinstance(text, FileObservation)
    assert text.text.startswith("beginning of")
    assert problems_of(rows["large.bin"]) == []


def test_a_large_archive_that_is_written_to_while_its_list_is_read_is_not_vouched_for(
    share: Path, files_of: Lister
) -> None:
    with zipfile.ZipFile(share / "large.zip", "w") as archive:
        for number in range(3_000):
            archive.writestr(f"{number}.txt", "x" * 400)
    archive_file = share / "large.zip"
    code = f"import os\nf = os.open({str(archive_file)!r}, os.O_RDWR)\nwhile True: os.pwrite(f, b'P', 0)"
    writer = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.2)
        limits = ExaminationLimits(max_text_source_bytes=1 << 20)
        rows = [row for _ in range(3) for row in examine(share, files_of(share), limits=limits)]
    finally:
        writer.kill()
        writer.wait()

    assert {row.reason for row in rows if isinstance(row, UnreadableEntry)} <= {UnreadableReason.CHANGED_WHILE_READ}
    assert any(isinstance(row, UnreadableEntry) for row in rows)


def test_a_wrong_name_is_noted(share: Path, files_of: Lister) -> None:
    (share / "photo.pdf").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))

    (row,) = examine(share, files_of(share))

    assert problems_of(row) == [ProblemKind.EXTENSION_MISMATCH]


def test_a_share_that_brings_its_own_scanners_is_read_and_not_run(
    share: Path, files_of: Lister, monkeypatch: pytest.MonkeyPatch
) -> None:
    (share / "scanners").mkdir()
    for name in ("__init__.py", "child.py", "json.py"):
        (share / "scanners" / name).write_text(f"open({str(share / 'was_run')!r}, 'w')\n")
    (share / "json.py").write_text(f"open({str(share / 'was_run')!r}, 'w')\n")
    monkeypatch.chdir(share)

    rows = examine(Path(), files_of(share))

    assert all(isinstance(row, FileObservation) for row in rows)
    assert not (share / "was_run").exists()


def test_reading_changes_no_time_on_the_share(share: Path, files_of: Lister) -> None:
    (share / "a.txt").write_text("x")
    os.utime(share / "a.txt", (1, 2))

    examine(share, files_of(share))

    assert ((share / "a.txt").stat().st_atime, (share / "a.txt").stat().st_mtime) == (1, 2)


def test_an_examination_that_is_given_up_does_not_spoil_the_next(share: Path, files_of: Lister) -> None:
    for number in range(20):
        (share / f"{number:02}.txt").write_text(str(number))
    files = files_of(share)

    with Examiner() as examiner:
        first = examiner.examine(str(share), files)
        next(first)
        del first
        rows = list(examiner.examine(str(share), files[10:]))

    assert [row.path for row in rows] == [found.path for found in files[10:]]


def test_a_root_that_is_gone_blames_no_file(share: Path, files_of: Lister) -> None:
    (share / "a.txt").touch()
    files = files_of(share)
    share.rename(share.with_name("elsewhere"))

    with pytest.raises(SourceUnavailableError):
        examine(share, files)


@pytest.mark.parametrize("command", [("/no/such/program",), ("/bin/false",), ("/bin/echo",), ("/bin/cat",)])
def test_a_child_that_cannot_start_blames_no_file(
    share: Path, files_of: Lister, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanners.examination.sandbox._START_SECONDS", 0.5)
    (share / "a.txt").touch()

    with pytest.raises(ExaminerUnavailableError, match="files of this portion were not examined"):
        examine(share, files_of(share), child_command=command)


def test_a_child_that_was_killed_while_idle_is_replaced_without_blame(share: Path, files_of: Lister) -> None:
    (share / "a.txt").write_text("x")
    files = files_of(share)

    with Examiner() as examiner:
        list(examiner.examine(str(share), files))
        assert examiner._sandbox is not None
        os.kill(examiner._sandbox.process_id, signal.SIGKILL)
        (row,) = examiner.examine(str(share), files)

    assert problems_of(row) == []


PARENT = """
import sys
from scanners import Examiner, FoundFile, crawl
files = [entry for entry in crawl(sys.argv[1]) if isinstance(entry, FoundFile)]
examiner = Examiner(child_command=sys.argv[2:])
rows = examiner.examine(sys.argv[1], files)
next(rows)
print(examiner._sandbox.process_id, flush=True)
next(rows)
"""


@pytest.mark.parametrize("content", ["LOOP", "SLEEP"])
def test_no_child_outlives_its_parent(share: Path, hostile_command: Sequence[str], content: str) -> None:
    (share / "a.txt").write_text("harmless")
    (share / "b.txt").write_text(content)
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", PARENT, str(share), *hostile_command], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)

    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert not is_running(child)


def test_the_child_can_be_asked_whether_everything_loads() -> None:
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "scanners.examination.child", "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert answer.returncode == 0, answer.stderr
    assert "libmagic 5." in answer.stdout
    assert "PDF reader loaded" in answer.stdout
