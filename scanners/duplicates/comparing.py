"""The last look: files of one size with equal edges, read side by side and compared byte by byte.

Side by side, each file is read once, and only one of those that are equal need be hashed: its SHA-256 is that of
them all. Whatever differs from the first file is hashed by itself, so that the cost grows with the bytes alone, also
where somebody made ten thousand files that differ only in the middle.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from scanners.duplicates.reading import (
    PORTION_BYTES,
    Failure,
    Plain,
    Wanted,
    changed,
    check_untouched,
    failure,
    open_unchanged,
    read_through,
    unreadable,
)
from scanners.errors import FileUnreadableError
from scanners.opening import FileOpener

_SIDE_BY_SIDE: Final = 16  # files open at once; sixteen threads of a process may do this at the same time


class Equal(NamedTuple):
    """Files found equal, by their places in the list that was given; without a digest where none was needed."""

    sha256: str | None
    places: tuple[int, ...]


class Compared(NamedTuple):
    """What came of comparing one list of files."""

    groups: tuple[Equal, ...]
    failures: tuple[tuple[int, Failure], ...]


def compare_with_digest(opener: FileOpener, lists: Sequence[Sequence[Plain]]) -> list[Compared]:
    """Return the groups of equal files of each list, with their SHA-256."""
    room = _Room()
    return [_Comparison(opener, list(map(Wanted._make, files)), room, is_digest_wanted=True).run() for files in lists]


def compare_only(opener: FileOpener, lists: Sequence[Sequence[Plain]]) -> list[Compared]:
    """Return the groups of equal files of each list; those with a SHA-256 had to be hashed to be told apart."""
    room = _Room()
    return [_Comparison(opener, list(map(Wanted._make, files)), room, is_digest_wanted=False).run() for files in lists]


class _Room:
    """Where the portions of two files lie while they are compared; used again and again."""

    def __init__(self) -> None:
        self.mine = bytearray(PORTION_BYTES)
        self.my_view = memoryview(self.mine)
        self.their_view = memoryview(bytearray(PORTION_BYTES))


@dataclass(slots=True)
class _Open:
    """A file being read."""

    place: int
    file: Wanted
    descriptor: int
    before: os.stat_result

    def check(self) -> None:
        check_untouched(self.descriptor, self.before, self.file.path)


@dataclass(slots=True)
class _Comparison:
    """One list of files of the same size."""

    opener: FileOpener
    files: Sequence[Wanted]
    room: _Room
    is_digest_wanted: bool
    _failures: dict[int, Failure] = field(default_factory=dict)

    def run(self) -> Compared:
        waiting = list(range(len(self.files)))
        groups: list[Equal] = []
        while waiting:
            first, *others = waiting
            try:
                sha256, equal = self._against(first, others)
            except FileUnreadableError as error:  # the first cannot be had; the next is then the first
                self._failures[first] = failure(error)
                waiting = [place for place in others if place not in self._failures]
                continue
            rest = [place for place in others if place not in equal and place not in self._failures]
            if equal:
                groups.append(Equal(sha256, (first, *sorted(equal))))
            groups.extend(self._hashed(rest) if len(rest) > 1 else ())
            break
        return Compared(tuple(groups), tuple(sorted(self._failures.items())))

    def _against(self, first: int, others: Sequence[int]) -> tuple[str | None, set[int]]:
        """Return the places of what equals the first file, and its digest.

        Raises:
            FileUnreadableError: The first file cannot be read, or was changed meanwhile.
        """
        equal: set[int] = set()
        sha256: str | None = None
        for start in range(0, len(others), _SIDE_BY_SIDE):
            base = self._open(first)
            try:
                some = self._open_all(others[start : start + _SIDE_BY_SIDE])
                digest = hashlib.sha256() if self.is_digest_wanted and sha256 is None else None
                found = self._side_by_side(base, some, digest)
                base.check()
            except OSError as error:
                raise unreadable(base.file.path, error) from error
            finally:
                os.close(base.descriptor)
            if found:
                equal |= found
                sha256 = sha256 or (digest.hexdigest() if digest else None)
        return sha256, equal

    def _open(self, place: int) -> _Open:
        file = self.files[place]
        return _Open(place, file, *open_unchanged(self.opener, file))

    def _open_all(self, places: Sequence[int]) -> list[_Open]:
        opened: list[_Open] = []
        for place in places:
            try:
                opened.append(self._open(place))
            except FileUnreadableError as error:
                self._failures[place] = failure(error)
        return opened

    def _side_by_side(self, base: _Open, some: list[_Open], digest: "hashlib._Hash | None") -> set[int]:
        opened = list(some)
        try:
            view = self.room.my_view
            unread_bytes = base.file.size_bytes
            while some and unread_bytes > 0:
                count = _fill(base.descriptor, view)
                if not count:
                    raise changed(base.file.path)
                if digest:
                    digest.update(view[:count])
                some = [other for other in some if self._agrees(other, count)]
                unread_bytes -= count
            return {other.place for other in some if self._stayed(other)}
        finally:
            for other in opened:
                os.close(other.descriptor)

    def _agrees(self, other: _Open, count: int) -> bool:
        view = self.room.their_view
        try:
            read = _fill(other.descriptor, view)
        except OSError as error:
            self._failures[other.place] = failure(unreadable(other.file.path, error))
            return False
        return read == count and self.room.mine.startswith(view[:count])  # compares without copying

    def _stayed(self, other: _Open) -> bool:
        try:
            other.check()
        except FileUnreadableError as error:
            self._failures[other.place] = failure(error)
            return False
        return True

    def _hashed(self, places: Sequence[int]) -> list[Equal]:
        by_digest: dict[str, list[int]] = defaultdict(list)
        for place in places:
            digest = hashlib.sha256()
            try:
                read_through(self.opener, self.files[place], feed=digest.update, room=self.room.my_view)
            except FileUnreadableError as error:
                self._failures[place] = failure(error)
            else:
                by_digest[digest.hexdigest()].append(place)
        return [Equal(sha256, tuple(equal)) for sha256, equal in by_digest.items() if len(equal) > 1]


def _fill(descriptor: int, room: memoryview) -> int:
    """Read until `room` is full or the file ends: two files must be cut at the same places."""
    count = os.readv(descriptor, (room,))
    while 0 < count < len(room) and (more := os.readv(descriptor, (room[count:],))):
        count += more
    return count
