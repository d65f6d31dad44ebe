from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from retention.domain.people import Person, PersonId, Role
from retention.errors import CatalogueDamagedError, CatalogueUnavailableError
from retention.store import people, records, upgrading
from retention.store.catalogue import Catalogue, sqlite_url
from retention.store.upgrading import CatalogueState

RITA = Person(person_id=PersonId("rita"), name="Rita", roles=frozenset({Role.RECORDS_MANAGER}))


def test_the_migrations_make_exactly_the_tables_that_are_declared(catalogue: Catalogue) -> None:
    assert upgrading.differences(catalogue) == ()


def test_a_difference_between_tables_and_migrations_does_not_stay_hidden(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        tx.connection.execute(text("DROP TABLE certificate"))

    assert any("certificate" in difference for difference in upgrading.differences(catalogue))


def test_the_revisions_read_off_the_files_are_those_that_will_be_applied() -> None:
    scripts = list(ScriptDirectory.from_config(upgrading._config()).walk_revisions())

    assert upgrading.revisions() == tuple(script.revision for script in reversed(scripts))


def test_upgrading_twice_loses_nothing(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        people.add_person(tx, RITA)

    upgrading.create_or_upgrade(catalogue)

    with catalogue.reading() as tx:
        assert people.people(tx) == (RITA,)
    assert upgrading.check(catalogue) is CatalogueState.AT_HEAD


def test_a_catalogue_of_a_newer_version_is_not_touched(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(CatalogueUnavailableError, match="newer version"):
        upgrading.create_or_upgrade(catalogue)
    with pytest.raises(CatalogueUnavailableError, match="Install that version"):
        upgrading.check(catalogue)


def test_somebody_elses_database_is_not_made_into_a_catalogue(empty_catalogue: Catalogue) -> None:
    with empty_catalogue.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE invoices (number integer)"))

    with pytest.raises(CatalogueDamagedError, match="holds tables, but no catalogue"):
        upgrading.create_or_upgrade(empty_catalogue)
    assert upgrading.state_of(empty_catalogue) is CatalogueState.FOREIGN


def test_an_empty_database_is_no_catalogue_yet(empty_catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueUnavailableError, match="retention init"):
        upgrading.check(empty_catalogue)


def test_asking_for_the_state_makes_no_file(tmp_path: Path) -> None:
    with Catalogue(sqlite_url(tmp_path / "none.db")) as catalogue:
        assert upgrading.state_of(catalogue) is CatalogueState.EMPTY

    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "catalogue.db").write_bytes(b"not a database" * 400)

    with (
        Catalogue(sqlite_url(tmp_path / "catalogue.db")) as catalogue,
        pytest.raises(CatalogueDamagedError, match="damaged"),
    ):
        upgrading.check(catalogue)


BEFORE_QUESTIONS = """
INSERT INTO person (person_id, name, roles, is_retired) VALUES ('i', 'I', 'iao', false);
INSERT INTO asset (asset_id, title, owner_id) VALUES ('a', 'A', 'i');
INSERT INTO source (source_id, root, root_text, root_inode, asset_id, added_at)
    VALUES ('s', '/', '/', 1, 'a', '2026-03-02T12:00:00+00:00');
INSERT INTO schedule (schedule_version, content, published_at, position) VALUES ('v', '', '', 1);
INSERT INTO record_copy (copy_id, source_id, path, path_text, state, finding, detail, size_bytes, modified_ns, inode,
    device, link_count, first_seen_at, last_scan_id, last_finding, changed_ns)
    VALUES (1, 's', 'p', 'p', 'present', '', '', 0, 0, 0, 0, 0, '2026-03-02T12:00:00+00:00', '', '', 0);
INSERT INTO appraisal (copy_id, schedule_version, outcome, class_id, explanation, reasons, questions, flags)
    VALUES (1, 'v', 'classified', 'FIN-01', '', '[]', '[]', '[]')
"""


def test_what_was_appraised_before_cases_were_known_keeps_its_class_and_is_appraised_again(
    empty_catalogue: Catalogue,
) -> None:
    with empty_catalogue.transaction() as tx, upgrading._configured(tx.connection) as config:
        command.upgrade(config, "0005")
        for statement in BEFORE_QUESTIONS.split(";"):
            tx.connection.execute(text(statement))

    upgrading.create_or_upgrade(empty_catalogue)

    with empty_catalogue.reading() as tx:
        (item,) = records.appraised(tx)
    assert (item.class_id, item.is_stale, item.case_path) == ("FIN-01", True, None)
