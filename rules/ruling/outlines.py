"""Outlines: what a class's rule says alike for every file, worked out once and not for each of a million files."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rules.dates.keeping import Kept, kept
from rules.model import (
    FILE_TRIGGERS,
    Clause,
    Combine,
    Confidence,
    DisposalAction,
    DisposalClass,
    Level,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    Strength,
    Trigger,
    clocks_of,
)

# Known overrides first, because they replace the rule that the others lengthen; what shortens comes before
# what lengthens, so that nothing shortens a clock that was added for a doubt.
_ORDER = (Combine.SAME, Combine.OVERRIDE, Combine.EARLIER, Combine.LATER, Combine.SUSPEND, Combine.BECOMES)
_CLASSES_KEPT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is the same for every file of a class: its clauses in order, what starts it, and what is always told.

    `is_by_file` tells whether the class's own term starts at something that a file can tell by itself.
    `policy_flags` are what a reviewer must know of the rule, `class_flags` what they must know of the class.
    """

    clauses: tuple[Clause, ...]
    triggers: frozenset[Trigger]
    is_by_file: bool
    accepts: Strength
    has_deadline: bool
    rule_in_words: str
    policy_flags: tuple[str, ...]
    class_flags: tuple[str, ...]

    def accepted(self, trigger: Trigger) -> Strength:
        """Return the weakest evidence that may settle a clock: the class's own for its own kind of date."""
        is_own = trigger in self.triggers or (self.is_by_file and trigger in FILE_TRIGGERS)
        return self.accepts if is_own else Strength.A


def outline_of(entry: DisposalClass) -> Outline:
    """Return the outline of a class."""
    return _outline_of(kept(entry))


@lru_cache(maxsize=_CLASSES_KEPT)
def _outline_of(of: Kept[DisposalClass]) -> Outline:
    entry = of.value
    triggers = frozenset(clock.trigger for clock in clocks_of(entry.clock))
    is_kind = entry.period_kind in (PeriodKind.MAXIMUM, PeriodKind.EXACT)
    basis, authority = entry.basis.replace("_", " "), "; ".join(entry.authority)
    return Outline(
        clauses=tuple(sorted(entry.clauses, key=_order)),
        triggers=triggers,
        is_by_file=not triggers.isdisjoint(FILE_TRIGGERS),
        accepts=entry.accepts,
        has_deadline=is_kind or any(clock.period_max is not None for clock in clocks_of(entry.clock)),
        rule_in_words=f"rule of {entry.id}: {entry.period_kind} by {basis} ({authority})",
        policy_flags=tuple(_policy_flags(entry)),
        class_flags=tuple(_class_flags(entry)),
    )


def _policy_flags(entry: DisposalClass) -> Iterator[str]:
    if entry.level is not Level.ITEM:
        yield "whole_case" if entry.level is Level.CASE else "whole_series_year"
    if entry.period_kind is PeriodKind.EXACT and entry.action is DisposalAction.DESTROY:
        yield "duty_to_destroy"
    if entry.period_kind is PeriodKind.MAXIMUM:
        yield "maximum_period"


def _class_flags(entry: DisposalClass) -> Iterator[str]:
    if entry.personal_data is not PersonalData.NONE:
        yield f"personal_data:{entry.personal_data}"
    if entry.confidence is Confidence.LOW or entry.evidence is RuleEvidence.RECALLED:
        yield "unsure_rule"


def _order(clause: Clause) -> tuple[int, str, str]:
    return (_ORDER.index(clause.combine), clause.fact, clause.when)
