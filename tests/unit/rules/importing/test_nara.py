import pytest

from rules import (
    ClassState,
    Clock,
    Cutoff,
    DisposalAction,
    ImportDefaults,
    Period,
    PeriodKind,
    Trigger,
    YearStart,
    export_schedule,
    import_schedule,
)
from tests.unit.rules.importing.importing import imported, only_class, refused
from tests.unit.rules.importing.samples import grs, grs_row


def test_a_table_with_all_its_quirks_is_read() -> None:
    result = imported(
        grs(
            grs_row("GRS 9.1.010", law="1 USC 2,\n3 USC 4", comments="See also, the other"),
            grs_row("GRS 9.1.020", kind="Event_Age", event="Final action ", longer="No"),
            "GRS 9.1.030,Old,Catering,,Permanent,15,Event_Age,End of FY,N/A,No,A-1,,,",
        )
    )

    menus, final, old, _default = result.schedule.classes
    assert result.form == "nara"
    assert result.states == {"computable": 1, "needs_event": 1, "permanent": 1}
    assert [row.where for row in result.rows] == ["row 2", "row 3", "row 4"]
    assert "3 columns without heading or content: left out" in result.mapping
    assert menus.id == "GRS-9.1.010"
    assert "Id in the source: GRS 9.1.010" in menus.notes
    assert menus.authority == ("DAA-X-1", "1 USC 2, 3 USC 4")
    assert (menus.main_clock.trigger, menus.main_clock.period) == (Trigger.CREATED, Period(years=3))
    assert (menus.period_kind, final.period_kind) == (PeriodKind.MINIMUM, PeriodKind.EXACT)
    assert final.main_clock.event_key == "named_event:final action"
    assert old.action is DisposalAction.RETAIN_PERMANENTLY
    assert old.instructions[0].after == Period(years=15)
    assert result.schedule.financial_year_start == YearStart(month=10, day=1)


@pytest.mark.parametrize(
    ("written", "period", "longest"),
    [
        ("0", Period(), None),
        ("6m", Period(months=6), None),
        ("30d", Period(days=30), None),
        ("72h", Period(days=3), None),
        ("1h", Period(days=1), None),
        ("25h", Period(days=2), None),
        ("4-7", Period(years=4), Period(years=7)),
    ],
)
def test_no_way_of_writing_a_period_becomes_shorter(written: str, period: Period, longest: Period | None) -> None:
    clock = only_class(grs(grs_row(years=written))).main_clock

    assert (clock.period, clock.period_max) == (period, longest)


@pytest.mark.parametrize("written", ["[Variable]", "N/A", ""])
def test_what_the_publisher_cannot_compute_is_never_destroyed(written: str) -> None:
    result = imported(grs(grs_row(years=written)))

    entry = result.schedule.by_id["GRS-9.1.010"]
    assert result.rows[0].state is ClassState.DESCRIPTIVE
    assert entry.action is DisposalAction.REVIEW
    assert result.rows[0].notes[0].startswith("descriptive: its period is")


@pytest.mark.parametrize("written", ["forever", "7-4", "-3", "3.5", "1000", "²"])
def test_a_period_that_is_none_is_refused_with_its_row_and_column(written: str) -> None:
    assert f"theirs:2: row 2: {written!r} is no period; write years" in refused(grs(grs_row(years=written)))


def test_the_end_of_the_fiscal_year_is_a_cutoff() -> None:
    clock = only_class(grs(grs_row(kind="Event_Age", event="End of FY"))).main_clock

    assert (clock.trigger, clock.cutoff) == (Trigger.CREATED, Cutoff.FINANCIAL_YEAR)


def test_an_event_without_a_name_starts_nothing_unless_the_import_is_told() -> None:
    table = grs(grs_row(kind="Event_Age", event=""))

    assert only_class(table).state is ClassState.DESCRIPTIVE
    told = imported(table, defaults=ImportDefaults(default_start=Trigger.CASE_CLOSED))
    assert told.schedule.classes[0].main_clock.trigger is Trigger.CASE_CLOSED
    assert told.rows[0].notes == ("no start is stated: assumed to be case closed, as the import was told",)


@pytest.mark.parametrize("trigger", [Trigger.NONE, Trigger.FIXED_DATE, Trigger.NAMED_EVENT])
def test_a_start_that_nobody_could_date_is_not_assumed(trigger: Trigger) -> None:
    table = grs(grs_row(kind="Event_Age", event=""))

    assert only_class(table, defaults=ImportDefaults(default_start=trigger)).state is ClassState.DESCRIPTIVE


def test_a_superseded_item_is_retired_and_names_its_successor() -> None:
    result = imported(grs(grs_row("GRS 1", superseded="GRS 2"), grs_row("GRS 2"), grs_row("GRS 3", superseded="DAA-7")))

    first, _second, third, _default = result.schedule.classes
    assert (first.state, third.state) == (ClassState.RETIRED, ClassState.RETIRED)
    assert first.retired is not None
    assert first.retired.successor == "GRS-2"
    assert third.retired is not None
    assert (third.retired.successor, third.retired.note) == ("", "Superseded by DAA-7")


def test_an_item_written_twice_is_refused() -> None:
    assert "row 3: the id 'GRS 1' is written twice, first in row 2" in refused(grs(grs_row("GRS 1"), grs_row("GRS 1")))


def test_ids_that_only_look_alike_are_told_apart() -> None:
    result = imported(grs(grs_row("GRS 1"), grs_row("GRS-1")))

    assert [entry.id for entry in result.schedule.classes] == ["GRS-1", "GRS-1-2", "DEFAULT"]


def test_neither_temporary_nor_permanent_is_refused() -> None:
    assert "row 2: 'Perhaps' is neither Temporary nor Permanent" in refused(grs(grs_row(end="Perhaps")))


def test_what_was_exported_is_read_again() -> None:
    first = imported(
        grs(
            grs_row("G-1", kind="Event_Age", event="superseded or obsolete", longer="No"),
            grs_row("G-2", years="4-7"),
            grs_row("G-3", years="6m", kind="Event_Age", event="End of FY"),
            grs_row("G-4", years="30d", kind="Event_Age", event="audit signed"),
        )
    ).schedule

    again = import_schedule(export_schedule(first, form="nara").content, name="again").schedule

    for before, after in zip(first.classes[:4], again.classes, strict=False):
        assert isinstance(before.clock, Clock)
        assert isinstance(after.clock, Clock)
        assert (after.clock.event_key, after.clock.period, after.clock.period_max, after.clock.cutoff) == (
            before.clock.event_key,
            before.clock.period,
            before.clock.period_max,
            before.clock.cutoff,
        )
        assert (after.period_kind, after.action) == (before.period_kind, before.action)
