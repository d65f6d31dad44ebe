"""Workbooks: rows stream out of the sheet that has the header; damage and attacks end in words."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from scanners.exports.errors import NotAnExportError

Taker = Callable[..., Any]
Builder = Callable[..., bytes]

HEADER = ("FileRef", "FileLeafRef", "Modified")


def test_a_sheet_is_read_row_by_row(take_text: Taker, workbook: Builder) -> None:
    found = take_text(workbook([HEADER, ("/s/a & b.txt", "a & b.txt", "2019-03-31T10:00:00Z")]), name="x.xlsx")

    assert found.only.original_location == "/s/a & b.txt"
    assert found.only.evidence.place == "sheet 'Sheet1', row 2"


@pytest.mark.parametrize(("is_1904", "year"), [(False, 2019), (True, 2023)])
def test_a_date_in_a_cell_is_a_moment_without_a_zone(
    take_text: Taker, workbook: Builder, *, is_1904: bool, year: int
) -> None:
    content = workbook([HEADER, ("/s/a.txt", "a.txt", 43555.75)], date_styled=True, is_1904=is_1904)

    found = take_text(content, name="x.xlsx", zone="Europe/London")

    assert found.only.modified is not None
    assert found.only.modified.at is not None
    assert found.only.modified.at.year == year
    assert found.only.modified.at.hour == 17  # six in the evening, British Summer Time


def test_a_title_above_the_header_is_passed_over(take_text: Taker, workbook: Builder) -> None:
    found = take_text(workbook([("Export of 3 May",), (), HEADER, ("/s/a.txt", "a.txt", "")]), name="x.xlsx")

    assert found.only.name == "a.txt"
    assert found.only.modified is None


def test_sheets_that_were_not_read_are_named(take_text: Taker, workbook: Builder) -> None:
    found = take_text(workbook([HEADER, ("/s/a.txt", "a.txt", "")], extra=("Hidden",)), name="x.xlsx")

    assert any("'Hidden'" in note for note in found.account.notes)


def test_an_archive_that_is_no_workbook_is_not_guessed_at(take_text: Taker) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "x")

    with pytest.raises(NotAnExportError, match="unpack it"):
        take_text(target.getvalue(), name="x.xlsx")


def test_a_document_type_in_a_sheet_is_refused(take_text: Taker, workbook: Builder) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'

    with pytest.raises(NotAnExportError, match="document type"):
        take_text(workbook([HEADER], sheet=bomb), name="x.xlsx")


def test_a_sheet_that_breaks_off_is_told_as_a_refused_row(take_text: Taker, workbook: Builder) -> None:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>/s/{number}.txt</t></is></c></row>'
        for number in range(2, 40)
    )
    sheet = f'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>FileRef</t></is></c></row>{rows}'

    found = take_text(workbook([], sheet=sheet), name="x.xlsx")

    assert len(found.records) == 38
    assert "nothing after it was read" in next(iter(found.account.refused_rows))


def test_a_cell_that_points_nowhere_does_not_become_a_path(take_text: Taker, workbook: Builder) -> None:
    sheet = (
        '<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>FileRef</t></is></c></row>'
        '<row r="2"><c t="s"><v>999</v></c></row></sheetData></worksheet>'
    )

    with pytest.raises(NotAnExportError, match="text that is not there"):
        take_text(workbook([], sheet=sheet), name="x.xlsx")


@pytest.mark.parametrize("length", [1, 30, 100, 400, 700])
def test_a_cut_workbook_is_refused_in_words(take_text: Taker, workbook: Builder, length: int) -> None:
    with pytest.raises(NotAnExportError):
        take_text(workbook([HEADER])[:length] if length > 4 else b"PK\x03\x04", name="x.xlsx")
