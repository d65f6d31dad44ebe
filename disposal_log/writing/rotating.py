"""Changing the keys of an open log: new ones in, old ones out, with no moment at which nobody could sign.

Stands above `appending`. Five steps, each of which the next opening can complete or undo: make the new keys; name
them in an entry whose checkpoint the old keys (or the recovery key) and the new ones sign; retire the old ones in
an entry that the new ones sign alone; name the new ones in the policy; destroy the old private keys.
"""

import base64
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from disposal_log.errors import (
    AppendFailedError,
    AppendInDoubtError,
    CheckpointInvalidError,
    KeyInvalidError,
    LogCorruptError,
    NoteInvalidError,
)
from disposal_log.files import checkpoint_list, layout
from disposal_log.files.durable import flush_file
from disposal_log.files.key_entries import read_history
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import SignedCheckpoint, claimed_checkpoint
from disposal_log.formats.entries import Actor, EntryType, spell_time
from disposal_log.formats.epochs import Authority, Epoch, KeyHistory, key_texts, open_required
from disposal_log.signing.notes import SigningKey
from disposal_log.writing.appending import THE_LOG, Appender
from disposal_log.writing.choosing import complete_change
from disposal_log.writing.keyring import EpochKeys, create_keys, destroy_keys
from disposal_log.writing.opening import OpenParts

LINES_LOOKED_AT = 64
ConsistencyProof = Callable[[int], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a change of keys came to.

    Attributes:
        epoch: The number of the new epoch.
        destroyed: The epochs whose private keys were overwritten and removed here.
    """

    epoch: int
    destroyed: tuple[int, ...]


def change_keys(
    parts: OpenParts,
    appender: Appender,
    *,
    at: datetime,
    consistency: ConsistencyProof,
    recovery: tuple[SigningKey, ...] = (),
    by: Actor = THE_LOG,
) -> Rotated:
    """Replace the keys of a log, on the word of the present ones or of the recovery key.

    Raises:
        AppendFailedError: if the disk refuses; the present keys go on signing, or opening the log again completes
            the change.
        LogExistsError: if a key of the next epoch is there already.
    """
    old = appender.keys
    vouching = recovery or old.signers
    authority = Authority.RECOVERY_KEY if recovery else Authority.LOG_KEY
    new = _made(parts, appender, epoch=old.epoch + 1)
    body: dict[str, JSON] = {"epoch": new.epoch, "vkeys": key_texts(new.verifiers), "authority": str(authority)}
    appender.signers = (*vouching, *new.signers)
    try:
        appender.append_own(EntryType.KEY_ADD, at=at, body=body, actor=by)
    except AppendInDoubtError:
        raise  # only opening again tells whether the new keys were named
    except BaseException:
        appender.signers = old.signers
        if appender.is_running:
            with suppress(OSError):  # they have signed nothing; opening the log removes them
                destroy_keys(parts.keys_directory, [new.epoch])
        raise
    appender.keys = new
    return retire_old_keys(parts, appender, at=at, consistency=consistency, by=by)


def replace_lost_keys(
    parts: OpenParts, appender: Appender, *, at: datetime, consistency: ConsistencyProof, by: Actor
) -> Rotated:
    """Give new keys to a log that was opened with its recovery key, before anything else is written.

    Raises:
        AppendFailedError: as `change_keys` does.
        LogCorruptError: as `retire_old_keys` does.
    """
    try:
        destroy_keys(parts.keys_directory, [parts.keys.epoch + 1])  # of an attempt that came to nothing
        # from here on the list of checkpoints is what shows that the lost keys had vouched for the log
        flush_file(parts.directory / layout.CHECKPOINT_LIST_FILE)
    except OSError as error:
        raise AppendFailedError(directory=parts.directory, reason=str(error)) from error
    return change_keys(parts, appender, at=at, by=by, consistency=consistency, recovery=parts.recovery)


def retire_old_keys(
    parts: OpenParts, appender: Appender, *, at: datetime, consistency: ConsistencyProof, by: Actor = THE_LOG
) -> Rotated:
    """Complete a change of keys after the new ones were named: in the same breath, or when the log is next opened.

    Raises:
        AppendFailedError: if the disk refuses; opening the log again completes the change.
        LogCorruptError: if no checkpoint by the lost keys is left that would show what they vouched for.
    """
    history = read_history(parts.directory, size=appender.tree.size)
    old, new = history.epochs[-2:]
    body: dict[str, JSON] = {
        "epoch": old.number,
        "vkeys": key_texts(old.keys),
        "overlap": appender.note.decode("utf-8"),
    }
    if new.authority is Authority.RECOVERY_KEY:
        body |= _last_word(parts, history, old, consistency)
    appender.signers = appender.keys.signers
    try:
        appender.append_own(EntryType.KEY_RETIRE, at=at, body=body, actor=by)
    except BaseException:
        appender.stop("has its new keys named and its old ones not yet retired")  # opening it comes back to here
        raise
    return _completed(parts, appender)


def give_up_keys(parts: OpenParts, appender: Appender, *, epoch: int, since: datetime, at: datetime, by: Actor) -> None:
    """Record that somebody else may have held the private keys of a retired epoch.

    Raises:
        KeyInvalidError: if there is no such epoch, or its keys still sign.
        AppendFailedError: if the disk refuses.
    """
    history = read_history(parts.directory, size=appender.tree.size)
    found = next((each for each in history.epochs if each.number == epoch), None)
    if found is None:
        raise KeyInvalidError(reason=f"this log has no epoch {epoch}")
    if found.retired_at is None:
        raise KeyInvalidError(reason=f"the keys of epoch {epoch} still sign: they must be replaced first")
    for key in found.keys:
        body: dict[str, JSON] = {"vkey": str(key), "since": spell_time(since), "epoch": epoch}
        appender.append_own(EntryType.KEY_COMPROMISED, at=at, body=body, actor=by)


def _made(parts: OpenParts, appender: Appender, *, epoch: int) -> EpochKeys:
    appender.require_running()
    try:
        return create_keys(parts.keys_directory, origin=parts.origin, epoch=epoch)
    except OSError as error:
        raise AppendFailedError(directory=parts.directory, reason=f"no new keys could be made: {error}") from error


def _completed(parts: OpenParts, appender: Appender) -> Rotated:
    keys = appender.keys
    try:
        return Rotated(epoch=keys.epoch, destroyed=complete_change(parts.directory, parts.keys_directory, keys))
    except OSError as error:
        appender.stop("has new keys, but the old private keys could not be destroyed")
        raise AppendInDoubtError(directory=parts.directory, reason=str(error)) from error


def _last_word(parts: OpenParts, history: KeyHistory, old: Epoch, consistency: ConsistencyProof) -> dict[str, JSON]:
    """Give the newest checkpoint by the lost keys, and the proof that the log went on from there."""
    last = _last_by(parts, history, old)
    if last is None:
        raise LogCorruptError(
            directory=parts.directory, reason=f"no checkpoint by the keys of epoch {old.number} is left in the list"
        )
    path = [base64.b64encode(each).decode("ascii") for each in consistency(last.checkpoint.size)]
    return {"last_checkpoint": last.note.decode("utf-8"), "consistency": list(path)}


def _last_by(parts: OpenParts, history: KeyHistory, old: Epoch) -> SignedCheckpoint | None:
    list_path = parts.directory / layout.CHECKPOINT_LIST_FILE
    lines = checkpoint_list.read_lines(list_path, length=checkpoint_list.list_length(list_path))
    for line in reversed(deque(lines, maxlen=LINES_LOOKED_AT)):
        try:
            note = checkpoint_list.note_in_line(line.removesuffix(b"\n"))
            if claimed_checkpoint(note).size <= history.epochs[-1].named_at:
                signed = open_required(note, history)
                return signed if set(signed.signed_by) >= set(old.keys) else None
        except (CheckpointInvalidError, NoteInvalidError):
            continue
    return None
