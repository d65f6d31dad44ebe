"""A first look at a folder that nobody scanned: what lies there twice. No workspace is needed, and nothing is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from retention.domain.naming import path_fields
from retention.errors import InvalidInputError
from scanners import FoundFile, SkippedEntry, SourceUnavailableError, UnreadableEntry, crawl
from scanners.duplicates import FindingProgress, find_duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualFiles:
    """Files with the same bytes, one name for each; hard links to one file are one member."""

    sha256: str | None
    size_bytes: int
    paths: tuple[str, ...]

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
        }


@dataclass(slots=True, kw_only=True)
class LookCounts:
    """What was seen; complete once all groups were taken."""

    files: int = 0
    skipped: int = 0
    unreadable: int = 0


def equal_files(
    folder: str, counts: LookCounts, *, on_progress: Callable[[FindingProgress], None]
) -> Iterator[EqualFiles]:
    """Yield the groups of equal files below `folder`, the largest files first; changes nothing there.

    Raises:
        InvalidInputError: The folder cannot be read.
    """
    try:
        for found in find_duplicates(folder, _files(folder, counts), on_progress=on_progress):
            if isinstance(found, UnreadableEntry):
                counts.unreadable += 1
                continue
            paths = tuple(member.path for member in found.members)
            yield EqualFiles(sha256=found.sha256, size_bytes=found.size_bytes, paths=paths)
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
