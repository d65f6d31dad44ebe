"""Listing one folder below a root, as plain tuples: the work that the walk itself and its assistants have in common.

`serve` is such an assistant: it lists the folders that it is told on its input. So that one starts in a hundredth of
a second, this module and `looking` know the standard library only.
"""

import errno
import gc
import marshal
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Final

from scanners.crawling.looking import Looker, Packed

Row = tuple[str, int, int, int, int, int, int, int]  # the fields of `scanners.crawling.entries.FileRow`, in order
Oddity = tuple[str, int, str]  # path; an error number, `OFFLINE`, or the negative type of what is no file; words
Listed = list[Row | Oddity] | Packed
# What the folder is; why it was not (wholly) listed; the folders in it; its entries; whether any of them is an
# oddity; the names of those that were not looked at yet.
Answer = tuple[tuple[int, int] | None, tuple[int, str] | None, list[str], Listed, bool, list[str]]
Question = tuple[str, Sequence[str] | None]

Identity = tuple[int, int]
# One folder of a stretch: its path; why it was not (wholly) listed; its entries; whether any of them is an oddity.
Stop = tuple[str, tuple[int, str] | None, Listed, bool]
# Where a stretch ended: a folder on the way down to its end, what it is, and the folders in it still to be entered,
# the first one last.
Turning = tuple[str, Identity | None, list[str]]
# The folders that were listed; the way to the last of them, from the top down; the names of those entries of the
# last one that were not looked at yet.
Stretch = tuple[list[Stop], list[Turning], list[str]]
# A folder, some folders in it to begin with, what the folders above are, and how many entries are enough.
Errand = tuple[str, Sequence[str], Sequence[Identity], int]

OFFLINE = 0
INSIDE_ITSELF = -1  # in place of an error number: the folder is one of those above it
LENGTH_BYTES = 8
BLOCK_BYTES = 512  # what st_blocks counts in, on every file system

_TYPE, _REGULAR = 0o170000, stat.S_IFREG
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PASSAGE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC  # a step on the way costs a server nothing
_QUESTION_FIELDS: Final = 2
_name_of = attrgetter("name")


class NotMineError(Exception):
    """A folder holds what only the one who asked can judge."""


class Reach:
    """Opens folders below a root part by part, so that no path is too long and no link leads anywhere.

    Args:
        root: A descriptor of the root, which stays the caller's.
        max_open: How many folders on the way to the last one may stay open.
    """

    def __init__(self, root: int, *, max_open: int) -> None:
        self._root = root
        self._max_open = max_open
        self._way: list[tuple[str, int]] = []  # the path with its "/" and the descriptor, from the top down

    def open(self, path: str) -> int:
        """Return a descriptor of the folder `path`, good until the next call.

        Raises:
            OSError: It, or a folder above it, is missing, denied, or no folder any more.
        """
        if not path:
            return self._root
        path += "/"
        way = self._way
        while way and not path.startswith(way[-1][0]):
            os.close(way.pop()[1])
        above, descriptor = way[-1] if way else ("", self._root)
        *passages, name = path[len(above) : -1].split("/") if path != above else [""]
        if not name:
            return descriptor
        for passage in passages:
            above += passage + "/"
            descriptor = os.open(passage, _PASSAGE, dir_fd=descriptor)
            self._keep(above, descriptor)
        descriptor = _open_quietly(name, below=descriptor)
        self._keep(path, descriptor)
        return descriptor

    def close(self) -> None:
        """Let go of all but the root."""
        while self._way:
            os.close(self._way.pop()[1])

    def _keep(self, path: str, descriptor: int) -> None:
        self._way.append((path, descriptor))
        if len(self._way) > self._max_open:
            os.close(self._way.pop(0)[1])


class Lister:
    """Answers what lies in a folder, or what the entries of given names are.

    Args:
        root: A descriptor of the root, which stays the caller's.
        device: The volume of the root; folders of another one are not listed.
        at_once: How many entries of one folder are looked at in one answer.
        max_open: How many folders on the way to the last one may stay open.
        is_offline: Tells of a file in an open folder whether its bytes are kept elsewhere; without it
            `NotMineError` is raised where the question comes up.
        ask_always: Ask it of every file, not only of those that occupy less than their size.
        closed: Paths of folders that a stretch does not enter: the one who asked decides about them.
        is_near: Whether a look costs no journey: then a folder's entries are looked at all together.
    """

    def __init__(
        self,
        root: int,
        *,
        device: int,
        at_once: int,
        max_open: int,
        is_offline: Callable[[int, str], bool] | None = None,
        ask_always: bool = False,
        closed: Collection[str] = (),
        is_near: bool = False,
    ) -> None:
        self._device = device
        self._reach = Reach(root, max_open=max_open)
        self._at_once = at_once
        self._is_offline = is_offline
        self._ask_always = ask_always
        self._closed = frozenset(closed)
        self._looker: Looker | None = None
        if is_near and not ask_always:
            with suppress(NotImplementedError):
                self._looker = Looker(at_once=at_once)
        # Nobody looks at what another volume is mounted on: its server may not answer for ever.
        self._looked_singly = frozenset(path.rpartition("/")[0] for path in closed)

    def stretch(self, path: str, folders: Sequence[str], above: Sequence[Identity], most: int) -> Stretch:
        """List some folders in the folder `path` and all that is below them, in the order of the walk.

        Ends when some `most` entries were listed, and before a folder that only the one who asked may judge; at
        least the first of the folders is listed.

        Raises:
            NotMineError: See `is_offline`; only for the first folder.
        """
        stops: list[Stop] = []
        way: list[Turning] = [(path, above[-1] if above else None, list(reversed(folders)))]
        higher = above[:-1]
        left = most
        while way and left > 0:
            place, _, pending = way[-1]
            if not pending:
                way.pop()
                continue
            below = f"{place}/{pending[-1]}" if place else pending[-1]
            if stops and below in self._closed:
                break
            try:
                identity, failure, inside, rows, is_odd, rest = self.answer(below, None)
            except NotMineError:
                if not stops:
                    raise
                break
            pending.pop()
            left -= count_of(rows) + 1
            if identity is not None and (identity in higher or any(identity == turning[1] for turning in way)):
                stops.append((below, (INSIDE_ITSELF, ""), [], False))
                continue
            stops.append((below, failure, rows, is_odd))
            if inside or rest:
                inside.reverse()
                way.append((below, identity, inside))
            if rest:
                return stops, way, rest
        return stops, way, []

    def answer(self, path: str, names: Sequence[str] | None) -> Answer:
        """List the folder `path`, or only look at the entries `names` in it; an error is part of the answer.

        Raises:
            NotMineError: See `is_offline`.
        """
        prefix = path + "/" if path else ""
        try:
            folder = self._reach.open(path)
            seen = os.fstat(folder)
        except OSError as error:
            said = _said(error)
            return None, said, [], [(prefix + name, *said) for name in names or ()], True, []
        identity = (seen.st_dev, seen.st_ino)
        if seen.st_dev != self._device:
            # Only folders are compared: on layered file systems a file may show another device than its folder.
            return (
                identity,
                (errno.EXDEV, ""),
                [],
                [(prefix + name, errno.ESTALE, "") for name in names or ()],
                True,
                [],
            )
        if (quick := self._look_together(folder, path, names)) is not None:
            return identity, None, quick[0], quick[1], False, []
        if names is not None:
            rows, is_odd = self._rows(folder, prefix, [_Named(folder, name) for name in names])
            return identity, None, [], rows, is_odd, []
        entries, failure = _entries(folder)
        folders, first = _parted(entries)
        rest: list[str] = []
        if len(first) > self._at_once:
            first, rest = first[: self._at_once], [entry.name for entry in first[self._at_once :]]
        rows, is_odd = self._rows(folder, prefix, first)
        return identity, failure, folders, rows, is_odd, rest

    def close(self) -> None:
        """Let go of all but the root."""
        self._reach.close()

    def _look_together(self, folder: int, path: str, names: Sequence[str] | None) -> tuple[list[str], Packed] | None:
        """Return the folders and the files, or None when each entry must be looked at by itself."""
        if self._looker is None or path in self._looked_singly:
            return None
        try:
            looked = self._looker.look(folder, os.listdir(folder) if names is None else list(names))
        except OSError:
            return None
        return None if looked is None or (names is not None and looked[0]) else looked

    def _rows(
        self, folder: int, prefix: str, entries: Iterable["os.DirEntry[str] | _Named"]
    ) -> tuple[list[Row | Oddity], bool]:
        rows: list[Row | Oddity] = []
        add = rows.append
        is_odd = False
        ask_always = self._ask_always
        for entry in entries:
            try:
                seen = entry.stat(follow_symlinks=False)
            except OSError as error:
                add((prefix + entry.name, *_said(error)))
                is_odd = True
                continue
            mode, inode, device, links, _, _, size, _, _, _ = seen
            occupied = seen.st_blocks * BLOCK_BYTES
            if mode & _TYPE != _REGULAR:
                add((prefix + entry.name, -(mode & _TYPE), ""))
                is_odd = True
            elif (occupied < size or ask_always) and self._asked(folder, entry.name):
                add((prefix + entry.name, OFFLINE, ""))
                is_odd = True
            else:
                add((prefix + entry.name, size, seen.st_mtime_ns, inode, device, links, seen.st_ctime_ns, occupied))
        return rows, is_odd

    def _asked(self, folder: int, name: str) -> bool:
        if self._is_offline is None:
            raise NotMineError
        return self._is_offline(folder, name)


def count_of(listed: Listed) -> int:
    """Return how many entries there are."""
    return len(listed[0]) if isinstance(listed, tuple) else len(listed)


def serve() -> None:
    """Answer questions from standard input until it ends; the arguments are those of the lister."""
    gc.disable()  # nothing here refers to itself
    root, device, at_once = map(int, sys.argv[1:4])
    lister = Lister(root, device=device, at_once=at_once, max_open=64, closed=sys.argv[4:], is_near=True)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := questions.read(LENGTH_BYTES):
        asked: list[Question | Errand]
        number, asked = marshal.loads(questions.read(int.from_bytes(head, "big")))  # noqa: S302  our parent's
        frame = marshal.dumps((number, [_answer_of(lister, question) for question in asked]), 2)
        answers.write(len(frame).to_bytes(LENGTH_BYTES, "big"))
        answers.write(frame)
        answers.flush()


def _answer_of(lister: Lister, question: Question | Errand) -> Answer | Stretch | None:
    try:
        return lister.answer(*question) if len(question) == _QUESTION_FIELDS else lister.stretch(*question)
    except NotMineError:
        return None


def _entries(folder: int) -> tuple[list[os.DirEntry[str]], tuple[int, str] | None]:
    """Return the entries by the bytes of their names, and why there may be more than these."""
    entries: list[os.DirEntry[str]] = []
    failure = None
    try:
        with os.scandir(folder) as listing:
            entries.extend(listing)
    except OSError as error:
        failure = _said(error)
    # Code points of text sort as its UTF-8 does, but for the escapes of bytes that are no text.
    is_plain = "".join([entry.name for entry in entries]).isascii()
    entries.sort(key=_name_of if is_plain else _name_bytes)
    return entries, failure


def _parted(entries: list[os.DirEntry[str]]) -> tuple[list[str], list[os.DirEntry[str]]]:
    folders: list[str] = []
    others: list[os.DirEntry[str]] = []
    for entry in entries:
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            is_folder = False  # the look that follows meets the same error and reports it
        if is_folder:
            folders.append(entry.name)
        else:
            others.append(entry)
    return folders, others


class _Named:
    """Stands for an entry whose name was listed earlier."""

    __slots__ = ("_folder", "name")

    def __init__(self, folder: int, name: str) -> None:
        self._folder = folder
        self.name = name

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        return os.stat(self.name, dir_fd=self._folder, follow_symlinks=follow_symlinks)


def _open_quietly(name: str, *, below: int) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOATIME, dir_fd=below)
    except PermissionError as error:
        if error.errno != errno.EPERM:
            raise
    return os.open(name, _FOLDER, dir_fd=below)  # only the owner may ask for O_NOATIME


def _said(error: OSError) -> tuple[int, str]:
    return error.errno or errno.EIO, error.strerror or str(error)


def _name_bytes(entry: os.DirEntry[str]) -> bytes:
    return os.fsencode(entry.name)
