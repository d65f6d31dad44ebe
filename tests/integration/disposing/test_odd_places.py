"""Odd names, odd folders, hostile neighbours: nothing is replaced, nothing leaves its root, nothing is stuck unsaid."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from retention.domain.batches import ApprovedBatch
from retention.errors import RefusedByPolicyError, SourceVanishedError, StoppedError
from retention.services.disposing import Step, restore_batch
from retention.services.disposing.renaming import rename_by_linking
from tests.integration.disposing.attacks import at_step, check_log, counts, interrupted, quarantined_files
from tests.integration.disposing.world import World, build_world, record

OLD = (1.3e9, 1.3e9)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def approved_with(folder: Path, path: bytes, *, grace_days: int = 0) -> tuple[World, ApprovedBatch]:
    """Approve one file at any path of bytes, however long or deep."""
    world = build_world(folder, files=0, grace_days=grace_days)
    plain = world.share / "plain.txt"
    plain.write_text("Invoice 4, 3 May 2011")
    os.utime(plain, OLD)
    with world.catalogue() as catalogue:
        record(world, catalogue, [plain])
        with catalogue.transaction() as tx:
            tx.connection.exec_driver_sql("update record_copy set path = ?", (path,))
    *parts, name = path.split(b"/")
    with at_the_bottom(world.share, parts, make=True) as bottom:
        os.rename(plain, name, dst_dir_fd=bottom)
    return world, world.approved()


@contextmanager
def at_the_bottom(share: Path, parts: list[bytes], *, make: bool = False) -> Iterator[int]:
    folder = os.open(share, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


DEEP = b"/".join([b"d"] * 1_500 + [b"file.txt"])
LONG = b"/".join([b"a folder with a rather long name, number %04d" % number for number in range(210)] + [b"file.txt"])


@pytest.mark.parametrize("path", [DEEP, LONG], ids=["1,500 folders deep", "a path of 10,000 bytes"])
def test_a_file_beyond_the_systems_limit_for_paths_is_disposed_of_and_restored_like_any_other(
    tmp_path: Path, path: bytes
) -> None:
    world, batch = approved_with(tmp_path, path, grace_days=30)
    assert counts(world.dispose(batch.batch_id)) == {"quarantined": 1}

    world.dispose(batch.batch_id, act=restore_batch)

    with at_the_bottom(world.share, path.split(b"/")[:-1]) as bottom:
        assert [entry.name for entry in os.scandir(bottom)] == ["file.txt"]
    again = world.approved()
    world.clock.move(days=31)
    world.dispose(again.batch_id)
    world.clock.move(days=31)
    assert counts(world.dispose(again.batch_id)) == {"destroyed": 1}
    check_log(world)
    subprocess.run(["rm", "-rf", world.share], check=True)  # Python itself cannot go so deep


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9 \xff\xfe.txt", b"x" * 255, "ü".encode() * 127, b"\xe9" * 255, b"new\nline\x1b[2J.txt", b"-rf *"],
    ids=["not text", "255 bytes", "letters of two bytes", "255 bytes that are not text", "control characters", "-rf"],
)
def test_a_file_of_an_odd_name_comes_back_beside_what_took_its_place(tmp_path: Path, name: bytes) -> None:
    world, batch = approved_with(tmp_path, b"Invoices/new/" + name, grace_days=30)
    world.dispose(batch.batch_id)
    place = os.fsencode(world.share) + b"/Invoices/new/"
    Path(os.fsdecode(place + name)).write_text("new work")

    report = world.dispose(batch.batch_id, act=restore_batch)

    assert counts(report) == {"excluded": 1}
    assert Path(os.fsdecode(place + name)).read_text() == "new work"
    (beside,) = [entry.name for entry in os.scandir(place) if b"restored" in entry.name]
    assert Path(os.fsdecode(place + beside)).read_text() == "Invoice 4, 3 May 2011"
    assert len(beside) <= 255
    if name.startswith("ü".encode()):
        beside.decode("utf-8")
    check_log(world)


def test_a_restored_file_finds_a_name_even_when_the_one_beside_its_own_is_taken_too(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    for taken in ("invoice 0.txt", "invoice 0.txt (restored 000000)"):
        (world.share / "Invoices" / taken).write_text("new work")

    report = world.dispose(batch.batch_id, act=restore_batch)

    assert report.is_closed
    assert (world.share / "Invoices" / "invoice 0.txt (restored 000000-2)").read_text() == "Invoice 0, 3 May 2011"


def test_a_file_whose_folder_is_gone_is_restored_to_the_top_of_its_root(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    (world.share / "Invoices").rmdir()

    report = world.dispose(batch.batch_id, act=restore_batch)

    assert counts(report) == {"excluded": 2}
    assert (world.share / "invoice 0.txt").read_text() == "Invoice 0, 3 May 2011"


def test_a_restore_that_cannot_be_done_yet_is_never_turned_into_a_destruction(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    folder = world.share / "Invoices"
    folder.rmdir()
    folder.symlink_to(world.folder)
    report = world.dispose(batch.batch_id, act=restore_batch)
    assert counts(report) == {"quarantined": 1}
    assert report.troubles
    world.clock.move(days=5)

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"quarantined": 1}
    assert len(quarantined_files(world)) == 1
    folder.unlink()
    assert counts(world.dispose(batch.batch_id)) == {"excluded": 1}
    assert (world.share / "invoice 0.txt").read_text() == "Invoice 0, 3 May 2011"
    check_log(world)


def test_a_stranger_that_cannot_go_back_stops_the_run_and_is_put_back_by_the_next(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.approved()
    names = ["invoice 0.txt", "invoice 0.txt (restored 000000)"]
    names += [f"invoice 0.txt (restored 000000-{number})" for number in range(2, 21)]

    interrupted(world, batch.batch_id, Step.INTENT_LOGGED)
    # as if the crash came after the wrong file was moved; and meanwhile every place is taken
    world.file(0).unlink()
    world.file(0).write_text("precious, never approved")
    quarantine = world.share / ".retention-quarantine" / batch.batch_id
    world.file(0).rename(quarantine / "000000")
    for name in names:
        (world.share / "Invoices" / name).write_text("new work")
    for act in ("once", "twice"):
        with pytest.raises(StoppedError, match="belongs elsewhere"):
            world.dispose(batch.batch_id)
        assert (quarantine / "000000").read_text() == "precious, never approved", act
    assert world.outcomes(batch.batch_id) == []

    world.file(0).unlink()
    report = world.dispose(batch.batch_id)

    assert counts(report) == {"changed": 1}
    assert world.file(0).read_text() == "precious, never approved"


def test_a_file_that_was_edited_and_moved_in_the_moment_of_the_crash_is_back_at_once(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()
    interrupted(world, batch.batch_id, Step.INTENT_LOGGED)
    world.file(0).write_text("edited, never approved")
    world.file(0).rename(world.share / ".retention-quarantine" / batch.batch_id / "000000")

    world.dispose(batch.batch_id)

    assert world.outcomes(batch.batch_id) == [(0, "changed")]
    assert world.file(0).read_text() == "edited, never approved"


def as_link(quarantine: Path, elsewhere: Path) -> None:
    elsewhere.mkdir()
    quarantine.symlink_to(elsewhere)


def as_file(quarantine: Path, _elsewhere: Path) -> None:
    quarantine.write_text("mine")


def as_open_folder(quarantine: Path, _elsewhere: Path) -> None:
    quarantine.mkdir()
    quarantine.chmod(0o770)


def as_somebody_elses_folder(quarantine: Path, _elsewhere: Path) -> None:
    quarantine.mkdir(mode=0o700)
    os.chown(quarantine, 65534, 65534)


PLANTED = (as_link, as_file, as_open_folder, pytest.param(as_somebody_elses_folder, marks=needs_root))


@pytest.mark.parametrize("plant", PLANTED)
@pytest.mark.parametrize("below", [False, True], ids=["the quarantine", "the folder of the batch"])
def test_a_quarantine_that_somebody_else_prepared_is_not_used(
    tmp_path: Path, plant: Callable[[Path, Path], None], *, below: bool
) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.approved()
    quarantine = world.share / ".retention-quarantine"
    if below:
        quarantine.mkdir(mode=0o700)
        quarantine = quarantine / batch.batch_id
    plant(quarantine, world.folder / "elsewhere")

    with pytest.raises(RefusedByPolicyError, match="cannot be used"):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()
    assert world.outcomes(batch.batch_id) == []


def test_a_root_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.approved()
    world.share.rename(world.folder / "moved")
    world.share.symlink_to(world.folder / "moved")

    with pytest.raises(SourceVanishedError):
        world.dispose(batch.batch_id)

    assert (world.folder / "moved" / "Invoices" / "invoice 0.txt").exists()


def _is_immutable_possible(folder: Path) -> bool:
    probe = folder / "probe"
    probe.touch()
    if (
        shutil.which("chattr") is None
        or subprocess.run(["chattr", "+i", probe], capture_output=True, check=False).returncode
    ):
        return False
    subprocess.run(["chattr", "-i", probe], check=True)
    return True


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    if not _is_immutable_possible(tmp_path):
        pytest.skip("files cannot be made immutable here")
    made: list[Path] = []

    def make(path: Path) -> None:
        subprocess.run(["chattr", "+i", path], check=True)
        made.append(path)

    yield make
    for path in made:
        if path.exists():
            subprocess.run(["chattr", "-i", path], check=True)


def test_a_file_that_cannot_be_moved_failed_and_stays(tmp_path: Path, immutable: Callable[[Path], None]) -> None:
    world = build_world(tmp_path / "w", files=2)
    batch = world.approved()
    immutable(world.file(0))

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"failed": 1, "destroyed": 1}
    assert world.file(0).exists()


def test_a_file_that_cannot_be_removed_from_quarantine_stays_there_and_is_never_claimed(
    tmp_path: Path, immutable: Callable[[Path], None]
) -> None:
    world = build_world(tmp_path / "w", files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    (hidden,) = quarantined_files(world)
    world.clock.move(days=2)

    report = world.dispose(batch.batch_id, at_step(Step.INTENT_LOGGED, lambda: immutable(hidden)))

    assert not report.is_closed
    assert counts(report) == {"quarantined": 1}
    subprocess.run(["chattr", "-i", hidden], check=True)
    assert counts(world.dispose(batch.batch_id)) == {"excluded": 1}
    assert world.file(0).exists()
    check_log(world)


def test_where_renaming_cannot_refuse_to_replace_a_file_still_replaces_nothing(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    (ours / "000000").write_text("old")
    (theirs / "report.txt").write_text("new work")
    from_folder, to_folder = os.open(ours, os.O_RDONLY), os.open(theirs, os.O_RDONLY)
    try:
        with pytest.raises(FileExistsError):
            rename_by_linking(from_folder, b"000000", to_folder, b"report.txt")
        os.link(ours / "000000", theirs / "other.txt")  # killed between its two halves
        rename_by_linking(from_folder, b"000000", to_folder, b"other.txt")
    finally:
        os.close(from_folder)
        os.close(to_folder)

    assert (theirs / "report.txt").read_text() == "new work"
    assert (theirs / "other.txt").read_text() == "old"
    assert list(ours.iterdir()) == []


def approved_and_waiting(folder: Path) -> tuple[World, ApprovedBatch, Path]:
    """Bring one file to the end of its grace period; return where it lies in quarantine."""
    world = build_world(folder, files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=2)
    (hidden,) = quarantined_files(world)
    return world, batch, hidden


def test_what_is_written_after_the_last_look_at_the_content_is_not_destroyed_with_it(tmp_path: Path) -> None:
    world, batch, hidden = approved_and_waiting(tmp_path)

    def write_and_put_the_time_back() -> None:
        seen = hidden.stat()
        hidden.write_text("Invoice 0, 4 May 2011")
        os.utime(hidden, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    report = world.dispose(batch.batch_id, at_step(Step.INTENT_LOGGED, write_and_put_the_time_back))

    assert counts(report) == {"changed": 1}
    assert world.file(0).read_text() == "Invoice 0, 4 May 2011"


def test_a_file_that_somebody_still_has_open_goes_back_to_them(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2)
    batch = world.approved()

    with world.file(0).open("a") as letter:
        report = world.dispose(batch.batch_id)
        letter.write(", and a line they had not saved yet")

    assert counts(report) == {"failed": 1, "destroyed": 1}
    assert world.file(0).read_text() == "Invoice 0, 3 May 2011, and a line they had not saved yet"


def test_a_file_edited_after_it_was_proved_is_not_even_moved(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()

    def edit_and_put_the_time_back() -> None:
        seen = world.file(0).stat()
        world.file(0).write_text("Invoice 0, 4 May 2011")
        os.utime(world.file(0), ns=(seen.st_atime_ns, seen.st_mtime_ns))

    world.dispose(batch.batch_id, at_step(Step.PROVED, edit_and_put_the_time_back))

    assert world.outcomes(batch.batch_id) == [(0, "changed")]
