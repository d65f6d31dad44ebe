"""Running other programs beside ours: the same folder, turn by turn, and each figure a ratio within one run.

Seconds on another machine, or on this one an hour later, say little; how often faster says more. So each program runs
once in every round, and the medians of the rounds are compared.
"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Final

_DROP_CACHES: Final = Path("/proc/sys/vm/drop_caches")
_MOUNT_SECONDS: Final = 10.0
# Remembers for a while, answers many at once, and gives a file the same number each time.
_AS_A_SHARE: Final = "attr_timeout=5,entry_timeout=5,max_threads=80,max_idle_threads=80,noforget"

Groups = set[frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program to be measured; `read_groups` gives what it found, from its output and the folder it ran in."""

    name: str
    command: tuple[str, ...]
    read_groups: Callable[[bytes, Path], Groups] | None = None

    @property
    def is_installed(self) -> bool:
        """Whether it can be run here."""
        return shutil.which(self.command[0]) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one program."""

    seconds: float
    cpu_seconds: float
    output: bytes
    groups: Groups | None = None


def run(peer: Peer) -> Run:
    """Run a program once, in an empty folder, with all that it prints caught.

    Raises:
        SystemExit: It failed.
    """
    with TemporaryDirectory() as place, Path(place, "output").open("w+b") as output:
        began_seconds = time.perf_counter()
        started = subprocess.Popen(peer.command, stdout=output, stderr=subprocess.DEVNULL, cwd=place)
        _, status, usage = os.wait4(started.pid, 0)
        seconds = time.perf_counter() - began_seconds
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            message = f"{peer.name} ended with {started.returncode}: {' '.join(peer.command)}"
            raise SystemExit(message)
        output.seek(0)
        printed = output.read()
        return Run(
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            output=printed,
            groups=peer.read_groups(printed, Path(place)) if peer.read_groups else None,
        )


def in_turn(peers: Sequence[Peer], *, rounds: int, is_cold: bool = False) -> dict[str, list[Run]]:
    """Run all programs that are installed, once in each round; those that are not are named and left out."""
    present = [peer for peer in peers if peer.is_installed]
    for missing in (peer for peer in peers if not peer.is_installed):
        print(f"not installed, left out: {missing.name}")
    runs: dict[str, list[Run]] = {peer.name: [] for peer in present}
    for _ in range(rounds):
        for peer in present:
            if is_cold:
                forget_caches()
            runs[peer.name].append(run(peer))
    return runs


def forget_caches() -> None:
    """Make the machine forget every file that it has read; only the administrator may.

    Raises:
        SystemExit: We are not.
    """
    os.sync()
    try:
        _DROP_CACHES.write_text("3", encoding="ascii")
    except OSError as error:
        message = f"the caches cannot be emptied: {error}"
        raise SystemExit(message) from error


def median_seconds(runs: Sequence[Run]) -> float:
    """Return the median of the times."""
    return statistics.median(one.seconds for one in runs)


def print_table(runs: Mapping[str, Sequence[Run]], *, ours: str, goals: Mapping[str, float]) -> None:
    """Print a line for each program: its times, and how often faster ours is, beside the goal for that."""
    base = median_seconds(runs[ours])
    print("| program | median s | best s | CPU s | ours is faster by | goal |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, some in runs.items():
        ratio = "" if name == ours else f"{median_seconds(some) / base:.2f}"
        best = min(one.seconds for one in some)
        cpu = statistics.median(one.cpu_seconds for one in some)
        goal = f"{goals[name]:g}" if name in goals else ""
        print(f"| {name} | {median_seconds(some):.2f} | {best:.2f} | {cpu:.2f} | {ratio} | {goal} |")


@contextmanager
def slow_view(program: str, tree: Path, *, delay_us: int = 1000) -> Iterator[Path]:
    """Show a folder again through a file system that answers late, as a share does.

    Args:
        program: A FUSE program that takes the folder and the delay from SRC and DELAY_US.
        tree: The folder.
        delay_us: How late each answer is, in millionths of a second.

    Raises:
        SystemExit: It does not appear.
    """
    place = mkdtemp()  # never cleared, only removed when empty: what lies in it is somebody's folder
    environment = {**os.environ, "SRC": str(tree), "DELAY_US": str(delay_us)}
    try:
        subprocess.run([program, place, "-o", _AS_A_SHARE], env=environment, check=True)
        _wait_until(Path(place).is_mount, f"{program} did not mount anything")
        yield Path(place)
    finally:
        _wait_until(lambda: _is_unmounted(place), f"{place} is still in use; unmount it with fusermount3 -u")
        Path(place).rmdir()


def _is_unmounted(place: str) -> bool:
    return not Path(place).is_mount() or not subprocess.run(["fusermount3", "-u", place], check=False).returncode


def _wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline_seconds = time.monotonic() + _MOUNT_SECONDS
    while not is_so():
        if time.monotonic() > deadline_seconds:
            raise SystemExit(otherwise)
        time.sleep(0.05)
