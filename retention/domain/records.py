"""Known copies of content, each at one location, and the state the last scan left them in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, NewType

from retention.domain.assets import AssetId, SourceId

CopyId = NewType("CopyId", int)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CopyState(StrEnum):
    """What the last look at a location found there."""

    PRESENT = "present"
    SKIPPED = "skipped"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    DESTROYED = "destroyed"


class FileFacts(NamedTuple):
    """What the file system said of a file when it was examined; None is "not asked, or not said".

    `owner` is a SID on Windows servers and an account's name elsewhere; what was copied or restored belongs to who did
    that. `attributes` are those of [MS-FSCC] 2.6. `created_ns` is when the file came to be on its volume, in
    nanoseconds since 1970: a copy is younger than its record, so it bounds the date of none.
    """

    owner: str | None = None
    attributes: int | None = None
    created_ns: int | None = None

    @property
    def created_at(self) -> datetime | None:
        """When the file came to be on its volume, as an aware UTC instant."""
        return None if self.created_ns is None else _EPOCH + timedelta(microseconds=self.created_ns // 1000)

    @property
    def properties(self) -> dict[str, str]:
        """What the rules are told, under names that no content can claim."""
        told = {FILE_OWNER: self.owner, FILE_CREATED_AT: self.created_at and self.created_at.isoformat()}
        return {name: value for name, value in told.items() if value}


FILE_OWNER, FILE_CREATED_AT = "file_owner", "file_created_at"
NOTHING_SAID = FileFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCopy:
    """One known copy of content at one location below a registered root.

    `path` is relative to the root, with `/` between parts; bytes that are not UTF-8 are carried as
    surrogate escapes. `sha256` is the last
    digest that was read there: None when none ever was, and kept while the copy cannot be read, so that a hold goes
    on protecting copies of it. `protections` is None for a file on a share; for a record that an export
    tells of, it says in words what protects it where it lies, and may be empty. `is_beyond_reach` is set for a file
    on a share that is read over the network and not mounted: nothing there can be removed from here.
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
    facts: FileFacts = NOTHING_SAID
    is_beyond_reach: bool = False

    @property
    def is_claimed(self) -> bool:
        """Tell whether this lies in another system, and is known from an export only."""
        return self.protections is not None

    @property
    def is_present(self) -> bool:
        """Tell whether the last scan could read this copy."""
        return self.state is CopyState.PRESENT
