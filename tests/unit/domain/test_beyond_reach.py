"""Nothing on a share that is not mounted here is ever eligible: nobody here could dispose of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retention.domain.assets import AssetId, SourceId
from retention.domain.eligibility import AppraisedCopy, EligibilityState, Outcome, Queue, evaluate
from retention.domain.records import CopyId, CopyState, RecordCopy
from rules import DisposalAction

TODAY = date(2026, 3, 2)
FAR = RecordCopy(
    copy_id=CopyId(1),
    source_id=SourceId("far"),
    asset_id=AssetId("finance"),
    path="Finance/a.pdf",
    state=CopyState.PRESENT,
    size_bytes=3,
    modified_ns=0,
    inode=1,
    device=1,
    link_count=1,
    sha256="aa",
    media_type="application/pdf",
    finding="",
    detail="",
    content_unread=False,
    first_seen_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    is_beyond_reach=True,
)
DUE = AppraisedCopy(
    copy=FAR,
    outcome=Outcome.CLASSIFIED,
    class_id="FIN-01",
    schedule_version="uk@1",
    action=DisposalAction.DESTROY,
    due_earliest=date(2020, 4, 1),
    due_latest=date(2020, 4, 1),
    reasons=("year ended 2014-03-31",),
    questions=(),
    flags=(),
)
DAYS = st.none() | st.dates(TODAY - timedelta(days=9_000), TODAY + timedelta(days=9_000))


def test_what_is_due_there_waits_in_the_queue_protected_and_says_why() -> None:
    answer = evaluate(DUE, holds=(), hold_reasons=(), as_of=TODAY)

    assert (answer.state, answer.queue) == (EligibilityState.NOT_ELIGIBLE, Queue.PROTECTED)
    assert answer.reasons[-1] == (
        "it lies on a share that is read over the network and not mounted here; nothing can be removed there from here"
    )


def test_the_same_file_on_a_mounted_share_would_be_eligible() -> None:
    here = replace(DUE, copy=replace(FAR, is_beyond_reach=False))

    assert evaluate(here, holds=(), hold_reasons=(), as_of=TODAY).queue is Queue.ELIGIBLE


@given(
    st.sampled_from(CopyState),
    st.sampled_from(Outcome) | st.none(),
    st.sampled_from(DisposalAction) | st.none(),
    DAYS,
    DAYS,
    st.booleans(),
)
def test_whatever_is_known_of_it_nothing_there_is_ever_eligible(
    state: CopyState,
    outcome: Outcome | None,
    action: DisposalAction | None,
    earliest: date | None,
    latest: date | None,
    is_unread: bool,  # noqa: FBT001  Hypothesis passes values by place
) -> None:
    copy = replace(FAR, state=state, content_unread=is_unread)
    item = replace(DUE, copy=copy, outcome=outcome, action=action, due_earliest=earliest, due_latest=latest)

    answer = evaluate(item, holds=(), hold_reasons=(), as_of=TODAY)

    assert answer.state is not EligibilityState.ELIGIBLE
    assert answer.queue is not Queue.ELIGIBLE
