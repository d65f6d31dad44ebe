"""Opening one file: the right one, or none."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from scanners import FileUnreadableError, SourceUnavailableError, UnreadableReason, digest_file
from scanners.opening import CHUNK_BYTES, FileOpener, portions_of


def test_the_digest_is_that_of_the_bytes_also_through_an_open_root(share: Path) -> None:
    content = os.urandom(3 << 20)
    (share / "a").mkdir()
    (share / "a" / "b").write_bytes(content)
    root = os.open(share, os.O_RDONLY)

    digests = {digest_file(str(share), "a/b"), digest_file(root, "a/b")}
    os.close(root)

    assert digests == {hashlib.sha256(content).hexdigest()}


@pytest.mark.parametrize("stored", [(), (0,), (5 << 20,), (9 << 20,), (0, 4 << 20, 9 << 20), ((12 << 20) - 1,)])
def test_holes_are_zeros_and_cost_no_reading(share: Path, stored: tuple[int, ...]) -> None:
    content = bytearray(12 << 20)
    with (share / "sparse").open("wb") as file:
        file.truncate(len(content))
        for place in stored:
            file.seek(place)
            content[place : place + 7] = b"written"[: len(content) - place]
            file.write(content[place : place + 7])

    assert digest_file(str(share), "sparse") == hashlib.sha256(content).hexdigest()


def test_ten_gigabytes_of_holes_are_not_read_from_the_disk(share: Path) -> None:
    with (share / "sparse").open("wb") as file:
        file.truncate(10 << 30)
    descriptor = os.open(share / "sparse", os.O_RDONLY)
    began_at = time.process_time()

    try:
        size_bytes = sum(map(len, portions_of(descriptor, os.fstat(descriptor))))
    finally:
        os.close(descriptor)

    assert size_bytes == 10 << 30
    assert time.process_time() - began_at < 1


def test_a_file_that_grows_while_it_is_read_comes_to_an_end(share: Path) -> None:
    (share / "log").write_bytes(b"x" * (2 << 20))
    descriptor = os.open(share / "log", os.O_RDONLY)
    seen = os.fstat(descriptor)

    read = 0
    for portion in portions_of(descriptor, seen):
        read += len(portion)
        with (share / "log").open("ab") as file:
            file.write(portion)
    os.close(descriptor)

    assert seen.st_size < read <= seen.st_size + CHUNK_BYTES


def test_no_path_leads_out_of_the_root(share: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (share / "up").symlink_to(tmp_path)
    (share / "direct").symlink_to(tmp_path / "secret")

    for path in ("../secret", "up/secret", "direct", "a/../../secret", f"{tmp_path}/secret", "", ".", "/"):
        with pytest.raises(FileUnreadableError):
            digest_file(str(share), path)


def test_a_pipe_in_a_files_place_does_not_keep_us_waiting(share: Path) -> None:
    os.mkfifo(share / "pipe")

    with pytest.raises(FileUnreadableError) as caught:
        digest_file(str(share), "pipe")

    assert caught.value.reason is UnreadableReason.NOT_A_FILE


def test_a_missing_file_and_an_impossible_name_are_told_apart_from_a_missing_root(share: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        digest_file(str(share), "gone")
    assert caught.value.reason is UnreadableReason.VANISHED

    with pytest.raises(FileUnreadableError, match="no file can have this name"):
        digest_file(str(share), "a\0b")
    with pytest.raises(SourceUnavailableError):
        digest_file(f"{share}/missing", "a")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_denied_file_is_said_to_be_denied(share: Path) -> None:
    (share / "closed").touch(mode=0)

    with pytest.raises(FileUnreadableError) as caught:
        digest_file(str(share), "closed")

    assert caught.value.reason is UnreadableReason.DENIED


def test_few_folders_stay_open_however_deep_and_many_they_are(share: Path) -> None:
    paths = ["/".join(["deep"] * 40) + "/x", *(f"{number}/y/x" for number in range(30))]
    for path in paths:
        (share / path).parent.mkdir(parents=True)
        (share / path).write_text(path)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are enough

    with FileOpener(str(share), folders_kept=4) as opener:
        for path in [*paths, *reversed(paths), *paths]:
            descriptor, seen = opener.open_seen(path)
            assert os.read(descriptor, 1000).decode() == path
            assert seen.st_size == len(path)
            os.close(descriptor)
            assert len(os.listdir("/proc/self/fd")) <= before + 5  # noqa: PTH208  the root is the fifth


def test_a_folder_that_was_swapped_for_a_link_is_not_followed_once_it_is_let_go(share: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_text("secret")
    for number in range(5):
        (share / str(number)).mkdir()
        (share / str(number) / "x").write_text("ours")

    with FileOpener(str(share), folders_kept=2) as opener:
        os.close(opener.open_file("0/x"))
        (share / "0").rename(share / "9")
        (share / "0").symlink_to(tmp_path / "elsewhere")
        for number in range(1, 5):
            os.close(opener.open_file(f"{number}/x"))

        with pytest.raises(FileUnreadableError):
            opener.open_file("0/x")


@pytest.mark.parametrize("path", ["a//x", "./a/x", "a/./x", "/a/x", "a/../a/x", "//a/x"])
def test_a_path_that_is_not_plain_opens_nothing_also_when_its_folder_is_open(share: Path, path: str) -> None:
    (share / "a").mkdir()
    (share / "a" / "x").touch()

    with FileOpener(str(share)) as opener:
        os.close(opener.open_file("a/x"))
        with pytest.raises(FileUnreadableError):
            opener.open_file(path)


def test_the_folder_kept_open_is_let_go(share: Path) -> None:
    for name in ("a", "b"):
        (share / name).mkdir()
        (share / name / "x").touch()
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are enough

    with FileOpener(str(share)) as opener:
        for path in ("a/x", "a/x", "b/x"):
            os.close(opener.open_file(path))

    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  names are enough
