"""A migration leaves thousands of files with one day of writing: such days prove nothing."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from rules.dates.copying import NO_COPYINGS, Copyings, migrated_days, trees_of

MOVED = 16_228  # 2014-06-07
Drive = list[tuple[str, int]]


def copyings(drive: Drive) -> Copyings:
    return migrated_days(lambda: drive)


def a_tree(name: str, files: int, *, day: int = MOVED, step: int = 0, folders: int = 10) -> Drive:
    return [(f"{name}/Team {number % folders}/Case/{number}.doc", day + step * number) for number in range(files)]


def test_a_tree_that_was_written_on_one_day_was_copied_and_says_how_many_files() -> None:
    found = copyings(a_tree("Old share", 1204))

    assert found.why("Old share/Team 11/x.doc", MOVED) == (
        "1,204 files of 'Old share' were last written on 2014-06-07: taken for a copying"
    )


def test_another_day_in_a_copied_tree_keeps_its_force() -> None:
    assert copyings(a_tree("Old share", 1204)).why("Old share/Team 1/x.doc", MOVED + 1) == ""


def test_a_tree_beside_the_copied_one_keeps_its_times() -> None:
    found = copyings(a_tree("Old share", 200) + a_tree("New share", 1000, step=1))

    assert found.why("Old share/Team 1/x.doc", MOVED)
    assert found.why("New share/Team 0/Case/0.doc", MOVED) == ""


def test_a_team_that_was_copied_into_a_living_share_is_found_inside_it() -> None:
    copied = [(f"Share/Planning/Case {number % 7}/{number}.doc", MOVED) for number in range(120)]

    found = copyings(copied + a_tree("Share", 5_000, step=1))

    assert "120 files of 'Share/Planning'" in found.why("Share/Planning/Case 1/x.doc", MOVED)
    assert found.why("Share/Team 0/Case/0.doc", MOVED) == ""


def test_a_days_output_in_one_folder_is_no_copying() -> None:
    payslips = [(f"Payroll/2014-06/payslip {number}.pdf", MOVED) for number in range(500)]

    assert copyings(payslips).why("Payroll/2014-06/payslip 1.pdf", MOVED) == ""


def test_few_files_or_a_minority_of_them_are_no_copying() -> None:
    assert copyings(a_tree("A", 99)) == NO_COPYINGS
    assert copyings(a_tree("A", 100, folders=5)).why("A/x.doc", MOVED)
    assert copyings(a_tree("A", 100, folders=4)) == NO_COPYINGS
    assert copyings(a_tree("A", 100) + a_tree("A", 100, day=MOVED + 9, step=3)).why("A/x.doc", MOVED) == ""


def test_files_in_no_folder_belong_to_no_tree() -> None:
    assert copyings([(f"{number}.doc", MOVED) for number in range(500)]) == NO_COPYINGS


def test_the_trees_of_a_file_go_down_to_the_third_folder() -> None:
    assert list(trees_of("a/b/c/d/e.doc")) == ["a", "a/b", "a/b/c"]
    assert list(trees_of("a/e.doc")) == ["a"]
    assert list(trees_of("e.doc")) == []


@given(st.permutations([0] * 60 + [1] * 59 + [2] * 50))
def test_a_day_that_more_than_half_have_is_found_in_any_order_and_no_other(days: list[int]) -> None:
    days = [0 if day == 2 else day for day in days]
    drive = [(f"A/{number % 9}/f", day) for number, day in enumerate(days)]

    (found,) = copyings(drive).by_tree.values()

    assert found == (0, Counter(days)[0])
