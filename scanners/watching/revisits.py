"""What must be looked at again: events come in by the thousand, and a few folders come out when it is quiet.

Memory holds the paths of some thousand folders at most; when there are more, the whole share is looked at again.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scanners.crawling.entries import Portion

_WHOLE = Portion("", is_tree=True)
_MOST_MOVES = 1_000
_MOVE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """What to look at again now; `why` tells of an event that was more than a change in a folder."""

    portions: tuple[Portion, ...]
    why: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether this is the whole share."""
        return _WHOLE in self.portions


class Revisits:
    """The folders to look at again, collected until nothing has happened for a while, or until it takes too long.

    Safe to use from several threads. All are given out together, so that a file which was moved from one folder to
    another is found gone and come in one look.

    Args:
        monotonic: Tells seconds that only go forward.
        quiet_seconds: How long nothing must have happened.
        longest_seconds: After how long that is not waited for any more.
        most_folders: With more than these, the whole share is to be looked at.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        quiet_seconds: float = 2.0,
        longest_seconds: float = 30.0,
        most_folders: int = 5_000,
    ) -> None:
        self._monotonic = monotonic
        self._quiet_seconds = quiet_seconds
        self._longest_seconds = longest_seconds
        self._most_folders = most_folders
        self._lock = threading.Lock()
        self._folders: dict[str, bool] = {}
        self._why = ""
        self._first_seconds = 0.0
        self._last_seconds = 0.0
        self._leaving: dict[int, float] = {}  # moves of which only the first half has been told

    def note(self, path: str, *, is_tree: bool = False) -> None:
        """Note that something changed in the folder `path`, or that all below it may have."""
        with self._lock:
            self._note(path, is_tree=is_tree)

    def note_everything(self, why: str) -> None:
        """Note that nothing is known any more: the whole share must be looked at."""
        with self._lock:
            self._why = why
            self._note("", is_tree=True)

    def note_departure(self, move: int) -> None:
        """Note that something is moved away; unless its arrival is told within half a second, it left the share."""
        with self._lock:
            if len(self._leaving) < _MOST_MOVES:
                self._leaving[move] = self._monotonic()

    def note_arrival(self, move: int) -> None:
        """Note that what was moved away has arrived."""
        with self._lock:
            self._leaving.pop(move, None)

    def put_back(self, revisit: Revisit) -> None:
        """Note again what was taken and could not be looked at."""
        with self._lock:
            self._why = revisit.why or self._why
            for portion in revisit.portions:
                self._note(portion.path, is_tree=portion.is_tree)

    def seconds_left(self) -> float | None:
        """Return in how many seconds there is something to take, 0 for now, None when nothing was noted."""
        with self._lock:
            return self._left()

    def take(self) -> Revisit | None:
        """Return what to look at now, or None; whatever is noted from now on is for the next time."""
        with self._lock:
            if self._left() != 0.0:
                return None
            revisit = Revisit(portions=_without_covered(self._folders), why=self._why)
            self._folders.clear()
            self._why = ""
            return revisit

    def _note(self, path: str, *, is_tree: bool) -> None:
        now = self._monotonic()
        folders = self._folders
        if not folders:
            self._first_seconds = now
        self._last_seconds = now
        if folders.get(_WHOLE.path):
            return
        folders[path] = is_tree or folders.get(path, False)
        if (not path and is_tree) or len(folders) > self._most_folders:
            folders.clear()
            folders[_WHOLE.path] = True

    def _left(self) -> float | None:
        if not self._folders:
            return None
        now = self._monotonic()
        for move, at in list(self._leaving.items()):
            if now - at >= _MOVE_SECONDS:
                del self._leaving[move]
        due = min(self._last_seconds + self._quiet_seconds, self._first_seconds + self._longest_seconds)
        if self._leaving:
            last_move = min(max(self._leaving.values()), self._first_seconds + self._longest_seconds)
            due = max(due, last_move + _MOVE_SECONDS)
        return max(due - now, 0.0)


def _without_covered(folders: dict[str, bool]) -> tuple[Portion, ...]:
    trees = {path for path, is_tree in folders.items() if is_tree}
    return tuple(
        Portion(path, is_tree=is_tree)
        for path, is_tree in sorted(folders.items())
        if not any(above in trees for above in _folders_above(path))
    )


def _folders_above(path: str) -> Iterable[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path
