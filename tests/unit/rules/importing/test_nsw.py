import pytest

from rules import ClassState, DisposalAction, Period, Trigger, YearStart
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import disposal, nsw, nsw_class


def test_a_class_is_read_with_its_terms_references_and_justification() -> None:
    entry = only_class(nsw(nsw_class("1.1.1", disposal("10", "case closed", "Destroy"))))

    assert (entry.id, entry.title, entry.function) == ("1.1.1", "Trees: Tree papers.", "PARKS / Trees")
    assert (entry.main_clock.trigger, entry.main_clock.period) == (Trigger.CASE_CLOSED, Period(years=10))
    assert entry.action is DisposalAction.DESTROY
    assert entry.scope_notes == "See PARKS for maps"
    assert "Because of roots." in entry.notes
    assert entry.authority == ("Parks", "FA 99")
    assert entry.as_written == "10 years after case closed; Destroy"


def test_what_becomes_an_archive_is_permanent_and_says_when_it_goes() -> None:
    entry = only_class(nsw(nsw_class("1.1.1", disposal("10", "action completed", "Required as State archives"))))

    assert entry.state is ClassState.PERMANENT
    assert entry.instructions[0].after == Period(years=10)


def test_each_condition_makes_a_class_of_its_own_because_only_people_know_which_holds() -> None:
    result = imported(
        nsw(
            nsw_class(
                "1.1.1",
                disposal("2", "action completed", "Destroy", "Healthy trees"),
                disposal("80", "date of birth", "Destroy", "Falls of children"),
            )
        )
    )

    healthy, falls, _default = result.schedule.classes
    assert (healthy.id, falls.id) == ("1.1.1/1", "1.1.1/2")
    assert falls.title == "Trees: Tree papers. (Falls of children)"
    assert "Only where: Falls of children" in falls.scope_notes
    assert result.schedule.financial_year_start == YearStart(month=7, day=1)


def test_months_are_months() -> None:
    entry = only_class(nsw(nsw_class("1.1.1", disposal("6", "last action", "Destroy", unit="months"))))

    assert entry.main_clock.period == Period(months=6)


def test_an_action_in_other_words_is_never_performed() -> None:
    odd = "<Disposal><CustomAction><Paragraph>Plant a tree on top.</Paragraph></CustomAction></Disposal>"
    entry = only_class(nsw(nsw_class("1.1.1", odd)))

    assert (entry.state, entry.action) == (ClassState.DESCRIPTIVE, DisposalAction.REVIEW)
    assert entry.as_written == "Plant a tree on top."


def test_a_class_without_a_disposal_is_descriptive() -> None:
    assert only_class(nsw(nsw_class("1.1.1"))).state is ClassState.DESCRIPTIVE


@pytest.mark.parametrize(
    ("period", "unit"), [("ten", "years"), ("10", "fortnights"), ("-1", "years"), ("1000", "years")]
)
def test_a_period_that_the_schema_does_not_know_is_refused_with_its_line(period: str, unit: str) -> None:
    message = refused(nsw(nsw_class("1.1.1", disposal(period, "action completed", "Destroy", unit=unit))))

    assert f"theirs:1: the RetentionPeriod '{period}' '{unit}' is no period" in message


def test_an_action_that_the_schema_does_not_know_is_refused() -> None:
    assert "'burn' is no DisposalAction" in refused(nsw(nsw_class("1.1.1", disposal("1", "x", "Burn"))))
