"""Opening an export, whatever form it comes in: the one door that a command or a service uses."""

import os
import re
from collections.abc import Sequence

from scanners.errors import SourceUnavailableError
from scanners.exports.control_files import take_control_file
from scanners.exports.errors import ExportError, NotAnExportError
from scanners.exports.inventories.columns import header_score
from scanners.exports.inventories.inventory import Declared, Inventory
from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.inventories.profiles import ColumnProfile
from scanners.exports.labelling import LabelledReader
from scanners.exports.reading import ExportReader
from scanners.exports.record import ExportKind
from scanners.exports.tables.opening import open_table
from scanners.exports.tables.rows import Table
from scanners.exports.trees.joining import FileIndex, Join
from scanners.exports.trees.tree import Sidecar, Tree, files_below, joined_sidecar
from scanners.exports.zipped import open_zipped

_TABLE_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".xlsx")
_PACKAGE_FILES = frozenset({"systemdata.xml", "exportsettings.xml"})
_MANIFEST = re.compile(r"manifest\w*\.xml")
_RESULTS = re.compile(r"(?:results|items)\.csv")
_LOAD_FILE = re.compile(r"export_load_file.*\.csv")
_ITEM_REPORT = re.compile(r"itemreport(?:_r\d+)?\.csv")
_ZIP_SUFFIX = ".zip"
_MAX_SIDECARS = 200


def open_export(
    path: str,
    *,
    zone: str | None = None,
    profile: ColumnProfile | None = None,
    labels: LabelCatalogue | None = None,
    form: str | None = None,
    site: str | None = None,
) -> ExportReader:
    """Return the reader of an export: a table, a content package, or a tree with or without metadata.

    Opening reads a table once, so the account already says what is made of each column; nothing else is kept.

    Args:
        path: The file or folder.
        zone: The zone of times that state none, such as Europe/London; without it they mean nothing.
        profile: What was declared about the columns.
        labels: The retention labels of the tenant.
        form: The form it has, when that is known better than it can be seen.
        site: Where the content of a tree without metadata came from.

    Raises:
        ExportError: It is no export, cannot be read, or does not fit what was declared.
        SourceUnavailableError: The folder cannot be read.
    """
    declared = Declared(zone=zone, profile=profile, labels=labels, form=form)
    if os.path.isdir(path):  # noqa: PTH112  a path may hold bytes that are kept as they are
        return _open_folder(path, declared, site=site)
    name = path.rpartition("/")[2].casefold()
    if name.endswith(".cmp"):
        return _open_package(path, declared)
    if name.endswith(_ZIP_SUFFIX):
        return open_zipped(path, lambda folder, only: _open_inside(folder, only, declared, site=site))
    return Inventory([_table(path, declared)], declared)


def _open_inside(folder: str, only: str, declared: Declared, *, site: str | None) -> tuple[ExportReader, str]:
    """Open what was in a zip: one table or package, or a folder, which may hold nothing but the folder of a package."""
    if only.casefold().endswith(".cmp"):
        return _open_package(f"{folder}/{only}", declared), folder
    if only.casefold().endswith(_TABLE_SUFFIXES):
        return Inventory([_table(f"{folder}/{only}", declared)], declared), folder
    names = _names_in(folder)
    inner = f"{folder}/{names[0]}" if len(names) == 1 else ""
    if inner and os.path.isdir(inner) and _is_package(_names_in(inner)):  # noqa: PTH112
        folder = inner
    return _open_folder(folder, declared, site=site), folder


def _is_package(names: Sequence[str]) -> bool:
    keys = {name.casefold() for name in names}
    return bool(_PACKAGE_FILES & keys) or any(_MANIFEST.fullmatch(key) or key.endswith(".cmp") for key in keys)


def _open_folder(root: str, declared: Declared, *, site: str | None) -> ExportReader:
    names = _names_in(root)
    by_key = {name.casefold(): name for name in names}
    results = [name for key, name in sorted(by_key.items()) if _LOAD_FILE.fullmatch(key) or _RESULTS.fullmatch(key)]
    if results:
        return _open_set(root, results, declared, site=site)
    if _is_package(names):
        return _open_package(root, declared)
    rounds = sorted(by_key, key=lambda key: (len(key), key))  # round 10 comes after round 9
    reports = [by_key[key] for key in rounds if _ITEM_REPORT.fullmatch(key)]
    if reports:
        return Inventory([_table(f"{root}/{name}", declared, shown=name) for name in reports], declared)
    return _open_tree(root, declared, site=site)


def _open_set(root: str, names: Sequence[str], declared: Declared, *, site: str | None) -> ExportReader:
    """Open tables that list one eDiscovery export together; their rows name their files themselves."""
    try:
        inventory = Inventory([_table(f"{root}/{name}", declared, shown=name) for name in names], declared)
    except NotAnExportError:  # a file that happens to have such a name
        return _open_tree(root, declared, site=site)
    if inventory.form.kind is not ExportKind.EDISCOVERY:
        return _open_tree(root, declared, site=site)
    joined = joined_sidecar(inventory, files_below(root), base="")
    if joined is None:
        return inventory
    return Tree(root, sidecars=[joined[0]], site=site, form="eDiscovery export with its files")


def _open_tree(root: str, declared: Declared, *, site: str | None) -> ExportReader:
    files = files_below(root)
    units = _library_units(files)
    if units:
        return _open_libraries(root, units, files, declared, site=site)
    best: tuple[Sidecar, int] | None = None
    candidates = [
        file.path for file in files if "/" not in file.path and file.path.casefold().endswith(_TABLE_SUFFIXES)
    ]
    for name in candidates[:_MAX_SIDECARS]:
        found = _sidecar(root, name, files, declared, base="")
        if found and (best is None or found[1] > best[1]):
            best = found
    return Tree(root, sidecars=[best[0]] if best else [], site=site)


def _library_units(files: FileIndex) -> dict[str, str]:
    """Return the table of each library downloaded in ShareGate's manner, `Library/Library.xlsx`, by its folder."""
    folders = {file.path.rpartition("/")[0] for file in files}
    units = {}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        stem = name.rpartition(".")[0]
        is_table = name.casefold().endswith((".xlsx", ".csv")) and stem == folder.rpartition("/")[2]
        inner = tuple(f"{folder}/{kind}" for kind in ("Documents", "Attachments"))
        if is_table and folder and any(f"{one}/".startswith(f"{each}/") for one in folders for each in inner):
            units[folder] = file.path
    return units


def _open_libraries(
    root: str, units: dict[str, str], files: FileIndex, declared: Declared, *, site: str | None
) -> ExportReader:
    sidecars = []
    for folder, table in list(units.items())[:_MAX_SIDECARS]:
        inventory = Inventory([_table(f"{root}/{table}", declared, shown=table)], declared)
        joined = joined_sidecar(inventory, files, base=f"{folder}/Documents")
        sidecars.append(joined[0] if joined else _unjoined(inventory, folder))
    return Tree(
        root, sidecars=sidecars, site=site, lists=tuple(units), form="libraries with their metadata beside them"
    )


def _unjoined(inventory: Inventory, folder: str) -> Sidecar:
    return Sidecar(inventory=inventory, join=Join(base=f"{folder}/Documents", leading=0))


def _sidecar(root: str, name: str, files: FileIndex, declared: Declared, *, base: str) -> tuple[Sidecar, int] | None:
    """Return a table as a sidecar when it is one; a table about other things is a record like any file."""
    try:
        inventory = Inventory([_table(f"{root}/{name}", declared, shown=name)], declared)
        return joined_sidecar(inventory, files, base=base)
    except ExportError:
        return None


def _table(path: str, declared: Declared, *, shown: str = "") -> Table:
    control = take_control_file(path, shown_path=shown or path.rpartition("/")[2])
    delimiter = declared.profile.delimiter if declared.profile else ""
    return open_table(control, score=header_score(declared.profile), delimiter=delimiter)


def _open_package(path: str, declared: Declared) -> ExportReader:
    from scanners.exports.packages import open_package  # noqa: PLC0415  most imports are of tables

    package = open_package(path, zone=declared.zone_name or "UTC")
    return package if declared.labels is None else LabelledReader(package, declared.labels)


def _names_in(root: str) -> list[str]:
    try:
        return os.listdir(root)  # noqa: PTH208  a name may hold bytes that are kept as they are
    except OSError as error:
        raise SourceUnavailableError(root=root, detail=error.strerror or str(error)) from error
