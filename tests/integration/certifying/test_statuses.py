"""A certificate goes no further than the batch: provisional, final, backups expired; and what was issued stays."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, update

from disposal_log import EntryType, sign_statement, statement, verify_log
from retention.commands.certificate import command
from retention.commands.session import Session
from retention.domain.people import Person
from retention.errors import CatalogueDamagedError, InvalidInputError, LogDamagedError, RefusedByPolicyError
from retention.services import recording
from retention.services.certifying import IssuedCertificate, expire_backups, issue_certificate
from retention.services.certifying.issuing import _digest
from retention.store import certificates
from retention.store.schema import certificate as certificate_table
from tests.integration.disposing.world import IAN, RITA, World, build_world


@dataclass(frozen=True, slots=True)
class Office:
    """A world with one batch."""

    world: World
    batch_id: str

    def issue(self, *, backup_days: int | None = 90, is_provisional: bool = False) -> IssuedCertificate:
        with self.world.catalogue() as catalogue, self.world.log() as log:
            return issue_certificate(
                catalogue,
                log,
                self.batch_id,
                person=RITA,
                at=self.world.clock.now(),
                backup_days=backup_days,
                is_provisional=is_provisional,
            )

    def expire(self, person: Person = RITA, *, backup_days: int | None = 90) -> IssuedCertificate:
        with self.world.catalogue() as catalogue, self.world.log() as log:
            return expire_backups(
                catalogue, log, self.batch_id, person=person, at=self.world.clock.now(), backup_days=backup_days
            )

    def entries(self, kind: EntryType) -> list[dict[str, object]]:
        with self.world.log() as log:
            return [dict(stored.entry) for stored in log.entries() if stored.entry["type"] == kind]


def office(folder: Path, *, grace_days: int = 0) -> Office:
    world = build_world(folder, files=2, grace_days=grace_days)
    made = Office(world, world.approved(excluded=[1]).batch_id)
    world.dispose(made.batch_id)
    return made


def test_from_quarantine_to_expired_backups_every_certificate_stays(tmp_path: Path) -> None:
    at_work = office(tmp_path, grace_days=30)
    with pytest.raises(RefusedByPolicyError, match="not closed"):
        at_work.issue()
    provisional = at_work.issue(is_provisional=True)
    assert provisional.facts["status"] == "provisional"
    assert provisional.facts["counts"]["quarantined"] == 1
    assert provisional.facts["methods"] == []
    assert provisional.facts["residual_copies"][0]["until"] == "2026-04-01"
    assert provisional.proof is None
    assert at_work.issue(is_provisional=True).envelope == provisional.envelope
    with pytest.raises(RefusedByPolicyError, match="has no final certificate"):
        at_work.expire()

    at_work.world.clock.move(days=31)
    at_work.world.dispose(at_work.batch_id)
    final = at_work.issue(is_provisional=True)
    assert (final.certificate_id, final.facts["status"], final.facts["replaces"]) == (
        f"C-{at_work.batch_id}-2",
        "final",
        provisional.certificate_id,
    )
    assert "quarantined" not in final.facts["counts"]
    assert final.facts["residual_copies"][-1]["until"] == "2026-07-01"

    at_work.world.clock.move(days=89)
    with pytest.raises(RefusedByPolicyError, match="has copies until 2026-07-01"):
        at_work.expire()
    with pytest.raises(RefusedByPolicyError, match="has copies until 2026-07-01"):
        at_work.expire(backup_days=1)  # what was printed on a certificate is not taken back by a setting
    at_work.world.clock.move(days=1)
    expired = at_work.expire(IAN)
    assert expired.facts["status"] == "final, backups expired"
    assert expired.facts["backups_expired"]["ref"] == "ian"
    assert expired.account.names["ian"] == "Ian Owusu"
    assert [block.get("until") for block in expired.facts["residual_copies"]] == [None]

    assert at_work.expire().envelope == at_work.issue().envelope == expired.envelope
    assert [entry["certificate"] for entry in at_work.entries(EntryType.CERTIFICATE_ISSUED)] == [
        provisional.certificate_id,
        final.certificate_id,
        expired.certificate_id,
    ]
    (told,) = at_work.entries(EntryType.BACKUP_EXPIRED)
    assert (told["batch"], told["certificate"], told["until"]) == (
        at_work.batch_id,
        final.certificate_id,
        "2026-07-01",
    )
    with at_work.world.catalogue() as catalogue, catalogue.reading() as tx:
        assert set(certificates.envelopes_of(tx, at_work.batch_id).values()) == {
            provisional.envelope,
            final.envelope,
            expired.envelope,
        }
    assert verify_log(at_work.world.workspace.log).exit_code == 0


def test_nobody_states_that_backups_expired_whose_term_nobody_knows(tmp_path: Path) -> None:
    at_work = office(tmp_path)
    at_work.issue(backup_days=None)
    at_work.world.clock.move(days=4000)
    stranger = Person(person_id=IAN.person_id, name="Ivy", roles=RITA.roles - RITA.roles)

    with pytest.raises(RefusedByPolicyError, match="nobody has said how long they are kept"):
        at_work.expire(backup_days=None)
    with pytest.raises(RefusedByPolicyError, match="may not state"):
        at_work.expire(stranger)

    assert at_work.entries(EntryType.BACKUP_EXPIRED) == []


def test_a_statement_that_was_cut_short_is_not_made_twice(tmp_path: Path) -> None:
    at_work = office(tmp_path)
    at_work.issue()
    at_work.world.clock.move(days=90)
    expired = at_work.expire()
    with at_work.world.catalogue() as catalogue, catalogue.transaction() as tx:
        # as if the process had been killed after the statement, and a backup of the catalogue put in place
        tx.connection.execute(
            delete(certificate_table).where(certificate_table.c.certificate_id == expired.certificate_id)
        )

    again = at_work.expire()

    assert again.certificate_id == f"C-{at_work.batch_id}-3"
    assert again.facts["status"] == expired.facts["status"]
    assert len(at_work.entries(EntryType.BACKUP_EXPIRED)) == 1


def test_a_certificate_of_an_older_form_stays_and_a_new_one_is_issued_beside_it(tmp_path: Path) -> None:
    at_work = office(tmp_path)
    with at_work.world.catalogue() as catalogue, at_work.world.log() as log:
        kind = "https://records-retention.invalid/certificate-of-destruction/v1"
        facts = {"certificate": f"C-{at_work.batch_id}", "status": "final", "residual_copies": "not asked"}
        old = statement(subject=at_work.batch_id, sha256="0" * 64, predicate=facts, predicate_type=kind)
        envelope = json.dumps(sign_statement(log, old))
        at = at_work.world.clock.now()
        body = {**facts, "batch": at_work.batch_id, "digest": _digest(envelope)}
        with catalogue.transaction() as tx:
            certificates.add(
                tx,
                certificate_id=f"C-{at_work.batch_id}",
                batch_id=at_work.batch_id,
                issued_at=at,
                envelope=envelope,
            )
            recording.note(tx, recording.drafted(EntryType.CERTIFICATE_ISSUED, at=at, actor=RITA.person_id, body=body))
        recording.deliver(catalogue, log)

    new = at_work.issue()

    assert (new.certificate_id, new.facts["replaces"]) == (f"C-{at_work.batch_id}-2", f"C-{at_work.batch_id}")
    at_work.world.clock.move(days=90)
    assert at_work.expire().facts["status"] == "final, backups expired"


def test_an_earlier_certificate_exchanged_in_the_catalogue_stops_the_next(tmp_path: Path) -> None:
    at_work = office(tmp_path)
    first = at_work.issue()
    with at_work.world.catalogue() as catalogue, catalogue.transaction() as tx:
        tx.connection.execute(
            update(certificate_table).values(envelope=first.envelope.replace("payload", "paylord", 1))
        )
    at_work.world.clock.move(days=90)

    with pytest.raises(CatalogueDamagedError, match="is not the one"):
        at_work.expire()

    assert at_work.entries(EntryType.BACKUP_EXPIRED) == []


def test_a_batch_that_nobody_approved_is_not_certified_whoever_closed_it(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)
    batch = world.propose()
    with world.catalogue() as catalogue, world.log() as log:
        recording.deliver(catalogue, log)
        kept = {"batch": batch.batch_id, "item": 0, "result": "excluded", "reason": "", "size": batch.size_bytes}
        closing = {"batch": batch.batch_id, "counts": {"excluded": 1}, "bytes": {"excluded": batch.size_bytes}}
        for kind, body in ((EntryType.ITEM_OUTCOME, kept), (EntryType.BATCH_CLOSED, closing)):
            log.append([recording.drafted(kind, at=world.clock.now(), actor=None, body=body)])

    with pytest.raises(LogDamagedError, match="nobody approved it"):
        Office(world, batch.batch_id).issue()


def test_the_command_takes_no_two_statuses_at_once(tmp_path: Path) -> None:
    session = Session(workspace=str(tmp_path), person=None, password_file=None, may_ask=False)
    words = ["B-0001", "--provisional", "--backups-expired"]

    with pytest.raises(InvalidInputError, match="contradict each other"):
        CliRunner().invoke(command, words, obj=session, standalone_mode=False, catch_exceptions=False)
