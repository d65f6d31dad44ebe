"""Reads the rows of a table whose columns are known: what each says, what stands beside it, what is wrong with it."""

import re
from dataclasses import replace

from rules.importing.asides import Aside
from rules.importing.entry import Understood, descriptive
from rules.importing.reading.tables import Table, TableRow

_UNITS = re.compile(r"\b(?:years|months|weeks|days)\b", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"[0-9]{1,3}")


class TableReading:
    """A table, which column holds which field, and the `rivals`: columns that hold one of them a second time."""

    def __init__(self, table: Table, columns: dict[int, str], *, rivals: dict[int, str]) -> None:
        self._table, self._columns, self._rivals = table, columns, rivals
        # without a column of titles, the description names the records
        names = {"id", "title"} if "title" in columns.values() else {"id", "description"}
        self._naming = names & set(columns.values())

    def said(self, row: TableRow) -> dict[str, str]:
        """Return the text of each field of `row`."""
        return {field: row.cells[number] for number, field in self._columns.items() if number < len(row.cells)}

    def is_nameless(self, row: TableRow) -> bool:
        """Tell whether `row` names no records of its own, as when a cell was split over two rows."""
        said = self.said(row)
        return bool(self._naming) and not any(said.get(field, "").strip() for field in self._naming)

    def is_heading(self, row: TableRow) -> bool:
        """Tell whether `row` says no more than a function, as a heading within a table does."""
        return all(self._columns.get(number) == "function" for number, cell in enumerate(row.cells) if cell.strip())

    def beside(self, row: TableRow) -> tuple[Aside, ...]:
        """Return the filled cells of columns that hold no field."""
        return tuple(
            Aside(name=f"column {heading or number + 1}", text=_with_unit(row.cells[number].strip(), heading))
            for number, heading in enumerate(self._table.header)
            if number not in self._columns and number not in self._rivals and number < len(row.cells)
        )

    def defect(self, row: TableRow) -> str:
        """Return why the cells of `row` cannot be trusted to stand where they belong; empty when they can."""
        beyond = _beyond(self._table, row)
        if beyond:
            return beyond
        said = self.said(row)
        for number, field in self._rivals.items():
            other = " ".join(row.cells[number].split()) if number < len(row.cells) else ""
            own = " ".join(said.get(field, "").split())
            if other and other.casefold() != own.casefold():
                heading = self._table.header[number]
                return f"two columns say different things of one: '{own}' and, under {heading}, '{other}'"
        return ""


def _with_unit(text: str, heading: str) -> str:
    """Return a bare number with the unit that its heading has: 12 under `Minimum years`."""
    unit = _UNITS.search(heading)
    return f"{text} {unit.group()}" if unit is not None and _BARE_NUMBER.fullmatch(text) else text


def in_its_columns(made: Understood, table: Table, row: TableRow) -> Understood:
    """Return `made`, or a descriptive rule when a cell of `row` stands under no heading."""
    beyond = _beyond(table, row)
    return replace(descriptive(beyond), holds=made.holds) if beyond else made


def _beyond(table: Table, row: TableRow) -> str:
    cells = [" ".join(cell.split()) for cell in row.cells[len(table.named) :] if cell.strip()]
    words = " | ".join(cells)
    return f"it has more cells than there are headings, perhaps for want of quotation marks: '{words}'" if cells else ""
