"""Which private keys sign a log that is opened: those that signed its newest checkpoint and that it names.

Stands between `keyring` and `opening`. A writer may have been stopped anywhere while it changed keys, so several
epochs' files may be there; the signed checkpoint and the entry it ends with tell how far it had come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from disposal_log.errors import CheckpointInvalidError, KeyInvalidError, KeyMissingError, LogCorruptError
from disposal_log.files import layout
from disposal_log.files.durable import replace_durably
from disposal_log.files.key_entries import read_history
from disposal_log.files.reading import claimed_size, read_checkpoint
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import SignedCheckpoint
from disposal_log.formats.entries import EntryType
from disposal_log.formats.epochs import FIRST_EPOCH, Keys, open_required, recovery_pair
from disposal_log.signing.notes import SigningKey, VerifierKey
from disposal_log.writing.keyring import EpochKeys, destroy_keys, epochs_on_disk, key_path, load_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The keys on disk beside a log, and its checkpoint.

    Attributes:
        keys: The keys that go on signing; of a log that is recovered only the number of the epoch counts.
        signed: The newest checkpoint.
        publics: Every public key that may have signed what is listed.
        recovery: The recovery keys, when they are to vouch for new ones.
    """

    keys: EpochKeys
    signed: SignedCheckpoint
    publics: Keys
    recovery: tuple[SigningKey, ...] = ()


def find_keys(directory: Path, keys_directory: Path) -> Found:
    """Find the keys that signed the newest checkpoint.

    Raises:
        LogNotFoundError: if the log lacks a part.
        KeyMissingError: if they are absent, exposed or damaged.
        LogCorruptError: if the checkpoint is not signed by the log's keys.
    """
    policy = _policy_keys(directory)
    if not keys_directory.is_dir():
        raise KeyMissingError(path=keys_directory, reason="has no directory")
    rings, faults = _load_all(keys_directory)
    publics = tuple(dict.fromkeys((*policy, *(key for ring in rings for key in ring.verifiers))))
    if not rings:
        raise _missing(keys_directory, faults)
    signed = read_checkpoint(directory, publics)
    ring = next((ring for ring in reversed(rings) if set(ring.verifiers) <= set(signed.signed_by)), None)
    if ring is not None:
        return Found(keys=ring, signed=signed, publics=publics)
    named = next((ring for ring in rings if set(ring.verifiers) == set(policy)), None)
    if named is not None:
        missing = next(key for key in named.verifiers if key not in signed.signed_by)
        raise LogCorruptError(directory=directory, reason=f"checkpoint: the signature of {missing.key_id} is missing")
    raise _missing(keys_directory, faults) if faults else _foreign(keys_directory, rings[-1], policy)


def find_for_recovery(directory: Path, recovery: SigningKey) -> Found:
    """Judge whether the recovery key may name new keys for a log, as its own entries tell.

    Raises:
        LogNotFoundError: if the log lacks a part.
        LogCorruptError: if the checkpoint is not signed by the log's keys.
        KeyInvalidError: if this is not the log's recovery key, or a change of keys is half done.
    """
    size = claimed_size(directory)
    history = read_history(directory, size=size)
    current = history.current
    pair = recovery_pair(recovery)[: len(history.recovery_keys)]
    if current is None or tuple(key.verifier for key in pair) != history.recovery_keys:
        raise KeyInvalidError(reason=f"{recovery.verifier.key_id} is not the recovery key that this log names")
    if history.is_pending:
        raise KeyInvalidError(reason="the log was left in the middle of a change of keys; open it with its keys first")
    try:
        signed = open_required(layout.read_small(directory / layout.CHECKPOINT_FILE), history)
    except CheckpointInvalidError as error:
        raise LogCorruptError(directory=directory, reason=f"checkpoint: {error.reason}") from error
    _policy_keys(directory)
    return Found(keys=EpochKeys(epoch=current.number, signers=()), signed=signed, publics=history.known, recovery=pair)


def settle(directory: Path, keys_directory: Path, found: Found, last_entry: Mapping[str, JSON]) -> bool:
    """Insist that the keys are those the log names, and mend what a stopped change of keys left behind.

    Returns:
        Whether the old keys still have to be retired, as the next thing that is written.

    Raises:
        KeyMissingError: if the keys are others, or some are lacking.
        OSError: if the disk refuses to mend.
    """
    epoch = found.keys.epoch
    is_changing = last_entry.get("type") in (EntryType.KEY_ADD, EntryType.KEY_RETIRE)
    named = frozenset(_policy_keys(directory))
    choices: tuple[frozenset[VerifierKey], ...] = (named,)
    if is_changing:
        choices = read_history(directory, size=found.signed.checkpoint.size).policy_choices(
            found.signed.checkpoint.size
        )
    if frozenset(found.keys.verifiers) != choices[0] or named not in choices:
        raise _foreign(keys_directory, found.keys, tuple(choices[0]))
    # keys of an epoch that the log does not name have signed nothing that counts
    destroy_keys(keys_directory, [each for each in epochs_on_disk(keys_directory) if each > epoch])
    if last_entry.get("type") == EntryType.KEY_ADD:
        return True
    complete_change(directory, keys_directory, found.keys)
    return False


def complete_change(directory: Path, keys_directory: Path, keys: EpochKeys) -> tuple[int, ...]:
    """Name the keys in the policy and destroy those before them; give the epochs of which there was one.

    Raises:
        OSError: if the disk refuses; opening the log tries again.
    """
    policy = layout.read_policy(directory)
    if policy.log_keys != keys.verifiers:
        text = layout.policy_text(keys.verifiers, before=policy)
        replace_durably(directory / layout.POLICY_FILE, text.encode("utf-8", errors="surrogateescape"))
    return destroy_keys(keys_directory, range(FIRST_EPOCH, keys.epoch))


def _policy_keys(directory: Path) -> Keys:
    keys = layout.read_policy(directory).log_keys
    if layout.read_small(directory / layout.ORIGIN_FILE) != f"{keys[0].name}\n".encode():
        raise LogCorruptError(directory=directory, reason=f"{layout.ORIGIN_FILE} does not fit the policy")
    return keys


def _load_all(keys_directory: Path) -> tuple[list[EpochKeys], dict[int, KeyMissingError]]:
    rings: list[EpochKeys] = []
    faults: dict[int, KeyMissingError] = {}
    for epoch in epochs_on_disk(keys_directory):
        try:
            rings.append(load_keys(keys_directory, epoch=epoch))
        except KeyMissingError as error:
            faults[epoch] = error  # a key that was being made or destroyed
    return rings, faults


def _missing(keys_directory: Path, faults: Mapping[int, KeyMissingError]) -> KeyMissingError:
    if faults:
        return faults[max(faults)]
    return KeyMissingError(path=key_path(keys_directory, epoch=FIRST_EPOCH), reason="is not there")


def _foreign(keys_directory: Path, ring: EpochKeys, expected: Sequence[object]) -> KeyMissingError:
    path = key_path(keys_directory, epoch=ring.epoch)
    wanted = sorted(str(getattr(key, "key_id", key)) for key in expected)
    found = sorted(key.key_id for key in ring.verifiers)
    return KeyMissingError(path=path, reason=f"belongs to {', '.join(found)}, not {', '.join(wanted)}")
