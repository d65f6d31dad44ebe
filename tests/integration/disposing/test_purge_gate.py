"""Nothing is destroyed before somebody outside has seen the approval and the quarantine, where that is asked for."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from disposal_log import EntryType, Verdict, verify_log
from disposal_log.formats.anchoring import AnchorKind
from disposal_log.formats.checkpoints import claimed_checkpoint, sign_checkpoint
from disposal_log.formats.cosignatures import CosigningKey, read_witness_key
from disposal_log.formats.seen import printed_line
from disposal_log.signing.notes import SigningKey
from disposal_log.witnessing.requests import AddCheckpoint
from disposal_log.witnessing.witness import Witness
from retention.domain.people import Person, PersonId, Role
from retention.errors import InvalidInputError, LogDamagedError, RefusedByPolicyError
from retention.services import recording
from retention.services.anchoring import keep_rule, receipt_body, record_receipts, wanted_rule
from retention.services.certifying.account import read_account
from retention.services.collecting_anchors import DROP_FOLDER, AnchorReport, collect_anchors, keep_copy, read_ledger
from retention.services.disposing import Step, restore_batch
from retention.services.witnessing import make_witness, sign_requests
from retention.services.workspace import Settings
from tests.integration.disposal_log.authority import Authority, needs_tsa, on_the_web
from tests.integration.disposal_log.shown import served
from tests.integration.disposing.world import IAN, RITA, World, build_world

AUDITOR = Person(person_id=PersonId("ada"), name="Ada Audit", roles=frozenset({Role.AUDITOR}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a workspace whose purges wait for one witness, who works in a folder of its own."""
    made = build_world(tmp_path, files=2)
    with made.log() as log:
        vkey = make_witness(tmp_path / "witness", name="audit.example/w1", log_keys=[log.vkey])
    ask_for(made, "witness", f"witness w1 {vkey}\nquorum w1\n")
    return made


def ask_for(world: World, requirement: str, policy: str) -> None:
    (world.workspace.folder / "witnesses.txt").write_text(policy)
    world.settings = Settings(grace_days=0, anchoring_require=requirement, anchoring_policy="witnesses.txt")


def anchor(world: World) -> AnchorReport:
    with world.log() as log:
        return collect_anchors(log, world.workspace, world.settings, by=RITA.person_id, at=world.clock.now())


def witnessed(world: World) -> AnchorReport:
    """Let the log ask, the witness answer, and the log take the answer."""
    anchor(world)
    folder = world.workspace.folder / DROP_FOLDER
    assert all(one.is_signed for one in sign_requests(world.folder / "witness", [folder], at=world.clock.now()))
    return anchor(world)


def entries(world: World, kind: EntryType) -> list[dict[str, object]]:
    with world.log() as log:
        return [dict(each.entry) for each in log.entries() if each.entry["type"] == kind]


def test_a_purge_waits_for_the_witness_and_goes_on_after_it(world: World) -> None:
    batch = world.approved().batch_id

    shut = world.dispose(batch)

    assert not world.file(0).exists()
    assert "the witnesses of the quorum 'w1'" in shut.waiting_for
    assert world.final_outcomes(batch) == []
    assert not shut.is_closed

    report = witnessed(world)

    assert report.received[0].startswith("w1 has cosigned")
    assert report.waiting == report.troubles == ()
    opened = world.dispose(batch)
    assert opened.waiting_for == ""
    assert opened.is_closed
    assert world.final_outcomes(batch) == [(0, "destroyed"), (1, "destroyed")]
    assert verdict(world) == []


def verdict(world: World) -> list[str]:
    report = verify_log(world.workspace.log)
    assert report.verdict in (Verdict.FAILED, Verdict.VERIFIED_WITH_WARNINGS)
    return [str(problem) for problem in report.problems]


def test_a_witness_who_looked_before_the_quarantine_has_not_seen_it(world: World) -> None:
    batch = world.approved().batch_id
    witnessed(world)

    assert world.dispose(batch).waiting_for

    witnessed(world)
    assert world.dispose(batch).is_closed


def test_while_the_gate_is_shut_everything_can_still_be_put_back(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)

    assert world.dispose(batch, act=restore_batch).is_closed

    assert world.file(0).exists()
    assert world.file(1).exists()


def test_a_change_of_the_witnesses_is_on_record_and_what_was_seen_before_counts_no_more(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)
    witnessed(world)
    other = make_witness(world.folder / "other", name="other.example/w", log_keys=[first_key(world)])
    policy = (world.workspace.folder / "witnesses.txt").read_text().replace("quorum w1", "")
    ask_for(world, "witness", f"{policy}witness w2 {other}\ngroup both all w1 w2\nquorum both\n")

    assert "'both'" in world.dispose(batch).waiting_for
    witnessed(world)  # only the first witness answers

    assert "'both'" in world.dispose(batch).waiting_for
    assert [each["require"] for each in entries(world, EntryType.WITNESS_SET)] == ["witness", "witness"]
    assert f"witness w2 {other}\n" in (world.workspace.log / "policy.txt").read_text()


def test_a_witness_of_the_insiders_own_opens_the_gate_and_everybody_can_see_it(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)
    own = make_witness(world.folder / "own", name="audit.example/w1", log_keys=[first_key(world)])
    shutil.rmtree(world.folder / "witness")
    (world.folder / "own").rename(world.folder / "witness")
    ask_for(world, "witness", f"witness w1 {own}\nquorum w1\n")
    witnessed(world)

    assert world.dispose(batch).is_closed

    report = verify_log(world.workspace.log)
    assert report.problems == ()
    assert any("waits for others than before: the witnesses of the quorum 'w1'" in one for one in report.warnings)


def test_another_address_of_the_same_witness_alarms_nobody(world: World) -> None:
    anchor(world)
    policy = (world.workspace.folder / "witnesses.txt").read_text()
    ask_for(world, "witness", policy.replace("\nquorum", " https://w1.example/\nquorum"))
    with world.log() as log:
        wanted = wanted_rule(world.settings, world.workspace.folder)
        ledger, _ = read_ledger(log, world.workspace.log)
        assert keep_rule(log, ledger, wanted, log_folder=world.workspace.log, by=None, at=world.clock.now())

    assert not any("waits for" in one for one in verify_log(world.workspace.log).warnings)


def test_a_certificate_says_the_least_that_was_asked_for_and_not_what_was_asked_at_first(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)
    witnessed(world)
    strict = world.settings

    def cut(step: Step, _items: int) -> None:
        if step is Step.ACTED:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.dispose(batch, cut)  # one is destroyed under the eyes of the witness
    world.settings = replace(strict, anchoring_require="none")
    assert world.dispose(batch).is_closed  # and the other is not
    world.settings = strict
    anchor(world)

    with world.log() as log:
        assert read_account(log, batch).anchoring == "none"


def first_key(world: World) -> str:
    with world.log() as log:
        return log.vkey


def test_a_receipt_with_a_forged_cosignature_leaves_the_gate_shut_and_fails_the_log(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)
    real = read_witness_key((world.folder / "witness" / "witness.vkey").read_text())
    forger = CosigningKey.generate(real.name)
    with world.log() as log:
        found = claimed_checkpoint(log.checkpoint_note)
        made = forger.cosign(found.text(), at=world.clock.now())
        body = receipt_body(
            AnchorKind.WITNESS,
            size=found.size,
            root=found.root,
            by=real.key_id,
            at=made.at,
            cosignature=real.hash + made.body[4:],
        )
        record_receipts(log, [body], by=None, at=world.clock.now())

    assert world.dispose(batch).waiting_for

    assert world.final_outcomes(batch) == []
    (problem,) = verdict(world)
    assert "the cosignature of audit.example/w1" in problem
    assert problem.endswith("in the receipt is wrong")


def test_a_purge_behind_the_gates_back_fails_the_log_forever(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)
    strict, world.settings = world.settings, Settings(grace_days=0)
    lax = replace(strict, anchoring_require="none")
    assert lax.anchoring_require == "none"
    with world.log() as log:
        body = {"batch": batch, "phase": "purge", "items": [0]}
        check = {"batch": batch, "phase": "purge", "register_version": "0", "held": 0}
        log.append(
            [
                recording.drafted(EntryType.HOLD_CHECK, at=world.clock.now(), actor=RITA.person_id, body=check),
                recording.drafted(EntryType.BATCH_INTENT, at=world.clock.now(), actor=RITA.person_id, body=body),
            ]
        )

    (problem,) = verdict(world)

    assert f"an intent to purge items of batch {batch} that did not wait for the witnesses of the quorum" in problem


def test_asking_for_less_is_possible_and_everybody_can_see_it(world: World) -> None:
    batch = world.approved().batch_id
    world.dispose(batch)
    world.settings = replace(world.settings, anchoring_require="none")

    assert world.dispose(batch).is_closed

    report = verify_log(world.workspace.log)
    assert report.problems == ()
    assert any(
        "a purge waits for nobody outside; before, it waited for the witnesses" in one for one in report.warnings
    )


def test_a_single_machine_that_asks_for_nothing_has_no_entry_about_it(tmp_path: Path) -> None:
    world = build_world(tmp_path, files=1)

    assert world.dispose(world.approved().batch_id).is_closed

    assert entries(world, EntryType.WITNESS_SET) == []


def test_the_one_who_destroys_cannot_be_the_one_who_keeps_the_copy(world: World) -> None:
    world.settings = Settings(grace_days=0, anchoring_require="certificate")
    batch = world.approved().batch_id
    shut = world.dispose(batch)
    assert "somebody who keeps a copy" in shut.waiting_for
    with world.log() as log:
        line = printed_line(claimed_checkpoint(log.checkpoint_note))
        with pytest.raises(RefusedByPolicyError, match="neither an information asset owner nor an auditor"):
            keep_copy(log, world.workspace, line, person=RITA, at=world.clock.now())
        with pytest.raises(RefusedByPolicyError, match="not the words of this log"):
            keep_copy(log, world.workspace, "2 " + line.partition(" ")[2], person=AUDITOR, at=world.clock.now())
        with pytest.raises(InvalidInputError, match="twelve words"):
            keep_copy(log, world.workspace, "seven", person=AUDITOR, at=world.clock.now())
        keep_copy(log, world.workspace, line, person=AUDITOR, at=world.clock.now())

    assert world.dispose(batch).is_closed
    assert verdict(world) == []
    assert any("their word is in the log" in one for one in verify_log(world.workspace.log).not_checked)
    assert IAN.has(Role.IAO)


@pytest.mark.parametrize(
    ("requirement", "policy", "words"),
    [
        ("perhaps", "quorum none\n", 'must be one of "none"'),
        ("witness", "quorum none\n", "its quorum is none"),
        ("witness", "quorum w9\n", "unknown up to there"),
        ("timestamp", "quorum none\n", "by which certificates"),
    ],
)
def test_settings_that_nobody_could_meet_stop_the_disposal_before_anything_is_touched(
    world: World, requirement: str, policy: str, words: str
) -> None:
    ask_for(world, requirement, policy)
    batch = world.approved().batch_id

    with pytest.raises(InvalidInputError, match=words):
        world.dispose(batch)

    assert world.file(0).exists()


@pytest.mark.parametrize(("goes_on", "words"), [(False, "it was rolled back"), (True, "knows another history")])
def test_a_witness_notices_when_an_older_copy_of_the_log_is_put_back(
    world: World, words: str, *, goes_on: bool
) -> None:
    anchor(world)
    shutil.copytree(world.workspace.folder, world.folder / "older")
    tell_something(world)
    witnessed(world)
    for name in ("log", "sidecar"):
        shutil.rmtree(world.workspace.folder / name)
        shutil.copytree(world.folder / "older" / name, world.workspace.folder / name)
    if goes_on:
        (world.workspace.folder / DROP_FOLDER).rename(world.folder / "lost")
        tell_something(world)
        anchor(world)
        with pytest.raises(LogDamagedError, match="two histories were signed"):
            list(sign_requests(world.folder / "witness", [world.workspace.folder / DROP_FOLDER], at=world.clock.now()))

    with pytest.raises(LogDamagedError, match=words):
        anchor(world)


def tell_something(world: World) -> None:
    with world.log() as log:
        log.append([recording.drafted(EntryType.INCIDENT, at=world.clock.now(), actor=None, body={"kind": "test"})])


def test_two_histories_are_printed_by_the_witness_as_the_proof(world: World) -> None:
    anchor(world)
    folder = world.workspace.folder / DROP_FOLDER
    (asked,) = folder.glob("*.request")
    list(sign_requests(world.folder / "witness", [folder], at=world.clock.now()))
    forked = fork_of(asked.read_bytes(), world)
    (folder / "forked.request").write_bytes(forked)

    with pytest.raises(LogDamagedError, match="two histories were signed") as caught:
        list(sign_requests(world.folder / "witness", [folder / "forked.request"], at=world.clock.now()))

    roots = {note.split("\n")[2] for note in str(caught.value).split("\n\n")[1:] if note.startswith("test.example/log")}
    assert len(roots) == 2


def fork_of(request: bytes, world: World) -> bytes:
    """Sign another root of the same size with the log's stolen key."""
    asked = AddCheckpoint.parse(request)
    (file,) = world.workspace.keys.glob("*ed25519*")
    key = SigningKey.parse(file.read_text())
    other = replace(asked.checkpoint, root=bytes(32))
    return replace(asked, note=sign_checkpoint(other, [key])).spell()


def test_a_policy_file_that_fell_behind_is_mended_by_the_next_anchor(world: World) -> None:
    anchor(world)
    policy = world.workspace.log / "policy.txt"
    written = policy.read_text()
    policy.write_text(
        "".join(f"{line}\n" for line in written.splitlines() if line.startswith("log ")) + "quorum none\n"
    )

    anchor(world)

    assert policy.read_text() == written


def test_a_witness_that_lost_its_memory_is_told_on(world: World) -> None:
    folder = world.folder / "witness"
    with Witness(folder) as witness, served(witness) as server:
        text = f"witness w1 {witness.vkey} {server.url}\nquorum w1\n"
        ask_for(world, "witness", text)
        assert anchor(world).troubles == ()
        for each in (folder / "known").iterdir():
            each.unlink()
        tell_something(world)

        report = anchor(world)

    assert report.received[0].startswith("w1 has cosigned")
    (trouble,) = report.troubles
    assert "remembers 0: its folder was put back" in trouble


@needs_tsa
def test_a_timestamp_opens_the_gate_where_the_settings_ask_for_one(world: World) -> None:
    authority = Authority(world.folder / "tsa")
    (world.workspace.folder / "tsa.pem").write_bytes(authority.chain)
    with on_the_web(authority.reply) as url:
        world.settings = Settings(
            grace_days=0, anchoring_require="timestamp", timestamp_url=url, timestamp_chain="tsa.pem"
        )
        batch = world.approved().batch_id
        assert "a timestamping authority" in world.dispose(batch).waiting_for

        report = anchor(world)

    assert report.received[0].startswith("CN=TSA has stamped")
    (token,) = (world.workspace.log / "anchors").glob("*.tsr")
    kept = token.read_bytes()
    token.write_bytes(kept[:-1])
    assert world.dispose(batch).waiting_for
    token.write_bytes(kept)
    assert world.dispose(batch).is_closed
    assert verdict(world) == []


@pytest.mark.parametrize("stop_at", [Step.INTENT_LOGGED, Step.ACTED, Step.OUTCOMES_LOGGED])
def test_a_run_that_is_cut_off_anywhere_never_purges_what_nobody_saw(world: World, stop_at: Step) -> None:
    batch = world.approved().batch_id

    def cut(step: Step, _items: int) -> None:
        if step is stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.dispose(batch, cut)  # while moving into quarantine
    assert world.dispose(batch).waiting_for
    witnessed(world)
    with pytest.raises(KeyboardInterrupt):
        world.dispose(batch, cut)  # while destroying

    assert world.dispose(batch).is_closed

    assert world.final_outcomes(batch) == [(0, "destroyed"), (1, "destroyed")]
    assert verdict(world) == []
