"""The entries on disk: append-only text files of 65,536 lines, one entry a line.

Stands above `durable`. 65,536 is 256 squared, so a full file is one perfect subtree of the Merkle tree.
"""

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from disposal_log.files.durable import fsync_directory, reading, write_all
from disposal_log.formats.entries import MAX_LINE_BYTES

SEGMENT_LINES = 65_536
CHUNK_BYTES = 1 << 20
FULL_MODE = 0o444

_SEGMENT_NAME = re.compile(r"\d{5,}\.jsonl")


def segment_name(number: int) -> str:
    """Give the file name of a segment."""
    return f"{number:05d}.jsonl"


class LineReader:
    """Reads entries in order across segments, in bounded memory, and says where and why it had to stop.

    Attributes:
        position: The number of the entry that comes next.
        fault: Why no more entries can be read, or None.
    """

    def __init__(self, entries: Path, *, segment: int = 0) -> None:
        self.position = segment * SEGMENT_LINES
        self.fault: str | None = None
        self._entries = entries
        self._segment = segment
        self._lines_in_segment = 0  # complete lines split off so far, delivered or not
        self._file: BinaryIO | None = None
        self._ready: list[bytes] = []
        self._partial = b""

    def take(self, stop: int) -> Iterator[bytes]:
        """Yield lines without their newline up to entry `stop`; end early when `fault` says why.

        Raises:
            LogUnreadableError: if the system refuses to read a segment.
        """
        while self.position < stop:
            if not self._ready and not self._refill():
                return
            room = stop - self.position
            batch, self._ready = self._ready[:room], self._ready[room:]
            for line in batch:
                self.position += 1
                yield line

    def unsigned_bytes(self) -> int:
        """Count the bytes of this segment after the last entry taken."""
        rest = len(self._partial) + sum(len(line) + 1 for line in self._ready)
        if self._file is None:
            with suppress(OSError):
                rest += (self._entries / segment_name(self._segment)).stat().st_size
            return rest
        return rest + os.fstat(self._file.fileno()).st_size - self._file.tell()

    @property
    def segment(self) -> int:
        """The number of the segment being read."""
        return self._segment

    @property
    def last_segment_touched(self) -> int:
        """The number of the last segment that should exist for the entries taken."""
        return max(0, self.position - 1) // SEGMENT_LINES

    def close(self) -> None:
        """Close the open segment."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _refill(self) -> bool:
        if self.fault is not None or not self._at_open_segment():
            return False
        if self._file is None:
            raise RuntimeError("a segment was to be open here")
        with reading(Path(self._file.name)):
            chunk = self._file.read(CHUNK_BYTES)
        if not chunk:
            return self._stop(self._short_reason())
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        room = SEGMENT_LINES - self._lines_in_segment
        if len(lines) > room:  # surplus lines stay unread: they belong to no entry
            self._partial = b"\n".join([*lines[room:], self._partial])
            lines = lines[:room]
        self._lines_in_segment += len(lines)
        self._ready = lines
        if not lines and len(self._partial) > MAX_LINE_BYTES:
            return self._stop(f"the line is longer than {MAX_LINE_BYTES} bytes")
        return bool(lines) or self._refill()

    def _at_open_segment(self) -> bool:
        if self._lines_in_segment == SEGMENT_LINES:
            if self.unsigned_bytes():
                return self._stop(f"{segment_name(self._segment)} goes on after its last line")
            self.close()
            self._segment += 1
            self._lines_in_segment = 0
        if self._file is None:
            path = self._entries / segment_name(self._segment)
            if path.is_symlink() or not path.is_file():
                return self._stop(f"the file {path.name} is missing")
            with reading(path):
                self._file = path.open("rb", buffering=0)
        return True

    def _short_reason(self) -> str:
        if self._partial:
            return "the line does not end in a newline"
        return f"{segment_name(self._segment)} ends before it"

    def _stop(self, reason: str) -> bool:
        self.fault = reason
        return False

    def resume(self) -> None:
        """Forget a fault, to look again at a file that a writer may have extended."""
        self.fault = None


def foreign_names(entries: Path, *, last_segment: int) -> tuple[str, ...]:
    """Name everything in the entries directory that is no segment of the log up to `last_segment`.

    Raises:
        LogUnreadableError: if the directory cannot be listed.
    """
    expected = {segment_name(number) for number in range(last_segment + 1)}
    with reading(entries):
        return tuple(sorted(each.name for each in entries.iterdir() if each.name not in expected))


def is_segment_name(name: str) -> bool:
    """Whether a file name looks like a segment's."""
    return _SEGMENT_NAME.fullmatch(name) is not None


class SegmentWriter:
    """Appends lines after the last committed one; the caller says when they are committed."""

    def __init__(self, entries: Path, *, size: int, end_bytes: int) -> None:
        """Stand at the end of a log of `size` entries.

        Args:
            entries: The directory of segments.
            size: Number of committed entries.
            end_bytes: Length of the last segment up to and with its last committed newline.
        """
        self._entries = entries
        self._size = size
        self._end_bytes = end_bytes
        self._written = 0
        self._new_end_bytes = end_bytes
        self._touched: list[int] = []

    def write(self, lines: Sequence[bytes]) -> None:
        """Write and flush lines after the committed end.

        Raises:
            OSError: if the disk refuses; call `undo` then.
        """
        rest, position = list(lines), self._size
        while rest:
            number, used = divmod(position, SEGMENT_LINES)
            part, rest = rest[: SEGMENT_LINES - used], rest[SEGMENT_LINES - used :]
            self._new_end_bytes = self._write_part(number, part, is_new=used == 0)
            position += len(part)
        self._written = len(lines)

    def commit(self) -> None:
        """Accept what was written; full segments become read-only."""
        self._size += self._written
        self._end_bytes = self._new_end_bytes
        for number in self._touched:
            if self._size >= (number + 1) * SEGMENT_LINES:
                with suppress(OSError):  # a courtesy against accidents, not a proof
                    (self._entries / segment_name(number)).chmod(FULL_MODE)
        self._touched.clear()

    def undo(self) -> None:
        """Take back what was written and not committed.

        Raises:
            OSError: if the disk refuses; the log must then be opened anew.
        """
        for number in self._touched:
            path = self._entries / segment_name(number)
            keep = self._end_bytes if number == self._size // SEGMENT_LINES and self._size % SEGMENT_LINES else 0
            if keep:
                os.truncate(path, keep)
            else:
                path.unlink(missing_ok=True)
        if self._touched:
            fsync_directory(self._entries)
        self._touched.clear()
        self._written = 0

    def _write_part(self, number: int, part: Sequence[bytes], *, is_new: bool) -> int:
        path = self._entries / segment_name(number)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if is_new else 0)
        self._touched.append(number)
        try:
            descriptor = os.open(path, flags, 0o644)
        except FileExistsError:
            self._touched.remove(number)  # somebody else's file: not ours to take back
            raise
        try:
            if not is_new and os.fstat(descriptor).st_size != self._end_bytes:
                self._touched.remove(number)  # foreign bytes are evidence, not ours to take back
                raise OSError(errno.ESTALE, f"{path.name} was changed by somebody else")
            write_all(descriptor, b"".join(line + b"\n" for line in part))
            os.fsync(descriptor)
            end_bytes = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if is_new:
            fsync_directory(self._entries)
        return end_bytes
