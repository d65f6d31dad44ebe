"""A disposal class: records that share one retention rule, with everything that is said about them."""

from dataclasses import dataclass, field
from datetime import date

from rules.model.periods import Period
from rules.model.terms import AsRule, Clock, Term, clocks_of
from rules.model.wording import term_in_words
from rules.model.words import (
    FILE_TRIGGERS,
    Basis,
    ClassState,
    Combine,
    Confidence,
    DisposalAction,
    InstructionKind,
    Level,
    OnRefusal,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    Strength,
    Trigger,
    WhenUnknown,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A condition on a fact, and what it changes. `fact` is the machine's name, `when` the same in words.

    With `unknown` presume_absent the schedule states its reason in `presumption`, and `signs` are words in
    a path or text that forbid the presumption.
    """

    when: str
    fact: str
    combine: Combine
    clock: Term | None = None
    action: DisposalAction | None = None
    becomes: str | None = None
    unknown: WhenUnknown = WhenUnknown.ASK
    presumption: str = ""
    signs: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """What records of a class look like, in the cue language of docs/schedule-format.md.

    `properties` are written `Column name = cue`, of embedded properties and of SharePoint's columns alike;
    `labels` are whole retention or sensitivity labels; `made_before` speaks for files last written before it.
    """

    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    residue: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    made_before: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A step that a rule orders and the engine logs instead of performing; `after` counts from the trigger."""

    kind: InstructionKind
    words: str
    after: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Who must agree before anything of the class is destroyed, beyond the proposer and the owner.

    `levels` are decisions by different people after the proposal, at least one: no policy can waive that.
    """

    levels: int = 1
    needs_archivist: bool = False
    outside_permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """Since when nothing new may be classified so, and which class took over (none: `successor` is empty)."""

    on: date | None
    successor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A file as a records manager would meet it, and what the schedule must make of it.

    `expected` is the id of a class, `conflict`, None for "no class", or empty where only `is_not` (a class that
    it must not get) is said. `due` is the day it is surely due by; `settles` False: a person must be asked first.
    Without `modified_on` the time of the last write tells nothing.
    """

    path: str
    text: str = ""
    expected: str | None = ""
    is_not: str = ""
    due: date | None = None
    settles: bool | None = None
    media_type: str = ""
    modified_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalClass:
    """Records that share one retention rule: class determines destiny (MoReq2010 chapter 8).

    `as_written` is the rule as its source words it, kept beside what was made of it; `is_descriptive` says
    that nothing could be made of it, so that whatever is classified here is kept until a person decides.
    """

    id: str
    title: str
    function: str
    description: str
    clock: Term
    action: DisposalAction
    period_kind: PeriodKind
    authority: tuple[str, ...]
    confidence: Confidence
    evidence: RuleEvidence
    basis: Basis = Basis.BUSINESS_NEED
    uri: str = ""
    bucket: str = ""
    scope_notes: str = ""
    clauses: tuple[Clause, ...] = ()
    cues: Cues = field(default_factory=Cues)
    exclusions: tuple[str, ...] = ()
    gives_way: bool = False
    marking: str = ""
    personal_data: PersonalData = PersonalData.NONE
    accepts: Strength = Strength.A
    level: Level = Level.ITEM
    on_refusal: OnRefusal = OnRefusal.KEEP
    instructions: tuple[Instruction, ...] = ()
    approval: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    retired: Retirement | None = None
    is_descriptive: bool = False
    as_written: str = ""
    sources: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()
    notes: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def state(self) -> ClassState:
        """Return what a machine can do with the class."""
        if self.retired is not None:
            return ClassState.RETIRED
        if self.is_descriptive:
            return ClassState.DESCRIPTIVE
        if self.action is DisposalAction.RETAIN_PERMANENTLY:
            return ClassState.PERMANENT
        settled_by_file = FILE_TRIGGERS | {Trigger.FIXED_DATE}
        needs_event = any(clock.trigger not in settled_by_file or clock.restarts_on for clock in clocks_of(self.clock))
        return ClassState.NEEDS_EVENT if needs_event or isinstance(self.clock, AsRule) else ClassState.COMPUTABLE

    @property
    def kept_for(self) -> str:
        """Return the term in plain words."""
        return term_in_words(self.clock)

    @property
    def main_clock(self) -> Clock:
        """Return the first clock written in the term, or one that never runs when it refers to another class."""
        return next(clocks_of(self.clock), Clock(trigger=Trigger.NONE, subject="", period=None))
