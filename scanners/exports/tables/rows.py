"""Rows as they stand in a table, a sheet or a list of JSON objects, before anybody asks what their columns mean."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from scanners.exports.control_files import ControlSource

Value = str | int | float | bool | None | list[Any] | dict[str, Any]
Values = Mapping[str, Value]
HeaderScore = Callable[[Sequence[str]], int]

MAX_COLUMNS = 2_000
MAX_HEADER_ROWS = 30  # some tools print a title and a date above the names of the columns
MAX_ROW_CHARS = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row and where it stands; `refused` says in words why it cannot be read, and then it has no values."""

    place: str
    values: Values
    refused: str = ""


class Table(Protocol):
    """Rows under named columns, which can be gone through more than once."""

    @property
    def control(self) -> ControlSource:
        """The file that they stand in."""
        ...

    @property
    def shape(self) -> str:
        """One of "csv", "xlsx", "json", "robocopy", "dir" and "ls"."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns in their order; empty when only the rows themselves can tell."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the account should know of how it was read."""
        ...

    def rows(self) -> Iterator[Row]:
        """Yield every row once, in the order of the file.

        Raises:
            ExportError: The file changed or cannot be read any further.
        """
        ...


def distinct_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns with trailing unnamed ones left out and repeated ones told apart by a number."""
    names = [name.strip().lstrip("\ufeff") for name in header]
    while names and not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    result = []
    for position, name in enumerate(names, 1):
        shown = name or f"column {position}"
        seen[shown] = seen.get(shown, 0) + 1
        result.append(shown if seen[shown] == 1 else f"{shown} ({seen[shown]})")
    return tuple(result)


def fit(place: str, cells: Sequence[str], columns: tuple[str, ...]) -> Row:
    """Return the row that these cells are under these columns; one that does not fit may be cut or shifted.

    A shifted row would put a label into the column of a path, so it is refused whole.
    """
    width = len(columns)
    if len(cells) > width:
        if any(cell.strip() for cell in cells[width:]):
            return Row(place, {}, f"it has {len(cells)} cells where the header names {width} columns")
        cells = cells[:width]
    elif len(cells) < width:
        return Row(place, {}, f"it has only {len(cells)} cells where the header names {width} columns")
    if not any(cells):
        return Row(place, {}, "every cell is empty")
    return Row(place, dict(zip(columns, cells, strict=True)))
