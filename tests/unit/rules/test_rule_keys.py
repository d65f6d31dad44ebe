"""The keys for terms and policies: what is refused, what a class can be used for, and how it is told in words."""

import pytest

from rules import (
    ApprovalPolicy,
    Basis,
    ClassState,
    DisposalClass,
    Instruction,
    InstructionKind,
    OnRefusal,
    Period,
    PeriodKind,
    Retirement,
    ScheduleError,
    parse_schedule,
)
from tests.unit.rules.schedules import a_class, a_schedule

OTHER = a_class("FIN-02", clock="{trigger: case_closed, period: P10Y}")


def loaded(*extra: str, clock: str = "", action: str = "destroy") -> DisposalClass:
    text = a_schedule(a_class("CAS-01", *extra, clock=clock, action=action), OTHER)
    return parse_schedule(text, name="ours.yaml").by_id["CAS-01"]


@pytest.mark.parametrize(
    ("clock", "complaint"),
    [
        ("{later_of: [{trigger: case_closed, period: P1Y}]}", "later_of needs two clocks or more"),
        ("{earlier_of: []}", "earlier_of needs two clocks or more"),
        ("{then: [{trigger: case_closed, period: P1Y}]}", "then needs a clock and a period"),
        ("{then: [{trigger: case_closed, period: P1Y}, {cutoff: month}]}", "a following period is not written"),
        ("{then: [{trigger: case_closed, period: P1Y}, {period: P1Y}, {perod: P1Y}]}", "has no key 'perod'"),
        ("{as_rule: FIN-02, period: P1Y}", "'period' stands beside 'as_rule'"),
        ("{as_rule: FIN-99}", "goes by 'FIN-99', which is no class"),
        ("{as_rule: CAS-01}", "refers to itself"),
        ("{trigger: fixed_date, period: P0D}", "belong together"),
        ('{trigger: case_closed, on: "2026-03-31", period: P0D}', "belong together"),
        ("{trigger: fixed_date, on: 31 March 2026, period: P0D}", "not a valid on"),
        ('{trigger: fixed_date, on: "2026-02-30", period: P0D}', "not a valid on"),
        ("{trigger: named_event, period: P0D}", "belong together"),
        ("{trigger: case_closed, event: an election, period: P0D}", "belong together"),
        ("{later_of: " * 8 + "[]" + "}" * 8, "must be a list"),
    ],
)
def test_a_term_that_does_not_hang_together_is_refused(clock: str, complaint: str) -> None:
    with pytest.raises(ScheduleError, match=complaint):
        loaded(clock=clock)


def test_expressions_are_not_nested_without_end() -> None:
    clock = "{trigger: case_closed, period: P1Y}"
    for _ in range(8):
        clock = f"{{later_of: [{clock}, {{trigger: superseded, period: P1Y}}]}}"

    with pytest.raises(ScheduleError, match="nested too deeply"):
        loaded(clock=clock)


def test_classes_that_refer_to_each_other_are_refused() -> None:
    text = a_schedule(a_class("CAS-01", clock="{as_rule: FIN-02}"), a_class("FIN-02", clock="{as_rule: CAS-01}"))

    with pytest.raises(ScheduleError, match="refers to itself"):
        parse_schedule(text, name="ours.yaml")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("    approval: {levels: 0}", "not a valid levels"),
        ("    approval: {levels: 6}", "not a valid levels"),
        ("    approval: {level: 1}", "has no key 'level'"),
        ("    approval: {archivist: perhaps}", "neither yes nor no"),
        ("    retired: {on: yesterday}", "not a valid on"),
        ("    retired: {successor: FIN-99}", "is succeeded by 'FIN-99', which is no class"),
        ("    instructions: [{do: shred, words: all}]", "cannot be 'shred'"),
        ("    instructions: [{do: redact}]", "lacks 'words'"),
        ("    instructions: [{do: redact, words: names, after: a year}]", "not a valid after"),
        ("    on_refusal: burn", "cannot be 'burn'"),
        ("    basis: statute", "says the basis too"),
    ],
)
def test_a_policy_that_does_not_hang_together_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(ScheduleError, match=complaint):
        loaded(line)


def test_a_permanent_class_cannot_have_an_expression_for_a_period() -> None:
    both = "{later_of: [{trigger: case_closed, period: P1Y}, {trigger: superseded, period: P1Y}]}"

    with pytest.raises(ScheduleError, match="a permanent class has no period"):
        loaded(clock=both, action="permanent")


def test_a_schedule_that_ends_before_it_begins_is_refused() -> None:
    days = 'jurisdiction: England\n  valid_from: "2026-04-01"\n  valid_to: "2026-03-31"'
    text = a_schedule(OTHER).replace("jurisdiction: England", days)

    with pytest.raises(ScheduleError, match="the schedule ends on 2026-03-31, before it begins"):
        parse_schedule(text, name="ours.yaml")


def test_everything_a_policy_says_is_kept() -> None:
    entry = loaded(
        "    approval: {levels: 3, archivist: yes, outside_permission: the court}",
        "    instructions: [{do: return, words: to the candidate, after: P12M}]",
        "    on_refusal: destroy",
        '    retired: {on: "2020-01-01", successor: FIN-02, note: merged}',
        "    as_written: keep it",
    )

    assert entry.approval == ApprovalPolicy(levels=3, needs_archivist=True, outside_permission="the court")
    assert entry.instructions == (
        Instruction(kind=InstructionKind.RETURN, words="to the candidate", after=Period(months=12)),
    )
    assert entry.on_refusal is OnRefusal.DESTROY
    assert entry.retired is not None
    assert entry.retired == Retirement(on=entry.retired.on, successor="FIN-02", note="merged")
    assert str(entry.retired.on) == "2020-01-01"
    assert entry.as_written == "keep it"


@pytest.mark.parametrize(
    ("word", "kind", "basis"),
    [
        ("statutory_exact", PeriodKind.EXACT, Basis.STATUTE),
        ("statutory_minimum", PeriodKind.MINIMUM, Basis.STATUTE),
        ("limitation", PeriodKind.MINIMUM, Basis.LIMITATION),
        ("guidance", PeriodKind.GUIDANCE, Basis.REGULATOR),
        ("business", PeriodKind.MINIMUM, Basis.BUSINESS_NEED),
        ("maximum", PeriodKind.MAXIMUM, Basis.BUSINESS_NEED),
    ],
)
def test_the_words_of_older_schedules_stay_readable(word: str, kind: PeriodKind, basis: Basis) -> None:
    text = a_schedule(a_class("CAS-01")).replace("period_kind: limitation", f"period_kind: {word}")

    entry = parse_schedule(text, name="ours.yaml").by_id["CAS-01"]

    assert (entry.period_kind, entry.basis) == (kind, basis)


@pytest.mark.parametrize(
    ("clock", "state"),
    [
        ("{trigger: record_date, period: P6Y}", ClassState.COMPUTABLE),
        ('{trigger: fixed_date, on: "2026-03-31", period: P0D}', ClassState.COMPUTABLE),
        ("{trigger: case_closed, period: P6Y}", ClassState.NEEDS_EVENT),
        ("{trigger: record_date, period: P6Y, restarts_on: [last_contact]}", ClassState.NEEDS_EVENT),
        ("{then: [{trigger: record_date, period: P6Y}, {period: P1Y}]}", ClassState.COMPUTABLE),
        ("{as_rule: FIN-02}", ClassState.NEEDS_EVENT),
    ],
)
def test_a_class_says_what_a_machine_can_do_with_it(clock: str, state: ClassState) -> None:
    assert loaded(clock=clock).state is state


def test_what_cannot_be_used_says_so_whatever_its_clock() -> None:
    assert loaded("    descriptive: yes").state is ClassState.DESCRIPTIVE
    assert loaded("    retired: {successor: FIN-02}", "    descriptive: yes").state is ClassState.RETIRED
    assert loaded(clock="{trigger: none}", action="permanent").state is ClassState.PERMANENT


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("{trigger: record_date, period: P6Y}", "6 years after record date"),
        ("{trigger: superseded, period: P0D}", "at superseded"),
        ("{trigger: record_date, period: P2Y, period_max: P6Y}", "2 years after record date, no longer than 6 years"),
        (
            "{trigger: case_closed, period: P3Y, cutoff: tax_year, restarts_on: [last_contact]}",
            "3 years after the end of the tax year of case closed, again from each last contact",
        ),
        ('{trigger: fixed_date, on: "2026-03-31", period: P0D}', "at 2026-03-31"),
        ("{trigger: named_event, event: next election, period: P4Y}", "4 years after next election"),
        ("{as_rule: FIN-02}", "as for FIN-02"),
        (
            "{later_of: [{trigger: case_closed, period: P1Y}, {as_rule: FIN-02}]}",
            "the later of: 1 year after case closed; as for FIN-02",
        ),
        (
            (
                "{then: [{earlier_of: [{trigger: superseded, period: P1Y}, {trigger: case_closed, period: P2Y}]}, "
                "{period: P5Y, cutoff: financial_year}]}"
            ),
            (
                "the earlier of: 1 year after superseded; 2 years after case closed, then 5 years from the end of the "
                "financial year"
            ),
        ),
    ],
)
def test_a_term_is_told_in_plain_words(clock: str, words: str) -> None:
    assert loaded(clock=clock).kept_for == words


def test_a_class_kept_for_ever_says_so() -> None:
    assert loaded(clock="{trigger: none}", action="permanent").kept_for == "for ever"
    assert loaded(clock="{trigger: case_closed}", action="review").kept_for == "for ever from case closed"


def test_a_term_that_only_refers_has_no_clock_of_its_own() -> None:
    assert loaded(clock="{as_rule: FIN-02}").main_clock.period is None


def test_what_is_not_said_is_no_part_of_the_digest() -> None:
    plain = a_schedule(a_class("CAS-01"))
    default = a_schedule(
        a_class("CAS-01", "    level: item", "    approval: {levels: 1}", "    gives_way: no", "    on_refusal: keep")
    )
    with_example = a_schedule(a_class("CAS-01", "    examples: [{path: a/b.doc}]"))
    said = a_schedule(a_class("CAS-01", "    approval: {levels: 2}"))

    first = parse_schedule(plain, name="a").digest
    assert parse_schedule(default, name="b").digest == first
    assert parse_schedule(with_example, name="c").digest == first
    assert parse_schedule(said, name="d").digest != first


def test_a_published_version_keeps_the_name_it_was_published_under() -> None:
    schedule = parse_schedule(a_schedule(OTHER), name="a", published_as="ours@2020+abc")

    assert schedule.schedule_version == "ours@2020+abc"
    assert schedule.digest == parse_schedule(a_schedule(OTHER), name="a").digest


def test_a_clock_and_an_expression_of_the_same_words_have_different_digests() -> None:
    later = "{later_of: [{trigger: case_closed, period: P1Y}, {trigger: superseded, period: P2Y}]}"

    digests = {
        parse_schedule(a_schedule(a_class("CAS-01", clock=clock)), name="a").digest
        for clock in (later, later.replace("later_of", "earlier_of"))
    }

    assert len(digests) == 2
