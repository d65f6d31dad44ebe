"""Telling what a ZIP archive is: most are office files, whose directory or one small member states their type."""

import re

from scanners.containers.zipped import Archive
from scanners.errors import ContentError
from scanners.identification import media_types as types
from scanners.source import ByteSource

_CONTENT_TYPES = "[Content_Types].xml"
_CONTENT_TYPES_BYTES = 1 << 20
_MANIFEST = "META-INF/manifest.xml"
_MANIFEST_BYTES = 256 << 10
_STATED_BYTES = 256
_MAIN_PART = re.compile(r'ContentType\s*=\s*["\']([^"\']+)["\']')
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]{0,120}")
# OpenDocument 1.2 part 3 §4.3: the entry of the whole package is the one with the path "/"
_ROOT_ENTRY = re.compile(r'<[^<>]{0,200}full-path="/"[^<>]{0,200}>')
_ROOT_TYPE = re.compile(r'media-type="([^"]+)"')

_TELLING_PARTS = {
    "word/document.xml": types.DOCX,
    "xl/workbook.xml": types.XLSX,
    "xl/workbook.bin": types.XLSB,
    "ppt/presentation.xml": types.PPTX,
    "word/": types.DOCX,
    "xl/": types.XLSX,
    "ppt/": types.PPTX,
    "visio/document.xml": types.VISIO_OOXML,
    "FixedDocumentSequence.fdseq": types.XPS,
    "FixedDocSeq.fdseq": types.XPS,
    "META-INF/container.xml": types.EPUB,
    "3D/3dmodel.model": "model/3mf",
    "AndroidManifest.xml": "application/vnd.android.package-archive",
    "META-INF/MANIFEST.MF": "application/java-archive",
}
# Apple's files look the same inside; their names tell them apart.
_APPLE_PARTS = frozenset({"index.xml", "index.xml.gz", "index.apxl", "Index/Document.iwa", "buildVersionHistory.plist"})
_APPLE_KINDS = {
    ".pages": "application/vnd.apple.pages",
    ".numbers": "application/vnd.apple.numbers",
    ".key": "application/vnd.apple.keynote",
}


def archive_type(source: ByteSource, head: bytes, ending: str) -> str:
    """Return the media type of a ZIP archive.

    Args:
        source: All of it.
        head: Its first bytes.
        ending: The ending of its name, which tells apart only what looks the same inside.
    """
    try:
        archive = Archive(source)
        return _office_type(archive) or _stated_type(archive) or _type_by_names(archive, ending)
    except ContentError:
        # A damaged office file must be reported as such, not as an archive that has no text.
        return _type_of_damaged(head)


def _office_type(archive: Archive) -> str | None:
    if _CONTENT_TYPES not in archive.members:
        return None
    content = archive.read(_CONTENT_TYPES, limit_bytes=_CONTENT_TYPES_BYTES)
    stated = content.decode("utf-16" if b"\0" in content[:4] else "utf-8", "replace")
    found = {types.MAIN_PARTS[part] for part in _MAIN_PART.findall(stated) if part in types.MAIN_PARTS}
    return min(found) if len(found) == 1 else None


def _stated_type(archive: Archive) -> str | None:
    """Return what a member states as the type, as OpenDocument 1.2 part 3 §3.3 and EPUB prescribe."""
    if "mimetype" in archive.members:
        stated = archive.read("mimetype", limit_bytes=_STATED_BYTES).decode("ascii", "replace").strip()
        if _MEDIA_TYPE.fullmatch(stated):
            return stated
    if _MANIFEST in archive.members:
        manifest = archive.read(_MANIFEST, limit_bytes=_MANIFEST_BYTES).decode("utf-8", "replace")
        root = _ROOT_ENTRY.search(manifest)
        found = _ROOT_TYPE.search(root[0]) if root else None
        if found and _MEDIA_TYPE.fullmatch(found[1]):
            return found[1]
    return None


def _type_by_names(archive: Archive, ending: str) -> str:
    for part, media_type in _TELLING_PARTS.items():
        if part in archive.members:
            return media_type
    if ending in _APPLE_KINDS and not _APPLE_PARTS.isdisjoint(archive.members):
        return _APPLE_KINDS[ending]
    if ending == ".kmz" and any(name.endswith(".kml") for name in archive.members):
        return "application/vnd.google-earth.kmz"
    return types.ZIP


def _type_of_damaged(head: bytes) -> str:
    stated = head[38:200].partition(b"PK")[0] if head[30:38] == b"mimetype" else b""
    if _MEDIA_TYPE.fullmatch(stated.decode("ascii", "replace").strip()):
        return stated.decode().strip()
    for part, media_type in _TELLING_PARTS.items():
        if part.encode() in head:
            return media_type
    return types.ZIP
