"""How values stand in the file of the sidecar, and how they are read out of it.

Stands between `value_keys` and `sidecar`. A table `sealed` holds them; what an earlier version wrote stands unsealed in
a table `disclosures` until the log is next opened for writing.
"""

import sqlite3
from pathlib import Path

from disposal_log.files.value_keys import ValueKeys, can_open

TABLES = """
CREATE TABLE IF NOT EXISTS sealed (
    seq   INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    key   INTEGER NOT NULL,
    value BLOB    NOT NULL,
    PRIMARY KEY (seq, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intended (
    entry TEXT    NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    PRIMARY KEY (entry, first, last, name)
) WITHOUT ROWID;
"""


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open read-only; on media where even reading WAL is refused, as an unchanging file."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        db = sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True, check_same_thread=False)
        try:
            table = "disclosures" if has_plain(db) else "sealed"
            db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()  # noqa: S608  # two names of our own
        except sqlite3.OperationalError:
            db.close()
        else:
            return db
    raise sqlite3.OperationalError("it cannot be opened for reading")


def has_plain(db: sqlite3.Connection) -> bool:
    """Tell whether an earlier version wrote this, which did not seal the values."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'disclosures'").fetchone() is not None


def rows_of(db: sqlite3.Connection, keys: ValueKeys, first: int, stop: int) -> dict[int, dict[str, str]]:
    """Read the disclosures of entries `first` up to `stop`; "" for a value that its key does not open."""
    found: dict[int, dict[str, str]] = {}
    if has_plain(db):
        query = "SELECT seq, name, text FROM disclosures WHERE seq >= ? AND seq < ?"
        for seq, name, text in db.execute(query, (first, stop)):
            # SQLite keeps any type in any column; what is not text can match no commitment
            found.setdefault(seq, {})[name] = text if isinstance(text, str) else ""
    if not can_open() or (db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sealed'").fetchone() is None):
        return found
    rows = db.execute("SELECT seq, name, key, value FROM sealed WHERE seq >= ? AND seq < ?", (first, stop)).fetchall()
    is_fresh = False
    for seq, name, number, value in rows:
        sealer = keys.sealer(number)
        if sealer is None and not is_fresh:
            keys.refresh()
            is_fresh, sealer = True, keys.sealer(number)
        if sealer is not None:  # a value whose key was destroyed is gone
            opened = sealer.open(value, bound_to=place_of(seq, name)) if isinstance(value, bytes) else None
            found.setdefault(seq, {})[name] = "" if opened is None else opened.decode("ascii", "replace")
    return found


def place_of(seq: int, name: str) -> bytes:
    """Spell what a sealed value is bound to, so that it opens nowhere else."""
    return f"{seq} {name}".encode()
