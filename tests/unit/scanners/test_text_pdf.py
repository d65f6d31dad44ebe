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
from scanners.text.xmp import state_xmp

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


def test_pages_are_read_until_there_is_as_much_text_as_is_kept(pdf: Builder) -> None:
    content = pdf(*(f"Page {number}" for number in range(1, 31)))

    assert read(content).text.split("\n")[-1] == "Page 30"
    assert not read(content).problems
    assert kinds(read(content, limit=100)) == [ProblemKind.TRUNCATED_TEXT]


def test_a_book_of_scans_does_not_keep_everybody_waiting(pdf: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_pdf, "MAX_PAGES", 3)

    reading = read(pdf("One", "Two", "Three", "Four"))

    assert reading.text.split("\n") == ["One", "Two", "Three"]
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


PACKET = (
    b"<x:xmpmeta xmlns:x='x' xmlns:rdf='r' xmlns:dc='d' xmlns:xmp='m' xmlns:pdf='p'><rdf:RDF>"
    b"<rdf:Description xmp:CreateDate='2009-03-31T10:00:00Z' pdf:Producer='Other'><dc:title><rdf:Alt><rdf:li>Lease"
    b"</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>R. Hollis</rdf:li><rdf:li>P. Grove</rdf:li></rdf:Seq>"
    b"</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)
OF_DOCUMENT = b"\n9 0 obj <</Type /Metadata /Subtype /XML>> stream\n"


def stated(content: bytes) -> dict[str, str]:
    draft = Draft(limit_chars=10)
    state_xmp(content, draft)
    return draft.properties


def test_what_a_newer_pdf_states_in_a_packet_is_read() -> None:
    assert stated(b"%PDF-2.0" + OF_DOCUMENT + PACKET + b"endstream") == {
        "title": "Lease",
        "author": "R. Hollis P. Grove",
        "created_at": "2009-03-31T10:00:00+00:00",
        "producer": "Other",
    }


@pytest.mark.parametrize("content", [PACKET, (OF_DOCUMENT + PACKET) * 2, OF_DOCUMENT + PACKET[:-9], OF_DOCUMENT * 3])
def test_a_packet_that_may_be_a_pictures_or_is_damaged_states_nothing(content: bytes) -> None:
    assert stated(content) == {}


def test_the_older_list_stands_where_both_state_something(pdf: Builder) -> None:
    reading = read(pdf("Words", title="From the list") + OF_DOCUMENT + PACKET)

    assert reading.properties["title"] == "From the list"
    assert reading.properties["author"] != ""


@given(st.lists(st.sampled_from([PACKET, OF_DOCUMENT, b"<x:xmpmeta>", b"</x:xmpmeta>", b"<!DOCTYPE x>", b"\0\xff"])))
def test_no_order_of_packets_makes_the_reader_fail(pieces: list[bytes]) -> None:
    assert len(stated(b"".join(pieces))) <= 4


def a_pdf_form(answer: str, *, attachment: str = "") -> bytes:
    """Return a form that was filled in: the answer is drawn above the page, not on it."""
    drawn = f"BT /F 12 Tf 5 5 Td ({answer}) Tj ET".encode()
    names = f"/Names <</EmbeddedFiles <</Names [({attachment}) 6 0 R]>>>>" if attachment else ""
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/AcroForm <</Fields [4 0 R]>>{names}>>".encode(),
        b"<</Type/Pages/Kids [3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox [0 0 200 200]/Annots [4 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(n)/F 4/Rect [10 10 190 40]/AP <</N 5 0 R>>>>",
        b"<</Type/XObject/Subtype/Form/BBox [0 0 180 30]/Resources <</Font <</F <</Type/Font/Subtype/Type1"
        b"/BaseFont/Helvetica>>>>>>/Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        f"<</Type/Filespec/F({attachment})/UF({attachment})/EF <</F 7 0 R>>>>".encode(),
        b"<</Type/EmbeddedFile/Length 1>>stream\nx\nendstream",
    ]
    content, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 8\n0000000000 65535 f \n%strailer <</Size 8/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return bytes(content) + end % (table, len(content))


def test_answers_in_a_form_are_part_of_what_it_says() -> None:
    reading = read(a_pdf_form("Applicant Abraham"))

    assert reading.text == "Applicant Abraham"
    assert reading.is_read


def test_files_attached_to_a_pdf_are_members() -> None:
    reading = read(a_pdf_form("See attached", attachment="plan.dwg"))

    assert [member.path for member in reading.members] == ["plan.dwg"]


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_of_pdf_fail(rest: bytes) -> None:
    assert kinds(read(b"%PDF-1.4\n" + rest)) == [ProblemKind.BROKEN]


@given(st.data())
def test_no_changed_byte_makes_the_reader_of_pdf_fail(pdf: Builder, data: st.DataObject) -> None:
    content = bytearray(pdf("Invoice"))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    assert len(read(bytes(content)).text) <= 20_000
