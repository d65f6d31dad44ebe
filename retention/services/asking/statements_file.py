"""Statements from a file: what a register or a leaver list tells of many cases at once, one row a statement."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from retention.domain.naming import shown
from retention.errors import InvalidInputError
from retention.services.asking.attesting import Said

COLUMNS = ("path", "key", "answer", "basis")
_MOST_BYTES = 50_000_000
_MOST_ROWS = 100_000
_ANSWERS = {"yes": True, "no": False}


def read_statements(file: str) -> tuple[tuple[str, Said], ...]:
    """Return the statements of a CSV file, each with the row it stands in; nothing is stored.

    The columns are `path` (a path, or SOURCE:PATH), `key` (an event or a fact), `answer` (a day as 2012-02-29, yes or
    no) and `basis`; `class` may name the classes it is about. Others are passed over.

    Raises:
        InvalidInputError: The file cannot be read, is too large, lacks a column, or a row cannot be understood.
    """
    place = Path(file)
    try:
        if not place.is_file():  # opening a pipe would wait for somebody to write
            raise _bad(file, "it is not a file")
        if place.stat().st_size > _MOST_BYTES:
            raise _bad(file, f"it is larger than {_MOST_BYTES} bytes")
        with place.open(encoding="utf-8-sig", newline="") as lines:
            return tuple(_rows(file, csv.DictReader(lines, strict=True)))
    except UnicodeDecodeError as error:
        raise _bad(file, "it is not text in UTF-8") from error
    except OSError as error:
        raise _bad(file, error.strerror or str(error)) from error


def _rows(file: str, reader: "csv.DictReader[str]") -> Iterator[tuple[str, Said]]:
    try:
        names = [name.strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        if missing := [name for name in COLUMNS if name not in names]:
            raise _bad(file, f"row 1: the column {missing[0]!r} is missing; the columns are {', '.join(COLUMNS)}")
        for number, row in enumerate(reader, start=1):
            if number > _MOST_ROWS:
                raise _bad(file, f"it has more than {_MOST_ROWS} rows")
            words = f"row {number + 1}"
            yield words, _said(file, words, row)
    except csv.Error as error:
        raise _bad(file, f"line {reader.line_num}: {error}") from error


def _said(file: str, words: str, row: Mapping[str, str | None]) -> Said:
    told = {name: (row.get(name) or "").strip() for name in COLUMNS}
    answer = told["answer"].casefold()
    on = None
    if answer not in _ANSWERS:
        try:
            on = date.fromisoformat(answer)
        except ValueError as error:
            what = f"{words}: {shown(told['answer'][:40])!r} is neither a day such as 2012-02-29, nor yes, nor no"
            raise _bad(file, what) from error
    return Said(
        place=told["path"],
        key=told["key"],
        on=on,
        holds=_ANSWERS.get(answer),
        basis=told["basis"],
        classes=tuple((row.get("class") or "").replace(",", " ").split()),
    )


def _bad(file: str, words: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"the statements in {shown(file)}: {words}",
        not_done="Nothing was stated.",
        next_step=f"Give a CSV file in UTF-8 with the columns {', '.join(COLUMNS)}.",
    )
