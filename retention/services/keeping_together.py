"""What is one thing to a person goes together or not at all: a web page and its pictures, the parts of an archive.

The scanners tell from the names what belongs together. A part that may not go keeps all the others; and what
somebody is working on, as a fresh lock beside it tells, is not proposed at all.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta

from retention.domain.eligibility import AppraisedCopy
from retention.domain.naming import shown
from retention.store import records
from retention.store.catalogue import Transaction
from scanners.crawling.residue import Neighbours, ResidueKind, is_fresh, residue_of
from scanners.crawling.units import Unit, UnitKind, units_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[str, str]  # a source, and a path below its root

_WAITS = "another part of it is not due, is held or unread, or falls under another class"


def parts_that_wait(tx: Transaction, eligible: Iterable[AppraisedCopy], *, as_of: date) -> Mapping[Place, str]:
    """Return which of the eligible copies must wait, and why in words.

    They wait for another part of the same thing, or because at the last scan somebody had the document open.

    Memory holds the names of every file of the sources that the copies lie in.
    """
    classes: dict[str, dict[str, str | None]] = {}
    for item in eligible:
        classes.setdefault(item.copy.source_id, {})[item.path] = item.class_id
    waiting: dict[Place, str] = {}
    for source_id, may_go in classes.items():
        tree = _Tree(tx, source_id)
        for unit in units_of(tree.folders()):
            parts = tuple(tree.parts_of(unit))
            if not _goes_as_a_whole(unit, parts, may_go):
                waiting.update({(source_id, path): f"{unit.words}; {_WAITS}" for path in parts if path in may_go})
        for path, lock in _open_documents(tx, source_id, tree, as_of=as_of):
            if path in may_go:
                waiting[source_id, path] = f"somebody seems to have it open: {shown(lock)} lies beside it"
    return waiting


def _open_documents(tx: Transaction, source_id: str, tree: "_Tree", *, as_of: date) -> Iterator[tuple[str, str]]:
    """Yield each document that a fresh lock beside it speaks of, with the name of the lock."""
    until = datetime.combine(as_of, time.max, UTC)
    for folder, names in tree.folders():
        locks = {_joined(folder, name): name for name in names if _is_lock(name)}
        if not locks:
            continue
        beside = Neighbours(names)
        for path, known in records.known_at(tx, source_id, list(locks)).items():
            modified_at = _EPOCH + timedelta(microseconds=known.modified_ns // 1000)
            if is_fresh(modified_at=modified_at, as_of=until):
                yield from ((_joined(folder, document), locks[path]) for document in beside.locked_by(locks[path]))


def _is_lock(name: str) -> bool:
    residue = residue_of(name)
    return residue is not None and residue.kind is ResidueKind.LOCK


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _goes_as_a_whole(unit: Unit, parts: Sequence[str], may_go: Mapping[str, str | None]) -> bool:
    if unit.kind is UnitKind.COMPANION:  # what a program left beside a document may go before it, and alone
        return True
    return all(path in may_go for path in parts) and len({may_go[path] for path in parts}) <= 1


class _Tree:
    """The names of every file that is there, by folder; a folder stands right before those inside it."""

    def __init__(self, tx: Transaction, source_id: str) -> None:
        names: dict[str, list[str]] = {}
        with closing(records.paths_there(tx, source_id)) as paths:
            for path in paths:
                folder, _, name = path.rpartition("/")
                names.setdefault(folder, []).append(name)
        self._folders = sorted((_steps(folder), folder, found) for folder, found in names.items())

    def folders(self) -> Iterator[tuple[str, list[str]]]:
        return ((folder, names) for _, folder, names in self._folders)

    def parts_of(self, unit: Unit) -> Iterator[str]:
        yield unit.head
        yield from unit.members
        for folder in unit.folders:
            yield from self._inside(_steps(folder))

    def _inside(self, top: list[str]) -> Iterator[str]:
        for place in range(bisect_left(self._folders, (top,)), len(self._folders)):
            steps, folder, names = self._folders[place]
            if steps[: len(top)] != top:
                return
            yield from (f"{folder}/{name}" for name in names)


def _steps(folder: str) -> list[str]:
    return folder.split("/") if folder else []
