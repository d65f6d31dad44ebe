"""Disposal holds: orders that stop destruction, and what they cover.

A hold beats every period and every approval. A held file also protects its copies: content is held by
digest wherever it lies (MoReq2010 chapter 9; 36 CFR 1236.20(b)(7)).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NewType, Protocol

from retention.domain.assets import AssetId
from retention.domain.naming import comparison_key
from retention.domain.people import PersonId

HoldId = NewType("HoldId", str)

_MARKS = "*?["


class HoldKind(StrEnum):
    """Why information must be kept whatever its schedule says."""

    LITIGATION = "litigation"
    INFORMATION_REQUEST = "information_request"
    INQUIRY = "inquiry"
    AUDIT = "audit"
    OTHER = "other"


class HoldState(StrEnum):
    """A hold is never deleted: it is lifted, by somebody, for a reason."""

    ACTIVE = "active"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldScope:
    """What a hold covers: every part that is given must match (parts left out match everything).

    `path` is a pattern over the path below the root (`*` also crosses folders). It covers the file or the
    whole folder of that name, and a name that contains `*`, `?` or `[` covers itself too. Comparison ignores
    case and Unicode form, because people type what they see.
    """

    asset_id: AssetId | None = None
    class_id: str | None = None
    path: str | None = None
    digest: str | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was given, which would hold everything by accident."""
        return not any((self.asset_id, self.class_id, self.path, self.digest))

    @property
    def beginning(self) -> str:
        """Return how the comparison key of every path that it covers begins; nothing where that is not sure."""
        wanted = _wanted(self.path or "")
        return wanted[: min(wanted.find(mark) for mark in _MARKS if mark in wanted)] if _is_pattern(wanted) else wanted

    def in_words(self) -> str:
        """Return the scope as a person would say it."""
        parts = (
            ("asset", self.asset_id),
            ("class", self.class_id),
            ("path", self.path),
            ("content", self.digest),
        )
        return " and ".join(f"{name} {value}" for name, value in parts if value)


class HoldSubject(Protocol):
    """What a hold needs to know of a thing to tell whether it covers it."""

    @property
    def asset_id(self) -> AssetId: ...  # noqa: D102  # one fact each, named by the property
    @property
    def class_id(self) -> str | None: ...  # noqa: D102
    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalHold:
    """An order to keep, with its reason, mandate, owner and the day it must be looked at again."""

    hold_id: HoldId
    kind: HoldKind
    reason: str
    mandate: str
    owner_id: PersonId
    scope: HoldScope
    placed_at: datetime
    reassess_on: date
    state: HoldState = HoldState.ACTIVE
    lifted_at: datetime | None = None
    lifted_by: PersonId | None = None
    lifted_reason: str | None = None

    def covers(self, subject: HoldSubject) -> bool:
        """Tell whether `subject` itself is within the scope (a lifted hold covers nothing)."""
        if self.state is not HoldState.ACTIVE:
            return False
        scope = self.scope
        return (
            scope.asset_id in (None, subject.asset_id)
            and scope.class_id in (None, subject.class_id)
            and (scope.digest is None or scope.digest.lower() == subject.sha256)  # Windows prints capitals
            and (scope.path is None or _path_within(scope.path, subject.path))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRegister:
    """All active holds at one moment, with the digests of everything they cover.

    `held_digests` maps a SHA-256 to the holds that cover some copy of it.
    """

    version: int
    holds: tuple[DisposalHold, ...]
    held_digests: dict[str, frozenset[HoldId]]

    def holds_on(self, subject: HoldSubject) -> tuple[DisposalHold, ...]:
        """Return every hold on `subject`: those that cover it and those that cover a copy of it."""
        by_copy = self.held_digests.get(subject.sha256 or "", frozenset())
        return tuple(hold for hold in self.holds if hold.hold_id in by_copy or hold.covers(subject))

    def reasons(self, subject: HoldSubject) -> tuple[str, ...]:
        """Return one sentence for each hold on `subject`."""
        return tuple(
            f"held by {hold.hold_id} ({hold.kind}: {hold.reason})"
            + ("" if hold.covers(subject) else ", because a copy of the same content is held")
            for hold in self.holds_on(subject)
        )


def register_of(version: int, holds: Iterable[DisposalHold], subjects: Iterable[HoldSubject]) -> HoldRegister:
    """Build the register of `holds` over `subjects`, the known copies; memory grows with what is held."""
    active = tuple(hold for hold in holds if hold.state is HoldState.ACTIVE)
    held: dict[str, frozenset[HoldId]] = {}
    if active:
        for subject in subjects:
            covering = frozenset(hold.hold_id for hold in active if hold.covers(subject))
            if covering and subject.sha256:
                held[subject.sha256] = held.get(subject.sha256, frozenset()) | covering
    return HoldRegister(version=version, holds=active, held_digests=held)


@lru_cache(maxsize=1024)  # a register asks the same few patterns about every file
def _wanted(pattern: str) -> str:
    return comparison_key(pattern).strip("/")


def _path_within(pattern: str, path: str) -> bool:
    wanted, seen = _wanted(pattern), comparison_key(path)
    # Read literally first: a folder may be called "Accounts [final]", which as a pattern would miss itself.
    if seen == wanted or seen.startswith(wanted + "/"):
        return True
    return _is_pattern(wanted) and (fnmatchcase(seen, wanted) or fnmatchcase(seen, wanted + "/*"))


def _is_pattern(wanted: str) -> bool:
    return any(mark in wanted for mark in _MARKS)
