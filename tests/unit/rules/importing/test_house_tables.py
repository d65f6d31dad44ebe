"""The house layout of tables is checked as strictly as a schedule file, by the same code."""

import pytest

from rules import EarlierOf, ImportDefaults, YearStart, export_schedule, import_schedule, shipped_schedule
from rules.exporting.tables import Sheet
from rules.exporting.workbook_writing import sheets_as_workbook
from tests.unit.rules.importing.importing import imported, refused

HEAD = (
    "id,title,function,description,default,clock.trigger,clock.period,action,period_kind,authority,confidence,evidence"
)
DEFAULT = "DEF-01,Anything,Any,All else,yes,last_modified,P6Y,review,minimum,Need,low,seen"


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows, ""]).encode()


def test_a_table_written_by_hand_is_a_schedule() -> None:
    told = ImportDefaults(
        schedule_id="our council", financial_year_start=YearStart(month=7, day=1), jurisdiction="Wales"
    )
    result = imported(
        table("T-01,Trees,Parks,Oaks,,case_closed,P3Y,destroy,exact,Act 1; Act 2,low,seen", DEFAULT), defaults=told
    )

    schedule = result.schedule
    assert (schedule.id, schedule.default_class, schedule.jurisdiction) == ("our-council", "DEF-01", "Wales")
    assert schedule.financial_year_start == YearStart(month=7, day=1)
    assert schedule.by_id["T-01"].authority == ("Act 1", "Act 2")


def test_an_expression_stands_in_its_cell_as_in_yaml() -> None:
    head = HEAD.replace("clock.trigger", "clock,clock.trigger")
    clock = '"{earlier_of: [{trigger: superseded, period: P0D}, {trigger: consent_withdrawn, period: P0D}]}"'
    rows = (f"T-01,Trees,Parks,Oaks,,{clock},,,destroy,minimum,Act,low,seen", DEFAULT.replace("yes,", "yes,,"))

    assert isinstance(imported(table(*rows, head=head)).schedule.by_id["T-01"].clock, EarlierOf)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("T-01,Trees,Parks,Oaks,,tea_time,P3Y,destroy,exact,Act,low,seen", "theirs:2: 'trigger' cannot be 'tea_time'"),
        ("T-01,Trees,Parks,Oaks,,created,3,destroy,exact,Act,low,seen", "theirs:2: '3' is not a valid period"),
        ("T-01,Trees,Parks,Oaks,,created,P3Y,burn,exact,Act,low,seen", "theirs:2: 'burn' is not an action"),
        ("T-01,,Parks,Oaks,,created,P3Y,destroy,exact,Act,low,seen", "theirs:2: a class lacks 'title'"),
        (",Trees,Parks,Oaks,,created,P3Y,destroy,exact,Act,low,seen", "theirs:2: row 2: there is no id"),
        (
            "DEF-01,Trees,Parks,Oaks,,created,P3Y,destroy,exact,Act,low,seen",
            "row 3: the class 'DEF-01' is written twice",
        ),
    ],
)
def test_a_fault_is_told_with_its_row(row: str, what: str) -> None:
    assert what in refused(table(row, DEFAULT))


def test_an_unknown_column_is_refused_not_ignored() -> None:
    assert "row 2: there is no column 'colour'" in refused(table(f"{DEFAULT},blue", head=f"{HEAD},colour"))


def test_a_broken_cell_of_yaml_is_told_with_its_row_and_column() -> None:
    message = refused(table(f'{DEFAULT},"[{{when: x"', head=f"{HEAD},clauses"))

    assert "row 2, column 13: this is not YAML" in message


def test_a_table_without_a_default_is_refused_as_a_schedule_file_is() -> None:
    assert "the schedule lacks 'default_class'" in refused(table(DEFAULT.replace("yes", "")))


def test_a_sheet_that_names_no_class_is_told() -> None:
    classes = Sheet(name="Classes", header=tuple(HEAD.split(",")), rows=(tuple(DEFAULT.split(",")),))
    steps = Sheet(name="Instructions", header=("class", "do", "words"), rows=(("T-99", "return", "Give it back"),))

    assert "sheet Instructions, row 2: there is no class 'T-99'" in refused(sheets_as_workbook((classes, steps)))


def test_a_schedule_in_the_house_form_is_taken_by_the_same_command() -> None:
    result = import_schedule(export_schedule(shipped_schedule(), form="yaml").content, name="ours.yaml")

    assert (result.form, result.schedule) == ("yaml", shipped_schedule())
    assert len(result.rows) == len(shipped_schedule().classes)
    assert result.holds == shipped_schedule().standing_holds
