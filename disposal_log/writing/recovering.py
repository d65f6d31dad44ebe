"""Opening a log after anything: what the last checkpoint signs is the log; the rest is set aside.

Stands below `log`. Bytes after the last signed checkpoint are never adopted: if they were, whoever can write
to the directory could have our key sign their forged lines at the next start. They are kept as evidence in
`recovery/` and reported.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from disposal_log.errors import (
    EntryInvalidError,
    LogCorruptError,
    LogRolledBackError,
    RecoveryFailedError,
)
from disposal_log.files import checkpoint_list, layout
from disposal_log.files.durable import fsync_directory, write_new
from disposal_log.files.hashes import HashFiles
from disposal_log.files.key_entries import keys_named
from disposal_log.files.localising import first_broken_entry
from disposal_log.files.reading import iterate_lines
from disposal_log.files.segments import SEGMENT_LINES, LineReader, foreign_names, segment_name
from disposal_log.files.sidecar import IdIndex
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import SignedCheckpoint
from disposal_log.formats.entries import decode_entry, read_time
from disposal_log.formats.shapes import EntryDecoder
from disposal_log.signing.notes import VerifierKey
from disposal_log.tree.merkle import CompactRange, leaf_hash, root_of

_INDEX_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Bytes that were found after the signed end of a file and moved to `recovery/`."""

    kept_as: str
    found_in: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedEnd:
    """Where the signed log ends: enough to go on appending.

    Attributes:
        tree: The right edge of the tree.
        first_leaf: Hash of entry 0, which tells this log from every other.
        end_bytes: Length of the last segment up to its last signed newline.
        last_time: Host time of the newest entry.
        last_entry: The newest entry; empty before the first.
    """

    tree: CompactRange
    first_leaf: bytes
    end_bytes: int
    last_time: datetime
    last_entry: Mapping[str, JSON] = field(default_factory=dict)


def find_end(directory: Path, hashes: HashFiles, signed: SignedCheckpoint) -> CommittedEnd:
    """Rebuild the right edge of the tree and insist that it has the signed root.

    The last segment is hashed anew; earlier ones are believed from their stored roots only because the signed
    root confirms them. Stored hashes that do not fit are made again.

    Raises:
        LogCorruptError: if the entries themselves do not lead to the signed root.
    """
    size, root = signed.checkpoint.size, signed.checkpoint.root
    if size == 0:
        raise LogCorruptError(directory=directory, reason="its checkpoint covers no entry")
    lines = _last_segment(directory, size)
    leaves = [leaf_hash(line) for line in lines]
    first_of_last = (size - 1) // SEGMENT_LINES * SEGMENT_LINES
    tree = _tree(hashes, first_of_last, leaves)
    if tree is None or tree.root() != root:
        # only entries that are proven may replace stored hashes: in a broken log these tell where it breaks
        _require_root(directory, size=size, root=root)
        hashes.rebuild(directory / layout.ENTRIES_DIRECTORY, size=size)
        tree = _tree(hashes, first_of_last, leaves)
    if tree is None:
        raise RuntimeError("the hashes were just made again")
    hashes.settle(first_of_last, leaves)
    [(_, first_line)] = iterate_lines(directory, start=0, size=1)
    last_entry = _entry(directory, lines[-1], seq=size - 1)
    return CommittedEnd(
        tree=tree,
        first_leaf=leaf_hash(first_line),
        end_bytes=sum(len(line) + 1 for line in lines),
        last_time=_time_of(directory, last_entry, seq=size - 1),
        last_entry=last_entry,
    )


def set_aside_tail(directory: Path, *, size: int, end_bytes: int) -> tuple[SetAside, ...]:
    """Move everything in `entries/` that the checkpoint does not cover to `recovery/`.

    Raises:
        RecoveryFailedError: if it cannot be kept, in which case it is left where it is.
    """
    entries = directory / layout.ENTRIES_DIRECTORY
    last = (size - 1) // SEGMENT_LINES
    moved: list[SetAside] = []
    try:
        (directory / layout.RECOVERY_DIRECTORY).mkdir(exist_ok=True)
        if (entries / segment_name(last)).stat().st_size > end_bytes:
            moved.append(_move_bytes(directory, entries / segment_name(last), keep=end_bytes, size=size))
        moved.extend(
            _move_file(directory, entries / name, size=size) for name in foreign_names(entries, last_segment=last)
        )
        if moved:
            fsync_directory(entries)
    except OSError as error:
        raise RecoveryFailedError(directory=directory, reason=str(error)) from error
    return tuple(moved)


def mend_checkpoint_list(
    directory: Path, signed: SignedCheckpoint, keys: Sequence[VerifierKey]
) -> tuple[int, tuple[SetAside, ...]]:
    """Make the list end with the newest checkpoint; give its length and what had to be set aside.

    Raises:
        LogRolledBackError: if the list names a longer log than the checkpoint does.
        RecoveryFailedError: if the disk refuses.
    """
    path = directory / layout.CHECKPOINT_LIST_FILE
    try:
        last, length = checkpoint_list.last_checkpoint(path, keys)
        if length < checkpoint_list.list_length(path):
            # cut off in the middle, or signed by keys that were changed since: the entries know them all
            every = (*keys, *keys_named(directory, size=signed.checkpoint.size))
            last, length = checkpoint_list.last_checkpoint(path, every)
        if last is not None and last.checkpoint.size > signed.checkpoint.size:
            raise LogRolledBackError(
                directory=directory,
                reason=f"it has {signed.checkpoint.size} entries, but {last.checkpoint.size} were signed",
            )
        moved: tuple[SetAside, ...] = ()
        if checkpoint_list.list_length(path) > length:
            moved = (_move_bytes(directory, path, keep=length, size=signed.checkpoint.size),)
        if last is None or last.note != signed.note:
            length = checkpoint_list.append_lines(path, [signed.note], length=length)
    except OSError as error:
        raise RecoveryFailedError(directory=directory, reason=str(error)) from error
    return length, moved


def catch_up_index(directory: Path, index: IdIndex, *, size: int, first_leaf: bytes) -> None:
    """Index the ids of entries that the index does not know yet.

    Raises:
        LogRolledBackError: if the index knows more entries of this very log than there are.
    """
    covered, first = index.covered()
    if first != first_leaf:
        index.reset()
        covered = 0
    if (written := index.written()) > size:
        raise LogRolledBackError(
            directory=directory,
            reason=f"it has {size} entries, but {written} were written on this machine",
        )
    while covered < size:
        stop = min(size, covered + _INDEX_BATCH)
        index.add(_ids(directory, covered, stop), size=stop, first=first_leaf)
        covered = stop


def _last_segment(directory: Path, size: int) -> list[bytes]:
    reader = LineReader(directory / layout.ENTRIES_DIRECTORY, segment=(size - 1) // SEGMENT_LINES)
    lines = list(reader.take(size))
    reader.close()
    if reader.position < size:
        raise LogCorruptError(
            directory=directory,
            reason=reader.fault or "an entry is missing",
            first_broken_entry=reader.position,
        )
    return lines


def _require_root(directory: Path, *, size: int, root: bytes) -> None:
    if root_of(leaf_hash(line) for _, line in iterate_lines(directory, start=0, size=size)) == root:
        return
    raise LogCorruptError(
        directory=directory,
        reason="the entries do not give the signed root",
        first_broken_entry=first_broken_entry(directory, size=size, root=root, intact_up_to=0).entry,
    )


def _tree(hashes: HashFiles, first_of_last: int, leaves: list[bytes]) -> CompactRange | None:
    roots = hashes.segment_roots(first_of_last // SEGMENT_LINES)
    if roots is None:
        return None
    tree = CompactRange()
    for root in roots:
        tree.append_subtree(root, leaves=SEGMENT_LINES)
    tree.extend(leaves)
    return tree


def _entry(directory: Path, line: bytes, *, seq: int) -> dict[str, JSON]:
    try:
        return decode_entry(line, seq=seq)
    except EntryInvalidError as error:
        raise LogCorruptError(directory=directory, reason=str(error), first_broken_entry=seq) from error


def _time_of(directory: Path, entry: Mapping[str, JSON], *, seq: int) -> datetime:
    try:
        return read_time(str(entry["time"]))
    except ValueError as error:
        raise LogCorruptError(directory=directory, reason=str(error), first_broken_entry=seq) from error


def _ids(directory: Path, start: int, stop: int) -> Iterator[tuple[str, int]]:
    decoder = EntryDecoder()
    for seq, line in iterate_lines(directory, start=start, size=stop):
        yield str(decoder.decode(line, seq=seq)["id"]), seq


def _move_bytes(directory: Path, path: Path, *, keep: int, size: int) -> SetAside:
    """Keep a file's bytes beyond `keep` in `recovery/`, flushed, before cutting them off."""
    with path.open("rb") as file:
        file.seek(keep)
        tail = file.read()
    kept = _free_place(directory, size)
    write_new(kept, tail, mode=0o600)
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, keep)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return SetAside(kept_as=kept.name, found_in=path.name, size_bytes=len(tail), sha256=sha256(tail).hexdigest())


def _move_file(directory: Path, path: Path, *, size: int) -> SetAside:
    is_file = path.is_file() and not path.is_symlink()
    content = path.read_bytes() if is_file else b""
    kept = _free_place(directory, size)
    path.rename(kept)
    fsync_directory(kept.parent)
    return SetAside(
        kept_as=kept.name,
        found_in=ascii(path.name),
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
    )


def _free_place(directory: Path, size: int) -> Path:
    recovery = directory / layout.RECOVERY_DIRECTORY
    number = 1
    while (place := recovery / f"after-{size}-{number:03d}").exists():
        number += 1
    return place
