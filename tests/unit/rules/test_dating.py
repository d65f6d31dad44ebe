from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Clock, Cutoff, Level, Period, Strength, Trigger, TriggerDate, date_trigger, shipped_schedule
from rules.dates.date_reading import dates_in_name
from tests.unit.rules.files import Event, SeenFile

SCHEDULE = shipped_schedule()
SIX_YEARS = Period(years=6)
LATE = datetime(2022, 5, 4, 12, tzinfo=UTC)


def dated(
    file: SeenFile,
    trigger: Trigger = Trigger.RECORD_DATE,
    *,
    cutoff: Cutoff = Cutoff.FINANCIAL_YEAR,
    accepts: Strength = Strength.D,
    level: Level = Level.ITEM,
    events: tuple[Event, ...] = (),
    subject_under_years: int = 18,
) -> TriggerDate:
    clock = Clock(trigger=trigger, subject="", period=SIX_YEARS, cutoff=cutoff, subject_under_years=subject_under_years)
    return date_trigger(clock, file, schedule=SCHEDULE, accepts=accepts, level=level, events=events)


def span(dating: TriggerDate) -> tuple[date | None, date | None]:
    return dating.earliest, dating.latest


@pytest.mark.parametrize(
    ("name", "earliest", "latest"),
    [
        ("2014-03-02 invoice", date(2014, 3, 2), date(2014, 3, 2)),
        ("20140302", date(2014, 3, 2), date(2014, 3, 2)),
        ("invoice 02-03-2014", date(2014, 3, 2), date(2014, 3, 2)),
        ("02.03.14", date(2014, 3, 2), date(2014, 3, 2)),
        ("03-25-2014", date(2014, 3, 25), date(2014, 3, 25)),
        ("2nd March 2014", date(2014, 3, 2), date(2014, 3, 2)),
        ("March 2014", date(2014, 3, 1), date(2014, 3, 31)),
        ("Feb-2012", date(2012, 2, 1), date(2012, 2, 29)),
        ("2013-14", date(2013, 4, 1), date(2014, 3, 31)),
        ("2013-2014", date(2013, 4, 1), date(2014, 3, 31)),
        ("1999-00", date(1999, 4, 1), date(2000, 3, 31)),
        ("1314", date(2013, 4, 1), date(2014, 3, 31)),
        ("2009-10", date(2009, 4, 1), date(2010, 3, 31)),
        ("2001-02", date(2001, 2, 1), date(2002, 3, 31)),
        ("FY13-14", date(2013, 4, 1), date(2014, 3, 31)),
        ("FY14", date(2013, 4, 1), date(2015, 3, 31)),
        ("2010-2015", date(2010, 1, 1), date(2015, 12, 31)),
        ("2011", date(2011, 1, 1), date(2011, 12, 31)),
        ("020314", date(2002, 3, 14), date(2014, 3, 2)),
    ],
)
def test_a_folder_name_is_read_as_british_officers_write_it(name: str, earliest: date, latest: date) -> None:
    assert span(dated(SeenFile(path=f"Finance/{name}/a.pdf", modified_at=LATE))) == (earliest, latest)


@pytest.mark.parametrize("name", ["31-02-2014", "99-99-2014x", "invoice 123456789", "7777", "12", "201413", "v2.3.1"])
def test_what_is_no_date_is_not_read_as_one(name: str) -> None:
    assert not [one for one in dates_in_name(name, cutoff=Cutoff.NONE, schedule=SCHEDULE) if one.earliest == one.latest]


def test_a_year_pair_covers_the_tax_and_school_years_where_the_rule_counts_those() -> None:
    file = SeenFile(path="Payroll/2013-14/a.pdf", modified_at=LATE)

    assert span(dated(file, cutoff=Cutoff.TAX_YEAR)) == (date(2013, 4, 1), date(2014, 4, 5))
    assert span(dated(file, cutoff=Cutoff.ACADEMIC_YEAR)) == (date(2013, 4, 1), date(2014, 8, 31))


def test_an_invoice_number_that_looks_like_a_year_never_makes_it_due() -> None:
    dating = dated(SeenFile(path="Finance/Invoice 2011.pdf", modified_at=LATE))

    assert dating.latest == date(2022, 5, 4)


def test_the_last_write_is_an_upper_bound_for_the_making_of_a_file() -> None:
    assert span(dated(SeenFile(path="Finance/a.pdf", modified_at=LATE))) == (None, date(2022, 5, 4))


@pytest.mark.parametrize(
    "trigger",
    [
        trigger
        for trigger in Trigger
        if trigger not in (Trigger.NONE, Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED, Trigger.LAST_MODIFIED)
    ],
)
def test_the_last_write_never_says_when_a_case_closed_or_a_contract_ended(trigger: Trigger) -> None:
    dating = dated(SeenFile(path="Cases/a.pdf", modified_at=LATE), trigger)

    assert dating.latest is None
    assert dating.question is not None


def test_a_clock_that_was_never_set_is_not_believed() -> None:
    dating = dated(SeenFile(path="Finance/a.pdf", modified_at=datetime(1980, 1, 1, tzinfo=UTC)))

    assert span(dating) == (None, None)


def test_a_write_late_on_the_last_evening_of_march_may_be_of_the_new_year() -> None:
    assert dated(SeenFile(path="a.pdf", modified_at=datetime(2014, 3, 31, 23, 30, tzinfo=UTC))).latest == date(
        2014, 4, 1
    )


@pytest.mark.parametrize(
    "text",
    [
        "Invoice date: 3 May 2011",
        "TAX POINT 03/05/2011",
        "Invoice date\n03.05.11",
        "Date: Tuesday 3rd May 2011",
        "Dated the 3rd of May 2011",
        "Date of issue - 2011-05-03",
        "invoice_date: May 3, 2011",
    ],
)
def test_a_date_stated_in_its_role_is_read(text: str) -> None:
    assert span(dated(SeenFile(path="a.pdf", text=text, modified_at=LATE))) == (date(2011, 5, 3), date(2011, 5, 3))


@pytest.mark.parametrize(
    "text", ["Due date: 3 May 2011", "Call us on 03/05/2011", "Date of birth: 3 May 2011", "update 3 May 2011"]
)
def test_a_date_in_another_role_does_not_date_the_record(text: str) -> None:
    assert span(dated(SeenFile(path="a.pdf", text=text, modified_at=LATE))) == (None, date(2022, 5, 4))


def test_dates_that_disagree_widen_the_interval_and_are_told() -> None:
    dating = dated(SeenFile(path="a.pdf", text="Invoice date: 3 May 2011\nTax point: 9 June 2012", modified_at=LATE))

    assert span(dating) == (date(2011, 5, 3), date(2012, 6, 9))
    assert any("disagrees" in note for note in dating.notes)


def test_a_folder_that_contradicts_the_text_only_widens() -> None:
    dating = dated(SeenFile(path="2015-16/a.pdf", text="Invoice date: 3 May 2011", modified_at=LATE))

    assert span(dating) == (date(2011, 5, 3), date(2016, 3, 31))
    assert any("contradicts" in note for note in dating.notes)


def test_a_folder_that_agrees_with_the_text_does_not_blur_it() -> None:
    dating = dated(SeenFile(path="2011-12/a.pdf", text="Invoice date: 3 May 2011", modified_at=LATE))

    assert span(dating) == (date(2011, 5, 3), date(2011, 5, 3))


def test_a_ledger_with_hundreds_of_dates_spans_all_of_them() -> None:
    text = "\n".join(f"Invoice date: {1 + number % 28}/{1 + number % 12}/{2000 + number % 15}" for number in range(600))

    dating = dated(SeenFile(path="a.pdf", text=text, modified_at=LATE))

    assert dating.earliest is not None
    assert dating.latest is not None
    assert (dating.earliest.year, dating.latest.year) == (2000, 2014)
    assert len(dating.evidence) < 20


def test_a_stated_contract_end_can_be_extended_so_it_only_says_not_before() -> None:
    dating = dated(
        SeenFile(path="Contracts/C-12/a.pdf", text="expires on 31 March 2019"), Trigger.CONTRACT_END, accepts=Strength.D
    )

    assert span(dating) == (date(2019, 3, 31), None)
    assert dating.question == "When did the contract in 'Contracts/C-12' end, extensions included?"


def test_a_paper_of_a_case_says_the_case_was_open_then_and_no_more() -> None:
    dating = dated(SeenFile(path="Cases/C-1/letter 2009-06-01.pdf"), Trigger.CASE_CLOSED, accepts=Strength.C)

    assert span(dating) == (date(2009, 6, 1), None)


def test_a_closed_folder_speaks_for_its_case_and_a_paper_in_it_does_not() -> None:
    folder = SeenFile(path="FOI/Closed/2011/F-77/reply.pdf")
    paper = SeenFile(path="FOI/F-77/reply.pdf", text="case closed on 3 May 2011")

    assert dated(folder, Trigger.CASE_CLOSED, accepts=Strength.C, level=Level.CASE).latest == date(2011, 12, 31)
    assert dated(paper, Trigger.CASE_CLOSED, accepts=Strength.C, level=Level.CASE).latest is None
    assert dated(paper, Trigger.CASE_CLOSED, accepts=Strength.B, level=Level.ITEM).latest == date(2011, 5, 3)


def test_evidence_weaker_than_the_class_accepts_never_settles_the_end() -> None:
    file = SeenFile(path="HR/Leavers/2012/Smith/a.pdf", text="last day of service: 3 May 2012")

    assert dated(file, Trigger.EMPLOYMENT_END, accepts=Strength.A).latest is None
    assert dated(file, Trigger.EMPLOYMENT_END, accepts=Strength.B).latest == date(2012, 5, 3)


def test_an_attested_event_settles_the_date() -> None:
    file = SeenFile(path="Contracts/C-12/a.pdf", text="expires on 31 March 2019")
    event = Event(trigger="contract_end", on=date(2020, 9, 30))

    dating = dated(file, Trigger.CONTRACT_END, accepts=Strength.A, level=Level.CASE, events=(event,))

    assert span(dating) == (date(2020, 9, 30), date(2020, 9, 30))
    assert dating.question is None
    assert dating.evidence[0].where == "attested by rita"


def test_a_paper_written_after_the_attested_end_reopens_the_question_of_the_end() -> None:
    file = SeenFile(path="Contracts/C-12/variation 2023-05-01.pdf")
    event = Event(trigger="contract_end", on=date(2020, 9, 30))

    dating = dated(file, Trigger.CONTRACT_END, accepts=Strength.A, level=Level.CASE, events=(event,))

    assert span(dating) == (date(2020, 9, 30), date(2023, 5, 1))
    assert any("is later than" in note for note in dating.notes)


def test_events_of_other_kinds_are_not_taken_for_it() -> None:
    event = Event(trigger="case_closed", on=date(2020, 9, 30))

    assert dated(SeenFile(path="a"), Trigger.CONTRACT_END, accepts=Strength.A, events=(event,)).latest is None


def test_the_last_of_several_contacts_counts() -> None:
    events = (Event(trigger="last_contact", on=date(2012, 1, 1)), Event(trigger="last_contact", on=date(2015, 1, 1)))

    assert span(dated(SeenFile(path="a"), Trigger.LAST_CONTACT, events=events)) == (date(2015, 1, 1), date(2015, 1, 1))


def test_a_childs_paper_bounds_the_birth_by_the_age_a_child_can_have() -> None:
    dating = dated(SeenFile(path="LAC/1990/review.pdf"), Trigger.DATE_OF_BIRTH, accepts=Strength.A)

    assert span(dating) == (date(1972, 1, 1), None)


def test_a_properties_date_is_read_and_nonsense_is_not() -> None:
    created = SeenFile(path="a.pdf", properties={"created_at": "2011-05-03T09:00:00Z"}, modified_at=LATE)
    nonsense = SeenFile(path="a.pdf", properties={"created_at": "yesterday"}, modified_at=LATE)

    assert span(dated(created, Trigger.CREATED)) == (date(2011, 5, 3), date(2011, 5, 3))
    assert dated(nonsense, Trigger.CREATED).earliest is None


def test_a_scan_made_later_does_not_make_its_paper_younger() -> None:
    file = SeenFile(
        path="a.pdf", text="Invoice date: 3 May 2009", properties={"created_at": "2014-01-01"}, modified_at=LATE
    )

    assert span(dated(file)) == (date(2009, 5, 3), date(2009, 5, 3))


@pytest.mark.parametrize(
    "text",
    [
        "Minutes of a meeting held in the Town Hall on Wednesday 15th December 2004",
        "Minutes of the meeting held at 7.30pm on Wednesday 15 December 2004",
        "Date of meeting: 15/12/2004",
    ],
)
def test_minutes_are_dated_by_their_meeting(text: str) -> None:
    file = SeenFile(path="a.pdf", text=text)

    assert span(dated(file, Trigger.MEETING_DATE)) == (date(2004, 12, 15), date(2004, 12, 15))


@given(st.text(max_size=120), st.text(max_size=120), st.sampled_from(sorted(Trigger)))
def test_no_text_can_break_dating_or_turn_an_interval_round(path: str, text: str, trigger: Trigger) -> None:
    dating = dated(SeenFile(path=path, text=text), trigger)

    assert dating.earliest is None or dating.latest is None or dating.earliest <= dating.latest


names = st.text(alphabet="0123456789-/. FYJanMar", max_size=14)


@given(
    names,
    names,
    st.sampled_from(["Date: 3 May 2011", "Date: 01/02/2003", "", "Invoice date 2015-01-01\nTax point 2019-02-02"]),
)
def test_weaker_evidence_never_makes_the_latest_day_earlier_than_the_stated_one(
    folder: str, name: str, text: str
) -> None:
    alone = dated(SeenFile(path="a.pdf", text=text, modified_at=LATE))
    beside = dated(SeenFile(path=f"{folder}/{name}.pdf", text=text, modified_at=LATE))

    if text:
        assert alone.latest is not None
        assert beside.latest is not None
        assert beside.latest >= alone.latest


def test_a_file_last_written_before_its_stated_date_is_not_surely_that_young() -> None:
    file = SeenFile(path="a.pdf", text="Invoice date: 3 May 2011", modified_at=datetime(2009, 1, 1, tzinfo=UTC))

    dating = dated(file)

    assert span(dating) == (date(2009, 1, 1), date(2011, 5, 3))
    assert any("is earlier than" in note for note in dating.notes)


def test_a_number_later_than_the_last_write_only_makes_the_file_wait_longer() -> None:
    dating = dated(SeenFile(path="Invoice 2031.pdf", modified_at=LATE))

    assert span(dating) == (date(2022, 5, 4), date(2031, 12, 31))
    assert any("reaches to" in note for note in dating.notes)


def test_the_last_change_a_document_records_outweighs_a_copys_time_of_writing() -> None:
    file = SeenFile(path="a.docx", properties={"modified_at": "2012-03-01T10:00:00Z"}, modified_at=LATE)

    assert span(dated(file, Trigger.LAST_MODIFIED)) == (date(2012, 3, 1), date(2012, 3, 1))


def test_a_date_written_in_a_document_after_its_recorded_last_change_counts_too() -> None:
    file = SeenFile(
        path="2015-16/a.docx",
        properties={"modified_at": "2012-03-01T10:00:00Z"},
        text="Date: 3 May 2015",
        modified_at=LATE,
    )

    dating = dated(file, Trigger.LAST_MODIFIED)

    assert dating.latest is not None
    assert dating.latest >= date(2015, 5, 3)


def test_a_clock_without_a_trigger_asks_nothing() -> None:
    assert dated(SeenFile(path="a"), Trigger.NONE).question is None


def test_intervals_are_told_in_words() -> None:
    said = {
        dated(SeenFile(path="a", modified_at=LATE)).in_words,
        dated(SeenFile(path="2011-12/a")).in_words,
        dated(SeenFile(path="a"), Trigger.CASE_CLOSED).in_words,
    }

    assert said == {
        "record date: not after 2022-05-04",
        "record date: between 2011-04-01 and 2012-03-31",
        "case closed: not known",
    }
