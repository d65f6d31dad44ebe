"""Putting what happened into the destruction log, exactly once, with the change it tells of.

A use case notes an entry in its own transaction (`note`); right after the transaction `deliver` appends what
was noted. After a crash the next `deliver` goes on where the last one stopped: an entry whose id the log
already has is only acknowledged.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from disposal_log import Actor, DisposalLog, EntryDraft, EntryType
from retention.domain.people import PersonId
from retention.store import outbox
from retention.store.catalogue import Catalogue, Transaction

_GROUP = 256


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
    """Keep `draft` for the log, in the transaction of the change it tells of."""
    outbox.put(tx, outbox.PendingEntry(entry_id=draft.id, draft=_to_json(draft)))


def deliver(catalogue: Catalogue, log: DisposalLog) -> int:
    """Append everything that was noted and not yet acknowledged; return how many entries that was.

    Raises:
        disposal_log.LogError: The log could not be written; what was noted stays noted.
    """
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
