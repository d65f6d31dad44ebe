"""Reading delimited text (CSV) from tools that do not agree on anything, row by row, within fixed bounds.

RFC 4180 is the base; the delimiter is found by the header, and lines that tools put above the header are left out.
A row that cannot be trusted is refused and reading goes on with the next line: one unbalanced quotation mark costs
one row, not the rest of the file.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from scanners.exports.control_files import ControlSource
from scanners.exports.errors import NotAnExportError
from scanners.exports.tables.rows import (
    MAX_COLUMNS,
    MAX_HEADER_ROWS,
    MAX_ROW_CHARS,
    HeaderScore,
    Row,
    distinct_columns,
    fit,
)

DELIMITERS = (",", ";", "|", "\t", "¤")

_NO_DELIMITER = "\x1f"  # for a file of one column, whose paths may hold any of the above
_MAX_LINE_CHARS = MAX_ROW_CHARS
_MAX_ROW_LINES = 2_000
_MAX_HEADER_CHARS = 256 << 10
_ABOVE = re.compile(r'"?(?:#TYPE\b|ListSchema=)')
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')
_OPEN_QUOTE = "a quotation mark opens in it and is not closed as it should be"


class _RefusedLineError(Exception):
    """A line that no row can be made of; it was passed over whole."""


class _OverlongRowError(Exception):
    """A row that goes on over more lines than any real one: its quotation mark was never closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedTable:
    """A CSV file whose header was found."""

    control: ControlSource
    delimiter: str
    columns: tuple[str, ...]
    header_lines: int
    is_spaced: bool
    notes: tuple[str, ...]
    shape: str = "csv"

    def rows(self) -> Iterator[Row]:
        """Yield every row below the header. Memory: one row of at most 1 MiB.

        Raises:
            ExportError: The file changed or cannot be read any further.
        """
        with self.control.text() as stream:
            lines = _Lines(stream)
            lines.pass_over(self.header_lines)
            for number, cells in _records(lines, delimiter=self.delimiter, is_spaced=self.is_spaced):
                place = f"line {number}"
                if isinstance(cells, str):
                    yield Row(place, {}, cells)
                elif cells:
                    yield fit(place, cells, self.columns)


def open_delimited(control: ControlSource, *, score: HeaderScore, delimiter: str = "") -> DelimitedTable:
    """Find the header and the delimiter of a text file.

    Args:
        control: The file.
        score: How many of the names of a possible header are known.
        delimiter: The delimiter, when it was declared.

    Raises:
        NotAnExportError: Nothing in its beginning looks like a header with a known column.
        ExportError: The file cannot be read.
    """
    with control.text() as stream:
        beginning = stream.read(_MAX_HEADER_CHARS)
    first, skipped = _below_preamble(beginning)
    declared = _SEPARATOR.fullmatch(first[0]) if first else None
    if declared:
        delimiter = delimiter or declared[1]
        first, skipped = first[1:], skipped + 1
    found = max(
        (_best_header(first, one, score) for one in ((delimiter,) if delimiter else DELIMITERS)),
        key=lambda header: header.rank,
        default=None,
    )
    if found is None or not found.known:
        raise NotAnExportError(file=control.shown_path, found=_unknown_header(found))
    notes = [control.code.note] if control.code.note else []
    above = skipped + found.position
    if above:
        notes.append(f"{above} line(s) above the header were left out")
    return DelimitedTable(
        control=control,
        delimiter=found.delimiter if len(found.cells) > 1 or delimiter else _NO_DELIMITER,
        columns=distinct_columns(found.cells),
        header_lines=skipped + found.position + found.lines,
        is_spaced=found.is_spaced,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """A line that may be the header: how many of its names are known, and where it stands."""

    known: int
    cells: tuple[str, ...]
    delimiter: str
    position: int
    lines: int = 1
    is_spaced: bool = False

    @property
    def rank(self) -> tuple[int, int, int]:
        return (self.known, -self.position, len(self.cells))


def _below_preamble(beginning: str) -> tuple[list[str], int]:
    lines = io.StringIO(beginning, newline="").readlines()[: MAX_HEADER_ROWS * 4]
    skipped = 0
    while skipped < len(lines) and (_ABOVE.match(lines[skipped].lstrip("\ufeff")) or not lines[skipped].strip()):
        skipped += 1
    return lines[skipped:], skipped


def _best_header(lines: Sequence[str], delimiter: str, score: HeaderScore) -> _Header:
    best = _Header(known=0, cells=(), delimiter=delimiter, position=0)
    is_spaced = bool(lines) and f'"{delimiter} "' in lines[0]
    given = _Given(lines)
    reader = csv.reader(given, delimiter=delimiter, skipinitialspace=is_spaced)
    for _ in range(MAX_HEADER_ROWS):
        position = given.number
        try:
            cells = next(reader, None)
        except csv.Error:
            continue
        if cells is None:
            break
        header = _Header(
            known=score(cells) if len(cells) <= MAX_COLUMNS else 0,
            cells=tuple(cells[:MAX_COLUMNS]),
            delimiter=delimiter,
            position=position,
            lines=given.number - position,
            is_spaced=is_spaced,
        )
        best = max(best, header, key=lambda one: one.rank)
    return best


def _unknown_header(found: _Header | None) -> str:
    names = ", ".join(repr(name[:40]) for name in (found.cells[:6] if found else ()) if name.strip())
    return f"none of its columns is known (it begins with {names})" if names else "it holds no header"


class _Given:
    """Lines in memory that count themselves."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0

    def __iter__(self) -> "_Given":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line


class _Lines:
    """The lines of a file, each bounded, with the means to take those of a failed row back."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self._again: deque[str | _RefusedLineError] = deque()
        self._taken: list[str] = []
        self._taken_chars = 0
        self._number = 0  # of the last line given
        self.row_began = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self._number += 1
        if isinstance(line, _RefusedLineError):
            raise line
        self._taken.append(line)
        self._taken_chars += len(line)
        if len(self._taken) > _MAX_ROW_LINES or self._taken_chars > 2 * _MAX_LINE_CHARS:
            raise _OverlongRowError
        return line

    def pass_over(self, count: int) -> None:
        for _ in range(count):
            with suppress(_RefusedLineError):
                next(self, None)

    def begin_row(self) -> None:
        self._taken.clear()
        self._taken_chars = 0
        self.row_began = self._number + 1

    def go_back(self, *, refused: "_RefusedLineError | None" = None) -> None:
        """Give the lines of this row again, but for its first, and then the one that was refused."""
        again: list[str | _RefusedLineError] = [*self._taken[1:], *([refused] if refused else [])]
        self._again.extendleft(reversed(again))
        self._number -= len(again)

    @property
    def has_begun(self) -> bool:
        """Whether lines of this row were given already."""
        return bool(self._taken)

    def _read(self) -> "str | _RefusedLineError":
        line = self._stream.readline(_MAX_LINE_CHARS)
        if not line:
            raise StopIteration
        if len(line) >= _MAX_LINE_CHARS and line[-1] not in "\r\n":
            self._pass_over_rest()
            return _RefusedLineError(f"its line is longer than {_MAX_LINE_CHARS} characters")
        if "\0" in line:
            return _RefusedLineError("it holds NUL characters, as damaged files do")
        return line

    def _pass_over_rest(self) -> None:
        while (rest := self._stream.readline(_MAX_LINE_CHARS)) and rest[-1] not in "\r\n":
            pass


def _records(lines: _Lines, *, delimiter: str, is_spaced: bool) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the line each row begins at with its cells, or with the reason why it is refused."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=is_spaced)
    while True:
        lines.begin_row()
        try:
            cells: list[str] | str = next(reader)
        except StopIteration:
            return
        except (_OverlongRowError, csv.Error) as error:
            is_long = "field larger" in str(error)
            cells = "one of its cells is longer than real ones are" if is_long else _OPEN_QUOTE
            lines.go_back()
        except _RefusedLineError as error:
            cells = str(error)
            if lines.has_begun:  # the fault of the row is older: its quotation mark was open when this line came
                cells = _OPEN_QUOTE
                lines.go_back(refused=error)
        yield lines.row_began, cells
