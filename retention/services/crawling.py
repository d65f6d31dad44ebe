"""The first half of a scan: what lies below a root goes into the ledger, in batches.

What is the same as a copy already known (path, size, inode, times of modification and of last change) is only
counted, a sample of it apart; the rest is to be examined.
"""

import math
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import assert_never

from retention.domain.assets import Source
from retention.domain.records import CopyId, CopyState
from retention.errors import InvalidInputError, SourceVanishedError
from retention.services.workspace import QUARANTINE_NAME
from retention.store import ledger, records
from retention.store.catalogue import Catalogue
from retention.store.ledger import FolderTrouble, FoundEntry, LedgerBatch, NotedEntry
from retention.store.records import KnownCopy
from retention.store.scans import Scan
from scanners import SkippedEntry, SourceUnavailableError, UnreadableEntry
from scanners.crawling import FileRow, FolderListing, ListedEntry, Portion, crawl_folders, crawl_portions
from scanners.examination.effort import expected_seconds

_LOOKED_UP_TOGETHER = 1_000
_AIM_SECONDS = 1.5
_MAX_FOUND = 1_000
_MAX_BYTES = 256 << 20
_MAX_COUNTED = 5_000
# The first batches are small, so that a small share too is shared among the workers, and progress is seen early.
_FIRST_FOUND = 100
_BATCHES_BEFORE_DOUBLING = 4
_ANOTHER = "another folder or an empty mount point lies there now"
_WHOLE = 100.0
_NEVER = 0


class RootWatch:
    """Knows a root again, so that a share that is not mounted is never taken for one that was emptied."""

    def __init__(self, source: Source, numbers: Callable[[], tuple[int, int]] | None = None) -> None:
        """Remember the folder at the root of `source`; `numbers` tells its volume and its own number elsewhere.

        Raises:
            SourceVanishedError: None can be reached, or it is not the one that was registered.
        """
        self._root = source.root
        self._look = numbers or self._numbers
        self._identity = self._look()
        if self._identity[1] != source.root_inode:
            raise SourceVanishedError(root=self._root, detail=_ANOTHER)

    def check(self) -> None:
        """Raise `SourceVanishedError` when another folder, or none, lies at the root now."""
        if self._look() != self._identity:
            raise SourceVanishedError(root=self._root, detail=_ANOTHER)

    def _numbers(self) -> tuple[int, int]:
        try:
            found = os.stat(self._root)  # noqa: PTH116  # paths are strings here: names may be any bytes
        except OSError as error:
            raise SourceVanishedError(root=self._root, detail=error.strerror or str(error)) from error
        return found.st_dev, found.st_ino


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which of the files that seem unchanged are read again: a share of them, drawn anew for every seed.

    Args:
        percent: How many of a hundred.
        seed: The same seed draws the same files; without one every scan draws others.
    """

    percent: float
    seed: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no share of a hundred."""
        if not 0 <= self.percent <= _WHOLE:
            raise InvalidInputError(
                what=f"{self.percent:g} is no percentage",
                not_done="Nothing was scanned.",
                next_step="Give a number from 0 to 100 with --verify.",
            )

    def seeded(self, scan_id: str) -> "Sampling":
        """Return the sampling of one scan."""
        return self if self.seed else replace(self, seed=scan_id)

    def picks(self, path: str) -> bool:
        """Tell whether this file is one of the sample."""
        if not self.percent:
            return False
        drawn = blake2b(os.fsencode(path), digest_size=8, key=self.seed.encode()[:64]).digest()
        return int.from_bytes(drawn) < self.percent / _WHOLE * (1 << 64)


def crawl_into_ledger(
    catalogue: Catalogue,
    source: Source,
    scan: Scan,
    *,
    sampling: Sampling,
    on_progress: Callable[[int, int], None],
    wary_since_ns: int | None = None,
    linked: set[int] | None = None,
    list_folders: Callable[[Source], Generator[FolderListing, None, None]] | None = None,
) -> Scan:
    """Fill the ledger of `scan`; return the scan with its totals, which are not stored yet.

    Args:
        catalogue: Where the ledger is.
        source: The root to crawl.
        scan: The scan that was begun.
        sampling: Which files are read although they seem unchanged.
        on_progress: Told the files and bytes found so far.
        wary_since_ns: A file that changed later than this is examined again in the next scan of its folder, whatever
            its times say then: a change soon after this one may bear the very same time.
        linked: Takes the inodes of changed files that have, or had, several names.
        list_folders: What tells of a root that is no folder of this machine.

    Raises:
        SourceVanishedError: The root cannot be reached.
        StaleError: Another scan of the source has begun meanwhile.
    """
    batching = _Batching(
        sampling.seeded(scan.scan_id),
        wary_since_ns=math.inf if wary_since_ns is None else wary_since_ns,
        linked=linked,
    )
    try:
        # closed at once when somebody else takes over: the walk may have processes at work
        with closing(list_folders(source) if list_folders else _listings(source, scan)) as listings:
            for group in _groups(_watched(listings, source, batching)):
                paths = [entry.path for entry in group if isinstance(entry, FileRow)]
                with catalogue.reading() as tx:
                    known = records.known_at(tx, source.source_id, paths)
                full = list(batching.sort(group, known))
                if full:
                    with catalogue.transaction() as tx:
                        ledger.put(tx, scan.scan_id, full)
                on_progress(batching.files, batching.size_bytes)
    except SourceUnavailableError as error:
        raise SourceVanishedError(root=source.root, detail=error.detail) from error
    with catalogue.transaction() as tx:
        ledger.put(tx, scan.scan_id, list(batching.rest()))
    return replace(scan, folders=batching.folders, files=batching.files, size_bytes=batching.size_bytes)


def _listings(source: Source, scan: Scan) -> Generator[FolderListing, None, None]:
    if scan.scope is None:
        return crawl_folders(
            source.root, quarantine_name=QUARANTINE_NAME, include=source.include, exclude=source.exclude
        )
    portions = [Portion(part.path, is_tree=part.is_tree) for part in scan.scope]
    return crawl_portions(
        source.root, portions, quarantine_name=QUARANTINE_NAME, include=source.include, exclude=source.exclude
    )


def _watched(
    listings: Generator[FolderListing, None, None], source: Source, batching: "_Batching"
) -> Iterator[FolderListing]:
    for listing in listings:
        if not listing.path and isinstance(listing.trouble, UnreadableEntry):
            raise SourceVanishedError(root=source.root, detail=listing.trouble.detail)
        batching.count(listing)
        yield listing


def _groups(listings: Iterator[FolderListing]) -> Iterator[list[ListedEntry]]:
    """Yield entries together, as looking them up one folder at a time would take far longer."""
    group: list[ListedEntry] = []
    for listing in listings:
        for start in range(0, len(listing.entries), _LOOKED_UP_TOGETHER):
            group.extend(listing.entries[start : start + _LOOKED_UP_TOGETHER])
            if len(group) >= _LOOKED_UP_TOGETHER:
                yield group
                group = []
    if group:
        yield group


@dataclass(slots=True)
class _Batching:
    """Cuts the stream of entries into batches; holds one unfinished batch."""

    sampling: Sampling
    wary_since_ns: float
    linked: set[int] | None
    files: int = 0
    folders: int = 0
    size_bytes: int = 0
    _number: int = 0
    _share: float = field(default_factory=lambda: _share(0))
    _to_read_bytes: int = 0
    _to_read_seconds: float = 0.0
    _found: list[FoundEntry] = field(default_factory=list)
    _noted: list[NotedEntry] = field(default_factory=list)
    _unchanged: list[CopyId] = field(default_factory=list)
    _troubles: list[FolderTrouble] = field(default_factory=list)

    def count(self, listing: FolderListing) -> None:
        self.folders += listing.is_first
        if listing.trouble is not None:
            self._troubles.append(_trouble(listing.trouble))

    def sort(self, group: Sequence[ListedEntry], known: Mapping[str, KnownCopy]) -> Iterator[LedgerBatch]:
        for entry in group:
            self.files += 1
            match entry:
                case FileRow():
                    self.size_bytes += entry.size_bytes
                    self._add_file(entry, known.get(entry.path))
                case SkippedEntry():
                    self._noted.append(_noted(entry, CopyState.SKIPPED))
                case UnreadableEntry():
                    self._noted.append(_noted(entry, CopyState.UNREADABLE))
                case _:
                    assert_never(entry)
            if self._is_full():
                yield from self.rest()

    def rest(self) -> Iterator[LedgerBatch]:
        if not (self._found or self._noted or self._unchanged or self._troubles):
            return
        yield LedgerBatch(
            number=self._number,
            found=tuple(self._found),
            noted=tuple(self._noted),
            unchanged=tuple(self._unchanged),
            folders=tuple(self._troubles),
        )
        self._number += 1
        self._share = _share(self._number)
        self._to_read_bytes, self._to_read_seconds = 0, 0.0
        for part in (self._found, self._noted, self._unchanged, self._troubles):
            part.clear()

    def _is_full(self) -> bool:
        return (
            len(self._found) >= _MAX_FOUND * self._share
            or self._to_read_seconds >= _AIM_SECONDS * self._share
            or self._to_read_bytes >= _MAX_BYTES
            or len(self._unchanged) >= _MAX_COUNTED
            or len(self._noted) + len(self._troubles) >= _MAX_COUNTED
        )

    def _add_file(self, file: FileRow, copy: KnownCopy | None) -> None:
        is_unchanged = copy is not None and copy.is_unchanged(
            size_bytes=file.size_bytes,
            modified_ns=file.modified_ns,
            inode=file.inode,
            changed_ns=file.changed_ns,
        )
        if copy is not None and is_unchanged and not self.sampling.picks(file.path):
            self._unchanged.append(copy.copy_id)
            return
        if self.linked is not None:
            _add_linked(self.linked, file, copy)
        self._to_read_bytes += file.size_bytes
        self._to_read_seconds += expected_seconds(file.path, file.size_bytes)
        self._found.append(
            FoundEntry(
                path=file.path,
                size_bytes=file.size_bytes,
                modified_ns=file.modified_ns,
                inode=file.inode,
                device=file.device,
                link_count=file.link_count,
                changed_ns=_NEVER if file.changed_ns >= self.wary_since_ns else file.changed_ns,
                is_sample=is_unchanged,
            )
        )


def _share(number: int) -> float:
    """Return how large the batch of this number is, as a share of a whole one."""
    doublings = min(number // _BATCHES_BEFORE_DOUBLING, 9)
    return min(_FIRST_FOUND << doublings, _MAX_FOUND) / _MAX_FOUND


def _add_linked(linked: set[int], file: FileRow, copy: KnownCopy | None) -> None:
    if file.link_count > 1:
        linked.add(file.inode)
    if copy is not None and copy.link_count > 1:  # another file may have taken this name since
        linked.add(copy.inode)


def _noted(entry: SkippedEntry | UnreadableEntry, state: CopyState) -> NotedEntry:
    return NotedEntry(path=entry.path, state=state, reason=entry.reason, detail=entry.detail)


def _trouble(entry: SkippedEntry | UnreadableEntry) -> FolderTrouble:
    return FolderTrouble(path=entry.path, reason=entry.reason, detail=entry.detail)
