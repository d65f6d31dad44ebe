"""Finding out where a record lies and what it is, from whichever columns say something about that."""

import re
from urllib.parse import unquote

from scanners.exports.inventories import targets as to
from scanners.exports.inventories.cells import Cells
from scanners.exports.inventories.forms import Form
from scanners.exports.inventories.places import (
    is_viewer_link,
    joined,
    kind_by_content_type,
    kind_by_place,
    last_part,
    looks_misdecoded,
    place_of,
    versioned_path,
    viewed,
)
from scanners.exports.inventories.values import as_claim, as_words
from scanners.exports.record import RecordKind
from scanners.exports.tables.rows import Value

NO_FOLDER = "the export does not say where it lies"
FOLDER_ONLY = "the column of its path holds only its folder; the name was added"
LOST_CHARACTERS = "its name or path holds '?' or U+FFFD where characters were lost, so it matches no file"
MISDECODED = "its name looks as if it was decoded wrongly, so it may match no file"
VIEWER_LINK = "its web address opens a viewer and is not its path"

_KINDS = {
    **dict.fromkeys(("0", "file", "item", "document", "container"), RecordKind.FILE),
    **dict.fromkeys(("1", "folder", "directory", "document set", "web", "2", "site"), RecordKind.FOLDER),
    **dict.fromkeys(("library", "list", "documentlibrary", "site collection"), RecordKind.FOLDER),
}
_FACETS = {
    "package.facet": RecordKind.NOTEBOOK,
    "remoteitem.facet": RecordKind.SHORTCUT,
    "folder.facet": RecordKind.FOLDER,
    "list.facet": RecordKind.FOLDER,
    "file.facet": RecordKind.FILE,
}
_LOOKUPS = frozenset({"fileref", "fileleafref", "filedirref"})
_LOOKUP = re.compile(r"\d+;#(.+)", re.DOTALL)
_FOLDER_CLAIMS = frozenset({"isdir", "isfolder", "psiscontainer"})


def locate(cells: Cells, form: Form) -> None:
    """Fill in address, name, site, library, path below it, and kind."""
    draft = cells.draft
    draft.kind = _stated_kind(cells)
    draft.relative_path = cells.take(to.RELATIVE_PATH, _verbatim)
    draft.name = _name(cells)
    draft.location = _location(cells)
    draft.name = draft.name or last_part(draft.location)
    place = place_of(draft.location)
    draft.site = cells.take(to.SITE, as_words) or draft.site or place.site
    draft.library = cells.take(to.LIBRARY, as_words) or place.library
    draft.relative_path = draft.relative_path or place.relative_path
    draft.kind = _kind(cells, form)
    if not draft.name and draft.kind is not RecordKind.FILE:  # a document's title is not the name of its file
        draft.name = cells.take(to.TITLE, as_words) or ""
    if not draft.location and not form.is_of_versions:
        draft.doubt(NO_FOLDER)
    if "\ufffd" in draft.location + draft.name or "?" in draft.name:
        draft.doubt(LOST_CHARACTERS)
    if looks_misdecoded(draft.name):
        draft.doubt(MISDECODED)


def _name(cells: Cells) -> str:
    for planned, value in cells.stated(to.NAME):
        found = _unlooked(value) if planned.normalised in _LOOKUPS else _verbatim(value)
        if found:
            cells.used.add(planned.column)
            return found
    return ""


def _verbatim(value: Value) -> str | None:
    """Return a name as it stands: blanks at its ends and a "12;#" at its beginning may be part of it."""
    return (value if value.strip() else None) if isinstance(value, str) else as_words(value)


def _unlooked(value: Value) -> str | None:
    """Return a name without the number of the item that SharePoint puts before it in some answers."""
    found = _LOOKUP.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else _verbatim(value)


def _location(cells: Cells) -> str:
    draft = cells.draft
    for planned, value in cells.stated(to.LOCATION):
        stated = _address(value, is_lookup=planned.normalised in _LOOKUPS)
        if not stated:
            continue
        if is_viewer_link(stated):
            _read_viewer(cells, stated)
            continue
        cells.used.add(planned.column)
        stated = versioned_path(stated) or stated
        is_folder_only = (
            draft.name
            and draft.kind is not RecordKind.FOLDER
            and to.may_name_folder_only(planned.normalised)
            and last_part(stated) != draft.name
        )
        if is_folder_only:
            draft.doubt(FOLDER_ONLY)
            return joined(stated, draft.name)
        return stated
    folder = cells.take(to.FOLDER, _folder)
    return joined(folder, draft.name) if folder and draft.name else ""


def _address(value: Value, *, is_lookup: bool) -> str:
    """Return an address as stated; a link field of SharePoint puts a description behind it."""
    if isinstance(value, dict):
        inner = value.get("DecodedUrl", value.get("Url", ""))
        return inner if isinstance(inner, str) else ""
    return (_unlooked(value) if is_lookup else _verbatim(value)) or ""


def _folder(value: Value) -> str | None:
    words = _address(value, is_lookup=True)
    return unquote(words) if "root:" in words else words or None


def _read_viewer(cells: Cells, address: str) -> None:
    name, unique_id = viewed(address)
    draft = cells.draft
    draft.name = draft.name or name
    if unique_id:
        draft.source_ids.setdefault("unique_id", unique_id)
    draft.site = draft.site or place_of(address).site
    draft.doubt(VIEWER_LINK)


def _stated_kind(cells: Cells) -> RecordKind | None:
    found = {planned.normalised: (planned.column, value) for planned, value in cells.stated(to.KIND)}
    for facet, kind in _FACETS.items():
        if facet in found and found[facet][1] is True:
            return kind
    for name, (column, value) in found.items():
        kind_found = _folder_claim(value) if name in _FOLDER_CLAIMS else _KINDS.get((as_words(value) or "").casefold())
        if kind_found:
            cells.used.add(column)
            return kind_found
    return None


def _folder_claim(value: Value) -> RecordKind | None:
    claim = as_claim(value)
    return None if claim is None else RecordKind.FOLDER if claim else RecordKind.FILE


def _kind(cells: Cells, form: Form) -> RecordKind:
    draft = cells.draft
    if draft.kind not in (None, RecordKind.FILE):
        return draft.kind
    by_place = kind_by_place(draft.location, draft.name)
    if by_place:
        return by_place
    type_id = next((as_words(value) for _, value in cells.stated(to.CONTENT_TYPE_ID)), None)
    by_type = kind_by_content_type(type_id) if type_id else None
    return by_type or draft.kind or form.default_kind
