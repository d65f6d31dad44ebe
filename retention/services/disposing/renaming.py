"""Renaming into and out of our private folder without ever replacing a file, on any file system."""

import ctypes
import errno
import os

_RENAME_NOREPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)


def rename_in(from_folder: int, from_name: bytes, to_folder: int, to_name: bytes) -> None:
    """Rename into our private folder without replacing anything.

    Raises:
        FileExistsError: The new name is taken.
        OSError: As the system says.
    """
    if _renamed(from_folder, from_name, to_folder, to_name):
        return
    try:
        os.stat(to_name, dir_fd=to_folder, follow_symlinks=False)
    except FileNotFoundError:  # and nobody else can make it
        os.rename(from_name, to_name, src_dir_fd=from_folder, dst_dir_fd=to_folder)
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def rename_out(from_folder: int, from_name: bytes, to_folder: int, to_name: bytes) -> None:
    """Rename out of our private folder, never replacing what somebody saves in that very moment.

    Raises:
        FileExistsError: The new name is taken.
        OSError: As the system says.
    """
    if not _renamed(from_folder, from_name, to_folder, to_name):
        rename_by_linking(from_folder, from_name, to_folder, to_name)


def rename_by_linking(from_folder: int, from_name: bytes, to_folder: int, to_name: bytes) -> None:
    """Give a file its new name and then take away the old one, which must be in a folder that is ours alone.

    Interrupted between the two, it is finished by being called again.

    Raises:
        FileExistsError: The new name is taken.
        OSError: As the system says.
    """
    try:
        os.link(from_name, to_name, src_dir_fd=from_folder, dst_dir_fd=to_folder, follow_symlinks=False)
    except FileExistsError:
        ours = os.stat(from_name, dir_fd=from_folder, follow_symlinks=False)
        there = os.stat(to_name, dir_fd=to_folder, follow_symlinks=False)
        if (ours.st_dev, ours.st_ino) != (there.st_dev, there.st_ino):
            raise
    os.fsync(to_folder)
    os.unlink(from_name, dir_fd=from_folder)


def _renamed(from_folder: int, from_name: bytes, to_folder: int, to_name: bytes) -> bool:
    """Rename with RENAME_NOREPLACE; False where the file system, such as NFS, does not know it."""
    if _libc.renameat2(from_folder, from_name, to_folder, to_name, _RENAME_NOREPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(number, os.strerror(number))
