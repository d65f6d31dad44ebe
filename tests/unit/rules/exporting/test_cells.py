"""Texts in cells come back as they went in, and no spreadsheet computes one."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import ScheduleError, export_schedule, import_schedule, shipped_schedule
from rules.exporting.cells import list_cell, listed, plain_cell, safe_cell
from rules.exporting.tables import Sheet, sheet_as_csv
from rules.exporting.workbook_writing import column_name, sheets_as_workbook


@given(st.text())
def test_no_cell_of_a_csv_begins_as_a_formula(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain_cell(safe_cell(text)) == text


@given(st.lists(st.text().map(str.strip).filter(bool)))
def test_a_list_in_one_cell_comes_back_entry_by_entry(entries: list[str]) -> None:
    assert listed(list_cell(entries)) == entries


def test_a_csv_is_what_spreadsheets_read() -> None:
    content = sheet_as_csv(Sheet(name="x", header=("a", "b"), rows=(("=1+1", 'say "x", then\ny'),)))

    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [
        ["a", "b"],
        ["'=1+1", 'say "x", then\ny'],
    ]


def test_other_programs_read_the_workbook_and_find_texts_only() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    sheet = Sheet(
        name="Classes", header=("id", "title"), rows=(("A", "=HYPERLINK(1)"), ("B", " two  spaces\nand a line "))
    )

    book = openpyxl.load_workbook(io.BytesIO(sheets_as_workbook((sheet,))))

    rows = [[cell.value for cell in row] for row in book["Classes"].iter_rows()]
    assert rows == [["id", "title"], ["A", "=HYPERLINK(1)"], ["B", " two  spaces\nand a line "]]
    assert {cell.data_type for row in book["Classes"].iter_rows() for cell in row} == {"s"}
    assert book["Classes"].freeze_panes == "A2"


def test_a_workbook_that_another_program_saved_is_read() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(export_schedule(shipped_schedule(), form="xlsx").content))
    saved = io.BytesIO()
    book.save(saved)

    assert import_schedule(saved.getvalue(), name="saved.xlsx").schedule == shipped_schedule()


def test_columns_are_named_as_spreadsheets_name_them() -> None:
    assert [column_name(number) for number in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]


def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(ScheduleError, match="the workbook is damaged"):
        import_schedule(b"PK\x03\x04nothing", name="x.xlsx")
