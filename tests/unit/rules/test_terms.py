"""Clocks and expressions over clocks, as real schedules write them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from rules import Appraisal, Classifier, QuestionKind, ScheduleError, appraise, parse_schedule
from rules.dates.surroundings import Surroundings
from tests.unit.rules.files import Event, SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

FILE = SeenFile(path="Cases/C-1/letter.pdf", modified_at=datetime(2010, 5, 5, 12, tzinfo=UTC))
CLOSED = Event(trigger="case_closed", on=date(2012, 6, 1))
BORN = Event(trigger="date_of_birth", on=date(2004, 2, 29))
LEFT = Event(trigger="employment_end", on=date(2015, 1, 31))


def ruled(
    clock: str,
    *events: Event,
    answers: Mapping[str, bool] | None = None,
    file: SeenFile = FILE,
    extra: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
    around: Surroundings | None = None,
) -> Appraisal:
    text = a_schedule(a_class("CAS-01", *extra, clock=clock, folders="[cases]"), *others)
    rules = Classifier(parse_schedule(text, name="ours.yaml"))
    return appraise(rules, file, events=events, answers=answers, around=around or Surroundings())


def end(appraisal: Appraisal) -> date | None:
    assert appraisal.due is not None
    return appraisal.due.latest


def end_of(clock: str, *events: Event, answers: Mapping[str, bool] | None = None) -> date | None:
    return end(ruled(clock, *events, answers=answers))


SEVENTY_FIVE_OR_FOUR = "{later_of: [{trigger: date_of_birth, period: P75Y}, {trigger: employment_end, period: P4Y}]}"
SUPERSEDED_OR_WITHDRAWN = (
    "{earlier_of: [{trigger: superseded, period: P0D}, {trigger: consent_withdrawn, period: P0D}]}"
)


def test_the_later_of_two_clocks_rules_and_both_must_be_known() -> None:
    assert end_of(SEVENTY_FIVE_OR_FOUR, BORN, LEFT) == date(2079, 2, 28)
    assert end_of(SEVENTY_FIVE_OR_FOUR, BORN) is None
    asked = ruled(SEVENTY_FIVE_OR_FOUR, BORN).asked
    assert [(question.kind, question.key) for question in asked] == [(QuestionKind.EVENT, "employment_end")]


def test_of_two_clocks_the_earlier_is_enough() -> None:
    withdrawn = Event(trigger="consent_withdrawn", on=date(2014, 1, 1))

    assert end_of(SUPERSEDED_OR_WITHDRAWN, withdrawn) == date(2014, 1, 1)
    assert end_of(SUPERSEDED_OR_WITHDRAWN) is None
    assert len(ruled(SUPERSEDED_OR_WITHDRAWN).questions) == 2


def test_periods_that_follow_each_other_add_up_each_after_its_own_cutoff() -> None:
    two_terms = "{then: [{trigger: case_closed, period: P2Y}, {period: P5Y, cutoff: financial_year}]}"

    assert end_of(two_terms, CLOSED) == date(2020, 3, 31)  # closed 2012-06-01, +2, year ends 2015-03-31, +5
    assert end_of(two_terms) is None


def test_three_steps_are_written_in_a_row_or_nested_and_mean_the_same() -> None:
    in_a_row = "{then: [{trigger: case_closed, period: P2Y}, {period: P5Y}, {period: P18Y, cutoff: calendar_year}]}"
    nested = (
        "{then: [{then: [{trigger: case_closed, period: P2Y}, {period: P5Y}]}, {period: P18Y, cutoff: calendar_year}]}"
    )

    def version(clock: str) -> str:
        return parse_schedule(a_schedule(a_class("CAS-01", clock=clock)), name="a").schedule_version

    assert end_of(in_a_row, CLOSED) == date(2037, 12, 31)
    assert version(in_a_row) == version(nested)


def test_a_fixed_day_needs_no_evidence() -> None:
    assert end_of('{trigger: fixed_date, on: "2026-03-31", period: P0D}') == date(2026, 3, 31)
    assert end_of('{trigger: fixed_date, on: "1993-04-01", period: P6Y}') == date(1999, 4, 1)


def test_an_event_that_only_the_rule_names_is_asked_for_by_name() -> None:
    clock = "{trigger: named_event, event: election of new council, period: P4Y}"
    event = Event(trigger="named_event:election of new council", on=date(2013, 5, 2))

    assert end_of(clock, event) == date(2017, 5, 2)
    assert end_of(clock, Event(trigger="named_event:another", on=date(2013, 5, 2))) is None
    (question,) = ruled(clock).asked
    assert question.key == "named_event:election of new council"
    assert "election of new council" in question.words


RESTARTING = "{trigger: case_closed, period: P3Y, restarts_on: [last_contact]}"


def test_a_clock_that_may_have_been_restarted_waits_for_an_answer() -> None:
    appraisal = ruled(RESTARTING, CLOSED)

    assert appraisal.due is not None
    assert (appraisal.due.earliest, appraisal.due.latest) == (date(2015, 6, 1), None)
    (question,) = appraisal.asked
    assert (question.key, question.or_fact) == ("last_contact", "restarted_by_last_contact")


def test_a_clock_that_was_restarted_runs_from_the_last_time() -> None:
    contacts = (Event(trigger="last_contact", on=date(2013, 1, 1)), Event(trigger="last_contact", on=date(2016, 1, 1)))

    assert end_of(RESTARTING, CLOSED, *contacts) == date(2019, 1, 1)
    assert (
        "the period runs again from 2016-01-01, the latest last contact" in ruled(RESTARTING, CLOSED, *contacts).reasons
    )


def test_a_clock_that_nothing_restarted_runs_from_its_start() -> None:
    assert end_of(RESTARTING, CLOSED, answers={"restarted_by_last_contact": False}) == date(2015, 6, 1)
    assert end_of(RESTARTING, CLOSED, answers={"restarted_by_last_contact": True}) is None


def test_a_restart_before_the_start_shortens_nothing() -> None:
    assert end_of(RESTARTING, CLOSED, Event(trigger="last_contact", on=date(2001, 1, 1))) == date(2015, 6, 1)


def test_a_contact_that_a_paper_mentions_is_not_taken_for_the_last_one() -> None:
    file = SeenFile(path="Cases/C-1/note.pdf", text="Date of last contact: 3 May 2009")

    assert end(ruled(RESTARTING, CLOSED, file=file)) is None


@pytest.mark.parametrize("word", ["none", "fixed_date", "date_of_birth", "tuesday"])
def test_what_happens_once_or_has_no_day_restarts_nothing(word: str) -> None:
    text = a_schedule(a_class("CAS-01", clock=f"{{trigger: case_closed, period: P3Y, restarts_on: [{word}]}}"))

    with pytest.raises(ScheduleError, match="no event that restarts a clock"):
        parse_schedule(text, name="ours.yaml")


IN_CARE = a_class(
    "CSC-01",
    "    clauses:",
    "      - {when: adopted, fact: adopted, combine: override, unknown: longest,",
    "         clock: {trigger: case_closed, period: P100Y}}",
    clock="{trigger: date_of_birth, period: P75Y}",
)


def test_a_rule_by_reference_brings_the_clauses_of_the_other_class_with_it() -> None:
    known = ruled("{as_rule: CSC-01}", BORN, answers={"adopted": False}, others=(IN_CARE,))
    assert end(known) == date(2079, 2, 28)
    doubtful = ruled("{as_rule: CSC-01}", BORN, CLOSED, others=(IN_CARE,))
    assert end(doubtful) == date(2112, 6, 1)
    assert "assumed_longest_branch" in doubtful.flags
    assert any("as for CSC-01" in reason for reason in doubtful.reasons)


def test_a_rule_by_reference_accepts_no_weaker_evidence_than_its_own_class() -> None:
    other = a_class("FIN-02", clock="{trigger: record_date, period: P6Y}")
    strict = a_class("CAS-01", clock="{as_rule: FIN-02}", folders="[cases]").replace("accepts: D", "accepts: A")
    loose = a_class("CAS-01", clock="{as_rule: FIN-02}", folders="[cases]")

    def ended(text: str) -> date | None:
        return end(appraise(parse_schedule(a_schedule(text, other), name="a"), FILE))

    assert ended(loose) == date(2016, 5, 5)
    assert ended(strict) is None


def test_classes_that_go_by_each_others_clauses_end_somewhere_and_are_asked_about() -> None:
    def clause(class_id: str) -> str:
        return (
            f"    clauses: [{{when: odd, fact: odd, combine: later, unknown: longest, clock: {{as_rule: {class_id}}}}}]"
        )

    first = a_class("CAS-01", clause("FIN-02"), folders="[cases]")
    second = a_class("FIN-02", clause("CAS-01"))

    appraisal = appraise(parse_schedule(a_schedule(first, second), name="a"), FILE)

    assert end(appraisal) is None
    assert any("each other's rules" in question for question in appraisal.questions)


def test_paper_and_electronic_clauses_are_decided_by_looking_at_a_file() -> None:
    clauses = (
        "    clauses:",
        "      - {when: paper, fact: medium_paper, combine: override, clock: {trigger: record_date, period: P3M}}",
        "      - {when: a file, fact: medium_electronic, combine: override, unknown: ask,",
        "         clock: {trigger: record_date, period: P10Y}}",
    )

    appraisal = ruled("{trigger: record_date, period: P1Y}", extra=clauses)

    assert end(appraisal) == date(2020, 5, 5)
    assert appraisal.questions == ()


def test_a_range_is_due_at_its_beginning_and_overdue_after_its_end() -> None:
    appraisal = ruled("{trigger: case_closed, period: P2Y, period_max: P6Y}", CLOSED)

    assert end(appraisal) == date(2014, 6, 1)
    assert "no_longer_than:2018-06-01" in appraisal.flags


def test_a_maximum_says_nothing_once_a_clause_moved_the_end() -> None:
    clause = (
        "    clauses: [{when: a child, fact: child, combine: later, clock: {trigger: date_of_birth, period: P21Y}}]"
    )
    clock = "{trigger: case_closed, period: P2Y, period_max: P6Y}"

    moved = ruled(clock, CLOSED, BORN, answers={"child": True}, extra=(clause,))

    assert end(moved) == date(2025, 2, 28)
    assert not [flag for flag in moved.flags if flag.startswith("no_longer_than")]


@pytest.mark.parametrize(("kind", "flag"), [("exact", "duty_to_destroy"), ("maximum", "maximum_period")])
def test_a_duty_and_a_deadline_say_the_last_day(kind: str, flag: str) -> None:
    text = a_schedule(a_class("CAS-01", clock="{trigger: case_closed, period: P1Y}", folders="[cases]"))

    appraisal = appraise(parse_schedule(text.replace("limitation", kind), name="a"), FILE, events=(CLOSED,))

    assert {flag, "no_longer_than:2013-06-01"} <= set(appraisal.flags)


def test_three_years_beginning_with_a_day_end_with_the_eve_of_that_day() -> None:
    entered = Event(trigger="contract_award", on=date(2024, 5, 1))

    # the last day counted is 2027-04-30, so it may go on the day after
    assert end_of("{trigger: contract_award, period: P3Y}", entered) == date(2027, 5, 1)


CASE_LEVEL = ("    level: case",)


def test_a_whole_case_was_last_worked_on_when_its_newest_paper_was() -> None:
    newest = Surroundings(case_newest_on=date(2014, 2, 1), case_files=12)
    clock = "{trigger: last_modified, period: P6Y}"

    assert end(ruled(clock, extra=CASE_LEVEL, around=newest)) == date(2020, 2, 1)
    assert end(ruled(clock, extra=CASE_LEVEL)) is None


def test_a_file_about_a_claim_under_a_known_suspension_waits_also_as_another_class() -> None:
    clauses = (
        "    clauses:",
        "      - {when: a claim is made, fact: claim, combine: becomes, becomes: FIN-02}",
        "      - {when: debt is open, fact: debt, combine: suspend}",
    )
    other = a_class("FIN-02", clock="{trigger: case_closed, period: P1Y}")

    answers = {"claim": True, "debt": True}
    assert (
        end(ruled("{trigger: case_closed, period: P6Y}", CLOSED, answers=answers, extra=clauses, others=(other,)))
        is None
    )


def test_a_rule_that_states_no_start_takes_the_schedules_own_and_says_so_on_every_decision() -> None:
    text = a_schedule(a_class("CAS-01", clock="{period: P6Y}", folders="[cases]"))
    with_default = text.replace("default_class: DEF-01", "default_class: DEF-01\n  default_start: case_closed")

    appraisal = appraise(parse_schedule(with_default, name="ours.yaml"), FILE, events=(CLOSED,))

    assert end(appraisal) == date(2018, 6, 1)
    assert "assumed_start" in appraisal.flags
    assert "the rule states no start: the schedule's own is taken, case closed" in appraisal.reasons
    with pytest.raises(ScheduleError, match="lacks 'trigger'"):
        parse_schedule(text, name="ours.yaml")


def test_a_rule_that_states_its_start_is_not_touched_by_the_default() -> None:
    text = a_schedule(a_class("CAS-01", clock="{trigger: contract_end, period: P6Y}", folders="[cases]"))
    with_default = text.replace("default_class: DEF-01", "default_class: DEF-01\n  default_start: case_closed")

    one, other = (parse_schedule(words, name="a") for words in (text, with_default))

    assert one.digest == other.digest


def test_a_default_start_that_needs_a_day_or_a_name_is_refused() -> None:
    text = a_schedule(a_class("CAS-01")).replace(
        "default_class: DEF-01", "default_class: DEF-01\n  default_start: fixed_date"
    )

    with pytest.raises(ScheduleError, match="needs more than a word"):
        parse_schedule(text, name="ours.yaml")


def test_an_assumed_start_may_be_written_on_the_clock_itself() -> None:
    appraisal = ruled("{trigger: case_closed, period: P6Y, assumed_start: yes}", CLOSED)

    assert "assumed_start" in appraisal.flags
