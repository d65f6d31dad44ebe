"""The cells of one row by what they mean, the best evidence first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from scanners.exports.inventories.columns import ColumnPlan, PlannedColumn
from scanners.exports.inventories.draft import Draft
from scanners.exports.inventories.values import NOT_UNPACKED, is_stated, is_type_name
from scanners.exports.record import StatedInstant
from scanners.exports.tables.rows import Value, Values

_T = TypeVar("_T")


@dataclass(slots=True)
class Cells:
    """The cells of one row by what they mean, and which of them were used."""

    values: Values
    plan: ColumnPlan
    draft: Draft
    used: set[str] = field(default_factory=set)

    def stated(self, target: str) -> Iterator[tuple[PlannedColumn, Value]]:
        """Yield the columns that mean this and say something, best first; what was not unpacked says nothing."""
        for planned in self.plan.by_target.get(target, ()):
            value = self.values.get(planned.column)
            if not is_stated(value):
                continue
            if is_type_name(value):
                self.draft.doubt(NOT_UNPACKED)
                continue
            yield planned, value

    def take(self, target: str, read: Callable[[Value], _T | None]) -> _T | None:
        """Return what the best column that can be read says."""
        for planned in self.plan.by_target.get(target, ()):
            value = self.values.get(planned.column)
            if not is_stated(value):
                continue
            if is_type_name(value):
                self.draft.doubt(NOT_UNPACKED)
                continue
            found = read(value)
            if found is not None:
                self.used.add(planned.column)
                return found
        return None

    def states_nothing(self, target: str) -> bool:
        """Tell whether a column of this meaning is there and is empty in this row: it states that there is none."""
        return any(
            planned.column in self.values and self.values[planned.column] in (None, "")
            for planned in self.plan.of(target)
        )

    def named(self, normalised: str) -> Value:
        """Return a cell by the normalised name of its column."""
        column = self.plan.by_name.get(normalised)
        return self.values.get(column) if column is not None else None


def best_instant(cells: Cells, target: str) -> StatedInstant | None:
    """Return the first instant that means something certain; failing that the words of the first that was stated."""
    first: StatedInstant | None = None
    doubts = []
    for planned, value in cells.stated(target):
        if planned.instants is None:
            continue
        reading = planned.instants.read(value)
        if reading.instant is None:
            continue
        if reading.instant.at is not None:
            cells.used.add(planned.column)
            cells.draft.doubt(reading.doubt and f"{target}: {reading.doubt}")
            return reading.instant
        if first is None:
            cells.used.add(planned.column)
            first = reading.instant
        doubts.append(planned.refused or reading.doubt)
    if doubts:
        cells.draft.doubt(f"{target}: {doubts[0]}")
    return first
