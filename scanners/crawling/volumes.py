"""What the system's table of mounts tells about a share: what is mounted below it, and of what kind it is."""

import os
import re

_MOUNTS = "/proc/self/mountinfo"
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_MOUNT_POINT_FIELD = 4
_SEPARATOR = b"-"  # the type of the file system comes after it

# Their mounts pass on what a Windows server knows of a file: attributes, owner, creation time.
_TELLING = frozenset({"cifs", "smb3", "ntfs", "ntfs3", "fuseblk"})

# File systems of this machine's own disks: one that is slow to answer has to move, and no server is waited for.
_OWN_DISKS = frozenset({"btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "tmpfs", "vfat", "xfs", "zfs"})


def mount_points(root: str) -> frozenset[str]:
    """Return the paths below `root` where something is mounted, also when it is a part of the same volume.

    A folder that is mounted at a second place would show its files twice, as copies that are none.
    Returns nothing where the system does not tell.
    """
    top = _real(root).rstrip(b"/") + b"/"
    return frozenset(os.fsdecode(point.removeprefix(top)) for point, _ in _mounts() if point.startswith(top))


def tells_attributes(root: str) -> bool:
    """Tell whether the mount that holds `root` answers `share_facts.mount_facts`; a local disk is not asked."""
    return file_system_of(root) in _TELLING


def is_own_disk(root: str) -> bool:
    """Tell whether `root` lies on a disk of this machine, as far as its file system tells."""
    return file_system_of(root) in _OWN_DISKS


def file_system_of(root: str) -> str:
    """Return the type of the file system that holds `root`, such as "ext4" or "cifs"; empty where nobody tells."""
    place = _real(root).rstrip(b"/") + b"/"
    kind = b""
    longest = -1
    for point, mounted in _mounts():
        if place.startswith(point.rstrip(b"/") + b"/") and len(point) >= longest:  # a later one lies on top
            kind, longest = mounted, len(point)
    return kind.decode("ascii", "replace")


def _real(root: str) -> bytes:
    try:
        return os.fsencode(os.path.realpath(root))
    except (OSError, ValueError):
        return b"\0"  # below this lies nothing


def _mounts() -> list[tuple[bytes, bytes]]:
    """Return mount point and kind of every mount, in the order in which they were mounted."""
    try:
        with open(_MOUNTS, "rb") as mounts:  # noqa: PTH123  a file of the system, in the scanners' own loop
            lines = [line.split(b" ") for line in mounts.read().splitlines()]
    except OSError:
        return []
    return [
        (_unescape(fields[_MOUNT_POINT_FIELD]), fields[fields.index(_SEPARATOR) + 1])
        for fields in lines
        if _SEPARATOR in fields
    ]


def _unescape(point: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), point)
