"""Tables that say the period, its start and the action in columns of their own."""

import pytest

from rules import ClassState, DisposalAction, InstructionKind, OnRefusal, PeriodKind, Trigger, parse_rule, term_in_words
from tests.unit.rules.phrases.telling import told

COLUMNS = [
    ("6 years", "Closure of complaint", "Secure disposal", "6 years after case closed [destroy]"),
    ("7 years", "End of financial year", "", "7 years after the end of the financial year of record date"),
    ("7 years", "Current year", "", "7 years after the end of the financial year of record date"),
    ("7 years", "Current financial year", "", "7 years after the end of the financial year of record date"),
    ("Current year plus 3", "Creation", "Shred", "3 years after the end of the financial year of created [destroy]"),
    ("3 years plus current", "Date of receipt", "", "3 years after the end of the financial year of received"),
    ("Until superseded", "Creation", "", "at superseded"),
    ("Until the child is 25", "Creation", "", "25 years after date of birth"),
    ("6 years after closure", "Creation", "Destroy", "6 years after case closed [destroy]"),
    ("6 years", "Last contact or death", "", "the later of: 6 years after last contact; 6 years after date of death"),
    ("Years 2 Months 6", "Date of last contact", "", "2 years and 6 months after last contact"),
    ("6 years", "Closure", "Review after 6 years", "6 years after case closed [review]"),
    ("6 years", "Closure", "Secure disposal; review before disposal", "6 years after case closed [review]"),
    ("Permanent", "Creation", "Offer to archives", "permanent [transfer]"),
    ("Permanent", "Creation", "Preserve", "permanent [retain_permanently]"),
    ("6 years", "n/a", "-", "6 years after start that the rule does not state"),
    (
        "15 years",
        "Flood of 2007 at the latest",
        "",
        "refused: the start is not understood: 'Flood of 2007 at the latest'",
    ),
]


@pytest.mark.parametrize(("retention", "keep_from", "action", "expected"), COLUMNS)
def test_the_columns_of_a_table_come_to_one_rule(retention: str, keep_from: str, action: str, expected: str) -> None:
    assert told(parse_rule(retention, keep_from=keep_from, action=action)) == expected


@pytest.mark.parametrize(
    ("retention", "keep_from", "action"),
    [
        ("6 years after closure", "Date of birth", "Destroy"),  # two starts
        ("6 years", "Closure", "Destroy after 2 years"),  # two periods
        ("Permanent", "Creation", "Destroy"),  # never and at last
        ("6 years", "Closure", "Destroy unless wanted for 10 years"),  # a period in a condition
        ("6 years", "Closure", "As for the parent file"),  # another rule
        ("", "Closure", "Destroy"),  # no period
    ],
)
def test_columns_that_contradict_each_other_are_left_to_a_person(retention: str, keep_from: str, action: str) -> None:
    rule = parse_rule(retention, keep_from=keep_from, action=action)

    assert rule.state is ClassState.DESCRIPTIVE
    assert rule.refused
    assert rule.term is None


def test_a_period_after_death_runs_from_the_second_start_of_the_column() -> None:
    rule = parse_rule(
        "80 years or twenty years if deceased before the age of 18", keep_from="Date of birth or date of death"
    )

    assert rule.term is not None
    assert term_in_words(rule.term) == "80 years after date of birth"
    assert rule.clauses[0].clock is not None
    assert term_in_words(rule.clauses[0].clock) == "20 years after date of death"


def test_what_the_engine_cannot_do_is_an_instruction_and_no_destruction() -> None:
    returned = parse_rule("2 years", keep_from="Closure", action="Return to the depositor")
    anonymised = parse_rule("anonymise after 3 years; delete after 9 years", keep_from="Closure")

    assert returned.action is None
    assert [one.kind for one in returned.instructions] == [InstructionKind.RETURN]
    assert anonymised.action is DisposalAction.DESTROY
    assert [(one.kind, str(one.after)) for one in anonymised.instructions] == [(InstructionKind.ANONYMISE, "P3Y")]
    assert anonymised.term is not None
    assert term_in_words(anonymised.term) == "9 years after case closed"


def test_records_that_the_archive_rejects_are_kept_unless_the_rule_says_destroy() -> None:
    silent = parse_rule("20 years after closure, then offer to the county archives")
    told_so = parse_rule("20 years after closure, then offer to the county archives. If not accepted, destroy")

    assert silent.action is told_so.action is DisposalAction.TRANSFER
    assert silent.on_refusal is OnRefusal.KEEP
    assert told_so.on_refusal is OnRefusal.DESTROY


def test_an_offer_without_a_period_keeps_the_record_until_it_is_offered() -> None:
    rule = parse_rule("Offer to the county record office")

    assert (rule.state, rule.term, rule.action) == (ClassState.PERMANENT, None, DisposalAction.TRANSFER)


def test_a_hold_is_told_apart_and_is_no_part_of_the_rule() -> None:
    rule = parse_rule("Do not destroy until the Inquiry has given permission. Thereafter: 7 years after closure")

    assert rule.holds == ("Do not destroy until the Inquiry has given permission",)
    assert rule.term is not None
    assert term_in_words(rule.term) == "7 years after case closed"


def test_another_rule_is_named_for_the_importer_to_find() -> None:
    rule = parse_rule("As for foster carers")

    assert (rule.state, rule.as_rule_words) == (ClassState.DESCRIPTIVE, "foster carers")


def test_whose_event_it_is_stays_with_the_clock() -> None:
    rule = parse_rule("100 years from the date of birth of the alleged perpetrator")

    assert rule.term is not None
    assert "date of birth of the alleged perpetrator" in str(rule.term)


def test_two_closings_are_not_settled_by_one_answer() -> None:
    rule = parse_rule("6 years after closure of the complaint or closure of the enquiry, whichever is later")

    assert "subject='closure of the complaint'" in str(rule.term)
    assert f"trigger={Trigger.NAMED_EVENT!r}" in str(rule.term)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("6 years after closure", PeriodKind.MINIMUM),
        ("at least 6 years after closure", PeriodKind.MINIMUM),
        ("6 years minimum", PeriodKind.MINIMUM),
        ("within 6 years of closure", PeriodKind.MAXIMUM),
        ("no longer than 6 years after closure", PeriodKind.MAXIMUM),
        ("D<1", PeriodKind.MAXIMUM),
        ("must be destroyed 6 years after closure", PeriodKind.EXACT),
        ("Various", PeriodKind.GUIDANCE),
    ],
)
def test_permission_deadline_and_duty_are_told_apart(statement: str, kind: PeriodKind) -> None:
    assert parse_rule(statement).period_kind is kind


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("Six (5) years after closure", "number in words and in figures differ: six (5)"),
        ("six years after closure", "number in words: six"),
        ("ACTION+90: destroy 80 years after last action", "the code and the text disagree"),
        ("Permanent, destroy after 6 years", "permanent and a period at once"),
        ("6 years", "it does not say from when the period runs"),
        ("6 years after the end of the year", "it does not say which year is meant"),
        ("5 working days after receipt", "5 working days are taken as 13 days"),
        ("30 hours after creation", "30 hours are rounded up to 3 whole days"),
        ("current year plus 6", "read as the current financial year"),
    ],
)
def test_doubts_and_defects_are_told_not_smoothed(statement: str, finding: str) -> None:
    assert any(finding in one for one in parse_rule(statement).findings)


def test_two_conditions_are_never_answered_as_one() -> None:
    long = "the council has been told in writing by the family or by the hospital that "
    rule = parse_rule(f"6 years after closure unless {long} A. Kept for longer if {long} B")

    assert len(rule.clauses) == 2
    assert len({clause.fact for clause in rule.clauses}) == 2
    assert all(len(clause.fact) <= 60 for clause in rule.clauses)


def test_a_step_that_comes_after_the_destruction_is_not_believed() -> None:
    rule = parse_rule("Review 10 years after closure, destroy 6 years after closure")

    assert rule.state is ClassState.DESCRIPTIVE
