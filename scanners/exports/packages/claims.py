"""Making one record of what a package claims about one document: its file, its list item, their versions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from scanners.exports.packages.contents import Blob, PackageContents
from scanners.exports.packages.control import ExportSettings
from scanners.exports.packages.encoded import attributes_of
from scanners.exports.packages.extras import Extras, hashes_of
from scanners.exports.packages.locations import Location, kind_of_file, locate, origin_of
from scanners.exports.packages.moments import Moments
from scanners.exports.packages.people import Directory
from scanners.exports.packages.protection import protection_of
from scanners.exports.packages.structure import Structure
from scanners.exports.packages.walking import Attributes, local_name
from scanners.exports.record import Evidence, ExportedRecord, RecordKind, RecordVersion

_DRAFTS = ("Draft", "Pending")
_NOTEBOOK = "onenote"
_ANONYMOUS = "an anonymous link may open it, which is a disclosure risk"


@dataclass(slots=True, kw_only=True)
class Context:
    """What every record of one package is read against."""

    settings: ExportSettings
    structure: Structure
    people: Directory
    contents: PackageContents
    moments: Moments
    is_manifest_only: bool = False
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One of the two descriptions of a document, opened up."""

    outer: Attributes = field(default_factory=dict)
    inner: Attributes = field(default_factory=dict)
    element: Element | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether the export says that it was deleted."""
        return self.outer.get("IsDeleted", "").lower() in ("true", "1")

    def children(self, name: str) -> Iterator[Element]:
        """Yield what is listed under one heading, such as its versions."""
        for heading in self.element if self.element is not None else ():
            if local_name(heading.tag) == name:
                yield from heading

    def values(self, name: str) -> dict[str, str]:
        """Return the names and values listed under one heading, such as its fields."""
        listed = map(attributes_of, self.children(name))
        return {one["Name"]: _value(one) for one in listed if one.get("Name") and "Value" in one}


def half_of(element: Element) -> Half:
    """Return an SPObject opened up."""
    inner = next(iter(element), None)
    return Half(outer=attributes_of(element), inner=attributes_of(inner) if inner is not None else {}, element=inner)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Everything one record is made of."""

    kind: RecordKind
    location: Location
    evidence: Evidence
    body: Half = field(default_factory=Half)
    item: Half = field(default_factory=Half)
    blob: Blob | None = None
    size_bytes: int | None = None
    versions: tuple[RecordVersion, ...] | None = None
    parent: ExportedRecord | None = None
    anomalies: tuple[str, ...] = ()


class RecordMaker:
    """Makes the records of one package; `body` is a file or folder, `item` the list item that describes it too."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._origin = origin_of(context.settings.site_url)

    def document(
        self, body: Half, item: Half, *, evidence: Evidence, near: str, anomalies: Sequence[str] = ()
    ) -> ExportedRecord:
        """Return the record of a file; `near` is the cabinet in which its manifest lies."""
        location = self._location(body, item)
        is_ghosted = _is_ghosted(body.inner) and "FileValue" not in body.inner
        blob, trouble = self._content(body.inner, item.inner, near=near, is_deleted=body.is_deleted)
        size_bytes, size_trouble = _size(body.inner, blob)
        versions, version_trouble = self._versions(body, item, near=near)
        return self._record(
            _Found(
                kind=kind_of_file(location, is_ghosted=is_ghosted),
                location=location,
                evidence=evidence,
                body=body,
                item=item,
                blob=blob,
                size_bytes=size_bytes,
                versions=versions,
                anomalies=(*anomalies, *trouble, *size_trouble, *version_trouble),
            )
        )

    def folder(self, body: Half, item: Half, *, evidence: Evidence, anomalies: Sequence[str] = ()) -> ExportedRecord:
        """Return the record of a folder."""
        location = self._location(body, item)
        kind = RecordKind.SYSTEM if location.is_system else RecordKind.FOLDER
        if item.inner.get("ProgId", "").casefold().startswith(_NOTEBOOK):
            kind = RecordKind.NOTEBOOK
        return self._record(
            _Found(kind=kind, location=location, evidence=evidence, body=body, item=item, anomalies=tuple(anomalies))
        )

    def item(self, item: Half, *, evidence: Evidence) -> ExportedRecord:
        """Return the record of a list item that no file or folder in the package belongs to."""
        location = self._location(Half(), item)
        kind = RecordKind.SYSTEM if location.is_system else RecordKind.LIST_ITEM
        failure = item.inner.get("FailureMessage")
        said = [_failure(failure)] if failure else []
        if location.library is not None and location.library.is_library and not item.is_deleted:
            is_folder = item.inner.get("DocType") == "Folder"
            kind = RecordKind.FOLDER if is_folder else kind_of_file(location, is_ghosted=False)
            said.append("the package describes it as a list item only: its file or folder is not in it")
        versions, _ = self._versions(Half(), item, near="")
        return self._record(
            _Found(kind=kind, location=location, evidence=evidence, item=item, versions=versions, anomalies=tuple(said))
        )

    def attachments(self, item: Half, *, parent: ExportedRecord, near: str) -> Iterator[ExportedRecord]:
        """Yield the records of what is attached to a list item."""
        for number, element in enumerate(item.children("Attachments"), 1):
            inner = attributes_of(element)
            outer = {"ParentWebUrl": item.outer.get("ParentWebUrl", "")}
            body = Half(outer=outer, inner=inner, element=element)
            library = self._context.structure.library(item.inner.get("ParentListId"))
            location = locate(outer, inner, library)
            blob, trouble = self._content(inner, {}, near=near, is_deleted=item.is_deleted)
            size_bytes, size_trouble = _size(inner, blob)
            place = f"{parent.evidence.place}, attachment {number}"
            evidence = Evidence(file=parent.evidence.file, sha256=parent.evidence.sha256, place=place)
            yield self._record(
                _Found(
                    kind=RecordKind.ATTACHMENT,
                    location=location,
                    evidence=evidence,
                    body=body,
                    blob=blob,
                    size_bytes=size_bytes,
                    parent=parent,
                    anomalies=(*trouble, *size_trouble),
                )
            )

    def _location(self, body: Half, item: Half) -> Location:
        library = self._context.structure.library(
            body.inner.get("ListId") or body.inner.get("ContainingDocumentLibrary") or item.inner.get("ParentListId")
        )
        first = body if body.outer else item
        inner = {**item.inner, **first.inner}
        return locate(
            {**item.outer, **first.outer},
            {**inner, "DirName": item.inner.get("DirName", inner.get("DirName", ""))},
            library,
        )

    def _record(self, found: _Found) -> ExportedRecord:
        context, location, body, item = self._context, found.location, found.body, found.item
        main, other = (body.inner, item.inner) if body.inner else (item.inner, {})
        fields, properties = item.values("Fields"), body.values("Properties")
        library = location.library if found.parent is None else None
        protection = protection_of({**properties, **fields}, library, people=context.people, moments=context.moments)
        hashes, hash_trouble = hashes_of(main)
        permissions, permission_trouble = self._permissions(main, other, location)
        extras = Extras(context.people, context.dropped)
        type_id = item.inner.get("ContentTypeId") or item.outer.get("ContentTypeId")
        version = main.get("Version") or other.get("Version")
        return ExportedRecord(
            original_location=self._url(location.server_path),
            name=main.get("Name") or other.get("Name") or location.name,
            kind=found.kind,
            evidence=found.evidence,
            site=self._url(location.site_path) or self._origin or None,
            library=location.library.title if location.library else None,
            relative_path=location.in_library,
            source_ids=_ids(body, item),
            size_bytes=found.size_bytes,
            hashes=hashes,
            created=context.moments.stated(main.get("TimeCreated") or other.get("TimeCreated")),
            modified=context.moments.stated(main.get("TimeLastModified") or other.get("TimeLastModified")),
            created_by=extras.person("created_by", main.get("Author") or other.get("Author")),
            modified_by=extras.person("modified_by", main.get("ModifiedBy") or other.get("ModifiedBy")),
            content_type_name=fields.get("ContentType") or context.structure.content_type(type_id),
            content_type_id=type_id,
            version_label=version,
            versions=found.versions,
            is_draft=_is_draft(version, main.get("Level"), item.inner.get("ModerationStatus")),
            checked_out_to=protection.checked_out_to,
            label=protection.label,
            state=protection.state,
            permissions=permissions,
            is_deleted=body.is_deleted or item.is_deleted,
            parent_location=found.parent.original_location if found.parent else self._url(location.folder_path),
            content=found.blob.place if found.blob else None,
            extra_fields=extras.gathered(fields=fields, properties=properties, file=body.inner, item=item.inner),
            anomalies=(
                *location.anomalies,
                *found.anomalies,
                *hash_trouble,
                *protection.anomalies,
                *permission_trouble,
            ),
        )

    def _content(
        self, inner: Attributes, item: Attributes, *, near: str, is_deleted: bool = False
    ) -> tuple[Blob | None, tuple[str, ...]]:
        """Return the content of a file, or in words why there is none: no content is never empty content."""
        failure = inner.get("FailureMessage") or item.get("FailureMessage")
        trouble = (_failure(failure),) if failure else ()
        if "InitializationVector" in inner:
            return None, (*trouble, "its content is encrypted in the package: it was not taken")
        if "FileValue" in inner:
            found = self._context.contents.find(inner["FileValue"], near=near)
            return (found, trouble) if isinstance(found, Blob) else (None, (*trouble, found))
        if trouble or is_deleted or self._context.is_manifest_only:
            return None, trouble
        if _is_ghosted(inner):
            return None, ("it has no content of its own: SharePoint makes this page from its own files",)
        return None, ("the package states no content for it",)

    def _versions(
        self, body: Half, item: Half, *, near: str
    ) -> tuple[tuple[RecordVersion, ...] | None, tuple[str, ...]]:
        """Return the history; None where the export does not prove that there is none."""
        current = body.inner.get("Version") or item.inner.get("Version")
        found: dict[str, RecordVersion] = {}
        trouble: list[str] = []
        for half in (body, item):
            for element in half.children("Versions"):
                inner = attributes_of(element)
                label = inner.get("Version", "")
                if half is item and label in found:
                    continue  # the fields of a version whose file is known
                if label in found:
                    trouble.append(f"the version {label!r} is listed twice: the first was taken")
                    continue
                version, said = self._version(inner, near=near, has_file=half is body, current=current)
                found[label] = version
                trouble.extend(f"version {label!r}: {words}" for words in said)
        is_known = bool(found) or self._context.settings.has_whole_history
        return (tuple(found.values()) if is_known else None), tuple(trouble)

    def _version(
        self, inner: Attributes, *, near: str, has_file: bool, current: str | None
    ) -> tuple[RecordVersion, tuple[str, ...]]:
        blob, trouble = self._content(inner, {}, near=near) if has_file else (None, ())
        size_bytes, size_trouble = _size(inner, blob)
        by = inner.get("ModifiedBy")
        version = RecordVersion(
            label=inner.get("Version", ""),
            size_bytes=size_bytes,
            modified=self._context.moments.stated(inner.get("TimeLastModified")),
            modified_by=self._context.people.find(by).name if by else None,
            content=blob.place if blob else None,
            is_current=inner.get("Version") == current if current else None,
        )
        return version, (*trouble, *size_trouble)

    def _permissions(
        self, main: Attributes, other: Attributes, location: Location
    ) -> tuple[str | None, tuple[str, ...]]:
        structure = self._context.structure
        scope = structure.scope(main.get("ScopeId") or other.get("ScopeId"), location.server_path)
        if scope is None:
            return None, ()
        words, is_anonymous = structure.permissions(scope, self._context.people)
        return words, (_ANONYMOUS,) if is_anonymous else ()

    def _url(self, path: str) -> str:
        return f"{self._origin}/{path}" if path else ""


def _is_ghosted(inner: Attributes) -> bool:
    """Tell whether SharePoint shows a page from its own installation instead of from the site's content."""
    return inner.get("IsGhosted", "").lower() in ("true", "1") or bool(inner.get("SetupPath"))


def _ids(body: Half, item: Half) -> dict[str, str]:
    """Return the identities that other exports use too: `unique_id` is the document's own in all of them."""
    stated = {
        "unique_id": body.inner.get("Id") or item.inner.get("DocId") or body.outer.get("Id"),
        "list_item_guid": item.inner.get("Id") or item.outer.get("Id"),
        "list_id": item.inner.get("ParentListId") or body.inner.get("ListId"),
        "list_item_id": item.inner.get("IntId") or body.inner.get("ListItemIntId"),
        "web_id": body.inner.get("ParentWebId") or item.inner.get("ParentWebId"),
        "scope_id": body.inner.get("ScopeId") or item.inner.get("ScopeId"),
    }
    return {name: value for name, value in stated.items() if value}


def _size(inner: Attributes, blob: Blob | None) -> tuple[int | None, tuple[str, ...]]:
    stated = inner.get("FileSize", "").strip()
    held = blob.size_bytes if blob else None
    if not stated:
        return held, ()
    if not (stated.isascii() and stated.isdecimal()):
        return held, (f"its size is stated as {stated[:40]!r}, which is no number",)
    size_bytes = int(stated[:20])
    if held is not None and held != size_bytes:
        return size_bytes, (f"the manifest states {size_bytes} bytes, the package holds {held}",)
    return size_bytes, ()


def _is_draft(version: str | None, level: str | None, moderation: str | None) -> bool | None:
    """Tell whether this is a draft: a minor version, or one that nobody approved yet."""
    if level == "2" or moderation in _DRAFTS:
        return True
    major, _, minor = (version or "").partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        return None
    return int(minor[:9]) != 0


def _failure(message: str) -> str:
    return f"the export failed for it: {message[:500]}"


def _value(one: Attributes) -> str:
    return f"{one['Value']}, {one['Value2']}" if one.get("Value2") else one["Value"]
