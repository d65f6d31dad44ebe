import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text, update

from retention.domain.assets import Source
from retention.domain.eligibility import AppraisedCopy
from retention.domain.records import CopyId, CopyState
from retention.errors import CatalogueDamagedError, StaleError
from retention.store import batches, ledger, records, scans
from retention.store.catalogue import Catalogue
from retention.store.landing import ContentRead, Sighting, compressed, decompressed, land
from retention.store.ledger import FolderTrouble, FoundEntry, LedgerBatch, NotedEntry
from retention.store.scans import Scan, ScanState
from retention.store.schema import appraisal, content, record_copy, schedule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ODD = os.fsdecode(b"caf\xe9\n/\xff.txt")


def a_scan(catalogue: Catalogue, source: Source, *found: LedgerBatch, scan_id: str = "s1") -> Scan:
    """Put a crawled scan with these batches into the ledger."""
    scan = Scan(scan_id=scan_id, source_id=source.source_id, state=ScanState.CRAWLING, started_at=NOON)
    crawled = replace(scan, files=sum(batch.files for batch in found), folders=1)
    with catalogue.transaction() as tx:
        scans.begin(tx, scan)
        ledger.put(tx, scan.scan_id, found)
        scans.crawled(tx, crawled)
    return crawled


def found(path: str) -> FoundEntry:
    return FoundEntry(path=path, size_bytes=3, modified_ns=5, inode=7, device=9, link_count=1)


def seen(path: str, *, digest: str = "aa", words: str = "words", modified_ns: int = 5) -> Sighting:
    read = ContentRead(
        sha256=digest,
        size_bytes=3,
        media_type="text/plain",
        text_read=True,
        is_unread=False,
        words=compressed(words),
        properties={"title": "T"},
        problems=[],
    )
    return Sighting(
        path=path,
        state=CopyState.PRESENT,
        size_bytes=3,
        modified_ns=modified_ns,
        inode=7,
        device=9,
        link_count=1,
        content=read,
    )


def gone(path: str) -> Sighting:
    return Sighting(path=path, state=CopyState.UNREADABLE, finding="vanished")


def land_all(
    catalogue: Catalogue, scan: Scan, *sightings: Sighting, known_destroyed: frozenset[str] = frozenset()
) -> None:
    with catalogue.transaction() as tx:
        (batch,) = ledger.todo(tx, scan.scan_id, after=-1, limit=2)
        assert land(tx, scan, batch, sightings, known_destroyed=known_destroyed)
    with catalogue.transaction() as tx:
        scans.finish(tx, scan, at=NOON)


def scanned(catalogue: Catalogue, source: Source, *sightings: Sighting, scan_id: str, **more: frozenset[str]) -> None:
    entries = tuple(found(sighting.path) for sighting in sightings)
    scan = a_scan(catalogue, source, LedgerBatch(number=0, found=entries), scan_id=scan_id)
    land_all(catalogue, scan, *sightings, **more)


def copies(catalogue: Catalogue) -> dict[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx)}


def with_appraisal(catalogue: Catalogue, copy_id: CopyId) -> None:
    with catalogue.transaction() as tx:
        if tx.connection.execute(select(schedule.c.position)).first() is None:
            row = {"schedule_version": "uk@1", "content": "", "published_at": "", "position": 1}
            tx.connection.execute(insert(schedule).values(row))
        tx.connection.execute(
            insert(appraisal).values(
                copy_id=copy_id,
                schedule_version="uk@1",
                outcome="classified",
                class_id="FIN-01",
                explanation=b"",
                reasons="[]",
                questions="[]",
                flags="[]",
            )
        )


def test_any_file_name_survives_the_ledger(catalogue: Catalogue, source: Source) -> None:
    batch = LedgerBatch(
        number=0,
        found=(found(ODD),),
        noted=(NotedEntry(path="\x01", state=CopyState.SKIPPED, reason="link", detail="d"),),
        unchanged=(CopyId(4),),
        folders=(FolderTrouble(path="\udcff", reason="denied", detail="no"),),
    )
    scan = a_scan(catalogue, source, batch)

    with catalogue.reading() as tx:
        assert ledger.todo(tx, scan.scan_id, after=-1, limit=5) == (batch,)
        assert ledger.todo(tx, scan.scan_id, after=0, limit=5) == ()


def test_any_file_name_and_any_number_survives_the_catalogue(catalogue: Catalogue, source: Source) -> None:
    largest = (1 << 64) - 1
    odd = replace(seen(ODD), inode=largest, device=largest, modified_ns=1 << 64, detail="\udcff\x00")

    scanned(catalogue, source, odd, scan_id="s1")

    copy = copies(catalogue)[ODD].copy
    assert (copy.inode, copy.device) == (largest, largest)
    assert copy.modified_ns == (1 << 63) - 1
    assert copy.detail == "\\xff\\u{0000}"


@pytest.mark.parametrize("words", ["", "Ŵ", "\udcff\x00"])
def test_extracted_text_comes_back_as_it_was(words: str) -> None:
    assert decompressed(compressed(words)) == words


def test_of_several_landers_exactly_one_wins(catalogue: Catalogue, source: Source) -> None:
    numbers = range(8)
    scan = a_scan(catalogue, source, *(LedgerBatch(number=n, found=(found(f"f{n}"),)) for n in numbers))
    with catalogue.reading() as tx:
        todo = ledger.todo(tx, scan.scan_id, after=-1, limit=99)
    start = threading.Barrier(4)

    def race(_: int) -> int:
        start.wait()
        wins = 0
        for batch in todo:
            with catalogue.transaction() as tx:
                wins += land(tx, scan, batch, [seen(f"f{batch.number}")], known_destroyed=())
        return wins

    with ThreadPoolExecutor(4) as pool:
        wins = sum(pool.map(race, range(4)))

    assert wins == len(numbers)
    assert sorted(copies(catalogue)) == [f"f{n}" for n in numbers]


def test_a_batch_whose_rows_cannot_be_written_is_still_to_do(catalogue: Catalogue, source: Source) -> None:
    scan = a_scan(catalogue, source, LedgerBatch(number=0, found=(found("a"), found("b"))))
    broken = replace(seen("b"), state=CopyState.PRESENT, content=replace(_read(seen("b")), media_type=_nothing()))

    with pytest.raises(StaleError), catalogue.transaction() as tx:
        land(tx, scan, ledger.todo(tx, scan.scan_id, after=-1, limit=1)[0], [seen("a"), broken], known_destroyed=())

    with catalogue.reading() as tx:
        assert ledger.counts(tx, scan.scan_id) == {"todo": 1}
    assert copies(catalogue) == {}


def _read(sighting: Sighting) -> ContentRead:
    assert sighting.content is not None
    return sighting.content


def _nothing() -> str:
    return None  # type: ignore[return-value]  # what the database must refuse


def test_a_scan_whose_sum_is_wrong_is_not_closed(catalogue: Catalogue, source: Source) -> None:
    scan = a_scan(catalogue, source, LedgerBatch(number=0, found=(found("a"), found("b"))))
    with catalogue.transaction() as tx:
        (batch,) = ledger.todo(tx, scan.scan_id, after=-1, limit=1)
        land(tx, scan, batch, [seen("a")], known_destroyed=())

    with (
        pytest.raises(CatalogueDamagedError, match="found 2 files but the catalogue accounts for 1"),
        catalogue.transaction() as tx,
    ):
        scans.finish(tx, scan, at=NOON)

    with catalogue.reading() as tx:
        assert scans.unfinished(tx, source.source_id) is not None


def test_what_a_scan_does_not_see_is_missing_but_a_destroyed_record_stays_destroyed(
    catalogue: Catalogue, source: Source
) -> None:
    scanned(catalogue, source, seen("stays"), seen("goes"), seen("destroyed"), scan_id="s1")
    _destroy(catalogue, "destroyed")

    scanned(catalogue, source, seen("stays"), scan_id="s2")

    states = {path: item.copy.state for path, item in copies(catalogue).items()}
    assert states == {
        "stays": CopyState.PRESENT,
        "goes": CopyState.MISSING,
        "destroyed": CopyState.DESTROYED,
    }


def _destroy(catalogue: Catalogue, path: str) -> None:
    copy = copies(catalogue)[path].copy
    with catalogue.transaction() as tx:
        batches.mark_destroyed(tx, copy.copy_id, copy.sha256 or "")


def test_a_new_file_where_one_was_destroyed_is_a_present_record(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen("a"), scan_id="s1")
    _destroy(catalogue, "a")
    with catalogue.reading() as tx:
        assert tx.connection.execute(select(content.c.words)).scalar() is None

    scanned(catalogue, source, seen("a"), scan_id="s2", known_destroyed=frozenset({"a"}))

    assert copies(catalogue)["a"].copy.state is CopyState.PRESENT
    with catalogue.reading() as tx:
        assert decompressed(tx.connection.execute(select(content.c.words)).scalar()) == "words"


@pytest.mark.parametrize("late", [seen("a"), gone("a")])
def test_a_file_destroyed_while_it_was_scanned_stays_destroyed(
    catalogue: Catalogue, source: Source, late: Sighting
) -> None:
    scanned(catalogue, source, seen("a"), scan_id="s1")
    scan = a_scan(catalogue, source, LedgerBatch(number=0, found=(found("a"),)), scan_id="s2")
    _destroy(catalogue, "a")

    land_all(catalogue, scan, late)

    assert copies(catalogue)["a"].copy.state is CopyState.DESTROYED


def test_the_digest_stays_with_a_copy_that_cannot_be_read_so_that_holds_still_protect_its_copies(
    catalogue: Catalogue, source: Source
) -> None:
    scanned(catalogue, source, seen("a", digest="dd"), scan_id="s1")

    scanned(catalogue, source, replace(gone("a"), finding="denied"), scan_id="s2")

    assert copies(catalogue)["a"].copy.state is CopyState.UNREADABLE
    with catalogue.reading() as tx:
        assert [subject.sha256 for subject in records.hold_subjects(tx)] == ["dd"]


def test_a_missing_copy_still_holds_its_content_and_a_destroyed_one_does_not(
    catalogue: Catalogue, source: Source
) -> None:
    scanned(catalogue, source, seen("moved", digest="dd"), seen("destroyed", digest="ee"), scan_id="s1")
    _destroy(catalogue, "destroyed")

    scanned(catalogue, source, seen("elsewhere", digest="dd"), scan_id="s2")

    with catalogue.reading() as tx:
        held = {(subject.path, subject.sha256) for subject in records.hold_subjects(tx)}
    assert held == {("moved", "dd"), ("elsewhere", "dd")}


@pytest.mark.parametrize("changed", [seen("a", digest="bb"), seen("a", modified_ns=6)])
def test_an_appraisal_of_other_content_is_not_kept(catalogue: Catalogue, source: Source, changed: Sighting) -> None:
    scanned(catalogue, source, seen("a"), seen("same"), scan_id="s1")
    for item in copies(catalogue).values():
        with_appraisal(catalogue, item.copy.copy_id)

    scanned(catalogue, source, changed, seen("same"), scan_id="s2")

    classes = {path: item.class_id for path, item in copies(catalogue).items()}
    assert classes == {"a": None, "same": "FIN-01"}


def test_files_below_a_folder_that_cannot_be_listed_are_not_missing(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen("a/b"), seen("a0"), seen("a-b"), seen("c"), scan_id="s1")
    trouble = LedgerBatch(number=0, folders=(FolderTrouble(path="a", reason="denied", detail="no"),))
    scan = a_scan(catalogue, source, trouble, scan_id="s2")

    land_all(catalogue, scan)

    states = {path: item.copy.state for path, item in copies(catalogue).items()}
    assert states["a/b"] is CopyState.UNREADABLE
    assert states["a0"] is states["a-b"] is states["c"] is CopyState.MISSING
    with catalogue.reading() as tx:
        assert [folder.path for folder in records.unlisted_folders(tx)] == ["a"]


def test_a_folder_that_can_be_listed_again_is_no_longer_reported(catalogue: Catalogue, source: Source) -> None:
    trouble = LedgerBatch(number=0, folders=(FolderTrouble(path="a", reason="denied", detail="no"),))
    land_all(catalogue, a_scan(catalogue, source, trouble, scan_id="s1"))

    scanned(catalogue, source, seen("a/b"), scan_id="s2")

    with catalogue.reading() as tx:
        assert list(records.unlisted_folders(tx)) == []


def test_entries_of_the_quarantine_leave_no_ghosts(catalogue: Catalogue, source: Source) -> None:
    noted = NotedEntry(path=".retention-quarantine/1", state=CopyState.SKIPPED, reason="quarantine", detail="")
    scan = a_scan(catalogue, source, LedgerBatch(number=0, noted=(noted,)), scan_id="s1")
    land_all(catalogue, scan, Sighting(path=noted.path, state=CopyState.SKIPPED, finding="quarantine"))
    assert list(copies(catalogue)) == [noted.path]

    scanned(catalogue, source, seen("a"), scan_id="s2")

    assert list(copies(catalogue)) == ["a"]


def test_a_second_crawl_takes_over_and_the_first_writes_no_more(catalogue: Catalogue, source: Source) -> None:
    first = Scan(scan_id="s1", source_id=source.source_id, state=ScanState.CRAWLING, started_at=NOON)
    with catalogue.transaction() as tx:
        scans.begin(tx, first)
        scans.begin(tx, replace(first, scan_id="s2"))

    with pytest.raises(StaleError, match="another scan of the same source"), catalogue.transaction() as tx:
        ledger.put(tx, "s1", [LedgerBatch(number=0, found=(found("a"),))])
    with pytest.raises(StaleError, match="was given up"), catalogue.transaction() as tx:
        scans.crawled(tx, first)


def test_a_failed_batch_is_counted_and_then_stuck(catalogue: Catalogue, source: Source) -> None:
    scan = a_scan(catalogue, source, LedgerBatch(number=0, found=(found("a"),)))

    with catalogue.transaction() as tx:
        tries = [ledger.count_try(tx, scan.scan_id, 0) for _ in range(ledger.MAX_TRIES)]
        (batch,) = ledger.todo(tx, scan.scan_id, after=-1, limit=1)
        land(tx, scan, batch, [replace(gone("a"), finding="not_examined")], known_destroyed=(), state="stuck")

    with catalogue.transaction() as tx:
        assert scans.finish(tx, scan, at=NOON).stuck_batches == 1
    assert tries == [1, 2, 3, 4]


def test_the_queries_of_every_scan_use_their_indexes(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen("a"), scan_id="s1")
    if not catalogue.is_sqlite:
        pytest.skip("plans of PostgreSQL depend on the size of the tables")

    with catalogue.reading() as tx:
        statement = records.appraised_copies().where(record_copy.c.source_id == "drive")
        words = str(statement.compile(tx.connection, compile_kwargs={"literal_binds": True}))
        plan = [str(row[-1]) for row in tx.connection.execute(text("EXPLAIN QUERY PLAN " + words))]

    assert not [step for step in plan if step.startswith("SCAN batch_item")], plan


def test_a_copy_in_quarantine_is_neither_missing_nor_unreadable(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen("a"), scan_id="s1")
    with_appraisal(catalogue, copies(catalogue)["a"].copy.copy_id)
    _quarantine(catalogue, copies(catalogue)["a"])

    scanned(catalogue, source, gone("a"), scan_id="s2")
    assert copies(catalogue)["a"].copy.state is CopyState.PRESENT
    scanned(catalogue, source, seen("b"), scan_id="s3")

    assert copies(catalogue)["a"].copy.state is CopyState.PRESENT
    assert copies(catalogue)["a"].in_batch == "B-1"


def _quarantine(catalogue: Catalogue, item: AppraisedCopy) -> None:
    copy = item.copy
    with catalogue.transaction() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO batch (batch_id, asset_id, class_id, schedule_version, proposer_id, proposed_at,"
                " manifest_root, items, size_bytes, state, revision)"
                " VALUES ('B-1', 'finance', 'FIN-01', 'uk@1', 'rita', '', '', 1, 3, 'approved', 0)"
            )
        )
        tx.connection.execute(
            text(
                "INSERT INTO batch_item (batch_id, number, copy_id, source_id, path, size_bytes, modified_ns, inode,"
                " device, sha256, media_type, class_id, schedule_version, due_on, evidence, state, reason, is_open)"
                " VALUES ('B-1', 0, :copy_id, 'drive', :path, 3, 5, 7, 9, 'aa', 't', 'FIN-01', 'uk@1', '2020-01-01',"
                " '[]', 'quarantined', '', :yes)"
            ),
            {"copy_id": copy.copy_id, "path": os.fsencode(copy.path), "yes": True},
        )


def test_unchanged_copies_are_only_counted(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen("a"), scan_id="s1")
    copy_id = copies(catalogue)["a"].copy.copy_id
    scan = a_scan(catalogue, source, LedgerBatch(number=0, unchanged=(copy_id,)), scan_id="s2")

    land_all(catalogue, scan)

    with catalogue.reading() as tx:
        assert scans.counts(tx, scan).unchanged == 1
    assert copies(catalogue)["a"].copy.state is CopyState.PRESENT


def _rows(catalogue: Catalogue) -> Iterator[str]:
    with catalogue.reading() as tx:
        yield from (str(path) for path in tx.connection.execute(select(record_copy.c.path_text)).scalars())


def test_the_text_column_is_for_people_and_never_breaks_a_line(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(ODD), scan_id="s1")

    assert list(_rows(catalogue)) == ["caf\\xe9\\n/\\xff.txt"]


def test_a_scan_that_somebody_else_closed_is_not_closed_twice(catalogue: Catalogue, source: Source) -> None:
    scan = a_scan(catalogue, source, LedgerBatch(number=0, found=(found("a"),)))
    land_all(catalogue, scan, seen("a"))
    with catalogue.transaction() as tx:  # a later scan has begun to count the rows as its own
        tx.connection.execute(update(record_copy).values(last_scan_id="s2"))

    with catalogue.transaction() as tx:
        scans.finish(tx, scan, at=NOON)

    assert copies(catalogue)["a"].copy.state is CopyState.PRESENT


def test_a_scan_that_is_being_examined_is_gone_on_with_and_no_second_one_begins(
    catalogue: Catalogue, source: Source
) -> None:
    first = a_scan(catalogue, source, LedgerBatch(number=0, found=(found("a"),)))

    with catalogue.transaction() as tx:
        second = scans.begin(tx, replace(first, scan_id="s2", state=ScanState.CRAWLING))

    assert second.scan_id == first.scan_id
    assert second.files == 1
