"""A piece of memory that child and parent share: where the child is, and what it has not sent yet.

The child notes there, at the price of a few bytes, what it would otherwise have to send before every file; and its
frames gather there until they fill a pipe. Whatever becomes of the child, the parent finds the digest of the file
that it was at and the rows of all files before. It believes the slip no more than it believes the pipe.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from types import TracebackType
from typing import Self

_STANDING = struct.Struct("<qdB")
_READ = struct.Struct("<32sB255s")
_NUMBER = struct.Struct("<Q")
_STANDING_AT, _READ_AT, _FIRST_AT, _LENGTH_AT, _GATHERED_AT = 0, 64, 512, 576, 4096
_ROOM_BYTES = 60 << 10  # what a pipe takes at once
_SIZE_BYTES = _GATHERED_AT + _ROOM_BYTES


class Phase(IntEnum):
    """What the child is doing with the file it is at."""

    IDLE = 0
    READING = 1
    CONTENT = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the child stands; `since` is on the clock that counts from the start of the system."""

    number: int
    since: float
    phase: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """How much is gathered, and where in all that the child ever sent it begins."""

    first: int
    length: int


class Slip:
    """One piece of memory, made by the parent and inherited by the child through a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _SIZE_BYTES)

    @classmethod
    def made(cls) -> Self:
        """Return a new slip, which no other process can open by a name.

        Raises:
            OSError: The system gives none.
        """
        descriptor = os.memfd_create("retention-slip", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, bytes(_SIZE_BYTES))
            return cls(descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the memory."""
        if self.descriptor >= 0:
            self._memory.close()
            os.close(self.descriptor)
            self.descriptor = -1

    def stand(self, number: int, since: float, phase: Phase) -> None:
        """Note where the child stands."""
        _STANDING.pack_into(self._memory, _STANDING_AT, number, since, phase)

    def note_read(self, number: int, since: float, *, digest: bytes, media_type: bytes) -> None:
        """Note what is certain of a file before its content is looked into."""
        # the digest first: a child that is killed between the two must not leave the digest of another file
        _READ.pack_into(self._memory, _READ_AT, digest, len(media_type), media_type)
        self.stand(number, since, Phase.CONTENT)

    def standing(self) -> Standing:
        """Return where the child says it stands."""
        return Standing(*_STANDING.unpack_from(self._memory, _STANDING_AT))

    def read(self) -> tuple[bytes, bytes]:
        """Return digest and type of the file whose content the child says it is looking into."""
        digest, length, media_type = _READ.unpack_from(self._memory, _READ_AT)
        return digest, media_type[:length]

    def gather(self, frame: bytes) -> bool:
        """Add a frame to those that wait to be sent; False when there is no room for it."""
        (length,) = _NUMBER.unpack_from(self._memory, _LENGTH_AT)
        end = length + len(frame)
        if end > _ROOM_BYTES:
            return False
        self._memory[_GATHERED_AT + length : _GATHERED_AT + end] = frame
        _NUMBER.pack_into(self._memory, _LENGTH_AT, end)  # last, so that nothing half written is ever counted
        return True

    def gathered(self) -> Gathered:
        """Return what is gathered now."""
        (first,), (length,) = (_NUMBER.unpack_from(self._memory, place) for place in (_FIRST_AT, _LENGTH_AT))
        return Gathered(first, min(length, _ROOM_BYTES))

    def part(self, start: int, end: int) -> bytes:
        """Return a part of what is gathered."""
        return self._memory[_GATHERED_AT + start : _GATHERED_AT + end]

    def mark_sent(self, first: int) -> None:
        """Note that everything before `first` was sent, and that nothing is gathered."""
        # in this order: between the two nothing seems gathered, which is true enough
        _NUMBER.pack_into(self._memory, _LENGTH_AT, 0)
        _NUMBER.pack_into(self._memory, _FIRST_AT, first)
