"""Leaf hashes kept beside the entries, so that proofs and reopening need not read the whole log.

Stands above `merkle` and `segments`. Everything here is derived: it can be deleted and made again from the
entries, and nothing is believed that does not lead to the signed root.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from disposal_log.files.segments import SEGMENT_LINES, LineReader
from disposal_log.tree.merkle import HASH_BYTES, leaf_hash, node_hash, root_of, split_point

ROOTS_FILE = "roots.bin"
SEGMENT_LEVEL = SEGMENT_LINES.bit_length() - 1
CACHED_SEGMENTS = 4


class HashFiles:
    """The level-0 hashes by segment, and one root for every full segment."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._levels: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def store(self, first: int, leaves: Sequence[bytes]) -> None:
        """Keep the hashes of entries from number `first` on.

        Raises:
            OSError: if the disk refuses; nothing is lost, they are derived.
        """
        rest, position = list(leaves), first
        while rest:
            number, used = divmod(position, SEGMENT_LINES)
            part, rest = rest[: SEGMENT_LINES - used], rest[SEGMENT_LINES - used :]
            self._write(self._path(number), used * HASH_BYTES, b"".join(part))
            position += len(part)
            if position % SEGMENT_LINES == 0:
                root = root_of(self.leaves(number))
                self._write(self._directory / ROOTS_FILE, number * HASH_BYTES, root)

    def cut(self, size: int) -> None:
        """Drop everything beyond `size` entries."""
        number, used = divmod(size, SEGMENT_LINES)
        for path, keep in ((self._path(number), used), (self._directory / ROOTS_FILE, number)):
            with suppress(FileNotFoundError):
                if path.stat().st_size > keep * HASH_BYTES:
                    os.truncate(path, keep * HASH_BYTES)

    def settle(self, first: int, leaves: Sequence[bytes]) -> None:
        """Make sure that these hashes stand from entry `first`, the start of a segment, and nothing after them.

        Raises:
            OSError: if the disk refuses.
        """
        self.cut(first + len(leaves))
        is_full = len(leaves) == SEGMENT_LINES  # then its root belongs beside it
        if is_full or self._stored(first // SEGMENT_LINES) != b"".join(leaves):
            self.cut(first)
            self.store(first, leaves)

    def segment_roots(self, count: int) -> tuple[bytes, ...] | None:
        """Give the roots of the first `count` segments, or None when they are not all stored."""
        try:
            stored = (self._directory / ROOTS_FILE).read_bytes() if count else b""
        except OSError:
            return None
        return tuple(_hashes_in(stored))[:count] if len(stored) >= count * HASH_BYTES else None

    def leaves(self, segment: int) -> tuple[bytes, ...]:
        """Give the stored leaf hashes of one segment; empty when there are none."""
        return tuple(_hashes_in(self._stored(segment)))

    def leaf(self, seq: int) -> bytes | None:
        """Give one stored leaf hash, or None when it is not stored."""
        segment, offset = divmod(seq, SEGMENT_LINES)
        try:
            with self._path(segment).open("rb") as file:
                file.seek(offset * HASH_BYTES)
                stored = file.read(HASH_BYTES)
        except OSError:
            return None
        return stored if len(stored) == HASH_BYTES else None

    def all_leaves(self, size: int) -> Iterator[bytes]:
        """Yield up to `size` stored leaf hashes in order; end early when some are missing."""
        for segment in range(-(-size // SEGMENT_LINES)):
            wanted = min(SEGMENT_LINES, size - segment * SEGMENT_LINES)
            leaves = self.leaves(segment)[:wanted]
            yield from leaves
            if len(leaves) < wanted:
                return

    def range_root(self, start: int, stop: int) -> bytes:
        """Give the root over entries `start` up to `stop`.

        Raises:
            LookupError: if a hash is missing.
        """
        count = stop - start
        if count & (count - 1) == 0 and start % count == 0:
            return self._perfect(start, count.bit_length() - 1, stop)
        middle = start + split_point(count)
        return node_hash(self.range_root(start, middle), self.range_root(middle, stop))

    def rebuild(self, entries: Path, *, size: int) -> None:
        """Make all hashes again from the entries.

        Raises:
            OSError: if the disk refuses.
            LogUnreadableError: if the entries cannot be read.
        """
        self._levels.clear()
        self._directory.mkdir(exist_ok=True)
        for path in self._directory.glob("*.bin"):
            path.unlink()
        reader = LineReader(entries)
        while reader.position < size and reader.fault is None:
            first = reader.position
            self.store(first, [leaf_hash(line) for line in reader.take(min(size, first + SEGMENT_LINES))])
        reader.close()

    def _perfect(self, start: int, level: int, stop: int) -> bytes:
        if level > SEGMENT_LEVEL:
            middle = start + (1 << (level - 1))
            return node_hash(self._perfect(start, level - 1, middle), self._perfect(middle, level - 1, stop))
        segment, offset = divmod(start, SEGMENT_LINES)
        if level == SEGMENT_LEVEL:
            roots = self.segment_roots(segment + 1)
            if roots is not None:
                return roots[segment]
        return self._tree(segment, needed=offset + (1 << level))[level][offset >> level]

    def _tree(self, segment: int, *, needed: int) -> list[list[bytes]]:
        """Give the perfect subtrees of a segment by level, kept for the next proof."""
        for key, levels in self._levels.items():
            if key[0] == segment and key[1] >= needed:
                self._levels.move_to_end(key)
                return levels
        leaves = list(self.leaves(segment))
        if len(leaves) < needed:
            raise LookupError(f"hashes of segment {segment} are missing")
        levels = [leaves]
        while len(levels[-1]) > 1:
            below = levels[-1]
            levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
        for stale in [key for key in self._levels if key[0] == segment]:
            del self._levels[stale]
        self._levels[segment, len(leaves)] = levels
        if len(self._levels) > CACHED_SEGMENTS:
            self._levels.popitem(last=False)
        return levels

    def _stored(self, segment: int) -> bytes:
        try:
            return self._path(segment).read_bytes()[: SEGMENT_LINES * HASH_BYTES]
        except OSError:
            return b""

    def _path(self, segment: int) -> Path:
        return self._directory / f"{segment:05d}.bin"

    def _write(self, path: Path, offset: int, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.pwrite(descriptor, content, offset)
        finally:
            os.close(descriptor)


def _hashes_in(stored: bytes) -> Iterator[bytes]:
    for at in range(0, len(stored) - HASH_BYTES + 1, HASH_BYTES):
        yield stored[at : at + HASH_BYTES]
