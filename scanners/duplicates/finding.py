"""Finding files with equal content without a catalogue: by size, then by their edges, then byte by byte.

The catalogue of a scan knows the SHA-256 of every file and answers the same question without opening any. This
finder is for the folder that was not scanned, and reads as little as it can: a file whose size nobody shares is never
opened, and most of the others only at their edges (on a distant share, at their beginning). No hash that anybody has
ever broken has a say in it.
"""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, groupby, islice
from typing import Final

from scanners.crawling.entries import FileRow
from scanners.duplicates.comparing import Compared, compare_only, compare_with_digest
from scanners.duplicates.crew import Crew, Workers, in_portions, measured_workers
from scanners.duplicates.glancing import SMALL_BYTES, Look, glance, glance_far
from scanners.duplicates.reading import Failure, Listed, Plain, left_out, plain
from scanners.observation import FoundFile, UnreadableEntry

_PROBED_FILES: Final = 64
_EDGES_BYTES: Final = 4 << 20
_LISTS_BYTES: Final = 16 << 20
_ENCODING: Final = sys.getfilesystemencoding()  # as os.fsencode has it, which takes three times as long
_ERRORS: Final = sys.getfilesystemencodeerrors()
_NOTHING: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """Two or more files with the same bytes, one name for each file: hard links to one file are one member.

    `members` are ordered by path. `sha256` is that of every member, or None when no digest was asked for. Empty files
    are a group as well, whose `size_bytes` is 0: they are equal, but copies of nothing.
    """

    size_bytes: int
    sha256: str | None
    members: tuple[FoundFile, ...]

    @property
    def spare_bytes(self) -> int:
        """How many bytes would be saved if only one member were kept."""
        return self.size_bytes * (len(self.members) - 1)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in these files."""
        return self.size_bytes == 0


class Stage(StrEnum):
    """What a finder is doing."""

    LOOKING = "looking at beginnings and ends"
    COMPARING = "comparing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingProgress:
    """How far a finder is; `total_files` is None while files are still being listed."""

    stage: Stage
    done_files: int
    total_files: int | None


def find_duplicates(
    root: str,
    files: Iterable[Listed],
    *,
    is_digest_wanted: bool = True,
    workers: Workers | None = None,
    on_progress: Callable[[FindingProgress], None] | None = None,
) -> Iterator[DuplicateGroup | UnreadableEntry]:
    """Yield the groups of equal files, the largest files first, and then what could not be compared, and why.

    Files of one size come in the order of their first paths. The same files give the same groups in the same order,
    whatever order they are given in and however many workers there are. A file that changes between the listing and
    the end of the comparison is left out and reported; its group is that of the others.

    Memory: every file given until all are listed, then those whose size is shared; some 0.5 KB for each.

    Args:
        root: The folder that the paths are below.
        files: What lies there, as `crawl` or, with less to carry, `crawl_folders` found it; taken as it comes, while
            the first are read already.
        is_digest_wanted: Whether each group is to have its SHA-256. The groups are as certain without.
        workers: Who reads; by default it is measured on the first files what suits the place.
        on_progress: Told now and then how far it is.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """
    finder = _Finder(is_digest_wanted=is_digest_wanted, tell=on_progress or _say_nothing)
    candidates = finder.candidates(files)
    first = list(islice(candidates, _PROBED_FILES))
    with Crew(root, workers or measured_workers(root, first)) as crew:
        finder.look(crew, chain(first, candidates))
        yield from finder.groups(crew)
    yield from finder.unreadable()


def _say_nothing(_: FindingProgress) -> None:
    pass


@dataclass(slots=True)
class _Finder:
    """One search; holds the files whose size another file has."""

    is_digest_wanted: bool
    tell: Callable[[FindingProgress], None]
    _alike: dict[tuple[int, Look], list[Listed]] = field(default_factory=lambda: defaultdict(list))
    _empty: list[Listed] = field(default_factory=list)
    _failures: list[UnreadableEntry] = field(default_factory=list)

    def candidates(self, files: Iterable[Listed]) -> Iterator[Listed]:
        """Yield the files whose size is shared, as soon as that is known."""
        alone: dict[int, Listed | None] = {}  # the first of a size until a second comes
        for file in self._one_name_each(files):
            if not file.size_bytes:
                self._empty.append(file)
                continue
            first = alone.setdefault(file.size_bytes, file)
            if first is file:
                continue
            if first is not None:
                yield first
                alone[file.size_bytes] = None
            yield file

    def _one_name_each(self, files: Iterable[Listed]) -> Iterator[Listed]:
        linked: dict[tuple[int, int], Listed] = {}
        for file in files:
            if file.link_count == 1:
                yield file
            else:  # which name is the first in order is known when all are
                key = (file.device, file.inode)
                linked[key] = min(linked.get(key, file), file, key=_path_bytes)
        yield from linked.values()

    def look(self, crew: Crew, candidates: Iterable[Listed]) -> None:
        """Look at the edges of the candidates and gather what agrees."""
        portions = in_portions(candidates, count=crew.workers.files_at_once, size_bytes=_EDGES_BYTES, weigh=_look_bytes)
        done_files = 0
        is_far = crew.workers.are_far
        task, ready = (glance_far, _by_folder) if is_far else (glance, _with_plain)
        for files, looks in crew.run(task, map(ready, portions)):
            for file, look in zip(files, looks, strict=True):
                if isinstance(look, Failure):
                    self._failures.append(left_out(file.path, look))
                else:
                    self._alike[file.size_bytes, look].append(file)
            done_files += len(files)
            self.tell(FindingProgress(stage=Stage.LOOKING, done_files=done_files, total_files=None))

    def groups(self, crew: Crew) -> Iterator[DuplicateGroup]:
        """Yield all groups, the largest files first."""
        shared = {key: files for key, files in self._alike.items() if len(files) > 1}
        self._alike.clear()
        unsure = [files for (size_bytes, _), files in shared.items() if size_bytes > SMALL_BYTES]
        unsure.sort(key=_order_of_list)
        for _, group in groupby(self._compared(crew, unsure), key=_size):
            yield from sorted(group, key=_order)
        sure = [
            self._group(look, files)
            for (size_bytes, look), files in shared.items()
            if size_bytes <= SMALL_BYTES and isinstance(look, str)
        ]
        yield from sorted(sure, key=_order)
        if len(self._empty) > 1:
            yield self._group(_NOTHING, self._empty)

    def unreadable(self) -> list[UnreadableEntry]:
        """Return what could not be read, by path."""
        return sorted(self._failures, key=_path_bytes)

    def _compared(self, crew: Crew, lists: list[list[Listed]]) -> Iterator[DuplicateGroup]:
        task = compare_with_digest if self.is_digest_wanted else compare_only
        size_bytes = _LISTS_BYTES * crew.workers.size_factor
        portions = in_portions(lists, count=crew.workers.files_at_once, size_bytes=size_bytes, weigh=_list_bytes)
        done_files, total_files = 0, sum(map(len, lists))
        for portion, answers in crew.run(task, map(_with_plain_lists, portions)):
            for files, compared in zip(portion, answers, strict=True):
                yield from self._groups_of(files, compared)
                done_files += len(files)
            self.tell(FindingProgress(stage=Stage.COMPARING, done_files=done_files, total_files=total_files))

    def _groups_of(self, files: list[Listed], compared: Compared) -> Iterator[DuplicateGroup]:
        self._failures.extend(left_out(files[place].path, why) for place, why in compared.failures)
        for equal in compared.groups:
            yield self._group(equal.sha256, [files[place] for place in equal.places])

    def _group(self, sha256: str | None, files: list[Listed]) -> DuplicateGroup:
        in_order = sorted(files, key=_path_bytes)
        members = tuple(file.as_found() if isinstance(file, FileRow) else file for file in in_order)
        size_bytes = members[0].size_bytes
        return DuplicateGroup(size_bytes=size_bytes, sha256=sha256 if self.is_digest_wanted else None, members=members)


def _with_plain(files: list[Listed]) -> tuple[list[Listed], list[Plain]]:
    return files, list(map(plain, files))


def _by_folder(files: list[Listed]) -> tuple[list[Listed], list[Plain]]:
    files.sort(key=_folder)  # one that stays open is not looked up again
    return _with_plain(files)


def _with_plain_lists(lists: list[list[Listed]]) -> tuple[list[list[Listed]], list[list[Plain]]]:
    return lists, [list(map(plain, files)) for files in lists]


def _look_bytes(file: Listed) -> int:
    return min(file.size_bytes, SMALL_BYTES)


def _list_bytes(files: list[Listed]) -> int:
    return files[0].size_bytes * len(files)


def _folder(file: Listed) -> str:
    return file.path.rpartition("/")[0]


def _path_bytes(entry: Listed | UnreadableEntry) -> bytes:
    return entry.path.encode(_ENCODING, _ERRORS)


def _size(group: DuplicateGroup) -> int:
    return group.size_bytes


def _order(group: DuplicateGroup) -> tuple[int, bytes]:
    return -group.size_bytes, _path_bytes(group.members[0])


def _order_of_list(files: list[Listed]) -> tuple[int, bytes]:
    return -files[0].size_bytes, min(map(_path_bytes, files))
