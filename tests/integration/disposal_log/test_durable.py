"""Where a log may stand, who holds it, and what is set aside for a bad day."""

import os
from pathlib import Path

import pytest

from disposal_log.errors import LogLockedError, NetworkFileSystemError
from disposal_log.files.durable import (
    NETWORK_MAGICS,
    Reserve,
    WriterLock,
    file_system_magic,
    make_directory,
    refuse_network_file_system,
    replace_durably,
    stage,
    write_new,
)

NFS = 0x6969
EXT4 = 0xEF53


def test_a_log_on_a_share_is_refused_by_name(tmp_path: Path) -> None:
    for magic, kind in NETWORK_MAGICS.items():
        with pytest.raises(NetworkFileSystemError, match=f"is on {kind}"):
            refuse_network_file_system(tmp_path, magic_of=lambda _: magic)  # noqa: B023  # called at once
    refuse_network_file_system(tmp_path, magic_of=lambda _: EXT4)


def test_the_kernel_is_asked_and_knows_the_local_disk(tmp_path: Path) -> None:
    assert file_system_magic(tmp_path) not in NETWORK_MAGICS
    assert file_system_magic(Path("/proc")) == 0x9FA0
    assert file_system_magic(tmp_path / "nowhere") == 0


def test_a_lock_is_held_by_one_and_given_back(tmp_path: Path) -> None:
    first = WriterLock(tmp_path)
    with pytest.raises(LogLockedError):
        WriterLock(tmp_path)
    first.release()
    first.release()
    WriterLock(tmp_path).release()


def test_a_new_file_is_never_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_new(path, b"one", mode=0o600)
    with pytest.raises(FileExistsError):
        write_new(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o600)


def test_the_name_of_a_new_folder_lasts_and_an_old_one_costs_no_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_ino))

    make_directory(tmp_path / "a" / "b", mode=0o700)
    assert set(flushed) == {tmp_path.stat().st_ino, (tmp_path / "a").stat().st_ino}
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    flushed.clear()
    make_directory(tmp_path / "a" / "b")
    assert flushed == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint"
    replace_durably(path, b"one")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        for write in (stage, write_new):
            with pytest.raises(OSError, match="refused"):
                write(path.with_name("other"), b"two")
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint"]


def refuse(_descriptor: int) -> None:
    raise OSError(5, "refused")


def test_the_reserve_is_real_space_and_can_be_given_up(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", size_bytes=1 << 20)
    was_spent = [reserve.is_spent]
    assert reserve.refill()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 1 << 20
    was_spent.append(reserve.is_spent)
    reserve.release()
    reserve.release()
    was_spent.append(reserve.is_spent)

    assert was_spent == [True, False, True]


def test_a_reserve_larger_than_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", size_bytes=1 << 60)

    assert not reserve.refill()
    assert list(tmp_path.iterdir()) == []


def test_a_reserve_of_nothing_is_never_spent(tmp_path: Path) -> None:
    assert not Reserve(tmp_path / "reserve", size_bytes=0).is_spent


def test_a_reserve_in_no_folder_is_not_there(tmp_path: Path) -> None:
    assert not Reserve(tmp_path / "nowhere" / "reserve", size_bytes=5).refill()
