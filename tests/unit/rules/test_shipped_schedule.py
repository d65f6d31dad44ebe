"""The shipped template, held to what a records manager may expect of it."""

import re
from datetime import date
from pathlib import Path

import pytest

from rules import (
    Combine,
    Confidence,
    Cutoff,
    DisposalAction,
    Level,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    ScheduleError,
    Strength,
    Trigger,
    WhenUnknown,
    appraise,
    parse_schedule,
    shipped_schedule,
    shipped_schedule_text,
)
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import a_schedule

SCHEDULE = shipped_schedule()
CASEWORK = ("CSC-", "EDU-", "ASC-", "HOU-", "HR-", "PEN-", "REV-")


def test_it_has_sixty_one_classes_and_four_named_holds() -> None:
    assert len(SCHEDULE.classes) == 61
    assert [hold.id for hold in SCHEDULE.standing_holds if hold.is_released] == ["HOLD-INQ-IICSA"]
    assert len(SCHEDULE.standing_holds) == 4


def test_it_says_that_it_is_a_template() -> None:
    assert SCHEDULE.status == "template"
    assert "TEMPLATE" in shipped_schedule_text().splitlines()[0]


def test_its_text_loads_to_the_same_version() -> None:
    assert parse_schedule(shipped_schedule_text(), name="copy.yaml").schedule_version == SCHEDULE.schedule_version


def test_every_class_cites_an_authority_and_says_how_sure_it_is() -> None:
    for entry in SCHEDULE.classes:
        assert entry.authority, entry.id
        assert entry.description, entry.id


def test_no_presumption_is_made_about_people() -> None:
    for entry in SCHEDULE.classes:
        for clause in entry.clauses:
            if clause.unknown is WhenUnknown.PRESUME_ABSENT:
                assert not entry.id.startswith(CASEWORK), entry.id
                assert clause.presumption


def test_casework_accepts_nothing_but_an_attested_event_about_the_whole_case() -> None:
    for entry in SCHEDULE.classes:
        if entry.id.startswith(CASEWORK):
            assert entry.level is Level.CASE, entry.id
            assert entry.accepts is Strength.A, entry.id


def test_the_default_class_never_destroys() -> None:
    assert SCHEDULE.by_id[SCHEDULE.default_class].action is DisposalAction.REVIEW


def test_only_what_has_no_value_as_a_record_gives_way() -> None:
    assert sorted(entry.id for entry in SCHEDULE.classes if entry.gives_way) == ["ROT-01", "TRN-01", "TRN-02"]


def test_election_papers_are_a_duty_to_destroy() -> None:
    entry = SCHEDULE.by_id["ELE-01"]

    assert (entry.period_kind, entry.action) == (PeriodKind.EXACT, DisposalAction.DESTROY)
    assert entry.personal_data is PersonalData.SPECIAL_CATEGORY


def test_a_schedule_that_is_not_shipped_is_refused() -> None:
    for name in ("nowhere", "../periods", ""):
        with pytest.raises(ScheduleError, match="no such schedule is shipped"):
            shipped_schedule_text(name)


FORMAT_PAGE = Path(__file__).parents[3] / "docs" / "schedule-format.md"


def test_the_worked_class_of_the_format_page_loads_and_falls_due_as_the_page_says() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", FORMAT_PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (worked,) = (block for block in blocks if block.startswith("  - id:"))

    schedule = parse_schedule(a_schedule(worked).replace("sources: [WF, DER]", "sources: [ACT]"), name="page.yaml")
    staff = appraise(schedule, SeenFile(path="Health and Safety/2010/accident.pdf", text="person injured"))
    pupil = appraise(schedule, SeenFile(path="Pupils/Accidents/2010/accident.pdf"))

    assert staff.due is not None
    assert (staff.due.earliest, staff.due.latest) == (date(2017, 1, 1), date(2017, 12, 31))
    assert "presumed:injured_person_under_18" in staff.flags
    assert pupil.due is not None
    assert pupil.due.latest is None


def test_the_format_page_names_every_word_a_schedule_may_use() -> None:
    page = FORMAT_PAGE.read_text(encoding="utf-8")

    for words in (Trigger, Cutoff, PeriodKind, Combine, WhenUnknown, Confidence, RuleEvidence, PersonalData, Level):
        for word in words:
            assert re.search(rf"\b{word.value}\b", page), word
