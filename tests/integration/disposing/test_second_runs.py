"""What happens between two runs: people change post, schedules are replaced, scans look, somebody runs it twice."""

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from retention.domain.holds import HoldScope
from retention.domain.records import CopyState
from retention.errors import (
    LogDamagedError,
    LogUnavailableError,
    NotApprovedError,
    RefusedByPolicyError,
    RetentionError,
    SourceVanishedError,
)
from retention.services.deciding import read_approved
from retention.services.disposing import Step, carry_out, restore_batch
from retention.services.proposing import ProposalScope, plan_proposal
from retention.services.registering import register_source
from retention.services.scanning import scan_source
from retention.store import assets, batches, records, schedules
from rules import parse_schedule, shipped_schedule_text
from tests.integration.disposing.attacks import (
    PowerCutError,
    at_step,
    check_log,
    counts,
    power_cut,
    quarantined_files,
)
from tests.integration.disposing.world import ASSET, IAN, NOON, RITA, World, build_world, record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path, files=2, grace_days=1)


def change_catalogue(world: World, statement: str, *values: object) -> None:
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql(statement, values)


LATER = (
    "update person set roles = 'auditor' where person_id = 'ian'",
    "update person set is_retired = true where person_id = 'ian'",
    "update asset set owner_id = 'rita'",
)


@pytest.mark.parametrize("change", LATER)
def test_an_approval_stands_when_its_author_changes_post_so_that_nothing_is_caught_in_quarantine(
    world: World, change: str
) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)
    change_catalogue(world, change)
    world.clock.move(days=2)

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2}
    check_log(world)


@pytest.mark.parametrize("change", LATER)
def test_files_can_be_put_back_when_the_approver_is_gone(world: World, change: str) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)
    change_catalogue(world, change)

    assert counts(world.dispose(batch.batch_id, act=restore_batch)) == {"excluded": 2}


def test_an_approval_moved_to_its_proposers_name_in_the_catalogue_destroys_nothing(world: World) -> None:
    batch = world.approved()
    change_catalogue(world, "update decision set decider_id = 'rita'")

    with pytest.raises(RefusedByPolicyError, match="they proposed it"):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()


def test_a_batch_whose_proposer_was_exchanged_in_the_catalogue_destroys_nothing(world: World) -> None:
    batch = world.approved()
    change_catalogue(world, "update batch set proposer_id = 'ian'")
    change_catalogue(world, "update decision set decider_id = 'rita'")

    with pytest.raises(LogDamagedError):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()


def test_an_approval_that_only_the_catalogue_knows_of_destroys_nothing(world: World) -> None:
    batch = world.propose()
    change_catalogue(world, "update batch set state = 'approved'")
    change_catalogue(
        world,
        "insert into decision values ('d', ?, 'ian', 'approve', '', ?, '[]', '2026-03-02T12:00:00.000000+00:00')",
        batch.batch_id,
        batch.manifest_root,
    )
    with world.catalogue() as catalogue:
        read_approved(catalogue, batch.batch_id)

    with pytest.raises(NotApprovedError):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()


def republish(world: World, period: str = "P6Y") -> str:
    """Put another version in force, in which invoices are kept for `period`."""
    text = shipped_schedule_text()
    head, rule, rest = text.partition("  - id: FIN-01\n")
    text = head.replace('version: "', 'version: "2-', 1) + rule + rest.replace("period: P6Y", f"period: {period}", 1)
    version = parse_schedule(text, name="new").schedule_version
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        schedules.publish(tx, text, version, world.clock.now())
    return version


@pytest.mark.parametrize("when", ["before it is moved", "while it is in quarantine"])
@pytest.mark.parametrize("period", ["P60Y", "P6Y"])
def test_what_was_approved_under_a_schedule_that_was_replaced_is_not_destroyed(
    world: World, when: str, period: str
) -> None:
    batch = world.approved()
    if when == "while it is in quarantine":
        world.dispose(batch.batch_id)
        assert len(quarantined_files(world)) == 2
    republish(world, period)
    world.clock.move(days=2)

    with pytest.raises(RefusedByPolicyError, match="is in force"):
        world.dispose(batch.batch_id)

    assert counts(world.dispose(batch.batch_id, act=restore_batch)) == {"excluded": 2}
    assert world.file(0).exists()


def test_a_schedule_that_comes_into_force_during_the_run_stops_what_has_not_gone_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = world.approved()
    # the one moment that no other process can be made to meet for certain: after the run has asked, before it acts
    monkeypatch.setattr("retention.services.disposing.running.check_schedule", lambda _tx, _batch: republish(world))

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"changed": 2}
    assert world.file(0).exists()
    with world.catalogue() as catalogue, catalogue.reading() as tx:
        (item, *_rest) = batches.items(tx, batch.batch_id, asset_id=ASSET)
    assert f"approved under schedule {batch.proposal.schedule_version}" in item.reason


def test_a_finished_batch_can_be_run_again_whatever_came_since(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    republish(world)
    world.clock.move(days=400)

    assert world.dispose(batch.batch_id).is_closed


def _try_to_dispose(world: World, batch_id: str, told: "multiprocessing.Queue[str]") -> None:
    try:
        world.dispose(batch_id)
    except LogUnavailableError:
        told.put("refused")
    except RetentionError as error:
        told.put(repr(error))
    else:
        told.put("done")


def test_two_people_who_run_one_batch_at_once_destroy_every_file_once(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=20)
    batch = world.approved()
    together = multiprocessing.get_context("fork")
    told: multiprocessing.Queue[str] = together.Queue()
    rivals = [together.Process(target=_try_to_dispose, args=(world, batch.batch_id, told)) for _ in range(3)]
    for rival in rivals:
        rival.start()
    answers = sorted(told.get(timeout=60) for _ in rivals)
    for rival in rivals:
        rival.join()

    assert "done" in answers
    assert set(answers) <= {"done", "refused"}
    assert sorted(world.final_outcomes(batch.batch_id)) == [(number, "destroyed") for number in range(20)]
    check_log(world)


def test_a_run_that_finds_another_one_at_work_touches_nothing(world: World) -> None:
    batch = world.approved()

    def a_second_run() -> None:
        with pytest.raises(LogUnavailableError, match="another process"):
            world.dispose(batch.batch_id)

    world.dispose(batch.batch_id, at_step(Step.INTENT_LOGGED, a_second_run))

    assert world.outcomes(batch.batch_id) == [(0, "quarantined"), (1, "quarantined")]


def test_a_stale_copy_of_the_batch_undoes_nothing_of_what_the_catalogue_learnt_since(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    stale = world.approved()
    world.dispose(stale.batch_id)
    world.file(0).write_text("a new letter in the old place")
    scan(world)

    with world.catalogue() as catalogue, world.log() as log:
        carry_out(world.disposer(catalogue, log), stale, person=RITA)

    assert states(world)["Invoices/invoice 0.txt"] is CopyState.PRESENT
    assert world.file(0).exists()


def scan(world: World) -> None:
    with world.catalogue() as catalogue:
        with catalogue.reading() as tx:
            source = assets.source(tx, "share")
        scan_source(
            catalogue, source, at=world.clock.now(), clock=world.clock, workers=1, on_progress=lambda _progress: None
        )


def states(world: World) -> dict[str, CopyState]:
    with world.catalogue() as catalogue, catalogue.reading() as tx:
        return {item.path: item.copy.state for item in records.appraised(tx) if item.copy.finding != "quarantine"}


def test_a_scan_in_the_grace_period_does_not_call_quarantined_files_missing_or_offer_them_again(world: World) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)

    scan(world)

    assert states(world)["Invoices/invoice 0.txt"] is CopyState.PRESENT
    with world.catalogue() as catalogue:
        plan = plan_proposal(
            catalogue, ProposalScope(), schedule_version=batch.proposal.schedule_version, as_of=NOON.date()
        )
    assert plan.batches == ()
    world.clock.move(days=2)
    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2}
    scan(world)
    assert states(world)["Invoices/invoice 0.txt"] is CopyState.DESTROYED


def test_a_new_file_in_the_old_place_is_not_entered_as_destroyed_with_the_old_one(world: World) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.file(0).write_text("a new letter in the old place")
    scan(world)
    world.clock.move(days=2)

    report = world.dispose(batch.batch_id)

    # what it was approved on can no longer be compared with the rules, so it is put back beside the new file
    assert counts(report) == {"destroyed": 1, "changed": 1}
    assert world.file(0).read_text() == "a new letter in the old place"
    assert states(world)["Invoices/invoice 0.txt"] is CopyState.PRESENT


def test_a_scan_while_the_files_are_being_moved_leaves_a_true_catalogue(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=3)
    batch = world.approved()

    report = world.dispose(batch.batch_id, at_step(Step.STORED, lambda: scan(world)))

    assert counts(report) == {"destroyed": 3}
    scan(world)
    found = states(world)
    assert [found[f"Invoices/invoice {number}.txt"] for number in range(3)] == [CopyState.DESTROYED] * 3
    assert found["canary.txt"] is CopyState.PRESENT


def test_a_file_kept_by_a_lost_run_and_proposed_again_does_not_lock_both_batches(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    first = world.approved()

    def hold_and_break() -> None:
        world.hold(HoldScope(path="Invoices"))

    interrupted_after_hold(world, first.batch_id, hold_and_break)
    change_catalogue(world, "delete from disposal_hold")
    with pytest.raises(ValueError, match="not enough values"):
        world.propose()  # it is still in the first batch

    with world.catalogue() as catalogue, world.log() as log:
        report = restore_batch(world.disposer(catalogue, log), first, person=IAN)

    assert report.is_closed
    assert world.file(0).exists()


def interrupted_after_hold(world: World, batch_id: str, place: Callable[[], object]) -> None:
    def tell(step: Step, _items: int) -> None:
        if step is Step.INTENT_LOGGED:
            place()
        if step is Step.STORED:
            power_cut()

    with pytest.raises(PowerCutError):
        world.dispose(batch_id, tell)


def with_another_share(world: World) -> Path:
    """Register a second share of the same asset, with one invoice under the same name."""
    other = world.folder / "other share"
    letter = other / "Invoices" / "invoice 0.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("Invoice 0 of the other office")
    os.utime(letter, (1.3e9, 1.3e9))
    with world.catalogue() as catalogue:
        register_source(
            catalogue, root=other, asset_id=ASSET, source_id="other", workspace=world.workspace, at=world.clock.now()
        )
        record(world, catalogue, [letter], source_id="other", root=other)
    return letter


def test_files_of_one_batch_on_two_shares_each_come_back_to_their_own(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    letter = with_another_share(world)
    batch = world.approved()
    assert counts(world.dispose(batch.batch_id)) == {"quarantined": 2}
    assert not letter.exists()

    world.dispose(batch.batch_id, act=restore_batch)

    assert letter.read_text() == "Invoice 0 of the other office"
    assert world.file(0).read_text() == "Invoice 0, 3 May 2011"


def test_a_share_that_is_gone_keeps_the_files_of_the_batch_on_every_other_share(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    letter = with_another_share(world)
    batch = world.approved()
    letter.parent.parent.rename(world.folder / "unmounted")

    with pytest.raises(SourceVanishedError):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()
    assert world.outcomes(batch.batch_id) == []
