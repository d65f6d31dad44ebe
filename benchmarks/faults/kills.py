"""Kill a process that appends, changes keys and redacts, at any moment; every entry must be in the log exactly once."""

import os
import random
import signal
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.scenarios import ENGINE, Writer, draft
from benchmarks.told_story import NOON
from disposal_log import DisposalLog, EntryDraft, EntryType, verify_log

LONGEST_LIFE_SECONDS = 0.1
_BATCH = 9
_SPACE = uuid.UUID(int=1)


@dataclass(kw_only=True)
class Kills:
    """What came of killing.

    Attributes:
        killed: How often.
        acknowledged: How many entries the killed processes had said were in the log.
        entries: How many of theirs are in it at the end.
        bad: In words, what is not as it was said.
    """

    killed: int = 0
    acknowledged: int = 0
    entries: int = 0
    bad: list[str] = field(default_factory=list)


def kill_often(place: Path, *, times: int, seed: int) -> Kills:
    """Start and kill a writer so many times, then look."""
    writer = Writer(folder=place)
    writer.folder.mkdir(parents=True, exist_ok=True)
    writer.create().close()
    moments = random.Random(seed)  # noqa: S311  # the same moments in every run
    found = Kills()
    for _ in range(times):
        said = _live_and_die(writer, moments.uniform(0, LONGEST_LIFE_SECONDS))
        found.killed += 1
        found.acknowledged = max(found.acknowledged, said)
        report = _verdict(writer)
        if report:
            found.bad.append(report)
    _look(writer, found)
    return found


def _live_and_die(writer: Writer, seconds: float) -> int:
    """Let a child append from where the log stands, and kill it; give the number up to which it said to be done."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _append_for_ever(writer, writing)
        finally:
            os._exit(1)
    os.close(writing)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        lines = [line for line in pipe.read().splitlines(keepends=True) if line.endswith(b"\n")]
    os.waitpid(child, 0)
    if b"failed\n" in lines:
        raise RuntimeError("the writer could not open its log, or append to it")
    return int(lines[-1]) if lines else 0


def _append_for_ever(writer: Writer, pipe: int) -> None:
    try:
        with writer.open() as log:
            done = _done(log)
            for turn in range(1_000_000):
                numbers = range(done, done + 1 + turn % _BATCH)
                # as the engine's outbox does: what the log has already is not told twice
                told = log.find(map(_id, numbers))
                log.append([_numbered(each) for each in numbers if _id(each) not in told])
                done = numbers.stop
                os.write(pipe, b"%d\n" % done)
                if turn % 5 == 2:  # now and then
                    log.rotate(at=NOON)
                if turn % 5 == 4:  # now and then
                    last = log.size - 1
                    log.redact(
                        draft(EntryType.REDACTION, {"ground": "article 17"}), first=last, last=last, names=["path"]
                    )
    except Exception:
        os.write(pipe, b"failed\n")
        raise


def _done(log: DisposalLog) -> int:
    numbers = [each.entry["number"] for each in log.entries() if "number" in each.entry]
    return max(0, len(numbers) - 3)  # a few once more, which must not be there twice


def _id(number: int) -> str:
    return str(uuid.uuid5(_SPACE, str(number)))


def _numbered(number: int) -> EntryDraft:
    return EntryDraft(
        type=EntryType.EVENT_ATTESTED,
        id=_id(number),
        time=NOON,
        actor=ENGINE,
        body={"number": number},
        disclosures={"path": f"file {number}"},
    )


def _verdict(writer: Writer) -> str:
    """Open what is left, as the next command does, and verify it."""
    with writer.open():
        pass
    report = verify_log(writer.log, sidecar=writer.sidecar)
    return report.to_text() if report.exit_code or report.missing else ""


def _look(writer: Writer, found: Kills) -> None:
    with writer.open() as log:
        numbers = [each.entry["number"] for each in log.entries() if "number" in each.entry]
    found.entries = len(numbers)
    if len(set(map(str, numbers))) != len(numbers):
        found.bad.append("an entry is there twice")
    if sorted(map(int, map(str, numbers))) != list(range(len(numbers))):
        found.bad.append("an entry is missing between others")
    if len(numbers) < found.acknowledged:
        found.bad.append(f"{found.acknowledged - len(numbers)} acknowledged entries are not there")
