"""What belongs together and therefore goes together: a page and its pictures, the parts of a map or of an archive.

Names decide, and nothing else is read. Works on folders in the order of the walk and holds no more than the names
of one folder and what is still open on the way to it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from scanners.crawling.entries import FileRow, FolderListing
from scanners.crawling.residue import Neighbours, document_beside

Folder = tuple[str, Sequence[str]]  # the path of a folder, and the names of the files in it


class UnitKind(StrEnum):
    """Why files belong together."""

    WEB_PAGE = "web_page"
    NOTEBOOK = "notebook"
    MAP = "map"
    SPLIT_ARCHIVE = "split_archive"
    COMPANION = "companion"


_WORDS = {
    UnitKind.WEB_PAGE: "a saved web page and the folder with its pictures",
    UnitKind.NOTEBOOK: "the sections of one OneNote notebook",
    UnitKind.MAP: "the parts of one map layer (shapefile)",
    UnitKind.SPLIT_ARCHIVE: "the parts of one archive; none of them can be opened without the others",
    UnitKind.COMPANION: "a document and what a program keeps beside it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Files that are one thing to a person.

    `head` is the file that stands for it, `members` are the other files, and all that lies in `folders` belongs
    to it too. Paths are below the root.
    """

    kind: UnitKind
    head: str
    members: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What it is, for a records manager."""
        return f"belongs to {self.head}: {_WORDS[self.kind]}; dispose of together"


# What the display of Windows moves and deletes along with a page, by the language in which it was saved.
_PAGE_FOLDER = re.compile(
    r"(.+)(?:\.files|[_-](?:files|dateien|fichiers|bestanden|archivos|arquivos|file|filer|pliki|soubory|tiedostot|"
    r"elemei|datoteke|dosyalar|fitxers|fitxategiak|failid|fails|bylos|fajlovi))",
    re.DOTALL,
)
_PAGE = re.compile(r"(.+)\.(?:[xs]?html?|mht)", re.DOTALL)
_OF_ANOTHER = ("._", "~$")  # named after a file, but not of its kind
_NOTEBOOK_CONTENTS, _NOTEBOOK_SECTION, _NOTEBOOK_BIN = ".onetoc2", ".one", "onenote_recyclebin"
_MAP = re.compile(
    r"(.+)\.(shp|shx|dbf|prj|cpg|cst|sbn|sbx|qix|qpj|qmd|fbn|fbx|ain|aih|ixs|mxs|shp\.xml|[^.]+\.atx)", re.DOTALL
)
_ARCHIVE = r"zip|7z|rar|tar|tgz|gz|bz2|xz"
_PARTS = (  # the name without its part, and the part; the head is the first of them in this order
    re.compile(rf"(?P<of>.+\.(?:{_ARCHIVE}))\.(?P<part>\d{{3}})", re.DOTALL),
    re.compile(r"(?P<of>.+)\.part(?P<part>\d{1,5})\.rar", re.DOTALL),
)
_VOLUMES = (  # the head has an extension of its own
    (re.compile(r"(?P<of>.+)\.z\d{2,3}", re.DOTALL), ".zip"),
    (re.compile(r"(?P<of>.+)\.[r-z]\d{2}", re.DOTALL), ".rar"),
)


def units_of(folders: Iterable[Folder]) -> Iterator[Unit]:
    """Yield the units among the files of `folders`, each folder followed by the folders inside it.

    A unit comes when everything that may belong to it has been seen. What lies in a folder that belongs to a unit
    is not grouped once more.
    """
    way: list[_Open] = []
    for path, names in folders:
        while way and not _is_below(path, way[-1].path):
            yield from _leave(way)
        way.append(_Open(path=path))
        if len(way) > 1 and (way[-2].is_taken or way[-2].take_folder(path)):
            way[-1].is_taken = True
            continue
        way[-1].group(names)
    while way:
        yield from _leave(way)


def units_of_listings(listings: Iterable[FolderListing]) -> Iterator[Unit]:
    """Yield the units of a walk; a folder that comes in several parts counts as one."""
    return units_of(
        (
            path,
            [entry.path.rpartition("/")[2] for part in parts for entry in part.entries if isinstance(entry, FileRow)],
        )
        for path, parts in groupby(listings, key=lambda listing: listing.path)
    )


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")


@dataclass(slots=True)
class _Group:
    """A unit in the making; names are those in its folder."""

    kind: UnitKind
    head: str
    members: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def as_unit(self) -> Unit:
        return Unit(
            kind=self.kind, head=self.head, members=tuple(sorted(self.members)), folders=tuple(sorted(self.folders))
        )


@dataclass(slots=True)
class _Open:
    """A folder on the way from the root to where the walk stands."""

    path: str
    is_taken: bool = False
    pages: dict[str, list[str]] = field(default_factory=dict)  # what its folder would be called after, and the pages
    groups: dict[str, _Group] = field(default_factory=dict)  # by every path that is in one
    notebook: _Group | None = None

    def group(self, names: Sequence[str]) -> None:
        keys = {name.casefold(): name for name in names}
        themselves = {key: name for key, name in keys.items() if not key.startswith(_OF_ANOTHER)}
        self._group_pages(themselves)
        self._group_notebook(themselves)
        self._group_maps(themselves)
        self._group_archives(themselves)
        self._group_companions(names, keys)

    def take_folder(self, path: str) -> bool:
        """Add the folder to the unit that it belongs to, if any."""
        key = path.rpartition("/")[2].casefold()
        if self.notebook and key == _NOTEBOOK_BIN:
            self.notebook.folders.append(path)
            return True
        match = _PAGE_FOLDER.fullmatch(key)
        pages = self.pages.get(match[1]) if match else None
        if not pages:
            return False
        group = self.groups.get(pages[0]) or self._new(UnitKind.WEB_PAGE, pages[0])
        group.kind = UnitKind.WEB_PAGE
        group.folders.append(path)
        for page in pages[1:]:
            self._add(group, page)
        return True

    def finished(self) -> Iterator[Unit]:
        for group in {id(group): group for group in self.groups.values()}.values():
            if group.members or group.folders:
                yield group.as_unit()

    def _below(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def _new(self, kind: UnitKind, head: str) -> _Group:
        group = _Group(kind=kind, head=head)
        self.groups[head] = group
        return group

    def _add(self, group: _Group, path: str) -> None:
        if path != group.head and path not in self.groups:
            group.members.append(path)
            self.groups[path] = group

    def _group_pages(self, keys: dict[str, str]) -> None:
        for key, name in keys.items():
            if match := _PAGE.fullmatch(key):
                self.pages.setdefault(match[1], []).append(self._below(name))

    def _group_notebook(self, keys: dict[str, str]) -> None:
        contents = [name for key, name in keys.items() if key.endswith(_NOTEBOOK_CONTENTS)]
        sections = [name for key, name in keys.items() if key.endswith(_NOTEBOOK_SECTION)]
        if contents and sections:
            self.notebook = self._new(UnitKind.NOTEBOOK, self._below(contents[0]))
            for name in (*contents, *sections):
                self._add(self.notebook, self._below(name))

    def _group_maps(self, keys: dict[str, str]) -> None:
        for key, name in keys.items():
            match = _MAP.fullmatch(key)
            head = keys.get(f"{match[1]}.shp") if match else None
            if head is not None:
                group = self.groups.get(self._below(head)) or self._new(UnitKind.MAP, self._below(head))
                self._add(group, self._below(name))

    def _group_archives(self, keys: dict[str, str]) -> None:
        series: dict[tuple[int, str], list[tuple[int, str]]] = {}
        for key, name in keys.items():
            for number, pattern in enumerate(_PARTS):
                if match := pattern.fullmatch(key):
                    series.setdefault((number, match["of"]), []).append((int(match["part"]), name))
            for pattern, extension in _VOLUMES:
                match = pattern.fullmatch(key)
                if match and (head := keys.get(match["of"] + extension)):
                    group = self.groups.get(self._below(head)) or self._new(UnitKind.SPLIT_ARCHIVE, self._below(head))
                    self._add(group, self._below(name))
        for parts in series.values():
            parts.sort()
            group = self._new(UnitKind.SPLIT_ARCHIVE, self._below(parts[0][1]))
            for _, name in parts:
                self._add(group, self._below(name))

    def _group_companions(self, names: Sequence[str], keys: dict[str, str]) -> None:
        neighbours = Neighbours(names)
        for name in names:
            documents: Sequence[str] = neighbours.locked_by(name)
            if not documents and (beside := document_beside(name)) is not None:
                documents = [keys[beside.casefold()]] if beside.casefold() in keys else []
            for document in documents:
                path = self._below(document)
                group = self.groups.get(path) or self._new(UnitKind.COMPANION, path)
                self._add(group, self._below(name))


def _leave(way: list[_Open]) -> Iterator[Unit]:
    folder = way.pop()
    above = way[-1].notebook if way else None
    if folder.notebook and above:
        # A group of sections is a folder of the same notebook.
        above.members += [folder.notebook.head, *folder.notebook.members]
        above.folders += folder.notebook.folders
        folder.notebook.members, folder.notebook.folders = [], []
    yield from folder.finished()
