"""Epochs: which keys sign a log from when to when, as its own entries tell it.

Stands above `entries` and `checkpoints`. The writer, the verifier and whoever lists the keys all follow the entries
with `KeyHistory`. The rule is one: a checkpoint carries a good signature of every key that its size requires, and of
no other key of the log.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from disposal_log.errors import CheckpointInvalidError, KeyInvalidError, NoteInvalidError
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import SignedCheckpoint, open_checkpoint
from disposal_log.formats.entries import EntryType, read_time
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey, VerifierKey

FIRST_EPOCH = 1
KEY_TYPES = frozenset(
    str(each) for each in (EntryType.LOG_OPEN, EntryType.KEY_ADD, EntryType.KEY_RETIRE, EntryType.KEY_COMPROMISED)
)
_RECOVERY_LABEL = b"disposal-log/1 recovery key, ML-DSA-44\n"

Keys = tuple[VerifierKey, ...]


class Authority(StrEnum):
    """Whose word brought an epoch's keys into the log."""

    OPENING = "opening"
    LOG_KEY = "log-key"
    RECOVERY_KEY = "recovery-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A time during which one set of keys signs.

    Attributes:
        number: Counts from 1.
        keys: Ed25519 first; logs made by early versions had no other.
        authority: Who vouches for the keys.
        named_at: The entry that names them.
        since: The host's time of that entry.
        retired_at: The entry that retires them, if there is one.
        until: The host's time of that entry.
        compromised_since: From when somebody else may have held a private key, if that was reported.
    """

    number: int
    keys: Keys
    authority: Authority
    named_at: int
    since: datetime
    retired_at: int | None = None
    until: datetime | None = None
    compromised_since: datetime | None = None


class KeyHistory:
    """Follows the entries about keys, in their order; any other entry may be left out."""

    def __init__(self) -> None:
        self._epochs: list[Epoch] = []
        self._required: list[tuple[int, frozenset[VerifierKey]]] = [(0, frozenset())]
        self._is_pending = False
        self.origin = ""
        self.recovery_keys: Keys = ()

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs, the last one current or about to be."""
        return tuple(self._epochs)

    @property
    def is_pending(self) -> bool:
        """Whether new keys are named and the old ones not yet retired."""
        return self._is_pending

    @property
    def known(self) -> Keys:
        """Every key of the log, public parts only, the recovery key's among them."""
        return (*(key for epoch in self._epochs for key in epoch.keys), *self.recovery_keys)

    @property
    def current(self) -> Epoch | None:
        """The epoch whose keys sign alone, or will when the old ones are retired."""
        return self._epochs[-1] if self._epochs else None

    def policy_choices(self, size: int) -> tuple[frozenset[VerifierKey], ...]:
        """Give the keys that the policy file may name at `size` entries, the current ones first.

        The file follows the entries, so a writer that was stopped in a rotation leaves the keys before in it.
        """
        lasts = self._epochs[-1:]
        if len(self._epochs) > 1 and (self._is_pending or self._epochs[-2].retired_at == size - 1):
            lasts = self._epochs[:-3:-1]
        return tuple(frozenset(epoch.keys) for epoch in lasts)

    def required(self, size: int) -> frozenset[VerifierKey]:
        """Give the keys that must sign a checkpoint of `size` entries, and the only ones that may."""
        at = bisect_right(self._required, size, key=lambda each: each[0])
        return self._required[at - 1][1]

    def epoch_of(self, key: VerifierKey) -> Epoch | None:
        """Give the epoch that a key belongs to."""
        return next((epoch for epoch in self._epochs if key in epoch.keys), None)

    def observe(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        """Take in an entry; say why it may not be, or give None."""
        try:
            match entry.get("type"):
                case EntryType.LOG_OPEN:
                    self._open(seq, entry)
                case EntryType.KEY_ADD:
                    self._add(seq, entry)
                case EntryType.KEY_RETIRE:
                    self._retire(seq, entry)
                case EntryType.KEY_COMPROMISED:
                    self._compromise(entry)
                case _:
                    pass
        except KeyInvalidError as error:
            return error.reason
        return None

    def _open(self, seq: int, entry: Mapping[str, JSON]) -> None:
        if self._epochs:
            return  # a second opening is told of elsewhere
        self.origin = _text(entry, "origin")
        keys = _keys(entry, "vkeys", name=self.origin) if "vkeys" in entry else ()
        single = VerifierKey.parse(_text(entry, "vkey"))
        keys = keys or (single,)
        if keys[0] != single:
            raise KeyInvalidError(reason="'vkeys' does not begin with 'vkey'")
        self._require_fresh(keys)
        recovery = VerifierKey.parse(_text(entry, "recovery_vkey"))
        more = _keys(entry, "recovery_vkeys", name=recovery.name) if "recovery_vkeys" in entry else (recovery,)
        if more[0] != recovery:
            raise KeyInvalidError(reason="'recovery_vkeys' does not begin with 'recovery_vkey'")
        self.recovery_keys = more
        self._begin(seq, entry, number=FIRST_EPOCH, keys=keys, authority=Authority.OPENING)
        self._required.append((seq + 1, frozenset(keys)))

    def _add(self, seq: int, entry: Mapping[str, JSON]) -> None:
        old = self._current()
        if self._is_pending:
            raise KeyInvalidError(reason="keys are added before those of the last addition have taken over")
        if entry.get("epoch") != old.number + 1 or entry.get("epoch") is True:
            raise KeyInvalidError(reason=f"epoch {entry.get('epoch')!r} does not follow epoch {old.number}")
        keys = _keys(entry, "vkeys", name=self.origin)
        self._require_fresh(keys)
        if ML_DSA_44 in _types(old.keys) and ML_DSA_44 not in _types(keys):
            raise KeyInvalidError(reason="the new keys lack ML-DSA-44, which the old ones have")
        authority = _text(entry, "authority")
        if authority not in (Authority.LOG_KEY, Authority.RECOVERY_KEY):
            raise KeyInvalidError(reason=f"{authority!r} cannot vouch for a key")
        vouching = old.keys if authority == Authority.LOG_KEY else self.recovery_keys
        self._begin(seq, entry, number=old.number + 1, keys=keys, authority=Authority(authority))
        self._required.append((seq + 1, frozenset((*vouching, *keys))))
        self._is_pending = True

    def _retire(self, seq: int, entry: Mapping[str, JSON]) -> None:
        new = self._current()
        if not self._is_pending:
            raise KeyInvalidError(reason="keys are retired although no others were named to follow")
        old = self._epochs[-2]
        if entry.get("epoch") != old.number or _keys(entry, "vkeys", name=self.origin) != old.keys:
            raise KeyInvalidError(reason=f"it does not retire the keys of epoch {old.number}")
        self._epochs[-2] = replace(old, retired_at=seq, until=_time(entry))
        self._required.append((seq + 1, frozenset(new.keys)))
        self._is_pending = False

    def _compromise(self, entry: Mapping[str, JSON]) -> None:
        key = VerifierKey.parse(_text(entry, "vkey"))
        since = _instant(_text(entry, "since"))
        epoch = self.epoch_of(key)
        if epoch is None:
            raise KeyInvalidError(reason=f"{key.key_id} is no key of this log")
        if epoch.retired_at is None:
            raise KeyInvalidError(reason=f"{key.key_id} still signs: it must be replaced before it is given up")
        earliest = min(since, epoch.compromised_since or since)
        self._epochs[epoch.number - FIRST_EPOCH] = replace(epoch, compromised_since=earliest)

    def _begin(self, seq: int, entry: Mapping[str, JSON], *, number: int, keys: Keys, authority: Authority) -> None:
        epoch = Epoch(number=number, keys=keys, authority=authority, named_at=seq, since=_time(entry))
        self._epochs.append(epoch)

    def _current(self) -> Epoch:
        if not self._epochs:
            raise KeyInvalidError(reason="no keys were named when the log was opened")
        return self._epochs[-1]

    def _require_fresh(self, keys: Keys) -> None:
        kinds = _types(keys)
        if kinds not in ((ED25519,), (ED25519, ML_DSA_44)):
            raise KeyInvalidError(reason="an epoch has one Ed25519 key and, after it, one ML-DSA-44 key")
        if any(key in self.known for key in keys):
            raise KeyInvalidError(reason="a key of the log is named a second time")


def open_required(note: bytes, history: KeyHistory) -> SignedCheckpoint:
    """Check a checkpoint's signatures, and that they are those that its size requires.

    Raises:
        CheckpointInvalidError: if it is no checkpoint, badly signed, or signed by the wrong keys.
    """
    try:
        signed = open_checkpoint(note, history.known)
    except NoteInvalidError as error:
        raise CheckpointInvalidError(reason=error.reason) from error
    required = history.required(signed.checkpoint.size)
    found = {*signed.signed_by, *signed.unchecked}
    for key in required - found:
        raise CheckpointInvalidError(reason=f"the signature of {key.key_id} is missing")
    for key in found - required:
        raise CheckpointInvalidError(reason=f"{key.key_id} has signed it outside of its epoch")
    return signed


def key_texts(keys: Keys) -> list[JSON]:
    """Spell keys for an entry."""
    return [str(key) for key in keys]


def recovery_pair(recovery: SigningKey) -> tuple[SigningKey, SigningKey]:
    """Give the recovery key and its ML-DSA-44 companion, so that one line on paper holds both.

    The companion's seed is the SHA-256 of a label and the first seed. Whoever breaks Ed25519 learns a number made
    from the seed by a hash, not the seed, and so nothing about the companion.
    """
    seed = sha256(_RECOVERY_LABEL + recovery.seed).digest()
    return recovery, SigningKey.from_seed(recovery.name, seed=seed, algorithm=ML_DSA_44)


def _types(keys: Keys) -> tuple[int, ...]:
    return tuple(key.algorithm for key in keys)


def _text(entry: Mapping[str, JSON], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        raise KeyInvalidError(reason=f"{name!r} is not text")
    return value


def _keys(entry: Mapping[str, JSON], field: str, *, name: str) -> Keys:
    value = entry.get(field)
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise KeyInvalidError(reason=f"{field!r} is no list of keys")
    keys = tuple(VerifierKey.parse(str(each)) for each in value)
    if any(key.name != name for key in keys):
        raise KeyInvalidError(reason=f"a key is not named {name}")
    return keys


def _time(entry: Mapping[str, JSON]) -> datetime:
    return _instant(_text(entry, "time"))


def _instant(text: str) -> datetime:
    try:
        return read_time(text)
    except ValueError as error:
        raise KeyInvalidError(reason=f"{text[:40]!r} is no instant") from error
