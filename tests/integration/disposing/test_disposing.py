"""What disposal must never do: touch what was not approved, is held, or is no longer what was approved."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from disposal_log import verify_log
from retention.domain.batches import ItemState
from retention.domain.holds import HoldScope
from retention.errors import (
    ConflictOfInterestError,
    LogDamagedError,
    NotApprovedError,
    RefusedByPolicyError,
    SourceVanishedError,
    StoppedError,
)
from retention.services.certifying import issue_certificate
from retention.services.deciding import Verdict, decide_batch, read_approved
from retention.services.disposing import Step, plan_disposal, restore_batch
from retention.services.proposing import ProposalScope, plan_proposal
from retention.services.schedules.versions import schedule_in_force
from retention.store.schema import appraisal
from tests.integration.disposing.world import IAN, NOON, RITA, World, build_world, record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path, files=3)


def at_step(wanted: Step, act: Callable[[], object]) -> Callable[[Step, int], None]:
    """Do `act` the first time `wanted` comes."""
    done: list[Step] = []

    def tell(step: Step, _items: int) -> None:
        if step is wanted and not done:
            done.append(step)
            act()

    return tell


def test_an_approved_batch_is_destroyed_and_nothing_else_is(world: World) -> None:
    batch = world.approved()

    report = world.dispose(batch.batch_id)

    assert report.is_closed
    assert report.reconciliation.counts[ItemState.DESTROYED] == 3
    assert [path.name for path in world.share.rglob("*") if path.is_file()] == ["canary.txt"]
    assert (world.share / "Invoices").is_dir()
    assert verify_log(world.workspace.log).verdict != "FAILED"


def test_a_plan_touches_nothing(world: World) -> None:
    batch = world.approved(excluded=[1])
    before = sorted(world.share.rglob("*"))

    with world.catalogue() as catalogue:
        plan = plan_disposal(catalogue, batch, grace_days=0, as_of=world.clock.now().date())

    assert sorted(world.share.rglob("*")) == before
    assert plan.reconciliation.counts[ItemState.QUARANTINED] == 2
    assert plan.reconciliation.counts[ItemState.EXCLUDED] == 1


def test_a_batch_nobody_approved_is_not_disposed_of(world: World) -> None:
    batch = world.propose()

    with pytest.raises(NotApprovedError), world.catalogue() as catalogue:
        read_approved(catalogue, batch.batch_id)


def test_no_paper_of_a_case_goes_while_another_paper_of_it_must_stay(world: World) -> None:
    with world.catalogue() as catalogue:
        with catalogue.transaction() as tx:
            tx.connection.execute(update(appraisal).values(flags='["whole_case"]'))
            tx.connection.execute(
                update(appraisal).where(appraisal.c.copy_id == 3).values(due_earliest=None, due_latest=None)
            )
        version = schedule_in_force(catalogue).schedule_version

        plan = plan_proposal(catalogue, ProposalScope(), schedule_version=version, as_of=NOON.date())

    assert plan.batches == ()
    assert len(plan.refused) == 2
    assert all("a case goes as a whole" in refusal.reasons[-1] for refusal in plan.refused)


def test_nobody_approves_their_own_proposal(world: World) -> None:
    batch = world.propose()

    with pytest.raises(ConflictOfInterestError, match="rita may not approve"), world.catalogue() as catalogue:
        decide_batch(catalogue, batch.batch_id, Verdict.APPROVE, person=RITA, valid_days=90, at=world.clock.now())


def test_a_kept_batch_is_never_disposed_of_and_its_files_can_be_proposed_again(world: World) -> None:
    batch = world.propose()
    with world.catalogue() as catalogue:
        decide_batch(
            catalogue,
            batch.batch_id,
            Verdict.KEEP,
            person=IAN,
            reason="an inquiry is expected",
            valid_days=90,
            at=world.clock.now(),
        )

        with pytest.raises(NotApprovedError):
            read_approved(catalogue, batch.batch_id)

    assert len(world.propose().items) == 3


def test_a_lapsed_approval_destroys_nothing(world: World) -> None:
    batch = world.approved()
    world.clock.move(days=120)

    with pytest.raises(NotApprovedError, match="lapsed"):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()


def test_an_approval_that_was_put_into_the_catalogue_behind_the_logs_back_destroys_nothing(
    world: World,
) -> None:
    batch = world.approved()
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("update batch_item set path = 'canary.txt' where number = 0")

    with pytest.raises(LogDamagedError, match="not the list in the destruction log"):
        world.dispose(batch.batch_id)

    assert (world.share / "canary.txt").exists()
    assert world.file(1).exists()


def test_the_approver_alone_may_not_destroy(world: World) -> None:
    batch = world.approved()

    with pytest.raises(RefusedByPolicyError):
        world.dispose(batch.batch_id, person=IAN)

    assert world.file(0).exists()


def test_a_hold_placed_after_the_approval_keeps_its_item_and_the_others_go(world: World) -> None:
    batch = world.approved()
    world.hold(HoldScope(path="Invoices/invoice 1.txt"))

    report = world.dispose(batch.batch_id)

    assert report.reconciliation.counts[ItemState.HELD] == 1
    assert world.file(1).read_text() == "Invoice 1, 3 May 2011"
    assert not world.file(0).exists()


@pytest.mark.parametrize("moment", [Step.SETTLED, Step.PROVED, Step.INTENT_LOGGED])
def test_a_hold_placed_while_the_disposal_runs_still_wins(world: World, moment: Step) -> None:
    batch = world.approved()

    report = world.dispose(
        batch.batch_id, at_step(moment, lambda: world.hold(HoldScope(asset_id=None, path="Invoices")))
    )

    assert report.reconciliation.counts[ItemState.HELD] == 3
    assert all(world.file(number).exists() for number in range(3))


def test_a_hold_placed_after_the_intent_stops_the_very_move(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()

    report = world.dispose(batch.batch_id, at_step(Step.INTENT_LOGGED, lambda: world.hold(HoldScope(path="Invoices"))))

    assert report.reconciliation.counts[ItemState.HELD] == 1
    assert world.outcomes(batch.batch_id) == [(0, "held")]
    assert world.file(0).exists()


def test_a_held_copy_protects_the_same_content_everywhere(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2)
    copy = world.share / "Legal" / "exhibit.txt"
    copy.parent.mkdir()
    copy.write_bytes(world.file(0).read_bytes())
    with world.catalogue() as catalogue:
        record(world, catalogue, [copy])
    batch = world.approved()
    world.hold(HoldScope(path="Legal"))

    report = world.dispose(batch.batch_id)

    assert report.reconciliation.counts[ItemState.HELD] == 2
    assert world.file(0).exists()
    assert copy.exists()
    assert not world.file(1).exists()


def test_a_hold_placed_in_the_grace_period_puts_the_file_back(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=30)
    batch = world.approved()
    assert world.dispose(batch.batch_id).reconciliation.counts[ItemState.QUARANTINED] == 2
    assert not world.file(0).exists()
    world.hold(HoldScope(path="Invoices/invoice 0.txt"))
    world.clock.move(days=31)

    report = world.dispose(batch.batch_id)

    assert world.file(0).exists()
    assert report.reconciliation.counts[ItemState.HELD] == 1
    assert report.reconciliation.counts[ItemState.DESTROYED] == 1


def test_nothing_is_destroyed_before_the_grace_period_is_over(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=29)

    report = world.dispose(batch.batch_id)

    assert not report.is_closed
    assert report.reconciliation.counts[ItemState.QUARANTINED] == 2
    assert report.purge_not_before is not None


def test_a_batch_restored_in_the_grace_period_is_whole_again(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=3, grace_days=30)
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in world.share.rglob("*.txt")
    }
    batch = world.approved()
    world.dispose(batch.batch_id)

    report = world.dispose(batch.batch_id, act=restore_batch, person=IAN)

    after = {
        path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in world.share.rglob("*.txt")
    }
    assert after == before
    assert report.is_closed
    assert report.reconciliation.counts[ItemState.EXCLUDED] == 3


def test_a_file_saved_over_the_old_place_in_the_grace_period_is_never_replaced(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.file(0).write_text("new work")

    world.dispose(batch.batch_id, act=restore_batch)

    assert world.file(0).read_text() == "new work"
    (beside,) = [path for path in world.file(0).parent.iterdir() if "restored" in path.name]
    assert beside.read_text() == "Invoice 0, 3 May 2011"


def edit(path: Path) -> None:
    path.write_text("Invoice 0, 4 May 2011")


def edit_and_put_the_time_back(path: Path) -> None:
    seen = path.stat()
    path.write_text("Invoice 0, 4 May 2011")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def replace(path: Path) -> None:
    seen, other = path.stat(), path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent.parent / "canary.txt")


def add_hard_link(path: Path) -> None:
    os.link(path, path.parent.parent / "second name.txt")


def remove(path: Path) -> None:
    path.unlink()


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def swap_folder_for_link(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved away"))
    path.parent.symlink_to(path.parent.with_name("moved away"))


CHANGES = (
    edit,
    edit_and_put_the_time_back,
    replace,
    replace_by_link,
    add_hard_link,
    remove,
    replace_by_pipe,
    swap_folder_for_link,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.__name__))
@pytest.mark.parametrize("moment", [None, Step.PROVED, Step.INTENT_LOGGED], ids=str)
def test_whatever_is_done_to_a_file_after_its_approval_nothing_unapproved_is_lost(
    tmp_path: Path, change: Callable[[Path], None], moment: Step | None
) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.approved()
    target = world.file(0)
    if moment is None:
        change(target)
    tell = at_step(moment, lambda: change(target)) if moment else lambda _step, _items: None

    report = world.dispose(batch.batch_id, tell)

    canary = world.share / "canary.txt"
    assert canary.read_text() == "never approved"
    counts = report.reconciliation.counts
    if change is edit or change is edit_and_put_the_time_back or change is replace:
        assert counts[ItemState.DESTROYED] == 0
        assert target.exists()
    if change is add_hard_link:
        if moment is None:
            assert counts[ItemState.CHANGED] == 1
            assert target.exists()
        assert (world.share / "second name.txt").read_text() == "Invoice 0, 3 May 2011"
        assert counts[ItemState.DESTROYED] == 0
    if change is remove:
        assert counts[ItemState.MISSING] == 1
    assert verify_log(world.workspace.log).verdict != "FAILED"


def test_a_file_swapped_after_the_intent_is_back_in_its_place_at_once(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()

    world.dispose(batch.batch_id, at_step(Step.INTENT_LOGGED, lambda: replace(world.file(0))))

    assert world.outcomes(batch.batch_id) == [(0, "changed")]
    assert world.file(0).exists()


def test_a_file_changed_in_quarantine_is_put_back_and_not_destroyed(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    (hidden,) = [path for path in (world.share / ".retention-quarantine").rglob("*") if path.is_file()]
    edit_and_put_the_time_back(hidden)
    world.clock.move(days=2)

    report = world.dispose(batch.batch_id)

    assert report.reconciliation.counts[ItemState.CHANGED] == 1
    assert world.file(0).exists()


def test_an_empty_mount_point_is_not_a_share_whose_files_are_all_missing(world: World) -> None:
    batch = world.approved()
    world.share.rename(world.folder / "unmounted")
    world.share.mkdir()

    with pytest.raises(SourceVanishedError, match="another folder"):
        world.dispose(batch.batch_id)

    assert world.outcomes(batch.batch_id) == []
    assert (world.folder / "unmounted" / "Invoices" / "invoice 0.txt").exists()


def test_a_root_that_is_gone_stops_the_run_and_claims_nothing(world: World) -> None:
    batch = world.approved()
    world.share.rename(world.folder / "unmounted")

    with pytest.raises(SourceVanishedError):
        world.dispose(batch.batch_id)

    assert world.outcomes(batch.batch_id) == []


def test_the_stop_file_ends_a_run_before_anything_is_touched(world: World) -> None:
    batch = world.approved()
    (world.workspace.folder / "STOP").touch()

    with pytest.raises(StoppedError):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()


def test_running_a_finished_disposal_again_does_nothing_more(world: World) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)
    first = world.outcomes(batch.batch_id)
    world.file(0).write_text("a new file in the old place")

    report = world.dispose(batch.batch_id)

    assert report.is_closed
    assert world.outcomes(batch.batch_id) == first
    assert world.file(0).read_text() == "a new file in the old place"


def test_no_certificate_while_an_item_still_waits_in_quarantine(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)

    with (
        world.catalogue() as catalogue,
        world.log() as log,
        pytest.raises(RefusedByPolicyError, match="not closed"),
    ):
        issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())


def test_the_certificate_reconciles_what_was_proposed_with_what_became_of_it(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=6)
    batch = world.approved(excluded=[0])
    edit(world.file(1))
    remove(world.file(2))
    world.hold(HoldScope(path="Invoices/invoice 3.txt"))
    world.dispose(batch.batch_id)

    with world.catalogue() as catalogue, world.log() as log:
        issued = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())
        again = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())

    facts = issued.statement["predicate"]
    assert facts["counts"] == {
        "destroyed": 2,
        "excluded": 1,
        "held": 1,
        "changed": 1,
        "missing": 1,
        "failed": 0,
    }
    assert sum(facts["bytes"].values()) == facts["bytes_proposed"] == batch.proposal.size_bytes
    assert again.envelope == issued.envelope
    assert verify_log(world.workspace.log).verdict != "FAILED"


def test_destroyed_content_leaves_no_words_behind_in_the_catalogue(world: World) -> None:
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("update content set words = x'00', properties = '{\"author\": \"A\"}'")
    batch = world.approved()

    world.dispose(batch.batch_id)

    with world.catalogue() as catalogue, catalogue.reading() as tx:
        left = tx.connection.exec_driver_sql("select words, properties from content").all()
    assert [tuple(row) for row in left] == [(None, "{}")] * 3
