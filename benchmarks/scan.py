"""A whole scan through the command line: how fast, how fast when nothing changed, and what a second worker brings.

    python benchmarks/scan.py FOLDER [--rounds 3] [--workers 2]

Each round makes two workspaces in a temporary folder and scans FOLDER with one worker, then with the number asked
for, then again with nothing changed; and runs recollindex over it, where that is installed. Beside the seconds stands
the processor time of each with that of its children: on a machine that others use too, seconds say little. Changes
nothing in FOLDER. Ends with 1 when a scan does not account for as many entries as `find` counts.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

FIRST_TO_SECOND_GOAL: Final = 50.0
FILES_A_SECOND_GOAL: Final = 2_000.0
SCALING_GOAL: Final = 1.9
RECOLL_GOAL: Final = 15.0
_SOME_SKIPPED: Final = 3

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a command took: seconds on the clock, and of processors, with those of its children."""

    seconds: float
    processor_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round took; `indexed` is None where recollindex is missing."""

    alone: Spent
    together: Spent
    again: Spent
    indexed: Spent | None
    files: int
    peak_bytes: int


def measure(folder: Path, *, workers: int) -> Round:
    """Scan a folder three times."""
    with TemporaryDirectory() as place:
        alone, _ = _first_scan(folder, Path(place, "alone"), workers=1)
        together, scan = _first_scan(folder, Path(place, "together"), workers=workers)
        again, _ = _spent(lambda: _retention(Path(place, "together"), "scan", "--json"))
        return Round(
            alone=alone,
            together=together,
            again=again,
            indexed=_index(folder, Path(place, "recoll")) if shutil.which("recollindex") else None,
            files=scan["files"],
            peak_bytes=scan["peak_rss_bytes"],
        )


def _spent(run: Callable[[], Result]) -> tuple[Spent, Result]:
    before, began_seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    came_to = run()
    seconds, after = time.perf_counter() - began_seconds, resource.getrusage(resource.RUSAGE_CHILDREN)
    processors = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(seconds=seconds, processor_seconds=processors), came_to


def _first_scan(folder: Path, workspace: Path, *, workers: int) -> tuple[Spent, dict[str, Any]]:
    _retention(workspace.parent, "init", str(workspace), "--json")
    settings = workspace / "retention.toml"
    said = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^workers = \d+", f"workers = {workers}", said), encoding="utf-8")
    _retention(workspace, "users", "add", "owner", "--name", "Owner", "--role", "iao")
    _retention(workspace, "source", "add", str(folder), "--asset", "A", "--owner", "owner")
    spent, said = _spent(lambda: _retention(workspace, "scan", "--json"))
    return spent, json.loads(said)


def _retention(workspace: Path, *words: str) -> str:
    command = [sys.executable, "-P", "-m", "retention", "--workspace", str(workspace), *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, _SOME_SKIPPED):
        raise SystemExit(ended.stderr)
    return ended.stdout


def _index(folder: Path, settings: Path) -> Spent:
    settings.mkdir()
    (settings / "recoll.conf").write_text(f"topdirs = {folder}\n", encoding="utf-8")
    command = ["recollindex", "-c", str(settings)]
    return _spent(lambda: subprocess.run(command, capture_output=True, check=True))[0]


def _print(rounds: Sequence[Round], *, workers: int) -> None:
    files, cores = rounds[0].files, len(os.sched_getaffinity(0))
    alone, together, again = (
        _median([one.alone for one in rounds]),
        _median([one.together for one in rounds]),
        _median([one.again for one in rounds]),
    )
    indexed = [one.indexed for one in rounds if one.indexed is not None]
    rate, at_best = files / together.seconds, files / together.processor_seconds * workers
    lines = [
        ("first scan, 1 worker", *_both(alone), ""),
        (f"first scan, {workers} workers", *_both(together), ""),
        ("... files a second; if nothing else ran", f"{rate:.0f}", f"{at_best:.0f}", f"{FILES_A_SECOND_GOAL:.0f}"),
        ("nothing changed", *_both(again), ""),
        ("first scan / nothing changed", *_ratio(together, again), f"{FIRST_TO_SECOND_GOAL:g}"),
        (f"1 worker / {workers} workers", f"{alone.seconds / together.seconds:.2f}", "", f"{SCALING_GOAL:g}"),
    ]
    if indexed:
        lines.append(("recollindex", *_both(_median(indexed)), ""))
        lines.append(("recollindex / first scan", *_ratio(_median(indexed), together), f"{RECOLL_GOAL:g}"))
    print(f"{files} files, {len(rounds)} rounds, {cores} cores, load {os.getloadavg()[0]:.1f}")
    print("| | seconds | processor seconds | goal |\n|---|---:|---:|---:|")
    for what, figure, of_processors, goal in lines:
        print(f"| {what} | {figure} | {of_processors} | {goal} |")
    print(f"peak memory: {max(one.peak_bytes for one in rounds) / 1e6:.0f} MB")
    if not indexed:
        print("recollindex: not measured, as it is not installed (apt-get install recollcmd)")


def _median(spent: Sequence[Spent]) -> Spent:
    return Spent(
        seconds=statistics.median(one.seconds for one in spent),
        processor_seconds=statistics.median(one.processor_seconds for one in spent),
    )


def _both(spent: Spent) -> tuple[str, str]:
    return f"{spent.seconds:.2f}", f"{spent.processor_seconds:.2f}"


def _ratio(one: Spent, other: Spent) -> tuple[str, str]:
    return f"{one.seconds / other.seconds:.1f}", f"{one.processor_seconds / other.processor_seconds:.1f}"


def main() -> int:
    """Measure one folder."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--workers", type=int, default=2)
    said = asked.parse_args()
    folder = said.folder.resolve()
    rounds = [measure(folder, workers=said.workers) for _ in range(said.rounds)]
    _print(rounds, workers=said.workers)
    found = subprocess.run(["find", str(folder), "!", "-type", "d", "-printf", "x"], capture_output=True, check=True)
    return 0 if {one.files for one in rounds} == {len(found.stdout)} else 1


if __name__ == "__main__":
    sys.exit(main())
