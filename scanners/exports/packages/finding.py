"""Finding a package at a path: a folder, a folder of `.cmp` files, or one `.cmp` with those that belong to it."""

import os
import re
from collections.abc import Iterable

from scanners.exports.packages.cab import SIGNATURE, Cabinet
from scanners.exports.packages.errors import PackageUnreadableError
from scanners.exports.packages.stores import CabinetStore, FolderStore, Store, sizes_in
from scanners.opening import FileOpener

_CABINET_NAMES = (".cmp", ".cab")
_LIST_OF_MANIFESTS = "systemdata.xml"
_NUMBER = re.compile(r"(\d+)")


def open_store(path: str) -> tuple[Store, tuple[str, ...]]:
    """Return the files of the package at `path`, and in words what lies beside it and was not read.

    Raises:
        PackageUnreadableError: There is no package.
        SourceUnavailableError: The folder cannot be opened.
        FileUnreadableError: A file cannot be opened.
    """
    if not os.path.isdir(path):  # noqa: PTH112  a name may hold bytes that are kept as they are
        folder, name = os.path.split(path)
        return _chosen(folder or ".", name)
    store = FolderStore(path)
    if any(text.role for text in store.texts):
        return store, ()
    store.close()
    with FileOpener(path) as opener:
        names = [name for name in sizes_in(path) if _is_cabinet(opener, name)]
    if not names:
        detail = "it holds neither a SystemData.xml nor a .cmp file"
        step = "Choose the folder that holds SystemData.xml, or the first .cmp file of the export."
        raise PackageUnreadableError(package=path, detail=detail, next_step=step)
    opener = FileOpener(path)
    return _store(opener, [Cabinet(opener, name) for name in names]), ()


def _chosen(folder: str, name: str) -> tuple[Store, tuple[str, ...]]:
    opener = FileOpener(folder)
    try:
        chosen = Cabinet(opener, name)
        stem, dot, extension = name.rpartition(".")
        pattern = re.compile(re.escape(stem) + r"\d+" + re.escape(dot + extension), re.IGNORECASE)
        linked = _links(opener, chosen)
        beside = [
            Cabinet(opener, other)
            for other in sizes_in(folder)
            if other not in {name, *linked} and pattern.fullmatch(other) and _is_cabinet(opener, other)
        ]
        strangers = {cabinet.name for cabinet in beside if _is_whole(cabinet)}
        members = [chosen, *linked.values(), *(cabinet for cabinet in beside if cabinet.name not in strangers)]
        notes = tuple(
            f"{stranger!r} lies beside it and is an export of its own: it was not read"
            for stranger in sorted(strangers)
        )
        return _store(opener, members), notes
    except BaseException:
        opener.close()
        raise


def _links(opener: FileOpener, chosen: Cabinet) -> dict[str, Cabinet]:
    """Return the cabinets that this one says it goes on in, or goes on from, and so on."""
    found: dict[str, Cabinet] = {}
    asked = [chosen]
    while asked:
        cabinet = asked.pop()
        for name in (cabinet.previous_name, cabinet.next_name):
            if name and name != chosen.name and name not in found and _is_plain(name) and _is_cabinet(opener, name):
                found[name] = Cabinet(opener, name)
                asked.append(found[name])
    return found


def _store(opener: FileOpener, cabinets: Iterable[Cabinet]) -> Store:
    return CabinetStore(opener, sorted(cabinets, key=_order))


def _order(cabinet: Cabinet) -> tuple[int, list[int | str]]:
    parts = _NUMBER.split(cabinet.name.rpartition(".")[0].casefold())
    return cabinet.number, [int(part) if part.isdecimal() else part for part in parts]


def _is_whole(cabinet: Cabinet) -> bool:
    return any(file.name.casefold() == _LIST_OF_MANIFESTS for file in cabinet.files)


def _is_plain(name: str) -> bool:
    return not any(mark in name for mark in "/\\:\0") and name not in (".", "..")


def _is_cabinet(opener: FileOpener, name: str) -> bool:
    if not name.lower().endswith(_CABINET_NAMES):
        return False
    descriptor = opener.open_file(name)
    try:
        return os.pread(descriptor, len(SIGNATURE), 0) == SIGNATURE
    finally:
        os.close(descriptor)
