"""One small lawful disposal, as entries: what the mutated bundles start from."""

import uuid
from datetime import UTC, datetime

from disposal_log import JSON, Actor, DisclosedValue, EntryDraft, EntryType

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGIN = "records.example.gov.uk/destruction/2026"
_ENGINE = Actor(kind="service", ref="engine")
_RITA = Actor(kind="person", ref="u-rita")
_OMAR = Actor(kind="person", ref="u-omar")


def story_of(batch: str, *, items: int = 3) -> list[list[EntryDraft]]:
    """Return the appends of one batch from proposal to closing; the last item is left out by the approver."""
    head: dict[str, JSON] = {"batch": batch, "asset": f"A-{batch}", "items": items, "bytes": items * 20}
    head["manifest"] = "ab" * 32
    done: list[JSON] = list(range(items - 1))
    sums: dict[str, JSON] = {"destroyed": items - 1, "excluded": 1}
    sizes: dict[str, JSON] = {"destroyed": (items - 1) * 20, "excluded": 20}

    def outcome(item: int, result: str) -> EntryDraft:
        values: dict[str, DisclosedValue] = {"path": f"Finance/{batch}/Tŷ {item}.pdf", "sha256": "cd" * 32}
        body: dict[str, JSON] = {"batch": batch, "item": item, "result": result, "size": 20}
        return _draft(EntryType.ITEM_OUTCOME, body, values=values)

    return [
        [
            _draft(
                EntryType.BATCH_PROPOSED,
                {**head, "class": "FIN-07", "schedule": "3", "proposer": "u-rita"},
                actor=_RITA,
                values={"proposer_name": "Rita Jones"},
            ),
            _draft(
                EntryType.BATCH_DECISION,
                {
                    **head,
                    "decision": "approve",
                    "role": "IAO",
                    "decider": "u-omar",
                    "expires": "2027-01-31",
                    "excluded": [items - 1],
                },
                actor=_OMAR,
            ),
            _draft(EntryType.BATCH_INTENT, {"batch": batch, "phase": "quarantine", "items": done}),
        ],
        [outcome(item, "quarantined") for item in range(items - 1)],
        [
            _draft(EntryType.HOLD_CHECK, {"batch": batch, "phase": "purge", "register_version": "12", "held": 0}),
            _draft(EntryType.BATCH_INTENT, {"batch": batch, "phase": "purge", "items": done}),
            *(outcome(item, "destroyed") for item in range(items - 1)),
            outcome(items - 1, "excluded"),
            _draft(EntryType.BATCH_CLOSED, {"batch": batch, "counts": sums, "bytes": sizes}),
        ],
    ]


def _draft(
    kind: EntryType,
    body: dict[str, JSON],
    *,
    actor: Actor = _ENGINE,
    values: dict[str, DisclosedValue] | None = None,
) -> EntryDraft:
    return EntryDraft(type=kind, id=str(uuid.uuid4()), time=NOON, actor=actor, body=body, disclosures=values or {})
