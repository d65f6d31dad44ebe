"""The information asset register: what is owned by whom, and the roots where it lives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from retention.domain.people import PersonId

AssetId = NewType("AssetId", str)
SourceId = NewType("SourceId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationAsset:
    """A body of information with one accountable owner, the IAO."""

    asset_id: AssetId
    title: str
    owner_id: PersonId


class SourceKind(StrEnum):
    """Where the records of a source lie.

    In a folder of this machine or a mounted share; on a share that is read over the network without being mounted; or
    in another system, which exported a list of them.
    """

    SHARE = "share"
    REMOTE = "remote"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A registered root: only what lies below it may ever be proposed or touched.

    `include` and `exclude` are patterns on paths below the root; what they leave out is not scanned, and so it is
    never proposed. The root of an export is the export itself; what it tells of lies in another system, out of our
    reach. The root of a remote share is its address, `smb://server/share/folder`; nothing can be removed there either.

    `root_inode` is the number of the folder that was registered: an empty mount point has another one, so
    that a share that is not mounted is never taken for one whose files are all gone.
    """

    source_id: SourceId
    root: str
    root_inode: int
    asset_id: AssetId
    added_at: datetime
    kind: SourceKind = SourceKind.SHARE
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
