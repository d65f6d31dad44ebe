"""Checking schedules before they decide about anything: advice, and the examples that they carry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from retention.errors import InvalidInputError
from retention.services.schedules.versions import read_schedule, shipped_text
from rules import Advice, DisposalSchedule, ExampleResult, lint_schedule, places_in, run_examples

SHIPPED = "the shipped schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSchedule:
    """A schedule that loads, with all advice on it."""

    schedule: DisposalSchedule
    advice: tuple[Advice, ...]


def advise_on(file: str | None, *, as_of: date) -> CheckedSchedule:
    """Return the schedule in `file`, or the shipped one, with what a careful colleague would ask about it.

    Raises:
        InvalidInputError: It has faults, all of which are listed with their lines.
    """
    schedule = read_schedule(file)
    text = shipped_text() if file is None else Path(file).read_text(encoding="utf-8-sig")
    return CheckedSchedule(schedule=schedule, advice=lint_schedule(schedule, as_of=as_of, places=places_in(text)))


def try_examples(file: str | None, *, only: Sequence[str]) -> Iterator[ExampleResult]:
    """Yield what becomes of the examples in `file`, or in the shipped schedule: all, or those of the classes `only`.

    Raises:
        InvalidInputError: The file has faults, or has no class of that name.
    """
    schedule = read_schedule(file)
    unknown = sorted(set(only) - schedule.by_id.keys())
    if unknown:
        raise InvalidInputError(
            what=f"there is no class {', '.join(unknown)} in {file or SHIPPED}",
            not_done="No example was run.",
            next_step="`retention schedule list --file FILE` names the classes.",
        )
    return run_examples(schedule, only=only)
