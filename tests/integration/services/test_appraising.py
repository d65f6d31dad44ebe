import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.domain.eligibility import AppraisedCopy, Outcome, Queue
from retention.domain.holds import HoldRegister
from retention.errors import UnknownThingError
from retention.services import reporting
from retention.services.appraising.appraising import AppraisalProgress, appraise_copies
from retention.services.explaining import explain
from retention.store import appraisals, records, schedules
from retention.store.catalogue import Catalogue
from rules import DisposalAction, DisposalSchedule, shipped_schedule, shipped_schedule_text

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
INVOICE = "Finance/Purchase Ledger/Invoices/2012-13/INV-0042.txt"
WORDS = "INVOICE\nInvoice number: INV-0042\nTax point: 14/06/2012\nTotal due: 120.00\nSupplier: Marlowe Groundworks\n"


@pytest.fixture(scope="module")
def shipped() -> DisposalSchedule:
    """Read the shipped schedule once: it is long."""
    return shipped_schedule()


@pytest.fixture
def schedule(catalogue: Catalogue, shipped: DisposalSchedule) -> DisposalSchedule:
    """Put the shipped schedule in force."""
    found = shipped
    with catalogue.transaction() as tx:
        schedules.publish(tx, shipped_schedule_text(), found.schedule_version, NOON)
    return found


def put(share: Path, path: str, words: str, *, on: date = date(2012, 6, 14)) -> None:
    file = share / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words)
    instant = datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp()
    os.utime(file, (instant, instant))


def appraise(catalogue: Catalogue, schedule: DisposalSchedule) -> int:
    return appraise_copies(catalogue, schedule, on_progress=lambda _told: None)


def copies(catalogue: Catalogue) -> dict[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx)}


def test_a_long_paid_invoice_is_found_due_with_its_evidence(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, INVOICE, WORDS)
    scan_share()

    assert appraise(catalogue, schedule) == 1

    item = copies(catalogue)[INVOICE]
    assert (item.outcome, item.class_id) == (Outcome.CLASSIFIED, "FIN-01")
    assert item.action is DisposalAction.DESTROY
    assert item.due_latest is not None
    assert item.due_latest >= date(2018, 6, 14)
    told = explain(catalogue, f"drive:{INVOICE}", NO_HOLDS, as_of=TODAY)
    assert told.eligibility.queue is Queue.ELIGIBLE
    for key in ("cues", "trigger", "due", "confidence"):
        assert told.to_json()[key], key


def test_what_says_nothing_is_kept(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, "zq.bin", "lorem ipsum")
    scan_share()
    appraise(catalogue, schedule)

    summary = reporting.summary(catalogue, NO_HOLDS, as_of=TODAY)

    assert summary.queues[Queue.UNCLASSIFIED].items == 1
    assert summary.queues[Queue.ELIGIBLE].items == 0


def test_the_same_content_in_two_folders_is_two_records(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, INVOICE, WORDS)
    put(share, "Legal/Litigation/Claim 7/evidence.txt", WORDS)
    scan_share()

    assert appraise(catalogue, schedule) == 2

    found = copies(catalogue)
    assert len({item.copy.sha256 for item in found.values()}) == 1
    assert len({item.reasons for item in found.values()}) == 2


def test_nothing_is_appraised_twice_under_one_version(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, INVOICE, WORDS)
    scan_share()
    appraise(catalogue, schedule)

    assert appraise(catalogue, schedule) == 0


def test_a_new_version_of_the_schedule_applies_to_all_existing_records(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, INVOICE, WORDS)
    scan_share()
    with catalogue.transaction() as tx:
        schedules.publish(tx, "an older one", "older@1", NOON)
        (waiting,) = appraisals.waiting(tx, "older@1", after=0, limit=2)
        old = appraisals.StoredAppraisal(
            copy_id=waiting.copy_id,
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
        appraisals.put(tx, "older@1", [waiting], [old])

    assert appraise(catalogue, schedule) == 1

    assert copies(catalogue)[INVOICE].schedule_version == schedule.schedule_version


def test_changed_content_is_appraised_again(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, INVOICE, WORDS)
    scan_share()
    appraise(catalogue, schedule)
    put(share, INVOICE, WORDS.replace("2012", "2025"), on=date(2025, 6, 14))
    scan_share()
    assert copies(catalogue)[INVOICE].outcome is None

    assert appraise(catalogue, schedule) == 1


def test_content_that_changes_while_it_is_appraised_gets_no_appraisal_of_the_old_one(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, INVOICE, WORDS)
    scan_share()
    with catalogue.reading() as tx:
        read = appraisals.waiting(tx, schedule.schedule_version, after=0, limit=9)
    put(share, INVOICE, "something else", on=date(2025, 6, 14))
    scan_share()
    stale = appraisals.StoredAppraisal(
        copy_id=read[0].copy_id,
        outcome=Outcome.CLASSIFIED,
        class_id="FIN-01",
        action=DisposalAction.DESTROY,
        due_earliest=TODAY,
        due_latest=TODAY,
        reasons=(),
        questions=(),
        flags=(),
        explanation={},
    )

    with catalogue.transaction() as tx:
        assert appraisals.put(tx, schedule.schedule_version, read, [stale]) == 0

    assert copies(catalogue)[INVOICE].outcome is None


def test_a_version_that_was_never_published_decides_nothing(catalogue: Catalogue, shipped: DisposalSchedule) -> None:
    with pytest.raises(UnknownThingError, match="no schedule"):
        appraise(catalogue, shipped)


def test_names_that_are_no_text_are_appraised_like_any_other(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    odd = os.fsdecode(b"Finance/Purchase Ledger/Invoices/2012-13/INV caf\xe9\n.txt")
    put(share, odd, WORDS)
    scan_share()

    assert appraise(catalogue, schedule) == 1

    told = explain(catalogue, f"drive:{odd}", NO_HOLDS, as_of=TODAY).to_json()
    assert told["cues"]
    assert "path_b64" in told


def test_progress_is_told_in_chunks(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    for number in range(520):
        put(share, f"f{number}", "same")
    scan_share()
    told: list[AppraisalProgress] = []

    appraise_copies(catalogue, schedule, on_progress=told.append)

    assert [one.done for one in told] == [500, 520]
    assert {one.total for one in told} == {520}
