"""The catalogue: opens the database, gives transactions, and turns its troubles into ours.

SQLite by default (WAL, `BEGIN IMMEDIATE`, foreign keys on), PostgreSQL by URL. Every use case runs inside
one `with catalogue.transaction()`.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, text

from retention.domain.naming import shown
from retention.errors import (
    CatalogueDamagedError,
    CatalogueUnavailableError,
    DiskFullError,
    InvalidInputError,
    StaleError,
)
from retention.store.turnstile import Turnstile

BUSY_TIMEOUT_MS = 60_000
_READING = "retention_reading"


class Catalogue:
    """The database of one workspace."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)
        database = self._engine.url.database if self.is_sqlite else None
        self._turnstile = Turnstile(database, patience_seconds=BUSY_TIMEOUT_MS / 1000) if database else None

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
        with _our_errors(self.url), ExitStack() as open_until_done:
            with self._turn():
                connection = open_until_done.enter_context(self._engine.begin())
            yield Transaction(connection)

    @property
    def _reading_options(self) -> dict[str, Any]:
        # by itself PostgreSQL shows each statement what was committed by then: a sum of two would be of no moment
        return {_READING: True} if self.is_sqlite else {_READING: True, "isolation_level": "REPEATABLE READ"}

    @contextmanager
    def reading(self) -> Iterator["Transaction"]:
        """Look at one consistent state without keeping any writer waiting; raises as `transaction` does."""
        with _our_errors(self.url), self._engine.connect() as plain:
            connection = plain.execution_options(**self._reading_options)
            with connection.begin():
                yield Transaction(connection)

    def _turn(self) -> AbstractContextManager[None]:
        return self._turnstile.turn() if self._turnstile else nullcontext()

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
    """Return the URL of the embedded database at `path`.

    Raises:
        InvalidInputError: The path is not UTF-8, which an address must be.
    """
    place = str(Path(path).absolute())
    try:
        return URL.create("sqlite", database=place).render_as_string()  # spells out "?", "#" and "%"
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            what=f"{shown(place)} is not UTF-8, so no catalogue can be kept there",
            not_done="Nothing was read or changed.",
            next_step="Keep the workspace in a folder with a plain name; what is scanned may have any name.",
        ) from error


def catalogue_url(setting: str | None, *, beside: Path) -> str:
    """Return the address that is meant by `url` in the settings: by default the file `beside` the settings.

    Raises:
        CatalogueUnavailableError: It is no address, or one of a database that forgets.
    """
    if setting is None:
        return sqlite_url(beside)
    with _address_errors():
        url = make_url(setting)
    if "@" in (url.host or ""):
        raise _bad_address("a sign in its password is not spelt as a number (@ is %40, / is %2F, : is %3A)")
    if url.get_backend_name() != "sqlite":
        return setting
    if url.database in (None, "", ":memory:"):
        raise _bad_address("a database in memory would forget every hold and every approval")
    return sqlite_url(beside.parent / str(url.database))


def _engine(url: str) -> Engine:
    with _address_errors():
        engine = create_engine(url, **({} if url.startswith("sqlite") else {"pool_pre_ping": True}))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


@contextmanager
def _address_errors() -> Iterator[None]:
    try:
        yield
    except (exc.ArgumentError, ImportError) as error:
        raise _bad_address(str(error)) from error
    except ValueError as error:  # its words may quote a part of a password
        raise _bad_address("its port is not a number, or a sign in its password is not spelt as one") from error


def _bad_address(words: str) -> CatalogueUnavailableError:
    return CatalogueUnavailableError(
        what=f"the catalogue's address cannot be used: {words}",
        not_done="Nothing was read or changed.",
        next_step="Correct `url` under [catalogue] in retention.toml; for PostgreSQL install the extra: "
        "pip install 'records-retention[postgres]'.",
    )


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
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            what=f"{shown(error.object)} holds bytes that are not UTF-8, so it cannot be kept as text",
            not_done="Nothing of this step was kept.",
            next_step="Write it in UTF-8; in the path of a hold, write ? for each byte that cannot be typed.",
        ) from error


_FULL = ("database or disk is full", "No space left on device", "disk I/O error")
_DAMAGED = ("malformed", "not a database", "file is encrypted", "no such table", "no such column")


def _translated(error: exc.DBAPIError, url: str) -> Exception:
    words = str(error.orig)
    where = make_shown(url)
    if any(sign in words for sign in _FULL):
        return DiskFullError(
            what=f"the catalogue {where} could not be written: {words}",
            not_done="Nothing of this step was kept; what was kept before is whole.",
            next_step="See that the disk has room and is sound, then run the same command again.",
        )
    if any(sign in words for sign in _DAMAGED):
        return CatalogueDamagedError(
            what=f"the catalogue {where} is damaged: {words}",
            not_done="Nothing of this step was kept.",
            next_step="Restore it from a backup, or move it away, run `retention init` and scan again: "
            "the destruction log, not the catalogue, is the evidence.",
        )
    return CatalogueUnavailableError(
        what=f"the catalogue {where} cannot be used: {words}",
        not_done="Nothing of this step was kept.",
        next_step="Check that the database runs, its address is right and this account may write to it.",
    )


def make_shown(url: str) -> str:
    """Return the address without its password, and without its options, one of which may be a password."""
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def lock_register(tx: Transaction) -> None:
    """Make placing a hold and acting on a file wait for one another, until this transaction ends.

    SQLite has one writer at a time anyway; PostgreSQL needs to be told.
    """
    if not tx.is_sqlite:
        tx.connection.execute(text("LOCK TABLE disposal_hold IN SHARE ROW EXCLUSIVE MODE"))
