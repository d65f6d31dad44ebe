"""Thousands of events become a few folders, none is lost, and a busy share is looked at all the same."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from scanners.crawling import Portion
from scanners.watching import Revisit, Revisits
from scanners.watching.choosing import _SHARED, NoticeWay, notice_way

WHOLE = (Portion("", is_tree=True),)


class Stopwatch:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def collecting(**settings: float) -> tuple[Revisits, Stopwatch]:
    watch = Stopwatch()
    return Revisits(monotonic=watch, quiet_seconds=2.0, longest_seconds=30.0, **settings), watch  # type: ignore[arg-type]  # one is an int


def taken(revisits: Revisits) -> tuple[Portion, ...]:
    revisit = revisits.take()
    assert revisit is not None
    return revisit.portions


def test_nothing_is_looked_at_while_somebody_is_still_writing() -> None:
    revisits, watch = collecting()
    revisits.note("finance")
    watch.seconds += 1.5
    revisits.note("finance")
    watch.seconds += 1.5

    assert revisits.take() is None
    assert revisits.seconds_left() == 0.5

    watch.seconds += 0.5

    assert taken(revisits) == (Portion("finance"),)
    assert revisits.take() is None
    assert revisits.seconds_left() is None


def test_a_file_that_is_written_without_end_is_looked_at_all_the_same() -> None:
    revisits, watch = collecting()
    seen = 0
    for _ in range(100):
        revisits.note("logs")
        watch.seconds += 1.0
        seen += revisits.take() is not None

    assert seen == 3


def test_both_ends_of_a_move_are_looked_at_together() -> None:
    revisits, watch = collecting()
    for _ in range(30):  # it has taken long enough already
        revisits.note("in")
        watch.seconds += 1.0
    revisits.note("from")
    revisits.note_departure(7)

    assert revisits.take() is None

    revisits.note("to")
    revisits.note_arrival(7)

    assert taken(revisits) == (Portion("from"), Portion("in"), Portion("to"))


def test_moves_out_of_the_share_do_not_put_off_looking_for_ever() -> None:
    revisits, watch = collecting()
    seen = 0
    for move in range(400):
        revisits.note("out")
        revisits.note_departure(move)
        watch.seconds += 0.25
        seen += revisits.take() is not None

    assert seen >= 3


def test_a_folder_below_one_that_is_looked_at_whole_is_not_looked_at_twice() -> None:
    revisits, watch = collecting()
    for path, is_tree in (("a", False), ("a/b", True), ("a/b/c", False), ("a/b/c/d", True), ("a/bc", False)):
        revisits.note(path, is_tree=is_tree)
    revisits.note("a/b")
    watch.seconds += 2

    assert taken(revisits) == (Portion("a"), Portion("a/b", is_tree=True), Portion("a/bc"))


def test_lost_events_mean_that_the_whole_share_is_looked_at_and_say_why() -> None:
    revisits, watch = collecting()
    revisits.note("a")
    revisits.note_everything("events were lost")
    revisits.note("b")
    watch.seconds += 2
    revisit = revisits.take()

    assert revisit == Revisit(portions=WHOLE, why="events were lost")
    assert revisit is not None
    assert revisit.is_whole


def test_what_could_not_be_looked_at_is_not_forgotten() -> None:
    revisits, watch = collecting()
    revisits.note("a", is_tree=True)
    watch.seconds += 2
    revisit = revisits.take()
    assert revisit is not None
    revisits.note("b")
    revisits.put_back(revisit)
    watch.seconds += 2

    assert taken(revisits) == (Portion("a", is_tree=True), Portion("b"))


def test_memory_does_not_grow_with_the_number_of_folders_that_change() -> None:
    revisits, watch = collecting(most_folders=100)
    for number in range(10_000):
        revisits.note(f"folder {number}")
        revisits.note_departure(number)
    assert len(revisits._folders) <= 101
    assert len(revisits._leaving) <= 1_000
    watch.seconds += 5

    assert taken(revisits) == WHOLE


def test_notes_of_several_threads_are_all_kept() -> None:
    revisits = Revisits(quiet_seconds=0)

    def note(number: int) -> None:
        for other in range(500):
            revisits.note(f"{number}/{other}")

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken(revisits)) == 2_000


PATHS = st.lists(st.sampled_from(["a", "b", "\udcff", "c d"]), max_size=4).map("/".join)


@given(st.lists(st.tuples(PATHS, st.booleans()), min_size=1, max_size=40))
def test_every_folder_that_was_noted_is_looked_at_exactly_once(notes: list[tuple[str, bool]]) -> None:
    revisits, watch = collecting()
    for path, is_tree in notes:
        revisits.note(path, is_tree=is_tree)
    watch.seconds += 2

    portions = taken(revisits)

    for path, is_tree in notes:
        covering = [one for one in portions if covers(one, path)]
        assert len(covering) == 1
        assert not is_tree or covering[0].is_tree


def covers(portion: Portion, path: str) -> bool:
    is_below = path == portion.path or not portion.path or path.startswith(portion.path + "/")
    return path == portion.path or (portion.is_tree and is_below)


def test_only_a_file_system_that_nobody_else_can_change_is_relied_on() -> None:
    assert {"nfs4", "cifs", "9p"} <= _SHARED
    assert notice_way("/proc") in NoticeWay
    assert notice_way("no such\0folder") is NoticeWay.POLLED
