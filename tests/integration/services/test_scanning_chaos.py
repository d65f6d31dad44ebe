"""Kill whatever takes part in a scan, at any moment: nothing is lost, nothing is double, nobody survives."""

import hashlib
import json
import multiprocessing
import os
import random
import signal
import sys
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from retention.clock import SystemClock
from retention.domain.assets import Source
from retention.domain.records import CopyState
from retention.services.scanning import ScanPhase, ScanProgress, scan_source
from retention.store import ledger, records, scans
from retention.store.catalogue import Catalogue
from retention.store.landing import ContentRead, Sighting, land
from retention.store.ledger import FoundEntry, LedgerBatch
from retention.store.scans import Scan, ScanState
from retention.store.schema import record_copy, scan_batch
from scanners import ExaminationLimits, Examiner

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEEDS = 20
SEEDS_ON_A_SERVER = 8
FILES = 900
HOSTILE = (sys.executable, "-P", str(Path(__file__).parents[1] / "scanners" / "hostile_child.py"))

_forked = multiprocessing.get_context("fork")


def in_a_process(catalogue: Catalogue, work: Callable[[Catalogue], None]) -> "multiprocessing.context.ForkProcess":
    """Start `work` in a process of its own, with its own connection to the database."""

    def run() -> None:
        with Catalogue(catalogue.url) as own:
            work(own)
        os._exit(0)

    process = _forked.Process(target=run)
    process.start()
    return process


def scan(catalogue: Catalogue, source: Source, *, tell: Callable[[ScanProgress], None], **more: object) -> None:
    settings: dict[str, object] = {"workers": 2, "on_progress": tell, **more}
    scan_source(catalogue, source, at=NOON, clock=SystemClock(), **settings)  # type: ignore[arg-type]  # mixed


def fill(share: Path, files: int) -> None:
    for number in range(files):
        folder = share / f"d{number % 11}"
        folder.mkdir(exist_ok=True)
        (folder / f"f{number}.txt").write_text(f"invoice {number}")


def kill(process: "multiprocessing.context.ForkProcess") -> bool:
    """Kill a process as a power cut would; False when it had ended by itself."""
    was_alive = process.is_alive()
    process.kill()
    process.join()
    return was_alive


def check_books(catalogue: Catalogue) -> int:
    """Check that what is marked as landed is there, all of it, and nothing else; return how many batches landed."""
    with catalogue.reading() as tx:
        done = tx.connection.execute(
            select(scan_batch.c.scan_id, scan_batch.c.entries).where(scan_batch.c.state == "done")
        ).all()
        promised: dict[str, int] = {}
        for scan_id, entries in done:
            lists = json.loads(zlib.decompress(entries))
            files = len(lists["found"]) + len(lists["noted"]) + len(lists["unchanged"])
            promised[scan_id] = promised.get(scan_id, 0) + files
        for scan_id, files in promised.items():
            landed = select(func.count()).where(record_copy.c.last_scan_id == scan_id)
            assert tx.connection.execute(landed).scalar_one() == files
    return len(done)


def test_a_driver_killed_at_any_moment_loses_nothing_and_leaves_nothing_double(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    fill(share, FILES)
    chance = random.Random(1998)  # noqa: S311  # no secret depends on it
    killed, landed_before_a_kill = 0, 0
    seeds = SEEDS if catalogue.is_sqlite else SEEDS_ON_A_SERVER
    for seed in range(seeds):
        telling, told = os.pipe()
        lines = chance.randint(1, 5)
        wait_seconds = chance.random() * 0.04

        def tell(_: ScanProgress, told: int = told) -> None:
            os.write(told, b"x")

        process = in_a_process(catalogue, partial(scan, source=source, tell=tell))
        os.close(told)
        for _ in range(lines):
            if not os.read(telling, 1):
                break
        time.sleep(wait_seconds)
        killed += kill(process)
        os.close(telling)
        landed_before_a_kill += check_books(catalogue) > 0
        for number in chance.sample(range(FILES), 300):
            (share / f"d{number % 11}" / f"f{number}.txt").write_text(f"changed {seed}")

    scan(catalogue, source, tell=lambda _: None)
    scan(catalogue, source, tell=lambda _: None)

    assert killed > seeds // 2
    assert landed_before_a_kill > seeds // 8
    real = {
        str(path.relative_to(share)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in share.rglob("*")
        if path.is_file()
    }
    with catalogue.reading() as tx:
        items = list(records.appraised(tx))
        assert scans.unfinished(tx, source.source_id) is None
    assert {item.path: item.copy.sha256 for item in items} == real
    assert len(items) == len(real)
    assert {item.copy.state for item in items} == {CopyState.PRESENT}


@pytest.mark.parametrize("statement", range(1, 7))
def test_a_driver_killed_between_any_two_statements_of_a_landing_has_landed_nothing_of_it(
    catalogue: Catalogue, source: Source, share: Path, statement: int
) -> None:
    fill(share, 20)

    def scan_and_die(own: Catalogue) -> None:
        since_flip: list[str] = []

        def count(*told: object) -> None:
            words = str(told[2])
            if since_flip or words.startswith("UPDATE scan_batch"):
                since_flip.append(words)
            if len(since_flip) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(own.engine, "after_cursor_execute", count)
        scan(own, source, tell=lambda _: None)

    process = in_a_process(catalogue, scan_and_die)
    process.join(60)

    assert process.exitcode in (0, -signal.SIGKILL)  # a landing has no more statements than it needs
    with catalogue.reading() as tx:
        rows = tx.connection.execute(select(func.count()).select_from(record_copy)).scalar_one()
    assert rows == 0 if statement <= 3 else rows in (0, 20)
    check_books(catalogue)
    scan(catalogue, source, tell=lambda _: None)
    with catalogue.reading() as tx:
        assert len({item.path for item in records.appraised(tx)}) == 20


def test_six_processes_that_land_the_same_batches_land_each_once(catalogue: Catalogue, source: Source) -> None:
    numbers = range(30)
    begun = Scan(scan_id="s1", source_id=source.source_id, state=ScanState.CRAWLING, started_at=NOON)
    with catalogue.transaction() as tx:
        scans.begin(tx, begun)
        ledger.put(tx, "s1", [LedgerBatch(number=number, found=(found(number),)) for number in numbers])
        scans.crawled(tx, begun)
    catalogue.engine.dispose()
    telling, told = os.pipe()

    def race(own: Catalogue) -> None:
        with own.reading() as tx:
            todo = ledger.todo(tx, "s1", after=-1, limit=99)
        for batch in todo:
            with own.transaction() as tx:
                won = land(tx, begun, batch, [seen(batch.number)], known_destroyed=())
            if won:
                os.write(told, b"w")

    racers = [in_a_process(catalogue, race) for _ in range(6)]
    os.close(told)
    for racer in racers:
        racer.join(120)

    wins = os.read(telling, 1_000)
    os.close(telling)
    assert [racer.exitcode for racer in racers] == [0] * 6
    assert len(wins) == len(numbers)
    assert check_books(catalogue) == len(numbers)


def found(number: int) -> FoundEntry:
    return FoundEntry(path=f"f{number}", size_bytes=3, modified_ns=5, inode=number, device=9, link_count=1)


def seen(number: int) -> Sighting:
    read = ContentRead(
        sha256=f"{number % 7:064}",  # the racers also meet at the same contents
        size_bytes=3,
        media_type="text/plain",
        text_read=True,
        is_unread=False,
        words=b"x",
        properties={},
        problems=[],
    )
    return Sighting(path=f"f{number}", state=CopyState.PRESENT, size_bytes=3, modified_ns=5, inode=number, content=read)


def marked(mark: str) -> list[int]:
    """Return the living processes that carry a mark in their environment."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:  # it ended meanwhile, or is not ours
            continue
    return found


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"scan-{uuid.uuid4()}"
    monkeypatch.setenv("RETENTION_TEST_MARK", name)
    yield name
    for process in marked(name):
        os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("deed", ["LOOP", "SLEEP", "harmless"])
def test_nobody_survives_a_killed_driver(
    catalogue: Catalogue, source: Source, share: Path, mark: str, deed: str
) -> None:
    fill(share, 300)
    (share / "d0" / "a.txt").write_text(deed)
    telling, told = os.pipe()

    def tell(now: ScanProgress) -> None:
        if now.phase is ScanPhase.EXAMINING:
            os.write(told, b"x")

    examiner = partial(Examiner, limits=ExaminationLimits(seconds_per_file=60), child_command=HOSTILE)
    process = in_a_process(catalogue, partial(scan, source=source, tell=tell, open_examiner=examiner))
    os.close(told)
    os.read(telling, 1)  # one batch landed: the children are at work
    assert marked(mark)

    kill(process)
    os.close(telling)

    deadline = time.monotonic() + 5
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert marked(mark) == []


def test_children_killed_all_the_time_cost_no_row(catalogue: Catalogue, source: Source, share: Path, mark: str) -> None:
    fill(share, 900)
    chance = random.Random(7)  # noqa: S311  # no secret depends on it
    process = in_a_process(catalogue, partial(scan, source=source, tell=lambda _: None))
    kills = 0
    while process.is_alive() and kills < 12:
        time.sleep(0.15 + chance.random() * 0.2)
        for child in marked(mark):
            if child not in (process.pid, os.getpid()) and process.is_alive():
                os.kill(child, signal.SIGKILL)
                kills += 1
    process.join(240)

    assert process.exitcode == 0
    with catalogue.reading() as tx:
        items = list(records.appraised(tx))
    assert len(items) == 900
    blamed = [item for item in items if item.copy.content_unread or not item.copy.is_present]
    assert len(blamed) <= kills
    for item in items:
        if item.copy.is_present:
            assert item.copy.sha256 == hashlib.sha256((share / item.path).read_bytes()).hexdigest()
