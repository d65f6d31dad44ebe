"""What one entry of the hostile list is: how it is made, and which answers to it are right."""

import os
from collections.abc import Callable
from dataclasses import dataclass

READ = "read"
UNREAD_TYPE = "a type without text"
ENCRYPTED, BROKEN, TOO_LARGE, MISNAMED = "encrypted", "broken", "too_large", "extension_mismatch"
STARVED, UNOPENED = "memory", "unopened"
LINK, FIFO, SOCKET, DEVICE = "skipped:link", "skipped:fifo", "skipped:socket", "skipped:device"
DENIED, VANISHED, CHANGED = "unreadable:denied", "unreadable:vanished", "unreadable:changed_while_read"
NO_FILE = "unreadable:not_a_file"
# Whatever a damaged file is taken for; a crash, a limit of time or of memory is never among these.
ANYTHING_SAID = frozenset({READ, UNREAD_TYPE, ENCRYPTED, BROKEN, TOO_LARGE, MISNAMED, UNOPENED})

Content = bytes | Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a case is made, and the traps that its content may point to.

    Args:
        folder: The case's own folder, which exists.
        url: A server that counts who asks; nobody may.
        secret: A file outside the share whose words must not turn up anywhere.
    """

    folder: bytes
    url: str
    secret: str

    def path(self, name: str | bytes) -> bytes:
        return os.path.join(self.folder, os.fsencode(name))  # noqa: PTH118  names here are bytes

    def write(self, name: str | bytes, content: bytes) -> None:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  likewise
        with open(path, "wb") as file:  # noqa: PTH123  likewise
            file.write(content)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One entry of the list.

    Args:
        group: The kind of harm it means.
        name: What it is, in words; a folder below that of the group bears them.
        make: Puts it there; gives False where this machine or this account cannot.
        expected: The answers that are right; every row of the case must be one of them.
        rows: How many entries it makes that are no folders.
        unlisted: How many folders of it cannot be listed.
    """

    group: str
    name: str
    make: Callable[[Place], bool | None]
    expected: frozenset[str]
    rows: int = 1
    unlisted: int = 0

    @property
    def folder(self) -> str:
        return f"{self.group}/{self.name}"


def a_file(group: str, name: str, file: str | bytes, content: Content, *expected: str) -> Case:
    """Return a case of one file."""

    def make(place: Place) -> None:
        place.write(file, content if isinstance(content, bytes) else content())

    return Case(group=group, name=name, make=make, expected=frozenset(expected) or ANYTHING_SAID)
