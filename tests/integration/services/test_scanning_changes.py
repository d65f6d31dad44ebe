"""A rescan looks at what changed, misses nothing that did, and knows a file again wherever it was moved."""

import hashlib
import os
import shutil
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from retention.clock import SystemClock
from retention.domain.assets import Source
from retention.domain.batches import ItemState
from retention.domain.eligibility import AppraisedCopy
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldScope
from retention.domain.people import PersonId
from retention.domain.records import CopyId, CopyState
from retention.errors import InvalidInputError
from retention.services.scanning import BatchExaminer, Sampling, ScanSummary, scan_source
from retention.services.scanning.sightings import Row
from retention.store import assets, batches, contents, holds, landing, moves, records
from retention.store.catalogue import Catalogue, sqlite_url
from retention.store.schema import content, record_copy
from scanners import Examiner, FoundFile
from scanners.examination import ContentSeenBefore
from tests.integration.disposing.world import build_world

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
DOCUMENT_WORDS = "<w:t>Minutes of the finance committee</w:t>"


@pytest.fixture
def catalogue(tmp_path: Path, ready_sqlite: Path) -> Iterator[Catalogue]:
    """Give the embedded database only: the store's own tests run the same on both."""
    file = tmp_path / "catalogue.db"
    shutil.copyfile(ready_sqlite, file)
    with Catalogue(sqlite_url(file)) as opened:
        yield opened


def scan(catalogue: Catalogue, source: Source, *, at: datetime = NOON, **more: object) -> ScanSummary:
    settings: dict[str, object] = {"workers": 1, "on_progress": lambda _told: None, **more}
    return scan_source(catalogue, source, at=at, clock=SystemClock(), **settings)  # type: ignore[arg-type]  # mixed


def copies(catalogue: Catalogue) -> dict[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx)}


def id_of(catalogue: Catalogue, path: str) -> CopyId:
    return copies(catalogue)[path].copy.copy_id


def origin_of(catalogue: Catalogue, path: str) -> str | None:
    with catalogue.reading() as tx:
        found = moves.earlier_location(tx, id_of(catalogue, path))
    return None if found is None else found.path


def change_quietly(path: Path, content: bytes) -> None:
    """Change a file and put its modification time back, as bit rot or somebody with something to hide would."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def forget_change_times(catalogue: Catalogue, share: Path) -> None:
    """Make the catalogue believe that the files' change times are what they are now: what a bad disk would do."""
    with catalogue.transaction() as tx:
        for path in filter(Path.is_file, share.rglob("*")):
            tx.connection.execute(
                update(record_copy)
                .where(record_copy.c.path == os.fsencode(path.relative_to(share)))
                .values(changed_ns=path.stat().st_ctime_ns)
            )


def test_a_changed_file_whose_modification_time_was_put_back_is_noticed(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "ledger.txt").write_bytes(b"paid 100")
    (share / "other.txt").write_bytes(b"same")
    scan(catalogue, source)
    change_quietly(share / "ledger.txt", b"paid 900")

    summary = scan(catalogue, source)

    assert (summary.counts.examined, summary.counts.unchanged) == (1, 1)
    assert summary.counts.changed_silently == 1
    assert summary.changed_silently == ("ledger.txt",)
    copy = copies(catalogue)["ledger.txt"].copy
    assert copy.sha256 == hashlib.sha256(b"paid 900").hexdigest()
    assert copy.finding == landing.CHANGED_SILENTLY
    assert hashlib.sha256(b"paid 100").hexdigest() in copy.detail


def test_a_file_whose_rights_changed_is_read_again_and_reported_only_if_its_content_did(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("same")
    scan(catalogue, source)
    (share / "a.txt").chmod(0o640)

    summary = scan(catalogue, source)

    assert (summary.counts.examined, summary.counts.changed_silently) == (1, 0)
    assert scan(catalogue, source).counts.unchanged == 1


def test_a_sample_of_the_unchanged_files_is_read_again_and_finds_what_changed_silently(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    for number in range(40):
        (share / f"{number}.txt").write_text(f"content {number:02}")
    scan(catalogue, source)
    change_quietly(share / "7.txt", b"content XX")
    forget_change_times(catalogue, share)
    assert scan(catalogue, source).counts.unchanged == 40

    summary = scan(catalogue, source, verify=Sampling(100))

    assert (summary.counts.verified, summary.counts.changed_silently) == (39, 1)
    assert (summary.counts.examined, summary.counts.unchanged, summary.scan.files) == (1, 39, 40)
    assert summary.changed_silently == ("7.txt",)
    assert summary.to_json()["verified"] == 39


def test_a_sample_is_as_large_as_was_asked_for_and_another_one_in_every_scan(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    for number in range(300):
        (share / f"{number}.txt").write_text(f"{number}")
    scan(catalogue, source)

    verified = [scan(catalogue, source, verify=Sampling(20)).counts.verified for _ in range(2)]

    assert all(20 < count < 110 for count in verified)
    drawn = [{path for path in map(str, range(300)) if Sampling(20, seed).picks(path)} for seed in ("a", "a", "b")]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("percent", [-1.0, 100.5, float("nan")])
def test_what_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(InvalidInputError, match="is no percentage"):
        Sampling(percent)


def test_a_file_that_cannot_be_read_when_it_is_verified_is_reported(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("a")
    scan(catalogue, source)

    class Denying:
        def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
            (share / "a.txt").unlink()
            with Examiner() as examiner:
                yield from examiner.examine(root, files, known_digests=known_digests)

    summary = scan(catalogue, source, verify=Sampling(100), open_examiner=lambda: nullcontext(Denying()))

    assert (summary.counts.unreadable, summary.counts.verified) == (1, 0)


def test_a_moved_file_is_known_again_and_keeps_since_when_it_is_known(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("same")
    (share / "copy.txt").write_text("same")
    scan(catalogue, source)
    (share / "Archive").mkdir()
    (share / "a.txt").rename(share / "Archive" / "b.txt")

    summary = scan(catalogue, source, at=LATER)

    found = copies(catalogue)
    assert summary.counts.moved == 1
    assert origin_of(catalogue, "Archive/b.txt") == "a.txt"
    assert found["Archive/b.txt"].copy.first_seen_at == NOON
    assert (found["a.txt"].copy.state, found["a.txt"].copy.finding) == (CopyState.MISSING, moves.MOVED)
    assert found["a.txt"].copy.detail == "moved to Archive/b.txt"
    assert found["copy.txt"].copy.state is CopyState.PRESENT


def test_a_copy_is_not_a_move_and_neither_is_another_name_of_a_file_that_stays(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("same")
    (share / "b.txt").write_text("hard")
    scan(catalogue, source)
    (share / "copy.txt").write_text("same")
    os.link(share / "b.txt", share / "second name.txt")
    (share / "a.txt").unlink()

    summary = scan(catalogue, source)

    assert summary.counts.moved == 0
    assert origin_of(catalogue, "copy.txt") is None
    assert origin_of(catalogue, "second name.txt") is None
    assert copies(catalogue)["a.txt"].copy.finding == ""


def test_a_name_that_stays_when_another_name_of_the_file_goes_was_not_moved(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("x")
    os.link(share / "a.txt", share / "b.txt")
    scan(catalogue, source)
    (share / "a.txt").unlink()

    summary = scan(catalogue, source)

    assert summary.counts.moved == 0
    assert copies(catalogue)["b.txt"].copy.link_count == 1


def test_a_renamed_folder_is_known_again_file_by_file_and_nothing_in_it_is_looked_into_twice(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "old").mkdir()
    for number in range(30):
        a_document(share / "old" / f"{number}.docx", f"<w:t>paper {number:03}</w:t>")
    scan(catalogue, source)
    (share / "old").rename(share / "new")
    seen: list[Row] = []

    summary = scan(catalogue, source, open_examiner=lambda: nullcontext(Watching(seen)))

    assert summary.counts.moved == 30
    assert origin_of(catalogue, "new/7.docx") == "old/7.docx"
    assert {type(row) for row in seen} == {ContentSeenBefore}


def test_a_file_that_goes_to_and_fro_is_present_where_it_is(catalogue: Catalogue, source: Source, share: Path) -> None:
    (share / "a.txt").write_text("same")
    scan(catalogue, source)
    (share / "a.txt").rename(share / "b.txt")
    scan(catalogue, source)
    (share / "b.txt").rename(share / "a.txt")

    summary = scan(catalogue, source)

    states = {path: item.copy.state for path, item in copies(catalogue).items()}
    assert states == {"a.txt": CopyState.PRESENT, "b.txt": CopyState.MISSING}
    assert summary.counts.moved == 1
    assert (origin_of(catalogue, "a.txt"), origin_of(catalogue, "b.txt")) == ("b.txt", "a.txt")


def test_what_disappeared_is_missing_and_is_present_when_it_comes_back(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a.txt").write_text("a")
    scan(catalogue, source)
    kept = (share / "a.txt").rename(share.with_name("elsewhere.txt"))
    scan(catalogue, source)
    assert copies(catalogue)["a.txt"].copy.state is CopyState.MISSING
    kept.rename(share / "a.txt")

    scan(catalogue, source)

    assert copies(catalogue)["a.txt"].copy.is_present
    assert copies(catalogue)["a.txt"].copy.first_seen_at == NOON


def test_a_file_that_is_moved_out_of_a_held_folder_is_still_held(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    for folder in ("Held", "Elsewhere"):
        (share / folder).mkdir()
    (share / "Held" / "letter.txt").write_text("claim 12")
    scan(catalogue, source)
    with catalogue.transaction() as tx:
        holds.place(tx, a_hold(path="Held"))
    for step in ("Elsewhere/letter.txt", "Elsewhere/renamed.txt", "third.txt"):
        (path,) = share.rglob("*.txt")
        path.rename(share / step)
        scan(catalogue, source)

        with catalogue.reading() as tx:
            register = holds.active_register(tx)
        item = copies(catalogue)[step]
        assert [hold.hold_id for hold in register.holds_on(item)] == ["H-1"]
        with catalogue.reading() as tx:
            assert holds.register_about(tx, item.copy.sha256 or "").reasons(item)


def test_an_approved_file_that_was_moved_is_not_destroyed_where_it_is_now(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2)
    batch = world.approved()
    moved = world.file(0).rename(world.share / "kept.txt")
    with world.catalogue() as catalogue:
        with catalogue.reading() as tx:
            share_source = assets.source(tx, "share")
        assert scan(catalogue, share_source).counts.moved == 1

    report = world.dispose(batch.batch_id)

    assert moved.exists()
    assert report.reconciliation.counts[ItemState.MISSING] == 1
    assert report.reconciliation.counts[ItemState.DESTROYED] == 1
    with world.catalogue() as catalogue:
        assert copies(catalogue)["kept.txt"].copy.is_present
        assert origin_of(catalogue, "kept.txt") == "Invoices/invoice 0.txt"


def a_hold(*, path: str) -> DisposalHold:
    return DisposalHold(
        hold_id=HoldId("H-1"),
        kind=HoldKind.LITIGATION,
        reason="claim 12",
        mandate="",
        owner_id=PersonId("rita"),
        scope=HoldScope(path=path),
        placed_at=NOON,
        reassess_on=date(2027, 1, 1),
    )


class Watching:
    """Examines, and tells what it was given."""

    def __init__(self, seen: list[Row]) -> None:
        self._seen = seen

    def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
        with Examiner() as examiner:
            for row in examiner.examine(root, files, known_digests=known_digests):
                self._seen.append(row)
                yield row


def a_document(path: Path, words: str = DOCUMENT_WORDS) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
            'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr(
            "word/document.xml",
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
            f"{words}</w:r></w:p></w:body></w:document>",
        )


def text_of(catalogue: Catalogue, sha256: str | None) -> str:
    with catalogue.reading() as tx:
        words = tx.connection.execute(select(content.c.words).where(content.c.sha256 == sha256)).scalar()
    return landing.decompressed(words)


def test_a_copy_of_known_content_is_not_looked_into_again_and_has_its_text(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    a_document(share / "a.docx")
    scan(catalogue, source)
    (share / "b.docx").write_bytes((share / "a.docx").read_bytes())
    (share / "c.pdf").write_bytes((share / "a.docx").read_bytes())
    seen: list[Row] = []

    scan(catalogue, source, open_examiner=lambda: nullcontext(Watching(seen)))

    assert [type(row) for row in seen] == [ContentSeenBefore, ContentSeenBefore]
    found = copies(catalogue)
    assert found["a.docx"].copy.sha256 == found["b.docx"].copy.sha256 == found["c.pdf"].copy.sha256
    assert "finance committee" in text_of(catalogue, found["b.docx"].copy.sha256)
    assert found["b.docx"].copy.detail == ""
    assert "named .pdf but its content is a Word document" in found["c.pdf"].copy.detail


def test_text_that_was_forgotten_while_its_copy_was_examined_is_read_again(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    a_document(share / "a.docx")
    scan(catalogue, source)
    known = copies(catalogue)["a.docx"].copy
    (share / "b.docx").write_bytes((share / "a.docx").read_bytes())
    seen: list[Row] = []

    class Destroying:
        def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
            if known_digests:
                with catalogue.transaction() as tx:
                    batches.mark_destroyed(tx, known.copy_id, known.sha256 or "")
            yield from Watching(seen).examine(root, files, known_digests=known_digests)

    scan(catalogue, source, open_examiner=lambda: nullcontext(Destroying()))

    assert isinstance(seen[0], ContentSeenBefore)
    assert len(seen) == 2
    assert "finance committee" in text_of(catalogue, known.sha256)
    assert copies(catalogue)["b.docx"].copy.is_present


def test_what_lies_inside_an_archive_is_listed_with_its_content(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    with zipfile.ZipFile(share / "old papers.zip", "w") as archive:
        archive.writestr("Minutes/2019.txt", "apologies")
        archive.writestr("Caf\u00e9.txt", "menu")

    scan(catalogue, source)

    with catalogue.reading() as tx:
        inside = contents.members_of(tx, copies(catalogue)["old papers.zip"].copy.sha256 or "")
        nothing = contents.members_of(tx, "0" * 64)
    assert inside.count == 2
    assert [member[0] for member in inside.listed] == ["Minutes/2019.txt", "Caf\u00e9.txt"]
    assert (nothing.listed, nothing.count) == ((), 0)


def test_a_rescan_of_an_unchanged_share_is_far_faster_than_the_first(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    for number in range(1_500):
        (share / f"{number}.txt").write_text(f"invoice {number} " * 50)
    began_at = time.monotonic()
    scan(catalogue, source)
    first_seconds = time.monotonic() - began_at

    began_at = time.monotonic()
    scan(catalogue, source, open_examiner=lambda: nullcontext(Nobody()))

    assert time.monotonic() - began_at < first_seconds / 2  # ten to forty times on a quiet machine


class Nobody:
    """An examiner that is not asked."""

    def examine(self, root: str, files: Sequence[FoundFile], *, known_digests: frozenset[str]) -> Iterator[Row]:
        raise AssertionError((root, files, known_digests))


def test_stand_ins_are_examiners() -> None:
    examiners: tuple[BatchExaminer, ...] = (Nobody(), Watching([]))

    assert examiners
