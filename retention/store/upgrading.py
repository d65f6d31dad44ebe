"""Making and upgrading the catalogue's tables, and telling whether this program fits them.

Every command asks whether it fits, and Alembic takes a fifth of a second to load: so it is loaded to upgrade only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, func, inspect, select, table

from retention.errors import CatalogueDamagedError, CatalogueUnavailableError
from retention.store.catalogue import Catalogue, Transaction, make_shown
from retention.store.schema import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))  # Alembic's own
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
            from alembic import command  # noqa: PLC0415

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
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  # only for self-checks
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    with catalogue.reading() as tx:
        found = compare_metadata(MigrationContext.configure(tx.connection), METADATA)
    return tuple(str(difference) for difference in found)


def revisions() -> tuple[str, ...]:
    """Return the revisions this program knows, oldest first; each is the number its file begins with."""
    return tuple(sorted(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def _state(tx: Transaction) -> CatalogueState:
    tables = inspect(tx.connection)
    revision = None
    if tables.has_table(_VERSION.name):
        revision = tx.connection.execute(select(_VERSION.c.version_num)).scalar()
    if revision is None:
        return CatalogueState.FOREIGN if tables.get_table_names() else CatalogueState.EMPTY
    known = revisions()
    if revision == known[-1]:
        return CatalogueState.AT_HEAD
    return CatalogueState.BEHIND if revision in known else CatalogueState.AHEAD


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
def _configured(connection: Connection) -> "Iterator[Config]":
    config = _config()
    config.attributes["connection"] = connection
    yield config


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # a "%" in the path would be read as the start of a variable
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
