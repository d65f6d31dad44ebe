"""Refusals: what is wrong with a file of another form, where, and what to write instead."""

from rules.errors import Finding, ScheduleError
from rules.loading.yaml_reading import Place

BEGINNING = Place(line=1, column=1)


def refusal(file: str, what: str, instead: str, *, place: Place = BEGINNING) -> ScheduleError:
    """Return the error that refuses the whole file for one reason."""
    finding = Finding(file=file, line=place.line, column=place.column, what=what, instead=instead)
    return ScheduleError(findings=(finding,))
