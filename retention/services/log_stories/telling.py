"""Reading the log twice: the first pass notes of each batch who and what it was about, the second tells.

Memory grows by eight bytes for each item. Nothing is told that is not signed: the first pass reads to the end, and
compares the root.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from disposal_log import EntryType, LogReader, Result, StoredEntry
from disposal_log.files.sidecar import DISCLOSURES_FILE
from disposal_log.formats.entries import body_fault
from disposal_log.verifying.story import APPROVE, StoryCheck
from retention.domain.naming import shown
from retention.errors import LogDamagedError, UnknownThingError
from retention.services.log_access import our_errors
from retention.services.log_stories.asked import Answer, Event, LogFilter, Question, Story
from retention.services.log_stories.words import told_of
from retention.services.recording import signed_entries

_CHUNK = 4_096
_REMOVED = frozenset({Result.DESTROYED, Result.NAME_REMOVED})
_WAITING = frozenset({Result.QUARANTINED})


class _LastOutcomes:
    """The entry of each item's last outcome, in chunks, so that an odd item number costs little memory."""

    def __init__(self) -> None:
        self._chunks: dict[int, array[int]] = {}

    def put(self, item: int, seq: int) -> None:
        number, offset = divmod(item, _CHUNK)
        if (chunk := self._chunks.get(number)) is None:
            chunk = self._chunks[number] = array("q", [-1]) * _CHUNK
        chunk[offset] = seq

    def get(self, item: int) -> int:
        chunk = self._chunks.get(item // _CHUNK)
        return -1 if chunk is None else chunk[item % _CHUNK]


@dataclass(slots=True)
class _BatchNotes:
    """What the first pass learned of a batch."""

    class_id: str
    items: int
    approvers: set[str] = field(default_factory=set)
    excluded: frozenset[int] = frozenset()
    is_approved: bool = False
    certificates: set[str] = field(default_factory=set)
    last: _LastOutcomes = field(default_factory=_LastOutcomes)


class LogStories:
    """A log, opened to be asked."""

    def __init__(self, log: Path, *, sidecar: Path | None = None) -> None:
        """Open the log in the folder `log`; `sidecar` holds the names and paths, if there are any.

        Raises:
            LogUnavailableError: There is no log.
            LogDamagedError: Its checkpoint is not signed by its key.
        """
        has_names = sidecar is not None and (sidecar / DISCLOSURES_FILE).is_file()
        with our_errors():
            self._reader = LogReader(log, sidecar_directory=sidecar if has_names else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    def entries(self, wanted: LogFilter) -> Iterator[StoredEntry]:
        """Yield the entries that fit, as they stand in the log."""
        with our_errors():
            fits = self._fitting(wanted)
            for stored in self._reader.entries():
                if fits(stored):
                    yield stored

    def stories(self, wanted: LogFilter) -> Iterator[Story]:
        """Yield the story of each item that fits, or of each batch when no item is named.

        Raises:
            LogDamagedError: The entries are not the signed ones.
            UnknownThingError: The log tells of no such item or batch.
        """
        with our_errors():
            notes = self._notes()
            chosen = self._items(wanted, notes)
            batches = _chosen_batches(wanted, notes)
            if chosen is not None:
                batches = {batch: notes[batch] for batch, _item in chosen if batch in batches}
            told: dict[tuple[str, int | None], Story] = {
                key: Story(batch=key[0], item=key[1], class_id=batches[key[0]].class_id)
                for key in (((batch, None) for batch in batches) if chosen is None else sorted(chosen))
                if key[0] in batches
            }
            if not told and (wanted.item or wanted.batch):
                raise UnknownThingError(kind="item or batch in the log", name=str(wanted.item or wanted.batch))
            self._tell(told, wanted)
        yield from told.values()

    def answers(self, question: Question, wanted: LogFilter) -> Iterator[Answer]:
        """Yield the items that `question` asks for.

        Raises:
            LogDamagedError: The entries are not the signed ones.
        """
        with our_errors():
            if question is Question.NOT_APPROVED:
                yield from self._not_approved(wanted)
                return
            notes = self._notes()
            batches = _chosen_batches(wanted, notes)
            chosen = self._items(wanted, notes)
            for stored in self._reader.entries():
                answer = _answer_in(stored, question, batches)
                if answer is not None and wanted.takes_day(stored.entry) and _is_chosen(answer, chosen):
                    yield answer
            if question is Question.NOT_DESTROYED:
                without = _without_outcome(batches)
                yield from (answer for answer in without if _is_chosen(answer, chosen))

    def _notes(self) -> dict[str, _BatchNotes]:
        notes: dict[str, _BatchNotes] = {}
        for stored in signed_entries(self._reader):
            if (fault := body_fault(str(stored.entry["type"]), stored.entry)) is not None:
                raise LogDamagedError(
                    what=f"entry {stored.seq} of the destruction log is not as the format says: {fault}",
                    not_done="Its stories were not told.",
                    next_step="Run `retention log verify`.",
                )
            _note(notes, stored.seq, stored.entry)
        return notes

    def _fitting(self, wanted: LogFilter) -> Callable[[StoredEntry], bool]:
        if not wanted.is_about_batches:
            return lambda stored: wanted.batch in (None, stored.entry.get("batch")) and wanted.takes_day(stored.entry)
        notes = self._notes()
        batches, chosen = _chosen_batches(wanted, notes), self._items(wanted, notes)

        def fits(stored: StoredEntry) -> bool:
            batch = stored.entry.get("batch")
            if batch not in batches or not wanted.takes_day(stored.entry):
                return False
            return chosen is None or any(key[0] == batch and _concerns(stored.entry, key[1]) for key in chosen)

        return fits

    def _items(self, wanted: LogFilter, notes: Mapping[str, _BatchNotes]) -> set[tuple[str, int]] | None:
        """Return the items that are named, None when none is."""
        if wanted.item is None:
            return None
        batch, slash, number = wanted.item.rpartition("/")
        if slash and batch in notes and number.isdecimal():
            return {(batch, int(number))}
        found: set[tuple[str, int]] = set()
        for stored in self._reader.entries():
            path = _path_of(stored)
            if path is not None and (path == wanted.item or path.endswith(f"/{wanted.item}")):
                found.add((str(stored.entry["batch"]), _number(stored.entry["item"])))
        return found

    def _tell(self, told: Mapping[tuple[str, int | None], Story], wanted: LogFilter) -> None:
        by_batch: dict[str, list[Story]] = {}
        for story in told.values():
            by_batch.setdefault(story.batch, []).append(story)
        names: dict[str, str] = {}
        for stored in self._reader.entries():
            _learn_names(names, stored)
            for story in by_batch.get(str(stored.entry.get("batch")), ()):
                if story.item is None or _concerns(stored.entry, story.item):
                    _extend(story, stored, names, is_told=wanted.takes_day(stored.entry))

    def _not_approved(self, wanted: LogFilter) -> Iterator[Answer]:
        batches = _chosen_batches(wanted, self._notes())
        law = StoryCheck()
        for stored in self._reader.entries():
            faults = list(law.observe(stored.seq, stored.entry))
            is_removal = stored.entry["type"] == EntryType.ITEM_OUTCOME and stored.entry.get("result") in _REMOVED
            is_asked = wanted.batch in (None, stored.entry.get("batch")) and wanted.takes_day(stored.entry)
            is_chosen = stored.entry.get("batch") in batches or not (wanted.batch or wanted.is_about_batches)
            if faults and is_removal and is_asked and is_chosen:
                yield Answer(
                    batch=str(stored.entry["batch"]),
                    item=_number(stored.entry["item"]),
                    result=str(stored.entry["result"]),
                    words="; ".join(faults),
                    seq=stored.seq,
                    path=_path_of(stored),
                )


def _note(notes: dict[str, _BatchNotes], seq: int, entry: Mapping[str, Any]) -> None:
    batch = str(entry.get("batch"))
    if entry["type"] == EntryType.BATCH_PROPOSED:
        notes.setdefault(batch, _BatchNotes(class_id=str(entry["class"]), items=_number(entry["items"])))
    if (found := notes.get(batch)) is None:
        return
    match entry["type"]:
        case EntryType.BATCH_DECISION:
            found.is_approved = entry["decision"] == APPROVE
            if found.is_approved:
                found.approvers.add(str(entry["decider"]))
                found.excluded = frozenset(entry.get("excluded", ()))
        case EntryType.ITEM_OUTCOME:
            found.last.put(_number(entry["item"]), seq)
        case EntryType.CERTIFICATE_ISSUED:
            found.certificates.add(str(entry["certificate"]))
        case _:
            return


def _chosen_batches(wanted: LogFilter, notes: Mapping[str, _BatchNotes]) -> dict[str, _BatchNotes]:
    return {
        batch: found
        for batch, found in notes.items()
        if wanted.batch in (None, batch)
        and wanted.class_id in (None, found.class_id)
        and (wanted.approver is None or wanted.approver in found.approvers)
        and (wanted.certificate is None or wanted.certificate in found.certificates)
    }


def _answer_in(stored: StoredEntry, question: Question, batches: Mapping[str, _BatchNotes]) -> Answer | None:
    """Return the answer that is in an entry: it must be the last word on its item."""
    entry: Mapping[str, Any] = stored.entry
    if entry["type"] != EntryType.ITEM_OUTCOME or (notes := batches.get(str(entry["batch"]))) is None:
        return None
    item, result = _number(entry["item"]), str(entry["result"])
    if notes.last.get(item) != stored.seq or result in _REMOVED:
        return None
    if question is Question.SKIPPED and result in _WAITING:
        return None
    if question is Question.NOT_DESTROYED and (item in notes.excluded or not notes.is_approved):
        return None
    detail = (stored.disclosures or {}).get("detail")
    words = "; ".join(str(part) for part in (result, entry.get("reason"), detail) if part)
    return Answer(
        batch=str(entry["batch"]), item=item, result=result, words=words, seq=stored.seq, path=_path_of(stored)
    )


def _without_outcome(batches: Mapping[str, _BatchNotes]) -> Iterator[Answer]:
    for batch, notes in batches.items():
        if not notes.is_approved:
            continue
        for item in range(notes.items):
            if item not in notes.excluded and notes.last.get(item) < 0:
                yield Answer(batch=batch, item=item, result="", words="approved, and nothing was done yet")


def _is_chosen(answer: Answer, chosen: set[tuple[str, int]] | None) -> bool:
    return chosen is None or (answer.batch, answer.item) in chosen


def _concerns(entry: Mapping[str, Any], item: int) -> bool:
    """Tell whether an entry of a batch is about `item`: it names it, or is about the whole batch."""
    if entry["type"] == EntryType.BATCH_INTENT:
        return item in entry["items"]
    if entry["type"] == EntryType.ITEM_OUTCOME:
        return bool(entry["item"] == item)
    return True


def _extend(story: Story, stored: StoredEntry, names: Mapping[str, str], *, is_told: bool) -> None:
    entry: Mapping[str, Any] = stored.entry
    if entry["type"] == EntryType.ITEM_OUTCOME and story.item is not None:
        story.result, story.path = str(entry["result"]), _path_of(stored)
    if not is_told or (story.item is None and entry["type"] == EntryType.BATCH_INTENT):
        return
    if story.item is None and entry["type"] == EntryType.ITEM_OUTCOME:
        _count_outcome(story, stored.seq, entry)
        return
    words = told_of(stored, names=names, item=story.item)
    story.events.append(Event(seq=stored.seq, at=_moment(entry["time"]), kind=str(entry["type"]), words=shown(words)))


def _count_outcome(story: Story, seq: int, entry: Mapping[str, Any]) -> None:
    """Tell of a run of equal outcomes as one event; its number is the first entry's."""
    kind, result = str(entry["type"]), shown(str(entry["result"]))
    if story.events and story.events[-1].kind == kind and story.events[-1].words.endswith(f" {result}"):
        last = story.events.pop()
        count = int(last.words.split(" ", 1)[0].replace(",", "")) + 1
        words = f"{count:,} items {result}"
        story.events.append(Event(seq=last.seq, at=last.at, kind=kind, words=words))
        return
    story.events.append(Event(seq=seq, at=_moment(entry["time"]), kind=kind, words=f"1 item {result}"))


def _learn_names(names: dict[str, str], stored: StoredEntry) -> None:
    said = stored.disclosures or {}
    for ref, name in (("proposer", "proposer_name"), ("decider", "decider_name"), ("stated_by", "stated_by_name")):
        if isinstance(told := said.get(name), str) and isinstance(known := stored.entry.get(ref), str):
            names[known] = told


def _path_of(stored: StoredEntry) -> str | None:
    if stored.entry["type"] != EntryType.ITEM_OUTCOME:
        return None
    path = (stored.disclosures or {}).get("path")
    return os.fsdecode(path) if isinstance(path, bytes) else path


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _moment(written: str) -> str:
    return f"{datetime.fromisoformat(written).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
