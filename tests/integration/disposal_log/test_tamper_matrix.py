"""The table of docs/faults.md, in small: what must be noticed is noticed, and what cannot be has its reason."""

import random
from pathlib import Path

from benchmarks.tampering.matrix import sweep, whole_matrix
from benchmarks.tampering.rows import Row

STRIDE = 4001


def as_it_should_be(rows: list[Row]) -> None:
    assert [(row.case, row.examples) for row in rows if not row.is_as_it_should_be] == []


def test_a_bit_anywhere_is_noticed(fast_folder: Path) -> None:
    as_it_should_be([row for row in sweep(fast_folder, random.Random(20261120).randrange(99), STRIDE) if row.tried])  # noqa: S311  # the same bits in every run


def test_every_other_case_of_the_tamper_matrix(fast_folder: Path) -> None:
    rows = whole_matrix(fast_folder, every=9)

    as_it_should_be(rows)
    undetected = {row.case: (row.detected + row.told, row.tried) for row in rows if row.missed}
    rolled_back = "rolled back, nothing kept outside"
    resigned = "changed and signed with our stolen key, nothing kept outside"
    assert undetected[rolled_back][0] == undetected[resigned][0] == 0, "the table must not promise what cannot be"
