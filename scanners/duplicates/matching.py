"""Which files may be the ones that a SharePoint inventory lists, by the QuickXorHash that it states.

Candidates only. The hash is no proof of anything, and its absence proves nothing either: SharePoint writes its own
properties into the office documents it is given, which changes their bytes and so their hash.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from scanners.duplicates.crew import Crew, Workers, in_portions, measured_workers
from scanners.duplicates.quickxor import BLOCK_BYTES, QuickXorHash
from scanners.duplicates.reading import Failure, Plain, Wanted, failure, left_out, plain, read_through
from scanners.errors import FileUnreadableError
from scanners.observation import FoundFile, UnreadableEntry
from scanners.opening import FileOpener

_PROBED_FILES: Final = 64
_PORTION_BYTES: Final = 16 << 20
_ROOM_BYTES: Final = 8 * BLOCK_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedContent:
    """What an inventory states of one item: `key` is what the caller knows it by, `quick_xor` is base64."""

    key: str
    quick_xor: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may hold what the inventory lists under `key`."""

    key: str
    file: FoundFile
    is_size_stated: bool

    @property
    def basis(self) -> str:
        """Why it may, in words."""
        same = "the same QuickXorHash and size" if self.is_size_stated else "the same QuickXorHash; no size was stated"
        return f"{same}: a reason to compare the two, not a proof that they are equal"


def find_candidates(
    root: str, files: Iterable[FoundFile], stated: Iterable[StatedContent], *, workers: Workers | None = None
) -> Iterator[Candidate | UnreadableEntry]:
    """Yield each file that may be one of the items, once for each item, and each that could not be read for it.

    Only files of a size that some item states are opened; if any item states no size, all are. In the order of the
    files, and for one file in the order of the items. Memory: the items, and a few portions of files.

    Args:
        root: The folder that the paths are below.
        files: What lies there, as `crawl` found it; taken as it comes.
        stated: What the inventory states.
        workers: Who reads; by default it is measured on the first files what suits the place.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """
    items: dict[str, list[StatedContent]] = defaultdict(list)
    for item in stated:
        items[item.quick_xor.strip()].append(item)
    possible = _of_stated_size(files, items)
    first = list(islice(possible, _PROBED_FILES))
    with Crew(root, workers or measured_workers(root, first)) as crew:
        size_bytes = _PORTION_BYTES * crew.workers.size_factor
        portions = in_portions(
            chain(first, possible), count=crew.workers.files_at_once, size_bytes=size_bytes, weigh=_size_bytes
        )
        for portion, hashes in crew.run(quick_xors, ((part, list(map(plain, part))) for part in portions)):
            for file, found in zip(portion, hashes, strict=True):
                if isinstance(found, Failure):
                    yield left_out(file.path, found)
                else:
                    yield from _candidates(file, items.get(found, ()))


def quick_xors(opener: FileOpener, files: Sequence[Plain]) -> list[str | Failure]:
    """Return the QuickXorHash of each file in base64, or why it cannot be had."""
    room = memoryview(bytearray(_ROOM_BYTES))
    return [_quick_xor(opener, file, room) for file in map(Wanted._make, files)]


def _quick_xor(opener: FileOpener, file: Wanted, room: memoryview) -> str | Failure:
    digest = QuickXorHash()
    try:
        read_through(opener, file, feed=digest.update, room=room)
    except FileUnreadableError as error:
        return failure(error)
    return digest.base64()


def _of_stated_size(files: Iterable[FoundFile], items: Mapping[str, Sequence[StatedContent]]) -> Iterator[FoundFile]:
    sizes = {item.size_bytes for same in items.values() for item in same}
    if not sizes:
        return
    yield from (file for file in files if None in sizes or file.size_bytes in sizes)


def _candidates(file: FoundFile, items: Iterable[StatedContent]) -> Iterator[Candidate]:
    for item in items:
        if item.size_bytes in (None, file.size_bytes):
            yield Candidate(key=item.key, file=file, is_size_stated=item.size_bytes is not None)


def _size_bytes(file: FoundFile) -> int:
    return file.size_bytes
