"""Delimited text from careless tools: what can be trusted is read, what cannot is refused row by row with a reason."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanners.exports.errors import NotAnExportError

Taker = Callable[..., Any]

HEADER = "FileRef,FileLeafRef,File_x0020_Size\n"
ROW = "/sites/hr/Docs/a.txt,a.txt,12\n"


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "¤"])
def test_the_header_tells_the_delimiter(take_text: Taker, delimiter: str) -> None:
    found = take_text((HEADER + ROW).replace(",", delimiter))

    assert found.only.original_location == "/sites/hr/Docs/a.txt"
    assert found.only.size_bytes == 12


def test_a_path_with_commas_in_a_file_of_one_column_stays_one_path(take_text: Taker) -> None:
    found = take_text("FileRef\n/sites/hr/Docs/Smith, Jones; Brown|Co.txt\n")

    assert found.only.original_location == "/sites/hr/Docs/Smith, Jones; Brown|Co.txt"


@pytest.mark.parametrize(
    "above",
    [
        "#TYPE Selected.Microsoft.SharePoint.Client.ListItem\n",
        'ListSchema={"Fields":[{"Name":"FileRef"}]}\n',
        '"ListSchema={""schemaXmlList"":[]}"\n',
        "Folder report of the council\n\nMade on 3 May 2019\n",
    ],
)
def test_lines_above_the_header_are_left_out_and_told(take_text: Taker, above: str) -> None:
    found = take_text(above + HEADER + ROW)

    assert found.only.name == "a.txt"
    assert any("above the header" in note for note in found.account.notes)


def test_a_first_line_that_names_the_delimiter_is_believed(take_text: Taker) -> None:
    found = take_text("sep=;\nFileRef;Title\n/sites/hr/Docs/a,b.txt;x\n")

    assert found.only.original_location == "/sites/hr/Docs/a,b.txt"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_accents_survive_every_encoding_that_tools_write(take_text: Taker, encoding: str) -> None:
    found = take_text((HEADER + "/sites/hr/Docs/café £.txt,café £.txt,1\n").encode(encoding))

    assert found.only.name == "café £.txt"


def test_bytes_that_are_no_utf8_are_read_as_western_european_and_told(take_text: Taker) -> None:
    found = take_text(HEADER.encode() + "/s/é.txt,é.txt,1\n".encode() + "/s/ü.txt,ü.txt,1\n".encode("cp1252"))

    assert [record.name for record in found.records] == ["é.txt", "ü.txt"]
    assert any("Windows-1252" in note for note in found.account.notes)


def test_an_unbalanced_quotation_mark_costs_one_row_and_not_the_rest(take_text: Taker) -> None:
    rows = "".join(f"/sites/hr/Docs/{number}.txt,{number}.txt,1\n" for number in range(5_000))

    found = take_text(HEADER + '"/sites/hr/Docs/broken.txt,broken.txt,1\n' + rows)

    assert len(found.records) == 5_000
    assert found.account.refused_rows.total() == 1
    assert "quotation mark" in next(iter(found.account.refused_rows))


def test_a_text_over_several_lines_is_one_row(take_text: Taker) -> None:
    found = take_text('FileRef,Comments\n/s/a.txt,"one\ntwo ""quoted""\nthree"\n/s/b.txt,x\n')

    assert [record.name for record in found.records] == ["a.txt", "b.txt"]
    assert found.records[0].extra_fields["Comments"] == 'one\ntwo "quoted"\nthree'
    assert [record.evidence.place for record in found.records] == ["line 2", "line 5"]


def test_a_row_of_the_wrong_width_is_refused_because_its_cells_may_be_shifted(take_text: Taker) -> None:
    found = take_text(HEADER + "/s/a.txt,a.txt\n" + "/s/b.txt,b.txt,1,Keep 7 years\n" + ROW)

    assert len(found.records) == 1
    assert found.account.refused_rows.total() == 2


def test_a_line_with_nul_characters_is_refused_and_the_next_is_read(take_text: Taker) -> None:
    found = take_text(HEADER + "/s/\0\0,x,1\n" + ROW)

    assert found.only.name == "a.txt"
    assert "NUL" in next(iter(found.account.refused_rows))


def test_an_open_quotation_mark_before_a_damaged_line_hides_neither(take_text: Taker) -> None:
    found = take_text(HEADER + '"/s/open.txt,x,1\n' + ROW + "/s/\0,x,1\n" + ROW)

    assert len(found.records) == 2
    assert found.account.refused_rows.total() == 2


def test_a_line_of_many_megabytes_is_refused_without_being_taken_into_memory(tmp_path: Path, take_path: Taker) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode())
        for _ in range(48):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + ROW.encode())
    tracemalloc.start()
    try:
        found = take_path(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.only.name == "a.txt"
    assert "longer than" in next(iter(found.account.refused_rows))
    assert peak < 24 << 20


def test_line_ends_of_every_system_part_rows(take_text: Taker) -> None:
    for end in ("\n", "\r\n", "\r"):
        found = take_text((HEADER + ROW + ROW).replace("\n", end))

        assert len(found.records) == 2


def test_columns_of_one_name_are_told_apart(take_text: Taker) -> None:
    found = take_text("FileRef,Status,Status\n/s/a.txt,old,new\n")

    assert found.only.extra_fields == {"Status": "old", "Status (2)": "new"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"Dear Sir or Madam,\nplease find enclosed\n", "none of its columns is known"),
        (b"<?xml version='1.0'?><xs:schema/>", "it is XML"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file"),
    ],
)
def test_what_is_no_inventory_is_said_in_words(take_text: Taker, content: bytes, words: str) -> None:
    with pytest.raises(NotAnExportError, match=words):
        take_text(content)
