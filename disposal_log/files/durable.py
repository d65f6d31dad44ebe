"""The few operating-system steps that make bytes last: flush, rename, lock, reserve.

Leaf of the room. Writing is for POSIX only; what a verifier needs runs anywhere. Everything here that returns
has reached the disk, as far as the disk tells the truth.
"""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from disposal_log.errors import LogLockedError, LogUnreadableError, NetworkFileSystemError

_CAN_LOCK = os.name == "posix"  # elsewhere a log is read and verified, and never written
if _CAN_LOCK:
    import fcntl

RESERVE_BYTES = 64 * 1024 * 1024
FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

# statfs(2), f_type. A flush there ends in another machine's promise, and a lock may bind nobody.
NETWORK_MAGICS = {
    0x6969: "NFS",
    0x517B: "SMB",
    0xFE534D42: "SMB",
    0xFF534D42: "CIFS",
    0x01021997: "9P",
    0x5346414F: "AFS",
    0x00C36400: "Ceph",
    0x73757245: "Coda",
    0x0BD00BD0: "Lustre",
    0x65735546: "FUSE",
}


def fsync_directory(directory: Path) -> None:
    """Flush the names in a directory."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path, *, mode: int = 0o777) -> None:
    """Make a folder and those above it that are missing, and flush their names; one that is there stays as it is."""
    made = [each for each in (directory, *directory.parents) if not each.exists()]
    directory.mkdir(mode=mode, parents=True, exist_ok=True)
    for each in made:
        fsync_directory(each.parent)


def flush_file(path: Path) -> None:
    """Flush the bytes of a file that somebody else has written."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; `os.write` may stop early."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Create a file that must not exist, and flush it and its name.

    Raises:
        FileExistsError: if there is such a file.
        OSError: if it cannot be written; no half file is left.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)
    fsync_directory(path.parent)


def destroy(path: Path, epitaph: bytes) -> None:
    """Write `epitaph` over a small file, in place and to its last byte, flush it, and remove the file.

    Where the disk writes in place the old bytes are gone; flash, snapshots and backups may keep them.

    Raises:
        OSError: if the system refuses; the file may have been written over already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        length = os.fstat(descriptor).st_size
        write_all(descriptor, (epitaph * (length // len(epitaph) + 1))[: max(length, len(epitaph))])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()


@contextmanager
def creating(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a file that must not exist, for writing piece by piece; it has reached the disk when it is closed.

    Raises:
        FileExistsError: if there is such a file.
        OSError: if it cannot be written.
    """
    with path.open("xb") as file:
        os.fchmod(file.fileno(), mode)
        yield file
        file.flush()
        os.fsync(file.fileno())


def publish_folder(unfinished: Path, final: Path) -> None:
    """Let everybody read a folder that is finished, and give it its name; an empty folder of that name gives way.

    Raises:
        OSError: if the disk refuses, or something is in the way.
    """
    for folder, _, _ in os.walk(unfinished):
        Path(folder).chmod(0o755)
        fsync_directory(Path(folder))
    unfinished.rename(final)
    fsync_directory(final.parent)


def stage(path: Path, content: bytes) -> Path:
    """Write and flush `path` under a temporary name beside it; the caller renames."""
    temporary = path.with_name(path.name + ".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        os.close(descriptor)
    return temporary


def replace_durably(path: Path, content: bytes) -> None:
    """Replace a file whole: a reader and a power cut see the old bytes or the new ones."""
    stage(path, content).replace(path)
    fsync_directory(path.parent)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into ours.

    Raises:
        LogUnreadableError: if the system refuses to read `path`.
    """
    try:
        yield
    except OSError as error:
        raise LogUnreadableError(path=path, reason=error.strerror or str(error)) from error


def is_locked(directory: Path) -> bool:
    """Tell whether some process holds the writer's lock; the lock is given back at once."""
    if not _CAN_LOCK:
        return False
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


class WriterLock:
    """The right to write, held as a lock on the log's own directory so that no lock file can go stale."""

    def __init__(self, directory: Path) -> None:
        """Take the lock.

        Raises:
            LogLockedError: if another process has it.
        """
        self._descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise LogLockedError(directory=directory) from error

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def file_system_magic(path: Path) -> int:
    """Ask the kernel what kind of file system holds `path`; 0 when it cannot tell."""
    try:
        statfs = ctypes.CDLL(None, use_errno=True).statfs
    except (OSError, AttributeError):
        return 0
    # f_type is the first field of struct statfs; the rest is larger on some systems, never above 512 bytes
    buffer = ctypes.create_string_buffer(512)
    if statfs(os.fsencode(path), buffer) != 0:
        return 0
    return ctypes.c_long.from_buffer(buffer).value & 0xFFFFFFFF


def refuse_network_file_system(directory: Path, *, magic_of: Callable[[Path], int] = file_system_magic) -> None:
    """Refuse a directory where flushed bytes may vanish.

    Raises:
        NetworkFileSystemError: if it is on a network or user-space file system.
    """
    kind = NETWORK_MAGICS.get(magic_of(directory))
    if kind is not None:
        raise NetworkFileSystemError(directory=directory, kind=kind)


def free_bytes(directory: Path) -> int:
    """Tell how many bytes may still be written to the disk that holds `directory`."""
    state = os.statvfs(directory)
    return state.f_bavail * state.f_frsize


class Reserve:
    """Disk space set aside, so that a full disk can still record what was already done."""

    def __init__(self, path: Path, *, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    @property
    def is_spent(self) -> bool:
        """Whether the space has been given up and not yet been won back."""
        try:
            return self._path.stat().st_size < self._size_bytes
        except FileNotFoundError:
            return self._size_bytes > 0

    def refill(self) -> bool:
        """Try to set the space aside; tell whether it is there now."""
        if not self.is_spent:
            return True
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(descriptor, 0, self._size_bytes)
            os.fsync(descriptor)
        except OSError:
            self.release()
            return False
        finally:
            os.close(descriptor)
        return True

    def release(self) -> None:
        """Give the space back to the disk."""
        with suppress(OSError):
            self._path.unlink()
