"""How long it takes to compare a whole catalogue with a new version of the schedule, and how much memory.

The catalogue is made by writing rows: some thousand made-up files, really appraised, are written again and again under
other paths and digests. What is measured is the product's own `appraise_copies` and `reporting.summary`.
"""

import hashlib
import os
import re
import resource
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import insert, text

from benchmarks.council_files import MadeFile, Maker
from retention.domain.assets import AssetId, InformationAsset, Source, SourceId
from retention.domain.holds import HoldRegister
from retention.domain.people import Person, PersonId, Role
from retention.domain.records import CopyId, CopyState
from retention.services import reporting
from retention.services.appraising.appraising import appraise_copies, appraise_one
from retention.services.appraising.case_folders import CaseFolders
from retention.services.appraising.copied_places import CopiedPlaces
from retention.services.appraising.hearing import Said
from retention.store import appraisals, assets, people, schedules, upgrading
from retention.store.appraisals import Unappraised
from retention.store.catalogue import Catalogue, Transaction, sqlite_url
from retention.store.contents import compressed
from retention.store.in_bulk import BulkWrite
from retention.store.schema import appraisal, content, record_copy
from rules import Classifier, DisposalSchedule, parse_schedule, shipped_schedule_text

SECONDS_GOAL, MEMORY_GOAL_MB = 60, 500
_NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_WITH_TEXT: Final = 0.3
_MADE: Final = 2_000
_FROM_SCRATCH: Final = 20_000
_CHUNK: Final = 5_000
_VERSION: Final = re.compile(r'version: "[^"]*"')
_PERIOD: Final = re.compile(r"period: P\d+Y")


def print_catalogue(schedule: DisposalSchedule, copies: int) -> None:
    """Make a catalogue and print how long each kind of new version takes."""
    with TemporaryDirectory() as place, Catalogue(sqlite_url(Path(place) / "catalogue.db")) as catalogue:
        _prepare(catalogue, schedule)
        files = list(Maker(schedule, seed=6).files(_MADE, with_text=_WITH_TEXT))
        _print_from_scratch(catalogue, schedule, files)
        _fill(catalogue, schedule, files, copies)
        size = Path(place, "catalogue.db").stat().st_size / 1e9
        print(f"{copies:,} copies, {_WITH_TEXT:.0%} with 5 KB of text; the catalogue has {size:.2f} GB; wall seconds")
        for label, later in _versions().items():
            newer = parse_schedule(later, name=label)
            with catalogue.transaction() as tx:
                schedules.publish(tx, later, newer.schedule_version, _NOON)
            _measure(f"a new version: {label}", lambda newer=newer: _apply(catalogue, newer))  # type: ignore[misc]  # bound now
        register = HoldRegister(version=0, holds=(), held_digests={})
        _measure(
            "another day: every queue counted",
            lambda: reporting.summary(catalogue, register, as_of=date(2031, 4, 1)).whole.items,
        )
    print(f"  (goals: {SECONDS_GOAL} s, {MEMORY_GOAL_MB} MB)")


def _versions() -> dict[str, str]:
    """Return the texts of later versions, by what they change; each is compared with the one before."""
    number = _VERSION.sub('version: "next"', shipped_schedule_text(), count=1)
    head, mark, entry = number.replace('version: "next"', 'version: "second-next"').partition("  - id: HS-01\n")
    period = head + mark + _PERIOD.sub("period: P8Y", entry, count=1)
    phrases = (
        head
        + mark
        + _PERIOD.sub("period: P8Y", entry, count=1).replace("phrases: [", "phrases: [fire drill, first aid box, ", 1)
    )
    return {
        "its number": number,
        "the period of one class": period,
        "the phrases of one class": phrases.replace('version: "second-next"', 'version: "third"'),
    }


def _prepare(catalogue: Catalogue, schedule: DisposalSchedule) -> None:
    upgrading.create_or_upgrade(catalogue)
    source = Source(source_id=SourceId("drive"), root="/share", root_inode=1, asset_id=AssetId("drive"), added_at=_NOON)
    with catalogue.transaction() as tx:
        people.add_person(tx, Person(person_id=PersonId("ian"), name="Ian", roles=frozenset({Role.IAO})))
        assets.add_asset(tx, InformationAsset(asset_id=AssetId("drive"), title="Drive", owner_id=PersonId("ian")))
        assets.add_source(tx, source)
        schedules.publish(tx, shipped_schedule_text(), schedule.schedule_version, _NOON)


def _print_from_scratch(catalogue: Catalogue, schedule: DisposalSchedule, files: Sequence[MadeFile]) -> None:
    """Appraise some thousand copies that no version was applied to, and take them away again."""
    with catalogue.transaction() as tx:
        for start in range(0, _FROM_SCRATCH, _CHUNK):
            _write(tx, files, range(start, start + _CHUNK))
    seconds = _measure(f"{_FROM_SCRATCH:,} copies from scratch", lambda: _apply(catalogue, schedule))
    print(f"    so {1_000_000 / _FROM_SCRATCH * seconds:,.0f} s for a million")
    with catalogue.transaction() as tx:
        for table in (appraisal, record_copy, content):
            tx.connection.execute(table.delete())


def _fill(catalogue: Catalogue, schedule: DisposalSchedule, files: Sequence[MadeFile], copies: int) -> None:
    classifier = Classifier(schedule)
    with catalogue.reading() as tx:
        said = Said(tx)
        rows = [_appraised(tx, classifier, file, said) for file in files]
    for start in range(0, copies, _CHUNK):
        numbers = range(start, min(start + _CHUNK, copies))
        with catalogue.transaction() as tx:
            _write(tx, files, numbers)
            _APPRAISALS.run(tx, [(number + 1, *rows[number % _MADE]) for number in numbers])
    with catalogue.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _appraised(tx: Transaction, classifier: Classifier, file: MadeFile, said: Said) -> tuple[Any, ...]:
    copy = Unappraised(
        copy_id=CopyId(0),
        source_id=SourceId("drive"),
        sha256="",
        path=file.path,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        modified_ns=int(file.modified_at.timestamp()) * 10**9,
        words=compressed(file.text),
        properties={},
        here_since=file.modified_at,
    )
    made = appraise_one(tx, classifier, copy, said, copied="", folders=CaseFolders(CopiedPlaces()))
    return appraisals.encoded(classifier.schedule.schedule_version, made).row[1:]


def _write(tx: Transaction, files: Sequence[MadeFile], numbers: range) -> None:
    contents, copies = [], []
    for number in numbers:
        file = files[number % _MADE]
        sha256 = hashlib.sha256(b"%d" % number).hexdigest()
        path = f"{number // _MADE:04}/{file.path}"
        contents.append((sha256, file.size_bytes, file.media_type, True, False, _words(file), "{}", "[]", 0, ""))
        times = int(file.modified_at.timestamp()) * 10**9
        where = (number + 1, "drive", os.fsencode(path), path, str(CopyState.PRESENT))
        copies.append(
            (
                *where,
                "",
                "",
                file.size_bytes,
                times,
                number,
                7,
                1,
                sha256,
                "2026-03-02T12:00:00.000000+00:00",
                "scan",
                "examined",
                0,
            )
        )
    _CONTENTS.run(tx, contents)
    _COPIES.run(tx, copies)


_packed: dict[int, bytes | None] = {}


def _words(file: MadeFile) -> bytes | None:
    if id(file) not in _packed:
        _packed[id(file)] = compressed(file.text)
    return _packed[id(file)]


def _apply(catalogue: Catalogue, schedule: DisposalSchedule) -> int:
    return appraise_copies(catalogue, schedule, on_progress=lambda _told: None)


def _measure(label: str, work: Callable[[], object]) -> float:
    """Print how long `work` takes, and the most memory that this process and its children have at one moment."""
    stopping, most = threading.Event(), [0]
    watcher = threading.Thread(target=_watch_memory, args=(stopping, most))
    watcher.start()
    began_seconds, before = time.perf_counter(), _cpu_seconds()
    done = work()
    seconds = time.perf_counter() - began_seconds
    stopping.set()
    watcher.join()
    cpu_seconds = sum(_cpu_seconds()) - sum(before)
    print(
        f"  {label:44} {seconds:>8,.1f} s {cpu_seconds:>8,.1f} CPU s {most[0] / 2**20:>8,.0f} MB   ({done:,} copies)",
        flush=True,
    )
    return seconds


def _cpu_seconds() -> tuple[float, ...]:
    return os.times()[:4]


def _watch_memory(stopping: threading.Event, most: list[int]) -> None:
    while not stopping.wait(0.2):
        most[0] = max(most[0], sum(_resident_bytes(pid) for pid in _family()))


def _family() -> Iterator[int]:
    yield os.getpid()
    for task in Path("/proc/self/task").iterdir():
        try:
            children = (task / "children").read_text(encoding="ascii")
        except OSError:  # the thread has ended
            continue
        yield from map(int, children.split())


def _resident_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # the process has ended
        return 0
    return pages * resource.getpagesize()


_CONTENT_NAMES: Final = (
    "sha256", "size_bytes", "media_type", "text_read", "is_unread", "words", "properties", "problems", "member_count",
    "read_by",
)  # fmt: skip
_COPY_NAMES: Final = (
    "copy_id", "source_id", "path", "path_text", "state", "finding", "detail", "size_bytes", "modified_ns", "inode",
    "device", "link_count", "sha256", "first_seen_at", "last_scan_id", "last_finding", "changed_ns",
)  # fmt: skip
_CONTENTS: Final = BulkWrite(insert(content), _CONTENT_NAMES)
_COPIES: Final = BulkWrite(insert(record_copy), _COPY_NAMES)
_APPRAISALS: Final = BulkWrite(insert(appraisal), [column.name for column in appraisal.columns])
