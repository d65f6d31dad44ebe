"""An entry of the destruction log in plain words, such as "proposed by Rita Rees (rita) with 12 items"."""

from collections.abc import Mapping
from typing import Any

from disposal_log import EntryType, StoredEntry

_ACTS = {"quarantine": "be moved to quarantine", "purge": "be destroyed", "restore": "be put back"}
_BEFORE = {"quarantine": "the move to quarantine", "purge": "destruction", "restore": "being put back"}
_DONE = {
    "destroyed": "destroyed",
    "name-removed": "its name removed; the content has another name",
    "quarantined": "moved to quarantine, where it can be restored",
    "restored": "put back in its place",
    "skipped": "left alone",
    "failed": "not destroyed",
    "missing": "found missing",
    "anomaly": "not destroyed: something was not as it should be",
    "excluded": "kept: left out by the approver",
    "held": "kept: under a disposal hold",
    "changed": "kept: not as it was approved",
}


def told_of(stored: StoredEntry, *, names: Mapping[str, str], item: int | None) -> str:
    """Return what an entry about a batch tells, of one item if `item` is given; not yet fit for a terminal."""
    entry: Mapping[str, Any] = stored.entry
    match entry["type"]:
        case EntryType.BATCH_PROPOSED:
            who = _person(names, entry["proposer"])
            words = f"proposed by {who} with {_items(entry['items'])} under schedule {entry['schedule']}"
        case EntryType.BATCH_DECISION:
            words = _decided(stored, entry, names, item)
        case EntryType.HOLD_CHECK:
            held = f"{_items(entry['held'])} held" if entry["held"] else "none held"
            before = _BEFORE.get(entry["phase"], entry["phase"])
            words = f"holds asked before {before}: {held} (register version {entry['register_version']})"
        case EntryType.BATCH_INTENT:
            words = f"announced that it was to {_ACTS.get(entry['phase'], entry['phase'])}"
        case EntryType.ITEM_OUTCOME:
            words = _came_out(stored, entry)
        case EntryType.BATCH_CLOSED:
            words = "batch closed: every item has its last outcome"
        case EntryType.CERTIFICATE_ISSUED:
            words = f"certified: {entry['certificate']}, {entry['status']}"
        case EntryType.BACKUP_EXPIRED:
            words = f"backups stated to have expired by {_person(names, str(entry.get('stated_by', '')))}"
        case _:
            words = str(entry["type"])
    return words


def _decided(stored: StoredEntry, entry: Mapping[str, Any], names: Mapping[str, str], item: int | None) -> str:
    verb = {"approve": "approved", "keep": "kept, as decided"}.get(entry["decision"], entry["decision"])
    words = f"{verb} by {_person(names, entry['decider'])} as {entry['role']}"
    excluded = entry.get("excluded", ())
    if item is not None and item in excluded:
        words += ", leaving this item out"
    elif item is None and excluded:
        words += f", leaving {_items(len(excluded))} out"
    reason = (stored.disclosures or {}).get("reason")
    return f"{words}: {reason}" if isinstance(reason, str) and reason else words


def _came_out(stored: StoredEntry, entry: Mapping[str, Any]) -> str:
    words = _DONE.get(entry["result"], str(entry["result"]))
    if "method" in entry:
        words += f" by {entry['method']}, assurance {entry.get('assurance', 'not stated')}"
    detail = (stored.disclosures or {}).get("detail")
    why = [part for part in (entry.get("reason"), detail) if isinstance(part, str) and part]
    return f"{words} ({'; '.join(why)})" if why else words


def _person(names: Mapping[str, str], ref: str) -> str:
    return f"{names[ref]} ({ref})" if ref in names else ref


def _items(count: int) -> str:
    return f"{count:,} item" if count == 1 else f"{count:,} items"
