"""The sum that every certificate rests on: what was proposed equals what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from retention.domain.batches import BatchItem, ItemState

FINAL_STATES = tuple(state for state in ItemState if state.is_final)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Counts and bytes per state, over all items of one batch."""

    proposed: int
    proposed_bytes: int
    counts: dict[ItemState, int]
    sizes_bytes: dict[ItemState, int]

    @property
    def balances(self) -> bool:
        """Tell whether every item has a final state and the parts sum to the whole, by count and by bytes."""
        return (
            sum(self.counts[state] for state in FINAL_STATES) == self.proposed
            and sum(self.sizes_bytes[state] for state in FINAL_STATES) == self.proposed_bytes
        )

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract; the parts sum to `proposed`."""
        named = {str(state): self.counts[state] for state in ItemState}
        sizes = {str(state): self.sizes_bytes[state] for state in ItemState}
        return {"proposed": self.proposed, **named, "bytes": {"proposed": self.proposed_bytes, **sizes}}


def reconcile(items: Iterable[BatchItem]) -> Reconciliation:
    """Add up `items` by state."""
    counts, sizes = dict.fromkeys(ItemState, 0), dict.fromkeys(ItemState, 0)
    for item in items:
        counts[item.state] += 1
        sizes[item.state] += item.size_bytes
    return Reconciliation(
        proposed=sum(counts.values()), proposed_bytes=sum(sizes.values()), counts=counts, sizes_bytes=sizes
    )
