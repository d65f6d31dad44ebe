"""Walking a share: every entry once, in a fixed order, following no link and changing nothing.

Folders are entered through open descriptors, so a folder that is swapped for a link in the meantime leads
nowhere and a path may be longer than the system would take in one piece.
"""

import errno
import os
import stat
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Final, cast

from scanners.crawling.agenda import Agenda, Step, StepState, inside_itself
from scanners.crawling.assistants import Processes, listing_alone, listing_in_threads
from scanners.crawling.entries import FileRow, FolderListing, ListedEntry, Portion
from scanners.crawling.listing import INSIDE_ITSELF, OFFLINE, Listed, Lister, Oddity, Row
from scanners.crawling.looking import rows_of
from scanners.crawling.pace import Pace, probe
from scanners.crawling.patterns import PathPatterns
from scanners.crawling.share_facts import is_offline
from scanners.crawling.volumes import mount_points, tells_attributes
from scanners.errors import SourceUnavailableError
from scanners.observation import (
    CrawlEntry,
    SeenFolder,
    SkippedEntry,
    SkipReason,
    UnreadableEntry,
    UnreadableReason,
)
from scanners.opening import open_root, reason_of

_LOOKS_TOGETHER = 2_000
_LOOKS_TOGETHER_FAR = 16  # each is a journey: many shall travel at the same time
_FOLDERS_OPEN = 64  # a share can be deeper than the number of files a process may open
_ENTRIES_ALONE = 500  # the walk itself must soon look after its assistants again
_MOST_CLOSED = 500  # folders; more of them are too long for a command line
_FAR_PROCESSES = 2
_THREADS_EACH = 32
_STEPS_AHEAD = 4_000  # one late answer must not keep all the others waiting
_STEPS_BETWEEN_LOOKS = 32
_ENTRIES_BETWEEN_LOOKS = 1_000  # a step may be thousands of them
_DEEPEST_AHEAD = 40  # who did not list the folder above comes down all the way; the walk itself stands there already
_NEAR = Pace(seconds_per_look=1e-6)
_WORTH_PROCESSES = 5_000  # entries; a small share is listed before a process has started
_ODDITY_FIELDS = 3
_QUESTION_FIELDS: Final = 2

_KINDS = {
    stat.S_IFLNK: (SkipReason.LINK, "a link; only what it leads to is a record, where that lies"),
    stat.S_IFIFO: (SkipReason.FIFO, "a pipe between programs"),
    stat.S_IFSOCK: (SkipReason.SOCKET, "a socket between programs"),
    stat.S_IFCHR: (SkipReason.DEVICE, "a device"),
    stat.S_IFBLK: (SkipReason.DEVICE, "a device"),
}
_AVOIDED = {
    SkipReason.QUARANTINE: "in quarantine, awaiting destruction or return",
    SkipReason.EXCLUDED: "excluded from this scan",
    SkipReason.OTHER_VOLUME: "another volume is mounted here; register it as a source of its own",
    SkipReason.OFFLINE: "kept on slower storage; opening it would recall it",
}

_as_row: Callable[[Row], FileRow] = partial(tuple.__new__, FileRow)


def crawl(
    root: str,
    *,
    quarantine_name: str = ".retention-quarantine",
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    pace: Pace | None = None,
) -> Generator[CrawlEntry, None, None]:
    """Yield everything below `root`: first a folder, then its other entries by name, then the folders inside it.

    Names are ordered by their bytes. Everything that is no folder yields exactly one found, skipped or
    unreadable entry, so their number equals what `find ROOT ! -type d` counts, folders that are not entered
    apart; every folder yields one seen folder, and one more entry when it cannot be listed or is not entered.
    The arguments and errors are those of `crawl_folders`, which is the faster of the two.
    """
    listings = crawl_folders(root, quarantine_name=quarantine_name, include=include, exclude=exclude, pace=pace)
    try:
        for listing in listings:
            if listing.is_first:
                yield SeenFolder(path=listing.path)
            if listing.trouble is not None:
                yield listing.trouble
            for entry in listing.entries:
                yield entry.as_found() if isinstance(entry, FileRow) else entry
    finally:
        listings.close()


def crawl_folders(
    root: str,
    *,
    quarantine_name: str = ".retention-quarantine",
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    pace: Pace | None = None,
) -> Generator[FolderListing, None, None]:
    """Yield every folder below `root` with all that is in it, a folder before the folders inside it.

    The order is the same whoever does the work: the walk itself on a small share, processes on a large local
    one, threads where every look takes a journey to a server. Memory holds the names of one folder, those of the
    folders still to enter above it, and at most some 80,000 entries that were listed ahead.

    Args:
        root: The folder to walk; it must not be a link.
        quarantine_name: The folder directly below the root whose content is counted and otherwise left alone.
        include: Patterns of the files to report as found (see `PathPatterns`); none stands for all.
        exclude: Patterns of what to leave out; a folder that is left out is seen and not entered.
        pace: How long a look takes here; measured when it is not given.

    Raises:
        SourceUnavailableError: At the first listing, when the root is missing, no folder, or cannot be opened.
        PatternError: At the first listing, when a pattern cannot be understood.
    """
    patterns = PathPatterns(include=include, exclude=exclude)
    descriptor = open_root(root)
    try:
        rules = _Rules(patterns, quarantine_name=quarantine_name, mounts=mount_points(root))
        walk = _Walk(
            descriptor, rules, pace or probe(root), device=_device(descriptor, root), ask_always=tells_attributes(root)
        )
        try:
            yield from walk.listings()
        finally:
            walk.close()
    finally:
        os.close(descriptor)


def crawl_portions(
    root: str,
    portions: Iterable[Portion],
    *,
    quarantine_name: str = ".retention-quarantine",
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Generator[FolderListing, None, None]:
    """Yield the folders of some portions of a share as `crawl_folders` does, which are assumed to be near and few.

    A portion that is no folder (any more) yields nothing; one in which nothing is looked at, such as another volume
    that is mounted there or one that is left out, yields what is not entered. Portions must not overlap.

    Raises:
        SourceUnavailableError: At the first listing, when the root is missing, no folder, or cannot be opened.
        PatternError: At the first listing, when a pattern cannot be understood.
    """
    patterns = PathPatterns(include=include, exclude=exclude)
    descriptor = open_root(root)
    try:
        rules = _Rules(patterns, quarantine_name=quarantine_name, mounts=mount_points(root))
        device, ask_always = _device(descriptor, root), tells_attributes(root)
        for portion in portions:
            start = rules.start_at(portion.path)
            walk = _Walk(
                descriptor, rules, _NEAR, device=device, ask_always=ask_always, start=start, is_flat=not portion.is_tree
            )
            try:
                yield from (listing for listing in walk.listings() if not _is_no_folder(listing, portion.path))
            finally:
                walk.close()
    finally:
        os.close(descriptor)


def _is_no_folder(listing: FolderListing, start: str) -> bool:
    gone = (UnreadableReason.VANISHED, UnreadableReason.NOT_A_FILE)
    return bool(start) and listing.path == start and listing.trouble is not None and listing.trouble.reason in gone


class _Rules:
    """What is reported of an entry, and which folders are not entered."""

    def __init__(self, patterns: PathPatterns, *, quarantine_name: str, mounts: frozenset[str]) -> None:
        self._patterns = patterns
        self._avoided = {
            quarantine_name: SkipReason.QUARANTINE,
            **dict.fromkeys(mounts, SkipReason.OTHER_VOLUME),
        }
        self.closed = frozenset(self._avoided)
        # Several folders are walked at once only where none of them need be judged by its name.
        self.can_walk = not patterns and len(self.closed) <= _MOST_CLOSED
        self._places = {path.rpartition("/")[0] for path in self._avoided}

    def refuse(self, path: str) -> SkippedEntry | SkipReason | None:
        """Say why the folder `path` is not entered, or as what all that is in it is reported."""
        avoid = self._avoided.get(path)
        if avoid is SkipReason.QUARANTINE:
            return avoid
        if avoid is None and self._patterns.exclude_folder(path):
            avoid = SkipReason.EXCLUDED
        return _skipped(path, avoid, is_folder=True) if avoid else None

    def start_at(self, path: str) -> Step:
        """Return the step for a folder from which a walk starts, below folders that may be refused themselves."""
        avoid: SkipReason | None = None
        for end in [*(place for place, letter in enumerate(path) if letter == "/"), len(path)] if path else []:
            verdict = self.refuse(path[:end])
            if isinstance(verdict, SkippedEntry):
                return Step(path=verdict.path, refusal=verdict, state=StepState.DONE)
            avoid = avoid or verdict
        return Step(path=path, avoid=avoid)

    def listings(self, step: Step) -> Iterator[FolderListing]:
        """Yield what a step that is done found."""
        if step.stretch is not None:
            for path, failure, rows, is_odd in step.stretch[0]:
                trouble = _trouble(path, failure) if failure else None
                entries = self._entries(path, rows, step.avoid, is_odd=is_odd)
                yield FolderListing(path=path, entries=entries, trouble=trouble)
            return
        is_first = step.names is None
        if step.refusal is not None or step.answer is None:
            yield FolderListing(path=step.path, is_first=is_first, trouble=step.refusal)
            return
        _, failure, _, rows, is_odd, _ = step.answer
        trouble = _trouble(step.path, failure) if failure and is_first else None
        entries = self._entries(step.path, rows, step.avoid, is_odd=is_odd)
        yield FolderListing(path=step.path, entries=entries, is_first=is_first, trouble=trouble)

    def _entries(self, path: str, rows: Listed, avoid: SkipReason | None, *, is_odd: bool) -> Sequence[ListedEntry]:
        is_judging = bool(is_odd or avoid or path in self._places or self._patterns)
        if isinstance(rows, tuple):
            files = rows_of(path, rows, _as_row)
            return [self._entry(row, avoid) for row in files] if is_judging else files
        if is_judging:
            return [self._entry(row, avoid) for row in rows]
        return list(map(_as_row, cast("list[Row]", rows)))

    def _entry(self, row: Row | Oddity, avoid: SkipReason | None) -> ListedEntry:
        path = row[0]
        avoid = avoid or self._avoided.get(path)
        if avoid is None and self._patterns.exclude_file(path):
            avoid = SkipReason.EXCLUDED
        if avoid:
            return _skipped(path, avoid)
        if len(row) > _ODDITY_FIELDS:
            return _as_row(cast("Row", row))
        _, code, words = cast("Oddity", row)
        if code == OFFLINE:
            return _skipped(path, SkipReason.OFFLINE)
        if code < 0:
            reason, detail = _KINDS.get(-code, (SkipReason.DEVICE, "not a file of any known kind"))
            return SkippedEntry(path=path, reason=reason, detail=detail)
        return _unreadable(path, OSError(code, words), is_folder=False)


class _Walk:
    """One walk over one share, alone or with assistants who list ahead."""

    def __init__(
        self,
        descriptor: int,
        rules: _Rules,
        pace: Pace,
        *,
        device: int,
        ask_always: bool,
        start: Step | None = None,
        is_flat: bool = False,
    ) -> None:
        self._root = descriptor
        self._rules = rules
        self._pace = pace
        self._device = device
        self._ask_always = ask_always
        self._is_far = pace.is_far
        self._at_once = _LOOKS_TOGETHER_FAR if self._is_far else _LOOKS_TOGETHER
        self._agenda = Agenda(
            refuse=rules.refuse,
            at_once=self._at_once,
            steps_ahead=_STEPS_AHEAD,
            start=start,
            is_flat=is_flat,
            closed=rules.closed,
        )
        self._lister = Lister(
            descriptor,
            device=device,
            at_once=self._at_once,
            max_open=_FOLDERS_OPEN,
            is_offline=is_offline,
            ask_always=ask_always,
            closed=rules.closed,
            is_near=not self._is_far,
        )
        self._assistants: Processes | None = None
        if self._is_far:
            program = listing_in_threads(
                descriptor, device=device, at_once=self._at_once, threads=_THREADS_EACH, ask_always=ask_always
            )
            self._assistants = Processes(_FAR_PROCESSES, descriptor, program)

    def listings(self) -> Iterator[FolderListing]:
        seen = looked = 0
        for number in count(1):
            if (step := self._agenda.head()) is None:
                return
            while step.state is not StepState.DONE:
                self._do(step)
            for listing in self._rules.listings(step):
                yield listing
                seen += len(listing.entries) + 1
            self._agenda.advance()
            if self._assistants is None:
                if seen > _WORTH_PROCESSES and self._pace.processes and not self._ask_always:
                    self._agenda.is_walking = self._rules.can_walk
                    program = listing_alone(
                        self._root,
                        device=self._device,
                        at_once=self._at_once,
                        are_walking=self._rules.can_walk,
                        closed=self._rules.closed,
                    )
                    self._assistants = Processes(self._pace.processes, self._root, program)
            elif number % _STEPS_BETWEEN_LOOKS == 0 or seen - looked > _ENTRIES_BETWEEN_LOOKS:
                looked = seen
                self._delegate(self._assistants)

    def close(self) -> None:
        if self._assistants is not None:
            self._assistants.close()
        self._lister.close()

    def _do(self, head: Step) -> None:
        """Bring the walk nearer to reporting `head`."""
        assistants = self._assistants
        if assistants is None:
            self._answer(head)
            return
        self._delegate(assistants, head if self._is_far else None)
        if head.state is StepState.OPEN:
            self._answer(head)
        elif head.state is StepState.GIVEN:
            # On a disk the walk itself works too, ahead of where it stands; far away it would be waited for.
            step = None if self._is_far else self._agenda.next_step()
            if step is not None:
                self._answer(step)
            else:
                self._collect(assistants, wait=True)

    def _delegate(self, assistants: Processes, first: Step | None = None) -> None:
        """Take what the assistants have done, and give them the next steps, `first` before all."""
        self._collect(assistants, wait=False)
        steps: list[Step] = []
        for _ in range(assistants.wants()):
            is_first = first is not None and first.state is StepState.OPEN and not steps
            step = first if is_first else self._agenda.next_step()
            if step is None:
                break
            if step.path.count("/") < _DEEPEST_AHEAD:
                step.state = StepState.GIVEN
                steps.append(step)
            elif is_first:
                break  # the walk itself does this one next
        if steps:
            assistants.give(steps)

    def _collect(self, assistants: Processes, *, wait: bool) -> None:
        for step, answer in assistants.take(wait=wait):
            if answer is None:
                self._answer(step)
            else:
                self._agenda.settle(step, answer)

    def _answer(self, step: Step) -> None:
        question = step.question(most=_ENTRIES_ALONE)
        is_plain = len(question) == _QUESTION_FIELDS
        self._agenda.settle(step, self._lister.answer(*question) if is_plain else self._lister.stretch(*question))


def _device(descriptor: int, root: str) -> int:
    try:
        return os.fstat(descriptor).st_dev
    except OSError as error:
        raise SourceUnavailableError(root=root, detail=error.strerror or str(error)) from error


def _skipped(path: str, reason: SkipReason, *, is_folder: bool = False) -> SkippedEntry:
    return SkippedEntry(path=path, reason=reason, detail=_AVOIDED[reason], is_folder=is_folder)


def _trouble(path: str, failure: tuple[int, str]) -> SkippedEntry | UnreadableEntry:
    if failure[0] == INSIDE_ITSELF:
        return inside_itself(path)
    if failure[0] == errno.EXDEV:
        return _skipped(path, SkipReason.OTHER_VOLUME, is_folder=True)
    return _unreadable(path, OSError(*failure), is_folder=True)


def _unreadable(path: str, error: OSError, *, is_folder: bool) -> UnreadableEntry:
    reason, detail = reason_of(error)
    if is_folder and reason is UnreadableReason.NOT_A_FILE:
        detail = "a link has taken the folder's place"
    return UnreadableEntry(path=path, reason=reason, detail=detail, is_folder=is_folder)
