"""How parent and child talk: JSON in frames that state their length, checked on arrival.

The child reads hostile files and may be taken over by one, so the parent takes nothing from it but plain values
of bounded size; that is why this is neither pickle nor marshal.
"""

import json
import struct
from typing import Any

MAX_FRAME_BYTES = 16 << 20

_LENGTH = struct.Struct(">L")

Frame = dict[str, Any]


class FrameError(Exception):
    """The other side sent something that is not a frame; it can no longer be trusted."""


def packed(frame: Frame) -> bytes:
    """Return a frame as bytes; odd file names survive, as JSON keeps surrogate escapes."""
    payload = json.dumps(frame, separators=(",", ":")).encode("ascii")
    return _LENGTH.pack(len(payload)) + payload


class Unpacker:
    """Collects bytes as they come and gives out whole frames."""

    def __init__(self) -> None:
        self._arrived = bytearray()

    def feed(self, arrived: bytes) -> None:
        """Add bytes."""
        self._arrived += arrived

    def next(self) -> Frame | None:
        """Return the next whole frame, or None until more bytes have come.

        Raises:
            FrameError: What came is no frame.
        """
        if len(self._arrived) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._arrived)
        if length > MAX_FRAME_BYTES:
            raise FrameError
        end = _LENGTH.size + length
        if len(self._arrived) < end:
            return None
        payload = bytes(self._arrived[_LENGTH.size : end])
        del self._arrived[:end]
        try:
            frame = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise FrameError from error
        if not isinstance(frame, dict):
            raise FrameError
        return frame
