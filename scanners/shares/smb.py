"""Walking a share that is not mounted here, with the same entries as walking a folder; only ever reading."""

import hashlib
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from scanners.errors import FileUnreadableError, SourceUnavailableError
from scanners.observation import (
    CrawlEntry,
    FoundFile,
    SeenFolder,
    SkippedEntry,
    SkipReason,
    UnreadableEntry,
    UnreadableReason,
)
from scanners.shares.smb_facts import ListedEntry, SmbFile, entries_in, file_in
from scanners.shares.smb_wire import SmbFailure, SmbLogin, Wire

__all__ = ["SmbLogin", "SmbShare", "open_share"]

_ACCESS_DENIED, _SHARING = 0xC0000022, 0xC0000043
_REASONS = {
    _ACCESS_DENIED: (UnreadableReason.DENIED, "this account may not read it"),
    _SHARING: (UnreadableReason.DENIED, "a program has it open and lets nobody else read it"),
    0xC0000034: (UnreadableReason.VANISHED, "it is no longer there"),
    0xC000003A: (UnreadableReason.VANISHED, "it is no longer there"),
    0xC0000056: (UnreadableReason.VANISHED, "it is being deleted"),
    0xC0000103: (UnreadableReason.VANISHED, "it is no longer a folder"),
    0xC00000BA: (UnreadableReason.NOT_A_FILE, "a folder has taken its place"),
    0x8000002D: (UnreadableReason.NOT_A_FILE, "a link or something else that is not a file has taken its place"),
}
_LINK = "a link; only what it leads to is a record, where that lies"
_OFFLINE = "kept on slower storage; opening it would recall it"
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


def open_share(login: SmbLogin) -> "SmbShare":
    """Connect to a share.

    Raises:
        SmbMissingError: The extra that speaks to file servers is not installed.
        SourceUnavailableError: The server or share cannot be reached, or refuses this account.
    """
    return SmbShare(login)


class SmbShare:
    """One share, open for reading. Close it, or use it in a `with` statement."""

    def __init__(self, login: SmbLogin) -> None:
        self._root = login.root
        self._wire = Wire(login)
        try:
            self._volume, self._number = self._wire.root_numbers()
        except SmbFailure as failure:
            self.close()
            raise SourceUnavailableError(root=self._root, detail=failure.detail) from failure

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the server."""
        self._wire.close()

    def crawl(
        self, *, quarantine_name: str = ".retention-quarantine", exclude: tuple[str, ...] = ()
    ) -> Iterator[CrawlEntry]:
        """Yield everything on the share as `scanners.crawling.crawl` does for a folder.

        A file's `inode` is the server's number of it and `device` that of the volume; `link_count` is always 1, as
        a listing does not tell (`file` does). Nothing is opened but folders.

        Raises:
            SourceUnavailableError: The folder cannot be opened, or the server was lost on the way.
        """
        avoided = {**dict.fromkeys(exclude, SkipReason.EXCLUDED), quarantine_name: SkipReason.QUARANTINE}
        return _Walk(self._wire, self._root, volume=self._volume, number=self._number, avoided=avoided).entries()

    def file(self, path: str) -> SmbFile:
        """Return what the server knows of one file, without opening its content.

        Raises:
            FileUnreadableError: It is gone or denied, or the server's answer cannot be understood.
        """
        try:
            return file_in(*self._answers(path))
        except SmbFailure as failure:
            raise _unreadable(path, failure) from failure
        except ValueError as error:
            raise FileUnreadableError(path=path, reason=UnreadableReason.IO_ERROR, detail=str(error)) from error

    def _answers(self, path: str) -> tuple[bytes, bytes, bytes, bytes | None]:
        try:
            return self._wire.facts(path, with_owner=True)
        except SmbFailure as failure:
            if failure.status != _ACCESS_DENIED:
                raise
        return self._wire.facts(path, with_owner=False)

    def content(self, path: str) -> Iterator[bytes]:
        """Yield the content of one file in portions; what is kept on slower storage is not recalled.

        Raises:
            FileUnreadableError: It is gone, denied, no file, or its content lies elsewhere.
        """
        if self.file(path).is_offline:
            raise FileUnreadableError(path=path, reason=UnreadableReason.NOT_A_FILE, detail=_OFFLINE)
        try:
            yield from self._wire.content(path)
        except SmbFailure as failure:
            raise _unreadable(path, failure) from failure

    def digest_file(self, path: str) -> str:
        """Return the SHA-256 of one file, in hexadecimal.

        Raises:
            FileUnreadableError: As for `content`, or it changed while it was read.
        """
        before = self.file(path)
        digest = hashlib.sha256()
        count = 0
        for portion in self.content(path):
            digest.update(portion)
            count += len(portion)
        after = self.file(path)
        stable = (before.modified_ns, before.changed_ns, count) == (
            after.modified_ns,
            after.changed_ns,
            after.size_bytes,
        )
        if not stable:
            detail = "it was changed while it was read"
            raise FileUnreadableError(path=path, reason=UnreadableReason.CHANGED_WHILE_READ, detail=detail)
        return digest.hexdigest()


class _Walk:
    """One walk over one share; `pending` holds what is still to enter, the next at its end."""

    def __init__(self, wire: Wire, root: str, *, volume: int, number: int, avoided: dict[str, SkipReason]) -> None:
        self._wire = wire
        self._root = root
        self._volume = volume
        self._avoided = avoided
        self._above = [number]  # the numbers of the folders above: a server may follow links by itself

    def entries(self) -> Iterator[CrawlEntry]:
        yield SeenFolder(path="")
        pending: list[tuple[int, str, int, SkipReason | None]] = []
        yield from self._list("", 0, None, pending)
        while pending:
            depth, path, file_id, avoid = pending.pop()
            del self._above[depth:]
            yield SeenFolder(path=path)
            if file_id and file_id in self._above:
                yield SkippedEntry(
                    path=path, reason=SkipReason.LINK, detail="this folder contains itself", is_folder=True
                )
                continue
            self._above.append(file_id)
            yield from self._list(path, depth, avoid or self._avoided.get(path), pending)

    def _list(
        self, path: str, depth: int, avoid: SkipReason | None, pending: list[tuple[int, str, int, SkipReason | None]]
    ) -> Iterator[CrawlEntry]:
        found, trouble = self._found_in(path)
        if trouble is not None:
            yield trouble
        prefix = f"{path}/" if path else ""
        folders: list[tuple[int, str, int, SkipReason | None]] = []
        for entry in sorted(found, key=_name_bytes):
            place = prefix + _shown(entry.name)
            if entry.is_impossible:
                detail = "the server gives it a name that no file can have"
                yield UnreadableEntry(
                    path=place, reason=UnreadableReason.IO_ERROR, detail=detail, is_folder=entry.is_folder
                )
            elif entry.is_folder and _reparse(entry) is None:
                folders.append((depth + 1, place, entry.file_id, avoid))
            else:
                yield self._look_at(entry, place, avoid)
        pending.extend(reversed(folders))

    def _look_at(self, entry: ListedEntry, path: str, avoid: SkipReason | None) -> CrawlEntry:
        avoid = avoid or self._avoided.get(path)
        if avoid:
            return SkippedEntry(path=path, reason=avoid, detail=_AVOIDED[avoid], is_folder=entry.is_folder)
        if special := _reparse(entry):
            return SkippedEntry(path=path, reason=special[0], detail=special[1], is_folder=entry.is_folder)
        if entry.attributes.is_kept_elsewhere:
            return SkippedEntry(path=path, reason=SkipReason.OFFLINE, detail=_OFFLINE)
        return FoundFile(
            path=path,
            size_bytes=entry.size_bytes,
            modified_ns=entry.modified_ns,
            inode=entry.file_id,
            device=self._volume,
            link_count=1,
        )

    def _found_in(self, path: str) -> tuple[list[ListedEntry], UnreadableEntry | None]:
        found: list[ListedEntry] = []
        try:
            for answer in self._wire.listing(path):
                found.extend(entries_in(answer))
        except (SmbFailure, ValueError) as error:
            status = error.status if isinstance(error, SmbFailure) else -1
            if status == 0 or not path:  # no answer at all: the rest of the share is unknown, not empty
                raise SourceUnavailableError(root=self._root, detail=str(error)) from error
            reason, detail = _reason(status, str(error))
            return found, UnreadableEntry(path=path, reason=reason, detail=detail, is_folder=True)
        return found, None


def _reparse(entry: ListedEntry) -> tuple[SkipReason, str] | None:
    """Return why an entry that is more than a plain file or folder is not opened, None when it may be."""
    tag = entry.reparse_tag
    if not tag or tag in _PLAIN_TAGS or tag & _CLOUD_MASK == _CLOUD_TAG:
        return None  # a cloud file that is here has its content; one that is not is marked as offline
    if tag in _RECALL_TAGS:
        return SkipReason.OFFLINE, _OFFLINE
    if tag in _LINK_TAGS:
        return SkipReason.LINK, _LINK
    return _SPECIAL_TAGS.get(
        tag, (SkipReason.LINK, f"a special entry (0x{tag:08X}) of which it is unknown where it leads")
    )


def _unreadable(path: str, failure: SmbFailure) -> FileUnreadableError:
    reason, detail = _reason(failure.status, failure.detail)
    return FileUnreadableError(path=path, reason=reason, detail=detail)


def _reason(status: int, detail: str) -> tuple[UnreadableReason, str]:
    return _REASONS.get(status, (UnreadableReason.IO_ERROR, f"the server said: {detail}"))


def _name_bytes(entry: ListedEntry) -> bytes:
    return os.fsencode(entry.name)


def _shown(name: str) -> str:
    return name.translate({ord("/"): "\N{REPLACEMENT CHARACTER}", 0: "\N{REPLACEMENT CHARACTER}"})
