"""What an export claims becomes known, classified and held, and can never become a disposal."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.domain.assets import AssetId, Source, SourceKind
from retention.domain.eligibility import AppraisedCopy, EligibilityState, Queue
from retention.domain.holds import HoldRegister
from retention.domain.people import Person, PersonId, Role
from retention.domain.records import CopyState
from retention.errors import InvalidInputError, UnknownThingError
from retention.services.appraising.appraising import appraise_copies
from retention.services.importing import (
    ExportOptions,
    ImportSummary,
    import_export,
    open_for_import,
    register_export,
)
from retention.services.proposing import ProposalScope, plan_proposal
from retention.services.reporting import duplicates, eligibility, summary
from retention.store import claims, records, schedules
from retention.store.catalogue import Catalogue
from rules import DisposalSchedule, shipped_schedule, shipped_schedule_text
from scanners.exports.record import ExportedRecord

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
RITA = Person(person_id=PersonId("rita"), name="Rita", roles=frozenset({Role.RECORDS_MANAGER}))
HEADER = "FileRef,FileLeafRef,File_x0020_Size,Created,Modified,_ComplianceTag,_vti_ItemHoldRecordStatus\n"
PLACE = "sites/finance/Documents/Finance/Purchase Ledger/Invoices/2000-01/a.pdf"
INVOICE = f"/{PLACE},a.pdf,10,2001-02-03T10:00:00Z,2001-02-03T10:00:00Z,,0\n"
LETTER = "/sites/finance/Documents/Letters/b.docx,b.docx,20,2001-02-03T10:00:00Z,2001-02-03T10:00:00Z,Case file,1\n"


class Stopped:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON


@pytest.fixture
def export(tmp_path: Path) -> Path:
    place = tmp_path / "export" / "items.csv"
    place.parent.mkdir()
    place.write_text(HEADER + INVOICE + LETTER)
    return place


@pytest.fixture
def into(catalogue: Catalogue, source: Source, export: Path) -> Source:
    return register_export(catalogue, path=export, asset_id=source.asset_id, at=NOON)


def read(catalogue: Catalogue, into: Source, export: Path, *, at: datetime = NOON) -> ImportSummary:
    return import_export(
        catalogue,
        open_for_import(export, ExportOptions()),
        into,
        person=RITA,
        at=at,
        clock=Stopped(),
        on_progress=lambda _told: None,
    )


def known(catalogue: Catalogue) -> Mapping[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx)}


@pytest.fixture
def schedule(catalogue: Catalogue) -> DisposalSchedule:
    found = shipped_schedule()
    with catalogue.transaction() as tx:
        schedules.publish(tx, shipped_schedule_text(), found.schedule_version, NOON)
    return found


def test_records_of_another_system_are_listed_under_their_original_place(
    catalogue: Catalogue, into: Source, export: Path
) -> None:
    told = read(catalogue, into, export)

    assert (told.records, told.listed, told.repeated, told.refused_rows) == (2, 2, 0, 0)
    found = known(catalogue)
    assert set(found) == {PLACE, "sites/finance/Documents/Letters/b.docx"}
    assert {item.copy.state for item in found.values()} == {CopyState.PRESENT}
    assert [item.copy.asset_id for item in found.values()] == [AssetId("finance")] * 2


def test_what_is_on_hold_or_labelled_where_it_lies_says_so(catalogue: Catalogue, into: Source, export: Path) -> None:
    read(catalogue, into, export)

    letter = known(catalogue)["sites/finance/Documents/Letters/b.docx"]
    assert letter.copy.protections is not None
    assert "it is on hold" in letter.copy.protections
    assert any("'Case file'" in reason for reason in letter.copy.protections)


def test_an_export_imported_again_loses_what_it_no_longer_lists_but_never_calls_it_destroyed(
    catalogue: Catalogue, into: Source, export: Path
) -> None:
    read(catalogue, into, export)
    export.write_text(HEADER + LETTER)

    told = read(catalogue, into, export)

    assert told.missing == 1
    assert known(catalogue)[PLACE].copy.state is CopyState.MISSING


def test_an_import_that_broke_off_makes_nothing_missing(
    catalogue: Catalogue, into: Source, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(catalogue, into, export)
    export.write_text(HEADER + LETTER)
    opened = open_for_import(export, ExportOptions())
    opened_records = opened.records()

    def broken() -> Iterator[ExportedRecord]:
        yield next(opened_records)
        raise InvalidInputError(what="the disk went away", not_done="", next_step="")

    monkeypatch.setattr(opened, "records", broken)
    with pytest.raises(InvalidInputError):
        import_export(catalogue, opened, into, person=RITA, at=NOON, clock=Stopped(), on_progress=lambda _told: None)

    assert {item.copy.state for item in known(catalogue).values()} == {CopyState.PRESENT}
    with catalogue.reading() as tx:
        assert [one.finished_at is None for one in claims.imports(tx, into.source_id)] == [False, True]


def test_a_place_that_is_named_twice_keeps_the_protection_of_both_lines(
    catalogue: Catalogue, into: Source, export: Path
) -> None:
    free = LETTER.replace(",Case file,1", ",,0")
    export.write_text(HEADER + LETTER + free)

    told = read(catalogue, into, export)

    assert (told.listed, told.repeated) == (1, 1)
    (letter,) = known(catalogue).values()
    assert letter.copy.protections is not None
    assert "it is on hold" in letter.copy.protections


def test_nothing_that_lies_elsewhere_is_ever_proposed_however_long_it_is_due(
    catalogue: Catalogue, into: Source, export: Path, schedule: DisposalSchedule
) -> None:
    read(catalogue, into, export)
    assert appraise_copies(catalogue, schedule, on_progress=lambda _told: None) == 2

    invoice = known(catalogue)[PLACE]
    answer = eligibility(invoice, NO_HOLDS, as_of=TODAY)
    plan = plan_proposal(catalogue, ProposalScope(), schedule_version=schedule.schedule_version, as_of=TODAY)

    assert invoice.class_id == "FIN-01"
    assert invoice.due_latest is not None
    assert invoice.due_latest < TODAY
    assert (answer.state, answer.queue) == (EligibilityState.NOT_ELIGIBLE, Queue.PROTECTED)
    assert plan.batches == ()
    assert [refusal.path for refusal in plan.refused] == [PLACE]


def test_the_queues_still_sum_to_everything_known(catalogue: Catalogue, into: Source, export: Path) -> None:
    read(catalogue, into, export)

    told = summary(catalogue, NO_HOLDS, as_of=TODAY)

    assert sum(queue.items for queue in told.queues.values()) == told.whole.items == 2


def test_a_change_that_nobody_dates_is_as_late_as_it_can_be(catalogue: Catalogue, into: Source, export: Path) -> None:
    export.write_text("FileRef,FileLeafRef\n/sites/finance/a.pdf,a.pdf\n")

    read(catalogue, into, export)

    (item,) = known(catalogue).values()
    assert item.copy.modified_ns == int(NOON.timestamp()) * 1_000_000_000


def test_bytes_that_came_with_a_tree_are_read_and_pinned_to_their_digest(
    catalogue: Catalogue, source: Source, tmp_path: Path
) -> None:
    tree = tmp_path / "download"
    (tree / "Letters").mkdir(parents=True)
    (tree / "Letters" / "b.txt").write_text("Minutes of the allotments committee")
    into = register_export(catalogue, path=tree, asset_id=source.asset_id, at=NOON)

    told = read(catalogue, into, tree)

    assert told.contents_read == 1
    (item,) = known(catalogue).values()
    assert item.sha256 is not None
    assert item.copy.protections


def test_an_export_is_registered_once_and_under_an_asset(
    catalogue: Catalogue, source: Source, into: Source, export: Path
) -> None:
    assert into.kind is SourceKind.EXPORT
    with pytest.raises(InvalidInputError, match="registered already"):
        register_export(catalogue, path=export, asset_id=source.asset_id, at=NOON)
    with pytest.raises(UnknownThingError):
        register_export(catalogue, path=export.parent, asset_id="nothing", at=NOON)
    with pytest.raises(InvalidInputError, match="nothing lies at"):
        register_export(catalogue, path=export.parent / "gone", asset_id=source.asset_id, at=NOON)


def test_what_is_no_export_is_refused_in_words(tmp_path: Path) -> None:
    poem = tmp_path / "poem.csv"
    poem.write_text("roses\nviolets\n")

    with pytest.raises(InvalidInputError) as caught:
        open_for_import(poem, ExportOptions())
    assert caught.value.not_done
    assert caught.value.next_step


def test_a_hold_on_a_claimed_record_protects_its_copies_also_after_an_export_without_bytes(
    catalogue: Catalogue, source: Source, tmp_path: Path
) -> None:
    tree, words = tmp_path / "download", "Minutes of the allotments committee"
    tree.mkdir()
    (tree / "b.txt").write_text(words)
    into = register_export(catalogue, path=tree, asset_id=source.asset_id, at=NOON)
    read(catalogue, into, tree)
    ((place, before),) = known(catalogue).items()
    newer = tmp_path / "newer.csv"
    newer.write_text(f"FileRef,FileLeafRef\n/{place},b.txt\n")

    read(catalogue, into, newer)

    after = known(catalogue)[place]
    assert after.copy.state is CopyState.PRESENT
    assert after.sha256 == before.sha256 == hashlib.sha256(words.encode()).hexdigest()


def test_what_lies_elsewhere_is_no_duplicate_of_a_file_here(
    catalogue: Catalogue, source: Source, tmp_path: Path
) -> None:
    tree = tmp_path / "download"
    tree.mkdir()
    for name in ("a.txt", "b.txt"):
        (tree / name).write_text("the same words")
    into = register_export(catalogue, path=tree, asset_id=source.asset_id, at=NOON)

    assert read(catalogue, into, tree).contents_read == 2

    assert list(duplicates(catalogue)) == []
