"""What a disk says of the files on it: never of another file, and nothing that it does not know."""

import os
import pwd
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanners import FoundFile, SourceUnavailableError, crawl
from scanners.crawling import DosAttributes, file_facts
from scanners.crawling.file_facts import NOTHING_SAID, FactsReader, FileFacts, account_name

ME = account_name(os.getuid())
CREATED = 132_223_104_000_000_000
LONG_AGO = (946_684_800, 946_684_800)  # 2000-01-01


def files_below(root: Path) -> dict[str, FoundFile]:
    return {entry.path: entry for entry in crawl(str(root)) if isinstance(entry, FoundFile)}


def facts_of(root: Path, found: FoundFile) -> FileFacts:
    with FactsReader(str(root)) as reader:
        return reader.facts(found)


def test_a_local_disk_tells_the_owner_s_name_and_when_the_file_was_put_there(share: Path) -> None:
    (share / "a" / "b").mkdir(parents=True)
    for name in ("x.txt", "a/y.txt", "a/b/line\nbreak.txt", os.fsdecode(b"a/caf\xe9.txt")):
        (share / name).touch()
        os.utime(share / name, LONG_AGO)
    before = datetime.now(UTC)

    with FactsReader(str(share)) as reader:
        told = {path: reader.facts(found) for path, found in files_below(share).items()}

    assert len(told) == 4
    for facts in told.values():
        assert (facts.owner, facts.attributes) == (ME, None)
        # the copy is new although its content is said to be old; some disks do not keep the time at all
        assert facts.created_at is None or abs((before - facts.created_at).total_seconds()) < 60


def test_a_folder_deeper_than_a_path_may_be_long_tells_as_well(share: Path) -> None:
    before = os.getcwd()  # noqa: PTH109
    os.chdir(share)
    try:
        for _ in range(60):
            os.mkdir("d" * 100)  # noqa: PTH102
            os.chdir("d" * 100)
        Path("deep.txt").touch()
    finally:
        os.chdir(before)
    (found,) = files_below(share).values()

    assert facts_of(share, found).owner == ME


def test_of_a_file_that_took_another_s_place_nothing_is_said(share: Path) -> None:
    (share / "a.txt").touch()
    (share / "b.txt").touch()
    found = files_below(share)["a.txt"]
    os.replace(share / "b.txt", share / "a.txt")  # noqa: PTH105

    assert facts_of(share, found) == NOTHING_SAID
    (share / "a.txt").unlink()
    assert facts_of(share, found) == NOTHING_SAID


def test_no_link_leads_to_the_owner_of_something_else(share: Path, tmp_path: Path) -> None:
    (share / "in").mkdir()
    (share / "in" / "a.txt").touch()
    found = files_below(share)["in/a.txt"]
    (share / "in").rename(tmp_path / "moved")
    (share / "in").symlink_to(tmp_path / "moved")

    assert facts_of(share, found) == NOTHING_SAID


@pytest.mark.parametrize("path", ["nul\0.txt", "no/such/folder.txt", ""])
def test_what_no_file_is_called_says_nothing(share: Path, path: str) -> None:
    found = FoundFile(path=path, size_bytes=0, modified_ns=0, inode=1, device=1, link_count=1)

    assert facts_of(share, found) == NOTHING_SAID


def test_a_root_that_is_gone_is_said_to_be_gone(share: Path) -> None:
    with pytest.raises(SourceUnavailableError):
        FactsReader(str(share / "gone"))


def test_a_mounted_windows_share_tells_what_its_server_said_and_not_who_mounted_it(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = share / "a.txt"
    file.touch()
    try:
        os.setxattr(file, "user.cifs.dosattrib", struct.pack("<I", 0x23))
        os.setxattr(file, "user.cifs.creationtime", struct.pack("<Q", CREATED))
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    monkeypatch.setattr(file_facts, "tells_attributes", lambda _root: True)

    facts = facts_of(share, files_below(share)["a.txt"])

    assert facts.owner is None
    assert facts.created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert facts.attributes is not None
    assert DosAttributes(facts.attributes).in_words == ("read-only", "hidden", "archive")


@pytest.mark.parametrize("kind", ["vfat", "exfat", "fuse.rclone", "fuse", "9p"])
def test_a_mount_on_which_everything_belongs_to_who_mounted_it_names_no_owner(
    share: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (share / "a.txt").touch()
    monkeypatch.setattr(file_facts, "file_system_of", lambda _root: kind)

    assert facts_of(share, files_below(share)["a.txt"]).owner is None


def test_without_the_newer_system_call_the_owner_is_still_told(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (share / "a.txt").touch()
    monkeypatch.setattr(file_facts, "_looker", lambda: file_facts._look_plainly)

    assert facts_of(share, files_below(share)["a.txt"]) == FileFacts(owner=ME)


def test_an_account_without_a_name_is_told_by_its_number() -> None:
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    free = next(number for number in range(60_000, 70_000) if number not in taken)

    assert account_name(free) == f"account {free}"
    assert account_name(2**70) == f"account {2**70}"


def test_bits_that_have_no_name_are_not_made_up() -> None:
    assert DosAttributes(0x80).in_words == ()


@pytest.mark.parametrize("nanoseconds", [1 << 70, -(1 << 70)])
def test_a_time_outside_the_calendar_is_no_time(nanoseconds: int) -> None:
    assert FileFacts(created_ns=nanoseconds).created_at is None
