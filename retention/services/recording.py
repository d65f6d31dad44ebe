"""Putting what happened into the destruction log, exactly once, with the change it tells of.

A use case notes an entry in its own transaction (`note`); right after the transaction `deliver` appends what
was noted. After a crash the next `deliver` goes on where the last one stopped: an entry whose id the log
already has is only acknowledged.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from disposal_log import Actor, DisposalLog, EntryDraft, EntryRefusedError, EntryType, StoredEntry, leaf_hash
from disposal_log.formats.disclosures import DIGEST_CHARACTERS
from disposal_log.formats.entries import encode_entry
from disposal_log.tree.merkle import CompactRange
from retention.domain.people import PersonId
from retention.errors import InvalidInputError, LogDamagedError
from retention.store import outbox
from retention.store.attestations import ATTESTATION_NUMBER
from retention.store.batches import BATCH_NUMBER
from retention.store.catalogue import Catalogue, Transaction
from retention.store.holds import HOLD_NUMBER

_GROUP = 256
_LARGEST_SEQ = 2**53 - 1
_NUMBERED = (
    (EntryType.BATCH_PROPOSED, "batch", re.compile(r"B-(\d{1,15})"), BATCH_NUMBER),
    (EntryType.HOLD_PLACED, "hold", re.compile(r"H-(\d{1,15})"), HOLD_NUMBER),
    (EntryType.EVENT_ATTESTED, "statement", re.compile(r"A-(\d{1,15})"), ATTESTATION_NUMBER),
)


def new_id() -> str:
    """Return a name that nothing else will ever have."""
    return str(uuid.uuid4())


def drafted(
    kind: EntryType,
    *,
    at: datetime,
    actor: PersonId | None,
    body: Mapping[str, Any],
    disclosures: Mapping[str, str | bytes] | None = None,
    entry_id: str | None = None,
) -> EntryDraft:
    """Return an entry of type `kind`; no `actor` means the engine itself."""
    who = Actor(kind="service", ref="retention") if actor is None else Actor(kind="person", ref=actor)
    return EntryDraft(
        type=kind,
        id=entry_id or new_id(),
        time=at,
        actor=who,
        body=dict(body),
        disclosures=dict(disclosures or {}),
    )


def note(tx: Transaction, draft: EntryDraft) -> None:
    """Keep `draft` for the log, in the transaction of the change it tells of.

    Raises:
        InvalidInputError: The log would never take it. An entry that cannot be delivered would stand in the
            way of every later one, so the change it tells of may not happen either.
    """
    # names and numbers as long as they will be: the log adds its own number and 43 characters for each name
    commitments = dict.fromkeys(draft.disclosures, "0" * DIGEST_CHARACTERS)
    try:
        encode_entry(draft, seq=_LARGEST_SEQ, commitments=commitments)
    except EntryRefusedError as error:
        raise InvalidInputError(
            what=f"the destruction log could not take the entry {draft.type}: {error.reason}",
            not_done="Nothing was changed.",
            next_step="Use shorter and plainer names, or a smaller part at a time.",
        ) from error
    outbox.put(tx, outbox.PendingEntry(entry_id=draft.id, draft=_to_json(draft)))


def deliver(catalogue: Catalogue, log: DisposalLog) -> int:
    """Append everything that was noted and not yet acknowledged; return how many entries that was.

    Raises:
        disposal_log.LogError: The log could not be written; what was noted stays noted.
    """
    _look_at_the_log(catalogue, log)
    with catalogue.reading() as tx:
        waiting = outbox.pending(tx)
    for start in range(0, len(waiting), _GROUP):
        group = waiting[start : start + _GROUP]
        known = log.find([entry.entry_id for entry in group])
        fresh = [_from_json(entry) for entry in group if entry.entry_id not in known]
        receipts = {receipt.id: receipt for receipt in log.append(fresh)} if fresh else {}
        with catalogue.transaction() as tx:
            for entry in group:
                receipt = known.get(entry.entry_id) or receipts.get(entry.entry_id)
                if receipt is not None:
                    outbox.acknowledge(tx, entry.entry_id, receipt.seq)
    return len(waiting)


class SignedLog(Protocol):
    """A log whose signed root is known: open for writing, or only read."""

    @property
    def root(self) -> bytes:
        """The signed root over all entries."""
        ...

    def entries(self, start: int = 0) -> Iterator[StoredEntry]:
        """Yield the entries from number `start`."""
        ...


def signed_entries(log: SignedLog) -> Iterator[StoredEntry]:
    """Yield every entry of the log; to come to the end is to know that they are the signed ones.

    Whoever acts on what the log says must have read it to its end.

    Raises:
        LogDamagedError: They are not (RFC 6962 2.1: another root hash); nothing that was read may be believed.
    """
    root, tree = log.root, CompactRange()
    for stored in log.entries():
        tree.append(leaf_hash(stored.raw))
        yield stored
    if tree.root() != root:
        raise LogDamagedError(
            what="the entries of the destruction log are not those that were signed",
            not_done="Nothing was touched and nothing was issued.",
            next_step="See which one was changed with `retention log verify`; keep this copy as evidence.",
        )


def lifts_on_the_way(tx: Transaction) -> frozenset[str]:
    """Return the holds that were lifted but of which the log has not been told yet."""
    drafts = (json.loads(entry.draft) for entry in outbox.pending(tx))
    return frozenset(str(draft["body"]["hold"]) for draft in drafts if draft["type"] == EntryType.HOLD_LIFTED)


def _look_at_the_log(catalogue: Catalogue, log: DisposalLog) -> None:
    """Learn which numbers were given to batches and holds that this catalogue does not know.

    A catalogue that was made anew, or restored from a backup, would otherwise give them a second time, and
    take what the log says of an old batch for the story of a new one.
    """
    with catalogue.reading() as tx:
        seen = outbox.log_seen(tx)
    if seen >= log.size:
        return
    used: dict[str, int] = {}
    for stored in log.entries(seen):
        for kind, field, pattern, counter in _NUMBERED:
            if stored.entry["type"] == kind and (found := pattern.fullmatch(str(stored.entry.get(field)))):
                used[counter] = max(used.get(counter, 0), int(found[1]))
    with catalogue.transaction() as tx:
        outbox.learn(tx, seen=log.size, used=used)


def _to_json(draft: EntryDraft) -> str:
    # Names are disclosed to people here, as text: what is not UTF-8 goes as bytes, in hexadecimal.
    disclosures = {
        name: {"hex": value.hex()} if isinstance(value, bytes) else {"text": value}
        for name, value in draft.disclosures.items()
    }
    return json.dumps(
        {
            "type": draft.type,
            "time": draft.time.isoformat(),
            "actor": {"kind": draft.actor.kind, "ref": draft.actor.ref},
            "body": draft.body,
            "disclosures": disclosures,
        }
    )


def _from_json(entry: outbox.PendingEntry) -> EntryDraft:
    found = json.loads(entry.draft)
    disclosures = {
        name: bytes.fromhex(value["hex"]) if "hex" in value else value["text"]
        for name, value in found["disclosures"].items()
    }
    return EntryDraft(
        type=EntryType(found["type"]),
        id=entry.entry_id,
        time=datetime.fromisoformat(found["time"]),
        actor=Actor(**found["actor"]),
        body=found["body"],
        disclosures=disclosures,
    )
