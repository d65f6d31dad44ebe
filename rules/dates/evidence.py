"""A trigger date as an interval, with the evidence for each bound (docs/adr/0006-date-intervals.md)."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from rules.model import Strength, Trigger
from rules.plain_values import PlainReader, day_text


class AttestedEvent(Protocol):
    """A person's statement that something happened on a day; evidence of strength A."""

    @property
    def trigger(self) -> str:
        """Return the trigger it starts, such as `contract_end`."""

    @property
    def on(self) -> date:
        """Return the day it happened."""

    @property
    def attested_by(self) -> str:
        """Return who says so."""

    @property
    def basis(self) -> str:
        """Return what they base it on."""


class Bound(StrEnum):
    """Which bounds of a date a piece of evidence speaks to."""

    EARLIEST = "earliest"
    LATEST = "latest"
    BOTH = "both"


class DateEvidence(NamedTuple):
    """One piece of evidence: what it says (`earliest`, `latest`), where it stands and in which words."""

    bound: Bound
    earliest: date | None
    latest: date | None
    strength: Strength
    where: str
    text: str

    def to_json(self) -> dict[str, object]:
        """Return the evidence as plain values."""
        return {
            "bound": self.bound.value,
            "earliest": day_text(self.earliest),
            "latest": day_text(self.latest),
            "strength": self.strength.value,
            "where": self.where,
            "text": self.text,
        }

    @classmethod
    def from_json(cls, value: object) -> "DateEvidence":
        """Return the evidence that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="evidence")
        return cls(
            bound=reader.choice("bound", Bound),
            earliest=reader.day("earliest"),
            latest=reader.day("latest"),
            strength=reader.choice("strength", Strength),
            where=reader.text("where"),
            text=reader.text("text"),
        )

    @property
    def in_words(self) -> str:
        """Return the evidence for people."""
        if self.earliest is None and self.latest is None:
            return f"no day ({self.strength}: {self.text!r} in {self.where})"
        span = f"{self.earliest or '…'} to {self.latest or '…'}" if self.earliest != self.latest else f"{self.earliest}"
        return f"{span} ({self.strength}: {self.text!r} in {self.where})"


class TriggerDate(NamedTuple):
    """When the clock started: not before `earliest`, not after `latest`; None is "not bounded".

    `question` is what to ask a person while `latest` is not known. `notes` say what contradicted what.
    """

    trigger: Trigger
    earliest: date | None
    latest: date | None
    evidence: tuple[DateEvidence, ...]
    question: str | None
    notes: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """Return the interval for people."""
        name = self.trigger.replace("_", " ")
        if self.earliest is None and self.latest is None:
            return f"{name}: not known"
        if self.earliest == self.latest:
            return f"{name}: {self.earliest}"
        if self.latest is None:
            return f"{name}: not before {self.earliest}"
        if self.earliest is None:
            return f"{name}: not after {self.latest}"
        return f"{name}: between {self.earliest} and {self.latest}"

    def to_json(self) -> dict[str, object]:
        """Return the trigger date as plain values, with the keys of `explain --json`."""
        return {
            "event": self.trigger.value,
            "earliest": day_text(self.earliest),
            "latest": day_text(self.latest),
            "evidence": [evidence.to_json() for evidence in self.evidence],
            "question": self.question,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: object) -> "TriggerDate":
        """Return the trigger date that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="trigger date")
        return cls(
            trigger=reader.choice("event", Trigger),
            earliest=reader.day("earliest"),
            latest=reader.day("latest"),
            evidence=tuple(DateEvidence.from_json(entry) for entry in reader.items("evidence")),
            question=reader.optional_text("question"),
            notes=reader.texts("notes"),
        )
