"""Personal values are dropped by those who may, when they may, and the log tells why."""

import os
import pwd
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from disposal_log import EntryType, VerificationReport, verify_log
from retention.commands.log import command
from retention.commands.session import Session
from retention.domain.holds import HoldScope
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, UnknownThingError
from retention.services import redacting
from retention.services.certifying import issue_certificate
from retention.services.checking import check_workspace
from retention.services.redacting import (
    Choice,
    Ground,
    Reasons,
    RedactionPlan,
    erase_again,
    kept_for,
    plan_redaction,
    redact,
)
from retention.services.registering import register_person
from rules import Period
from tests.integration.disposing.world import IAN, RITA, World, build_world

BOTH = Person(person_id=IAN.person_id, name=IAN.name, roles=frozenset({Role.IAO, Role.RECORDS_MANAGER}))
ASKED = Reasons(ground=Ground.ART17, authority="data protection officer, case 12", requested_by="dsar-2026-0012")
B1 = Choice(batch_id="B-0001")


@pytest.fixture(scope="module")
def destroyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Destroy three files, with a certificate."""
    place = build_world(tmp_path_factory.mktemp("office"))
    batch = place.approved()
    place.dispose(batch.batch_id)
    with place.catalogue() as catalogue, place.log() as log:
        issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=place.clock.now())
        register_person(
            catalogue,
            person_id="ada",
            name="Ada",
            roles={Role.RECORDS_MANAGER},
            os_user=pwd.getpwuid(os.getuid()).pw_name,
        )
    return place


@pytest.fixture
def world(destroyed: World, tmp_path: Path) -> World:
    """Give a copy of that workspace."""
    shutil.copytree(destroyed.workspace.folder, tmp_path / "workspace", ignore=shutil.ignore_patterns("reserve"))
    return World(tmp_path)


def planned(world: World, choice: Choice, *, as_of: date | None = None) -> RedactionPlan:
    workspace = world.workspace
    with world.catalogue() as catalogue:
        return plan_redaction(
            workspace.log, workspace.sidecar, catalogue, choice, as_of=as_of or world.clock.now().date()
        )


def done(world: World, choice: Choice, *, person: Person = RITA, reasons: Reasons = ASKED) -> RedactionPlan:
    now = world.clock.now()
    with world.catalogue() as catalogue, world.log() as log:
        return redact(log, catalogue, choice, reasons, person=person, at=now, as_of=now.date())


def verified(world: World) -> VerificationReport:
    return verify_log(world.workspace.log, sidecar=world.workspace.sidecar)


def redactions(world: World) -> list[Mapping[str, object]]:
    with world.log() as log:
        return [stored.entry for stored in log.entries() if stored.entry["type"] == EntryType.REDACTION]


def run(world: World, *words: str) -> Result:
    session = Session(workspace=str(world.workspace.folder), person=None, password_file=None, may_ask=False)
    return CliRunner().invoke(command, words, obj=session)


def test_a_plan_touches_nothing_and_counts_what_would_go(world: World) -> None:
    before = verified(world)
    plan = planned(world, B1)

    assert plan.by_field == {"decider_name": 1, "path": 6, "proposer_name": 1, "reason": 1, "sha256": 6}
    assert (plan.batches, plan.refused) == (("B-0001",), {})
    assert verified(world) == before


def test_a_whole_batch_goes_with_its_key_and_the_log_says_why(world: World) -> None:
    keys = world.workspace.sidecar / "value-keys.txt"
    assert b"0" * 64 not in keys.read_bytes()
    plan = done(world, B1)

    report = verified(world)
    assert (report.exit_code, report.redacted, report.missing) == (0, plan.values, 0)
    assert f"{plan.values} redacted by entry" in report.to_text()
    assert b"0" * 64 in keys.read_bytes()
    (entry,) = redactions(world)
    assert (entry["ground"], entry["requested_by"]) == ("art17", "dsar-2026-0012")
    assert entry["actor"] == {"k": "person", "ref": "rita"}
    assert planned(world, B1).values == 0
    with world.catalogue() as catalogue, world.log() as log:
        again = issue_certificate(catalogue, log, "B-0001", person=RITA, at=world.clock.now())
    assert again.certificate_id == "C-B-0001", "a certificate can be had without the values"


def test_only_the_named_fields_of_the_named_entries_go(world: World) -> None:
    first = next(span.first for span in planned(world, Choice(fields=frozenset({"path"}))).spans)
    plan = done(world, Choice(first=first, last=first, fields=frozenset({"path"})))

    assert (plan.values, plan.by_field) == (1, {"path": 1})
    assert verified(world).redacted == 1


def test_nobody_drops_values_of_what_they_approved_and_only_a_records_manager_drops_any(world: World) -> None:
    with pytest.raises(RefusedByPolicyError, match="ian is no records manager"):
        done(world, B1, person=IAN)
    with pytest.raises(RefusedByPolicyError, match="ian approved batch B-0001"):
        done(world, B1, person=BOTH)
    with pytest.raises(RefusedByPolicyError, match="no records manager"), world.log() as log:
        erase_again(log, person=IAN)
    assert not redactions(world)


def test_what_is_under_a_hold_stays_with_everything_of_its_batch(world: World) -> None:
    world.hold(HoldScope(path="Invoices/invoice 1.txt"))
    with world.catalogue() as catalogue, world.log() as log:
        world.disposer(catalogue, log)  # tells the log of the hold

    assert planned(world, B1).refused == {"batch B-0001 is under hold H-0001": 15}
    assert planned(world, Choice()).refused["hold H-0001 is in force"] == 3
    with pytest.raises(RefusedByPolicyError, match="under hold H-0001"):
        done(world, B1)
    assert verified(world).redacted == 0


def test_a_batch_that_is_not_closed_keeps_its_values(tmp_path: Path) -> None:
    world = build_world(tmp_path)
    world.approved()
    with world.catalogue() as catalogue, world.log() as log:
        world.disposer(catalogue, log)

    assert planned(world, B1).refused == {"batch B-0001 is not closed": 3}
    with pytest.raises(UnknownThingError):
        planned(world, Choice(batch_id="B-0009"))


def test_the_rule_of_the_log_drops_what_is_due_and_not_a_day_before(world: World) -> None:
    rule = Choice(kept_for=Period(years=7))
    assert planned(world, rule, as_of=date(2033, 3, 1)).values == 0
    assert planned(world, rule, as_of=date(2033, 3, 2)).values >= 15
    assert planned(world, Choice(older_than=date(2026, 3, 2))).values == 0
    assert planned(world, Choice(older_than=date(2026, 3, 3))).values >= 15


def test_a_scattered_redaction_takes_several_entries(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redacting, "MOST_SPANS", 1)
    plan = done(world, B1)

    assert len(redactions(world)) == len(plan.spans) > 2
    assert verified(world).redacted == plan.values


def test_values_that_vanished_without_a_word_are_not_explained_away(world: World) -> None:
    import sqlite3  # noqa: PLC0415  # what somebody uses who deletes without a word

    spans = planned(world, Choice(fields=frozenset({"path"}))).spans
    with sqlite3.connect(world.workspace.sidecar / "disclosures.db") as database:
        database.execute("DELETE FROM sealed WHERE seq = ? AND name = 'path'", (spans[0].first + 1,))
    database.close()
    done(world, B1)

    report = verified(world)
    assert report.missing == 1
    assert "1 committed values are missing unexplained" in report.to_text()


@pytest.mark.parametrize(
    "reasons",
    [
        Reasons(ground=Ground.FOI, authority=" ", requested_by="x"),
        Reasons(ground=Ground.FOI, authority="a" * 501, requested_by="x"),
        Reasons(ground=Ground.OTHER, authority="a", requested_by="Jane Doe"),
    ],
)
def test_the_log_takes_no_name_for_a_reason(world: World, reasons: Reasons) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was redacted"):
        done(world, B1, reasons=reasons)
    assert not redactions(world)


def test_a_period_that_is_none_is_refused() -> None:
    assert kept_for("P7Y") == Period(years=7)
    assert kept_for(None) is None
    with pytest.raises(InvalidInputError, match="drop_personal_values_after"):
        kept_for("seven years")


def test_the_command_shows_a_plan_and_says_what_it_does_not_reach(world: World) -> None:
    told = run(world, "redact", "--batch", "B-0001", "--fields", "path,sha256")
    assert told.exit_code == 0, told.output
    assert "12 values of 6 entries would go: 6 path, 6 sha256." in told.output
    assert "Not reached: the catalogue" in told.output
    assert '"dry_run": true' in run(world, "redact", "--entries", "0-99", "--json").output
    assert "--again --do" in run(world, "redact", "--again").output
    for words in ((), ("--entries", "9-1"), ("--older-than", "soon"), ("--by-schedule",), ("--batch", "B", "--again")):
        found = run(world, "redact", *words)
        assert isinstance(found.exception, InvalidInputError) or "--again" in words


def test_the_command_erases_in_the_name_of_whoever_runs_it(world: World) -> None:
    words = ("redact", "--batch", "B-0001", "--fields", "path", "--do")
    assert isinstance(run(world, *words).exception, InvalidInputError), "without a reason nothing goes"
    told = run(world, *words, "--ground", "art17", "--authority", "DPO", "--requested-by", "dsar-12")
    assert told.exit_code == 0, told.output
    assert "6 values of 6 entries were erased: 6 path." in told.output
    assert [entry["actor"] for entry in redactions(world)] == [{"k": "person", "ref": "ada"}]
    again = run(world, "redact", "--again", "--do")
    assert "0 values that had been redacted were here again" in again.output
    shown = run(world, "verify", "--sidecar", str(world.workspace.sidecar))
    assert "6 redacted by entry" in shown.output
    settings = world.workspace.settings_file
    settings.write_text(settings.read_text().replace("# drop_personal_values_after", "drop_personal_values_after"))
    due = run(world, "redact", "--by-schedule", "--do")
    assert due.exit_code == 0, due.output


def test_doctor_tells_what_is_kept_and_what_is_due(world: World) -> None:
    settings = world.workspace.settings_file
    settings.write_text(settings.read_text().replace("# drop_personal_values_after", "drop_personal_values_after"))
    for at, words in (
        (world.clock.now(), "none is past 7 years"),
        (world.clock.now().replace(year=2033), "15 are past"),
    ):
        with world.catalogue() as catalogue:
            found = {one.subject: one for one in check_workspace(world.workspace, catalogue, at=at)}["personal values"]
        assert found.is_well, found.words
        assert words in found.words
