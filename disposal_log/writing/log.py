"""The disposal log as its one writer sees it: create, open, append.

Stands at the top of the room. An entry is in the log when the checkpoint that covers it has been renamed into
place and flushed, and not before; whoever destroys anything waits for that.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from disposal_log.errors import EntryRefusedError
from disposal_log.files import layout
from disposal_log.files.durable import RESERVE_BYTES
from disposal_log.files.reading import LogReader, ProofSource, iterate_entries, iterate_lines
from disposal_log.formats.canonical import JSON
from disposal_log.formats.certificates import pae
from disposal_log.formats.entries import RESERVED_TYPES, EntryDraft, EntryType, Receipt, StoredEntry
from disposal_log.signing.words import fingerprint_words
from disposal_log.tree.merkle import leaf_hash
from disposal_log.writing.appending import Appender
from disposal_log.writing.keyring import create_recovery_key
from disposal_log.writing.opening import OpenParts, create_parts, open_parts
from disposal_log.writing.recovering import SetAside


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new log and what must be kept outside of it.

    Attributes:
        log: The log, open for writing.
        recovery_key: The secret that can replace a lost log key. It is stored nowhere: print it, seal it.
        words: The twelve words of the log's public key, to print beside the policy.
    """

    log: "DisposalLog"
    recovery_key: str
    words: tuple[str, ...]


class DisposalLog:
    """An append-only, signed log, held open by its only writer. Safe to share between threads."""

    def __init__(self, parts: OpenParts) -> None:
        self._parts = parts
        self._appender = Appender(parts)
        self._proofs = ProofSource(parts.directory, parts.hashes)
        self._mutex = threading.RLock()

    @classmethod
    def create(
        cls,
        directory: Path,
        *,
        keys_directory: Path,
        sidecar_directory: Path,
        origin: str,
        at: datetime,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> Created:
        """Make a new log with its key; its first entry names both public keys.

        Raises:
            LogExistsError: if there is a log or a key already.
            KeyInvalidError: if `origin` cannot name a log.
            NetworkFileSystemError: if the place is not local.
            AppendFailedError: if the first entry cannot be written.
        """
        recovery = create_recovery_key(origin)
        log = cls(
            create_parts(
                directory,
                keys_directory=keys_directory,
                sidecar_directory=sidecar_directory,
                origin=origin,
                reserve_bytes=reserve_bytes,
            )
        )
        body = {
            "format": layout.FORMAT,
            "origin": origin,
            "vkey": log.vkey,
            "recovery_vkey": str(recovery.verifier),
        }
        try:
            log._appender.append_own(EntryType.LOG_OPEN, at=at, body=body)
        except BaseException:
            log.close()
            raise
        return Created(log=log, recovery_key=recovery.secret_text(), words=log.fingerprint_words)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        keys_directory: Path,
        sidecar_directory: Path,
        at: datetime,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> Self:
        """Open a log for writing, after setting aside whatever its last checkpoint does not sign.

        What was set aside becomes an `incident` entry.

        Raises:
            LogNotFoundError: if there is no log.
            LogLockedError: if another process has it open.
            NetworkFileSystemError: if it is not on a local disk.
            KeyMissingError: if its key is absent, exposed or another one.
            LogCorruptError: if it is not the log its checkpoint signs, or was rolled back.
            RecoveryFailedError: if the remains of a crash cannot be set aside.
            SidecarError: if the sidecar cannot be used.
            AppendFailedError: if the incident cannot be recorded.
        """
        parts = open_parts(
            directory,
            keys_directory=keys_directory,
            sidecar_directory=sidecar_directory,
            reserve_bytes=reserve_bytes,
        )
        log = cls(parts)
        try:
            for moved in parts.set_aside:
                log._appender.append_own(EntryType.INCIDENT, at=at, body=_describe(moved))
        except BaseException:
            log.close()
            raise
        return log

    @classmethod
    def read(cls, directory: Path, sidecar_directory: Path | None = None) -> LogReader:
        """Read a log without key or lock; see `LogReader`."""
        return LogReader(directory, sidecar_directory=sidecar_directory)

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._appender.tree.size

    @property
    def root(self) -> bytes:
        """The signed root over all entries."""
        return self._appender.tree.root()

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._parts.key.name

    @property
    def vkey(self) -> str:
        """The public key of the log, in text form."""
        return str(self._parts.key.verifier)

    @property
    def fingerprint_words(self) -> tuple[str, ...]:
        """Twelve words that stand for the public key."""
        return fingerprint_words(self.vkey)

    @property
    def checkpoint_note(self) -> bytes:
        """The newest signed checkpoint, to print on certificates and keep elsewhere."""
        return self._appender.note

    @property
    def is_reserve_spent(self) -> bool:
        """Whether the disk ran full, so that only outcomes can still be recorded."""
        return self._parts.reserve.is_spent

    def append(self, drafts: Sequence[EntryDraft]) -> tuple[Receipt, ...]:
        """Append entries; they are durable and signed when this returns.

        A draft whose time lies more than two seconds before its predecessor's is preceded by an `incident`
        entry. On a full disk the reserve is spent, but only to record outcomes.

        Raises:
            EntryRefusedError: if a draft breaks the format; nothing of the batch was written.
            DuplicateEntryError: if an id is in the log already.
            LogClosedError: if the log was closed or has stopped itself.
            AppendFailedError: if the disk refuses; nothing of the batch is in the log or ever will be.
            AppendInDoubtError: if the disk refused the very last flush; open the log again to see.
        """
        for draft in drafts:
            if draft.type in RESERVED_TYPES:
                raise EntryRefusedError(entry_id=draft.id, reason=f"only the log itself writes {draft.type}")
        with self._mutex:
            return self._appender.append(drafts)

    def redact(self, draft: EntryDraft, *, first: int, last: int, names: Sequence[str]) -> int:
        """Record a redaction, then erase the named values of entries `first` to `last` for good.

        The body of `draft` says on what ground and whose authority; the targets are added to it.

        Returns:
            How many values were erased.

        Raises:
            EntryRefusedError: if the draft is no redaction or names entries that do not exist.
            AppendFailedError: if it cannot be recorded, in which case nothing is erased.
            SidecarError: if it was recorded but the values could not be erased; try again.
        """
        if draft.type is not EntryType.REDACTION:
            raise EntryRefusedError(entry_id=draft.id, reason="it is no redaction")
        with self._mutex:
            if not 0 <= first <= last < self.size:
                raise EntryRefusedError(entry_id=draft.id, reason=f"there are no entries {first} to {last}")
            targets: JSON = [{"first": first, "last": last, "names": sorted(names)}]
            whole = replace(draft, body={**draft.body, "targets": targets})
            # the entry first: a value that vanished without one would count as missing, not as redacted
            self._appender.append((whole,))
            return self._parts.sidecar.erase(first, last, names)

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        """Yield the entries from number `start` up to the size at this moment; memory stays flat."""
        sidecar = self._parts.sidecar
        return iterate_entries(self._parts.directory, start=start, size=self.size, sidecar=sidecar)

    def find(self, ids: Iterable[str]) -> dict[str, Receipt]:
        """Find entries by id: after a crash this tells which drafts are in the log.

        Raises:
            SidecarError: if the index cannot be read.
            LogCorruptError: if an entry is missing.
        """
        with self._mutex:
            found = self._parts.followers.find(ids)
        return {entry_id: self._receipt(entry_id, seq) for entry_id, seq in found.items()}

    def contains(self, entry_id: str) -> bool:
        """Whether an entry of this id is in the log."""
        with self._mutex:
            return bool(self._parts.followers.find([entry_id]))

    def inclusion_proof(self, seq: int) -> tuple[bytes, ...]:
        """Prove that entry `seq` is in the log (RFC 6962 2.1.1).

        Raises:
            ProofInvalidError: if there is no such entry.
            LogCorruptError: if the entries do not lead to the signed root.
        """
        with self._mutex:
            return self._proofs.inclusion(seq, size=self.size, root=self.root, may_rebuild=True)

    def consistency_proof(self, old_size: int) -> tuple[bytes, ...]:
        """Prove that the log extends what it was at `old_size` entries (RFC 6962 2.1.2).

        Raises:
            ProofInvalidError: if the log was never that long.
            LogCorruptError: if the entries do not lead to the signed root.
        """
        with self._mutex:
            return self._proofs.consistency(old_size, size=self.size, root=self.root, may_rebuild=True)

    def sign_envelope(self, payload_type: str, payload: bytes) -> bytes:
        """Sign a payload in its DSSE frame, for `sign_statement`.

        The frame is put on here, so that nobody can have a checkpoint or anything else signed this way.

        Raises:
            LogClosedError: if the log was closed or has stopped itself.
        """
        with self._mutex:
            self._appender.require_running()
            return self._parts.key.sign(pae(payload_type, payload))

    @property
    def key_id(self) -> str:
        """Name and hash of the key that signs."""
        return self._parts.key.verifier.key_id

    def close(self) -> None:
        """Let go of the log; a second call does nothing."""
        with self._mutex:
            self._appender.stop("is closed")
            self._parts.release.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receipt(self, entry_id: str, seq: int) -> Receipt:
        leaf = self._parts.hashes.leaf(seq)
        if leaf is None:
            [(_, line)] = iterate_lines(self._parts.directory, start=seq, size=seq + 1)
            leaf = leaf_hash(line)
        return Receipt(seq=seq, id=entry_id, leaf_hash=leaf)


def _describe(moved: SetAside) -> dict[str, JSON]:
    return {
        "kind": "unsigned-bytes-set-aside",
        "found_in": moved.found_in,
        "kept_as": moved.kept_as,
        "size": moved.size_bytes,
        "sha256": moved.sha256,
    }
