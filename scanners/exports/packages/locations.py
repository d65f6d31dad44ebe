"""Where a record was: manifests state it up to four times, relative to the server and to the site."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scanners.exports.packages.structure import Library
from scanners.exports.packages.walking import Attributes
from scanners.exports.record import RecordKind

_SYSTEM_FOLDERS = ("_catalogs", "_cts", "_private", "_layouts", "_vti_pvt", "style library", "siteassets")
_SHORTCUTS = (".lnk", ".url")
_PAGE = ".aspx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place on the server; the paths have no slash at either end."""

    server_path: str
    site_path: str
    library: Library | None
    anomalies: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.server_path.rpartition("/")[2]

    @property
    def folder_path(self) -> str:
        """The path of the folder above."""
        return self.server_path.rpartition("/")[0]

    @property
    def in_site(self) -> str:
        """The path below the site."""
        return _below(self.server_path, self.site_path)

    @property
    def in_library(self) -> str:
        """The path below the library, or below the site where the library is not known."""
        return _below(self.server_path, self.library_path) if self.library_path else self.in_site

    @property
    def library_path(self) -> str:
        """The path of the library on the server; empty when it is not known."""
        root = self.library.root_url.strip("/") if self.library else ""
        if not root or _is_within(self.server_path, root):
            return root
        return "/".join(filter(None, (self.site_path, root)))  # some writers state it relative to the site

    @property
    def is_system(self) -> bool:
        """Whether SharePoint itself made what lies here: forms of a library, catalogues, styles and the like."""
        parts = self.in_site.casefold().split("/")
        inside = self.in_library.casefold().split("/")
        forms = inside if self.library_path else parts[1:]
        if parts[0] in _SYSTEM_FOLDERS or forms[:1] == ["forms"]:
            return True
        return parts[0] == "lists" and len(parts) == 3 and parts[-1].endswith(_PAGE)  # noqa: PLR2004  a list's form


def locate(outer: Attributes, inner: Attributes, library: Library | None) -> Location:
    """Return where an object was: `outer` are the attributes of the SPObject, `inner` those of what it holds."""
    site = (outer.get("ParentWebUrl") or inner.get("ParentWebUrl") or "").strip("/")
    relative = inner.get("Url") or inner.get("FileUrl") or ""
    stated = outer.get("Url", "").strip("/")
    composed = "/".join(filter(None, (site, relative.strip("/")))) if relative else ""
    by_folder = "/".join(filter(None, (inner.get("DirName", "").strip("/"), inner.get("Name", "").strip("/"))))
    if not inner.get("DirName") or not inner.get("Name"):
        by_folder = ""
    claims = [claim for claim in (stated, composed, by_folder) if claim]
    path = claims[0] if claims else ""
    anomalies = [
        f"the manifest contradicts itself on where it was: {path!r} or {claim!r}"
        for claim in dict.fromkeys(claims)
        # A folder's name may be stated relative to the site, which is no contradiction.
        if claim != path and "/".join(filter(None, (site, claim))) != path
    ]
    if not path:
        anomalies.append("the manifest does not state where it was")
    return Location(server_path=path, site_path=site, library=library, anomalies=tuple(anomalies))


def kind_of_file(location: Location, *, is_ghosted: bool) -> RecordKind:
    """Return what a file stands for, by where it was and how it is called."""
    name = location.name.casefold()
    if location.is_system:
        return RecordKind.SYSTEM
    if name.endswith(_PAGE) or is_ghosted:
        return RecordKind.PAGE
    return RecordKind.SHORTCUT if name.endswith(_SHORTCUTS) else RecordKind.FILE


def origin_of(site_url: str) -> str:
    """Return scheme and host of a site's address, empty when it states none."""
    if not re.match(r"https?://", site_url, re.IGNORECASE):
        return ""
    try:
        parts = urlsplit(site_url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _is_within(path: str, folder: str) -> bool:
    return path.casefold() == folder.casefold() or path.casefold().startswith(folder.casefold() + "/")


def _below(path: str, folder: str) -> str:
    if not folder:
        return path
    return path[len(folder) :].lstrip("/") if _is_within(path, folder) else path
