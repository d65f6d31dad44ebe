from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from retention.domain.assets import AssetId, SourceId
from retention.domain.eligibility import AppraisedCopy, Outcome
from retention.domain.records import CopyId, CopyState, RecordCopy
from retention.services.keeping_together import WHOLE_CASE, WHOLE_SERIES_YEAR, WaitingCases
from rules import DisposalAction

CASE = "Housing/Tenancy files/12 High Street"
SERIES = "Finance/Ledgers"
PAPER = AppraisedCopy(
    copy=RecordCopy(
        copy_id=CopyId(1),
        source_id=SourceId("drive"),
        asset_id=AssetId("housing"),
        path=f"{CASE}/a.txt",
        state=CopyState.PRESENT,
        size_bytes=1,
        modified_ns=0,
        inode=1,
        device=1,
        link_count=1,
        sha256="0" * 64,
        media_type="text/plain",
        finding="",
        detail="",
        content_unread=False,
        first_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
    ),
    outcome=Outcome.CLASSIFIED,
    class_id="HOU-01",
    schedule_version="s@1",
    action=DisposalAction.DESTROY,
    due_earliest=date(2018, 3, 31),
    due_latest=date(2018, 3, 31),
    reasons=(),
    questions=(),
    flags=(WHOLE_CASE,),
    case_path=CASE,
)


def at(path: str, item: AppraisedCopy = PAPER, **changes: object) -> AppraisedCopy:
    return replace(item, copy=replace(item.copy, path=path), **changes)  # type: ignore[arg-type]  # mixed


def of_year(path: str, due: tuple[date | None, date | None]) -> AppraisedCopy:
    return at(path, flags=(WHOLE_SERIES_YEAR,), case_path=SERIES, due_earliest=due[0], due_latest=due[1])


def waiting_for(*papers: AppraisedCopy) -> WaitingCases:
    cases = WaitingCases()
    for paper in papers:
        cases.add(paper)
    return cases


def test_a_paper_that_may_not_go_keeps_those_of_its_case_and_is_named() -> None:
    cases = waiting_for(at(f"{CASE}/Letters/new.txt"))

    reason = cases.reason(PAPER)

    assert reason is not None
    assert reason.endswith(f": {CASE}/Letters/new.txt")
    assert cases.reason(at("Housing/Tenancy files/14 High Street/a.txt", case_path="x")) is None
    assert cases.reason(replace(PAPER, class_id="HOU-02")) is None
    assert cases.reason(replace(PAPER, flags=())) is None
    assert cases.reason(replace(PAPER, copy=replace(PAPER.copy, source_id=SourceId("other")))) is None


def test_without_a_known_case_it_is_the_folder_of_the_paper() -> None:
    cases = waiting_for(at(f"{CASE}/b.txt", case_path=None))

    assert cases.reason(at(f"{CASE}/c.txt", case_path=None)) is not None
    assert cases.reason(at(f"{CASE}/Letters/c.txt", case_path=None)) is None


def test_what_was_not_compared_keeps_every_case_it_may_belong_to() -> None:
    cases = waiting_for(at(f"{CASE}/Letters/2026/new.txt", outcome=None, class_id=None, flags=(), case_path=None))

    assert cases.reason(PAPER) is not None
    assert cases.reason(at("Housing/Tenancy files/1/a.txt", case_path="Housing/Tenancy files/1")) is None


def test_a_year_of_a_series_waits_for_its_own_papers_only() -> None:
    cases = waiting_for(of_year(f"{SERIES}/2011/b.txt", (date(2019, 3, 31), date(2019, 3, 31))))

    assert cases.reason(of_year(f"{SERIES}/2010/a.txt", (date(2018, 3, 31), date(2018, 3, 31)))) is None
    assert cases.reason(of_year(f"{SERIES}/2011/a.txt", (date(2019, 1, 31), date(2019, 1, 31)))) is not None


def test_a_paper_of_which_the_year_is_not_known_keeps_every_year_it_may_be_of() -> None:
    cases = waiting_for(of_year(f"{SERIES}/x.txt", (date(2019, 1, 1), None)))

    assert cases.reason(of_year(f"{SERIES}/2010/a.txt", (date(2018, 3, 31), date(2018, 3, 31)))) is None
    assert cases.reason(of_year(f"{SERIES}/2013/a.txt", (date(2021, 3, 31), date(2021, 3, 31)))) is not None
    assert cases.reason(of_year(f"{SERIES}/b.txt", (None, date(2020, 3, 31)))) is not None


@given(names=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True))
def test_the_order_of_the_papers_decides_nothing_but_which_is_named(names: list[str]) -> None:
    papers = [at(f"{CASE}/{name}.txt") for name in names]

    one, other = waiting_for(*papers), waiting_for(*reversed(papers))

    assert (one.reason(PAPER) is None) == (other.reason(PAPER) is None) is False
