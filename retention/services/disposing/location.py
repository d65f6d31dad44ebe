"""Finding one file again below its registered root, and proving that it is the one that was approved.

Every step is relative to an open descriptor and follows no link, so that a folder swapped for a link between
two steps leads nowhere. The content is hashed through the very descriptor that is compared afterwards.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from retention.domain.batches import BatchItem
from retention.errors import SourceVanishedError

_CHUNK_BYTES = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_ANOTHER = (
    "another folder or an empty mount point lies there now; if you looked and it is the right one, "
    "say so with `retention source confirm`"
)

# After these, nothing happened for certain. After any other error it may have happened on the server.
CERTAIN = frozenset(
    {
        errno.EACCES,
        errno.EBUSY,
        errno.EEXIST,
        errno.EINVAL,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
        errno.ETXTBSY,
        errno.EXDEV,
    }
)


class DriftError(Exception):
    """What lies at the location is not what was approved; `reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GoneError(Exception):
    """Nothing lies at the location any more."""


class DeniedError(Exception):
    """The system refused, and nothing happened; `reason` says what it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StrandedError(Exception):
    """A file that should not be in quarantine could not be put back; the run stops and the next one tries again."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the file {name} in quarantine belongs elsewhere and could not be put back: {reason}")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that was proved to be the approved one, with its folder; both descriptors are open.

    `proved` is how the file was when its content was read.
    """

    folder: int
    file: int
    name: bytes
    proved: os.stat_result

    def close(self) -> None:
        """Let go of both descriptors."""
        os.close(self.file)
        os.close(self.folder)


class Root:
    """A registered root held open for a whole run."""

    def __init__(self, path: str, *, inode: int) -> None:
        self.path = path
        with _about_root(path):
            self.descriptor = os.open(path, _FOLDER)
        found = os.fstat(self.descriptor)
        self.device = found.st_dev
        if found.st_ino != inode:
            os.close(self.descriptor)
            raise SourceVanishedError(root=path, detail=_ANOTHER)

    def check_alive(self) -> None:
        """Raise `SourceVanishedError` when the path no longer leads to the folder held open."""
        with _about_root(self.path):
            now = os.lstat(self.path)
            held = os.fstat(self.descriptor)
        if (now.st_dev, now.st_ino) != (held.st_dev, held.st_ino):
            raise SourceVanishedError(root=self.path, detail=_ANOTHER)

    def open_folder(self, parts: list[bytes]) -> int:
        """Return a descriptor of the folder `parts` below the root, following no link.

        Raises:
            GoneError: A part is missing.
            DriftError: A part is a link, no folder, or on another volume.
            DeniedError: The system refused.
        """
        descriptor = os.dup(self.descriptor)
        try:
            for part in parts:
                with expected_troubles():
                    below = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            self._check_volume(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _check_volume(self, descriptor: int) -> None:
        if os.fstat(descriptor).st_dev != self.device:
            message = "its folder lies on another volume now"
            raise DriftError(message)

    def close(self) -> None:
        """Let go of the root."""
        os.close(self.descriptor)


def open_approved(root: Root, item: BatchItem) -> OpenFile:
    """Open the file at the item's location and prove that it is what was approved.

    Raises:
        GoneError: Nothing is there.
        DriftError: Something else is there, or it changed; the caller leaves it alone.
        DeniedError: The system refused.
    """
    *parts, name = os.fsencode(item.path).split(b"/")
    folder = root.open_folder(parts)
    try:
        with expected_troubles():
            descriptor = os.open(name, _FILE, dir_fd=folder)
    except BaseException:
        os.close(folder)
        raise
    try:
        proved = prove(descriptor, item, device=root.device)
    except BaseException:
        os.close(descriptor)
        os.close(folder)
        raise
    return OpenFile(folder=folder, file=descriptor, name=name, proved=proved)


def prove(descriptor: int, item: BatchItem, *, device: int) -> os.stat_result:
    """Return how the open file is, if it is the approved one by identity, times, links and content.

    Raises:
        DriftError: It is not.
    """
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        message = "it is no longer a regular file"
        raise DriftError(message)
    for is_same, reason in (
        (before.st_dev == device, "it lies on another volume"),
        (before.st_ino == item.inode, "another file has taken its place"),
        (
            before.st_size == item.size_bytes,
            f"its size changed from {item.size_bytes} to {before.st_size} bytes",
        ),
        (before.st_mtime_ns == item.modified_ns, "it was modified after it was proposed"),
        (before.st_nlink == 1, f"it has {before.st_nlink} names now (hard links)"),
    ):
        if not is_same:
            raise DriftError(reason)
    if _digest(descriptor) != item.sha256:
        message = "its content changed after it was proposed"
        raise DriftError(message)
    check_untouched(descriptor, before)
    return before


def check_untouched(descriptor: int, before: os.stat_result) -> None:
    """Raise `DriftError` when the file was touched since `before`; ctime tells when mtime was put back."""
    after = os.fstat(descriptor)
    if (after.st_size, after.st_mtime_ns, after.st_ctime_ns) != (
        before.st_size,
        before.st_mtime_ns,
        before.st_ctime_ns,
    ):
        message = "it was changed while or after it was being checked"
        raise DriftError(message)


@contextmanager
def expected_troubles() -> Iterator[None]:
    """Turn errors after which nothing happened into ours; every other error goes up and stops the run."""
    try:
        yield
    except FileNotFoundError as error:
        raise GoneError from error
    except FileExistsError:
        raise  # only a rename that refuses to replace: the caller knows another place
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EXDEV, errno.EISDIR):
            message = "its place is taken by a link or something that is no file"
            raise DriftError(message) from error
        if error.errno in CERTAIN:
            raise DeniedError(f"the system refused: {error.strerror}") from error
        raise


def _digest(descriptor: int) -> str:
    digest = hashlib.sha256()
    os.lseek(descriptor, 0, os.SEEK_SET)
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _about_root(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceVanishedError(root=path, detail=error.strerror or str(error)) from error
