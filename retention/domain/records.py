"""Known copies of content, each at one location, and the state the last scan left them in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from retention.domain.assets import AssetId, SourceId

CopyId = NewType("CopyId", int)


class CopyState(StrEnum):
    """What the last look at a location found there."""

    PRESENT = "present"
    SKIPPED = "skipped"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCopy:
    """One known copy of content at one location below a registered root.

    `path` is relative to the root, with `/` between parts; bytes that are not UTF-8 are carried as
    surrogate escapes. `sha256` is the last
    digest that was read there: None when none ever was, and kept while the copy cannot be read, so that a hold goes
    on protecting copies of it. `protections` is None for a file on a share; for a record that an export
    tells of, it says in words what protects it where it lies, and may be empty.
    """

    copy_id: CopyId
    source_id: SourceId
    asset_id: AssetId
    path: str
    state: CopyState
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    link_count: int
    sha256: str | None
    media_type: str | None
    finding: str
    detail: str
    content_unread: bool
    first_seen_at: datetime
    protections: tuple[str, ...] | None = None

    @property
    def is_claimed(self) -> bool:
        """Tell whether this lies in another system, and is known from an export only."""
        return self.protections is not None

    @property
    def is_present(self) -> bool:
        """Tell whether the last scan could read this copy."""
        return self.state is CopyState.PRESENT
