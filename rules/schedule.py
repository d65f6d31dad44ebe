"""A disposal schedule as values: its classes, their clocks, clauses and cues. `loading` reads them from a file."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property

from rules.periods import Period

OLDEST_PERSON_YEARS = 110
_DIGEST_SHOWN = 12


class DisposalAction(IntEnum):
    """What happens at the end of the period; the codes are those of MoReq2010 M14.4.18."""

    RETAIN_ON_HOLD = 0
    RETAIN_PERMANENTLY = 1
    REVIEW = 2
    TRANSFER = 3
    DESTROY = 4


class Trigger(StrEnum):
    """The event that starts a clock."""

    CREATED = "created"
    RECORD_DATE = "record_date"
    RECEIVED = "received"
    LAST_MODIFIED = "last_modified"
    LAST_CONTACT = "last_contact"
    CASE_CLOSED = "case_closed"
    DECISION_DATE = "decision_date"
    ORDER_DATE = "order_date"
    MEETING_DATE = "meeting_date"
    CONTRACT_AWARD = "contract_award"
    CONTRACT_END = "contract_end"
    EMPLOYMENT_END = "employment_end"
    OFFICE_END = "office_end"
    LICENCE_EXPIRY = "licence_expiry"
    SUPERSEDED = "superseded"
    PROJECT_COMPLETED = "project_completed"
    WORKS_COMPLETED = "works_completed"
    ASSET_DISPOSED = "asset_disposed"
    NOTICE_COMPLIED = "notice_complied"
    DATE_OF_BIRTH = "date_of_birth"
    DATE_OF_DEATH = "date_of_death"
    NO_LONGER_NEEDED = "no_longer_needed"
    NONE = "none"


class Cutoff(StrEnum):
    """The period at whose end the clock really starts."""

    NONE = "none"
    MONTH = "month"
    QUARTER = "quarter"
    CALENDAR_YEAR = "calendar_year"
    FINANCIAL_YEAR = "financial_year"
    TAX_YEAR = "tax_year"
    ACADEMIC_YEAR = "academic_year"


class PeriodKind(StrEnum):
    """Why the period is what it is; `statutory_exact` and `maximum` make over-retention a fault."""

    STATUTORY_EXACT = "statutory_exact"
    STATUTORY_MINIMUM = "statutory_minimum"
    LIMITATION = "limitation"
    GUIDANCE = "guidance"
    BUSINESS = "business"
    MAXIMUM = "maximum"


class Confidence(StrEnum):
    """How sure the schedule's author is of a class."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class RuleEvidence(StrEnum):
    """Where the period of a class comes from."""

    SEEN = "seen"
    MIXED = "mixed"
    RECALLED = "recalled"
    INFERRED = "inferred"


class PersonalData(StrEnum):
    """The most sensitive personal data a record of the class is expected to hold."""

    NONE = "none"
    PERSONAL = "personal"
    SPECIAL_CATEGORY = "special_category"
    CRIMINAL = "criminal"


class Level(StrEnum):
    """What is due as one: the single file, or the case folder it lies in (never one paper of a case alone)."""

    ITEM = "item"
    CASE = "case"


class Combine(StrEnum):
    """What a clause does to the class when its fact holds."""

    OVERRIDE = "override"
    LATER = "later"
    EARLIER = "earlier"
    SUSPEND = "suspend"
    BECOMES = "becomes"
    SAME = "same"


class WhenUnknown(StrEnum):
    """What is done while nobody has said whether a clause's fact holds. None of them shortens."""

    ASK = "ask"
    LONGEST = "longest"
    PRESUME_ABSENT = "presume_absent"


class Strength(StrEnum):
    """How good evidence of a date is: A recorded event, B stated in content, C name or folder, D file system."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    def is_at_least(self, other: "Strength") -> bool:
        """Tell whether this is as strong as `other` or stronger."""
        return self.value <= other.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When time starts and how long it runs. `period` None means for ever (permanent), never zero.

    `subject` says in words whose or which event starts it. `subject_under_years` bounds the age of the
    person whose birth starts the clock, so that a paper's date bounds the birth.
    """

    trigger: Trigger
    subject: str
    period: Period | None
    period_max: Period | None = None
    cutoff: Cutoff = Cutoff.NONE
    subject_under_years: int = OLDEST_PERSON_YEARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A condition on a fact, and what it changes. `fact` is the machine's name, `when` the same in words.

    With `unknown` presume_absent the schedule states its reason in `presumption`, and `signs` are words in
    a path or text that forbid the presumption.
    """

    when: str
    fact: str
    combine: Combine
    clock: Clock | None = None
    action: DisposalAction | None = None
    becomes: str | None = None
    unknown: WhenUnknown = WhenUnknown.ASK
    presumption: str = ""
    signs: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """What records of a class look like, in the cue language of docs/schedule-format.md."""

    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    residue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalClass:
    """Records that share one retention rule: class determines destiny (MoReq2010 chapter 8)."""

    id: str
    title: str
    function: str
    description: str
    clock: Clock
    action: DisposalAction
    period_kind: PeriodKind
    authority: tuple[str, ...]
    confidence: Confidence
    evidence: RuleEvidence
    uri: str = ""
    clauses: tuple[Clause, ...] = ()
    cues: Cues = field(default_factory=Cues)
    exclusions: tuple[str, ...] = ()
    gives_way: bool = False
    marking: str = ""
    personal_data: PersonalData = PersonalData.NONE
    accepts: Strength = Strength.A
    level: Level = Level.ITEM
    sources: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()
    notes: str = ""


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

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of everything the schedule says; layout, comments and class order are free."""
        content = asdict(self)
        for ordered in ("classes", "standing_holds", "sources"):
            content[ordered] = sorted(content[ordered], key=lambda entry: str(entry["id"]))
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @cached_property
    def schedule_version(self) -> str:
        """Return the name under which decisions cite this very content: `id@version+digest`."""
        return f"{self.id}@{self.version}+{self.digest[:_DIGEST_SHOWN]}"

    @cached_property
    def by_id(self) -> dict[str, DisposalClass]:
        """Return the classes by their identifiers."""
        return {entry.id: entry for entry in self.classes}

    def year_start(self, cutoff: Cutoff) -> YearStart:
        """Return the first day of the year that `cutoff` names; the calendar year for all other cutoffs."""
        starts = {
            Cutoff.FINANCIAL_YEAR: self.financial_year_start,
            Cutoff.TAX_YEAR: self.tax_year_start,
            Cutoff.ACADEMIC_YEAR: self.academic_year_start,
        }
        return starts.get(cutoff, YearStart(month=1, day=1))
