"""Telling a file's type from its bytes: our own short list first, libmagic for the rest.

The list covers the types that fill an office share and that libmagic confuses when it sees only the beginning:
office files are ZIP archives or compound files, and their type is written in their directories.
"""

from scanners.containers.compound import SIGNATURE as COMPOUND_FILE
from scanners.containers.zip_directory import EMPTY_ARCHIVE, LOCAL_HEADER
from scanners.identification import media_types as types
from scanners.identification.archive_types import archive_type
from scanners.identification.compound_types import compound_type
from scanners.identification.libmagic import libmagic_media_type
from scanners.identification.plain_types import mail_type, text_type
from scanners.identification.signatures import type_of_head
from scanners.source import ByteSource, MemorySource

HEAD_BYTES = 64 << 10

_SPLIT_ARCHIVE = b"PK\x07\x08"  # APPNOTE 8.5.4: what stands before the first volume


def identify(head: bytes, whole: bytes | None, name: str) -> str:
    """Return the media type of a file.

    Args:
        head: Its first bytes, 64 KiB or all of it.
        whole: All of it, when it is small enough to be in memory.
        name: Its name, which only chooses between kinds of text and between what looks the same inside.

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
    if head.startswith((LOCAL_HEADER, EMPTY_ARCHIVE, _SPLIT_ARCHIVE)):
        return archive_type(source, head, types.extension(name))
    if head.startswith(COMPOUND_FILE):
        return compound_type(source)
    ending = types.extension(name)
    return type_of_head(head) or mail_type(head, ending) or text_type(head, ending)
