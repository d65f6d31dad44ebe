"""The examples that a schedule carries: they must come out as they say, and be able to fail."""

from datetime import date

import pytest

from rules import Outcome, parse_schedule, run_examples, shipped_schedule
from tests.unit.rules.schedules import a_class, a_schedule


def faults_of(*lines: str, others: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    entry = a_class("FIN-01", "    examples:", *(f"      - {line}" for line in lines), folders="[invoices paid]")
    return [one.faults for one in run_examples(parse_schedule(a_schedule(entry, *others), name="a.yaml"))]


def test_every_class_of_the_shipped_schedule_has_five_examples_some_of_what_it_is_not() -> None:
    for entry in shipped_schedule().classes:
        assert len(entry.examples) >= 5, entry.id
        others = [one for one in entry.examples if one.expected != entry.id]
        assert others, entry.id


def test_every_example_of_the_shipped_schedule_comes_out_as_it_says() -> None:
    failed = [one for one in run_examples(shipped_schedule()) if one.faults]

    assert failed == []


def test_an_example_that_comes_out_as_it_says_has_no_fault() -> None:
    assert faults_of(
        "{path: Invoices paid/2009-10/a.pdf, due: 2016-03-31}",
        "{path: Invoices paid/a.pdf, settles: no}",
        "{path: Invoices paid/a.pdf, modified_on: 2009-05-01, due: 2016-03-31, settles: yes}",
        "{path: Cats/a.pdf, class: none}",
        "{path: Cats/a.pdf, is_not: FIN-01}",
    ) == [(), (), (), (), ()]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{path: Cats/a.pdf}", "expected FIN-01, found none"),
        ("{path: Invoices paid/a.pdf, class: none}", "expected none, found FIN-01"),
        ("{path: Invoices paid/a.pdf, is_not: FIN-01}", "found FIN-01, which it must not be"),
        ("{path: Invoices paid/2009-10/a.pdf, due: 2015-03-31}", "expected to be due by 2015-03-31, found 2016-03-31"),
        ("{path: Invoices paid/a.pdf, due: 2015-03-31}", "expected to be due by 2015-03-31, found not settled"),
        ("{path: Invoices paid/a.pdf, settles: yes}", "expected its date to be settled, and it is not"),
        (
            "{path: Invoices paid/2009-10/a.pdf, settles: no}",
            "expected that a person must be asked, and it is due by 2016-03-31",
        ),
    ],
)
def test_an_example_that_comes_out_otherwise_says_how(line: str, told: str) -> None:
    assert faults_of(line) == [(told,)]


def test_two_classes_that_fit_are_a_conflict_which_an_example_can_expect() -> None:
    rival = a_class("LEG-01", folders="[claims made]")

    assert faults_of("{path: Invoices paid and claims made/a.pdf, class: conflict}", others=(rival,)) == [()]
    assert Outcome.CONFLICT.value == "conflict"


def test_examples_are_no_rules_so_they_do_not_make_another_version() -> None:
    bare = parse_schedule(a_schedule(a_class("FIN-01")), name="a.yaml")
    tested = parse_schedule(a_schedule(a_class("FIN-01", "    examples: [{path: a}]")), name="a.yaml")

    assert tested.classes[1].examples != ()
    assert bare.schedule_version == tested.schedule_version


def test_without_a_time_of_writing_an_example_is_dated_by_nothing() -> None:
    entry = a_class("FIN-01", "    examples: [{path: Invoices paid/a.pdf}]", folders="[invoices paid]")
    (result,) = run_examples(parse_schedule(a_schedule(entry), name="a.yaml"))

    assert result.faults == ()
    assert date.max.isoformat() not in " ".join(result.reasons)
