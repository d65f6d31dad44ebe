"""The control files of a package: which file is which is told by its root element, as producers disagree on names."""

from dataclasses import dataclass, field

from scanners.exports.packages.walking import Attributes
from scanners.source import ByteSource

_DEPLOYMENT = "urn:deployment-"
HEAD_BYTES = 64 << 10


@dataclass(slots=True, kw_only=True)
class ControlText:
    """One XML file of a package. `root` is None when it is not XML, `source` when nobody needs to read it."""

    name: str
    cabinet: str
    root: tuple[str, str] | None
    source: ByteSource | None

    @property
    def shown_name(self) -> str:
        """What people are told: "!/" stands between a cabinet and what lies in it."""
        return f"{self.cabinet}!/{self.name}" if self.cabinet else self.name

    @property
    def role(self) -> str:
        """What kind of control file this is, by its root element; empty for anything else."""
        namespace, local = self.root or ("", "")
        if local == "ArchivedFiles" and (not namespace or namespace.startswith(_DEPLOYMENT)):
            return local
        if local in ("SPObjects", "SystemData", "ExportSettings", "UserGroup", "UserGroupMap"):
            is_ours = not namespace or namespace.startswith(_DEPLOYMENT)
            return ("UserGroup" if local == "UserGroupMap" else local) if is_ours else ""
        return "other" if namespace.startswith(_DEPLOYMENT) else ""


def is_control_name(name: str) -> bool:
    """Tell whether a file is worth looking into: content is named `.dat`, or in other writers by its own name."""
    return name.lower().endswith(".xml")


@dataclass(slots=True)
class SystemData:
    """The list of manifests, and what wrote them."""

    manifests: list[str] = field(default_factory=list)
    build: str = ""

    def note(self, tag: str, attributes: Attributes) -> None:
        """Take one element."""
        if tag == "ManifestFile":
            self.manifests.append(attributes.get("Name", ""))
        elif tag == "SchemaVersion":
            self.build = attributes.get("Build", "") or attributes.get("Version", "")


@dataclass(slots=True)
class ExportSettings:
    """What the export was asked to hold, and so what it leaves out by design."""

    attributes: Attributes = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    is_present: bool = False

    def note(self, tag: str, attributes: Attributes) -> None:
        """Take one element."""
        if tag == "ExportSettings":
            self.attributes = attributes
            self.is_present = True
        elif tag == "DeploymentObject":
            self.parts.append(attributes.get("Url") or attributes.get("Id", ""))

    @property
    def site_url(self) -> str:
        """The address of the site, without a slash at its end."""
        return self.attributes.get("SiteUrl", "").rstrip("/")

    @property
    def has_whole_history(self) -> bool:
        """Whether every version was asked for."""
        return self.attributes.get("IncludeVersions") == "All"

    def limits(self) -> tuple[str, ...]:
        """Return in words what the export leaves out by design."""
        if not self.is_present:
            return ("there is no ExportSettings.xml, so what the export leaves out is unknown",)
        return tuple(
            sentence
            for sentence in (
                _VERSIONS.get(self.attributes.get("IncludeVersions", ""), _VERSIONS_UNKNOWN),
                _SECURITY.get(self.attributes.get("IncludeSecurity", "None"), _SECURITY_UNKNOWN),
                _METHODS.get(self.attributes.get("ExportMethod", "ExportAll"), _METHOD_UNKNOWN),
                _source_words(self.attributes.get("SourceType", "")),
                _parts_words(self.parts),
            )
            if sentence
        )


@dataclass(slots=True)
class ArchivedFiles:
    """Which content lies in which of the ZIP archives beside the manifests."""

    packs: dict[str, list[str]] = field(default_factory=dict)
    _current: str = ""

    def note(self, tag: str, attributes: Attributes) -> None:
        """Take one element."""
        if tag == "ArchivedFile":
            self._current = attributes.get("Name", "")
            self.packs.setdefault(self._current, [])
        elif tag == "File" and self._current:
            self.packs[self._current].append(attributes.get("FileValue", ""))


_VERSIONS = {
    "LastMajor": "only the last published version of each document: drafts and earlier versions are not in it",
    "CurrentVersion": "only the current version of each document: earlier versions are not in it",
    "LastMajorAndMinor": "the last published version and its drafts: earlier versions are not in it",
    "All": "",
}
_VERSIONS_UNKNOWN = "whether earlier versions were asked for is not stated: that none is listed proves nothing"
_SECURITY = {
    "None": "users and permissions were not asked for: who may open what is unknown",
    "WssOnly": "only users and permissions of SharePoint itself, without those of its add-ons",
    "All": "",
}
_SECURITY_UNKNOWN = "whether users and permissions were asked for is not stated"
_METHODS = {
    "ExportAll": "",
    "ExportChanges": "only what changed since an earlier export: what is not listed may still exist",
}
_METHOD_UNKNOWN = "whether it holds everything or only changes is not stated"


def _source_words(source_type: str) -> str:
    if "share" in source_type.casefold().replace("sharepoint", ""):
        return "it was made from a file share, not from SharePoint"
    return f"it was made from a source of the type {source_type!r}" if source_type else ""


def _parts_words(parts: list[str]) -> str:
    if not parts:
        return ""
    named = ", ".join(repr(part) for part in parts[:5])
    return f"only a part of the site: {named}{f' and {len(parts) - 5} more' if len(parts) > 5 else ''}"  # noqa: PLR2004
