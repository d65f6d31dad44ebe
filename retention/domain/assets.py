"""The information asset register: what is owned by whom, and the roots where it lives."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A registered root: only what lies below it may ever be proposed or touched.

    `root_inode` is the number of the folder that was registered: an empty mount point has another one, so
    that a share that is not mounted is never taken for one whose files are all gone.
    """

    source_id: SourceId
    root: str
    root_inode: int
    asset_id: AssetId
    added_at: datetime
