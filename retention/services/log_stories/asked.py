"""What may be asked of the log, and what it answers: values that can be shown on any screen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from retention.domain.naming import path_fields, shown


class Question(StrEnum):
    """What may be asked of the log."""

    ENTRIES = "entries"
    STORY = "story"
    NOT_DESTROYED = "not-destroyed"
    NOT_APPROVED = "not-approved"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which part of the log is asked about; what is None does not narrow, and the others must all fit.

    `item` is `BATCH/NUMBER`, or a path as the log has it, or the end of one. Days are of UTC, both included.
    """

    batch: str | None = None
    item: str | None = None
    approver: str | None = None
    class_id: str | None = None
    certificate: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def is_about_batches(self) -> bool:
        """Tell whether the whole log must be read to know which entries fit."""
        return any((self.item, self.approver, self.class_id, self.certificate))

    def takes_day(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether an entry was made on one of the days."""
        day = str(entry["time"])[:10]
        after = self.first_day is None or day >= self.first_day.isoformat()
        return after and (self.last_day is None or day <= self.last_day.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, in words that may be shown on any screen."""

    seq: int
    at: str
    kind: str
    words: str

    def to_json(self) -> dict[str, object]:
        """Return the event as one object."""
        return {"entry": self.seq, "at": self.at, "type": self.kind, "words": self.words}


@dataclass(slots=True, kw_only=True)
class Story:
    """What happened to one item, or to a whole batch when `item` is None."""

    batch: str
    item: int | None
    class_id: str
    path: str | None = None
    result: str = ""
    events: list[Event] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Return what the story is of."""
        if self.item is None:
            return shown(f"Batch {self.batch}, class {self.class_id}")
        place = "its path is no longer kept" if self.path is None else self.path
        return shown(f"{self.batch}/{self.item}, class {self.class_id}: {place}")

    def to_json(self) -> dict[str, object]:
        """Return the story as one object."""
        place = {} if self.path is None else path_fields(self.path)
        item = {} if self.item is None else {"item": self.item, "result": self.result}
        events = [event.to_json() for event in self.events]
        return {"batch": self.batch, **item, "class": self.class_id, **place, "events": events}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One item that a question is answered with; `seq` is the entry that says so, None when none does."""

    batch: str
    item: int
    result: str
    words: str
    seq: int | None = None
    path: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the answer as one object."""
        place = {} if self.path is None else path_fields(self.path)
        told = {"batch": self.batch, "item": self.item, "result": self.result, "words": self.words, "entry": self.seq}
        return {**told, **place}

    @property
    def in_words(self) -> str:
        """Return the answer as a line."""
        place = "" if self.path is None else f" {self.path}"
        entry = "" if self.seq is None else f" [entry {self.seq}]"
        return shown(f"{self.batch}/{self.item}{place}: {self.words}{entry}")
