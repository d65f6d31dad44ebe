import re

from hypothesis import given
from hypothesis import strategies as st

from rules.cues.folding import fold_path_part
from rules.cues.language import parse_cue
from rules.cues.matching import CueMatcher
from rules.cues.openings import MOST_OPENING, Openings, opening_of
from rules.cues.words import TextWords

words = st.sampled_from(("plan", "plans", "pla", "order", "of", "0", "00", "o"))
openings = st.lists(
    st.tuples(st.lists(words, min_size=1, max_size=3), st.booleans()).map(
        lambda one: b" " + " ".join(one[0]).encode("ascii") + (b" " if one[1] else b"")
    ),
    min_size=1,
    max_size=12,
    unique=True,
)
shapes = st.lists(st.tuples(words, st.sampled_from((" ", "  ", "   "))).map("".join), max_size=20).map(
    lambda parts: f" {''.join(parts)} ".encode("ascii")
)


@given(openings, shapes)
def test_every_opening_is_found_wherever_it_stands_however_many_spaces_are_in_it(
    written: list[bytes], shape: bytes
) -> None:
    found = {(place, opening) for place, begun in Openings(written).find(shape) for opening in begun}

    patterns = [(opening, re.compile(b" " + re.sub(b" (?=.)", b" +", opening[1:]))) for opening in written]
    assert found == {
        (place, opening) for opening, pattern in patterns for place in range(len(shape)) if pattern.match(shape, place)
    }


@given(st.lists(st.sampled_from(("care", "plan*", "##", "v#*", "a" * 40)), min_size=1, max_size=4))
def test_an_opening_is_never_longer_than_can_be_nested(run: list[str]) -> None:
    assert len(opening_of(tuple(run))) <= MOST_OPENING


def test_a_schedule_cannot_nest_its_cues_until_the_program_gives_up() -> None:
    cues = [("a" * length, parse_cue("a" * length, kind="text")) for length in range(1, 250)]
    matcher = CueMatcher(cues, is_plain=True)

    assert [one.key for one in matcher.find(f"x {'a' * 200} y")] == ["a" * 200]


@given(st.text(max_size=60))
def test_digits_of_other_scripts_are_noticed(text: str) -> None:
    assert TextWords(text).has_digits_beyond == any(
        ord(letter) > 0xFF and re.fullmatch(r"\d", letter) is not None for letter in text
    )


@given(st.text(st.sampled_from("aZéÉ B_%20+ßǅ"), max_size=12))
def test_a_name_in_small_letters_is_folded_like_any_other(name: str) -> None:
    humps = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name.replace("_", " ").replace("+", " ").replace("%20", "   "))

    assert fold_path_part(name).folded == fold_path_part(humps).folded
