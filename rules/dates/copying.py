"""Copyings: a migration or a restore leaves thousands of files with one day of writing, which then proves nothing.

A day is taken for one of copying when at least a hundred files of a folder tree, more than half of all its files,
in five folders or more, were last written on it: one folder of one day's output is nothing unusual. Days are
counted in UTC, as numbers since 1970-01-01.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

FEWEST_COPIED, FEWEST_FOLDERS = 100, 5
DEEPEST_TREE = 3  # a migration takes a department or a team, not a case
_FIRST_DAY = date(1970, 1, 1)

Files = Callable[[], Iterable[tuple[str, int]]]
"""The files of a share, as often as they are asked for: each one's path below the root, and its day of writing."""


@dataclass(slots=True)
class _Vote:
    """The majority vote of Boyer and Moore: whichever day more than half of all files have, it is `day`."""

    day: int
    lead: int = 0
    files: int = 0

    def add(self, day: int) -> None:
        self.files += 1
        if self.lead == 0:
            self.day = day
        self.lead += 1 if day == self.day else -1


@dataclass(slots=True)
class _Count:
    """How many files of a tree have the day in question, and in which folders (as many as matter)."""

    day: int
    files: int = 0
    folders: set[str] = field(default_factory=set)

    def add(self, folder: str) -> None:
        self.files += 1
        if len(self.folders) < FEWEST_FOLDERS:
            self.folders.add(folder)


@dataclass(frozen=True, slots=True)
class Copyings:
    """The day of copying of each folder tree that was copied, and how many files have it."""

    by_tree: Mapping[str, tuple[int, int]]

    def why(self, path: str, day: int) -> str:
        """Return why the last write of the file at `path` proves nothing, or nothing when it does."""
        if not self.by_tree:
            return ""
        found = ""
        for tree in trees_of(path):  # the smallest tree tells the most
            copied_on, files = self.by_tree.get(tree, (None, 0))
            if copied_on == day:
                on = _FIRST_DAY + timedelta(days=day)
                found = f"{files:,} files of '{tree}' were last written on {on}: taken for a copying"
        return found


NO_COPYINGS = Copyings({})


def migrated_days(files: Files) -> Copyings:
    """Return the days of copying among `files`, which are gone through twice.

    Memory grows with the folders down to the third, not with the files.
    """
    votes: dict[str, _Vote] = {}
    here: tuple[_Vote, ...] = ()
    folder_before = None
    for path, day in files():
        folder = path.rpartition("/")[0]
        if folder != folder_before:  # files come folder by folder
            here = tuple(votes.setdefault(tree, _Vote(day)) for tree in trees_of(path))
            folder_before = folder
        for vote in here:
            vote.add(day)
    totals = {tree: vote.files for tree, vote in votes.items() if vote.files >= FEWEST_COPIED}
    counts = {tree: _Count(votes[tree].day) for tree in totals}
    if not counts:
        return NO_COPYINGS
    days = {count.day for count in counts.values()}
    for path, day in files():
        if day not in days:
            continue
        folder = path.rpartition("/")[0]
        for tree in trees_of(path):
            count = counts.get(tree)
            if count is not None and count.day == day:
                count.add(folder)
    return Copyings(
        {
            tree: (count.day, count.files)
            for tree, count in counts.items()
            if count.files >= FEWEST_COPIED and count.files * 2 > totals[tree] and len(count.folders) >= FEWEST_FOLDERS
        }
    )


def trees_of(path: str) -> Iterator[str]:
    """Yield the folder trees that the file at `path` belongs to: its first, second and third folder."""
    end = path.find("/")
    for _ in range(DEEPEST_TREE):
        if end == -1:
            return
        yield path[:end]
        end = path.find("/", end + 1)
