import pytest

from rules import ClassState, DisposalAction, Period, PeriodKind, Trigger
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import purview


def label(action: str = "KeepAndDelete", days: str = "2192", kind: str = "CreationAgeInDays", event: str = "") -> str:
    return (
        f"Invoices FY6,A comment,A note,FALSE,{action},{days},{kind},iao@example.org;rm@example.org,FIN-01,Finance,"
        f"Accounts,Bills,Statute,VAT Act 1994,https://example.org/,UK,FALSE,{event}"
    )


def test_a_label_becomes_a_class_with_everything_it_says() -> None:
    entry = only_class(purview(label()))

    assert (entry.id, entry.title, entry.function, entry.bucket) == (
        "FIN-01",
        "Invoices FY6",
        "Accounts / Bills",
        "Finance",
    )
    assert entry.main_clock.period == Period(days=2192)
    assert (entry.main_clock.trigger, entry.action) == (Trigger.CREATED, DisposalAction.DESTROY)
    assert entry.authority == ("VAT Act 1994",)
    assert "Reviewers in Purview: iao@example.org;rm@example.org" in entry.notes
    assert "RetentionDuration: 2192" in entry.as_written


def test_keep_means_that_a_person_looks_at_the_end_and_nothing_is_deleted() -> None:
    result = imported(purview(label("Keep")))

    assert result.schedule.classes[0].action is DisposalAction.REVIEW
    assert result.rows[0].notes == ("Purview does nothing at the end: a person reviews it",)


def test_delete_alone_promises_no_keeping() -> None:
    assert only_class(purview(label("Delete"))).period_kind is PeriodKind.MAXIMUM


def test_unlimited_is_permanent() -> None:
    assert only_class(purview(label("Keep", "unlimited"))).state is ClassState.PERMANENT


@pytest.mark.parametrize(
    ("kind", "event", "key"),
    [
        ("ModificationAgeInDays", "", "last_modified"),
        ("TaggedAgeInDays", "", "named_event:the label was applied"),
        ("EventAgeInDays", "Contract expiry", "contract_end"),
        ("EventAgeInDays", "Date of birth", "date_of_birth"),
        ("EventAgeInDays", "Moon landing", "named_event:Moon landing"),
    ],
)
def test_each_kind_of_start_is_kept_apart(kind: str, event: str, key: str) -> None:
    assert only_class(purview(label(kind=kind, event=event))).main_clock.event_key == key


def test_an_event_without_a_name_is_descriptive() -> None:
    assert only_class(purview(label(kind="EventAgeInDays"))).state is ClassState.DESCRIPTIVE


def test_a_label_without_retention_is_descriptive() -> None:
    assert only_class(purview(label("", "", ""))).state is ClassState.DESCRIPTIVE


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (label(days=""), "row 2: RetentionDuration is empty, though"),
        (label("Burn"), "row 2: 'Burn' is no action of Purview's"),
        (label(days="36526"), "row 2: '36526' is no number of days up to 36525"),
        (label(days="-1"), "row 2: '-1' is no number of days"),
        (label(days="²"), "row 2: '²' is no number of days"),
        (label(kind="MoonAge"), "row 2: 'MoonAge' is no kind of start"),
        (",a" + label()[12:], "row 2: the label has no name"),
    ],
)
def test_a_label_that_contradicts_purview_is_refused_with_its_row(row: str, what: str) -> None:
    assert what in refused(purview(row))
