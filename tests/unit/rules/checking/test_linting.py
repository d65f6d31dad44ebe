"""Advice on a schedule: what a careful colleague would see before it decides about anybody's records."""

from datetime import date

import pytest

from rules import Advice, Weight, lint_schedule, parse_schedule, places_in, shipped_schedule, shipped_schedule_text
from tests.unit.rules.schedules import a_class, a_schedule

TODAY = date(2026, 11, 21)


def advice_on(*classes: str, head: str = "", as_of: date = TODAY) -> tuple[Advice, ...]:
    text = a_schedule(*classes)
    text = text.replace("schedule:\n", f"schedule:\n{head}", 1)
    return lint_schedule(parse_schedule(text, name="a.yaml"), as_of=as_of, places=places_in(text))


def warnings_on(*classes: str, head: str = "") -> list[str]:
    return [one.what for one in advice_on(*classes, head=head) if one.weight is Weight.WARNING]


def test_the_shipped_schedule_gives_no_cause_for_advice() -> None:
    text = shipped_schedule_text()

    assert lint_schedule(shipped_schedule(), as_of=TODAY, places=places_in(text)) == ()


def test_an_expired_schedule_is_told_because_nothing_may_be_destroyed_under_it() -> None:
    head = "  valid_to: 2021-11-30\n"

    (found,) = (one for one in advice_on(head=head) if "expired" in one.what)

    assert (found.weight, found.place.line) == (Weight.WARNING, 2)
    assert not any("expired" in one.what for one in advice_on(head=head, as_of=date(2021, 11, 30)))


@pytest.mark.parametrize(
    ("authority", "told"),
    [
        ("Civil Contingencies Act 2044", "has not come"),
        ("Limitation Act 1981 s.5", "no Limitation Act of 1981"),
        ("Local Government Act 1971", "no Local Government Act of 1971"),
        ("Data Protection Act 1998", "was replaced"),
        ("Fostering Services Regulations 2002 and others", "was replaced"),
        ("Value Added Tax Act 1984 Sch 11", "no Value Added Tax Act of 1984"),
    ],
)
def test_a_statute_cited_by_a_wrong_year_is_told(authority: str, told: str) -> None:
    entry = a_class("FIN-01", folders="[invoice*]").replace("Limitation Act 1980", authority)

    assert any(told in what for what in warnings_on(entry))


@pytest.mark.parametrize(
    "authority",
    [
        "Limitation Act 1980 ss.5 and 11",
        "Local Government Act 1972 ss.100C-100D",
        "Data Protection Act 1998, for older records",
        "Some Unheard-of Act 1066",
        "Local Authorities (Executive Arrangements) (Meetings and Access to Information) (England) Regulations 2012",
        "Public Contracts Regulations 2015 reg 84 for older procurements",
        "business need",
    ],
)
def test_a_right_or_an_unknown_citation_is_left_alone(authority: str) -> None:
    entry = a_class("FIN-01", folders="[invoice*]").replace("Limitation Act 1980", f'"{authority}"')

    assert warnings_on(entry) == []


def test_a_statutory_basis_without_a_statute_is_told() -> None:
    entry = a_class("FIN-01", "    basis: statute", folders="[invoice*]")
    entry = entry.replace("period_kind: limitation", "period_kind: minimum").replace("Limitation Act 1980", "custom")

    assert "FIN-01 rests on statute and cites none" in warnings_on(entry)


def test_a_cue_that_two_classes_share_is_told_because_it_always_ends_in_conflict() -> None:
    found = warnings_on(a_class("FIN-01", names='["invoice[s]"]'), a_class("LEG-01", names="[claims, invoice]"))

    assert found == ["FIN-01 and LEG-01 both have the cue 'invoice' in 'names'"]


def test_a_cue_that_its_own_exclusion_silences_is_told() -> None:
    entry = a_class("FIN-01", "    except: [flood risk]", names="[flood risk assessment, invoice]")

    (found,) = warnings_on(entry)

    assert "'flood risk assessment'" in found
    assert "can never speak" in found


def test_a_generic_cue_that_decides_nothing_alone_is_no_silent_one() -> None:
    assert warnings_on(a_class("FIN-01", folders="[finance, papers]")) == []


def test_a_later_of_that_changes_nothing_is_told_and_one_with_another_start_is_not() -> None:
    clause = (
        '    clauses: [{{when: w, fact: a_fact, combine: later, clock: {{trigger: record_date, subject: "{}",'
        " period: P6Y, cutoff: financial_year}}}}]"
    )
    same = a_class("FIN-01", clause.format(""), folders="[invoice*]")
    other = a_class("FIN-02", clause.format("date of the appeal"), folders="[appeals]")

    assert warnings_on(same) == ["FIN-01: 'later of' 6 years changes nothing beside 6 years"]
    assert warnings_on(other) == []


def test_two_events_under_one_key_are_told_because_one_answer_would_start_both() -> None:
    clause = (
        '    clauses: [{when: w, fact: a_fact, combine: later, clock: {trigger: decision_date, subject: "the appeal",'
        " period: P9Y}}]"
    )
    clock = "{trigger: decision_date, subject: the decision, period: P6Y}"

    (found,) = warnings_on(a_class("FIN-01", clause, clock=clock, folders="[invoice*]"))

    assert found == "FIN-01 means different events by decision date: the appeal; the decision"


def test_a_code_and_a_text_that_disagree_are_told() -> None:
    entry = a_class("FIN-01", "    as_written: 'ACTION+100: Destroy 75 years after last action'", folders="[invoice*]")

    (found,) = warnings_on(entry)

    assert "ACTION+100" in found
    assert "6 years" in found


def test_numbers_in_words_are_told_because_people_misread_them() -> None:
    entry = a_class("FIN-01", "    as_written: Six years (6)", folders="[invoice*]")

    assert any("numbers in words (six)" in one.what for one in advice_on(entry))


def test_a_must_destroy_that_may_be_kept_longer_is_told() -> None:
    clock = "{trigger: record_date, subject: s, period: P1Y, period_max: P2Y}"
    entry = a_class("ELE-01", clock=clock, folders="[ballot]").replace("period_kind: limitation", "period_kind: exact")

    assert any("must be destroyed at the end and yet may be kept longer" in what for what in warnings_on(entry))


def test_advice_names_the_line_of_the_key_it_is_about() -> None:
    entry = a_class("FIN-01", folders="[invoice*]").replace("Limitation Act 1980", "Limitation Act 2089")
    text = a_schedule(entry)

    (found,) = (one for one in advice_on(entry) if "has not come" in one.what)

    assert text.splitlines()[found.place.line - 1].strip().startswith("authority:")
    assert text.splitlines()[found.place.line - 1 - 7].strip() == "- id: FIN-01"


def test_classes_without_cues_or_examples_are_told() -> None:
    found = [one.what for one in advice_on(a_class("FIN-01"))]

    assert "1 classes have no cues (FIN-01): no file is ever classified there by itself" in found
    assert "FIN-01 has 0 examples" in found
