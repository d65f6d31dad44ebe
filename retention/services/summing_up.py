"""Summing up: how many copies wait in which queue, are in which class and of which type, on one day."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from retention.domain.eligibility import AppraisedCopy, Eligibility, Queue, evaluate
from retention.domain.holds import HoldRegister
from retention.domain.kinds import Judged, Standing
from retention.store import duplicates, tallies
from retention.store.assets import owners_of_sources
from retention.store.catalogue import Catalogue
from retention.store.duplicates import DuplicateTotal
from retention.store.held_copies import held_copies
from retention.store.tallies import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many copies, and how many bytes they have together."""

    items: int
    size_bytes: int

    def plus(self, other: "Total") -> "Total":
        """Return both together."""
        return Total(items=self.items + other.items, size_bytes=self.size_bytes + other.size_bytes)

    def to_json(self) -> dict[str, int]:
        """Return the figures under the names of the command line's contract."""
        return {"items": self.items, "bytes": self.size_bytes}


NOTHING = Total(items=0, size_bytes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverRetained:
    """What could be proposed for disposal, of one class on one share, and who owns it."""

    class_id: str
    source_id: str
    owner_id: str
    total: Total

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract."""
        return {
            "disposal_class": self.class_id,
            "source": self.source_id,
            "owner": self.owner_id,
            **self.total.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Every known copy, by the queue it waits in, by its class and by its type; the queues sum to the whole.

    `over_retained` are those in the queue of what is eligible, by class and share. `duplicates` tells of all files on
    shares here that have the same content as others, whichever queue they wait in.

    `beyond_reach` are those on shares that are not mounted here, whichever queue they wait in. `personal_data` are
    those whose text seems to hold each kind of it.
    """

    as_of: date
    whole: Total
    queues: dict[Queue, Total]
    classes: dict[str, Total]
    media_types: dict[str, Total]
    beyond_reach: Total
    personal_data: dict[str, Total]
    over_retained: tuple[OverRetained, ...]
    duplicates: DuplicateTotal

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract."""
        return {
            "schema_version": 1,
            "as_of": self.as_of.isoformat(),
            "files": self.whole.items,
            "bytes": self.whole.size_bytes,
            "queues": {str(queue): total.to_json() for queue, total in self.queues.items()},
            "classes": {class_id: total.to_json() for class_id, total in self.classes.items()},
            "beyond_reach": self.beyond_reach.to_json(),
            "personal_data_seen": {kind: total.to_json() for kind, total in self.personal_data.items()},
            "media_types": {media_type: total.to_json() for media_type, total in self.media_types.items()},
            "over_retained": [one.to_json() for one in self.over_retained],
            "duplicates": {
                "groups": self.duplicates.groups,
                "items": self.duplicates.spare_files,
                "bytes": self.duplicates.spare_bytes,
            },
        }


def eligibility(item: AppraisedCopy, register: HoldRegister, *, as_of: date) -> Eligibility:
    """Return the answer for one copy under the holds of `register`."""
    return evaluate(item, holds=register.holds_on(item), hold_reasons=register.reasons(item), as_of=as_of)


def summary(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> Summary:
    """Return how many copies wait in which queue on `as_of`.

    Kinds of copies are counted, and one example of each is judged, as if nothing were held; then each copy that is
    held is moved to the queue where holds put it. Memory grows with the kinds, and with what is held.
    """
    made = _Counted(as_of)
    with catalogue.reading() as tx:
        counted = tallies.tallies(tx, as_of=as_of)
        for tally in counted.kinds:
            made.count(tally)
        with closing(held_copies(tx, register)) as held:
            for item in held:
                made.hold(item, eligibility(item, register, as_of=as_of).queue)
        owners, twice = owners_of_sources(tx), duplicates.total(tx)
    return Summary(
        as_of=as_of,
        whole=made.whole,
        queues=made.queues,
        classes=dict(sorted(made.classes.items())),
        media_types=_totals(counted.media_types),
        beyond_reach=made.beyond_reach,
        personal_data=_totals(counted.personal_data),
        over_retained=made.over_retained.listed(owners),
        duplicates=twice,
    )


def over_retained(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> tuple[OverRetained, ...]:
    """Return what is surely past its period on `as_of` and not held, by class and share: most bytes first.

    These are the copies that `reporting.overdue` lists one by one. Memory grows with the kinds of copies, and with
    what is held.
    """
    found, queues = _OverRetained(), _Queues(as_of)
    with catalogue.reading() as tx:
        for tally in tallies.ended(tx, as_of=as_of):
            if queues.of(tally) is Queue.ELIGIBLE:
                found.count(tally)
        with closing(held_copies(tx, register)) as held:
            for item in held:
                if _queue_without_holds(item, as_of) is Queue.ELIGIBLE:
                    found.leave_out(item)
        return found.listed(owners_of_sources(tx))


def duplicates_together(catalogue: Catalogue) -> DuplicateTotal:
    """Return how many contents lie in several files, and what would be gained if one file of each were kept."""
    with catalogue.reading() as tx:
        return duplicates.total(tx)


def keep_sums(catalogue: Catalogue) -> None:
    """Count anew whatever changed since it was last counted, and keep the sums, so that the next report need not.

    What is kept is never out of date without this; to leave it out costs time. Each transaction is a short one.
    """
    kinds = tallies.KindNumbers()
    with catalogue.reading() as tx:
        is_left, are_left = not tallies.is_settled(tx), not duplicates.is_settled(tx)
    while is_left or are_left:
        with catalogue.transaction() as tx:
            is_left = bool(tallies.settle(tx, kinds))
            are_left = bool(duplicates.settle(tx))


class _Queues:
    """In which queue each kind of copies waits, holds apart; each is judged once."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._known: dict[tuple[Judged, Standing], Queue] = {}

    def of(self, tally: Tally) -> Queue:
        judged, standing = tally.kind.judged, tally.standing
        if (queue := self._known.get((judged, standing))) is None:
            queue = self._known[judged, standing] = judged.queue(standing, as_of=self._as_of)
        return queue


class _OverRetained:
    """What could be proposed, by class and share."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Total] = {}

    def count(self, tally: Tally) -> None:
        if tally.kind.class_id is not None:
            self._add(tally.kind.class_id, tally.kind.source_id, tally.items, tally.size_bytes)

    def leave_out(self, item: AppraisedCopy) -> None:
        """Take away one copy that was counted, and is held."""
        if item.class_id is not None:
            self._add(item.class_id, item.copy.source_id, -1, -item.copy.size_bytes)

    def listed(self, owners: Mapping[str, str]) -> tuple[OverRetained, ...]:
        return tuple(
            OverRetained(class_id=class_id, source_id=source_id, owner_id=owners[source_id], total=total)
            for (class_id, source_id), total in sorted(
                self._found.items(), key=lambda one: (-one[1].size_bytes, one[0])
            )
            if total.items
        )

    def _add(self, class_id: str, source_id: str, items: int, size_bytes: int) -> None:
        key = (class_id, source_id)
        self._found[key] = self._found.get(key, NOTHING).plus(Total(items=items, size_bytes=size_bytes))


class _Counted:
    """What was counted so far."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._kinds = _Queues(as_of)
        self.whole, self.beyond_reach, self.queues = NOTHING, NOTHING, dict.fromkeys(Queue, NOTHING)
        self.classes: dict[str, Total] = {}
        self.over_retained = _OverRetained()

    def count(self, tally: Tally) -> None:
        """Count copies that are alike, in the queue that they are in as if none were held."""
        total, queue = Total(items=tally.items, size_bytes=tally.size_bytes), self._kinds.of(tally)
        self.whole = self.whole.plus(total)
        self.queues[queue] = self.queues[queue].plus(total)
        if tally.kind.judged.is_beyond_reach and queue not in (Queue.MISSING, Queue.DESTROYED):
            self.beyond_reach = self.beyond_reach.plus(total)
        if (class_id := tally.kind.class_id) is not None:
            self.classes[class_id] = self.classes.get(class_id, NOTHING).plus(total)
        if queue is Queue.ELIGIBLE:
            self.over_retained.count(tally)

    def hold(self, item: AppraisedCopy, queue: Queue) -> None:
        """Move one copy, which was counted already, to the queue it waits in under its holds."""
        before, size_bytes = _queue_without_holds(item, self._as_of), item.copy.size_bytes
        self.queues[before] = self.queues[before].plus(Total(items=-1, size_bytes=-size_bytes))
        self.queues[queue] = self.queues[queue].plus(Total(items=1, size_bytes=size_bytes))
        if before is Queue.ELIGIBLE:
            self.over_retained.leave_out(item)


def _queue_without_holds(item: AppraisedCopy, as_of: date) -> Queue:
    return evaluate(item, holds=(), hold_reasons=(), as_of=as_of).queue


def _totals(found: Mapping[str, tuple[int, int]]) -> dict[str, Total]:
    return {name: Total(items=items, size_bytes=size_bytes) for name, (items, size_bytes) in sorted(found.items())}
