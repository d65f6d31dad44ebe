"""Tampering with the engine's database instead of the log: `retention log verify --db` compares the two."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.tampering.rows import Row
from retention.domain.assets import AssetId
from retention.domain.holds import HoldScope
from retention.services.certifying import issue_certificate
from retention.services.comparing import compare
from tests.integration.disposing.world import ASSET, RITA, World, build_world

# what the log knows of each table, so that a change of it must be noticed
COLUMNS = {
    "batch": (
        "asset_id",
        "class_id",
        "schedule_version",
        "proposer_id",
        "manifest_root",
        "items",
        "size_bytes",
        "state",
    ),
    "batch_item": (
        "source_id",
        "path",
        "size_bytes",
        "modified_ns",
        "inode",
        "sha256",
        "class_id",
        "schedule_version",
        "due_on",
        "evidence",
        "state",
    ),
    "decision": ("decider_id", "decision", "manifest_root", "excluded"),
    "certificate": ("batch_id", "envelope"),
    "disposal_hold": ("state",),
    "log_outbox": ("seq",),
}
_OTHER_VALUES = {"decision": "keep", "excluded": "[0]", "evidence": '["another"]', "due_on": "2011-01-01"}
_STATES = {"batch": "approved", "disposal_hold": "lifted", "batch_item": "failed"}


def catalogue_rows(place: Path, *, every: int = 1) -> list[Row]:
    """Change, remove and add every row of which the log knows, in a small council's catalogue."""
    world = _council(place)
    file = world.workspace.catalogue_file
    good = place / "good.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    shutil.copy(file, good)
    rows = []
    for case, statements in {"changed": _changes(good), "removed": _removals(good), "added": _additions(good)}.items():
        row = Row(case=f"a row of the database {case} (`verify --db`)")
        for statement, values in list(statements)[::every]:
            _put_back(good, file)
            with closing(sqlite3.connect(file)) as database, database:
                database.execute("PRAGMA ignore_check_constraints = ON")
                database.execute(statement, values)
            row.tried += 1
            with world.catalogue() as catalogue:
                if compare(catalogue, world.workspace.log).differences:
                    row.detected += 1
                else:
                    row.missed += 1
                    row.examples.append(f"{statement} {values}")
        rows.append(row)
    return rows


def _council(place: Path) -> World:
    place.mkdir(parents=True)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    world = build_world(place, files=4)
    world.dispose(world.approve(world.propose(), excluded=(3,)).batch_id)
    with world.catalogue() as catalogue, world.log() as log:
        issue_certificate(catalogue, log, "B-0001", person=RITA, at=world.clock.now())
    world.hold(HoldScope(asset_id=AssetId(ASSET)))
    with world.catalogue() as catalogue, world.log() as log:
        world.disposer(catalogue, log)  # which tells the log of the hold
    with world.catalogue() as catalogue:
        if found := compare(catalogue, world.workspace.log).differences:
            raise RuntimeError(f"the untouched catalogue differs: {found}")
    return world


def _put_back(good: Path, file: Path) -> None:
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copy(good, file)


Statement = tuple[str, tuple[object, ...]]


def _row_ids(good: Path, table: str) -> list[int]:
    with closing(sqlite3.connect(good)) as database:
        return [number for (number,) in database.execute(f"SELECT rowid FROM {table}")]  # noqa: S608  # our own names


def _changes(good: Path) -> Iterator[Statement]:
    for table, columns in COLUMNS.items():
        for number in _row_ids(good, table):
            for column in columns:
                with closing(sqlite3.connect(good)) as database:
                    query = f"SELECT {column} FROM {table} WHERE rowid = ?"  # noqa: S608  # our own names
                    [before] = database.execute(query, (number,)).fetchone()
                if before is not None:
                    yield f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (_another(table, column, before), number)  # noqa: S608  # our own names


def _another(table: str, column: str, before: object) -> object:
    if column == "state":
        return _STATES[table]
    if column in _OTHER_VALUES:
        return _OTHER_VALUES[column]
    if isinstance(before, int):
        return before + 1
    return before + b"x" if isinstance(before, bytes) else f"{before}x"


def _removals(good: Path) -> Iterator[Statement]:
    for table in ("batch", "batch_item", "decision", "certificate", "disposal_hold"):
        for number in _row_ids(good, table):
            yield f"DELETE FROM {table} WHERE rowid = ?", (number,)  # noqa: S608  # our own names


def _additions(good: Path) -> Iterator[Statement]:
    """Copy each row under another name."""
    keys = {"batch": "batch_id", "decision": "decision_id", "certificate": "certificate_id", "disposal_hold": "hold_id"}
    for table, key in keys.items():
        with closing(sqlite3.connect(good)) as database:
            names = [str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")]
        columns = ", ".join(f"{name} || '-2'" if name == key else name for name in names)
        for number in _row_ids(good, table):
            yield f"INSERT INTO {table} SELECT {columns} FROM {table} WHERE rowid = ?", (number,)  # noqa: S608  # our own names
