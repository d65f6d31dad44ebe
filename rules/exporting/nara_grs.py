"""Writes the columns in which the US National Archives publish their General Records Schedules (CSV).

A period is a number of years, months or days, perhaps a range; a start is the creation of the record or an event.
What cannot be said so is written `N/A`, as the publisher itself does, with the rule in words beside it.
"""

from rules.exporting.exported import Exported, Loss
from rules.exporting.shortening import MONTHS_A_YEAR, OneLength, longest_days, one_length, padding_months
from rules.exporting.tables import Sheet, sheet_as_csv
from rules.model import (
    Clock,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Period,
    PeriodKind,
    Trigger,
)

NAME = "nara"
COLUMNS = (
    "GRS ID", "Record Title", "Classification (General)", "Legal Citation", "Disposition", "Retention (Years)",
    "Retention Type", "Event Type (General)", "Longer Retention Authorized?", "Deviations Allowed?",
    "Disposition Authority", "Superseded by", "Last Updated", "Comments",
)  # fmt: skip
CREATION, EVENT, NOT_SAID = "Creation_Age", "Event_Age", "N/A"
END_OF_FY = "End of FY"
EVENT_WORDS = {
    Trigger.NO_LONGER_NEEDED: "No longer needed",
    Trigger.SUPERSEDED: "Superseded or obsolete",
}
_BY_CREATION = frozenset({Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED})

_BY_PEOPLE = frozenset({DisposalAction.REVIEW, DisposalAction.TRANSFER})


def export_nara(schedule: DisposalSchedule) -> Exported:
    """Return the table."""
    lost = [Loss(class_id="", what="the schedule's own title, version, holds and sources have no place in the table")]
    rows = []
    for entry in schedule.classes:
        item = _Item(entry)
        rows.append(item.cells())
        lost += [Loss(class_id=entry.id, what=what) for what in item.lost]
    sheet = Sheet(name="GRS", header=COLUMNS, rows=tuple(rows))
    return Exported(form=NAME, content=sheet_as_csv(sheet), lost=tuple(lost))


class _Item:
    """One class as an item of the table, with what the item does not say."""

    def __init__(self, entry: DisposalClass) -> None:
        self.lost: list[str] = []
        self._entry = entry
        self._length, self._kind, self._event = self._rule()
        self._lose_the_rest()

    def cells(self) -> tuple[str, ...]:
        entry = self._entry
        is_permanent = entry.action is DisposalAction.RETAIN_PERMANENTLY
        may_be_longer = entry.period_kind in (PeriodKind.MINIMUM, PeriodKind.GUIDANCE)
        comments = [entry.description, entry.as_written and f"As written: {entry.as_written}"]
        if self._length == NOT_SAID and not is_permanent:
            comments.append(f"Kept {entry.kept_for}")
        told = {
            "GRS ID": entry.id,
            "Record Title": entry.title,
            "Classification (General)": entry.function,
            "Legal Citation": "; ".join(entry.authority[1:]),
            "Disposition": "Permanent" if is_permanent else "Temporary",
            "Retention (Years)": self._length,
            "Retention Type": self._kind,
            "Event Type (General)": self._event,
            "Longer Retention Authorized?": "Yes" if may_be_longer else "No",
            "Deviations Allowed?": NOT_SAID,
            "Disposition Authority": entry.authority[0] if entry.authority else "",
            "Superseded by": "" if entry.retired is None else entry.retired.successor or "Withdrawn",
            "Comments": ". ".join(part.rstrip(".") for part in comments if part),
        }
        return tuple(told.get(column, "") for column in COLUMNS)

    def _rule(self) -> tuple[str, str, str]:
        """Return period, kind of start and event."""
        if self._entry.action is DisposalAction.RETAIN_PERMANENTLY:
            return NOT_SAID, NOT_SAID, NOT_SAID
        found = one_length(self._entry)
        if isinstance(found, str):
            self.lost.append(f"written as `{NOT_SAID}`: {found}")
            return NOT_SAID, NOT_SAID, NOT_SAID
        return self._length_of(found), *self._start(found.clock)

    def _start(self, clock: Clock) -> tuple[str, str]:
        if clock.trigger in _BY_CREATION:
            if clock.trigger is not Trigger.CREATED:
                self.lost.append(f"{clock.trigger.value.replace('_', ' ')} became the creation of the record")
            return (EVENT, END_OF_FY) if clock.cutoff is Cutoff.FINANCIAL_YEAR else (CREATION, "")
        return EVENT, EVENT_WORDS.get(clock.trigger, clock.event or clock.trigger.value.replace("_", " "))

    def _length_of(self, rule: OneLength) -> str:
        """Return the length in years, months or days, with every year's end that cannot be said padded upwards."""
        clock = rule.clock
        is_said = clock.cutoff is Cutoff.FINANCIAL_YEAR and clock.trigger in _BY_CREATION
        padded = rule.cutoffs[1:] if is_said else rule.cutoffs
        if padded:
            self.lost.append(f"the end of a {padded[0].value.replace('_', ' ')} was padded upwards")
        padding = Period(months=sum(padding_months(cutoff) for cutoff in padded))
        parts = [*(period for period, _ in rule.lengths), padding]
        shortest = _sum(parts)
        if shortest.days and (shortest.years or shortest.months):
            self.lost.append("years and months became days, the most that they can last")
        longest = clock.period_max
        if longest is None:
            return _in_units(parts)
        if padded or len(rule.lengths) > 1 or not (_is_years(shortest) and _is_years(longest)):
            self.lost.append("the longest period")
            return _in_units(parts)
        return f"{shortest.years}-{longest.years}"

    def _lose_the_rest(self) -> None:
        entry = self._entry
        losses = (
            (
                entry.action in (DisposalAction.REVIEW, DisposalAction.TRANSFER),
                f"{entry.action.name.lower()} at the end",
            ),
            (entry.period_kind is PeriodKind.GUIDANCE, "that the period is guidance"),
            (entry.clauses, "its conditions"),
            (entry.instructions, "its instructions"),
            (entry.cues != type(entry.cues)() or entry.exclusions, "its cues"),
            (entry.approval != type(entry.approval)(), "who must approve"),
            (entry.scope_notes or entry.notes or entry.dissent, "its notes"),
        )
        self.lost += [what for is_said, what in losses if is_said]


def _sum(periods: list[Period]) -> Period:
    years, months = divmod(sum(period.months for period in periods), MONTHS_A_YEAR)
    years += sum(period.years for period in periods)
    return Period(years=years, months=months, days=sum(period.days for period in periods))


def _is_years(period: Period) -> bool:
    return not period.months and not period.days


def _in_units(parts: list[Period]) -> str:
    """Return one length for parts that follow each other; a leap day may lie in each of them."""
    total = _sum(parts)
    if total.days:
        return f"{sum(longest_days(part) for part in parts)}d"
    if total.months:
        return f"{total.years * MONTHS_A_YEAR + total.months}m"
    return str(total.years)
