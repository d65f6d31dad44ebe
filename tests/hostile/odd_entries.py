"""Entries that are no plain files, that lie too deep, that are too large, or that nobody may read."""

import os
import socket
import stat
from collections.abc import Callable, Iterator

from tests.hostile.case import DENIED, DEVICE, FIFO, LINK, READ, SOCKET, UNREAD_TYPE, Case, Place, a_file

GROUP = "entries"
WORDS = b"Minutes\n"
LEVELS = 1_500
SPARSE_BYTES = 10 << 30


def _link(target: str | bytes, name: bytes = b"link") -> Callable[[Place], None]:
    def make(place: Place) -> None:
        os.symlink(os.fsencode(target), place.path(name))  # noqa: PTH211  names here are bytes

    return make


def _two_links(place: Place) -> None:
    _link("b", b"a")(place)
    _link("a", b"b")(place)


def _link_maze(place: Place) -> None:
    """Make a hundred folders in which every link leads to all the others."""
    os.mkdir(place.path("maze"))  # noqa: PTH102
    for number in range(100):
        os.symlink(b".", place.path(f"maze/{number}"))  # noqa: PTH211


def _link_to_secret(place: Place) -> None:
    _link(place.secret)(place)


def _hard_links(place: Place) -> None:
    place.write("first.txt", WORDS)
    for number in range(1, 20):
        os.link(place.path("first.txt"), place.path(f"{number}.txt"))


def _fifo(place: Place) -> None:
    os.mkfifo(place.path("pipe.docx"))


def _socket(place: Place) -> None:
    os.mknod(place.path("socket.pdf"), stat.S_IFSOCK | 0o600)


def _listening(place: Place) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        above = os.open(place.folder, os.O_RDONLY)
        try:
            listener.bind(f"/proc/self/fd/{above}/listening")  # the whole path is too long for a socket
        finally:
            os.close(above)


def _device(kind: int, major: int, minor: int) -> Callable[[Place], bool]:
    def make(place: Place) -> bool:
        try:
            os.mknod(place.path("device.txt"), kind | 0o600, os.makedev(major, minor))
        except PermissionError:
            return False
        return True

    return make


def _deep(levels: int, name: bytes, leaf: bytes = b"leaf.txt") -> Callable[[Place], None]:
    """Return what makes a file so many folders down; a path of that length cannot be given in one piece."""

    def make(place: Place) -> None:
        at = os.open(place.folder, os.O_RDONLY)
        for _ in range(levels):
            os.mkdir(name, dir_fd=at)
            below = os.open(name, os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        file = os.open(leaf, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=at)
        os.write(file, WORDS)
        os.close(file)
        os.close(at)

    return make


def _sparse(size_bytes: int, name: str, *, head: bytes = b"", tail: bytes = b"") -> Callable[[Place], None]:
    def make(place: Place) -> None:
        place.write(name, head)
        with open(place.path(name), "r+b") as file:  # noqa: PTH123
            file.truncate(size_bytes)
            file.seek(size_bytes - len(tail))
            file.write(tail)

    return make


def _wide(place: Place) -> None:
    for number in range(300):
        place.write(f"{number:03}.txt", WORDS)


def _closed_file(place: Place) -> None:
    place.write("closed.txt", WORDS)
    os.chmod(place.path("closed.txt"), 0)  # noqa: PTH101


def _closed_folder(mode: int) -> Callable[[Place], None]:
    def make(place: Place) -> None:
        os.mkdir(place.path("closed"), mode)  # noqa: PTH102

    return make


def _no_passage(place: Place) -> None:
    """Make a folder whose names may be read and whose entries may not be looked at."""
    place.write("closed/a.txt", WORDS)
    os.chmod(place.path("closed"), 0o400)  # noqa: PTH101


def _old_and_far(seconds: float) -> Callable[[Place], None]:
    def make(place: Place) -> None:
        place.write("dated.txt", WORDS)
        os.utime(place.path("dated.txt"), (seconds, seconds))

    return make


def _writable_by_all(place: Place) -> None:
    place.write("run.sh", b"#!/bin/sh\nrm -rf /\n")
    os.chmod(place.path("run.sh"), 0o6777)  # noqa: PTH101, S103  as careless people do


def _mapped(place: Place) -> None:
    """Make a file of holes between data, as virtual machines leave them."""
    place.write("holes.bin", b"")
    with open(place.path("holes.bin"), "r+b") as file:  # noqa: PTH123
        for number in range(64):
            file.seek(number << 20)
            file.write(b"x" * 512)


def _case(name: str, make: Callable[[Place], bool | None], *expected: str, rows: int = 1, unlisted: int = 0) -> Case:
    return Case(group=GROUP, name=name, make=make, expected=frozenset(expected), rows=rows, unlisted=unlisted)


def cases() -> Iterator[Case]:
    yield _case("link to itself", _link("link"), LINK)
    yield _case("two links to each other", _two_links, LINK, rows=2)
    yield _case("link to the folder it is in", _link("."), LINK)
    yield _case("link to the folder above", _link("../.."), LINK)
    yield _case("link to nowhere", _link("nowhere"), LINK)
    yield _case("link to the root of the system", _link("/"), LINK)
    yield _case("link to what is secret", _link_to_secret, LINK)
    yield _case("link to this process", _link("/proc/self/mem"), LINK)
    yield _case("link with a long target", _link(b"x/" * 2000), LINK)
    yield _case("link with a target that is no text", _link(b"\xff\n\x1b"), LINK)
    yield _case("maze of links", _link_maze, LINK, rows=100)
    yield _case("one file with twenty names", _hard_links, READ, rows=20)
    yield _case("pipe that nobody writes to", _fifo, FIFO)
    yield _case("socket", _socket, SOCKET)
    yield _case("socket that was bound", _listening, SOCKET)
    yield _case("device without an end", _device(stat.S_IFCHR, 1, 5), DEVICE)
    yield _case("device that is random", _device(stat.S_IFCHR, 1, 8), DEVICE)
    yield _case("device that is a console", _device(stat.S_IFCHR, 5, 0), DEVICE)
    yield _case("device of blocks", _device(stat.S_IFBLK, 7, 200), DEVICE)
    yield _case("1,500 levels", _deep(LEVELS, b"d"), READ)
    yield _case("path over 4,000 bytes", _deep(20, b"x" * 250), READ)
    yield _case("path over 60,000 bytes", _deep(250, b"y" * 250), READ)
    yield _case("path over 4,000 bytes that is no text", _deep(20, b"\xff" * 250, b"\xfe.txt"), READ)
    yield _case("levels of blanks", _deep(60, b" "), READ)
    yield _case("10 GB of nothing", _sparse(SPARSE_BYTES, "sparse.bin"), READ, UNREAD_TYPE)
    yield _case("table of one line of 1 GB", _sparse(1 << 30, "line.csv", head=b"a,b,", tail=b"\n"), READ, UNREAD_TYPE)
    yield _case("page of 200 MB", _sparse(200 << 20, "page.html", head=b"<html><p>Minutes"), READ, UNREAD_TYPE)
    yield _case("disk of holes", _mapped, READ, UNREAD_TYPE)
    yield a_file(GROUP, "empty", "empty.txt", b"", READ, UNREAD_TYPE)
    for suffix in ("pdf", "docx", "xls", "eml", "zip", "msg", "rtf", "csv"):
        yield a_file(GROUP, f"empty {suffix}", f"empty.{suffix}", b"")
        yield a_file(GROUP, f"one byte {suffix}", f"byte.{suffix}", b"\0")
        yield a_file(GROUP, f"zeros {suffix}", f"zeros.{suffix}", bytes(100_000))
    yield _case("folder of many", _wide, READ, rows=300)
    yield _case("file that nobody may read", _closed_file, DENIED)
    yield _case("folder that nobody may list", _closed_folder(0o000), rows=0, unlisted=1)
    yield _case("folder that may only be passed", _closed_folder(0o100), rows=0, unlisted=1)
    yield _case("folder that may only be listed", _no_passage, DENIED)
    yield _case("before all calendars", _old_and_far(-(2.0**31)), READ)
    yield _case("the first second", _old_and_far(0), READ)
    yield _case("after the end of 32 bits", _old_and_far(2.0**31 + 5), READ)
    yield _case("far ahead", _old_and_far(1.5e10), READ)
    yield _case("program of another's power", _writable_by_all, READ, UNREAD_TYPE)
