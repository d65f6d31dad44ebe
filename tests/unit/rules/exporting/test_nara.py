import csv
import io
from dataclasses import replace

import pytest

from rules import (
    Clause,
    Clock,
    Combine,
    Cutoff,
    DisposalAction,
    DisposalClass,
    LaterOf,
    Period,
    PeriodKind,
    Retirement,
    Term,
    Then,
    Trigger,
    export_schedule,
    shipped_schedule,
)

BASE = shipped_schedule().by_id["DEF-01"]
CLOCK = Clock(trigger=Trigger.CREATED, subject="creation", period=Period(years=6))
ENTRY = replace(BASE, id="T-01", clock=CLOCK, action=DisposalAction.DESTROY, clauses=())


def item(entry: DisposalClass) -> tuple[dict[str, str], str]:
    exported = export_schedule(replace(shipped_schedule(), classes=(entry, BASE)), form="nara")
    row = next(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"), newline="")))
    return row, "; ".join(loss.what for loss in exported.lost if loss.class_id == entry.id)


@pytest.mark.parametrize(
    ("clock", "length", "kind", "event"),
    [
        (CLOCK, "6", "Creation_Age", ""),
        (replace(CLOCK, cutoff=Cutoff.FINANCIAL_YEAR), "6", "Event_Age", "End of FY"),
        (replace(CLOCK, cutoff=Cutoff.CALENDAR_YEAR), "7", "Creation_Age", ""),
        (replace(CLOCK, cutoff=Cutoff.MONTH), "73m", "Creation_Age", ""),
        (replace(CLOCK, trigger=Trigger.NO_LONGER_NEEDED, period=Period()), "0", "Event_Age", "No longer needed"),
        (replace(CLOCK, trigger=Trigger.CASE_CLOSED, cutoff=Cutoff.FINANCIAL_YEAR), "7", "Event_Age", "case closed"),
        (replace(CLOCK, period=Period(months=6)), "6m", "Creation_Age", ""),
        (replace(CLOCK, period=Period(years=1, days=2)), "368d", "Creation_Age", ""),
        (replace(CLOCK, period=Period(years=4), period_max=Period(years=7)), "4-7", "Creation_Age", ""),
        (Then(first=CLOCK, period=Period(years=2)), "8", "Creation_Age", ""),
    ],
)
def test_a_period_is_written_as_the_publisher_writes_it_and_never_shorter(
    clock: Term, length: str, kind: str, event: str
) -> None:
    row, _lost = item(replace(ENTRY, clock=clock))

    assert (row["Retention (Years)"], row["Retention Type"], row["Event Type (General)"]) == (length, kind, event)
    assert row["Disposition"] == "Temporary"


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, clock=LaterOf(terms=(CLOCK, CLOCK))),
        replace(ENTRY, clauses=(Clause(when="x", fact="some_fact", combine=Combine.SUSPEND),)),
        replace(ENTRY, is_descriptive=True),
        replace(ENTRY, clock=replace(CLOCK, restarts_on=(Trigger.LAST_CONTACT,))),
    ],
)
def test_what_the_table_cannot_say_is_left_to_people_in_words(entry: DisposalClass) -> None:
    row, lost = item(entry)

    assert row["Retention (Years)"] == "N/A"
    assert "Kept " in row["Comments"]
    assert "written as `N/A`" in lost


def test_what_else_is_lost_is_said() -> None:
    entry = replace(
        ENTRY,
        action=DisposalAction.REVIEW,
        period_kind=PeriodKind.EXACT,
        retired=Retirement(on=None, successor="DEF-01"),
        clock=replace(CLOCK, trigger=Trigger.RECORD_DATE, period=Period(months=5), period_max=Period(years=7)),
    )
    row, lost = item(entry)

    assert (row["Longer Retention Authorized?"], row["Superseded by"]) == ("No", "DEF-01")
    for words in ("review at the end", "the longest period", "record date became the creation of the record"):
        assert words in lost


def test_a_permanent_class_has_no_length() -> None:
    never = Clock(trigger=Trigger.NONE, subject="", period=None)
    row, _lost = item(replace(ENTRY, action=DisposalAction.RETAIN_PERMANENTLY, clock=never))

    assert (row["Disposition"], row["Retention (Years)"]) == ("Permanent", "N/A")
