"""The quarantine: a private folder on the share's own volume, from which a file is restored or destroyed.

Unlinking cannot be made conditional on an inode, but renaming and then verifying can: a file is moved here,
compared with the descriptor that was hashed, and put back when somebody swapped it in between.
"""

import ctypes
import errno
import os
import stat
from dataclasses import dataclass
from enum import StrEnum

from retention.domain.batches import BatchItem
from retention.errors import RefusedByPolicyError
from retention.services.disposing.location import (
    DeniedError,
    DriftError,
    GoneError,
    OpenFile,
    Root,
    check_untouched,
    expected_troubles,
    prove,
)
from retention.services.workspace import QUARANTINE_NAME

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_RENAME_NOREPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Presence(StrEnum):
    """What lies in quarantine under an item's number."""

    ITSELF = "itself"
    STRANGER = "stranger"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The open quarantine folder of one batch below one root."""

    root: Root
    descriptor: int

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self.descriptor)

    def take(self, found: OpenFile, item: BatchItem) -> None:
        """Move the proved file here; it is back in its place unless this returns.

        Raises:
            DriftError: It was swapped or touched between the proof and the move.
            GoneError: Somebody removed it in that moment.
            DeniedError: The system refused.
        """
        proved = os.fstat(found.file)
        name = _name(item)
        try:
            with expected_troubles():
                _rename(found.folder, found.name, self.descriptor, name)
        except FileExistsError as error:
            message = "something already lies in quarantine under its number"
            raise DriftError(message) from error
        moved = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        if (moved.st_dev, moved.st_ino) != (proved.st_dev, proved.st_ino):
            self._return_to(found.folder, found.name, item)
            message = "it was swapped for another file while it was being moved"
            raise DriftError(message)
        if (moved.st_size, moved.st_mtime_ns) != (item.size_bytes, item.modified_ns):
            self._return_to(found.folder, found.name, item)
            message = "it was modified while it was being moved"
            raise DriftError(message)
        os.fsync(self.descriptor)
        os.fsync(found.folder)

    def presence(self, item: BatchItem) -> Presence:
        """Tell what lies here under the item's number; the file itself is known by its inode."""
        found = self._stat(item)
        if found is None:
            return Presence.NOTHING
        return Presence.ITSELF if found.st_ino == item.inode else Presence.STRANGER

    def is_back(self, item: BatchItem) -> bool:
        """Tell whether the item's own file lies in its old place, or beside it, again."""
        *parts, name = os.fsencode(item.path).split(b"/")
        return any(
            _lies_at(self.root, place, wanted, item) for place in (parts, []) for wanted in (name, _beside(name, item))
        )

    def open_proved(self, item: BatchItem) -> int:
        """Open the item's file here and prove again that it is what was approved.

        Raises:
            GoneError: It is not here.
            DriftError: It was changed in quarantine, or has another name somewhere.
            DeniedError: The system refused.
        """
        with expected_troubles():
            descriptor = os.open(_name(item), _FILE, dir_fd=self.descriptor)
        try:
            prove(descriptor, item, device=self.root.device)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def destroy(self, descriptor: int, item: BatchItem, *, proved: os.stat_result) -> int:
        """Remove the proved file for good; return how many names the content still has (0: it is gone).

        Raises:
            DriftError: It was touched since it was proved.
            GoneError: It is not here.
            DeniedError: The system refused.
        """
        check_untouched(descriptor, proved)
        here = self._stat(item)
        if here is None:
            raise GoneError
        if here.st_ino != proved.st_ino:
            message = "it was swapped for another file in quarantine"
            raise DriftError(message)
        with expected_troubles():
            os.unlink(_name(item), dir_fd=self.descriptor)
        os.fsync(self.descriptor)
        return os.fstat(descriptor).st_nlink

    def put_back(self, item: BatchItem) -> str:
        """Move what lies here under the item's name to its old place; return where it went, below the root.

        When the old place is taken, the file gets a new name beside it: nothing is ever replaced. When the
        old folder is gone, it goes to the top of the root.

        Raises:
            GoneError: Nothing is here.
            DriftError: The old folder is a link now.
            DeniedError: The system refused.
        """
        if self._stat(item) is None:
            raise GoneError
        *parts, name = os.fsencode(item.path).split(b"/")
        try:
            folder = self.root.open_folder(parts)
        except GoneError:
            parts, folder = [], os.dup(self.root.descriptor)
        try:
            return os.fsdecode(b"/".join([*parts, self._return_to(folder, name, item)]))
        finally:
            os.close(folder)

    def _return_to(self, folder: int, name: bytes, item: BatchItem) -> bytes:
        for wanted in (name, _beside(name, item)):
            try:
                with expected_troubles():
                    _rename(self.descriptor, _name(item), folder, wanted)
            except FileExistsError:
                continue
            os.fsync(folder)
            os.fsync(self.descriptor)
            return wanted
        message = "its old place and the name beside it are both taken: it stays in quarantine"
        raise DriftError(message)

    def _stat(self, item: BatchItem) -> os.stat_result | None:
        try:
            return os.stat(_name(item), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None


def open_quarantine(root: Root, batch_id: str) -> Quarantine:
    """Open, and make if needed, the batch's private folder on the root's volume.

    Raises:
        RefusedByPolicyError: Something that is not our private folder lies there.
        SourceVanishedError: The root is gone.
    """
    root.check_alive()
    top = _private_folder(root.descriptor, os.fsencode(QUARANTINE_NAME), root)
    try:
        return Quarantine(root, _private_folder(top, os.fsencode(batch_id), root))
    finally:
        os.close(top)


def close_empty(root: Root, batch_id: str) -> None:
    """Remove the batch's quarantine folder, and the folder above it, if they are empty."""
    try:
        top = os.open(QUARANTINE_NAME, _FOLDER, dir_fd=root.descriptor)
    except OSError:
        return
    try:
        os.rmdir(batch_id, dir_fd=top)
        os.rmdir(QUARANTINE_NAME, dir_fd=root.descriptor)
    except OSError:
        return  # not empty, or shared with another batch: it stays
    finally:
        os.close(top)


def _private_folder(parent: int, name: bytes, root: Root) -> int:
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
        os.fsync(parent)
    except FileExistsError:
        pass
    except OSError as error:
        raise _no_quarantine(root, error.strerror or str(error)) from error
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=parent)
    except OSError as error:
        raise _no_quarantine(root, error.strerror or str(error)) from error
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077 or found.st_dev != root.device:
        os.close(descriptor)
        raise _no_quarantine(root, "it is not a private folder of this account on the same volume")
    return descriptor


def _no_quarantine(root: Root, words: str) -> RefusedByPolicyError:
    return RefusedByPolicyError(
        what=f"the quarantine {QUARANTINE_NAME} below {root.path} cannot be used: {words}",
        not_done="Nothing was moved or destroyed.",
        next_step="Let the disposing account write to the share, or move away what lies there.",
    )


def _lies_at(root: Root, parts: list[bytes], name: bytes, item: BatchItem) -> bool:
    try:
        folder = root.open_folder(parts)
    except (GoneError, DriftError, DeniedError):
        return False
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_ino == item.inode
    except OSError:
        return False
    finally:
        os.close(folder)


def _name(item: BatchItem) -> bytes:
    return b"%06d" % item.number


def _beside(name: bytes, item: BatchItem) -> bytes:
    return name[:200] + b" (restored %06d)" % item.number


def _rename(from_folder: int, from_name: bytes, to_folder: int, to_name: bytes) -> None:
    """Rename without ever replacing (renameat2 with RENAME_NOREPLACE).

    Raises:
        FileExistsError: The new name is taken.
        OSError: As the system says.
    """
    if _libc.renameat2(from_folder, from_name, to_folder, to_name, _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS):  # a file system without the flag
        _rename_where_free(from_folder, from_name, to_folder, to_name)
        return
    raise OSError(number, os.strerror(number))


def _rename_where_free(from_folder: int, from_name: bytes, to_folder: int, to_name: bytes) -> None:
    try:
        os.stat(to_name, dir_fd=to_folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(from_name, to_name, src_dir_fd=from_folder, dst_dir_fd=to_folder)
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
