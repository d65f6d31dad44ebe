"""What stands beside a rule in a table must not be lost: a period alone may be shorter than the row means."""

from dataclasses import replace
from datetime import date

import pytest

from rules import (
    ClassState,
    Cues,
    DisposalAction,
    DisposalClass,
    ImportDefaults,
    ImportedSchedule,
    appraise,
    parse_rule,
)
from tests.unit.rules.importing.importing import imported, only_class
from tests.unit.rules.importing.rulings import File, Told

DESTROYING = ImportDefaults(default_action=DisposalAction.DESTROY)
HEAD = "Ref,Title,Retention period,Notes\n"


def first(table: str) -> DisposalClass:
    return imported(table.encode(), defaults=DESTROYING, form="statements").schedule.classes[0]


def result_of(table: str) -> ImportedSchedule:
    return imported(table.encode(), defaults=DESTROYING, form="statements")


@pytest.mark.parametrize(
    "action",
    [
        "keep permanently",
        "Permanent",
        "Do not destroy",
        "Not to be destroyed",
        "Retain",
        "Keep",
        "HOLD",
        "Never",
        "None",
        "n/a",
        "Return to the depositor",
        "Permanent if historic",
    ],
)
def test_the_default_destroys_nothing_whose_row_says_otherwise(action: str) -> None:
    entry = first(f"Ref,Title,Retention period,Trigger,Action\n1,Files,6 years,closure,{action}\n")

    assert entry.action is DisposalAction.REVIEW


@pytest.mark.parametrize("action", ["", "-"])
def test_the_default_applies_where_no_action_is_stated(action: str) -> None:
    entry = first(f"Ref,Title,Retention period,Trigger,Action\n1,Files,6 years,closure,{action}\n")

    assert entry.action is DisposalAction.DESTROY
    assert "no action is stated: assumed to be destroy" in entry.notes


@pytest.mark.parametrize(
    "action",
    [
        "Destroy (permanent if historic)",
        "Permanent if historic",
        '"Permanent if historic, otherwise destroy"',
        '"Destroy, keep if historic"',
    ],
)
def test_no_answer_about_history_destroys_the_historic(action: str) -> None:
    schedule = result_of(f"Ref,Title,Retention period,Trigger,Action\n1,Files,6 years,closure,{action}\n").schedule
    entry = replace(schedule.classes[0], cues=Cues(folders=("tree files",)))
    cued = replace(schedule, classes=(entry, *schedule.classes[1:]))
    facts = File(path="tree files/a.txt")
    closed = (Told(trigger="case_closed", on=date(2001, 1, 1)),)

    unknown = appraise(cued, facts, events=closed, answers={})
    historic = appraise(cued, facts, events=closed, answers={"historic": True})

    assert [question.words for question in unknown.asked] == ["Is it so: historic?"]
    assert unknown.due is not None
    assert unknown.due.latest is None
    assert historic.action is DisposalAction.RETAIN_PERMANENTLY
    assert historic.due is None


@pytest.mark.parametrize(
    "row",
    [
        "1,Files,6 years after closure, unless a claim is pending",
        "1,Files,6 years after closure,12 if deed",
        "1,Files,6 years after closure,or later",
    ],
)
@pytest.mark.parametrize("header", ["Ref,Title,Retention period", "Ref,Title,Retention period,"])
def test_a_comma_without_quotation_marks_does_not_shorten_a_rule(header: str, row: str) -> None:
    result = result_of(f"{header}\n{row}\n2,Others,Permanent\n")

    entry = result.schedule.classes[0]
    assert (entry.state, entry.action) == (ClassState.DESCRIPTIVE, DisposalAction.REVIEW)
    assert "row 2: it has more cells than there are headings" in " ".join(result.findings)
    assert result.schedule.classes[1].state is ClassState.PERMANENT


@pytest.mark.parametrize(
    "row", [",,or 25 years from date of birth if a child,", ",,Keep permanently if historic,", ",,,HOLD"]
)
def test_a_row_that_goes_on_with_the_one_above_is_no_rule_and_shortens_none(row: str) -> None:
    result = result_of(f"{HEAD}1,Files,6 years after closure,\n{row}\n2,Others,6 years after closure,\n")

    files, others, _default = result.schedule.classes
    assert files.state is ClassState.DESCRIPTIVE
    assert "its rule goes on in row 3" in files.notes
    assert row.strip(",") in files.as_written
    assert others.state is ClassState.NEEDS_EVENT
    assert [(one.where, one.class_id, one.state) for one in result.rows][1] == ("row 3", "", None)


def test_a_hold_in_a_row_that_goes_on_is_named() -> None:
    result = result_of(f"{HEAD}1,Files,6 years after closure,\n,,,Do not destroy\n")

    assert [hold.title for hold in result.holds] == ["Do not destroy"]


def test_a_heading_within_a_table_says_nothing_of_the_rule_above() -> None:
    result = result_of(
        "Function,Title,Retention period\nParks,Trees,6 years after closure\nRoads,,\n,Signs,Permanent\n"
    )

    trees, signs, _default = result.schedule.classes
    assert (trees.state, signs.state) == (ClassState.NEEDS_EVENT, ClassState.PERMANENT)
    assert result.rows[1].notes == ("it names a function and no records",)


@pytest.mark.parametrize("other", ["Minimum retention period", "Total retention", "Period"])
def test_of_two_periods_in_two_columns_neither_is_chosen(other: str) -> None:
    table = f"Ref,Title,{other},Retention period\n1,Files,2 years after closure,10 years after closure\n"

    entry = first(table)

    assert entry.state is ClassState.DESCRIPTIVE
    assert "'2 years after closure' and, under Retention period, '10 years after closure'" in entry.notes


def test_the_same_period_in_two_columns_is_one() -> None:
    table = "Ref,Title,Period,Retention period\n1,Files,6 years after closure,6 Years after closure\n"

    assert first(table).state is ClassState.NEEDS_EVENT


@pytest.mark.parametrize(
    "note",
    [
        "12 years if under seal",
        "12 if deed",
        "Permanent for children",
        "permanent if historic",
        "unless a claim is pending",
        "Except adoption files",
        "retain six (5) years",
        "a further 4 years off site",
        "Contracts by deed",
        "Keep until the audit is over",
        "longer where litigation is likely",
    ],
)
def test_a_note_that_lengthens_is_heeded(note: str) -> None:
    as_note = first(f"{HEAD}1,Files,6 years after closure,{note}\n")
    as_column = first(f"Ref,Title,Retention period,Exceptions\n1,Files,6 years after closure,{note}\n")

    assert as_note.state is as_column.state is ClassState.DESCRIPTIVE
    assert f"its notes may change its period: '{note}'" in as_note.notes
    assert f"its column Exceptions may change its period: '{note}'" in as_column.notes


@pytest.mark.parametrize(
    "note",
    ["DO NOT DESTROY until the Inquiry has given permission", "HOLD", "on hold", "Not for disposal", "Legal hold"],
)
def test_a_hold_in_a_note_is_named_and_the_rule_waits(note: str) -> None:
    result = result_of(f"{HEAD}1,Files,6 years after closure,{note}\n")

    assert [hold.title for hold in result.holds] == [note]
    assert result.schedule.classes[0].state is ClassState.DESCRIPTIVE


@pytest.mark.parametrize(
    "note", ["Held by the service", "Limitation Act 1980, section 29(3)", "6 years by the Act", "No", "Checked in 2021"]
)
def test_a_note_that_says_nothing_new_changes_nothing(note: str) -> None:
    entry = first(f'{HEAD}1,Files,6 years after closure,"{note}"\n')

    assert (entry.state, entry.action) == (ClassState.NEEDS_EVENT, DisposalAction.DESTROY)


@pytest.mark.parametrize(
    "title",
    ["Contracts under seal", "Minutes - PERMANENT", "Files (12 years for deeds)", "Files (HOLD)", "Files except deeds"],
)
def test_a_title_that_speaks_of_a_longer_time_is_heeded(title: str) -> None:
    assert first(f"{HEAD}1,{title},6 years after closure,\n").state is ClassState.DESCRIPTIVE


@pytest.mark.parametrize(
    "title", ["Children under 5 years", "Permanent exclusions", "Suspended pupils", "Exception reports"]
)
def test_a_title_that_only_names_records_changes_nothing(title: str) -> None:
    assert first(f"{HEAD}1,{title},6 years after closure,\n").state is ClassState.NEEDS_EVENT


def test_a_sealed_contract_that_is_kept_as_one_is_computed() -> None:
    assert first(f"{HEAD}1,Contracts under seal,12 years after end of contract,\n").state is ClassState.NEEDS_EVENT


def test_a_page_with_a_hold_in_its_notes_is_heeded() -> None:
    page = b"Trees\n- Retention period: 6 years from case closed\n- Notes: Do not destroy while the Inquiry sits\n"

    assert only_class(page).state is ClassState.DESCRIPTIVE


def test_what_is_permanent_stays_permanent_whatever_is_noted() -> None:
    assert first(f"{HEAD}1,Files,Permanent,12 years if under seal\n").state is ClassState.PERMANENT
    assert parse_rule("Permanent").state is ClassState.PERMANENT


def test_a_number_under_a_heading_of_years_is_a_period() -> None:
    head = "Ref,Title,Retention period,Minimum years\n"

    assert first(f"{head}1,Files,6 years after closure,12\n").state is ClassState.DESCRIPTIVE
    assert first(f"{head}1,Files,6 years after closure,6\n").state is ClassState.NEEDS_EVENT


def test_what_stands_beside_a_reference_to_another_rule_is_heeded() -> None:
    table = "Ref,Title,Retention period,Action,Notes\n1,A,6 years after closure,Destroy,\n2,B,As for A,{}\n"

    noted = result_of(table.format(",12 years if deed")).schedule.classes[1]
    forbidden = result_of(table.format("Do not destroy,")).schedule.classes[1]
    plain = result_of(table.format(",")).schedule.classes[1]

    assert noted.state is ClassState.DESCRIPTIVE
    assert forbidden.action is DisposalAction.REVIEW
    assert (plain.state, plain.action) == (ClassState.NEEDS_EVENT, DisposalAction.DESTROY)
