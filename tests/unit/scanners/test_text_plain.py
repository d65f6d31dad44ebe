"""Plain text and web pages in whatever encoding they were left behind."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.text import read_content


def text_of(content: bytes, media_type: str = "text/plain", *, limit: int = 20_000) -> str:
    reading = read_content(media_type, content, limit_chars=limit)
    assert reading.is_read
    return reading.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_same_letter_reads_the_same_in_every_usual_encoding(encoding: str) -> None:
    assert text_of("Café, £40\r\nÉtage".encode(encoding)) == "Café, £40\nÉtage"


def test_a_character_cut_in_two_by_the_limit_does_not_change_the_encoding() -> None:
    assert text_of("é".encode() * 100_001, limit=10) == "é" * 10


def test_a_long_file_is_said_to_be_cut() -> None:
    reading = read_content("text/csv", b"word,\n" * 10_000, limit_chars=100)

    assert [problem.kind for problem in reading.problems] == [ProblemKind.TRUNCATED_TEXT]


def test_an_empty_file_is_read_and_says_nothing() -> None:
    assert text_of(b"", "inode/x-empty") == ""


def test_a_page_gives_what_a_reader_sees_and_its_title() -> None:
    page = (
        b"<html><head><title>Council &amp; you</title><style>p{}</style><script>if (a<b) x()</script></head>"
        b"<body><!-- secret --><p>One <b>wo</b>rd</p><p>1 < 2</p><![CDATA[raw]]></body></html>"
    )

    reading = read_content("text/html", page, limit_chars=1000)

    assert reading.text.split("\n") == ["Council & you", "One word", "1 < 2", "raw"]
    assert reading.properties == {"title": "Council & you"}


def test_a_page_is_read_in_the_encoding_it_declares() -> None:
    page = '<meta charset="windows-1250"><p>Łódź</p>'.encode("cp1250")

    assert text_of(page, "text/html") == "Łódź"


@pytest.mark.parametrize("name", ["rot13", "hex", "no-such-encoding", "unicode_escape", "idna"])
def test_a_page_cannot_choose_a_codec_that_is_no_encoding(name: str) -> None:
    page = f"<meta charset={name}><p>caf".encode() + b"\xe9</p>"

    assert "caf" in text_of(page, "text/html")


@pytest.mark.parametrize("piece", [b"<!--", b"<script>", b"<title>", b"<![CDATA[", b"<", b"&#", b"<a "])
def test_broken_markup_costs_no_more_time_than_sound_markup(piece: bytes) -> None:
    began_at = time.perf_counter()
    read_content("text/html", piece * (1_000_000 // len(piece)), limit_chars=20_000)

    assert time.perf_counter() - began_at < 5


@given(st.binary(max_size=500), st.sampled_from(["text/plain", "text/html", "application/xml", "text/csv"]))
def test_no_bytes_make_a_reader_of_text_fail(content: bytes, media_type: str) -> None:
    text = text_of(content, media_type)

    assert text.encode().decode() == text
    assert "\0" not in text
