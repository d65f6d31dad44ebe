"""Making and upgrading the catalogue's tables, and telling whether this program fits them."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select

from retention.errors import CatalogueDamagedError, CatalogueUnavailableError
from retention.store.catalogue import Catalogue, Transaction, make_shown
from retention.store.schema import Base

# Any number will do, as long as every copy of this program asks PostgreSQL for the same one.
_UPGRADE_LOCK = 7_301_998


class CatalogueState(StrEnum):
    """How the tables that are there compare with the ones this program declares."""

    EMPTY = "empty"
    AT_HEAD = "at_head"
    BEHIND = "behind"
    AHEAD = "ahead"
    FOREIGN = "foreign"


def create_or_upgrade(catalogue: Catalogue) -> None:
    """Bring the tables to this program's version, all of it or nothing; a current catalogue is left alone.

    Raises:
        CatalogueUnavailableError: The catalogue was made by a newer version of this program.
        CatalogueDamagedError: The database holds something else.
    """
    with catalogue.transaction() as tx:
        if not tx.is_sqlite:  # SQLite has one writer at a time anyway
            tx.connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        state = _state(tx)
        if state in (CatalogueState.AHEAD, CatalogueState.FOREIGN):
            raise _unfit(catalogue, state)
        if state is not CatalogueState.AT_HEAD:
            with _configured(tx.connection) as config:
                command.upgrade(config, "head")


def state_of(catalogue: Catalogue) -> CatalogueState:
    """Return how the catalogue compares with this program; changes nothing."""
    if catalogue.is_sqlite and not _file_exists(catalogue):
        return CatalogueState.EMPTY  # connecting would make an empty file
    with catalogue.reading() as tx:
        return _state(tx)


def check(catalogue: Catalogue) -> CatalogueState:
    """Return AT_HEAD, the only state in which the catalogue may be used.

    Raises:
        CatalogueUnavailableError: There is no catalogue yet, or it belongs to an older or newer version.
        CatalogueDamagedError: The database holds something else.
    """
    state = state_of(catalogue)
    if state is not CatalogueState.AT_HEAD:
        raise _unfit(catalogue, state)
    return state


def differences(catalogue: Catalogue) -> tuple[str, ...]:
    """Return in which ways the tables that are there differ from the ones declared; none is good."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  # only for self-checks, and slow to load

    with catalogue.reading() as tx:
        found = compare_metadata(MigrationContext.configure(tx.connection), Base.metadata)
    return tuple(str(difference) for difference in found)


def _state(tx: Transaction) -> CatalogueState:
    known = ScriptDirectory.from_config(_config())
    revision = MigrationContext.configure(tx.connection).get_current_revision()
    if revision is None:
        return CatalogueState.FOREIGN if inspect(tx.connection).get_table_names() else CatalogueState.EMPTY
    if revision == known.get_current_head():
        return CatalogueState.AT_HEAD
    is_ours = any(script.revision == revision for script in known.walk_revisions())
    return CatalogueState.BEHIND if is_ours else CatalogueState.AHEAD


def _unfit(catalogue: Catalogue, state: CatalogueState) -> CatalogueUnavailableError | CatalogueDamagedError:
    where = make_shown(catalogue.url)
    nothing = "Nothing was read or changed."
    if state is CatalogueState.FOREIGN:
        return CatalogueDamagedError(
            what=f"the database {where} holds tables, but no catalogue of this program",
            not_done=nothing,
            next_step="Give another address under [catalogue] in retention.toml.",
        )
    if state is CatalogueState.AHEAD:
        return CatalogueUnavailableError(
            what=f"the catalogue {where} was made by a newer version of this program",
            not_done=nothing,
            next_step="Install that version here too.",
        )
    if state is CatalogueState.BEHIND:
        return CatalogueUnavailableError(
            what=f"the catalogue {where} was made by an older version of this program",
            not_done=nothing,
            next_step="Back it up, then run: retention db upgrade",
        )
    return CatalogueUnavailableError(
        what=f"there is no catalogue at {where} yet", not_done=nothing, next_step="Make one with: retention init"
    )


def _file_exists(catalogue: Catalogue) -> bool:
    file = catalogue.engine.url.database
    return file is not None and Path(file).exists()


@contextmanager
def _configured(connection: Connection) -> Iterator[Config]:
    config = _config()
    config.attributes["connection"] = connection
    yield config


def _config() -> Config:
    config = Config()
    # a "%" in the path would be read as the start of a variable
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
