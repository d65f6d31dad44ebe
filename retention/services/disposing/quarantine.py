"""The quarantine: a private folder on the share's own volume, from which a file is restored or destroyed.

Unlinking cannot be made conditional on an inode, but renaming and then verifying can: a file is moved here,
compared with the descriptor that was hashed, and put back when somebody swapped it in between.
"""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
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
    StrandedError,
    check_untouched,
    expected_troubles,
    prove,
)
from retention.services.disposing.renaming import rename_in, rename_out
from retention.services.workspace import QUARANTINE_NAME

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SHORT_BYTES = 200
_NAMES_BESIDE = 20


class Presence(StrEnum):
    """What lies in quarantine under an item's number."""

    ITSELF = "itself"
    STRANGER = "stranger"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ProvedFile:
    """An open file in quarantine, and how it was when its content was read."""

    descriptor: int
    proved: os.stat_result

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.descriptor)


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
            StrandedError: It was swapped, and what was moved instead cannot be put back.
        """
        proved, name = found.proved, _name(item)
        if os.fstat(found.file).st_nlink:  # otherwise its name is gone, or another file's
            check_untouched(found.file, proved)
        try:
            with expected_troubles():
                rename_in(found.folder, found.name, self.descriptor, name)
        except FileExistsError as error:
            message = "something already lies in quarantine under its number"
            raise DriftError(message) from error
        moved = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        if (moved.st_dev, moved.st_ino) != (proved.st_dev, proved.st_ino):
            self._give_back(found, item)
            message = "it was swapped for another file while it was being moved"
            raise DriftError(message)
        if (moved.st_size, moved.st_mtime_ns) != (item.size_bytes, item.modified_ns):
            self._give_back(found, item)
            message = "it was modified while it was being moved"
            raise DriftError(message)
        os.fsync(self.descriptor)
        os.fsync(found.folder)

    def presence(self, item: BatchItem, *, unchanged: bool = False) -> Presence:
        """Tell whether the item's own file lies here under its number; `unchanged` asks for size and time as well."""
        found = self._stat(item)
        if found is None:
            return Presence.NOTHING
        return Presence.ITSELF if _is_itself(found, item, unchanged=unchanged) else Presence.STRANGER

    def is_back(self, item: BatchItem, *, unchanged: bool = False) -> bool:
        """Tell whether the item's own file lies in its old place, or beside it, again; see `presence`."""
        *parts, name = os.fsencode(item.path).split(b"/")
        return any(
            _lies_at(self.root, place, wanted, item, unchanged=unchanged)
            for place in (parts, [])
            for wanted in _places(name, item)
        )

    def open_proved(self, item: BatchItem) -> ProvedFile:
        """Open the item's file here and prove again that it is what was approved.

        Raises:
            GoneError: It is not here.
            DriftError: It was changed in quarantine, or has another name somewhere.
            DeniedError: The system refused.
        """
        with expected_troubles():
            descriptor = os.open(_name(item), _FILE, dir_fd=self.descriptor)
        try:
            return ProvedFile(descriptor, prove(descriptor, item, device=self.root.device))
        except BaseException:
            os.close(descriptor)
            raise

    def destroy(self, file: ProvedFile, item: BatchItem) -> int:
        """Remove the proved file for good; return how many names the content still has (0: it is gone).

        Raises:
            DriftError: It was touched since it was proved.
            GoneError: It is not here.
            DeniedError: The system refused, or somebody still has it open and could be writing.
        """
        _check_unused(file.descriptor)
        check_untouched(file.descriptor, file.proved)
        here = self._stat(item)
        if here is None:
            raise GoneError
        if here.st_ino != file.proved.st_ino:
            message = "it was swapped for another file in quarantine"
            raise DriftError(message)
        with expected_troubles():
            os.unlink(_name(item), dir_fd=self.descriptor)
        os.fsync(self.descriptor)
        return os.fstat(file.descriptor).st_nlink

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
        for place in (parts, []):
            try:
                folder = self.root.open_folder(place)
            except GoneError:
                continue
            try:
                return os.fsdecode(b"/".join([*place, self._return_to(folder, name, item)]))
            except GoneError:
                if self._stat(item) is None:
                    raise
                # the folder was removed after it was opened: what is missing is the place, not the file
            finally:
                os.close(folder)
        message = "neither its old folder nor the root can take it"
        raise DeniedError(message)

    def _give_back(self, found: OpenFile, item: BatchItem) -> None:
        try:
            self._return_to(found.folder, found.name, item)
        except (GoneError, DriftError, DeniedError) as error:
            raise StrandedError(os.fsdecode(_name(item)), str(error) or "its folder is gone") from error

    def _return_to(self, folder: int, name: bytes, item: BatchItem) -> bytes:
        for wanted in _places(name, item):
            try:
                with expected_troubles():
                    rename_out(self.descriptor, _name(item), folder, wanted)
            except FileExistsError:
                continue
            os.fsync(folder)
            os.fsync(self.descriptor)
            return wanted
        message = "its old place and every name beside it are taken: it stays in quarantine"
        raise DriftError(message)

    def _stat(self, item: BatchItem) -> os.stat_result | None:
        try:
            return os.stat(_name(item), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None


def open_quarantine(root: Root, batch_id: str, *, is_used: bool) -> Quarantine:
    """Open the batch's private folder on the root's volume; make it, unless files lie in it already (`is_used`).

    Raises:
        RefusedByPolicyError: Something that is not our private folder lies there, or the one with our files
            is gone: then nobody can say what became of them, least of all that they were destroyed.
        SourceVanishedError: The root is gone.
    """
    root.check_alive()
    top = _private_folder(root.descriptor, os.fsencode(QUARANTINE_NAME), root, is_used=is_used)
    try:
        return Quarantine(root, _private_folder(top, os.fsencode(batch_id), root, is_used=is_used))
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


def _private_folder(parent: int, name: bytes, root: Root, *, is_used: bool) -> int:
    try:
        if not is_used:
            os.mkdir(name, 0o700, dir_fd=parent)
            os.fsync(parent)
    except FileExistsError:
        pass
    except OSError as error:
        raise _no_quarantine(root, error.strerror or str(error)) from error
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError as error:
        raise RefusedByPolicyError(
            what=f"the folder {os.fsdecode(name)} of the quarantine {QUARANTINE_NAME} below {root.path} is gone, "
            "and files of this batch lay in it",
            not_done="Nothing was touched, and none of them was recorded as destroyed or missing.",
            next_step="Put the folder back. If it is lost for good, make an empty one with mode 700 in its place: "
            "the next run then says what is missing.",
        ) from error
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


def _lies_at(root: Root, parts: list[bytes], name: bytes, item: BatchItem, *, unchanged: bool) -> bool:
    try:
        folder = root.open_folder(parts)
    except (GoneError, DriftError, DeniedError):
        return False
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    finally:
        os.close(folder)
    return _is_itself(found, item, unchanged=unchanged)


def _is_itself(found: os.stat_result, item: BatchItem, *, unchanged: bool) -> bool:
    # the inode number of a file that was deleted is soon given to a new one
    is_same = (found.st_size, found.st_mtime_ns) == (item.size_bytes, item.modified_ns)
    return found.st_ino == item.inode and (is_same or not unchanged)


def _check_unused(descriptor: int) -> None:
    """Raise `DeniedError` when somebody opened the file before it was moved here and has not closed it.

    The kernel grants a lease only when nobody else has the file open; nobody can open it here any more.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # not SIGIO, which would end the program
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        if error.errno == errno.EAGAIN:
            message = "somebody still has it open"
            raise DeniedError(message) from error
        # a file system without leases, or a file of another account: what was written is seen by its times


def _name(item: BatchItem) -> bytes:
    return b"%06d" % item.number


def _places(name: bytes, item: BatchItem) -> Iterator[bytes]:
    """Yield the names a file may be put back under: its own, then others beside it, never over 255 bytes."""
    yield name
    start = _shortened(name)
    yield start + b" (restored %06d)" % item.number
    for again in range(2, _NAMES_BESIDE + 1):
        yield start + b" (restored %06d-%d)" % (item.number, again)


def _shortened(name: bytes) -> bytes:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return name[:_SHORT_BYTES]
    # some file systems refuse half a character
    return name[:_SHORT_BYTES].decode("utf-8", "ignore").encode("utf-8")
