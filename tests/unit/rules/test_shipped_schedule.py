"""The shipped template, held to what a records manager may expect of it."""

import re
from datetime import date
from pathlib import Path

import pytest

from rules import (
    Basis,
    Classifier,
    Combine,
    Confidence,
    Cutoff,
    DisposalAction,
    DisposalSchedule,
    InstructionKind,
    Level,
    OnRefusal,
    PeriodKind,
    PersonalData,
    RuleEvidence,
    ScheduleError,
    Strength,
    Trigger,
    WhenUnknown,
    appraise,
    parse_schedule,
    run_examples,
    shipped_schedule,
    shipped_schedule_text,
)
from rules.loading.class_entry import _CLASS_KEYS
from rules.loading.clause_entry import _CLAUSE_KEYS
from rules.loading.schedule_file import _HEAD_KEYS
from rules.loading.term_entry import _CLOCK_KEYS, _EXPRESSIONS
from rules.ruling import appraising
from tests.unit.rules.files import Event, SeenFile
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


def schedule_of_page() -> DisposalSchedule:
    blocks = re.findall(r"```yaml\n(.*?)```", FORMAT_PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    worked = [block for block in blocks if block.startswith("  - id:")]
    assert len(worked) == 3
    text = a_schedule(*worked).replace("sources: [WF, DER]", "sources: [ACT]")
    head = next(block for block in blocks if block.startswith("schedule:"))
    return parse_schedule(head + text.partition("sources:")[1] + text.partition("sources:")[2], name="page.yaml")


def test_the_worked_class_of_the_format_page_loads_and_falls_due_as_the_page_says() -> None:
    schedule = schedule_of_page()
    staff = appraise(schedule, SeenFile(path="Health and Safety/2010/accident.pdf", text="person injured"))
    pupil = appraise(schedule, SeenFile(path="Pupils/Accidents/2010/accident.pdf"))

    assert staff.due is not None
    assert (staff.due.earliest, staff.due.latest) == (date(2017, 1, 1), date(2017, 12, 31))
    assert "presumed:injured_person_under_18" in staff.flags
    assert pupil.due is not None
    assert pupil.due.latest is None


def test_the_examples_of_the_format_page_come_out_as_it_says() -> None:
    assert [one.faults for one in run_examples(schedule_of_page())] == [(), ()]


def test_the_pension_papers_of_the_format_page_fall_due_as_it_says() -> None:
    papers = SeenFile(path="Pension papers/Smith/form.pdf")
    born, left = (
        Event(trigger="date_of_birth", on=date(1944, 2, 29)),
        Event(trigger="employment_end", on=date(2010, 1, 31)),
    )

    both = appraise(schedule_of_page(), papers, events=(born, left))
    one = appraise(schedule_of_page(), papers, events=(born,))

    assert both.due is not None
    assert both.due.latest == date(2020, 3, 31)
    assert one.due is not None
    assert one.due.latest is None


def test_the_funded_project_of_the_format_page_waits_for_the_funder() -> None:
    file = SeenFile(path="Funded projects/P-1/claim.pdf", text="Project completed: 3 May 2011")

    waiting = appraise(schedule_of_page(), file)
    allowed = appraise(schedule_of_page(), file, answers={"outside_permission": True})

    assert waiting.due is not None
    assert waiting.due.latest is None
    assert allowed.due is not None
    assert allowed.due.latest == date(2018, 3, 31)
    assert {"schedule_valid_from:2026-04-01", "schedule_valid_to:2031-03-31"} <= set(allowed.flags)


def test_the_format_page_names_every_word_a_schedule_may_use() -> None:
    page = FORMAT_PAGE.read_text(encoding="utf-8")

    for words in (
        Trigger, Cutoff, PeriodKind, Basis, Combine, WhenUnknown, Confidence, RuleEvidence, PersonalData, Level,
        OnRefusal, InstructionKind,
    ):  # fmt: skip
        for word in words:
            assert re.search(rf"\b{word.value}\b", page), word


def test_the_format_page_names_every_key_a_schedule_may_use() -> None:
    page = FORMAT_PAGE.read_text(encoding="utf-8")

    for key in (*_CLASS_KEYS, *_CLAUSE_KEYS, *_CLOCK_KEYS, *_EXPRESSIONS, *_HEAD_KEYS):
        assert re.search(rf"\b{key}\b", page), key


def test_the_format_page_explains_every_flag_that_the_rules_give() -> None:
    page = FORMAT_PAGE.read_text(encoding="utf-8")
    ruling = Path(appraising.__file__).parent
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted(ruling.glob("*.py")))
    flags = re.findall(r'(?:flags\.append\(|yield |flags \+= \[)f?"([a-z_]{4,})[":]', source)

    assert len(flags) > 12
    for flag in flags:
        assert f"`{flag}" in page, flag


@pytest.mark.parametrize("name", ["notes.tmp", "~$letter.doc", "draft.doc", "copy of letter.doc"])
def test_one_phrase_of_a_record_keeps_a_file_from_being_thrown_away_for_its_name(name: str) -> None:
    classifier = Classifier(SCHEDULE)
    rubbish = {entry.id for entry in SCHEDULE.classes if entry.gives_way}

    for entry in SCHEDULE.classes:
        for phrase in entry.cues.phrases:
            if entry.id in rubbish or len(phrase.split()) < 2 or not phrase.replace(" ", "").isalpha():
                continue
            found = classifier.classify(SeenFile(path=f"Shared/{name}", text=f"It says: {phrase}."))
            assert found.class_id not in rubbish, (name, phrase)
