"""A private folder for what has to be taken out of an archive before it can be read; it goes when it is closed.

What a killed process left behind is removed by the next one (`scanners.private_folder`).

Nothing is written anywhere else, and never where an export or a share lies. A name from an archive becomes a path
below the folder only when it can lead nowhere else.
"""

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from scanners.containers.allowance import Allowance
from scanners.errors import ScannerError
from scanners.exports.record import ContentPlace
from scanners.observation import FoundFile
from scanners.private_folder import PrivateFolder

_PORTION_FILES = 500
_PORTION_BYTES = 256 << 20
_MAX_CONTENT_BYTES = 8 << 30
_MAX_ENDING_CHARS = 32
_MAX_NAME_BYTES = 255
_MAX_PATH_BYTES = 3_800


class TemporaryFolder:
    """A new folder that only this account may enter; use it in a `with` statement, or close it."""

    def __init__(self) -> None:
        self._folder = PrivateFolder()
        self.close = weakref.finalize(self, self._folder.close)
        self._incoming = f"{self._folder.path}/incoming"
        self.path = f"{self._folder.path}/content"
        for folder in (self._incoming, self.path):
            os.mkdir(folder, mode=0o700)  # noqa: PTH102  paths are strings here

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def write(self, path: str, chunks: Iterable[bytes]) -> int:
        """Write a new file at a path below the folder and return its size; half a file never stands there.

        Raises:
            OSError: There is one already, a file stands where a folder should, or the disk is full.
        """
        place = os.path.join(self.path, path)  # noqa: PTH118  a name may hold bytes that are kept as they are
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        with tempfile.NamedTemporaryFile(dir=self._incoming) as stream:
            size_bytes = sum(map(stream.write, chunks))
            stream.flush()
            os.link(stream.name, place)
        return size_bytes


def safe_path(name: str) -> str:
    """Return the path below a folder that a name in an archive means; empty when it could lead elsewhere."""
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    path = "/".join(parts)
    try:
        raw = os.fsencode(path)
    except UnicodeEncodeError:
        return ""
    is_elsewhere = not parts or path.startswith("/") or ":" in parts[0] or "\0" in path
    is_odd = any(part in ("", "..") or len(os.fsencode(part)) > _MAX_NAME_BYTES for part in parts)
    return "" if is_elsewhere or is_odd or len(raw) > _MAX_PATH_BYTES else path


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledPortion:
    """Some packed contents as files below `folder`, which is gone when the next portion is asked for.

    `lost` are contents that are damaged or too large, with the reason in words.
    """

    folder: str
    files: tuple[tuple[ContentPlace, FoundFile], ...]
    lost: tuple[tuple[ContentPlace, str], ...]


def spooled(contents: Iterable[tuple[ContentPlace, Iterable[bytes]]]) -> Iterator[SpooledPortion]:
    """Yield packed contents as files of a private folder: 500 files or 256 MiB at a time, and one file above that.

    Raises:
        ScannerError: The rest cannot be reached; what was reached before was yielded.
        OSError: The disk is full; likewise.
    """
    remaining = iter(contents)
    is_ended = False
    while not is_ended:
        with TemporaryFolder() as folder:
            portion = _Portion(folder)
            fault: ScannerError | OSError | None = None
            try:
                is_ended = portion.fill(remaining)
            except (ScannerError, OSError) as error:
                fault = error
            if portion.files or portion.lost:
                yield SpooledPortion(folder=folder.path, files=tuple(portion.files), lost=tuple(portion.lost))
            if fault is not None:
                raise fault


class _Portion:
    """Contents that are being written."""

    def __init__(self, folder: TemporaryFolder) -> None:
        self._folder = folder
        self._size_bytes = 0
        self.files: list[tuple[ContentPlace, FoundFile]] = []
        self.lost: list[tuple[ContentPlace, str]] = []

    def fill(self, contents: Iterator[tuple[ContentPlace, Iterable[bytes]]]) -> bool:
        """Write contents until there are enough; return whether there are no more."""
        for place, content in contents:
            name = f"{len(self.files)}{_ending(place.part or place.path)}"
            try:
                self._size_bytes += self._folder.write(name, bounded(content, _MAX_CONTENT_BYTES))
            except ScannerError as error:
                self.lost.append((place, error.what))
            else:
                self.files.append((place, _found(self._folder.path, name)))
            if len(self.files) + len(self.lost) >= _PORTION_FILES or self._size_bytes >= _PORTION_BYTES:
                return False
        return True


def bounded(content: Iterable[bytes], limit_bytes: int) -> Iterator[bytes]:
    """Yield content in portions.

    Raises:
        OversizedContentError: It is more than so many bytes.
    """
    allowance = Allowance(limit_bytes)
    for chunk in content:
        allowance.spend(len(chunk))
        yield chunk


def _ending(name: str) -> str:
    ending = os.path.splitext(name)[1]  # noqa: PTH122  the name of content, not of a file here
    return ending if safe_path(f"x{ending}") == f"x{ending}" and len(ending) <= _MAX_ENDING_CHARS else ""


def _found(folder: str, name: str) -> FoundFile:
    seen = os.stat(f"{folder}/{name}")  # noqa: PTH116
    return FoundFile(
        path=name,
        size_bytes=seen.st_size,
        modified_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        device=seen.st_dev,
        link_count=seen.st_nlink,
    )
