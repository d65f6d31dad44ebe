"""Finding equal files: ours beside jdupes, rdfind, rmlint, fdupes and the same in C, in the same run.

    python benchmarks/duplicates.py FOLDER [--rounds 5] [--cold] [--digest] [--slow PROGRAM] [--only NAME]...

The groups are compared exactly, with the truth of a made share as well where FOLDER.truth.jsonl lies beside it (see
`benchmarks/trees.py`); the end is 1 when any differ. `--digest` adds our finder with the SHA-256 of each group, which
no other of these programs gives. `--cold` empties the caches before each run. `--slow` repeats it through a file
system that answers a thousandth of a second late, given as a FUSE program that takes the folder from SRC and the
delay from DELAY_US. Where there is a compiler, `cc`, `benchmarks/equal_files.c` shows what the machine can do.
"""

import argparse
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.peers import Groups, Peer, Run, in_turn, print_table, slow_view
from benchmarks.trees import TruePath, read_truth

OURS: Final = "ours"
OURS_WITH_DIGEST: Final = "ours, with SHA-256"
IN_C: Final = "in C, two threads"
WARM_GOALS: Final = {IN_C: 0.5, "jdupes": 1.6, "rdfind": 3.0, "rmlint": 5.0, "fdupes": 6.0}
COLD_GOALS: Final = {"jdupes": 2.2}
SLOW_GOALS: Final = {"jdupes": 25.0, "rdfind": 25.0, "rmlint": 25.0}


# Prints a path a line, an empty line after each group; imports nothing but what it measures.
_OURS: Final = """
import sys
from scanners.crawling import FileRow, crawl_folders
from scanners.duplicates import DuplicateGroup, find_duplicates
root = sys.argv[1]
files = (row for listing in crawl_folders(root) for row in listing.entries if isinstance(row, FileRow))
for group in find_duplicates(root, files, is_digest_wanted=len(sys.argv) > 2):
    if isinstance(group, DuplicateGroup) and not group.is_empty:
        lines = "".join(f"{member.path}\\n" for member in group.members)
        sys.stdout.buffer.write(lines.encode("utf-8", "surrogateescape") + b"\\n")
"""


@contextmanager
def built_in_c() -> Iterator[str]:
    """Build the finder in C and give its path, which leads nowhere when there is no compiler."""
    with TemporaryDirectory() as place:
        program = Path(place, "equal_files")
        if compiler := shutil.which("cc"):
            source = Path(__file__).with_name("equal_files.c")
            subprocess.run([compiler, "-O3", "-pthread", str(source), "-o", str(program)], check=True)
        else:
            print("there is no C compiler (cc), so that the ceiling is not measured")
        yield str(program)


def finders(root: Path, in_c: str, *, is_digest_shown: bool) -> list[Peer]:
    """Return ours and the others, each told to say every group and to change nothing."""
    ours = (sys.executable, "-P", "-c", _OURS, str(root))
    found = [Peer(name=OURS, command=ours, read_groups=_in_paragraphs)]
    if is_digest_shown:
        found.append(Peer(name=OURS_WITH_DIGEST, command=(*ours, "digest"), read_groups=_in_paragraphs))
    below = str(root) + "/"
    return [
        *found,
        Peer(name="jdupes", command=("jdupes", "-rq", below), read_groups=_in_paragraphs),
        Peer(
            name="rdfind",
            command=("rdfind", "-dryrun", "false", "-outputname", "found", "-checksum", "sha256", below),
            read_groups=_of_rdfind,
        ),
        Peer(
            name="rmlint",
            command=("rmlint", "-T", "duplicates", "-o", "fdupes:found", "--no-hardlinked", "--hidden", below),
            read_groups=_of_rmlint,
        ),
        Peer(name=IN_C, command=(in_c, str(root), "2"), read_groups=_in_paragraphs),
        Peer(name="fdupes", command=("fdupes", "-rnq", below), read_groups=_in_paragraphs),
    ]


def same_files(groups: Groups, root: Path) -> set[frozenset[int]]:
    """Return the groups as files and not as names: which name a finder takes for a hard link is its own affair."""
    return {frozenset((root / path).stat().st_ino for path in group) for group in groups}


def differences(runs: dict[str, list[Run]], root: Path, truth: Iterable[TruePath]) -> list[str]:
    """Return in words where two answers to the same question differ."""
    answers = {
        name: same_files({_below(group, root) for group in some[0].groups or set()}, root)
        for name, some in runs.items()
    }
    by_content: dict[str, set[str]] = defaultdict(set)
    for line in truth:
        if line.size_bytes and line.kind != "link":
            by_content[line.content].add(line.path)
    if by_content:
        answers["the truth"] = {
            group for group in same_files({frozenset(paths) for paths in by_content.values()}, root) if len(group) > 1
        }
    ours = answers[OURS]
    return [
        f"{name}: {len(other - ours)} groups that we have not, {len(ours - other)} that only we have"
        for name, other in answers.items()
        if other != ours
    ]


def _below(group: frozenset[str], root: Path) -> frozenset[str]:
    return frozenset(path.removeprefix(f"{root}/").lstrip("/") for path in group)


def _in_paragraphs(output: bytes, _: Path) -> Groups:
    paragraphs = output.decode("utf-8", "surrogateescape").split("\n\n")
    return {frozenset(paragraph.strip("\n").split("\n")) for paragraph in paragraphs if paragraph.strip("\n")}


def _of_rmlint(_: bytes, place: Path) -> Groups:
    return _in_paragraphs((place / "found").read_bytes(), place)


def _of_rdfind(_: bytes, place: Path) -> Groups:
    groups: dict[str, set[str]] = defaultdict(set)
    for line in (place / "found").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        if not line.startswith("#"):
            fields = line.split(" ", 7)
            groups[fields[1].lstrip("-")].add(fields[7])
    return {frozenset(group) for group in groups.values()}


def main() -> int:
    """Measure one folder."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--cold", action="store_true")
    asked.add_argument("--digest", action="store_true")
    asked.add_argument("--slow", metavar="PROGRAM")
    asked.add_argument("--only", action="append", metavar="NAME", default=[])
    said = asked.parse_args()
    folder = said.folder.resolve()
    beside = folder.with_name(folder.name + ".truth.jsonl")
    truth = read_truth(beside) if beside.exists() else []
    if said.slow:
        with slow_view(str(Path(said.slow).resolve()), folder) as view:
            return _measure(view, said, truth, SLOW_GOALS)
    return _measure(folder, said, truth, COLD_GOALS if said.cold else WARM_GOALS)


def _measure(root: Path, said: argparse.Namespace, truth: list[TruePath], goals: dict[str, float]) -> int:
    with built_in_c() as in_c:
        peers = [
            peer
            for peer in finders(root, in_c, is_digest_shown=said.digest)
            if not said.only or peer.name in said.only or peer.name.startswith(OURS)
        ]
        runs = in_turn(peers, rounds=said.rounds, is_cold=said.cold)
    print_table(runs, ours=OURS, goals=goals)
    wrong = differences(runs, root, truth)
    groups = runs[OURS][0].groups or set()
    print(
        f"{len(groups)} groups, {sum(map(len, groups))} files in them; compared with {len(runs) - 1} programs", end=""
    )
    print(f"{' and the truth' if truth else ''}: {'they differ' if wrong else 'all equal'}")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
