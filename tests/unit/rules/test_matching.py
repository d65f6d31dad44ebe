import re

from hypothesis import given
from hypothesis import strategies as st

from rules.cues.language import SEPARATORS, parse_cue
from rules.cues.matching import CueMatcher, fold_path_part, fold_text

WORDS = ("order", "purchase", "section", "17", "plan", "plans", "care")
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
texts = st.lists(
    st.sampled_from((*WORDS, ".", ",", "\n", "-", "_", "Order", "PLAN", "careplan", "'")), max_size=40
).map(" ".join)


def one_by_one(written: list[str], folded: str) -> set[tuple[str, int, int]]:
    """Search every phrase by itself, overlapping ones included."""
    found = set()
    for phrase in written:
        pattern = SEPARATORS["text"].join(map(re.escape, phrase.split()))
        for match in re.finditer(rf"(?<!\w)(?={pattern}(?!\w))", folded):
            whole = re.compile(pattern).match(folded, match.start())
            assert whole is not None
            found.add((phrase, match.start(), whole.end()))
    return found


@given(st.lists(phrases, min_size=1, max_size=12, unique=True), texts)
def test_one_search_for_all_finds_what_a_search_for_each_finds(written: list[str], text: str) -> None:
    folded = fold_text(text).folded
    matcher = CueMatcher((phrase, parse_cue(phrase, kind="text")) for phrase in written)

    found = {(one.key, one.start, one.end) for one in matcher.find(folded)}

    expected = one_by_one(written, folded)
    assert found <= expected
    # a phrase that overlaps itself ("plan plan" in "plan plan plan") is found once where it is found first
    assert {key for key, _, _ in found} == {key for key, _, _ in expected}


@given(st.text(max_size=200))
def test_any_text_can_be_folded_and_quoted(text: str) -> None:
    for folded in (fold_text(text), fold_path_part(text)):
        assert isinstance(folded.quote(0, len(folded.folded)), str)


def test_evidence_quotes_the_words_as_they_were_written() -> None:
    folded = fold_text("The PURCHASE ORDER of May")
    matcher = CueMatcher([("cue", parse_cue("purchase order", kind="text"))])

    (one,) = matcher.find(folded.folded)

    assert folded.quote(one.start, one.end) == "PURCHASE ORDER"


def test_a_page_that_repeats_a_word_ten_thousand_times_is_not_reported_ten_thousand_times() -> None:
    matcher = CueMatcher([("cue", parse_cue("order", kind="text"))])

    assert len(list(matcher.find("order " * 10_000))) == 20
