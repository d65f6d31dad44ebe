from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules import (
    NOTHING_AROUND,
    Appraisal,
    Classifier,
    DisposalSchedule,
    Period,
    Surroundings,
    appraise,
    parse_schedule,
)
from rules.model import Clock
from rules.ruling import appraising
from tests.unit.rules.files import Event, SeenFile
from tests.unit.rules.schedules import a_class, a_schedule

CASE = "{trigger: case_closed, subject: closure, period: P6Y}"
BIRTH = "{trigger: date_of_birth, subject: the child, period: P25Y}"
SIGNED = """\
    clauses:
      - when: a claim was made
        fact: claim
        combine: suspend
        unknown: presume_absent
        because: claims are rare
        signs: [claim, data breach]"""
LATER = """\
    clauses:
      - {when: an order was made, fact: ordered, combine: later, unknown: longest,
         clock: {trigger: order_date, subject: order, period: P10Y}}"""
SCHEDULE = parse_schedule(
    a_schedule(
        a_class("HOU-01", LATER, "    level: case", clock=CASE, folders="[tenancy files]"),
        a_class("CSC-01", "    level: case", clock=BIRTH, folders="[child files]"),
        a_class("IG-01", SIGNED, clock=CASE, folders="[data requests, data]"),
        a_class("FIN-01", folders="[invoices]", names="[invoice*]"),
        a_class("GON-01", clock=CASE, action="destroy", folders="[maximum files]").replace(
            "period_kind: limitation", "period_kind: maximum"
        ),
    ),
    name="precedents",
)
CLASSIFIER = Classifier(SCHEDULE)
FOLDERS = (
    *("Tenancy files/12 High Street", "Tenancy files/Closed/2011", "Child files/Smith (b. 1996)", "Child files/A"),
    *("Data requests/7", "data", "Invoices/2012-13", "Invoices/Tenancy files", "Maximum files/Data requests/3"),
    *("Child files/School 2013-14", ""),
)
NAMES = (
    *("letter.docx", "letter 7.docx", "note.docx", "breach.docx", "claim.docx", "2011-05-03 letter.docx"),
    *("1314.docx", "born 1996.docx", "School plan.docx", "invoice.pdf", "4210.docx", "a", "Tenancy files"),
    "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}bersicht.docx",
)
BEGAN = datetime(2009, 3, 30, 23, 30, tzinfo=UTC)
files = st.builds(
    lambda folder, name, days, properties: SeenFile(
        path=f"{folder}/{name}" if folder else name,
        modified_at=BEGAN + timedelta(days=days, hours=days),
        properties=properties,
    ),
    st.sampled_from(FOLDERS),
    st.sampled_from(NAMES),
    st.integers(0, 4000),
    st.sampled_from(({}, {}, {}, {"created_at": "2010-05-03"}, {"column:Date closed": "2012-01-01"}, {"title": "x"})),
)
around = st.sampled_from((NOTHING_AROUND, NOTHING_AROUND, Surroundings(copying="120 files were copied")))


def afresh(file: SeenFile, around: Surroundings = NOTHING_AROUND, *, of: Classifier = CLASSIFIER) -> Appraisal:
    """Return the appraisal of a file as if it were the first of all."""
    appraising._precedents.cache_clear()
    return appraise(of, file, around=around)


@given(st.lists(st.tuples(files, around), min_size=2, max_size=8))
def test_whatever_was_appraised_before_a_file_is_told_the_same_in_the_same_words(
    matters: list[tuple[SeenFile, Surroundings]],
) -> None:
    expected = [afresh(file, place) for file, place in matters]

    appraising._precedents.cache_clear()
    assert [appraise(CLASSIFIER, file, around=place) for file, place in (*matters, *matters)] == expected * 2


def test_the_second_paper_of_a_case_is_not_worked_out_again() -> None:
    one, two = (
        appraise(CLASSIFIER, SeenFile(path=f"Tenancy files/12 High Street/{name}.docx")) for name in ("letter", "note")
    )

    assert one.asked
    assert one.asked is two.asked
    assert one.trigger is two.trigger


def test_an_answer_about_one_paper_is_not_taken_for_one_about_the_next() -> None:
    path = "Tenancy files/12 High Street/letter.docx"
    closed = Event(trigger="case_closed", on=datetime(2010, 5, 3, tzinfo=UTC).date())

    before = appraise(CLASSIFIER, SeenFile(path=path))
    answered = appraise(CLASSIFIER, SeenFile(path=path), events=[closed], answers={"ordered": False})
    after = appraise(CLASSIFIER, SeenFile(path=path))

    assert answered.due is not None
    assert answered.due.latest is not None
    assert before == after
    assert after.due is not None
    assert after.due.latest is None


def longer(schedule: DisposalSchedule) -> DisposalSchedule:
    (entry,) = (one for one in schedule.classes if one.id == "HOU-01")
    assert isinstance(entry.clock, Clock)
    changed = replace(entry, clock=replace(entry.clock, period=Period(years=9)))
    return replace(schedule, version="2", classes=tuple(changed if one is entry else one for one in schedule.classes))


def test_what_was_told_under_one_version_is_never_told_under_another() -> None:
    later = Classifier(longer(SCHEDULE))
    file = SeenFile(path="Tenancy files/Closed/2011/letter.docx")

    told = [appraise(classifier, file) for classifier in (CLASSIFIER, later, CLASSIFIER, later)]

    assert told[0] == told[2] == afresh(file)
    assert told[1] == told[3] == afresh(file, of=later)
    assert told[0].due != told[1].due
