"""The first half of a scan: what lies below a root goes into the ledger, in batches.

What is the same as a copy already known (path, size, modification time, inode) is only counted; the rest is
to be examined.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import assert_never

from retention.domain.assets import Source
from retention.domain.records import CopyId, CopyState
from retention.errors import SourceVanishedError
from retention.services.workspace import QUARANTINE_NAME
from retention.store import ledger, records
from retention.store.catalogue import Catalogue
from retention.store.ledger import FolderTrouble, FoundEntry, LedgerBatch, NotedEntry
from retention.store.records import KnownCopy
from retention.store.scans import Scan
from scanners import (
    CrawlEntry,
    FoundFile,
    SeenFolder,
    SkippedEntry,
    SourceUnavailableError,
    UnreadableEntry,
    crawl,
)

_LOOKED_UP_TOGETHER = 1_000
_MAX_FOUND = 200
_MAX_BYTES = 64 << 20
_MAX_COUNTED = 5_000
_ANOTHER = "another folder or an empty mount point lies there now"


class RootWatch:
    """Knows a root again, so that a share that is not mounted is never taken for one that was emptied."""

    def __init__(self, source: Source) -> None:
        """Remember the folder at the root of `source`.

        Raises:
            SourceVanishedError: None can be reached, or it is not the one that was registered.
        """
        self._root = source.root
        self._identity = self._look()
        if self._identity[1] != source.root_inode:
            raise SourceVanishedError(root=self._root, detail=_ANOTHER)

    def check(self) -> None:
        """Raise `SourceVanishedError` when another folder, or none, lies at the root now."""
        if self._look() != self._identity:
            raise SourceVanishedError(root=self._root, detail=_ANOTHER)

    def _look(self) -> tuple[int, int]:
        try:
            found = os.stat(self._root)  # noqa: PTH116  # paths are strings here: names may be any bytes
        except OSError as error:
            raise SourceVanishedError(root=self._root, detail=error.strerror or str(error)) from error
        return found.st_dev, found.st_ino


def crawl_into_ledger(
    catalogue: Catalogue, source: Source, scan: Scan, *, on_progress: Callable[[int, int], None]
) -> Scan:
    """Fill the ledger of `scan`; return the scan with its totals, which are not stored yet.

    Args:
        catalogue: Where the ledger is.
        source: The root to crawl.
        scan: The scan that was begun.
        on_progress: Told the files and bytes found so far.

    Raises:
        SourceVanishedError: The root cannot be reached.
        StaleError: Another scan of the source has begun meanwhile.
    """
    batching = _Batching()
    try:
        for group in _groups(crawl(source.root, quarantine_name=QUARANTINE_NAME)):
            _check_root_listed(source, group)
            with catalogue.reading() as tx:
                known = records.known_at(
                    tx, source.source_id, [entry.path for entry in group if isinstance(entry, FoundFile)]
                )
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


def _check_root_listed(source: Source, group: Sequence[CrawlEntry]) -> None:
    for entry in group:
        if isinstance(entry, UnreadableEntry) and not entry.path:
            raise SourceVanishedError(root=source.root, detail=entry.detail)


@dataclass(slots=True)
class _Batching:
    """Cuts the stream of entries into batches; holds one unfinished batch."""

    files: int = 0
    folders: int = 0
    size_bytes: int = 0
    _number: int = 0
    _to_read_bytes: int = 0
    _found: list[FoundEntry] = field(default_factory=list)
    _noted: list[NotedEntry] = field(default_factory=list)
    _unchanged: list[CopyId] = field(default_factory=list)
    _troubles: list[FolderTrouble] = field(default_factory=list)

    def sort(self, group: Sequence[CrawlEntry], known: Mapping[str, KnownCopy]) -> Iterator[LedgerBatch]:
        for entry in group:
            self._add(entry, known)
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
        self._to_read_bytes = 0
        for part in (self._found, self._noted, self._unchanged, self._troubles):
            part.clear()

    def _is_full(self) -> bool:
        counted = len(self._noted) + len(self._unchanged) + len(self._troubles)
        return len(self._found) >= _MAX_FOUND or self._to_read_bytes >= _MAX_BYTES or counted >= _MAX_COUNTED

    def _add(self, entry: CrawlEntry, known: Mapping[str, KnownCopy]) -> None:
        match entry:
            case FoundFile():
                self.files += 1
                self.size_bytes += entry.size_bytes
                self._add_file(entry, known.get(entry.path))
            case SkippedEntry(is_folder=True) | UnreadableEntry(is_folder=True):
                self._troubles.append(_trouble(entry))
            case SkippedEntry():
                self.files += 1
                self._noted.append(_noted(entry, CopyState.SKIPPED))
            case UnreadableEntry():
                self.files += 1
                self._noted.append(_noted(entry, CopyState.UNREADABLE))
            case SeenFolder():
                self.folders += 1
            case _:
                assert_never(entry)

    def _add_file(self, file: FoundFile, copy: KnownCopy | None) -> None:
        if copy is not None and copy.is_unchanged(
            size_bytes=file.size_bytes, modified_ns=file.modified_ns, inode=file.inode
        ):
            self._unchanged.append(copy.copy_id)
            return
        self._to_read_bytes += file.size_bytes
        self._found.append(
            FoundEntry(
                path=file.path,
                size_bytes=file.size_bytes,
                modified_ns=file.modified_ns,
                inode=file.inode,
                device=file.device,
                link_count=file.link_count,
            )
        )


def _noted(entry: SkippedEntry | UnreadableEntry, state: CopyState) -> NotedEntry:
    return NotedEntry(path=entry.path, state=state, reason=entry.reason, detail=entry.detail)


def _trouble(entry: SkippedEntry | UnreadableEntry) -> FolderTrouble:
    return FolderTrouble(path=entry.path, reason=entry.reason, detail=entry.detail)


def _groups(entries: Iterator[CrawlEntry]) -> Iterator[tuple[CrawlEntry, ...]]:
    while group := tuple(islice(entries, _LOOKED_UP_TOGETHER)):
        yield group
