"""A held file is never lost: whoever places the hold, whenever, in whatever words, and whatever was lost since."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from retention.domain.assets import AssetId
from retention.domain.batches import ItemState
from retention.domain.holds import HoldKind, HoldScope
from retention.errors import CatalogueDamagedError, InvalidInputError, RetentionError, UnknownThingError
from retention.services import recording
from retention.services.creating import create_workspace
from retention.services.disposing import Step, restore_batch
from retention.services.holding import HoldOrder, lift_hold, place_hold
from retention.services.registering import register_asset, register_person, register_source
from retention.store import batches
from tests.integration.disposing.attacks import at_step, check_log, counts, quarantined_files
from tests.integration.disposing.world import ASSET, IAN, RITA, World, build_world, record

HOLDER = Path(__file__).with_name("holder.py")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path, files=2)


def order(world: World, scope: HoldScope, *, hold_id: str | None = None, reason: str = "claim 12") -> HoldOrder:
    return HoldOrder(
        kind=HoldKind.LITIGATION,
        reason=reason,
        mandate="",
        scope=scope,
        reassess_on=world.clock.now().date(),
        hold_id=hold_id,
    )


def place(world: World, scope: HoldScope, *, hold_id: str | None = None, reason: str = "claim 12") -> str:
    with world.catalogue() as catalogue:
        made = order(world, scope, hold_id=hold_id, reason=reason)
        return place_hold(catalogue, made, person=IAN, at=world.clock.now()).hold_id


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_file_is_lost_whose_hold_was_placed_in_time_by_another_process(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    url = None if database == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    files = 150
    world = build_world(tmp_path, files=files, catalogue_url=url)
    batch = world.approved()
    words = [sys.executable, str(HOLDER), str(tmp_path), str(files), "3", *([url] if url else [])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"

        def go() -> None:
            assert holder.stdin is not None
            holder.stdin.write("go\n")
            holder.stdin.flush()

        report = world.dispose(batch.batch_id, at_step(Step.PROVED, go))
        told = [json.loads(line) for line in holder.stdout]
    assert holder.returncode == 0
    in_time = [one["number"] for one in told if one["was_there"]]
    assert in_time
    assert [number for number in in_time if not world.file(number).exists()] == []
    assert report.reconciliation.counts[ItemState.DESTROYED] > 0
    check_log(world)


@pytest.mark.parametrize("attempt", range(3))
def test_who_asks_for_a_hold_does_not_wait_until_the_running_disposal_has_taken_the_file(
    tmp_path: Path, attempt: int
) -> None:
    files = 200 + attempt
    world = build_world(tmp_path, files=files)
    batch = world.approved()
    moved = 0

    with subprocess.Popen(
        [sys.executable, str(HOLDER), str(tmp_path), str(files), str(files)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"

        def count(step: Step, items: int) -> None:
            nonlocal moved
            if step is Step.STORED:
                moved += items
            if moved == 1 and holder.stdin is not None and not holder.stdin.closed:
                holder.stdin.write("go\n")
                holder.stdin.close()

        world.dispose(batch.batch_id, count)
        told = json.loads(holder.stdout.readline())

    assert told == {"number": files - 1, "was_there": True}
    assert world.file(files - 1).exists()


def test_a_hold_placed_while_the_file_waits_to_be_destroyed_is_told_as_a_hold(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=1)
    batch = world.approved()
    world.dispose(batch.batch_id)
    world.clock.move(days=2)

    report = world.dispose(
        batch.batch_id, at_step(Step.INTENT_LOGGED, lambda: world.hold(HoldScope(path="Invoices/invoice 0.txt")))
    )

    assert counts(report) == {"held": 1, "destroyed": 1}
    assert world.final_outcomes(batch.batch_id) == [(1, "destroyed"), (0, "held")]
    assert world.file(0).exists()


def test_a_copy_that_a_scan_finds_in_a_held_folder_protects_its_content_at_once(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2, grace_days=1)
    world.hold(HoldScope(path="Legal"))
    batch = world.approved()
    exhibit = world.share / "Legal" / "exhibit.txt"
    exhibit.parent.mkdir()
    exhibit.write_bytes(world.file(0).read_bytes())
    world.dispose(batch.batch_id)
    world.clock.move(days=2)

    def scan_finds_it() -> None:
        with world.catalogue() as catalogue:
            record(world, catalogue, [exhibit])

    report = world.dispose(batch.batch_id, at_step(Step.INTENT_LOGGED, scan_finds_it))

    assert counts(report) == {"held": 1, "destroyed": 1}
    assert world.file(0).exists()


def test_a_new_file_in_its_place_does_not_take_the_hold_away_from_what_waits_in_quarantine(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    first = world.approved()
    world.dispose(first.batch_id)
    twin = world.share / "Copies" / "twin.txt"
    twin.parent.mkdir()
    twin.write_bytes(quarantined_files(world)[0].read_bytes())
    os.utime(twin, (1.3e9, 1.3e9))
    world.file(0).write_text("another letter")
    with world.catalogue() as catalogue:
        record(world, catalogue, [twin])
        # as a scan of the new file leaves it: the row of the old place is about another content
        with catalogue.transaction() as tx:
            tx.connection.exec_driver_sql(
                "update record_copy set sha256 = null, inode = 1 where path = cast('Invoices/invoice 0.txt' as blob)"
            )
    second = world.approved()
    world.hold(HoldScope(path="Invoices/invoice 0.txt"))

    report = world.dispose(second.batch_id)

    assert counts(report) == {"held": 1}
    assert twin.exists()


def test_a_digest_in_capitals_holds_its_content(world: World) -> None:
    batch = world.approved()
    held = batch.items[0]
    place(world, HoldScope(digest=f" {held.sha256.upper()} "))

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"held": 1, "destroyed": 1}
    assert (world.share / held.path).exists()


def test_a_whole_path_pasted_from_a_file_manager_holds_what_lies_there(world: World) -> None:
    alias = world.folder / "alias"
    alias.symlink_to(world.share)
    batch = world.approved()
    place(world, HoldScope(path=str(world.share / "Invoices" / "invoice 0.txt")))
    place(world, HoldScope(path=str(alias / "Invoices" / "invoice 1.txt")))

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"held": 2}


@pytest.mark.parametrize(
    ("scope", "refusal"),
    [
        (HoldScope(asset_id=AssetId("FINANCES")), UnknownThingError),
        (HoldScope(class_id="fin-01"), UnknownThingError),
        (HoldScope(class_id="", path="Invoices"), UnknownThingError),
        (HoldScope(digest="d41d8cd98f00b204e9800998ecf8427e"), InvalidInputError),
        (HoldScope(digest="", path="Invoices"), InvalidInputError),
        (HoldScope(path="/"), InvalidInputError),
        (HoldScope(path=" / ", asset_id=AssetId(ASSET)), InvalidInputError),
        (HoldScope(path="Invoices/caf\udce9.txt"), InvalidInputError),
    ],
)
def test_a_hold_that_would_cover_nothing_is_refused_instead_of_trusted(
    world: World, scope: HoldScope, refusal: type[RetentionError]
) -> None:
    with pytest.raises(refusal):
        place(world, scope)


def test_the_root_itself_is_held_as_its_asset_and_not_as_a_path_that_matches_nothing(world: World) -> None:
    with pytest.raises(InvalidInputError, match="whole root"):
        place(world, HoldScope(path=str(world.share)))


def test_a_file_whose_name_is_not_text_can_be_held(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    odd = Path(os.fsdecode(os.fsencode(world.share) + b"/Invoices/caf\xe9.txt"))
    odd.write_text("Invoice 77")
    os.utime(odd, (1.3e9, 1.3e9))
    record_bytes(world, odd)
    place(world, HoldScope(path="Invoices/caf?.txt"))
    batch = world.approved()

    report = world.dispose(batch.batch_id)

    assert counts(report) == {"destroyed": 1}
    assert odd.exists()


def record_bytes(world: World, path: Path) -> None:
    """Record a file whose name is not text."""
    plain = path.with_name("plain.txt")
    path.rename(plain)
    with world.catalogue() as catalogue:
        record(world, catalogue, [plain])
        with catalogue.transaction() as tx:
            tx.connection.exec_driver_sql(
                "update record_copy set path = ? where path_text = 'Invoices/plain.txt'",
                (os.fsencode(path.relative_to(world.share)),),
            )
    plain.rename(path)


def test_holds_can_still_be_placed_after_somebody_named_one_like_a_number(world: World) -> None:
    place(world, HoldScope(path="Invoices/invoice 0.txt"), hold_id="H-0001")

    assert place(world, HoldScope(path="Invoices/invoice 1.txt")) == "H-0002"


def test_a_reason_in_bytes_that_are_not_text_is_kept_readable_and_does_not_stop_the_hold(world: World) -> None:
    batch = world.approved()

    place(world, HoldScope(path="Invoices"), reason="caf\udce9\x00")

    assert counts(world.dispose(batch.batch_id)) == {"held": 2}


def as_new(world: World) -> None:
    """Lose the catalogue, and make it anew as the error message of a damaged one says."""
    for lost in world.workspace.folder.glob("catalogue.db*"):
        lost.unlink()
    create_workspace(world.workspace.folder, origin="test.example/log", grace_days=0, at=world.clock.now())
    with world.catalogue() as catalogue:
        for person in (RITA, IAN):
            register_person(catalogue, person_id=person.person_id, name=person.name, roles=person.roles)
        register_asset(catalogue, asset_id=ASSET, title="Finance", owner_id=IAN.person_id)
        register_source(
            catalogue,
            root=world.share,
            asset_id=ASSET,
            source_id="share",
            workspace=world.workspace,
            at=world.clock.now(),
        )
        record(world, catalogue, [path for path in sorted(world.share.rglob("invoice*.txt")) if path.is_file()])


def tell_the_log(world: World) -> None:
    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)


def test_a_lost_catalogue_does_not_lose_the_holds_that_the_log_knows_of(world: World) -> None:
    hold = place(world, HoldScope(path="Invoices/invoice 0.txt"))
    tell_the_log(world)
    as_new(world)
    batch = world.approved()

    with pytest.raises(CatalogueDamagedError, match=f"hold {hold} is in force"):
        world.dispose(batch.batch_id)
    assert world.file(0).exists()

    assert place(world, HoldScope(path="Invoices/invoice 0.txt"), hold_id=hold) == hold
    assert counts(world.dispose(batch.batch_id)) == {"held": 1, "destroyed": 1}


def test_a_hold_that_was_lifted_in_the_catalogue_behind_the_logs_back_still_keeps(world: World) -> None:
    place(world, HoldScope(path="Invoices"))
    tell_the_log(world)
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("update disposal_hold set state = 'lifted'")
    batch = world.approved()

    with pytest.raises(CatalogueDamagedError):
        world.dispose(batch.batch_id)

    assert world.file(0).exists()


def test_a_hold_lifted_a_moment_ago_does_not_keep_until_the_log_has_heard_of_it(world: World) -> None:
    hold = place(world, HoldScope(path="Invoices"))
    tell_the_log(world)
    with world.catalogue() as catalogue:
        lift_hold(catalogue, hold, reason="settled", person=IAN, at=world.clock.now())
    batch = world.approved()

    assert counts(world.dispose(batch.batch_id)) == {"destroyed": 2}


def test_the_holds_of_a_lost_catalogue_do_not_stop_anybody_from_putting_files_back(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1, grace_days=30)
    batch = world.approved()
    world.dispose(batch.batch_id)
    place(world, HoldScope(path="Invoices"))
    tell_the_log(world)
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.exec_driver_sql("delete from disposal_hold")

    world.dispose(batch.batch_id, act=restore_batch)

    assert world.file(0).exists()


def test_a_lost_catalogue_never_gives_the_name_of_an_old_batch_to_a_new_one(world: World) -> None:
    old = world.approved(excluded=[1])
    world.dispose(old.batch_id)
    as_new(world)

    new = world.approved()

    assert new.batch_id != old.batch_id
    assert counts(world.dispose(new.batch_id)) == {"destroyed": 1}
    check_log(world)


def test_a_catalogue_restored_from_last_weeks_backup_does_not_repeat_a_batchs_name(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=2)
    backup = tmp_path / "backup.db"
    shutil.copy(world.workspace.catalogue_file, backup)
    old = world.approved(excluded=[1])
    world.dispose(old.batch_id)
    for lost in world.workspace.folder.glob("catalogue.db*"):
        lost.unlink()
    shutil.copy(backup, world.workspace.catalogue_file)
    tell_the_log(world)

    new = world.approved()

    assert new.batch_id != old.batch_id
    assert counts(world.dispose(new.batch_id)) == {"missing": 1, "destroyed": 1}
    check_log(world)


def test_numbers_do_not_go_back_when_a_batch_is_not_made(world: World) -> None:
    with world.catalogue() as catalogue:
        with catalogue.transaction() as tx:
            first = batches.next_number(tx)
        with catalogue.transaction() as tx:
            second = batches.next_number(tx)

    assert (first, second) == (1, 2)
