"""A disk that forgets: what a scenario did to it, and every state in which a power cut could have left it.

Bytes last when their file was flushed after them; a name lasts when its folder was flushed after it. What was not
flushed may be there, be lost, be torn at a sector or be zeros, and the folders forget independently of each other.
SQLite is believed: a transaction of the sidecar lasts when it returns, because it flushes there, and its index of ids,
which does not, may fall back to any earlier state.
"""

import fcntl
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.faults.calls import intercepted, site_of
from benchmarks.faults.scenarios import Told

ROOT = 0
SQLITE = ("disclosures.db", "disclosures.db-wal")
VOLATILE_SQLITE = ("ids.db", "ids.db-wal")
SQLITE_FLUSH = "SQLite: synchronous = FULL"

Change: TypeAlias = tuple[int, str, int | None]
"""Folder, name, and the file that has the name from here on; None takes it away."""


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes written to a file at a place, or a new length (`content` is None)."""

    file: int
    at: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Names:
    """Names that change in one step."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Flush:
    """A flush of a file or folder, and the place in the code that asked for it."""

    file: int
    site: str


@dataclass(frozen=True, slots=True)
class Databases:
    """The files of SQLite as they are from here on."""

    files: Mapping[str, bytes]


Event: TypeAlias = Data | Names | Flush | Databases | Told


@dataclass(kw_only=True)
class Recording:
    """What happened, and the disk as it was before.

    Attributes:
        contents: The bytes of each file at the start.
        folders: The names in each folder at the start.
        events: Everything that happened since, in order.
    """

    contents: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def sites(self) -> tuple[str, ...]:
        """Name every place in the code that flushes, and SQLite's own."""
        named = dict.fromkeys(event.site for event in self.events if isinstance(event, Flush) and " < " in event.site)
        has_values = any(isinstance(event, Databases) for event in self.events)
        return (*named, *([SQLITE_FLUSH] if has_values else []))


class Recorder:
    """Watches the calls under a folder."""

    def __init__(self, base: Path, told: Told) -> None:
        self.recording = Recording()
        self._base = base
        self._numbers = itertools.count(ROOT)
        self._descriptors: dict[int, int] = {}
        self._live: dict[int, dict[str, int]] = {}
        self._read(base)
        self._databases = self._read_databases()
        self.recording.events += [told, Databases(self._databases)]
        self.recording.folders = {number: dict(names) for number, names in self._live.items()}

    def _read(self, path: Path) -> int:
        number = next(self._numbers)
        if not path.is_dir():
            self.recording.contents[number] = path.read_bytes()
            return number
        self._live[number] = {}
        for each in sorted(path.iterdir()):
            if ".db" not in each.name:
                self._live[number][each.name] = self._read(each)
        return number

    def told(self, told: Told) -> None:
        """Take in that the writer was told something."""
        self._look_at_databases()
        self.recording.events.append(told)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record what is done."""
        with intercepted(self._pass):
            yield
        self._look_at_databases()

    def _pass(self, name: str, call: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> object:
        self._look_at_databases()
        record = getattr(self, f"_{name}", None)
        if record is None:
            return call(*arguments, **named)
        return record(call, *arguments, **named)

    def _look_at_databases(self) -> None:
        found = self._read_databases()
        if found != self._databases:
            self._databases = found
            self.recording.events.append(Databases(found))

    def _read_databases(self) -> dict[str, bytes]:
        folder = self._base / "sidecar"
        return {name: (folder / name).read_bytes() for name in (*SQLITE, *VOLATILE_SQLITE) if (folder / name).is_file()}

    def _place(self, path: os.PathLike[str] | str) -> tuple[int, str] | None:
        """Give folder and name of a path, or None when it is not ours."""
        try:
            parts = Path(path).relative_to(self._base).parts
        except ValueError:
            return None
        folder = ROOT
        for part in parts[:-1]:
            folder = self._live[folder][part]
        return (folder, parts[-1]) if parts else (ROOT, "")

    def _change(self, *changes: Change) -> None:
        for folder, name, number in changes:
            if number is None:
                self._live[folder].pop(name, None)
            else:
                self._live[folder][name] = number
        self.recording.events.append(Names(changes))

    def _number(self, place: tuple[int, str]) -> int | None:
        return ROOT if place == (ROOT, "") else self._live[place[0]].get(place[1])

    def _open(self, call: Callable[..., int], path: Any, flags: int, *rest: Any, **named: Any) -> int:  # noqa: ANN401  # what the system takes
        place = None if isinstance(path, int) or named.get("dir_fd") is not None else self._place(path)
        descriptor = call(path, flags, *rest, **named)
        self._descriptors.pop(descriptor, None)  # the number of a file that was closed since
        if place is not None and ".db" not in place[1]:
            self._descriptors[descriptor] = self._opened(place, flags)
        return descriptor

    def _opened(self, place: tuple[int, str], flags: int) -> int:
        number = self._number(place)
        if number is None:
            number = next(self._numbers)
            self.recording.contents[number] = b""
            self._change((*place, number))
        elif flags & os.O_TRUNC:
            self.recording.events.append(Data(number, 0, None))
        return number

    def _write(self, call: Callable[..., int], descriptor: int, content: bytes) -> int:
        number = self._descriptors.get(descriptor)
        if number is None:
            return call(descriptor, content)
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        if self._appends(descriptor):
            at = os.fstat(descriptor).st_size
        written = call(descriptor, content)
        self.recording.events.append(Data(number, at, bytes(content[:written])))
        return written

    @staticmethod
    def _appends(descriptor: int) -> bool:
        return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)

    def _pwrite(self, call: Callable[..., int], descriptor: int, content: bytes, at: int) -> int:
        written = call(descriptor, content, at)
        if descriptor in self._descriptors:
            self.recording.events.append(Data(self._descriptors[descriptor], at, bytes(content[:written])))
        return written

    def _fsync(self, call: Callable[..., None], descriptor: int) -> None:
        call(descriptor)
        if descriptor in self._descriptors:
            self.recording.events.append(Flush(self._descriptors[descriptor], site_of()))

    def _ftruncate(self, call: Callable[..., None], descriptor: int, length: int) -> None:
        call(descriptor, length)
        if descriptor in self._descriptors:
            self.recording.events.append(Data(self._descriptors[descriptor], length, None))

    def _truncate(self, call: Callable[..., None], path: Path, length: int) -> None:
        call(path, length)
        place = self._place(path)
        number = None if place is None else self._number(place)
        if number is not None:
            self.recording.events.append(Data(number, length, None))

    def _rename(self, call: Callable[..., None], source: Path, target: Path) -> None:
        call(source, target)
        old, new = self._place(source), self._place(target)
        if old is not None and new is not None:
            self._change((*new, self._number(old)), (*old, None))

    _replace = _rename

    def _unlink(self, call: Callable[..., None], path: Path) -> None:
        call(path)
        place = self._place(path)
        if place is not None and self._number(place) is not None:
            self._change((*place, None))

    def _mkdir(self, call: Callable[..., None], path: Path, mode: int = 0o777) -> None:
        call(path, mode)
        place = self._place(path)
        if place is not None:
            number = next(self._numbers)
            self._live[number] = {}
            self._change((*place, number))
