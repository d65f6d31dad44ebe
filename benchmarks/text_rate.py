"""Reading whole documents of all kinds in two processes: ours beside kreuzberg, on the same folder in the same run.

    python benchmarks/text_rate.py FOLDER [--peers PYTHON] [--processes 2] [--rounds 3]

PYTHON is the interpreter of an environment with kreuzberg. Every program reads the same files, those of the formats
of `benchmarks/text_recall.py`, and keeps what it likes in memory; a file that it cannot read counts as read. The
processes have loaded everything before the clock starts. Reads FOLDER, changes nothing.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from text_recall import EXTRACTORS, FORMATS, WHOLE_CHARS

PROGRAMS: Final = ("ours", "kreuzberg")
GOAL: Final = 3.0


def whole_texts() -> Callable[[str], str]:
    """Return our own reader, without its limit of text."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from scanners.identification.identify import identify  # noqa: PLC0415  the peers' interpreter has none of ours
    from scanners.text import read_content  # noqa: PLC0415

    def extract(path: str) -> str:
        content = Path(path).read_bytes()
        media_type = identify(content[: 64 << 10], content, Path(path).name)
        return read_content(media_type, content, limit_chars=WHOLE_CHARS).text

    return extract


def work(name: str) -> None:
    """Load a program, say so, read the files named on standard input, and say how many characters they had."""
    extract = whole_texts() if name == "ours" else EXTRACTORS[name]("")
    print("ready", flush=True)
    chars = 0
    for path in json.loads(sys.stdin.readline()):
        try:
            chars += len(extract(path))
        except Exception:  # noqa: BLE001, S112  whatever a peer raises is its failure
            continue
    print(chars, flush=True)


def seconds_of(name: str, paths: list[str], *, python: str, processes: int) -> tuple[float, int]:
    """Return how long a program takes over all files, and how many characters it found."""
    command = [sys.executable if name == "ours" else python, __file__, "--work", name]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
        for _ in range(processes)
    ]
    pipes = [(child.stdin, child.stdout) for child in children if child.stdin and child.stdout]
    for _, said in pipes:
        said.readline()
    began_seconds = time.perf_counter()
    for number, (asked, _) in enumerate(pipes):
        asked.write(json.dumps(paths[number::processes]) + "\n")
        asked.flush()
    chars = sum(int(said.readline()) for _, said in pipes)
    seconds = time.perf_counter() - began_seconds
    for child in children:
        child.communicate()
    return seconds, chars


def main() -> int:
    """Measure one folder."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, nargs="?")
    asked.add_argument("--peers", default=sys.executable)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--work", default="", help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.work:
        work(said.work)
        return 0
    endings = {ending for some in FORMATS.values() for ending in some}
    paths = [str(path) for path in sorted(said.folder.rglob("*")) if path.suffix.lower() in endings and path.is_file()]
    runs: dict[str, list[tuple[float, int]]] = {name: [] for name in PROGRAMS}
    for _ in range(said.rounds):
        for name, some in runs.items():
            some.append(seconds_of(name, paths, python=said.peers, processes=said.processes))
    base = statistics.median(seconds for seconds, _ in runs["ours"])
    print(f"{len(paths)} documents, {said.processes} processes, {said.rounds} rounds")
    print("| program | median s | documents a second | characters | ours is faster by | goal |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, some in runs.items():
        seconds = statistics.median(one for one, _ in some)
        ratio = "" if name == "ours" else f"{seconds / base:.2f}"
        goal = "" if name == "ours" else f"{GOAL:g}"
        print(f"| {name} | {seconds:.2f} | {len(paths) / seconds:.0f} | {some[0][1]} | {ratio} | {goal} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
