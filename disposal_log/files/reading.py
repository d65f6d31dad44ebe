"""Reading a log without writing: no key, no lock, and only what the checkpoint covers.

Stands above `segments`, `hashes` and `sidecar`. Any number of readers may work beside the one writer.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from disposal_log.errors import (
    CheckpointInvalidError,
    DisclosureInvalidError,
    EntryInvalidError,
    LogCorruptError,
    NoteInvalidError,
    ProofInvalidError,
)
from disposal_log.files import layout
from disposal_log.files.hashes import HashFiles
from disposal_log.files.key_entries import keys_named, read_history
from disposal_log.files.segments import SEGMENT_LINES, LineReader
from disposal_log.files.sidecar import SidecarReader
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import SignedCheckpoint, claimed_checkpoint, open_checkpoint
from disposal_log.formats.disclosures import DisclosedValue, digest_of, open_disclosure
from disposal_log.formats.entries import Receipt, StoredEntry, decode_entry
from disposal_log.formats.epochs import KeyHistory
from disposal_log.signing.notes import VerifierKey
from disposal_log.signing.words import fingerprint_words
from disposal_log.tree.merkle import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_inclusion,
)

_ID_IN_LINE = re.compile(rb'"id":"([0-9a-f-]{36})"')
_LOOKUP_BATCH = 500


class DisclosureSource(Protocol):
    """Where disclosures are looked up."""

    def of(self, first: int, stop: int) -> dict[int, dict[str, str]]:
        """Give the disclosures of entries `first` up to `stop`."""


def read_checkpoint(directory: Path, known: Iterable[VerifierKey]) -> SignedCheckpoint:
    """Read the newest checkpoint, signed by a known key.

    Raises:
        LogNotFoundError: if there is none.
        LogCorruptError: if it is not a checkpoint that a known key has signed.
    """
    note = layout.read_small(directory / layout.CHECKPOINT_FILE)
    try:
        return open_checkpoint(note, known)
    except (NoteInvalidError, CheckpointInvalidError) as error:
        raise LogCorruptError(directory=directory, reason=f"checkpoint: {error.reason}") from error


def claimed_size(directory: Path) -> int:
    """Tell how long the newest checkpoint says that the log is, whoever signed it.

    Raises:
        LogNotFoundError: if there is none.
        LogCorruptError: if it is no checkpoint.
    """
    try:
        return claimed_checkpoint(layout.read_small(directory / layout.CHECKPOINT_FILE)).size
    except (NoteInvalidError, CheckpointInvalidError) as error:
        raise LogCorruptError(directory=directory, reason=f"checkpoint: {error.reason}") from error


def iterate_lines(directory: Path, *, start: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield `(seq, line)` from entry `start` up to `size`.

    Raises:
        LogCorruptError: if an entry that the checkpoint covers is not there.
        LogUnreadableError: if the system refuses to read a segment.
    """
    reader = LineReader(directory / layout.ENTRIES_DIRECTORY, segment=start // SEGMENT_LINES)
    try:
        first = reader.position
        for seq, line in enumerate(reader.take(size), start=first):
            if seq >= start:
                yield seq, line
        if reader.position < size:
            raise LogCorruptError(
                directory=directory,
                reason=reader.fault or "an entry is missing",
                first_broken_entry=reader.position,
            )
    finally:
        reader.close()


def iterate_entries(
    directory: Path, *, start: int, size: int, sidecar: DisclosureSource | None
) -> Iterator[StoredEntry]:
    """Yield parsed entries with the disclosed values that still exist and match.

    Raises:
        LogCorruptError: if an entry is missing or malformed.
    """
    lines = iterate_lines(directory, start=start, size=size)
    while batch := list(islice(lines, _LOOKUP_BATCH)):
        texts = {} if sidecar is None else sidecar.of(batch[0][0], batch[-1][0] + 1)
        for seq, line in batch:
            try:
                entry = decode_entry(line, seq=seq)
            except EntryInvalidError as error:
                raise LogCorruptError(directory=directory, reason=error.reason, first_broken_entry=seq) from error
            values = None if sidecar is None else proven_values(entry.get("sd"), texts.get(seq, {}))
            yield StoredEntry(seq=seq, raw=line, entry=entry, disclosures=values)


def proven_values(commitments: JSON, texts: dict[str, str]) -> dict[str, DisclosedValue]:
    """Give the values whose disclosures match their commitments; an unproven value is never shown."""
    values: dict[str, DisclosedValue] = {}
    if not isinstance(commitments, dict):
        return values
    for name, digest in commitments.items():
        text = texts.get(name)
        if text is None or digest_of(text) != digest:
            continue
        try:
            values[name] = open_disclosure(text, name=name)
        except DisclosureInvalidError:
            continue
    return values


class ProofSource:
    """Makes proofs for a log of a known size and root, and hands out none that it has not checked."""

    def __init__(self, directory: Path, hashes: HashFiles) -> None:
        self._directory = directory
        self._hashes = hashes

    def inclusion(self, seq: int, *, size: int, root: bytes, may_rebuild: bool) -> tuple[bytes, ...]:
        """Prove that entry `seq` is in the log.

        Raises:
            ProofInvalidError: if there is no such entry.
            LogCorruptError: if the entries do not lead to the signed root.
        """
        if not 0 <= seq < size:
            raise ProofInvalidError(reason=f"there is no entry {seq} in a log of {size}")
        [(_, line)] = iterate_lines(self._directory, start=seq, size=seq + 1)
        try:
            path = inclusion_path(seq, size, self._hashes.range_root)
            verify_inclusion(leaf=leaf_hash(line), index=seq, size=size, path=path, root=root)
        except (LookupError, ProofInvalidError):
            source = self._fresh(size, root=root, may_rebuild=may_rebuild)
            path = inclusion_path(seq, size, source)
            verify_inclusion(leaf=leaf_hash(line), index=seq, size=size, path=path, root=root)
        return path

    def consistency(self, old_size: int, *, size: int, root: bytes, may_rebuild: bool) -> tuple[bytes, ...]:
        """Prove that the log extends what it was at `old_size` entries.

        Raises:
            ProofInvalidError: if the log was never that long.
            LogCorruptError: if the entries do not lead to the signed root.
        """
        try:
            if self._hashes.range_root(0, size) == root:
                return consistency_path(old_size, size, self._hashes.range_root)
        except LookupError:
            pass
        source = self._fresh(size, root=root, may_rebuild=may_rebuild)
        return consistency_path(old_size, size, source)

    def _fresh(self, size: int, *, root: bytes, may_rebuild: bool) -> "_RangeRoot":
        """Hash the entries anew, on disk for the writer, in memory for a reader."""
        if may_rebuild:
            self._hashes.rebuild(self._directory / layout.ENTRIES_DIRECTORY, size=size)
            source: _RangeRoot = self._hashes.range_root
        else:
            lines = iterate_lines(self._directory, start=0, size=size)
            leaves = [leaf_hash(line) for _, line in lines]
            source = lambda start, stop: root_of(leaves[start:stop])  # noqa: E731  # a closure of one line
        if source(0, size) != root:
            raise LogCorruptError(directory=self._directory, reason="the entries do not give the signed root")
        return source


class _RangeRoot(Protocol):
    def __call__(self, start: int, stop: int, /) -> bytes: ...


class LogReader:
    """A log as it stood when it was opened for reading.

    Whoever needs to know whether the log is intact asks `verify_log`; this only reads it.
    """

    def __init__(self, directory: Path, *, sidecar_directory: Path | None = None) -> None:
        """Read the checkpoint.

        Raises:
            LogNotFoundError: if there is no log.
            LogCorruptError: if its checkpoint is not signed by a key that the log names.
            SidecarError: if a sidecar is named and cannot be read.
        """
        self._directory = directory
        self._keys = layout.read_policy(directory).log_keys
        self._signed = self._read_checkpoint()
        self._sidecar = None if sidecar_directory is None else SidecarReader(sidecar_directory)
        self._proofs = ProofSource(directory, HashFiles(directory / layout.HASHES_DIRECTORY))

    @property
    def size(self) -> int:
        """Number of entries the checkpoint covers."""
        return self._signed.checkpoint.size

    @property
    def root(self) -> bytes:
        """The signed root."""
        return self._signed.checkpoint.root

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._signed.checkpoint.origin

    @property
    def vkey(self) -> str:
        """The public Ed25519 key of the log, in text form."""
        return self.vkeys[0]

    @property
    def vkeys(self) -> tuple[str, ...]:
        """All public keys that sign the log now, in text form, Ed25519 first."""
        return tuple(map(str, self._keys))

    @property
    def fingerprint_words(self) -> tuple[str, ...]:
        """Twelve words that stand for the public keys."""
        return fingerprint_words(*self.vkeys)

    @property
    def checkpoint_note(self) -> bytes:
        """The signed checkpoint, to keep elsewhere."""
        return self._signed.note

    def key_history(self) -> KeyHistory:
        """Follow the keys over the whole log; reads every line once.

        Raises:
            LogCorruptError: if the entries tell of keys that cannot be.
        """
        return read_history(self._directory, size=self.size)

    def _read_checkpoint(self) -> SignedCheckpoint:
        with suppress(LogCorruptError):
            return read_checkpoint(self._directory, self._keys)
        # a writer may be changing keys, or was stopped while it did: the policy follows the entries
        claimed = claimed_size(self._directory)
        return read_checkpoint(self._directory, (*self._keys, *keys_named(self._directory, size=claimed)))

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        """Yield the entries from number `start`; memory stays flat.

        Raises:
            LogCorruptError: if an entry is missing or malformed.
        """
        return iterate_entries(self._directory, start=start, size=self.size, sidecar=self._sidecar)

    def find(self, ids: Iterable[str]) -> dict[str, Receipt]:
        """Find entries by id, reading the whole log once.

        Raises:
            LogCorruptError: if an entry is missing or malformed.
        """
        wanted = set(ids)
        found: dict[str, Receipt] = {}
        for seq, line in iterate_lines(self._directory, start=0, size=self.size):
            if not wanted.intersection(each.decode("ascii") for each in _ID_IN_LINE.findall(line)):
                continue
            entry_id = decode_entry(line, seq=seq)["id"]
            if isinstance(entry_id, str) and entry_id in wanted:
                found[entry_id] = Receipt(seq=seq, id=entry_id, leaf_hash=leaf_hash(line))
        return found

    def contains(self, entry_id: str) -> bool:
        """Whether an entry of this id is in the log."""
        return bool(self.find([entry_id]))

    def inclusion_proof(self, seq: int) -> tuple[bytes, ...]:
        """Prove that entry `seq` is in the log (RFC 6962 2.1.1).

        Raises:
            ProofInvalidError: if there is no such entry.
            LogCorruptError: if the entries do not lead to the signed root.
        """
        return self._proofs.inclusion(seq, size=self.size, root=self.root, may_rebuild=False)

    def consistency_proof(self, old_size: int) -> tuple[bytes, ...]:
        """Prove that the log extends what it was at `old_size` entries (RFC 6962 2.1.2).

        Raises:
            ProofInvalidError: if the log was never that long.
            LogCorruptError: if the entries do not lead to the signed root.
        """
        return self._proofs.consistency(old_size, size=self.size, root=self.root, may_rebuild=False)

    def close(self) -> None:
        """Let go of the sidecar."""
        if self._sidecar is not None:
            self._sidecar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
