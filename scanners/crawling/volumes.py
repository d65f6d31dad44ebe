"""What a share's volume tells about an entry before it is opened: mounted elsewhere, or kept on slow storage."""

import os
import re
from contextlib import suppress

_MOUNTS = "/proc/self/mountinfo"
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_MOUNT_POINT_FIELD = 4

# [MS-FSCC] 2.6: OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS. Reading such a file fetches it from an archive.
_OFFLINE_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000
_CIFS_ATTRIBUTES = "user.cifs.dosattrib"
BLOCK_BYTES = 512  # what st_blocks counts in, on every file system


def mount_points(root: str) -> frozenset[str]:
    """Return the paths below `root` where something is mounted, also when it is a part of the same volume.

    A folder that is mounted at a second place would show its files twice, as copies that are none.
    Returns nothing where the system does not tell.
    """
    try:
        with open(_MOUNTS, "rb") as mounts:  # noqa: PTH123  a file of the system, in the scanners' own loop
            lines = mounts.read().splitlines()
        top = os.fsencode(os.path.realpath(root)).rstrip(b"/") + b"/"
    except (OSError, ValueError):
        return frozenset()
    points = (_unescape(line.split(b" ")[_MOUNT_POINT_FIELD]) for line in lines)
    return frozenset(os.fsdecode(point.removeprefix(top)) for point in points if point.startswith(top))


def is_offline(folder: int, name: str) -> bool:
    """Tell whether a file's bytes are kept elsewhere, without opening it.

    Worth asking only of a file that occupies less than its size, as the question costs a journey to the server.
    """
    with suppress(OSError):
        raw = os.getxattr(f"/proc/self/fd/{folder}/{name}", _CIFS_ATTRIBUTES, follow_symlinks=False)
        return bool(int.from_bytes(raw[:4], "little") & _OFFLINE_ATTRIBUTES)
    return False


def _unescape(point: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), point)
