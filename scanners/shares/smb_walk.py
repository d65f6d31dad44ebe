"""The walk over a share that is not mounted: the same listings as those of a folder, and nothing opened but folders."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.crawling import FileRow, FolderListing, ListedEntry, PathPatterns
from scanners.errors import SourceUnavailableError
from scanners.observation import CrawlEntry, SeenFolder, SkippedEntry, SkipReason, UnreadableEntry, UnreadableReason
from scanners.shares.smb_facts import ListedEntry as ServedEntry
from scanners.shares.smb_facts import entries_in
from scanners.shares.smb_reasons import OFFLINE, reason_of
from scanners.shares.smb_wire import NO_ANSWER, NOT_UNDERSTOOD, SmbFailure, Wire

_LINK = "a link; only what it leads to is a record, where that lies"
# [MS-FSCC] 2.1.2.1
_LINK_TAGS = (0xA000000C, 0xA0000003, 0x8000000A, 0x80000012, 0xA000001D)
_PLAIN_TAGS = (0x80000013, 0x80000017, 0x80000018)  # deduplicated, compressed by the system, a mounted image's file
_RECALL_TAGS = (0xC0000004, 0x80000006)
_SPECIAL_TAGS = {
    0x80000023: (SkipReason.SOCKET, "a socket between programs"),
    0x80000024: (SkipReason.FIFO, "a pipe between programs"),
    0x80000025: (SkipReason.DEVICE, "a device"),
    0x80000026: (SkipReason.DEVICE, "a device"),
}
_CLOUD_TAG, _CLOUD_MASK = 0x9000001A, 0xFFFF0FFF
_AVOIDED = {
    SkipReason.QUARANTINE: "in quarantine, awaiting destruction or return",
    SkipReason.EXCLUDED: "excluded from this scan",
}
_EVERYTHING = PathPatterns()


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to enter; `avoid` says as what all that is in it is reported."""

    depth: int
    path: str
    file_id: int
    avoid: SkipReason | None = None


class Walk:
    """One walk over one share; `pending` holds what is still to enter, the next at its end."""

    def __init__(
        self,
        wire: Wire,
        root: str,
        *,
        volume: int,
        number: int,
        avoided: dict[str, SkipReason],
        patterns: PathPatterns = _EVERYTHING,
    ) -> None:
        self._wire = wire
        self._root = root
        self._volume = volume
        self._avoided = avoided
        self._patterns = patterns
        self._above = [number]  # the numbers of the folders above: a server may follow links by itself

    def entries(self) -> Iterator[CrawlEntry]:
        """Yield every entry by itself, as `scanners.crawling.crawl` does."""
        for listing in self.listings():
            yield SeenFolder(path=listing.path)
            if listing.trouble is not None:
                yield listing.trouble
            for entry in listing.entries:
                yield entry.as_found() if isinstance(entry, FileRow) else entry

    def listings(self) -> Iterator[FolderListing]:
        """Yield every folder with all that is in it.

        Raises:
            SourceUnavailableError: The root cannot be opened, or the server was lost on the way.
        """
        pending: list[_Folder] = []
        yield self._list(_Folder(0, "", 0), pending)
        while pending:
            folder = pending.pop()
            del self._above[folder.depth :]
            if (refusal := self._refusal(folder)) is not None:
                yield FolderListing(path=folder.path, trouble=refusal)
                continue
            self._above.append(folder.file_id)
            yield self._list(folder, pending)

    def _refusal(self, folder: _Folder) -> SkippedEntry | None:
        if folder.file_id and folder.file_id in self._above:
            reason, detail = SkipReason.LINK, "this folder contains itself"
        elif self._patterns.exclude_folder(folder.path):
            reason, detail = SkipReason.EXCLUDED, _AVOIDED[SkipReason.EXCLUDED]
        else:
            return None
        return SkippedEntry(path=folder.path, reason=reason, detail=detail, is_folder=True)

    def _list(self, folder: _Folder, pending: list[_Folder]) -> FolderListing:
        found, trouble = self._found_in(folder.path)
        avoid = folder.avoid or self._avoided.get(folder.path)
        prefix = f"{folder.path}/" if folder.path else ""
        entries: list[ListedEntry] = []
        folders: list[_Folder] = []
        for served in sorted(found, key=_name_bytes):
            place = prefix + _shown(served.name)
            if served.is_impossible:
                entries.append(_impossible(served, place))
            elif served.is_folder and _reparse(served) is None:
                folders.append(_Folder(folder.depth + 1, place, served.file_id, avoid))
            else:
                entries.append(self._look_at(served, place, avoid))
        pending.extend(reversed(folders))
        return FolderListing(path=folder.path, entries=entries, trouble=trouble)

    def _look_at(self, served: ServedEntry, path: str, avoid: SkipReason | None) -> ListedEntry:
        avoid = avoid or self._avoided.get(path)
        if avoid is None and self._patterns.exclude_file(path):
            avoid = SkipReason.EXCLUDED
        if avoid:
            return SkippedEntry(path=path, reason=avoid, detail=_AVOIDED[avoid], is_folder=served.is_folder)
        if special := _reparse(served):
            return SkippedEntry(path=path, reason=special[0], detail=special[1], is_folder=served.is_folder)
        if served.attributes.is_kept_elsewhere:
            return SkippedEntry(path=path, reason=SkipReason.OFFLINE, detail=OFFLINE)
        return FileRow(
            path=path,
            size_bytes=served.size_bytes,
            modified_ns=served.modified_ns,
            inode=served.file_id,
            device=self._volume,
            link_count=1,
            changed_ns=served.changed_ns,
            occupied_bytes=served.occupied_bytes,
        )

    def _found_in(self, path: str) -> tuple[list[ServedEntry], UnreadableEntry | None]:
        found: list[ServedEntry] = []
        try:
            for answer in self._wire.listing(path):
                found.extend(entries_in(answer))
        except (SmbFailure, ValueError) as error:
            status = error.status if isinstance(error, SmbFailure) else NOT_UNDERSTOOD
            if status == NO_ANSWER or not path:  # the rest of the share is unknown, not empty
                raise SourceUnavailableError(root=self._root, detail=str(error)) from error
            reason, detail = reason_of(status, str(error))
            return found, UnreadableEntry(path=path, reason=reason, detail=detail, is_folder=True)
        return found, None


def _impossible(served: ServedEntry, path: str) -> UnreadableEntry:
    detail = "the server gives it a name that no file can have"
    return UnreadableEntry(path=path, reason=UnreadableReason.IO_ERROR, detail=detail, is_folder=served.is_folder)


def _reparse(served: ServedEntry) -> tuple[SkipReason, str] | None:
    """Return why an entry that is more than a plain file or folder is not opened, None when it may be."""
    tag = served.reparse_tag
    if not tag or tag in _PLAIN_TAGS or tag & _CLOUD_MASK == _CLOUD_TAG:
        return None  # a cloud file that is here has its content; one that is not is marked as offline
    if tag in _RECALL_TAGS:
        return SkipReason.OFFLINE, OFFLINE
    if tag in _LINK_TAGS:
        return SkipReason.LINK, _LINK
    return _SPECIAL_TAGS.get(
        tag, (SkipReason.LINK, f"a special entry (0x{tag:08X}) of which it is unknown where it leads")
    )


def _name_bytes(served: ServedEntry) -> bytes:
    return os.fsencode(served.name)


def _shown(name: str) -> str:
    return name.translate({ord("/"): "\N{REPLACEMENT CHARACTER}", 0: "\N{REPLACEMENT CHARACTER}"})
