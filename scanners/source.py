"""Where bytes are taken from when only parts of a file are wanted: memory, or an open descriptor."""

import os
from dataclasses import dataclass
from typing import Protocol


class ByteSource(Protocol):
    """Something with a known size that gives any part of itself."""

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        ...

    def at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer, or none, where the end comes first."""
        ...


@dataclass(frozen=True, slots=True)
class MemorySource:
    """A whole file in memory."""

    content: bytes

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        return len(self.content)

    def at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        return self.content[offset : offset + length] if offset >= 0 else b""


@dataclass(frozen=True, slots=True)
class DescriptorSource:
    """A file too large for memory; reads may raise `OSError`, the share's own trouble."""

    descriptor: int
    size_bytes: int

    def at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        return os.pread(self.descriptor, length, offset) if 0 <= offset < self.size_bytes else b""
