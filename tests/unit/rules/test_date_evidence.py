"""Where dates stand on a real drive, and the traps in each place (docs/adr/0006-date-intervals.md)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Clock, Cutoff, Level, Period, Strength, Trigger, TriggerDate, date_trigger, shipped_schedule
from rules.dates.columns import in_columns
from rules.dates.name_clues import births_in
from rules.dates.surroundings import Surroundings
from rules.dates.terms_of_years import terms_in
from tests.unit.rules.files import Event, SeenFile

SCHEDULE = shipped_schedule()
LATE = datetime(2022, 5, 4, 12, tzinfo=UTC)


def dated(
    file: SeenFile,
    trigger: Trigger,
    *,
    accepts: Strength = Strength.D,
    level: Level = Level.ITEM,
    under: int = 18,
    cutoff: Cutoff = Cutoff.NONE,
    around: Surroundings | None = None,
) -> TriggerDate:
    clock = Clock(trigger=trigger, subject="", period=Period(), subject_under_years=under, cutoff=cutoff)
    return date_trigger(clock, file, schedule=SCHEDULE, accepts=accepts, level=level, around=around or Surroundings())


def span(dating: TriggerDate) -> tuple[date | None, date | None]:
    return dating.earliest, dating.latest


@pytest.mark.parametrize(
    ("words", "not_before"),
    [
        ("for a term of five years from 1 May 2010", date(2015, 4, 30)),
        ("for a Term of Five (5) Years commencing on 1st May 2010", date(2015, 4, 30)),
        ("for a period of 18 months from and including 01/05/2010", date(2011, 10, 31)),
        ("a term of twenty-five years beginning on\n1 May 2010", date(2035, 4, 30)),
        ("a term of 99 years with effect from 1 May 2010", date(2109, 4, 30)),
        ("a period of six weeks starting on 1 May 2010", date(2010, 6, 11)),
    ],
)
def test_a_stated_term_says_when_the_contract_cannot_have_ended_yet(words: str, not_before: date) -> None:
    dating = dated(SeenFile(path="C-12/contract.pdf", text=f"The lease is {words}."), Trigger.CONTRACT_END)

    assert span(dating) == (not_before, None)
    assert dating.question is not None


@pytest.mark.parametrize("words", ["a term of years from the date", "the term of office of Cllr Smith", "of of of", ""])
def test_a_term_without_a_length_or_a_beginning_is_none(words: str) -> None:
    assert list(terms_in(words)) == []


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("LAC/Smith (b. 1996)/plan.docx", date(1996, 1, 1), date(1996, 12, 31)),
        ("LAC/Smith DOB120396/plan.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith dob 12-03-1996/plan.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith born 12.03.96/plan.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith_DOB_12_03_1996.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith D.O.B. 03-25-96.docx", date(1996, 3, 25), date(1996, 3, 25)),
        ("LAC/Smith DOB19960312/plan.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith DOB 1996-03-12/plan.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith DOB12031996/plan.docx", date(1996, 3, 12), date(1996, 3, 12)),
        ("LAC/Smith DOB120310/plan.docx", date(1910, 3, 12), date(2010, 3, 12)),
    ],
)
def test_a_birth_in_a_name_is_read_and_of_two_centuries_both(path: str, first: date, last: date) -> None:
    assert span(dated(SeenFile(path=path, modified_at=LATE), Trigger.DATE_OF_BIRTH, under=110)) == (first, last)


@pytest.mark.parametrize("path", ["Reborn 1996/a.doc", "DOB999999/a.doc", "(b. 99)/a.doc", "Osborne 12/a.doc", "a.doc"])
def test_what_is_no_birth_is_not_taken_for_one(path: str) -> None:
    assert list(births_in(path, by=LATE.date())) == []


def test_nobody_is_born_after_the_file_was_written() -> None:
    (birth,) = births_in("Smith DOB120321.doc", by=date(2020, 1, 1))

    assert (birth.earliest, birth.latest) == (date(1921, 3, 12), date(1921, 3, 12))


def test_siblings_on_one_file_are_never_averaged_and_the_youngest_counts() -> None:
    text = "Date of birth: 12/03/1996\nDate of birth: 4 July 2001"

    dating = dated(SeenFile(path="LAC/Smith/a.doc", text=text), Trigger.DATE_OF_BIRTH, accepts=Strength.B)

    assert span(dating) == (date(1996, 3, 12), date(2001, 7, 4))
    assert any("disagrees" in note for note in dating.notes)


def test_a_parents_birth_on_a_childs_paper_does_not_make_it_due() -> None:
    file = SeenFile(path="LAC/2010/a.doc", text="Mother, date of birth: 12/03/1975")

    dating = dated(file, Trigger.DATE_OF_BIRTH, accepts=Strength.B, under=18)

    assert dating.latest is None
    assert dating.question is not None


@pytest.mark.parametrize(
    ("path", "trigger", "last"),
    [
        ("FOI/Closed/2011/F-7/a.doc", Trigger.CASE_CLOSED, date(2011, 12, 31)),
        ("FOI/CLOSED - F-7 2011/a.doc", Trigger.CASE_CLOSED, date(2011, 12, 31)),
        ("FOI/ZZ_F-7_2011-05-03/a.doc", Trigger.CASE_CLOSED, date(2011, 5, 3)),
        ("HR/Leavers/2012/Smith/a.doc", Trigger.EMPLOYMENT_END, date(2012, 12, 31)),
        ("ASC/Deceased/2012/Smith/a.doc", Trigger.DATE_OF_DEATH, date(2012, 12, 31)),
    ],
)
def test_a_folder_that_says_when_it_was_over_speaks_for_its_case(path: str, trigger: Trigger, last: date) -> None:
    assert dated(SeenFile(path=path), trigger, accepts=Strength.C, level=Level.CASE).latest == last
    assert dated(SeenFile(path=path), trigger, accepts=Strength.A, level=Level.CASE).latest is None


@pytest.mark.parametrize("folder", ["ZZ_Smith", "CLOSED - Smith", "Closed"])
def test_a_folder_that_says_only_that_it_is_over_settles_nothing_and_is_told(folder: str) -> None:
    dating = dated(SeenFile(path=f"FOI/{folder}/a.doc"), Trigger.CASE_CLOSED, accepts=Strength.C, level=Level.CASE)

    assert span(dating) == (None, None)
    assert [one.in_words for one in dating.evidence] == [f"no day (C: {folder!r} in folder 'FOI/{folder}')"]


@pytest.mark.parametrize(
    ("trigger", "last"),
    [(Trigger.ORDER_DATE, date(1990, 5, 3)), (Trigger.CASE_CLOSED, date(2003, 12, 31))],
)
def test_a_later_paper_puts_off_what_ends_a_case_and_not_what_begins_it(trigger: Trigger, last: date) -> None:
    event = Event(trigger=trigger.value, on=date(1990, 5, 3))
    clock = Clock(trigger=trigger, subject="", period=Period())
    file = SeenFile(path="Adoption/Smith/2003/a.doc")

    dating = date_trigger(clock, file, schedule=SCHEDULE, accepts=Strength.A, level=Level.CASE, events=(event,))

    assert dating.latest is not None
    assert dating.latest.year == last.year
    assert bool(dating.notes) == (last.year == 2003)


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("The road was closed on 3 May 2011.", Trigger.CASE_CLOSED),
        ("She left on 3 May 2011 for Derby.", Trigger.EMPLOYMENT_END),
        ("The boiler was replaced on 3 May 2011.", Trigger.SUPERSEDED),
        ("They settled on 3 May 2011 as the day to meet.", Trigger.CLAIM_SETTLED),
    ],
)
def test_a_word_of_a_story_is_not_the_field_of_a_form(text: str, trigger: Trigger) -> None:
    word = text.split(" on ", maxsplit=1)[0].rsplit(maxsplit=1)[-1].capitalize()

    assert dated(SeenFile(path="a.doc", text=text), trigger, accepts=Strength.B).latest is None
    form = SeenFile(path="a.doc", text=f"Name: Smith\n{word}: 3 May 2011")
    assert dated(form, trigger, accepts=Strength.B).latest == date(2011, 5, 3)


def columns(**values: str) -> Mapping[str, str]:
    return {f"column:{name.replace('_', ' ')}": value for name, value in values.items()}


def test_a_column_of_another_system_is_a_recorded_event() -> None:
    file = SeenFile(path="site/lib/a.doc", properties=columns(Date_Closed="2011-05-03T09:00:00Z", Status="Closed"))

    assert span(dated(file, Trigger.CASE_CLOSED, accepts=Strength.A)) == (date(2011, 5, 3), date(2011, 5, 3))
    assert dated(file, Trigger.CASE_CLOSED, accepts=Strength.A, level=Level.CASE).latest is None


@pytest.mark.parametrize("name", ["column:DateClosed", "column:Date_x0020_Closed", "column:date_closed"])
def test_a_column_is_known_however_sharepoint_spells_it(name: str) -> None:
    (evidence,) = in_columns(Trigger.CASE_CLOSED, {name: "3 May 2011"})

    assert evidence.latest == date(2011, 5, 3)


def test_a_case_that_was_opened_again_is_not_closed_on_its_old_day() -> None:
    file = SeenFile(path="a.doc", properties=columns(Date_Closed="2011-05-03", Status="Reopened"))

    assert span(dated(file, Trigger.CASE_CLOSED)) == (date(2011, 5, 3), None)


def test_a_status_without_a_day_says_that_and_not_when() -> None:
    (evidence,) = in_columns(Trigger.CASE_CLOSED, columns(Status="Closed"))

    assert (evidence.earliest, evidence.latest, evidence.text) == (None, None, "closed")


def test_the_day_of_a_status_counts_for_the_status_it_belongs_to() -> None:
    closed, live = columns(Status="Closed", Status_Date="2011-05-03"), columns(Status="Live", Status_Date="2011-05-03")

    assert [one.latest for one in in_columns(Trigger.CASE_CLOSED, closed)] == [date(2011, 5, 3)]
    assert list(in_columns(Trigger.CASE_CLOSED, live)) == []


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("03/04/2012", date(2012, 3, 4), date(2012, 4, 3)),
        ("25/04/2012 10:30", date(2012, 4, 25), date(2012, 4, 25)),
        ("4/25/2012 3:00 PM", date(2012, 4, 25), date(2012, 4, 25)),
        ("2012-04-25", date(2012, 4, 25), date(2012, 4, 25)),
    ],
)
def test_a_cell_that_may_be_of_either_order_is_read_in_both(value: str, first: date, last: date) -> None:
    (evidence,) = in_columns(Trigger.CASE_CLOSED, columns(Date_Closed=value))

    assert (evidence.earliest, evidence.latest) == (first, last)


def test_a_contracts_end_in_a_register_may_have_been_put_off() -> None:
    file = SeenFile(path="a.doc", properties=columns(Contract_end="2019-03-31"))

    assert span(dated(file, Trigger.CONTRACT_END, accepts=Strength.A)) == (date(2019, 3, 31), None)


def test_when_a_file_came_to_its_disk_says_nothing_about_its_record() -> None:
    file = SeenFile(path="a.doc", properties={"file_created_at": "2001-01-01T00:00:00Z"}, modified_at=LATE)

    for trigger in (Trigger.CREATED, Trigger.RECORD_DATE, Trigger.RECEIVED, Trigger.LAST_MODIFIED):
        assert span(dated(file, trigger)) == (None, date(2022, 5, 4))


def test_an_e_mail_is_dated_by_when_it_was_sent() -> None:
    file = SeenFile(path="a.msg", properties={"sent_at": "2011-05-03T09:00:00Z"}, modified_at=LATE)

    assert span(dated(file, Trigger.RECORD_DATE, accepts=Strength.A)) == (date(2011, 5, 3), date(2011, 5, 3))


def test_a_document_that_replaces_another_is_not_thereby_superseded() -> None:
    file = SeenFile(path="policy v3.doc", text="This policy replaces version 2.1 dated 3 May 2011.")

    assert dated(file, Trigger.SUPERSEDED).latest is None
    assert dated(SeenFile(path="p.doc", text="Superseded on 3 May 2011"), Trigger.SUPERSEDED).latest == date(2011, 5, 3)


def test_a_contracts_years_in_a_name_never_end_it() -> None:
    assert span(dated(SeenFile(path="Contracts/Cleaning 2010-2015/a.doc"), Trigger.CONTRACT_END)) == (
        date(2010, 1, 1),
        None,
    )


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("Finance/13-14/a.doc", date(2014, 3, 31)),
        ("Finance/99_00/a.doc", date(2000, 3, 31)),
        ("Finance/09-10/a.doc", date(2010, 9, 30)),
        ("Schools/2013-14/a.doc", date(2014, 8, 31)),
        ("Finance/Rooms 13-14/a.doc", date(2022, 5, 4)),
        ("Finance/12-14/a.doc", date(2022, 5, 4)),
    ],
)
def test_two_digits_are_a_year_only_as_a_whole_name_and_schools_have_their_own(path: str, last: date) -> None:
    assert dated(SeenFile(path=path, modified_at=LATE), Trigger.RECORD_DATE).latest == last


COPIED = Surroundings(copying="1,204 files of 'Old' were last written on 2014-06-07: taken for a copying")


def test_a_time_that_a_copying_left_bounds_nothing_and_says_why() -> None:
    dating = dated(SeenFile(path="Old/a.doc", modified_at=LATE), Trigger.RECORD_DATE, around=COPIED)

    assert span(dating) == (None, None)
    assert dating.question == "What date does 'a.doc' bear?"
    assert any("1,204 files" in one.in_words for one in dating.evidence)


def test_a_stated_date_settles_a_copied_file_all_the_same() -> None:
    file = SeenFile(path="Old/a.doc", text="Invoice date: 3 May 2011", modified_at=LATE)

    assert dated(file, Trigger.RECORD_DATE, around=COPIED).latest == date(2011, 5, 3)


def test_the_newest_date_of_the_case_speaks_for_it_unless_it_was_copied() -> None:
    newest = Surroundings(case_newest_on=date(2014, 2, 1), case_files=12)
    file = SeenFile(path="Cases/C-1/a.doc")

    assert dated(file, Trigger.LAST_CONTACT, level=Level.CASE, around=newest).latest == date(2014, 2, 1)
    assert dated(file, Trigger.LAST_CONTACT, level=Level.CASE, accepts=Strength.B, around=newest).latest is None
    copied = Surroundings(case_newest_on=date(2014, 2, 1), case_files=12, copying=COPIED.copying)
    assert dated(file, Trigger.LAST_CONTACT, level=Level.CASE, around=copied).latest is None


def test_a_case_of_which_the_newest_day_is_not_known_says_why_and_is_never_dated_by_it() -> None:
    unknown = Surroundings(case_newest_on=date(2014, 2, 1), case_files=12, case_unknown="2 files could not be read")
    file = SeenFile(path="Cases/C-1/a.doc")

    dating = dated(file, Trigger.LAST_MODIFIED, level=Level.CASE, around=unknown)

    assert dating.latest is None
    assert any("2 files could not be read" in one.in_words for one in dating.evidence)


def test_a_single_file_is_not_dated_by_the_case_that_another_class_would_put_it_in() -> None:
    newest = Surroundings(case_newest_on=date(2014, 2, 1), case_files=12)
    file = SeenFile(path="Cases/C-1/a.doc")

    assert dated(file, Trigger.LAST_CONTACT, level=Level.ITEM, around=newest).latest is None
    assert dated(file, Trigger.LAST_CONTACT, level=Level.SERIES_YEAR, around=newest).latest is None


@given(
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.sampled_from((Trigger.LAST_CONTACT, Trigger.LAST_MODIFIED)),
    st.sampled_from(("a", "{}", "contact {}")),
)
def test_nothing_that_a_paper_says_makes_its_case_older_than_the_newest_paper_of_it(
    newest_on: date, day: date, trigger: Trigger, name: str
) -> None:
    around = Surroundings(case_newest_on=newest_on, case_files=3)
    path = f"Cases/{day.year}-{(day.year + 1) % 100:02}/{name.format(day)}.doc"
    file = SeenFile(
        path=path,
        text=f"Date: {day:%d %B %Y}. Last contact: {day:%d %B %Y}",
        properties={"modified_at": day.isoformat()},
    )

    latest = dated(file, trigger, level=Level.CASE, around=around).latest

    assert latest is None or latest >= newest_on


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=60), st.sampled_from(sorted(Trigger)))
def test_no_column_name_or_text_can_break_the_reading(key: str, value: str, text: str, trigger: Trigger) -> None:
    file = SeenFile(path=f"{key}/{value}", text=text, properties={f"column:{key}": value, "column:Status": text})

    dating = dated(file, trigger)

    assert dating.earliest is None or dating.latest is None or dating.earliest <= dating.latest
