"""What the walk yields a folder at a time: lighter than one value per entry, for a share of millions of files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scanners.observation import FoundFile, SkippedEntry, UnreadableEntry


class FileRow(NamedTuple):
    """A regular file, as it was when the folder was listed.

    `changed_ns` is when the system last noted a change of the file or of its names; nobody can set it back.
    `occupied_bytes` is the room it takes: less than `size_bytes` for a sparse file, whose disposal frees no more.
    """

    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    link_count: int
    changed_ns: int
    occupied_bytes: int

    @property
    def is_sparse(self) -> bool:
        """Whether parts of the file are not stored."""
        return self.occupied_bytes < self.size_bytes

    def as_found(self) -> FoundFile:
        """Return the same file as the value that the examination takes."""
        return FoundFile(
            path=self.path,
            size_bytes=self.size_bytes,
            modified_ns=self.modified_ns,
            inode=self.inode,
            device=self.device,
            link_count=self.link_count,
        )


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a share: the entries of one folder, or with `is_tree` all that is below it as well.

    The root itself is the empty path.
    """

    path: str
    is_tree: bool = False


ListedEntry = FileRow | SkippedEntry | UnreadableEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderListing:
    """A folder, or a further part of one with very many entries.

    Args:
        path: The folder below the root; the root itself is the empty path.
        entries: Everything in it that is no folder, ordered by the bytes of the names.
        is_first: False for the further parts, so that folders can be counted.
        trouble: Why the folder was not entered, or not listed to its end.
    """

    path: str
    entries: Sequence[ListedEntry] = ()
    is_first: bool = True
    trouble: SkippedEntry | UnreadableEntry | None = None
