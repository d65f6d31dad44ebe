"""What was approved is asked for again at the moment of destruction: whether it is still due, with its case."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from retention.domain.eligibility import EligibilityState
from retention.services.asking.attesting import Said, attest, withdraw
from retention.services.deciding import read_approved
from retention.services.disposing import plan_disposal
from retention.store import batches
from retention.store.schema import appraisal, content, record_copy
from tests.integration.disposing.attacks import counts, quarantined_files
from tests.integration.disposing.world import ASSET, RITA, World, build_world, record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path, files=3)


def say(world: World, path: str, on: date, *, key: str = "record_date") -> str:
    with world.catalogue() as catalogue:
        said = Said(place=f"share:{path}", key=key, on=on, holds=None, basis="the ledger")
        return attest(catalogue, said, person=RITA, at=world.clock.now()).attestation.attestation_id


def reasons(world: World, batch_id: str) -> dict[int, str]:
    with world.catalogue() as catalogue, catalogue.reading() as tx:
        return {item.number: item.reason for item in batches.items(tx, batch_id, asset_id=ASSET)}


def as_one_case(world: World) -> None:
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(update(appraisal).values(flags='["whole_case"]', case_path=b"Invoices"))


def test_63_what_is_no_longer_due_at_the_moment_of_destruction_stays_and_the_others_go(world: World) -> None:
    batch = world.approved()

    say(world, "Invoices/invoice 1.txt", date(2025, 5, 1))

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2, "changed": 1}
    assert world.file(1).exists()
    assert "no longer surely due under the schedule in force; not surely due" in reasons(world, batch.batch_id)[1]


def test_what_is_no_longer_due_comes_back_out_of_quarantine(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=3)
    batch = world.approved()
    world.dispose(batch.batch_id)
    assert len(quarantined_files(world)) == 2
    say(world, "Invoices", date(2025, 5, 1))
    world.clock.move(days=4)

    assert counts(world.dispose(batch.batch_id)) == {"changed": 2}

    assert world.file(0).exists()
    assert world.file(1).exists()


def test_what_lies_in_quarantine_is_not_destroyed_unasked_because_another_file_took_its_place(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=3)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.file(0).write_text("something else by now")
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        item = batch.items[0]
        other = select(content.c.sha256).where(content.c.sha256 != item.sha256).limit(1).scalar_subquery()
        tx.connection.execute(update(record_copy).where(record_copy.c.copy_id == item.copy_id).values(sha256=other))
    world.clock.move(days=4)

    assert counts(world.dispose(batch.batch_id)) == {"changed": 1, "destroyed": 1}

    assert world.file(0).read_text() == "something else by now"
    assert "Invoice 0" in (world.share / "Invoices" / "invoice 0.txt (restored 000000)").read_text()
    assert "another file lies at its old place" in reasons(world, batch.batch_id)[0]


def test_a_statement_that_was_withdrawn_in_time_changes_nothing(world: World) -> None:
    batch = world.approved()
    statement = say(world, "Invoices", date(2025, 5, 1))
    with world.catalogue() as catalogue:
        withdraw(catalogue, statement, reason="another year", person=RITA, at=world.clock.now())

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 3}


def test_the_plan_tells_what_would_stay_and_touches_nothing(world: World) -> None:
    batch = world.approved()
    say(world, "Invoices/invoice 1.txt", date(2025, 5, 1))

    with world.catalogue() as catalogue:
        approved = read_approved(catalogue, batch.batch_id)
        plan = plan_disposal(catalogue, approved, grace_days=0, as_of=world.clock.now().date())

    assert [str(one.state) for one in plan.items] == ["quarantined", "changed", "quarantined"]
    assert "not surely due" in plan.items[1].reason


def test_a_paper_that_joined_a_case_since_the_approval_keeps_the_whole_case(world: World) -> None:
    as_one_case(world)
    batch = world.approved()
    late = world.share / "Invoices" / "late.txt"
    late.write_text("reopened")
    with world.catalogue() as catalogue:
        record(world, catalogue, [late])
        with catalogue.transaction() as tx:
            tx.connection.execute(
                update(appraisal)
                .where(appraisal.c.copy_id == 4)
                .values(
                    flags='["whole_case"]', case_path=b"Invoices", due_earliest="2040-01-01", due_latest="2040-01-01"
                )
            )

    assert counts(world.dispose(batch.batch_id)) == {"changed": 3}

    assert world.file(0).exists()
    assert "a case goes as a whole: Invoices/late.txt" in reasons(world, batch.batch_id)[0]


def test_one_paper_of_a_case_that_may_not_go_keeps_the_others(world: World) -> None:
    as_one_case(world)
    batch = world.approved()
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(
            update(appraisal).where(appraisal.c.copy_id == 2).values(due_earliest="2040-01-01", due_latest="2040-01-01")
        )

    assert counts(world.dispose(batch.batch_id)) == {"changed": 3}
    assert EligibilityState.ELIGIBLE.value not in reasons(world, batch.batch_id)[0]


def test_a_case_whose_papers_are_all_due_goes(world: World) -> None:
    as_one_case(world)

    assert counts(world.dispose(world.approved().batch_id)) == {"destroyed": 3}


def test_what_falls_under_another_class_by_now_stays(world: World) -> None:
    batch = world.approved()
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(update(appraisal).where(appraisal.c.copy_id == 1).values(class_id="HR-01"))

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2, "changed": 1}
    assert "it falls under HR-01 now" in reasons(world, batch.batch_id)[0]


def test_the_same_gates_stand_before_a_database_of_a_team(tmp_path: Path, postgresql_url: str) -> None:
    world = build_world(tmp_path, files=3, catalogue_url=postgresql_url)
    batch = world.approved()
    say(world, "Invoices/invoice 1.txt", date(2025, 5, 1))

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2, "changed": 1}

    late = world.share / "Invoices" / "late.txt"
    late.write_text("another")
    with world.catalogue() as catalogue:
        record(world, catalogue, [late])
        with catalogue.transaction() as tx:
            tx.connection.execute(update(appraisal).values(is_stale=False))
    as_one_case(world)
    again = world.approved()
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(update(appraisal).where(appraisal.c.copy_id == 2).values(due_latest="2040-01-01"))

    assert counts(world.dispose(again.batch_id)) == {"changed": len(again.items)}
