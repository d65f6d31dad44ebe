"""What a retention engine must show of its schedules and events; each test has the name of its behaviour.

The behaviours that need no catalogue are in tests/unit/rules.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from retention.domain.assets import Source
from retention.domain.eligibility import EligibilityState, Outcome
from retention.domain.people import Person, PersonId, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, StaleError
from retention.services.asking.attesting import Said, attest, withdraw
from retention.services.explaining import explain
from retention.services.proposing import ProposalScope, plan_proposal, save_proposal
from retention.services.schedules.publishing import list_versions, prepare_publication, publish
from retention.services.schedules.versions import schedule_in_force, schedule_of
from retention.store import batches, outbox, schedules
from retention.store.catalogue import Catalogue
from rules import DisposalAction
from tests.integration.services.small_drive import NO_HOLDS, NOON, add_files, appraise, copies, put_in_force, state
from tests.integration.services.small_schedule import schedule_text

TODAY = NOON.date()
RITA = Person(person_id=PersonId("rita"), name="Rita Rees", roles=frozenset({Role.RECORDS_MANAGER}))
INGRID = Person(person_id=PersonId("ingrid"), name="Ingrid Ito", roles=frozenset({Role.IAO}))
INVOICE = "Finance/Invoices/2009-10/inv 1.txt"
CASE = "Housing/Tenancy files/12 High Street"
LETTER, AGREEMENT = f"{CASE}/letter.txt", f"{CASE}/agreement.txt"


@pytest.fixture
def drive(catalogue: Catalogue, source: Source) -> Catalogue:
    """An old invoice, a tenancy and something else, under the first version of the schedule."""
    add_files(catalogue, (INVOICE, LETTER, AGREEMENT, "Jim/notes.txt"), source_id=source.source_id)
    put_in_force(catalogue, schedule_text("1"))
    return catalogue


def publish_text(catalogue: Catalogue, folder: Path, text: str, *, person: Person = RITA) -> str:
    """Publish as the command does, and appraise everything again."""
    file = folder / "new.yaml"
    file.write_text(text)
    told = prepare_publication(catalogue, str(file), person=person, as_of=TODAY, accepts_template=False)
    version = publish(catalogue, told, person=person, at=NOON)
    appraise(catalogue, schedule_in_force(catalogue))
    return version


def propose(catalogue: Catalogue) -> str:
    """Freeze what is due as a batch; return its name."""
    version = schedule_in_force(catalogue).schedule_version
    (batch,) = save_proposal(catalogue, ProposalScope(), schedule_version=version, as_of=TODAY, person=RITA, at=NOON)
    return batch.batch_id


def say(catalogue: Catalogue, key: str, answer: date | None, *, person: Person = INGRID, holds: bool = False) -> str:
    """State a day, or without one whether a fact holds; return the statement's name."""
    said = Said(place=f"drive:{CASE}", key=key, on=answer, holds=None if answer else holds, basis="register")
    made = attest(catalogue, said, person=person, at=NOON)
    appraise(catalogue, schedule_in_force(catalogue))
    return made.attestation.attestation_id


def logged(catalogue: Catalogue) -> str:
    """Return what the log will be told."""
    with catalogue.reading() as tx:
        return "\n".join(entry.draft for entry in outbox.pending(tx))


def test_4_another_class_rules_only_by_a_recorded_decision_of_somebody_authorised(drive: Catalogue) -> None:
    auditor = Person(person_id=PersonId("ann"), name="Ann", roles=frozenset({Role.AUDITOR, Role.ADMINISTRATOR}))
    with pytest.raises(RefusedByPolicyError):
        say(drive, "was_eviction", None, holds=True, person=auditor)
    assert copies(drive)[LETTER].class_id == "TEN-01"

    say(drive, "was_eviction", None, holds=True)

    assert {copies(drive)[path].class_id for path in (LETTER, AGREEMENT)} == {"EVI-01"}
    assert "event.attested" in logged(drive)
    assert any("attested by ingrid" in reason for reason in copies(drive)[LETTER].reasons)


def test_6_an_action_in_use_is_changed_by_a_new_version_only(drive: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(RefusedByPolicyError, match="version 1 was published with other content"):
        publish_text(drive, tmp_path, schedule_text("1", action="review"))
    assert state(drive, INVOICE) is EligibilityState.ELIGIBLE

    publish_text(drive, tmp_path, schedule_text("2", action="review"))

    assert state(drive, INVOICE) is EligibilityState.REVIEW_DUE


def test_7_a_class_in_use_cannot_be_dropped_only_retired(drive: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(RefusedByPolicyError, match=r"INV-01 \(has records\).*Retire them instead"):
        publish_text(drive, tmp_path, schedule_text("2", with_invoices=False))

    publish_text(drive, tmp_path, schedule_text("2", invoices_retired="{on: 2026-01-01, successor: EVI-01}"))

    assert len(list_versions(drive)) == 2
    assert copies(drive)[INVOICE].copy.is_present


def test_7_a_class_that_a_decision_rests_on_cannot_be_dropped_after_its_records_went(
    drive: Catalogue, tmp_path: Path
) -> None:
    batch_id = propose(drive)
    with drive.transaction() as tx:
        (item,) = batches.items(tx, batch_id, asset_id="finance")
        batches.mark_destroyed(tx, item.copy_id, item.sha256)

    with pytest.raises(RefusedByPolicyError, match=r"INV-01 \(decided on in a batch\)"):
        publish_text(drive, tmp_path, schedule_text("2", with_invoices=False))


def test_7_records_that_were_classified_on_trial_bind_nobody_but_decisions_do(
    catalogue: Catalogue, source: Source, tmp_path: Path
) -> None:
    add_files(catalogue, (INVOICE, LETTER), source_id=source.source_id)
    put_in_force(catalogue, schedule_text("1", status="template"))
    publish_text(catalogue, tmp_path, schedule_text("2", status="adopted", with_invoices=False))
    assert copies(catalogue)[INVOICE].outcome is Outcome.UNCLASSIFIED

    with pytest.raises(RefusedByPolicyError, match=r"TEN-01 \(has records\)"):
        publish_text(catalogue, tmp_path, schedule_text("3").replace("TEN-01", "TEN-02"))


def test_8_no_new_record_comes_under_a_retired_class_and_existing_ones_name_its_successor(
    drive: Catalogue, tmp_path: Path
) -> None:
    publish_text(drive, tmp_path, schedule_text("2", invoices_retired="{on: 2026-01-01, successor: EVI-01}"))
    add_files(drive, ["Finance/Invoices/2010-11/inv 2.txt"])
    appraise(drive, schedule_in_force(drive))

    new, old = copies(drive)["Finance/Invoices/2010-11/inv 2.txt"], copies(drive)[INVOICE]

    assert (new.outcome, new.class_id) == (Outcome.UNCLASSIFIED, None)
    assert any("INV-01" in reason and "retired" in reason and "EVI-01" in reason for reason in old.reasons)
    assert EligibilityState.ELIGIBLE not in {state(drive, INVOICE), state(drive, new.path)}


def test_9_old_decisions_cite_the_version_of_their_day(drive: Catalogue, tmp_path: Path) -> None:
    before = schedule_in_force(drive)
    batch_id = propose(drive)

    after = publish_text(drive, tmp_path, schedule_text("2", period="P9Y"))

    with drive.reading() as tx:
        assert batches.proposed(tx, batch_id).schedule_version == before.schedule_version != after
        assert schedules.text_of(tx, before.schedule_version) == schedule_text("1")
    assert schedule_of(drive, before.schedule_version) == before


def test_10_a_new_rule_applies_to_all_existing_records(drive: Catalogue, tmp_path: Path) -> None:
    version = publish_text(drive, tmp_path, schedule_text("2", action="review"))

    assert {copy.schedule_version for copy in copies(drive).values()} == {version}


def test_10_until_a_record_was_compared_with_the_new_rule_it_is_not_proposed(drive: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(schedule_text("2"))
    told = prepare_publication(drive, str(tmp_path / "new.yaml"), person=RITA, as_of=TODAY, accepts_template=False)
    version = publish(drive, told, person=RITA, at=NOON)

    plan = plan_proposal(drive, ProposalScope(), schedule_version=version, as_of=TODAY)

    assert plan.batches == ()
    assert "is in force" in plan.refused[0].reasons[-1]


@pytest.mark.parametrize("status", ["withdrawn", "not approved", "template", "draft"])
def test_11_what_was_withdrawn_or_not_approved_makes_nothing_due(drive: Catalogue, tmp_path: Path, status: str) -> None:
    with pytest.raises(RefusedByPolicyError, match=f"status is `{status}`"):
        publish_text(drive, tmp_path, schedule_text("2", status=status))

    assert len(list_versions(drive)) == 1


def test_11_an_expired_schedule_is_not_published(drive: Catalogue, tmp_path: Path) -> None:
    expired = TODAY - timedelta(days=1)

    with pytest.raises(RefusedByPolicyError, match=f"expired on {expired}"):
        publish_text(drive, tmp_path, schedule_text("2", head=f"  valid_to: {expired}\n"))


def test_12_what_no_rule_is_made_for_is_kept_for_ever(drive: Catalogue) -> None:
    assert copies(drive)["Jim/notes.txt"].outcome is Outcome.UNCLASSIFIED

    plan = plan_proposal(
        drive,
        ProposalScope(),
        schedule_version=schedule_in_force(drive).schedule_version,
        as_of=date(9999, 12, 31),
    )

    assert "Jim/notes.txt" not in {item.path for batch in plan.batches for item in batch.items}


def test_21_without_the_event_there_is_no_due_date(drive: Catalogue) -> None:
    copy = copies(drive)[LETTER]

    assert copy.due_latest is None
    assert state(drive, LETTER) is EligibilityState.AWAITING_TRIGGER


def test_22_recording_the_event_sets_the_start(drive: Catalogue) -> None:
    for fact in ("arrears_outstanding", "was_eviction"):
        say(drive, fact, None)

    say(drive, "case_closed", date(2012, 2, 29))

    trigger = explain(drive, f"drive:{LETTER}", NO_HOLDS, as_of=TODAY).to_json()["trigger"]
    assert isinstance(trigger, dict)
    assert (trigger["earliest"], trigger["latest"]) == ("2012-02-29", "2012-02-29")
    assert copies(drive)[LETTER].due_latest == date(2018, 2, 28)


def test_23_the_due_date_follows_event_schedule_and_class_and_every_change_is_logged(
    drive: Catalogue, tmp_path: Path
) -> None:
    for fact in ("arrears_outstanding", "was_eviction"):
        say(drive, fact, None)
    first = say(drive, "case_closed", date(2012, 3, 1))
    dues = [copies(drive)[LETTER].due_latest]

    say(drive, "case_closed", date(2013, 3, 1))  # the event is corrected
    dues.append(copies(drive)[LETTER].due_latest)
    version = publish_text(drive, tmp_path, schedule_text("2", period="P7Y"))  # the schedule changes
    dues.append(copies(drive)[LETTER].due_latest)
    say(drive, "was_eviction", None, holds=True)  # the class changes
    dues.append(copies(drive)[LETTER].due_latest)
    say(drive, "arrears_outstanding", None, holds=True)  # a fact suspends it
    dues.append(copies(drive)[LETTER].due_latest)

    assert dues == [date(2018, 3, 1), date(2019, 3, 1), date(2020, 3, 1), date(2025, 3, 1), None]
    told = logged(drive)
    assert told.count('"event.attested"') == 6
    assert f'"replaces": "{first}"' in told
    assert f'"schedule": "{version}"' in told
    assert '"copies": 2' in told


def test_23_a_withdrawn_event_takes_the_due_date_with_it(drive: Catalogue) -> None:
    for fact in ("arrears_outstanding", "was_eviction"):
        say(drive, fact, None)
    statement = say(drive, "case_closed", date(2012, 3, 1))
    assert state(drive, LETTER) is EligibilityState.ELIGIBLE

    withdraw(drive, statement, reason="another house", person=RITA, at=NOON)

    assert state(drive, LETTER) is EligibilityState.CANNOT_EVALUATE
    appraise(drive, schedule_in_force(drive))
    assert state(drive, LETTER) is EligibilityState.AWAITING_TRIGGER
    assert '"event.withdrawn"' in logged(drive)


def test_a_case_goes_as_a_whole_or_not_at_all(drive: Catalogue) -> None:
    for fact in ("arrears_outstanding", "was_eviction"):
        say(drive, fact, None)
    say(drive, "case_closed", date(2012, 3, 1))
    version = schedule_in_force(drive).schedule_version
    whole = plan_proposal(drive, ProposalScope(class_id="TEN-01"), schedule_version=version, as_of=TODAY)
    assert [item.path for item in whole.batches[0].items] == [AGREEMENT, LETTER]
    attest(
        drive,
        Said(place=f"drive:{LETTER}", key="case_closed", on=date(2025, 1, 1), holds=None, basis="a late letter"),
        person=RITA,
        at=NOON,
    )
    appraise(drive, schedule_in_force(drive))

    plan = plan_proposal(drive, ProposalScope(class_id="TEN-01"), schedule_version=version, as_of=TODAY)

    assert plan.batches == ()
    refused = {one.path: one.reasons[-1] for one in plan.refused}
    assert refused[AGREEMENT].endswith(f"a case goes as a whole: {LETTER}")


def test_a_paper_that_came_since_keeps_its_whole_case(drive: Catalogue) -> None:
    for fact in ("arrears_outstanding", "was_eviction"):
        say(drive, fact, None)
    say(drive, "case_closed", date(2012, 3, 1))
    late = f"{CASE}/Letters/2026/reopened.txt"
    add_files(drive, [late])  # and nothing was compared with the schedule since

    plan = plan_proposal(
        drive,
        ProposalScope(class_id="TEN-01"),
        schedule_version=schedule_in_force(drive).schedule_version,
        as_of=TODAY,
    )

    assert plan.batches == ()
    assert {one.reasons[-1] for one in plan.refused} == {
        f"a paper there was not compared with the schedule yet, and a case goes as a whole: {late}"
    }


def test_nobody_but_a_records_manager_publishes(drive: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(RefusedByPolicyError, match="ingrid may not publish"):
        publish_text(drive, tmp_path, schedule_text("2"), person=INGRID)


def test_of_two_who_publish_at_once_the_slower_must_look_again(drive: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(schedule_text("3", period="P20Y"))
    slower = prepare_publication(drive, str(tmp_path / "other.yaml"), person=RITA, as_of=TODAY, accepts_template=False)
    publish_text(drive, tmp_path, schedule_text("2"))

    with pytest.raises(StaleError, match="has come into force"):
        publish(drive, slower, person=RITA, at=NOON)

    assert [one.schedule_version.partition("+")[0] for one in list_versions(drive)] == ["small@1", "small@2"]


def test_what_is_in_force_is_not_published_a_second_time(drive: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(StaleError, match="is in force already"):
        publish_text(drive, tmp_path, schedule_text("1"))
    publish_text(drive, tmp_path, schedule_text("2"))
    with pytest.raises(StaleError, match="was in force and has been replaced"):
        publish_text(drive, tmp_path, schedule_text("1"))
    with pytest.raises(InvalidInputError, match="not a file"):
        prepare_publication(drive, str(tmp_path), person=RITA, as_of=TODAY, accepts_template=False)


def test_what_is_published_is_on_record_with_its_digest_and_approver(drive: Catalogue, tmp_path: Path) -> None:
    head = "  approved_by: Cabinet, 2 March\n"
    publish_text(drive, tmp_path, schedule_text("2", head=head, action="review"))

    told = logged(drive)

    assert '"policy.set"' in told
    assert schedule_in_force(drive).digest in told
    assert "Cabinet, 2 March" in told
    assert DisposalAction.REVIEW is copies(drive)[INVOICE].action
