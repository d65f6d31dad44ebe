"""The second half of a scan: every batch still to do is examined and landed."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from retention import __version__
from retention.domain.assets import Source
from retention.errors import RetentionError, SourceVanishedError
from retention.services.crawling import RootWatch
from retention.services.scanning.facts import facts_beside
from retention.services.scanning.sightings import Row, found_file, not_examined, noted, sighting
from retention.services.scanning.summary import ScanPhase, ScanProgress
from retention.store import contents, landing, ledger, records, scans
from retention.store.catalogue import Catalogue, Transaction
from retention.store.contents import KnownContent
from retention.store.landing import ContentForgottenError, Sighting
from retention.store.ledger import LedgerBatch
from retention.store.scans import Scan
from scanners import FoundFile, ScannerError, SourceUnavailableError
from scanners.examination.effort import reading_seconds

_WINDOW_PER_WORKER = 4
# Below this, asking the catalogue whether there is a content of this size costs as much as reading the file.
_WORTH_ASKING_SECONDS = 0.0004
_MAX_KNOWN = 2_000


class BatchExaminer(Protocol):
    """What examines files: `scanners.Examiner`, or a stand-in for one on another machine."""

    def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
        """Yield one row for each file, in order, whatever the file does.

        Content whose digest is among `known_digests` need not be read; the row then only names it.
        """
        ...


ExaminerOpener = Callable[[], AbstractContextManager[BatchExaminer]]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch on its way, with what the catalogue knew when it left."""

    batch: LedgerBatch
    known_destroyed: frozenset[str]
    known: dict[str, KnownContent] = field(default_factory=dict)


class Examination:
    """Sends batches to the workers, a few at a time, and lands what they bring."""

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
        """Examine and land every batch that has not landed yet."""
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

        def send(sent: _Sent) -> None:
            running[pool.submit(self._examine, sent, idle)] = sent

        def settle() -> None:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                if (again := self._land(running.pop(done), done)) is not None:
                    send(again)

        for sent in self._to_send():
            send(sent)
            if len(running) >= window:
                settle()
        while running:
            settle()

    def _to_send(self) -> Iterator[_Sent]:
        after = -1
        while True:
            with self._catalogue.reading() as tx:
                batches = ledger.todo(tx, self._scan.scan_id, after=after, limit=_WINDOW_PER_WORKER)
                sent = [_Sent(batch, self._destroyed_in(tx, batch), _known_like(tx, batch)) for batch in batches]
            if not sent:
                return
            yield from sent
            after = sent[-1].batch.number

    def _destroyed_in(self, tx: Transaction, batch: LedgerBatch) -> frozenset[str]:
        return records.destroyed_at(tx, self._source.source_id, [entry.path for entry in batch.found])

    def _examine(self, sent: _Sent, idle: "queue.SimpleQueue[BatchExaminer]") -> list[Sighting]:
        sightings = noted(sent.batch)
        if not sent.batch.found:
            return sightings
        files = [found_file(entry) for entry in sent.batch.found]
        examiner = idle.get()
        try:
            rows = examiner.examine(self._source.root, files, known_digests=frozenset(sent.known))
            # asked of each file as its row comes, while the examiner's child is at the files after it
            with facts_beside(examiner, self._source.root) as telling:
                for entry, file, row in zip(sent.batch.found, files, rows, strict=True):
                    sightings.append(sighting(entry, row, sent.known, told=telling.facts(file)))
                    if self._stopping.is_set():
                        break
        finally:
            idle.put(examiner)
        return sightings

    def _land(self, sent: _Sent, done: Future[list[Sighting]]) -> _Sent | None:
        """Land what a worker brought; return what must be examined again, if anything."""
        if (error := done.exception()) is None:
            sightings, state = done.result(), "done"
        elif self._is_to_try_again(sent.batch, error):
            return sent
        else:
            sightings, state = not_examined(sent.batch, _as_exception(error)), "stuck"
        if any(one.finding == landing.VANISHED for one in sightings):
            self._watch.check()  # a share that was unmounted looks as if every file had been deleted
        try:
            with self._catalogue.transaction() as tx:
                landing.land(tx, self._scan, sent.batch, sightings, known_destroyed=sent.known_destroyed, state=state)
        except ContentForgottenError:  # its last copy was destroyed meanwhile, and its text with it
            return replace(sent, known={})
        self._tell(sent.batch)
        return None

    def _is_to_try_again(self, batch: LedgerBatch, error: BaseException) -> bool:
        """Count a batch that failed; False when it failed too often and no tool but a file may be to blame."""
        if isinstance(error, SourceUnavailableError):
            raise SourceVanishedError(root=error.root, detail=error.detail) from error
        _as_exception(error)
        self._watch.check()
        with self._catalogue.transaction() as tx:
            tries = ledger.count_try(tx, self._scan.scan_id, batch.number)
        if tries < ledger.MAX_TRIES:
            return True
        if isinstance(error, ScannerError):  # no file is to blame: the tools do not work
            raise RetentionError(
                what=error.what,
                not_done=f"{error.not_done} The scan was not finished.",
                next_step=error.next_step,
            ) from error
        return False

    def _tell(self, batch: LedgerBatch) -> None:
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


def _known_like(tx: Transaction, batch: LedgerBatch) -> dict[str, KnownContent]:
    """Return known contents that some costly file of the batch may turn out to have, for it has their size."""
    sizes = {
        entry.size_bytes
        for entry in batch.found
        if reading_seconds(entry.path, entry.size_bytes) >= _WORTH_ASKING_SECONDS
    }
    return contents.known_with_sizes(tx, sizes, read_by=__version__, limit=_MAX_KNOWN)


def _as_exception(error: BaseException) -> Exception:
    """Return the error that a file or a tool made; any other, such as an interrupt, goes up."""
    if isinstance(error, Exception):
        return error
    raise error


@contextmanager
def _idle_examiners(open_examiner: ExaminerOpener, workers: int) -> Iterator["queue.SimpleQueue[BatchExaminer]"]:
    # as many examiners as threads, so that taking one never waits
    with ExitStack() as opened:
        idle: queue.SimpleQueue[BatchExaminer] = queue.SimpleQueue()
        for _ in range(workers):
            idle.put(opened.enter_context(open_examiner()))
        yield idle
