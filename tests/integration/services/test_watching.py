"""A watched share and the catalogue stay equal, whatever happens on the share, to the system, or to the watcher."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.share_changes import ShareChanges
from retention.clock import SystemClock
from retention.domain.assets import InformationAsset, Source, SourceId
from retention.domain.people import Person, PersonId, Role
from retention.services.scanning import ScanSummary, scan_source
from retention.services.schedules.versions import read_schedule, shipped_text
from retention.services.watching import WatchEvent, WatchNews, WatchSettings, watch_sources
from retention.store import assets, moves, people, records, schedules, upgrading
from retention.store.catalogue import Catalogue, sqlite_url
from retention.store.schema import record_copy

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Row = tuple[str, int, str | None]


# the embedded database only: the store's own tests run the same on both
pytestmark = pytest.mark.parametrize("catalogue", ["sqlite"], indirect=True)


def scan_all(catalogue: Catalogue, source: Source, **more: object) -> ScanSummary:
    settings: dict[str, object] = {"workers": 1, "on_progress": lambda _told: None, **more}
    return scan_source(catalogue, source, at=SystemClock().now(), clock=SystemClock(), **settings)  # type: ignore[arg-type]  # mixed


def rows_of(catalogue: Catalogue) -> dict[bytes, Row]:
    """Return what the catalogue says is there; of what cannot be read any more it keeps the digest last read."""
    with catalogue.reading() as tx:
        found = tx.connection.execute(
            select(record_copy.c.path, record_copy.c.state, record_copy.c.size_bytes, record_copy.c.sha256).where(
                record_copy.c.state != "missing"
            )
        )
        return {row.path: (row.state, row.size_bytes, row.sha256 if row.state == "present" else None) for row in found}


class Watch:
    """A watch that runs in a thread of this process."""

    def __init__(self, catalogue: Catalogue, *sources: Source, **settings: float) -> None:
        self.news: list[WatchNews] = []
        self.error: BaseException | None = None
        self._stop = threading.Event()
        chosen = {"workers": 1, "quiet_seconds": 0.05, "longest_seconds": 0.5, **settings}

        def run() -> None:
            try:
                watch_sources(
                    catalogue,
                    sources,
                    clock=SystemClock(),
                    settings=WatchSettings(**chosen),  # type: ignore[arg-type]  # one is an int
                    is_stopped=lambda seconds: self._stop.wait(min(seconds, 0.02)),
                    tell=self.news.append,
                )
            except BaseException as error:  # noqa: BLE001  # looked at by the test
                self.error = error

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def until(self, is_so: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert self.error is None, self.error
            assert time.monotonic() < end, self.news
            time.sleep(0.02)

    def count(self, event: WatchEvent) -> int:
        return sum(one.event is event for one in self.news)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()
        assert self.error is None, self.error


@contextmanager
def watching_of(catalogue: Catalogue, *sources: Source, **settings: float) -> Iterator[Watch]:
    schedule = read_schedule(None)
    with catalogue.transaction() as tx:
        if not schedules.versions(tx):
            schedules.publish(tx, shipped_text(), schedule.schedule_version, NOON)
    watch = Watch(catalogue, *sources, **settings)
    try:
        yield watch
    finally:
        watch.stop()


@pytest.fixture
def afresh(tmp_path: Path, source: Source) -> Callable[[], dict[bytes, Row]]:
    """Give a function that says what a new catalogue knows after one scan."""

    def scan_anew() -> dict[bytes, Row]:
        place = tmp_path / f"anew-{time.monotonic_ns()}.db"
        with Catalogue(sqlite_url(place)) as anew:
            upgrading.create_or_upgrade(anew)
            with anew.transaction() as tx:
                people.add_person(tx, Person(person_id=PersonId("ingrid"), name="Ingrid", roles=frozenset({Role.IAO})))
                assets.add_asset(
                    tx, InformationAsset(asset_id=source.asset_id, title="Records", owner_id=PersonId("ingrid"))
                )
                assets.add_source(tx, source)
            scan_all(anew, source, workers=2)
            return rows_of(anew)

    return scan_anew


def difference(one: dict[bytes, Row], other: dict[bytes, Row]) -> dict[bytes, tuple[Row | None, Row | None]]:
    return {
        path: (one.get(path), other.get(path)) for path in sorted({*one, *other}) if one.get(path) != other.get(path)
    }


def assert_equal_in_the_end(watch: Watch, catalogue: Catalogue, expected: dict[bytes, Row]) -> None:
    with suppress(AssertionError):
        watch.until(lambda: rows_of(catalogue) == expected)
    assert difference(rows_of(catalogue), expected) == {}


def test_two_thousand_random_changes_leave_the_catalogue_equal_to_a_fresh_scan(
    catalogue: Catalogue, source: Source, share: Path, afresh: Callable[[], dict[bytes, Row]]
) -> None:
    changes = ShareChanges(str(share), seed=1)
    changes.make(200)
    changes.settled()
    with watching_of(catalogue, source) as watch:
        watch.until(lambda: watch.count(WatchEvent.SCANNED) > 0)
        changes.make(2_000, between=lambda: time.sleep(0.0005))

        assert_equal_in_the_end(watch, catalogue, afresh())
        assert any(one.summary is not None and one.summary.scan.scope is not None for one in watch.news)


def test_a_folder_that_is_moved_takes_what_is_known_of_its_files_along(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "old").mkdir()
    (share / "new").mkdir()
    (share / "old/minutes").write_text("the minutes of the committee")
    with watching_of(catalogue, source) as watch:
        watch.until(lambda: watch.count(WatchEvent.SCANNED) == 1)
        (share / "old").rename(share / "new/place")
        watch.until(lambda: set(rows_of(catalogue)) == {b"new/place/minutes"})

    with catalogue.reading() as tx:
        (moved,) = records.appraised(tx, path="new/place/minutes")
        earlier = moves.earlier_location(tx, moved.copy.copy_id)
    assert earlier is not None
    assert earlier.path == "old/minutes"


def test_a_change_is_noticed_without_looking_at_the_rest_of_the_share(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    for folder in range(20):
        (share / str(folder)).mkdir()
        (share / f"{folder}/file").write_text("x")
    with watching_of(catalogue, source) as watch:
        watch.until(lambda: watch.count(WatchEvent.SCANNED) == 1)
        (share / "7/new").write_text("invoice")
        watch.until(lambda: watch.count(WatchEvent.SCANNED) == 2)

        told = watch.news[-1].to_json()
        assert (told["whole"], told["parts"], told["files"], told["examined"]) == (False, 1, 2, 1)
        assert told["appraised"] == 1


def test_a_share_that_goes_away_is_waited_for_and_nothing_counts_as_missing(
    catalogue: Catalogue, source: Source, share: Path, tmp_path: Path
) -> None:
    (share / "file").write_text("x")
    with watching_of(catalogue, source, retry_seconds=0.1) as watch:
        watch.until(lambda: watch.count(WatchEvent.SCANNED) == 1)
        share.rename(tmp_path / "elsewhere")
        watch.until(lambda: watch.count(WatchEvent.AWAY) == 1)
        time.sleep(0.3)
        share.mkdir()  # an empty mount point, not the share
        time.sleep(0.3)

        assert watch.count(WatchEvent.AWAY) == 1
        assert rows_of(catalogue)[b"file"][0] == "present"
        assert "nothing on it counts as missing" in watch.news[-1].words

        share.rmdir()
        (tmp_path / "elsewhere/other").write_text("y")
        (tmp_path / "elsewhere").rename(share)
        watch.until(lambda: b"other" in rows_of(catalogue))

        assert watch.count(WatchEvent.WATCHING) == 2
        assert rows_of(catalogue)[b"file"][0] == "present"
        (share / "third").write_text("z")
        watch.until(lambda: b"third" in rows_of(catalogue))


def test_a_share_that_is_not_there_at_first_is_waited_for(
    catalogue: Catalogue, source: Source, share: Path, tmp_path: Path
) -> None:
    (share / "file").write_text("x")
    share.rename(tmp_path / "elsewhere")
    with watching_of(catalogue, source, retry_seconds=0.1) as watch:
        watch.until(lambda: watch.count(WatchEvent.AWAY) == 1)
        (tmp_path / "elsewhere").rename(share)

        watch.until(lambda: b"file" in rows_of(catalogue))


def test_somebody_elses_scan_is_waited_for_and_not_broken_into(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "file").write_text("x")
    with watching_of(catalogue, source, retry_seconds=0.1) as watch:
        watch.until(lambda: watch.count(WatchEvent.SCANNED) == 1)
        met: list[int] = []

        def meanwhile(_told: object) -> None:
            if not met:
                met.append(watch.count(WatchEvent.SCANNED))
                (share / "new").write_text("y")
                watch.until(lambda: watch.count(WatchEvent.WAITING) == 1)
                met.append(watch.count(WatchEvent.SCANNED))

        scan_all(catalogue, source, on_progress=meanwhile)
        watch.until(lambda: b"new" in rows_of(catalogue))

    assert met == [1, 1]


def test_what_was_scanned_before_the_watching_began_is_not_relied_on(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "old").write_text("x")

    class Killed(BaseException):
        pass

    def kill(told: object) -> None:
        if getattr(told, "phase", "") == "examining":
            raise Killed

    with suppress(Killed):
        scan_all(catalogue, source, on_progress=kill)
    (share / "new").write_text("made while nobody watched")
    with watching_of(catalogue, source) as watch:
        watch.until(lambda: b"new" in rows_of(catalogue) and watch.count(WatchEvent.SCANNED) >= 2)

        summaries = [one.summary for one in watch.news if one.summary is not None]
        assert [one.is_resumed for one in summaries[:2]] == [True, False]


def test_it_stops_in_the_middle_of_a_scan_and_leaves_nothing_half(
    catalogue: Catalogue, source: Source, share: Path, afresh: Callable[[], dict[bytes, Row]]
) -> None:
    for number in range(600):
        (share / f"{number}.txt").write_text(f"content {number}")
    with watching_of(catalogue, source) as watch:
        watch.until(lambda: len(rows_of(catalogue)) >= 100)
    assert len(rows_of(catalogue)) < 600

    with watching_of(catalogue, source) as watch:
        assert_equal_in_the_end(watch, catalogue, afresh())


def test_two_shares_are_watched_side_by_side(catalogue: Catalogue, source: Source, share: Path, tmp_path: Path) -> None:
    other = replace(source, source_id=SourceId("other"), root=str(tmp_path / "other"))
    (tmp_path / "other").mkdir()
    other = replace(other, root_inode=(tmp_path / "other").stat().st_ino)
    with catalogue.transaction() as tx:
        assets.add_source(tx, other)
    with watching_of(catalogue, source, other) as watch:
        (share / "here").write_text("x")
        (tmp_path / "other/there").write_text("y")

        watch.until(lambda: {b"here", b"there"} <= set(rows_of(catalogue)))
    assert {one.source_id for one in watch.news} == {"drive", "other"}
