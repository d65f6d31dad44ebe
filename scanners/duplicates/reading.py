"""Opening files that were found and making sure they are still those files, before and after they are read."""

import os
from collections.abc import Callable
from typing import Final, NamedTuple

from scanners.crawling.entries import FileRow
from scanners.errors import FileUnreadableError
from scanners.observation import FoundFile, UnreadableEntry, UnreadableReason
from scanners.opening import FileOpener, is_untouched, reason_of

PORTION_BYTES: Final = 128 << 10  # fits what a processor keeps at hand; 1 MiB was 40 % slower to compare

_WHILE_READ: Final = "it was changed while it was read"


Listed = FoundFile | FileRow  # what a walk yields, whichever of its forms
Plain = tuple[str, int, int, int, int]  # a `Wanted` on its way through a pipe, which takes a name ten times as long


class Wanted(NamedTuple):
    """What a worker must know of a file that was found."""

    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int


class Failure(NamedTuple):
    """Why a file could not be read, on its way back from a worker."""

    reason: str
    detail: str


def wanted(found: FoundFile) -> Wanted:
    """Return what a worker must know."""
    return Wanted(found.path, found.size_bytes, found.modified_ns, found.inode, found.device)


def plain(found: Listed) -> Plain:
    """Return the same as it goes through a pipe."""
    if isinstance(found, FileRow):
        return found[:5]
    return found.path, found.size_bytes, found.modified_ns, found.inode, found.device


def failure(error: FileUnreadableError) -> Failure:
    """Return an error as it goes through a pipe."""
    return Failure(error.reason.value, error.detail)


def left_out(path: str, why: Failure) -> UnreadableEntry:
    """Return what is reported of a file that was not compared."""
    return UnreadableEntry(path=path, reason=UnreadableReason(why.reason), detail=why.detail, is_folder=False)


def open_unchanged(opener: FileOpener, file: Wanted) -> tuple[int, os.stat_result]:
    """Return a descriptor of the file that was found, and how it is now.

    Raises:
        FileUnreadableError: It is gone, denied, not a regular file, or not what it was when it was found.
    """
    descriptor, seen = opener.open_seen(file.path)
    try:
        _check_same(seen, file)
    except FileUnreadableError:
        os.close(descriptor)
        raise
    return descriptor, seen


def check_untouched(descriptor: int, before: os.stat_result, path: str) -> None:
    """Make sure that nothing wrote to the file since `before`.

    Raises:
        FileUnreadableError: Something did.
    """
    if not is_untouched(before, os.fstat(descriptor)):
        raise changed(path)


def read_through(opener: FileOpener, file: Wanted, *, feed: Callable[[memoryview], object], room: memoryview) -> None:
    """Give the whole content of a file to `feed`, a portion at a time, each in `room`, which is used again.

    Raises:
        FileUnreadableError: It is gone, denied, not a regular file, or not what it was when it was found.
    """
    descriptor, before = open_unchanged(opener, file)
    try:
        unread_bytes = file.size_bytes
        while unread_bytes > 0 and (count := os.readv(descriptor, (room,))):
            feed(room[:count])
            unread_bytes -= count
        if unread_bytes:  # it grew or shrank, which is noticed also where times are coarse
            raise changed(file.path)
        check_untouched(descriptor, before, file.path)
    except OSError as error:
        raise unreadable(file.path, error) from error
    finally:
        os.close(descriptor)


def unreadable(path: str, error: OSError) -> FileUnreadableError:
    """Return our own error for what the system said about a file."""
    reason, detail = reason_of(error)
    return FileUnreadableError(path=path, reason=reason, detail=detail)


def changed(path: str, detail: str = _WHILE_READ) -> FileUnreadableError:
    """Return the error for a file that is not what it was."""
    return FileUnreadableError(path=path, reason=UnreadableReason.CHANGED_WHILE_READ, detail=detail)


def _check_same(seen: os.stat_result, file: Wanted) -> None:
    if (seen.st_dev, seen.st_ino) != (file.device, file.inode):
        raise changed(file.path, "another file has taken its place since the folder was listed")
    if (seen.st_size, seen.st_mtime_ns) != (file.size_bytes, file.modified_ns):
        raise changed(file.path, "it was changed after the folder was listed")
