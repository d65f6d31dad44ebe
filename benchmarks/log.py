"""How fast the disposal log is written, opened and verified, and in how much memory: one run, no network.

    python -m benchmarks.log [--entries 1000000] [--append 102400] [--large 0] [--folder DIR]

Appending at 256 a group stands beside a bare loop that writes the same bytes and flushes as often, in turn with it:
spelling the entries, which touches no file, is measured apart. Then a
log of `--entries` entries, whole disposals with two commitments each, is opened again and verified with every
semantic check, by a process of its own, whose memory is read afterwards; a tenth of that log beside it tells whether
memory is flat. `--large 10000000` verifies a larger one as well (about 7 GB and half an hour of building).
The end is 1 when a goal is missed.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from disposal_log import JSON, Actor, DisposalLog, EntryDraft, EntryType
from disposal_log.formats.disclosures import commit
from disposal_log.formats.entries import encode_entry

GROUP: Final = 256
APPEND_GOAL: Final = 50_000
FSYNC_SHARE_GOAL: Final = 0.8
REOPEN_GOAL_SECONDS: Final = 0.050
VERIFY_GOAL_SECONDS: Final = 15.0  # for a million entries
VERIFY_GOAL_MIB: Final = 200
_MILLION: Final = 1_000_000
_NOON: Final = datetime(2026, 11, 20, 12, 15, 3, 123456, tzinfo=UTC)
_ENGINE: Final = Actor(kind="service", ref="disposal-engine")
_BATCH_ITEMS: Final = 20_000
_BUILD_GROUP: Final = 8_192
_MANIFEST: Final = "ab" * 32
_RESERVE_BYTES: Final = 1 << 20
_OPENINGS: Final = 7
_ROOT: Final = Path(__file__).resolve().parents[1]
_FLUSHES: Final = 3  # lines, staged checkpoint, directory; and one for disclosed values
_VERIFY: Final = """
import json, resource, sys, time
from pathlib import Path
from disposal_log import verify_log
began = time.process_time()
report = verify_log(Path(sys.argv[1]))
used = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([str(report.verdict), report.size, len(report.problems), used, peak / 1024]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one log of the benchmark stands."""

    folder: Path

    @property
    def log(self) -> Path:
        """The log itself."""
        return self.folder / "log"

    def create(self) -> DisposalLog:
        """Make the log."""
        return DisposalLog.create(**self._parts(), origin="records.example.gov.uk/benchmark").log

    def open(self) -> DisposalLog:
        """Open it again."""
        return DisposalLog.open(**self._parts())

    def _parts(self) -> dict[str, Any]:
        return {
            "directory": self.log,
            "keys_directory": self.folder / "keys",
            "sidecar_directory": self.folder / "sidecar",
            "at": _NOON,
            "reserve_bytes": _RESERVE_BYTES,
        }


class Author:
    """Drafts of whole disposals, the same in every run."""

    def __init__(self, *, has_values: bool) -> None:
        self._ids = random.Random(7)  # noqa: S311  # the same ids in every run
        self._has_values = has_values

    def draft(self, kind: EntryType, body: dict[str, JSON], *, item: int | None = None) -> EntryDraft:
        """Draft one entry; an item has a path and a digest that must not be in the log."""
        spelled = f"{self._ids.getrandbits(128):032x}"
        entry_id = f"{spelled[:8]}-{spelled[8:12]}-{spelled[12:16]}-{spelled[16:20]}-{spelled[20:]}"
        values = {}
        if self._has_values and item is not None:
            path = f"Finance/Accounts payable/2018/Invoices/March/Invoice {item:07d} from a supplier.pdf"
            values = {"path": path, "sha256": spelled + spelled}
        return EntryDraft(type=kind, id=entry_id, time=_NOON, actor=_ENGINE, body=body, disclosures=values)

    def outcome(self, batch: str, item: int, result: str) -> EntryDraft:
        """Draft what became of one item, as the engine says it."""
        body: dict[str, JSON] = {
            "batch": batch,
            "item": item,
            "result": result,
            "reason": "",
            "size": 48_231,
            "class": "FIN-07",
            "rule": "2026-04",
            "method": "name removed, directory flushed",
            "assurance": "L2",
        }
        return self.draft(EntryType.ITEM_OUTCOME, body, item=item)

    def disposals(self) -> Iterator[EntryDraft]:
        """Yield one lawful disposal after the other, for ever."""
        number = 0
        while True:
            number += 1
            yield from self._disposal(f"B-2026-{number:06d}")

    def _disposal(self, batch: str) -> Iterator[EntryDraft]:
        size = _BATCH_ITEMS * 48_231
        head: dict[str, JSON] = {"batch": batch, "asset": "IAR-0042", "manifest": _MANIFEST}
        head |= {"items": _BATCH_ITEMS, "bytes": size}
        proposal = head | {"class": "FIN-07", "schedule": "2026-04", "proposer": "u-rita"}
        yield self.draft(EntryType.BATCH_PROPOSED, proposal)
        approval = head | {"decision": "approve", "role": "IAO", "decider": "u-omar"}
        yield self.draft(EntryType.BATCH_DECISION, approval)
        yield from self._phase(batch, "quarantine", "quarantined")
        check: dict[str, JSON] = {"batch": batch, "phase": "purge", "register_version": "12", "held": 0}
        yield self.draft(EntryType.HOLD_CHECK, check)
        yield from self._phase(batch, "purge", "destroyed")
        sums: dict[str, JSON] = {"counts": {"destroyed": _BATCH_ITEMS}, "bytes": {"destroyed": size}}
        yield self.draft(EntryType.BATCH_CLOSED, {"batch": batch, **sums})

    def _phase(self, batch: str, phase: str, result: str) -> Iterator[EntryDraft]:
        for first in range(0, _BATCH_ITEMS, GROUP):
            items = range(first, min(first + GROUP, _BATCH_ITEMS))
            yield self.draft(EntryType.BATCH_INTENT, {"batch": batch, "phase": phase, "items": list(items)})
            for item in items:
                yield self.outcome(batch, item, result)


def grouped(author: Author, *, entries: int, group: int) -> Iterator[tuple[EntryDraft, ...]]:
    """Yield the first `entries` drafts in groups."""
    drafts = islice(author.disposals(), entries)
    while some := tuple(islice(drafts, group)):
        yield some


class BareLoop:
    """The same bytes and flushes with nothing else: what the disk and the system allow."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._lines = os.open(folder / "lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._values = os.open(folder / "values", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, lines_bytes: int, values_bytes: int, checkpoint_bytes: int) -> float:
        """Append, flush, stage a checkpoint, flush, rename it, flush the directory; give the seconds."""
        lines, values, note = bytes(lines_bytes), bytes(values_bytes), bytes(checkpoint_bytes)
        began_seconds = time.perf_counter()
        if values:
            os.write(self._values, values)
            os.fsync(self._values)
        os.write(self._lines, lines)
        os.fsync(self._lines)
        staged = os.open(self._folder / "checkpoint.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(staged, note)
        os.fsync(staged)
        os.close(staged)
        (self._folder / "checkpoint.tmp").rename(self._folder / "checkpoint")
        directory = os.open(self._folder, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
        return time.perf_counter() - began_seconds

    def close(self) -> None:
        """Let go of the files."""
        os.close(self._lines)
        os.close(self._values)


def spell(drafts: Sequence[EntryDraft], *, first: int) -> tuple[int, int]:
    """Commit and spell as the log does before it touches a file; give the bytes of the lines and of the values."""
    lines_bytes = values_bytes = 0
    for seq, draft in enumerate(drafts, start=first):
        disclosed = {name: commit(name, value) for name, value in draft.disclosures.items()}
        commitments = {name: each.digest for name, each in disclosed.items()}
        lines_bytes += len(encode_entry(draft, seq=seq, commitments=commitments)) + 1
        values_bytes += sum(len(each.text) for each in disclosed.values())
    return lines_bytes, values_bytes


def append_beside_bare_loop(folder: Path, *, entries: int, has_values: bool) -> bool:
    """Append in groups of 256 and, after each group, do the bare writes and flushes; print both."""
    groups = list(grouped(Author(has_values=has_values), entries=entries, group=GROUP))
    place = Place(folder=folder / f"append-{has_values:d}")
    bare = BareLoop(folder / f"bare-{has_values:d}")
    ours: list[float] = []
    spelling: list[float] = []
    bare_loop: list[float] = []
    used_seconds = used_spelling_seconds = 0.0
    with place.create() as log:
        for drafts in groups:
            began_seconds, used_before = time.perf_counter(), time.process_time()
            log.append(drafts)
            ended_seconds = time.perf_counter()
            ours.append(ended_seconds - began_seconds)
            used_between = time.process_time()
            used_seconds += used_between - used_before
            lines_bytes, values_bytes = spell(drafts, first=log.size)
            spelling.append(time.perf_counter() - ended_seconds)
            used_spelling_seconds += time.process_time() - used_between
            bare_loop.append(bare.write(lines_bytes, values_bytes, len(log.checkpoint_note)))
    bare.close()
    # the median group: other people's work on the machine falls on some groups and not on others
    group_seconds, bare_seconds = statistics.median(ours), statistics.median(bare_loop)
    work_seconds = max(group_seconds - statistics.median(spelling), 1e-9)
    share = bare_seconds / work_seconds
    values = "two disclosed values for each item" if has_values else "no disclosed values"
    print(f"append at {GROUP} a group, {entries:,} entries, {values}; of the median group unless noted")
    print(f"  all of it, in sum  {entries / sum(ours):>12,.0f} entries/s")
    print(f"  all of it          {GROUP / group_seconds:>12,.0f} entries/s")
    work = entries / (used_seconds - used_spelling_seconds)
    print(f"  processor time     {entries / used_seconds:>12,.0f} entries/s; of tree and file work {work:,.0f}")
    print(f"  spelling entries   {GROUP / statistics.median(spelling):>12,.0f} entries/s")
    print(f"  tree and file work {GROUP / work_seconds:>12,.0f} entries/s, {share:.0%} of the bare loop")
    print(f"  bare loop          {GROUP / bare_seconds:>12,.0f} entries/s, with {_FLUSHES + has_values} flushes")
    return GROUP / work_seconds >= APPEND_GOAL or share >= FSYNC_SHARE_GOAL


def build(folder: Path, *, entries: int) -> Place:
    """Write a log of that many entries, in larger groups."""
    place = Place(folder=folder)
    began_seconds = time.perf_counter()
    with place.create() as log:
        for drafts in grouped(Author(has_values=True), entries=entries - log.size, group=_BUILD_GROUP):
            log.append(drafts)
    print(f"a log of {entries:,} entries was written in {time.perf_counter() - began_seconds:.0f} s")
    return place


def reopen(place: Place) -> float:
    """Open a closed log some times; print both times and give the shortest processor time."""
    used: list[float] = []
    taken: list[float] = []
    size = 0
    for _ in range(_OPENINGS):
        began_seconds, used_before = time.perf_counter(), time.process_time()
        with place.open() as log:
            taken.append(time.perf_counter() - began_seconds)
            used.append(time.process_time() - used_before)
            size = log.size
    best = f"{min(taken) * 1000:.0f} ms, of processor time {min(used) * 1000:.0f} ms"
    print(f"reopen {size:,} entries: best of {_OPENINGS} {best} (goal {REOPEN_GOAL_SECONDS * 1000:.0f} ms)")
    return min(used)


def verify(place: Place) -> tuple[float, float]:
    """Verify in a process of its own; print and give its processor seconds and its memory in MiB.

    Raises:
        SystemExit: The log did not verify.
    """
    command = (sys.executable, "-c", _VERIFY, str(place.log))
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
    verdict, size, problems, seconds, peak_mib = json.loads(said.stdout)
    if problems:
        message = f"the log did not verify: {verdict}"
        raise SystemExit(message)
    rate = size / seconds
    print(f"verify {size:,} entries: {seconds:.1f} s of processor time, {rate:,.0f} entries/s, {peak_mib:.0f} MiB")
    return seconds, peak_mib


def main() -> int:
    """Measure everything once."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--entries", type=int, default=_MILLION)
    asked.add_argument("--append", type=int, default=102_400)
    asked.add_argument("--large", type=int, default=0)
    asked.add_argument("--folder", type=Path, help="a folder on the disk to be measured; nothing stays in it")
    said = asked.parse_args()
    folder = Path(mkdtemp(prefix="log-benchmark-", dir=said.folder))
    try:
        return _measure(folder, said)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, said: argparse.Namespace) -> int:
    met = {
        "append": append_beside_bare_loop(folder, entries=said.append, has_values=False),
        "append with values": append_beside_bare_loop(folder, entries=said.append, has_values=True),
    }
    _, small_mib = verify(build(folder / "small", entries=max(said.entries // 10, GROUP)))
    whole = build(folder / "whole", entries=said.entries)
    met["reopen"] = reopen(whole) <= REOPEN_GOAL_SECONDS
    seconds, peak_mib = verify(whole)
    met["verify"] = seconds <= VERIFY_GOAL_SECONDS * said.entries / _MILLION
    met["memory"] = peak_mib <= VERIFY_GOAL_MIB
    print(f"memory at ten times the entries: {peak_mib / small_mib:.2f} times")
    if said.large:
        shutil.rmtree(folder / "whole")
        seconds, peak_mib = verify(build(folder / "large", entries=said.large))
        met["large"] = seconds <= VERIFY_GOAL_SECONDS * said.large / _MILLION and peak_mib <= VERIFY_GOAL_MIB
    for name, is_met in met.items():
        print(f"{name}: {'met' if is_met else 'NOT met'}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
