"""OpenDocument files, packed, flat and of the generation before: every visible word, and what they state."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.text import read_content
from scanners.text.reading import ContentReading

Builder = Callable[..., bytes]
TEXT = "application/vnd.oasis.opendocument.text"
NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="dc" xmlns:meta="meta" '
    'xmlns:style="style" xmlns:draw="draw" xmlns:table="table"'
)
META = (
    "<dc:title>Allotment rules</dc:title><meta:initial-creator>P. Grove</meta:initial-creator>"
    "<dc:creator>R. Hollis</dc:creator><meta:creation-date>2009-10-05T19:04:01</meta:creation-date>"
    "<dc:date>2011-01-02T10:00:00Z</dc:date><meta:print-date>1970-01-01T00:00:00</meta:print-date>"
    '<meta:document-statistic meta:page-count="3"/>'
)


def an_odt(archive: Builder, body: str, **parts: str) -> bytes:
    content = {
        "content.xml": f"<office:document-content {NAMES}><office:body>{body}</office:body></office:document-content>"
    }
    named = {"META-INF/manifest.xml" if name == "manifest" else f"{name}.xml": part for name, part in parts.items()}
    return archive({"mimetype": TEXT, **content, **named})


def read(content: bytes, media_type: str = TEXT) -> ContentReading:
    return read_content(media_type, content, limit_chars=20_000)


def kinds(reading: ContentReading) -> list[ProblemKind]:
    return [problem.kind for problem in reading.problems]


def test_headings_paragraphs_notes_and_comments_are_lines_of_their_own(archive: Builder) -> None:
    body = (
        "<text:h>Rules</text:h><text:p>Plots are<text:s text:c='2'/>let<text:note><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>From April</text:p></text:note-body></text:note></text:p>"
        "<text:p>Fee<office:annotation><dc:creator>PG</dc:creator><dc:date>2011-01-01</dc:date><text:p>Check</text:p>"
        "</office:annotation><text:tab/>40</text:p>"
    )

    assert read(an_odt(archive, body)).text.split("\n") == [
        "Rules",
        "Plots are let",
        "From April",
        "Fee",
        "PG",
        "Check",
        "40",
    ]


def test_deleted_text_is_left_out(archive: Builder) -> None:
    body = "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>kept</text:p>"

    assert read(an_odt(archive, body)).text == "kept"


def test_a_marking_in_the_page_header_is_found(archive: Builder) -> None:
    styles = (
        f"<office:document-styles {NAMES}><style:style><text:p>sample</text:p></style:style><office:master-styles>"
        "<style:header><text:p>OFFICIAL SENSITIVE</text:p></style:header></office:master-styles>"
        "</office:document-styles>"
    )

    assert read(an_odt(archive, "<text:p>Body</text:p>", styles=styles)).text.split("\n") == [
        "OFFICIAL SENSITIVE",
        "Body",
    ]


def test_line_ends_inside_a_paragraph_are_blanks(archive: Builder) -> None:
    assert read(an_odt(archive, "<text:p>one\n   two</text:p>")).text == "one two"


def test_what_the_document_states_has_the_same_names_as_everywhere(archive: Builder) -> None:
    meta = f"<office:document-meta {NAMES}><office:meta>{META}</office:meta></office:document-meta>"

    assert read(an_odt(archive, "", meta=meta)).properties == {
        "title": "Allotment rules",
        "author": "P. Grove",
        "last_modified_by": "R. Hollis",
        "created_at": "2009-10-05T19:04:01",
        "modified_at": "2011-01-02T10:00:00+00:00",
        "page_count": "3",
    }


def test_a_locked_document_is_said_to_be_locked(archive: Builder) -> None:
    manifest = "<manifest:file-entry xmlns:manifest='m'><manifest:encryption-data/></manifest:file-entry>"

    reading = read(an_odt(archive, "not XML at all <", manifest=manifest))

    assert kinds(reading) == [ProblemKind.ENCRYPTED]
    assert "password" in reading.problems[0].detail


def test_a_document_of_openoffice_1_names_its_type_and_is_read(archive: Builder) -> None:
    named = '<!DOCTYPE office:document-content PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "office.dtd">'
    content = f"{named}<office:x {NAMES}><office:body><text:p>Old</text:p></office:body></office:x>"

    assert read(archive({"content.xml": content}), "application/vnd.sun.xml.writer").text == "Old"


@pytest.mark.parametrize("entity", ['SYSTEM "file:///etc/passwd"', '"aaaaaaaaaa"'])
def test_a_document_that_writes_its_own_type_is_refused(archive: Builder, entity: str) -> None:
    content = f"<!DOCTYPE x [<!ENTITY a {entity}>]><x {NAMES}><text:p>&a;</text:p></x>"

    reading = read(archive({"content.xml": content}))

    assert kinds(reading) == [ProblemKind.BROKEN]
    assert reading.text == ""


def test_a_flat_document_is_read_as_a_document_and_not_as_a_page_of_tags() -> None:
    content = (
        f'<?xml version="1.0"?><office:document {NAMES}><office:meta>{META}</office:meta><office:styles><text:p>sample'
        "</text:p></office:styles><office:master-styles><text:p>Header</text:p></office:master-styles><office:body>"
        "<text:p>Words<office:binary-data>aGVsbG8=</office:binary-data></text:p></office:body></office:document>"
    ).encode()

    reading = read(content, "application/xml")

    assert reading.text.split("\n") == ["Header", "Words"]
    assert reading.properties["author"] == "P. Grove"


def test_a_document_without_its_content_is_broken(archive: Builder) -> None:
    assert kinds(read(archive({"mimetype": TEXT}))) == [ProblemKind.BROKEN]


def test_a_bomb_is_named(archive: Builder) -> None:
    assert kinds(read(an_odt(archive, " " * (40 << 20)))) == [ProblemKind.TOO_LARGE]


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    assert kinds(read(content)) == [ProblemKind.BROKEN]


@given(st.binary(max_size=200), st.sampled_from(["content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"]))
def test_no_bytes_of_a_part_make_the_reader_fail(archive: Builder, part: bytes, name: str) -> None:
    sound = f"<office:document-content {NAMES}/>"

    assert len(read(archive({"content.xml": sound, name: part})).text) <= 200
