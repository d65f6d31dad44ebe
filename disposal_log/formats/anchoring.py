"""Anchors: what somebody outside has seen of the log, and whether that is enough for a purge.

Two types of entry: `witness.set` says which outside word the log asks for before anything is destroyed, and
`anchor.receipt` keeps such a word. The engine asks this module before it purges, the verifier asks it afterwards:
one judgement, so that they cannot differ. Stands above `entries`, `cosignatures` and `policy`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from disposal_log.errors import KeyInvalidError, PolicyInvalidError
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import Checkpoint
from disposal_log.formats.cosignatures import check_cosignature, decode_body, read_witness_key
from disposal_log.formats.entries import EntryType, Phase, Result, body_fault, read_time
from disposal_log.formats.policy import Policy
from disposal_log.signing.notes import VerifierKey
from disposal_log.tree.merkle import HASH_BYTES

MAX_ANCHORS = 100_000  # kept in memory to be compared with the tree: one a day for 270 years


class Requirement(StrEnum):
    """Which outside word a purge waits for."""

    NONE = "none"
    CERTIFICATE = "certificate"
    TIMESTAMP = "timestamp"
    WITNESS = "witness"

    def is_weaker_than(self, other: "Requirement") -> bool:
        """Whether this asks for less than `other` did."""
        order = list(Requirement)
        return order.index(self) < order.index(other)


class AnchorKind(StrEnum):
    """Whose word a receipt keeps."""

    CERTIFICATE = "certificate"
    TIMESTAMP = "timestamp"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A receipt, taken apart.

    Attributes:
        seq: The entry that keeps it.
        kind: Whose word it is.
        size: How many entries had been seen.
        root: Their root.
        by: Name and hash of the witness's key, the name of the authority, or the person.
        at: When, by the word of whoever it was; for a person the host's.
        digest: Of the timestamp's token, in hexadecimal; empty for others.
        roots: Digest of the certificates that the token is checked with; empty for others.
    """

    seq: int
    kind: AnchorKind
    size: int
    root: bytes
    by: str
    at: datetime
    digest: str = ""
    roots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRule:
    """What a `witness.set` entry asks for, and since which entry.

    Attributes:
        requirement: Which outside word.
        policy: The witnesses, and how many of them are enough.
        seq: The entry.
        authorities: SHA-256 of the certificates (PEM) that timestamps are checked with; empty for no timestamps.
    """

    requirement: Requirement
    policy: Policy
    seq: int
    authorities: str = ""

    def asks_others_than(self, before: "AnchorRule") -> bool:
        """Whether somebody else's word is enough than under the rule `before`, if that asked for anybody's.

        Whoever may change the settings could name a witness or an authority of their own.
        """
        if before.requirement is Requirement.NONE:
            return False
        return self.asked != before.asked

    @property
    def asked(self) -> tuple[object, ...]:
        """Whose word is asked for, to be compared with another rule."""
        match self.requirement:
            case Requirement.WITNESS:
                policy = self.policy
                named = tuple((each.name, each.key) for each in policy.witnesses)  # not by which address
                return (self.requirement, named, policy.groups, policy.quorum)
            case Requirement.TIMESTAMP:
                return (self.requirement, self.authorities)
            case Requirement.NONE | Requirement.CERTIFICATE:
                return (self.requirement,)
            case _:
                assert_never(self.requirement)

    def in_words(self) -> str:
        """Say what is asked for."""
        match self.requirement:
            case Requirement.NONE:
                return "nobody outside"
            case Requirement.CERTIFICATE:
                return "somebody who keeps a copy of a checkpoint or certificate"
            case Requirement.TIMESTAMP:
                return "a timestamping authority"
            case Requirement.WITNESS:
                return f"the witnesses of the quorum {self.policy.quorum!r}"
            case _:
                assert_never(self.requirement)


@dataclass(slots=True)
class _BatchPlace:
    """Up to which entry a batch must have been seen, and who has acted on it."""

    last: int = -1
    proposer: str = ""


class AnchorLedger:
    """Follows the entries and knows at each of them what outside eyes have seen.

    Attributes:
        origin: The name that the log gives itself.
        rule: What the newest `witness.set` asks for; None while there was none.
        anchors: Every receipt that is in order so far, for the comparison with the tree.
        rules: Every rule there was, up to the one in force.
    """

    def __init__(self, *, accepts: Callable[[Anchor], bool] = lambda _anchor: True) -> None:
        """Begin before the first entry.

        Args:
            accepts: Asked of every timestamp that may open the gate, for whoever can look at its token now; one
                that is not accepted counts for nothing.
        """
        self.origin = ""
        self.rule: AnchorRule | None = None
        self._accepts = accepts
        self.anchors: list[Anchor] = []
        self.rules: list[AnchorRule] = []
        self._witnesses: dict[str, VerifierKey] = {}
        self._seen_by: dict[tuple[AnchorKind, str], int] = {}
        self._batches: dict[str, _BatchPlace] = {}
        self._followed: Mapping[str, Callable[[int, Mapping[str, JSON]], str | None]] = {
            str(EntryType.LOG_OPEN): self._opened,
            str(EntryType.WITNESS_SET): self._set,
            str(EntryType.ANCHOR_RECEIPT): self._received,
            str(EntryType.BATCH_PROPOSED): self._proposed,
            str(EntryType.BATCH_DECISION): self._decided,
            str(EntryType.ITEM_OUTCOME): self._came_out,
            str(EntryType.BATCH_INTENT): self._intended,
        }

    def observe(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        """Take in entry `seq` and say what is wrong with it, or give None."""
        follow = self._followed.get(str(entry["type"]))
        return None if follow is None else follow(seq, entry)

    @property
    def requirement(self) -> Requirement:
        """Which outside word a purge waits for at this point of the log."""
        return Requirement.NONE if self.rule is None else self.rule.requirement

    def known_size(self, kind: AnchorKind, by: str) -> int:
        """Give the largest size that somebody has seen since the rule in force was set; 0 for nothing."""
        return self._seen_by.get((kind, by), 0)

    def newest_size(self, kind: AnchorKind) -> int:
        """Give the largest size that anybody of a kind has seen since the rule in force was set; 0 for nothing."""
        return max((size for (each, _), size in self._seen_by.items() if each is kind), default=0)

    def must_see(self, batch: str, seq: int) -> None:
        """Note that entry `seq`, just written, must have been seen before anything of `batch` is purged."""
        place = self._batches.setdefault(batch, _BatchPlace())
        place.last = max(place.last, seq)

    def waiting_for(self, batch: str, *, actor: str) -> str:
        """Say what a purge of `batch` by the person `actor` still waits for; empty when it may go on.

        What must have been seen outside: the approval, everything that was quarantined, and the rule itself.
        """
        rule = self.rule
        if rule is None or rule.requirement is Requirement.NONE:
            return ""
        place = self._batches.get(batch, _BatchPlace())
        needed = max(place.last, rule.seq)
        seen = [(kind, by) for (kind, by), size in self._seen_by.items() if size > needed]
        if self._is_enough(rule, seen, not_by=(actor, place.proposer)):
            return ""
        return f"{rule.in_words()}, to have seen the log up to entry {needed}"

    def _is_enough(self, rule: AnchorRule, seen: list[tuple[AnchorKind, str]], *, not_by: tuple[str, ...]) -> bool:
        by_kind = [by for kind, by in seen if str(kind) == str(rule.requirement)]
        match rule.requirement:
            case Requirement.WITNESS:
                return rule.policy.is_satisfied_by(self._witnesses[by] for by in by_kind)
            case Requirement.TIMESTAMP:
                return bool(by_kind)
            case Requirement.CERTIFICATE:
                # whoever proposed it or destroys it does not stand outside
                return any(by not in not_by for by in by_kind)
            case Requirement.NONE:
                return True
            case _:
                assert_never(rule.requirement)

    def _opened(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        self.origin = str(entry.get("origin", ""))
        return None

    def _set(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        try:
            self.rule = read_rule(entry, seq=seq)
        except PolicyInvalidError as error:
            return f"the rule for anchors is {error.reason}"
        if len(self.rules) < MAX_ANCHORS:
            self.rules.append(self.rule)
        self._witnesses = {key.key_id: key for key in self.rule.policy.witness_keys}
        self._seen_by.clear()  # what counts from here on must have seen this entry
        return None

    def _received(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        anchor = _read_anchor(entry, seq=seq)
        if anchor is None:
            return body_fault(EntryType.ANCHOR_RECEIPT, entry) or "the receipt of an anchor is malformed"
        if not 0 < anchor.size <= seq:
            return f"the receipt says that {anchor.size} entries were seen when there were {seq}"
        fault = self._receipt_fault(anchor, entry)
        if fault is not None:
            return fault
        if len(self.anchors) >= MAX_ANCHORS:
            return f"more than {MAX_ANCHORS} receipts cannot be followed"
        self.anchors.append(anchor)
        place = (anchor.kind, anchor.by)
        self._seen_by[place] = max(anchor.size, self._seen_by.get(place, 0))
        return None

    def _receipt_fault(self, anchor: Anchor, entry: Mapping[str, JSON]) -> str | None:
        match anchor.kind:
            case AnchorKind.WITNESS:
                return self._cosignature_fault(anchor, entry)
            case AnchorKind.TIMESTAMP if self.rule is None or anchor.roots != self.rule.authorities:
                return "the receipt of a timestamp names other certificates than the rule in force"
            case AnchorKind.TIMESTAMP if self.requirement is Requirement.TIMESTAMP and not self._accepts(anchor):
                return f"the timestamp of {anchor.size} entries does not hold"
            case AnchorKind.CERTIFICATE if anchor.by != _person(entry):
                return f"somebody else than {anchor.by} says that {anchor.by} keeps a copy"
            case AnchorKind.TIMESTAMP | AnchorKind.CERTIFICATE:
                return None
            case _:
                assert_never(anchor.kind)

    def _cosignature_fault(self, anchor: Anchor, entry: Mapping[str, JSON]) -> str | None:
        key = self._witnesses.get(anchor.by)
        if key is None:
            return f"the receipt names {anchor.by}, which is no witness of this log"
        body = decode_body(str(entry.get("cosignature", "")))
        text = Checkpoint(origin=self.origin, size=anchor.size, root=anchor.root).text()
        found = None if body is None else check_cosignature(text, body, key)
        if found is None:
            return f"the cosignature of {anchor.by} in the receipt is wrong"
        return None if found.at == anchor.at else f"the receipt dates the cosignature of {anchor.by} otherwise than it"

    def _proposed(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        self._place(entry).proposer = str(entry.get("proposer", ""))
        return None

    def _decided(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        if entry.get("decision") == "approve":
            self._place(entry).last = seq
        return None

    def _came_out(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        if entry.get("result") == Result.QUARANTINED:
            self._place(entry).last = seq
        return None

    def _intended(self, seq: int, entry: Mapping[str, JSON]) -> str | None:
        if self.requirement is Requirement.NONE or entry.get("phase") != Phase.PURGE:
            return None
        waiting = self.waiting_for(str(entry.get("batch", "")), actor=_person(entry))
        return (
            f"an intent to purge items of batch {entry.get('batch')} that did not wait for {waiting}"
            if waiting
            else None
        )

    def _place(self, entry: Mapping[str, JSON]) -> _BatchPlace:
        return self._batches.setdefault(str(entry.get("batch", "")), _BatchPlace())


def read_rule(entry: Mapping[str, JSON], *, seq: int) -> AnchorRule:
    """Read a `witness.set` entry.

    Raises:
        PolicyInvalidError: if it is malformed, or its policy could not be met by anybody.
    """
    word, text = entry.get("require"), entry.get("policy")
    if not isinstance(word, str) or word not in set(Requirement) or not isinstance(text, str):
        raise PolicyInvalidError(reason=f"malformed: {word!r} is no requirement, or it has no policy")
    policy = Policy.parse(text)
    for witness in policy.witnesses:
        try:
            read_witness_key(str(witness.key))
        except KeyInvalidError as error:
            raise PolicyInvalidError(reason=error.reason) from error
    requirement = Requirement(word)
    if requirement is Requirement.WITNESS and not policy.needs_witnesses:
        raise PolicyInvalidError(reason="asking for witnesses, and its quorum is none")
    authorities = entry.get("authorities", "")
    if not isinstance(authorities, str) or (requirement is Requirement.TIMESTAMP and not authorities):
        raise PolicyInvalidError(reason="asking for timestamps, and it does not say by which certificates")
    return AnchorRule(requirement=requirement, policy=policy, seq=seq, authorities=authorities)


def _person(entry: Mapping[str, JSON]) -> str:
    actor = entry.get("actor")
    return str(actor.get("ref", "")) if isinstance(actor, Mapping) else ""


def _read_anchor(entry: Mapping[str, JSON], *, seq: int) -> Anchor | None:
    kind, size, by = str(entry.get("kind")), entry.get("size"), entry.get("by")
    at, root = entry.get("at"), entry.get("root")
    if kind not in set(AnchorKind) or not isinstance(size, int) or not isinstance(by, str):
        return None
    try:
        moment, root_bytes = read_time(str(at)), bytes.fromhex(str(root))
    except ValueError:
        return None
    if len(root_bytes) != HASH_BYTES:
        return None
    return Anchor(
        seq=seq,
        kind=AnchorKind(kind),
        size=size,
        root=root_bytes,
        by=by,
        at=moment,
        digest=str(entry.get("digest", "")),
        roots=str(entry.get("roots", "")),
    )
