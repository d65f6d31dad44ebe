"""Settling what a crash left open, from the log and the disk alone.

| last word of the log | in quarantine? | what it means |
|---|---|---|
| nothing | - | full checks from the start |
| intent to quarantine | its own file, unchanged | it was moved: `quarantined` |
| intent to quarantine | another file | the wrong one was moved: it goes back, `changed`, or the run stops |
| intent to quarantine | nothing | it was never moved: full checks |
| intent to purge | its own file | it was not removed: still quarantined |
| intent to purge | nothing | `restored` if somebody put it in its old place, otherwise `destroyed` by us |
| intent to purge | another file | nobody can say: `failed`, and the other file stays |
| intent to restore | its own file | not yet put back: tried again, never destroyed instead |
| intent to restore | nothing | `restored` if it lies in its old place, otherwise `missing` |
| an outcome | - | nothing to settle |
"""

from disposal_log import Phase, Result
from retention.domain.batches import BatchItem, ItemState
from retention.services.disposing.journal import ItemOutcome, ItemTrail
from retention.services.disposing.location import DeniedError, DriftError, GoneError, StrandedError
from retention.services.disposing.quarantine import Presence, Quarantine

RESUMED = "settled at restart"


def settle(item: BatchItem, trail: ItemTrail, quarantine: Quarantine) -> ItemOutcome | None:
    """Return the outcome that an interrupted run still owes the log, or None when it owes nothing.

    Raises:
        StrandedError: A file that was moved by mistake cannot be put back.

    An intent to purge is written only for a file that was proved to have no other name, so that its absence
    from our private folder means it was destroyed.
    """
    match trail.open_intent:
        case None:
            return None
        case Phase.QUARANTINE:
            return _after_intent_to_quarantine(item, quarantine)
        case Phase.PURGE:
            return _after_intent_to_purge(item, quarantine)
        case Phase.RESTORE:
            return _after_intent_to_restore(item, quarantine)


def left_out(item: BatchItem) -> ItemOutcome:
    """Return the last word on an item that the approval did not cover."""
    is_held = item.state is ItemState.HELD
    return ItemOutcome(
        item=item,
        result=Result.HELD if is_held else Result.EXCLUDED,
        reason="held when the batch was approved" if is_held else "left out by the approval",
        detail=item.reason,
    )


def no_longer_here(item: BatchItem, quarantine: Quarantine) -> ItemOutcome:
    """Return the outcome of an item that waited in quarantine and does not lie there any more."""
    if quarantine.is_back(item):
        return ItemOutcome(item=item, result=Result.RESTORED, reason="somebody put it back in its place")
    return ItemOutcome(item=item, result=Result.MISSING, reason="it is no longer in quarantine; not our doing")


def _after_intent_to_quarantine(item: BatchItem, quarantine: Quarantine) -> ItemOutcome | None:
    match quarantine.presence(item, unchanged=True):
        case Presence.ITSELF:
            return ItemOutcome(item=item, result=Result.QUARANTINED, reason=RESUMED)
        case Presence.STRANGER:
            _give_back(item, quarantine)
            return ItemOutcome(item=item, result=Result.CHANGED, reason=f"swapped while being moved; {RESUMED}")
        case Presence.NOTHING:
            return None


def _after_intent_to_purge(item: BatchItem, quarantine: Quarantine) -> ItemOutcome | None:
    match quarantine.presence(item):
        case Presence.ITSELF:
            return None
        case Presence.STRANGER:
            reason = "another file lies in quarantine under its number: nobody can say what became of it"
            return ItemOutcome(item=item, result=Result.FAILED, reason=reason)
        case Presence.NOTHING if quarantine.is_back(item, unchanged=True):
            reason = f"somebody put it back in its place; {RESUMED}"
            return ItemOutcome(item=item, result=Result.RESTORED, reason=reason)
        case Presence.NOTHING:
            return ItemOutcome(item=item, result=Result.DESTROYED, reason=RESUMED, links_left=0)


def _after_intent_to_restore(item: BatchItem, quarantine: Quarantine) -> ItemOutcome | None:
    if quarantine.presence(item) is Presence.ITSELF:
        return None
    if quarantine.is_back(item):
        return ItemOutcome(item=item, result=Result.RESTORED, reason=RESUMED)
    return ItemOutcome(item=item, result=Result.MISSING, reason=f"neither in quarantine nor in its place; {RESUMED}")


def _give_back(item: BatchItem, quarantine: Quarantine) -> None:
    try:
        quarantine.put_back(item)
    except (GoneError, DriftError, DeniedError) as error:
        raise StrandedError(f"{item.number:06d}", str(error) or "it is gone") from error
