"""The catalogue: opens the database, gives transactions, and turns its troubles into ours.

SQLite by default (WAL, `BEGIN IMMEDIATE`, foreign keys on), PostgreSQL by URL. Every use case runs inside
one `with catalogue.transaction()`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, exc, text

from retention.errors import CatalogueDamagedError, CatalogueUnavailableError, DiskFullError, StaleError

BUSY_TIMEOUT_MS = 60_000
_READING = "retention_reading"


class Catalogue:
    """The database of one workspace."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)

    @property
    def engine(self) -> Engine:
        """Return the engine, for migrations and tests of the store itself."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Run one use case: all of it is kept, or none of it.

        Raises:
            CatalogueDamagedError: The database file is not one, or is corrupt.
            CatalogueUnavailableError: It cannot be opened or reached, or is locked for too long.
            DiskFullError: There is no room; nothing was kept.
            StaleError: A rule of the database refused the change (somebody was quicker).
        """
        with _our_errors(self.url), self._engine.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator["Transaction"]:
        """Look at one consistent state without keeping any writer waiting; raises as `transaction` does."""
        with _our_errors(self.url), self._engine.connect() as plain:
            connection = plain.execution_options(**{_READING: True})
            with connection.begin():
                yield Transaction(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Transaction:
    """A running transaction, handed to the functions of the store; other rooms only pass it on."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this runs on the embedded database."""
        return self.connection.dialect.name == "sqlite"


def sqlite_url(path: str | os.PathLike[str]) -> str:
    """Return the URL of the embedded database at `path`."""
    return f"sqlite:///{Path(path).absolute()}"


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url, **({} if url.startswith("sqlite") else {"pool_pre_ping": True}))
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise CatalogueUnavailableError(
            what=f"the catalogue's address cannot be used: {error}",
            not_done="Nothing was read or changed.",
            next_step="Correct `url` under [catalogue] in retention.toml; for PostgreSQL install the extra: "
            "pip install 'records-retention[postgres]'.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # a DBAPI connection has no type
    connection.isolation_level = None  # the driver must not open deferred transactions of its own
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A deferred transaction that later wants to write loses against a busy scanner (98% of web writes lost).
    deferred = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")


@contextmanager
def _our_errors(url: str) -> Iterator[None]:
    try:
        yield
    except exc.IntegrityError as error:
        raise StaleError(
            what=f"the catalogue refused the change: {error.orig}",
            not_done="Nothing of this step was kept.",
            next_step="Look again: somebody may have done the same a moment ago.",
        ) from error
    except exc.DBAPIError as error:
        raise _translated(error, url) from error


_FULL = ("database or disk is full", "No space left on device", "disk I/O error")
_DAMAGED = ("malformed", "not a database", "file is encrypted", "no such table", "no such column")


def _translated(error: exc.DBAPIError, url: str) -> Exception:
    words = str(error.orig)
    where = make_shown(url)
    if any(sign in words for sign in _FULL):
        return DiskFullError(
            what=f"the catalogue {where} could not be written: {words}",
            not_done="Nothing of this step was kept; what was kept before is whole.",
            next_step="Make room on the disk, then run the same command again.",
        )
    if any(sign in words for sign in _DAMAGED):
        return CatalogueDamagedError(
            what=f"the catalogue {where} is damaged: {words}",
            not_done="Nothing was read or changed; no file on any share was touched.",
            next_step="Restore it from a backup, or move it away, run `retention init` and scan again: "
            "the destruction log, not the catalogue, is the evidence.",
        )
    return CatalogueUnavailableError(
        what=f"the catalogue {where} cannot be used: {words}",
        not_done="Nothing of this step was kept.",
        next_step="Check that the database runs, its address is right and this account may write to it.",
    )


def make_shown(url: str) -> str:
    """Return the address without its password."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415  # only on the way to an error

    return make_url(url).render_as_string(hide_password=True)


def lock_register(tx: Transaction) -> None:
    """Make placing a hold and acting on a file wait for one another, until this transaction ends.

    SQLite has one writer at a time anyway; PostgreSQL needs to be told.
    """
    if not tx.is_sqlite:
        tx.connection.execute(text("LOCK TABLE disposal_hold IN SHARE ROW EXCLUSIVE MODE"))
