"""Faults on purpose: failing calls, power cuts, kills. After each, the log must be as its writer was told.

`python -m benchmarks.faults --syscalls 1500 --strace 200 --power-cuts 2000 --mutants --kills 300` prints a table for
each; without arguments a smaller size of everything. It ends with 1 when anything was wrong.
"""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.faults.kills import kill_often
from benchmarks.faults.power_cuts import cut_power, seed_mutants
from benchmarks.faults.syscalls import has_strace, inject, inject_with_strace

MEMORY = Path("/dev/shm")  # noqa: S108  # a fresh folder of our own in it
SEED = 20261120
# flushes that can be left out without harm, and why; docs/faults.md says more
HARMLESS = {
    "make_directory < opening.create_parts": "the folder above is flushed again for the sidecar, before anyone is told",
    "make_directory < keyring.create_keys": "the folder above is flushed again for the sidecar, before anyone is told",
    "replace_durably < opening._lay_out": "the folder is flushed again with the first checkpoint",
    "fsync_directory < keyring.destroy_keys": "the name comes back, the key written over: the next opening removes it",
    "segments.undo": "what comes back was signed by nobody: the next opening sets it aside and says so",
    "recovering._move_bytes < ": "the cut comes undone: the bytes, which are kept already, are set aside once more",
    "recovering._move_file": "one step moves the name; the flush of the other folder makes it last too",
    "recovering.set_aside_tail": "one step moves the name; the flush of the other folder makes it last too",
    "choosing.complete_change": "the policy names the keys before: the next opening names the new ones again",
}


def main() -> int:
    """Do what is asked and print it; give the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.faults", description=__doc__)
    parser.add_argument("--syscalls", type=int, help="failing calls in process")
    parser.add_argument("--strace", type=int, help="failing system calls of a real process")
    parser.add_argument("--power-cuts", type=int, help="disks that a power cut may leave")
    parser.add_argument("--mutants", action="store_true", help="leave out each flush in turn")
    parser.add_argument("--kills", type=int, help="kills of a writing process")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    if not (asked.syscalls or asked.strace or asked.power_cuts or asked.mutants or asked.kills):
        asked.syscalls, asked.power_cuts, asked.kills = 200, 200, 30
    logging.getLogger("disposal_log").setLevel(logging.CRITICAL)  # it has every reason to complain
    bad = 0
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        place = Path(folder)
        if asked.syscalls:
            bad += _syscalls(place / "calls", asked.syscalls, asked.seed)
        if asked.strace:
            bad += _strace(place / "strace", asked.strace, asked.seed)
        if asked.power_cuts:
            bad += _power_cuts(place / "cuts", asked.power_cuts, asked.seed)
        if asked.mutants:
            bad += _mutants(place / "mutants", asked.seed)
        if asked.kills:
            bad += _kills(place / "kills", asked.kills, asked.seed)
    return 1 if bad else 0


def _syscalls(place: Path, wanted: int, seed: int) -> int:
    began = time.monotonic()
    rows = list(inject(place, wanted=wanted, seed=seed))
    print("| failing calls in process | calls | injected | the writer was told | wrong |\n|---|--:|--:|--:|--:|")
    return _print_injections(rows, began)


def _strace(place: Path, wanted: int, seed: int) -> int:
    if not has_strace():
        print("failing system calls: skipped, for there is no strace here")
        return 0
    began = time.monotonic()
    rows = list(inject_with_strace(place, wanted=wanted, seed=seed))
    print("| failing system calls | calls | injected | the writer was told | wrong |\n|---|--:|--:|--:|--:|")
    return _print_injections(rows, began)


def _print_injections(rows: list, began: float) -> int:  # type: ignore[type-arg]  # one table for two kinds
    for row in rows:
        print(f"| {row.scenario} | {row.calls} | {row.faults.total():,} | {row.refused:,} | {len(row.bad)} |")
    bad = [words for row in rows for words in row.bad]
    total = sum(row.faults.total() for row in rows)
    print(f"\n{total:,} faults, {len(bad)} wrong, {time.monotonic() - began:.0f} s\n")
    for words in bad[:20]:
        print(words)
    return len(bad)


def _power_cuts(place: Path, wanted: int, seed: int) -> int:
    began = time.monotonic()
    rows = list(cut_power(place, wanted=wanted, seed=seed))
    print("| power cuts | disks enumerated | opened and verified | wrong |\n|---|--:|--:|--:|")
    for row in rows:
        print(f"| {row.scenario} | {row.found:,} | {row.judged:,} | {len(row.bad)} |")
    bad = [words for row in rows for words in row.bad]
    print(f"\n{sum(row.judged for row in rows):,} disks, {len(bad)} wrong, {time.monotonic() - began:.0f} s\n")
    for words in bad[:20]:
        print(words)
    return len(bad)


def _mutants(place: Path, seed: int) -> int:
    began = time.monotonic()
    mutants = seed_mutants(place, seed=seed)
    print("| the flush left out | disks tried | what was then wrong, or why nothing is |\n|---|--:|---|")
    unexplained = 0
    for mutant in mutants:
        why = next((words for site, words in HARMLESS.items() if site in mutant.site), "")
        unexplained += not mutant.caught and not why
        words = mutant.caught.partition("\n")[0].replace(str(place), "")[:110] or f"nothing: {why or 'NOT EXPLAINED'}"
        print(f"| `{mutant.site}` | {mutant.tried} | {words} |")
    caught = sum(bool(mutant.caught) for mutant in mutants)
    print(f"\n{len(mutants)} mutants, {caught} caught, {unexplained} unexplained, {time.monotonic() - began:.0f} s\n")
    return unexplained


def _kills(place: Path, times: int, seed: int) -> int:
    began = time.monotonic()
    found = kill_often(place, times=times, seed=seed)
    print(
        f"{found.killed} kills: {found.acknowledged:,} entries acknowledged, {found.entries:,} in the log, each once; "
        f"{len(found.bad)} wrong, {time.monotonic() - began:.0f} s"
    )
    for words in found.bad[:20]:
        print(words)
    return len(found.bad)


if __name__ == "__main__":
    sys.exit(main())
