"""Choosing the control files of a package: the list of manifests first, and what to say when the list is not kept."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scanners.exports.packages.control import ArchivedFiles, ControlText, ExportSettings, SystemData
from scanners.exports.packages.errors import PackageEncryptedError, PackageUnreadableError
from scanners.exports.packages.people import Directory
from scanners.exports.packages.walking import Attributes, portions, walk_small
from scanners.exports.record import ControlFile

_USUAL = ("systemdata.xml", "exportsettings.xml", "usergroup.xml", "usergroupmap.xml")


@dataclass(slots=True, kw_only=True)
class Controls:
    """What the control files of one package say, apart from its manifests."""

    manifests: list[ControlText] = field(default_factory=list)
    settings: ExportSettings = field(default_factory=ExportSettings)
    people: Directory = field(default_factory=Directory)
    packs: list[tuple[ArchivedFiles, ControlText]] = field(default_factory=list)
    build: str = ""
    files: list[ControlFile] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


def read_controls(texts: Sequence[ControlText], *, package: str) -> Controls:
    """Read every control file but the manifests, which are only chosen.

    Raises:
        PackageEncryptedError: One of them is not XML.
        PackageUnreadableError: One is damaged, or there is no manifest.
    """
    controls = Controls()
    by_role: dict[str, list[ControlText]] = {}
    for text in texts:
        by_role.setdefault(text.role, []).append(text)
        if not text.role and text.name.casefold() in _USUAL:
            raise _not_readable(text, package)
    _choose_manifests(controls, by_role, texts, package=package)
    _read_settings(controls, by_role.get("ExportSettings", ()), package=package)
    for text in by_role.get("UserGroup", ()):
        _walk(text, controls.people.note, package)
    for text in by_role.get("ArchivedFiles", ()):
        archived = ArchivedFiles()
        _walk(text, archived.note, package)
        controls.packs.append((archived, text))
    controls.files = [_control_file(text) for text in texts if text.role and text not in controls.manifests]
    return controls


def _choose_manifests(
    controls: Controls, by_role: dict[str, list[ControlText]], texts: Sequence[ControlText], *, package: str
) -> None:
    manifests = by_role.get("SPObjects", [])
    lists = by_role.get("SystemData", [])
    if not lists:
        controls.manifests = manifests
        controls.limits.append("there is no SystemData.xml, so whether a manifest is missing is unknown")
    for text in lists:
        system = SystemData()
        _walk(text, system.note, package)
        controls.build = controls.build or system.build
        for name in system.manifests:
            found = _named(name, texts, near=text.cabinet)
            if found is None:
                controls.limits.append(f"the manifest {name!r} is missing: what it lists is unknown")
            elif found.role != "SPObjects":
                raise _not_readable(found, package)
            elif found not in controls.manifests:
                controls.manifests.append(found)
    for text in manifests:
        if text not in controls.manifests:
            controls.limits.append(f"{text.shown_name!r} is not named in SystemData.xml: it was not read")
    if not controls.manifests:
        raise _nothing_found(controls, texts, package=package)


def _nothing_found(controls: Controls, texts: Sequence[ControlText], *, package: str) -> PackageUnreadableError:
    suspects = [text for text in texts if not text.role and text.name.casefold().startswith("manifest")]
    if suspects:
        return _not_readable(suspects[0], package)
    detail = f"no manifest of SharePoint content was found in it ({'; '.join(controls.limits[:3])})"
    step = "Choose the folder that holds SystemData.xml and the manifests, or the first .cmp file of the export."
    return PackageUnreadableError(package=package, detail=detail, next_step=step)


def _named(name: str, texts: Sequence[ControlText], *, near: str) -> ControlText | None:
    folded = name.casefold()
    found = [text for text in texts if text.name.casefold() == folded]
    return next((text for text in found if text.cabinet == near), found[0] if len(found) == 1 else None)


def _read_settings(controls: Controls, texts: Sequence[ControlText], *, package: str) -> None:
    for text in texts:
        settings = ExportSettings()
        _walk(text, settings.note, package)
        if controls.settings.is_present and settings.attributes != controls.settings.attributes:
            detail = "it holds more than one export"
            step = "Put each export into a folder of its own, or choose its first .cmp file."
            raise PackageUnreadableError(package=package, detail=detail, next_step=step)
        controls.settings = settings
    controls.limits.extend(controls.settings.limits())


def _walk(text: ControlText, note: Callable[[str, Attributes], None], package: str) -> None:
    if text.source is not None:
        walk_small(text.source, note, package=package, name=text.shown_name)


def _control_file(text: ControlText) -> ControlFile:
    digest = hashlib.sha256()
    for portion in portions(text.source) if text.source is not None else ():
        digest.update(portion)
    size_bytes = text.source.size_bytes if text.source is not None else 0
    return ControlFile(path=text.shown_name, sha256=digest.hexdigest(), size_bytes=size_bytes)


def _not_readable(text: ControlText, package: str) -> PackageUnreadableError:
    if text.root is None:
        return PackageEncryptedError(package=package, name=text.shown_name)
    if text.root[1] == "!DOCTYPE":
        detail = f"its file {text.shown_name!r} declares a document type, which packages never do and attacks do"
    else:
        detail = f"its file {text.shown_name!r} is of another kind: it begins with {text.root[1]!r}"
    return PackageUnreadableError(package=package, detail=detail)
