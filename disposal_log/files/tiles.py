"""A log as tiles, the way other people's tools keep and read one (C2SP tlog-tiles): names, bundles, checking.

Stands above `segments`' neighbours and knows nothing of our own layout: it reads anybody's tiles. A folder holds
`checkpoint`, `tile/<level>/<number>` with hashes, and `tile/entries/<number>` with the entries themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from disposal_log.errors import CheckpointInvalidError, NoteInvalidError, TileInvalidError
from disposal_log.files import layout
from disposal_log.files.durable import reading
from disposal_log.formats.checkpoints import SignedCheckpoint, open_checkpoint
from disposal_log.formats.entries import MAX_LINE_BYTES
from disposal_log.signing.notes import VerifierKey
from disposal_log.tree.merkle import HASH_BYTES, CompactRange, leaf_hash, root_of

TILE_WIDTH = 256
TILE_DIRECTORY = "tile"
ENTRIES_LEVEL = "entries"
LENGTH_BYTES = 2  # tlog-tiles: each entry of a bundle follows its length, a big-endian uint16
MAX_BUNDLE_BYTES = TILE_WIDTH * (LENGTH_BYTES + MAX_LINE_BYTES)

_NUMBER_STEP = 1000


def tile_number(number: int) -> str:
    """Spell a tile's number as path elements of three digits, all but the last with an `x` before them."""
    elements = [f"{number % _NUMBER_STEP:03d}"]
    while number := number // _NUMBER_STEP:
        elements.append(f"x{number % _NUMBER_STEP:03d}")
    return "/".join(reversed(elements))


def tile_path(level: int | str, number: int, *, width: int = TILE_WIDTH) -> str:
    """Give the path of a tile below the folder; a width under 256 makes it a partial one."""
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"{TILE_DIRECTORY}/{level}/{tile_number(number)}{partial}"


def level_widths(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(level, full tiles, width of the partial tile or 0)` for a log of `size` entries."""
    level = 0
    while size > 0:
        full, width = divmod(size, TILE_WIDTH)
        yield level, full, width
        level, size = level + 1, full


def spell_bundle(entries: Iterable[bytes]) -> bytes:
    """Put entries of at most 65,535 bytes each behind their lengths."""
    return b"".join(len(entry).to_bytes(LENGTH_BYTES) + entry for entry in entries)


def split_bundle(bundle: bytes) -> tuple[bytes, ...] | None:
    """Take a bundle apart, or give None when its lengths do not add up."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(bundle[at:start])
        entries.append(bundle[start:at])
    return tuple(entries) if at == len(bundle) else None


class TileFolder:
    """A folder of tiles, by anybody. Nothing in it is believed before it leads to the signed root."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def verify(self, known: Iterable[VerifierKey], *, note: bytes | None = None) -> SignedCheckpoint:
        """Read the whole log: every entry, every hash, up to the signed root; memory stays flat.

        Args:
            known: The public keys of the log, from outside the folder.
            note: A signed checkpoint to judge by, when it is not the one in the folder.

        Returns:
            The checkpoint that signs exactly what is here.

        Raises:
            TileInvalidError: if anything is missing, differs or does not lead to the root.
            LogNotFoundError: if there is no checkpoint.
            LogUnreadableError: if the system refuses to read a file.
        """
        signed = self._open(known, note)
        size = signed.checkpoint.size
        tree = CompactRange()
        for number in range(-(-size // TILE_WIDTH)):
            for leaf in self._leaves(number, width=min(TILE_WIDTH, size - number * TILE_WIDTH)):
                tree.append(leaf)
        if tree.root() != signed.checkpoint.root:
            raise self._invalid("the entries do not give the signed root")
        for level, full, width in level_widths(size):
            if level > 0:
                self._check_level(level, full=full, width=width)
        return signed

    def entries(self, size: int) -> Iterator[bytes]:
        """Yield the first `size` entries as they are; `verify` tells whether they may be believed.

        Raises:
            TileInvalidError: if a bundle is missing or malformed.
            LogUnreadableError: if the system refuses to read a file.
        """
        for number in range(-(-size // TILE_WIDTH)):
            yield from self._bundle(number, width=min(TILE_WIDTH, size - number * TILE_WIDTH))

    def hashes(self, level: int, number: int, *, width: int = TILE_WIDTH) -> tuple[bytes, ...]:
        """Give the hashes of one tile.

        Raises:
            TileInvalidError: if it is missing or not of this width.
            LogUnreadableError: if the system refuses to read it.
        """
        content, stored = self._read(level, number, width=width, limit=TILE_WIDTH * HASH_BYTES)
        if len(content) != stored * HASH_BYTES:
            raise self._invalid(f"{tile_path(level, number, width=stored)} does not hold {stored} hashes")
        return tuple(content[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES))

    def _open(self, known: Iterable[VerifierKey], note: bytes | None) -> SignedCheckpoint:
        given = layout.read_small(self._directory / layout.CHECKPOINT_FILE) if note is None else note
        try:
            return open_checkpoint(given, known)
        except (NoteInvalidError, CheckpointInvalidError) as error:
            raise self._invalid(f"checkpoint: {error.reason}") from error

    def _leaves(self, number: int, *, width: int) -> Sequence[bytes]:
        """Hash the entries of a bundle and insist that the tile beside them says the same."""
        leaves = [leaf_hash(entry) for entry in self._bundle(number, width=width)]
        stored = self.hashes(0, number, width=width)
        for at, (leaf, hash_) in enumerate(zip(leaves, stored, strict=True)):
            if leaf != hash_:
                raise self._invalid(f"entry {number * TILE_WIDTH + at} is not the one that its tile names")
        return leaves

    def _check_level(self, level: int, *, full: int, width: int) -> None:
        """Insist that every hash of a level is the root of the full tile below it."""
        for number in range(full + (width > 0)):
            wanted = TILE_WIDTH if number < full else width
            for at, hash_ in enumerate(self.hashes(level, number, width=wanted)):
                below = number * TILE_WIDTH + at
                if root_of(self.hashes(level - 1, below)) != hash_:
                    name = tile_path(level, number, width=wanted)
                    raise self._invalid(f"hash {at} of {name} is not the root of the tile below it")

    def _bundle(self, number: int, *, width: int) -> tuple[bytes, ...]:
        content, stored = self._read(ENTRIES_LEVEL, number, width=width, limit=MAX_BUNDLE_BYTES)
        entries = split_bundle(content)
        if entries is None or len(entries) != stored:
            name = tile_path(ENTRIES_LEVEL, number, width=stored)
            raise self._invalid(f"{name} does not hold {stored} entries")
        return entries[:width]

    def _read(self, level: int | str, number: int, *, width: int, limit: int) -> tuple[bytes, int]:
        """Read a tile and say how wide it should be.

        A full one may stand where a partial one is wanted (tlog-tiles, partial tiles).
        """
        for stored in dict.fromkeys((width, TILE_WIDTH)):
            path = tile_path(level, number, width=stored)
            place = self._directory / path
            if not place.is_file():
                continue
            with reading(place), place.open("rb") as file:
                content = file.read(limit + 1)
            if len(content) > limit:
                raise self._invalid(f"{path} is far too large")
            return content, stored
        raise self._invalid(f"{tile_path(level, number, width=width)} is missing")

    def _invalid(self, reason: str) -> TileInvalidError:
        return TileInvalidError(directory=self._directory, reason=reason)
