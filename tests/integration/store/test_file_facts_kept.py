"""What the file system says of a file is kept beside it, told to the rules as what it is, and never by a content."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import insert, select

from retention.domain.assets import Source
from retention.domain.eligibility import AppraisedCopy
from retention.domain.records import NOTHING_SAID, CopyState, FileFacts
from retention.store import appraisals, ledger, records, scans
from retention.store.appraisals import Unappraised
from retention.store.catalogue import Catalogue
from retention.store.landing import ContentRead, Sighting, compressed, land
from retention.store.ledger import FoundEntry, LedgerBatch
from retention.store.scans import Scan, ScanState
from retention.store.schema import appraisal, record_copy, schedule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IN_2020 = 1_577_836_800_000_000_000
TOLD = FileFacts(owner="S-1-5-21-1-2-3-1107", attributes=0x22, created_ns=IN_2020)


def seen(facts: FileFacts, *, words: str = "words", properties: dict[str, str] | None = None) -> Sighting:
    read = ContentRead(
        sha256=words,
        size_bytes=3,
        media_type="text/plain",
        text_read=True,
        is_unread=False,
        words=compressed(words),
        properties=properties or {"title": "T"},
        problems=[],
    )
    return Sighting(path="a.txt", state=CopyState.PRESENT, size_bytes=3, inode=7, device=9, facts=facts, content=read)


def scanned(catalogue: Catalogue, source: Source, sighting: Sighting, *, scan_id: str) -> None:
    entry = FoundEntry(path="a.txt", size_bytes=3, modified_ns=0, inode=7, device=9, link_count=0)
    scan = Scan(scan_id=scan_id, source_id=source.source_id, state=ScanState.CRAWLING, started_at=NOON)
    crawled = replace(scan, files=1, folders=1)
    with catalogue.transaction() as tx:
        scans.begin(tx, scan)
        ledger.put(tx, scan_id, [LedgerBatch(number=0, found=(entry,))])
        scans.crawled(tx, crawled)
    with catalogue.transaction() as tx:
        (batch,) = ledger.todo(tx, scan_id, after=-1, limit=2)
        assert land(tx, crawled, batch, [sighting], known_destroyed=frozenset())
    with catalogue.transaction() as tx:
        scans.finish(tx, crawled, at=NOON)


def the_copy(catalogue: Catalogue) -> AppraisedCopy:
    with catalogue.reading() as tx:
        (item,) = records.appraised(tx)
        return item


def with_appraisal(catalogue: Catalogue) -> None:
    row = {"schedule_version": "uk@1", "content": "", "published_at": "", "position": 1}
    values = {"outcome": "classified", "explanation": b"", "reasons": "[]", "questions": "[]", "flags": "[]"}
    with catalogue.transaction() as tx:
        tx.connection.execute(insert(schedule).values(row))
        (copy_id,) = tx.connection.execute(select(record_copy.c.copy_id)).one()
        tx.connection.execute(insert(appraisal).values(copy_id=copy_id, schedule_version="uk@1", **values))


def waiting(catalogue: Catalogue) -> tuple[Unappraised, ...]:
    with catalogue.reading() as tx:
        return appraisals.waiting(tx, "uk@1", after=0, limit=9)


def test_owner_attributes_and_creation_are_kept_with_the_copy(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD), scan_id="s1")

    facts = the_copy(catalogue).copy.facts

    assert facts == TOLD
    assert facts.created_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_another_owner_is_no_other_content_but_the_rules_look_again(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD), scan_id="s1")
    with_appraisal(catalogue)
    before = the_copy(catalogue).copy

    scanned(catalogue, source, seen(TOLD._replace(owner="S-1-5-32-544")), scan_id="s2")

    item = the_copy(catalogue)
    assert item.copy == replace(before, facts=TOLD._replace(owner="S-1-5-32-544"))
    assert (item.copy.finding, item.copy.detail, item.outcome) == ("", "", None)


def test_another_attribute_of_a_file_leaves_what_was_made_of_it(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD), scan_id="s1")
    with_appraisal(catalogue)

    scanned(catalogue, source, seen(TOLD._replace(attributes=0x20)), scan_id="s2")

    assert the_copy(catalogue).outcome == "classified"
    assert the_copy(catalogue).copy.facts.attributes == 0x20


def test_who_owns_a_file_that_cannot_be_read_any_more_is_still_known(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD), scan_id="s1")
    denied = Sighting(path="a.txt", state=CopyState.UNREADABLE, finding="denied")

    scanned(catalogue, source, denied, scan_id="s2")

    assert the_copy(catalogue).copy.facts == TOLD


def test_what_is_not_said_any_more_of_a_file_at_hand_is_not_kept_up(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD), scan_id="s1")

    scanned(catalogue, source, seen(NOTHING_SAID), scan_id="s2")

    assert the_copy(catalogue).copy.facts == NOTHING_SAID


def test_the_rules_are_told_of_the_file_and_not_of_its_record(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD, properties={"title": "T", "created_at": "2009-01-01"}), scan_id="s1")

    (told,) = waiting(catalogue)

    assert told.properties == {
        "title": "T",
        "created_at": "2009-01-01",  # the document's own
        "file_owner": "S-1-5-21-1-2-3-1107",
        "file_created_at": "2020-01-01T00:00:00+00:00",
    }


def test_no_content_can_claim_an_owner_or_a_creation_for_its_file(catalogue: Catalogue, source: Source) -> None:
    forged = {"file_owner": "the chief executive", "file_created_at": "1999-01-01", "title": "T"}
    scanned(catalogue, source, seen(NOTHING_SAID, properties=forged), scan_id="s1")

    (told,) = waiting(catalogue)

    assert told.properties == {"title": "T"}


def test_no_content_can_claim_a_column_of_a_system_that_it_never_was_in(catalogue: Catalogue, source: Source) -> None:
    forged = {"column:Date closed": "1999-01-01", "title": "T"}
    scanned(catalogue, source, seen(NOTHING_SAID, properties=forged), scan_id="s1")

    (told,) = waiting(catalogue)

    assert told.properties == {"title": "T"}


def test_a_time_beyond_what_a_database_holds_is_moved_to_its_end(catalogue: Catalogue, source: Source) -> None:
    scanned(catalogue, source, seen(TOLD._replace(created_ns=1 << 70, owner="caf\udce9\n")), scan_id="s1")

    facts = the_copy(catalogue).copy.facts

    assert facts.created_ns == (1 << 63) - 1
    assert facts.created_at is not None
    assert facts.owner is not None
    assert "\udce9" not in facts.owner
