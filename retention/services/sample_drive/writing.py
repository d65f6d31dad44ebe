"""Putting planned things on the disk: always new names, never over anything that is there."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path, PurePosixPath

from retention.services.sample_drive.papers import Paper, rendered
from retention.services.sample_drive.plans import Planned, PlannedCopy, PlannedFile, PlannedLink, PlannedPipe
from retention.services.sample_drive.setting import Chance

_OPENING = time(8, 0, tzinfo=UTC)
_MINUTES_OPEN = 9 * 60
_NANOSECONDS = 1_000_000_000


def saved_ns(chance: Chance, day: date, path: str) -> int:
    """Return a moment of the working day `day` as a file time in nanoseconds."""
    opened_at = datetime.combine(day, _OPENING)
    worked = timedelta(minutes=chance.number(f"saved at {path}", 0, _MINUTES_OPEN))
    return int((opened_at + worked).timestamp()) * _NANOSECONDS


def folders_of(paths: Iterable[str]) -> tuple[str, ...]:
    """Return every folder above any of `paths`, the outer before the inner, without the root itself."""
    above = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    return tuple(sorted(above - {"."}))


class DriveWriter:
    """Writes planned things below one root and remembers what was written, for copies and folder times.

    Every method raises OSError when the disk refuses, also (FileExistsError) when a name is taken.
    """

    def __init__(self, root: str, *, chance: Chance) -> None:
        self._root = root
        self._chance = chance
        self._written: dict[str, tuple[bytes, int]] = {}

    @property
    def file_count(self) -> int:
        """How many regular files have been written, hard links included."""
        return len(self._written)

    def write(self, planned: Planned) -> None:
        """Put one planned thing on the disk; a copy needs its original to be there already."""
        match planned:
            case PlannedFile():
                self._write_file(planned)
            case PlannedCopy():
                self._write_copy(planned)
            case PlannedLink():
                self._place(planned.path).symlink_to(planned.target)
            case PlannedPipe():
                os.mkfifo(self._place(planned.path))

    def make_folders(self, folders: Iterable[str]) -> None:
        """Make `folders`, which come the outer before the inner."""
        for folder in folders:
            self._place(folder).mkdir()

    def date_folders(self, folders: Iterable[str]) -> None:
        """Give every folder the time of the newest file below it, as if nothing had come or gone since."""
        newest: dict[str, int] = {}
        for path, (_content, moment_ns) in self._written.items():
            for folder in folders_of((path,)):
                newest[folder] = max(newest.get(folder, 0), moment_ns)
        for folder in folders:
            if folder in newest:
                os.utime(self._place(folder), ns=(newest[folder], newest[folder]))

    def _place(self, path: str) -> Path:
        return Path(self._root, path)

    def _write_file(self, planned: PlannedFile) -> None:
        content = planned.content
        self._keep(
            planned.path,
            rendered(planned.path, content) if isinstance(content, Paper) else content,
            saved_ns(self._chance, planned.modified_on, planned.path),
        )

    def _write_copy(self, planned: PlannedCopy) -> None:
        content, moment_ns = self._written[planned.of]
        if planned.is_hard_link:
            os.link(self._place(planned.of), self._place(planned.path))
            self._written[planned.path] = (content, moment_ns)
            return
        if planned.modified_on is not None:
            moment_ns = saved_ns(self._chance, planned.modified_on, planned.path)
        self._keep(planned.path, content, moment_ns)

    def _keep(self, path: str, content: bytes, moment_ns: int) -> None:
        # "x" fails on any name that exists, even a dangling link: nothing is ever overwritten
        with self._place(path).open("xb") as file:
            file.write(content)
        os.utime(self._place(path), ns=(moment_ns, moment_ns))
        self._written[path] = (content, moment_ns)
