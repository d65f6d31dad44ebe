"""Scanning a source: crawl into the ledger, examine its batches, land each exactly once, close the sum.

The share is only read. A scan may be killed at any point and run again: one that was still crawling starts
anew, one that was examining goes on with the batches that have not landed. Memory does not grow with the
share: batches hold at most 200 files or 64 MB to read, and no more than four per worker are in flight.
"""

import queue
import resource
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Protocol

from retention.clock import Clock
from retention.domain.assets import Source
from retention.domain.records import CopyState
from retention.errors import RetentionError, SourceVanishedError
from retention.services.crawling import RootWatch, crawl_into_ledger
from retention.store import landing, ledger, records, scans
from retention.store.catalogue import Catalogue, Transaction
from retention.store.landing import ContentRead, Sighting
from retention.store.ledger import LedgerBatch
from retention.store.scans import Scan, ScanCounts, ScanState
from scanners import (
    ExaminationLimits,
    Examiner,
    FileObservation,
    FoundFile,
    ScannerError,
    SourceUnavailableError,
    UnreadableEntry,
)

_WINDOW_PER_WORKER = 4
_STUCK = "not_examined"


class ScanPhase(StrEnum):
    """What a scan is doing."""

    CRAWLING = "crawling"
    EXAMINING = "examining"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProgress:
    """How far a scan has come; the total is not known while it crawls."""

    phase: ScanPhase
    done_files: int
    total_files: int | None
    done_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSummary:
    """What a finished scan found; `files` is the sum of the parts.

    `peak_rss_bytes` is the most memory this process held, plus that of its largest child.
    """

    scan: Scan
    counts: ScanCounts
    seconds: float
    peak_rss_bytes: int

    @property
    def is_complete(self) -> bool:
        """Tell whether every batch could be examined; those that got stuck are listed as unreadable."""
        return self.counts.stuck_batches == 0

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract."""
        return {
            "schema_version": 1,
            "scan_id": self.scan.scan_id,
            "source": self.scan.source_id,
            "files": self.scan.files,
            "bytes": self.scan.size_bytes,
            "folders": self.scan.folders,
            "examined": self.counts.examined,
            "unchanged": self.counts.unchanged,
            "unreadable": self.counts.unreadable,
            "skipped": dict(self.counts.skipped),
            "unreadable_folders": self.counts.unreadable_folders,
            "seconds": round(self.seconds, 3),
            "peak_rss_bytes": self.peak_rss_bytes,
        }


class BatchExaminer(Protocol):
    """What examines files: `scanners.Examiner`, or a stand-in for one on another machine."""

    def examine(self, root: str, files: Sequence[FoundFile]) -> Iterator[FileObservation | UnreadableEntry]:
        """Yield one row for each file, in order, whatever the file does."""
        ...


ExaminerOpener = Callable[[], AbstractContextManager[BatchExaminer]]


def scan_source(
    catalogue: Catalogue,
    source: Source,
    *,
    at: datetime,
    clock: Clock,
    workers: int,
    on_progress: Callable[[ScanProgress], None],
    seconds_per_file: float = 60.0,
    open_examiner: ExaminerOpener | None = None,
) -> ScanSummary:
    """Bring the catalogue up to date with what lies below the root of `source`; read-only on the share.

    Args:
        catalogue: Where everything found is written.
        source: The root to look at.
        at: When the scan began.
        clock: Tells when it ended.
        workers: How many files are examined at the same time.
        on_progress: Told how far the scan has come.
        seconds_per_file: A file that takes longer is reported, not waited for.
        open_examiner: What examines files in place of `scanners.Examiner`.

    Raises:
        SourceVanishedError: The root cannot be reached, or went away meanwhile; nothing counts as missing.
        StaleError: Another scan of the source took over.
        CatalogueDamagedError: The closing equation does not hold; the scan is not closed.
    """
    started_seconds = time.monotonic()
    opener = open_examiner or partial(Examiner, limits=ExaminationLimits(seconds_per_file=seconds_per_file))
    watch = RootWatch(source)
    new = Scan(scan_id=str(uuid.uuid4()), source_id=source.source_id, state=ScanState.CRAWLING, started_at=at)
    with catalogue.transaction() as tx:
        scan = scans.begin(tx, new)
    if scan.state is ScanState.CRAWLING:
        scan = _crawl(catalogue, source, scan, watch, on_progress)
    _Examination(catalogue, source, scan, watch, on_progress).run(opener, workers)
    watch.check()
    with catalogue.transaction() as tx:
        counts = scans.finish(tx, scan, at=clock.now())
    return ScanSummary(
        scan=scan,
        counts=counts,
        seconds=time.monotonic() - started_seconds,
        peak_rss_bytes=_peak_rss_bytes(),
    )


def _crawl(
    catalogue: Catalogue,
    source: Source,
    begun: Scan,
    watch: RootWatch,
    on_progress: Callable[[ScanProgress], None],
) -> Scan:
    def tell(files: int, size_bytes: int) -> None:
        on_progress(ScanProgress(phase=ScanPhase.CRAWLING, done_files=files, total_files=None, done_bytes=size_bytes))

    crawled = crawl_into_ledger(catalogue, source, begun, on_progress=tell)
    watch.check()
    with catalogue.transaction() as tx:
        scans.crawled(tx, crawled)
    return crawled


class _Examination:
    """The second half of a scan: every batch still to do is examined and landed."""

    def __init__(
        self,
        catalogue: Catalogue,
        source: Source,
        scan: Scan,
        watch: RootWatch,
        on_progress: Callable[[ScanProgress], None],
    ) -> None:
        self._catalogue = catalogue
        self._source = source
        self._scan = scan
        self._watch = watch
        self._on_progress = on_progress
        self._done_files = 0
        self._done_bytes = 0
        self._stopping = threading.Event()

    def run(self, open_examiner: ExaminerOpener, workers: int) -> None:
        with self._catalogue.reading() as tx:
            self._done_files = scans.counts(tx, self._scan).files
        with _idle_examiners(open_examiner, workers) as idle, ThreadPoolExecutor(workers) as pool:
            try:
                self._drain(pool, idle, window=_WINDOW_PER_WORKER * workers)
            except BaseException:
                self._stopping.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _drain(self, pool: ThreadPoolExecutor, idle: "queue.SimpleQueue[BatchExaminer]", *, window: int) -> None:
        running: dict[Future[list[Sighting]], _Sent] = {}

        def settle() -> None:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                sent = running.pop(done)
                if not self._land(sent, done):
                    running[pool.submit(self._examine, sent.batch, idle)] = sent

        for sent in self._to_send():
            running[pool.submit(self._examine, sent.batch, idle)] = sent
            if len(running) >= window:
                settle()
        while running:
            settle()

    def _to_send(self) -> Iterator["_Sent"]:
        after = -1
        while True:
            with self._catalogue.reading() as tx:
                batches = ledger.todo(tx, self._scan.scan_id, after=after, limit=_WINDOW_PER_WORKER)
                sent = [_Sent(batch, self._destroyed_in(tx, batch)) for batch in batches]
            if not sent:
                return
            yield from sent
            after = sent[-1].batch.number

    def _destroyed_in(self, tx: Transaction, batch: LedgerBatch) -> frozenset[str]:
        known = records.known_at(tx, self._source.source_id, [entry.path for entry in batch.found])
        return frozenset(path for path, copy in known.items() if copy.state is CopyState.DESTROYED)

    def _examine(self, batch: LedgerBatch, idle: "queue.SimpleQueue[BatchExaminer]") -> list[Sighting]:
        sightings = [
            Sighting(path=noted.path, state=noted.state, finding=noted.reason, detail=noted.detail)
            for noted in batch.noted
        ]
        if not batch.found:
            return sightings
        files = [
            FoundFile(
                path=entry.path,
                size_bytes=entry.size_bytes,
                modified_ns=entry.modified_ns,
                inode=entry.inode,
                device=entry.device,
                link_count=entry.link_count,
            )
            for entry in batch.found
        ]
        examiner = idle.get()
        try:
            rows = examiner.examine(self._source.root, files)
            for file, row in zip(files, rows, strict=True):
                sightings.append(_sighting(file, row))
                if self._stopping.is_set():
                    break
        finally:
            idle.put(examiner)
        return sightings

    def _land(self, sent: "_Sent", done: Future[list[Sighting]]) -> bool:
        """Land what a worker brought; False when the batch failed and should be tried again."""
        batch, state = sent.batch, "done"
        if (error := done.exception()) is not None:
            if not isinstance(error, Exception):
                raise error
            if isinstance(error, SourceUnavailableError):
                raise SourceVanishedError(root=error.root, detail=error.detail) from error
            self._watch.check()
            with self._catalogue.transaction() as tx:
                tries = ledger.count_try(tx, self._scan.scan_id, batch.number)
            if tries < ledger.MAX_TRIES:
                return False
            if isinstance(error, ScannerError):  # no file is to blame: the tools do not work
                raise RetentionError(
                    what=error.what,
                    not_done=f"{error.not_done} The scan was not finished.",
                    next_step=error.next_step,
                ) from error
            sightings, state = _not_examined(batch, error), "stuck"
        else:
            sightings = done.result()
        if any(sighting.finding == landing.VANISHED for sighting in sightings):
            self._watch.check()  # a share that was unmounted looks as if every file had been deleted
        with self._catalogue.transaction() as tx:
            landing.land(tx, self._scan, batch, sightings, known_destroyed=sent.known_destroyed, state=state)
        self._done_files += batch.files
        self._done_bytes += batch.size_bytes
        self._on_progress(
            ScanProgress(
                phase=ScanPhase.EXAMINING,
                done_files=self._done_files,
                total_files=self._scan.files,
                done_bytes=self._done_bytes,
            )
        )
        return True


@dataclass(frozen=True, slots=True)
class _Sent:
    batch: LedgerBatch
    known_destroyed: frozenset[str]


@contextmanager
def _idle_examiners(open_examiner: ExaminerOpener, workers: int) -> Iterator["queue.SimpleQueue[BatchExaminer]"]:
    # as many examiners as threads, so that taking one never waits
    with ExitStack() as opened:
        idle: queue.SimpleQueue[BatchExaminer] = queue.SimpleQueue()
        for _ in range(workers):
            idle.put(opened.enter_context(open_examiner()))
        yield idle


def _sighting(file: FoundFile, row: FileObservation | UnreadableEntry) -> Sighting:
    if row.path != file.path:
        message = f"the examiner answered for {row.path!r} when asked for {file.path!r}"
        raise RuntimeError(message)
    if isinstance(row, UnreadableEntry):
        return Sighting(
            path=file.path,
            state=CopyState.UNREADABLE,
            finding=row.reason,
            detail=row.detail,
            size_bytes=file.size_bytes,
            modified_ns=file.modified_ns,
            inode=file.inode,
            device=file.device,
            link_count=file.link_count,
        )
    return Sighting(
        path=file.path,
        state=CopyState.PRESENT,
        finding=next((problem.kind for problem in row.problems if problem.kind.hides_content), ""),
        detail="; ".join(problem.detail for problem in row.problems),
        size_bytes=row.size_bytes,
        modified_ns=row.modified_ns,
        inode=row.inode,
        device=row.device,
        link_count=row.link_count,
        content=_content(row),
    )


def _content(row: FileObservation) -> ContentRead:
    # compressed here, in the worker's thread, so that batches that wait to land are small
    return ContentRead(
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        text_read=row.text_read,
        is_unread=row.content_unread,
        words=landing.compressed(row.text),
        properties=row.properties,
        problems=[(problem.kind, problem.detail) for problem in row.problems],
    )


def _not_examined(batch: LedgerBatch, error: Exception) -> list[Sighting]:
    noted = [
        Sighting(path=entry.path, state=entry.state, finding=entry.reason, detail=entry.detail) for entry in batch.noted
    ]
    return noted + [
        Sighting(
            path=entry.path,
            state=CopyState.UNREADABLE,
            finding=_STUCK,
            detail=f"its batch failed {ledger.MAX_TRIES} times, the last time with: {error!r}",
            size_bytes=entry.size_bytes,
            modified_ns=entry.modified_ns,
            inode=entry.inode,
            device=entry.device,
            link_count=entry.link_count,
        )
        for entry in batch.found
    ]


def _peak_rss_bytes() -> int:
    kibibytes = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    )
    return kibibytes * 1024
