"""Walking a share with a row for every file: ours beside find, os.walk with lstat, and dust, turn by turn.

    python benchmarks/crawl.py FOLDER [--files 500000] [--folders 25000] [--rounds 5] [--cold] [--slow PROGRAM]

FOLDER is made where it does not exist, of empty files (see `benchmarks/trees.py`). `--cold` empties the caches before
each run. `--slow` shows the folder through a file system that answers a thousandth of a second late, given as a FUSE
program that takes the folder from SRC and the delay from DELAY_US; it should answer at least 32 requests at a time.
Ends with 1 when the number of entries is not what find counts.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.peers import Peer, in_turn, print_table, slow_view
from benchmarks.trees import make_meta_tree
from scanners.crawling import probe

OURS: Final = "ours"
WARM_GOALS: Final = {"find": 0.91, "os.walk and lstat": 1.82}  # rows 1 and 2, as how often faster ours is
COLD_GOALS: Final = {"dust": 1.18}
SLOW_GOALS: Final = {"find": 25.0, "dust": 12.0}

# Imports nothing but what it measures.
_OURS: Final = """
import sys
from scanners.crawling import FileRow, crawl_folders
number, kept = 0, []
for listing in crawl_folders(sys.argv[1]):
    number += len(listing.entries)
    if len(sys.argv) > 2:
        kept.extend(entry for entry in listing.entries if isinstance(entry, FileRow))
print(number)
"""
_WALK: Final = """
import os, sys
rows = []
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = folder + "/" + name
        seen = os.lstat(path)
        rows.append((path, seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_dev, seen.st_nlink))
print(len(rows))
"""


def walkers(root: Path) -> list[Peer]:
    """Return ours and the others; each looks at every entry and changes nothing."""
    ours = (sys.executable, "-P", "-c", _OURS, str(root))
    return [
        Peer(name=OURS, command=ours),
        Peer(name="ours, all rows kept", command=(*ours, "keep")),
        Peer(name="find", command=("find", str(root), "-fprintf", "/dev/null", r"%p %s %T@ %i %D %m\n")),
        Peer(name="os.walk and lstat", command=(sys.executable, "-P", "-c", _WALK, str(root))),
        Peer(name="dust", command=("dust", "-c", "-P", "-n", "1", str(root))),
    ]


def counted_by_find(root: Path) -> int:
    """Return how many entries that are no folders `find` counts."""
    printed = subprocess.run(["find", str(root), "!", "-type", "d", "-printf", "x"], capture_output=True, check=True)
    return len(printed.stdout)


def measure(root: Path, said: argparse.Namespace, goals: dict[str, float]) -> int:
    """Measure one folder and print the table."""
    print(f"{root}: {probe(str(root)).seconds_per_look * 1e6:.1f} microseconds a look")
    peers = [peer for peer in walkers(root) if not said.only or peer.name in said.only or peer.name == OURS]
    runs = in_turn(peers, rounds=said.rounds, is_cold=said.cold)
    print_table(runs, ours=OURS, goals=goals)
    ours, theirs = int(runs[OURS][0].output), counted_by_find(root)
    print(f"{ours} entries, find counts {theirs}")
    return 0 if ours == theirs else 1


def main() -> int:
    """Measure one folder."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--files", type=int, default=500_000)
    asked.add_argument("--folders", type=int, default=25_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--cold", action="store_true")
    asked.add_argument("--slow", metavar="PROGRAM")
    asked.add_argument("--only", action="append", metavar="NAME", default=[])
    said = asked.parse_args()
    if not said.folder.exists():
        make_meta_tree(said.folder, folders=said.folders, files=said.files)
    folder = said.folder.resolve()
    if said.slow:
        with slow_view(str(Path(said.slow).resolve()), folder) as view:
            return measure(view, said, SLOW_GOALS)
    return measure(folder, said, COLD_GOALS if said.cold else WARM_GOALS)


if __name__ == "__main__":
    sys.exit(main())
