"""Schedules as they were really published: every row imports with an explicit state, every broken file is refused."""

from pathlib import Path

import pytest

from rules import (
    DisposalAction,
    ImportedSchedule,
    ScheduleError,
    export_schedule,
    import_schedule,
    parse_schedule,
)

SCHEDULES = Path(__file__).parents[4] / "shared" / "data" / "schedules"
pytestmark = pytest.mark.skipif(not SCHEDULES.is_dir(), reason="the published schedules are not beside this checkout")


def published(name: str, *beside: str) -> ImportedSchedule:
    others = tuple((SCHEDULES / other).read_bytes() for other in beside)
    return import_schedule((SCHEDULES / name).read_bytes(), name=name, beside=others)


def hold_to_its_promises(result: ImportedSchedule) -> None:
    for row in result.rows:
        entry = result.schedule.by_id.get(row.class_id)
        if entry is None:
            assert row.notes, row.where
            continue
        assert entry.state is row.state, row.where
        assert entry.as_written, row.where
        assert entry.authority, row.where
        if entry.is_descriptive:
            assert entry.action is DisposalAction.REVIEW
    text = export_schedule(result.schedule, form="yaml").content.decode()
    assert parse_schedule(text, name="again").digest == result.schedule.digest
    assert import_schedule(export_schedule(result.schedule, form="xlsx").content, name="x").schedule == result.schedule


def test_all_rules_of_the_dutch_selection_list() -> None:
    result = published("nl_selectielijst_resultaten.json", "nl_selectielijst_procestypen.json")

    hold_to_its_promises(result)
    assert len(result.rows) == 346
    assert result.states == {"needs_event": 254, "descriptive": 1, "permanent": 89, "retired": 2}
    assert len(result.schedule.by_id) == 347
    withdrawn = [entry.retired for entry in result.schedule.classes if entry.retired is not None]
    assert [one.successor for one in withdrawn] == ["19.1.19", "4.1.14"]


def test_all_rows_of_the_french_rules() -> None:
    result = published("fr_vitam_rules_OK.csv")

    hold_to_its_promises(result)
    assert result.states == {"needs_event": 6, "other": 52}


def test_all_schedules_of_the_alfresco_plan() -> None:
    result = published("alfresco_DODExampleFilePlan.xml")

    hold_to_its_promises(result)
    assert result.states == {"computable": 4, "needs_event": 11}
    assert result.schedule.by_id["0318-03"].kept_for.startswith("3 years after the end of the financial year")


def test_all_items_of_the_general_records_schedules() -> None:
    result = published("us_nara_grs_t36_excerpt.csv")

    hold_to_its_promises(result)
    assert result.states == {"computable": 5, "needs_event": 15, "descriptive": 2}


@pytest.mark.parametrize(
    ("name", "form", "rows"),
    [
        ("au_nsw_rda_example.xml", "nsw", 3),
        ("constructed_purview_file_plan.csv", "purview", 4),
        ("pages/lewes_eastbourne_esd.csv", "esd", 7),
        ("pages/bracknell_adult_social_care.txt", "labels", 3),
        ("pages/derbyshire_hr_v5.10.txt", "labels", 4),
        ("pages/georgia_localprint.txt", "labels", 4),
        ("pages/wyreforest_housing.md", "pipes", 3),
        ("uk_and_us_rule_phrases.csv", "statements", 298),
    ],
)
def test_every_other_layout_is_recognised_and_read_whole(name: str, form: str, rows: int) -> None:
    result = published(name)

    hold_to_its_promises(result)
    assert (result.form, len(result.rows)) == (form, rows)


def test_a_hold_in_a_published_schedule_is_named() -> None:
    (hold,) = published("pages/derbyshire_hr_v5.10.txt").holds

    assert "IICSA" in hold.title


def test_a_page_whose_cells_lost_their_columns_is_refused_not_guessed() -> None:
    with pytest.raises(ScheduleError, match="no form that is known"):
        published("pages/blackpool_payroll.txt")


BROKEN = sorted((SCHEDULES / "malformed").glob("*")) if SCHEDULES.is_dir() else []


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_every_malformed_file_is_refused_with_its_row_and_column(path: Path) -> None:
    if "_KO_" not in path.name:
        assert import_schedule(path.read_bytes(), name=path.name).rows
        return

    with pytest.raises(ScheduleError) as refusal:
        import_schedule(path.read_bytes(), name=path.name)

    for finding in refusal.value.findings:
        assert finding.line >= 1
        assert finding.column >= 1
        assert finding.what.startswith("row ")
        assert finding.instead
