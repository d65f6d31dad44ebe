"""What the destruction log says of one batch: read in one pass over the whole signed log, and found lawful."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from disposal_log import DisposalLog, EntryType, Phase, Result, StoredEntry
from disposal_log.formats.anchoring import Requirement
from disposal_log.verifying.story import APPROVE, StoryCheck
from retention.domain.batches import ItemState
from retention.domain.reconciliation import FINAL_STATES
from retention.errors import LogDamagedError
from retention.services import recording
from retention.services.disposing.journal import STATE_OF_RESULT

_FIELDS_OF_NAMES = (("proposer", "proposer_name"), ("decider", "decider_name"), ("stated_by", "stated_by_name"))


class ItemEnd(NamedTuple):
    """The last word of the log on one item; `path` and `sha256` are None when their values are no longer kept."""

    seq: int
    result: Result
    size_bytes: int
    reason: str
    method: str
    assurance: str
    was_quarantined: bool
    path: str | bytes | None
    sha256: str | None

    @property
    def state(self) -> ItemState:
        """Return how this counts."""
        return STATE_OF_RESULT[self.result]


class IssuedBefore(NamedTuple):
    """A certificate of the batch that the log knows of."""

    certificate_id: str
    digest: str
    status: str
    seq: int


@dataclass(slots=True)
class BatchAccount:
    """Everything that a certificate tells of a batch.

    `redactions` are those of the whole log: (entry, targets). `anchor_rule` is the least that was asked for, outside
    this computer, for anything of it that was destroyed; None while nothing was. `purge_rule` is what was asked for
    when the last intent to destroy some of it was recorded.
    """

    batch_id: str
    proposal: dict[str, Any] = field(default_factory=dict)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    hold_checks: list[dict[str, Any]] = field(default_factory=list)
    closing: dict[str, Any] = field(default_factory=dict)
    closing_line: bytes = b""
    backups_expired: dict[str, Any] = field(default_factory=dict)
    ends: dict[int, ItemEnd] = field(default_factory=dict)
    issued: list[IssuedBefore] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    anchor_rule: Requirement | None = None
    purge_rule: Requirement = Requirement.NONE
    rule_of_the_day: Requirement = Requirement.NONE
    schedule_digests: dict[str, str] = field(default_factory=dict)
    redactions: list[tuple[int, Sequence[Mapping[str, Any]]]] = field(default_factory=list)
    first_seq: int = -1
    last_seq: int = -1
    restorable_until: datetime | None = None
    last_destroyed_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """Tell whether every item has its final outcome, and the batch was closed."""
        return bool(self.closing)

    @property
    def is_settled(self) -> bool:
        """Tell whether every item has an outcome, be it that it lies in quarantine."""
        return len(self.ends) == self.proposal.get("items")

    @property
    def anchoring(self) -> str:
        """Return whose word was or is needed before anything is destroyed."""
        return str(self.rule_of_the_day if self.anchor_rule is None else self.anchor_rule)

    @property
    def states(self) -> tuple[ItemState, ...]:
        """Return the states that the sums are made of: quarantine is one while the batch is open."""
        return FINAL_STATES if self.is_closed else (ItemState.QUARANTINED, *FINAL_STATES)

    def per_result(self) -> dict[str, int]:
        """Return how many items ended with each result."""
        return dict(Counter(str(end.result) for end in self.ends.values()))

    def bytes_per_result(self) -> dict[str, int]:
        """Return the bytes that ended with each result."""
        found: Counter[str] = Counter()
        for end in self.ends.values():
            found[str(end.result)] += end.size_bytes
        return dict(found)

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state, from their outcome entries."""
        found = Counter(end.state for end in self.ends.values())
        return {str(state): found[state] for state in self.states}

    def sizes_bytes(self) -> dict[str, int]:
        """Return the bytes in each state, from their outcome entries."""
        found: Counter[ItemState] = Counter()
        for end in self.ends.values():
            found[end.state] += end.size_bytes
        return {str(state): found[state] for state in self.states}

    def totals(self, *results: Result) -> tuple[int, int]:
        """Return how many items, and how many bytes, ended with one of `results`."""
        sizes = [end.size_bytes for end in self.ends.values() if end.result in results]
        return len(sizes), sum(sizes)

    def redacted_by(self, seq: int, name: str) -> int | None:
        """Return the entry that redacted the value `name` of entry `seq`, if one did."""
        for by, targets in self.redactions:
            if any(target["first"] <= seq <= target["last"] and name in target["names"] for target in targets):
                return by
        return None

    def check(self) -> None:
        """Raise unless it was approved, and the outcomes account for all that was proposed, by count and by bytes.

        Raises:
            LogDamagedError: They do not.
        """
        counts, sizes = self.counts(), self.sizes_bytes()
        for is_true, words in (
            (bool(self.approvals), "nobody approved it"),
            (len(self.ends) == self.proposal["items"], "other items were proposed than have an outcome"),
            (sum(counts.values()) == self.proposal["items"], "its outcomes do not add up to what was proposed"),
            (sum(sizes.values()) == self.proposal["bytes"], "its bytes do not add up to what was proposed"),
            (
                not self.is_closed or self.per_result() == self.closing["counts"],
                "its outcomes are not those it was closed with",
            ),
        ):
            if not is_true:
                raise _unlawful(self.batch_id, words)


def read_account(log: DisposalLog, batch_id: str) -> BatchAccount:
    """Read the whole signed log and return what it says of the batch.

    Memory grows with the items of the batch, half a kilobyte for each, and not with the log.

    Raises:
        LogDamagedError: The log is not the one that was signed, or tells an unlawful story of the batch.
    """
    account, law = BatchAccount(batch_id), StoryCheck()
    for stored in recording.signed_entries(log):
        match stored.entry["type"]:
            case EntryType.POLICY_SET:
                _hear_schedule(account, stored.entry)
            case EntryType.REDACTION:
                _hear_redaction(account, stored)
            case EntryType.WITNESS_SET if (word := stored.entry.get("require")) in set(Requirement):
                account.rule_of_the_day = Requirement(str(word))
            case _:
                pass
        if stored.entry.get("batch") != batch_id:
            continue
        for fault in law.observe(stored.seq, stored.entry):
            raise _unlawful(batch_id, f"entry {stored.seq} tells of {fault}")
        _hear(account, stored)
        _hear_names(account, stored)
    return account


def _hear(account: BatchAccount, stored: StoredEntry) -> None:
    entry: dict[str, Any] = dict(stored.entry)
    if entry["type"] == EntryType.CERTIFICATE_ISSUED:
        account.issued.append(
            IssuedBefore(
                certificate_id=entry["certificate"], digest=entry["digest"], status=entry["status"], seq=stored.seq
            )
        )
        return
    account.first_seq = stored.seq if account.first_seq < 0 else account.first_seq
    account.last_seq = stored.seq
    match entry["type"]:
        case EntryType.BATCH_PROPOSED:
            account.proposal = entry
        case EntryType.BATCH_DECISION if entry["decision"] == APPROVE:
            account.approvals.append(entry)
        case EntryType.HOLD_CHECK:
            account.hold_checks.append(entry)
        case EntryType.BATCH_INTENT if entry["phase"] == Phase.PURGE:
            account.purge_rule = account.rule_of_the_day
        case EntryType.ITEM_OUTCOME:
            _hear_outcome(account, stored, entry)
        case EntryType.BATCH_CLOSED:
            account.closing, account.closing_line = entry, stored.raw
        case EntryType.BACKUP_EXPIRED:
            account.backups_expired = entry
        case _:
            return


def _hear_outcome(account: BatchAccount, stored: StoredEntry, entry: Mapping[str, Any]) -> None:
    before, result, said = account.ends.get(entry["item"]), Result(entry["result"]), stored.disclosures or {}
    digest = said.get("sha256")
    account.ends[entry["item"]] = ItemEnd(
        seq=stored.seq,
        result=result,
        size_bytes=entry.get("size", 0),
        reason=str(entry.get("reason", "")),
        method=str(entry.get("method", "")),
        assurance=str(entry.get("assurance", "")),
        was_quarantined=before is not None and before.result is Result.QUARANTINED,
        path=said.get("path"),
        sha256=digest if isinstance(digest, str) else None,
    )
    at = datetime.fromisoformat(entry["time"])
    if result is Result.QUARANTINED:
        until = at + timedelta(days=entry.get("grace_days", 0))
        account.restorable_until = max(until, account.restorable_until or until)
    elif result is Result.DESTROYED:
        account.last_destroyed_at = max(at, account.last_destroyed_at or at)
    if result in (Result.DESTROYED, Result.NAME_REMOVED):
        # the settings may change between two runs over one batch: the least that was asked for is what can be said
        rule, least = account.purge_rule, account.anchor_rule
        account.anchor_rule = rule if least is None or rule.is_weaker_than(least) else least


def _hear_names(account: BatchAccount, stored: StoredEntry) -> None:
    """Take names from what was disclosed at the time and matches the log, not from today's register."""
    said = stored.disclosures or {}
    for ref, name in _FIELDS_OF_NAMES:
        if isinstance(told := said.get(name), str) and ref in stored.entry:
            account.names[str(stored.entry[ref])] = told


def _hear_schedule(account: BatchAccount, entry: Mapping[str, Any]) -> None:
    if "digest" in entry:
        account.schedule_digests[str(entry.get("schedule"))] = str(entry["digest"])


def _hear_redaction(account: BatchAccount, stored: StoredEntry) -> None:
    targets: Any = stored.entry.get("targets")
    whole = [
        target
        for target in (targets if isinstance(targets, list) else [])
        if isinstance(target, Mapping)
        and isinstance(target.get("first"), int)
        and isinstance(target.get("last"), int)
        and isinstance(target.get("names"), list)
    ]
    account.redactions.append((stored.seq, whole))


def _unlawful(batch_id: str, words: str) -> LogDamagedError:
    return LogDamagedError(
        what=f"batch {batch_id} does not reconcile: {words}",
        not_done="No certificate was issued.",
        next_step="Run `retention log verify`; keep everything as it is until it is explained.",
    )
