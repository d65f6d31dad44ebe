"""Telling what a compound file (OLE) is: by the streams that each program keeps at its top, then by its class."""

from uuid import UUID

from scanners.containers.compound import CompoundFile
from scanners.errors import ContentError
from scanners.identification import media_types as types
from scanners.source import ByteSource

# In this order: a workbook may hold an embedded document at its top level, never the other way round.
_KINDS = (
    ("ENCRYPTEDPACKAGE", types.ENCRYPTED_OOXML),  # [MS-OFFCRYPTO] 2.3.4: a new office file with a password
    ("__PROPERTIES_VERSION1.0", types.MSG),
    ("WORKBOOK", types.XLS),
    ("BOOK", types.XLS),
    ("WORDDOCUMENT", types.DOC),
    ("POWERPOINT DOCUMENT", types.PPT),
    ("PP40", types.PPT),
    ("PP97_DUALSTORAGE", types.PPT),
    ("VISIODOCUMENT", types.VISIO),
    ("QUILL", types.PUBLISHER),
    ("PROPS8", types.PROJECT),
    ("PROPS9", types.PROJECT),
    ("PROPS12", types.PROJECT),
    ("PROPS14", types.PROJECT),
    ("CATALOG", types.THUMBNAILS),
    ("MATOST", types.WORKS),
    ("STARWRITERDOCUMENT", "application/vnd.stardivision.writer"),
    ("STARCALCDOCUMENT", "application/vnd.stardivision.calc"),
    ("STARDRAWDOCUMENT3", "application/vnd.stardivision.draw"),
    ("STARDRAWDOCUMENT", "application/vnd.stardivision.draw"),
    ("NATIVECONTENT_MAIN", types.QUATTRO),
    ("SLIDESHOW", "application/x-corelpresentations"),
    ("PERFECTOFFICE_MAIN", "application/x-corelpresentations"),
    ("\x05HWPSUMMARYINFORMATION", "application/x-hwp"),
    ("ISOLIDWORKSINFORMATION", "application/sldworks"),
    ("PAGEMAKER", "application/vnd.pagemaker"),
)
# The classes are registered by the programs themselves; those of Publisher and Works are in no specification.
_CLASSES = {
    UUID(text).bytes_le: media_type
    for text, media_type in {
        "00020810-0000-0000-c000-000000000046": types.XLS,
        "00020820-0000-0000-c000-000000000046": types.XLS,
        "00020900-0000-0000-c000-000000000046": types.DOC,
        "00020906-0000-0000-c000-000000000046": types.DOC,
        "64818d10-4f9b-11cf-86ea-00aa00b929e8": types.PPT,
        "ea7bae70-fb3b-11cd-a903-00aa00510ea3": types.PPT,
        "00020d0b-0000-0000-c000-000000000046": types.MSG,
        "0006f046-0000-0000-c000-000000000046": types.MSG,
        "00021a13-0000-0000-c000-000000000046": types.VISIO,
        "00021a14-0000-0000-c000-000000000046": types.VISIO,
        "00021201-0000-0000-00c0-000000000046": types.PUBLISHER,
        "74b78f3a-c8c8-11d1-be11-00c04fb6faf1": types.PROJECT,
        "28cddbc2-0ae2-11ce-a29a-00aa004a1a72": types.WORKS,
        "0ea45ab2-9e0a-11d1-a407-00c04fb932ba": types.WORKS,
        "000c1084-0000-0000-c000-000000000046": types.INSTALLER,
        "000c1086-0000-0000-c000-000000000046": types.INSTALLER,
    }.items()
}


def compound_type(source: ByteSource) -> str:
    """Return the media type of a compound file; `media_types.OLE` when nobody is known to make such a one."""
    try:
        compound = CompoundFile(source)
    except ContentError:
        return types.OLE
    names = compound.children(compound.root).keys() or {entry.name.upper() for entry in compound.entries}
    for name, media_type in _KINDS:
        if name in names:
            return media_type
    return _CLASSES.get(compound.root.class_id, types.OLE)
