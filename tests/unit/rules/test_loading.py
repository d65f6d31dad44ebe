from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import DisposalAction, Period, ScheduleError, load_schedule, parse_schedule
from rules.model import Clock, Combine, Level, Strength, Trigger, WhenUnknown
from tests.unit.rules.schedules import DEFAULT_CLASS, HEAD, a_class, a_schedule


def refused(text: str) -> str:
    with pytest.raises(ScheduleError) as refusal:
        parse_schedule(text, name="ours.yaml")
    return str(refusal.value)


def test_a_schedule_is_read_with_all_it_says() -> None:
    schedule = parse_schedule(
        a_schedule(
            a_class(
                "HS-01",
                "    clauses:",
                "      - when: the injured person was a child",
                "        fact: injured_child",
                "        combine: later",
                "        clock: {trigger: date_of_birth, period: P21Y, subject_under: 18}",
                "        unknown: presume_absent",
                "        because: most are about staff",
                "        signs: [pupil*]",
                "    level: case",
                folders="[accidents]",
            )
        ),
        name="ours.yaml",
    )

    entry = schedule.by_id["HS-01"]
    assert (entry.main_clock.trigger, entry.main_clock.period) == (Trigger.RECORD_DATE, Period(years=6))
    assert (entry.level, entry.accepts) == (Level.CASE, Strength.D)
    (clause,) = entry.clauses
    assert (clause.combine, clause.unknown, clause.signs) == (Combine.LATER, WhenUnknown.PRESUME_ABSENT, ("pupil*",))
    assert isinstance(clause.clock, Clock)
    assert clause.clock.subject_under_years == 18
    assert schedule.schedule_version.startswith("test-council@1+")


def test_every_fault_is_reported_at_once_with_its_line() -> None:
    text = a_schedule(
        a_class("FIN-01", "    colour: blue", clock="{trigger: recordt_date, subject: s, period: six years}"),
        a_class("FIN-01", folders='["tender(s"]'),
    )

    with pytest.raises(ScheduleError) as refusal:
        parse_schedule(text, name="ours.yaml")

    findings = refusal.value.findings
    words = [finding.what for finding in findings]
    assert any("'colour'" in what for what in words)
    assert any("'trigger' cannot be 'recordt_date'" in what for what in words)
    assert any("'six years' is not a valid period" in what for what in words)
    assert any("written twice" in what for what in words)
    assert any("tender(s" in what and "not closed" in what for what in words)
    assert [finding.line for finding in findings] == sorted(finding.line for finding in findings)
    lines = text.splitlines()
    for finding in findings:
        if "colour" in finding.what:
            assert lines[finding.line - 1].strip().startswith("colour")
    assert "write one of" in str(refusal.value)
    assert "The schedule was not loaded" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("just words", "must be a mapping"),
        ("a: [1, 2", "this is not YAML"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("a: !!python/object:os.system x", "tags (!) are not read"),
        ("a: 1\na: 2", "'a' is written twice"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("? [a, b]\n: c", "a key must be a word"),
        ("a: " + "[" * 40 + "]" * 40, "nested too deeply"),
        ("schedule: 5\nclasses: 6", "must be a"),
        (HEAD, "has no classes"),
        ("a: \x00", "not YAML"),
    ],
)
def test_yaml_that_could_surprise_is_refused_with_its_place(text: str, complaint: str) -> None:
    assert complaint in refused(text)


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    levels = "\n".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}, *l{n - 1}]" for n in range(1, 200))

    assert "anchors and aliases" in refused(f"l0: &l0 x\n{levels}")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("    authority: [Limitation Act 1980]\n", ""), "lacks 'authority'"),
        (("authority: [Limitation Act 1980]", "authority: []"), "lacks 'authority'"),
        (("period: P6Y, cutoff: financial_year", "cutoff: none"), "must state its period"),
        (("action: destroy", "action: permanent"), "a permanent class has no period"),
        (("action: destroy", "action: shred"), "'shred' is not an action"),
        (("accepts: D", "accepts: E"), "'accepts' cannot be 'E'"),
        (("id: FIN-01", "id: fin one"), "'fin one' is not a valid id"),
        (("accepts: D", "sources: [NOWHERE]"), "there is no source 'NOWHERE'"),
        (("accepts: D", "gives_way: perhaps"), "neither yes nor no"),
        (("trigger: record_date", "trigger: none"), "a period without a trigger never starts"),
        (("accepts: D", "clauses: [{when: a, fact: a_fact, combine: becomes, becomes: XXX-9}]"), "which is no class"),
        (("accepts: D", "clauses: [{when: a, fact: a_fact, combine: later}]"), "needs a clock"),
        (("accepts: D", "clauses: [{when: a, fact: a_fact, combine: override}]"), "needs a clock or an action"),
        (
            ("accepts: D", "clauses: [{when: a, fact: a_fact, combine: suspend, unknown: presume_absent}]"),
            "must state its reason",
        ),
        (("accepts: D", "clauses: [{when: a, fact: a_fact, combine: same, becomes: DEF-01}]"), "does not become it"),
        (("accepts: D", "clauses: [{when: a, fact: a_fact, combine: becomes}]"), "becomes needs the other class"),
        (("accepts: D", "clauses: {when: a}"), "must be a list"),
        (("accepts: D", "title: [a]"), "written twice"),
        (("function: Any", "function: [Any]"), "'function' must be a text"),
        (("accepts: D", "dissent: [[a]]"), "must be a text"),
        (("id: FIN-01", "id:"), "lacks 'id'"),
        (("subject: date of the record", "subject_under: 400"), "not a valid subject_under"),
        (("accepts: D", "clauses: [{when: a, fact: A Fact, combine: suspend}]"), "not a valid fact"),
        (("period: P6Y,", "period: P6Y, period_max: P2Y,"), "shorter than the period"),
        (("accepts: D", "cues: {extensions: [.PDF]}"), "does not belong in 'extensions'"),
        (("accepts: D", 'cues: {names: ["regex: (a+)+"]}'), "a repetition is repeated"),
    ],
)  # fmt: skip
def test_a_class_that_does_not_hang_together_is_refused(change: tuple[str, str], complaint: str) -> None:
    text = a_schedule(a_class("FIN-01"))
    assert change[0] in text

    assert complaint in refused(HEAD + DEFAULT_CLASS + a_class("FIN-01").replace(*change))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("  id: test-council", "  id: our council"), "not a valid id"),
        (('version: "1"', "version: one or two"), "not a valid version"),
        (("default_class: DEF-01", "default_class: NON-1"), "there is no class 'NON-1'"),
        (("jurisdiction: England", 'financial_year_start: "02-29"'), "not a valid financial_year_start"),
        (("jurisdiction: England", "tax_year_start: sixth"), "not a valid tax_year_start"),
        (("[finance, papers]", '["(finance"]'), "generic word"),
        (("sources:\n  ACT: {name: An Act}", "sources: [ACT]"), "'sources' must be a mapping"),
        (("sources:", "standing_holds: [{id: H-1, title: a}, {id: H-1, title: b}]\nsources:"), "written twice"),
    ],
)  # fmt: skip
def test_a_head_that_does_not_hang_together_is_refused(change: tuple[str, str], complaint: str) -> None:
    text = a_schedule(a_class("FIN-01"))
    assert change[0] in text

    assert complaint in refused(text.replace(*change))


def test_a_schedule_without_sources_or_holds_is_a_schedule() -> None:
    text = a_schedule(a_class("FIN-01")).replace("sources:\n  ACT: {name: An Act}\n", "")

    assert parse_schedule(text, name="ours.yaml").sources == ()


def test_layout_and_comments_do_not_change_the_version_but_content_does() -> None:
    text = a_schedule(a_class("FIN-01"), a_class("HR-01"))
    plain = parse_schedule(text, name="a.yaml")
    commented = parse_schedule("# ours\n" + text.replace("title:", "title:   "), name="b.yaml")
    reordered = parse_schedule(a_schedule(a_class("HR-01"), a_class("FIN-01")), name="c.yaml")
    changed = parse_schedule(text.replace("P6Y", "P7Y"), name="d.yaml")

    assert plain.schedule_version == commented.schedule_version == reordered.schedule_version
    assert plain.schedule_version != changed.schedule_version


def test_offered_to_the_archive_is_a_transfer() -> None:
    schedule = parse_schedule(a_schedule(a_class("DEM-02", action="offer_to_archive")), name="a.yaml")

    assert schedule.by_id["DEM-02"].action is DisposalAction.TRANSFER


def test_a_file_that_is_not_text_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_bytes(b"schedule:\n  id: \xff\xfe\n")

    with pytest.raises(ScheduleError, match=r"ours\.yaml:2: the file is not UTF-8"):
        load_schedule(file)


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + a_schedule(a_class("FIN-01")).encode())

    assert load_schedule(file).id == "test-council"


@given(content=st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_and_never_crash(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "ours.yaml"
    file.write_bytes(content)

    with pytest.raises(ScheduleError):
        load_schedule(file)


@given(st.integers(0, 1_400), st.text(alphabet="{}[]&*!|>'\"%@`:-#?,\n\t ax0\x07\ud800", min_size=1, max_size=6))
def test_a_damaged_schedule_is_read_or_refused_and_never_crashes(place: int, noise: str) -> None:
    text = a_schedule(a_class("FIN-01", folders="[invoices]"))

    with suppress(ScheduleError):
        parse_schedule(text[:place] + noise + text[place:], name="ours.yaml")
