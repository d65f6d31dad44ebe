"""What a scan makes of rows that were there already: moved, silently changed, forgotten, upgraded."""

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import select, text

from retention.domain.assets import Source
from retention.domain.eligibility import Outcome
from retention.domain.records import CopyId, CopyState
from retention.store import appraisals, batches, contents, ledger, moves, records, scans, schedules, upgrading
from retention.store.appraisals import StoredAppraisal
from retention.store.catalogue import Catalogue
from retention.store.contents import ContentRead, compressed, packed_members
from retention.store.landing import CHANGED_SILENTLY, ContentForgottenError, Sighting, land
from retention.store.ledger import FoundEntry, LedgerBatch
from retention.store.scans import Scan, ScanCounts, ScanState
from retention.store.schema import record_copy

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Scans:
    """Runs one scan after another, each a day later, of what is said to lie on the share."""

    def __init__(self, catalogue: Catalogue, source: Source) -> None:
        self.catalogue = catalogue
        self._source = source
        self._number = 0

    def run(
        self, *sightings: Sighting, unchanged: Sequence[CopyId] = (), samples: frozenset[str] = frozenset()
    ) -> ScanCounts:
        self._number += 1
        scan = Scan(
            scan_id=f"s{self._number}",
            source_id=self._source.source_id,
            state=ScanState.CRAWLING,
            started_at=NOON + timedelta(days=self._number),
        )
        found = tuple(found_of(one, is_sample=one.path in samples) for one in sightings)
        batch = LedgerBatch(number=0, found=found, unchanged=tuple(unchanged))
        crawled = replace(scan, files=batch.files)
        with self.catalogue.transaction() as tx:
            scans.begin(tx, scan)
            ledger.put(tx, scan.scan_id, [batch])
            scans.crawled(tx, crawled)
        with self.catalogue.transaction() as tx:
            (todo,) = ledger.todo(tx, scan.scan_id, after=-1, limit=2)
            assert todo == batch
            assert land(tx, crawled, todo, sightings, known_destroyed=())
        with self.catalogue.transaction() as tx:
            return scans.finish(tx, crawled, at=crawled.started_at)

    def id_of(self, path: str) -> CopyId:
        with self.catalogue.reading() as tx:
            return records.known_at(tx, self._source.source_id, [path])[path].copy_id

    def origin_of(self, path: str) -> str | None:
        with self.catalogue.reading() as tx:
            found = moves.earlier_location(tx, self.id_of(path))
        return None if found is None else found.path


@pytest.fixture
def on_share(catalogue: Catalogue, source: Source) -> Scans:
    return Scans(catalogue, source)


def found_of(sighting: Sighting, *, is_sample: bool) -> FoundEntry:
    return FoundEntry(
        path=sighting.path,
        size_bytes=sighting.size_bytes,
        modified_ns=sighting.modified_ns,
        inode=sighting.inode,
        device=sighting.device,
        link_count=sighting.link_count,
        changed_ns=sighting.changed_ns,
        is_sample=is_sample,
    )


def seen(
    path: str, *, inode: int, digest: str = "aa", words: str = "words", size_bytes: int = 3, read_by: str = "1.0"
) -> Sighting:
    read = ContentRead(
        sha256=digest,
        size_bytes=size_bytes,
        media_type="text/plain",
        text_read=True,
        is_unread=False,
        words=compressed(words),
        properties={},
        problems=[("truncated_text", "only its beginning")],
        members=packed_members([("a.zip!/b", "entry", 3, "text/plain", "2019", False)]),
        member_count=12,
        read_by=read_by,
    )
    return Sighting(
        path=path,
        state=CopyState.PRESENT,
        size_bytes=size_bytes,
        modified_ns=5,
        inode=inode,
        device=9,
        link_count=1,
        changed_ns=6,
        content=read,
    )


def same_as(sighting: Sighting, path: str) -> Sighting:
    return replace(sighting, path=path, content=None, same_as=sighting.sha256)


def row(catalogue: Catalogue, path: str) -> dict[str, object]:
    with catalogue.reading() as tx:
        found = tx.connection.execute(select(record_copy).where(record_copy.c.path == os.fsencode(path)))
        return dict(found.mappings().one())


def test_of_a_thousand_moved_files_each_is_matched_with_itself(on_share: Scans) -> None:
    old = [seen(f"old/{n}", inode=n, digest=f"{n % 40:064}") for n in range(1_200)]
    on_share.run(*old)

    counts = on_share.run(*(replace(one, path=one.path.replace("old", "new")) for one in old))

    assert counts.moved == 1_200
    for number in (0, 1, 499, 500, 1_199):
        assert on_share.origin_of(f"new/{number}") == f"old/{number}"
        assert row(on_share.catalogue, f"old/{number}")["detail"] == f"moved to new/{number}"


@pytest.mark.parametrize("other", [{"inode": 8}, {"digest": "bb"}, {"size_bytes": 4}])
def test_what_is_not_the_very_file_was_not_moved(on_share: Scans, other: dict[str, object]) -> None:
    on_share.run(seen("a", inode=7))

    counts = on_share.run(seen("b", **{"inode": 7, **other}))  # type: ignore[arg-type]  # mixed

    assert counts.moved == 0
    assert row(on_share.catalogue, "a")["finding"] == ""
    assert row(on_share.catalogue, "b")["moved_from"] is None


def test_of_two_names_that_vanished_only_one_was_moved_and_only_once(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7), seen("b", inode=7))

    counts = on_share.run(seen("c", inode=7))

    assert counts.moved == 1
    assert on_share.origin_of("c") == "a"
    assert row(on_share.catalogue, "b")["finding"] == ""
    assert {row(on_share.catalogue, path)["state"] for path in "ab"} == {"missing"}


def test_a_new_file_at_a_place_something_was_moved_to_came_from_nowhere(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7))
    on_share.run(seen("b", inode=7))
    on_share.run()

    on_share.run(seen("b", inode=11, digest="dd"))

    assert on_share.origin_of("b") is None


def test_a_destroyed_copy_was_not_moved(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7))
    with on_share.catalogue.transaction() as tx:
        batches.mark_destroyed(tx, on_share.id_of("a"), "aa")

    counts = on_share.run(seen("b", inode=7))

    assert counts.moved == 0
    assert row(on_share.catalogue, "a")["state"] == CopyState.DESTROYED


def test_content_that_changed_while_size_and_time_did_not_is_said_so(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7), seen("b", inode=8))

    counts = on_share.run(seen("a", inode=7, digest="bb"), seen("b", inode=8), samples=frozenset("ab"))

    assert (counts.examined, counts.unchanged, counts.verified, counts.changed_silently) == (1, 1, 1, 1)
    assert row(on_share.catalogue, "a")["finding"] == CHANGED_SILENTLY
    with on_share.catalogue.reading() as tx:
        scan = scans.latest(tx, "drive")
        assert scan is not None
        assert scans.changed_silently(tx, scan, limit=9) == ("a",)


def test_content_read_after_an_unreadable_spell_is_not_said_to_have_changed_silently(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7))
    on_share.run(replace(seen("a", inode=7), state=CopyState.UNREADABLE, finding="denied", content=None))

    counts = on_share.run(seen("a", inode=7, digest="bb"))

    assert (counts.examined, counts.changed_silently) == (1, 0)


def test_a_copy_of_known_content_lands_without_being_read(on_share: Scans) -> None:
    first = seen("a", inode=7)
    on_share.run(first)
    with on_share.catalogue.reading() as tx:
        known = contents.known_with_sizes(tx, {3, 999}, read_by="1.0", limit=5)
    assert known["aa"].problems == (("truncated_text", "only its beginning"),)

    on_share.run(first, same_as(first, "b"))

    assert row(on_share.catalogue, "b")["sha256"] == "aa"
    assert row(on_share.catalogue, "b")["state"] == CopyState.PRESENT


def test_what_an_older_version_read_is_read_again_and_judged_again(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7, words="little", read_by="0.9"), seen("b", inode=8, words="little", read_by="0.9"))
    with on_share.catalogue.transaction() as tx:
        assert contents.known_with_sizes(tx, {3}, read_by="1.0", limit=5) == {}
        schedules.publish(tx, "text", "uk@1", NOON)
        waiting = appraisals.waiting(tx, "uk@1", after=0, limit=9)
        appraisals.put(tx, "uk@1", waiting, [unclassified(one.copy_id) for one in waiting])

    on_share.run(seen("a", inode=7, words="far more", read_by="1.0"), unchanged=[on_share.id_of("b")])

    with on_share.catalogue.reading() as tx:
        (again,) = appraisals.waiting(tx, "uk@1", after=0, limit=9)
    assert (again.path, again.text()) == ("a", "far more")


def unclassified(copy_id: CopyId) -> StoredAppraisal:
    return StoredAppraisal(
        copy_id=copy_id,
        outcome=Outcome.UNCLASSIFIED,
        class_id=None,
        action=None,
        due_earliest=None,
        due_latest=None,
        reasons=(),
        questions=(),
        flags=(),
        explanation={},
    )


def test_a_copy_of_content_whose_words_are_forgotten_does_not_land_unread(on_share: Scans) -> None:
    first = seen("a", inode=7)
    on_share.run(first)
    with on_share.catalogue.transaction() as tx:
        batches.mark_destroyed(tx, on_share.id_of("a"), "aa")

    with pytest.raises(ContentForgottenError):
        on_share.run(same_as(first, "b"))

    with on_share.catalogue.reading() as tx:
        assert ledger.counts(tx, "s2") == {"todo": 1}
        assert contents.known_with_sizes(tx, {3}, read_by="1.0", limit=5) == {}


def test_members_are_kept_with_their_content(on_share: Scans) -> None:
    on_share.run(seen("a", inode=7))

    with on_share.catalogue.reading() as tx:
        inside = contents.members_of(tx, "aa")

    assert inside.listed == (("a.zip!/b", "entry", 3, "text/plain", "2019", False),)
    assert inside.count == 12


def test_unchanged_copies_are_counted_one_by_one_and_in_long_runs(on_share: Scans) -> None:
    files = [seen(f"{n:04}", inode=n, digest=f"{n:064}") for n in range(900)]
    on_share.run(*files)
    ids = [on_share.id_of(one.path) for one in files]
    gone = {5, 6, 100, 899}
    kept = [copy_id for number, copy_id in enumerate(ids) if number not in gone]

    counts = on_share.run(unchanged=kept[::-1])

    assert counts.unchanged == 896
    with on_share.catalogue.reading() as tx:
        missing = tx.connection.execute(select(record_copy.c.path).where(record_copy.c.state == "missing"))
        assert {int(path) for (path,) in missing} == gone


OLD_ROWS: tuple[tuple[str, dict[str, object]], ...] = (
    ("insert into person (person_id, name, roles, is_retired) values ('i', 'I', 'iao', false)", {}),
    ("insert into asset (asset_id, title, owner_id) values ('f', 'F', 'i')", {}),
    (
        """insert into source (source_id, root, root_text, root_inode, asset_id, added_at)
        values ('drive', :root, '/x', 1, 'f', '2026-01-01T00:00:00+00:00')""",
        {"root": b"/x"},
    ),
    (
        """insert into record_copy (source_id, path, path_text, state, finding, detail, size_bytes, modified_ns,
        inode, device, link_count, first_seen_at, last_scan_id, last_finding)
        values ('drive', :path, 'a', 'present', '', '', 3, 5, 7, 9, 1, '2026-01-01T00:00:00+00:00', 's', 'x')""",
        {"path": b"a"},
    ),
)


def test_a_catalogue_of_the_first_version_keeps_what_it_knows(empty_catalogue: Catalogue) -> None:
    with empty_catalogue.transaction() as tx, upgrading._configured(tx.connection) as config:
        command.upgrade(config, "0001")
    with empty_catalogue.transaction() as tx:
        for statement, values in OLD_ROWS:
            tx.connection.execute(text(statement), values)

    upgrading.create_or_upgrade(empty_catalogue)

    assert upgrading.differences(empty_catalogue) == ()
    with empty_catalogue.reading() as tx:
        known = records.known_at(tx, "drive", ["a"])["a"]
    assert not known.is_unchanged(size_bytes=3, modified_ns=5, inode=7, changed_ns=1_700_000_000_000_000_000)


def test_a_ledger_that_an_older_version_filled_is_gone_on_with() -> None:
    packed = ledger._packed(LedgerBatch(number=0, found=(found_of(seen("a", inode=7), is_sample=True),)))
    whole = ledger._unpacked(0, 0, packed)
    older = ledger._unpacked(0, 0, _without_new_fields(packed))

    assert whole.found[0].is_sample
    assert older.found[0] == replace(whole.found[0], changed_ns=0, is_sample=False)


def _without_new_fields(packed: bytes) -> bytes:
    lists = json.loads(zlib.decompress(packed))
    return zlib.compress(json.dumps({**lists, "found": [entry[:6] for entry in lists["found"]]}).encode())
