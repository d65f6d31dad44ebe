import os
from datetime import date, timedelta

import pytest

from retention.domain.assets import AssetId, InformationAsset, Source
from retention.domain.attestations import AttestationState, Reach
from retention.domain.eligibility import EligibilityState
from retention.domain.people import Person, PersonId, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, StaleError, UnknownThingError
from retention.services.asking.attesting import AttestationMade, Said, attest, list_statements, withdraw
from retention.services.asking.questions import Answer, CaseQuestion, answer_question, list_questions
from retention.services.explaining import explain
from retention.store import appraisals, assets, attestations, outbox, people
from retention.store.catalogue import Catalogue
from retention.store.instants import stored
from retention.store.schema import record_copy
from rules import DisposalSchedule, QuestionKind
from tests.integration.services.small_drive import NO_HOLDS, NOON, add_files, appraise, copies, put_in_force, state
from tests.integration.services.small_schedule import schedule_text

TODAY = date(2026, 3, 2)
LONG_AGO = date(2011, 5, 31)
RITA = Person(person_id=PersonId("rita"), name="Rita Rees", roles=frozenset({Role.RECORDS_MANAGER}))
INGRID = Person(person_id=PersonId("ingrid"), name="Ingrid Ito", roles=frozenset({Role.IAO}))
HIGH_STREET = "Housing/Tenancy files/12 High Street"
PAPERS = (f"{HIGH_STREET}/agreement.txt", f"{HIGH_STREET}/Letters/arrears.txt")
NEIGHBOUR = "Housing/Tenancy files/14 High Street/agreement.txt"
LIST = "Housing/Tenancy files/all tenants.txt"


@pytest.fixture
def drive(catalogue: Catalogue, source: Source) -> DisposalSchedule:
    """Two tenancies and a list of all, appraised."""
    add_files(catalogue, (*PAPERS, NEIGHBOUR, LIST), source_id=source.source_id)
    return put_in_force(catalogue, schedule_text())


def asked(catalogue: Catalogue) -> dict[tuple[str, str], CaseQuestion]:
    found = list_questions(catalogue, asset_id=None, limit=100).questions
    return {(one.case_path, one.key): one for one in found}


def say(catalogue: Catalogue, place: str, key: str, answer: date | None, *, person: Person = RITA) -> AttestationMade:
    """State on which day an event happened; without a day, that a fact does not hold."""
    on, holds = answer, None if answer else False
    said = Said(place=f"drive:{place}", key=key, on=on, holds=holds, basis="tenancy register")
    return attest(catalogue, said, person=person, at=NOON)


def settle(catalogue: Catalogue, schedule: DisposalSchedule, case: str = HIGH_STREET) -> None:
    """Say of a case all that its rule asks."""
    say(catalogue, case, "case_closed", LONG_AGO)
    for fact in ("arrears_outstanding", "was_eviction"):
        say(catalogue, case, fact, None)
    appraise(catalogue, schedule)


def logged(catalogue: Catalogue) -> list[str]:
    with catalogue.reading() as tx:
        return [entry.draft for entry in outbox.pending(tx)]


@pytest.mark.usefixtures("drive")
def test_a_question_is_asked_once_for_all_papers_of_a_case(catalogue: Catalogue) -> None:
    questions = asked(catalogue)

    closed = questions[HIGH_STREET, "case_closed"]
    assert (closed.files, closed.kind, closed.classes) == (2, QuestionKind.EVENT, ("TEN-01",))
    assert closed.words == f"When was '{HIGH_STREET}' closed? (end of the tenancy)"
    assert closed.size_bytes == 20
    assert questions[HIGH_STREET, "arrears_outstanding"].kind is QuestionKind.FACT
    assert {case for case, _key in questions} == {HIGH_STREET, os.path.dirname(NEIGHBOUR), LIST}  # noqa: PTH120


def test_an_answer_settles_every_paper_of_the_case_and_no_other(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    questions = asked(catalogue)
    for key, answer in (("case_closed", Answer(basis="register", on=LONG_AGO)), ("arrears_outstanding", None)):
        told = answer or Answer(basis="rent account", holds=False)
        answer_question(catalogue, questions[HIGH_STREET, key].question_id, told, person=INGRID, at=NOON)
    last = questions[HIGH_STREET, "was_eviction"].question_id
    appraise(catalogue, drive)
    assert asked(catalogue)[HIGH_STREET, "was_eviction"].question_id == last
    made = answer_question(catalogue, last, Answer(basis="rent account", holds=False), person=INGRID, at=NOON)

    assert made.copies == 2
    assert appraise(catalogue, drive) == 2

    assert {state(catalogue, path) for path in PAPERS} == {EligibilityState.ELIGIBLE}
    assert state(catalogue, NEIGHBOUR) is state(catalogue, LIST) is EligibilityState.AWAITING_TRIGGER
    with pytest.raises(UnknownThingError, match="no open question"):
        answer_question(catalogue, last, Answer(basis="again", holds=False), person=INGRID, at=NOON)


def test_an_answer_for_a_loose_file_reaches_neither_the_cases_nor_the_other_files_beside_it(
    catalogue: Catalogue, drive: DisposalSchedule
) -> None:
    other = "Housing/Tenancy files/Patel.txt"
    add_files(catalogue, [other])
    appraise(catalogue, drive)
    for key in ("case_closed", "arrears_outstanding", "was_eviction"):
        question = asked(catalogue)[LIST, key]
        told = Answer(basis="list", on=LONG_AGO) if key == "case_closed" else Answer(basis="list", holds=False)
        answer_question(catalogue, question.question_id, told, person=RITA, at=NOON)
    appraise(catalogue, drive)

    assert state(catalogue, LIST) is EligibilityState.ELIGIBLE
    assert state(catalogue, PAPERS[0]) is state(catalogue, other) is EligibilityState.AWAITING_TRIGGER


def test_what_is_said_of_a_folder_holds_for_everything_in_it(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    settle(catalogue, drive, "Housing/Tenancy files")

    assert {state(catalogue, path) for path in (*PAPERS, NEIGHBOUR, LIST)} == {EligibilityState.ELIGIBLE}


def test_the_statement_nearest_to_the_file_counts(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    settle(catalogue, drive, "Housing/Tenancy files")
    say(catalogue, HIGH_STREET, "case_closed", date(2025, 1, 1))
    say(catalogue, PAPERS[0], "case_closed", LONG_AGO)
    appraise(catalogue, drive)

    assert state(catalogue, PAPERS[0]) is state(catalogue, NEIGHBOUR) is EligibilityState.ELIGIBLE
    assert state(catalogue, PAPERS[1]) is EligibilityState.NOT_ELIGIBLE


def test_what_was_said_under_one_class_is_not_said_under_another(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    said = Said(
        place=f"drive:{HIGH_STREET}", key="case_closed", on=LONG_AGO, holds=None, basis="x", classes=("EVI-01",)
    )

    attest(catalogue, said, person=RITA, at=NOON)
    appraise(catalogue, drive)

    assert (HIGH_STREET, "case_closed") in asked(catalogue)
    answered = asked(catalogue)[HIGH_STREET, "case_closed"]
    answer_question(catalogue, answered.question_id, Answer(basis="x", on=LONG_AGO), person=RITA, at=NOON)
    assert [one.classes for one in list_statements(catalogue)] == [("EVI-01",), ("TEN-01",)]
    assert all(one.state is AttestationState.ACTIVE for one in list_statements(catalogue))


def test_until_it_is_appraised_again_what_something_was_said_of_is_kept(
    catalogue: Catalogue, drive: DisposalSchedule
) -> None:
    settle(catalogue, drive)
    say(catalogue, HIGH_STREET, "case_closed", date(2025, 1, 1))

    assert state(catalogue, PAPERS[0]) is EligibilityState.CANNOT_EVALUATE
    assert copies(catalogue)[PAPERS[0]].class_id == "TEN-01"  # a hold on the class still covers it


@pytest.mark.usefixtures("drive")
def test_a_correction_replaces_and_both_stay_on_record(catalogue: Catalogue) -> None:
    first = say(catalogue, HIGH_STREET, "case_closed", LONG_AGO).attestation
    made = say(catalogue, HIGH_STREET, "case_closed", date(2012, 1, 1), person=INGRID)

    assert made.replaced is not None
    assert made.replaced.attestation_id == first.attestation_id
    before, after = list_statements(catalogue)
    assert (before.state, before.on, before.stated_by) == (AttestationState.REPLACED, LONG_AGO, "rita")
    assert (before.replaced_by, before.ended_by) == (after.attestation_id, "ingrid")
    assert after.state is AttestationState.ACTIVE
    assert [f'"replaces": "{first.attestation_id}"' in draft for draft in logged(catalogue)] == [False, True]


def test_what_was_withdrawn_is_asked_again(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    settle(catalogue, drive)
    statement = list_statements(catalogue)[0].attestation_id

    made = withdraw(catalogue, statement, reason="another tenant", person=INGRID, at=NOON)
    appraise(catalogue, drive)

    assert made.copies == 2
    assert state(catalogue, PAPERS[0]) is EligibilityState.AWAITING_TRIGGER
    assert asked(catalogue)[HIGH_STREET, "case_closed"].files == 2
    assert list_statements(catalogue)[0].ended_reason == "another tenant"
    assert "event.withdrawn" in logged(catalogue)[-1]
    with pytest.raises(StaleError, match="replaced or withdrawn already"):
        withdraw(catalogue, statement, reason="again", person=RITA, at=NOON)


def test_a_statement_of_a_fact_names_who_said_it_in_the_reasons(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    settle(catalogue, drive)

    told = explain(catalogue, f"drive:{PAPERS[0]}", NO_HOLDS, as_of=TODAY)

    trigger = told.to_json()["trigger"]
    assert isinstance(trigger, dict)
    assert trigger["evidence"][0]["where"] == "attested by rita on 2026-03-02 (A-0001)"
    assert trigger["evidence"][0]["text"] == "tenancy register"
    assert any("arrears outstanding: it is not so, attested by rita" in one for one in told.eligibility.reasons)
    statements = told.to_json()["statements"]
    assert isinstance(statements, list)
    assert [one["key"] for one in statements] == ["case_closed", "arrears_outstanding", "was_eviction"]


OTHERS = (
    Person(person_id=PersonId("mallory"), name="another owner", roles=frozenset({Role.IAO})),
    Person(person_id=PersonId("ann"), name="neither", roles=frozenset({Role.AUDITOR, Role.ADMINISTRATOR, Role.IAA})),
    Person(person_id=PersonId("ingrid"), name="a retired owner", roles=frozenset({Role.IAO}), is_retired=True),
    Person(person_id=PersonId("ingrid"), name="an owner who is none any more", roles=frozenset({Role.AUDITOR})),
)


@pytest.mark.usefixtures("drive")
def test_nobody_but_the_owner_and_records_managers_says_what_happened_to_records(catalogue: Catalogue) -> None:
    for person in OTHERS:
        with pytest.raises(RefusedByPolicyError, match="may not say what happened"):
            say(catalogue, HIGH_STREET, "case_closed", LONG_AGO, person=person)
    assert list_statements(catalogue) == ()
    made = say(catalogue, HIGH_STREET, "case_closed", LONG_AGO).attestation.attestation_id
    for person in OTHERS:
        with pytest.raises(RefusedByPolicyError, match="may not say what happened"):
            withdraw(catalogue, made, reason="x", person=person, at=NOON)
    assert list_statements(catalogue)[0].state is AttestationState.ACTIVE


SAYS_NOTHING: tuple[tuple[dict[str, object], str], ...] = (
    ({"basis": "  "}, "needs a basis"),
    ({"basis": "x" * 2_001}, "longer than"),
    ({"on": date(2026, 3, 3)}, "still to come"),
    ({"on": date(1899, 12, 31)}, "before 1900-01-01"),
    ({"holds": True}, "either a day, or yes or no"),
    ({"on": None}, "either a day, or yes or no"),
    ({"on": None, "holds": True}, "not answered in that way"),
    ({"key": "contract_end"}, "asks for 'contract_end'"),
    ({"key": "fixed_date"}, "asks for 'fixed_date'"),
    ({"key": "\udcff\x1b"}, "no rule of schedule"),
    ({"key": "arrears_outstanding"}, "not answered in that way"),
    ({"place": "drive:"}, "a whole root"),
    ({"classes": ("NO-01",)}, "no class 'NO-01'"),
    ({"key": "date_of_birth"}, "whose date of birth"),
)


@pytest.mark.usefixtures("drive")
def test_what_says_nothing_is_not_recorded(catalogue: Catalogue) -> None:
    fields = {"place": f"drive:{HIGH_STREET}", "key": "case_closed", "on": LONG_AGO, "holds": None, "basis": "x"}

    for changes, words in SAYS_NOTHING:
        with pytest.raises(InvalidInputError, match=words):
            attest(catalogue, Said(**{**fields, **changes}), person=RITA, at=NOON)  # type: ignore[arg-type]  # mixed

    assert list_statements(catalogue) == ()
    assert logged(catalogue) == []


@pytest.mark.usefixtures("drive")
def test_a_place_where_nothing_is_known_is_not_taken_for_one(catalogue: Catalogue) -> None:
    for place in (
        "drive:Housing/Tenancy",
        "other:x",
        "/nowhere/at/all",
        "smb://server/share/x",
        "drive:Tenancy files/1",
    ):
        said = Said(place=place, key="case_closed", on=LONG_AGO, holds=None, basis="x")
        with pytest.raises(UnknownThingError):
            attest(catalogue, said, person=RITA, at=NOON)


def test_a_name_that_is_no_text_can_be_a_case(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    case = "Housing/Tenancy files/" + os.fsdecode(b"caf\xe9 [x]\n%_")
    add_files(catalogue, [f"{case}/a.txt", "Housing/Tenancy files/cafe/a.txt"])
    appraise(catalogue, drive)

    question = asked(catalogue)[case, "case_closed"]
    answer_question(catalogue, question.question_id, Answer(basis="b", on=LONG_AGO), person=RITA, at=NOON)
    assert appraise(catalogue, drive) == 1

    assert (case, "case_closed") not in asked(catalogue)
    assert "path_b64" in question.to_json()
    assert question.words.isprintable()


@pytest.mark.usefixtures("drive")
def test_a_question_is_answered_in_the_way_it_is_asked(catalogue: Catalogue) -> None:
    questions = asked(catalogue)
    for key, told in (
        ("case_closed", Answer(basis="x", holds=False)),
        ("case_closed", Answer(basis="x")),
        ("was_eviction", Answer(basis="x", on=LONG_AGO)),
    ):
        with pytest.raises(InvalidInputError, match="not answered in that way"):
            answer_question(catalogue, questions[HIGH_STREET, key].question_id, told, person=RITA, at=NOON)


def test_what_is_said_while_files_are_appraised_is_not_lost(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    settle(catalogue, drive)
    with catalogue.transaction() as tx:
        read = appraisals.present(tx, asset_id=None, after=0, limit=9)
        seen = attestations.version(tx)
    say(catalogue, HIGH_STREET, "case_closed", date(2025, 1, 1))

    with catalogue.reading() as tx:
        assert attestations.version(tx) != seen  # so what was made of it is not stored
        assert {one.path for one in appraisals.waiting(tx, drive.schedule_version, after=0, limit=9)} == set(PAPERS)
    assert len(read) == 4


def test_an_interrupted_appraisal_goes_on_with_what_was_said(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    settle(catalogue, drive, "Housing/Tenancy files")
    say(catalogue, "Housing/Tenancy files", "case_closed", date(2025, 1, 1))
    with catalogue.reading() as tx:
        assert appraisals.count_waiting(tx, drive.schedule_version) == 4

    assert appraise(catalogue, drive) == 4  # as the next scan would

    assert state(catalogue, NEIGHBOUR) is EligibilityState.NOT_ELIGIBLE


@pytest.mark.usefixtures("drive")
def test_questions_can_be_asked_of_one_asset_only(catalogue: Catalogue) -> None:
    assert list_questions(catalogue, asset_id="other", limit=9).total == 0
    found = list_questions(catalogue, asset_id="finance", limit=2)

    assert found.total == 9
    assert len(found.questions) == 2
    assert found.questions[0].files == 2


@pytest.mark.usefixtures("drive")
def test_the_numbers_of_statements_are_never_given_twice(catalogue: Catalogue) -> None:
    with catalogue.transaction() as tx:
        people.add_person(tx, Person(person_id=PersonId("x"), name="X", roles=frozenset({Role.IAO})))
        assets.add_asset(tx, InformationAsset(asset_id=AssetId("other"), title="Other", owner_id=PersonId("x")))
        outbox.learn(tx, seen=9, used={attestations.ATTESTATION_NUMBER: 41})

    assert say(catalogue, HIGH_STREET, "case_closed", LONG_AGO).attestation.attestation_id == "A-0042"
    assert Reach("case") is Reach.CASE


def test_a_correction_is_not_outvoted_by_the_older_answer(catalogue: Catalogue, drive: DisposalSchedule) -> None:
    for key in ("case_closed", "arrears_outstanding", "was_eviction"):
        told = Answer(basis="list", on=LONG_AGO) if key == "case_closed" else Answer(basis="list", holds=False)
        answer_question(catalogue, asked(catalogue)[HIGH_STREET, key].question_id, told, person=RITA, at=NOON)
    appraise(catalogue, drive)
    assert state(catalogue, PAPERS[0]) is EligibilityState.ELIGIBLE

    say(catalogue, HIGH_STREET, "case_closed", date(2024, 6, 1))
    appraise(catalogue, drive)

    assert state(catalogue, PAPERS[0]) is EligibilityState.NOT_ELIGIBLE
    reasons = copies(catalogue)[PAPERS[0]].reasons
    assert any("not heard, because rita on 2026-03-02 (A-0004) said otherwise later" in one for one in reasons)


def test_what_was_said_before_a_paper_was_there_is_asked_again_of_it(
    catalogue: Catalogue, drive: DisposalSchedule
) -> None:
    settle(catalogue, drive)
    late = f"{HIGH_STREET}/complaint.txt"
    add_files(catalogue, [late])
    later = stored(NOON + timedelta(days=1))
    with catalogue.transaction() as tx:
        tx.connection.execute(record_copy.update().where(record_copy.c.path == late.encode()).values(here_since=later))
    appraise(catalogue, drive)

    assert state(catalogue, PAPERS[0]) is EligibilityState.ELIGIBLE
    assert state(catalogue, late) is EligibilityState.AWAITING_TRIGGER
    question = asked(catalogue)[HIGH_STREET, "case_closed"]
    assert question.words.endswith("(a statement of 2026-03-02 was made before this file was there)")
    for key in ("case_closed", "arrears_outstanding", "was_eviction"):
        told = Answer(basis="list", on=LONG_AGO) if key == "case_closed" else Answer(basis="list", holds=False)
        question = asked(catalogue)[HIGH_STREET, key]
        answer_question(catalogue, question.question_id, told, person=RITA, at=NOON + timedelta(days=2))
        appraise(catalogue, drive)
    assert state(catalogue, late) is EligibilityState.ELIGIBLE
