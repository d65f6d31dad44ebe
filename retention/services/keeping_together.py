"""What is one thing to a person goes together or not at all: a case, a series' year, a web page and its pictures.

The rules tell which classes fall due as a whole, the scanners tell from the names which files are one thing. A part
that may not go keeps all the others; and what somebody is working on, as a fresh lock beside it tells, is not proposed
at all.
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


WHOLE_CASE = "whole_case"  # the rules' flag on a class whose clock belongs to the case, not to the paper
WHOLE_SERIES_YEAR = "whole_series_year"  # the same on a class of which a whole year falls due as one
_CASE_WAITS = "another paper of the same case is not due or is held, and a case goes as a whole"
_YEAR_WAITS = "another paper of the same year is not due or is held, and a year of the series goes as a whole"
_NOT_COMPARED = "a paper there was not compared with the schedule yet, and a case goes as a whole"


def goes_as_a_whole(item: AppraisedCopy) -> bool:
    """Tell whether the copy is of a class of which whole cases, or whole years, fall due as one."""
    return WHOLE_CASE in item.flags or WHOLE_SERIES_YEAR in item.flags


class WaitingCases:
    """Which cases and years wait for a paper that may not go. Memory grows with those cases, not with their papers.

    A year of a series is that in which its papers fall due: a paper of which that is not known is of every year.
    """

    def __init__(self) -> None:
        self._cases: dict[tuple[str, str, str | None], str] = {}
        self._years: dict[tuple[str, str, str | None], dict[tuple[int, int], str]] = {}
        self._not_compared: dict[Place, str] = {}

    def add(self, item: AppraisedCopy, *, is_compared: bool = True) -> None:
        """Take in a copy that is there and may not go; one that was not compared may be a paper of any class."""
        if item.outcome is None or not is_compared:
            for folder in _folders_above(item.path):
                self._not_compared.setdefault((item.copy.source_id, folder), item.path)
        if WHOLE_CASE in item.flags:
            self._cases.setdefault(_case(item), item.path)
        if WHOLE_SERIES_YEAR in item.flags:
            self._years.setdefault(_case(item), {}).setdefault(_years(item), item.path)

    def reason(self, item: AppraisedCopy) -> str | None:
        """Return why `item` must wait with its case or year, naming the paper it waits for; None when it need not."""
        if not goes_as_a_whole(item):
            return None
        case = _case(item)
        if WHOLE_CASE in item.flags and (waits_for := self._cases.get(case)) is not None:
            return f"{_CASE_WAITS}: {shown(waits_for)}"
        first, last = _years(item)
        for (other_first, other_last), waits_for in self._years.get(case, {}).items():
            if first <= other_last and other_first <= last:
                return f"{_YEAR_WAITS}: {shown(waits_for)}"
        waits_for = self._not_compared.get((item.copy.source_id, case[1]))
        return None if waits_for is None else f"{_NOT_COMPARED}: {shown(waits_for)}"


def _case(item: AppraisedCopy) -> tuple[str, str, str | None]:
    own = item.path.rpartition("/")[0]
    return item.copy.source_id, own if item.case_path is None else item.case_path, item.class_id


def _years(item: AppraisedCopy) -> tuple[int, int]:
    return (item.due_earliest or date.min).year, (item.due_latest or date.max).year


def _folders_above(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


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
