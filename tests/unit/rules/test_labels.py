import re
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cues.folding import fold_text
from rules.dates.date_reading import DateReading, labelled_dates
from rules.dates.labels import LabelSearch
from rules.dates.stated_dates import RECORD_SEARCH, SEARCHES
from rules.model import Trigger

EVERY_SEARCH = {**SEARCHES, Trigger.RECORD_DATE: RECORD_SEARCH}
SCRAPS = (
    *("date", "Date of birth", "dob", "d.o.b.", "D.O.B", "invoice date", "date of order", "order dated", "dated"),
    *(
        "meeting",
        "meeting held in the Town Hall at 7.30pm on",
        "held",
        "on",
        "the",
        "was",
        "Monday",
        "expires",
        "until",
    ),
    *("closed", "last day of service", "as at", "decided", "predated", "march past", "words " * 20, "a" * 60),
    *("3 May 2012", "03/04/2012", "2012-04-03", "May 2012", "September 30th, 2012", "12"),
    *("1\N{ARABIC-INDIC DIGIT TWO}/04/2012", "\N{EN DASH}"),
)
JOINTS = (" ", ": ", ":\n", "\n", "\n   ", "\t", ". ", "-", "", " (", "\n" + " " * 9)
texts = st.lists(st.tuples(st.sampled_from(SCRAPS), st.sampled_from(JOINTS)).map("".join), max_size=14).map("".join)


class Everywhere:
    """Looks for the labels of a search at every place of a text."""

    def __init__(self, search: LabelSearch) -> None:
        self.finditer = search._pattern.finditer


def dates(folded: str, search: LabelSearch) -> list[DateReading]:
    return list(labelled_dates(folded, search))


@pytest.mark.parametrize("trigger", sorted(EVERY_SEARCH))
@given(text=texts)
def test_the_same_dates_are_read_as_by_looking_for_labels_everywhere(trigger: Trigger, text: str) -> None:
    folded, search = fold_text(text).folded, EVERY_SEARCH[trigger]

    assert dates(folded, search) == dates(folded, cast("LabelSearch", Everywhere(search)))


def test_a_date_in_the_first_line_is_read_however_far_it_is_indented() -> None:
    search = LabelSearch(at_line_start=("date",))

    for text in ("date: 3/4/2012", "        date 3/4/2012", "\n\tdate: 3/4/2012"):
        assert len(dates(text, search)) == 1
    assert not dates("the date: 3/4/2012", search)


def test_a_text_of_nothing_but_numbers_does_not_take_long() -> None:
    assert not dates("12 34 date 56 " * 5_000, LabelSearch("dated"))


def test_labels_that_are_not_plain_words_are_looked_for_everywhere() -> None:
    search = LabelSearch(r"(?:begun|started)[^\n\d]{1,9}")

    assert re.fullmatch("begun so on ", next(iter(search.finditer("it was begun so on 3 may 2012"))).group())
