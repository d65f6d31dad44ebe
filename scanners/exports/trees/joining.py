"""Finding the file that a row of metadata is about, in a tree that was downloaded beside it.

Rows name the place in SharePoint, files lie below a folder on disk: the two share the end of their paths. How much
of the beginning has to go is the same for all rows, and is found by trying.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from scanners.exports.inventories.draft import Draft
from scanners.exports.record import ContentPlace, RecordKind, RecordVersion
from scanners.observation import FoundFile

_MAX_LEADING_PARTS = 12
_VERSIONED = re.compile(r"(?P<stem>.+)[._](?P<label>\d{1,5}\.\d{1,5})(?P<suffix>\.[^./]{1,16})?")
_MIN_SIBLINGS = 2


def key_of(path: str) -> str:
    """Return what two spellings of one path have in common: Unicode form and case."""
    return unicodedata.normalize("NFC", path).casefold()


@dataclass(slots=True)
class FileIndex:
    """The files of a tree by path; about 300 bytes a file. Two that differ in case only are told apart exactly."""

    _files: dict[str, list[FoundFile]] = field(default_factory=dict)

    def add(self, file: FoundFile) -> None:
        """Take one file in."""
        self._files.setdefault(key_of(file.path), []).append(file)

    def find(self, path: str) -> FoundFile | None:
        """Return the file at a path; None when there is none, or several and none that is written exactly so."""
        found = self._files.get(key_of(path), [])
        if len(found) == 1:
            return found[0]
        return next((file for file in found if file.path == path), None)

    def __iter__(self) -> Iterator[FoundFile]:
        """Yield the files in the order they were added."""
        for files in self._files.values():
            yield from files

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(map(len, self._files.values()))


def parts_of(location: str) -> tuple[str, ...]:
    """Return the names along an address of any kind, without the host or share."""
    path = location
    if location.startswith(("http://", "https://")):
        try:
            path = unquote(urlsplit(location).path)
        except ValueError:
            path = location
    return tuple(part for part in re.split(r"[\\/]+", path) if part not in ("", ".", ".."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """How rows and files find each other: the folder the files lie in, and how many leading names of a row to drop.

    `leading` is None when rows name their file themselves (`content`).
    """

    base: str
    leading: int | None

    def find(self, draft: Draft, files: FileIndex) -> FoundFile | None:
        """Return the file of a row, as it is called or with its version in its name."""
        path = self._path(draft)
        if not path:
            return None
        found = files.find(self._below(path))
        if found or not draft.version_label:
            return found
        stem, point, suffix = path.rpartition(".")
        name = (stem, f".{suffix}") if point and "/" not in suffix else (path, "")
        for mark in (".", "_"):
            found = files.find(self._below(f"{name[0]}{mark}{draft.version_label}{name[1]}"))
            if found:
                return found
        return None

    def _below(self, path: str) -> str:
        return f"{self.base}/{path}" if self.base else path

    def _path(self, draft: Draft) -> str:
        if self.leading is None:
            return draft.content.path if draft.content else ""
        return "/".join(parts_of(draft.location or draft.name)[self.leading :])


def best_join(drafts: Iterable[Draft], files: FileIndex, *, base: str) -> tuple[Join, int] | None:
    """Return the join that finds most files for these rows and how many it finds; None when none finds any."""
    rows = [draft for draft in drafts if draft.kind is not RecordKind.FOLDER]
    leadings: list[int | None] = [None, *range(_MAX_LEADING_PARTS)]
    best: tuple[Join, int] | None = None
    for leading in leadings:
        join = Join(base=base, leading=leading)
        found = sum(join.find(draft, files) is not None for draft in rows)
        if found and (best is None or found > best[1]):
            best = join, found
    return best


Versions = Mapping[str, tuple[tuple[str, FoundFile], ...]]


def version_files(files: FileIndex, *, named: AbstractSet[str], at_least: int = _MIN_SIBLINGS) -> Versions:
    """Return, for each file that has versions beside it, their labels and files, the oldest first.

    `Policy.2.1.pdf` alone is a legitimate name. A name is read as a version only when the file without it is there
    too, and at least two such versions of it; one is enough where metadata speaks of the file. Files that metadata
    names for themselves (`named`) are documents of their own, whatever they are called.
    """
    found: dict[str, dict[str, FoundFile]] = {}
    for file in files:
        folder, slash, name = file.path.rpartition("/")
        match = _VERSIONED.fullmatch(name) if file.path not in named else None
        document = files.find(f"{folder}{slash}{match['stem']}{match['suffix'] or ''}") if match else None
        if match and document is not None:
            found.setdefault(document.path, {})[match["label"]] = file
    return {
        path: tuple(sorted(versions.items(), key=lambda one: _rank(one[0])))
        for path, versions in found.items()
        if len(versions) >= at_least
    }


def earlier_versions(draft: Draft, versions: Versions, path: str) -> tuple[tuple[str, FoundFile], ...]:
    """Return the version files of a document that are older than the version its metadata states."""
    current = _rank(draft.version_label or "")
    return tuple(one for one in versions.get(path, ()) if _rank(one[0]) < current)


def put_into_history(draft: Draft, beside: Iterable[tuple[str, FoundFile]]) -> None:
    """Put the version files of a document into its history, beside what the metadata says of each."""
    known = {version.label: version for version in draft.versions or ()}
    for label, file in beside:
        stated = known.get(label, RecordVersion(label=label))
        known[label] = RecordVersion(
            label=label,
            size_bytes=stated.size_bytes if stated.size_bytes is not None else file.size_bytes,
            modified=stated.modified,
            modified_by=stated.modified_by,
            content=ContentPlace(path=file.path),
            is_current=stated.is_current,
        )
    if known:
        draft.versions = tuple(sorted(known.values(), key=lambda version: _rank(version.label)))


def _rank(label: str) -> tuple[int, ...]:
    return tuple(int(part) for part in label.split(".") if part.isdecimal())
