"""The first look at files of one size: small ones are read whole, of the others only the beginning and the end.

On a share where every question is a journey, only the beginning: the end is then worth less than what it costs. What
differs here differs for certain. What agrees may still differ in the middle, and is compared in full later.
"""

import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from scanners.duplicates.reading import (
    Failure,
    Plain,
    Wanted,
    changed,
    check_untouched,
    failure,
    open_unchanged,
    unreadable,
)
from scanners.errors import FileUnreadableError
from scanners.opening import FileOpener

SMALL_BYTES: Final = 16 << 10
_EDGE_BYTES: Final = 4 << 10  # one page of memory; more was not worth its reading

# The SHA-256 of a small file, or a checksum of the edges of a larger one.
Look = str | int
LargeLook = Callable[[int, Wanted, memoryview], int]


def glance(opener: FileOpener, files: Sequence[Plain]) -> list[Look | Failure]:
    """Return for each file its SHA-256 (up to 16 KiB) or a checksum of its first and last 4 KiB."""
    return _looks(opener, files, _edges)


def glance_far(opener: FileOpener, files: Sequence[Plain]) -> list[Look | Failure]:
    """Return for each file its SHA-256 (up to 16 KiB) or a checksum of its first 16 KiB: one journey for any file."""
    return _looks(opener, files, _beginning)


def _looks(opener: FileOpener, files: Sequence[Plain], look_at_large: LargeLook) -> list[Look | Failure]:
    room = memoryview(bytearray(SMALL_BYTES + 1))  # one more, to notice growth
    looks: list[Look | Failure] = []
    for file in map(Wanted._make, files):
        try:
            looks.append(_look(opener, file, room, look_at_large))
        except FileUnreadableError as error:
            looks.append(failure(error))
    return looks


def _look(opener: FileOpener, file: Wanted, room: memoryview, look_at_large: LargeLook) -> Look:
    descriptor, before = open_unchanged(opener, file)
    try:
        if file.size_bytes > SMALL_BYTES:
            return look_at_large(descriptor, file, room)
        count = os.readv(descriptor, (room,))
        if count != file.size_bytes:
            raise changed(file.path)
        check_untouched(descriptor, before, file.path)
        return hashlib.sha256(room[:count]).hexdigest()
    except OSError as error:
        raise unreadable(file.path, error) from error
    finally:
        os.close(descriptor)


def _edges(descriptor: int, file: Wanted, room: memoryview) -> int:
    # A plain checksum will do: those who forge one only make us compare files in full that are not equal.
    edge = room[:_EDGE_BYTES]
    os.preadv(descriptor, (edge,), 0)
    first = zlib.crc32(edge)
    os.preadv(descriptor, (edge,), file.size_bytes - _EDGE_BYTES)
    return first << 32 | zlib.crc32(edge)


def _beginning(descriptor: int, _: Wanted, room: memoryview) -> int:
    os.preadv(descriptor, (room[:SMALL_BYTES],), 0)
    return zlib.crc32(room[:SMALL_BYTES])
