"""Tables as values, and tables as CSV."""

import csv
import io
from dataclasses import dataclass

from rules.exporting.cells import safe_cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table: its name, its headings, and rows of as many cells."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sheet_of(name: str, columns: tuple[str, ...], entries: list[dict[str, str]]) -> Sheet:
    """Return a sheet of `entries` with those of `columns` that any entry fills."""
    used = tuple(column for column in columns if any(entry.get(column) for entry in entries))
    rows = tuple(tuple(entry.get(column, "") for column in used) for entry in entries)
    return Sheet(name=name, header=used, rows=rows)


def sheet_as_csv(sheet: Sheet) -> bytes:
    """Return `sheet` as RFC 4180 writes it, in UTF-8 with the mark that spreadsheets look for."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in sheet.header])
    writer.writerows([safe_cell(cell) for cell in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")
