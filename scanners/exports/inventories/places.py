"""Where a record lies: addresses of SharePoint, of drives and of shares, taken apart without being changed.

The address is kept as stated, since a disposal has to be asked for there; only site, library and path below it are
read out of it.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from scanners.exports.record import RecordKind

_SITE_ROOTS = frozenset({"sites", "teams", "personal"})
_DRIVE_PATH = re.compile(r"/?drives?/(?:[^/]+/)?root:(?P<path>.*)")
_LETTER = re.compile(r"[A-Za-z]:[\\/]")
_VIEWERS = ("/doc.aspx", "/wopiframe.aspx", "/xlviewer.aspx", "/wordviewer.aspx")
_HISTORY = re.compile(r"(?:.*/)?_vti_history/(?P<number>\d+)/(?P<path>.+)")
_PRESERVED = re.compile(r"_[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d")
_MISDECODED = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2122]|\u00e2\u20ac")
_NOISE = re.compile(r"(?i)(?:desktop\.ini|thumbs\.db|\.ds_store|~\$.*|\._.*|\.849C9593-.*|\.~lock\..*#|~WRL\d+\.tmp)")
_SYSTEM_FOLDERS = ("/_catalogs/", "/_private/", "/_vti_pvt/", "/style library/", "/_cts/")
_SHORTCUTS = (".lnk", ".url", ".website")
_DOCUMENT_TYPE, _FOLDER_TYPE, _PAGE_TYPES = "0x0101", "0x0120", ("0x0101009d1cb255", "0x010108")
_MAX_FIELDS = 50

_LOOK_ALIKES = {
    **{chr(ord(plain) - 0x20 + 0xFF00): plain for plain in '*<>?:|"#%\\~.'},  # the full-width forms
    "␠": " ",
    "␡": "\x7f",
    **{chr(0x2400 + number): chr(number) for number in range(1, 32)},
}
_QUOTE = "\u201b"  # put before a look-alike that was meant
_LOOK_ALIKE = re.compile(f"{_QUOTE}?[{re.escape(''.join(_LOOK_ALIKES))}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What an address says beside itself; None where it does not."""

    site: str | None = None
    library: str | None = None
    relative_path: str | None = None
    name: str = ""


def place_of(location: str) -> Place:
    """Return what can be read out of an address of any kind."""
    drive = _DRIVE_PATH.fullmatch(location) if "root:" in location else None
    if drive:
        path = unquote(drive["path"]).strip("/")
        return Place(relative_path=path, name=path.rpartition("/")[2])
    if location.startswith(("http://", "https://")):
        return _of_url(location)
    if location.startswith("\\\\") or _LETTER.match(location):
        return _of_share(location)
    return _of_server_path(location, host="")


def joined(folder: str, name: str) -> str:
    """Return the address of `name` in `folder`, in the manner the folder is written."""
    mark = "\\" if "\\" in folder and "/" not in folder else "/"
    return f"{folder.rstrip(mark)}{mark}{name}" if folder else name


def last_part(location: str) -> str:
    """Return the name at the end of an address."""
    return place_of(location).name


def is_viewer_link(location: str) -> bool:
    """Tell whether an address opens a viewer, which SharePoint gives for Office files instead of their path."""
    return any(viewer in location.casefold() for viewer in _VIEWERS)


def viewed(location: str) -> tuple[str, str]:
    """Return the name and the id of the document that a viewer's address opens, empty where it does not say."""
    try:
        fields = {
            key.casefold(): value for key, value in parse_qsl(urlsplit(location).query, max_num_fields=_MAX_FIELDS)
        }
    except ValueError:
        return "", ""
    return fields.get("file", ""), fields.get("sourcedoc", "").strip("{}").lower()


def versioned_path(location: str) -> str:
    """Return the path of the document in an address of one of its old versions, empty when it is no such address."""
    found = _HISTORY.fullmatch(location)
    return found["path"] if found else ""


def restored(name: str) -> str:
    """Return a path with rclone's look-alike characters turned back; a quoted one was meant."""
    return _LOOK_ALIKE.sub(lambda match: match[0][1] if len(match[0]) > 1 else _LOOK_ALIKES[match[0]], name)


def looks_misdecoded(name: str) -> bool:
    """Tell whether a name looks like UTF-8 that was read as Windows-1252, so that no file on disk has it."""
    return not name.isascii() and bool(_MISDECODED.search(name))


def is_preserved_copy(name: str) -> bool:
    """Tell whether a name is one that the Preservation Hold library gives to the copies it keeps."""
    return bool(_PRESERVED.search(name))


def kind_by_place(location: str, name: str) -> RecordKind | None:
    """Return what a name and address alone make of a file, None when nothing special."""
    lowered = location.casefold().replace("\\", "/")
    if _NOISE.fullmatch(name) or any(folder in lowered for folder in _SYSTEM_FOLDERS):
        return RecordKind.SYSTEM
    if name.casefold().endswith(".aspx"):
        return RecordKind.SYSTEM if "/forms/" in lowered else RecordKind.PAGE
    if name.casefold().endswith(_SHORTCUTS):
        return RecordKind.SHORTCUT
    return RecordKind.LIST_ITEM if re.fullmatch(r"\d+_\.000", name) else None


def kind_by_content_type(stated: str) -> RecordKind | None:
    """Return what the id of a content type makes of an item; ids grow from that of the type they descend from."""
    lowered = stated.casefold()
    if lowered.startswith(_PAGE_TYPES):
        return RecordKind.PAGE
    if lowered.startswith(_FOLDER_TYPE):
        return RecordKind.FOLDER
    if lowered.startswith(_DOCUMENT_TYPE):
        return RecordKind.FILE
    return RecordKind.LIST_ITEM if lowered.startswith("0x01") else None


def _of_url(location: str) -> Place:
    try:
        parts = urlsplit(location)
    except ValueError:
        return Place()
    if is_viewer_link(location):
        found = _of_server_path(unquote(parts.path), host=f"{parts.scheme}://{parts.netloc}")
        return Place(site=found.site, name=viewed(location)[0])
    return _of_server_path(unquote(parts.path), host=f"{parts.scheme}://{parts.netloc}")


def _of_share(location: str) -> Place:
    parts = [part for part in re.split(r"[\\/]+", location) if part]
    below = parts[2:] if location.startswith("\\\\") else parts[1:]
    return Place(relative_path="/".join(below) or None, name=below[-1] if below else "")


def _of_server_path(path: str, *, host: str) -> Place:
    parts = [part for part in path.split("/") if part]
    name = parts[-1] if parts else ""
    if len(parts) < 2 or parts[0].casefold() not in _SITE_ROOTS:  # noqa: PLR2004  /sites and the name of the site
        return Place(site=host or None, name=name)
    site = f"{host}/{parts[0]}/{parts[1]}"
    below = parts[2:]
    if below and below[0].casefold() == "lists":
        below = below[1:]
    library = below[0] if below else None
    return Place(site=site, library=library, relative_path="/".join(below[1:]) or None, name=name)
