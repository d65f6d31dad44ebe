"""Dates that stand in a paper and are not the record's: they may make it wait, and never make it due."""

from datetime import UTC, date, datetime

import pytest

from rules import Appraisal, appraise, parse_schedule
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

CLOSED = "{trigger: case_closed, subject: closure, period: P1Y}"
PAPER = "{trigger: record_date, subject: date of the record, period: P6Y, cutoff: financial_year}"


def made(
    text: str, *, clock: str = CLOSED, accepts: str = "B", path: str = "widget files/a.txt", **properties: str
) -> Appraisal:
    entry = a_class("WID-01", clock=clock, folders="[widget files]").replace("accepts: D", f"accepts: {accepts}")
    file = SeenFile(
        path=path,
        text=text,
        media_type="application/msword",
        properties={name.replace("__", ":").replace("_0_", " "): value for name, value in properties.items()},
        modified_at=datetime(2021, 1, 1, tzinfo=UTC),
    )
    return appraise(parse_schedule(a_schedule(entry), name="a.yaml"), file)


def due_by(appraisal: Appraisal) -> date | None:
    assert appraisal.due is not None
    return appraisal.due.latest


def test_a_plain_statement_settles() -> None:
    assert due_by(made("The case was closed on 1 May 2010.")) == date(2011, 5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "The file was closed on 1 May 2010 and reopened in 2018.",
        "Case closed: 1 May 2010. Re-opened after a complaint.",
        "The previous case was closed on 1 May 2010.",
        "Her mother's case was closed on 1 May 2010.",
        "The road was closed on 1 May 2010.",
        "It should be closed on 1 May 2010.",
        "If closed on 1 May 2010, tell the owner.",
    ],
)
def test_what_was_undone_or_is_not_of_this_record_settles_nothing(text: str) -> None:
    assert due_by(made(text)) is None


@pytest.mark.parametrize(
    ("trigger", "text"),
    [
        ("date_of_death", "Mother died 3 June 2004"),
        ("licence_expiry", "Insurance expires 3 June 2004"),
        ("licence_expiry", "DBS expiry date: 3 June 2004"),
    ],
)
def test_a_date_of_somebody_or_something_else_settles_nothing(trigger: str, text: str) -> None:
    assert due_by(made(text, clock=f"{{trigger: {trigger}, subject: s, period: P1Y}}")) is None


@pytest.mark.parametrize("folder", ["Not closed 2011", "To be closed 2011", "Road closed 2011", "Closed reopened 2011"])
def test_a_folder_that_denies_its_own_word_settles_nothing(folder: str) -> None:
    assert due_by(made("", accepts="C", path=f"widget files/{folder}/a.txt")) is None


def test_a_folder_that_says_closed_and_when_settles_where_that_is_accepted() -> None:
    assert due_by(made("", accepts="C", path="widget files/Closed 2011/a.txt")) == date(2012, 12, 31)


@pytest.mark.parametrize("status", ["Re-opened", "Ongoing", "Under review", "Appeal", "Closed (reopened 2024)"])
def test_a_day_of_closing_beside_a_status_that_is_not_over_settles_nothing(status: str) -> None:
    found = made("", accepts="A", column__Date_0_Closed="2010-05-01", column__Status=status)

    assert due_by(found) is None


def test_two_statuses_that_disagree_settle_nothing() -> None:
    told = {"column__Date_0_Closed": "2010-05-01", "column__Status": "Closed", "column__Case_0_status": "Open"}

    assert due_by(made("", accepts="A", path="widget files/a.txt", **told)) is None
    assert due_by(made("", accepts="A", column__Date_0_Closed="2010-05-01", column__Status="Closed")) == date(
        2011, 5, 1
    )


def test_a_letter_that_quotes_an_old_invoice_is_as_young_as_its_own_heading() -> None:
    letter = "Larkmere District Council\n5 June 2020\n\nDear Sir,\nwe refer to your invoice date: 3 May 2003."

    assert due_by(made("Invoice date: 3 May 2003", clock=PAPER)) == date(2010, 3, 31)
    assert due_by(made(letter, clock=PAPER)) == date(2027, 3, 31)


def test_a_document_written_years_after_the_date_it_quotes_is_as_young_as_its_making() -> None:
    found = made("Invoice date: 3 May 2003", clock=PAPER, created_at="2020-06-05T09:00:00+00:00")

    assert due_by(found) == date(2027, 3, 31)


def test_a_paper_made_after_the_end_that_a_person_attested_makes_the_end_doubtful() -> None:
    entry = a_class("WID-01", clock=CLOSED, folders="[widget files]")
    file = SeenFile(path="widget files/a.txt", properties={"modified_at": "2026-01-05T09:00:00+00:00"})

    class Closed:
        trigger, on, attested_by, basis = "case_closed", date(2001, 1, 1), "rita", "register"

    found = appraise(parse_schedule(a_schedule(entry), name="a.yaml"), file, events=[Closed()])

    assert due_by(found) == date(2027, 1, 5)
