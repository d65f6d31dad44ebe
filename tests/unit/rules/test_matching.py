import re
import unicodedata
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cues.language import SEPARATORS, Cue, parse_cue
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


E_ACUTE, L_STROKE = "\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{LATIN SMALL LETTER L WITH STROKE}"
QUOTE = "\N{RIGHT SINGLE QUOTATION MARK}"
CUES = (
    *("order", "purchase order", "plan*", "care plan*", "plan[s] order", "s ##", "## 17", "##/17", "v#", "v##*"),
    *("1####*", "pcn ###", "order order", "plan ... order", "care* ... ##", "^plan*", "^care plan", "carer's plan"),
    *("'til order", "parents' plan", "o'plan*", "(care|purchase) (plan|order)", "pl* or* ca*", "' order"),
    *(f"caf{E_ACUTE}", f"ko{L_STROKE}o order", f"{L_STROKE}*"),
    *("regex: ord(er|ers)", "regex: ^plan", r"regex: \d{2}-\d{2}$"),
)
SCRAPS = (
    *("order", "orders", "Order", "purchase", "plan", "plans", "planned", "care", "carer's", f"carer{QUOTE}s"),
    *("parents'", "'til", "o'planner", f"caf{E_ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"),
    *(f"ko{L_STROKE}o", f"{L_STROKE}plan", f"plan{L_STROKE}", "s", "17", "v2", "v22", "v222b", "pcn", "123", "12345"),
    *("12345x", "1\N{ARABIC-INDIC DIGIT TWO}", "\N{SUPERSCRIPT TWO}", "stra\N{LATIN SMALL LETTER SHARP S}e"),
    *("\N{EURO SIGN}", "\N{HIRAGANA LETTER A}"),
)
JOINTS = (
    " ",
    "  ",
    "",
    "-",
    "_",
    ". ",
    "\n",
    "/",
    "'",
    ", ",
    " ... ",
    "\N{NO-BREAK SPACE}",
    "\N{EN DASH}",
    "?",
    "\r\n",
)


def scraps_of_text(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(st.sampled_from(SCRAPS), st.sampled_from(JOINTS)).map("".join), max_size=most).map(
        "".join
    )


def each_by_itself(cues: list[Cue], folded: str) -> Counter[tuple[str, int, int]]:
    """Search every way of every cue by itself, from the beginning to the end."""
    return Counter(
        (cue.written, *found.span())
        for cue in cues
        for variant in cue.variants
        for found in islice(re.finditer(variant.expression, folded), 20)
    )


@pytest.mark.parametrize("engine", ["standard library", "re2 if it is there"])
@pytest.mark.parametrize("kind", ["text", "name", "folder"])
@given(written=st.lists(st.sampled_from(CUES), min_size=1, max_size=8, unique=True), text=scraps_of_text(30))
def test_nothing_is_found_elsewhere_than_by_searching_each_cue_by_itself(
    kind: str, engine: str, written: list[str], text: str
) -> None:
    cues = [parse_cue(cue, kind=kind) for cue in written]
    matcher = CueMatcher(((cue.written, cue) for cue in cues), is_plain=engine == "standard library")
    texts = [fold_text(text).folded, fold_path_part(text).folded, text]

    for folded in (*texts, (texts[0] + "\nplain words ") * 12):
        assert Counter((one.key, one.start, one.end) for one in matcher.find(folded)) == each_by_itself(cues, folded)


@pytest.mark.parametrize("engine", ["standard library", "re2 if it is there"])
@pytest.mark.parametrize(
    ("cue", "words"),
    [
        ("tenanc* agreed", f"tenanc{L_STROKE}ies agreed"),
        ("caf* bar", f"caf{E_ACUTE} bar"),
        ("room ##", "room 1\N{ARABIC-INDIC DIGIT TWO}"),
        ("plan of", "plan \N{EN DASH} of"),
    ],
)
def test_letters_of_other_scripts_hide_no_find_in_a_long_text(engine: str, cue: str, words: str) -> None:
    others = [("-", parse_cue(f"other {number}", kind="text")) for number in range(40)]
    matcher = CueMatcher([("cue", parse_cue(cue, kind="text")), *others], is_plain=engine == "standard library")

    (found,) = matcher.find("long " * 200 + words + " text")

    assert (found.key, found.start) == ("cue", 1_000)


@given(st.text(max_size=200))
def test_any_text_can_be_folded_and_quoted(text: str) -> None:
    for folded in (fold_text(text), fold_path_part(text)):
        assert isinstance(folded.quote(0, len(folded.folded)), str)


@given(st.text(st.one_of(st.characters(max_codepoint=0x2FF), st.characters(), st.sampled_from("\u2013\u00a3\u2026"))))
def test_folding_by_bytes_is_folding(text: str) -> None:
    plain = text.replace(QUOTE, "'").replace("_", " ")

    assert fold_text(text).folded == unicodedata.normalize("NFC", plain).casefold()


def test_evidence_quotes_the_words_as_they_were_written() -> None:
    folded = fold_text("The PURCHASE ORDER of May")
    matcher = CueMatcher([("cue", parse_cue("purchase order", kind="text"))])

    (one,) = matcher.find(folded.folded)

    assert folded.quote(one.start, one.end) == "PURCHASE ORDER"


def test_a_page_that_repeats_a_word_ten_thousand_times_is_not_reported_ten_thousand_times() -> None:
    matcher = CueMatcher([("cue", parse_cue("order", kind="text"))])

    assert len(list(matcher.find("order " * 10_000))) == 20
