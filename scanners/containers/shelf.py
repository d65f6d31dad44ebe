"""What the readers of archives hand over: one entry after the other, each with a way to its content if there is one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from scanners.containers.allowance import Allowance

ContentOpener = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """One file inside an archive, as the archive describes it.

    The name is only a word: it may be absolute, climb out with "..", or hold anything else. The size is a claim, and
    `modified` is ISO 8601 as exact as stated, or empty.
    """

    name: str
    size_bytes: int | None = None
    modified: str = ""
    is_encrypted: bool = False


class Shelf(Protocol):
    """Where entries are put; it decides whether to look into one of them."""

    @property
    def allowance(self) -> Allowance:
        """How much may still be unpacked."""
        ...

    def put(self, entry: ArchiveEntry, *, content: ContentOpener | None = None) -> None:
        """Take one entry; `content` may be called during this call only.

        Raises:
            OversizedContentError: There are too many.
        """
        ...
