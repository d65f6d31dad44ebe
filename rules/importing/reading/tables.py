"""Tables as read from a file: headings, and rows that know their line."""

import csv
import io
import re
from dataclasses import dataclass
from functools import lru_cache

from rules.importing.reading.bounds import MOST_CELL_CHARACTERS, MOST_COLUMNS, MOST_ROWS
from rules.importing.reading.refusing import refusal
from rules.loading.yaml_reading import Place

_DELIMITERS = (",", ";", "\t")
_NOT_A_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row: `number` as a spreadsheet counts it (the headings are row 1), `line` as an editor does."""

    number: int
    line: int
    cells: tuple[str, ...]

    @property
    def where(self) -> str:
        """Return the row's name in findings and accounts."""
        return f"row {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its name (the sheet's, or none), headings and rows. Headings are trimmed; cells are as written."""

    name: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """Return the headings up to the last that is not empty."""
        width = max((number for number, heading in enumerate(self.header, start=1) if heading), default=0)
        return self.header[:width]

    def column(self, heading: str) -> int | None:
        """Return the number of the column under `heading`, capitals and punctuation apart."""
        return _places(self.header).get(key_of(heading))

    def has(self, *headings: str) -> bool:
        """Tell whether all `headings` are there."""
        return all(self.column(heading) is not None for heading in headings)

    def cell(self, row: TableRow, heading: str) -> str:
        """Return the trimmed text of `row` under `heading`; nothing when there is no such column or cell."""
        number = self.column(heading)
        return row.cells[number].strip() if number is not None and number < len(row.cells) else ""

    def place(self, row: TableRow, heading: str) -> Place:
        """Return where the cell stands: the row's line, and the number of the column."""
        return Place(line=row.line, column=(self.column(heading) or 0) + 1)


@lru_cache(maxsize=64)
def _places(header: tuple[str, ...]) -> dict[str, int]:
    """Return the number of the first column under each heading."""
    return {key_of(heading): number for number, heading in reversed(tuple(enumerate(header)))}


@lru_cache(maxsize=4096)
def key_of(heading: str) -> str:
    """Return a heading without capitals, spaces and punctuation, for comparing."""
    return _NOT_A_WORD.sub(" ", heading.casefold()).strip()


def read_csv(text: str, *, file: str) -> Table:
    """Return the table in `text`; `,`, `;` and tabs are known, whichever the headings have most of.

    Raises:
        ScheduleError: It is no table, or larger than a schedule can be.
    """
    head = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    line = 1
    try:
        for number, cells in enumerate(reader, start=1):
            _check_size(file, number, line, cells)
            rows.append(TableRow(number=number, line=line, cells=tuple(cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise refusal(
            file,
            f"row {len(rows) + 1}: this is no CSV ({error})",
            "close every quotation mark that is opened",
            place=Place(line=line, column=1),
        ) from error
    return table_of("", rows, file=file)


def table_of(name: str, rows: list[TableRow], *, file: str) -> Table:
    """Return a table whose headings are the first row that has any cell filled.

    Raises:
        ScheduleError: There is no such row.
    """
    for number, row in enumerate(rows):
        if any(cell.strip() for cell in row.cells):
            header = tuple(" ".join(cell.split()) for cell in row.cells)
            return Table(name=name, header=header, rows=tuple(rows[number + 1 :]))
    raise refusal(file, "there is nothing in the file", "give a table with headings in its first row")


def _check_size(file: str, number: int, line: int, cells: list[str]) -> None:
    place = Place(line=line, column=1)
    if number > MOST_ROWS:
        raise refusal(file, f"there are more than {MOST_ROWS} rows", "split the schedule", place=place)
    if len(cells) > MOST_COLUMNS:
        raise refusal(
            file, f"row {number} has more than {MOST_COLUMNS} cells", "keep the columns that say something", place=place
        )
    for column, cell in enumerate(cells, start=1):
        if len(cell) > MOST_CELL_CHARACTERS:
            raise refusal(
                file,
                f"row {number}, column {column} is longer than {MOST_CELL_CHARACTERS} characters",
                "shorten it",
                place=Place(line=line, column=column),
            )
