"""One scan from its beginning to its closing equation."""

import re
import resource
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from retention.clock import Clock
from retention.domain.assets import Source
from retention.errors import RetentionError
from retention.services.appraising.case_folders import doubt_newest_days
from retention.services.appraising.copied_places import doubt_last_writes
from retention.services.crawling import RootWatch, Sampling, crawl_into_ledger
from retention.services.reaching import RemoteShare
from retention.services.scanning.examination import Examination, ExaminerOpener
from retention.services.scanning.summary import ScanPhase, ScanProgress, ScanSummary
from retention.store import scans, scopes
from retention.store.catalogue import Catalogue
from retention.store.scans import Scan, ScanState
from retention.store.scopes import Scope
from scanners import ExaminationLimits, Examiner

_NAMED = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP_NS = 20_000_000


def scan_source(  # noqa: PLR0913  # what one scan needs, each by its name
    catalogue: Catalogue,
    source: Source,
    *,
    at: datetime,
    clock: Clock,
    workers: int,
    on_progress: Callable[[ScanProgress], None],
    seconds_per_file: float = 60.0,
    open_examiner: ExaminerOpener | None = None,
    verify: Sampling | None = None,
    scope: Scope | None = None,
    is_wary: bool = False,
    gives_way: bool = False,
    remote: RemoteShare | None = None,
) -> ScanSummary:
    """Bring the catalogue up to date with what lies below the root of `source`; read-only on the share.

    An earlier scan of the source that was crawled to its end but not finished is finished instead.

    Args:
        catalogue: Where everything found is written.
        source: The root to look at.
        at: When the scan began.
        clock: Tells when it ended.
        workers: How many files are examined at the same time.
        on_progress: Told how far the scan has come.
        seconds_per_file: A file that takes longer is reported, not waited for.
        open_examiner: What examines files in place of `scanners.Examiner`.
        verify: Which of the files that seem unchanged are read again all the same. A scan that is gone on with
            keeps the sample it drew when it began.
        scope: Look at these parts of the source only, which must not overlap; nothing is said of the others.
        is_wary: Have files that change while the scan lasts examined again in the next one, whatever their times.
        gives_way: Do not begin while another scan of the source is crawling, instead of taking over.
        remote: The share, and who asks for it, where the source is one that is not mounted; it is always scanned whole.

    Raises:
        SourceVanishedError: The root cannot be reached, or went away meanwhile; nothing counts as missing.
        StaleError: Another scan of the source took over, or is crawling while this one `gives_way`.
        CatalogueDamagedError: The closing equation does not hold; the scan is not closed.
    """
    started_seconds = time.monotonic()
    limits = ExaminationLimits(seconds_per_file=seconds_per_file)
    opener = open_examiner or (remote.examiners(limits) if remote else partial(Examiner, limits=limits))
    new = Scan(
        scan_id=str(uuid.uuid4()), source_id=source.source_id, state=ScanState.CRAWLING, started_at=at, scope=scope
    )
    watch = RootWatch(source, remote.numbers if remote else None)
    with catalogue.transaction() as tx:
        scan = scans.begin(tx, new, gives_way=gives_way)
    linked: set[int] = set()
    if scan.state is ScanState.CRAWLING:
        crawl = partial(
            crawl_into_ledger,
            sampling=verify or Sampling(0),
            wary_since_ns=_before(at) if is_wary else None,
            linked=None if scope is None else linked,
            list_folders=remote.listings if remote else None,
        )
        scan = _crawl(catalogue, source, scan, watch, crawl, on_progress)
    Examination(catalogue, source, scan, watch, on_progress).run(opener, workers)
    watch.check()
    with catalogue.transaction() as tx:
        counts = scans.finish(tx, scan, at=clock.now())
        changed = scans.changed_silently(tx, scan, limit=_NAMED) if counts.changed_silently else ()
        look_also = (
            scopes.other_names(tx, source_id=scan.source_id, scan_id=scan.scan_id, inodes=linked) if scan.scope else ()
        )
    if counts.examined or scan.scope is None:
        doubt_last_writes(catalogue, scan.source_id)
        doubt_newest_days(catalogue, scan.source_id)
    return ScanSummary(
        scan=scan,
        counts=counts,
        changed_silently=changed,
        seconds=time.monotonic() - started_seconds,
        peak_rss_bytes=_peak_rss_bytes(),
        is_resumed=scan.scan_id != new.scan_id,
        look_also=look_also,
    )


def _crawl(
    catalogue: Catalogue,
    source: Source,
    begun: Scan,
    watch: RootWatch,
    crawl: Callable[..., Scan],
    on_progress: Callable[[ScanProgress], None],
) -> Scan:
    def tell(files: int, size_bytes: int) -> None:
        on_progress(ScanProgress(phase=ScanPhase.CRAWLING, done_files=files, total_files=None, done_bytes=size_bytes))

    try:
        crawled = crawl(catalogue, source, begun, on_progress=tell)
        watch.check()
        with catalogue.transaction() as tx:
            scans.crawled(tx, crawled)
    except BaseException:
        # a scan that gives way would take this one for one that still crawls
        with suppress(RetentionError), catalogue.transaction() as tx:
            scans.give_up(tx, begun)
        raise
    return crawled


def _before(at: datetime) -> int:
    """Return the nanosecond a little before an instant: the system's clock for files advances in steps."""
    return int((at - _EPOCH).total_seconds() * 1e9) - _STEP_NS


def _peak_rss_bytes() -> int:
    largest_child_kibibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (_own_peak_kibibytes() + largest_child_kibibytes) * 1024


def _own_peak_kibibytes() -> int:
    # getrusage would also count what the program held that started this one, before it became this one.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        status = ""
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
