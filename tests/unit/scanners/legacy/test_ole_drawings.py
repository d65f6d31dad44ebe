"""Words that are drawn are found in damaged drawings too, and a drawing made of nothing but beginnings ends soon."""

import time

from hypothesis import given
from hypothesis import strategies as st

from scanners.text.ole_drawings import drawn_words
from tests.unit.scanners.legacy.building_office import a_drawing


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_whatever_stands_around_a_drawing_it_is_read_or_left_out(before: bytes, after: bytes) -> None:
    found = list(drawn_words(before + a_drawing("DRAFT") + after))

    assert "DRAFT" in found or len(found) < 20


def test_a_drawing_of_beginnings_only_ends_soon() -> None:
    began = time.process_time()
    found = list(drawn_words(b"\xf3\x0f\x0b\xf0\xff\x00\x00\x00" * 200_000))
    found += drawn_words(b"\x03\x00\x0b\xf0\x00\x00\x00\x00" * 200_000)

    assert not any(found)
    assert time.process_time() - began < 5
