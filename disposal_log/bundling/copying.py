"""The log as it goes into a bundle: up to one checkpoint, while a writer may go on appending.

Every line is hashed as it is copied, and the copy must have the signed root: a bundle that would not verify is not
made. Memory stays flat.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from disposal_log.errors import CanonicalFormError, EntryInvalidError, LogCorruptError, LogError
from disposal_log.files import checkpoint_list, layout
from disposal_log.files.anchors import ANCHORS_DIRECTORY
from disposal_log.files.durable import creating
from disposal_log.files.segments import SEGMENT_LINES, LineReader, segment_name
from disposal_log.formats.canonical import JSON, parse_canonical
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.entries import decode_entry
from disposal_log.tree.merkle import CompactRange, leaf_hash

PATIENCE_READINGS = 100
PIECE_BYTES = 1 << 20
_ANCHOR = re.compile(r"[0-9]+\.[A-Za-z0-9._-]+\.(?:note|tsr)|tsa-[0-9a-f]{16}\.pem")  # docs/log-format.md, 12

Entry = dict[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The small files of a log at one moment: they belong together."""

    note: bytes
    policy: bytes
    origin: bytes
    checkpoint: Checkpoint


def read_head(log: Path) -> LogHead:
    """Read the small files until none of them moved meanwhile.

    Raises:
        LogNotFoundError: One of them is not there.
        LogCorruptError: The checkpoint is none, or the files never hold still.
        LogUnreadableError: One of them cannot be read.
    """
    for _ in range(PATIENCE_READINGS):
        note = layout.read_small(log / layout.CHECKPOINT_FILE)
        policy = layout.read_small(log / layout.POLICY_FILE)
        origin = layout.read_small(log / layout.ORIGIN_FILE)
        if layout.read_small(log / layout.CHECKPOINT_FILE) == note:
            break
    else:
        raise LogCorruptError(directory=log, reason="its checkpoint changed at every reading")
    try:
        checkpoint = claimed_checkpoint(note)
    except LogError as error:
        raise LogCorruptError(directory=log, reason=f"checkpoint: {error}") from error
    return LogHead(note=note, policy=policy, origin=origin, checkpoint=checkpoint)


def copy_log(log: Path, target: Path, head: LogHead, *, observe: Callable[[int, Entry], None]) -> None:
    """Copy a log up to a checkpoint into `target`, a new folder, and show every entry on the way.

    Raises:
        LogCorruptError: The entries are not those that the checkpoint signs.
        LogUnreadableError: A part of the log cannot be read.
        OSError: The copy cannot be written.
    """
    target.mkdir()
    for name, content in (
        (layout.ORIGIN_FILE, head.origin),
        (layout.POLICY_FILE, head.policy),
        (layout.CHECKPOINT_FILE, head.note),
    ):
        write_file(target / name, content)
    _copy_entries(log, target, head.checkpoint, observe)
    _copy_list(log, target, head.checkpoint.size)
    _copy_anchors(log, target)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file that everybody may read.

    Raises:
        OSError: The disk refuses.
    """
    with creating(path) as file:
        file.write(content)


def _copy_entries(log: Path, target: Path, checkpoint: Checkpoint, observe: Callable[[int, Entry], None]) -> None:
    entries, hashes = target / layout.ENTRIES_DIRECTORY, target / layout.HASHES_DIRECTORY
    entries.mkdir()
    hashes.mkdir()
    reader, tree = LineReader(log / layout.ENTRIES_DIRECTORY), CompactRange()
    try:
        while tree.size < checkpoint.size and reader.fault is None:
            number = tree.size // SEGMENT_LINES
            stop = min(checkpoint.size, (number + 1) * SEGMENT_LINES)
            with creating(entries / segment_name(number)) as lines, creating(hashes / f"{number:05d}.bin") as leaves:
                for line in reader.take(stop):
                    leaf = leaf_hash(line)
                    lines.write(line + b"\n")
                    leaves.write(leaf)
                    observe(tree.size, _decoded(log, line, tree.size))
                    tree.append(leaf)
    finally:
        reader.close()
    if tree.size < checkpoint.size or tree.root() != checkpoint.root:
        raise LogCorruptError(directory=log, reason=reader.fault or "its entries do not give the signed root")


def _decoded(log: Path, line: bytes, seq: int) -> Entry:
    try:
        return decode_entry(line, seq=seq)
    except EntryInvalidError as error:
        raise LogCorruptError(directory=log, reason=error.reason, first_broken_entry=seq) from error


def _copy_list(log: Path, target: Path, size: int) -> None:
    path = log / layout.CHECKPOINT_LIST_FILE
    with creating(target / layout.CHECKPOINT_LIST_FILE) as file:
        for line in checkpoint_list.read_lines(path, length=checkpoint_list.list_length(path)):
            # a line without its end is one that a writer is about to finish, or never did
            if not line.endswith(b"\n") or _size_on(log, line) > size:
                return
            file.write(line)


def _size_on(log: Path, line: bytes) -> int:
    try:
        found = parse_canonical(line[:-1])
        note = found.get("note") if isinstance(found, dict) else None
        return claimed_checkpoint(str(note).encode("utf-8", errors="replace")).size
    except (CanonicalFormError, LogError) as error:
        raise LogCorruptError(directory=log, reason=f"{layout.CHECKPOINT_LIST_FILE}: {error}") from error


def _copy_anchors(log: Path, target: Path) -> None:
    """Copy what outside eyes have signed, and nothing else that lies or is linked there.

    An anchor of a later checkpoint than this one does no harm.
    """
    anchors = log / ANCHORS_DIRECTORY
    if not anchors.is_dir():
        return
    (target / ANCHORS_DIRECTORY).mkdir()
    for path in sorted(anchors.iterdir()):
        if _ANCHOR.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            with path.open("rb") as source, creating(target / ANCHORS_DIRECTORY / path.name) as file:
                while piece := source.read(PIECE_BYTES):
                    file.write(piece)
