"""The steps of one Alfresco schedule, run in words: what starts, what waits, what is done last."""

from dataclasses import dataclass, replace

from rules.errors import InvalidPeriodError
from rules.importing.entry import Understood
from rules.model import (
    Clock,
    Cutoff,
    DisposalAction,
    EarlierOf,
    Instruction,
    InstructionKind,
    LaterOf,
    Period,
    Term,
    Then,
    Trigger,
)

_EVENTS = {
    "case_closed": Trigger.CASE_CLOSED,
    "case_complete": Trigger.CASE_CLOSED,
    "no_longer_needed": Trigger.NO_LONGER_NEEDED,
    "superseded": Trigger.SUPERSEDED,
    "separation": Trigger.EMPLOYMENT_END,
}
_STARTS = {
    "": (Trigger.CREATED, "creation"),
    "created": (Trigger.CREATED, "creation"),
    "dateFiled": (Trigger.RECEIVED, "the day it was filed"),
    "originatingDate": (Trigger.RECORD_DATE, "the record's own date"),
    "publicationDate": (Trigger.RECORD_DATE, "publication"),
    "dateReceived": (Trigger.RECEIVED, "receipt"),
    "modified": (Trigger.LAST_MODIFIED, "last change"),
}
_CUTOFF_DATE, _STEP_BEFORE = "cutOffDate", "dispositionAsOf"
_LENGTHS = {"day": "days", "month": "months", "year": "years"}
_WEEK_DAYS, _QUARTER_MONTHS = 7, 3
_ENDS = {
    "monthend": Cutoff.MONTH,
    "quarterend": Cutoff.QUARTER,
    "yearend": Cutoff.CALENDAR_YEAR,
    "fyend": Cutoff.FINANCIAL_YEAR,
    "fyearend": Cutoff.FINANCIAL_YEAR,
}
_MOST_DIGITS = 3
_LAST_ACTIONS = {"destroy": DisposalAction.DESTROY, "accession": DisposalAction.TRANSFER}


class UnreadStepError(Exception):
    """A step says something that no term can. It never leaves the Alfresco form."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as the file has it: `period` is `unit|number`, `counted_from` a property of the record."""

    name: str
    period: str
    counted_from: str
    events: tuple[str, ...]
    needs_all: bool
    place: str
    words: str


@dataclass(slots=True)
class _Run:
    """Where a run of the steps is: when the last step and the cutoff happen, and what was done on the way."""

    last: Term | None = None
    cutoff: Term | None = None
    length: Period | None = None
    cutoff_length: Period | None = None


def run_steps(steps: tuple[Step, ...]) -> Understood:
    """Return the rule that `steps` make.

    Raises:
        UnreadStepError: They make none that a term can say.
    """
    if not steps:
        message = "the schedule has no steps"
        raise UnreadStepError(message)
    run, instructions, notes = _Run(), list[Instruction](), list[str]()
    action: DisposalAction | None = None
    for number, step in enumerate(steps):
        term, length = _when(step, run)
        is_last = number == len(steps) - 1
        if step.name == "cutoff":
            run.cutoff, run.cutoff_length = term, Period()
            length = Period()
        elif step.name in _LAST_ACTIONS or (step.name == "transfer" and is_last):
            if not is_last:
                raise UnreadStepError(f"the step {step.name!r} is not the last")
            action = _LAST_ACTIONS.get(step.name, DisposalAction.TRANSFER)
            notes += [f"{step.name}: {_said(step)}"] if _said(step) else []
        elif step.name == "transfer":
            instructions.append(Instruction(kind=InstructionKind.TRANSFER, words=_instruction(step), after=length))
        elif step.name != "retain":
            raise UnreadStepError(f"the step {step.name!r} is unknown")
        run.last, run.length = term, length
    if action is None:
        raise UnreadStepError("the last step does nothing with the records")
    return Understood(term=run.last, action=action, instructions=tuple(instructions), notes=tuple(notes))


def _not_before(run: _Run, term: Term, length: Period | None) -> tuple[Term, Period | None]:
    """Return when a step happens, which is never before the step before it, whatever it is counted from."""
    if run.last is None or run.last is run.cutoff or run.last in _parts(term):
        return term, length
    if length is not None and run.length is not None and _days(length) >= _days(run.length):
        return term, length
    return LaterOf(terms=(run.last, term)), None


def _parts(term: Term) -> tuple[Term, ...]:
    """Return the terms that surely end before `term` does, or with it."""
    if isinstance(term, Then):
        return (term, *_parts(term.first))
    return (term, *term.terms) if isinstance(term, LaterOf) else (term,)


def _days(period: Period) -> int:
    return period.years * 365 + period.months * 30 + period.days


def _said(step: Step) -> str:
    return " ".join(part for part in (step.words, f"({step.place})" if step.place else "") if part)


def _instruction(step: Step) -> str:
    wait = f"{step.period.replace('|', ' ')} after {_PROPERTY_WORDS.get(step.counted_from, 'the step before')}"
    return ". ".join(part.rstrip(".") for part in (_said(step) or "Transfer", wait) if part)


_PROPERTY_WORDS = {_CUTOFF_DATE: "cutoff", "": "creation", "dateFiled": "filing"}


def _when(step: Step, run: _Run) -> tuple[Term, Period | None]:
    """Return when `step` happens, and how long after the cutoff if that can be said."""
    has_time = bool(step.period) and not step.period.startswith("none")
    by_time, length = _by_time(step, run) if has_time else (None, None)
    if by_time is not None and step.counted_from == _CUTOFF_DATE:
        by_time, length = _not_before(run, by_time, length)
    by_events = _by_events(step, run)
    if by_time is not None and by_events is not None:
        parts = (by_time, by_events)
        return (LaterOf(terms=parts) if step.needs_all else EarlierOf(terms=parts)), None
    found = by_time or by_events
    if found is None:
        raise UnreadStepError(f"the step {step.name!r} has neither a time nor an event")
    return found, length


def _by_time(step: Step, run: _Run) -> tuple[Term, Period | None]:
    base, so_far = _base(step, run)
    unit, _, number = step.period.partition("|")
    unit = unit.strip().casefold()
    if unit in _ENDS:
        if number.strip() not in ("", "0", "1"):
            raise UnreadStepError(f"the period {step.period!r} counts several ends")
        return _at_end_of(base, _ENDS[unit]), None
    period = _length(unit, number.strip(), step.period)
    whole = None if so_far is None else _sum(so_far, period)
    return _after(base, period), whole


def _base(step: Step, run: _Run) -> tuple[Term, Period | None]:
    """Return what the step's time is counted from."""
    if step.counted_from == _CUTOFF_DATE:
        if run.cutoff is None:
            raise UnreadStepError("a step is counted from a cutoff that no step makes")
        return run.cutoff, run.cutoff_length
    if run.last is not None and step.counted_from in ("", _STEP_BEFORE):
        return run.last, run.length
    if step.counted_from == _STEP_BEFORE:
        raise UnreadStepError("the first step is counted from a step before it")
    if step.counted_from not in _STARTS:
        raise UnreadStepError(f"a step is counted from the property {step.counted_from!r}")
    trigger, subject = _STARTS[step.counted_from]
    start = Clock(trigger=trigger, subject=subject, period=Period())
    # a later step cannot happen before the one before it, whatever its own time is counted from
    return (start, Period()) if run.last is None else (LaterOf(terms=(start, run.last)), None)


def _length(unit: str, number: str, written: str) -> Period:
    if unit == "immediately":
        return Period()
    if unit == "xmlduration":
        try:
            return Period.parse(number)
        except InvalidPeriodError as error:
            raise UnreadStepError(f"the period {written!r} is not made of years, months and days") from error
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        raise UnreadStepError(f"{written!r} is no period")
    if unit == "week":
        return Period(days=int(number) * _WEEK_DAYS)
    if unit == "quarter":
        return Period(months=int(number) * _QUARTER_MONTHS)
    if unit not in _LENGTHS:
        raise UnreadStepError(f"the period {written!r} has an unknown unit")
    return Period(**{_LENGTHS[unit]: int(number)})


def _by_events(step: Step, run: _Run) -> Term | None:
    if not step.events:
        return None
    clocks = tuple(_event_clock(event) for event in dict.fromkeys(step.events))
    combined: Term = clocks[0]
    if len(clocks) > 1:
        combined = LaterOf(terms=clocks) if step.needs_all else EarlierOf(terms=clocks)
    # an event counts once the step before it is done
    return combined if run.last is None else LaterOf(terms=(run.last, combined))


def _event_clock(event: str) -> Clock:
    words = " ".join(event.replace("_", " ").split())
    trigger = _EVENTS.get(event.casefold(), Trigger.NAMED_EVENT)
    name = words if trigger is Trigger.NAMED_EVENT else ""
    return Clock(trigger=trigger, subject=words, event=name, period=Period())


def _after(term: Term, period: Period) -> Term:
    """Return `term` and then `period`; a clock that waits for nothing yet simply takes it."""
    if period == Period():
        return term
    if isinstance(term, Clock) and term.period == Period():
        return replace(term, period=period)
    return Then(first=term, period=period)


def _at_end_of(term: Term, cutoff: Cutoff) -> Term:
    if isinstance(term, Clock) and term.period == Period() and term.cutoff is Cutoff.NONE:
        return replace(term, cutoff=cutoff)
    return Then(first=term, period=Period(), cutoff=cutoff)


def _sum(first: Period, second: Period) -> Period:
    return Period(years=first.years + second.years, months=first.months + second.months, days=first.days + second.days)
