"""Looking at all entries of a folder on a disk near by, without a value of Python for each look.

The system has no call that looks at many entries. But its `statx(2)` writes into memory that we give it, so that one
folder's looks lie side by side, travel from process to process as they are, and become rows where they are reported:
half the work of `os.stat`, which makes twenty numbers of each look that nobody asked for.

Like `scanners.crawling.listing` this module knows the standard library only.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from operator import gt
from typing import Final, TypeVar

# The names of regular files, and what statx said of each, one after the other.
Packed = tuple[Sequence[str], bytes]
# path, size, modified, inode, device, links, changed, occupied
Fields = tuple[str, int, int, int, int, int, int, int]
Row = TypeVar("Row")

_QUIETLY: Final = 0x100 | 0x800  # AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT: as os.lstat looks
_BASIC: Final = 0x7FF  # STATX_BASIC_STATS
_STATX_BYTES: Final = 256
_LOOK_BYTES: Final = 144  # of these, what we want: the next look is written over the rest
_LOOK: Final = struct.Struct("=16xI12xQQQ40xqI4xqI12xQ")  # links, inode, size, blocks, changed, modified, device
_MODE_AT: Final = 28
_FOLDER_BIT: Final = stat.S_IFDIR & ~stat.S_IFREG
_SIZE_AT: Final = 40
_BLOCKS_AT: Final = 48
_BLOCK_BYTES: Final = 512
_SECOND_NS: Final = 1_000_000_000


class Looker:
    """Looks at up to `at_once` entries of an open folder; for one thread.

    Raises:
        NotImplementedError: The system, or its C library, has no `statx`.
    """

    def __init__(self, *, at_once: int) -> None:
        try:
            self._statx: Callable[..., int] = ctypes.CDLL(None).statx
        except (OSError, AttributeError) as error:
            raise NotImplementedError from error
        self._room = ctypes.create_string_buffer(at_once * _LOOK_BYTES + _STATX_BYTES)
        self._view = memoryview(self._room).cast("B")
        self._places: list[ctypes.Array[ctypes.c_char]] = []  # in it, as many as were needed so far
        self._at_once = at_once

    def look(self, folder: int, names: list[str]) -> tuple[list[str], Packed] | None:
        """Return the folders among `names`, and the files packed; `names` are put into the order of their bytes.

        None stands for "not as simple as that": something could not be looked at, is neither a file nor a folder, or
        occupies less than its size. Then each entry is to be looked at by itself.
        """
        if not names:
            return [], ((), b"")
        if len(names) > self._at_once:
            return None
        for place in range(len(self._places), len(names)):
            self._places.append((ctypes.c_char * 1).from_buffer(self._room, place * _LOOK_BYTES))
        # Code points of text sort as its UTF-8 does, but for the escapes of bytes that are no text.
        is_plain = "".join(names).isascii()
        names.sort(key=None if is_plain else os.fsencode)
        raw_names: Iterable[bytes] = map(str.encode if is_plain else os.fsencode, names)
        if any(map(self._statx, repeat(folder), raw_names, repeat(_QUIETLY), repeat(_BASIC), self._places)):
            return None
        looks: bytes | bytearray = bytes(self._view[: len(names) * _LOOK_BYTES])
        modes = memoryview(looks).cast("H")[_MODE_AT // 2 :: _LOOK_BYTES // 2].tolist()
        kinds = set(map(stat.S_IFMT, set(modes)))
        if not kinds <= {stat.S_IFREG, stat.S_IFDIR}:
            return None
        folders: list[str] = []
        if stat.S_IFDIR in kinds:
            places = [place for place, mode in enumerate(modes) if mode & _FOLDER_BIT]
            folders = [names[place] for place in places]
            looks = bytearray(looks)
            for place in reversed(places):
                del names[place], looks[place * _LOOK_BYTES : (place + 1) * _LOOK_BYTES]
        return None if _has_sparse(looks) else (folders, (names, bytes(looks)))


def rows_of(folder: str, packed: Packed, make: Callable[[Fields], Row]) -> list[Row]:
    """Return what `make` makes of the fields of each file that was looked at in the folder of this path."""
    names, looks = packed
    if not names:
        return []
    prefix = folder + "/" if folder else ""
    devices = _DEVICES
    return [
        make(
            (
                prefix + name,
                size,
                modified * _SECOND_NS + modified_ns,
                inode,
                devices[device],
                links,
                changed * _SECOND_NS + changed_ns,
                blocks * _BLOCK_BYTES,
            )
        )
        for name, (links, inode, size, blocks, changed, changed_ns, modified, modified_ns, device) in zip(
            names, _LOOK.iter_unpack(looks), strict=True
        )
    ]


class _Devices(dict[int, int]):
    """The number of each device that was met, by its two parts as they lie in memory."""

    def __missing__(self, parts: int) -> int:
        self[parts] = device = os.makedev(*struct.unpack("=II", parts.to_bytes(8, _ORDER)))
        return device


_ORDER: Final = "little" if struct.pack("=H", 1)[0] else "big"
_DEVICES: Final = _Devices()


def _has_sparse(looks: bytes | bytearray) -> bool:
    if not looks:
        return False
    numbers, each = memoryview(looks).cast("Q"), _LOOK_BYTES // 8
    sizes = numbers[_SIZE_AT // 8 :: each].tolist()
    if not any(sizes):
        return False
    occupied = map(_BLOCK_BYTES.__mul__, numbers[_BLOCKS_AT // 8 :: each].tolist())
    return any(map(gt, sizes, occupied))
