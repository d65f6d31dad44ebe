"""What every form is: a name, a way to recognise a file, a way to read it."""

from collections.abc import Callable
from dataclasses import dataclass

from rules.importing.account import ImportDefaults
from rules.importing.entry import Draft
from rules.importing.reading.opened import Opened
from rules.importing.reading.tables import Table
from rules.model import DisposalSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of schedules. `read` gives a draft, or for the house forms a schedule that needs no assembling.

    A form that `takes_anything` is read when a person names it, whether it recognises the file or not. One that
    `is_of_the_house` takes a workbook as a whole; of others each sheet is a table of its own.
    """

    name: str
    words: str
    recognises: Callable[[Opened], bool]
    read: Callable[[Opened, ImportDefaults], Draft | DisposalSchedule]
    takes_anything: bool = False
    is_of_the_house: bool = False


def told(table: Table, known: dict[str, str]) -> tuple[str, ...]:
    """Return what became of each column of `table`: `known` says it of the columns that a form reads."""
    keys = {heading.casefold(): field for heading, field in known.items()}
    said, nameless = [], 0
    for number, heading in enumerate(table.header):
        if heading.casefold() in keys:
            said.append(f"{heading} → {keys[heading.casefold()]}")
        elif heading:
            said.append(f"{heading}: not used")
        else:
            is_filled = any(len(row.cells) > number and row.cells[number].strip() for row in table.rows)
            nameless += not is_filled
            if is_filled:
                said.append(f"column {number + 1}, which has no heading: not used")
    if nameless:
        said.append(f"{nameless} column{'s' if nameless > 1 else ''} without heading or content: left out")
    return tuple(said)
