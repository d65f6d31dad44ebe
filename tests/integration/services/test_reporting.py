import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.domain.assets import AssetId
from retention.domain.eligibility import Outcome, Queue
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldRegister, HoldScope, register_of
from retention.domain.people import PersonId
from retention.services import reporting
from retention.store import records
from retention.store.catalogue import Catalogue
from rules import DisposalAction

TODAY = date(2026, 3, 2)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
ODD = b"caf\xe9.txt"


def holds_on(catalogue: Catalogue, path: str) -> HoldRegister:
    hold = DisposalHold(
        hold_id=HoldId("H-1"),
        kind=HoldKind.LITIGATION,
        reason="claim 7",
        mandate="solicitor",
        owner_id=PersonId("rita"),
        scope=HoldScope(asset_id=AssetId("finance"), path=path),
        placed_at=datetime(2026, 3, 2, tzinfo=UTC),
        reassess_on=TODAY,
    )
    with catalogue.reading() as tx:
        return register_of(1, [hold], records.hold_subjects(tx))


@pytest.fixture
def drive(share: Path, scan_share: Callable[[], None], appraise_as: Callable[..., None]) -> Path:
    """Give a scanned share with a file for almost every queue."""
    names = ("due", "later", "review", "waits", "nothing", "both", "keep", "held", "untouched")
    for name in names:
        (share / f"{name}.txt").write_text(name * 3)
    (share / "copy of held.txt").write_text("held" * 3)
    (share / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (share / "link").symlink_to("due.txt")
    (share / "gone.txt").write_text("gone")
    scan_share()
    (share / "gone.txt").unlink()
    scan_share()
    later = date(2030, 1, 1)
    appraise_as("due.txt")
    appraise_as("held.txt")
    appraise_as("copy of held.txt", class_id="COR-01")
    appraise_as("later.txt", due_earliest=later, due_latest=later)
    appraise_as("review.txt", action=DisposalAction.REVIEW)
    appraise_as("waits.txt", due_latest=None, questions=("When did contract C-12 end?",))
    appraise_as("nothing.txt", outcome=Outcome.UNCLASSIFIED, class_id=None, action=None)
    appraise_as("both.txt", outcome=Outcome.CONFLICT, class_id=None, action=None)
    appraise_as("keep.txt", action=DisposalAction.RETAIN_PERMANENTLY, due_latest=None)
    appraise_as("broken.pdf")
    return share


@pytest.mark.usefixtures("drive")
def test_every_file_is_in_exactly_one_queue_and_the_queues_sum_to_the_whole(catalogue: Catalogue) -> None:
    found = reporting.summary(catalogue, holds_on(catalogue, "held.txt"), as_of=TODAY)

    filled = {queue: total.items for queue, total in found.queues.items() if total.items}
    assert filled == {
        Queue.ELIGIBLE: 1,
        Queue.NOT_ELIGIBLE: 1,
        Queue.REVIEW_DUE: 1,
        Queue.AWAITING_TRIGGER: 1,
        Queue.CANNOT_EVALUATE: 1,
        Queue.UNCLASSIFIED: 2,
        Queue.CONFLICT: 1,
        Queue.PERMANENT: 1,
        Queue.HELD: 2,
        Queue.MISSING: 1,
        Queue.SKIPPED: 1,
    }
    told = found.to_json()
    assert told["files"] == sum(filled.values()) == 13
    assert told["bytes"] == sum(total.size_bytes for total in found.queues.values())
    assert found.classes["FIN-01"].items == 7
    assert json.loads(json.dumps(told))["as_of"] == "2026-03-02"


@pytest.mark.usefixtures("drive")
def test_only_what_is_surely_due_and_free_is_listed_as_overdue(catalogue: Catalogue) -> None:
    (line,) = reporting.overdue(catalogue, holds_on(catalogue, "held.txt"), as_of=TODAY)

    told = line.to_json()
    assert told["path"] == "due.txt"
    assert told["over_retained_since"] == "2020-04-01"
    assert told["disposal_class"] == "FIN-01"
    assert told["size_bytes"] == 9


@pytest.mark.usefixtures("drive")
def test_when_the_hold_is_lifted_the_original_due_date_counts_again(catalogue: Catalogue) -> None:
    free = reporting.overdue(catalogue, NO_HOLDS, as_of=TODAY)

    assert [line.path for line in free] == ["copy of held.txt", "due.txt", "held.txt"]


@pytest.mark.usefixtures("drive")
def test_doubtful_records_are_listed_with_their_reasons(catalogue: Catalogue) -> None:
    nothing = list(reporting.unclassified(catalogue, NO_HOLDS, as_of=TODAY))
    (both,) = reporting.conflict(catalogue, NO_HOLDS, as_of=TODAY)

    assert [line.path for line in nothing] == ["nothing.txt", "untouched.txt"]
    assert both.to_json()["path"] == "both.txt"
    assert "two disposal classes fit" in both.reasons[-1]


@pytest.mark.usefixtures("drive")
def test_open_questions_are_grouped(catalogue: Catalogue) -> None:
    (question,) = reporting.awaiting(catalogue, NO_HOLDS, as_of=TODAY)

    told = question.to_json()
    assert told["question"] == "When did contract C-12 end?"
    assert told["items"] == 1
    assert told["example"] == {"source": "drive", "path": "waits.txt"}


@pytest.mark.usefixtures("drive")
def test_what_could_not_be_examined_is_reported_with_the_reason(catalogue: Catalogue) -> None:
    (line,) = reporting.unreadable(catalogue)

    assert (line.path, line.reason) == ("broken.pdf", "broken")
    assert reporting.count_unread(catalogue, ["drive"]) == 1
    assert line.detail


def test_duplicates_are_grouped_with_the_oldest_as_master(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    for name, modified in (("b", 200), ("a", 200), ("old", 100)):
        (share / name).write_text("same content")
        os.utime(share / name, (modified, modified))
    os.link(share / "old", share / "second name of old")
    (share / "link").symlink_to("old")
    (share / os.fsdecode(ODD)).write_text("same content")
    (share / "empty 1").touch()
    (share / "empty 2").touch()
    (share / "alone").write_text("alone")
    scan_share()

    same, empty = reporting.duplicates(catalogue)

    told = same.to_json()
    assert told["master"] == "old"
    assert told["members"] == ["old", "a", "b", "caf\\xe9.txt"]
    assert told["members_b64"] == {"3": base64.b64encode(ODD).decode()}
    assert told["reclaimable_bytes"] == 3 * len("same content")
    assert not told["empty"]
    assert empty.is_empty
    assert empty.reclaimable_bytes == 0


def test_two_names_of_one_file_are_no_duplicates(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    (share / "a").write_text("x")
    os.link(share / "a", share / "b")
    scan_share()

    assert list(reporting.duplicates(catalogue)) == []


def test_every_line_of_every_report_is_plain_json(catalogue: Catalogue, drive: Path) -> None:
    (drive / os.fsdecode(ODD)).write_text("odd")

    told = [
        *(line.to_json() for line in reporting.overdue(catalogue, NO_HOLDS, as_of=TODAY)),
        *(line.to_json() for line in reporting.unclassified(catalogue, NO_HOLDS, as_of=TODAY)),
        *(line.to_json() for line in reporting.conflict(catalogue, NO_HOLDS, as_of=TODAY)),
        *(line.to_json() for line in reporting.awaiting(catalogue, NO_HOLDS, as_of=TODAY)),
        *(line.to_json() for line in reporting.unreadable(catalogue)),
        *(line.to_json() for line in reporting.duplicates(catalogue)),
    ]

    assert len(told) == 9
    assert all(json.dumps(one, ensure_ascii=False).encode("utf-8") for one in told)


def test_a_list_that_nobody_reads_to_its_end_keeps_nothing_open(catalogue: Catalogue, drive: Path) -> None:
    (drive / "copy of due.txt").write_text("due" * 3)
    streams = (
        reporting.unclassified(catalogue, NO_HOLDS, as_of=TODAY),
        reporting.unreadable(catalogue),
        reporting.duplicates(catalogue),
    )

    for stream in streams:
        assert next(stream, None) is not None

    with catalogue.transaction() as tx:
        assert records.known_at(tx, "drive", ["due.txt"])


def test_personal_data_is_counted_by_kind_in_files_and_not_in_numbers(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], appraise_as: Callable[..., None]
) -> None:
    for name in ("a.txt", "b.txt"):
        (share / name).write_text(name)
    scan_share()
    appraise_as("a.txt", flags=("personal_data:personal", "personal_data_seen:nhs_number=400"))
    appraise_as("b.txt", flags=("personal_data_seen:email_address=1", "personal_data_seen:nhs_number=1"))

    found = reporting.summary(catalogue, NO_HOLDS, as_of=TODAY)

    assert {kind: total.items for kind, total in found.personal_data.items()} == {"email_address": 1, "nhs_number": 2}
    assert found.to_json()["personal_data_seen"] == {
        "email_address": {"items": 1, "bytes": 5},
        "nhs_number": {"items": 2, "bytes": 10},
    }
