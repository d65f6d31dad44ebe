"""Walking a share: every entry once, in a fixed order, following no link and changing nothing.

Folders are entered through open descriptors, so a folder that is swapped for a link in the meantime leads
nowhere and a path may be longer than the system would take in one piece.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanners.crawling.volumes import BLOCK_BYTES, is_offline, mount_points
from scanners.observation import (
    CrawlEntry,
    FoundFile,
    SeenFolder,
    SkippedEntry,
    SkipReason,
    UnreadableEntry,
    UnreadableReason,
)
from scanners.opening import open_folder, open_root, reason_of

_MAX_OPEN_FOLDERS = 64  # a share can be deeper than the number of files a process may open

_KINDS = {
    stat.S_IFLNK: (SkipReason.LINK, "a link; only what it leads to is a record, where that lies"),
    stat.S_IFIFO: (SkipReason.FIFO, "a pipe between programs"),
    stat.S_IFSOCK: (SkipReason.SOCKET, "a socket between programs"),
    stat.S_IFCHR: (SkipReason.DEVICE, "a device"),
    stat.S_IFBLK: (SkipReason.DEVICE, "a device"),
}
_AVOIDED = {
    SkipReason.QUARANTINE: "in quarantine, awaiting destruction or return",
    SkipReason.EXCLUDED: "excluded from this scan",
    SkipReason.OTHER_VOLUME: "another volume is mounted here; register it as a source of its own",
}


def crawl(
    root: str, *, quarantine_name: str = ".retention-quarantine", exclude: tuple[str, ...] = ()
) -> Iterator[CrawlEntry]:
    """Yield everything below `root`: first a folder, then its other entries by name, then the folders inside it.

    Names are ordered by their bytes. Everything that is no folder yields exactly one found, skipped or
    unreadable entry, so their number equals what `find ROOT ! -type d` counts; every folder yields one seen
    folder, and one more entry when it cannot be listed or is not entered. Memory holds the names of one folder,
    and those of the folders still to enter above it.

    Args:
        root: The folder to walk; it must not be a link.
        quarantine_name: The folder directly below the root whose content is counted and otherwise left alone.
        exclude: Paths below the root whose content is counted and otherwise left alone.

    Raises:
        SourceUnavailableError: At the first entry, when the root is missing, no folder, or cannot be opened.
    """
    avoided = {
        **dict.fromkeys(exclude, SkipReason.EXCLUDED),
        quarantine_name: SkipReason.QUARANTINE,
        **dict.fromkeys(mount_points(root), SkipReason.OTHER_VOLUME),
    }
    walk = _Walk(descriptor=open_root(root), avoided=avoided)
    try:
        yield from walk.entries()
    finally:
        walk.close()


@dataclass(slots=True)
class _Folder:
    """A folder on the way from the root to where the walk stands; `descriptor` is -1 while it is closed."""

    name: str
    descriptor: int
    identity: tuple[int, int]
    avoid: SkipReason | None
    pending: list[str] = field(default_factory=list)


class _Walk:
    """One walk over one share; the explicit stack keeps deep shares from exhausting Python's own."""

    def __init__(self, *, descriptor: int, avoided: dict[str, SkipReason]) -> None:
        self._avoided = avoided
        self._prefix = ""  # the path of the top folder, with its "/"; the frames hold names only
        root = _Folder(name="", descriptor=descriptor, identity=_identity(descriptor), avoid=None)
        self._stack = [root]
        self._device = root.identity[0]
        self._above = {root.identity}

    def entries(self) -> Iterator[CrawlEntry]:
        yield SeenFolder(path="")
        yield from self._list(self._stack[0])
        while self._stack:
            top = self._stack[-1]
            if top.pending:
                yield from self._enter(top, top.pending.pop())
            else:
                self._leave()

    def close(self) -> None:
        for folder in self._stack:
            _close(folder)
        self._stack.clear()

    def _list(self, folder: _Folder) -> Iterator[CrawlEntry]:
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder.descriptor) as listing:
                entries.extend(listing)
        except OSError as error:
            yield _unreadable(self._prefix[:-1], error, is_folder=True)
        entries.sort(key=_name_bytes)
        look_at, prefix = self._look_at, self._prefix
        for entry in entries:
            if _is_folder(entry):
                folder.pending.append(entry.name)
            else:
                yield look_at(entry, prefix + entry.name, folder)
        folder.pending.reverse()

    def _look_at(self, entry: os.DirEntry[str], path: str, folder: _Folder) -> CrawlEntry:
        avoid = folder.avoid or self._avoided.get(path)
        if avoid:
            return SkippedEntry(path=path, reason=avoid, detail=_AVOIDED[avoid])
        try:
            seen = entry.stat(follow_symlinks=False)
        except OSError as error:
            return _unreadable(path, error, is_folder=False)
        if not stat.S_ISREG(seen.st_mode):
            return _special(path, seen)
        if seen.st_blocks * BLOCK_BYTES < seen.st_size and is_offline(folder.descriptor, entry.name):
            detail = "kept on slower storage; opening it would recall it"
            return SkippedEntry(path=path, reason=SkipReason.OFFLINE, detail=detail)
        return FoundFile(
            path=path,
            size_bytes=seen.st_size,
            modified_ns=seen.st_mtime_ns,
            inode=seen.st_ino,
            device=seen.st_dev,
            link_count=seen.st_nlink,
        )

    def _enter(self, above: _Folder, name: str) -> Iterator[CrawlEntry]:
        path = self._prefix + name
        yield SeenFolder(path=path)
        avoid = self._avoided.get(path)
        if avoid is SkipReason.OTHER_VOLUME:
            yield SkippedEntry(path=path, reason=avoid, detail=_AVOIDED[avoid], is_folder=True)
            return
        try:
            self._reopen(len(self._stack) - 1)
            descriptor = open_folder(name, below=above.descriptor)
        except OSError as error:
            yield _unreadable(path, error, is_folder=True)
            return
        folder = _Folder(name=name, descriptor=descriptor, identity=_identity(descriptor), avoid=above.avoid or avoid)
        refusal = self._reason_not_to_descend(folder)
        if refusal:
            os.close(descriptor)
            yield SkippedEntry(path=path, reason=refusal[0], detail=refusal[1], is_folder=True)
            return
        self._push(folder)
        yield from self._list(folder)

    def _reason_not_to_descend(self, folder: _Folder) -> tuple[SkipReason, str] | None:
        # Only folders are compared: on layered file systems a file may show another device than its folder.
        if folder.identity[0] != self._device:
            return SkipReason.OTHER_VOLUME, _AVOIDED[SkipReason.OTHER_VOLUME]
        if folder.identity in self._above:
            return SkipReason.LINK, "this folder contains itself"
        return None

    def _push(self, folder: _Folder) -> None:
        self._stack.append(folder)
        self._above.add(folder.identity)
        self._prefix += folder.name + "/"
        if len(self._stack) > _MAX_OPEN_FOLDERS:
            _close(self._stack[-_MAX_OPEN_FOLDERS])

    def _leave(self) -> None:
        folder = self._stack.pop()
        _close(folder)
        self._above.discard(folder.identity)
        self._prefix = self._prefix[: len(self._prefix) - len(folder.name) - 1]

    def _reopen(self, index: int) -> None:
        """Open the closed folders down to `index` again, each below the one above, and prove it is the same.

        The root never closes. What is opened again stays open, so that climbing out of a deep tree comes back
        here once for every `_MAX_OPEN_FOLDERS` levels and not for each.
        """
        start = index
        while self._stack[start].descriptor < 0:
            start -= 1
        for step in range(start + 1, index + 1):
            folder = self._stack[step]
            folder.descriptor = open_folder(folder.name, below=self._stack[step - 1].descriptor)
            if _identity(folder.descriptor) != folder.identity:
                _close(folder)
                raise FileNotFoundError(2, "the folder was replaced by another one")
            if step - 1 > start and step - 1 <= index - _MAX_OPEN_FOLDERS + 1:
                _close(self._stack[step - 1])


def _identity(descriptor: int) -> tuple[int, int]:
    seen = os.fstat(descriptor)
    return seen.st_dev, seen.st_ino


def _close(folder: _Folder) -> None:
    if folder.descriptor >= 0:
        os.close(folder.descriptor)
        folder.descriptor = -1


def _name_bytes(entry: os.DirEntry[str]) -> bytes:
    return os.fsencode(entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # the look that follows meets the same error and reports it


def _special(path: str, seen: os.stat_result) -> SkippedEntry:
    reason, detail = _KINDS.get(stat.S_IFMT(seen.st_mode), (SkipReason.DEVICE, "not a file of any known kind"))
    return SkippedEntry(path=path, reason=reason, detail=detail)


def _unreadable(path: str, error: OSError, *, is_folder: bool) -> UnreadableEntry:
    reason, detail = reason_of(error)
    if is_folder and reason is UnreadableReason.NOT_A_FILE:
        detail = "a link has taken the folder's place"
    return UnreadableEntry(path=path, reason=reason, detail=detail, is_folder=is_folder)
