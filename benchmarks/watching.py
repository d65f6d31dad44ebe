"""Watching a share while everything happens on it: is the catalogue equal in the end, and how soon is it told?

Run from the root of the project: `python -m benchmarks.watching [CHANGES] [SEED]`. It makes a share and a workspace in
a temporary folder, watches it by `retention watch`, makes so many random changes (default: 10,000), compares what the
catalogue knows with a new one that is scanned afresh, and then measures how long a single new file takes.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.share_changes import ShareChanges
from retention.commands import main as retention

Known = dict[bytes, tuple[str, int, str]]
_SETTLE_SECONDS = 60.0


def set_up(workspace: Path, share: Path) -> None:
    """Make a workspace with the share as its root."""
    retention(["init", str(workspace)])
    front = ["--workspace", str(workspace)]
    retention([*front, "users", "add", "ian", "--name", "Ian", "--role", "iao"])
    retention([*front, "source", "add", str(share), "--asset", "FIN", "--owner", "ian", "--name", "fin"])


def known(workspace: Path) -> Known:
    """Return what the catalogue says is there."""
    with closing(sqlite3.connect(workspace / "catalogue.db")) as catalogue:
        rows = catalogue.execute("SELECT path, state, size_bytes, sha256 FROM record_copy WHERE state <> 'missing'")
        return {path: (state, size, sha256 if state == "present" else "") for path, state, size, sha256 in rows}


def seconds_until_known(workspace: Path, share: Path, number: int) -> float:
    """Make one file and wait until the catalogue has it."""
    (share / f"new {number}").write_text(f"an invoice, number {number}")
    began = time.monotonic()
    while os.fsencode(f"new {number}") not in known(workspace):
        time.sleep(0.02)
    return time.monotonic() - began


def main() -> int:
    """Run it all and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as place:
        share, watched, fresh = Path(place, "share"), Path(place, "watched"), Path(place, "fresh")
        share.mkdir()
        changes = ShareChanges(str(share), seed)
        changes.make(500)
        changes.settled()
        set_up(watched, share)
        with Path(place, "told").open("w+") as told:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "retention", "--workspace", str(watched), "watch"], stderr=told
            )
            while "scanned everything" not in Path(place, "told").read_text():
                time.sleep(0.1)
            began = time.monotonic()
            changes.make(count, between=lambda: time.sleep(0.002))
            changing = time.monotonic() - began
            set_up(fresh, share)
            retention(["--workspace", str(fresh), "scan"])
            expected, end = known(fresh), time.monotonic() + _SETTLE_SECONDS
            while known(watched) != expected and time.monotonic() < end:
                time.sleep(0.1)
            is_equal = known(watched) == expected
            delays = [seconds_until_known(watched, share, number) for number in range(5)]
            process.terminate()
            code = process.wait()
        scans = Path(place, "told").read_text().count(": scanned")
    print(f"{count} changes in {changing:.0f} s ({changes.done})")
    print(f"{len(expected)} entries in the end, {scans} scans; equal to a fresh scan: {is_equal}; left with {code}")
    print(f"a new file is in the catalogue after {median(delays):.1f} s (2.0 of them quiet time)")
    return 0 if is_equal and code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
