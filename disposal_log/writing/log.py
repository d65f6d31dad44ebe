"""The disposal log as its one writer sees it: create, open, append.

Stands at the top of the room. An entry is in the log when the checkpoint that covers it has been renamed into
place and flushed, and not before; whoever destroys anything waits for that.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from disposal_log.errors import EntryRefusedError
from disposal_log.files import layout
from disposal_log.files.durable import RESERVE_BYTES
from disposal_log.files.key_entries import read_history
from disposal_log.files.reading import LogReader, ProofSource, iterate_entries, iterate_lines
from disposal_log.files.sidecar import ValueSpan
from disposal_log.formats.canonical import JSON
from disposal_log.formats.certificates import pae
from disposal_log.formats.checkpoints import claimed_checkpoint
from disposal_log.formats.entries import RESERVED_TYPES, Actor, EntryDraft, EntryType, Receipt, StoredEntry
from disposal_log.formats.epochs import Epoch, key_texts, recovery_pair
from disposal_log.signing.notes import SigningKey
from disposal_log.signing.words import fingerprint_words
from disposal_log.tree.merkle import leaf_hash
from disposal_log.writing.appending import THE_LOG, Appender
from disposal_log.writing.keyring import create_recovery_key
from disposal_log.writing.mending_values import erase_again
from disposal_log.writing.opening import OpenParts, create_parts, open_parts
from disposal_log.writing.redacting import redact_values
from disposal_log.writing.rotating import Rotated, change_keys, give_up_keys, replace_lost_keys, retire_old_keys
from disposal_log.writing.telling import tell_incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new log and what must be kept outside of it.

    Attributes:
        log: The log, open for writing.
        recovery_key: The secret that can replace a lost log key. It is stored nowhere: print it, seal it.
        words: The twelve words of the log's public keys, to print beside the policy.
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
        continues: bytes | None = None,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> Created:
        """Make a new log with its keys; its first entry names their public parts and those of the recovery key.

        With `continues`, the last checkpoint of a log that can no longer be written (its keys and its recovery key
        are lost) is put into the first entry, so that the frozen log cannot be shortened any more.

        Raises:
            LogExistsError: if there is a log or a key already.
            KeyInvalidError: if `origin` cannot name a log.
            NetworkFileSystemError: if the place is not local.
            NoteInvalidError, CheckpointInvalidError: if `continues` is no checkpoint.
            AppendFailedError: if the first entry cannot be written.
        """
        recovery = create_recovery_key(origin)
        if continues is not None:
            claimed_checkpoint(continues)
        parts = create_parts(
            directory,
            keys_directory=keys_directory,
            sidecar_directory=sidecar_directory,
            origin=origin,
            reserve_bytes=reserve_bytes,
        )
        log = cls(parts)
        keys, recovery_keys = parts.keys.verifiers, tuple(key.verifier for key in recovery_pair(recovery))
        body: dict[str, JSON] = {
            "format": layout.FORMAT,
            "origin": origin,
            "vkey": str(keys[0]),
            "vkeys": key_texts(keys),
            "recovery_vkey": str(recovery_keys[0]),
            "recovery_vkeys": key_texts(recovery_keys),
        }
        if continues is not None:
            body["continues"] = continues.decode("utf-8")
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

        A change of keys that was cut short is completed or undone. What was set aside becomes an `incident` entry.

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
            if parts.is_changing:
                retire_old_keys(parts, log._appender, at=at, consistency=log.consistency_proof)
            tell_incidents(parts, log._appender, at=at)
        except BaseException:
            log.close()
            raise
        return log

    @classmethod
    def recover(
        cls,
        directory: Path,
        *,
        keys_directory: Path,
        sidecar_directory: Path,
        recovery_key: str,
        at: datetime,
        by: Actor = THE_LOG,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> Self:
        """Open a log whose keys are lost, or known to others, with new keys that the recovery key vouches for.

        Any private key of an earlier epoch that is still there is destroyed.

        Raises:
            KeyInvalidError: if this is not the log's recovery key, or a change of keys is half done.
            LogError: as `open` does.
        """
        parts = open_parts(
            directory,
            keys_directory=keys_directory,
            sidecar_directory=sidecar_directory,
            reserve_bytes=reserve_bytes,
            recovery=SigningKey.parse(recovery_key),
        )
        log = cls(parts)
        try:
            replace_lost_keys(parts, log._appender, at=at, by=by, consistency=log.consistency_proof)
            tell_incidents(parts, log._appender, at=at)
        except BaseException:
            log.close()
            raise
        return log

    def rotate(self, *, at: datetime, by: Actor = THE_LOG) -> Rotated:
        """Replace the keys by new ones, for which the present ones vouch, and destroy the private parts of those.

        Killed anywhere, the next opening completes or undoes it.

        Raises:
            LogClosedError: if the log was closed or has stopped itself.
            AppendFailedError: if the disk refuses; open the log again to complete or undo the change.
            LogExistsError: if a key file of the next epoch is in the way.
        """
        with self._mutex:
            return change_keys(self._parts, self._appender, at=at, by=by, consistency=self.consistency_proof)

    def declare_compromised(self, *, epoch: int, since: datetime, at: datetime, by: Actor = THE_LOG) -> None:
        """Record that others may have held the private keys of a retired epoch from some moment on.

        What those keys signed counts from then on only as far as somebody outside had seen it before.

        Raises:
            KeyInvalidError: if there is no such epoch, or its keys still sign.
            AppendFailedError: if the disk refuses.
        """
        with self._mutex:
            give_up_keys(self._parts, self._appender, epoch=epoch, since=since, at=at, by=by)

    def epochs(self) -> tuple[Epoch, ...]:
        """Give all epochs, from the entries; reads every line once."""
        return read_history(self._parts.directory, size=self.size).epochs

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
        return self._parts.origin

    @property
    def vkey(self) -> str:
        """The public Ed25519 key of the log, in text form."""
        return self.vkeys[0]

    @property
    def vkeys(self) -> tuple[str, ...]:
        """All public keys that sign the log now, in text form, Ed25519 first."""
        return tuple(map(str, self._appender.keys.verifiers))

    @property
    def fingerprint_words(self) -> tuple[str, ...]:
        """Twelve words that stand for the public keys."""
        return fingerprint_words(*self.vkeys)

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
        return self.redact_all(draft, [ValueSpan(first=first, last=last, names=tuple(names))])

    def redact_all(self, draft: EntryDraft, spans: Sequence[ValueSpan]) -> int:
        """Redact several spans with one entry; as `redact` does. Cut short, the next opening finishes it."""
        with self._mutex:
            return redact_values(self._parts.sidecar, self._appender, draft, spans)

    def erase_redacted(self) -> int:
        """Erase again what redactions in the log name and a sidecar put back from a backup holds; give how many."""
        with self._mutex:
            return erase_again(self._parts.directory, self._parts.sidecar, size=self.size)

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
            return self._appender.keys.signers[0].sign(pae(payload_type, payload))

    @property
    def key_id(self) -> str:
        """Name and hash of the Ed25519 key that signs."""
        return self._appender.keys.signers[0].verifier.key_id

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
