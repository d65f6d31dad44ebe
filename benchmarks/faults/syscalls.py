"""Let one call to the operating system fail, or end the process at it, for every call that a writer makes in turn.

In process the calls of the room and the statements of SQLite fail; with strace the system calls of a real process do,
those of SQLite and of Python among them.
"""

import errno
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.faults.calls import intercepted, short_segments
from benchmarks.faults.program import read, spelled
from benchmarks.faults.scenarios import SCENARIOS, Scenario, Writer, faults_in
from disposal_log import LogError

KILL: Final = "KILL"
KILL_AFTER: Final = "KILL after it"
ONWARDS: Final = "EIO from there on"
FULL_ONWARDS: Final = "ENOSPC from there on"
FAULTS: Final = {
    "EIO": errno.EIO,
    "ENOSPC": errno.ENOSPC,
    ONWARDS: errno.EIO,
    FULL_ONWARDS: errno.ENOSPC,
    KILL: 0,
    KILL_AFTER: 0,
}
TRACED: Final = "openat,write,pwrite64,fsync,fdatasync,ftruncate,truncate,rename,unlink,mkdir,fallocate,lseek,chmod"
STRACE_FAULTS: Final = ("error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL")
_SQLITE_CODES = {
    errno.EIO: (sqlite3.SQLITE_IOERR, "disk I/O error"),
    errno.ENOSPC: (sqlite3.SQLITE_FULL, "disk is full"),
}
_CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?([a-z0-9]+)\((.*)$")


class Killed(BaseException):
    """The process is no more: nothing it would still do happens."""


@dataclass(kw_only=True)
class Injections:
    """What came of the faults in one scenario.

    Attributes:
        scenario: Its name.
        calls: How many calls it makes.
        faults: How many injections by fault.
        refused: After how many the writer was told, by an error of ours, that it failed.
        bad: In words, those after which something was not as the writer was told.
    """

    scenario: str
    calls: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    bad: list[str] = field(default_factory=list)


class Breaker:
    """Lets calls through and counts them, until the one that fails."""

    def __init__(self, fault: str, at: int) -> None:
        self._fault = fault
        self._at = at
        self.calls = 0

    def __call__(self, name: str, call: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:  # noqa: ANN401  # what the call gives
        """Count a call, and let it through or let it fail."""
        self.calls += 1
        is_past = self.calls > self._at > 0
        if self._fault in (KILL, KILL_AFTER) and is_past:
            raise Killed
        if self.calls == self._at and self._fault == KILL_AFTER:
            call(*arguments, **named)
            raise Killed
        if self.calls == self._at and self._fault == KILL:
            if name in ("write", "pwrite"):  # ended in the middle of it
                descriptor, content, *rest = arguments
                call(descriptor, bytes(content)[: len(content) // 2], *rest)
            raise Killed
        if self.calls == self._at or (is_past and self._fault in (ONWARDS, FULL_ONWARDS)):
            _fail(name, FAULTS[self._fault])
        return call(*arguments, **named)


def _fail(name: str, number: int) -> None:
    if name == "sqlite":
        code, words = _SQLITE_CODES[number]
        error = sqlite3.OperationalError(words)
        error.sqlite_errorcode = code
        raise error
    raise OSError(number, os.strerror(number))


def inject(
    place: Path,
    *,
    wanted: int,
    seed: int,
    scenarios: Sequence[Scenario] = SCENARIOS,
    faults: Sequence[str] = tuple(FAULTS),
) -> Iterator[Injections]:
    """Inject about `wanted` faults, shared among the scenarios; all there are when there are fewer."""
    with short_segments():
        for number, scenario in enumerate(scenarios):
            prepared = Writer(folder=place / f"prepared-{number}")
            scenario.prepare(prepared)
            counting = Breaker("", 0)
            _run(scenario, _copy(prepared, place / "it"), counting)
            found = Injections(scenario=scenario.name, calls=counting.calls)
            every = [(fault, at) for fault in faults for at in range(1, counting.calls + 1)]
            share = -(-wanted // len(scenarios))
            if len(every) > share:
                every = random.Random(seed).sample(every, share)  # noqa: S311  # the same faults in every run
            for fault, at in every:
                writer = _copy(prepared, place / "it")
                found.faults[fault] += 1
                found.refused += _run(scenario, writer, Breaker(fault, at))
                found.bad += [f"{fault} at call {at}: {words}" for words in _judged(writer)]
            yield found


def _copy(prepared: Writer, place: Path) -> Writer:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(prepared.folder, place)
    return Writer(folder=place, told=prepared.told)


def _run(scenario: Scenario, writer: Writer, breaker: Breaker) -> bool:
    """Run a scenario; say whether it ended with an error of the log's own or of the system's."""
    try:
        with intercepted(breaker, with_sqlite=True):
            scenario.run(writer)
    except (LogError, OSError):
        return True
    except Killed:
        pass
    return False


def _judged(writer: Writer) -> list[str]:
    try:
        return list(faults_in(writer.folder, writer.told))
    except Exception as error:  # noqa: BLE001  # whatever is not one of the log's own errors is what is looked for
        return [f"{type(error).__name__}: {error}"]


def has_strace() -> bool:
    """Whether system calls can be made to fail here."""
    return shutil.which("strace") is not None


def inject_with_strace(
    place: Path, *, wanted: int, seed: int, scenarios: Sequence[Scenario] = SCENARIOS
) -> Iterator[Injections]:
    """Let system calls of a real process fail, as `inject` does with calls; shared among the scenarios."""
    for number, scenario in enumerate(scenarios):
        with short_segments():
            prepared = Writer(folder=place / f"traced-{number}")
            scenario.prepare(prepared)
        calls = _traced_calls(scenario, _copy(prepared, place / "it"), place / "trace")
        found = Injections(scenario=scenario.name, calls=len(calls))
        every = [(name, at, fault) for name, at in calls for fault in STRACE_FAULTS]
        share = -(-wanted // len(scenarios))
        if len(every) > share:
            every = random.Random(seed).sample(every, share)  # noqa: S311  # the same faults in every run
        for name, at, fault in every:
            writer = _copy(prepared, place / "it")
            found.faults[fault.partition("=")[2]] += 1
            inject_one = ["-e", f"inject={name}:{fault}:when={at}"]
            ended = _trace(scenario, writer, ["-e", f"trace={name}", *inject_one, "-o", "/dev/null"])
            found.refused += ended not in (0, -signal.SIGKILL, 128 + signal.SIGKILL)
            with short_segments():
                found.bad += [f"{fault} at {name} {at}: {words}" for words in _judged(writer)]
        yield found


def _traced_calls(scenario: Scenario, writer: Writer, trace: Path) -> list[tuple[str, int]]:
    """List the system calls that the scenario makes, by name and number; not those by which Python starts."""
    _trace(scenario, writer, ["-e", f"trace={TRACED}", "-s", "16", "-o", str(trace)])
    counts: Counter[str] = Counter()
    calls: list[tuple[str, int]] = []
    has_begun = False
    for line in trace.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        counts[found[1]] += 1
        if has_begun and found[1] != "lseek":
            calls.append((found[1], counts[found[1]]))
        has_begun = has_begun or (found[1] == "write" and "begin" in found[2])
    return calls


def _trace(scenario: Scenario, writer: Writer, words: Sequence[str]) -> int:
    """Run a scenario under strace, hear what it says, and give how it ended."""
    program = [sys.executable, "-m", "benchmarks.faults.program", str(writer.folder), scenario.name]
    done = subprocess.run(
        ["strace", "-f", "-qq", *words, *program],
        input=spelled(writer.told),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
    )
    lines = [line for line in done.stdout.splitlines(keepends=True) if line.startswith(b"{") and line.endswith(b"}\n")]
    if lines:
        writer.told = read(lines[-1])
    return done.returncode
