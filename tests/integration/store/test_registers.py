import os
from datetime import UTC, datetime

import pytest

from retention.domain.assets import AssetId, Source, SourceId
from retention.domain.people import Person, PersonId, Role
from retention.errors import StaleError, UnknownThingError
from retention.store import assets, people, schedules
from retention.store.catalogue import Catalogue

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RITA = Person(
    person_id=PersonId("rita"),
    name="Rita Ŵyn",
    roles=frozenset({Role.RECORDS_MANAGER, Role.IAA}),
    os_user="rita",
)


def test_a_person_comes_back_as_registered(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        people.add_person(tx, RITA, "hash")

    with catalogue.reading() as tx:
        assert people.person(tx, "rita") == RITA
        assert people.person_of_os_user(tx, "rita") == RITA
        assert people.person_of_os_user(tx, "nobody") is None
        assert people.password_hash(tx, "rita") == "hash"


def test_nobody_is_registered_twice_under_one_name(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        people.add_person(tx, RITA)

    with pytest.raises(StaleError, match="refused"), catalogue.transaction() as tx:
        people.add_person(tx, RITA)


def test_a_password_can_be_replaced_and_taken_away(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        people.add_person(tx, RITA, "old")
        people.set_password_hash(tx, "rita", "new")
        assert people.password_hash(tx, "rita") == "new"
        people.set_password_hash(tx, "rita", None)

    with catalogue.reading() as tx:
        assert people.password_hash(tx, "rita") is None


def test_a_misspelt_name_is_never_taken_for_somebody_or_something(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        with pytest.raises(UnknownThingError, match="no person 'rtia'"):
            people.person(tx, "rtia")
        with pytest.raises(UnknownThingError, match="no person"):
            people.password_hash(tx, "rtia")
        with pytest.raises(UnknownThingError, match="no person"):
            people.set_password_hash(tx, "rtia", "hash")
        with pytest.raises(UnknownThingError, match="no asset"):
            assets.asset(tx, "finanse")
        with pytest.raises(UnknownThingError, match="no source"):
            assets.source(tx, "drvie")
        with pytest.raises(UnknownThingError, match="no schedule"):
            schedules.text_of(tx, "uk@1")
        with pytest.raises(UnknownThingError, match="no schedule"):
            schedules.current(tx)


def test_a_root_with_bytes_that_are_no_text_is_kept_as_it_is(catalogue: Catalogue, source: Source) -> None:
    root = os.fsdecode(b"/mnt/caf\xe9")
    odd = Source(
        source_id=SourceId("odd"), root=root, root_inode=(1 << 64) - 2, asset_id=AssetId("finance"), added_at=NOON
    )

    with catalogue.transaction() as tx:
        assets.add_source(tx, odd)

    with catalogue.reading() as tx:
        assert assets.source(tx, "odd") == odd
        assert assets.sources(tx) == (source, odd)
        assert assets.source_of_path(tx, root + "/a/b") == (odd, "a/b")


def test_a_sibling_with_a_longer_name_does_not_lie_below_a_root(catalogue: Catalogue, source: Source) -> None:
    with catalogue.reading() as tx:
        assert assets.source_of_path(tx, source.root + "-old/a") is None
        assert assets.source_of_path(tx, source.root) is None


def test_a_published_schedule_never_changes(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        schedules.publish(tx, "one", "uk@1", NOON)
        schedules.publish(tx, "one", "uk@1", NOON)
        schedules.publish(tx, "two", "uk@2", NOON)

        assert schedules.current(tx) == ("uk@2", "two")
        assert schedules.text_of(tx, "uk@1") == "one"
        with pytest.raises(StaleError, match="with another text"):
            schedules.publish(tx, "other", "uk@2", NOON)


def test_an_older_version_does_not_come_back_into_force_by_accident(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        schedules.publish(tx, "one", "uk@1", NOON)
        schedules.publish(tx, "two", "uk@2", NOON)

        with pytest.raises(StaleError, match="published before"):
            schedules.publish(tx, "one", "uk@1", NOON)
        assert schedules.current(tx) == ("uk@2", "two")
