import pytest

from rules import Basis, ClassState, DisposalAction, ImportDefaults, Period, PersonalData, Trigger
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import esd


def row(
    start: str = "End of the tenancy", years: str = "6", months: str = "0", until: str = "", keep: str = "No"
) -> str:
    return f"90,Housing,Advice,Who asked,No,Yes,Yes,Limitation Act 1980,{keep},{start},{years},{months},{until},urn:90"


def test_a_row_becomes_a_class_and_its_own_words_are_kept() -> None:
    result = imported(esd(row()))

    entry = result.schedule.classes[0]
    assert (entry.id, entry.title, entry.function, entry.uri) == ("90", "Advice", "Housing", "urn:90")
    assert (entry.main_clock.trigger, entry.main_clock.period) == (Trigger.CONTRACT_END, Period(years=6))
    assert (entry.basis, entry.personal_data) == (Basis.STATUTE, PersonalData.PERSONAL)
    assert "Start Event: End of the tenancy" in entry.as_written
    assert entry.action is DisposalAction.REVIEW
    assert result.rows[0].notes == ("no action is stated: a person reviews it at the end",)


def test_an_action_is_assumed_only_when_the_import_is_told() -> None:
    entry = only_class(esd(row()), defaults=ImportDefaults(default_action=DisposalAction.DESTROY))

    assert entry.action is DisposalAction.DESTROY
    assert "no action is stated: assumed to be destroy" in entry.notes


@pytest.mark.parametrize("action", [DisposalAction.RETAIN_ON_HOLD, DisposalAction.RETAIN_PERMANENTLY])
def test_what_is_no_end_of_a_period_is_not_assumed(action: DisposalAction) -> None:
    assert only_class(esd(row()), defaults=ImportDefaults(default_action=action)).action is DisposalAction.REVIEW


@pytest.mark.parametrize(
    ("years", "months", "period"),
    [
        ("6", "0", Period(years=6)),
        ("0", "6", Period(months=6)),
        ("", "6", Period(months=6)),
        ("1", "6", Period(years=1, months=6)),
        ("0", "0", Period()),
    ],
)
def test_years_and_months_are_one_period(years: str, months: str, period: Period) -> None:
    assert only_class(esd(row("Date case closed", years, months))).main_clock.period == period


@pytest.mark.parametrize(("years", "keep"), [("Permanent", "No"), ("6", "Yes")])
def test_permanent_is_said_in_either_column(years: str, keep: str) -> None:
    assert only_class(esd(row(years=years, keep=keep))).state is ClassState.PERMANENT


def test_a_day_is_a_period_of_its_own_and_two_periods_are_none() -> None:
    until = only_class(esd(row("", "", "", "31 March 2030")))
    both = only_class(esd(row(until="31 March 2030")))

    assert str(until.main_clock.starts_on) == "2030-03-31"
    assert both.state is ClassState.DESCRIPTIVE


def test_no_period_is_descriptive_and_a_wrong_one_is_refused() -> None:
    assert only_class(esd(row(years="", months=""))).state is ClassState.DESCRIPTIVE
    assert "row 2: 'six' is no number; write a whole number, or Permanent" in refused(esd(row(years="six")))
