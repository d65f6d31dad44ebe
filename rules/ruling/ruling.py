"""The rule as it stands for one file while its clauses and policies are gone through."""

from dataclasses import dataclass, field

from rules.dates.due import DueInterval
from rules.dates.evidence import TriggerDate
from rules.model import DisposalAction, DisposalClass, PeriodKind
from rules.ruling.outlines import Outline
from rules.ruling.questions import Question
from rules.ruling.terms import Dates, Run, without_end


@dataclass(slots=True, kw_only=True)
class Ruling:
    """What a class comes to for one file: start, end and action, with every reason and question.

    `is_changed` says that a clause moved the end, so that the term's own maximum says nothing about it any more.
    """

    entry: DisposalClass
    outline: Outline
    dates: Dates
    run: Run
    due: DueInterval | None
    action: DisposalAction
    flags: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    is_end_overridden: bool = False
    is_action_overridden: bool = False
    is_changed: bool = False

    @property
    def trigger(self) -> TriggerDate:
        """Return the start to tell of."""
        return self.run.trigger

    @property
    def deadline(self) -> DueInterval | None:
        """Return when the record must be gone at the latest, None when the rule sets no such day."""
        is_the_end = self.entry.period_kind is PeriodKind.MAXIMUM or self.is_duty_to_destroy
        if is_the_end and self.action is not DisposalAction.RETAIN_PERMANENTLY:
            return self.due
        return None if self.is_changed else self.run.deadline

    @property
    def is_duty_to_destroy(self) -> bool:
        """Tell whether keeping it past its end is a breach."""
        return self.entry.period_kind is PeriodKind.EXACT and self.entry.action is DisposalAction.DESTROY

    def be_as_careful_as(self, action: DisposalAction | None) -> None:
        """Take over `action` where it destroys less than the one at hand; what is kept for ever never ends."""
        if action is not None:
            self.action = min(self.action, action)
        if self.action is DisposalAction.RETAIN_PERMANENTLY:
            self.due = None

    def leave_unsettled(self, question: Question) -> None:
        """Let the end of the period be unknown until `question` is answered."""
        self.due = without_end(self.due)
        self.asked.append(question)
