"""The one path by which entries enter the log.

Stands between `opening` and `log`. The order is the guarantee: disclosures, lines, new root, signature,
staged checkpoint, rename, flush. Before the rename everything can be taken back; after it nothing is.
"""

import logging
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from disposal_log.errors import (
    AppendFailedError,
    AppendInDoubtError,
    CanonicalFormError,
    DuplicateEntryError,
    EntryRefusedError,
    LogClosedError,
    SidecarError,
)
from disposal_log.files import layout
from disposal_log.files.durable import FULL_ERRNOS, fsync_directory, stage
from disposal_log.files.sidecar import Row
from disposal_log.files.value_keys import scope_of
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import Checkpoint, sign_checkpoint
from disposal_log.formats.disclosures import commit
from disposal_log.formats.entries import Actor, EntryDraft, EntryType, Receipt, encode_entry
from disposal_log.signing.notes import SigningKey
from disposal_log.tree.merkle import CompactRange, leaf_hash
from disposal_log.writing.keyring import EpochKeys
from disposal_log.writing.opening import OpenParts

logger = logging.getLogger(__name__)

CLOCK_TOLERANCE = timedelta(seconds=2)
THE_LOG = Actor(kind="service", ref="disposal-log")
# On a full disk the reserve is for saying what was done, never for promising to do more.
RESERVE_TYPES = frozenset({EntryType.ITEM_OUTCOME, EntryType.BATCH_CLOSED, EntryType.INCIDENT, EntryType.KEY_RETIRE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Drafts turned into everything that will be written."""

    drafts: tuple[EntryDraft, ...]
    lines: tuple[bytes, ...]
    leaves: tuple[bytes, ...]
    disclosures: tuple[Row, ...]

    @property
    def may_use_reserve(self) -> bool:
        """Whether all of it tells what was already done."""
        return all(draft.type in RESERVE_TYPES for draft in self.drafts)

    @property
    def makes_promises(self) -> bool:
        """Whether any of it announces that files will be touched."""
        return any(draft.type is EntryType.BATCH_INTENT for draft in self.drafts)


class Appender:
    """Appends to an open log and knows its newest state. Not safe between threads; `DisposalLog` is."""

    def __init__(self, parts: OpenParts) -> None:
        self._parts = parts
        self.keys: EpochKeys = parts.keys
        self.signers: tuple[SigningKey, ...] = parts.keys.signers
        self._checkpoint_path = parts.directory / layout.CHECKPOINT_FILE
        self.tree: CompactRange = parts.end.tree
        self.note: bytes = parts.note
        self._first_leaf = parts.end.first_leaf
        self._last_time: datetime = parts.end.last_time
        self._stopped: str | None = None
        self._has_orphans = False  # whether the sidecar may hold values of entries that never counted

    def stop(self, reason: str) -> None:
        """Refuse every further append; the first reason is kept."""
        self._stopped = self._stopped or reason

    @property
    def is_running(self) -> bool:
        """Whether anything may still be appended."""
        return self._stopped is None

    def require_running(self) -> None:
        """Refuse to go on after a close or a failure that only reopening can mend.

        Raises:
            LogClosedError: if the log has stopped.
        """
        if self._stopped is not None:
            raise LogClosedError(directory=self._parts.directory, reason=self._stopped)

    def append_own(
        self, entry_type: EntryType, *, at: datetime, body: Mapping[str, JSON], actor: Actor = THE_LOG
    ) -> None:
        """Append an entry that only the log itself may word, for whoever caused it."""
        self.append((own_draft(entry_type, at=at, body=body, actor=actor),))

    def append(self, drafts: Sequence[EntryDraft]) -> tuple[Receipt, ...]:
        """Append drafts; see `DisposalLog.append`."""
        self.require_running()
        if not drafts:
            return ()
        prepared = self._prepare(self._with_clock_incidents(drafts))
        if prepared.makes_promises and not self._parts.reserve.refill():
            raise AppendFailedError(
                directory=self._parts.directory,
                reason="the disk is full, so outcomes can still be recorded but no new intent",
            )
        first = self.tree.size
        self._write_or_stop(prepared)
        asked = {draft.id for draft in drafts}
        return tuple(
            Receipt(seq=seq, id=draft.id, leaf_hash=leaf)
            for seq, (draft, leaf) in enumerate(zip(prepared.drafts, prepared.leaves, strict=True), start=first)
            if draft.id in asked
        )

    def _with_clock_incidents(self, drafts: Sequence[EntryDraft]) -> tuple[EntryDraft, ...]:
        """Put an incident before every draft that the host's clock dates well before its predecessor."""
        told: list[EntryDraft] = []
        last = self._last_time
        for draft in drafts:
            _require_zone(draft)
            if last - draft.time > CLOCK_TOLERANCE:
                seconds = int((last - draft.time).total_seconds())
                body: dict[str, JSON] = {"kind": "clock-stepped-back", "by_seconds": seconds}
                told.append(own_draft(EntryType.INCIDENT, at=draft.time, body=body))
            told.append(draft)
            last = draft.time
        return tuple(told)

    def _prepare(self, drafts: tuple[EntryDraft, ...]) -> Prepared:
        self._refuse_duplicates(drafts)
        lines: list[bytes] = []
        rows: list[Row] = []
        for seq, draft in enumerate(drafts, start=self.tree.size):
            commitments: dict[str, str] = {}
            for name, value in draft.disclosures.items():
                try:
                    disclosure = commit(name, value)
                except CanonicalFormError as error:
                    raise EntryRefusedError(entry_id=draft.id, reason=error.reason) from error
                commitments[name] = disclosure.digest
                rows.append((seq, name, disclosure.text, scope_of(draft.body, draft.time)))
            lines.append(encode_entry(draft, seq=seq, commitments=commitments))
        return Prepared(
            drafts=drafts,
            lines=tuple(lines),
            leaves=tuple(map(leaf_hash, lines)),
            disclosures=tuple(rows),
        )

    def _refuse_duplicates(self, drafts: tuple[EntryDraft, ...]) -> None:
        ids = [draft.id for draft in drafts]
        seen: set[str] = set()
        for entry_id in ids:
            if entry_id in seen:
                raise DuplicateEntryError(entry_id=entry_id, reason="its id stands twice in this batch")
            seen.add(entry_id)
        for entry_id, seq in self._parts.followers.find(ids).items():
            raise DuplicateEntryError(entry_id=entry_id, reason=f"it is in the log already, as entry {seq}")

    def _write_or_stop(self, prepared: Prepared) -> None:
        try:
            self._write(prepared)
        except (AppendFailedError, LogClosedError):
            raise
        except BaseException:
            # interrupted at an unknown point: what is on disk must be read anew before anything is added
            self.stop("was interrupted while it was written")
            raise

    def _write(self, prepared: Prepared) -> None:
        try:
            staged, note, tree = self._stage(prepared)
        except (OSError, SidecarError) as error:
            is_reserve_used = self._spend_reserve(prepared, error)
            self._undo()
            if not is_reserve_used:
                raise self._failure(error) from error
            self._write_on_reserve(prepared)
            return
        self._publish(staged, note, tree, prepared)

    def _spend_reserve(self, prepared: Prepared, error: Exception) -> bool:
        """Give up the reserve when that may help to tell what was done; say whether it was given up."""
        if not (_is_disk_full(error) and prepared.may_use_reserve) or self._parts.reserve.is_spent:
            return False
        self._parts.reserve.release()
        logger.warning("disposal_log_reserve_spent", extra={"directory": str(self._parts.directory)})
        return True

    def _write_on_reserve(self, prepared: Prepared) -> None:
        self.require_running()
        try:
            staged, note, tree = self._stage(prepared)
        except (OSError, SidecarError) as error:
            self._undo()
            raise self._failure(error) from error
        self._publish(staged, note, tree, prepared)

    def _stage(self, prepared: Prepared) -> tuple[Path, bytes, CompactRange]:
        """Write and flush everything but the rename that makes it count."""
        if self._has_orphans:
            self._parts.sidecar.drop_from(self.tree.size)
            self._has_orphans = False
        if prepared.disclosures:
            self._has_orphans = True
            self._parts.sidecar.store(prepared.disclosures)
        self._parts.writer.write(prepared.lines)
        tree = self.tree.copy()
        tree.extend(prepared.leaves)
        checkpoint = Checkpoint(origin=self._parts.origin, size=tree.size, root=tree.root())
        note = sign_checkpoint(checkpoint, self.signers)
        return stage(self._checkpoint_path, note), note, tree

    def _publish(self, staged: Path, note: bytes, tree: CompactRange, prepared: Prepared) -> None:
        """Rename the checkpoint into place: the commit point."""
        try:
            staged.replace(self._checkpoint_path)
        except OSError as error:
            if self._checkpoint_on_disk() != self.note:
                raise self._doubt(error) from error
            self._undo()
            raise self._failure(error) from error
        try:
            fsync_directory(self._parts.directory)
        except OSError as error:
            raise self._doubt(error) from error
        self._adopt(note, tree, prepared)

    def _adopt(self, note: bytes, tree: CompactRange, prepared: Prepared) -> None:
        first = self.tree.size
        self.tree, self.note = tree, note
        self._has_orphans = False
        self._first_leaf = self._first_leaf or prepared.leaves[0]
        self._last_time = prepared.drafts[-1].time
        self._parts.writer.commit()
        self._parts.followers.follow(
            note=note,
            leaves=prepared.leaves,
            ids={draft.id: seq for seq, draft in enumerate(prepared.drafts, start=first)},
            size=tree.size,
            first=self._first_leaf,
        )

    def _undo(self) -> None:
        """Take back what no checkpoint covers; when even that fails, only reopening can go on."""
        staged = self._checkpoint_path.with_name(self._checkpoint_path.name + ".tmp")
        try:
            with suppress(FileNotFoundError):
                staged.unlink()
            self._parts.writer.undo()
        except OSError as error:
            self.stop(f"could not take back a failed append ({error})")
        try:
            self._parts.sidecar.drop_from(self.tree.size)
            self._has_orphans = False
        except SidecarError as error:
            # no entry points at them; the next append or opening drops them before it writes anything
            logger.warning("disposal_log_orphans_kept", extra={"reason": error.reason})

    def _checkpoint_on_disk(self) -> bytes | None:
        try:
            return self._checkpoint_path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError:
            return None

    def _failure(self, error: Exception) -> AppendFailedError:
        reason = f"its sidecar: {error.reason}" if isinstance(error, SidecarError) else str(error)
        return AppendFailedError(directory=self._parts.directory, reason=reason)

    def _doubt(self, error: Exception) -> AppendInDoubtError:
        self.stop("could not make its newest checkpoint last")
        return AppendInDoubtError(directory=self._parts.directory, reason=str(error))


def own_draft(entry_type: EntryType, *, at: datetime, body: Mapping[str, JSON], actor: Actor = THE_LOG) -> EntryDraft:
    """Draft an entry of which the log itself is the author, unless it was caused by somebody."""
    return EntryDraft(type=entry_type, id=str(uuid.uuid4()), time=at, actor=actor, body=body)


def _require_zone(draft: EntryDraft) -> None:
    if draft.time.utcoffset() is None:
        raise EntryRefusedError(entry_id=draft.id, reason="its time has no time zone")


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL_ERRNOS
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
