"""The SHA-256 of every file that was found, as fast as the disk and all cores allow."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from scanners.duplicates.crew import Crew, Workers, in_portions, measured_workers
from scanners.duplicates.reading import Failure, Plain, Wanted, failure, left_out, plain, read_through
from scanners.errors import FileUnreadableError
from scanners.observation import FoundFile, UnreadableEntry
from scanners.opening import FileOpener

_PROBED_FILES: Final = 64
_ROOM_BYTES: Final = 256 << 10
_PORTION_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """One file and the SHA-256 of its bytes, in hexadecimal."""

    file: FoundFile
    sha256: str


def digest_manifest(
    root: str, files: Iterable[FoundFile], *, workers: Workers | None = None
) -> Iterator[FileDigest | UnreadableEntry]:
    """Yield the SHA-256 of each file, or why it cannot be had, in the order given.

    The files are taken as they come, so that listing and reading go on at the same time. Memory: a few portions of
    256 files for each worker, whatever their number.

    Args:
        root: The folder that the paths are below.
        files: What lies there, as `crawl` found it.
        workers: Who reads; by default it is measured on the first files what suits the place.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """
    rest = iter(files)
    first = list(islice(rest, _PROBED_FILES))
    with Crew(root, workers or measured_workers(root, first)) as crew:
        size_bytes = _PORTION_BYTES * crew.workers.size_factor
        portions = in_portions(
            chain(first, rest), count=crew.workers.files_at_once, size_bytes=size_bytes, weigh=_size_bytes
        )
        for portion, digests in crew.run(digest, ((files, list(map(plain, files))) for files in portions)):
            for file, found in zip(portion, digests, strict=True):
                yield left_out(file.path, found) if isinstance(found, Failure) else FileDigest(file=file, sha256=found)


def digest(opener: FileOpener, files: Sequence[Plain]) -> list[str | Failure]:
    """Return the SHA-256 of each file, or why it cannot be had."""
    room = memoryview(bytearray(_ROOM_BYTES))
    return [_digest(opener, file, room) for file in map(Wanted._make, files)]


def _digest(opener: FileOpener, file: Wanted, room: memoryview) -> str | Failure:
    sha256 = hashlib.sha256()
    try:
        read_through(opener, file, feed=sha256.update, room=room)
    except FileUnreadableError as error:
        return failure(error)
    return sha256.hexdigest()


def _size_bytes(file: FoundFile) -> int:
    return file.size_bytes
