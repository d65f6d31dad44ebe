"""Copies of files of a share for as long as they are examined: where only this account can read them, and then gone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Self

from scanners.errors import ScannerError
from scanners.observation import FoundFile
from scanners.private_folder import PrivateFolder

_LONGEST_ENDING = 16


class NoRoomForCopiesError(ScannerError):
    """What a share holds cannot be copied to where it is examined; no file of the share is to blame."""

    def __init__(self, *, folder: str, detail: str) -> None:
        self.folder = folder
        self.detail = detail
        super().__init__(
            what=f"A file of the share could not be copied to {folder} to be examined: {detail}.",
            not_done="The files of this portion were not examined.",
            next_step="Make room there, or name another place for temporary files in TMPDIR.",
        )


class PrivateCopies:
    """A folder for copies, which ends with this object and at the latest with its process."""

    def __init__(self) -> None:
        self._folder = PrivateFolder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    @property
    def folder(self) -> str:
        """Where the copies are."""
        return self._folder.path

    def close(self) -> None:
        """Remove the folder and what is left in it."""
        self._folder.close()

    def begin(self, ending: str) -> IO[bytes]:
        """Return an empty file that is gone when it is closed; a name's `ending` decides between kinds of text.

        Raises:
            NoRoomForCopiesError: None can be made.
        """
        plain = ending if ending.removeprefix(".").isalnum() and ending.isascii() else ""
        with self._trouble_is_ours():
            # without a buffer: what cannot be written is said at once, and never again when the file is closed
            return tempfile.NamedTemporaryFile(dir=self.folder, prefix="", suffix=plain[:_LONGEST_ENDING], buffering=0)

    def write(self, copy: IO[bytes], portion: bytes) -> None:
        """Add to a copy.

        Raises:
            NoRoomForCopiesError: There is no room for it.
        """
        left = memoryview(portion)
        while left:
            with self._trouble_is_ours():
                left = left[copy.write(left) :]

    def found(self, copy: IO[bytes]) -> FoundFile:
        """Return a finished copy as a file found below the folder."""
        seen = os.fstat(copy.fileno())
        return FoundFile(
            path=os.path.basename(copy.name),  # noqa: PTH119  paths are strings in the scanners
            size_bytes=seen.st_size,
            modified_ns=seen.st_mtime_ns,
            inode=seen.st_ino,
            device=seen.st_dev,
            link_count=1,
        )

    @contextmanager
    def _trouble_is_ours(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NoRoomForCopiesError(folder=self.folder, detail=error.strerror or str(error)) from error
