"""Reading a share from a real Samba server, started here on this machine alone; skipped where there is none."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from scanners.crawling import crawl
from scanners.errors import FileUnreadableError, SourceUnavailableError
from scanners.observation import CrawlEntry, FoundFile, SkippedEntry, UnreadableReason
from scanners.shares import SmbLogin, open_share
from tests.integration.samba import PASSWORD, samba

pytest.importorskip("smbprotocol", reason="the extra 'smb' is not installed")

DEEP = "/".join(f"{number:02d} " + "d" * 60 for number in range(10))


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    (folder / "2009" / "Tenancy & repairs").mkdir(parents=True)
    (folder / "2009" / "Tenancy & repairs" / "Łódź \u202e.docx").write_bytes(b"minutes")
    (folder / "empty.txt").touch()
    (folder / "large.bin").write_bytes(b"0123456789abcdef" * 200_000)
    for number in range(700):
        (folder / "2009" / f"{number:04d} {'n' * 40}.txt").touch()
    deep = folder / DEEP
    deep.mkdir(parents=True)
    (deep / "deep.txt").write_bytes(b"deep")
    return folder


@pytest.fixture(scope="module")
def login(share: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmbLogin]:
    with samba(share, tmp_path_factory.mktemp("samba")) as login:
        yield login


def walked(login: SmbLogin) -> list[CrawlEntry]:
    with open_share(login) as share:
        return list(share.crawl())


def plain(entries: list[CrawlEntry]) -> list[tuple[str, str, int]]:
    return [(type(entry).__name__, entry.path, getattr(entry, "size_bytes", -1)) for entry in entries]


def test_a_share_is_walked_as_the_folder_behind_it_is(login: SmbLogin, share: Path) -> None:
    entries = walked(login)

    assert plain(entries) == plain(list(crawl(str(share))))
    files = [entry for entry in entries if isinstance(entry, FoundFile)]
    assert len({entry.inode for entry in files}) == len(files)
    for entry in files:
        assert abs(entry.modified_ns - (share / entry.path).stat().st_mtime_ns) < 100


def test_a_folder_below_the_share_is_a_root_too(login: SmbLogin, share: Path) -> None:
    entries = walked(replace(login, folder="2009/Tenancy & repairs"))

    assert plain(entries) == plain(list(crawl(str(share / "2009" / "Tenancy & repairs"))))


def test_content_is_digested_and_nothing_on_the_share_is_changed(login: SmbLogin, share: Path) -> None:
    paths = ["large.bin", "empty.txt", "2009/Tenancy & repairs/Łódź \u202e.docx", f"{DEEP}/deep.txt"]
    before = {path: (share / path).stat() for path in paths}

    with open_share(login) as opened:
        digests = {path: opened.digest_file(path) for path in paths}

    for path in paths:
        assert digests[path] == hashlib.sha256((share / path).read_bytes()).hexdigest()
        after = (share / path).stat()
        assert (after.st_mtime_ns, after.st_ctime_ns) == (before[path].st_mtime_ns, before[path].st_ctime_ns)


def test_the_server_names_owner_and_dates(login: SmbLogin, share: Path) -> None:
    with open_share(login) as opened:
        file = opened.file("large.bin")

    assert file.facts.owner_sid is not None
    assert file.facts.owner_sid.startswith("S-1-")
    assert file.facts.created_at is not None
    assert (file.size_bytes, file.link_count, file.is_offline) == (3_200_000, 1, False)
    assert abs(file.modified_ns - (share / "large.bin").stat().st_mtime_ns) < 100


def test_a_file_that_is_not_there_or_is_none_is_refused_in_words(login: SmbLogin) -> None:
    with open_share(login) as opened:
        with pytest.raises(FileUnreadableError, match="no longer there"):
            opened.digest_file("2009/nothing.txt")
        with pytest.raises(FileUnreadableError, match="a folder has taken its place"):
            opened.digest_file("2009")


def test_a_file_that_a_program_holds_is_unreadable_and_not_missing(login: SmbLogin) -> None:
    smbclient = _another_client()
    name = f"\\\\127.0.0.1\\{login.share}\\empty.txt"
    cache: dict[str, object] = {}
    held = smbclient.open_file(
        name,
        mode="rb",
        share_access=None,
        port=login.port,
        username=login.user,
        password=PASSWORD,
        connection_cache=cache,
    )
    try:
        with open_share(login) as opened, pytest.raises(FileUnreadableError) as refused:
            opened.digest_file("empty.txt")
    finally:
        held.close()
        smbclient.reset_connection_cache(connection_cache=cache)

    assert refused.value.reason is UnreadableReason.DENIED
    assert "a program has it open" in str(refused.value)


def _another_client() -> ModuleType:
    import smbclient  # noqa: PLC0415  only where the extra is installed

    client: ModuleType = smbclient
    return client


def test_links_that_the_server_follows_by_itself_do_not_lead_in_circles(login: SmbLogin, share: Path) -> None:
    (share / "2009" / "loop").symlink_to("..")
    try:
        entries = walked(login)
    finally:
        (share / "2009" / "loop").unlink()

    assert [entry.path for entry in entries if isinstance(entry, SkippedEntry)] == ["2009/loop"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong"}, "password is not right"),
        ({"share": "nothing"}, "no share of this name"),
        ({"share": "closed"}, "may not use it"),
        ({"folder": "nowhere"}, "cannot be read"),
        ({"port": 9}, "cannot be read"),
    ],
)
def test_a_share_that_cannot_be_reached_says_why_without_the_password(
    login: SmbLogin, wrong: dict[str, object], words: str
) -> None:
    asked = replace(login, timeout_seconds=5, **wrong)  # type: ignore[arg-type]  # one value of each kind

    with pytest.raises(SourceUnavailableError, match=words) as refused:
        walked(asked)

    assert PASSWORD not in str(refused.value)


def test_no_log_holds_the_password_or_a_proof_of_it(login: SmbLogin, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    walked(login)

    assert not [record for record in caplog.records if record.name.startswith(("smbprotocol", "spnego"))]
    assert PASSWORD not in caplog.text


def test_a_server_that_goes_away_is_an_error_and_not_an_empty_share(login: SmbLogin) -> None:
    with open_share(replace(login, timeout_seconds=5)) as opened:
        walking = opened.crawl()
        next(walking)
        opened._wire._connection.disconnect(close=False, timeout=5)
        with pytest.raises(SourceUnavailableError):
            list(walking)
