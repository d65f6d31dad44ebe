"""Web pages, e-books and text in encodings that nobody declared."""

import time
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.text import read_content
from scanners.text.reading import ContentReading

Builder = Callable[..., bytes]
NO_PARTS: Mapping[str, str | bytes] = {}
BOOK = "application/epub+zip"
OPF = (
    '<package xmlns:dc="dc" xmlns:opf="opf"><metadata><dc:title>Local history</dc:title><dc:creator>R. Hollis'
    '</dc:creator><dc:date opf:event="modification">2011-05-06</dc:date><meta property="dcterms:modified">'
    '2012-01-01T00:00:00Z</meta></metadata><manifest><item id="a" href="text/a%20b.xhtml"/><item id="c" href="c.html"/>'
    '<item id="p" href="p.png"/></manifest><spine><itemref idref="c"/><itemref idref="a"/><itemref idref="p"/></spine>'
    "<guide><title>not this one</title></guide></package>"
)


def read(content: bytes, media_type: str = "text/plain") -> ContentReading:
    return read_content(media_type, content, limit_chars=20_000)


def kinds(reading: ContentReading) -> list[ProblemKind]:
    return [problem.kind for problem in reading.problems]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_told_by_its_zeros(encoding: str) -> None:
    assert read("Café, £40\r\nÉtage".encode(encoding)).text == "Café, £40\nÉtage"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Fee £40 for Zoë\rNext line\r".encode("mac_roman"), "Fee £40 for Zoë\nNext line"),
        ("Fee £40 a week".encode("cp850"), "Fee £40 a week"),
        ("œuvre, 9 o\u2019clock".encode("cp1252"), "œuvre, 9 o\u2019clock"),
        ("£5 ".encode() * 20 + b"\xa3 one stray", "£5 " * 20 + "\ufffd one stray"),
        ("これはテストです。ひらがな".encode("cp932"), "これはテストです。ひらがな"),
        ("これはテストです。ひらがな".encode("euc_jp"), "これはテストです。ひらがな"),
        ("まみむ".encode("iso2022_jp"), "まみむ"),
        (b"ends in \xc6", "ends in Æ"),
    ],
)
def test_old_text_reads_as_its_writer_saw_it(content: bytes, text: str) -> None:
    assert read(content).text == text


def test_binary_zeros_do_not_make_text_wide() -> None:
    assert read(b"word\0\0\0\0word").text.split() == ["word", "word"]


def test_what_a_page_states_has_the_same_names_as_everywhere() -> None:
    page = (
        b'<meta name="author" content="R. Hollis &amp; co"><META content="2009-03-31" name="DCTERMS.created">'
        b"<meta name=generator content=Editor><meta http-equiv=x content=y><p>Words</p>"
    )

    assert read(page, "text/html").properties == {
        "author": "R. Hollis & co",
        "created_at": "2009-03-31",
        "application": "Editor",
    }


def test_links_of_a_menu_are_words_of_their_own_and_letters_in_bold_are_not() -> None:
    page = b"<a href=x>Home</a><a href=y>Help</a> <b>T</b>enancy <span>ag</span><span>reement</span>"

    assert read(page, "text/html").text.split() == ["Home", "Help", "Tenancy", "agreement"]


def test_a_picture_of_letters_is_read_without_following_anything() -> None:
    picture = b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg><text>Site plan &a;</text></svg>'

    assert read(picture, "image/svg+xml").text.split("\n")[-1].endswith("Site plan &a;")
    assert "root:" not in read(picture, "image/svg+xml").text


def test_a_tag_of_a_million_attributes_costs_no_time() -> None:
    began_at = time.perf_counter()
    read(b"<meta " + b"name=a " * 300_000 + b">" + b'<meta name="' * 100_000, "text/html")

    assert time.perf_counter() - began_at < 5


@pytest.mark.parametrize("number", [b"9" * 100_000, b"0" * 30 + b"65;", b"1114112;", b"x" + b"f" * 100_000])
def test_a_letter_with_an_endless_number_is_no_letter_and_costs_no_other(number: bytes) -> None:
    page = (
        b"<title>&#"
        + number
        + b"</title><meta name=author content='&#"
        + number
        + b"'><p>Before &#"
        + number
        + b" after"
    )

    reading = read(page, "text/html")

    assert not kinds(reading)
    assert reading.text.split()[0] != ""
    assert {"Before", "after"} <= set(reading.text.split())


def an_epub(archive: Builder, opf: str = OPF, parts: Mapping[str, str | bytes] = NO_PARTS) -> bytes:
    container = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    chapters = {
        "OPS/text/a b.xhtml": "<p>Second&nbsp;chapter</p>",
        "OPS/c.html": "<title>x</title><p>First chapter</p>",
    }
    return archive({"mimetype": BOOK, "META-INF/container.xml": container, "OPS/book.opf": opf, **chapters, **parts})


def test_chapters_are_read_in_their_order_and_the_book_states_itself(archive: Builder) -> None:
    reading = read(an_epub(archive), BOOK)

    assert reading.text.split() == ["x", "First", "chapter", "Second", "chapter"]
    assert reading.properties == {"title": "Local history", "author": "R. Hollis", "modified_at": "2011-05-06"}
    assert reading.is_read


def test_a_book_locked_by_its_publisher_is_said_to_be_locked(archive: Builder) -> None:
    locks: dict[str, str | bytes] = {
        "META-INF/encryption.xml": '<e Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    }

    assert kinds(read(an_epub(archive, parts=locks), BOOK)) == [ProblemKind.ENCRYPTED]


def test_scrambled_fonts_lock_nothing(archive: Builder) -> None:
    locks: dict[str, str | bytes] = {"META-INF/encryption.xml": '<e Algorithm="http://www.idpf.org/2008/embedding"/>'}

    assert not kinds(read(an_epub(archive, parts=locks), BOOK))


def test_a_book_without_a_description_is_broken(archive: Builder) -> None:
    assert kinds(read(archive({"mimetype": BOOK}), BOOK)) == [ProblemKind.BROKEN]


@pytest.mark.parametrize("place", ["../../../etc/passwd", "/etc/passwd", "http://example.invalid/x.html"])
def test_a_book_cannot_point_outside_its_file(archive: Builder, place: str) -> None:
    opf = f'<package><manifest><item id="a" href="{place}"/></manifest><spine><itemref idref="a"/></spine></package>'

    assert read(an_epub(archive, opf), BOOK).text == ""


def test_a_bomb_in_a_chapter_is_cut_and_many_are_named(archive: Builder) -> None:
    names = [f"c{number}.html" for number in range(8)]
    items = "".join(f'<item id="{name}" href="{name}"/>' for name in names)
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    opf = f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>"
    bombs: dict[str, str | bytes] = {f"OPS/{name}": "<!--" + "x" * (9 << 20) for name in names}

    assert ProblemKind.TOO_LARGE in kinds(read(an_epub(archive, opf, bombs), BOOK))


@given(st.binary(max_size=300), st.sampled_from(["META-INF/container.xml", "OPS/book.opf", "OPS/c.html"]))
def test_no_bytes_of_a_part_make_the_reader_fail(archive: Builder, part: bytes, name: str) -> None:
    assert set(kinds(read(an_epub(archive, parts={name: part}), BOOK))) <= {ProblemKind.BROKEN}


@given(st.text(alphabet="<>&;/ab \"'=!-[]#x0", max_size=200))
def test_no_markup_makes_the_reader_fail(markup: str) -> None:
    assert read(markup.encode(), "text/html").is_read


@given(st.binary(max_size=200), st.sampled_from(["utf-16-le", "utf-32-be", "cp932", "cp850", "mac_roman"]))
def test_no_bytes_after_text_in_an_old_encoding_make_the_reader_fail(rest: bytes, encoding: str) -> None:
    assert read("Fee £40 これはテストです\r".encode(encoding, "replace") + rest).is_read
