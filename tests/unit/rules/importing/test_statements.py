"""Tables and lists of statements, and pages as councils publish them."""

import pytest

from rules import (
    AsRule,
    ClassState,
    DisposalAction,
    ImportDefaults,
    Period,
    ScheduleError,
    Trigger,
    export_schedule,
    import_schedule,
    parse_schedule,
    shipped_schedule,
)
from rules.exporting.tables import Sheet
from rules.exporting.workbook_writing import sheets_as_workbook
from tests.unit.rules.importing.importing import imported, only_class, refused


def test_headings_are_recognised_by_the_words_councils_use() -> None:
    result = imported(
        b"Ref;Type of record;Retention period;Start event;Disposal action;Legislation\r\n"
        b"1.1;Tree surveys;6 years;case closed;Destroy;Trees Act\r\n"
    )

    entry = result.schedule.classes[0]
    assert result.form == "statements"
    assert result.mapping[2] == "Retention period \N{RIGHTWARDS ARROW} retention"
    assert (entry.id, entry.title, entry.authority) == ("1.1", "Tree surveys", ("Trees Act",))
    assert (entry.main_clock.trigger, entry.main_clock.period) == (Trigger.CASE_CLOSED, Period(years=6))
    assert entry.action is DisposalAction.DESTROY
    assert entry.as_written == "6 years; from: case closed; Destroy"


def test_columns_can_be_named() -> None:
    table = b"Sort,Was wird behalten,Wie lange\nx,Trees,3 years after case closed\n"

    assert "no form that is known" in refused(table)
    told = ImportDefaults(columns=(("title", "Was wird behalten"), ("retention", "Wie lange")))
    entry = only_class(table, defaults=told, form="statements")
    assert (entry.title, entry.main_clock.period) == ("Trees", Period(years=3))


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ((("retention", "Nowhere"),), "there is no column 'Nowhere'; write one of a, b"),
        ((("colour", "a"),), "'colour' is no field of a rule; write one of id, title"),
        ((("title", "a"),), "no column holds retention statements; the headings are a, b"),
    ],
)
def test_a_column_that_is_not_there_is_refused(columns: tuple[tuple[str, str], ...], what: str) -> None:
    with pytest.raises(ScheduleError) as refusal:
        import_schedule(b"a,b\n1,2\n", name="t", defaults=ImportDefaults(columns=columns), form="statements")
    assert what in str(refusal.value)


def test_what_is_not_understood_is_kept_in_its_own_words_and_never_destroys() -> None:
    result = imported(b"Record,Retention,Action\nMoon papers,until the moon has been seen to frown on it,Destroy\n")

    entry = result.schedule.classes[0]
    assert (entry.state, entry.action) in {
        (ClassState.DESCRIPTIVE, DisposalAction.REVIEW),
        (ClassState.NEEDS_EVENT, DisposalAction.DESTROY),
    }
    assert entry.as_written == "until the moon has been seen to frown on it; Destroy"


def test_a_missing_start_is_assumed_as_told_and_said_beside_each_class() -> None:
    table = b"Record,Retention\nTrees,6 years\nBenches,6 years after case closed\n"

    result = imported(table, defaults=ImportDefaults(default_start=Trigger.LAST_MODIFIED))

    trees, benches, _default = result.schedule.classes
    assert trees.main_clock.trigger is Trigger.LAST_MODIFIED
    assert "no start is stated: assumed to be last modified" in trees.notes
    assert benches.main_clock.trigger is Trigger.CASE_CLOSED
    assert "assumed" not in result.rows[1].notes[0]


def test_a_hold_in_a_statement_is_named_once_and_is_no_part_of_the_rule() -> None:
    words = "Do not destroy until the Tree Inquiry has given permission. Thereafter: 7 years after case closed"
    result = imported(f"Record,Retention\nTrees,{words}\nHedges,{words}\n".encode())

    (hold,) = result.holds
    assert hold.title == "Do not destroy until the Tree Inquiry has given permission"
    assert result.schedule.classes[0].main_clock.period == Period(years=7)
    assert all("it names a hold" in " ".join(row.notes) for row in result.rows)


def test_a_reference_to_another_rule_of_the_file_is_followed() -> None:
    result = imported(b"Record,Retention\nTrees,6 years after case closed\nHedges,As for Trees\nPonds,As for Lakes\n")

    _trees, hedges, ponds, _default = result.schedule.classes
    assert hedges.clock == AsRule(class_id="R-001")
    assert ponds.state is ClassState.DESCRIPTIVE
    assert "'Lakes', which names no one rule of the file" in result.rows[2].notes[-1]


def test_rules_that_refer_to_each_other_in_a_circle_are_descriptive() -> None:
    result = imported(b"Record,Retention\nA,As for B\nB,As for A\nC,As for A\n")

    assert [row.state for row in result.rows[:2]] == [ClassState.DESCRIPTIVE] * 2


def test_two_records_of_one_reference_keep_it_in_their_notes() -> None:
    result = imported(b"Ref,Record,Retention\n1,A,Permanent\n1,B,Permanent\n2,C,Permanent\n")

    assert [entry.id for entry in result.schedule.classes] == ["R-001", "R-002", "2", "DEFAULT"]
    assert "Reference in the source, not the only one: 1" in result.schedule.classes[0].notes


def test_a_list_is_read_only_when_a_person_says_that_it_is_one() -> None:
    lines = b"6 years after case closed\n\nPermanent\n"

    assert "no form that is known" in refused(lines)
    result = imported(lines, form="list")
    assert [row.where for row in result.rows] == ["line 1", "line 3"]
    assert [row.state for row in result.rows] == [ClassState.NEEDS_EVENT, ClassState.PERMANENT]


def test_an_old_spreadsheet_in_windows_letters_is_read_and_it_is_said() -> None:
    result = imported("Record,Retention\nCafé menus,Permanent\n".encode("cp1252"))

    assert result.schedule.classes[0].title == "Café menus"
    assert "read as Windows-1252, not UTF-8" in result.findings


def test_utf_16_is_read() -> None:
    assert only_class("Record,Retention\nCafé,Permanent\n".encode("utf-16")).title == "Café"


PAGE = """# source: a page
Parks
Tree surveys
- Description: What was seen
- Retention period: 6 years from case closed
- Action: Delete
- Reasoning: Trees Act
- Personal data: No
Bench register
- Retention period: Permanent
"""


def test_a_page_of_labels_is_read_entry_by_entry() -> None:
    trees, benches, _default = imported(PAGE.encode()).schedule.classes

    assert (trees.title, trees.function, trees.authority) == ("Tree surveys", "Parks", ("Trees Act",))
    assert (trees.main_clock.period, trees.action) == (Period(years=6), DisposalAction.DESTROY)
    assert "Personal data: No" in trees.notes
    assert (benches.title, benches.state) == ("Bench register", ClassState.PERMANENT)


def test_numbered_entries_keep_their_numbers_and_a_hold_before_them() -> None:
    page = (
        "Our schedule\n\nPARKS\n\nPK 1.01: Tree surveys\n\nDo not destroy until the Inquiry has given permission. "
        "Thereafter:\n\nDisposition: 7 years after case closed.\n\nExample(s):\n\n"
        "  \N{BULLET} map\n  \N{BULLET} list\n\n"
        "PK 1.02 | Benches\n\nDisposition: Permanent.\n"
    )
    result = imported(page.encode())

    trees, benches, _default = result.schedule.classes
    assert (trees.id, trees.title, trees.function) == ("PK-1.01", "Tree surveys", "PARKS")
    assert "map" in trees.description
    assert "list" in trees.description
    assert result.holds[0].title == "Do not destroy until the Inquiry has given permission"
    assert (benches.id, benches.title) == ("PK-1.02", "Benches")


PIPES = """<!-- source: a page -->
Reference | Type of record | Retention period |
---|---|---|
7.1 |
Tree surveys |
6 years after
case closed |
7.2 | Benches | Permanent |
"""


def test_a_table_whose_cells_run_over_lines_is_put_together() -> None:
    trees, benches, _default = imported(PIPES.encode()).schedule.classes

    assert (trees.id, trees.title, trees.main_clock.period) == ("7.1", "Tree surveys", Period(years=6))
    assert (benches.id, benches.state) == ("7.2", ClassState.PERMANENT)


def test_cells_that_lost_their_column_are_refused_not_guessed() -> None:
    assert "7 cells do not make whole rows of 3" in refused((PIPES + "7.3 |").encode())


def test_a_fenced_table_is_read_too() -> None:
    page = "| Record | Retention |Notes|\n|---|---|---|\n| Trees | Permanent | x |\n"

    assert only_class(page.encode()).state is ClassState.PERMANENT


@pytest.mark.parametrize("content", [b"Record,Retention\nTrees,Permanent\n", "house"])
def test_a_file_whose_name_is_no_text_is_imported_all_the_same(content: bytes | str) -> None:
    house = export_schedule(shipped_schedule(), form="csv").content
    name = b"caf\xe9.csv".decode("utf-8", errors="surrogateescape")
    told = ImportDefaults(schedule_id=name, jurisdiction=name)

    result = import_schedule(house if isinstance(content, str) else content, name=name, defaults=told)

    assert result.schedule.title == "Imported from caf?.csv"
    assert result.schedule.jurisdiction == "caf?.csv"
    assert parse_schedule(export_schedule(result.schedule, form="yaml").content.decode(), name="x") == result.schedule


def workbook(**sheets: tuple[tuple[str, ...], ...]) -> bytes:
    return sheets_as_workbook(tuple(Sheet(name=name, header=rows[0], rows=rows[1:]) for name, rows in sheets.items()))


def test_every_sheet_of_rules_is_read_and_the_others_are_told() -> None:
    head = ("Record", "Retention period")
    book = workbook(
        Cover=(("Our council",),),
        Parks=(head, ("Trees", "Permanent")),
        Housing=(head, ("Rents", "6 years after case closed"), ("Keys", "Permanent")),
    )

    result = imported(book)

    assert [row.where for row in result.rows] == ["sheet Parks, row 2", "sheet Housing, row 2", "sheet Housing, row 3"]
    assert [entry.function for entry in result.schedule.classes[:3]] == ["Parks", "Housing", "Housing"]
    assert "the sheet 'Cover' is of another kind: not read" in result.findings
    assert any(words.startswith("Housing: Record") for words in result.mapping)


def test_named_columns_choose_among_the_sheets() -> None:
    book = workbook(A=(("x", "y"), ("1", "2")), B=(("What", "How long"), ("Trees", "Permanent")))
    told = ImportDefaults(columns=(("title", "What"), ("retention", "How long")))

    assert only_class(book, defaults=told, form="statements").title == "Trees"
    assert "there is no column" in _refused_with(book, ImportDefaults(columns=(("title", "Nowhere"),)))


def _refused_with(content: bytes, defaults: ImportDefaults) -> str:
    with pytest.raises(ScheduleError) as refusal:
        import_schedule(content, name="t", defaults=defaults, form="statements")
    return str(refusal.value)


def test_what_is_permanent_and_offered_keeps_the_offer_as_an_instruction() -> None:
    entry = only_class(b"Record,Retention\nMinutes,Permanent. Transfer to the Record Office.\n")

    assert entry.state is ClassState.PERMANENT
    assert "Transfer to the Record Office" in entry.instructions[0].words
