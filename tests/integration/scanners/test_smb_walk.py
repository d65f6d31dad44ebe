"""What a file server may answer, honest or not: made here byte by byte, as no server here has archives and streams."""

import builtins
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.errors import SourceUnavailableError
from scanners.observation import CrawlEntry, FoundFile, SeenFolder, SkippedEntry, SkipReason, UnreadableEntry
from scanners.shares import SmbLogin, open_share
from scanners.shares.errors import SmbMissingError
from scanners.shares.smb_facts import entries_in, file_in
from scanners.shares.smb_walk import Walk
from scanners.shares.smb_wire import SmbFailure, Wire

FOLDER, REPARSE, PLAIN = 0x10, 0x400, 0x80
WHEN = 132_223_104_000_000_000  # 2020-01-01 in 100 ns since 1601
WHEN_NS = 1_577_836_800_000_000_000
SID = bytes.fromhex("010500000000000515000000") + struct.pack("<4I", 111, 222, 333, 1107)


def an_entry(name: str, *, attributes: int = PLAIN, tag: int = 0, number: int = 7, size: int = 10) -> bytes:
    raw = name.encode("utf-16-le", "surrogatepass")
    return struct.pack("<I6q4IQ", 0, WHEN, WHEN, WHEN, WHEN, size, size, attributes, len(raw), tag, 0, number) + raw


def chained(parts: list[bytes]) -> bytes:
    made = b""
    for number, part in enumerate(parts):
        whole = part + bytes(-(len(part) + 4) % 8)
        step = 0 if number == len(parts) - 1 else len(whole) + 4
        made += struct.pack("<I", step) + whole
    return made


def a_stream(name: str, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    return struct.pack("<Iqq", len(raw), size, size) + raw


@dataclass
class Server:
    """A file server in memory: folders by path, and which of them it refuses."""

    folders: Mapping[str, list[bytes]]
    refused: Mapping[str, int] = field(default_factory=dict)

    def listing(self, path: str) -> Iterator[bytes]:
        if path in self.refused:
            raise SmbFailure(self.refused[path], "STATUS_SOMETHING")
        for entry in [an_entry(".", attributes=FOLDER), an_entry(".."), *self.folders[path]]:
            yield chained([entry])


def walked(server: Server, **avoided: SkipReason) -> list[CrawlEntry]:
    walk = Walk(cast("Wire", server), "\\\\server\\share", volume=3, number=1, avoided=avoided)
    return list(walk.entries())


def skipped(entries: list[CrawlEntry]) -> dict[str, SkipReason]:
    return {entry.path: entry.reason for entry in entries if isinstance(entry, SkippedEntry)}


def test_files_come_before_folders_in_the_order_of_their_bytes() -> None:
    server = Server(
        {
            "": [an_entry("b", attributes=FOLDER, number=2), an_entry("z"), an_entry("Ä"), an_entry("a", number=9)],
            "b": [an_entry("c.txt", size=5)],
        }
    )

    entries = walked(server)

    assert [entry.path for entry in entries] == ["", "a", "z", "Ä", "b", "b/c.txt"]
    assert entries[1] == FoundFile(path="a", size_bytes=10, modified_ns=WHEN_NS, inode=9, device=3, link_count=1)
    assert entries[4] == SeenFolder(path="b")


@pytest.mark.parametrize("bits", [0x1000, 0x40000, 0x400000])
def test_what_lies_in_an_archive_is_counted_and_never_opened(bits: int) -> None:
    server = Server({"": [an_entry("old.docx", attributes=PLAIN | bits)]})

    assert skipped(walked(server)) == {"old.docx": SkipReason.OFFLINE}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (0xA000000C, SkipReason.LINK),
        (0xA0000003, SkipReason.LINK),
        (0x8000000A, SkipReason.LINK),
        (0x80000023, SkipReason.SOCKET),
        (0x80000006, SkipReason.OFFLINE),
        (0xDEADBEEF, SkipReason.LINK),
        (0x80000013, None),
        (0x9000601A, None),
    ],
)
def test_no_link_is_followed_and_deduplicated_or_synchronised_files_are_files(
    tag: int, expected: SkipReason | None
) -> None:
    server = Server({"": [an_entry("x", attributes=PLAIN | REPARSE, tag=tag)]})

    assert skipped(walked(server)).get("x") is expected


def test_a_folder_that_is_a_link_is_not_entered() -> None:
    entries = walked(Server({"": [an_entry("x", attributes=FOLDER | REPARSE, tag=0xA0000003)]}))

    assert entries[1:] == [
        SkippedEntry(
            path="x",
            reason=SkipReason.LINK,
            detail="a link; only what it leads to is a record, where that lies",
            is_folder=True,
        )
    ]


def test_a_size_that_stands_where_a_link_would_is_no_link() -> None:
    entries = walked(Server({"": [an_entry("x", tag=0xA0000003)]}))

    assert isinstance(entries[1], FoundFile)


def test_a_server_that_leads_in_circles_is_left_at_the_second_turn() -> None:
    server = Server(
        {
            "": [an_entry("a", attributes=FOLDER, number=2)],
            "a": [an_entry("up", attributes=FOLDER, number=1), an_entry("self", attributes=FOLDER, number=2)],
        }
    )

    assert skipped(walked(server)) == {"a/self": SkipReason.LINK, "a/up": SkipReason.LINK}


def test_the_same_folder_seen_twice_side_by_side_is_no_circle() -> None:
    twins = [an_entry("a", attributes=FOLDER, number=2), an_entry("b", attributes=FOLDER, number=2)]

    assert skipped(walked(Server({"": twins, "a": [], "b": []}))) == {}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b", "a\0b", ""])
def test_a_name_that_no_file_can_have_never_becomes_a_path(name: str) -> None:
    entries = walked(
        Server({"": [an_entry(name), an_entry("x" + name, attributes=FOLDER)] if name else [an_entry("")]})
    )

    assert all(isinstance(entry, UnreadableEntry) for entry in entries[1:])
    assert all("/" not in entry.path and "\0" not in entry.path for entry in entries[1:])


def test_half_a_character_in_a_name_is_kept() -> None:
    (_, found) = walked(Server({"": [an_entry("a\ud83d.txt")]}))

    restored = found.path.encode("utf-8", "surrogateescape").decode("utf-8", "surrogatepass")
    assert restored == "a\ud83d.txt"


def test_a_folder_that_is_refused_is_unknown_and_not_empty() -> None:
    folders = [an_entry("a", attributes=FOLDER, number=2), an_entry("b", attributes=FOLDER, number=3)]
    server = Server({"": folders, "b": [an_entry("c.txt")]}, refused={"a": 0xC0000022})

    entries = walked(server)

    assert [entry.path for entry in entries if isinstance(entry, UnreadableEntry)] == ["a"]
    assert "b/c.txt" in [entry.path for entry in entries]


def test_a_server_that_is_lost_on_the_way_ends_the_walk_in_words() -> None:
    server = Server({"": [an_entry("a", attributes=FOLDER, number=2)]}, refused={"a": 0})

    with pytest.raises(SourceUnavailableError, match="Nothing below it was read"):
        walked(server)


def test_quarantined_and_excluded_content_is_counted_and_left_alone() -> None:
    server = Server({"": [an_entry("q", attributes=FOLDER, number=2), an_entry("x.txt")], "q": [an_entry("y.txt")]})

    found = skipped(walked(server, q=SkipReason.QUARANTINE, **{"x.txt": SkipReason.EXCLUDED}))

    assert found == {"q/y.txt": SkipReason.QUARANTINE, "x.txt": SkipReason.EXCLUDED}


def test_a_folder_a_thousand_levels_deep_is_walked() -> None:
    paths = ["/".join("d" * depth) for depth in range(1_001)]
    folders = {path: [an_entry("d", attributes=FOLDER, number=2 + depth)] for depth, path in enumerate(paths[:-1])}
    server = Server({**folders, paths[-1]: [an_entry("deep.txt")]})

    assert walked(server)[-1].path == paths[-1] + "/deep.txt"


def test_owner_dates_and_hidden_streams_are_read() -> None:
    basic = struct.pack("<4qI", WHEN, WHEN, WHEN, WHEN, 0x22)
    standard = struct.pack("<qqI", 4096, 13, 2)
    streams = chained([a_stream("::$DATA", 13), a_stream(":Zone.Identifier:$DATA", 26)])
    security = struct.pack("<2BH4I", 1, 0, 0x8000, 20, 0, 0, 0) + SID

    file = file_in(basic, standard, streams, security)

    assert file.facts.owner_sid == "S-1-5-21-111-222-333-1107"
    assert file.facts.created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert (file.facts.streams, file.stream_bytes) == (("Zone.Identifier",), 26)
    assert (file.size_bytes, file.link_count, file.modified_ns, file.is_offline) == (13, 2, WHEN_NS, False)
    assert file_in(basic, standard, b"", None).facts.owner_sid is None


@given(st.binary(max_size=300), st.binary(max_size=60), st.binary(max_size=60))
def test_no_answer_of_a_server_breaks_more_than_itself(listing: bytes, standard: bytes, security: bytes) -> None:
    for read in (
        lambda: list(entries_in(listing)),
        lambda: file_in(listing, standard, listing, security),
    ):
        try:
            read()
        except ValueError:
            continue


def test_a_password_is_never_shown() -> None:
    secret = "hunter2"  # noqa: S105  nobody's

    login = SmbLogin(server="files", share="council", folder="a/b", user="rita", password=secret)

    assert secret not in f"{login} {login!r}"
    assert login.root == "\\\\files\\council\\a\\b"


def test_without_the_extra_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    importing = builtins.__import__

    def without(name: str, *rest: Any) -> Any:  # noqa: ANN401  whatever the real one takes and gives
        if name.startswith("smbprotocol"):
            raise ImportError(name)
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(SmbMissingError, match="extra 'smb'"):
        open_share(SmbLogin(server="127.0.0.1", share="council"))
