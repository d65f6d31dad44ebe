from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    CaseAppraisal,
    Classifier,
    CueKind,
    Level,
    MatchedCue,
    Surroundings,
    appraise_in_case,
    case_of,
    event_keys,
    fact_names,
    parse_schedule,
    shipped_schedule,
)
from rules.cases import _is_known_folder, is_index
from tests.integration.services.small_schedule import schedule_text, small_schedule
from tests.integration.services.test_newest_of_case import SCHEDULE


def found_in(folder: str, kind: CueKind = CueKind.PATH) -> MatchedCue:
    return MatchedCue(class_id="HOU-01", kind=kind, cue="tenanc*", where=f"folder '{folder}'", text="x", weight=2)


TENANCIES = found_in("Housing/Tenancy files")


@pytest.mark.parametrize(
    ("path", "case"),
    [
        ("Housing/Tenancy files/12 High Street/agreement.pdf", "Housing/Tenancy files/12 High Street"),
        ("Housing/Tenancy files/12 High Street/Letters/2009/a.pdf", "Housing/Tenancy files/12 High Street"),
        ("Housing/Tenancy files/2012/12 High Street/a.pdf", "Housing/Tenancy files/2012/12 High Street"),
        ("Housing/Tenancy files/A-F/Closed 2012-13/Ames J/a.pdf", "Housing/Tenancy files/A-F/Closed 2012-13/Ames J"),
        ("Housing/Tenancy files/100234/a.pdf", "Housing/Tenancy files/100234"),
        ("Housing/Tenancy files/Smith.pdf", "Housing/Tenancy files/Smith.pdf"),
        ("Housing/Tenancy files/2012/Smith.pdf", "Housing/Tenancy files/2012/Smith.pdf"),
        ("a.pdf", "a.pdf"),
    ],
)
def test_the_case_is_the_folder_below_the_one_that_the_cue_matched(path: str, case: str) -> None:
    assert case_of(path, Level.CASE, [TENANCIES]) == case


def test_of_several_matched_folders_the_deepest_counts() -> None:
    cues = [found_in("Housing"), TENANCIES, found_in("Housing/Tenancy", CueKind.NAME)]

    assert case_of("Housing/Tenancy files/9 Mill Lane/a.pdf", Level.CASE, cues) == "Housing/Tenancy files/9 Mill Lane"


def test_without_a_matched_folder_it_is_the_folder_of_the_file() -> None:
    assert case_of("Jim/stuff/tenancy agreement.doc", Level.CASE, []) == "Jim/stuff"


def test_an_item_has_no_case_but_itself() -> None:
    path = "Housing/Tenancy files/12 High Street/a.pdf"

    assert case_of(path, Level.ITEM, [TENANCIES]) == path


def test_the_case_of_a_series_is_the_series() -> None:
    assert case_of("Housing/Tenancy files/2012/a.pdf", Level.SERIES_YEAR, [TENANCIES]) == "Housing/Tenancy files"
    assert case_of("Jim/2012/a.pdf", Level.SERIES_YEAR, []) == "Jim/2012"


def test_a_name_with_a_backslash_is_one_folder() -> None:
    path = "Housing/Tenancy files\\old/12 High Street/a.pdf"

    assert case_of(path, Level.CASE, [TENANCIES]) == "Housing/Tenancy files\\old/12 High Street"


@pytest.mark.parametrize(
    "name", ["2012", "2012-13", "FY14", "A", "A-F", "a to f", "Closed", "CLOSED 2011", "_old files_", "Leavers 2009"]
)
def test_folders_that_only_sort_are_no_cases(name: str) -> None:
    assert is_index(name)


@pytest.mark.parametrize("name", ["12 High Street", "H10-0231", "100234", "Ames J", "A B C", "2012 review", "Old Mill"])
def test_names_of_people_places_and_cases_are_cases(name: str) -> None:
    assert not is_index(name)


@given(
    parts=st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8), min_size=1, max_size=6),
    depth=st.integers(0, 6),
    level=st.sampled_from(Level),
)
def test_a_file_lies_in_its_case_whatever_its_name_is(parts: list[str], depth: int, level: Level) -> None:
    path = "/".join(parts)
    cues = [found_in("/".join(parts[:depth]))]

    case = case_of(path, level, cues)

    assert case in (path, "") or path.startswith(f"{case}/")
    assert case == case_of(path, level, cues)


def test_a_name_made_to_take_for_ever_does_not() -> None:
    assert not is_index("20" * 120 + "x")


@dataclass(frozen=True)
class Paper:
    path: str = "Housing/Tenancy files/12 High Street/Letters/a.txt"
    media_type: str = "text/plain"
    size_bytes: int = 1
    text: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime = datetime(2011, 3, 13, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    key: str = "case_closed"
    on: date | None = date(2012, 1, 1)
    holds: bool | None = None
    path: str = "Housing/Tenancy files/12 High Street"
    is_about_case: bool = True
    classes: tuple[str, ...] = ()
    attested_by: str = "rita"
    basis: str = "register"
    order: int = 0
    said_on: date = date(2026, 3, 1)


PRESUMED = "fact: arrears_outstanding, combine: suspend, unknown: presume_absent, because: debts are listed"
CLASSIFIER = Classifier(small_schedule())
EVICTED = Said(key="was_eviction", on=None, holds=True)
PRESUMING = Classifier(
    parse_schedule(
        schedule_text()
        .replace("fact: arrears_outstanding, combine: suspend, unknown: ask", PRESUMED)
        .replace(
            "      - {when: it turned out to be an eviction, fact: was_eviction", "      - {when: old, fact: is_old"
        )
        .replace("combine: becomes, becomes: EVI-01, unknown: ask", "combine: same"),
        name="small",
    )
)


def appraised(*said: Said, paper: Paper | None = None) -> CaseAppraisal:
    return appraise_in_case(CLASSIFIER, paper or Paper(), said)


def test_what_was_said_of_the_case_is_heard_with_its_evidence() -> None:
    made = appraised(Said())

    assert made.case == "Housing/Tenancy files/12 High Street"
    assert made.appraisal.trigger is not None
    assert made.appraisal.trigger.latest == date(2012, 1, 1)
    assert {one.key for one in made.asked} == {"arrears_outstanding", "was_eviction"}
    assert [one.key for one in made.heard] == ["case_closed"]


@pytest.mark.parametrize(
    "said",
    [
        Said(path="Housing/Tenancy files"),
        Said(path="Housing/Tenancy files/12 High"),
        Said(path="Housing/Tenancy files/12 High", is_about_case=False),
        Said(path="Housing/Tenancy files/14 High Street", is_about_case=False),
        Said(classes=("EVI-01",)),
    ],
    ids=["the folder of all cases", "half a name", "half a name of a folder", "another case", "another class"],
)
def test_what_was_said_of_something_else_is_not_heard(said: Said) -> None:
    assert appraised(said) == appraised()


def test_what_was_said_of_the_class_that_an_answer_leads_to_is_heard() -> None:
    made = appraised(EVICTED, Said(classes=("EVI-01",)), Said(key="arrears_outstanding", on=None, holds=False))

    assert made.appraisal.disposal_class is not None
    assert made.appraisal.disposal_class.id == "EVI-01"
    assert made.appraisal.due is not None
    assert made.appraisal.due.latest == date(2024, 1, 1)


def test_the_questions_of_all_papers_of_a_case_are_the_same() -> None:
    papers = [Paper(), Paper(path="Housing/Tenancy files/12 High Street/b.txt")]

    assert len({appraised(paper=paper).asked for paper in papers}) == 1


NO_ARREARS = Said(key="arrears_outstanding", on=None, holds=False, order=2)
NOT_EVICTED = Said(key="was_eviction", on=None, holds=False, order=3)
SETTLED = (Said(order=1), NO_ARREARS, NOT_EVICTED)
ARREARS = replace(NO_ARREARS, holds=True, path="Housing", is_about_case=False, order=9)


def latest(made: CaseAppraisal) -> date | None:
    assert made.appraisal.due is not None
    return made.appraisal.due.latest


def test_of_one_place_the_later_statement_is_heard_whatever_its_reach_and_classes_are() -> None:
    older = replace(SETTLED[0], classes=("TEN-01",))
    correction = Said(on=date(2024, 6, 1), is_about_case=False, order=8)

    made = appraised(older, *SETTLED[1:], correction)

    assert latest(made) == date(2030, 6, 1)
    assert any("not heard, because rita said otherwise later: case closed: 2012-01-01" in one for one in made.notes)


def test_arrears_that_were_found_later_further_up_are_not_outvoted_by_an_older_answer_for_the_case() -> None:
    made = appraised(*SETTLED, ARREARS)

    assert latest(appraised(*SETTLED)) == date(2018, 1, 1)
    assert latest(made) is None
    assert "statements_disagree:arrears_outstanding" in made.appraisal.flags
    assert "arrears_outstanding" in {one.key for one in made.asked}
    assert latest(appraised(*SETTLED, ARREARS, replace(NO_ARREARS, order=10))) == date(2018, 1, 1)


def test_of_two_days_that_people_disagree_about_neither_ends_the_period_too_early() -> None:
    made = appraised(*SETTLED, Said(path="Housing", is_about_case=False, on=date(2020, 1, 1), order=9))

    assert latest(made) == date(2026, 1, 1)
    assert "statements_disagree:case_closed" in made.appraisal.flags


def test_what_was_said_before_a_file_was_there_settles_nothing_about_it() -> None:
    made = appraise_in_case(CLASSIFIER, Paper(), SETTLED[1:], earlier=SETTLED[:1])

    assert latest(made) is None
    words = [one.words for one in made.asked if one.key == "case_closed"]
    assert words[0].endswith("(a statement of 2026-03-01 was made before this file was there)")


def test_what_was_said_before_a_file_was_there_and_would_keep_it_longer_is_asked_again() -> None:
    debt = replace(NO_ARREARS, holds=True)

    made = appraise_in_case(PRESUMING, Paper(), SETTLED[:1], earlier=[debt])

    assert latest(appraise_in_case(PRESUMING, Paper(), SETTLED[:1])) == date(2018, 1, 1)
    assert latest(made) is None
    assert [one.key for one in made.asked] == ["arrears_outstanding"]


def test_a_fact_that_is_presumed_not_to_hold_is_not_presumed_where_people_disagree_about_it() -> None:
    made = appraise_in_case(PRESUMING, Paper(), [*SETTLED[:2], ARREARS])

    assert latest(made) is None
    assert [one.key for one in made.asked] == ["arrears_outstanding"]


def test_a_date_of_birth_said_under_one_class_does_not_count_under_the_class_that_rules_instead() -> None:
    text = schedule_text().replace(
        "clock: {trigger: case_closed, period: P12Y}", "clock: {trigger: date_of_birth, period: P12Y}"
    )
    classifier = Classifier(parse_schedule(text, name="small"))
    birth = Said(key="date_of_birth", on=date(1950, 1, 1), classes=("TEN-01",))

    made = appraise_in_case(classifier, Paper(), [EVICTED, NO_ARREARS, birth])

    assert made.appraisal.disposal_class is not None
    assert made.appraisal.disposal_class.id == "EVI-01"
    assert latest(made) is None
    said_rightly = replace(birth, classes=("EVI-01",))
    assert latest(appraise_in_case(classifier, Paper(), [EVICTED, NO_ARREARS, said_rightly])) == date(1962, 1, 1)


@given(
    said=st.lists(
        st.builds(
            Said,
            order=st.integers(0, 3),
            path=st.sampled_from(["Housing", "Housing/Tenancy files", "Housing/Tenancy files/12 High Street"]),
            is_about_case=st.booleans(),
            classes=st.sampled_from([(), ("TEN-01",), ("EVI-01",), ("INV-01",)]),
        )
        | st.just(EVICTED),
        max_size=5,
    )
)
def test_whatever_was_said_the_answer_is_found_and_is_the_same_again(said: list[Said]) -> None:
    assert appraised(*said) == appraised(*said)


def test_a_schedule_knows_what_it_may_ask_for() -> None:
    schedule = shipped_schedule()

    assert {"contract_end", "date_of_birth", "case_closed"} <= event_keys(schedule)
    assert "tenancy_debt_outstanding" in fact_names(schedule)
    assert not {"none", "fixed_date"} & event_keys(schedule)


def test_the_newest_day_of_a_case_is_asked_for_only_where_nothing_else_settles_it_and_the_folder_is_known() -> None:
    of_welfare = Classifier(parse_schedule(SCHEDULE, name="small"))
    paper = Paper(path="Adults/Welfare/C-1/Letters/a.txt", text="welfare")
    said = Said(key="last_contact", path="Adults/Welfare/C-1")

    assert appraise_in_case(of_welfare, paper).asks_newest
    assert not appraise_in_case(of_welfare, paper, [said]).asks_newest  # what people said is left as it is
    assert not appraise_in_case(of_welfare, replace(paper, path="Adults/Welfare/a.txt")).asks_newest
    assert not appraised().asks_newest  # another class of cases, which accepts no file's time
    assert _is_known_folder("Housing/Tenancy files/9 Mill Lane", "Housing/Tenancy files/9 Mill Lane/a", [TENANCIES])
    assert not _is_known_folder("Jim/stuff", "Jim/stuff/a.txt", [])  # its case may have newer papers beside `stuff`


def test_a_ruling_by_the_newest_day_is_no_precedent_once_the_case_has_another() -> None:
    text = SCHEDULE.replace('folders: ["welfare"]', 'folders: ["welfare", "visits"]')
    of_welfare = Classifier(parse_schedule(text, name="small"))
    papers = [Paper(path=f"Welfare/Welfare visits/Ames J/note {letter}.txt") for letter in "abc"]
    days = (date(2014, 2, 1), date(2021, 7, 1), None)

    made = [
        appraise_in_case(of_welfare, paper, around=Surroundings(case_newest_on=day, case_files=3))
        for paper, day in zip(papers, days, strict=True)
    ]

    ends = [one.appraisal.due.latest if one.appraisal.due else date.min for one in made]
    assert ends == [date(2020, 2, 1), date(2027, 7, 1), None]
