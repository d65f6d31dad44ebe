"""The rows of a printed list of files: telling which command printed it, and going through it within bounds.

No column has a header in such a list, so each command's reader gives its columns names of its own.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from scanners.exports.control_files import ControlSource, TextCode
from scanners.exports.errors import NotAnExportError
from scanners.exports.tables.listings import dir_lines, ls_lines, robocopy_lines
from scanners.exports.tables.listings.lines import Entry, UnsureLayoutError, numbered_lines
from scanners.exports.tables.rows import Row

_BEGINNING_LINES = 60
_CONSOLE = TextCode(
    encoding="cp850",
    note="some bytes are not UTF-8 and were read as the command line's code page 850: check names with accents",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """One command that prints lists: how its lists are told, and how they are read."""

    shape: str
    columns: tuple[str, ...]
    is_printed_by: Callable[[list[str]], bool]
    entries: Callable[[Callable[[], Iterator[tuple[int, str]]], dict[str, None]], Iterator[Entry]]
    is_of_console: bool = False


_COMMANDS = (
    _Command(
        shape="robocopy",
        columns=robocopy_lines.COLUMNS,
        is_printed_by=robocopy_lines.is_printed_by,
        entries=robocopy_lines.entries,
        is_of_console=True,
    ),
    _Command(
        shape="dir",
        columns=dir_lines.COLUMNS,
        is_printed_by=dir_lines.is_printed_by,
        entries=dir_lines.entries,
        is_of_console=True,
    ),
    _Command(
        shape="ls",
        columns=ls_lines.COLUMNS,
        is_printed_by=ls_lines.is_printed_by,
        entries=ls_lines.entries,
    ),
)


@dataclass(slots=True, kw_only=True)
class ListingTable:
    """A printed list of files."""

    control: ControlSource
    shape: str
    columns: tuple[str, ...]
    _command: _Command
    _noted: dict[str, None] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed by the rows taken so far."""
        first = (self.control.code.note,) if self.control.code.note else ()
        return (*first, *self._noted)

    def rows(self) -> Iterator[Row]:
        """Yield every entry as a row; folders' own totals and headings are none. Memory: one line of at most 64 KiB.

        Raises:
            NotAnExportError: Where names begin in its lines cannot be told.
            ExportError: The file changed or cannot be read any further.
        """

        def lines() -> Iterator[tuple[int, str]]:
            with self.control.text() as stream:
                yield from numbered_lines(stream)

        try:
            for number, entry in self._command.entries(lines, self._noted):
                place = f"line {number}"
                yield Row(place, {}, entry) if isinstance(entry, str) else Row(place, entry)
        except UnsureLayoutError as error:
            raise NotAnExportError(
                file=self.control.shown_path, found=error.found, next_step=error.next_step
            ) from error


def find_listing(control: ControlSource) -> ListingTable | None:
    """Return the rows of a file that one of the commands printed; None when it is something else.

    Raises:
        ExportError: The file cannot be read.
    """
    with control.text() as stream:
        beginning = [line for _, line in itertools.islice(numbered_lines(stream), _BEGINNING_LINES)]
    for command in _COMMANDS:
        with suppress(IndexError):
            if command.is_printed_by(beginning):
                code = _CONSOLE if command.is_of_console and control.code.errors not in ("strict", "replace") else None
                read = replace(control, code=code) if code else control
                return ListingTable(control=read, shape=command.shape, columns=command.columns, _command=command)
    return None
