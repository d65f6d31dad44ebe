"""Were the keys that signed this log the right ones, each in its own time, and do they lead to one that is trusted?

Stands above `formats.epochs`, which follows the entries; here the signatures are checked. The chain holds link by
link: the keys of each epoch were vouched for by those before it, or by the recovery key that the opening names.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from disposal_log.errors import CheckpointInvalidError, ProofInvalidError
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import SignedCheckpoint
from disposal_log.formats.entries import EntryType, spell_time
from disposal_log.formats.epochs import KEY_TYPES, Authority, Epoch, KeyHistory, open_required
from disposal_log.signing.notes import VerifierKey, strict_base64
from disposal_log.tree.merkle import verify_consistency

UNCHECKED = (
    "the ML-DSA-44 signatures: they are there, but the library that checks them (cryptography) is not. The Ed25519 "
    "signatures beside them were checked"
)
SEEN_WITHOUT_TIME = (
    "a key of this log was reported as compromised since {since}. The checkpoint kept outside vouches for the first "
    "{size} entries only if it was put away before then: you alone know that"
)
SEEN_BY_STRANGERS = (
    "a key of this log was reported as compromised since {since}. That {by} had seen {size} entries before rests on "
    "keys that were found only inside the log, where whoever held that key could have put them"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """A size of this very log, with its root, that somebody outside has seen.

    Attributes:
        size: How many entries.
        at: By when it was seen, on the word of whoever saw it; None when nobody says.
        by: Who saw it, for people.
        is_known: Whether they are known from outside the log, and not by its own word alone.
    """

    size: int
    at: datetime | None
    by: str = ""
    is_known: bool = True


def accepts(size: int, *, compromised_since: datetime | None, anchored: Iterable[Anchored]) -> bool:
    """Tell whether a checkpoint of `size` entries counts, by a key that may be in somebody else's hands.

    It does when somebody outside had seen the log at that size or a later one before the key was lost. An anchor
    without a time is taken to be early enough; the report then says on what that rests.
    """
    if compromised_since is None:
        return True
    return any(each.size >= size and (each.at is None or each.at < compromised_since) for each in anchored)


class EpochCheck:
    """Follows the keys along the entries and confirms checkpoints against them.

    Attributes:
        history: The keys, as the entries up to here tell of them.
        has_unchecked: Whether some signature could not be checked on this machine.
    """

    def __init__(self) -> None:
        self.history = KeyHistory()
        self.has_unchecked = False
        self._proven: set[VerifierKey] = set()
        self._added: tuple[int, bytes] = (0, b"")  # size and root just after the newest key.add

    def observe(self, seq: int, entry: Mapping[str, JSON], *, root: Callable[[], bytes]) -> Iterable[str]:
        """Take in an entry and say what is wrong with it; `root` gives the root with it as the last."""
        if entry.get("type") not in KEY_TYPES:
            return
        fault = self.history.observe(seq, entry)
        if fault is not None:
            yield fault
        elif entry["type"] == EntryType.KEY_ADD:
            self._added = (seq + 1, root())
        elif entry["type"] == EntryType.KEY_RETIRE:
            yield from self._links(entry)

    def confirm(self, note: bytes) -> SignedCheckpoint:
        """Check a note's signatures, and that they are those that its size requires.

        Raises:
            CheckpointInvalidError: if it is no checkpoint, badly signed, or signed by the wrong keys.
        """
        signed = open_required(note, self.history)
        self.has_unchecked = self.has_unchecked or bool(signed.unchecked)
        return signed

    def prove(self, signed: SignedCheckpoint) -> None:
        """Remember whose signature was found over the entries of this very log."""
        self._proven.update(signed.signed_by)

    def distrust(self, trusted: Collection[VerifierKey]) -> Iterable[str]:
        """Say why the keys do not lead to one that came from outside, when some came."""
        epochs = self.history.epochs
        for epoch in epochs:
            if not self._proven.intersection(epoch.keys):
                yield f"nothing in this log was signed by the keys of epoch {epoch.number} ({_names(epoch)})"
        if trusted and not any(self._proven.intersection(epoch.keys, trusted) for epoch in epochs):
            names = ", ".join(_names(epoch) for epoch in epochs)
            yield f"the log names {names} as its key, which is none of the keys given"

    def compromised(self, anchored: Collection[Anchored]) -> Iterable[tuple[str, int]]:
        """Say from which entry on the log rests on a key that may be in somebody else's hands."""
        for epoch in self.history.epochs:
            since, last = epoch.compromised_since, self._last_size(epoch)
            if since is None or accepts(last, compromised_since=since, anchored=anchored):
                continue
            sizes = [each.size for each in anchored if accepts(each.size, compromised_since=since, anchored=[each])]
            text = (
                f"up to entry {last - 1} the log rests on {_names(epoch)}, which was reported as compromised since "
                f"{spell_time(since)}; nobody outside had seen these entries before"
            )
            yield text, max([epoch.named_at, *(size for size in sizes if size < last)])

    def caution(self, anchored: Collection[Anchored]) -> Iterable[str]:
        """Warn where a compromised key counts only because somebody is believed without proof."""
        proven = [each for each in anchored if each.at is not None and each.is_known]
        for epoch in self.history.epochs:
            since, last = epoch.compromised_since, self._last_size(epoch)
            if since is None or accepts(last, compromised_since=since, anchored=proven):
                continue
            believed = next(
                (each for each in anchored if accepts(last, compromised_since=since, anchored=[each])), None
            )
            if believed is not None:
                words = SEEN_WITHOUT_TIME if believed.at is None else SEEN_BY_STRANGERS
                yield words.format(since=spell_time(since), size=believed.size, by=believed.by)

    def keys_since(self, size: int) -> tuple[VerifierKey, ...]:
        """Give the keys that may have signed a certificate which carries a checkpoint of `size` entries."""
        return tuple(
            key
            for epoch in self.history.epochs
            if epoch.retired_at is None or epoch.retired_at >= size
            for key in epoch.keys
        )

    def _last_size(self, epoch: Epoch) -> int:
        """Give the size of the last checkpoint that rests on an epoch's keys."""
        after = next((each for each in self.history.epochs if each.number == epoch.number + 1), None)
        if after is None:
            return epoch.named_at
        return after.named_at + (after.authority is Authority.LOG_KEY)

    def _links(self, entry: Mapping[str, JSON]) -> Iterable[str]:
        """Check the two signed checkpoints that a key.retire carries: the link between two epochs."""
        size, root = self._added
        overlap = self._evidence(entry.get("overlap"))
        if isinstance(overlap, str):
            yield f"the checkpoint that names the new keys: {overlap}"
            return
        if (overlap.checkpoint.size, overlap.checkpoint.root) != (size, root):
            yield "the checkpoint that names the new keys is not one of this log"
            return
        self.prove(overlap)
        if self.history.epochs[-1].authority is not Authority.LOG_KEY:
            yield from self._recovery_link(entry, size=size, root=root)

    def _recovery_link(self, entry: Mapping[str, JSON], *, size: int, root: bytes) -> Iterable[str]:
        """Check that the lost keys had signed the opening, which names the recovery key."""
        last = self._evidence(entry.get("last_checkpoint"))
        if isinstance(last, str):
            yield f"the last checkpoint by the lost keys: {last}"
            return
        path = _path(entry.get("consistency"))
        if path is None:
            yield "the proof that the last checkpoint by the lost keys is one of this log is malformed"
            return
        try:
            verify_consistency(
                old_size=last.checkpoint.size, size=size, path=path, old_root=last.checkpoint.root, root=root
            )
        except ProofInvalidError as error:
            yield f"the last checkpoint by the lost keys is not one of this log ({error.reason})"
            return
        self.prove(last)

    def _evidence(self, note: JSON) -> SignedCheckpoint | str:
        if not isinstance(note, str):
            return "it is missing"
        try:
            return self.confirm(note.encode("utf-8", errors="replace"))
        except CheckpointInvalidError as error:
            return error.reason


def _names(epoch: Epoch) -> str:
    return ", ".join(key.key_id for key in epoch.keys)


def _path(value: JSON) -> list[bytes] | None:
    if not isinstance(value, list):
        return None
    path = [strict_base64(each) if isinstance(each, str) else None for each in value]
    found = [each for each in path if each is not None]
    return found if len(found) == len(path) else None
