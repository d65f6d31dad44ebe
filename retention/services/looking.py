"""A first look at a folder that nobody scanned: what lies there twice. No workspace is needed, and nothing is kept."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from retention.domain.naming import path_fields
from retention.errors import InvalidInputError
from retention.services.file_facts import fields_of
from scanners import FoundFile, SkippedEntry, SourceUnavailableError, UnreadableEntry, crawl
from scanners.crawling.file_facts import FactsReader, FileFacts
from scanners.duplicates import FindingProgress, find_duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualFiles:
    """Files with the same bytes, one name for each; hard links to one file are one member.

    `facts` are what the file system says of each, in the order of the paths; empty when nobody asked.
    """

    sha256: str | None
    size_bytes: int
    paths: tuple[str, ...]
    facts: tuple[FileFacts, ...] = ()

    @property
    def reclaimable_bytes(self) -> int:
        """Return the bytes that go when only one of them stays."""
        return self.size_bytes * (len(self.paths) - 1)

    def to_json(self) -> dict[str, object]:
        """Return the line of the list; `members_b64` names what `members` cannot say in UTF-8."""
        named = [path_fields(path) for path in self.paths]
        encoded = {str(place): name["path_b64"] for place, name in enumerate(named) if "path_b64" in name}
        return {
            "digest": self.sha256,
            "size_bytes": self.size_bytes,
            "members": [name["path"] for name in named],
            **({"members_b64": encoded} if encoded else {}),
            "reclaimable_bytes": self.reclaimable_bytes,
            "empty": self.size_bytes == 0,
            **({"facts": [fields_of(one) for one in self.facts]} if self.facts else {}),
        }


@dataclass(slots=True, kw_only=True)
class LookCounts:
    """What was seen; complete once all groups were taken."""

    files: int = 0
    skipped: int = 0
    unreadable: int = 0


def equal_files(
    folder: str, counts: LookCounts, *, on_progress: Callable[[FindingProgress], None], with_facts: bool = False
) -> Iterator[EqualFiles]:
    """Yield the groups of equal files below `folder`, the largest files first; changes nothing there.

    With `with_facts` the file system is asked who owns each of them, which on a share takes a journey for each.

    Raises:
        InvalidInputError: The folder cannot be read.
    """
    try:
        with FactsReader(folder) if with_facts else nullcontext() as reader:
            for found in find_duplicates(folder, _files(folder, counts), on_progress=on_progress):
                if isinstance(found, UnreadableEntry):
                    counts.unreadable += 1
                    continue
                yield EqualFiles(
                    sha256=found.sha256,
                    size_bytes=found.size_bytes,
                    paths=tuple(member.path for member in found.members),
                    facts=() if reader is None else tuple(map(reader.facts, found.members)),
                )
    except SourceUnavailableError as error:
        raise InvalidInputError(
            what=error.what.rstrip("."), not_done="Nothing was compared.", next_step=error.next_step
        ) from error


def _files(folder: str, counts: LookCounts) -> Iterator[FoundFile]:
    for entry in crawl(folder):
        match entry:
            case FoundFile():
                counts.files += 1
                yield entry
            case SkippedEntry():
                counts.skipped += 1
            case UnreadableEntry():
                counts.unreadable += 1
            case _:
                pass
