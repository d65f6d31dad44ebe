"""The hostile list, whole: the same cases in the same order every time."""

from itertools import chain

from tests.hostile import archives, damaged, markup, messages, odd_entries, odd_names, old_office, papers, tables
from tests.hostile.case import Case

ROOMS = (odd_names, odd_entries, archives, markup, papers, messages, old_office, tables, damaged)
CASES: tuple[Case, ...] = tuple(chain.from_iterable(room.cases() for room in ROOMS))
