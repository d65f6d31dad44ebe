"""The order of a walk depends on names only, never on who was quick."""

import os
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from scanners.crawling.agenda import Agenda, Step, StepState
from scanners.crawling.listing import Answer, Lister
from scanners.observation import SkippedEntry, SkipReason

Tree = dict[str, list[str]]


def answer(path: str, folders: list[str], *, identity: int = 0, files: int = 0, rest: tuple[str, ...] = ()) -> Answer:
    rows = [(f"{path}/{number}", 0, 0, number, 1, 1, 0, 0) for number in range(files)]
    return (1, identity or hash(path) | 1), None, list(folders), [*rows], False, list(rest)


def in_order(tree: Tree, path: str = "") -> list[str]:
    below = sorted(tree.get(path, ()), key=os.fsencode)
    return [path, *(one for name in below for one in in_order(tree, f"{path}/{name}" if path else name))]


def walked(tree: Tree, *, chance: Random, steps_ahead: int) -> list[str]:
    agenda = Agenda(refuse=lambda _: None, at_once=3, steps_ahead=steps_ahead)
    given: list[Step] = []
    reported: list[str] = []
    while (head := agenda.head()) is not None:
        while head.state is not StepState.DONE:
            if head.state is StepState.OPEN:
                head.state = StepState.GIVEN
                given.append(head)
            while chance.random() < 0.7 and (step := agenda.next_step()) is not None:
                step.state = StepState.GIVEN
                given.append(step)
            step = given.pop(chance.randrange(len(given)))
            agenda.settle(step, answer(step.path, sorted(tree.get(step.path, ()), key=os.fsencode)))
        reported.append(head.path)
        agenda.advance()
    return reported


class Paper(Lister):
    """Lists a tree that stands on paper only."""

    def __init__(self, tree: Tree, closed: set[str]) -> None:
        super().__init__(-1, device=1, at_once=3, max_open=2, closed=closed)
        self.tree = tree

    def answer(self, path: str, names: object) -> Answer:
        return answer(path, sorted(self.tree.get(path, ()), key=os.fsencode))


def stretched(tree: Tree, *, chance: Random, closed: set[str], refuse: bool) -> list[str]:
    verdict = SkippedEntry(path="", reason=SkipReason.OTHER_VOLUME, detail="", is_folder=True) if refuse else None
    agenda = Agenda(refuse=lambda path: verdict if path in closed else None, at_once=3, steps_ahead=9, closed=closed)
    agenda.is_walking = True
    lister = Paper(tree, closed)
    reported: list[str] = []
    while (head := agenda.head()) is not None:
        while head.state is not StepState.DONE:
            ahead = agenda.next_step() if chance.random() < 0.7 else None
            step = ahead or head
            question = step.question(most=chance.randint(1, 5))
            agenda.settle(step, lister.answer(*question) if len(question) == 2 else lister.stretch(*question))
        reported.extend([path for path, *_ in head.stretch[0]] if head.stretch else [head.path])
        agenda.advance()
    return reported


NAMES = st.text(st.sampled_from("ab.~\u00e9\udcff\uffff\U0001f4c1\x01"), min_size=1, max_size=2)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    tree: Tree = {}
    folders = [""]
    for _ in range(draw(st.integers(0, 12))):
        above = draw(st.sampled_from(folders))
        name = draw(NAMES)
        if name not in (".", "..") and name not in tree.get(above, []):
            tree.setdefault(above, []).append(name)
            folders.append(f"{above}/{name}" if above else name)
    return tree


@given(tree=trees(), seed=st.integers(), steps_ahead=st.integers(1, 8))
def test_whoever_is_quick_the_order_is_that_of_the_names(tree: Tree, seed: int, steps_ahead: int) -> None:
    chance = Random(seed)  # noqa: S311  an order, not a secret

    assert walked(tree, chance=chance, steps_ahead=steps_ahead) == in_order(tree)


@given(tree=trees(), seed=st.integers(), closed=st.sets(st.integers(0, 12)))
def test_however_far_each_of_them_goes_every_folder_comes_once_and_in_order(
    tree: Tree, seed: int, closed: set[int]
) -> None:
    folders = in_order(tree)
    judged = {folders[number] for number in closed if 0 < number < len(folders)}
    chance = Random(seed)  # noqa: S311  an order, not a secret

    assert stretched(tree, chance=chance, closed=judged, refuse=False) == folders
    refused = stretched(tree, chance=chance, closed=judged, refuse=True)
    assert refused == [path for path in folders if not any(path.startswith(f"{folder}/") for folder in judged)]


def test_a_folder_that_is_one_of_those_above_it_is_not_entered_again() -> None:
    agenda = Agenda(refuse=lambda _: None, at_once=3, steps_ahead=9)
    root = agenda.head()
    assert root is not None
    agenda.settle(root, answer("", ["a"], identity=5))
    agenda.advance()
    again = agenda.head()
    assert again is not None

    agenda.settle(again, answer("a", ["a"], identity=5))

    assert again.refusal == SkippedEntry(
        path="a", reason=SkipReason.LINK, detail="this folder contains itself", is_folder=True
    )
    agenda.advance()
    assert agenda.head() is None


def test_what_is_listed_ahead_stays_within_its_bounds() -> None:
    agenda = Agenda(refuse=lambda _: None, at_once=3, steps_ahead=1_000_000)
    root = agenda.head()
    assert root is not None
    agenda.settle(root, answer("", [f"{number:04}" for number in range(1000)]))
    listed = 0

    while (step := agenda.next_step()) is not None:
        agenda.settle(step, answer(step.path, [], files=1000))
        listed += 1

    assert listed == 50


def test_what_is_refused_is_reported_in_its_place_and_never_worked_on() -> None:
    refusal = SkippedEntry(path="b", reason=SkipReason.OTHER_VOLUME, detail="", is_folder=True)
    agenda = Agenda(refuse=lambda path: refusal if path == "b" else None, at_once=3, steps_ahead=9)
    root = agenda.head()
    assert root is not None
    agenda.settle(root, answer("", ["a", "b", "c"], rest=("x", "y", "z", "zz")))
    agenda.advance()

    first = [agenda.next_step() for _ in range(5)]

    assert [(step.path, step.names) for step in first if step] == [
        ("", ["x", "y", "z"]),
        ("", ["zz"]),
        ("a", None),
        ("c", None),
    ]
