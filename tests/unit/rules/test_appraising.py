from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Appraisal, Classifier, DisposalAction, Outcome, appraise, parse_schedule, shipped_schedule
from tests.unit.rules.files import Event, SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

OLD = datetime(2010, 5, 5, 12, tzinfo=UTC)
SHIPPED = Classifier(shipped_schedule())
FILE = SeenFile(path="Accidents/a.pdf", modified_at=OLD)  # record date not after 2010-05-05, year ends 2011-03-31
PLAIN_DUE = date(2017, 3, 31)


def appraised(
    *clauses: str,
    answers: Mapping[str, bool] | None = None,
    file: SeenFile = FILE,
    action: str = "destroy",
    events: tuple[Event, ...] = (),
    clock: str = "",
) -> Appraisal:
    lines = ["    clauses:", *(f"      - {{{clause}}}" for clause in clauses)] if clauses else []
    other = a_class("FIN-02", clock="{trigger: case_closed, subject: claim closed, period: P10Y}", folders="[claims]")
    text = a_schedule(a_class("HS-01", *lines, folders="[accidents]", action=action, clock=clock), other)
    return appraise(Classifier(parse_schedule(text, name="ours.yaml")), file, answers=answers, events=events)


def latest(appraisal: Appraisal) -> date | None:
    assert appraisal.due is not None
    return appraisal.due.latest


OVERRIDE = "combine: override, unknown: longest"
LONGER = f"when: a longer rule, fact: longer, {OVERRIDE}, clock: {{trigger: record_date, period: P9Y}}"
SHORTER = f"when: a shorter rule, fact: shorter, {OVERRIDE}, clock: {{trigger: record_date, period: P1Y}}"
CHILD = (
    "when: a child was hurt, fact: child, combine: later, unknown: longest, "
    "clock: {trigger: date_of_birth, period: P21Y}"
)
SOONER = "when: not needed, fact: sooner, combine: earlier, clock: {trigger: record_date, period: P1Y}"
DEBT = "when: debt is open, fact: debt, combine: suspend"
CLAIM = "when: a claim is made, fact: claim, combine: becomes, becomes: FIN-02"
PRESUMED = (
    "when: a child was hurt, fact: child, combine: suspend, unknown: presume_absent, because: mostly staff, "
    "signs: [pupil*]"
)
ALL = (LONGER, SHORTER, CHILD, SOONER, DEBT, CLAIM)


def test_a_plain_rule_gives_its_class_date_action_and_reasons() -> None:
    appraisal = appraised()

    assert appraisal.classification.class_id == "HS-01"
    assert latest(appraisal) == PLAIN_DUE
    assert appraisal.action is DisposalAction.DESTROY
    assert appraisal.questions == ()
    assert any("Limitation Act 1980" in reason for reason in appraisal.reasons)
    assert "only_file_system_date" in appraisal.flags


def test_without_a_class_nothing_is_due_and_nothing_is_done() -> None:
    appraisal = appraised(file=SeenFile(path="x.bin"))

    assert appraisal.classification.outcome is Outcome.UNCLASSIFIED
    assert (appraisal.disposal_class, appraisal.due, appraisal.action) == (None, None, None)
    assert appraisal.flags == ("unclassified",)


@pytest.mark.parametrize(
    ("clause", "end"),
    [
        (LONGER, date(2019, 5, 5)),
        (SHORTER, PLAIN_DUE),
        (SOONER, PLAIN_DUE),
        (CHILD, None),
        (DEBT, None),
        (CLAIM, None),
    ],
)
def test_a_fact_nobody_knows_never_shortens(clause: str, end: date | None) -> None:
    appraisal = appraised(clause)

    assert latest(appraisal) == end
    assert bool(appraisal.questions) == (end is None)
    assert any("not known" in reason for reason in appraisal.reasons)


def test_a_child_who_may_have_been_hurt_is_asked_about_in_words() -> None:
    assert appraised(CHILD).questions == (
        "Is it so: a child was hurt?",
        "What is the date of birth that 'Accidents' counts from?",
    )


@pytest.mark.parametrize(
    ("clause", "fact", "end"),
    [
        (LONGER, "longer", date(2019, 5, 5)),
        (SHORTER, "shorter", date(2011, 5, 5)),
        (SOONER, "sooner", date(2011, 5, 5)),
        (DEBT, "debt", None),
    ],
)
def test_a_known_fact_changes_the_rule(clause: str, fact: str, end: date | None) -> None:
    assert latest(appraised(clause, answers={fact: True})) == end


@pytest.mark.parametrize("clause", ALL)
def test_a_fact_that_does_not_hold_changes_nothing(clause: str) -> None:
    fact = clause.partition("fact: ")[2].partition(",")[0]

    assert latest(appraised(clause, answers={fact: False})) == PLAIN_DUE


def test_the_later_of_two_clocks_rules_when_both_run() -> None:
    birth = Event(trigger="date_of_birth", on=date(2004, 2, 29))

    assert latest(appraised(CHILD, answers={"child": True}, events=(birth,))) == date(2025, 2, 28)


def test_a_record_that_becomes_another_class_is_ruled_by_that_class() -> None:
    closed = Event(trigger="case_closed", on=date(2012, 6, 1))

    appraisal = appraised(CLAIM, answers={"claim": True}, events=(closed,))

    assert appraisal.disposal_class is not None
    assert appraisal.disposal_class.id == "FIN-02"
    assert latest(appraisal) == date(2022, 6, 1)
    assert any("HS-01 becomes FIN-02" in reason for reason in appraisal.reasons)


def test_a_record_that_would_become_two_classes_at_once_is_asked_about() -> None:
    other = "when: a second claim, fact: second, combine: becomes, becomes: DEF-01"

    appraisal = appraised(CLAIM, other, answers={"claim": True, "second": True})

    assert latest(appraisal) is None
    assert len(appraisal.questions) == 2


def test_two_classes_that_become_each_other_end_somewhere() -> None:
    round_trip = a_schedule(
        a_class(
            "AAA-1", "    clauses: [{when: b, fact: to_b, combine: becomes, becomes: BBB-1}]", folders="[accidents]"
        ),
        a_class("BBB-1", "    clauses: [{when: a, fact: to_a, combine: becomes, becomes: AAA-1}]"),
    )

    appraisal = appraise(Classifier(parse_schedule(round_trip, name="a")), FILE, answers={"to_a": True, "to_b": True})

    assert latest(appraisal) is None


def test_a_presumption_lets_the_rule_run_and_is_printed_and_flagged() -> None:
    appraisal = appraised(PRESUMED)

    assert latest(appraisal) == PLAIN_DUE
    assert "presumed:child" in appraisal.flags
    assert "presumed not so: a child was hurt (the schedule says: mostly staff)" in appraisal.reasons


@pytest.mark.parametrize(
    "file",
    [
        SeenFile(path="Pupils/Accidents/a.pdf", modified_at=OLD),
        SeenFile(path="Accidents/a.pdf", text="The pupil fell.", modified_at=OLD),
    ],
)
def test_a_sign_of_a_child_lifts_the_presumption(file: SeenFile) -> None:
    appraisal = appraised(PRESUMED, file=file)

    assert latest(appraisal) is None
    assert "unknown:child" in appraisal.flags
    assert appraisal.questions == ("Is it so: a child was hurt?",)


def test_an_unknown_fact_that_could_spare_the_record_asks_for_the_milder_action() -> None:
    clock = "clock: {trigger: record_date, period: P6Y, cutoff: financial_year}"
    milder = f"when: historic, fact: historic, {OVERRIDE}, action: offer_to_archive, {clock}"

    assert appraised(milder).action is DisposalAction.TRANSFER


def test_a_fact_that_would_make_it_permanent_is_asked_before_anything_is_destroyed() -> None:
    permanent = "when: a liability policy, fact: policy, combine: override, unknown: longest, action: permanent"

    assert latest(appraised(permanent)) is None
    known = appraised(permanent, answers={"policy": True})
    assert (known.action, known.due) == (DisposalAction.RETAIN_PERMANENTLY, None)


def test_offered_to_the_archive_without_a_period_is_kept_until_it_is_offered() -> None:
    appraisal = appraised(action="transfer", clock="{trigger: none, subject: permanent}")

    assert appraisal.action is DisposalAction.RETAIN_PERMANENTLY
    assert "offer_to_archive" in appraisal.flags


@given(
    st.permutations(ALL),
    st.dictionaries(st.sampled_from(["longer", "shorter", "child", "sooner", "debt"]), st.booleans()),
)
def test_the_order_of_clauses_never_matters(clauses: list[str], answers: dict[str, bool]) -> None:
    one, other = appraised(*clauses, answers=answers), appraised(*ALL, answers=answers)

    assert (one.due, one.trigger, one.action) == (other.due, other.trigger, other.action)
    assert (one.flags, one.questions) == (other.flags, other.questions)
    assert one.reasons == other.reasons


@given(st.lists(st.sampled_from([LONGER, SHORTER, CHILD, DEBT, CLAIM]), unique=True))
def test_unknown_facts_never_shorten_whatever_they_are(clauses: list[str]) -> None:
    assert (latest(appraised(*clauses)) or date.max) >= PLAIN_DUE


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Children/LAC/Smith/LAC review 1999.docx", "looked after child"),
        ("Adult Social Care/Safeguarding Adults/1999/care plan.docx", ""),
        ("HR/Personnel/Leavers/1999/Smith/Contract of employment.docx", "last day of service: 3 May 1999"),
        ("Housing/Tenancies/Closed/1999/tenancy agreement.pdf", "case closed on 3 May 1999"),
        ("Schools/SEN/1999/EHCP annual review.docx", ""),
        (
            "Contracts/Contract management/1999/contract.pdf",
            "expires on 31 March 1999. contract monitoring, termination",
        ),
        ("Fostering/foster carers/1999/form f.docx", ""),
    ],
)
def test_no_file_about_a_person_falls_due_on_what_is_in_the_file(path: str, text: str) -> None:
    appraisal = appraise(SHIPPED, SeenFile(path=path, text=text, modified_at=datetime(1999, 6, 1, tzinfo=UTC)))

    assert appraisal.disposal_class is not None, path
    assert latest(appraisal) is None
    assert appraisal.questions
    assert "whole_case" in appraisal.flags


def test_an_old_invoice_is_due_whatever_its_exact_day() -> None:
    appraisal = appraise(SHIPPED, SeenFile(path="Finance/Invoices/2009-10/inv 7.pdf"))

    assert latest(appraisal) == date(2017, 3, 31)  # seven years, since an audit year may have been added
    assert appraisal.action is DisposalAction.DESTROY
    assert "presumed:accounts_not_audited" in appraisal.flags


def test_a_childs_case_of_1990_is_surely_not_due_for_decades() -> None:
    appraisal = appraise(SHIPPED, SeenFile(path="Children/LAC/1990/Smith/placement plan.pdf"))

    assert appraisal.due is not None
    assert appraisal.due.earliest is not None
    assert appraisal.due.earliest.year == 2047


@given(st.text(max_size=60), st.text(max_size=120))
def test_no_file_can_break_an_appraisal(path: str, text: str) -> None:
    appraisal = appraise(SHIPPED, SeenFile(path=f"Finance/Invoices/{path}", text=text))

    assert appraisal.reasons


def test_of_two_overrides_that_both_hold_the_longer_governs() -> None:
    answers = {"longer": True, "shorter": True}

    assert latest(appraised(LONGER, SHORTER, answers=answers)) == date(2019, 5, 5)
    assert latest(appraised(SHORTER, LONGER, answers=answers)) == date(2019, 5, 5)


PERMANENT = "{trigger: none, subject: permanent}"


def test_a_permanent_record_is_not_shortened_by_a_fact_nobody_knows() -> None:
    appraisal = appraised(SHORTER, DEBT, action="permanent", clock=PERMANENT)

    assert (appraisal.due, appraisal.action) == (None, DisposalAction.RETAIN_PERMANENTLY)
    assert "it never falls due" in appraisal.reasons


def test_a_permanent_record_that_a_person_declares_shorter_is_reviewed_not_destroyed() -> None:
    event = Event(trigger="record_date", on=date(2010, 5, 5))

    appraisal = appraised(SHORTER, action="permanent", clock=PERMANENT, answers={"shorter": True}, events=(event,))

    assert latest(appraisal) == date(2011, 5, 5)
    assert appraisal.action is DisposalAction.REVIEW


def test_a_suspended_record_waits_and_says_what_for() -> None:
    appraisal = appraised(DEBT, answers={"debt": True})

    assert "suspended:debt" in appraisal.flags
    assert appraisal.questions == ("Is it over: debt is open?",)


def test_flags_tell_a_reviewer_what_to_be_careful_about() -> None:
    rejected = appraise(SHIPPED, SeenFile(path="Elections/2009/marked register.pdf", text="Date received: 3 May 2011"))
    contradicting = appraised(file=SeenFile(path="2015-16/Accidents/a.pdf", text="Date of incident: 3 May 2011"))

    assert {"duty_to_destroy", "personal_data:special_category", "template_schedule"} <= set(rejected.flags)
    assert "dates_contradict" in contradicting.flags
    assert "unsure_rule" in appraise(SHIPPED, SeenFile(path="Litigation/particulars of claim.pdf")).flags


def test_a_schedule_works_in_place_of_its_classifier() -> None:
    file = SeenFile(path="Finance/Invoices/2009-10/inv 7.pdf")

    assert appraise(shipped_schedule(), file) == appraise(SHIPPED, file)
