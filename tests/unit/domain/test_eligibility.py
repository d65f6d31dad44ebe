from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.domain.assets import AssetId, SourceId
from retention.domain.eligibility import (
    AppraisedCopy,
    EligibilityState,
    Outcome,
    Queue,
    evaluate,
)
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldScope
from retention.domain.people import PersonId
from retention.domain.records import CopyId, CopyState, RecordCopy
from rules import DisposalAction

TODAY = date(2026, 3, 2)
LONG_AGO = date(2020, 4, 1)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_copy(
    *,
    state: CopyState = CopyState.PRESENT,
    sha256: str | None = "aa",
    link_count: int = 1,
    content_unread: bool = False,
) -> RecordCopy:
    return RecordCopy(
        copy_id=CopyId(1),
        source_id=SourceId("drive"),
        asset_id=AssetId("finance"),
        path="Finance/a.pdf",
        state=state,
        size_bytes=3,
        modified_ns=0,
        inode=1,
        device=1,
        link_count=link_count,
        sha256=sha256,
        media_type="application/pdf",
        finding="denied",
        detail="why",
        content_unread=content_unread,
        first_seen_at=NOON,
    )


DUE = AppraisedCopy(
    copy=a_copy(),
    outcome=Outcome.CLASSIFIED,
    class_id="FIN-01",
    schedule_version="uk@1",
    action=DisposalAction.DESTROY,
    due_earliest=LONG_AGO,
    due_latest=LONG_AGO,
    reasons=("year ended 2014-03-31",),
    questions=(),
    flags=(),
)


def a_hold(*, path: str = "Finance") -> DisposalHold:
    return DisposalHold(
        hold_id=HoldId("H-1"),
        kind=HoldKind.LITIGATION,
        reason="claim 7",
        mandate="solicitor",
        owner_id=PersonId("rita"),
        scope=HoldScope(path=path),
        placed_at=NOON,
        reassess_on=TODAY,
    )


def queue_of(item: AppraisedCopy) -> Queue:
    return evaluate(item, holds=(), hold_reasons=(), as_of=TODAY).queue


def test_a_record_surely_past_its_period_is_eligible_and_says_why() -> None:
    answer = evaluate(DUE, holds=(), hold_reasons=(), as_of=TODAY)

    assert answer.state is EligibilityState.ELIGIBLE
    assert answer.reasons == (
        "year ended 2014-03-31",
        "due by 2020-04-01 at the latest, asked on 2026-03-02",
        "no hold",
    )


def test_it_is_due_on_the_due_date_and_not_a_day_before() -> None:
    item = replace(DUE, due_earliest=TODAY, due_latest=TODAY)

    assert queue_of(item) is Queue.ELIGIBLE
    day_before = evaluate(item, holds=(), hold_reasons=(), as_of=date(2026, 3, 1))
    assert day_before.queue is Queue.NOT_ELIGIBLE


@pytest.mark.parametrize(
    ("item", "queue"),
    [
        (replace(DUE, copy=a_copy(state=CopyState.DESTROYED)), Queue.DESTROYED),
        (replace(DUE, copy=a_copy(state=CopyState.MISSING)), Queue.MISSING),
        (replace(DUE, copy=a_copy(state=CopyState.SKIPPED)), Queue.SKIPPED),
        (replace(DUE, copy=a_copy(state=CopyState.UNREADABLE)), Queue.CANNOT_EVALUATE),
        (replace(DUE, copy=a_copy(content_unread=True)), Queue.CANNOT_EVALUATE),
        (replace(DUE, copy=a_copy(sha256=None)), Queue.CANNOT_EVALUATE),
        (replace(DUE, copy=a_copy(link_count=2)), Queue.CANNOT_EVALUATE),
        (replace(DUE, in_batch="B-1"), Queue.IN_BATCH),
        (replace(DUE, outcome=None), Queue.UNCLASSIFIED),
        (replace(DUE, outcome=Outcome.UNCLASSIFIED), Queue.UNCLASSIFIED),
        (replace(DUE, class_id=None), Queue.UNCLASSIFIED),
        (replace(DUE, outcome=Outcome.CONFLICT), Queue.CONFLICT),
        (replace(DUE, action=DisposalAction.RETAIN_PERMANENTLY), Queue.PERMANENT),
        (replace(DUE, action=DisposalAction.RETAIN_ON_HOLD), Queue.CANNOT_EVALUATE),
        (replace(DUE, action=None), Queue.CANNOT_EVALUATE),
        (replace(DUE, action=DisposalAction.REVIEW), Queue.REVIEW_DUE),
        (replace(DUE, action=DisposalAction.TRANSFER), Queue.REVIEW_DUE),
        (replace(DUE, due_latest=None), Queue.AWAITING_TRIGGER),
        (replace(DUE, due_latest=date(2026, 3, 3)), Queue.AWAITING_TRIGGER),
        (replace(DUE, due_earliest=None, due_latest=None), Queue.AWAITING_TRIGGER),
        (replace(DUE, due_earliest=date(2026, 3, 3), due_latest=None), Queue.NOT_ELIGIBLE),
    ],
)
def test_anything_missing_or_doubtful_keeps_the_record(item: AppraisedCopy, queue: Queue) -> None:
    answer = evaluate(item, holds=(), hold_reasons=(), as_of=TODAY)

    assert answer.queue is queue
    assert answer.state is not EligibilityState.ELIGIBLE


def test_all_reasons_are_reported_not_just_the_first() -> None:
    item = replace(DUE, copy=a_copy(content_unread=True, link_count=2), in_batch="B-1", due_earliest=date(2030, 1, 1))

    reasons = evaluate(item, holds=(a_hold(),), hold_reasons=("held by H-1",), as_of=TODAY).reasons

    for words in ("2 names", "held by H-1", "batch B-1", "could not be examined", "not due before 2030-01-01"):
        assert any(words in reason for reason in reasons), words


def test_a_question_that_is_open_is_asked() -> None:
    item = replace(DUE, due_latest=None, questions=("When did contract C-12 end?",))

    assert "When did contract C-12 end?" in evaluate(item, holds=(), hold_reasons=(), as_of=TODAY).reasons[-1]


def test_a_hold_beats_a_period_that_is_over() -> None:
    answer = evaluate(DUE, holds=(a_hold(),), hold_reasons=("held by H-1",), as_of=TODAY)

    assert answer.queue is Queue.HELD


def test_a_copy_of_held_content_is_held_where_it_lies() -> None:
    elsewhere = a_hold(path="Legal")

    assert evaluate(DUE, holds=(elsewhere,), hold_reasons=("copy",), as_of=TODAY).queue is Queue.HELD


def test_a_hold_without_a_sentence_still_holds() -> None:
    answer = evaluate(DUE, holds=(a_hold(),), hold_reasons=(), as_of=TODAY)

    assert answer.queue is Queue.HELD
    assert "held by H-1" in answer.reasons


days = st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1))
items = st.builds(
    AppraisedCopy,
    copy=st.builds(
        a_copy,
        state=st.sampled_from(CopyState),
        sha256=st.sampled_from([None, "aa"]),
        link_count=st.integers(0, 3),
        content_unread=st.booleans(),
    ),
    outcome=st.none() | st.sampled_from(Outcome),
    class_id=st.sampled_from([None, "FIN-01"]),
    schedule_version=st.sampled_from([None, "uk@1"]),
    action=st.none() | st.sampled_from(DisposalAction),
    due_earliest=days,
    due_latest=days,
    reasons=st.just(()),
    questions=st.just(()),
    flags=st.just(()),
    in_batch=st.sampled_from([None, "B-1"]),
)


@given(items, days, st.sampled_from(["Finance", "Legal"]))
def test_a_held_record_is_never_eligible_whatever_else_is_known(
    item: AppraisedCopy, as_of: date | None, path: str
) -> None:
    answer = evaluate(item, holds=(a_hold(path=path),), hold_reasons=(), as_of=as_of or TODAY)

    assert answer.state is not EligibilityState.ELIGIBLE
    assert answer.queue is not Queue.ELIGIBLE


@given(items, days)
def test_only_what_is_wholly_known_is_eligible(item: AppraisedCopy, as_of: date | None) -> None:
    day = as_of or TODAY

    answer = evaluate(item, holds=(), hold_reasons=(), as_of=day)

    if answer.state is EligibilityState.ELIGIBLE:
        assert item.copy.is_present
        assert item.copy.sha256 is not None
        assert not item.copy.content_unread
        assert item.copy.link_count <= 1
        assert item.outcome is Outcome.CLASSIFIED
        assert item.class_id is not None
        assert item.action is DisposalAction.DESTROY
        assert item.due_latest is not None
        assert item.due_latest <= day
        assert item.in_batch is None


@given(items, days)
def test_every_record_is_in_exactly_one_queue_with_a_reason(item: AppraisedCopy, as_of: date | None) -> None:
    answer = evaluate(item, holds=(), hold_reasons=(), as_of=as_of or TODAY)

    assert answer.queue in Queue
    assert answer.reasons
    assert (answer.queue is Queue.ELIGIBLE) == (answer.state is EligibilityState.ELIGIBLE)


@pytest.mark.parametrize("protections", [(), ("its retention label 'Case file' declares it a record record",)])
def test_a_record_that_only_an_export_tells_of_is_never_eligible_however_long_it_is_due(
    protections: tuple[str, ...],
) -> None:
    claimed = replace(DUE, copy=replace(a_copy(), protections=protections))

    answer = evaluate(claimed, holds=(), hold_reasons=(), as_of=TODAY)

    assert (answer.state, answer.queue) == (EligibilityState.NOT_ELIGIBLE, Queue.PROTECTED)
    assert answer.reasons[-1].startswith("it lies in another system")
    assert [f"protected where it lies: {reason}" in answer.reasons for reason in protections] == [True] * len(
        protections
    )


def test_a_claimed_record_without_a_digest_waits_where_a_person_can_settle_it() -> None:
    unclassified = replace(
        DUE, copy=replace(a_copy(sha256=None), protections=("unknown",)), outcome=Outcome.UNCLASSIFIED, class_id=None
    )

    assert queue_of(unclassified) is Queue.UNCLASSIFIED


def test_a_hold_on_a_claimed_record_is_told_before_its_protection() -> None:
    claimed = replace(DUE, copy=replace(a_copy(), protections=("it is on hold",)))

    assert evaluate(claimed, holds=(a_hold(),), hold_reasons=("held",), as_of=TODAY).queue is Queue.HELD
