"""What an import is told, and what it gives back: the schedule, and an account of every row."""

from collections import Counter
from dataclasses import dataclass, field

from rules.model import ClassState, DisposalAction, DisposalSchedule, StandingHold, Trigger, YearStart

NO_CUES = "no cues yet: nothing is classified here by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDefaults:
    """What the file does not say of the schedule, and what may be assumed where a rule is silent.

    `default_start` and `default_action` are stated assumptions: each class they were used for says so. Without them
    a period that starts nowhere is descriptive, and a rule without an action is put before a person. `columns` says
    which heading holds what, for tables of no known form; the keys are those of `statements.FIELDS`.
    """

    schedule_id: str = "imported"
    title: str = ""
    version: str = "1"
    jurisdiction: str = ""
    financial_year_start: YearStart | None = None
    default_start: Trigger | None = None
    default_action: DisposalAction | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """One row or entry of the file: the class it became, and what was assumed, lost or not understood.

    `class_id` is empty and `state` None for a row that is no retention rule; its notes say what it is.
    """

    where: str
    class_id: str
    state: ClassState | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSchedule:
    """A schedule read from another form. `mapping` says which column became what; `holds` are named, never placed."""

    schedule: DisposalSchedule
    form: str
    mapping: tuple[str, ...]
    rows: tuple[ImportedRow, ...]
    holds: tuple[StandingHold, ...] = field(default=())
    findings: tuple[str, ...] = ()

    @property
    def states(self) -> dict[str, int]:
        """Return how many rows there are of each state; rows that are no rule are `other`."""
        counted = Counter("other" if row.state is None else row.state.value for row in self.rows)
        order = [*(state.value for state in ClassState), "other"]
        return {state: counted[state] for state in order if counted[state]}
