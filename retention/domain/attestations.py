"""Attestations: what a person said about a case or file, when, and on what basis. Nothing is ever overwritten."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from retention.domain.assets import SourceId
from retention.domain.naming import shown
from retention.domain.people import PersonId

AttestationId = NewType("AttestationId", str)


class Reach(StrEnum):
    """Which files a statement about a folder is about.

    The papers whose case is that very folder; or everything that lies in the folder, or the file of that name.
    """

    CASE = "case"
    EVERYTHING = "everything"


class AttestationState(StrEnum):
    """A correction replaces a statement, and a mistake is withdrawn; both stay, with who did it and why."""

    ACTIVE = "active"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """One statement: on which day the event `key` happened (`on`), or whether the fact `key` holds (`holds`).

    `classes` are those it is about, none for all: a date of birth is somebody's, and the class tells whose.
    """

    attestation_id: AttestationId
    source_id: SourceId
    path: str
    reach: Reach
    key: str
    on: date | None
    holds: bool | None
    basis: str
    classes: tuple[str, ...] = ()
    stated_by: PersonId
    stated_at: datetime
    state: AttestationState = AttestationState.ACTIVE
    ended_at: datetime | None = None
    ended_by: PersonId | None = None
    ended_reason: str | None = None
    replaced_by: AttestationId | None = None

    @property
    def is_about_case(self) -> bool:
        """Tell whether it is about one case, and not about all that lies in the folder."""
        return self.reach is Reach.CASE

    @property
    def order(self) -> int:
        """Return its place among all statements: numbers are given in the order of storing, whatever the clock says."""
        return int(self.attestation_id.removeprefix("A-"))

    @property
    def said_on(self) -> date:
        """Return the day it was said, in UTC."""
        return self.stated_at.date()

    @property
    def attested_by(self) -> str:
        """Return who says so, and since when."""
        return f"{self.stated_by} on {self.stated_at:%Y-%m-%d} ({self.attestation_id})"

    @property
    def answer(self) -> str:
        """Return the answer for people: a day, yes or no."""
        if self.on is not None:
            return self.on.isoformat()
        return "yes" if self.holds else "no"

    @property
    def in_words(self) -> str:
        """Return the statement for people."""
        where = f"case {self.path}" if self.is_about_case else self.path
        under = f" (under {', '.join(self.classes)})" if self.classes else ""
        return f"{self.key.replace('_', ' ')}: {self.answer}, of {shown(self.source_id)}:{shown(where)}{under}"
