import pytest

from rules import ClassState, DisposalAction, ImportDefaults, Level, Period, Trigger
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import VITAM_HEAD, vitam

BIRTH = (
    'A-1,AppraisalRule,Cantine,"Menus\nL\N{RIGHT SINGLE QUOTATION MARK}échéance est calculée à partir de la date de '
    'naissance de l\N{RIGHT SINGLE QUOTATION MARK}agent",80,Year'
)


def test_an_appraisal_rule_becomes_a_class_that_a_person_reviews() -> None:
    entry = only_class(vitam(BIRTH))

    assert (entry.id, entry.title, entry.level) == ("A-1", "Cantine", Level.CASE)
    assert entry.main_clock.trigger is Trigger.DATE_OF_BIRTH
    assert entry.main_clock.period == Period(years=80)
    assert entry.action is DisposalAction.REVIEW
    assert entry.as_written.startswith("80 Year. Menus")


@pytest.mark.parametrize(
    ("start", "key"),
    [
        ("la date de clôture du dossier", "case_closed"),
        ("la clôture du dossier", "case_closed"),
        ("la date de notification du marché au titulaire", "contract_award"),
        ("la date du document", "record_date"),
        ("la date de décès", "date_of_death"),
        ("la date de naissance de l'agent ou du décès", "named_event:la date de naissance de l'agent ou du décès"),
        ("la levée des réserves", "named_event:la levée des réserves"),
    ],
)
def test_a_start_is_known_whole_or_stays_in_its_own_words(start: str, key: str) -> None:
    entry = only_class(vitam(f"A-1,AppraisalRule,Cantine,Échéance à partir de {start}.,5,Month"))

    assert entry.main_clock.event_key == key
    assert entry.main_clock.period == Period(months=5)


def test_a_rule_without_a_start_is_descriptive_unless_the_import_is_told() -> None:
    table = vitam("A-1,AppraisalRule,Cantine,Menus,10,Day")

    assert only_class(table).state is ClassState.DESCRIPTIVE
    told = ImportDefaults(default_start=Trigger.RECORD_DATE, default_action=DisposalAction.DESTROY)
    entry = only_class(table, defaults=told)
    assert (entry.state, entry.action) == (ClassState.COMPUTABLE, DisposalAction.DESTROY)
    assert "assumed to be record date" in entry.notes
    assert "assumed to be destroy" in entry.notes


def test_unlimited_is_permanent_in_any_case() -> None:
    assert only_class(vitam("A-1,AppraisalRule,Cantine,Menus,unLimiTEd,YEAR")).state is ClassState.PERMANENT


def test_rules_of_other_kinds_are_told_and_a_hold_is_named_not_placed() -> None:
    result = imported(vitam(BIRTH, "C-1,AccessRule,Secret,,25,Year", "H-1,HoldRule,Enquête,Une enquête,,"))

    assert result.states == {"needs_event": 1, "other": 2}
    assert result.rows[1].notes == ("C-1: a rule of access: from when it may be read; not imported",)
    (hold,) = result.holds
    assert (hold.id, hold.title, hold.scope) == ("HOLD-1", "H-1 Enquête", "Une enquête")
    assert result.schedule.standing_holds == (hold,)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("A-1,AppraisalRule,x,y,90000,YEAR", "row 2: '90000' is no RuleDuration"),
        ("A-1,AppraisalRule,x,y,600000,DAY", "row 2: '600000' is no RuleDuration"),
        ("A-1,AppraisalRule,x,y,-80,YEAR", "row 2: '-80' is no RuleDuration"),
        ("A-1,AppraisalRule,x,y,UNKNOWN,YEAR", "row 2: 'UNKNOWN' is no RuleDuration"),
        ("A-1,AppraisalRule,x,y,8,DECADE", "row 2: 'DECADE' is no RuleMeasurement"),
        ("A-1,OddRule,x,y,8,YEAR", "row 2: 'OddRule' is no RuleType"),
        ("A-1,,AppraisalRule,x,y,8,YEAR", "row 2: 7 cells stand under 6 headings"),
        ("A-1,AppraisalRule,x,8,YEAR", "row 2: 5 cells stand under 6 headings"),
        (",AppraisalRule,x,y,8,YEAR", "row 2: there is no RuleId"),
        ("H-1,HoldRule,x,y,9,", "row 2: '' is no RuleMeasurement"),
        ("H-1,HoldRule,x,y,,YEAR", "row 2: '' is no RuleDuration"),
        ("", "row 2: 0 cells stand under 6 headings"),
    ],
)
def test_what_vitam_itself_refuses_is_refused_with_row_and_column(row: str, what: str) -> None:
    assert what in refused(vitam(row, "Z-1,AppraisalRule,x,y,8,YEAR"))


def test_every_fault_is_told_at_once() -> None:
    message = refused(vitam("A-1,OddRule,x,y,8,YEAR", "A-1,AppraisalRule,x,y,-8,YEAR"))

    assert "row 2: 'OddRule'" in message
    assert "row 3: the RuleId 'A-1' is written twice, first in row 2" in message
    assert "row 3: '-8' is no RuleDuration" in message


def test_a_missing_column_is_named() -> None:
    table = vitam(BIRTH).decode().replace(VITAM_HEAD, "RuleId,RuleValue,RuleDescription,RuleDuration,RuleMeasurement")

    assert "row 1: the column 'RuleType' is missing" in refused(table.encode())
