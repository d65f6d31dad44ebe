"""What the scanners report: values only, which the other rooms read and nobody changes.

Paths are below the root that was scanned, with "/" between parts; bytes that are not UTF-8 are carried as
surrogate escapes. Every entry of a share becomes exactly one of these values, so that counts can be closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class SkipReason(StrEnum):
    """Why an entry was deliberately not opened."""

    LINK = "link"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"
    QUARANTINE = "quarantine"
    OFFLINE = "offline"
    OTHER_VOLUME = "other_volume"
    EXCLUDED = "excluded"


class UnreadableReason(StrEnum):
    """Why an entry that should have been read was not."""

    DENIED = "denied"
    VANISHED = "vanished"
    IO_ERROR = "io_error"
    CHANGED_WHILE_READ = "changed_while_read"
    NOT_A_FILE = "not_a_file"


class ProblemKind(StrEnum):
    """What was noted about a file whose bytes could be read."""

    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    TOO_LARGE = "too_large"
    UNOPENED = "unopened"
    TRUNCATED_TEXT = "truncated_text"
    EXTENSION_MISMATCH = "extension_mismatch"

    @property
    def hides_content(self) -> bool:
        """Tell whether this means that text which we could have read was not read."""
        return self not in (ProblemKind.TRUNCATED_TEXT, ProblemKind.EXTENSION_MISMATCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A regular file, as it was when the folder was listed."""

    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    link_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedEntry:
    """An entry that was seen and, on purpose, not opened.

    `is_folder` is set for a whole folder that was not entered; `find ROOT ! -type d` does not count those.
    """

    path: str
    reason: SkipReason
    detail: str
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableEntry:
    """A file or folder that could not be read; what lies inside such a folder is unknown, not absent."""

    path: str
    reason: UnreadableReason
    detail: str
    is_folder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFolder:
    """A folder; the root itself is the one with an empty path."""

    path: str


CrawlEntry = FoundFile | SkippedEntry | UnreadableEntry | SeenFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something noted about one file; `detail` is written for a records manager."""

    kind: ProblemKind
    detail: str


class MemberKind(StrEnum):
    """What something inside a file is to it."""

    ENTRY = "entry"
    ATTACHMENT = "attachment"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainedMember:
    """Something inside a file that would be a record by itself: an archive's entry, an e-mail's attachment.

    `path` is what the container calls it, with "!/" between the levels of a nested one; it is never a place on
    disk. `size_bytes` is the unpacked size as the container claims it, None when it does not say. `modified` is
    ISO 8601 as exact as stated, or empty.
    """

    path: str
    kind: MemberKind
    size_bytes: int | None = None
    media_type: str = ""
    modified: str = ""
    is_encrypted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileObservation:
    """What was learned about one file from its bytes.

    `sha256` is hexadecimal. `text` holds the beginning of the text, cleaned of control characters.
    `text_read` is true when the whole text, or as much of it as is kept, was read; it is false for types
    without text and when `content_unread`. `members` lists the first things found inside a container and
    `member_count` says how many there are in all. Dates among the `properties` are ISO 8601, as exact as the file
    states them ("2019", "2019-03-31", "2019-03-31T10:00:00+01:00"); they are claims of the file, not facts.
    """

    path: str
    size_bytes: int
    modified_ns: int
    inode: int
    device: int
    link_count: int
    media_type: str
    sha256: str
    text: str = ""
    text_read: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    members: tuple[ContainedMember, ...] = ()
    member_count: int = 0

    @property
    def modified_at(self) -> datetime:
        """The modification time as an aware UTC instant; one outside the calendar is moved to its nearest end."""
        try:
            return _EPOCH + timedelta(microseconds=self.modified_ns // 1000)
        except OverflowError:
            return _LATEST if self.modified_ns > 0 else _EARLIEST

    @property
    def content_unread(self) -> bool:
        """Whether there is content that should have been read for text and could not be."""
        return any(problem.kind.hides_content for problem in self.problems)
