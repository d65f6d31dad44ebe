"""Where several things hold at once, the record is treated with the care of the most careful of them."""

from datetime import UTC, date, datetime

import pytest

from rules import Appraisal, DisposalAction, appraise, parse_schedule
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

YEAR = "{trigger: last_modified, subject: last change, period: P1Y}"
FILE = SeenFile(path="widget files/a.txt", modified_at=datetime(2001, 5, 1, 12, tzinfo=UTC))


def made(*classes: str, file: SeenFile = FILE, **answers: bool) -> Appraisal:
    return appraise(parse_schedule(a_schedule(*classes), name="a.yaml"), file, answers=answers)


def widgets(*extra: str, clock: str = YEAR, action: str = "destroy") -> str:
    return a_class("WID-01", *extra, clock=clock, action=action, folders="[widget files]")


def gadgets(*extra: str, action: str = "destroy") -> str:
    return a_class("GAD-01", *extra, clock=YEAR, action=action, folders="[gadget files]")


def clauses(*lines: str) -> str:
    return "\n".join(["    clauses:", *(f"      - {{{line}}}" for line in lines)])


@pytest.mark.parametrize("historic", ["aaa_historic", "zzz_historic"])
@pytest.mark.parametrize("action", ["permanent", "review"])
@pytest.mark.parametrize("ending", [", action: destroy", ""])
def test_of_two_overrides_the_careful_one_counts_whatever_its_name(historic: str, action: str, ending: str) -> None:
    found = made(
        widgets(
            clauses(
                f"when: historic, fact: {historic}, combine: override, action: {action}",
                "when: routine, fact: mmm_routine, combine: override,"
                f" clock: {{trigger: last_modified, period: P2Y}}{ending}",
            )
        ),
        file=FILE,
        **{historic: True, "mmm_routine": True},
    )

    assert found.action is (DisposalAction.RETAIN_PERMANENTLY if action == "permanent" else DisposalAction.REVIEW)
    if action == "permanent":
        assert found.due is None
    else:
        assert found.due is not None
        assert found.due.latest == date(2003, 5, 1)


@pytest.mark.parametrize("combine", ["later", "earlier"])
@pytest.mark.parametrize("action", ["permanent", "review"])
def test_a_clause_that_is_known_to_hold_is_no_less_careful_than_one_that_may(combine: str, action: str) -> None:
    rule = widgets(
        clauses(
            f"when: claim, fact: claim_made, combine: {combine}, action: {action}, unknown: longest,"
            " clock: {trigger: last_modified, period: P3Y}"
        )
    )

    unknown, known = made(rule), made(rule, claim_made=True)

    assert known.action is unknown.action
    assert known.action is not DisposalAction.DESTROY


@pytest.mark.parametrize("action", ["review", "transfer"])
def test_a_class_that_goes_by_another_is_treated_with_its_care(action: str) -> None:
    found = made(widgets(clock="{as_rule: GAD-01}"), gadgets(action=action))

    assert found.action is not None
    assert found.action < DisposalAction.DESTROY


def test_a_class_that_goes_by_one_kept_for_ever_is_kept_for_ever() -> None:
    forever = a_class("GAD-01", clock="{trigger: record_date, subject: s}", action="permanent")

    found = made(widgets(clock="{as_rule: GAD-01}"), forever)

    assert (found.action, found.due) == (DisposalAction.RETAIN_PERMANENTLY, None)


@pytest.mark.parametrize(
    "extra",
    [
        '    approval: {outside_permission: "the regulator must agree"}',
        "    retired: {on: 2020-01-01, successor: DEF-01}",
        "    descriptive: yes",
    ],
)
def test_a_class_that_goes_by_one_which_waits_waits_too(extra: str) -> None:
    found = made(widgets(clock="{as_rule: GAD-01}"), gadgets(extra))

    assert found.due is not None
    assert found.due.latest is None
    assert found.questions


def test_the_archivist_of_the_class_that_is_gone_by_is_asked_too() -> None:
    found = made(widgets(clock="{as_rule: GAD-01}"), gadgets("    approval: {archivist: yes}"))

    assert found.action is DisposalAction.REVIEW


def test_what_becomes_another_class_still_waits_for_whatever_may_suspend_the_first() -> None:
    rule = widgets(
        clauses(
            "when: a claim is open, fact: live_claim, combine: suspend",
            "when: it is a gadget, fact: is_gadget, combine: becomes, becomes: GAD-01",
        )
    )

    unknown, denied = made(rule, gadgets(), is_gadget=True), made(rule, gadgets(), is_gadget=True, live_claim=False)

    assert unknown.due is not None
    assert unknown.due.latest is None
    assert denied.due is not None
    assert denied.due.latest == date(2002, 5, 1)


def test_what_becomes_another_class_still_needs_the_permission_and_care_of_the_first() -> None:
    becomes = "when: it is a gadget, fact: is_gadget, combine: becomes, becomes: GAD-01"
    historic = "when: historic, fact: is_historic, combine: override, action: permanent"
    permission = '    approval: {outside_permission: "the regulator must agree"}'

    waiting = made(widgets(clauses(becomes), permission), gadgets(), is_gadget=True)
    kept = made(widgets(clauses(becomes, historic)), gadgets(), is_gadget=True, is_historic=True)

    assert waiting.due is not None
    assert waiting.due.latest is None
    assert (kept.action, kept.due) == (DisposalAction.RETAIN_PERMANENTLY, None)


def test_a_denied_restart_does_not_outlive_a_contact_that_the_paper_states() -> None:
    rule = widgets(clock="{trigger: last_modified, subject: s, period: P3Y, restarts_on: [last_contact]}")
    later = SeenFile(path=FILE.path, text="Last contact: 3 May 2024", modified_at=FILE.modified_at)

    quiet, busy = made(rule, restarted_by_last_contact=False), made(rule, file=later, restarted_by_last_contact=False)

    assert quiet.due is not None
    assert quiet.due.latest == date(2004, 5, 1)
    assert busy.due is not None
    assert busy.due.latest is None
