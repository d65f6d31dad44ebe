"""A folder for copies of what lies elsewhere: only this account may enter it, and it ends with its process.

What is taken out of an archive, or off a share that is not mounted, is somebody's record. The folder is locked while
its process lives; what a killed process left behind is not locked any more, and the next one removes it. Nothing else
in the place for temporary files is touched.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress

_PREFIX = "retention-copies-"
_ONLY_MINE = 0o700


class PrivateFolder:
    """A new locked folder; close it.

    Raises:
        OSError: None can be made.
    """

    def __init__(self) -> None:
        self._lock = -1
        remove_leftovers()
        while not self._is_mine():  # somebody else took it for a leftover before it was locked
            pass

    @property
    def path(self) -> str:
        """Where it is."""
        return self._folder.name

    def close(self) -> None:
        """Remove the folder and what is left in it."""
        self._folder.cleanup()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _is_mine(self) -> bool:
        self._folder = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            self.close()
            return False
        is_there = os.path.isdir(self.path)  # noqa: PTH112  paths are strings in the scanners
        if not is_there:
            self.close()
        return is_there


def remove_leftovers() -> None:
    """Remove folders of copies whose process was killed; those of processes that live are locked."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):
                    _remove_if_left(entry.path)


def _remove_if_left(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        seen = os.fstat(descriptor)
        if (seen.st_uid, stat.S_IMODE(seen.st_mode)) == (os.getuid(), _ONLY_MINE):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    finally:
        os.close(descriptor)
