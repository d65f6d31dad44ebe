"""Rich text: every letter as it was typed, what fields show, and hostile nesting that costs nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.text import read_content
from scanners.text.reading import ContentReading

HEAD = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial CYR;}{\f2\fcharset128 MS;}}"
)


def read(body: bytes, *, head: bytes = HEAD) -> ContentReading:
    return read_content("application/rtf", head + body + b"}", limit_chars=20_000)


def kinds(reading: ContentReading) -> list[ProblemKind]:
    return [problem.kind for problem in reading.problems]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"Caf\'e9 \'a340", "Café £40"),
        (rb"Caf\u233?", "Café"),
        (rb"\uc2 Caf\u233\'e9x!", "Café!"),
        (rb"\uc0 Caf\u233 x", "Caféx"),
        (rb"{\uc0 \u233}\u233?!", "éé!"),
        (rb"\u-10179?\u-8704?", "\U0001f600"),
        (rb"\u-4051?", "\uf02d"),
        (rb"{\f1 \'c4\'e0}", "Да"),
        (rb"{\f2 \'83\'5c}", "ソ"),
        (rb"\f1 \'c4\plain \'e9", "Дé"),
        (rb"one\par two\line three\tab four", "one\ntwo\nthree\tfour"),
        (rb"a\~b\_c\-d", "a b-cd"),
        (rb"\{braces\} and \\", "{braces} and \\"),
        (rb"dash\emdash dash \ldblquote q\rdblquote", "dash\u2014dash \u201cq\u201d"),
        (b"line\r\nend", "lineend"),
        (b"par\\\nagraph", "par\nagraph"),
    ],
)
def test_letters_and_breaks_read_as_they_were_typed(body: bytes, text: str) -> None:
    reading = read(body)

    assert reading.text == text.replace("\t", " ") or reading.text == text
    assert reading.is_read


@pytest.mark.parametrize(
    ("declared", "letters", "text"),
    [
        (rb"\ansi\ansicpg1251", rb"\'c4", "Д"),
        (rb"\mac", rb"\'8e", "é"),
        (rb"\pc", rb"\'9c", "£"),
        (rb"\pca", rb"\'9c", "£"),
    ],
)
def test_the_declared_alphabet_is_used(declared: bytes, letters: bytes, text: str) -> None:
    assert read(letters, head=rb"{\rtf1" + declared + b" ").text == text


def test_headers_footnotes_comments_and_field_results_are_read() -> None:
    body = (
        rb"{\header CONFIDENTIAL}{\footer Page foot}Body{\footnote Note} rest"
        rb"{\field{\*\fldinst HYPERLINK http://example.invalid}{\fldrslt the link}}"
        rb"{\*\atnid RH}{\*\annotation Agreed?}{\shp{\*\shpinst{\sp{\sn pib}{\sv 17}}{\shptxt In a box}}}"
    )

    assert read(body).text.split("\n") == [
        "CONFIDENTIAL",
        "Page foot",
        "Body",
        "Note",
        "restthe link",
        "Agreed?",
        "In a box",
    ]


def test_what_no_reader_sees_is_left_out() -> None:
    body = (
        rb"{\stylesheet{\s1 heading 1;}}{\colortbl;\red0;}{\pict\wmetafile8 0102}{\*\unknown hidden}{\xe index}"
        rb"{\deleted gone}{\*\generator Writer;}{\info{\title T}}{\nonshppict twice}kept"
    )

    assert read(body).text == "kept"


def test_binary_portions_may_hold_any_bracket() -> None:
    assert read(rb"{\pict\bin5 }}{\}after" + b"}shown").text == "shown"


def test_a_picture_of_many_megabytes_costs_next_to_nothing() -> None:
    began_at = time.perf_counter()
    reading = read(rb"before {\pict\pngblip " + b"0123456789abcdef\r\n" * 800_000 + b"}after")

    assert reading.text == "before after"
    assert time.perf_counter() - began_at < 5


def test_what_the_document_states_has_the_same_names_as_everywhere() -> None:
    info = (
        rb"{\info{\title Lease}{\author R. Hollis}{\operator P. Grove}{\company Council}"
        rb"{\creatim\yr2009\mo3\dy31\hr10\min5}{\revtim\yr2010\mo1\dy2}{\printim\yr0\mo0\dy0}{\nofpages4}{\nofwords9}}"
        rb"{\info{\author Again}}"
    )

    assert read(info + b"Text").properties == {
        "title": "Lease",
        "author": "R. Hollis",
        "last_modified_by": "P. Grove",
        "company": "Council",
        "created_at": "2009-03-31T10:05:00",
        "modified_at": "2010-01-02",
        "page_count": "4",
    }


def test_of_two_renderings_the_one_in_unicode_is_taken() -> None:
    info = rb"{\info{\upr{\title Z?rich}{\*\ud{\title Z\u252 rich}}}}"

    assert read(rb"\uc0" + info).properties["title"] == "Zürich"


def test_what_a_mail_program_rendered_beside_its_page_is_left_out() -> None:
    body = rb"\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Words\htmlrtf \par}\htmlrtf0 {\*\htmltag72 </p>}"

    assert read(body, head=rb"{\rtf1\ansi").text == "Words"


def test_a_document_that_was_cut_off_keeps_its_beginning_and_says_so() -> None:
    reading = read_content("application/rtf", HEAD + b"Dear tenant {\\b we", limit_chars=100)

    assert reading.text == "Dear tenant we"
    assert kinds(reading) == [ProblemKind.BROKEN]
    assert not reading.is_read


def test_what_follows_the_document_is_not_part_of_it() -> None:
    assert read_content("application/rtf", HEAD + b"in}out{\\b out}", limit_chars=100).text == "in"


def test_a_hundred_thousand_open_groups_are_named_and_cost_no_time() -> None:
    began_at = time.perf_counter()
    reading = read(b"start " + b"{" * 100_000)

    assert kinds(reading) == [ProblemKind.BROKEN]
    assert "nested" in reading.problems[0].detail
    assert reading.text == "start"
    assert time.perf_counter() - began_at < 2


@pytest.mark.parametrize(
    "piece", [b"{}", b"\\b", b"\\'41", b"\\u65?", b"{\\pict", b"\\bin9", b"{\\upr{", b"\\*", b"\\f1 x"]
)
def test_a_million_of_anything_ends_within_its_bounds(piece: bytes) -> None:
    began_at = time.perf_counter()
    read(piece * (500_000 // len(piece)))

    assert time.perf_counter() - began_at < 5


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(rest: bytes) -> None:
    assert len(read(rest).text) <= 300 * 5


WORDS = st.sampled_from(
    [b"{", b"}", b"\\par ", b"\\u233?", b"\\'e9", b"\\uc3 ", b"\\bin4 ", b"\\*", b"\\info", b"\\title ", b"\\upr",
     b"\\ud", b"\\pict", b"\\f1", b"\\fonttbl", b"\\plain", b"\\deleted", b"\\footnote", b"\\creatim", b"\\yr2009",
     b"word ", b"\\fromhtml", b"\\htmlrtf", b"\\ansicpg65001", b"\\bin99999999999", b"\\u99999999999"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=60))
def test_no_order_of_control_words_makes_the_reader_fail(words: list[bytes]) -> None:
    assert set(kinds(read(b"".join(words)))) <= {ProblemKind.BROKEN}
