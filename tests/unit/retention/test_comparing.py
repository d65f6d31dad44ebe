import pytest

from retention.services.schedules.comparing import ChangeKind, ScheduleComparison, compare_schedules
from rules import DisposalSchedule, parse_schedule, shipped_schedule

CLASS = """
  - id: {id}
    title: {title}
    function: Finance
    description: Papers
    clock: {clock}
    action: {action}
    period_kind: minimum
    authority: [a law]
    level: {level}
    accepts: {accepts}
    cues: {cues}
    confidence: high
    evidence: seen
{more}"""
SHORTENS = "    clauses: [{when: x, fact: it_is_x, combine: earlier, clock: {trigger: created, period: P1Y}}]\n"
PLAIN = {
    "id": "INV-01",
    "title": "Invoices",
    "clock": "{trigger: record_date, period: P6Y}",
    "action": "destroy",
    "level": "case",
    "accepts": "B",
    "cues": "{folders: [invoices]}",
    "more": "",
}
DEFAULT = CLASS.format(**PLAIN | {"id": "DEF-01", "title": "Rest", "action": "review", "cues": "{folders: [rest]}"})


def schedule(*classes: dict[str, str], version: str = "1", head: str = "") -> DisposalSchedule:
    text = (
        f'schedule:\n  id: small\n  title: Small\n  version: "{version}"\n  status: adopted\n  jurisdiction: England\n'
        f"  default_class: DEF-01\n{head}classes:{DEFAULT}" + "".join(CLASS.format(**PLAIN | one) for one in classes)
    )
    return parse_schedule(text, name="small")


def compared(before: dict[str, str], after: dict[str, str]) -> ScheduleComparison:
    return compare_schedules(schedule(before), schedule(after, version="2"))


def test_the_same_rules_under_another_version_say_the_same() -> None:
    assert compared({}, {}).is_empty
    assert compare_schedules(shipped_schedule(), shipped_schedule()).is_empty


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clock": "{trigger: record_date, period: P5Y}"}, "may end earlier"),
        ({"clock": "{trigger: record_date, period: P5Y12M}"}, ""),
        ({"clock": "{trigger: created, period: P9Y}"}, "may end earlier"),
        ({"clock": "{trigger: record_date, period: P7Y, cutoff: financial_year}"}, "may end earlier"),
        ({"clock": "{trigger: record_date, period: P7Y}"}, ""),
        ({"action": "review"}, ""),
        ({"accepts": "D"}, "weaker evidence"),
        ({"accepts": "A"}, ""),
        ({"level": "item"}, "less must be due"),
        ({"cues": "{folders: [invoices, bills]}"}, "files may come under it"),
        ({"title": "Bills"}, ""),
        ({"more": "    gives_way: yes\n"}, "files may come under it"),
        ({"more": "    except: [draft]\n"}, "files may come under it"),
        ({"more": "    notes: seen by counsel\n"}, ""),
        ({"more": SHORTENS}, "when files are due"),
        ({"more": "    clauses: [{when: x, fact: claim_open, combine: suspend}]\n"}, ""),
    ],
)
def test_what_can_make_something_due_earlier_is_flagged_and_nothing_else(change: dict[str, str], words: str) -> None:
    found = compared({}, change)

    (one,) = found.classes
    assert one.kind is ChangeKind.CHANGED
    assert one.can_be_earlier == found.can_be_earlier == bool(words)
    assert any(words in told.earlier for told in one.changes)


@pytest.mark.parametrize(
    ("before", "after"),
    [("review", "destroy"), ("transfer", "destroy"), ("permanent", "review")],
)
def test_a_harsher_action_is_flagged(before: str, after: str) -> None:
    clock = {"clock": "{trigger: none}"} if before == "permanent" else {}

    assert compared({"action": before, **clock}, {"action": after}).can_be_earlier


def test_a_clause_that_is_taken_away_is_flagged() -> None:
    clause = {"more": "    clauses: [{when: claim open, fact: claim_open, combine: suspend}]\n"}

    found = compared(clause, {})

    (change,) = found.classes[0].changes
    assert change.name == "clause claim_open"
    assert change.before.startswith("when claim open: suspend")
    assert change.earlier


def test_classes_that_came_went_and_were_retired_are_told_apart() -> None:
    before = schedule({}, {"id": "OLD-01"}, {"id": "GON-01"})
    retired = {"id": "OLD-01", "more": "    retired: {on: 2026-01-01, successor: INV-01}\n"}
    after = schedule({}, {"id": "NEW-01"}, retired, version="2")

    found = compare_schedules(before, after)

    assert {one.class_id: one.kind for one in found.classes} == {
        "NEW-01": ChangeKind.ADDED,
        "OLD-01": ChangeKind.RETIRED,
        "GON-01": ChangeKind.REMOVED,
    }
    assert found.summary.startswith("classes: 1 added, 1 removed, 1 retired, 0 changed")


def test_years_that_begin_otherwise_are_flagged() -> None:
    found = compare_schedules(schedule({}), schedule({}, version="2", head='  financial_year_start: "01-01"\n'))

    (change,) = found.head
    assert change.name == "financial_year_start"
    assert change.earlier


def test_every_change_is_told_in_words_and_as_an_object() -> None:
    found = compared({}, {"clock": "{trigger: record_date, period: P5Y}", "cues": "{folders: [bills]}"})

    words = [change.in_words for change in found.classes[0].changes]

    clock = "clock: 6 years after record date -> 5 years after record date"
    cues = "cues.folders: invoices -> bills"
    assert words == [
        f"{clock} (CAN BE DUE EARLIER: the period may end earlier)",
        f"{cues} (CAN BE DUE EARLIER: files may come under it, or leave it for another class)",
    ]
    assert found.to_json()["can_be_earlier"] is True
