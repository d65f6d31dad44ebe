"""What single forms of export need beside the meaning of their columns, done to a draft once it is filled.

Each function knows one tool's habits. `stated` gives a cell by the normalised name of its column.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from scanners.exports.inventories.draft import Draft
from scanners.exports.inventories.places import is_preserved_copy, joined, restored
from scanners.exports.inventories.values import as_text, as_whole, as_words
from scanners.exports.record import RecordKind
from scanners.exports.tables.rows import Value

Stated = Callable[[str], Value]
Finish = Callable[[Draft, Stated], None]

MISSING_FILE = "it is a version of a document that the export does not name"
NOT_MIGRATED = "it was not migrated, so the copy at the source may be the only one"
NO_DESTINATION = "it is said to be migrated but not where to, so the source is not known to be a copy"
PRESERVED = "its name is that of a copy kept by a Preservation Hold"
LOOK_ALIKES = "its name holds look-alike characters, which were turned back to those they stand for"
KEPT_LOOK_ALIKE = "its name holds a look-alike of the slash, which was left as it stands"
DIFFERING_NAME = "its name and the name at the end of its address differ"

_RECYCLED = {
    1: RecordKind.FILE,
    2: RecordKind.FILE,
    3: RecordKind.LIST_ITEM,
    4: RecordKind.FOLDER,
    5: RecordKind.FOLDER,
    6: RecordKind.FOLDER,
    7: RecordKind.ATTACHMENT,
    8: RecordKind.LIST_ITEM,
    10: RecordKind.FOLDER,
    11: RecordKind.FOLDER,
}
_MIGRATED = frozenset({"migrated", "success", "succeeded", "successful", "completed"})
_WIDE_SLASH = "\uff0f"
_SHELLS = re.compile(r"(?:(?:zip|tar|gz|bz2|7z|rar|iso|arc|warc|xz):)+", re.IGNORECASE)


def finish_droid(draft: Draft, stated: Stated) -> None:
    """Tell what lies inside an archive from what lies on the share; complete an address that lost its beginning."""
    uri = as_text(stated("uri"))
    shells = _SHELLS.match(uri)
    if shells:
        _place_inside(draft, uri[shells.end() :])
        return
    path = _path_of(uri)
    if path and (not draft.location or (path.startswith("\\\\") and not draft.location.startswith("\\\\"))):
        draft.location = path
    if path and draft.name and re.split(r"[\\/]", path.rstrip("\\/"))[-1] != draft.name:
        draft.doubt(DIFFERING_NAME)


def finish_recycled(draft: Draft, stated: Stated) -> None:
    """Say that it is deleted already, and from where."""
    draft.is_deleted = True
    draft.location = "/" + draft.location.lstrip("/") if draft.location else ""
    number = as_whole(stated("itemtype"))
    draft.kind = _RECYCLED.get(number) if number is not None else draft.kind


def finish_rclone(draft: Draft, stated: Stated) -> None:
    """Turn the look-alikes back that rclone puts for characters a system does not allow."""
    path = as_text(stated("path"))
    true_path = restored(path)
    draft.location = draft.relative_path = true_path
    draft.name = true_path.rpartition("/")[2]
    if true_path != path:
        draft.extra_fields["Path"] = path
        draft.doubt(LOOK_ALIKES)
    if _WIDE_SLASH in path:
        draft.doubt(KEPT_LOOK_ALIKE)


def finish_listing(draft: Draft, stated: Stated) -> None:
    """Tell a link from the file it points to; name the folder when robocopy names a whole drive."""
    if as_text(stated("type")) == "Link":
        draft.kind = RecordKind.SHORTCUT
    if not draft.name:
        draft.name = draft.location.rstrip("\\/")


def finish_migrated(draft: Draft, stated: Stated) -> None:
    """Say of a source whether it was really migrated: what failed or was skipped is never a mere copy."""
    status = (as_words(stated("status")) or as_words(stated("laststatus")) or "").casefold()
    destination = as_words(stated("destination")) or as_words(stated("destinationpath"))
    if status not in _MIGRATED:
        draft.doubt(NOT_MIGRATED)
    elif not destination:
        draft.doubt(NO_DESTINATION)


def finish_migration_error(draft: Draft, stated: Stated) -> None:
    """Place what could not be migrated below the user it belongs to."""
    user = as_words(stated("username")) or ""
    path = draft.location.strip("/")
    draft.location = joined(user.strip("/"), path) if path else user.strip("/")
    draft.doubt(NOT_MIGRATED)


def finish_user_migration(draft: Draft, _stated: Stated) -> None:
    """Make a whole drive of what is one line of a summary."""
    draft.kind = RecordKind.FOLDER


def finish_version(draft: Draft, stated: Stated) -> None:
    """Say of a version what document it is of, or that nobody says."""
    if not draft.location and not draft.name:
        draft.doubt(MISSING_FILE)
    size = as_whole(stated("size"))
    draft.size_bytes = size if size is not None else draft.size_bytes


def finish_ediscovery(draft: Draft, _stated: Stated) -> None:
    """Hold everything: an eDiscovery export exists because there is a case."""
    draft.is_on_hold = True
    if is_preserved_copy(draft.name) or is_preserved_copy(draft.location):
        draft.doubt(PRESERVED)


def finish_library(draft: Draft, stated: Stated) -> None:
    """Describe a library, list or site as the folder that it is; its title is its library."""
    draft.kind = RecordKind.FOLDER
    title = as_words(stated("listtitle")) or as_words(stated("title"))
    draft.library = draft.library or title
    draft.name = draft.name or title or ""


def finish_permissions(draft: Draft, stated: Stated) -> None:
    """Keep what a summary says of the permissions of a site or library."""
    draft.kind = RecordKind.FOLDER
    count = as_whole(stated("roleassignmentcount"))
    if draft.permissions and count is not None:
        draft.permissions = f"{draft.permissions}, {count} assignments"


def _place_inside(draft: Draft, address: str) -> None:
    """Read `file:/share/a.zip!/inner/b.txt`, nested archives included."""
    outer, _, inner = address.partition("!")
    parent = _path_of(outer)
    draft.kind = RecordKind.CONTAINER_MEMBER
    draft.parent_location = parent
    draft.location = f"{parent}!{unquote(inner)}"
    draft.name = draft.name or unquote(inner).rstrip("/").rpartition("/")[2]


def _path_of(uri: str) -> str:
    """Return the path in a file URI: of a share with backslashes, of a local disk as it stands."""
    scheme, _, rest = uri.partition(":")
    if scheme.casefold() != "file":
        return ""
    path = unquote(rest)
    if path.startswith("////"):
        return "\\\\" + path.strip("/").replace("/", "\\")
    local = "/" + path.lstrip("/")
    return local[1:] if re.match(r"/[A-Za-z]:", local) else local
