"""What classification says about one file: a class or none, and every cue that speaks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from rules.plain_values import PlainReader


class RecordFacts(Protocol):
    """What the rules need to know of a file; the scanners' observation happens to have it."""

    @property
    def path(self) -> str:
        """Return the path below the scan root, `/` between parts."""

    @property
    def media_type(self) -> str:
        """Return the media type, such as `application/pdf`."""

    @property
    def size_bytes(self) -> int:
        """Return the size of the content in bytes."""

    @property
    def text(self) -> str:
        """Return the text that could be read, or nothing."""

    @property
    def properties(self) -> Mapping[str, str]:
        """Return embedded properties, such as `created_at` in ISO 8601."""

    @property
    def modified_at(self) -> datetime:
        """Return the file system's time of the last write, aware and in UTC."""


class Outcome(StrEnum):
    """What classification came to. Only `classified` can ever lead to disposal."""

    CLASSIFIED = "classified"
    UNCLASSIFIED = "unclassified"
    CONFLICT = "conflict"


class CueKind(StrEnum):
    """Where a cue was looked for."""

    PATH = "path"
    NAME = "name"
    PHRASE = "phrase"
    MEDIA_TYPE = "media_type"
    EXTENSION = "extension"
    RESIDUE = "residue"
    PROPERTY = "property"
    LABEL = "label"
    AGE = "age"


class MatchedCue(NamedTuple):
    """One cue of one class that was found, where, in which words, and how much it counts."""

    class_id: str
    kind: CueKind
    cue: str
    where: str
    text: str
    weight: float

    def to_json(self) -> dict[str, object]:
        """Return the cue as plain values."""
        return {
            "class_id": self.class_id,
            "kind": self.kind.value,
            "cue": self.cue,
            "where": self.where,
            "text": self.text,
            "weight": self.weight,
        }

    @classmethod
    def from_json(cls, value: object) -> "MatchedCue":
        """Return the cue that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="cue")
        return cls(
            class_id=reader.text("class_id"),
            kind=reader.choice("kind", CueKind),
            cue=reader.text("cue"),
            where=reader.text("where"),
            text=reader.text("text"),
            weight=reader.number("weight"),
        )


class Candidate(NamedTuple):
    """A class with everything that speaks for it."""

    class_id: str
    weight: float
    cues: tuple[MatchedCue, ...]

    def to_json(self) -> dict[str, object]:
        """Return the candidate as plain values."""
        return {"class_id": self.class_id, "weight": self.weight, "cues": [cue.to_json() for cue in self.cues]}

    @classmethod
    def from_json(cls, value: object) -> "Candidate":
        """Return the candidate that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="candidate")
        return cls(
            class_id=reader.text("class_id"),
            weight=reader.number("weight"),
            cues=tuple(MatchedCue.from_json(cue) for cue in reader.items("cues")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The answer for one file under one schedule version, with its reasons in plain words.

    `class_id` is None unless the outcome is `classified`. `cues` are all cues of the winner (of the first
    of the rivals when the outcome is `conflict`); `runner_up` is the strongest other class. `seen` are all
    classes that something spoke for, however little; it is not among what is told of a decision.
    """

    outcome: Outcome
    class_id: str | None
    confidence: float
    cues: tuple[MatchedCue, ...]
    runner_up: Candidate | None
    schedule_version: str
    reasons: tuple[str, ...]
    seen: tuple[str, ...] = field(default=(), compare=False)

    def to_json(self) -> dict[str, object]:
        """Return the classification as plain values, with the keys of `explain --json`."""
        return {
            "outcome": self.outcome.value,
            "disposal_class": self.class_id,
            "confidence": self.confidence,
            "cues": [cue.to_json() for cue in self.cues],
            "runner_up": None if self.runner_up is None else self.runner_up.to_json(),
            "schedule_version": self.schedule_version,
            "reasons": list(self.reasons),
        }

    @classmethod
    def from_json(cls, value: object) -> "Classification":
        """Return the classification that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="classification")
        rival = reader.raw("runner_up")
        return cls(
            outcome=reader.choice("outcome", Outcome),
            class_id=reader.optional_text("disposal_class"),
            confidence=reader.number("confidence"),
            cues=tuple(MatchedCue.from_json(cue) for cue in reader.items("cues")),
            runner_up=None if rival is None else Candidate.from_json(rival),
            schedule_version=reader.text("schedule_version"),
            reasons=reader.texts("reasons"),
        )
