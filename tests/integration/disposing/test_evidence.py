"""The log cannot be made to lie: nothing is believed that was not signed, and nothing is said that is not so."""

import json
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import disposal_log
from disposal_log import DisposalLog, EntryType
from retention.domain.batches import ItemState
from retention.domain.holds import HoldScope
from retention.domain.people import Person, PersonId, Role
from retention.errors import (
    CatalogueDamagedError,
    InvalidInputError,
    LogDamagedError,
    RefusedByPolicyError,
    RetentionError,
)
from retention.services import recording
from retention.services.certifying import issue_certificate
from retention.services.deciding import Verdict, decide_batch, read_approved
from retention.services.disposing import DisposalReport, Step, carry_out, restore_batch
from retention.services.workspace import Settings
from retention.store import outbox, people
from retention.store.schema import asset
from tests.integration.disposing.attacks import at_step, check_log, counts, interrupted, quarantined_files
from tests.integration.disposing.world import IAN, RITA, World, build_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path, files=2)


def rewrite_log(world: World, old: bytes, new: bytes) -> None:
    """Change the entries behind the log's back, keeping their length."""
    assert len(old) == len(new)
    (segment,) = [path for path in (world.workspace.log / "entries").iterdir() if path.is_file()]
    words = segment.read_bytes()
    assert old in words
    segment.write_bytes(words.replace(old, new, 1))


def certify(world: World, batch_id: str) -> dict[str, Any]:
    with world.catalogue() as catalogue, world.log() as log:
        issued = issue_certificate(catalogue, log, batch_id, person=RITA, at=world.clock.now())
    return dict(issued.statement["predicate"])


@pytest.mark.parametrize("is_open", [False, True], ids=["before the log is opened", "while it is open"])
def test_an_exclusion_taken_out_of_log_and_catalogue_alike_destroys_nothing(world: World, *, is_open: bool) -> None:
    batch = world.approved(excluded=[0])
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("update decision set excluded = '[1]'")
        tx.connection.exec_driver_sql("update batch_item set state = 'pending', is_open = true")
    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)
        if is_open:
            rewrite_log(world, b'"excluded":[0]', b'"excluded":[1]')
            with pytest.raises(LogDamagedError):
                carry_out(world.disposer(catalogue, log), read_approved(catalogue, batch.batch_id), person=RITA)
    if not is_open:
        rewrite_log(world, b'"excluded":[0]', b'"excluded":[1]')
        with pytest.raises(LogDamagedError):
            world.dispose(batch.batch_id)

    assert world.file(0).exists()
    assert world.file(1).exists()


def test_no_certificate_is_signed_over_a_log_that_was_changed(world: World) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)

    with world.catalogue() as catalogue, world.log() as log:
        rewrite_log(world, b'"reason":"as approved"', b'"reason":"as approvee"')
        with pytest.raises(LogDamagedError):
            issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())


def test_a_certificate_exchanged_in_the_catalogue_is_not_given_out(world: World) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)
    certify(world, batch.batch_id)
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("update certificate set envelope = replace(envelope, 'payload', 'payload')")
        found = json.loads(str(tx.connection.exec_driver_sql("select envelope from certificate").scalar()))
        found["signatures"] = []
        tx.connection.exec_driver_sql("update certificate set envelope = ?", (json.dumps(found),))

    with pytest.raises(CatalogueDamagedError, match="is not the one"):
        certify(world, batch.batch_id)


def test_a_certificate_names_who_approved_it_whatever_the_register_says_later(world: World) -> None:
    batch = world.approved()
    world.dispose(batch.batch_id)
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("update person set name = 'Somebody Else'")

    with world.catalogue() as catalogue, world.log() as log:
        issued = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())

    people = (issued.facts["proposed_by"]["ref"], issued.facts["approved_by"]["ref"])
    assert tuple(issued.account.names[ref] for ref in people) == ("Rita Rees", "Ian Owusu")


def append_outcome(world: World, batch_id: str, body: dict[str, Any]) -> None:
    """Have the log's own key sign a story that never happened."""
    with world.log() as log:
        whole = {"batch": batch_id, "reason": "", "size": 0, **body}
        log.append([recording.drafted(EntryType.ITEM_OUTCOME, at=world.clock.now(), actor=RITA.person_id, body=whole)])


@pytest.mark.parametrize(
    "body",
    [{"item": 0, "result": "restored"}, {"item": 1, "result": "destroyed"}, {"item": 7, "result": "excluded"}],
    ids=["a second final outcome", "destroyed though excluded", "an item that is not in the batch"],
)
def test_no_certificate_for_a_story_that_cannot_be(world: World, body: dict[str, Any]) -> None:
    batch = world.approved(excluded=[1])
    world.dispose(batch.batch_id)
    append_outcome(world, batch.batch_id, body)

    with pytest.raises(LogDamagedError):
        certify(world, batch.batch_id)


def dispose_while(world: World, batch_id: str, step: Step, act: Callable[[DisposalLog], object]) -> DisposalReport:
    with world.catalogue() as catalogue, world.log() as log:
        disposer = world.disposer(catalogue, log, at_step(step, lambda: act(log)))
        return carry_out(disposer, read_approved(catalogue, batch_id), person=RITA)


@pytest.mark.parametrize("step", [Step.PROVED, Step.INTENT_LOGGED, Step.ACTED, Step.STORED])
def test_a_log_that_fails_right_after_the_act_stops_everything_and_is_set_right_later(
    tmp_path: Path, step: Step
) -> None:
    world = build_world(tmp_path, files=3)
    batch = world.approved()

    with pytest.raises(RetentionError):
        dispose_while(world, batch.batch_id, step, lambda log: log.close())

    assert world.outcomes(batch.batch_id) == []
    assert sum(world.file(number).exists() for number in range(3)) + len(quarantined_files(world)) == 3
    if step is Step.PROVED:
        assert quarantined_files(world) == []
    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 3}
    check_log(world)


def _fill_the_disk() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))


def _dispose_on_a_full_disk(world: World, batch_id: str, step: Step) -> None:
    try:
        world.dispose(batch_id, at_step(step, _fill_the_disk))
    except (RetentionError, disposal_log.LogError, OSError):
        os._exit(0)
    os._exit(3)


@pytest.mark.parametrize("step", [Step.PROVED, Step.INTENT_LOGGED, Step.ACTED, Step.OUTCOMES_LOGGED])
def test_a_disk_that_is_full_from_one_step_on_loses_no_file_and_no_truth(tmp_path: Path, step: Step) -> None:
    world = build_world(tmp_path, files=3)
    batch = world.approved()
    full = multiprocessing.get_context("fork").Process(
        target=_dispose_on_a_full_disk, args=(world, batch.batch_id, step)
    )

    full.start()
    full.join()

    assert full.exitcode == 0
    assert sum(world.file(number).exists() for number in range(3)) + len(quarantined_files(world)) == 3
    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 3}
    check_log(world)


def test_a_database_that_dies_after_the_move_is_brought_level_by_the_log(tmp_path: Path, postgresql_url: str) -> None:
    world = build_world(tmp_path, files=2, catalogue_url=postgresql_url)
    batch = world.approved()

    def kill_the_connection() -> None:
        with world.catalogue() as catalogue, catalogue.transaction() as tx:
            tx.connection.exec_driver_sql(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database()"
            )

    with pytest.raises(RetentionError):
        world.dispose(batch.batch_id, at_step(Step.ACTED, kill_the_connection))
    assert len(quarantined_files(world)) == 1

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2}
    check_log(world)


def test_a_kept_item_is_not_free_for_another_batch_before_the_log_says_that_it_is_kept(world: World) -> None:
    batch = world.approved()

    def hold_and_break(log: DisposalLog) -> None:
        world.hold(HoldScope(path="Invoices/invoice 0.txt"))
        log.close()

    with pytest.raises(RetentionError):
        dispose_while(world, batch.batch_id, Step.INTENT_LOGGED, hold_and_break)

    with world.catalogue() as catalogue, catalogue.reading() as tx:
        open_items = tx.connection.exec_driver_sql("select number from batch_item where is_open order by number").all()
    assert [number for (number,) in open_items] == [0, 1]


def test_grace_that_was_promised_is_not_taken_back_by_shorter_settings(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.settings = Settings(grace_days=0)

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"quarantined": 1}
    assert report.purge_not_before == world.clock.now() + timedelta(days=30)
    world.clock.move(days=31)
    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 1}


def test_longer_grace_also_keeps_what_is_in_quarantine_already(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.settings = Settings(grace_days=60)
    world.clock.move(days=30)

    assert counts(world.dispose(batch.batch_id)) == {"quarantined": 1}


def test_a_clock_that_steps_back_in_the_grace_period_shortens_nothing(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=-10)
    assert counts(world.dispose(batch.batch_id)) == {"quarantined": 1}
    world.clock.move(days=39)

    assert counts(world.dispose(batch.batch_id)) == {"quarantined": 1}
    world.clock.move(days=2)
    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 1}
    check_log(world)


def entry_types(world: World) -> list[str]:
    with world.log() as log:
        return [str(stored.entry["type"]) for stored in log.entries()]


def decide(world: World, batch_id: str, *, excluded: list[int], reason: str = "checked", person: Person = IAN) -> None:
    with world.catalogue() as catalogue:
        decide_batch(
            catalogue,
            batch_id,
            Verdict.KEEP,
            person=person,
            excluded=excluded,
            reason=reason,
            valid_days=90,
            at=world.clock.now(),
        )


@pytest.mark.parametrize("number", [-1, 2, 2**60])
def test_a_decision_about_an_item_that_does_not_exist_never_blocks_the_log(world: World, number: int) -> None:
    batch = world.propose()

    with pytest.raises(RefusedByPolicyError, match=f"has no item {number}"):
        decide(world, batch.batch_id, excluded=[number])

    decide(world, batch.batch_id, excluded=[0], reason="caf\udce9 " + "x" * 200_000)
    with world.catalogue() as catalogue, world.log() as log:
        assert recording.deliver(catalogue, log) > 0
    check_log(world)


def test_an_entry_too_large_for_the_log_is_refused_before_anything_is_changed(world: World) -> None:
    batch = world.propose()
    long_name = Person(person_id=PersonId("p" * 70_000), name="Long", roles=frozenset({Role.IAO}))
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        people.add_person(tx, long_name)
        tx.connection.execute(update(asset).values(owner_id=long_name.person_id))
    before = entry_types(world)

    with pytest.raises(InvalidInputError, match="65535 bytes"):
        decide(world, batch.batch_id, excluded=[], person=long_name)

    with world.catalogue() as catalogue, catalogue.reading() as tx:
        assert [entry.entry_id for entry in outbox.pending(tx) if "p" * 70_000 in entry.draft] == []
        assert tx.connection.exec_driver_sql("select state from batch").scalar() == "proposed"
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(update(asset).values(owner_id=IAN.person_id))
    world.approve(batch)
    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)
    assert entry_types(world)[len(before) :] == ["batch.proposed", "batch.decision"]


def test_what_is_left_out_of_an_approval_always_fits_into_its_entry(world: World) -> None:
    draft = recording.drafted(
        EntryType.BATCH_DECISION,
        at=world.clock.now(),
        actor=IAN.person_id,
        body={
            "batch": "B-0001",
            "decision": "approve",
            "role": "IAO",
            "asset": "FINANCE",
            "manifest": "0" * 64,
            "items": 100_000,
            "bytes": 2**50,
            "decider": "ian",
            "excluded": list(range(95_000, 100_000)),
            "expires": "2026-05-31",
        },
        disclosures={"decider_name": "Ian", "reason": "x" * 100_000},
    )
    with world.catalogue() as catalogue:
        with catalogue.transaction() as tx:
            recording.note(tx, draft)
        with world.log() as log:
            recording.deliver(catalogue, log)


def _noted(world: World, count: int) -> list[str]:
    drafts = [
        recording.drafted(
            EntryType.EVENT_ATTESTED, at=world.clock.now() + timedelta(seconds=number), actor=None, body={"n": number}
        )
        for number in range(count)
    ]
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        for draft in drafts:
            recording.note(tx, draft)
    return [draft.id for draft in drafts]


class _KillsAfterAppending(DisposalLog):
    """A log whose machine loses power when the entries are durable and nobody has heard of it yet."""

    def append(self, drafts: Any) -> Any:  # noqa: ANN401  # as its parent
        super().append(drafts)
        os.kill(os.getpid(), signal.SIGKILL)


def _deliver_and_die(world: World) -> None:
    with (
        world.catalogue() as catalogue,
        _KillsAfterAppending.open(
            world.workspace.log,
            keys_directory=world.workspace.keys,
            sidecar_directory=world.workspace.sidecar,
            at=world.clock.now(),
        ) as log,
    ):
        recording.deliver(catalogue, log)


def test_killed_between_the_log_and_its_acknowledgement_every_entry_is_there_once_and_in_order(world: World) -> None:
    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)
    noted = _noted(world, 600)  # three groups
    deaths = 0
    while deaths < 3:
        killed = multiprocessing.get_context("fork").Process(target=_deliver_and_die, args=(world,))
        killed.start()
        killed.join()
        assert killed.exitcode == -signal.SIGKILL
        deaths += 1

    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)
        assert recording.deliver(catalogue, log) == 0
        told = [str(stored.entry["id"]) for stored in log.entries() if stored.entry["type"] == "event.attested"]
    assert told == noted


def test_what_somebody_put_back_by_hand_is_not_claimed_as_destroyed(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=2)
    interrupted(world, batch.batch_id, Step.INTENT_LOGGED)
    (hidden,) = quarantined_files(world)
    hidden.rename(world.file(0))

    report = world.dispose(batch.batch_id)

    assert world.final_outcomes(batch.batch_id) == [(0, "restored")]
    assert report.reconciliation.counts[ItemState.DESTROYED] == 0


def test_a_new_file_that_got_the_old_ones_inode_does_not_undo_its_destruction(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=2)
    interrupted(world, batch.batch_id, Step.ACTED)
    for number in range(300):
        world.file(0).write_text(f"new work {number}")
        if world.file(0).stat().st_ino == batch.items[0].inode:
            break
        world.file(0).rename(world.share / f"other {number}.txt")

    world.dispose(batch.batch_id)

    assert world.final_outcomes(batch.batch_id) == [(0, "destroyed")]


def test_a_quarantine_that_was_carried_away_is_neither_destroyed_nor_missing(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=2)
    interrupted(world, batch.batch_id, Step.INTENT_LOGGED)
    quarantine = world.share / ".retention-quarantine"
    quarantine.rename(world.folder / "carried away")

    for act in (carry_out, restore_batch):
        with pytest.raises(RefusedByPolicyError, match="is gone"):
            world.dispose(batch.batch_id, act=act)
    assert world.final_outcomes(batch.batch_id) == []

    (world.folder / "carried away").rename(quarantine)
    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2}
    check_log(world)


def test_what_vanished_from_quarantine_is_missing_and_not_our_doing(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=2)
    first, second = quarantined_files(world)
    first.unlink()
    second.rename(world.file(1))

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"missing": 1, "excluded": 1}
    assert sorted(world.final_outcomes(batch.batch_id)) == [(0, "missing"), (1, "restored")]
    assert sum(certify(world, batch.batch_id)["counts"].values()) == 2
    check_log(world)
