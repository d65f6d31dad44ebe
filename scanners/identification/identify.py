"""Telling a file's type from its bytes: our own short list first, libmagic for the rest.

The list covers the types that fill an office share and that libmagic confuses when it sees only the beginning:
office files are ZIP archives or compound files, and their type is written in their directories.
"""

import re

from scanners.containers.compound import SIGNATURE as COMPOUND_FILE
from scanners.containers.compound import top_level_names
from scanners.containers.zipped import EMPTY_ARCHIVE, LOCAL_HEADER, Archive
from scanners.errors import ContentError
from scanners.identification import media_types as types
from scanners.identification.libmagic import libmagic_media_type
from scanners.identification.plain_types import text_type
from scanners.source import ByteSource, MemorySource

HEAD_BYTES = 64 << 10

_PDF_WITHIN_BYTES = 1024  # ISO 32000-1, annex H.3.4.1: readers accept the header within the first KiB
_CONTENT_TYPES = "[Content_Types].xml"
_CONTENT_TYPES_BYTES = 1 << 20
_MAIN_PART = re.compile(r'ContentType\s*=\s*["\']([^"\']+)["\']')
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]{0,120}")

_SIGNATURES = (
    (b"{\\rtf", types.RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"AC10", "image/vnd.dwg"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"%!PS", "application/postscript"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"\0\1\0\0Standard Jet DB\0", "application/x-msaccess"),
    (b"\0\1\0\0Standard ACE DB\0", "application/x-msaccess"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/onenote"),
    (b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", "application/x-ms-shortcut"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
    (b"\xffWPC", "application/vnd.wordperfect"),
    (b"\x09\x00\x04\x00", types.XLS),  # [MS-XLS] ancestors: BIFF2, 3 and 4 stand without a compound file
    (b"\x09\x02\x06\x00", types.XLS),
    (b"\x09\x04\x06\x00", types.XLS),
)
_RIFF_KINDS = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
_FTYP_KINDS = {
    b"qt  ": "video/quicktime",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"M4A ": "audio/mp4",
}
# In this order: a workbook may hold an embedded document at its top level, never the other way round.
_COMPOUND_KINDS = (
    ("EncryptedPackage", types.ENCRYPTED_OOXML),  # [MS-OFFCRYPTO] 2.3.4: a new office file with a password
    ("__properties_version1.0", types.MSG),
    ("Workbook", types.XLS),
    ("Book", types.XLS),
    ("WordDocument", types.DOC),
    ("PowerPoint Document", types.PPT),
    ("PP40", types.PPT),
    ("VisioDocument", types.VISIO),
    ("Quill", types.PUBLISHER),
)


def identify(head: bytes, whole: bytes | None, name: str) -> str:
    """Return the media type of a file.

    Args:
        head: Its first bytes, 64 KiB or all of it.
        whole: All of it, when it is small enough to be in memory.
        name: Its name, which only chooses between kinds of text.

    Returns:
        "inode/x-empty" for an empty file, "application/octet-stream" when nobody knows.

    Raises:
        LibmagicMissingError: The type is a rarer one and libmagic cannot be loaded.
    """
    source = MemorySource(head if whole is None else whole)
    return recognise(source, name) or libmagic_media_type(source.content)


def recognise(source: ByteSource, name: str) -> str | None:
    """Return the media type if it is one of those that the scanners decide on themselves.

    Raises:
        OSError: The source is a file on a share that cannot be read.
    """
    head = source.at(0, HEAD_BYTES)
    if not head:
        return types.EMPTY
    if head.startswith((LOCAL_HEADER, EMPTY_ARCHIVE)):
        return _archive_type(source, head)
    if head.startswith(COMPOUND_FILE):
        return _compound_type(source)
    return _type_of_head(head) or text_type(head, name)


def _type_of_head(head: bytes) -> str | None:
    if b"%PDF-" in head[:_PDF_WITHIN_BYTES]:
        return types.PDF
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head.startswith(b"RIFF"):
        return _RIFF_KINDS.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _FTYP_KINDS.get(head[8:12], "video/mp4")
    if head[257:262] == b"ustar":
        return "application/x-tar"
    return None


def _compound_type(source: ByteSource) -> str | None:
    names = top_level_names(source)
    for name, media_type in _COMPOUND_KINDS:
        if name in names:
            return media_type
    return None


def _archive_type(source: ByteSource, head: bytes) -> str:
    try:
        archive = Archive(source)
        return _office_type(archive) or _stated_type(archive, head) or _type_by_names(frozenset(archive.members))
    except ContentError:
        # A damaged office file must be reported as such, not as an archive that has no text.
        return _type_by_names(frozenset(part for part in _TELLING_PARTS if part.encode() in head))


def _office_type(archive: Archive) -> str | None:
    if _CONTENT_TYPES not in archive.members:
        return None
    stated = archive.read(_CONTENT_TYPES, limit_bytes=_CONTENT_TYPES_BYTES).decode("utf-8", "replace")
    found = {types.MAIN_PARTS[part] for part in _MAIN_PART.findall(stated) if part in types.MAIN_PARTS}
    return min(found) if len(found) == 1 else None


def _stated_type(archive: Archive, head: bytes) -> str | None:
    """Return what the member "mimetype" states, as OpenDocument 1.2 part 3 §3.3 and EPUB prescribe."""
    if "mimetype" not in archive.members or b"mimetype" not in head[:64]:
        return None
    stated = archive.read("mimetype", limit_bytes=256).decode("ascii", "replace").strip()
    return stated if _MEDIA_TYPE.fullmatch(stated) else None


_TELLING_PARTS = {
    "word/document.xml": types.DOCX,
    "xl/workbook.xml": types.XLSX,
    "xl/workbook.bin": types.XLSB,
    "ppt/presentation.xml": types.PPTX,
    "word/": types.DOCX,
    "xl/": types.XLSX,
    "ppt/": types.PPTX,
    "META-INF/MANIFEST.MF": "application/java-archive",
}


def _type_by_names(names: frozenset[str]) -> str:
    for part, media_type in _TELLING_PARTS.items():
        if part in names:
            return media_type
    return types.ZIP
