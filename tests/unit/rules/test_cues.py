import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import InvalidCueError
from rules.cues.language import expand, parse_cue
from rules.cues.matching import CueMatcher, fold_path_part, fold_text
from rules.cues.regex_subset import check_regex


def found(cue: str, text: str, *, kind: str = "name") -> list[str]:
    folded = fold_text(text) if kind == "text" else fold_path_part(text)
    matcher = CueMatcher([("cue", parse_cue(cue, kind=kind))])
    return sorted({folded.folded[one.start : one.end] for one in matcher.find(folded.folded)})


@pytest.mark.parametrize(
    ("cue", "name"),
    [
        ("LAC review*", "LAC_Reviews 2011.docx"),
        ("LAC review*", "2011-LAC-review.docx"),
        ("looked after", "LookedAfter.docx"),
        ("looked after", "lookedafter.docx"),
        ("looked after", "Looked%20After.docx"),
        ("looked after", "Looked+After.docx"),
        ("looked after", "LOOKED  -  AFTER.docx"),
        ("invoice[s]", "Invoices.xlsx"),
        ("health [and|&] safety", "Health & Safety.doc"),
        ("health [and|&] safety", "health and safety.doc"),
        ("PCN #####*", "PCN12345678.pdf"),
        ("s[ection] 47", "S47 enquiry.doc"),
        ("s[ection] 47", "Section 47.doc"),
        ("(cabinet|council) ... minutes", "Council - approved minutes.pdf"),
        ("^untitled*", "Untitled-3.docx"),
        ("carer's assessment*", "Carer\N{RIGHT SINGLE QUOTATION MARK}s assessment.doc"),
        ("carer's assessment*", "Carers assessment.doc"),
        ("v0 #*", "plan v0.3.docx"),
        (r"regex: \(\d{1,3}\)\.\w{1,6}$", "report (2).docx"),
    ],
)
def test_a_cue_finds_the_ways_people_write_it(cue: str, name: str) -> None:
    assert found(cue, name)


@pytest.mark.parametrize(
    ("cue", "name"),
    [
        ("LAC", "black.docx"),
        ("lease", "press release.docx"),
        ("invoice[s]", "invoiced.docx"),
        ("^untitled*", "an untitled one.docx"),
        ("PCN #####*", "PCN 12.pdf"),
        ("(cabinet|council) ... minutes", "minutes of the council.pdf"),
        ("vat", "private.pdf"),
    ],
)
def test_a_cue_does_not_find_parts_of_other_words(cue: str, name: str) -> None:
    assert not found(cue, name)


def test_a_phrase_does_not_reach_over_the_end_of_a_sentence() -> None:
    assert found("purchase order", "the purchase\n  order is", kind="text")
    assert not found("purchase order", "after the purchase. Order is kept", kind="text")


def test_a_folder_cue_does_not_reach_into_the_next_folder_without_saying_so() -> None:
    folded = "council/minutes"

    assert not list(CueMatcher([("cue", parse_cue("council minutes", kind="folder"))]).find(folded))
    assert list(CueMatcher([("cue", parse_cue("council ... minutes", kind="folder"))]).find(folded))


@pytest.mark.parametrize(
    ("cue", "complaint"),
    [
        ("invoice(s", "not closed"),
        ("invoice[s", "not closed"),
        ("invoice)", "too many"),
        ("*", "no word"),
        ("... minutes", "no word at its beginning"),
        ("a ... b ... c", "more than one"),
        ("inv*ice", "means nothing"),
        ("who?", "means nothing"),
        ("", "no word"),
        ("x" * 400, "too long"),
        ("(a|b|c|d)" * 6, "more than 400 ways"),
        ("()", "no word"),
    ],
)
def test_a_cue_that_is_not_in_the_language_is_refused_with_a_way_out(cue: str, complaint: str) -> None:
    with pytest.raises(InvalidCueError, match=complaint) as refusal:
        parse_cue(cue, kind="name")

    assert refusal.value.instead


@pytest.mark.parametrize(
    "regex",
    [
        "(a+)+$", "(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*)(.*)x", "a*a*b", "(?=x)y", "(?P<a>x)", r"(a)\1",
        "(a{1,9}){1,9}b", "a**", "*a", "[a", "(a", "a)", "", "a{1,99}", "a?" * 20 + "a" * 20, "(((((((x)))))))",
        r"\p{L}", "(a{2}){9}+x", "[^]]", "[a-", "\\", "a{9,2}",
    ],
)  # fmt: skip
def test_a_regex_that_could_run_for_ever_is_refused(regex: str) -> None:
    with pytest.raises(InvalidCueError, match="regex"):
        check_regex(regex)


@pytest.mark.parametrize(
    "regex", [r"\(\d{1,3}\)\.\w{1,6}$", r"^~\$", r"(^|/)\.trash", r"a.*b", "[a-f]{1,8}x", "(ab|cd){0,3}z"]
)
def test_a_plain_regex_is_accepted(regex: str) -> None:
    assert check_regex(regex).pattern == regex


def test_no_accepted_regex_takes_long_on_a_hostile_name() -> None:
    hostile = "a" * 4_000 + "!"
    started = time.monotonic()

    for regex in ("a.*b", "(a|b){0,9}a{0,3}c", "a?a?a?a?a?a?b"):
        check_regex(regex).search(hostile)

    assert time.monotonic() - started < 2


@given(st.text(max_size=60))
def test_any_text_is_a_cue_or_is_refused_as_one(text: str) -> None:
    for kind in ("folder", "name", "text"):
        with suppress(InvalidCueError):
            parse_cue(text, kind=kind)


@given(st.text(alphabet="ab()|*+?{}[]\\.^$0123,:=wd", max_size=24))
def test_any_regex_is_compiled_or_refused_as_one(text: str) -> None:
    with suppress(InvalidCueError):
        check_regex(text)


def test_expansion_reads_every_alternative_once() -> None:
    assert expand("(a|b)[ c|d]e") == ("ae", "a ce", "ade", "be", "b ce", "bde")
