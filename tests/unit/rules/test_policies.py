"""What stands above a rule: nothing here may make a record due, and much keeps one that would be."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from rules import Appraisal, DisposalAction, Outcome, QuestionKind, appraise, parse_schedule
from tests.unit.rules.files import SeenFile
from tests.unit.rules.schedules import DEFAULT_CLASS, HEAD, a_class, a_schedule

OLD = datetime(2010, 5, 5, 12, tzinfo=UTC)
FILE = SeenFile(path="Grants/Broadcast logs/2009-10/log.pdf", modified_at=OLD)


def ruled(
    *extra: str, answers: Mapping[str, bool] | None = None, others: tuple[str, ...] = (), action: str = "destroy"
) -> Appraisal:
    text = a_schedule(a_class("GRA-01", *extra, action=action, folders="[broadcast logs]"), *others)
    return appraise(parse_schedule(text, name="ours.yaml"), FILE, answers=answers)


def end(appraisal: Appraisal) -> date | None:
    assert appraisal.due is not None
    return appraisal.due.latest


PERMISSION = "    approval: {outside_permission: the funder's written consent}"


def test_what_needs_somebody_elses_permission_is_never_due_without_it() -> None:
    appraisal = ruled(PERMISSION)

    assert end(appraisal) is None
    (question,) = appraisal.asked
    assert (question.kind, question.key) == (QuestionKind.FACT, "outside_permission")
    assert question.words == "Was permission given: the funder's written consent?"
    assert end(ruled(PERMISSION, answers={"outside_permission": False})) is None


def test_with_the_permission_it_falls_due_and_says_so() -> None:
    appraisal = ruled(PERMISSION, answers={"outside_permission": True})

    assert end(appraisal) == date(2016, 3, 31)
    assert "permission from outside was given: the funder's written consent" in appraisal.reasons


def test_what_the_archivist_must_see_first_goes_to_a_person_and_not_to_destruction() -> None:
    appraisal = ruled("    approval: {archivist: yes}")

    assert appraisal.action is DisposalAction.REVIEW
    assert "needs_archivist" in appraisal.flags
    assert "the archivist must agree before it is destroyed" in appraisal.reasons


def test_a_policy_about_destruction_does_not_touch_what_is_reviewed_anyway() -> None:
    appraisal = ruled("    approval: {archivist: yes, outside_permission: consent}", action="review")

    assert end(appraisal) == date(2016, 3, 31)
    assert "needs_archivist" not in appraisal.flags


DESCRIPTIVE = ("    descriptive: yes", '    as_written: "Variable, depending on circumstances"')


def test_a_rule_that_no_machine_can_compute_keeps_its_records_and_prints_the_rule() -> None:
    appraisal = ruled(*DESCRIPTIVE)

    assert (end(appraisal), appraisal.flags.count("descriptive_rule")) == (None, 1)
    assert "the rule cannot be computed; as written: Variable, depending on circumstances" in appraisal.reasons
    (question,) = appraisal.asked
    assert question.kind is QuestionKind.DECISION
    assert "Variable, depending on circumstances" in question.words


def test_an_answer_to_a_clause_does_not_make_a_descriptive_rule_computable() -> None:
    clause = "    clauses: [{when: odd, fact: odd, combine: override, clock: {trigger: record_date, period: P1Y}}]"

    assert end(ruled(*DESCRIPTIVE, clause, answers={"odd": True})) is None


def test_a_descriptive_rule_without_a_clock_is_no_permanent_one() -> None:
    text = a_schedule(a_class("GRA-01", *DESCRIPTIVE, folders="[broadcast logs]"))
    lines = [line for line in text.splitlines() if "clock: {trigger: record_date" not in line]

    appraisal = appraise(parse_schedule("\n".join(lines), name="ours.yaml"), FILE)

    assert appraisal.due is not None
    assert appraisal.questions


def test_a_permanent_class_that_is_only_described_stays_permanent() -> None:
    text = a_class("GRA-01", *DESCRIPTIVE, action="permanent", clock="{trigger: none}", folders="[broadcast logs]")

    appraisal = appraise(parse_schedule(a_schedule(text), name="a"), FILE)

    assert (appraisal.due, appraisal.action) == (None, DisposalAction.RETAIN_PERMANENTLY)


RETIRED = '    retired: {on: "2020-01-01", successor: GRA-02, note: merged}'
SUCCESSOR = a_class("GRA-02", folders="[funding logs]")


def test_nothing_new_is_classified_under_a_retired_class_and_its_successor_is_named() -> None:
    appraisal = ruled(RETIRED, others=(SUCCESSOR,))

    assert appraisal.classification.outcome is Outcome.UNCLASSIFIED
    assert appraisal.classification.runner_up is not None
    assert appraisal.classification.runner_up.class_id == "GRA-01"
    assert any("retired: nothing new is classified so" in reason for reason in appraisal.reasons)
    assert any("GRA-02 took over" in reason for reason in appraisal.reasons)


def test_a_retired_class_leaves_its_records_to_a_successor_that_fits() -> None:
    successor = a_class("GRA-02", folders="[broadcast logs]")

    assert ruled(RETIRED, others=(successor,)).classification.class_id == "GRA-02"


def test_a_class_that_fits_a_little_does_not_inherit_what_a_retired_class_kept_longer() -> None:
    other = a_class("TRN-01", names="[log]")

    appraisal = ruled(RETIRED, others=(SUCCESSOR, other))

    assert appraisal.classification.class_id is None


def test_a_record_that_becomes_one_of_a_retired_class_is_kept_and_names_the_successor() -> None:
    becoming = "    clauses: [{when: merged, fact: merged, combine: becomes, becomes: GRA-03}]"
    retired = a_class("GRA-03", RETIRED)

    appraisal = ruled(becoming, others=(retired, SUCCESSOR), answers={"merged": True})

    assert end(appraisal) is None
    assert {"retired_class", "successor:GRA-02"} <= set(appraisal.flags)
    assert "GRA-03 was retired on 2020-01-01: GRA-02 took over (merged)" in appraisal.reasons


def test_steps_that_nothing_here_performs_are_told_with_their_day() -> None:
    steps = (
        "    instructions:",
        "      - {do: redact, words: National Insurance numbers, after: P13M}",
        "      - {do: return, words: to the candidate}",
    )

    reasons = ruled(*steps).reasons

    assert (
        "the rule also orders, for a person to do: redact (National Insurance numbers), 13 months after the start: "
        "by 2011-04-30 at the latest"
    ) in reasons
    assert "the rule also orders, for a person to do: return (to the candidate)" in reasons


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ('  valid_from: "2026-01-01"', "schedule_valid_from:2026-01-01"),
        ('  valid_to: "2021-11-30"', "schedule_valid_to:2021-11-30"),
    ],
)
def test_the_days_between_which_a_schedule_is_in_force_go_with_every_appraisal(line: str, flag: str) -> None:
    head = HEAD.replace("  jurisdiction: England\n", f"  jurisdiction: England\n{line}\n")
    text = head + DEFAULT_CLASS + a_class("GRA-01", folders="[broadcast logs]")

    assert flag in appraise(parse_schedule(text, name="ours.yaml"), FILE).flags
