"""Workbooks as spreadsheet programs save them: shared texts, numbers, dates, formulas with what they show."""

import io
import zipfile
from datetime import date, datetime

import pytest

from rules import ClassState, Period, PersonalData
from rules.importing.reading.workbooks import read_workbook
from tests.unit.rules.importing.importing import only_class, refused
from tests.unit.rules.importing.samples import ESD_HEAD

openpyxl = pytest.importorskip("openpyxl")


def saved(*rows: list[object], number_format: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for row in book.active.iter_rows() if number_format else ():
        for cell in row:
            cell.number_format = number_format
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def package(**parts: str) -> bytes:
    names = {
        "book": "xl/workbook.xml",
        "rels": "xl/_rels/workbook.xml.rels",
        "sheet": "xl/worksheets/sheet1.xml",
        "styles": "xl/styles.xml",
        "texts": "xl/sharedStrings.xml",
    }
    told = {
        "book": '<workbook><sheets><sheet name="A" id="r1"/></sheets></workbook>',
        "rels": '<Relationships><Relationship Id="r1" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
    } | parts
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for key, text in told.items():
            archive.writestr(names[key], text)
    return out.getvalue()


def cells(content: bytes) -> list[tuple[str, ...]]:
    (table,) = read_workbook(content, file="x.xlsx")
    return [table.header, *(row.cells for row in table.rows)]


def test_a_form_is_read_from_a_workbook_as_from_a_csv() -> None:
    values: dict[str, object] = {
        "Unique ID": 90, "Service Name": "Advice", "Records Description": "Who asked",
        "Contains personal information?": "Yes", "Start Event": "Date case closed", "Retention Period Years": 6,
    }  # fmt: skip
    head = ESD_HEAD.split(",")
    entry = only_class(saved([*head], [values.get(name) for name in head]))

    assert (entry.id, entry.main_clock.period, entry.personal_data) == ("90", Period(years=6), PersonalData.PERSONAL)
    assert entry.state is ClassState.NEEDS_EVENT


def test_dates_are_read_as_days_and_numbers_as_they_are_written() -> None:
    day, moment = date(2030, 3, 31), datetime(2030, 3, 31, 12, 30)  # noqa: DTZ001 - spreadsheets know no time zones

    assert cells(saved(["a", "b", "c", "d"], [day, moment, 6.5, True])) == [
        ("a", "b", "c", "d"),
        ("2030-03-31", "2030-03-31", "6.5", "yes"),
    ]


@pytest.mark.parametrize(
    ("number_format", "shown"),
    [("dd/mm/yyyy", "2030-03-31"), ('0.00 "days"', "47573"), ("[Red]0", "47573"), ("General", "47573")],
)
def test_only_a_date_format_makes_a_date(number_format: str, shown: str) -> None:
    assert cells(saved(["a"], [47573], number_format=number_format))[1] == (shown,)


def test_a_calendar_that_begins_in_1904_is_counted_from_there() -> None:
    book = '<workbook><workbookPr date1904="1"/><sheets><sheet name="A" id="r1"/></sheets></workbook>'
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    sheet = (
        '<worksheet><sheetData><row><c t="inlineStr"><is><t>a</t></is></c></row>'
        '<row><c s="1"><v>366</v></c></row></sheetData></worksheet>'
    )

    assert cells(package(book=book, styles=styles, sheet=sheet))[1] == ("1905-01-01",)


def test_texts_of_every_kind_are_read_and_nothing_is_computed() -> None:
    texts = "<sst><si><t>plain</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>hint</t></rPh></si></sst>"
    sheet = (
        '<worksheet><sheetData><row r="3"><c r="A3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c></row>'
        '<row r="9"><c r="A9" t="str"><f>A1&amp;B1</f><v>shown_x000A_twice</v></c><c r="B9" t="b"><v>0</v></c>'
        '<c r="C9" t="s"><v>99</v></c><c r="D9" t="e"><v>#N/A</v></c><c r="E9"/><c r="F9" t="inlineStr"/>'
        '<c r="G9" t="str"><v>_xD800_</v></c></row></sheetData></worksheet>'
    )

    (table,) = read_workbook(package(texts=texts, sheet=sheet), file="x.xlsx")

    assert table.header == ("plain", "", "two runs")
    assert table.rows[0].cells == ("shown\ntwice", "no", "", "#N/A", "", "", "_xD800_")
    assert (table.rows[0].number, table.rows[0].where) == (9, "row 9")


def test_a_relation_beside_the_book_is_found_too() -> None:
    sheet = '<worksheet><sheetData><row><c t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>'
    rels = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'

    assert cells(package(rels=rels, sheet=sheet)) == [("a",)]


@pytest.mark.parametrize(
    ("sheet", "what"),
    [
        ("<worksheet><sheetData/></worksheet>", "the workbook has no filled sheet"),
        (
            '<worksheet><sheetData><row r="1"><c r="IV1" t="str"><v>a</v></c></row></sheetData></worksheet>',
            "row 1, column 256: there is more here than a schedule can hold",
        ),
        (
            f'<worksheet><sheetData><row><c t="str"><v>{"x" * 100_001}</v></c></row></sheetData></worksheet>',
            "row 1, column 1: there is more here than a schedule can hold",
        ),
        ("<worksheet>" + "<row/>" * 5_001 + "</worksheet>", "there are more than 5000 rows"),
    ],
)
def test_a_sheet_of_nothing_or_too_much_is_refused(sheet: str, what: str) -> None:
    assert what in refused(package(sheet=sheet))


def test_a_book_without_relations_has_no_sheets() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="A" id="r1"/></sheets></workbook>')

    assert "the workbook has no filled sheet" in refused(out.getvalue())


def test_an_unusual_packing_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")

    assert "encrypted, or packed in an unusual way" in refused(out.getvalue())


def test_a_book_of_too_many_parts_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(1001):
            archive.writestr(f"xl/media/{number}.png", b"")

    assert "the workbook has more than 1000 parts" in refused(out.getvalue())
