"""What follows a commit: the list of checkpoints, the leaf hashes and the index of ids.

Stands above the files it feeds. By the time these are written the entries are durable, so trouble here never
fails an append: it is reported to the operators, remembered and tried again at the next commit.
"""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from disposal_log.errors import SidecarError
from disposal_log.files.checkpoint_list import append_lines
from disposal_log.files.hashes import HashFiles
from disposal_log.files.sidecar import IdIndex

logger = logging.getLogger(__name__)


class Followers:
    """The derived files of an open log, and what they still lack."""

    def __init__(self, *, checkpoint_list: Path, list_bytes: int, hashes: HashFiles, index: IdIndex) -> None:
        self._list = checkpoint_list
        self._list_bytes = list_bytes
        self._hashes = hashes
        self._index = index
        self._notes: list[bytes] = []
        self._leaves: list[bytes] = []
        self._ids: dict[str, int] = {}

    def follow(self, *, note: bytes, leaves: Sequence[bytes], ids: dict[str, int], size: int, first: bytes) -> None:
        """Catch up with a commit that made the log `size` entries long; `first` is its first leaf hash."""
        self._notes.append(note)
        self._leaves.extend(leaves)
        self._ids |= ids
        try:
            self._list_bytes = append_lines(self._list, self._notes, length=self._list_bytes)
            self._notes.clear()
            self._hashes.store(size - len(self._leaves), self._leaves)
            self._leaves.clear()
            self._index.add(self._ids.items(), size=size, first=first)
            self._ids.clear()
        except (OSError, SidecarError) as error:
            # the entries themselves are safe; all of this can be made again from them
            logger.warning("disposal_log_derived_files_lag", extra={"reason": str(error), "size": size})

    def find(self, ids: Iterable[str]) -> dict[str, int]:
        """Give the entry numbers of those ids that are in the log."""
        wanted = list(ids)
        found = {each: self._ids[each] for each in wanted if each in self._ids}
        return found | dict(self._index.find(each for each in wanted if each not in found))

    @property
    def lacks_hashes(self) -> bool:
        """Whether the stored leaf hashes are behind the log."""
        return bool(self._leaves)
