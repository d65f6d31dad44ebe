"""A share that was copied in one go: its times of writing prove nothing, and the explanation says why."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.domain.eligibility import Queue
from retention.domain.holds import HoldRegister
from retention.services.appraising.appraising import appraise_copies
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.appraising.reappraising import PresentView
from retention.services.explaining import Explanation, explain
from retention.store import schedules
from retention.store.catalogue import Catalogue
from rules import Copyings, DisposalSchedule, parse_schedule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MOVED = datetime(2014, 6, 7, 12, 0, tzinfo=UTC)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
SCHEDULE = """\
schedule: {id: small, title: Small, version: "1", status: adopted, jurisdiction: England, default_class: DEF-01}
classes:
  - id: DEF-01
    title: Anything else
    function: Any
    description: Whatever no other class claims.
    clock: {trigger: last_modified, period: P6Y}
    action: review
    period_kind: minimum
    authority: [Business need]
    confidence: high
    evidence: seen
  - id: FIN-01
    title: Invoices
    function: Finance
    description: Invoices.
    clock: {trigger: record_date, period: P6Y}
    action: destroy
    period_kind: minimum
    authority: [Limitation Act 1980]
    confidence: high
    evidence: seen
    accepts: D
    cues: {folders: ["invoice[s]"]}
"""


@pytest.fixture
def schedule(catalogue: Catalogue) -> DisposalSchedule:
    """Put a small schedule in force."""
    found = parse_schedule(SCHEDULE, name="small.yaml")
    with catalogue.transaction() as tx:
        schedules.publish(tx, SCHEDULE, found.schedule_version, NOON)
    return found


def put(share: Path, path: str, *, at: datetime) -> None:
    file = share / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(path)
    os.utime(file, (at.timestamp(), at.timestamp()))


def explained(catalogue: Catalogue, path: str) -> Explanation:
    return explain(catalogue, f"drive:{path}", NO_HOLDS, as_of=date(2026, 3, 2))


def test_a_file_of_a_copied_tree_is_not_due_by_the_day_of_the_copying(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    for number in range(100):
        put(share, f"Old/Invoices {number % 5}/{number}.txt", at=MOVED)
    put(share, "Old/Invoices 1/2013-14/kept.txt", at=MOVED)
    put(share, "New/Invoices/a.txt", at=MOVED)
    scan_share()

    appraise_copies(catalogue, schedule, on_progress=lambda _told: None)

    copied = explained(catalogue, "Old/Invoices 1/1.txt")
    assert copied.eligibility.queue is Queue.AWAITING_TRIGGER
    assert any("101 files of 'Old' were last written on 2014-06-07" in reason for reason in copied.eligibility.reasons)
    assert "time_of_copying" in copied.eligibility.flags
    assert explained(catalogue, "Old/Invoices 1/2013-14/kept.txt").eligibility.queue is Queue.ELIGIBLE
    assert explained(catalogue, "New/Invoices/a.txt").eligibility.queue is Queue.ELIGIBLE


def test_a_copying_that_is_recognised_later_undoes_what_was_due_by_its_day(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    for number in range(60):
        put(share, f"Old/Invoices {number % 5}/{number}.txt", at=MOVED)
    scan_share()
    appraise_copies(catalogue, schedule, on_progress=lambda _told: None)
    assert explained(catalogue, "Old/Invoices 1/1.txt").eligibility.queue is Queue.ELIGIBLE
    before = explained(catalogue, "Old/Invoices 1/1.txt").item

    for number in range(60, 120):
        put(share, f"Old/Invoices {number % 5}/{number}.txt", at=MOVED)
    scan_share()

    assert explained(catalogue, "Old/Invoices 1/1.txt").eligibility.queue is Queue.CANNOT_EVALUATE
    with catalogue.reading() as tx:
        assert PresentView().of(tx, before).due_latest is None  # whoever holds the older appraisal is not deceived
    appraise_copies(catalogue, schedule, on_progress=lambda _told: None)
    assert explained(catalogue, "Old/Invoices 1/1.txt").eligibility.queue is Queue.AWAITING_TRIGGER


def test_a_folder_whose_name_begins_like_a_copied_one_is_not_counted_with_it(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    for number in range(99):
        put(share, f"Old/Team {number % 5}/{number}.txt", at=MOVED)
    put(share, "Old2/Team 1/a.txt", at=MOVED)
    put(share, "Old/missing.txt", at=MOVED)
    scan_share()
    (share / "Old/missing.txt").unlink()
    scan_share()

    places = CopiedPlaces()
    with catalogue.reading() as tx:
        assert places.why(tx, "drive", "Old/Team 1/1.txt", int(MOVED.timestamp()) * 10**9) == ""
        assert places.why(tx, "drive", "in no folder.txt", 0) == ""
    assert Copyings({}).by_tree == {}
