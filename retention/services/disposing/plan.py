"""Planning a disposal: the very checks of the real run, and not one change."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

from retention.domain.batches import ApprovedBatch, BatchItem, ItemState
from retention.domain.holds import HoldRegister
from retention.domain.reconciliation import Reconciliation, reconcile
from retention.services.disposing.location import DeniedError, DriftError, GoneError, Root, open_approved
from retention.services.disposing.still_due import NO_LONGER_DUE, DueGate
from retention.store import assets, holds
from retention.store.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """What would become of one item, and why."""

    item: BatchItem
    state: ItemState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalPlan:
    """What a disposal would do now."""

    batch_id: str
    items: tuple[PlannedItem, ...]
    grace_days: int

    @property
    def reconciliation(self) -> Reconciliation:
        """Return the figures; what would be quarantined first counts as quarantined."""
        return reconcile(replace(planned.item, state=planned.state) for planned in self.items)

    def reasons(self) -> Counter[str]:
        """Return how many items stay, per reason."""
        moving = (ItemState.QUARANTINED, ItemState.DESTROYED)
        return Counter(planned.reason for planned in self.items if planned.state not in moving)


def plan_disposal(catalogue: Catalogue, approved: ApprovedBatch, *, grace_days: int, as_of: date) -> DisposalPlan:
    """Return what `carry_out` would do on `as_of`: every file is found, hashed and compared. Touches nothing.

    Raises:
        SourceVanishedError: A registered root cannot be reached.
    """
    with catalogue.reading() as tx:
        register = holds.active_register(tx)
        sources = {source_id: assets.source(tx, source_id) for source_id in {item.source_id for item in approved.items}}
    with ExitStack() as opened:
        roots = {}
        for source_id, source in sources.items():
            roots[source_id] = Root(source.root, inode=source.root_inode)
            opened.callback(roots[source_id].close)
        due = DueGate(catalogue, approved.items, as_of=as_of)
        with catalogue.reading() as tx:
            not_due = {item.number: due.reasons(tx, item, is_in_quarantine=_is_moved(item)) for item in approved.items}
        planned = tuple(
            _planned(item, register, roots[item.source_id], approved, not_due[item.number]) for item in approved.items
        )
    return DisposalPlan(batch_id=approved.batch_id, items=planned, grace_days=grace_days)


def _is_moved(item: BatchItem) -> bool:
    return item.state is ItemState.QUARANTINED


def _planned(
    item: BatchItem, register: HoldRegister, root: Root, approved: ApprovedBatch, not_due: tuple[str, ...]
) -> PlannedItem:
    if item.state.is_final:
        state, reason = item.state, item.reason
    elif item.number in approved.excluded:
        state, reason = ItemState.EXCLUDED, "left out by the approval"
    elif register.holds_on(item):
        state, reason = ItemState.HELD, "; ".join(register.reasons(item))
    else:
        state, reason = (ItemState.QUARANTINED, "in quarantine") if _is_moved(item) else _found(root, item)
        if not_due and state is ItemState.QUARANTINED:
            state, reason = ItemState.CHANGED, f"{NO_LONGER_DUE}: {'; '.join(not_due)}"
    return PlannedItem(item=item, state=state, reason=reason)


def _found(root: Root, item: BatchItem) -> tuple[ItemState, str]:
    try:
        open_approved(root, item).close()
    except GoneError:
        return ItemState.MISSING, "nothing lies there any more"
    except DriftError as drift:
        return ItemState.CHANGED, drift.reason
    except DeniedError as denied:
        return ItemState.FAILED, denied.reason
    return ItemState.QUARANTINED, "as approved"
