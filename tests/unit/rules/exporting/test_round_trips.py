"""What is written in the house forms is read back as it was, whatever the schedule says."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings

from rules import (
    ApprovalPolicy,
    AsRule,
    Clause,
    Clock,
    Cues,
    DisposalClass,
    DisposalSchedule,
    Example,
    Exported,
    ImportDefaults,
    Instruction,
    Retirement,
    ScheduleError,
    Source,
    StandingHold,
    Then,
    export_schedule,
    import_schedule,
    parse_schedule,
    shipped_schedule,
)
from tests.unit.rules.exporting.whole_schedules import schedules


def losses(exported: Exported, class_id: str) -> list[str]:
    return [loss.what for loss in exported.lost if loss.class_id == class_id]


@given(schedules())
@settings(max_examples=20)
def test_a_schedule_written_as_yaml_is_the_same_schedule(schedule: DisposalSchedule) -> None:
    exported = export_schedule(schedule, form="yaml")

    again = parse_schedule(exported.content.decode("utf-8"), name="again.yaml")

    assert again == schedule
    assert again.digest == schedule.digest
    assert exported.lost == ()


@given(schedules())
@settings(max_examples=20)
def test_a_schedule_written_as_a_workbook_is_the_same_schedule(schedule: DisposalSchedule) -> None:
    exported = export_schedule(schedule, form="xlsx")

    again = import_schedule(exported.content, name="again.xlsx")

    assert again.form == "table"
    assert again.schedule == schedule
    assert exported.lost == ()


@given(schedules())
@settings(max_examples=20)
def test_a_csv_loses_the_head_and_the_sources_and_says_so(schedule: DisposalSchedule) -> None:
    exported = export_schedule(schedule, form="csv")

    again = import_schedule(exported.content, name="again.csv", defaults=ImportDefaults(schedule_id="ours"))

    lost = {loss.class_id for loss in exported.lost if "NUL" in loss.what}
    for entry, read in zip(schedule.classes, again.schedule.classes, strict=True):
        assert read == replace(entry, sources=()) or entry.id in lost
    assert again.schedule.default_class == schedule.default_class
    assert again.schedule.id == "ours"
    assert len(losses(exported, "")) == 1
    for entry in schedule.classes:
        assert ("the names of its sources" in losses(exported, entry.id)) == bool(entry.sources)


@pytest.mark.parametrize("form", ["yaml", "xlsx", "csv"])
def test_a_class_of_which_only_its_retirement_is_known_stays_retired(form: str) -> None:
    shipped = shipped_schedule()
    gone = replace(shipped.classes[0], retired=Retirement(on=None), sources=())

    schedule = replace(shipped, classes=(gone, *shipped.classes[1:]))
    again = import_schedule(export_schedule(schedule, form=form).content, name="again").schedule

    assert again.by_id[gone.id] == gone


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_the_shipped_schedule_keeps_its_digest(form: str) -> None:
    shipped = shipped_schedule()

    again = import_schedule(export_schedule(shipped, form=form).content, name=f"shipped.{form}")

    assert again.schedule.digest == shipped.digest
    assert again.schedule == shipped


@pytest.mark.parametrize("form", ["yaml", "xlsx", "csv", "purview", "nara"])
def test_the_same_schedule_gives_the_same_bytes(form: str) -> None:
    assert export_schedule(shipped_schedule(), form=form) == export_schedule(shipped_schedule(), form=form)


def test_a_form_that_nobody_knows_is_refused_with_those_that_are() -> None:
    with pytest.raises(ScheduleError, match="'pdf' is no form a schedule can be written in; write one of yaml, xlsx"):
        export_schedule(shipped_schedule(), form="pdf")


def test_no_word_of_the_model_is_forgotten_by_the_writer() -> None:
    """A field added to the model must be written, and drawn by the strategies, before it is named here."""
    known = {
        Clock: "trigger subject period period_max cutoff subject_under_years starts_on event restarts_on "
        "is_start_assumed",
        Then: "first period cutoff",
        AsRule: "class_id",
        Clause: "when fact combine clock action becomes unknown presumption signs note",
        Cues: "folders names phrases extensions media_types residue properties labels made_before",
        Instruction: "kind words after",
        ApprovalPolicy: "levels needs_archivist outside_permission",
        Retirement: "on successor note",
        Example: "path text expected is_not due settles media_type modified_on",
        DisposalClass: "id title function description clock action period_kind authority confidence evidence basis uri "
        "bucket scope_notes clauses cues exclusions gives_way marking personal_data accepts level on_refusal "
        "instructions approval retired is_descriptive as_written sources dissent notes examples",
        DisposalSchedule: "id title version status jurisdiction financial_year_start tax_year_start "
        "academic_year_start default_class classes generic_words standing_holds sources valid_from valid_to "
        "approved_by approved_on published_as",
        StandingHold: "id title scope seen is_released",
        Source: "id name url",
    }

    for kind, names in known.items():
        assert [field.name for field in fields(kind)] == names.split(), kind


def test_every_field_of_the_head_is_written() -> None:
    text = export_schedule(shipped_schedule(), form="yaml").content.decode()
    head = parse_schedule(text, name="x")

    for field in fields(head):
        assert getattr(head, field.name) == getattr(shipped_schedule(), field.name)
