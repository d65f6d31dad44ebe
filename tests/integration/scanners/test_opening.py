"""Opening one file: the right one, or none."""

import hashlib
import os
from pathlib import Path

import pytest

from scanners import FileUnreadableError, SourceUnavailableError, UnreadableReason, digest_file
from scanners.opening import FileOpener


def test_the_digest_is_that_of_the_bytes_also_through_an_open_root(share: Path) -> None:
    content = os.urandom(3 << 20)
    (share / "a").mkdir()
    (share / "a" / "b").write_bytes(content)
    root = os.open(share, os.O_RDONLY)

    digests = {digest_file(str(share), "a/b"), digest_file(root, "a/b")}
    os.close(root)

    assert digests == {hashlib.sha256(content).hexdigest()}


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


def test_the_folder_kept_open_is_let_go(share: Path) -> None:
    for name in ("a", "b"):
        (share / name).mkdir()
        (share / name / "x").touch()
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208  names are enough

    with FileOpener(str(share)) as opener:
        for path in ("a/x", "a/x", "b/x"):
            os.close(opener.open_file(path))

    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  names are enough
