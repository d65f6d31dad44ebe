"""Writes content-migration packages to Microsoft's published schema, for tests to read back and to break.

Attributes that XML cannot hold are encoded and listed in `EncodedAttributes`, as the metadata read does.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

SITE = "/sites/housing"
HOST = "https://sharepoint.council.example"
LIBRARY = "Shared Documents"
LIBRARY_ID = "94eda9d2-9150-5f48-9068-fcd5d4909b7a"
WEB_ID = "f5bc4ef2-02e4-5b74-b107-290aabeec51b"
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\t\n\r]")

USERS = (
    {
        "Id": "12",
        "Name": "Aisha Khan",
        "Login": "COUNCIL\\akhan",
        "SystemId": "AQUAAAAAAAUVAAAAbwAAAN4AAABNAQAAUwQAAA==",
    },
    {"Id": "18", "Name": "Tom Leaver", "Login": "i:0#.w|council\\tleaver", "IsDeleted": "true"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    label: str
    content: bytes
    modified: str = "2010-02-01T10:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the library; `path` is below it. `file` and `item` add or replace attributes (None removes)."""

    path: str
    content: bytes | None = b"content"
    versions: tuple[Version, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    label: str = "1.0"
    modified: str = "2011-05-11T05:19:48"
    file: Mapping[str, str | None] = field(default_factory=dict)
    item: Mapping[str, str | None] = field(default_factory=dict)
    outer: Mapping[str, str | None] = field(default_factory=dict)
    has_file: bool = True
    has_item: bool = True

    @property
    def identity(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.path.encode("utf-8", "surrogatepass").hex()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    documents: Sequence[Document] = ()
    folders: Sequence[Document] = ()
    more: str = ""  # further objects, as they stand
    library: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(
        default_factory=lambda: {"IncludeVersions": "All", "IncludeSecurity": "All", "ExportMethod": "ExportAll"}
    )
    users: Sequence[Mapping[str, str]] = USERS
    manifest_names: Sequence[str] = ("Manifest.xml",)
    items_last: bool = False

    def files(self) -> dict[str, bytes]:
        """Return every file of the package by name, content first."""
        blobs = _Blobs()
        first: list[str] = [_library(self.library)]
        last: list[str] = []
        for folder in self.folders:
            first.append(_folder(folder))
            (last if self.items_last else first).append(_item(folder, doc_type="Folder"))
        for document in self.documents:
            if document.has_file:
                first.append(_file(document, blobs))
            if document.has_item:
                (last if self.items_last else first).append(_item(document, doc_type="File"))
        manifests = _spread([*first, *last, self.more], self.manifest_names)
        return {**blobs.made, **manifests, **self._controls()}

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (folder / name).write_bytes(content)
        return folder

    def _controls(self) -> dict[str, bytes]:
        names = "".join(f"<ManifestFile Name={quoteattr(name)} />" for name in self.manifest_names)
        users = "".join(f"<User {_said(user)} />" for user in self.users)
        settings = {
            "SiteUrl": HOST + SITE,
            "FileLocation": "E:\\exports",
            "BaseFileName": "export.cmp",
            **self.settings,
        }
        return {
            "ExportSettings.xml": _xml(
                f'<ExportSettings xmlns="urn:deployment-exportsettings-schema" {_said(settings)}><ExportObjects />'
                "</ExportSettings>"
            ),
            "LookupListMap.xml": _xml('<LookupLists xmlns="urn:deployment-lookuplistmap-schema" />'),
            "SystemData.xml": _xml(
                '<SystemData xmlns="urn:deployment-systemdata-schema"><SchemaVersion Version="15.0.0.0" '
                'Build="15.0.4569.1506" DatabaseVersion="1" SiteVersion="15" /><ManifestFiles>'
                f"{names}</ManifestFiles></SystemData>"
            ),
            "UserGroup.xml": _xml(
                f'<UserGroupMap xmlns="urn:deployment-usergroupmap-schema"><Users>{users}</Users></UserGroupMap>'
            ),
        }


def attributes(stated: Mapping[str, str | None]) -> str:
    """Return attributes as XML; what XML cannot hold is encoded, and then said to be."""
    kept = {name: value for name, value in stated.items() if value is not None}
    encoded = [name for name, value in kept.items() if NO_XML.search(value)]
    shown = {name: _encoded(value) if name in encoded else value for name, value in kept.items()}
    if encoded:
        shown["EncodedAttributes"] = ",".join(encoded)
    return _said(shown)


def _said(stated: Mapping[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in stated.items())


def _encoded(value: str) -> str:
    literal = re.sub(r"_(?=x[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{4})?_)", "_x005F_", value)
    return NO_XML.sub(lambda match: f"_x{ord(match.group()):04X}_", literal)


class _Blobs:
    def __init__(self) -> None:
        self.made: dict[str, bytes] = {}

    def add(self, content: bytes) -> str:
        name = f"{len(self.made):08X}.dat"
        self.made[name] = content
        return name


def an_object(kind: str, identity: str, inner: str, **outer: str | None) -> str:
    stated = {"Id": identity, "ObjectType": kind, "ParentWebId": WEB_ID, "ParentWebUrl": SITE, **outer}
    kept = _said({name: value for name, value in stated.items() if value is not None})
    return f"<SPObject {kept}>{inner}</SPObject>\n"


def manifest(*objects: str) -> bytes:
    return _xml(f'<SPObjects xmlns="urn:deployment-manifest-schema">\n{"".join(objects)}</SPObjects>')


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _spread(objects: Sequence[str], names: Sequence[str]) -> dict[str, bytes]:
    return {name: manifest(*objects[number :: len(names)]) for number, name in enumerate(names)}


def _library(stated: Mapping[str, str]) -> str:
    known = {
        "Id": LIBRARY_ID, "Title": "Documents", "RootFolderUrl": f"{SITE}/{LIBRARY}", "ParentWebId": WEB_ID,
        "ParentWebUrl": SITE, "BaseType": "DocumentLibrary", "BaseTemplate": "101", **stated,
    }  # fmt: skip
    return an_object("SPDocumentLibrary", LIBRARY_ID, f"<DocumentLibrary {_said(known)} />")


def _folder(folder: Document) -> str:
    stated: dict[str, str | None] = {
        "Id": folder.identity, "Name": folder.path.rpartition("/")[2], "Url": f"{LIBRARY}/{folder.path}",
        "ParentWebId": WEB_ID, "ParentWebUrl": SITE, "ContainingDocumentLibrary": LIBRARY_ID, "Author": "12",
        "ModifiedBy": "18", "TimeCreated": "2009-04-01T09:00:00", "TimeLastModified": folder.modified, **folder.file,
    }  # fmt: skip
    inner = f"<Folder {attributes(stated)} />"
    return an_object("SPFolder", folder.identity, inner, **_outer(folder))


def _file(document: Document, blobs: _Blobs) -> str:
    # Earlier versions come first in a package, so their content has the lower numbers.
    versions = "".join(
        f"<File {attributes(_file_attributes(document, version.label, version.content, version.modified, blobs))} />"
        for version in document.versions
    )
    stated = _file_attributes(document, document.label, document.content, document.modified, blobs)
    properties = "".join(
        f"<Property {attributes({'Name': name, 'Type': 'String', 'Access': 'ReadOnly', 'Value': value})} />"
        for name, value in document.properties.items()
    )
    children = f"<Properties>{properties}</Properties>" if properties else ""
    children += f"<Versions>{versions}</Versions>" if versions else ""
    inner = f"<File {attributes({**stated, **document.file})}>{children}</File>"
    return an_object("SPFile", document.identity, inner, **_outer(document))


def _file_attributes(
    document: Document, label: str, content: bytes | None, modified: str, blobs: _Blobs
) -> dict[str, str | None]:
    return {
        "Url": f"{LIBRARY}/{document.path}", "Id": document.identity, "ParentWebId": WEB_ID, "ParentWebUrl": SITE,
        "Name": document.path.rpartition("/")[2], "ListItemIntId": "3", "ListId": LIBRARY_ID, "ParentId": LIBRARY_ID,
        "TimeCreated": "2009-05-11T05:19:48", "TimeLastModified": modified, "Version": label,
        "FileSize": None if content is None else str(len(content)),
        "FileValue": None if content is None else blobs.add(content),
        "Author": "12", "ModifiedBy": "18",
    }  # fmt: skip


def _item(document: Document, *, doc_type: str) -> str:
    folder, _, name = f"{SITE.strip('/')}/{LIBRARY}/{document.path}".rpartition("/")
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, document.identity))
    stated: dict[str, str | None] = {
        "FileUrl": f"{LIBRARY}/{document.path}", "DocType": doc_type, "ParentFolderId": LIBRARY_ID, "Order": "100",
        "Id": identity, "ParentWebId": WEB_ID, "ParentListId": LIBRARY_ID, "Name": name, "DirName": folder,
        "IntId": "3", "DocId": document.identity, "Version": document.label,
        "ContentTypeId": "0x0120" if doc_type == "Folder" else "0x0101", "Author": "12", "ModifiedBy": "18",
        "TimeCreated": "2009-05-11T05:19:48", "TimeLastModified": document.modified, "ModerationStatus": "Approved",
        **document.item,
    }  # fmt: skip
    fields = "".join(
        f"<Field {attributes({'Name': name, 'Value': value})} />" for name, value in document.fields.items()
    )
    inner = f"<ListItem {attributes(stated)}><Fields>{fields}</Fields></ListItem>"
    return an_object("SPListItem", identity, inner, **_outer(document))


def _outer(document: Document) -> dict[str, str | None]:
    """Return what stands on the object; its address is left out where XML cannot hold it, as nothing encodes it."""
    url = f"{SITE}/{LIBRARY}/{document.path}"
    return {"Url": None if NO_XML.search(url) else url, **document.outer}
