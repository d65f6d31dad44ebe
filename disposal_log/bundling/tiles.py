"""Writes a log out as tiles (C2SP tlog-tiles), so that software which we did not write can check it.

Stands above `tiles` and `reading`. The log itself is read and left alone; the checkpoint goes over unchanged.
"""

from pathlib import Path

from disposal_log.errors import LogCorruptError
from disposal_log.files import layout
from disposal_log.files.durable import creating
from disposal_log.files.reading import iterate_lines
from disposal_log.files.tiles import ENTRIES_LEVEL, TILE_WIDTH, spell_bundle, tile_path
from disposal_log.formats.checkpoints import Checkpoint, SignedCheckpoint
from disposal_log.tree.merkle import CompactRange, leaf_hash, root_of


def export_tiles(directory: Path, target: Path, *, signed: SignedCheckpoint) -> Checkpoint:
    """Write the log in `directory`, up to the checkpoint `signed`, as tiles into `target`.

    The entries are read once, a bundle at a time: memory stays flat however long the log is. The file
    `checkpoint` is written last, so that an export that was stopped cannot be taken for a whole one.

    Args:
        directory: The log; a writer may be at work there.
        target: The folder to write to. It is made, or it is empty.
        signed: The checkpoint to export, with the note as it stands, cosignatures and all.

    Returns:
        What the checkpoint says.

    Raises:
        LogCorruptError: if the entries do not lead to the signed root; no checkpoint is written then.
        LogUnreadableError: if the system refuses to read a segment.
        FileExistsError: if `target` holds anything already.
        OSError: if the disk refuses.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty. Nothing was written. Choose a folder that is new or empty.")
    writer = _TileWriter(target)
    for _, line in iterate_lines(directory, start=0, size=signed.checkpoint.size):
        writer.add(line)
    if writer.finish() != signed.checkpoint.root:
        raise LogCorruptError(directory=directory, reason="the entries do not give the signed root")
    _write(target / layout.CHECKPOINT_FILE, signed.note)
    return signed.checkpoint


class _TileWriter:
    """Gathers entries to bundles and hashes to tiles, and writes each as soon as it is full."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._tree = CompactRange()
        self._bundle: list[bytes] = []
        self._levels: list[list[bytes]] = [[]]  # the unfinished tile of each level
        self._numbers = [0]  # and its number

    def add(self, entry: bytes) -> None:
        self._bundle.append(entry)
        if len(self._bundle) == TILE_WIDTH:
            self._flush_bundle()

    def finish(self) -> bytes:
        """Write what is left as partial tiles; give the root over everything."""
        if self._bundle:
            self._flush_bundle()
        for level, hashes in enumerate(self._levels):
            if hashes:
                path = tile_path(level, self._numbers[level], width=len(hashes))
                self._write(path, b"".join(hashes))
        return self._tree.root()

    def _flush_bundle(self) -> None:
        path = tile_path(ENTRIES_LEVEL, self._numbers[0], width=len(self._bundle))
        self._write(path, spell_bundle(self._bundle))
        for entry in self._bundle:
            leaf = leaf_hash(entry)
            self._tree.append(leaf)
            self._levels[0].append(leaf)
        self._bundle.clear()
        self._climb()

    def _climb(self) -> None:
        """Write every tile that is full, and hand its root to the level above."""
        level = 0
        while len(self._levels[level]) == TILE_WIDTH:
            hashes = self._levels[level]
            self._write(tile_path(level, self._numbers[level]), b"".join(hashes))
            if level + 1 == len(self._levels):
                self._levels.append([])
                self._numbers.append(0)
            self._levels[level + 1].append(root_of(hashes))
            self._numbers[level] += 1
            hashes.clear()
            level += 1

    def _write(self, path: str, content: bytes) -> None:
        place = self._target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(place, content)


def _write(path: Path, content: bytes) -> None:
    with creating(path) as file:
        file.write(content)
