"""Files of a share that is not mounted are examined as those of a folder are, and leave nothing behind here."""

import hashlib
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from scanners import Examiner, FileObservation, FoundFile, ProblemKind, SourceUnavailableError, UnreadableEntry
from scanners.examination import ContentSeenBefore
from scanners.observation import UnreadableReason
from scanners.shares import ShareExaminer, SmbLogin, open_share
from scanners.shares.examining import Row
from scanners.shares.private_copies import NoRoomForCopiesError, PrivateCopies
from tests.integration.samba import samba

LARGE = 3 << 20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "Tenancy").mkdir()
    (folder / "Tenancy" / "letter.txt").write_text("Dear Mrs Okafor, your tenancy")
    (folder / "Tenancy" / "page.html").write_text("<p>minutes of the meeting</p>")
    (folder / "Tenancy" / "not a picture.png").write_text("plain words, another ending")
    (folder / "empty.txt").touch()
    (folder / "large.txt").write_bytes(b"council minutes\n" * (LARGE // 16))
    (folder / "large.bin").write_bytes(os.urandom(LARGE))
    (folder / ("n" * 240 + ".txt")).write_text("a long name")
    (folder / "Łódź \u202e.txt").write_text("odd")
    return folder


@pytest.fixture(scope="module")
def login(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmbLogin]:
    with samba(served, tmp_path_factory.mktemp("samba")) as login:
        yield login


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place for temporary files, which is this test's own."""
    place = tmp_path / "copies"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def files_on(login: SmbLogin) -> list[FoundFile]:
    with open_share(login) as share:
        return [entry for entry in share.crawl() if isinstance(entry, FoundFile)]


def examined(login: SmbLogin, files: list[FoundFile], *, copy_bytes: int = 1 << 30) -> dict[str, Row]:
    with ShareExaminer(login, copy_bytes=copy_bytes) as examiner:
        rows = list(examiner.examine("", files))
    assert [row.path for row in rows] == [file.path for file in files]
    return {row.path: row for row in rows}


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_on_a_share_is_read_exactly_as_on_a_disk(login: SmbLogin, served: Path, copies: Path) -> None:
    files = files_on(login)
    assert len(files) == 8

    rows = examined(login, files)

    for file in files:
        here = replace(file, inode=(served / file.path).stat().st_ino, device=served.stat().st_dev)
        here = replace(here, modified_ns=(served / file.path).stat().st_mtime_ns)
        with Examiner() as examiner:
            (local,) = examiner.examine(str(served), [here])
        assert isinstance(local, FileObservation)
        assert rows[file.path] == replace(local, modified_ns=file.modified_ns, inode=file.inode, device=file.device), (
            file.path
        )
    assert not list(copies.iterdir())


def test_the_server_is_asked_who_owns_each_file(login: SmbLogin) -> None:
    files = files_on(login)

    with ShareExaminer(login) as examiner:
        owners = {row.path: examiner.facts(file) for file, row in zip(files, examiner.examine("", files), strict=True)}

    assert all((facts.owner or "").startswith("S-1-") for facts in owners.values())
    assert all(facts.created_at is not None for facts in owners.values())


def test_of_a_file_that_is_too_large_to_copy_the_digest_is_certain_all_the_same(
    login: SmbLogin, served: Path, copies: Path
) -> None:
    rows = examined(login, files_on(login), copy_bytes=1 << 20)

    for name in ("large.txt", "large.bin"):
        row = rows[name]
        assert isinstance(row, FileObservation)
        assert row.sha256 == hashlib.sha256((served / name).read_bytes()).hexdigest()
        assert (row.size_bytes, row.text, row.text_read) == (LARGE, "", False)
    text, random_bytes = rows["large.txt"], rows["large.bin"]
    assert isinstance(text, FileObservation)
    assert isinstance(random_bytes, FileObservation)
    assert (text.media_type, [problem.kind for problem in text.problems]) == ("text/plain", [ProblemKind.TOO_LARGE])
    assert not random_bytes.problems
    assert not list(copies.iterdir())


def test_a_content_that_is_known_is_not_read_again(login: SmbLogin, served: Path) -> None:
    letter = next(file for file in files_on(login) if file.path.endswith("letter.txt"))
    known = hashlib.sha256((served / letter.path).read_bytes()).hexdigest()

    with ShareExaminer(login) as examiner:
        (row,) = examiner.examine("", [letter], known_digests=frozenset((known,)))

    assert isinstance(row, ContentSeenBefore)
    assert (row.path, row.sha256) == (letter.path, known)


def test_a_file_that_is_gone_or_changed_is_said_to_be_so_and_costs_no_other_anything(
    login: SmbLogin, served: Path
) -> None:
    for name in ("gone.txt", "changed.txt", "stays.txt"):
        (served / name).write_text("x")
    files = [file for file in files_on(login) if file.path in ("gone.txt", "changed.txt", "stays.txt")]
    (served / "gone.txt").unlink()
    (served / "changed.txt").write_text("longer than it was")

    rows = examined(login, files)

    for name in ("changed.txt", "stays.txt"):
        (served / name).unlink()
    gone, changed = rows["gone.txt"], rows["changed.txt"]
    assert isinstance(gone, UnreadableEntry)
    assert isinstance(changed, UnreadableEntry)
    assert (gone.reason, changed.reason) == (UnreadableReason.VANISHED, UnreadableReason.CHANGED_WHILE_READ)
    assert isinstance(rows["stays.txt"], FileObservation)


def test_a_connection_that_was_lost_is_made_again(login: SmbLogin) -> None:
    files = files_on(login)

    with ShareExaminer(login) as examiner:
        rows = examiner.examine("", files[:1])
        list(rows)
        assert examiner._share is not None
        examiner._share.close()
        (row,) = examiner.examine("", files[1:2])

    assert isinstance(row, FileObservation)


def test_a_server_that_is_gone_for_good_stops_the_examination(login: SmbLogin) -> None:
    files = files_on(login)

    with ShareExaminer(replace(login, port=9, timeout_seconds=2)) as examiner, pytest.raises(SourceUnavailableError):
        list(examiner.examine("", files))


def test_no_room_for_a_copy_is_no_fault_of_the_file(login: SmbLogin, copies: Path) -> None:
    files = files_on(login)
    with ShareExaminer(login) as examiner:
        list(examiner.examine("", files[:1]))
        (folder,) = copies.iterdir()
        folder.rmdir()
        with pytest.raises(NoRoomForCopiesError, match="could not be copied"):
            list(examiner.examine("", files[:1]))
    with (
        ShareExaminer(login) as examiner,
        room_for(1 << 20),
        pytest.raises(NoRoomForCopiesError, match="File too large"),
    ):
        list(examiner.examine("", files))


def test_copies_that_a_killed_process_left_are_removed_and_those_in_use_are_not(copies: Path) -> None:
    left = copies / "retention-copies-left"
    left.mkdir(mode=0o700)
    (left / "x.docx").write_bytes(b"somebody's letter")
    others = copies / "retention-copies-open-to-others"
    others.mkdir(mode=0o755)
    (copies / "unrelated").mkdir(mode=0o700)
    (copies / "retention-copies-link").symlink_to(copies / "unrelated")

    with PrivateCopies() as in_use, PrivateCopies() as newer:
        assert os.path.isdir(in_use.folder)  # noqa: PTH112
        assert Path(newer.folder).stat().st_mode & 0o777 == 0o700
        assert not left.exists()

    kept = {"retention-copies-open-to-others", "unrelated", "retention-copies-link"}
    assert {place.name for place in copies.iterdir()} == kept


@pytest.mark.parametrize("ending", ["", ".docx", ".tar", "./../x", ".a\0b", ".\N{RIGHT-TO-LEFT OVERRIDE}cod", "." * 40])
def test_the_name_of_a_copy_cannot_be_chosen_by_the_share(copies: Path, ending: str) -> None:
    with PrivateCopies() as place, place.begin(ending) as copy:
        place.write(copy, b"x")
        found = place.found(copy)
        (written,) = Path(place.folder).iterdir()

    assert written.name == found.path
    assert written.parent.parent == copies
    assert found.size_bytes == 1
