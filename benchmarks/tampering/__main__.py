"""Tamper with a log of 40 entries in every way we know, and print what a verifier says to it.

`python -m benchmarks.tampering` takes every 16th bit; `--every 1` every single one, which takes many minutes.
It ends with 1 when something was not noticed that must be.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.tampering.matrix import sweep, whole_matrix
from benchmarks.tampering.rows import HEADINGS

MEMORY = Path("/dev/shm")  # noqa: S108  # a fresh folder of our own in it


def main() -> int:
    """Print the table; give the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.tampering", description=__doc__)
    parser.add_argument("--every", type=int, default=16, help="take every n-th bit of each file")
    parser.add_argument("--jobs", type=int, default=1, help="processes among which the bits are divided")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        places = [Path(folder) / str(job) for job in range(asked.jobs)]
        stride = asked.every * asked.jobs
        starts = [job * asked.every for job in range(asked.jobs)]
        if asked.jobs == 1:
            parts = [sweep(places[0], 0, stride)]
        else:
            with ProcessPoolExecutor(asked.jobs) as pool:
                parts = list(pool.map(sweep, places, starts, [stride] * asked.jobs))
        rows, *others = parts
        for part in others:
            for row, more in zip(rows, part, strict=True):
                row.add(more)
        rows = [*rows, *whole_matrix(Path(folder) / "matrix", every=1)]
    print(HEADINGS)
    for row in rows:
        print(row.line())
    bad = [row for row in rows if not row.is_as_it_should_be]
    for row in bad:
        print(f"NOT AS IT SHOULD BE: {row.case}: {row.examples}")
    print(f"\n{sum(row.tried for row in rows):,} tampered logs in {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
