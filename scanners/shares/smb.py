"""A share that is not mounted here: what lies on it, what the server knows of a file, and its content; only reading."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from scanners.crawling import FolderListing, PathPatterns
from scanners.errors import FileUnreadableError, SourceUnavailableError
from scanners.observation import CrawlEntry, SkipReason, UnreadableReason
from scanners.shares.smb_facts import SmbFile, file_in
from scanners.shares.smb_reasons import ACCESS_DENIED, OFFLINE, error_of
from scanners.shares.smb_walk import Walk
from scanners.shares.smb_wire import SmbFailure, SmbLogin, Wire

__all__ = ["SmbLogin", "SmbShare", "open_share"]

_QUARANTINE = ".retention-quarantine"


def open_share(login: SmbLogin) -> "SmbShare":
    """Connect to a share.

    Raises:
        SmbMissingError: The extra that speaks to file servers is not installed.
        SourceUnavailableError: The server or share cannot be reached, or refuses this account.
    """
    return SmbShare(login)


class SmbShare:
    """One share, open for reading by one thread. Close it, or use it in a `with` statement."""

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

    @property
    def numbers(self) -> tuple[int, int]:
        """The server's number of the volume behind the share, and that of the folder that is its root."""
        return self._volume, self._number

    def close(self) -> None:
        """Let go of the server."""
        self._wire.close()

    def crawl(
        self, *, quarantine_name: str = _QUARANTINE, include: Sequence[str] = (), exclude: Sequence[str] = ()
    ) -> Iterator[CrawlEntry]:
        """Yield everything on the share as `scanners.crawling.crawl` does for a folder.

        The arguments and errors are those of `crawl_folders`.
        """
        return self._walk(quarantine_name, include, exclude).entries()

    def crawl_folders(
        self, *, quarantine_name: str = _QUARANTINE, include: Sequence[str] = (), exclude: Sequence[str] = ()
    ) -> Iterator[FolderListing]:
        """Yield every folder of the share as `scanners.crawling.crawl_folders` does.

        A file's `inode` is the server's number of it and `device` that of the volume; `link_count` is always 1, as
        a listing does not tell (`file` does). Nothing is opened but folders. Memory holds the names of one folder, and
        those of the folders still to enter above it.

        Raises:
            SourceUnavailableError: The folder cannot be opened, or the server was lost on the way.
            PatternError: A pattern cannot be understood.
        """
        return self._walk(quarantine_name, include, exclude).listings()

    def _walk(self, quarantine_name: str, include: Sequence[str], exclude: Sequence[str]) -> Walk:
        return Walk(
            self._wire,
            self._root,
            volume=self._volume,
            number=self._number,
            avoided={quarantine_name: SkipReason.QUARANTINE},
            patterns=PathPatterns(include=include, exclude=exclude),
        )

    def file(self, path: str) -> SmbFile:
        """Return what the server knows of one file, without opening its content.

        Raises:
            FileUnreadableError: It is gone or denied, or the server's answer cannot be understood.
            SourceUnavailableError: The server gave no answer.
        """
        with self._errors_of(path):
            return file_in(*self._answers(path))

    def _answers(self, path: str) -> tuple[bytes, bytes, bytes, bytes | None]:
        try:
            return self._wire.facts(path, with_owner=True)
        except SmbFailure as failure:
            if failure.status != ACCESS_DENIED:
                raise
        return self._wire.facts(path, with_owner=False)

    @contextmanager
    def _errors_of(self, path: str) -> Iterator[None]:
        try:
            yield
        except SmbFailure as failure:
            raise error_of(failure, root=self._root, path=path) from failure
        except ValueError as error:
            raise FileUnreadableError(path=path, reason=UnreadableReason.IO_ERROR, detail=str(error)) from error

    def content(self, path: str) -> Iterator[bytes]:
        """Yield the content of one file in portions; what is kept on slower storage is not recalled.

        Raises:
            FileUnreadableError: It is gone, denied, no file, or its content lies elsewhere.
            SourceUnavailableError: The server gave no answer.
        """
        return self.content_of(path, self.file(path))

    def content_of(self, path: str, file: SmbFile) -> Iterator[bytes]:
        """Yield the content of a file of which `file` was answered just now; as `content`, a journey less."""
        if file.is_offline:
            raise FileUnreadableError(path=path, reason=UnreadableReason.NOT_A_FILE, detail=OFFLINE)
        with self._errors_of(path):
            yield from self._wire.content(path, size_bytes=file.size_bytes)

    def digest_file(self, path: str) -> str:
        """Return the SHA-256 of one file, in hexadecimal.

        Raises:
            FileUnreadableError: As for `content`, or it changed while it was read.
            SourceUnavailableError: The server gave no answer.
        """
        before = self.file(path)
        digest = hashlib.sha256()
        count = 0
        for portion in self.content_of(path, before):
            digest.update(portion)
            count += len(portion)
        self.check_untouched(path, before, read_bytes=count)
        return digest.hexdigest()

    def check_untouched(self, path: str, before: SmbFile, *, read_bytes: int) -> None:
        """Prove that the `read_bytes` that were read are the content of the file that was there `before`.

        Raises:
            FileUnreadableError: Something wrote to it meanwhile, or it is gone.
            SourceUnavailableError: The server gave no answer.
        """
        with self._errors_of(path):
            after = file_in(*self._wire.state(path), b"", None)
        is_untouched = (before.modified_ns, before.changed_ns, read_bytes) == (
            after.modified_ns,
            after.changed_ns,
            after.size_bytes,
        )
        if not is_untouched:
            detail = "it was changed while it was read"
            raise FileUnreadableError(path=path, reason=UnreadableReason.CHANGED_WHILE_READ, detail=detail)
