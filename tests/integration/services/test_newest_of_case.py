"""Cases whose clock starts when they were last worked on: the newest of all their papers tells, or nobody does."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, update

from retention.domain.assets import Source
from retention.domain.eligibility import Queue
from retention.domain.holds import HoldRegister
from retention.domain.records import CopyState
from retention.services.appraising.appraising import appraise_copies
from retention.services.appraising.reappraising import PresentView
from retention.services.explaining import Explanation, explain
from retention.services.proposing import ProposalScope, plan_proposal
from retention.services.schedules.previewing import Effect, preview_schedule
from retention.store import schedules
from retention.store.catalogue import Catalogue
from retention.store.schema import appraisal, claim, export_import, record_copy, unreadable_folder
from rules import DisposalSchedule, parse_schedule

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
LONG_AGO = datetime(2012, 5, 1, 12, 0, tzinfo=UTC)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
CLASS = """\
  - id: {id}
    title: Anything
    function: Any
    description: Anything.
    clock: {{trigger: {trigger}, period: P6Y}}
    action: {action}
    period_kind: minimum
    authority: [Business need]
    confidence: high
    evidence: seen
"""
SCHEDULE = (
    'schedule: {id: small, title: Small, version: "1", status: adopted, jurisdiction: England, default_class: DEF-01}\n'
    "classes:\n"
    + CLASS.format(id="DEF-01", trigger="last_modified", action="review")
    + CLASS.format(id="WEL-01", trigger="last_contact", action="destroy")
    + '    accepts: D\n    level: case\n    except: ["invoice[s]"]\n'
    + '    cues: {folders: ["welfare"], phrases: ["welfare"]}\n'
    + CLASS.format(id="FIN-01", trigger="record_date", action="destroy")
    + '    accepts: D\n    cues: {phrases: ["invoice"], folders: ["invoice[s]"]}\n'
)


@pytest.fixture
def schedule(catalogue: Catalogue) -> DisposalSchedule:
    """Put a small schedule in force."""
    return publish(catalogue)


def publish(catalogue: Catalogue) -> DisposalSchedule:
    found = parse_schedule(SCHEDULE, name="small.yaml")
    with catalogue.transaction() as tx:
        schedules.publish(tx, SCHEDULE, found.schedule_version, NOON)
    return found


def put(share: Path, path: str, *, at: datetime = LONG_AGO) -> None:
    file = share / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(path)
    os.utime(file, (at.timestamp(), at.timestamp()))


def explained(catalogue: Catalogue, path: str) -> Explanation:
    return explain(catalogue, f"drive:{path}", NO_HOLDS, as_of=TODAY)


def appraise(catalogue: Catalogue, schedule: DisposalSchedule) -> int:
    return appraise_copies(catalogue, schedule, on_progress=lambda _told: None)


def proposed(catalogue: Catalogue, schedule: DisposalSchedule) -> set[str]:
    plan = plan_proposal(catalogue, ProposalScope(), schedule_version=schedule.schedule_version, as_of=TODAY)
    return {item.path for batch in plan.batches for item in batch.items}


def test_an_old_paper_of_a_case_is_not_due_before_the_newest_paper_of_the_case_allows(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, "Welfare/C-1/first.txt")
    put(share, "Welfare/C-1/Invoices/last.txt", at=datetime(2015, 2, 1, 12, tzinfo=UTC))  # of another class
    put(share, "Welfare/C-2/going on.txt", at=datetime(2025, 12, 1, 12, tzinfo=UTC))
    put(share, "Welfare/C-2/old.txt")
    put(share, "Welfare/C-100/only.txt")
    put(share, "Welfare/loose.txt")
    scan_share()

    assert appraise(catalogue, schedule) == 6

    first = explained(catalogue, "Welfare/C-1/first.txt")
    assert first.item.due_latest == date(2021, 2, 1)
    assert any("2015-02-01 (D: 'the newest date among all 2 files" in one for one in first.eligibility.reasons)
    assert {"whole_case", "case_newest:2015-02-01"} <= set(first.eligibility.flags)
    assert "all 2 files ever seen" in str(first.appraisal)
    assert explained(catalogue, "Welfare/C-2/old.txt").item.due_latest == date(2031, 12, 1)
    assert explained(catalogue, "Welfare/C-100/only.txt").eligibility.queue is Queue.ELIGIBLE
    # a loose file is no case folder: what else was written in its case nobody can tell
    assert explained(catalogue, "Welfare/loose.txt").eligibility.queue is Queue.AWAITING_TRIGGER
    assert not any("Welfare/C-2" in path for path in proposed(catalogue, schedule))
    preview = preview_schedule(
        catalogue, schedule, asset_id=None, samples=9, as_of=TODAY, on_progress=lambda _told: None
    )
    assert [preview.assets[0].samples(effect) for effect in Effect] == [()] * len(
        Effect
    )  # the same rules, the same end


def test_a_case_of_which_anything_is_not_known_never_falls_due_by_its_newest_day(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule, source: Source
) -> None:
    for case in ("unread", "claimed", "barred", "shut/inner"):
        put(share, f"Welfare/{case}/a.txt")
        put(share, f"Welfare/{case}/b.txt")
    put(share, "Welfare/never set/a.txt")
    put(share, "Welfare/never set/b.txt", at=datetime(1980, 1, 1, tzinfo=UTC))
    for number in range(100):
        put(share, f"Old/Welfare/Moved {number % 5}/{number}.txt", at=datetime(2014, 6, 7, 12, tzinfo=UTC))
    put(share, "Old/Welfare/Moved 1/own date.txt")
    scan_share()
    with catalogue.transaction() as tx:
        of = {row.path: row.copy_id for row in tx.connection.execute(select(record_copy.c.path, record_copy.c.copy_id))}
        unread = update(record_copy).where(record_copy.c.copy_id == of[b"Welfare/unread/b.txt"])
        tx.connection.execute(unread.values(state=CopyState.UNREADABLE, sha256=None))
        tx.connection.execute(
            insert(export_import).values(
                import_id="I-1", source_id=source.source_id, imported_at="", imported_by="", description="", account=""
            )
        )
        tx.connection.execute(
            insert(claim).values(
                copy_id=of[b"Welfare/claimed/b.txt"], import_id="I-1", kind="file", media_type="text/plain",
                protections="[]", properties="{}", statement=b"",
            )
        )  # fmt: skip
        for path in (b"Welfare/barred/Letters", b"Welfare/shut"):
            tx.connection.execute(
                insert(unreadable_folder).values(
                    source_id=source.source_id, path=path, path_text="", reason="denied", detail="", scan_id="S"
                )
            )

    appraise(catalogue, schedule)

    told = {
        "Welfare/unread/a.txt": "1 files of the case could not be looked at",
        "Welfare/claimed/a.txt": "only an export tells",
        "Welfare/barred/a.txt": "a folder could not be listed",
        "Welfare/shut/inner/a.txt": "a folder could not be listed",
        "Welfare/never set/a.txt": "no time that can be believed",
        "Old/Welfare/Moved 1/own date.txt": "left by a copying",
        "Old/Welfare/Moved 1/1.txt": "left by a copying",
    }
    for place, words in told.items():
        found = explained(catalogue, place)
        assert found.item.due_latest is None, place
        assert any(words in reason for reason in found.eligibility.reasons), (place, found.eligibility.reasons)
        assert "case_newest:unknown" in found.eligibility.flags
    assert proposed(catalogue, schedule) == set()


def test_a_newer_paper_keeps_a_case_that_was_found_due_before_it_came(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    put(share, "Welfare/C-1/a.txt")
    put(share, "Welfare/C-2/a.txt")
    scan_share()
    appraise(catalogue, schedule)
    before = explained(catalogue, "Welfare/C-1/a.txt").item
    assert proposed(catalogue, schedule) == {"Welfare/C-1/a.txt", "Welfare/C-2/a.txt"}

    # of another class, so the whole case does not wait for it as one of its own papers
    put(share, "Welfare/C-1/Invoices/new.txt", at=datetime(2026, 1, 5, 12, tzinfo=UTC))
    scan_share()

    assert explained(catalogue, "Welfare/C-1/a.txt").eligibility.queue is Queue.CANNOT_EVALUATE
    assert explained(catalogue, "Welfare/C-2/a.txt").eligibility.queue is Queue.ELIGIBLE
    assert appraise(catalogue, schedule) == 2
    assert explained(catalogue, "Welfare/C-1/a.txt").item.due_latest == date(2032, 1, 5)
    with catalogue.reading() as tx:
        assert PresentView().of(tx, before).due_latest == date(2032, 1, 5)  # who holds the older one is not deceived
    with catalogue.transaction() as tx:  # as if the scan had been killed before it could doubt what was found before
        one = update(appraisal).where(appraisal.c.copy_id == before.copy.copy_id)
        old = one.values(flags='["whole_case", "case_newest:2012-05-01"]', due_latest="2018-05-01", is_stale=False)
        tx.connection.execute(old)
    assert proposed(catalogue, schedule) == {"Welfare/C-2/a.txt"}

    (share / "Welfare/C-1/Invoices/new.txt").unlink()  # who deletes the last letter does not make the case older
    scan_share()
    appraise(catalogue, schedule)
    assert explained(catalogue, "Welfare/C-1/a.txt").item.due_latest == date(2032, 1, 5)


def test_a_large_case_is_looked_at_once_and_not_once_for_each_paper_of_it(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], schedule: DisposalSchedule
) -> None:
    for number in range(520):  # more than one portion of them
        put(share, f"Welfare/C-1/{number}.txt", at=datetime(2012, 1 + number % 12, 1 + number % 27, tzinfo=UTC))
    scan_share()
    looks: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "max(record_copy.modified_ns)" in statement:
            looks.append(statement)

    engine = catalogue.engine
    event.listen(engine, "before_cursor_execute", note)
    appraise(catalogue, schedule)
    event.remove(engine, "before_cursor_execute", note)

    assert len(looks) == 1
    assert len(proposed(catalogue, schedule)) == 520
