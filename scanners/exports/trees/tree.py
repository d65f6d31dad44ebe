"""Trees of files that were downloaded, with or without a table of metadata beside them.

Rows without a file and files without a row are both told. A file that no row speaks of states nothing but that it
is there: its times are those of the download, so what is not stated stays unknown, never "recent".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from scanners.crawling import crawl
from scanners.exports.inventories.draft import Draft
from scanners.exports.inventories.inventory import Inventory
from scanners.exports.inventories.places import joined, kind_by_place, looks_misdecoded
from scanners.exports.reading import ColumnUse, ImportAccount
from scanners.exports.record import ContentPlace, Evidence, ExportDescription, ExportedRecord, ExportKind, RecordKind
from scanners.exports.trees.joining import (
    FileIndex,
    Join,
    Versions,
    best_join,
    earlier_versions,
    put_into_history,
    version_files,
)
from scanners.observation import FoundFile, SkippedEntry, UnreadableEntry

NO_FILE = "the metadata names a file that is not in the tree"
NO_ROW = "the tree holds a file that the metadata does not name"
NO_ORIGIN = "where its original lies was not declared"
SIZE_DIFFERS = "its file does not have the size that is stated: SharePoint changes office files on their way"

_SAMPLE_ROWS = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILE_TIME = "time of the file on disk"
_WITH_FILES = frozenset({RecordKind.FILE, RecordKind.PAGE, RecordKind.SHORTCUT, RecordKind.ATTACHMENT})
_ATTACHMENT_PARTS = 2
_NOTHING_STATED = "it says nothing of authors, dates, versions, labels, records, holds or check-outs"
_HISTORY = "{} file(s) are earlier versions of others and were put into their history"
_SYNCED = "the name of its folder suggests that it was synchronised from {!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """A table of metadata, and how its rows find their files."""

    inventory: Inventory
    join: Join


class Tree:
    """One downloaded tree.

    Args:
        root: The folder.
        sidecars: The tables of metadata found in it.
        site: Where its content came from, when that was declared.
        lists: Folders of lists whose attachments lie below "Attachments".
        form: What to call it.

    Raises:
        SourceUnavailableError: The folder cannot be read.
    """

    def __init__(
        self, root: str, *, sidecars: Sequence[Sidecar], site: str | None, lists: Sequence[str] = (), form: str = ""
    ) -> None:
        self._root = root
        self._sidecars = sidecars
        self._site = site
        self._lists = tuple(lists)
        self._form = form or ("tree with metadata beside it" if sidecars else "tree without metadata")
        self._account = ImportAccount()
        self._begin_account()

    @property
    def description(self) -> ExportDescription:
        """What is known of the export as a whole."""
        described = [sidecar.inventory.description for sidecar in self._sidecars]
        limits = dict.fromkeys(limit for one in described for limit in one.limits)
        kinds = {one.kind for one in described if one.kind is not ExportKind.INVENTORY}
        return ExportDescription(
            kind=kinds.pop() if kinds else ExportKind.TREE,
            form="; ".join(dict.fromkeys([self._form, *(one.form for one in described)])),
            control_files=tuple(file for one in described for file in one.control_files),
            tool=next((one.tool for one in described if one.tool), None),
            site=self._site,
            limits=tuple(limits) or (_NOTHING_STATED,),
        )

    @property
    def account(self) -> ImportAccount:
        """What became of columns, rows and files; a file that no row names counts as a row of its own."""
        return self._account

    def records(self) -> Iterator[ExportedRecord]:
        """Yield the record of every row, then those of files that no row names. Memory: about 300 bytes a file.

        Raises:
            ScannerError: The folder or a table cannot be read any further.
        """
        self._begin_account()
        files = self._crawled()
        named = self._named(files)
        versions = version_files(files, named=named)
        single = version_files(files, named=named, at_least=1)
        taken = {file.path for beside in versions.values() for _, file in beside}
        taken |= {file.path for file in self.description.control_files}
        for sidecar in self._sidecars:
            yield from self._of_sidecar(sidecar, files, (versions, single), taken)
        for file in files:
            if file.path not in taken:
                self._account.rows += 1
                draft = self._lone(file)
                put_into_history(draft, versions.get(file.path, ()))
                yield self._counted(draft.freeze(_evidence_of(file)))
        if versions:
            self._account.notes.append(_HISTORY.format(sum(map(len, versions.values()))))

    def _named(self, files: FileIndex) -> set[str]:
        """Return the files that metadata names; a passage of its own, as their rows may come in any order."""
        found = (
            sidecar.join.find(one.draft, files) for sidecar in self._sidecars for one in sidecar.inventory.drafts()
        )
        return {file.path for file in found if file is not None}

    def _of_sidecar(
        self,
        sidecar: Sidecar,
        files: FileIndex,
        versions: tuple[Versions, Versions],
        taken: set[str],
    ) -> Iterator[ExportedRecord]:
        own = sidecar.inventory.account
        for found in sidecar.inventory.drafts():
            file = sidecar.join.find(found.draft, files)
            if file is not None:
                taken.add(file.path)
                _attach(found.draft, file)
                beside = versions[0].get(file.path) or earlier_versions(found.draft, versions[1], file.path)
                put_into_history(found.draft, beside)
                taken.update(one.path for _, one in beside)
            elif found.draft.kind in _WITH_FILES:
                found.draft.content = None
                found.draft.doubt(NO_FILE)
            yield self._counted(found.freeze())
        self._account.rows += own.rows
        self._account.refused_rows.update(own.refused_rows)
        self._account.dropped.update(own.dropped)

    def _lone(self, file: FoundFile) -> Draft:
        name = file.path.rpartition("/")[2]
        draft = Draft(location=joined(self._site or "", file.path), name=name, relative_path=file.path, site=self._site)
        draft.kind = kind_by_place(file.path, name) or RecordKind.FILE
        draft.extra_fields[_FILE_TIME] = _instant_of(file)
        _attach(draft, file)
        item = self._item_of(file.path)
        if item:
            draft.kind = RecordKind.ATTACHMENT
            draft.parent_location, draft.source_ids["parent_list_item_id"] = item
        elif self._sidecars:
            draft.doubt(NO_ROW)
        if self._site is None:
            draft.doubt(NO_ORIGIN)
        if self.description.kind is ExportKind.EDISCOVERY:
            draft.is_on_hold = True
        if looks_misdecoded(name):
            draft.doubt("its name looks as if it was decoded wrongly")
        return draft

    def _item_of(self, path: str) -> tuple[str, str] | None:
        """Return the list and the number of the item that a file is attached to."""
        for folder in self._lists:
            below = path.removeprefix(f"{folder}/Attachments/" if folder else "Attachments/")
            parts = below.split("/")
            if below != path and len(parts) == _ATTACHMENT_PARTS and parts[0].isdecimal():
                return joined(self._site or "", folder), parts[0]
        return None

    def _counted(self, record: ExportedRecord) -> ExportedRecord:
        self._account.records += 1
        for anomaly in record.anomalies:
            self._account.anomalies[anomaly] += 1
        return record

    def _crawled(self) -> FileIndex:
        files = FileIndex()
        for entry in crawl(self._root):
            match entry:
                case FoundFile():
                    files.add(entry)
                case SkippedEntry() | UnreadableEntry():
                    self._account.rows += 1
                    self._account.refused_rows[f"an entry of the tree was not read: {entry.detail}"] += 1
                case _:
                    pass
        return files

    def _begin_account(self) -> None:
        account = self._account
        for counter in (account.dropped, account.refused_rows, account.anomalies):
            counter.clear()
        account.rows = account.records = 0
        accounts = [sidecar.inventory.account for sidecar in self._sidecars]
        account.columns = tuple(dict.fromkeys(use for one in accounts for use in one.columns))
        unknown = [set(one.unknown_targets) for one in accounts]
        account.unknown_targets = tuple(sorted(set.union(*unknown))) if unknown else ("everything but name and size",)
        account.notes[:] = dict.fromkeys(note for one in accounts for note in one.notes)
        folder = self._root.rstrip("/").rpartition("/")[2]
        if " - " in folder:
            account.notes.append(_SYNCED.format(folder))
        if not self._sidecars:
            account.columns = (ColumnUse(column="path of the file", target="relative_path"),)


def joined_sidecar(inventory: Inventory, files: FileIndex, *, base: str) -> tuple[Sidecar, int] | None:
    """Return the table as a sidecar of these files and how many of its first rows find one; None when none does."""
    found = best_join((one.draft for one in islice(inventory.drafts(), _SAMPLE_ROWS)), files, base=base)
    return (Sidecar(inventory=inventory, join=found[0]), found[1]) if found else None


def files_below(root: str) -> FileIndex:
    """Return the files of a tree.

    Raises:
        SourceUnavailableError: The folder cannot be read.
    """
    files = FileIndex()
    for entry in crawl(root):
        if isinstance(entry, FoundFile):
            files.add(entry)
    return files


def _attach(draft: Draft, file: FoundFile) -> None:
    draft.content = ContentPlace(path=file.path)
    if draft.size_bytes is None:
        draft.size_bytes = file.size_bytes
    elif draft.size_bytes != file.size_bytes:
        draft.doubt(SIZE_DIFFERS)


def _evidence_of(file: FoundFile) -> Evidence:
    return Evidence(file=file.path, sha256="", place="the file itself, which no table of metadata names")


def _instant_of(file: FoundFile) -> str:
    try:
        return (_EPOCH + timedelta(microseconds=file.modified_ns // 1000)).isoformat(timespec="seconds")
    except OverflowError:
        return ""
