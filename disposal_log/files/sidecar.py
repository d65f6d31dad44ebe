"""The sidecar: disclosed values, which may be deleted, and the index of ids, which may be rebuilt.

Stands above `disclosures`. Neither file is part of the proof. Deleting a value here is an erasure: SQLite
overwrites it, and no proof changes.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from disposal_log.errors import SidecarError

DISCLOSURES_FILE = "disclosures.db"
INDEX_FILE = "ids.db"

_DISCLOSURES_TABLE = """
CREATE TABLE IF NOT EXISTS disclosures (
    seq  INTEGER NOT NULL,
    name TEXT    NOT NULL,
    text TEXT    NOT NULL,
    PRIMARY KEY (seq, name)
) WITHOUT ROWID
"""
_INDEX_TABLES = """
CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS covered (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER, first BLOB);
"""
_QUERY_BATCH = 500


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SidecarError(path=path, reason=str(error)) from error


class Sidecar:
    """The disclosed values of a log, by entry number and field name."""

    def __init__(self, directory: Path) -> None:
        """Open the sidecar for writing, making it when it is new.

        Raises:
            SidecarError: if the file is no sidecar or cannot be written.
        """
        self._path = directory / DISCLOSURES_FILE
        with _our_errors(self._path):
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute(_DISCLOSURES_TABLE)
        self._path.chmod(0o600)

    def store(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Keep `(seq, name, disclosure)` rows; durable when it returns.

        A row may replace one of an append that never happened.

        Raises:
            SidecarError: if the disk refuses; nothing of the rows is kept.
        """
        with _our_errors(self._path), _transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO disclosures VALUES (?, ?, ?)", rows)

    def drop_from(self, size: int) -> None:
        """Drop the values of entries that never entered the log.

        Raises:
            SidecarError: if the disk refuses.
        """
        with _our_errors(self._path):
            self._db.execute("DELETE FROM disclosures WHERE seq >= ?", (size,))

    def erase(self, first: int, last: int, names: Iterable[str]) -> int:
        """Erase the named values of entries `first` to `last`; give how many there were.

        Free pages and the write-ahead file are cleaned too, so that the values are gone from these files.
        Backups of the sidecar are not reached.

        Raises:
            SidecarError: if the disk refuses.
        """
        rows = [(first, last, name) for name in names]
        with _our_errors(self._path):
            before = self._db.total_changes
            with _transaction(self._db):
                self._db.executemany("DELETE FROM disclosures WHERE seq BETWEEN ? AND ? AND name = ?", rows)
            erased = self._db.total_changes - before
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return erased

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`."""
        with _our_errors(self._path):
            return _rows_of(self._db, first, stop)

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._db.close()


class SidecarReader:
    """The disclosed values as an auditor reads them: nothing is written, not even a lock."""

    def __init__(self, directory: Path) -> None:
        """Open a sidecar read-only.

        Raises:
            SidecarError: if there is none or it cannot be read.
        """
        self._path = directory / DISCLOSURES_FILE
        if not self._path.is_file():
            raise SidecarError(path=self._path, reason="there is no such file")
        with _our_errors(self._path):
            self._db = _connect_to_read(self._path)

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`.

        Raises:
            SidecarError: if the file is no sidecar.
        """
        with _our_errors(self._path):
            return _rows_of(self._db, first, stop)

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._db.close()


class IdIndex:
    """Which id stands at which entry. Derived from the log; made again when it does not fit."""

    def __init__(self, directory: Path) -> None:
        """Open the index, or an empty one when the file is damaged.

        Raises:
            SidecarError: if even an empty index cannot be made.
        """
        self._path = directory / INDEX_FILE
        try:
            self._db = self._connect()
        except sqlite3.DatabaseError:
            self._db = self._start_over()

    def covered(self) -> tuple[int, bytes]:
        """Give how many entries are indexed, and the leaf hash of the first of them."""
        with _our_errors(self._path):
            row = self._db.execute("SELECT size, first FROM covered").fetchone()
        return (row[0], row[1]) if row else (0, b"")

    def reset(self) -> None:
        """Empty the index.

        Raises:
            SidecarError: if the disk refuses.
        """
        with _our_errors(self._path):
            self._db.close()
        self._db = self._start_over()

    def add(self, pairs: Iterable[tuple[str, int]], *, size: int, first: bytes) -> None:
        """Index ids; the index covers `size` entries afterwards.

        Raises:
            SidecarError: if the disk refuses or an id is there already.
        """
        with _our_errors(self._path), _transaction(self._db):
            rows = ((bytes.fromhex(entry_id.replace("-", "")), seq) for entry_id, seq in pairs)
            self._db.executemany("INSERT INTO ids VALUES (?, ?)", rows)
            self._db.execute("INSERT OR REPLACE INTO covered VALUES (1, ?, ?)", (size, first))

    def find(self, ids: Iterable[str]) -> Mapping[str, int]:
        """Give the entry numbers of those ids that are in the log."""
        wanted = {key: entry_id for entry_id in ids if (key := _uuid_bytes(entry_id)) is not None}
        found: dict[str, int] = {}
        keys = list(wanted)
        with _our_errors(self._path):
            for at in range(0, len(keys), _QUERY_BATCH):
                part = keys[at : at + _QUERY_BATCH]
                marks = ",".join("?" * len(part))
                rows = self._db.execute(f"SELECT id, seq FROM ids WHERE id IN ({marks})", part)  # noqa: S608  # only marks
                found |= {wanted[key]: seq for key, seq in rows}
        return found

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._db.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            # NORMAL in WAL mode: a power cut may lose the newest rows, which are read from the log again
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(_INDEX_TABLES)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def _start_over(self) -> sqlite3.Connection:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        with _our_errors(self._path):
            return self._connect()


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Open read-only; on media where even reading WAL is refused, as an unchanging file."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        db = sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True, check_same_thread=False)
        try:
            db.execute("SELECT 1 FROM disclosures LIMIT 1").fetchall()
        except sqlite3.OperationalError:
            db.close()
        else:
            return db
    raise sqlite3.OperationalError("it cannot be opened for reading")


def _rows_of(db: sqlite3.Connection, first: int, stop: int) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    query = "SELECT seq, name, text FROM disclosures WHERE seq >= ? AND seq < ?"
    for seq, name, text in db.execute(query, (first, stop)):
        # SQLite keeps any type in any column; what is not text can match no commitment
        found.setdefault(seq, {})[name] = text if isinstance(text, str) else ""
    return found


def _uuid_bytes(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
