"""Shares made to order: the same arguments give the same folders, names, dates and bytes, and the truth is known.

    python benchmarks/trees.py FOLDER [--files 50000] [--folders 3000] [--seed 1]

Writes FOLDER and, beside it, FOLDER.truth.jsonl: one line for each path with its kind, size and the number of its
content, so that the answer of a finder of duplicates can be checked exactly. What lies in it: documents of the kinds
of a council's drive with sizes spread log-normally, a fifth of them copies of others, "twins" (same size, same
beginning, same end, one byte different in the middle), hard links, links, and empty files.
"""

import argparse
import json
import math
import os
import random
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.papers import TEXTS, TITLES, a_template, finished, padded

SHARE_OF_COPIES: Final = 0.20
SHARE_OF_TWINS: Final = 0.01
SHARE_OF_EMPTY: Final = 0.003
SHARE_OF_HARD_LINKS: Final = 0.002
SHARE_OF_LINKS: Final = 0.001
LARGEST_BYTES: Final = 20_000_000
LARGEST_TEXT_BYTES: Final = 400_000
TWINS_FROM_BYTES: Final = 100_000
_TEMPLATES: Final = 40
_DEEPEST: Final = 7
_PADDING: Final = 1 << 25

_KINDS: Final = {
    "docx": 22, "pdf": 20, "xlsx": 13, "jpg": 9, "msg": 7, "doc": 6, "xls": 5, "pptx": 4, "txt": 3, "csv": 3,
    "html": 2, "eml": 2, "png": 2, "rtf": 1, "zip": 1,
}  # fmt: skip
_PLACES: Final = (
    "Adult Social Care", "Benefits", "Cemeteries", "Children's Services", "Committee Services", "Council Tax",
    "Elections", "Estates", "Finance", "Highways", "Housing", "Human Resources", "ICT", "Legal", "Licensing",
    "Parks", "Planning", "Procurement", "Registrars", "Trading Standards",
)  # fmt: skip
_MATTERS: Final = (
    "Agendas", "Appeals", "Applications", "Archive", "Audit", "Backup of old drive", "Budget", "Casework", "Complaints",
    "Contracts", "Correspondence", "Do not use", "Inspections", "Invoices", "Leavers", "Minutes", "New folder",
    "Old", "Photographs", "Policies", "Projects", "Reports", "Returns", "Templates", "Tenders", "Training",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePath:
    """One path of a share: `content` numbers what is in it, and is equal where and only where the bytes are."""

    path: str
    kind: str
    size_bytes: int
    content: str
    same_inode_as: str = ""


def make_share(
    root: Path, *, files: int = 50_000, folders: int = 3_000, seed: int = 1, median_bytes: int = 24_000
) -> list[TruePath]:
    """Make the share below `root`, which must not exist, and return the truth about each path."""
    return _Maker(root, seed=seed, median_bytes=median_bytes).make(files=files, folders=folders)


def write_truth(truth: list[TruePath], target: Path) -> None:
    """Write what is true of a share, one JSON object a line."""
    target.write_text("".join(json.dumps(asdict(line)) + "\n" for line in truth), encoding="utf-8")


def read_truth(source: Path) -> list[TruePath]:
    """Return what `write_truth` wrote."""
    return [TruePath(**json.loads(line)) for line in source.read_text(encoding="utf-8").splitlines()]


def true_groups(truth: list[TruePath]) -> set[frozenset[str]]:
    """Return the groups of equal content: one path for each inode, no links, empty files left out."""
    groups: dict[str, set[str]] = defaultdict(set)
    for line in truth:
        if line.size_bytes and not line.same_inode_as and line.kind != "link":
            groups[line.content].add(line.path)
    return {frozenset(paths) for paths in groups.values() if len(paths) > 1}


class _Maker:
    def __init__(self, root: Path, *, seed: int, median_bytes: int) -> None:
        self._root = root
        self._seed = seed
        self._median_bytes = median_bytes
        self._random = random.Random(seed)  # noqa: S311  # repeatable is the point
        self._templates: dict[str, list[bytes]] = {}
        self._padding = b""
        self._folders: list[str] = []
        self._used: set[str] = set()

    def make(self, *, files: int, folders: int) -> list[TruePath]:
        self._make_folders(folders)
        self._padding = self._random.randbytes(_PADDING)
        counts = [int(files * share) for share in (SHARE_OF_COPIES, SHARE_OF_TWINS, SHARE_OF_EMPTY)]
        copies, twins, empty = counts
        hard_links, links = int(files * SHARE_OF_HARD_LINKS), int(files * SHARE_OF_LINKS)
        originals = files - copies - twins - empty - hard_links - links
        truth: list[TruePath] = []
        often = self._copy_counts(originals, copies)
        twins_left = twins
        for number in range(originals):
            kind, content = self._content(number)
            stem = self._stem()
            truth.extend(
                self._put(self._place(kind, stem), kind, content, str(number)) for _ in range(1 + often.get(number, 0))
            )
            if twins_left and number not in often and len(content) > TWINS_FROM_BYTES and kind not in TEXTS:
                middle = len(content) // 2
                other = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
                truth.append(self._put(self._place(kind, self._stem()), kind, other, f"{number}.twin"))
                twins_left -= 1
        truth.extend(self._put(self._place("tmp", self._stem()), "tmp", b"", "empty") for _ in range(empty))
        return [*truth, *self._linked(truth, hard_links), *self._pointing(truth, links)]

    def _make_folders(self, wanted: int) -> None:
        folders = list(_PLACES[:wanted])
        seen = set(folders)
        while len(folders) < wanted:
            above = folders[int(len(folders) * self._random.random() ** 0.7)]
            name = self._random.choice(
                (
                    self._random.choice(_MATTERS),
                    f"{self._random.choice(_MATTERS)} {self._random.randint(1999, 2025)}",
                    str(self._random.randint(1999, 2025)),
                    f"Case {self._random.randint(1000, 99999)}",
                    f"Café {self._random.randint(1, 99)}",
                )
            )
            path = f"{above}/{name}"
            if path not in seen and path.count("/") < _DEEPEST:
                seen.add(path)
                folders.append(path)
        for path in folders:
            (self._root / path).mkdir(parents=True, exist_ok=True)
        self._folders = folders

    def _copy_counts(self, originals: int, copies: int) -> dict[int, int]:
        """Spread the copies: most originals have one, a few are copied forty times."""
        counts: dict[int, int] = defaultdict(int)
        while copies > 0 and originals:
            more = min(copies, 1 + min(39, int(self._random.paretovariate(1.3) - 1)))
            counts[self._random.randrange(originals)] += more
            copies -= more
        return counts

    def _content(self, number: int) -> tuple[str, bytes]:
        kind = self._random.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
        size_bytes = int(self._median_bytes * math.exp(self._random.gauss(0, 1.9)))
        size_bytes = max(1000, min(LARGEST_BYTES, size_bytes))
        templates = self._templates.setdefault(kind, [])
        if len(templates) < _TEMPLATES:
            templates.append(a_template(kind, f"{self._seed} {kind} {len(templates)}"))
        template = templates[number % len(templates)]
        if kind in TEXTS:
            times = max(1, min(LARGEST_TEXT_BYTES, size_bytes) // len(template))
            return kind, finished(kind, template, mark=b"Reference %d" % number, times=times)
        return kind, padded(kind, template, self._unique(number, size_bytes - len(template)))

    def _unique(self, number: int, length: int) -> bytes:
        """Return bytes that no packer shrinks and no other content has."""
        length = max(16, length)
        start = self._random.randrange(_PADDING - LARGEST_BYTES)
        return struct.pack("<QQ", number, length) + self._padding[start : start + length - 16]

    def _stem(self) -> str:
        ending = self._random.choice(("", " v1", " v2", " FINAL", " draft", " signed"))
        return f"{self._random.choice(TITLES)} {self._random.randint(1, 99999)}{ending}"

    def _place(self, kind: str, stem: str) -> str:
        while True:
            folder = self._folders[int(len(self._folders) * self._random.random() ** 1.2)]
            path = f"{folder}/{stem}.{kind}"
            if path not in self._used:
                self._used.add(path)
                return path
            stem += " - Copy"

    def _put(self, path: str, kind: str, content: bytes, name: str) -> TruePath:
        target = self._root / path
        target.write_bytes(content)
        modified = self._random.randint(978_307_200, 1_748_000_000)  # 2001 to May 2025
        os.utime(target, (modified, modified))
        return TruePath(path=path, kind=kind, size_bytes=len(content), content=name)

    def _linked(self, truth: list[TruePath], wanted: int) -> Iterator[TruePath]:
        filled = [line for line in truth if line.size_bytes]
        for _ in range(wanted):
            line = self._random.choice(filled)
            path = self._place(line.kind, self._stem())
            (self._root / path).hardlink_to(self._root / line.path)
            yield TruePath(
                path=path, kind=line.kind, size_bytes=line.size_bytes, content=line.content, same_inode_as=line.path
            )

    def _pointing(self, truth: list[TruePath], wanted: int) -> Iterator[TruePath]:
        for _ in range(wanted):
            line = self._random.choice(truth)
            path = self._place(line.kind, self._stem())
            (self._root / path).symlink_to((self._root / line.path).absolute())
            yield TruePath(path=path, kind="link", size_bytes=0, content=line.content)


def make_meta_tree(root: Path, *, folders: int, files: int, seed: int = 1) -> None:
    """Make `files` empty files in `folders` folders in `root`, which must not exist: for what asks for names only.

    Folders lie up to eight levels deep and hold anything from no file to many.
    """
    chance = random.Random(seed)  # noqa: S311  a tree, not a secret
    root.mkdir(parents=True)
    places = [(root, 0)]
    for number in range(folders):
        above, depth = chance.choice(places[-400:]) if chance.random() < 0.7 else chance.choice(places)
        if depth >= _DEEPEST:
            above, depth = places[0]
        place = above / f"{chance.choice(_MATTERS if depth else _PLACES)} {number}"
        place.mkdir()
        places.append((place, depth + 1))
    weights = [chance.lognormvariate(0, 1) for _ in places]
    kinds = list(_KINDS)
    for number, (place, _) in enumerate(chance.choices(places, weights, k=files)):
        file = place / f"{chance.choice(_MATTERS)} {number:07} final.{chance.choice(kinds)}"
        file.touch()
        when = chance.randrange(978_307_200, 1_735_689_600)  # 2001 to 2024
        os.utime(file, (when, when))


def main() -> int:
    """Make one share and say what it holds."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--files", type=int, default=50_000)
    asked.add_argument("--folders", type=int, default=3_000)
    asked.add_argument("--seed", type=int, default=1)
    said = asked.parse_args()
    truth = make_share(said.folder, files=said.files, folders=said.folders, seed=said.seed)
    write_truth(truth, said.folder.with_name(said.folder.name + ".truth.jsonl"))
    groups = true_groups(truth)
    sizes = {line.path: line.size_bytes for line in truth}
    figures = {
        "paths": len(truth),
        "bytes": sum(line.size_bytes for line in truth if not line.same_inode_as),
        "groups": len(groups),
        "members": sum(map(len, groups)),
        "spare_bytes": sum(sizes[min(group)] * (len(group) - 1) for group in groups),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
