"""The behaviours that the field asks of schedules, classes, triggers and sums: one test each, named after the harm.

Those about events, versions and answers (4, 6 to 12, 21 to 23) are shown with the catalogue, in the tests of the
services. 30 and onwards are about holds, batches and disposal.
"""

import inspect
from datetime import UTC, date, datetime

import pytest

from retention.domain.eligibility import AppraisedCopy, EligibilityState, Outcome, evaluate
from retention.domain.records import CopyState
from rules import (
    Appraisal,
    Classifier,
    Clock,
    Cutoff,
    DisposalAction,
    DueInterval,
    Period,
    ScheduleError,
    Trigger,
    TriggerDate,
    add_period,
    appraise,
    cutoff_end,
    due_interval,
    parse_schedule,
    shipped_schedule,
)
from rules.dates import due
from rules.ruling import appraising
from tests.unit.domain.test_eligibility import a_copy
from tests.unit.rules.files import Event, SeenFile
from tests.unit.rules.schedules import DEFAULT_CLASS, HEAD, a_class, a_schedule

SHIPPED = Classifier(shipped_schedule())
OLD = datetime(2010, 5, 5, 12, tzinfo=UTC)
INVOICE = SeenFile(path="Invoices/2009-10/a.pdf", modified_at=OLD)
TODAY = date(2026, 3, 2)


def ruled(*classes: str, file: SeenFile = INVOICE, events: tuple[Event, ...] = (), **answers: bool) -> Appraisal:
    rules = Classifier(parse_schedule(a_schedule(*classes), name="ours.yaml"))
    return appraise(rules, file, events=events, answers=answers)


def end(appraisal: Appraisal) -> date | None:
    assert appraisal.due is not None
    return appraisal.due.latest


def state(appraisal: Appraisal, *, as_of: date = TODAY) -> EligibilityState:
    return asked(appraisal, as_of=as_of)[0]


def asked(
    appraisal: Appraisal, *, as_of: date = TODAY, copy_state: CopyState = CopyState.PRESENT, links: int = 1
) -> tuple[EligibilityState, tuple[str, ...]]:
    due_, classification = appraisal.due, appraisal.classification
    item = AppraisedCopy(
        copy=a_copy(state=copy_state, link_count=links),
        outcome=Outcome(classification.outcome),
        class_id=None if appraisal.disposal_class is None else appraisal.disposal_class.id,
        schedule_version=classification.schedule_version,
        action=appraisal.action,
        due_earliest=None if due_ is None else due_.earliest,
        due_latest=None if due_ is None else due_.latest,
        reasons=appraisal.reasons,
        questions=appraisal.questions,
        flags=appraisal.flags,
    )
    answer = evaluate(item, holds=(), hold_reasons=(), as_of=as_of)
    return answer.state, answer.reasons


INVOICES = a_class("FIN-01", folders="[invoices]")


def test_01_a_class_without_a_rule_cannot_classify_anything() -> None:
    text = a_class("FIN-01", folders="[invoices]").replace(
        "    clock: {trigger: record_date, subject: date of the record, period: P6Y, cutoff: financial_year}\n", ""
    )

    with pytest.raises(ScheduleError, match="lacks 'clock'"):
        parse_schedule(a_schedule(text), name="ours.yaml")


def test_02_a_record_takes_its_rule_from_its_class() -> None:
    made = ruled(INVOICES)

    assert made.disposal_class is not None
    assert made.disposal_class.id == "FIN-01"
    assert (end(made), made.action) == (date(2016, 3, 31), DisposalAction.DESTROY)


def test_03_two_classes_that_fit_never_rule_a_record_together() -> None:
    made = ruled(INVOICES, a_class("PRC-01", clock="{trigger: record_date, period: P1Y}", folders="[invoices]"))

    assert made.classification.outcome == "conflict"
    assert (made.due, made.action, made.flags) == (None, None, ("conflict",))
    assert state(made) is EligibilityState.CANNOT_EVALUATE


def test_05_a_rule_without_its_title_mandate_action_trigger_or_period_is_refused() -> None:
    for line in ("    title: Records of FIN-01\n", "    authority: [Limitation Act 1980]\n", "    action: destroy\n"):
        with pytest.raises(ScheduleError, match="lacks"):
            parse_schedule(HEAD + DEFAULT_CLASS + INVOICES.replace(line, ""), name="ours.yaml")
    for entry in shipped_schedule().classes:
        assert entry.title
        assert entry.description
        assert entry.authority
        assert entry.kept_for


def test_13_a_permanent_record_has_no_due_date_and_is_never_put_forward() -> None:
    made = ruled(a_class("ARC-01", clock="{trigger: none}", action="permanent", folders="[invoices]"))

    assert (made.due, made.action) == (None, DisposalAction.RETAIN_PERMANENTLY)
    assert state(made, as_of=date.max) is EligibilityState.NOT_ELIGIBLE


def test_14_every_decision_cites_its_authority() -> None:
    assert any("Limitation Act 1980" in reason for reason in asked(ruled(INVOICES))[1])


def test_15_a_records_identity_does_not_change_with_its_class() -> None:
    copy = a_copy()

    assert copy.copy_id == a_copy(sha256="bb").copy_id
    with pytest.raises(AttributeError):
        copy.copy_id = 2  # type: ignore[misc, assignment]  # that it is refused is the point


def test_16_every_decision_names_the_version_of_the_schedule_it_rests_on() -> None:
    first, second = ruled(INVOICES), ruled(INVOICES.replace("P6Y", "P7Y"))

    assert first.classification.schedule_version.startswith("test-council@1+")
    assert first.classification.schedule_version != second.classification.schedule_version


def test_17_due_is_the_end_of_the_cutoff_and_the_period_whatever_the_clock_on_the_wall_says() -> None:
    clock = Clock(trigger=Trigger.RECORD_DATE, subject="", period=Period(years=6), cutoff=Cutoff.FINANCIAL_YEAR)
    on = date(2013, 6, 1)
    started = TriggerDate(trigger=Trigger.RECORD_DATE, earliest=on, latest=on, evidence=(), question=None)

    interval = due_interval(started, clock, shipped_schedule())

    assert interval == DueInterval(
        earliest=date(2020, 3, 31), latest=date(2020, 3, 31), arithmetic=interval.arithmetic if interval else ()
    )
    for room in (due, appraising):
        assert "today" not in inspect.getsource(room)
        assert "now(" not in inspect.getsource(room)


def test_18_the_last_day_of_a_month_stays_the_last_day_of_a_month() -> None:
    assert add_period(date(2012, 2, 29), Period(years=1)) == date(2013, 2, 28)
    assert add_period(date(2013, 1, 31), Period(months=1)) == date(2013, 2, 28)


def test_19_a_cutoff_lands_on_the_last_day_of_its_period_wherever_the_year_begins() -> None:
    text = a_schedule(INVOICES).replace(
        "jurisdiction: England", 'jurisdiction: England\n  financial_year_start: "10-01"'
    )
    federal = parse_schedule(text, name="ours.yaml")

    assert cutoff_end(date(2014, 2, 3), Cutoff.MONTH, federal) == date(2014, 2, 28)
    assert cutoff_end(date(2014, 2, 3), Cutoff.QUARTER, federal) == date(2014, 3, 31)
    assert cutoff_end(date(2014, 2, 3), Cutoff.CALENDAR_YEAR, federal) == date(2014, 12, 31)
    assert cutoff_end(date(2014, 2, 3), Cutoff.FINANCIAL_YEAR, federal) == date(2014, 9, 30)
    assert cutoff_end(date(2014, 2, 3), Cutoff.NONE, federal) == date(2014, 2, 3)


def test_20_a_record_is_due_on_its_due_date_and_not_the_day_after() -> None:
    made = ruled(INVOICES)

    assert state(made, as_of=date(2016, 3, 31)) is EligibilityState.ELIGIBLE
    assert state(made, as_of=date(2016, 3, 30)) is EligibilityState.NOT_ELIGIBLE


def test_21_without_its_event_a_record_has_no_due_date_and_waits() -> None:
    contract = a_class("CON-01", clock="{trigger: contract_end, period: P6Y}", folders="[invoices]")

    assert end(ruled(contract)) is None
    assert state(ruled(contract), as_of=date(2015, 1, 1)) is not EligibilityState.ELIGIBLE
    assert state(ruled(contract), as_of=date.max) is EligibilityState.AWAITING_TRIGGER


def test_22_an_attested_event_starts_the_clock_and_events_combine_by_all_or_any() -> None:
    parts = "[{trigger: contract_end, period: P6Y}, {trigger: debt_cleared, period: P6Y}]"
    both = (Event(trigger="contract_end", on=date(2012, 1, 1)), Event(trigger="debt_cleared", on=date(2014, 1, 1)))
    every = a_class("CON-01", clock=f"{{later_of: {parts}}}", folders="[invoices]")
    either = a_class("CON-01", clock=f"{{earlier_of: {parts}}}", folders="[invoices]")

    assert end(ruled(every, events=both)) == date(2020, 1, 1)
    assert end(ruled(every, events=both[:1])) is None
    assert end(ruled(either, events=both)) == date(2018, 1, 1)
    assert end(ruled(either, events=both[:1])) == date(2018, 1, 1)


def test_24_a_period_of_zero_is_over_at_once_and_is_not_for_ever() -> None:
    at_once = ruled(a_class("TRN-01", clock="{trigger: record_date, period: P0D}", folders="[invoices]"))
    ever = ruled(a_class("ARC-01", clock="{trigger: none}", action="permanent", folders="[invoices]"))

    assert end(at_once) == date(2010, 3, 31)
    assert ever.due is None


def test_25_a_minimum_is_not_before_and_a_maximum_is_a_deadline() -> None:
    band = a_class("FIN-01", clock="{trigger: record_date, period: P2Y, period_max: P6Y}", folders="[invoices]")
    made = ruled(band)

    assert state(made, as_of=date(2012, 3, 30)) is not EligibilityState.ELIGIBLE
    assert state(made, as_of=date(2012, 3, 31)) is EligibilityState.ELIGIBLE
    assert "no_longer_than:2016-03-31" in made.flags
    assert "to be kept no longer than 2016-03-31, asked on 2026-03-02" in asked(made)[1]


def test_26_a_maximum_before_another_rules_minimum_is_left_to_a_person() -> None:
    deadline = a_class(
        "CCT-01", clock="{trigger: record_date, period: P14D}", folders='["camera still[s]", invoices]'
    ).replace("limitation", "maximum")
    longer = a_class("FIN-01", folders="[polling station invoice*]")
    file = SeenFile(path="Invoices/Camera stills/2009-10/Polling station invoices/a.pdf", modified_at=OLD)

    made = ruled(deadline, longer, file=file)

    assert made.classification.class_id == "CCT-01"
    assert "max_before_min_conflict" in made.flags
    assert state(made, as_of=date.max) is EligibilityState.NOT_ELIGIBLE
    assert state(ruled(deadline, file=file), as_of=TODAY) is EligibilityState.ELIGIBLE


def test_27_a_record_under_several_terms_is_kept_to_the_longest_and_the_shorter_drop_out() -> None:
    clauses = (
        "    clauses:",
        "      - {when: a, fact: first, combine: later, clock: {trigger: record_date, period: P9Y}}",
        "      - {when: b, fact: second, combine: later, clock: {trigger: case_closed, period: P12Y}}",
    )
    several = a_class("FIN-01", *clauses, folders="[invoices]")
    closed = (Event(trigger="case_closed", on=date(2012, 6, 1)),)

    assert end(ruled(several, first=True, second=False)) == date(2019, 3, 31)
    assert end(ruled(several, events=closed, first=True, second=True)) == date(2024, 6, 1)


@pytest.mark.parametrize("copy_state", [CopyState.UNREADABLE, CopyState.SKIPPED])
def test_28_what_could_not_be_read_is_never_passed_over_in_silence(copy_state: CopyState) -> None:
    answer, reasons = asked(ruled(INVOICES), copy_state=copy_state)

    assert answer is EligibilityState.CANNOT_EVALUATE
    assert reasons


def test_29_every_reason_against_is_told_and_not_only_the_first() -> None:
    contract = a_class(
        "CON-01",
        "    approval: {outside_permission: the funder's consent}",
        "    clauses: [{when: a claim is open, fact: claim, combine: suspend}]",
        clock="{trigger: contract_end, period: P6Y}",
        folders="[invoices]",
    )

    _, reasons = asked(ruled(contract), as_of=date(2030, 1, 1), links=2)

    told = " ".join(reasons)
    for words in ("2 names", "Is it so: a claim is open?", "Was permission given", "When did the contract"):
        assert words in told, words


def test_a_file_that_fits_nothing_is_kept_and_the_shipped_rules_say_so() -> None:
    made = appraise(SHIPPED, SeenFile(path="x.bin"))

    assert state(made, as_of=date.max) is EligibilityState.CANNOT_EVALUATE
