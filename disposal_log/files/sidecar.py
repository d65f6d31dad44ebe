"""The sidecar: disclosed values, which may be deleted, and the index of ids, which may be rebuilt.

Stands above `value_keys`. Neither file is part of the proof. Deleting a value here is an erasure: SQLite overwrites
it, and no proof changes. Values are sealed (AES-256-GCM), bound to their entry and name.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from disposal_log.errors import SidecarError
from disposal_log.files.sealed_rows import TABLES, connect_to_read, has_plain, place_of, rows_of
from disposal_log.files.value_keys import VALUE_KEYS_FILE, ValueKeys, can_open

DISCLOSURES_FILE = "disclosures.db"
INDEX_FILE = "ids.db"

_TOLD = 1  # `user_version` once the log knows of this file: one that is new beside an old log hides a loss
_ERASE_STEP = 20_000
_PLAIN_STEP = 5_000
_INDEX_TABLES = """
CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS covered (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER, first BLOB);
CREATE TABLE IF NOT EXISTS written (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER, first BLOB);
"""
_QUERY_BATCH = 500
# Ids are random, so each touches another page of the index: many at once cost a fraction of many times few.
_PENDING_IDS = 32_768


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SidecarError(path=path, reason=str(error)) from error


Row: TypeAlias = tuple[int, str, str, str]
"""Entry number, field name, disclosure, and whose key seals it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSpan:
    """The values of these names in entries `first` to `last`, both included."""

    first: int
    last: int
    names: tuple[str, ...]


class Sidecar:
    """The disclosed values of a log, by entry number and field name, each sealed with the key of its batch."""

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
            self.has_plain = has_plain(self._db)
            self._db.executescript(TABLES)
        self._path.chmod(0o600)
        self._keys = ValueKeys(directory)

    @property
    def lost(self) -> tuple[str, ...]:
        """The files that are not those of this log: made anew just now, and nobody was told yet."""
        with _our_errors(self._path):
            [version] = self._db.execute("PRAGMA user_version").fetchone()
            has_values = self._db.execute("SELECT 1 FROM sealed LIMIT 1").fetchone() is not None
        is_new = version < _TOLD and not self.has_plain
        is_keyless = has_values and not self._keys.is_there
        return (DISCLOSURES_FILE,) * is_new + (VALUE_KEYS_FILE,) * is_keyless

    def be_told(self) -> None:
        """Note that the log knows what is in these files, and what is not.

        Raises:
            SidecarError: if the disk refuses.
        """
        self._keys.make_file()
        with _our_errors(self._path):
            self._db.execute(f"PRAGMA user_version = {_TOLD}")

    def store(self, rows: Iterable[Row]) -> None:
        """Keep values; durable when it returns.

            A row may replace one of an append that never happened.

        Raises:
            SidecarError, OSError: if the disk refuses; nothing of the rows is kept.
        """
        sealed = [self._sealed(row) for row in rows]
        with _our_errors(self._path), _transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?)", sealed)

    def drop_from(self, size: int) -> None:
        """Drop the values of entries that never entered the log.

        Raises:
            SidecarError: if the disk refuses.
        """
        with _our_errors(self._path):
            for table in self._tables():
                self._db.execute(f"DELETE FROM {table} WHERE seq >= ?", (size,))  # noqa: S608  # two names of our own

    def intend(self, entry_id: str, spans: Iterable[ValueSpan]) -> None:
        """Note which values are to be erased once the log has the entry of this id; durable when it returns.

        Raises:
            SidecarError: if the disk refuses.
        """
        rows = [(entry_id, span.first, span.last, name) for span in spans for name in span.names]
        with _our_errors(self._path), _transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO intended VALUES (?, ?, ?, ?)", rows)

    def intended(self) -> Mapping[str, tuple[ValueSpan, ...]]:
        """Give, by entry, the values that were to be erased when the process ended."""
        found: dict[str, tuple[ValueSpan, ...]] = {}
        with _our_errors(self._path):
            for entry_id, first, last, name in self._db.execute("SELECT entry, first, last, name FROM intended"):
                found[entry_id] = (*found.get(entry_id, ()), ValueSpan(first=first, last=last, names=(name,)))
        return found

    def forget_intent(self, entry_id: str) -> None:
        """Forget what was to be erased: it is done, or the log never had the entry.

        Raises:
            SidecarError: if the disk refuses.
        """
        with _our_errors(self._path):
            self._db.execute("DELETE FROM intended WHERE entry = ?", (entry_id,))

    def erase(self, spans: Iterable[ValueSpan]) -> int:
        """Erase values, and every key that seals nothing any more; give how many values there were.

        In steps, so that a large batch fills no disk; cut short, it can be done again. Where a key still seals others
        the file is written anew, so that no free page keeps what it sealed.

        Raises:
            SidecarError: if the disk refuses.
        """
        touched: set[int] = set()
        with _our_errors(self._path):
            before = self._db.total_changes
            for span in spans:
                for first in range(span.first, span.last + 1, _ERASE_STEP):
                    touched |= self._erase(first, min(span.last, first + _ERASE_STEP - 1), span.names)
            erased = self._db.total_changes - before
            used = {number for (number,) in self._db.execute("SELECT DISTINCT key FROM sealed")}
        destroyed = self._keys.destroy_all_but(used)
        with _our_errors(self._path):
            if not touched or touched - destroyed:
                self._db.execute("VACUUM")
            [is_busy, _, _] = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise SidecarError(path=self._path, reason="somebody reads it, so what is erased cannot be overwritten yet")
        return erased

    def plain(self) -> list[tuple[int, str, str]]:
        """Give the next `(seq, name, disclosure)` that an earlier version kept unsealed."""
        query = "SELECT seq, name, text FROM disclosures ORDER BY seq, name LIMIT ?"
        with _our_errors(self._path):
            return self._db.execute(query, (_PLAIN_STEP,)).fetchall()

    def seal_plain(self, rows: Iterable[Row]) -> None:
        """Seal values that stood here unsealed; each is in one of the two tables at any moment.

        Raises:
            SidecarError, OSError: if the disk refuses; nothing was changed.
        """
        sealed = [self._sealed(row) for row in rows]
        with _our_errors(self._path), _transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?)", sealed)
            self._db.executemany("DELETE FROM disclosures WHERE seq = ? AND name = ?", [row[:2] for row in sealed])

    def end_plain(self) -> None:
        """Remove the table that held values unsealed, and every trace of them in the file.

        Raises:
            SidecarError: if the disk refuses.
        """
        with _our_errors(self._path):
            self._db.execute("VACUUM")  # first: the table is the sign that this is still to be done
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            with _transaction(self._db):
                self._db.execute("DROP TABLE disclosures")
                self._db.execute(f"PRAGMA user_version = {_TOLD}")
        self.has_plain = False

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`."""
        with _our_errors(self._path):
            return rows_of(self._db, self._keys, first, stop)

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._db.close()

    def _tables(self) -> tuple[str, ...]:
        return ("sealed", "disclosures") if self.has_plain else ("sealed",)

    def _sealed(self, row: Row) -> tuple[int, str, int, bytes]:
        seq, name, text, scope = row
        number, sealer = self._keys.for_scope(scope)
        return seq, name, number, sealer.seal(text.encode("ascii"), bound_to=place_of(seq, name))

    def _erase(self, first: int, last: int, names: tuple[str, ...]) -> set[int]:
        touched: set[int] = set()
        where = "WHERE seq BETWEEN ? AND ? AND name = ?"
        with _transaction(self._db):
            for name in names:
                span = (first, last, name)
                touched |= {key for (key,) in self._db.execute(f"SELECT DISTINCT key FROM sealed {where}", span)}  # noqa: S608  # no value in it
                for table in self._tables():
                    self._db.execute(f"DELETE FROM {table} {where}", span)  # noqa: S608  # two names of our own
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return touched


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
            self._db = connect_to_read(self._path)
        self._keys = ValueKeys(directory)

    @property
    def can_open(self) -> bool:
        """Whether this machine has what opens sealed values; without it they are not seen."""
        return can_open()

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`; "" for a value that its key does not open.

        Raises:
            SidecarError: if the file is no sidecar.
        """
        with _our_errors(self._path):
            return rows_of(self._db, self._keys, first, stop)

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
        self._pending: dict[bytes, int] = {}  # known, and not yet in the file
        self._pending_end = (0, b"")
        try:
            self._db = self._connect()
        except sqlite3.DatabaseError:
            self._db = self._start_over()

    def covered(self) -> tuple[int, bytes]:
        """Give how many entries are indexed in the file, and the leaf hash of the first of them."""
        with _our_errors(self._path):
            row = self._db.execute("SELECT size, first FROM covered").fetchone()
            written = self._db.execute("SELECT 0, first FROM written").fetchone()
        return row or written or (0, b"")

    def written(self) -> int:
        """Give how many entries of this log were written on this machine, indexed or not."""
        with _our_errors(self._path):
            row = self._db.execute("SELECT size FROM written").fetchone()
        return max(self.covered()[0], row[0] if row else 0)

    def reset(self) -> None:
        """Empty the index.

        Raises:
            SidecarError: if the disk refuses.
        """
        self._pending.clear()
        with _our_errors(self._path):
            self._db.close()
        self._db = self._start_over()

    def add(self, pairs: Iterable[tuple[str, int]], *, size: int, first: bytes) -> None:
        """Index ids; the index knows all of `size` entries afterwards.

        The file follows when many have come together, and when it is closed. What a killed process had not yet
        put there is read from the log again.

        Raises:
            SidecarError: if the disk refuses or an id is there already.
        """
        self._pending |= {bytes.fromhex(entry_id.replace("-", "")): seq for entry_id, seq in pairs}
        self._pending_end = (size, first)
        if len(self._pending) >= _PENDING_IDS:
            self._flush()
            return
        with _our_errors(self._path):
            self._db.execute("INSERT OR REPLACE INTO written VALUES (1, ?, ?)", self._pending_end)

    def _flush(self) -> None:
        with _our_errors(self._path), _transaction(self._db):
            # in the order of the index, so that each of its pages is visited once
            self._db.executemany("INSERT INTO ids VALUES (?, ?)", sorted(self._pending.items()))
            self._db.execute("INSERT OR REPLACE INTO covered VALUES (1, ?, ?)", self._pending_end)
        self._pending.clear()

    def find(self, ids: Iterable[str]) -> Mapping[str, int]:
        """Give the entry numbers of those ids that are in the log."""
        wanted = {key: entry_id for entry_id in ids if (key := _uuid_bytes(entry_id)) is not None}
        found = {wanted[key]: self._pending[key] for key in wanted.keys() & self._pending.keys()}
        keys = [key for key in wanted if key not in self._pending]
        with _our_errors(self._path):
            for at in range(0, len(keys), _QUERY_BATCH):
                part = keys[at : at + _QUERY_BATCH]
                marks = ",".join("?" * len(part))
                rows = self._db.execute(f"SELECT id, seq FROM ids WHERE id IN ({marks})", part)  # noqa: S608  # only marks
                found |= {wanted[key]: seq for key, seq in rows}
        return found

    def close(self) -> None:
        """Put what is pending into the file and close it."""
        if self._pending:
            with suppress(SidecarError):  # it can be read from the log again
                self._flush()
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


def _uuid_bytes(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
