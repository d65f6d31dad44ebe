"""What keeps a record must never be lost or turned round: exceptions, prohibitions and holds beside a period."""

import pytest

from rules import ClassState, Combine, DisposalAction, ParsedRule, Trigger, WhenUnknown, parse_rule, term_in_words
from rules.model import clocks_of


def with_action(action: str) -> ParsedRule:
    return parse_rule("6 years", keep_from="Closure", action=action)


@pytest.mark.parametrize(
    ("action", "main"),
    [
        ("Destroy (permanent if historic)", DisposalAction.DESTROY),
        ("Permanent if historic", None),
        ("Destroy, keep if historic", DisposalAction.DESTROY),
        ("Destroy, keep (if historic)", DisposalAction.DESTROY),
        ("Destroy - permanent if historic", DisposalAction.DESTROY),
        ("Permanent if historic, otherwise destroy", DisposalAction.DESTROY),
        ("Retain permanently where historic, or else destroy", DisposalAction.DESTROY),
        ("Destroy. Keep if historic", DisposalAction.DESTROY),
        ("Keep only if historic", None),
    ],
)
def test_the_historic_are_not_destroyed_by_the_answer_no(action: str, main: DisposalAction | None) -> None:
    rule = with_action(action)

    (clause,) = rule.clauses
    assert (rule.action, clause.when, clause.fact) == (main, "historic", "historic")
    assert (clause.combine, clause.action) == (Combine.OVERRIDE, DisposalAction.RETAIN_PERMANENTLY)
    assert clause.unknown is WhenUnknown.LONGEST


@pytest.mark.parametrize(
    "action",
    ["Destroy (archive if historic)", "Archive if historic", "Offer to archives if historic, otherwise destroy"],
)
def test_what_goes_to_the_archives_is_not_destroyed_by_the_answer_no(action: str) -> None:
    (clause,) = with_action(action).clauses

    assert (clause.fact, clause.combine, clause.action) == ("historic", Combine.OVERRIDE, DisposalAction.TRANSFER)


@pytest.mark.parametrize(
    "statement",
    [
        "6 years after closure, permanent if historic",
        "Destroy 6 years after closure, keep if historic",
        "6 years after closure (permanent if historic)",
        "Retain if historic, otherwise destroy 6 years after closure",
    ],
)
def test_an_exception_within_the_statement_keeps_the_historic(statement: str) -> None:
    (clause,) = parse_rule(statement).clauses

    assert (clause.fact, clause.action) == ("historic", DisposalAction.RETAIN_PERMANENTLY)


@pytest.mark.parametrize(
    "action",
    ["Destroy (do not destroy if claimed)", "Destroy. Not to be destroyed if claimed", "Destroy, hold if claimed"],
)
def test_a_conditional_prohibition_waits(action: str) -> None:
    (clause,) = with_action(action).clauses

    assert (clause.when, clause.combine, clause.unknown) == ("claimed", Combine.SUSPEND, WhenUnknown.ASK)


@pytest.mark.parametrize(
    "action",
    [
        "Keep unless audited",
        "If historic, keep",
        "If historic, archive",
        "Permanent if not routine",
        "Destroy if not historic and paid",
        "Destroy, keep if kept before",
        "May be retained permanently if historic, destroy if not",
    ],
)
def test_an_exception_that_can_be_read_both_ways_is_left_to_a_person(action: str) -> None:
    assert with_action(action).state is ClassState.DESCRIPTIVE


@pytest.mark.parametrize(
    ("statement", "when"),
    [
        ("6 years after closure if not adopted", "adopted"),
        ("6 years after closure where it has not been adopted", "adopted"),
        ("6 years after closure if no claim is pending", "claim is pending"),
        ("6 years after closure if it is no longer required", "still required"),
        ("Not adopted - 6 years after closure", "adopted"),
    ],
)
def test_nobody_is_asked_a_question_with_two_negations(statement: str, when: str) -> None:
    (clause,) = parse_rule(statement).clauses

    assert (clause.when, clause.combine) == (when, Combine.SUSPEND)


@pytest.mark.parametrize(
    "action",
    [
        "keep permanently",
        "Permanent",
        "Do not destroy",
        "Not to be destroyed",
        "Retain",
        "Keep",
        "Keep for business need",
        "Retain in office",
        "Destroy, keep",
        "HOLD",
        "On hold",
        "Do not destroy until the Inquiry concludes",
        "Destroy copies",
    ],
)
def test_a_prohibition_beside_a_period_is_never_lost(action: str) -> None:
    assert with_action(action).state is ClassState.DESCRIPTIVE


def test_keeping_beside_permanent_says_nothing_new() -> None:
    rule = parse_rule("Permanent", action="Retain in office")

    assert (rule.state, rule.action) == (ClassState.PERMANENT, DisposalAction.RETAIN_PERMANENTLY)


def test_keep_alone_in_a_statement_is_no_period() -> None:
    assert parse_rule("6 years after closure. Keep").state is ClassState.DESCRIPTIVE


@pytest.mark.parametrize(
    ("statement", "hold"),
    [
        ("6 years after closure. HOLD", "HOLD"),
        ("6 years after closure (HOLD)", "HOLD"),
        ("6 years after closure - HOLD", "HOLD"),
        ("HOLD. 6 years after closure", "HOLD"),
        ("HOLD - 6 years after closure", "HOLD"),
        ("6 years after closure. Legal hold", "Legal hold"),
        ("6 years after closure (currently on hold)", "currently on hold"),
    ],
)
def test_a_bare_hold_does_not_vanish(statement: str, hold: str) -> None:
    rule = parse_rule(statement)

    assert rule.holds == (hold,)
    assert rule.term is not None
    assert term_in_words(rule.term) == "6 years after case closed"


@pytest.mark.parametrize(
    "statement", ["Hold for 6 years after closure", "Hold 6 years after closure", "Files held 6 years after closure"]
)
def test_to_hold_for_a_time_is_no_hold(statement: str) -> None:
    rule = parse_rule(statement)

    assert rule.holds == ()
    assert rule.state is ClassState.NEEDS_EVENT


def test_a_hold_is_no_kind_of_contract() -> None:
    rule = parse_rule("6 years after end of contract HOLD")

    assert rule.term is not None
    assert {clock.trigger for clock in clocks_of(rule.term)} == {Trigger.NAMED_EVENT}
