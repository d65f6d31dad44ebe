"""The SHA-256 of every file of a folder: ours beside sha256sum, hashdeep and rclone, in the same run.

    python benchmarks/manifest.py FOLDER [--rounds 5] [--cold] [--only NAME]...
    python benchmarks/manifest.py FOLDER --blake3 [--rounds 5] [--cold]

With `--blake3` it is BLAKE3, which the product does not use, in the same frame, beside b3sum; the package `blake3`
must be installed for that.

The digests are compared with those of sha256sum or b3sum, line by line; the end is 1 when any differ. The last line
says which part of what hashlib alone can do, on all cores and from memory, is left when the files must be found and
read as well.
"""

import argparse
import hashlib
import os
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.peers import Peer, in_turn, median_seconds, print_table
from scanners import FoundFile, crawl
from scanners.crawling import FileRow, crawl_folders
from scanners.duplicates import FileDigest, digest_manifest, measured_workers
from scanners.duplicates.crew import Crew, in_portions
from scanners.duplicates.reading import Plain, Wanted, plain, read_through
from scanners.opening import FileOpener

OURS: Final = "ours"
GOALS: Final = {"sha256sum": 2.7, "hashdeep": 2.7, "rclone": 2.7, "b3sum": 2.0}
RATE_GOAL: Final = 0.65
_RAW_BYTES: Final = 64 << 20
_RAW_TIMES: Final = 4


def write_manifest(root: str) -> None:
    """Print a line for each file below `root`, as sha256sum does."""
    files = (entry for entry in crawl(root) if isinstance(entry, FoundFile))
    for line in digest_manifest(root, files):
        if isinstance(line, FileDigest):
            sys.stdout.buffer.write(line.sha256.encode("ascii") + b"  " + os.fsencode(line.file.path) + b"\n")


def write_blake3(root: str) -> None:
    """Print the same with BLAKE3, read by the workers that find duplicates."""
    from benchmarks.manifest import blake3_digests  # noqa: PLC0415  the workers know it by this name

    files = [row for listing in crawl_folders(root) for row in listing.entries if isinstance(row, FileRow)]
    with Crew(root, measured_workers(root, files[:64])) as crew:
        portions = in_portions(files, count=256, size_bytes=16 << 20, weigh=lambda row: row.size_bytes)
        for some, digests in crew.run(blake3_digests, ((part, list(map(plain, part))) for part in portions)):
            for row, digest in zip(some, digests, strict=True):
                sys.stdout.buffer.write(digest.encode("ascii") + b"  " + os.fsencode(row.path) + b"\n")


def blake3_digests(opener: FileOpener, files: Sequence[Plain]) -> list[str]:
    """Return the BLAKE3 of each file."""
    from blake3 import blake3  # noqa: PLC0415  only for this measurement

    room = memoryview(bytearray(256 << 10))
    digests: list[str] = []
    for file in map(Wanted._make, files):
        digest = blake3()
        read_through(opener, file, feed=digest.update, room=room)
        digests.append(digest.hexdigest())
    return digests


def blake3_makers(root: Path) -> list[Peer]:
    """Return ours with BLAKE3 and b3sum, a process for each core, which suits many files best."""
    cores = str(len(os.sched_getaffinity(0)))
    listed = 'cd "$0" && find . -type f -print0 | xargs -0 -n 256 -P "$1" b3sum --num-threads 1'
    return [
        Peer(name=OURS, command=(sys.executable, "-P", __file__, str(root), "--write", "--blake3")),
        Peer(name="b3sum", command=("sh", "-c", listed, str(root), cores)),
    ]


def makers(root: Path) -> list[Peer]:
    """Return ours and the others."""
    cores = str(len(os.sched_getaffinity(0)))
    listed = 'cd "$0" && find . -type f -print0 | xargs -0 -n 256 -P "$1" sha256sum'
    return [
        Peer(name=OURS, command=(sys.executable, "-P", __file__, str(root), "--write")),
        Peer(name="sha256sum", command=("sh", "-c", listed, str(root), cores)),
        Peer(name="hashdeep", command=("hashdeep", "-r", "-c", "sha256", f"-j{cores}", str(root))),
        Peer(name="rclone", command=("rclone", "hashsum", "sha256", "--checkers", cores, str(root))),
    ]


def raw_rate() -> float:
    """Return how many bytes a second hashlib can take from memory on all cores."""
    content = memoryview(os.urandom(_RAW_BYTES))
    cores = len(os.sched_getaffinity(0))
    began_seconds = time.perf_counter()
    with ThreadPoolExecutor(cores) as threads:
        list(threads.map(lambda _: hashlib.sha256(content), range(cores * _RAW_TIMES)))
    return _RAW_BYTES * cores * _RAW_TIMES / (time.perf_counter() - began_seconds)


def _lines(output: bytes) -> set[bytes]:
    return {line.replace(b"  ./", b"  ", 1) for line in output.splitlines() if line[:1] != b"\\"}


def main() -> int:
    """Measure one folder."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--cold", action="store_true")
    asked.add_argument("--only", action="append", metavar="NAME", default=[])
    asked.add_argument("--blake3", action="store_true")
    asked.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.blake3 and find_spec("blake3") is None:
        print("the package blake3 is not installed here, so that nothing is measured")
        return 0
    if said.write:
        (write_blake3 if said.blake3 else write_manifest)(str(said.folder))
        return 0
    root = said.folder.resolve()
    size_bytes = sum(entry.size_bytes for entry in crawl(str(root)) if isinstance(entry, FoundFile))
    rates = [raw_rate()]
    all_makers = (blake3_makers if said.blake3 else makers)(root)
    peers = [peer for peer in all_makers if not said.only or peer.name in said.only or peer.name == OURS]
    runs = in_turn(peers, rounds=said.rounds, is_cold=said.cold)
    rates.append(raw_rate())
    print_table(runs, ours=OURS, goals=GOALS)
    other = "b3sum" if said.blake3 else "sha256sum"
    rate = size_bytes / median_seconds(runs[OURS])
    raw = statistics.mean(rates)
    print(f"{size_bytes / 1e9:.2f} GB at {rate / 1e9:.2f} GB/s")
    if not said.blake3:
        print(f"hashlib alone {raw / 1e9:.2f} GB/s; part of it {rate / raw:.2f} (goal {RATE_GOAL})")
    if other not in runs:
        return 0
    differing = _lines(runs[OURS][0].output) ^ _lines(runs[other][0].output)
    print(f"lines that differ from those of {other}: {len(differing)}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
