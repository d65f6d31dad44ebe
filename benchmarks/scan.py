"""A whole scan through the command line: how fast, how fast when nothing changed, and what a second worker brings.

    python benchmarks/scan.py FOLDER [--rounds 3] [--workers 2]

Each round makes two workspaces in a temporary folder and scans FOLDER with one worker, then with the number asked
for, then again with nothing changed; and runs recollindex over it, where that is installed. Changes nothing in
FOLDER. Ends with 1 when a scan does not account for as many entries as `find` counts.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

FIRST_TO_SECOND_GOAL: Final = 50.0
FILES_A_SECOND_GOAL: Final = 2_000.0
SCALING_GOAL: Final = 1.9
RECOLL_GOAL: Final = 15.0
_SOME_SKIPPED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The seconds of one round; `indexed` is None where recollindex is missing."""

    alone: float
    together: float
    again: float
    indexed: float | None
    files: int
    peak_bytes: int


def measure(folder: Path, *, workers: int) -> Round:
    """Scan a folder three times."""
    with TemporaryDirectory() as place:
        alone, _ = _first_scan(folder, Path(place, "alone"), workers=1)
        together, scan = _first_scan(folder, Path(place, "together"), workers=workers)
        began_seconds = time.perf_counter()
        _retention(Path(place, "together"), "scan", "--json")
        again = time.perf_counter() - began_seconds
        return Round(
            alone=alone,
            together=together,
            again=again,
            indexed=_index(folder, Path(place, "recoll")) if shutil.which("recollindex") else None,
            files=scan["files"],
            peak_bytes=scan["peak_rss_bytes"],
        )


def _first_scan(folder: Path, workspace: Path, *, workers: int) -> tuple[float, dict[str, Any]]:
    _retention(workspace.parent, "init", str(workspace), "--json")
    settings = workspace / "retention.toml"
    said = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^workers = \d+", f"workers = {workers}", said), encoding="utf-8")
    _retention(workspace, "users", "add", "owner", "--name", "Owner", "--role", "iao")
    _retention(workspace, "source", "add", str(folder), "--asset", "A", "--owner", "owner")
    began_seconds = time.perf_counter()
    scan = json.loads(_retention(workspace, "scan", "--json"))
    return time.perf_counter() - began_seconds, scan


def _retention(workspace: Path, *words: str) -> str:
    command = [sys.executable, "-P", "-m", "retention", "--workspace", str(workspace), *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, _SOME_SKIPPED):
        raise SystemExit(ended.stderr)
    return ended.stdout


def _index(folder: Path, settings: Path) -> float:
    settings.mkdir()
    (settings / "recoll.conf").write_text(f"topdirs = {folder}\n", encoding="utf-8")
    began_seconds = time.perf_counter()
    subprocess.run(["recollindex", "-c", str(settings)], capture_output=True, check=True)
    return time.perf_counter() - began_seconds


def _print(rounds: Sequence[Round], *, workers: int) -> None:
    files = rounds[0].files
    alone = statistics.median(one.alone for one in rounds)
    together = statistics.median(one.together for one in rounds)
    again = statistics.median(one.again for one in rounds)
    indexed = [one.indexed for one in rounds if one.indexed is not None]
    lines = [
        ("first scan, 1 worker, seconds", f"{alone:.1f}", ""),
        (f"first scan, {workers} workers, seconds", f"{together:.1f}", ""),
        ("... files a second", f"{files / together:.0f}", f"{FILES_A_SECOND_GOAL:.0f}"),
        ("nothing changed, seconds", f"{again:.2f}", ""),
        ("first scan / nothing changed", f"{together / again:.1f}", f"{FIRST_TO_SECOND_GOAL:g}"),
        (f"1 worker / {workers} workers", f"{alone / together:.2f}", f"{SCALING_GOAL:g}"),
        ("peak memory, MB", f"{max(one.peak_bytes for one in rounds) / 1e6:.0f}", ""),
    ]
    if indexed:
        lines.append(("recollindex / ours", f"{statistics.median(indexed) / together:.1f}", f"{RECOLL_GOAL:g}"))
    print(f"{files} files, {len(rounds)} rounds, {len(os.sched_getaffinity(0))} cores")
    print("| | | goal |\n|---|---:|---:|")
    for what, figure, goal in lines:
        print(f"| {what} | {figure} | {goal} |")


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
