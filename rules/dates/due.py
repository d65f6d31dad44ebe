"""Due dates: due = end of the cutoff period of the trigger + period (Slipcase Records Profile 8). No clock is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from rules.dates.evidence import TriggerDate
from rules.dates.keeping import Kept, kept
from rules.model import Clock, Cutoff, DisposalSchedule, Trigger
from rules.model.periods import Period, add_period
from rules.plain_values import PlainReader, day_text

__all__ = ["DueInterval", "add_period", "cutoff_end", "due_interval", "earlier_of", "later_of", "next_period"]

_MONTHS_A_YEAR = 12
_MONTHS = {Cutoff.MONTH: 1, Cutoff.QUARTER: 3}
_ONE_DAY = timedelta(days=1)
_FIRST_DAY = date.min
_INTERVALS_KEPT = 8192
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
    start = schedule.year_starts.get(cutoff)
    if start is not None:
        year = on.year + ((on.month, on.day) >= (start.month, start.day))
        return date.max if year > date.max.year else date(year, start.month, start.day) - _ONE_DAY
    months = _MONTHS.get(cutoff)
    return on if months is None else _month_end(on.year, -(-on.month // months) * months)


def due_interval(trigger: TriggerDate, clock: Clock, schedule: DisposalSchedule) -> DueInterval | None:
    """Return when `clock`, started at `trigger`, has run; None when it runs for ever."""
    if clock.period is None:
        return None
    return _due_interval(trigger.trigger, trigger.earliest, trigger.latest, kept(clock), kept(schedule))


@lru_cache(maxsize=_INTERVALS_KEPT)  # the files of a class have far fewer dates than there are files
def _due_interval(
    event: Trigger, began: date | None, began_by: date | None, of: Kept[Clock], under: Kept[DisposalSchedule]
) -> DueInterval | None:
    clock, schedule = of.value, under.value
    trigger = TriggerDate(trigger=event, earliest=began, latest=began_by, evidence=(), question=None)
    if clock.period is None:
        return None
    ended = None if trigger.latest is None else cutoff_end(trigger.latest, clock.cutoff, schedule)
    latest = None if ended is None else add_period(ended, clock.period)
    if trigger.earliest is None or trigger.earliest == trigger.latest:
        earliest = None if trigger.earliest is None else latest
    else:
        earliest = add_period(cutoff_end(trigger.earliest, clock.cutoff, schedule), clock.period)
    steps = _arithmetic(trigger, clock, ended, (earliest, latest))
    return DueInterval(earliest=earliest, latest=latest, arithmetic=tuple(steps))


def next_period(before: DueInterval, period: Period, cutoff: Cutoff, schedule: DisposalSchedule) -> DueInterval:
    """Return when a second `period` ends that begins where `before` ended, after the end of its `cutoff`."""

    def due(on: date | None) -> date | None:
        return None if on is None else add_period(cutoff_end(on, cutoff, schedule), period)

    earliest, latest = due(before.earliest), due(before.latest)
    steps = [*before.arithmetic, f"then {_plus(period)}"]
    steps.append("when it is due is not settled" if latest is None else f"surely due by {latest}")
    return DueInterval(earliest=earliest, latest=latest, arithmetic=tuple(steps))


def later_of(one: DueInterval | None, other: DueInterval | None) -> DueInterval | None:
    """Return the later of two: both periods must have ended. None is for ever."""
    if one is None or other is None:
        return None
    earliest = max(one.earliest or _FIRST_DAY, other.earliest or _FIRST_DAY)
    return DueInterval(
        earliest=earliest if one.earliest or other.earliest else None,
        latest=max(one.latest, other.latest) if one.latest and other.latest else None,
        arithmetic=tuple(dict.fromkeys((*one.arithmetic, *other.arithmetic))),
    )


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
    return date(year + month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1) - _ONE_DAY


def _arithmetic(
    trigger: TriggerDate, clock: Clock, ended: date | None, due: tuple[date | None, date | None]
) -> Iterator[str]:
    earliest, latest = due
    yield trigger.in_words
    if ended is not None and clock.cutoff in _CUTOFF_WORDS:
        yield f"the {_CUTOFF_WORDS[clock.cutoff]} ended {ended} at the latest"
    if clock.period is not None:
        yield _plus(clock.period)
    if clock.period_max is not None:
        yield f"to be kept no longer than {clock.period_max.in_words}"
    if latest is not None:
        yield f"due {latest}" if earliest == latest else f"surely due by {latest}"
    if earliest is not None and earliest != latest:
        yield f"not due before {earliest}"
    if latest is None:
        yield "when it is due is not settled"


@lru_cache(maxsize=1024)  # a schedule has few periods
def _plus(period: Period) -> str:
    return f"+ {period} ({period.in_words})"
