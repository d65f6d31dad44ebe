"""A label of Purview's may keep longer than the schedule, never shorter, and deletes nothing unasked."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import (
    Clause,
    Clock,
    Combine,
    Cutoff,
    DisposalAction,
    DisposalClass,
    DisposalSchedule,
    Exported,
    LaterOf,
    Period,
    Retirement,
    Then,
    Trigger,
    add_period,
    cutoff_end,
    export_schedule,
    shipped_schedule,
)
from tests.unit.rules.exporting.whole_schedules import schedules

BASE = shipped_schedule().by_id["DEF-01"]
CLOCK = Clock(trigger=Trigger.CREATED, subject="creation", period=Period(years=6))


def a_class(**changes: object) -> DisposalClass:
    plain: Callable[..., DisposalClass] = replace
    return plain(BASE, **({"id": "T-01", "clock": CLOCK, "action": DisposalAction.DESTROY, "clauses": ()} | changes))


def a_schedule(*classes: DisposalClass) -> DisposalSchedule:
    return replace(shipped_schedule(), classes=(*classes, BASE))


def rows(exported: Exported) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"), newline="")))


def label(entry: DisposalClass, *, reviewer: str = "rm@example.org") -> tuple[dict[str, str], str]:
    exported = export_schedule(a_schedule(entry), form="purview", reviewer=reviewer)
    return rows(exported)[0], "; ".join(loss.what for loss in exported.lost if loss.class_id == entry.id)


def test_a_class_that_destroys_becomes_a_label_that_asks_its_reviewer() -> None:
    row, _lost = label(a_class())

    assert (row["RetentionAction"], row["RetentionDuration"], row["RetentionType"]) == (
        "KeepAndDelete",
        "2192",
        "CreationAgeInDays",
    )
    assert (row["ReviewerEmail"], row["ReferenceId"]) == ("rm@example.org", "T-01")


def test_without_a_reviewer_nothing_is_deleted() -> None:
    row, lost = label(a_class(), reviewer="")

    assert row["RetentionAction"] == "Keep"
    assert "without a reviewer Purview would ask nobody" in lost


@pytest.mark.parametrize("action", [DisposalAction.REVIEW, DisposalAction.TRANSFER])
def test_what_people_decide_is_not_deleted(action: DisposalAction) -> None:
    row, lost = label(a_class(action=action))

    assert row["RetentionAction"] == "Keep"
    assert f"{action.name.lower()} at the end: the label only keeps" in lost


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"clock": Clock(trigger=Trigger.CREATED, subject="", period=Period(years=101))}, "are more than the 36525"),
        ({"clock": LaterOf(terms=(CLOCK, CLOCK))}, "depends on several starts"),
        ({"clauses": (Clause(when="child", fact="child", combine=Combine.SUSPEND),)}, "the form has no conditions"),
        ({"is_descriptive": True}, "it is readable, not computable"),
        (
            {"clock": Clock(trigger=Trigger.FIXED_DATE, subject="", period=Period(), starts_on=date(2026, 3, 31))},
            "its start is a fixed date",
        ),
    ],
)
def test_what_a_label_cannot_say_is_kept_for_ever_with_the_reason(changes: dict[str, object], why: str) -> None:
    row, lost = label(a_class(**changes))

    assert (row["RetentionAction"], row["RetentionDuration"]) == ("Keep", "Unlimited")
    assert f"written as `Unlimited`: {why}" in lost or why in lost


def test_an_event_and_a_further_period_are_added_up() -> None:
    term = Then(
        first=replace(CLOCK, trigger=Trigger.CONTRACT_END, cutoff=Cutoff.FINANCIAL_YEAR), period=Period(days=10)
    )
    row, lost = label(a_class(clock=term))

    assert (row["RetentionType"], row["EventType"]) == ("EventAgeInDays", "contract end")
    assert row["RetentionDuration"] == str(2192 + 366 + 10)
    assert "padded upwards" in lost


def test_the_last_change_is_a_start_of_its_own_and_a_longest_period_is_lost() -> None:
    row, lost = label(a_class(clock=replace(CLOCK, trigger=Trigger.LAST_MODIFIED, period_max=Period(years=9))))

    assert row["RetentionType"] == "ModificationAgeInDays"
    assert "the longest period" in lost


def test_what_is_permanent_is_kept_without_an_end() -> None:
    never = Clock(trigger=Trigger.NONE, subject="", period=None)
    row, lost = label(a_class(action=DisposalAction.RETAIN_PERMANENTLY, clock=never))

    assert (row["RetentionAction"], row["RetentionDuration"]) == ("Keep", "Unlimited")
    assert "Unlimited" not in lost


def test_a_long_note_is_cut_and_it_is_said() -> None:
    row, lost = label(a_class(description="x" * 2000))

    assert len(row["Notes"]) == 1024
    assert "the end of its notes: Purview takes 1024 characters" in lost


def test_a_retired_class_has_no_label() -> None:
    exported = export_schedule(a_schedule(a_class(retired=Retirement(on=None))), form="purview")

    assert [row["ReferenceId"] for row in rows(exported)] == ["DEF-01"]
    assert any("no label was written" in loss.what for loss in exported.lost)


@given(start=st.dates(date(1990, 1, 1), date(2030, 1, 1)), period=st.builds(
    Period, years=st.integers(0, 40), months=st.integers(0, 40), days=st.integers(0, 900)
), cutoff=st.sampled_from(Cutoff))  # fmt: skip
@settings(max_examples=300)
def test_a_label_is_never_shorter_than_the_rule(start: date, period: Period, cutoff: Cutoff) -> None:
    row, _lost = label(a_class(clock=replace(CLOCK, period=period, cutoff=cutoff)))

    schedule = shipped_schedule()
    due = add_period(cutoff_end(start, cutoff, schedule), period)
    assert row["RetentionDuration"] == "Unlimited" or int(row["RetentionDuration"]) >= (due - start).days


@given(schedules())
@settings(max_examples=15)
def test_names_and_notes_fit_whatever_the_schedule_says(schedule: DisposalSchedule) -> None:
    found = rows(export_schedule(schedule, form="purview", reviewer="x@example.org"))

    names = [row["LabelName"].casefold() for row in found]
    assert len(set(names)) == len(names)
    for row in found:
        assert 0 < len(row["LabelName"]) <= 64
        assert all(letter.isascii() and (letter.isalnum() or letter in " -") for letter in row["LabelName"])
        assert max(len(row["Comment"]), len(row["Notes"])) <= 1024
        assert row["RetentionDuration"] == "Unlimited" or 0 <= int(row["RetentionDuration"]) <= 36525


def test_two_classes_of_one_name_get_two_labels() -> None:
    twins = [a_class(id=name, title="x" * 80) for name in ("T.01", "T/01", "T-01")]

    names = [row["LabelName"] for row in rows(export_schedule(a_schedule(*twins), form="purview"))]

    assert len(set(names)) == 4
    assert all(len(name) <= 64 for name in names)
