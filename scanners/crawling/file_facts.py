"""What the file system behind a root says of files that a crawl found: owner, attributes, when they came to be there.

Asked of files that are examined anyway, never while a share is walked. Nothing is opened but folders, and a file that
is not the one that was found any more says nothing.
"""

import ctypes
import os
import pwd
import struct
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple, Self

from scanners.crawling.listing import Reach
from scanners.crawling.share_facts import ShareFacts, mount_facts
from scanners.crawling.volumes import file_system_of, tells_attributes
from scanners.observation import FoundFile
from scanners.opening import open_root

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FOLDERS_OPEN = 16
# Mounts that show every file as belonging to whoever mounted them.
_OWNERLESS = frozenset({"vfat", "msdos", "exfat", "hfsplus", "iso9660", "udf", "9p", "vboxsf", "davfs"})
_OWNERLESS_FAMILY = "fuse"

# statx(2): the only call that tells when a file was made
_NO_LINK = 0x100  # AT_SYMLINK_NOFOLLOW
_OWNER, _NUMBER, _BIRTH = 0x8, 0x100, 0x800  # STATX_UID, STATX_INO, STATX_BTIME
_ASKED = _OWNER | _NUMBER | _BIRTH
_STATX_BYTES = 256
_STATX = struct.Struct("=I16xI8xQ40xqI44xII")  # mask, owner, number; birth in seconds and rest; device in two parts

_Looked = tuple[int, int, int, int]  # device, number, owner, birth in nanoseconds or 0
_Look = Callable[[int, str], _Looked]


class FileFacts(NamedTuple):
    """What is said of one file, in few words, as one is made for every file that is examined; None is "not said".

    `owner` is a SID or the name of an account, `attributes` are those of `DosAttributes`, and `created_ns` is when
    the file came to be on its volume, in nanoseconds since 1970.
    """

    owner: str | None = None
    attributes: int | None = None
    created_ns: int | None = None

    @property
    def created_at(self) -> datetime | None:
        """When the file came to be on its volume, as an aware UTC instant."""
        if self.created_ns is not None:
            with suppress(OverflowError):
                return _EPOCH + timedelta(microseconds=self.created_ns // 1000)
        return None


NOTHING_SAID = FileFacts()


def in_few_words(facts: ShareFacts) -> FileFacts:
    """Return what a server said, without its streams."""
    return FileFacts(
        owner=facts.owner_sid,
        attributes=None if facts.attributes is None else int(facts.attributes),
        created_ns=None if facts.created_at is None else (facts.created_at - _EPOCH) // _MICROSECOND * 1000,
    )


class FactsReader:
    """Asks about files below one root; keeps the last folders open, as files come folder by folder.

    Raises:
        SourceUnavailableError: The root cannot be opened.
    """

    def __init__(self, root: str) -> None:
        self._is_telling = tells_attributes(root)
        self._has_owners = not self._is_telling and _has_owners(file_system_of(root))
        self._look = _looker()
        self._root = open_root(root)
        self._reach = Reach(self._root, max_open=_FOLDERS_OPEN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the root and the folders below it."""
        self._reach.close()
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def facts(self, found: FoundFile) -> FileFacts:
        """Return what is said of a file; nothing when it is gone, or another one lies there now."""
        folder, _, name = found.path.rpartition("/")
        try:
            descriptor = self._reach.open(folder)
            device, number, owner, born_ns = self._look(descriptor, name)
            if number != found.inode or device != found.device:
                return NOTHING_SAID
            if self._is_telling:
                told = in_few_words(mount_facts(descriptor, name, with_streams=False))
                return told if told.created_ns else told._replace(created_ns=born_ns or None)
        except (OSError, ValueError):
            return NOTHING_SAID
        return FileFacts(account_name(owner) if self._has_owners else None, None, born_ns or None)


@lru_cache(maxsize=10_000)  # a name may be asked of a directory service far away
def account_name(number: int) -> str:
    """Return the name of the account with this number, or the number in words where it has none."""
    with suppress(KeyError, OverflowError):
        return pwd.getpwuid(number).pw_name
    return f"account {number}"


def _has_owners(file_system: str) -> bool:
    return file_system not in _OWNERLESS and not file_system.startswith(_OWNERLESS_FAMILY)


def _looker() -> _Look:
    """Return what looks at a file in an open folder; for one thread."""
    try:
        statx = ctypes.CDLL(None, use_errno=True).statx
    except (OSError, AttributeError):  # an older C library
        return _look_plainly
    buffer = ctypes.create_string_buffer(_STATX_BYTES)

    def look(folder: int, name: str) -> _Looked:
        raw = os.fsencode(name)
        if b"\0" in raw:
            raise ValueError(name)
        if statx(folder, raw, _NO_LINK, _ASKED, buffer):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        mask, owner, number, seconds, part_ns, major, minor = _STATX.unpack_from(buffer)
        return os.makedev(major, minor), number, owner, (seconds * 1_000_000_000 + part_ns if mask & _BIRTH else 0)

    return look


def _look_plainly(folder: int, name: str) -> _Looked:
    seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    return seen.st_dev, seen.st_ino, seen.st_uid, 0
