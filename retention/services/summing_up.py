"""Summing up: how many copies wait in which queue, are in which class and of which type, on one day."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from retention.domain.eligibility import AppraisedCopy, Eligibility, Queue, evaluate
from retention.domain.holds import HoldRegister
from retention.domain.records import CopyId
from retention.store.catalogue import Catalogue
from retention.store.tallies import Tally, copies_of, held_copies, tallies

_SEEN = "personal_data_seen:"
# what says nothing of the queue: what was seen in the text, and a deadline, which only adds a flag
_NO_MATTER = (_SEEN, "no_longer_than:")
_Kind = tuple[tuple[object, ...], tuple[str, ...]]
_Key = TypeVar("_Key")


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
class Summary:
    """Every known copy, by the queue it waits in, by its class and by its type; the queues sum to the whole.

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
        }


def eligibility(item: AppraisedCopy, register: HoldRegister, *, as_of: date) -> Eligibility:
    """Return the answer for one copy under the holds of `register`."""
    return evaluate(item, holds=register.holds_on(item), hold_reasons=register.reasons(item), as_of=as_of)


def summary(catalogue: Catalogue, register: HoldRegister, *, as_of: date) -> Summary:
    """Return how many copies wait in which queue on `as_of`.

    The database counts the kinds of copies and one of each is judged, as if nothing were held; then each copy that is
    held is moved to the queue where holds put it. Memory grows with the kinds, and with what is held.
    """
    counted = _Counted(as_of)
    with catalogue.reading() as tx:
        with closing(tallies(tx, as_of=as_of)) as found:
            for tally in found:
                counted.count(tally)
        with closing(copies_of(tx, counted.examples())) as examples:
            for item in examples:
                counted.judge(item)
        with closing(held_copies(tx, register)) as held:
            for item in held:
                counted.hold(item, eligibility(item, register, as_of=as_of).queue)
    return counted.summary()


class _Counted:
    """What was counted so far."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._whole, self._beyond_reach, self._queues = NOTHING, NOTHING, dict.fromkeys(Queue, NOTHING)
        self._kinds: dict[_Kind, Total] = {}
        self._examples: dict[CopyId, _Kind] = {}
        self._classes: dict[str, Total] = {}
        self._media_types: dict[str, Total] = {}
        self._personal_data: dict[str, Total] = {}

    def count(self, tally: Tally) -> None:
        """Count copies that are alike; their queue is not known yet."""
        kind = (tally.kind, tuple(flag for flag in tally.flags if not flag.startswith(_NO_MATTER)))
        if kind not in self._kinds:
            self._examples[tally.example_id] = kind
        _add(self._kinds, kind, tally)
        for seen in _personal_data_seen(tally.flags):
            _add(self._personal_data, seen, tally)
        if tally.class_id is not None:
            _add(self._classes, tally.class_id, tally)
        if tally.media_type is not None:
            _add(self._media_types, tally.media_type, tally)

    def examples(self) -> tuple[CopyId, ...]:
        """Return one copy of each kind."""
        return tuple(self._examples)

    def judge(self, example: AppraisedCopy) -> None:
        """Put all copies of one kind into the queue that its example is in, as if none were held."""
        total, queue = self._kinds[self._examples[example.copy.copy_id]], self._queue_without_holds(example)
        self._whole = self._whole.plus(total)
        self._queues[queue] = self._queues[queue].plus(total)
        if example.copy.is_beyond_reach and queue not in (Queue.MISSING, Queue.DESTROYED):
            self._beyond_reach = self._beyond_reach.plus(total)

    def hold(self, item: AppraisedCopy, queue: Queue) -> None:
        """Move one copy, which was counted already, to the queue it waits in under its holds."""
        before, size_bytes = self._queue_without_holds(item), item.copy.size_bytes
        self._queues[before] = self._queues[before].plus(Total(items=-1, size_bytes=-size_bytes))
        self._queues[queue] = self._queues[queue].plus(Total(items=1, size_bytes=size_bytes))

    def _queue_without_holds(self, item: AppraisedCopy) -> Queue:
        return evaluate(item, holds=(), hold_reasons=(), as_of=self._as_of).queue

    def summary(self) -> Summary:
        """Return all of it, in a fixed order."""
        return Summary(
            as_of=self._as_of,
            whole=self._whole,
            queues=self._queues,
            classes=dict(sorted(self._classes.items())),
            media_types=dict(sorted(self._media_types.items())),
            beyond_reach=self._beyond_reach,
            personal_data=dict(sorted(self._personal_data.items())),
        )


def _add(totals: dict[_Key, Total], key: _Key, tally: Tally) -> None:
    totals[key] = totals.get(key, NOTHING).plus(Total(items=tally.items, size_bytes=tally.size_bytes))


def _personal_data_seen(flags: Iterable[str]) -> Iterator[str]:
    for flag in flags:
        if flag.startswith(_SEEN):
            yield flag.removeprefix(_SEEN).partition("=")[0]
