"""Due dates: due = end of the cutoff period of the trigger + period (Slipcase Records Profile 8). No clock is read."""

from dataclasses import dataclass
from datetime import date, timedelta

from rules.dates.evidence import TriggerDate
from rules.model import Clock, Cutoff, DisposalSchedule
from rules.model.periods import Period, add_period
from rules.plain_values import PlainReader, day_text

__all__ = ["DueInterval", "add_period", "cutoff_end", "due_interval", "earlier_of", "later_of", "next_period"]

_MONTHS_A_YEAR, _MONTHS_A_QUARTER = 12, 3
_CUTOFF_WORDS = {
    Cutoff.MONTH: "month",
    Cutoff.QUARTER: "quarter",
    Cutoff.CALENDAR_YEAR: "year",
    Cutoff.FINANCIAL_YEAR: "financial year",
    Cutoff.TAX_YEAR: "tax year",
    Cutoff.ACADEMIC_YEAR: "academic year",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueInterval:
    """When the period ends: surely not before `earliest`, surely by `latest`; None is "not bounded".

    The record is due *on* the due date. `arithmetic` is the sum in words.
    """

    earliest: date | None
    latest: date | None
    arithmetic: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the interval as plain values, with the keys of `explain --json`."""
        return {
            "earliest": day_text(self.earliest),
            "latest": day_text(self.latest),
            "arithmetic": list(self.arithmetic),
        }

    @classmethod
    def from_json(cls, value: object) -> "DueInterval":
        """Return the interval that `to_json` wrote.

        Raises:
            InvalidValueError: `value` has another shape.
        """
        reader = PlainReader(value, kind="due interval")
        return cls(earliest=reader.day("earliest"), latest=reader.day("latest"), arithmetic=reader.texts("arithmetic"))


def cutoff_end(on: date, cutoff: Cutoff, schedule: DisposalSchedule) -> date:
    """Return the last day of the cutoff period that `on` lies in; a cutoff only ever lengthens."""
    match cutoff:
        case Cutoff.NONE:
            return on
        case Cutoff.MONTH:
            return _month_end(on.year, on.month)
        case Cutoff.QUARTER:
            return _month_end(on.year, -(-on.month // _MONTHS_A_QUARTER) * _MONTHS_A_QUARTER)
        case Cutoff.CALENDAR_YEAR | Cutoff.FINANCIAL_YEAR | Cutoff.TAX_YEAR | Cutoff.ACADEMIC_YEAR:
            start = schedule.year_start(cutoff)
            year = on.year + ((on.month, on.day) >= (start.month, start.day))
            return date.max if year > date.max.year else date(year, start.month, start.day) - timedelta(days=1)


def due_interval(trigger: TriggerDate, clock: Clock, schedule: DisposalSchedule) -> DueInterval | None:
    """Return when `clock`, started at `trigger`, has run; None when it runs for ever."""
    if clock.period is None:
        return None

    def due(on: date | None) -> date | None:
        return (
            None
            if on is None or clock.period is None
            else add_period(cutoff_end(on, clock.cutoff, schedule), clock.period)
        )

    earliest, latest = due(trigger.earliest), due(trigger.latest)
    return DueInterval(
        earliest=earliest, latest=latest, arithmetic=_arithmetic(trigger, clock, schedule, earliest, latest)
    )


def next_period(before: DueInterval, period: Period, cutoff: Cutoff, schedule: DisposalSchedule) -> DueInterval:
    """Return when a second `period` ends that begins where `before` ended, after the end of its `cutoff`."""

    def due(on: date | None) -> date | None:
        return None if on is None else add_period(cutoff_end(on, cutoff, schedule), period)

    earliest, latest = due(before.earliest), due(before.latest)
    steps = [*before.arithmetic, f"then + {period} ({period.in_words})"]
    steps.append("when it is due is not settled" if latest is None else f"surely due by {latest}")
    return DueInterval(earliest=earliest, latest=latest, arithmetic=tuple(steps))


def later_of(one: DueInterval | None, other: DueInterval | None) -> DueInterval | None:
    """Return the later of two: both periods must have ended. None is for ever."""
    if one is None or other is None:
        return None
    earliest = [bound for bound in (one.earliest, other.earliest) if bound is not None]
    latest = None if one.latest is None or other.latest is None else max(one.latest, other.latest)
    arithmetic = tuple(dict.fromkeys((*one.arithmetic, *other.arithmetic)))
    return DueInterval(earliest=max(earliest, default=None), latest=latest, arithmetic=arithmetic)


def earlier_of(one: DueInterval | None, other: DueInterval | None) -> DueInterval | None:
    """Return the earlier of two: it is enough that one period has ended."""
    if one is None or other is None:
        return other if one is None else one
    latest = [bound for bound in (one.latest, other.latest) if bound is not None]
    earliest = None if one.earliest is None or other.earliest is None else min(one.earliest, other.earliest)
    arithmetic = tuple(dict.fromkeys((*one.arithmetic, *other.arithmetic)))
    return DueInterval(earliest=earliest, latest=min(latest, default=None), arithmetic=arithmetic)


def _month_end(year: int, month: int) -> date:
    if (year, month) == (date.max.year, _MONTHS_A_YEAR):
        return date.max
    return date(year + month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1) - timedelta(days=1)


def _arithmetic(
    trigger: TriggerDate, clock: Clock, schedule: DisposalSchedule, earliest: date | None, latest: date | None
) -> tuple[str, ...]:
    steps = [trigger.in_words]
    if clock.cutoff is not Cutoff.NONE and trigger.latest is not None:
        ended = cutoff_end(trigger.latest, clock.cutoff, schedule)
        steps.append(f"the {_CUTOFF_WORDS[clock.cutoff]} ended {ended} at the latest")
    if clock.period is not None:
        steps.append(f"+ {clock.period} ({clock.period.in_words})")
    if clock.period_max is not None:
        steps.append(f"to be kept no longer than {clock.period_max.in_words}")
    if latest is not None:
        steps.append(f"due {latest}" if earliest == latest else f"surely due by {latest}")
    if earliest is not None and earliest != latest:
        steps.append(f"not due before {earliest}")
    if latest is None:
        steps.append("when it is due is not settled")
    return tuple(steps)
