"""Where a broken log breaks: from "the root is wrong" to the number of one entry.

Stands above `hashes`. The stored leaf hashes are unsigned, but when together they give the signed root they
are proven, and the first entry that does not match its own is the first broken one.
"""

from dataclasses import dataclass
from pathlib import Path

from disposal_log.errors import EntryInvalidError
from disposal_log.files import layout
from disposal_log.files.hashes import HashFiles
from disposal_log.files.segments import LineReader
from disposal_log.formats.entries import decode_entry
from disposal_log.tree.merkle import CompactRange, leaf_hash, root_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """The first broken entry, and what is known about it.

    Attributes:
        entry: Its number, or the first of the range in which it lies.
        is_exact: Whether it is this very entry.
        reason: What is wrong with it, in words.
        are_line_endings_converted: Whether everything is explained by line endings changed on the way.
    """

    entry: int
    is_exact: bool
    reason: str
    are_line_endings_converted: bool = False


def first_broken_entry(directory: Path, *, size: int, root: bytes, intact_up_to: int) -> Breakage:
    """Find the first entry that is not what the root of `size` entries signs.

    Args:
        directory: The log.
        size: Number of entries signed.
        root: The signed root over them.
        intact_up_to: Entries below this number are known to be intact from an older checkpoint.

    Raises:
        LogUnreadableError: if the system refuses to read a segment.
    """
    reader = LineReader(directory / layout.ENTRIES_DIRECTORY)
    try:
        if _only_line_endings_differ(directory, size=size, root=root):
            reason = "line endings were converted (CR LF); the text itself is otherwise unchanged"
            return Breakage(entry=0, is_exact=True, reason=reason, are_line_endings_converted=True)
        hashes = HashFiles(directory / layout.HASHES_DIRECTORY)
        if root_of(hashes.all_leaves(size)) == root:
            return _first_mismatch(reader, hashes, size)
        return _first_malformed(reader, size=size, intact_up_to=intact_up_to)
    finally:
        reader.close()


def _first_mismatch(reader: LineReader, hashes: HashFiles, size: int) -> Breakage:
    for seq, leaf in enumerate(hashes.all_leaves(size)):
        line = next(reader.take(seq + 1), None)
        if line is None:
            return Breakage(entry=seq, is_exact=True, reason=reader.fault or "the entry is missing")
        if leaf_hash(line) != leaf:
            return Breakage(entry=seq, is_exact=True, reason=_describe(line, seq))
    raise RuntimeError("the hashes give the signed root and every entry matches its hash")


def _first_malformed(reader: LineReader, *, size: int, intact_up_to: int) -> Breakage:
    for seq, line in enumerate(reader.take(size)):
        try:
            decode_entry(line, seq=seq)
        except EntryInvalidError as error:
            return Breakage(entry=seq, is_exact=intact_up_to == seq, reason=error.reason)
    if reader.position < size:
        return Breakage(entry=reader.position, is_exact=True, reason=reader.fault or "the entry is missing")
    return Breakage(
        entry=intact_up_to,
        is_exact=False,
        reason="this or a later entry was changed; without the stored hashes it cannot be told which",
    )


def _describe(line: bytes, seq: int) -> str:
    try:
        decode_entry(line, seq=seq)
    except EntryInvalidError as error:
        return f"it was changed: {error.reason}"
    return "it was changed: it reads well but is not the entry that was signed"


def _only_line_endings_differ(directory: Path, *, size: int, root: bytes) -> bool:
    reader = LineReader(directory / layout.ENTRIES_DIRECTORY)
    tree = CompactRange()
    try:
        for line in reader.take(size):
            if not line.endswith(b"\r"):
                return False
            tree.append(leaf_hash(line[:-1]))
        return tree.size == size and tree.root() == root
    finally:
        reader.close()
