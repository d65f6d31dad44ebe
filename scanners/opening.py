"""Opening one file below a root for reading, so that no link, pipe or swapped folder leads anywhere else."""

import errno
import hashlib
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from scanners.errors import FileUnreadableError, SourceUnavailableError
from scanners.observation import UnreadableReason

CHUNK_BYTES = 1 << 20
_ZEROS = bytes(CHUNK_BYTES)
_FOLDERS_KEPT = 8  # little enough for many threads that have an opener each
_BLOCK_BYTES = 512  # what st_blocks counts in, on every file system

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PASSAGE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC  # a step on the way costs a server nothing
# O_NONBLOCK: a pipe that took the file's place must not keep us waiting for a writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_REASONS = {
    errno.ENOENT: UnreadableReason.VANISHED,
    errno.ENOTDIR: UnreadableReason.VANISHED,
    errno.ESTALE: UnreadableReason.VANISHED,
    errno.EACCES: UnreadableReason.DENIED,
    errno.EPERM: UnreadableReason.DENIED,
    errno.ELOOP: UnreadableReason.NOT_A_FILE,
    errno.ENXIO: UnreadableReason.NOT_A_FILE,
    errno.ENODEV: UnreadableReason.NOT_A_FILE,
}
_WORDS = {
    UnreadableReason.VANISHED: "it is no longer there",
    UnreadableReason.DENIED: "this account may not read it",
    UnreadableReason.NOT_A_FILE: "a link or something else that is not a file has taken its place",
}


def reason_of(error: OSError) -> tuple[UnreadableReason, str]:
    """Return the reason an operating-system error stands for, and words for a records manager."""
    reason = _REASONS.get(error.errno or 0, UnreadableReason.IO_ERROR)
    return reason, _WORDS.get(reason) or f"the system said: {error.strerror or error}"


def open_quietly(name: str, flags: int, *, below: int | None = None) -> int:
    """Open without touching the access time where we may: a scan changes nothing on a share.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=below)
    except PermissionError as error:
        if error.errno != errno.EPERM:
            raise
    return os.open(name, flags, dir_fd=below)  # only the owner may ask for O_NOATIME


def open_root(root: str) -> int:
    """Return a descriptor of the folder `root`.

    Raises:
        SourceUnavailableError: It is missing, is not a folder, is a link, or may not be read.
    """
    try:
        return open_quietly(root, _FOLDER)
    except ValueError as error:  # a NUL in the name
        raise SourceUnavailableError(root=root, detail="no folder can have this name") from error
    except OSError as error:
        detail = error.strerror or str(error)
        if os.path.islink(root):  # noqa: PTH114  a root may hold bytes that are kept as they are
            detail = "it is a link; name the folder that it leads to"
        raise SourceUnavailableError(root=root, detail=detail) from error


def _open_passage(name: str, *, below: int) -> int:
    """Return a way through the folder `name` directly below another one, never one above it; it cannot be listed.

    Raises:
        OSError: It is missing, denied, a link, or not a folder.
    """
    if name in ("", ".", ".."):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return os.open(name, _PASSAGE, dir_fd=below)


class FileOpener:
    """Opens files below one root; keeps the folders that it came through lately, as files come folder by folder.

    Args:
        root: The root, or an open descriptor of it, which stays the caller's.
        folders_kept: How many folders stay open at most.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """

    def __init__(self, root: str | int, *, folders_kept: int = _FOLDERS_KEPT) -> None:
        self._root = os.dup(root) if isinstance(root, int) else open_root(root)
        self._folders_kept = max(folders_kept, 2)  # a folder and the one it is opened in
        self._kept: OrderedDict[str, int] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the root and of the folders."""
        while self._kept:
            os.close(self._kept.popitem()[1])
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def open_file(self, path: str) -> int:
        """Return a descriptor of the regular file `path` below the root; raises as `open_seen` does."""
        return self.open_seen(path)[0]

    def open_seen(self, path: str) -> tuple[int, os.stat_result]:
        """Return a descriptor of the regular file `path` below the root, and how the file is now.

        Raises:
            FileUnreadableError: It is gone, denied, or not a regular file.
        """
        folder, _, name = path.rpartition("/")
        descriptor = -1
        try:
            descriptor = open_quietly(name, _FILE, below=self._descriptor_of(folder))
            seen = os.fstat(descriptor)
        except ValueError as error:
            raise FileUnreadableError(
                path=path, reason=UnreadableReason.NOT_A_FILE, detail="no file can have this name"
            ) from error
        except OSError as error:
            if descriptor >= 0:
                os.close(descriptor)
            reason, detail = reason_of(error)
            raise FileUnreadableError(path=path, reason=reason, detail=detail) from error
        if not stat.S_ISREG(seen.st_mode):
            os.close(descriptor)
            reason = UnreadableReason.NOT_A_FILE
            raise FileUnreadableError(path=path, reason=reason, detail=_WORDS[reason])
        return descriptor, seen

    def _descriptor_of(self, folder: str) -> int:
        if not folder:
            return self._root
        kept = self._kept
        if (descriptor := kept.get(folder)) is not None:
            kept.move_to_end(folder)
            return descriptor
        above = folder.rpartition("/")[0]
        while above and above not in kept:
            above = above.rpartition("/")[0]
        descriptor = kept[above] if above else self._root
        for part in folder[len(above) + 1 if above else 0 :].split("/"):
            descriptor = _open_passage(part, below=descriptor)
            above = f"{above}/{part}" if above else part
            kept[above] = descriptor
            if len(kept) > self._folders_kept:  # never the last one, which the next part is opened in
                os.close(kept.popitem(last=False)[1])
        return descriptor


def digest_file(root: str | int, path: str) -> str:
    """Return the SHA-256 of one file below `root` (a path or an open descriptor), in hexadecimal.

    Reads in portions of 1 MiB, follows no link below the root.

    Raises:
        SourceUnavailableError: The root cannot be opened.
        FileUnreadableError: The file is gone, denied, not a regular file, or changed while it was read.
    """
    with FileOpener(root) as opener:
        descriptor, before = opener.open_seen(path)
        try:
            digest = _digest(descriptor, before)
            after = os.fstat(descriptor)
        except OSError as error:
            reason, detail = reason_of(error)
            raise FileUnreadableError(path=path, reason=reason, detail=detail) from error
        finally:
            os.close(descriptor)
    if not is_untouched(before, after):
        raise FileUnreadableError(
            path=path, reason=UnreadableReason.CHANGED_WHILE_READ, detail="it was changed while it was read"
        )
    return digest


def is_untouched(before: os.stat_result, after: os.stat_result) -> bool:
    """Tell whether nothing wrote to the file between the two looks; ctime catches an mtime that was put back."""
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )


def portions_of(descriptor: int, seen: os.stat_result) -> Iterator[bytes]:
    """Yield what an open file holds, from its beginning, in portions of at most 1 MiB.

    Where nothing is stored there are zeros by definition, which need not be read: 10 GB of them, as a database or
    a virtual disk may have, cost their digest only. A file that grows as fast as it is read ends all the same, with
    more bytes than were `seen`.

    Raises:
        OSError: It cannot be read.
    """
    is_sparse = seen.st_blocks * _BLOCK_BYTES < seen.st_size
    position = 0
    while position <= seen.st_size:
        stored_from = _seek_stored(descriptor, position) if is_sparse else position
        while position < stored_from:
            portion = _ZEROS[: stored_from - position]
            position += len(portion)
            yield portion
        if not (portion := os.read(descriptor, CHUNK_BYTES)):
            return
        position += len(portion)
        yield portion


def _seek_stored(descriptor: int, position: int) -> int:
    """Go to the next byte that is stored, or to the end, and return where that is."""
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing more is stored
            return os.lseek(descriptor, 0, os.SEEK_END)
        return os.lseek(descriptor, position, os.SEEK_SET)  # a file system that does not tell


def _digest(descriptor: int, seen: os.stat_result) -> str:
    digest = hashlib.sha256()
    for portion in portions_of(descriptor, seen):
        digest.update(portion)
    return digest.hexdigest()
