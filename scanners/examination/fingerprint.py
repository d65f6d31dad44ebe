"""Reading one file once: its digest, its type, and as much of it as the readers of text may have."""

import hashlib
import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace

from scanners.errors import FileUnreadableError
from scanners.identification.identify import recognise
from scanners.identification.libmagic import libmagic_media_type
from scanners.identification.media_types import UNKNOWN
from scanners.limits import ExaminationLimits
from scanners.observation import FoundFile, UnreadableReason
from scanners.opening import CHUNK_BYTES, FileOpener, is_untouched, portions_of, reason_of
from scanners.source import ByteSource, DescriptorSource, MemorySource


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What is certain about a file's bytes; `content` is all of it if `is_whole`, else its beginning.

    A file that is too large for memory stays open, so that a reader may look at parts of it; `close` lets it go.
    """

    sha256: str
    media_type: str
    content: bytes
    is_whole: bool
    descriptor: int = -1
    seen: os.stat_result | None = None

    def close(self) -> None:
        """Let go of a large file."""
        if self.descriptor >= 0:
            os.close(self.descriptor)

    def parts(self) -> ByteSource:
        """Return what gives parts of a large file; raises `OSError`, the share's own trouble, when one is read."""
        size_bytes = len(self.content) if self.seen is None else self.seen.st_size
        return MemorySource(self.content) if self.descriptor < 0 else DescriptorSource(self.descriptor, size_bytes)

    def check_untouched(self, found: FoundFile) -> None:
        """Prove that the parts that were read belong to the content with this digest.

        Raises:
            FileUnreadableError: Something wrote to the file meanwhile.
        """
        if self.seen is not None and not is_untouched(self.seen, os.fstat(self.descriptor)):
            raise _changed(found, "it was changed while it was read")

    def settled_type(self, path: str) -> str:
        """Return the type, asking libmagic where our own list does not know it.

        Raises:
            LibmagicMissingError: libmagic is needed and cannot be loaded.
        """
        return libmagic_media_type(self.content) if self.media_type == UNKNOWN else self.media_type


def fingerprint(
    opener: FileOpener, found: FoundFile, *, limits: ExaminationLimits, on_progress: Callable[[], None]
) -> Fingerprint:
    """Read the file that was found, and prove before and after that it is still that file.

    Raises:
        FileUnreadableError: It is gone, denied, not a regular file, or not the file that was found.
    """
    descriptor, before = opener.open_seen(found.path)
    is_to_stay_open = False
    try:
        _check_same(before, found)
        if found.size_bytes <= limits.max_text_source_bytes:
            seen = _whole(descriptor, found, on_progress)
        else:
            seen = replace(_streamed(descriptor, before, found, on_progress), descriptor=descriptor, seen=before)
        if not is_untouched(before, os.fstat(descriptor)):
            raise _changed(found, "it was changed while it was read")
        is_to_stay_open = seen.descriptor >= 0
    except OSError as error:
        raise share_trouble(found, error) from error
    else:
        return seen
    finally:
        if not is_to_stay_open:
            os.close(descriptor)


def share_trouble(found: FoundFile, error: OSError) -> FileUnreadableError:
    """Return the error of the system as one about this file."""
    reason, detail = reason_of(error)
    return FileUnreadableError(path=found.path, reason=reason, detail=detail)


def _whole(descriptor: int, found: FoundFile, on_progress: Callable[[], None]) -> Fingerprint:
    chunks: list[bytes] = []
    wanted = found.size_bytes + 1  # one more than there should be, to notice growth
    while wanted > 0 and (chunk := os.read(descriptor, min(wanted, CHUNK_BYTES))):
        chunks.append(chunk)
        wanted -= len(chunk)
        on_progress()
        if wanted == 1 and len(chunk) < CHUNK_BYTES:
            break  # less came than was asked for, so this was the end; what is added now changes the file's times
    content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if len(content) != found.size_bytes:
        raise _changed(found, "it was changed while it was read")
    return Fingerprint(
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=_own_type(MemorySource(content), found),
        content=content,
        is_whole=True,
    )


def _streamed(
    descriptor: int, before: os.stat_result, found: FoundFile, on_progress: Callable[[], None]
) -> Fingerprint:
    digest = hashlib.sha256()
    head = b""
    size_bytes = 0
    for portion in portions_of(descriptor, before):
        head = head or portion
        digest.update(portion)
        size_bytes += len(portion)
        on_progress()
    if size_bytes != found.size_bytes:
        raise _changed(found, "it was changed while it was read")
    return Fingerprint(
        sha256=digest.hexdigest(),
        media_type=_own_type(DescriptorSource(descriptor, size_bytes), found),
        content=head,
        is_whole=False,
    )


def _own_type(source: ByteSource, found: FoundFile) -> str:
    return recognise(source, posixpath.basename(found.path)) or UNKNOWN


def _check_same(seen: os.stat_result, found: FoundFile) -> None:
    if (seen.st_dev, seen.st_ino) != (found.device, found.inode):
        raise _changed(found, "another file has taken its place since the folder was listed")
    if (seen.st_size, seen.st_mtime_ns) != (found.size_bytes, found.modified_ns):
        raise _changed(found, "it was changed after the folder was listed")


def _changed(found: FoundFile, detail: str) -> FileUnreadableError:
    return FileUnreadableError(path=found.path, reason=UnreadableReason.CHANGED_WHILE_READ, detail=detail)
