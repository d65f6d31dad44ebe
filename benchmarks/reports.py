"""How long the catalogue takes to answer for a great many files: processor seconds of this program, all of it.

    python benchmarks/reports.py [--files 1000000]

Fills a new catalogue with files in sixty classes on twelve shares, one in five of them a copy of another, and asks
for the summary, without holds and with one on a folder, for what is over-retained by class and share with its owner,
and for the duplicates, all together and one by one. "Every file judged" is what a list such as the overdue files
costs, and what the summary cost while it judged every file itself. The sums are kept beforehand, as the end of a scan
does; what that costs for all files at once is said apart. Each of the first three is the best of three.
"""

import argparse
import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Table

from retention.domain.assets import AssetId, InformationAsset, Source, SourceId
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldRegister, HoldScope, register_of
from retention.domain.people import Person, PersonId, Role
from retention.services import reporting
from retention.services.summing_up import keep_sums
from retention.store import assets, people, records, upgrading
from retention.store.catalogue import Catalogue, sqlite_url
from retention.store.in_bulk import BulkWrite
from retention.store.schema import appraisal, content, record_copy, schedule

_NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_TODAY: Final = date(2026, 3, 2)
_TYPES: Final = ("application/pdf", "text/plain", "application/msword", "image/png", "message/rfc822")
_SHARES: Final = 12
_CLASSES: Final = 60
_NOBODY: Final = HoldRegister(version=0, holds=(), held_digests={})


def _digest(content_number: int) -> str:
    return hashlib.sha256(b"%d" % content_number).hexdigest()


def contents(files: int) -> Iterator[dict[str, Any]]:
    """Yield what was read: four contents for five files."""
    rest = {"text_read": True, "words": bytes(600), "properties": '{"author": "Rees"}', "problems": "[]"}
    for number in range(files * 4 // 5 + 1):
        kind = {"media_type": _TYPES[number % 5], "is_unread": number % 97 == 0}
        yield {
            "sha256": _digest(number),
            "size_bytes": number % 99_999,
            **kind,
            **rest,
            "member_count": 0,
            "read_by": "1",
        }


def copies(files: int) -> Iterator[dict[str, Any]]:
    """Yield the files; some are gone, some are not examined, some have two names."""
    states = {0: "missing", 1: "skipped"}
    for number in range(files):
        path = f"Finance/Invoices/{number // 100:05}/invoice {number:07}.pdf"
        state = states.get(number % 50, "present")
        yield {
            "copy_id": number + 1,
            "source_id": f"share-{number * _SHARES // files}",
            "path": path.encode(),
            "path_text": path,
            "state": state,
            "finding": "symlink" if state == "skipped" else "",
            "detail": "",
            "size_bytes": number * 4 // 5 % 99_999,
            "modified_ns": number,
            "inode": number,
            "device": 7,
            "link_count": 2 if number % 50 == 2 else 1,  # any two of a hundred
            "sha256": None if state == "skipped" else _digest(number * 4 // 5),
            "first_seen_at": _NOON.isoformat(),
            "last_scan_id": "scan",
            "last_finding": "examined",
            "changed_ns": 0,
        }


def appraisals(files: int) -> Iterator[dict[str, Any]]:
    """Yield what the rules made of them: eight of ten have a class and a day, one of five a deadline."""
    chance = random.Random(7)  # noqa: S311  # the same files every time
    rest = {"explanation": bytes(500), "reasons": json.dumps(["6 years after the financial year"]), "questions": "[]"}
    for number in range(files):
        outcome = {8: "unclassified", 9: "conflict"}.get(number % 10, "classified")
        is_classified = outcome == "classified"
        day = f"20{chance.randrange(16, 36)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        flags = [f"no_longer_than:{day}"] if is_classified and chance.random() < 0.2 else []
        yield {
            "copy_id": number + 1,
            "schedule_version": "v1",
            "outcome": outcome,
            "class_id": f"C-{chance.randrange(_CLASSES):02}" if is_classified else None,
            "action": chance.choice((4, 4, 4, 2)) if is_classified else None,
            "due_earliest": day if is_classified else None,
            "due_latest": day if is_classified and number % 7 else None,
            **rest,
            "flags": json.dumps(flags),
            "asked": "[]",
            "is_stale": False,
        }


def fill(catalogue: Catalogue, files: int) -> None:
    """Write all of it."""
    upgrading.create_or_upgrade(catalogue)
    with catalogue.transaction() as tx:
        people.add_person(tx, Person(person_id=PersonId("ian"), name="Ian", roles=frozenset({Role.IAO})))
        assets.add_asset(tx, InformationAsset(asset_id=AssetId("finance"), title="Finance", owner_id=PersonId("ian")))
        for number in range(_SHARES):
            share = SourceId(f"share-{number}")
            assets.add_source(
                tx,
                Source(
                    source_id=share,
                    root=f"/{share}",
                    root_inode=number,
                    asset_id=AssetId("finance"),
                    added_at=_NOON,
                ),
            )
        tx.connection.execute(
            schedule.insert().values(schedule_version="v1", content="", published_at=_NOON.isoformat(), position=1)
        )
    _write(catalogue, content, contents(files))
    _write(catalogue, record_copy, copies(files))
    _write(catalogue, appraisal, appraisals(files))


def _write(catalogue: Catalogue, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    with catalogue.transaction() as tx:
        writing: BulkWrite | None = None
        while part := list(islice(rows, 5_000)):
            writing = writing or BulkWrite(table.insert(), list(part[0]))
            writing.run(tx, [tuple(row.values()) for row in part])


def a_hold(catalogue: Catalogue) -> HoldRegister:
    """Return what is held when one folder is."""
    hold = DisposalHold(
        hold_id=HoldId("H-1"),
        kind=HoldKind.LITIGATION,
        reason="claim 7",
        mandate="solicitor",
        owner_id=PersonId("ian"),
        scope=HoldScope(path="Finance/Invoices/00001"),
        placed_at=_NOON,
        reassess_on=_TODAY,
    )
    with catalogue.reading() as tx, closing(records.hold_subjects(tx, [hold])) as subjects:
        return register_of(1, [hold], subjects)


def seconds_of(ask: Callable[[], object]) -> float:
    """Return the processor seconds that an answer takes."""
    began_seconds = time.process_time()
    ask()
    return time.process_time() - began_seconds


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--files", type=int, default=1_000_000)
    files = asked.parse_args().files
    with TemporaryDirectory() as place, Catalogue(sqlite_url(Path(place) / "catalogue.db")) as catalogue:
        fill(catalogue, files)
        print(f"{files:,} files: processor seconds")
        _say("keeping the sums of all files", seconds_of(lambda: keep_sums(catalogue)))
        held = a_hold(catalogue)
        sums: dict[str, Callable[[], object]] = {
            "duplicates, all together": lambda: reporting.duplicates_together(catalogue),
            "over-retained, by class and owner": lambda: reporting.over_retained(catalogue, _NOBODY, as_of=_TODAY),
            "summary": lambda: reporting.summary(catalogue, _NOBODY, as_of=_TODAY),
        }
        for name, ask in sums.items():
            _say(name, min(seconds_of(ask) for _ in range(3)))
        questions: dict[str, Callable[[], object]] = {
            "summary, one folder held": lambda: reporting.summary(catalogue, held, as_of=_TODAY),
            "the register of that hold": lambda: a_hold(catalogue),
            "all duplicates": lambda: sum(1 for _ in reporting.duplicates(catalogue)),
            "every file judged": lambda: sum(1 for _ in reporting.overdue(catalogue, _NOBODY, as_of=_TODAY)),
        }
        for name, ask in questions.items():
            _say(name, seconds_of(ask))
    return 0


def _say(name: str, seconds: float) -> None:
    print(f"  {name:34} {seconds:>9.4f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
