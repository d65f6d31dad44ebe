"""What Word documents and workbooks say, also where cheap readers do not look, and never more than is safe."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.text import read_content
from scanners.text.reading import ContentReading

Builder = Callable[..., bytes]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_word(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(WORD, content, limit_chars=limit)


def read_excel(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content(EXCEL, content, limit_chars=limit)


def kinds(reading: ContentReading) -> set[ProblemKind]:
    return {problem.kind for problem in reading.problems}


def line(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_a_confidential_marking_in_a_header_is_found(docx: Builder) -> None:
    content = docx(
        line("Body"),
        header1=line("CONFIDENTIAL PERSONNEL"),
        footer2=line("Page footer"),
        footnotes=line("A footnote"),
        comments=line("A comment"),
    )

    reading = read_word(content)

    assert reading.is_read
    assert reading.text.split("\n") == [
        "CONFIDENTIAL PERSONNEL",
        "Body",
        "Page footer",
        "A comment",
        "A footnote",
    ]


def test_deleted_text_and_second_renderings_are_left_out(docx: Builder) -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
        "<x:AlternateContent xmlns:x='x'><x:Choice><w:t>shown</w:t></x:Choice>"
        "<x:Fallback><w:t>shown again</w:t></x:Fallback></x:AlternateContent></w:p>"
    )

    assert read_word(docx(body)).text == "shown"


def test_cells_and_tabs_keep_words_apart(docx: Builder) -> None:
    body = "<w:tbl><w:tc><w:p><w:t>Name</w:t></w:p></w:tc><w:tc><w:t>Born</w:t><w:tab/><w:t>1961</w:t></w:tc></w:tbl>"

    assert read_word(docx(body)).text.split() == ["Name", "Born", "1961"]


def test_stated_properties_come_out_under_one_set_of_names(docx: Builder) -> None:
    content = docx(
        core="<dc:title>Budget 2019</dc:title><dc:creator>R. Hollis</dc:creator>"
        "<dcterms:created>2019-03-31T10:00:00Z</dcterms:created><cp:lastPrinted>1601-01-01T00:00:00Z</cp:lastPrinted>"
    )

    assert read_word(content).properties == {
        "title": "Budget 2019",
        "author": "R. Hollis",
        "created_at": "2019-03-31T10:00:00+00:00",
    }


def test_a_main_part_under_another_name_is_found(archive: Builder) -> None:
    relations = (
        '<Relationships xmlns="r"><Relationship Type="http://x/relationships/officeDocument" '
        'Target="/word/document2.xml"/></Relationships>'
    )
    parts = {"_rels/.rels": relations, "word/document2.xml": f"<w:d xmlns:w='w'>{line('Found')}</w:d>"}

    assert read_word(archive(parts)).text == "Found"


def test_a_document_without_its_main_part_is_broken_and_not_empty(archive: Builder) -> None:
    reading = read_word(archive({"word/styles.xml": "<x/>"}))

    assert kinds(reading) == {ProblemKind.BROKEN}
    assert not reading.is_read


def test_a_damaged_document_keeps_what_was_read_and_says_so(docx: Builder) -> None:
    reading = read_word(docx(line("Before the damage") + "<broken"))

    assert reading.text == "Before the damage"
    assert kinds(reading) == {ProblemKind.BROKEN}
    assert not reading.is_read


def test_a_document_that_declares_entities_is_refused_so_that_they_cannot_grow_or_reach_out(docx: Builder) -> None:
    attack = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><x>&a;&b;</x>'

    reading = read_word(docx(header1=attack))

    assert kinds(reading) == {ProblemKind.BROKEN}
    assert "root:" not in reading.text


def test_a_bomb_is_named_and_costs_no_more_than_its_allowance(docx: Builder) -> None:
    reading = read_word(docx(" " * (40 << 20)))

    assert kinds(reading) == {ProblemKind.TOO_LARGE}
    assert not reading.is_read


def test_empty_paragraphs_do_not_take_the_room_of_the_words_after_them(docx: Builder) -> None:
    reading = read_word(docx("<w:p></w:p>" * 60_000 + line("At last")))

    assert reading.text == "At last"
    assert not reading.problems


def test_a_long_text_is_cut_and_said_to_be_cut(docx: Builder) -> None:
    reading = read_word(docx(line("word ") * 5000), limit=100)

    assert len(reading.text) == 100
    assert reading.is_read
    assert kinds(reading) == {ProblemKind.TRUNCATED_TEXT}


def test_control_characters_and_halves_of_characters_do_not_reach_the_catalogue(docx: Builder) -> None:
    assert read_word(docx(line("a&#x85;b&#xAD;c\u00a0 \u00a0d"))).text == "a bc d"


def test_sheet_names_and_all_kinds_of_cell_text_are_found(xlsx: Builder) -> None:
    content = xlsx(
        sheets=("Leavers 2012", "Pay &amp; conditions"),
        strings=("Shared text<rPh><t>aid</t></rPh>",),
        cells='<sheetData><row><c t="inlineStr"><is><t>Inline text</t></is></c><c><v>41</v></c>'
        '<c t="str"><f>A1</f><v>Computed text</v></c></row></sheetData>'
        "<headerFooter><oddHeader>&amp;C&amp;B&amp;12Printed header</oddHeader></headerFooter>",
    )

    reading = read_excel(content)

    assert reading.text.split("\n") == [
        "Leavers 2012",
        "Pay & conditions",
        "Shared text",
        "Inline text",
        "Computed text",
        "Printed header",
    ]
    assert reading.is_read


def test_a_large_sheet_of_numbers_is_no_attack(xlsx: Builder) -> None:
    row = '<row><c r="A1"><v>12345.678</v></c></row>'

    reading = read_excel(xlsx(sheets=("Ledger",), cells=row * 500_000))

    assert reading.text == "Ledger"
    assert kinds(reading) == {ProblemKind.TRUNCATED_TEXT}


def test_an_office_file_with_a_password_is_said_to_be_locked() -> None:
    reading = read_content("application/x-encrypted-ooxml", b"", limit_chars=10)

    assert kinds(reading) == {ProblemKind.ENCRYPTED}
    assert "password" in reading.problems[0].detail


def test_a_type_without_a_reader_is_not_said_to_be_read() -> None:
    assert read_content("application/octet-stream", b"x", limit_chars=10) == ContentReading()


@given(st.binary(max_size=400), st.sampled_from([WORD, EXCEL]))
def test_no_bytes_make_an_office_reader_fail(content: bytes, media_type: str) -> None:
    assert kinds(read_content(media_type, content, limit_chars=100)) == {ProblemKind.BROKEN}


@given(st.binary(max_size=200), st.sampled_from(["document", "header1", "footnotes"]))
def test_no_part_of_a_document_makes_its_reader_fail(docx: Builder, part: bytes, name: str) -> None:
    reading = read_word(docx(**{name: part}) if name != "document" else docx(part.decode("latin-1")))

    assert len(reading.text) <= 20_000
    assert reading.text.isprintable() or "\n" in reading.text or "\t" in reading.text or not reading.is_read


@given(st.data())
def test_no_changed_byte_of_a_workbook_makes_its_reader_fail(xlsx: Builder, data: st.DataObject) -> None:
    content = bytearray(xlsx(strings=("Leavers",)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert len(read_excel(bytes(content)).text) <= 20_000


MARKS = st.sampled_from(
    ["<w:p>", "</w:p>", "<w:tc>", "</w:tc>", "<w:t>", '<w:t xml:space="preserve">', "</w:t>", "<w:tab/>", "<w:br/>",
     "<m:t>", "</m:t>", "<w:del>", "</w:del>", "<mc:Fallback>", "</mc:Fallback>", "word", "two &amp; &#233; &#x85;",
     " ", "<!-- -->", "<![CDATA[<w:t>]]>", "<w:tbl/>", "<w:cr />", "é"]
)  # fmt: skip


@given(st.lists(MARKS, max_size=25))
def test_searching_a_part_finds_what_walking_it_finds(docx: Builder, marks: list[str]) -> None:
    inside = "".join(marks)

    searched = read_word(docx(inside))
    walked = read_word(docx("<!-- only walked -->" + inside))

    if not walked.problems:
        assert searched == walked


CELLS = st.sampled_from(
    ['<c t="inlineStr"><is><t>Inline</t></is></c>', '<c t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r></is></c>',
     '<c t="str"><f>A1</f><v>Computed</v></c>', '<c r="A1" t="str"><v>&lt;5</v></c>', "<c><v>41</v></c>", "<row/>",
     '<c t="s"><v>1</v></c>', '<c t="inlineStr"><is><t/></is></c>',
     '<c t="inlineStr"><is><rPh><t>aid</t></rPh></is></c>', "<c t='str'><v>Quoted</v></c>",
     '<c t="str"><f t="shared" si="0"/><v>Shared</v></c>', '<c t="b"><v>1</v></c>']
)  # fmt: skip


@given(st.lists(CELLS, max_size=12), st.booleans())
def test_searching_a_sheet_finds_what_walking_it_finds(xlsx: Builder, cells: list[str], has_header: bool) -> None:  # noqa: FBT001  Hypothesis passes it by position
    header = (
        "<headerFooter><oddHeader>&amp;C&amp;&quot;Arial&quot;Head</oddHeader></headerFooter>" if has_header else ""
    )
    inside = "<sheetData>" + "".join(cells) + "</sheetData>" + header

    searched = read_excel(xlsx(cells=inside))
    walked = read_excel(xlsx(cells="<!-- only walked -->" + inside))

    assert [row for row in searched.text.split("\n") if row] == [row for row in walked.text.split("\n") if row]
    assert searched.problems == walked.problems == ()


def test_a_damaged_part_keeps_what_came_before_the_damage(archive: Builder) -> None:
    content = bytearray(archive({"word/document.xml": f"<w:x xmlns:w='w'>{line('Before')}{line('after') * 999}</w:x>"}))
    content[content.index(b"word/document.xml", 100) - 30] ^= 1  # in the directory: the checksum

    reading = read_word(bytes(content))

    assert "Before" in reading.text
    assert kinds(reading) == {ProblemKind.BROKEN}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_either_encoding_of_xml_is_read(docx: Builder, encoding: str) -> None:
    part = f"<?xml version='1.0' encoding='{encoding}'?><x xmlns:w='w'>{line('Größe')}</x>".encode(encoding)

    assert read_word(docx(header1=part)).text.startswith("Größe")
