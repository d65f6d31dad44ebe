"""Names that programs leave behind: no record in themselves, but a sign of what is going on beside them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_FRESH = timedelta(days=2)  # a document left open overnight; older owner files were left by a crash

_LONG_WORD_NAME = 8
_OWNER = "~$"
_APPLE_DOUBLE = "._"
_OFFICE_LOCK = re.compile(r"\.~lock\.(.+)#", re.DOTALL)
_DATABASE_LOCKS = {".laccdb": (".accdb", ".accde"), ".ldb": (".mdb", ".mde")}
_WORD = (".doc", ".docx", ".docm", ".dot", ".dotx", ".dotm", ".rtf")


class ResidueKind(StrEnum):
    """What a left-over file is."""

    LITTER = "litter"
    LOCK = "lock"
    TEMPORARY = "temporary"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """A left-over file; `detail` says in words what it is."""

    kind: ResidueKind
    detail: str


_LITTER = {
    "thumbs.db": "small pictures that Windows keeps for its display of a folder",
    "ehthumbs.db": "small pictures that Windows keeps for its display of a folder",
    "desktop.ini": "how Windows displays a folder",
    ".ds_store": "how a Mac displays a folder",
}
_APPLE = Residue(kind=ResidueKind.LITTER, detail="what a Mac keeps about the file of the same name beside it")
_OWNER_FILE = Residue(kind=ResidueKind.LOCK, detail="names who has a document beside it open, or had at a crash")
_DATABASE_LOCK = Residue(kind=ResidueKind.LOCK, detail="says that a database beside it is open, or was at a crash")
_WORD_TEMPORARY = Residue(kind=ResidueKind.TEMPORARY, detail="a state in which Word left a document at a crash")
_TEMPORARY = Residue(kind=ResidueKind.TEMPORARY, detail="a program's temporary file")
_BACKUP = Residue(kind=ResidueKind.BACKUP, detail="an earlier state of a file, kept by a program or by hand")

_PATTERNS = (
    (re.compile(r"\._.+", re.DOTALL), _APPLE),
    (re.compile(r"~\$.+", re.DOTALL), _OWNER_FILE),
    (_OFFICE_LOCK, _OWNER_FILE),
    (re.compile(r".*\.l(?:acc)?db", re.DOTALL), _DATABASE_LOCK),
    (re.compile(r"~wrl\d*\.tmp"), _WORD_TEMPORARY),
    (re.compile(r".*\.tmp", re.DOTALL), _TEMPORARY),
    (re.compile(r".*\.bak", re.DOTALL), _BACKUP),
)
_SUSPECT = re.compile(r"[.~]|.*\.(?:ldb|laccdb|tmp|bak|db|ini)\Z", re.DOTALL | re.IGNORECASE)


def residue_of(name: str) -> Residue | None:
    """Tell what a file of this name (without its folders) is a left-over of, None for any other name.

    A name is a claim: somebody may keep minutes in `minutes.bak`. It is a reason to propose a look, no more.
    """
    if not _SUSPECT.match(name):
        return None  # as good as every file of a share
    key = name.casefold()
    if key in _LITTER:
        return Residue(kind=ResidueKind.LITTER, detail=_LITTER[key])
    return next((residue for pattern, residue in _PATTERNS if pattern.fullmatch(key)), None)


class Neighbours:
    """The names in one folder, to be asked which of them a lock speaks of."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_key: dict[str, list[str]] = {}
        self._by_tail: dict[str, list[str]] = {}
        for name in names:
            key = name.casefold()
            self._by_key.setdefault(key, []).append(name)
            stem, dot, extension = key.rpartition(".")
            if dot + extension in _WORD and len(stem) >= _LONG_WORD_NAME - 1:
                self._by_tail.setdefault(key[2 if len(stem) >= _LONG_WORD_NAME else 1 :], []).append(name)

    def locked_by(self, name: str) -> tuple[str, ...]:
        """Return the documents that the lock `name` speaks of; none if it is no lock."""
        key = name.casefold()
        if lock := _OFFICE_LOCK.fullmatch(key):
            return tuple(self._by_key.get(lock[1], ()))
        if key.startswith(_OWNER):
            # Excel and PowerPoint put `~$` before the name; Word does so with short names and over the head of others.
            rest = key.removeprefix(_OWNER)
            return (*self._by_key.get(rest, ()), *(other for other in self._by_tail.get(rest, ()) if other != name))
        stem, dot, extension = key.rpartition(".")
        endings = _DATABASE_LOCKS.get(dot + extension, ())
        return tuple(other for ending in endings for other in self._by_key.get(stem + ending, ()))


def documents_locked_by(name: str, beside: Iterable[str]) -> tuple[str, ...]:
    """Return those of the names `beside` it in its folder that the lock `name` speaks of; none if it is no lock.

    Word drops the beginning of a long name, so that more than one may fit: then all of them count as open.
    """
    return Neighbours(beside).locked_by(name)


def document_beside(name: str) -> str | None:
    """Return the name of the file about which a Mac keeps `name`, None if it does not keep it."""
    return name.removeprefix(_APPLE_DOUBLE) if name.startswith(_APPLE_DOUBLE) and name != _APPLE_DOUBLE else None


def is_fresh(*, modified_at: datetime, as_of: datetime) -> bool:
    """Tell whether a lock of this age means that somebody has the document open now; when in doubt, yes."""
    return as_of - modified_at < _FRESH
