"""A catalogue that somebody changed by hand disagrees with the log, in words; and is put right as far as that knows."""

from pathlib import Path

import pytest
from sqlalchemy import text

from retention.domain.people import Person, PersonId, Role
from retention.errors import LogDamagedError, LogUnavailableError, RefusedByPolicyError
from retention.services.certifying import issue_certificate
from retention.services.comparing import Comparison, Rebuilt, compare, rebuild
from tests.integration.disposing.world import RITA, World, build_world

ADA = Person(person_id=PersonId("ada"), name="Ada", roles=frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A batch of four, of which one was left out and three are destroyed, and one that was only proposed."""
    world = build_world(tmp_path, files=4)
    world.dispose(world.approve(world.propose(), excluded=(3,)).batch_id)
    return world


def tamper(world: World, statement: str) -> None:
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        assert tx.connection.execute(text(statement)).rowcount > 0


def compared(world: World) -> Comparison:
    with world.catalogue() as catalogue:
        return compare(catalogue, world.workspace.log)


def rebuilt(world: World, person: Person = ADA) -> Rebuilt:
    with world.catalogue() as catalogue, world.log() as log:
        return rebuild(catalogue, log, world.workspace.log, person=person, at=world.clock.now())


def words(world: World) -> list[str]:
    return [each.in_words() for each in compared(world).differences]


def test_a_catalogue_and_a_log_that_were_left_alone_agree(world: World) -> None:
    assert words(world) == []

    second = world.propose()
    found = compared(world)
    assert (found.differences, found.waiting) == ((), 1), "what waits for the log is no difference"
    assert second.batch_id == "B-0002"
    with world.catalogue() as catalogue, world.log() as log:
        issue_certificate(catalogue, log, "B-0001", person=RITA, at=world.clock.now(), backup_days=None)
    assert words(world) == []


KNOWN_TO_THE_LOG = (
    ("UPDATE batch_item SET state = 'excluded' WHERE number = 0", "item B-0001/0: the catalogue says excluded"),
    ("UPDATE batch_item SET state = 'destroyed' WHERE number = 3", "item B-0001/3: the catalogue says destroyed"),
    ("UPDATE batch SET state = 'approved'", "batch B-0001: the catalogue says approved, the log closed"),
    ("UPDATE decision SET excluded = '[]'", "batch B-0001: decision"),
    ("UPDATE decision SET decider_id = 'rita'", "batch B-0001: decision"),
    ("DELETE FROM decision", "missing in the catalogue"),
)
NOT_KNOWN_TO_THE_LOG = (
    ("UPDATE batch SET proposer_id = 'ian'", "its proposer is 'ian' in the catalogue and 'rita' in the log"),
    ("UPDATE batch SET size_bytes = 1", "its bytes is 1 in the catalogue"),
    ("DELETE FROM batch_item WHERE number = 0", "item B-0001/0: the catalogue says nothing, the log destroyed"),
    ("UPDATE batch_item SET sha256 = 'x' WHERE number = 1", "its list of files in the catalogue is not"),
    ("UPDATE batch_item SET evidence = 'x' WHERE number = 1", "its list of files in the catalogue is not"),
    ("UPDATE log_outbox SET seq = 4 WHERE seq = 3", "entry 4: the catalogue takes it for"),
)


def test_what_the_log_knows_is_noticed_and_put_right(world: World) -> None:
    for times, (statement, said) in enumerate(KNOWN_TO_THE_LOG, start=1):
        tamper(world, statement)
        (difference,) = words(world)
        assert said in difference

        done = rebuilt(world)
        assert ([each.in_words() for each in done.restated], done.left) == ([difference], ())
        assert words(world) == []
        with world.log() as log:
            told = [each.entry for each in log.entries() if each.entry["type"] == "reconcile"]
        assert len(told) == times
        assert (told[-1]["restated"], told[-1]["actor"]) == (1, {"k": "person", "ref": "ada"})


def test_only_an_administrator_puts_the_catalogue_right(world: World) -> None:
    tamper(world, KNOWN_TO_THE_LOG[0][0])
    before = words(world)

    with pytest.raises(RefusedByPolicyError, match="no administrator"):
        rebuilt(world, RITA)
    assert words(world) == before


def test_what_the_log_does_not_know_enough_of_is_named_and_stays(world: World) -> None:
    file = world.workspace.catalogue_file
    good = file.read_bytes()  # whole: whoever closes the catalogue last empties its write-ahead file
    assert not file.with_name(f"{file.name}-wal").exists()
    for statement, said in NOT_KNOWN_TO_THE_LOG:
        tamper(world, statement)

        done = rebuilt(world)
        assert done.restated == ()
        assert any(said in each.in_words() for each in done.left)
        assert words(world) == [each.in_words() for each in done.left]
        file.write_bytes(good)


def test_a_catalogue_of_another_council_has_nothing_that_the_log_tells_of(world: World, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = build_world(tmp_path / "other", files=1)
    with other.catalogue() as catalogue:
        found = compare(catalogue, world.workspace.log).differences

    assert any("the log tells of it, and it is not in the catalogue" in each.words for each in found)


def test_nothing_is_rebuilt_from_a_log_that_was_changed(world: World) -> None:
    tamper(world, "UPDATE batch SET state = 'approved'")
    path = world.workspace.log / "entries" / "00000.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"destroyed"', b'"excludedd"', 1))

    with pytest.raises(LogDamagedError):
        compared(world)


def test_what_is_under_way_is_not_called_a_difference(world: World) -> None:
    with world.log(), pytest.raises(LogUnavailableError, match="is being written"):
        compared(world)
