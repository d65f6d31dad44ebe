"""PDF files: read by PDFium, by pdfminer.six where PDFium finds nothing, locked ones named as locked."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.errors import BrokenContentError
from scanners.text import pdf as reading_pdf
from scanners.text import read_content
from scanners.text.reading import ContentReading, Draft

Builder = Callable[..., bytes]


def read(content: bytes, *, limit: int = 20_000) -> ContentReading:
    return read_content("application/pdf", content, limit_chars=limit)


def kinds(reading: ContentReading) -> list[ProblemKind]:
    return [problem.kind for problem in reading.problems]


def test_text_and_properties_are_read(pdf: Builder) -> None:
    reading = read(pdf("Invoice 40017", "Second page", title="March invoices"))

    assert reading.text.split("\n") == ["Invoice 40017", "Second page"]
    assert reading.properties["title"] == "March invoices"
    assert reading.properties["page_count"] == "2"
    assert reading.properties["created_at"].startswith("20")
    assert reading.is_read


def test_only_the_first_ten_pages_are_read_and_that_is_said(pdf: Builder) -> None:
    reading = read(pdf(*(f"Page {number}" for number in range(1, 13))))

    assert "Page 10" in reading.text
    assert "Page 11" not in reading.text
    assert kinds(reading) == [ProblemKind.TRUNCATED_TEXT]


def test_a_pdf_with_a_password_is_said_to_be_locked(pdf: Builder) -> None:
    reading = read(pdf("Secret", password="open sesame"))  # noqa: S106  the test's own

    assert kinds(reading) == [ProblemKind.ENCRYPTED]
    assert reading.text == ""
    assert not reading.is_read


def test_a_scan_without_text_is_read_and_says_nothing(pdf: Builder) -> None:
    reading = read(pdf(""))

    assert (reading.text, reading.is_read, reading.problems) == ("", True, ())


def test_a_pdf_that_is_damaged_is_said_to_be_damaged() -> None:
    reading = read(b"%PDF-1.7\nno objects at all")

    assert kinds(reading) == [ProblemKind.BROKEN]
    assert not reading.is_read


def test_pdfminer_reads_what_pdfium_cannot(pdf: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_content: bytes, _draft: Draft) -> None:
        raise BrokenContentError("it is damaged")

    monkeypatch.setattr(reading_pdf, "_read_with_pdfium", fails)

    reading = read(pdf("Invoice 40017"))

    assert reading.text == "Invoice 40017"
    assert reading.is_read


@pytest.mark.parametrize("limit", [10, 20_000])
def test_both_readers_find_the_same_words(pdf: Builder, limit: int) -> None:
    content = pdf("Minutes of the Planning Committee", "Apologies were received")
    drafts = Draft(limit_chars=limit * 1000), Draft(limit_chars=limit * 1000)

    reading_pdf._read_with_pdfium(content, drafts[0])
    reading_pdf._read_with_pdfminer(content, drafts[1])

    assert drafts[0].text().split() == drafts[1].text().split()


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_of_pdf_fail(rest: bytes) -> None:
    assert kinds(read(b"%PDF-1.4\n" + rest)) == [ProblemKind.BROKEN]


@given(st.data())
def test_no_changed_byte_makes_the_reader_of_pdf_fail(pdf: Builder, data: st.DataObject) -> None:
    content = bytearray(pdf("Invoice"))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert len(read(bytes(content)).text) <= 20_000
