"""What a form reads of one row, before it becomes a class: everything optional but a place and a name."""

from dataclasses import dataclass

from rules.importing.account import ImportDefaults
from rules.loading.yaml_reading import Place
from rules.model import (
    Basis,
    Clause,
    Clock,
    DisposalAction,
    Instruction,
    Level,
    OnRefusal,
    Period,
    PeriodKind,
    PersonalData,
    Term,
    Trigger,
)

# a day or a name would have to be said with these; nobody has
_NO_START = frozenset({Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT})
ACTION_PHRASES = {
    DisposalAction.RETAIN_ON_HOLD: "hold",
    DisposalAction.RETAIN_PERMANENTLY: "keep permanently",
    DisposalAction.REVIEW: "review",
    DisposalAction.TRANSFER: "transfer",
    DisposalAction.DESTROY: "destroy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What was made of a rule. Without a term and not permanent it is descriptive, and `refused` says why.

    `notes` are what was assumed or lost on the way; `as_rule` is another rule's name that this one goes by.
    `is_action_stated`: the source says what is done, so that nothing may be assumed, even when it is no known action.
    """

    term: Term | None = None
    action: DisposalAction | None = None
    is_action_stated: bool = False
    is_permanent: bool = False
    period_kind: PeriodKind = PeriodKind.MINIMUM
    clauses: tuple[Clause, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    on_refusal: OnRefusal = OnRefusal.KEEP
    as_rule: str = ""
    holds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule of the file. `id` is as the file writes it; `retired` says why nothing new may be classified so."""

    where: str
    place: Place
    title: str
    understood: Understood
    id: str = ""
    function: str = ""
    description: str = ""
    scope_notes: str = ""
    bucket: str = ""
    as_written: str = ""
    authority: tuple[str, ...] = ()
    basis: Basis = Basis.BUSINESS_NEED
    uri: str = ""
    level: Level = Level.ITEM
    marking: str = ""
    personal_data: PersonalData = PersonalData.NONE
    retired: str = ""
    successor: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A row that is no retention rule, and what it is."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedHold:
    """A hold that the file names: records are not to be destroyed until something that only people know."""

    words: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything a form read of one file, in its order."""

    entries: tuple[Entry | Remark, ...]
    mapping: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    holds: tuple[NamedHold, ...] = ()
    title: str = ""
    jurisdiction: str = ""
    financial_year_starts: tuple[int, int] = (4, 1)


def descriptive(why: str, *, notes: tuple[str, ...] = ()) -> Understood:
    """Return a rule that is readable and never evaluable."""
    return Understood(refused=why, notes=notes)


def assumed_start(defaults: ImportDefaults, period: Period, longest: Period | None = None) -> Clock | None:
    """Return the clock that the import was told to assume where a rule names no start, or None."""
    trigger = defaults.default_start
    if trigger is None or trigger in _NO_START:
        return None
    return Clock(
        trigger=trigger,
        subject=trigger.value.replace("_", " "),
        period=period,
        period_max=longest,
        is_start_assumed=True,
    )


def stated_start(trigger: Trigger) -> str:
    """Return how a class says that its start was assumed."""
    return f"no start is stated: assumed to be {trigger.value.replace('_', ' ')}, as the import was told"
