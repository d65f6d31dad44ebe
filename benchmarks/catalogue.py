"""How fast rows reach the catalogue: the way of writing that landing uses, its peers, and whole landings.

    python benchmarks/catalogue.py [--rows 1000000] [--rounds 3]

The first table writes narrow rows of twelve columns into a new database and then makes four indexes. The second
lands the batches of a scan in a real catalogue, every row with its content, durably, with every index and foreign
key; then lands them again, and counts them as unchanged. Works in temporary folders.
"""

import argparse
import hashlib
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Engine, Index, LargeBinary, MetaData, Table, Text, create_engine, insert

from retention.domain.assets import AssetId, InformationAsset, Source, SourceId
from retention.domain.people import Person, PersonId, Role
from retention.domain.records import CopyId, CopyState
from retention.store import assets, ledger, people, scans, upgrading
from retention.store.catalogue import Catalogue, Transaction, sqlite_url
from retention.store.in_bulk import BulkWrite
from retention.store.landing import ContentRead, Sighting, compressed, land
from retention.store.ledger import FoundEntry, LedgerBatch
from retention.store.scans import Scan, ScanState

ROWS_A_SECOND_GOAL: Final = 130_000
_NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_CHUNK: Final = 5_000
_FILES_IN_BATCH: Final = 1_000

_COLUMNS: Final = (
    ("copy_id", BigInteger),
    ("path", LargeBinary),
    ("path_text", Text),
    ("state", Text),
    ("size_bytes", BigInteger),
    ("modified_ns", BigInteger),
    ("inode", BigInteger),
    ("device", BigInteger),
    ("link_count", BigInteger),
    ("sha256", Text),
    ("owner", Text),
    ("due_on", Text),
)
_table: Final = Table("narrow", MetaData(), *(Column(name, kind) for name, kind in _COLUMNS))
_INDEXES: Final = (
    Index("ix_path", _table.c.path),
    Index("ix_digest", _table.c.sha256, _table.c.size_bytes),
    Index("ix_due", _table.c.owner, _table.c.due_on),
    Index("ix_state", _table.c.state, _table.c.modified_ns),
)
_BULK: Final = BulkWrite(_table.insert(), [name for name, _ in _COLUMNS])


def narrow_rows(rows: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of the first table, some thousand at a time."""
    for start in range(0, rows, _CHUNK):
        yield [_narrow(number) for number in range(start, min(start + _CHUNK, rows))]


def _narrow(number: int) -> tuple[Any, ...]:
    path = f"Finance/Invoices/{number // 100:05}/invoice {number:07}.pdf"
    digest = hashlib.sha256(b"%d" % (number * 4 // 5)).hexdigest()
    due_on = f"20{number % 30:02}-03-31"
    return (number, path.encode(), path, "present", number % 99_999, number, number, 7, 1, digest, "finance", due_on)


def in_bulk(engine: Engine, chunks: Iterator[list[tuple[Any, ...]]]) -> None:
    """Write as landing does."""
    with engine.begin() as connection:
        for chunk in chunks:
            _BULK.run(Transaction(connection), chunk)


def core(engine: Engine, chunks: Iterator[list[tuple[Any, ...]]]) -> None:
    """Write as SQLAlchemy's documents say."""
    names = [name for name, _ in _COLUMNS]
    with engine.begin() as connection:
        for chunk in chunks:
            connection.execute(insert(_table), [dict(zip(names, row, strict=True)) for row in chunk])


def raw(engine: Engine, chunks: Iterator[list[tuple[Any, ...]]]) -> None:
    """Write with the driver alone."""
    places = ", ".join("?" * len(_COLUMNS))
    with sqlite3.connect(str(engine.url.database)) as connection:
        for chunk in chunks:
            connection.executemany(f"INSERT INTO narrow VALUES ({places})", chunk)  # noqa: S608  # no word of others
    connection.close()


def rate_of(write: Callable[[Engine, Iterator[list[tuple[Any, ...]]]], None], rows: int) -> float:
    """Return rows a second, without the time it takes to make them up, and with that of the four indexes."""
    chunks = list(narrow_rows(rows))
    with TemporaryDirectory() as place:
        engine = create_engine(f"sqlite:///{place}/narrow.db")
        _table.create(engine, checkfirst=False)
        with engine.begin() as connection:
            for index in _INDEXES:
                index.drop(connection)
        began_seconds = time.perf_counter()
        write(engine, iter(chunks))
        with engine.begin() as connection:
            for index in _INDEXES:
                index.create(connection)
        seconds = time.perf_counter() - began_seconds
        engine.dispose()
    return rows / seconds


def landing_rates(rows: int) -> dict[str, float]:
    """Return rows a second for a first scan, one that reads everything again, and one that finds nothing changed."""
    with TemporaryDirectory() as place, Catalogue(sqlite_url(Path(place) / "catalogue.db")) as catalogue:
        source = _prepared(catalogue)
        numbers = range(0, rows, _FILES_IN_BATCH)
        found = [LedgerBatch(number=n, found=tuple(_found(one) for one in _of(start))) for n, start in enumerate(numbers)]  # fmt: skip  # noqa: E501
        same = [
            LedgerBatch(number=n, unchanged=tuple(CopyId(one + 1) for one in _of(start)))
            for n, start in enumerate(numbers)
        ]
        return {
            "first scan": _landed(catalogue, source, "a", found),
            "everything read again": _landed(catalogue, source, "b", found),
            "nothing changed": _landed(catalogue, source, "c", same),
        }


def _of(start: int) -> range:
    return range(start, start + _FILES_IN_BATCH)


def _prepared(catalogue: Catalogue) -> Source:
    upgrading.create_or_upgrade(catalogue)
    source = Source(
        source_id=SourceId("drive"), root="/share", root_inode=1, asset_id=AssetId("finance"), added_at=_NOON
    )
    with catalogue.transaction() as tx:
        people.add_person(tx, Person(person_id=PersonId("ian"), name="Ian", roles=frozenset({Role.IAO})))
        assets.add_asset(tx, InformationAsset(asset_id=AssetId("finance"), title="Finance", owner_id=PersonId("ian")))
        assets.add_source(tx, source)
    return source


def _landed(catalogue: Catalogue, source: Source, scan_id: str, batches: Sequence[LedgerBatch]) -> float:
    files = sum(batch.files for batch in batches)
    scan = Scan(
        scan_id=scan_id * 36, source_id=source.source_id, state=ScanState.CRAWLING, started_at=_NOON, files=files
    )
    with catalogue.transaction() as tx:
        scans.begin(tx, scan)
        ledger.put(tx, scan.scan_id, batches)
        scans.crawled(tx, scan)
    seconds = 0.0
    for batch in batches:
        sightings = [_seen(entry) for entry in batch.found]
        began_seconds = time.perf_counter()
        with catalogue.transaction() as tx:
            land(tx, scan, batch, sightings, known_destroyed=())
        seconds += time.perf_counter() - began_seconds
    began_seconds = time.perf_counter()
    with catalogue.transaction() as tx:
        scans.finish(tx, scan, at=_NOON)
    return files / (seconds + time.perf_counter() - began_seconds)


def _found(number: int) -> FoundEntry:
    path = f"Finance/Invoices/{number // 100:05}/invoice {number:07}.pdf"
    return FoundEntry(path=path, size_bytes=number % 99_999, modified_ns=number, inode=number, device=7, link_count=1)


_WORDS: Final = compressed("The council resolved to pay the invoice of the contractor. " * 40)


def _seen(entry: FoundEntry) -> Sighting:
    read = ContentRead(
        sha256=hashlib.sha256(b"%d" % (entry.inode * 4 // 5)).hexdigest(),
        size_bytes=entry.size_bytes,
        media_type="application/pdf",
        text_read=True,
        is_unread=False,
        words=_WORDS,
        properties={"author": "Rees", "title": "Invoice"},
        problems=[],
    )
    return Sighting(
        path=entry.path,
        state=CopyState.PRESENT,
        size_bytes=entry.size_bytes,
        modified_ns=entry.modified_ns,
        inode=entry.inode,
        device=entry.device,
        link_count=1,
        content=read,
    )


def main() -> int:
    """Measure and print both tables."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    ways = {"as landing writes": in_bulk, "SQLAlchemy Core": core, "sqlite3 alone": raw}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            rates[name].append(rate_of(way, given.rows))
    print(f"{given.rows:,} rows of 12 columns, 4 indexes afterwards: rows a second, median and best of {given.rounds}")
    for name, found in rates.items():
        print(f"  {name:24} {statistics.median(found):>10,.0f} {max(found):>10,.0f}")
    print(f"  (goal for the first line: {ROWS_A_SECOND_GOAL:,})")
    landed = given.rows // 10 // _FILES_IN_BATCH * _FILES_IN_BATCH
    print(f"{landed:,} files landed with their contents, durably, every index kept: files a second")
    for name, rate in landing_rates(landed).items():
        print(f"  {name:24} {rate:>10,.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
