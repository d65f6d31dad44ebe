"""Work is cut by how long it is likely to take: the guess must be sane for any name and any size."""

from hypothesis import given
from hypothesis import strategies as st

from scanners.examination.effort import expected_seconds, reading_seconds

NAMES = st.text(max_size=30) | st.sampled_from(["a.PDF", "b.xls", "c.txt", "d", ".docx", "e.tar.gz"])


@given(NAMES, st.integers(0, 1 << 60))
def test_every_file_takes_some_time_and_none_for_ever(name: str, size_bytes: int) -> None:
    assert 0 < reading_seconds(name, size_bytes) < 10
    assert 0 < expected_seconds(name, size_bytes) <= 30


@given(NAMES, st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_a_larger_file_never_takes_less(name: str, one: int, other: int) -> None:
    assert expected_seconds(name, min(one, other)) <= expected_seconds(name, max(one, other))


def test_a_pdf_takes_longer_than_plain_text_of_the_same_size() -> None:
    assert expected_seconds("Minutes/2019.PDF", 50_000) > 5 * expected_seconds("Minutes/2019.txt", 50_000)
