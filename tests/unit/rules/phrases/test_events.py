"""Which words start which clock, and which words only look so: those stay an event that a person attests."""

import pytest

from rules import Clock, Trigger, parse_rule
from rules.model import clocks_of
from tests.unit.rules.phrases.telling import told

KNOWN = [
    ("closure of the case", Trigger.CASE_CLOSED),
    ("the date on which the complaint is resolved", Trigger.CASE_CLOSED),
    ("date of last contact with the family", Trigger.LAST_CONTACT),
    ("last action on the project", Trigger.LAST_MODIFIED),
    ("last amendment", Trigger.LAST_MODIFIED),
    ("end of the grounds maintenance contract", Trigger.CONTRACT_END),
    ("end of the contract with the county", Trigger.CONTRACT_END),
    ("expiry of your lease", Trigger.CONTRACT_END),
    ("the day the contract is awarded", Trigger.CONTRACT_AWARD),
    ("leaving the council's employment", Trigger.EMPLOYMENT_END),
    ("termination of employment", Trigger.EMPLOYMENT_END),
    ("resignation", Trigger.EMPLOYMENT_END),
    ("they cease to be a councillor", Trigger.OFFICE_END),
    ("expiry of the premises licence", Trigger.LICENCE_EXPIRY),
    ("date superseded", Trigger.SUPERSEDED),
    ("completion of the scheme", Trigger.PROJECT_COMPLETED),
    ("practical completion of the works", Trigger.WORKS_COMPLETED),
    ("sale of the land", Trigger.ASSET_DISPOSED),
    ("compliance with the notice", Trigger.NOTICE_COMPLIED),
    ("end of the emergency", Trigger.INCIDENT_ENDED),
    ("settlement of the claim", Trigger.CLAIM_SETTLED),
    ("the loan is repaid in full", Trigger.DEBT_CLEARED),
    ("completion of the audit", Trigger.AUDIT_COMPLETED),
    ("withdrawal of consent", Trigger.CONSENT_WITHDRAWN),
    ("birth of the youngest child", Trigger.DATE_OF_BIRTH),
    ("the child's date of birth", Trigger.DATE_OF_BIRTH),
    ("death of the pensioner", Trigger.DATE_OF_DEATH),
    ("the record is no longer required", Trigger.NO_LONGER_NEEDED),
    ("date of the meeting", Trigger.MEETING_DATE),
    ("date of the court order", Trigger.ORDER_DATE),
    ("the date of the decision", Trigger.DECISION_DATE),
    ("creation of the record", Trigger.CREATED),
    ("date of receipt", Trigger.RECEIVED),
    ("date of the invoice", Trigger.RECORD_DATE),
]
UNLIKE = [
    "end of the employment tribunal",
    "end of the contract disputes",
    "end of the contract defects period",
    "contract end and any extension",
    "end of the insurance of the contract",
    "end of life of the employee",
    "end of the contract or the maintenance phase",
    "creation of the company",
    "receipt of the grant",
    "closure of the school",
    "closure of all linked cases",
    "last use of the vehicle",
    "last meeting of the panel",
    "birth certificate issued",
    "first contact",
    "date of entry",
    "date of the flood",
    "next audit",
    "disposal of the application",
    "the date the order is reviewed",
]


@pytest.mark.parametrize(("event", "trigger"), KNOWN)
def test_an_event_of_the_table_starts_its_clock(event: str, trigger: Trigger) -> None:
    term = parse_rule(f"6 years after {event}").term

    assert isinstance(term, Clock)
    assert term.trigger is trigger
    assert term.subject


@pytest.mark.parametrize("event", UNLIKE)
def test_an_event_that_only_looks_like_one_of_the_table_is_asked_about_in_its_own_words(event: str) -> None:
    term = parse_rule(f"6 years after {event}").term

    assert isinstance(term, Clock)
    assert term.trigger is Trigger.NAMED_EVENT
    assert term.event in event


@pytest.mark.parametrize("code", ["C+6", "T+6", "EXP+6", "6 years after", "6 years after it", "6 years after records"])
def test_what_names_no_event_starts_nothing(code: str) -> None:
    assert parse_rule(code).term is None


@pytest.mark.parametrize(
    "event", ["last use", "last used", "last accessed", "last access", "last modified or accessed", "pupil left"]
)
def test_an_event_that_no_date_of_a_file_tells_is_asked_of_a_person(event: str) -> None:
    rule = parse_rule(f"6 years after {event}")

    assert rule.term is not None
    assert {clock.trigger for clock in clocks_of(rule.term)} == {Trigger.NAMED_EVENT}


@pytest.mark.parametrize("text", ["Current + 6", "Current plus 6 years"])
def test_what_is_still_current_is_not_destroyed_six_years_after_its_year(text: str) -> None:
    expected = "the later of: 6 years after superseded; 6 years after the end of the financial year of record date"

    assert told(parse_rule(text)) == expected
    assert told(parse_rule("6 years", keep_from="Current")) == expected


@pytest.mark.parametrize("words", ["closure/settlement", "closure or settlement"])
def test_a_claim_that_is_closed_and_not_settled_is_kept(words: str) -> None:
    rule = parse_rule(f"6 years after {words}")

    assert told(rule) == "the later of: 6 years after case closed; 6 years after settlement"


def test_one_ending_with_two_names_is_asked_once() -> None:
    assert told(parse_rule("When vehicle sold or scrapped")) == "at asset disposed"


def test_the_year_following_an_event_is_not_the_year_of_the_event() -> None:
    following = parse_rule("7 years from the end of the financial year following closure")
    until = parse_rule("Until the end of the financial year after closure")

    assert told(following) == "1 year after the end of the financial year of case closed, then 7 years"
    assert told(until) == "1 year after the end of the financial year of case closed"


def test_a_pupil_is_nobodys_employee() -> None:
    pupil = parse_rule("7 years after the end of the academic year in which the pupil left")
    employee = parse_rule("7 years after the end of the financial year in which the employee left")

    assert told(pupil) == "7 years after the end of the academic year of pupil left"
    assert told(employee) == "7 years after the end of the financial year of employment end"
