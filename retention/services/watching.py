"""Watching sources: what changes on a share is scanned soon after, folder by folder, for as long as this runs.

One scan runs at a time, by the same way as every other scan. It begins with a scan of everything, and whenever
events were lost, or a share has come back, everything is scanned again: the events only say where to look sooner.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from retention.clock import Clock
from retention.domain.assets import Source
from retention.errors import SourceVanishedError, StaleError
from retention.services.appraising.appraising import appraise_copies
from retention.services.crawling import RootWatch
from retention.services.scanning import ScanSummary, scan_source
from retention.services.schedules.versions import schedule_in_force
from retention.store.catalogue import Catalogue
from retention.store.scopes import ScopePart
from scanners import SourceUnavailableError
from scanners.crawling import Portion
from scanners.watching import FolderWatcher, NoticeWay, Revisit, Revisits, WatchLimitError, notice_way

_LOOK_SECONDS = 0.25
_PATIENCE_SECONDS = 3600.0
_WHOLE_SECONDS = 24 * 3600.0
_WHOLE = Revisit(portions=(Portion("", is_tree=True),))


class WatchEvent(StrEnum):
    """What there is to tell of a watched source."""

    WATCHING = "watching"
    POLLING = "polling"
    AWAY = "away"
    WAITING = "waiting"
    SCANNED = "scanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchNews:
    """Something that happened to a watched source; `words` are for whoever watches.

    After a scan `summary` says what it found, and `appraised` how many files were compared with the schedule.
    """

    source_id: str
    event: WatchEvent
    words: str = ""
    summary: ScanSummary | None = None
    appraised: int = 0

    def to_json(self) -> dict[str, object]:
        """Return the same under the names of the command line's contract."""
        told: dict[str, object] = {"schema_version": 1, "source": self.source_id, "event": self.event}
        if self.words:
            told["words"] = self.words
        if self.summary is not None:
            told |= {
                **self.summary.to_json(),
                "whole": self.summary.scan.scope is None,
                "parts": 0 if self.summary.scan.scope is None else len(self.summary.scan.scope),
                "appraised": self.appraised,
            }
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """How watching is done.

    Args:
        workers: How many files are examined at the same time.
        seconds_per_file: A file that takes longer is reported, not waited for.
        interval_seconds: How often a share is scanned whose changes the system does not tell.
        quiet_seconds: How long nothing must have happened before what changed is scanned.
        longest_seconds: After how long it is scanned although something goes on happening.
        retry_seconds: How often it is looked whether a share is (still) there, and whether another scan has ended.
    """

    workers: int
    seconds_per_file: float = 60.0
    interval_seconds: float = 600.0
    quiet_seconds: float = 2.0
    longest_seconds: float = 30.0
    retry_seconds: float = 5.0


class _StoppedError(Exception):
    """Watching is to end."""


def watch_sources(
    catalogue: Catalogue,
    sources: Sequence[Source],
    *,
    clock: Clock,
    settings: WatchSettings,
    is_stopped: Callable[[float], bool],
    tell: Callable[[WatchNews], None],
) -> None:
    """Keep the catalogue up to date with what lies below the roots of `sources`, until it is told to stop.

    A scan that is under way then is left as a killed one is: the next one goes on with it.

    Args:
        catalogue: Where everything found is written.
        sources: The shares to watch.
        clock: Tells when scans begin and end.
        settings: How it is done.
        is_stopped: Waits so many seconds, or until watching is to end; tells whether it is. It is also asked, with 0
            seconds, while a scan runs.
        tell: Told what happens.

    Raises:
        RetentionError: The catalogue cannot be written, or the tools that read files do not work.
    """
    watched = [_WatchedSource(catalogue, source, clock, settings, is_stopped, tell) for source in sources]
    try:
        while not is_stopped(_LOOK_SECONDS):
            for one in watched:
                one.look()
    except _StoppedError:
        return
    finally:
        for one in watched:
            one.close()


class _WatchedSource:
    """One share: away, or there and watched; and what of it is to be scanned."""

    def __init__(  # the same as of the function above
        self,
        catalogue: Catalogue,
        source: Source,
        clock: Clock,
        settings: WatchSettings,
        is_stopped: Callable[[float], bool],
        tell: Callable[[WatchNews], None],
    ) -> None:
        self._catalogue = catalogue
        self._source = source
        self._clock = clock
        self._settings = settings
        self._is_stopped = is_stopped
        self._tell = tell
        self._state: WatchEvent | None = None
        self._watcher: FolderWatcher | None = None
        self._revisits = self._new_revisits()
        self._not_before = 0.0
        self._root_at = 0.0
        self._whole_at = 0.0
        self._waiting_since: float | None = None
        self._takes_over = True  # whatever was running when this began is taken to be dead

    def look(self) -> None:
        """Scan what is due, if anything is."""
        now = time.monotonic()
        if now < self._not_before:
            return
        try:
            if self._state in (None, WatchEvent.AWAY):
                self._arrive()
            elif now >= self._root_at:
                RootWatch(self._source)
                self._root_at = now + self._settings.retry_seconds
            self._check_watcher()
            revisit = _WHOLE if now >= self._whole_at else self._revisits.take()
            if revisit is not None:
                self._scan(revisit)
        except SourceVanishedError as error:
            self._leave(error)

    def close(self) -> None:
        """Watch nothing any more."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None

    def _new_revisits(self) -> Revisits:
        return Revisits(quiet_seconds=self._settings.quiet_seconds, longest_seconds=self._settings.longest_seconds)

    def _arrive(self) -> None:
        """Begin to watch a share that is there: first the watching, then the look at everything."""
        RootWatch(self._source)
        self._revisits = self._new_revisits()
        self._whole_at = 0.0
        words = "" if self._state is None else "it can be reached again; "
        if notice_way(self._source.root) is NoticeWay.POLLED:
            self._poll(f"{words}others may change it without this system being told")
            return
        watcher = FolderWatcher(self._source.root, self._revisits)
        try:
            watcher.start()
        except WatchLimitError as error:
            self._poll(f"{words}{error.detail}")
        except SourceUnavailableError as error:
            raise SourceVanishedError(root=error.root, detail=error.detail) from error
        else:
            self._watcher = watcher
            self._enter(WatchEvent.WATCHING, f"{words}{watcher.folders} folders are watched")

    def _poll(self, why: str) -> None:
        self.close()
        self._enter(
            WatchEvent.POLLING, f"{why}; all of it is looked through every {self._settings.interval_seconds:g} seconds"
        )

    def _check_watcher(self) -> None:
        if self._watcher is not None and (trouble := self._watcher.trouble) is not None:
            self._whole_at = 0.0
            self._poll(trouble.detail)

    def _enter(self, state: WatchEvent, words: str) -> None:
        self._state = state
        self._tell(WatchNews(source_id=self._source.source_id, event=state, words=words))

    def _leave(self, error: SourceVanishedError) -> None:
        """Wait for a share that cannot be reached; of what was on it nothing counts as missing."""
        self.close()
        self._not_before = time.monotonic() + self._settings.retry_seconds
        if self._state is not WatchEvent.AWAY:
            self._enter(WatchEvent.AWAY, f"{error.what}; it is waited for, and nothing on it counts as missing")

    def _scan(self, revisit: Revisit) -> None:
        scope = None if revisit.is_whole else tuple(ScopePart(one.path, one.is_tree) for one in revisit.portions)
        try:
            summary = scan_source(
                self._catalogue,
                self._source,
                at=self._clock.now(),
                clock=self._clock,
                workers=self._settings.workers,
                on_progress=self._go_on,
                seconds_per_file=self._settings.seconds_per_file,
                scope=scope,
                is_wary=True,
                gives_way=not self._takes_over,
            )
        except StaleError as error:
            self._wait(revisit, error)
            return
        self._waiting_since, self._takes_over = None, False
        for part in summary.look_also:
            self._revisits.note(part.path, is_tree=part.is_tree)
        if summary.is_resumed:  # it may have looked before the watching began
            self._revisits.put_back(revisit)
        if revisit.is_whole:
            every = self._settings.interval_seconds if self._watcher is None else _WHOLE_SECONDS
            self._whole_at = time.monotonic() + every
        self._tell(
            WatchNews(
                source_id=self._source.source_id,
                event=WatchEvent.SCANNED,
                words=revisit.why,
                summary=summary,
                appraised=self._appraise() if scope is None or summary.counts.examined else 0,
            )
        )

    def _wait(self, revisit: Revisit, error: StaleError) -> None:
        """Let another scan of the source go first; one that goes on for ever is taken to be dead."""
        now = time.monotonic()
        self._revisits.put_back(revisit)
        self._not_before = now + self._settings.retry_seconds
        self._takes_over = False
        if self._waiting_since is None:
            self._waiting_since = now
            self._tell(WatchNews(source_id=self._source.source_id, event=WatchEvent.WAITING, words=error.what))
        elif now - self._waiting_since > _PATIENCE_SECONDS:
            self._takes_over = True
            self._revisits.note_everything("another scan did not come to its end")

    def _appraise(self) -> int:
        return appraise_copies(self._catalogue, schedule_in_force(self._catalogue), on_progress=self._go_on)

    def _go_on(self, _told: object) -> None:
        if self._is_stopped(0.0):
            raise _StoppedError
