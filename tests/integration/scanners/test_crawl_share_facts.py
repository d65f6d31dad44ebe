"""What is asked of a mount, on files that carry the attributes which a mount would show."""

import os
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanners.crawling import DosAttributes, ShareFacts, mount_facts
from scanners.crawling.volumes import mount_points, tells_attributes

CREATED = 132_223_104_000_000_000


def note(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError:
        pytest.skip("this file system keeps no extended attributes")


@pytest.mark.parametrize("by_name", [True, False])
def test_what_the_mount_says_is_told_by_name_and_by_descriptor(share: Path, *, by_name: bool) -> None:
    file = share / "line\nbreak.txt"
    file.touch()
    note(file, "user.cifs.dosattrib", struct.pack("<I", 0x21))
    note(file, "user.cifs.creationtime", struct.pack("<Q", CREATED))
    note(file, "user.DosStream.AFP_AfpInfo:$DATA", b"x")
    descriptor = os.open(share if by_name else file, os.O_RDONLY)

    facts = mount_facts(descriptor, file.name if by_name else None)

    os.close(descriptor)
    assert facts == ShareFacts(
        created_at=datetime(2020, 1, 1, tzinfo=UTC),
        attributes=DosAttributes.READ_ONLY | DosAttributes.ARCHIVE,
        streams=("AFP_AfpInfo",),
    )


def test_a_disk_that_says_nothing_leaves_everything_unknown(share: Path) -> None:
    (share / "a").touch()
    (share / "link").symlink_to("a")
    descriptor = os.open(share, os.O_RDONLY)

    assert mount_facts(descriptor, "a") == ShareFacts()
    assert mount_facts(descriptor, "link") == ShareFacts()
    assert mount_facts(descriptor, "gone") == ShareFacts()
    assert mount_facts(descriptor, "nul\0") == ShareFacts()
    os.close(descriptor)


def test_a_link_s_target_is_not_asked_in_its_place(share: Path) -> None:
    (share / "a").touch()
    note(share / "a", "user.cifs.dosattrib", struct.pack("<I", 0x1000))
    (share / "link").symlink_to("a")
    descriptor = os.open(share, os.O_RDONLY)

    assert mount_facts(descriptor, "link").attributes is None
    os.close(descriptor)


def test_a_local_disk_is_not_asked_at_all(share: Path) -> None:
    assert not tells_attributes(str(share))
    assert not tells_attributes("nul\0")
    assert mount_points("nul\0") == frozenset()
