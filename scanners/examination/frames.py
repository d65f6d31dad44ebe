"""How parent and child talk: frames that state their length, a kind and a number, checked on arrival.

The child reads hostile files and may be taken over by one, so the parent takes nothing from it but plain values
of bounded size; that is why this is neither pickle nor marshal. What every row has stands in fixed places, which
costs a tenth of naming it; only what few rows have (properties, problems, members) is JSON.
"""

import struct
from enum import IntEnum

MAX_FRAME_BYTES = 4 << 20

_HEADER = struct.Struct("<LBL")  # how many bytes follow the header, what they are, of which file

Frame = tuple[int, int, bytes]


class FrameKind(IntEnum):
    """What a frame says; the first three go to the child, the others come from it."""

    ROOT = 1
    FILES = 2
    KNOWN = 3
    READY = 4
    ROW = 5
    UNREADABLE = 6
    NO_ROOT = 7
    NO_LIBMAGIC = 8


class FrameError(Exception):
    """The other side sent something that is not a frame; it can no longer be trusted."""


def packed(kind: FrameKind, number: int = 0, payload: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    return _HEADER.pack(len(payload), kind, number) + payload


class Unpacker:
    """Collects bytes as they come and gives out whole frames."""

    def __init__(self) -> None:
        self._arrived = bytearray()
        self._taken = 0

    def feed(self, arrived: bytes) -> None:
        """Add bytes."""
        del self._arrived[: self._taken]
        self._taken = 0
        self._arrived += arrived

    def next(self) -> Frame | None:
        """Return kind, number and payload of the next whole frame, or None until more bytes have come.

        Raises:
            FrameError: What came is no frame.
        """
        start = self._taken + _HEADER.size
        if len(self._arrived) < start:
            return None
        length, kind, number = _HEADER.unpack_from(self._arrived, self._taken)
        if length > MAX_FRAME_BYTES:
            raise FrameError
        if len(self._arrived) < start + length:
            return None
        self._taken = start + length
        return kind, number, bytes(memoryview(self._arrived)[start : self._taken])
