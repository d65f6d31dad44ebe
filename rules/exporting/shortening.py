"""What keeps an export from ever meaning less time than the schedule does.

The forms of others have no years that end in March, no conditions and no expressions. A period is therefore padded
upwards, and a rule that a condition may lengthen is written as "keep".
"""

from dataclasses import dataclass

from rules.model import Clock, Combine, Cutoff, DisposalClass, Period, Then, Trigger

DAYS_A_YEAR, DAYS_A_MONTH = 365, 31
MONTHS_A_YEAR = 12
# the longest wait for the end of each: to the last day of a month, quarter or year with a leap day
_PADDING_DAYS = {
    Cutoff.NONE: 0,
    Cutoff.MONTH: 30,
    Cutoff.QUARTER: 92,
    Cutoff.CALENDAR_YEAR: 366,
    Cutoff.FINANCIAL_YEAR: 366,
    Cutoff.TAX_YEAR: 366,
    Cutoff.ACADEMIC_YEAR: 366,
}
_PADDING_MONTHS = {Cutoff.NONE: 0, Cutoff.MONTH: 1, Cutoff.QUARTER: 3}
_LENGTHENING = frozenset({Combine.OVERRIDE, Combine.LATER, Combine.SUSPEND, Combine.BECOMES})


def longest_days(period: Period) -> int:
    """Return the most days that `period` can last, leap days counted."""
    years, months = divmod(period.months, MONTHS_A_YEAR)
    years += period.years
    return years * DAYS_A_YEAR + (years + 3) // 4 + months * DAYS_A_MONTH + period.days


def padding_days(cutoff: Cutoff) -> int:
    """Return the most days from a day to the end of its `cutoff` period."""
    return _PADDING_DAYS[cutoff]


def padding_months(cutoff: Cutoff) -> int:
    """Return the same in whole months."""
    return _PADDING_MONTHS.get(cutoff, MONTHS_A_YEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneLength:
    """A rule that has one start: its clock, and the lengths that follow each other with what each waits for first."""

    clock: Clock
    lengths: tuple[tuple[Period, Cutoff], ...]

    @property
    def cutoffs(self) -> tuple[Cutoff, ...]:
        """Return the periods at whose end it waits, those without a wait left out."""
        return tuple(cutoff for _, cutoff in self.lengths if cutoff is not Cutoff.NONE)


def one_length(entry: DisposalClass) -> OneLength | str:
    """Return the class's rule as one start and one length, or why it must be written as "keep"."""
    if entry.is_descriptive:
        return "it is readable, not computable"
    if any(clause.combine in _LENGTHENING for clause in entry.clauses):
        return "a condition may keep its records longer, and the form has no conditions"
    term, added = entry.clock, list[tuple[Period, Cutoff]]()
    while isinstance(term, Then):
        added.insert(0, (term.period, term.cutoff))
        term = term.first
    if not isinstance(term, Clock):
        return "the end of its period depends on several starts, or on another class"
    if term.period is None:
        return "it has no period"
    if term.trigger is Trigger.FIXED_DATE or term.restarts_on:
        return "its start is a fixed date, or comes again with each event"
    return OneLength(clock=term, lengths=((term.period, term.cutoff), *added))
