"""A disposal schedule as one immutable value. `rules.loading` reads it from a file; decisions cite its version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache, cached_property

from rules.model.classes import DisposalClass
from rules.model.words import Cutoff

_DIGEST_SHOWN = 12
_NOT_SAID = frozenset({"examples", "published_as"})  # tests of the rules, and our own name for them, are no rules


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingHold:
    """A hold the schedule names so that "do not destroy until …" resolves. It is never part of a rule."""

    id: str
    title: str
    scope: str
    seen: str
    is_released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where facts of the schedule were read."""

    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearStart:
    """The civil day on which a kind of year begins."""

    month: int
    day: int


@dataclass(frozen=True, kw_only=True)
class DisposalSchedule:
    """One immutable version of a schedule. Not slotted: its digest and lookup are computed once, when asked."""

    id: str
    title: str
    version: str
    status: str
    jurisdiction: str
    financial_year_start: YearStart
    tax_year_start: YearStart
    academic_year_start: YearStart
    default_class: str
    classes: tuple[DisposalClass, ...]
    generic_words: tuple[str, ...] = ()
    standing_holds: tuple[StandingHold, ...] = ()
    sources: tuple[Source, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    approved_by: str = ""
    approved_on: date | None = None
    published_as: str = ""

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of everything the schedule says; layout, comments and class order are free.

        What is not said (a field at its default) is not part of it, so that a later version of this program,
        with more to say, gives the same digest to the same schedule. Examples are tests, not rules.
        """
        text = json.dumps(_said(self), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @cached_property
    def schedule_version(self) -> str:
        """Return the name under which decisions cite this very content: `id@version+digest`.

        A published version keeps the name it was published under.
        """
        return self.published_as or f"{self.id}@{self.version}+{self.digest[:_DIGEST_SHOWN]}"

    @cached_property
    def by_id(self) -> dict[str, DisposalClass]:
        """Return the classes by their identifiers."""
        return {entry.id: entry for entry in self.classes}

    @cached_property
    def year_starts(self) -> dict[Cutoff, YearStart]:
        """Return the first day of each kind of year."""
        return {
            Cutoff.CALENDAR_YEAR: YearStart(month=1, day=1),
            Cutoff.FINANCIAL_YEAR: self.financial_year_start,
            Cutoff.TAX_YEAR: self.tax_year_start,
            Cutoff.ACADEMIC_YEAR: self.academic_year_start,
        }

    def year_start(self, cutoff: Cutoff) -> YearStart:
        """Return the first day of the year that `cutoff` names; the calendar year for all other cutoffs."""
        return self.year_starts.get(cutoff, self.year_starts[Cutoff.CALENDAR_YEAR])


def _said(value: object) -> object:
    """Return what a value of the model says, as plain values: nothing that is at its default, records in order."""
    if is_dataclass(value) and not isinstance(value, type):
        told = {
            entry.name: _said(getattr(value, entry.name))
            for entry in fields(value)
            if entry.name not in _NOT_SAID and getattr(value, entry.name) not in _defaults(type(value), entry.name)
        }
        # a clock and an expression may hold the same keys and yet say different things
        return {"": type(value).__name__, **told}
    if isinstance(value, tuple):
        parts = [_said(part) for part in value]
        is_named = all(isinstance(part, Mapping) and "id" in part for part in parts)
        return sorted(parts, key=_id) if is_named else parts
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


@cache
def _defaults(kind: type, name: str) -> tuple[object, ...]:
    """Return the default of a field of a dataclass, or nothing when it has none."""
    entry = next(one for one in fields(kind) if one.name == name)
    if entry.default is not MISSING:
        return (entry.default,)
    return () if entry.default_factory is MISSING else (entry.default_factory(),)


def _id(part: object) -> str:
    return str(part["id"]) if isinstance(part, Mapping) else ""
