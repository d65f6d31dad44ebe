"""Whether the log tells a lawful story: approved before announced, announced before done, done once.

Stands above `entries`. The tree proves that nothing was changed since it was written; this asks whether what
was written should have happened. It reads each entry once, in order, and keeps a few bytes for each item.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from disposal_log.formats.canonical import JSON
from disposal_log.formats.entries import EntryType, Phase, Result, body_fault

_CHUNK_ITEMS = 256

# What is kept for one item, in one byte: its last result, and the intents that named it.
_RESULT_CODES = {str(result): code for code, result in enumerate(Result, start=1)}
_RESULT_OF_CODE = {code: result for result, code in _RESULT_CODES.items()}
_RESULT_MASK = 0x0F
_QUARANTINE_INTENDED = 0x10
_PURGE_INTENDED = 0x20
_EXCLUDED = 0x40
_INTENT_BITS = {str(Phase.QUARANTINE): _QUARANTINE_INTENDED, str(Phase.PURGE): _PURGE_INTENDED}
_QUARANTINED_WORD = str(Result.QUARANTINED)
_QUARANTINED = _RESULT_CODES[_QUARANTINED_WORD]
_OUTCOME = str(EntryType.ITEM_OUTCOME)

# A result that says we touched the file, and the intent that must have announced it.
_NEEDED_INTENT = {
    str(Result.QUARANTINED): _QUARANTINE_INTENDED,
    str(Result.DESTROYED): _PURGE_INTENDED,
    str(Result.NAME_REMOVED): _PURGE_INTENDED,
}
APPROVE = "approve"
REFUSALS = frozenset({"keep", "withdraw"})
PROVISIONAL = "provisional"


class ItemStates:
    """One byte for each item of a batch, in chunks, so that a forged item number costs little memory."""

    __slots__ = ("_chunks",)

    def __init__(self) -> None:
        self._chunks: dict[int, bytearray] = {}

    def around(self, item: int) -> tuple[bytearray, int]:
        """Give the bytes of an item and its neighbours, to be changed in place, and where among them it stands."""
        number, place = divmod(item, _CHUNK_ITEMS)
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._chunks[number] = bytearray(_CHUNK_ITEMS)
        return chunk, place

    def mark(self, item: int, bits: int) -> None:
        """Set bits of an item."""
        chunk, place = self.around(item)
        chunk[place] |= bits


class ItemSizes:
    """The bytes of each item in quarantine, kept like `ItemStates`."""

    __slots__ = ("_chunks",)

    def __init__(self) -> None:
        self._chunks: dict[int, array[int]] = {}

    def get(self, item: int) -> int:
        """Give the size kept for an item."""
        chunk = self._chunks.get(item // _CHUNK_ITEMS)
        return 0 if chunk is None else chunk[item % _CHUNK_ITEMS]

    def put(self, item: int, size_bytes: int) -> None:
        """Keep the size of an item."""
        number, offset = divmod(item, _CHUNK_ITEMS)
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._chunks[number] = array("q", bytes(8 * _CHUNK_ITEMS))
        chunk[offset] = size_bytes


@dataclass(slots=True, kw_only=True)
class BatchStory:
    """What has been told about one batch so far; entry numbers say when."""

    proposer: str
    manifest: str
    items: int
    approved_at: int | None = None
    decisions: dict[str, str] = field(default_factory=dict)
    expires: str | None = None
    hold_checked_at: int | None = None
    is_closed: bool = False
    states: ItemStates = field(default_factory=ItemStates)
    counts: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    sizes: ItemSizes = field(default_factory=ItemSizes)

    @property
    def is_approved(self) -> bool:
        """Whether some role's newest decision approves and none's refuses."""
        newest = self.decisions.values()
        return APPROVE in newest and not REFUSALS.intersection(newest)


class StoryCheck:
    """Follows the log entry by entry and yields what should not have happened."""

    def __init__(self) -> None:
        self._batches: dict[str, BatchStory] = {}
        self._warnings: list[str] = []
        self._checks: Mapping[str, Callable[[int, Mapping[str, JSON]], Iterator[str]]] = {
            EntryType.BATCH_PROPOSED: self._proposed,
            EntryType.BATCH_DECISION: self._decided,
            EntryType.HOLD_CHECK: self._hold_checked,
            EntryType.BATCH_INTENT: self._intended,
            EntryType.BATCH_CLOSED: self._closed,
            EntryType.CERTIFICATE_ISSUED: self._certified,
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """Give what is odd without being unlawful."""
        return tuple(self._warnings)

    def observe(self, seq: int, entry: Mapping[str, JSON], *, is_body_sound: bool = False) -> Iterable[str]:
        """Take in entry `seq` and give every rule it breaks, in words; all of them must be taken.

        Args:
            seq: The number of the entry.
            entry: The entry, its envelope checked.
            is_body_sound: Whether its fields are known to be those of its type.
        """
        # a long log is outcomes: they are told apart first, and nothing is made for one that breaks no rule
        if entry["type"] == _OUTCOME:
            fault = None if is_body_sound else body_fault(_OUTCOME, entry)
            return self._came_out(entry) if fault is None else (fault,)
        return self._observe_other(seq, entry)

    def _observe_other(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        entry_type = entry["type"]
        if not isinstance(entry_type, str) or (check := self._checks.get(entry_type)) is None:
            return
        fault = body_fault(entry_type, entry)
        if fault is not None:
            yield fault
            return
        yield from check(seq, entry)

    def _proposed(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        batch = _text(entry, "batch")
        if batch in self._batches:
            yield f"batch {batch} is proposed a second time"
            return
        self._batches[batch] = BatchStory(
            proposer=_text(entry, "proposer"),
            manifest=_text(entry, "manifest"),
            items=_number(entry, "items"),
        )

    def _decided(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        story = self._batches.get(_text(entry, "batch"))
        if story is None:
            yield f"a decision on batch {entry['batch']}, which was never proposed"
            return
        decision = _text(entry, "decision")
        if decision == APPROVE:
            fault = _approval_fault(story, entry)
            if fault is not None:
                yield fault
                return
            story.approved_at = seq
            expires = entry.get("expires")
            story.expires = expires if isinstance(expires, str) else None
            _exclude(story, entry.get("excluded", []))
        if decision == APPROVE or decision in REFUSALS:
            story.decisions[_text(entry, "role")] = decision

    def _hold_checked(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        story = self._batches.get(_text(entry, "batch"))
        if story is None:
            yield f"a hold check for batch {entry['batch']}, which was never proposed"
            return
        story.hold_checked_at = seq

    def _intended(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        batch, phase = _text(entry, "batch"), _text(entry, "phase")
        story = self._batches.get(batch)
        if story is None:
            yield f"an intent for batch {batch}, which was never proposed"
            return
        if phase not in _INTENT_BITS:
            return
        if not story.is_approved or story.approved_at is None:
            yield f"an intent to {phase} items of batch {batch}, which was not approved"
            return
        if phase == Phase.PURGE and (story.hold_checked_at is None or story.hold_checked_at < story.approved_at):
            yield f"an intent to purge items of batch {batch} without a hold check since its approval"
        self._warn_expired(seq, entry, story, phase)
        yield from _mark_intended(story, entry, phase)

    def _warn_expired(self, seq: int, entry: Mapping[str, JSON], story: BatchStory, phase: str) -> None:
        # only a warning: both times are the host's own word
        time = _text(entry, "time")
        if phase == Phase.QUARANTINE and story.expires and time[: len(story.expires)] > story.expires:
            self._warnings.append(f"entry {seq} acts on an approval that expired on {story.expires}")

    def _came_out(self, entry: Mapping[str, JSON]) -> Sequence[str]:
        batch, item, result = _text(entry, "batch"), _number(entry, "item"), _text(entry, "result")
        story = self._batches.get(batch)
        if story is None:
            return (f"an outcome in batch {batch}, which was never proposed",)
        if item >= story.items:
            return (f"item {item} of batch {batch}, which has {story.items} items",)
        states, place = story.states.around(item)
        state = states[place]
        last = state & _RESULT_MASK
        if last in (0, _QUARANTINED):
            _count(story, item=item, before=last, result=result, size=entry.get("size"))
            states[place] = state & ~_RESULT_MASK | _RESULT_CODES[result]
        return _outcome_faults(story, batch=batch, item=item, result=result, state=state)

    def _closed(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        batch = _text(entry, "batch")
        story = self._batches.get(batch)
        if story is None:
            yield f"the end of batch {batch}, which was never proposed"
            return
        story.is_closed = True
        if not story.counts[_QUARANTINED_WORD]:
            story.sizes = ItemSizes()  # only what leaves quarantine is asked for its size
        if not _agrees(entry["counts"], story.counts):
            yield f"batch {batch} is closed with other counts than its outcomes have"
        elif not _agrees(entry["bytes"], story.bytes):
            yield f"batch {batch} is closed with other bytes than its outcomes have"

    def _certified(self, seq: int, entry: Mapping[str, JSON]) -> Iterator[str]:
        batch = _text(entry, "batch")
        story = self._batches.get(batch)
        if story is None:
            yield f"a certificate for batch {batch}, which was never proposed"
            return
        if "counts" in entry and not _agrees(entry["counts"], story.counts):
            yield f"the certificate of batch {batch} has other counts than its outcomes"
        if _text(entry, "status").startswith(PROVISIONAL):
            return
        if not story.is_closed:
            yield f"a final certificate for batch {batch}, which is not closed"
        if sum(story.counts.values()) != story.items or story.counts[str(Result.QUARANTINED)]:
            yield f"a final certificate for batch {batch}, which does not account for all {story.items} items"


def _approval_fault(story: BatchStory, entry: Mapping[str, JSON]) -> str | None:
    batch = entry["batch"]
    if entry["decider"] == story.proposer:
        return f"batch {batch} is approved by the person who proposed it"
    if entry["manifest"] != story.manifest:
        return f"the approval of batch {batch} names another manifest than the proposal"
    if entry["items"] != story.items:
        return f"the approval of batch {batch} counts other items than the proposal"
    return None


def _exclude(story: BatchStory, excluded: JSON) -> None:
    if not isinstance(excluded, list | tuple):
        return
    for item in excluded:
        if isinstance(item, int) and item < story.items:
            story.states.mark(item, _EXCLUDED)


def _mark_intended(story: BatchStory, entry: Mapping[str, JSON], phase: str) -> Iterator[str]:
    items = entry["items"]
    if not isinstance(items, list | tuple):
        return
    for item in items:
        if not isinstance(item, int) or item >= story.items:
            yield f"an intent for item {item} of batch {entry['batch']}, which has {story.items} items"
        else:
            story.states.mark(item, _INTENT_BITS[phase])


def _outcome_faults(story: BatchStory, *, batch: str, item: int, result: str, state: int) -> Sequence[str]:
    last = state & _RESULT_MASK
    needed = _NEEDED_INTENT.get(result, 0)
    is_free = last in (0, _QUARANTINED)
    # a withdrawal after the intent comes too late to undo the act, so only the intent asks for more
    if is_free and (not needed or (state & needed and not state & _EXCLUDED and story.approved_at is not None)):
        return ()
    what = f"item {item} of batch {batch} was"
    faults: list[str] = []
    if not is_free:
        faults.append(f"{what} already {_RESULT_OF_CODE[last]} and is now {result}")
    if needed and story.approved_at is None:
        faults.append(f"{what} {result} though the batch was never approved")
    elif needed and state & _EXCLUDED:
        faults.append(f"{what} {result} though the approval excludes it")
    if needed and not state & needed:
        faults.append(f"{what} {result} without an intent that names it")
    return faults


def _count(story: BatchStory, *, item: int, before: int, result: str, size: JSON) -> None:
    """Keep the sums by result; an item that leaves quarantine leaves its count there."""
    if before == _QUARANTINED:
        story.counts[_QUARANTINED_WORD] -= 1
        story.bytes[_QUARANTINED_WORD] -= story.sizes.get(item)
    size_bytes = size if isinstance(size, int) else 0
    story.counts[result] += 1
    story.bytes[result] += size_bytes
    if result == _QUARANTINED_WORD:
        story.sizes.put(item, size_bytes)


def _agrees(told: JSON, found: Mapping[str, int]) -> bool:
    if not isinstance(told, Mapping):
        return False
    return all(told.get(name, 0) == found.get(name, 0) for name in {*told, *found})


def _text(entry: Mapping[str, JSON], name: str) -> str:
    value = entry[name]
    return value if isinstance(value, str) else ""


def _number(entry: Mapping[str, JSON], name: str) -> int:
    value = entry[name]
    return value if isinstance(value, int) else 0
