"""Examining files of a share that is not mounted: each is fetched to this machine and read here like any other.

The bytes are copied to a folder that only this account can read, a bounded part of the share at a time, and looked
into by the same killable child. The copies go when their rows are there.
"""

import hashlib
import posixpath
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Self, TypeVar

from scanners.crawling.file_facts import NOTHING_SAID, FileFacts, in_few_words
from scanners.errors import FileUnreadableError, SourceUnavailableError
from scanners.examination import ContentSeenBefore, Examiner
from scanners.limits import ExaminationLimits
from scanners.observation import (
    FileObservation,
    FoundFile,
    Problem,
    ProblemKind,
    UnreadableEntry,
    UnreadableReason,
)
from scanners.shares.private_copies import PrivateCopies
from scanners.shares.smb import SmbLogin, SmbShare, open_share
from scanners.shares.smb_facts import SmbFile

Row = FileObservation | UnreadableEntry | ContentSeenBefore
Answer = TypeVar("Answer")

_COPY_BYTES = 512 << 20
_HEAD_BYTES = 1 << 20
_PORTION_BYTES = 64 << 20
_PORTION_FILES = 100
_IDLE_SECONDS = 60.0  # a server lets go of those who say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """A file of the share, and its copy here: all of it, or its beginning."""

    found: FoundFile
    copy: FoundFile
    sha256: str


class ShareExaminer:
    """Examines files of one share; for use by one long-lived worker thread, as an `Examiner`.

    Connects when the first file comes, and again after a pause or when the server was lost.

    Args:
        login: Which share, and who asks.
        limits: What one file may cost.
        copy_bytes: Of a larger file only the digest is taken, and its type from its beginning.
    """

    def __init__(
        self, login: SmbLogin, *, limits: ExaminationLimits | None = None, copy_bytes: int = _COPY_BYTES
    ) -> None:
        self._login = login
        self._copy_bytes = copy_bytes
        self._examiner = Examiner(limits=limits)
        self._copies: PrivateCopies | None = None
        self._share: SmbShare | None = None
        self._last_used_at = 0.0
        self._told: dict[str, FileFacts] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the server, the child and the folder of copies."""
        self._disconnect()
        self._examiner.close()
        if self._copies is not None:
            self._copies.close()
        self._copies = None

    def facts(self, found: FoundFile) -> FileFacts:
        """Return what the server said of a file whose row was the last one, or just before it."""
        return self._told.get(found.path, NOTHING_SAID)

    def examine(
        self,
        root: str,
        files: Sequence[FoundFile],
        *,
        known_digests: frozenset[str] = frozenset(),
    ) -> Iterator[Row]:
        """Yield one row for each file, in order, as `Examiner.examine` does; the login says which `root` it is.

        Raises:
            SourceUnavailableError: The server or the share is gone; the files not yet yielded were not examined.
            NoRoomForCopiesError: There is no room here for copies; likewise.
            ExaminerUnavailableError: No child can be started; likewise.
            LibmagicMissingError: A rarer type of file came and libmagic cannot be loaded; likewise.
        """
        for portion in _portions(files, self._copy_bytes):
            self._told.clear()
            with ExitStack() as kept:
                if portion[0].size_bytes > self._copy_bytes:
                    yield self._large(portion[0], kept)
                else:
                    yield from self._examined([self._fetched(found, kept) for found in portion], known_digests)

    def _examined(self, fetched: Sequence[_Fetched | UnreadableEntry], known: frozenset[str]) -> Iterator[Row]:
        copies = [one.copy for one in fetched if isinstance(one, _Fetched)]
        rows = self._examiner.examine(self._place.folder, copies, known_digests=known)
        for one in fetched:
            yield one if isinstance(one, UnreadableEntry) else _of_the_share(next(rows), one)
        next(rows, None)  # lets the examiner see to its child

    def _large(self, found: FoundFile, kept: ExitStack) -> Row:
        """Return the row of a file that is not copied: its digest is certain, its type is that of its beginning."""
        fetched = self._fetched(found, kept, keep_bytes=_HEAD_BYTES)
        if isinstance(fetched, UnreadableEntry):
            return fetched
        head = hashlib.sha256()
        with open(posixpath.join(self._place.folder, fetched.copy.path), "rb") as copy:  # noqa: PTH123
            head.update(copy.read())
        rows = self._examiner.examine(self._place.folder, [fetched.copy], known_digests=frozenset((head.hexdigest(),)))
        (row,) = rows
        if isinstance(row, UnreadableEntry):
            return replace(row, path=found.path)
        return FileObservation(
            path=found.path,
            size_bytes=found.size_bytes,
            modified_ns=found.modified_ns,
            inode=found.inode,
            device=found.device,
            link_count=found.link_count,
            media_type=row.media_type,
            sha256=fetched.sha256,
            problems=_not_looked_into(row.media_type, self._copy_bytes),
        )

    def _fetched(
        self, found: FoundFile, kept: ExitStack, *, keep_bytes: int | None = None
    ) -> _Fetched | UnreadableEntry:
        def fetch(share: SmbShare) -> _Fetched:
            before = share.file(found.path)
            self._told[found.path] = in_few_words(before.facts)
            _check_same(before, found)
            copy = kept.enter_context(self._place.begin(posixpath.splitext(found.path)[1]))
            sha256 = self._take(share, found, before, copy, keep_bytes)
            return _Fetched(found=found, copy=self._place.found(copy), sha256=sha256)

        try:
            return self._ask(fetch, found)
        except FileUnreadableError as error:
            return UnreadableEntry(path=found.path, reason=error.reason, detail=error.detail, is_folder=False)

    def _take(self, share: SmbShare, found: FoundFile, before: SmbFile, copy: IO[bytes], keep_bytes: int | None) -> str:
        digest, count = hashlib.sha256(), 0
        for portion in share.content_of(found.path, before):
            digest.update(portion)
            self._place.write(copy, portion if keep_bytes is None else portion[: max(0, keep_bytes - count)])
            count += len(portion)
        share.check_untouched(found.path, before, read_bytes=count)
        return digest.hexdigest()

    def _ask(self, question: Callable[[SmbShare], Answer], found: FoundFile) -> Answer:
        """Ask the share, a second time on a new connection if it gives no answer.

        Raises:
            FileUnreadableError: The file cannot be read, or it is this file that the server does not answer for.
            SourceUnavailableError: The share cannot be reached any more.
        """
        try:
            return question(self._connected())
        except SourceUnavailableError:
            self._disconnect()
        share = self._connected()
        try:
            return question(share)
        except SourceUnavailableError as error:
            self._disconnect()
            raise FileUnreadableError(
                path=found.path,
                reason=UnreadableReason.IO_ERROR,
                detail=f"the server twice gave no answer for it: {error.detail}",
            ) from error

    def _connected(self) -> SmbShare:
        now = time.monotonic()
        if now - self._last_used_at > _IDLE_SECONDS:
            self._disconnect()
        if self._share is None:
            self._share = open_share(self._login)
        self._last_used_at = now
        return self._share

    def _disconnect(self) -> None:
        if self._share is not None:
            self._share.close()
        self._share = None

    @property
    def _place(self) -> PrivateCopies:
        if self._copies is None:
            self._copies = PrivateCopies()
        return self._copies


def _portions(files: Sequence[FoundFile], copy_bytes: int) -> Iterator[list[FoundFile]]:
    """Yield files whose copies are here together; one that is too large to be copied comes alone."""
    portion: list[FoundFile] = []
    size_bytes = 0
    for found in files:
        is_alone = found.size_bytes > copy_bytes
        if portion and (is_alone or len(portion) >= _PORTION_FILES or size_bytes + found.size_bytes > _PORTION_BYTES):
            yield portion
            portion, size_bytes = [], 0
        portion.append(found)
        size_bytes += found.size_bytes
        if is_alone:
            yield portion
            portion, size_bytes = [], 0
    if portion:
        yield portion


def _check_same(seen: SmbFile, found: FoundFile) -> None:
    if (seen.size_bytes, seen.modified_ns) != (found.size_bytes, found.modified_ns):
        detail = "it was changed after the folder was listed"
        raise FileUnreadableError(path=found.path, reason=UnreadableReason.CHANGED_WHILE_READ, detail=detail)


def _of_the_share(row: Row, fetched: _Fetched) -> Row:
    """Return the row of a copy as that of the file on the share."""
    found = fetched.found
    if isinstance(row, UnreadableEntry):
        return replace(row, path=found.path)
    if row.sha256 != fetched.sha256:
        detail = "its copy on this machine was changed before it was examined"
        return UnreadableEntry(path=found.path, reason=UnreadableReason.IO_ERROR, detail=detail, is_folder=False)
    if isinstance(row, ContentSeenBefore):
        return replace(row, path=found.path)
    return replace(
        row,
        path=found.path,
        modified_ns=found.modified_ns,
        inode=found.inode,
        device=found.device,
        link_count=found.link_count,
    )


def _not_looked_into(media_type: str, copy_bytes: int) -> tuple[Problem, ...]:
    from scanners.text import reads_in_parts, reads_text_of  # noqa: PLC0415  all the readers, for a rare file

    if not (reads_text_of(media_type) or reads_in_parts(media_type)):
        return ()
    detail = f"larger than {copy_bytes >> 20} MiB, so it was not copied from the share and its text was not read"
    return (Problem(kind=ProblemKind.TOO_LARGE, detail=detail),)
