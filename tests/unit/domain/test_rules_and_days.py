"""What a day of asking makes of the rules' flags: deadlines, duties, schedules in force, and the rules' own doubts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.domain.eligibility import AppraisedCopy, Eligibility, EligibilityState, Queue, evaluate
from retention.domain.records import CopyState
from rules import DisposalAction
from tests.unit.domain.test_eligibility import DUE, TODAY, a_copy, a_hold, items

LAST_YEAR = "no_longer_than:2025-06-30"


def asked(item: AppraisedCopy, as_of: date = TODAY) -> Eligibility:
    return evaluate(item, holds=(), hold_reasons=(), as_of=as_of)


def test_a_maximum_that_has_passed_is_flagged_and_told() -> None:
    answer = asked(replace(DUE, flags=(LAST_YEAR,)))

    assert answer.state is EligibilityState.ELIGIBLE
    assert {"past_maximum", "over_retained"} <= set(answer.flags)
    assert "to be kept no longer than 2025-06-30, asked on 2026-03-02" in answer.reasons


def test_a_maximum_has_not_passed_on_its_last_day() -> None:
    item = replace(DUE, flags=(LAST_YEAR,))

    assert "past_maximum" not in asked(item, date(2025, 6, 30)).flags
    assert "past_maximum" in asked(item, date(2025, 7, 1)).flags


def test_an_overdue_duty_to_destroy_is_called_one() -> None:
    answer = asked(replace(DUE, flags=("duty_to_destroy", LAST_YEAR)))

    assert "duty_to_destroy_overdue" in answer.flags
    assert "past_maximum" not in answer.flags


def test_a_hold_beats_a_maximum_and_what_is_held_is_not_over_retained() -> None:
    answer = evaluate(replace(DUE, flags=(LAST_YEAR,)), holds=(a_hold(),), hold_reasons=("held",), as_of=TODAY)

    assert answer.queue is Queue.HELD
    assert "past_maximum" in answer.flags
    assert "over_retained" not in answer.flags


def test_what_waits_for_an_answer_past_its_maximum_is_over_retained_all_the_same() -> None:
    answer = asked(replace(DUE, due_latest=None, flags=(LAST_YEAR,)))

    assert answer.queue is Queue.AWAITING_TRIGGER
    assert {"past_maximum", "over_retained"} <= set(answer.flags)


@pytest.mark.parametrize("state", [CopyState.MISSING, CopyState.DESTROYED])
def test_what_is_gone_is_not_over_retained(state: CopyState) -> None:
    assert "past_maximum" not in asked(replace(DUE, copy=a_copy(state=state), flags=(LAST_YEAR,))).flags


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("schedule_valid_to:2026-03-01", "the schedule expired at the end of 2026-03-01"),
        ("schedule_valid_from:2026-03-03", "the schedule is not in force before 2026-03-03"),
        ("schedule_valid_to:soon", "a day that cannot be read"),
        ("schedule_valid_from:soon", "a day that cannot be read"),
    ],
)
def test_a_schedule_that_is_not_in_force_makes_nothing_eligible(flag: str, words: str) -> None:
    answer = asked(replace(DUE, flags=(flag,)))

    assert answer.state is EligibilityState.CANNOT_EVALUATE
    assert any(words in reason for reason in answer.reasons)


@pytest.mark.parametrize("flag", ["schedule_valid_to:2026-03-02", "schedule_valid_from:2026-03-02"])
def test_a_schedule_is_in_force_on_its_first_and_last_day(flag: str) -> None:
    assert asked(replace(DUE, flags=(flag,))).state is EligibilityState.ELIGIBLE


@pytest.mark.parametrize(
    ("flag", "queue", "words"),
    [
        ("retired_class", Queue.CANNOT_EVALUATE, "its class is retired"),
        ("descriptive_rule", Queue.CANNOT_EVALUATE, "its rule cannot be computed"),
        ("max_before_min_conflict", Queue.CONFLICT, "until a person resolves it"),
    ],
)
def test_a_rule_in_doubt_makes_nothing_eligible_even_with_a_date(flag: str, queue: Queue, words: str) -> None:
    answer = asked(replace(DUE, flags=(flag,)))

    assert answer.queue is queue
    assert answer.state is not EligibilityState.ELIGIBLE
    assert any(words in reason for reason in answer.reasons)


def test_what_the_archivist_must_see_first_says_so_when_it_is_due() -> None:
    answer = asked(replace(DUE, action=DisposalAction.REVIEW, flags=("needs_archivist",)))

    assert answer.state is EligibilityState.REVIEW_DUE
    assert "due since 2020-04-01: the archivist must agree before it is destroyed" in answer.reasons


days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
flags = st.lists(
    st.sampled_from(
        [
            "no_longer_than:2001-01-01", "no_longer_than:2030-01-01", "duty_to_destroy", "retired_class",
            "descriptive_rule", "max_before_min_conflict", "needs_archivist", "schedule_valid_to:2012-01-01",
            "schedule_valid_from:2012-01-01", "schedule_valid_to:never", "whole_case",
        ]
    ),
    unique=True,
).map(tuple)  # fmt: skip
flagged = st.builds(lambda item, words: replace(item, flags=words), items, flags)


@given(flagged, days, flags)
def test_another_flag_of_doubt_never_makes_anything_eligible(
    item: AppraisedCopy, as_of: date, more: tuple[str, ...]
) -> None:
    with_more = replace(item, flags=(*item.flags, *more))

    if asked(with_more, as_of).state is EligibilityState.ELIGIBLE:
        assert asked(item, as_of).state is EligibilityState.ELIGIBLE


@given(flagged, days, st.integers(0, 20_000))
def test_once_eligible_it_stays_so_while_the_schedule_is_in_force(item: AppraisedCopy, as_of: date, later: int) -> None:
    in_force = replace(item, flags=tuple(flag for flag in item.flags if not flag.startswith("schedule_valid_to")))

    if asked(in_force, as_of).state is EligibilityState.ELIGIBLE:
        assert asked(in_force, as_of + timedelta(days=later)).state is EligibilityState.ELIGIBLE


@given(flagged, days, st.none() | days, st.none() | days)
def test_no_evidence_makes_a_held_record_eligible(
    item: AppraisedCopy, as_of: date, first: date | None, last: date | None
) -> None:
    known = replace(item, due_earliest=first, due_latest=last, questions=())

    answer = evaluate(known, holds=(a_hold(),), hold_reasons=("held by H-1",), as_of=as_of)

    assert answer.state is not EligibilityState.ELIGIBLE


@given(flagged, days, st.integers(0, 5_000), st.integers(0, 5_000))
def test_a_wider_due_interval_never_makes_anything_eligible(
    item: AppraisedCopy, as_of: date, less: int, more: int
) -> None:
    first, last = item.due_earliest, item.due_latest
    wider = replace(
        item,
        due_earliest=None if first is None else first - timedelta(days=less),
        due_latest=None if last is None else last + timedelta(days=more),
    )

    if asked(wider, as_of).state is EligibilityState.ELIGIBLE and (first is None or first <= as_of):
        assert asked(item, as_of).state is EligibilityState.ELIGIBLE
