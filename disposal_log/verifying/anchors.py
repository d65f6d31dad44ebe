"""What outside eyes have seen of a log, as a verifier judges it: receipts, timestamps, and things kept elsewhere.

Stands above `formats.anchoring`, which follows the entries. A receipt says what somebody has seen; here it is
compared with the log that lies on the table, and the timestamps are checked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256, sha384, sha512
from itertools import pairwise
from pathlib import Path

from disposal_log.errors import KeyInvalidError, LogError, NoteInvalidError, TimestampInvalidError
from disposal_log.files import checkpoint_list, layout
from disposal_log.files.anchors import read_token
from disposal_log.formats.anchoring import Anchor, AnchorKind, AnchorLedger, Requirement
from disposal_log.formats.canonical import JSON, parse_canonical
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.cosignatures import Cosignature, find_cosignatures, read_witness_key
from disposal_log.formats.policy import COSIGNATURE, Policy
from disposal_log.formats.seen import KeptToken, PrintedCheckpoint, read_seen
from disposal_log.formats.timestamps import check_token, digest_in_token
from disposal_log.signing.notes import VerifierKey
from disposal_log.verifying.epochs import Anchored
from disposal_log.verifying.reports import Problem

KEYS_ONLY_INSIDE = (
    "whether the witnesses are who they are said to be: their keys were found only inside the log. Give those that "
    "you know with --key"
)
KEPT_BY_WORD = "whether the people who said that they keep a copy of a checkpoint do: only their word is in the log"
_DIGESTS = {32: sha256, 48: sha384, 64: sha512}


def split_witnesses(
    trusted: Iterable[VerifierKey | str],
) -> tuple[tuple[VerifierKey, ...], tuple[VerifierKey | str, ...]]:
    """Part the keys of witnesses, among those that came from outside, from all others."""
    witnesses: list[VerifierKey] = []
    others: list[VerifierKey | str] = []
    for key in trusted:
        if isinstance(key, str):
            try:
                witnesses.append(read_witness_key(key))
            except KeyInvalidError:
                others.append(key)
        elif key.algorithm == COSIGNATURE:
            witnesses.append(key)
        else:
            others.append(key)
    return tuple(witnesses), tuple(others)


class AnchorCheck:
    """Follows the log, then compares what was seen outside with what is here.

    Attributes:
        problems: What must not be.
        warnings: What weakens the answer.
        not_checked: What was not judged.
        anchored: Sizes of this log that somebody outside has seen, for keys that were lost.
        has_seen: Whether something kept outside was given that is judged here.
        has_compared: Whether it could be compared with the log.
    """

    def __init__(self, directory: Path, *, seen: bytes | None, witnesses: Sequence[VerifierKey] = ()) -> None:
        """Prepare to follow a log.

        Args:
            directory: The log.
            seen: What somebody kept; a note or certificate is left to the caller.
            witnesses: Keys of witnesses that came from outside the log.
        """
        self._directory = directory
        self._seen = None if seen is None else read_seen(seen)
        self._trusted = frozenset(witnesses)
        self._ledger = AnchorLedger()
        self.has_seen = self._seen is not None
        self.has_compared = isinstance(self._seen, PrintedCheckpoint)
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.not_checked: list[str] = []
        self.anchored: list[Anchored] = []

    def observe(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        """Take in entry `seq` and say what is wrong with it, or give None."""
        return self._ledger.observe(seq, entry)

    def cosignatures(self, note: bytes) -> tuple[Cosignature, ...]:
        """Give the cosignatures in a note by witnesses that this log has named, or that came from outside."""
        with suppress(NoteInvalidError):
            return find_cosignatures(note, self._witnesses())
        return ()

    def kept_outside(self, seen: Checkpoint, note: bytes) -> tuple[Anchored, ...]:
        """Say who has seen the log, and when, by a note that was kept outside and that fits it."""
        found = self.cosignatures(note)
        cosigned = tuple(Anchored(size=seen.size, at=each.at, by=each.key.key_id) for each in found)
        return cosigned or (Anchored(size=seen.size, at=None, by="the checkpoint kept outside"),)

    def contradiction(self, seen: Checkpoint, note: bytes, target: Checkpoint, *, root: bytes | None) -> Problem | None:
        """Say how a note that was kept outside contradicts the log, whose root at that size is `root`."""
        if seen.origin != target.origin:
            return Problem(text=f"the checkpoint kept outside is one of {seen.origin}, another log")
        if seen.size > target.size:
            text = f"the log was rolled back: {seen.size} entries were signed, {target.size} are here"
            return Problem(text=text, entry=target.size)
        if root is None or root == seen.root:
            return None
        text = (
            f"two histories were signed: at {seen.size} entries the checkpoint kept outside has root "
            f"{seen.root.hex()}, this log has {root.hex()}"
        )
        own = next((each for each, found in self._recorded_notes() if found.size == seen.size), None)
        if own is not None:
            both = "\n\n".join(each.decode("utf-8", errors="replace").rstrip("\n") for each in (note, own))
            text += f". Both checkpoints, which together convince anybody:\n\n{both}\n"
        return Problem(text=text)

    def finish(self, target: Checkpoint) -> None:
        """Compare everything with the log, once its entries are known to be those that were signed."""
        sizes = {anchor.size for anchor in self._ledger.anchors}
        if isinstance(self._seen, PrintedCheckpoint):
            sizes.add(self._seen.size)
        digest = self._digest_kept()
        roots = {target.size: target.root}
        stamped: Checkpoint | None = None
        if sizes or digest:
            for found in (*self._recorded(), target):
                if found.size in sizes:
                    roots[found.size] = found.root
                if digest and _digest(found, digest) == digest:
                    stamped = found
        for anchor in self._ledger.anchors:
            self._compare(anchor, roots)
        self._judge_rules()
        self._judge_policy()
        if isinstance(self._seen, PrintedCheckpoint):
            self._judge_printed(self._seen, target, roots)
        elif isinstance(self._seen, KeptToken):
            self._judge_kept_token(self._seen, stamped, is_readable=bool(digest))

    def _compare(self, anchor: Anchor, roots: Mapping[int, bytes]) -> None:
        root = roots.get(anchor.size)
        if root is None:
            self._problem(f"the receipt is for {anchor.size} entries, at which this log has no checkpoint", anchor.seq)
            return
        if root != anchor.root:
            self._problem(
                f"two histories were signed: {anchor.by} has seen {anchor.size} entries with root "
                f"{anchor.root.hex()}, this log has {root.hex()}",
                anchor.seq,
            )
            return
        if anchor.kind is AnchorKind.CERTIFICATE:
            self._not_checked(KEPT_BY_WORD)
            return
        if anchor.kind is AnchorKind.TIMESTAMP and not self._does_token_hold(anchor):
            return
        is_known = bool(self._trusted.intersection(self._witnesses(by=anchor.by)))
        if anchor.kind is AnchorKind.WITNESS and not is_known:
            self._not_checked(KEYS_ONLY_INSIDE)
        self.anchored.append(Anchored(size=anchor.size, at=anchor.at, by=anchor.by, is_known=is_known))

    def _does_token_hold(self, anchor: Anchor) -> bool:
        kept = read_token(self._directory, size=anchor.size, digest=anchor.digest, roots=anchor.roots)
        if kept is None:
            words = f"the timestamp of {anchor.size} entries is not in anchors/ as it was kept"
            if any(rule.requirement is Requirement.TIMESTAMP for rule in self._ledger.rules):
                self._problem(f"{words}, and a purge may rest on it", anchor.seq)
            else:
                self.warnings.append(f"{words} (entry {anchor.seq})")
            return False
        text = Checkpoint(origin=self._ledger.origin, size=anchor.size, root=anchor.root).text()
        try:
            stamp = check_token(kept[0], text, kept[1])
        except TimestampInvalidError as error:
            if error.is_unchecked:
                self._not_checked(f"the timestamps: each {error.reason}")
            else:
                self._problem(f"the timestamp of {anchor.size} entries {error.reason}", anchor.seq)
            return False
        if (stamp.at, stamp.authority) != (anchor.at, anchor.by):
            self._problem(f"the receipt dates the timestamp of {anchor.size} entries otherwise than it", anchor.seq)
            return False
        return True

    def _judge_rules(self) -> None:
        rules = self._ledger.rules
        for before, after in pairwise(rules):
            if after.requirement.is_weaker_than(before.requirement):
                self.warnings.append(
                    f"since entry {after.seq} a purge waits for {after.in_words()}; before, it waited for "
                    f"{before.in_words()}"
                )
            elif after.asks_others_than(before):
                self.warnings.append(
                    f"since entry {after.seq} a purge waits for others than before: {after.in_words()}, and before "
                    f"{before.in_words()}. Ask those whether that was right"
                )
            elif after.policy != before.policy:
                self._not_checked(f"whether the change of the witnesses by entry {after.seq} was right")

    def _judge_policy(self) -> None:
        """Compare the witnesses in the policy file with those that the log has named."""
        try:
            policy = Policy.parse(layout.read_small(self._directory / layout.POLICY_FILE))
        except LogError:
            return  # whoever reads the keys from it says what is wrong with it
        inside = _witnessing(policy)
        rules = [_witnessing(rule.policy) for rule in self._ledger.rules]
        if inside == (rules[-1] if rules else _witnessing(Policy())):
            return
        if inside in (*rules, _witnessing(Policy())):
            self.warnings.append(
                f"{layout.POLICY_FILE} names the witnesses of an earlier rule: a writer is at work or was stopped, or "
                "an older file was put in its place"
            )
        else:
            self._problem(f"{layout.POLICY_FILE} names other witnesses than the log", None)

    def _judge_printed(self, seen: PrintedCheckpoint, target: Checkpoint, roots: Mapping[int, bytes]) -> None:
        root = roots.get(seen.size)
        if seen.size > target.size:
            text = f"the log was rolled back: {seen.size} entries were printed, {target.size} are here"
            self._problem(text, target.size)
        elif root is None:
            self._problem(f"the printed line is for {seen.size} entries, at which this log has no checkpoint", None)
        elif not seen.is_of(root):
            self._problem(f"the printed words are not those of this log's root at {seen.size} entries", None)
        else:
            self.anchored.append(Anchored(size=seen.size, at=None, by="a printed checkpoint"))

    def _digest_kept(self) -> bytes:
        if not isinstance(self._seen, KeptToken):
            return b""
        try:
            return digest_in_token(self._seen.token)
        except TimestampInvalidError as error:
            if error.is_unchecked:
                self._not_checked(f"the timestamp given with --seen {error.reason}")
            else:
                self._problem(f"the timestamp given with --seen {error.reason}", None)
            return b""

    def _judge_kept_token(self, seen: KeptToken, stamped: Checkpoint | None, *, is_readable: bool) -> None:
        if not is_readable:
            return
        self.has_compared = True
        if stamped is None:
            self._problem("the timestamp given with --seen is about no checkpoint of this log", None)
            return
        for chain in self._chains():
            with suppress(TimestampInvalidError):
                stamp = check_token(seen.token, stamped.text(), chain)
                self.anchored.append(Anchored(size=stamped.size, at=stamp.at, by=stamp.authority))
                return
        # it fits this log, and that is what was asked; its time is only as good as its signature
        self._not_checked("when the timestamp given with --seen was made: no certificates in anchors/ confirm it")

    def _chains(self) -> Iterator[bytes]:
        for path in sorted((self._directory / "anchors").glob("tsa-*.pem")):
            with suppress(LogError):
                yield layout.read_small(path)

    def _recorded(self) -> Iterator[Checkpoint]:
        return (found for _, found in self._recorded_notes())

    def _recorded_notes(self) -> Iterator[tuple[bytes, Checkpoint]]:
        """Yield the checkpoints in the list once more; that they are signed was found out before."""
        path = self._directory / layout.CHECKPOINT_LIST_FILE
        for line in checkpoint_list.read_lines(path, length=checkpoint_list.list_length(path)):
            with suppress(LogError):
                match parse_canonical(line.rstrip(b"\n")):
                    case {"note": str(note)}:
                        yield note.encode("utf-8"), claimed_checkpoint(note.encode("utf-8"))
                    case _:
                        continue

    def _witnesses(self, *, by: str | None = None) -> tuple[VerifierKey, ...]:
        named = {key for rule in self._ledger.rules for key in rule.policy.witness_keys}
        return tuple(key for key in named | self._trusted if by is None or key.key_id == by)

    def _problem(self, text: str, entry: int | None) -> None:
        self.problems.append(Problem(text=text, entry=entry))

    def _not_checked(self, words: str) -> None:
        if words not in self.not_checked:
            self.not_checked.append(words)


def _witnessing(policy: Policy) -> tuple[object, ...]:
    return (policy.witnesses, policy.groups, policy.quorum)


def _digest(checkpoint: Checkpoint, like: bytes) -> bytes:
    algorithm = _DIGESTS.get(len(like))
    return b"" if algorithm is None else algorithm(checkpoint.text().encode("utf-8")).digest()
