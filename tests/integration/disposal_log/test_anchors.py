"""What was seen outside must fit the log on the table: receipts, kept lines, kept notes, timestamps."""

import json
import subprocess
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from disposal_log import DisposalLog, EntryType, Verdict, VerificationReport
from disposal_log.errors import TimestampInvalidError
from disposal_log.files.anchors import store_token, store_witnesses
from disposal_log.formats.anchoring import AnchorKind
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.cosignatures import CosigningKey, with_lines
from disposal_log.formats.policy import Policy, PolicyWitness
from disposal_log.formats.seen import printed_line
from disposal_log.formats.timestamps import check_token
from disposal_log.signing.notes import SigningKey
from disposal_log.verifying.anchors import KEYS_ONLY_INSIDE, AnchorCheck
from disposal_log.witnessing.timestamps import stamp
from retention.services.anchoring import receipt_body
from tests.integration.disposal_log.authority import Authority, needs_tsa, on_the_web
from tests.integration.disposal_log.office import NOON, OMAR, Office, draft, lawful_story, tell

WITNESS = CosigningKey.parse(SigningKey.from_seed("audit.example/w1", seed=b"w" * 32).secret_text())
POLICY = Policy(witnesses=(PolicyWitness(name="w1", key=WITNESS.verifier),), quorum="w1")
SEEN_AT = NOON + timedelta(minutes=5)


def rule(require: str = "witness", policy: Policy = POLICY, **more: str) -> dict[str, object]:
    return {"require": require, "policy": policy.text(), **more}


def ask_for(log: DisposalLog, directory: Path, body: dict[str, object]) -> None:
    log.append([draft(EntryType.WITNESS_SET, body)])  # type: ignore[arg-type]  # text, all of it
    store_witnesses(directory, Policy.parse(str(body["policy"])))


def cosign(log: DisposalLog, *, root: bytes | None = None) -> bytes:
    """Let the witness sign the log as it is, or another root of that size; give the cosigned note."""
    found = claimed_checkpoint(log.checkpoint_note)
    shown = Checkpoint(origin=found.origin, size=found.size, root=root or found.root)
    made = WITNESS.cosign(shown.text(), at=SEEN_AT)
    body = receipt_body(
        AnchorKind.WITNESS,
        size=shown.size,
        root=shown.root,
        by=WITNESS.verifier.key_id,
        at=SEEN_AT,
        cosignature=made.body,
    )
    log.append([draft(EntryType.ANCHOR_RECEIPT, body)])
    return with_lines(log_note(shown), [made])


def log_note(checkpoint: Checkpoint) -> bytes:
    return f"{checkpoint.text()}\n".encode()


@pytest.fixture
def witnessed(office: Office) -> Office:
    """Give a log that waits for a witness, tells one lawful disposal, and let the witness look in between."""
    with office.create() as log:
        ask_for(log, office.log, rule())
        for drafts in lawful_story():
            if drafts[0].type is EntryType.BATCH_INTENT and drafts[0].body["phase"] == "purge":
                cosign(log)
            tell(log, [drafts])
    return office


def problems(report: VerificationReport) -> list[str]:
    return [str(each) for each in report.problems]


def test_a_purge_that_waited_for_its_witness_verifies(witnessed: Office) -> None:
    report = witnessed.verify()

    assert problems(report) == []
    assert KEYS_ONLY_INSIDE in report.not_checked


def test_the_key_of_the_witness_may_come_from_outside_like_that_of_the_log(witnessed: Office) -> None:
    assert witnessed.created is not None

    report = witnessed.verify(keys=[witnessed.created.log.vkey, str(WITNESS.verifier)])

    assert problems(report) == []
    assert KEYS_ONLY_INSIDE not in report.not_checked


def test_without_the_witness_the_very_same_story_fails(office: Office) -> None:
    with office.create() as log:
        ask_for(log, office.log, rule())
        tell(log, lawful_story())

    report = office.verify()

    assert report.verdict is Verdict.FAILED
    assert (
        "did not wait for the witnesses of the quorum 'w1', to have seen the log up to entry 8" in problems(report)[0]
    )


def test_a_witness_that_saw_another_history_convicts_the_log(witnessed: Office) -> None:
    with witnessed.open() as log:
        cosign(log, root=b"\x66" * 32)

    (problem,) = problems(witnessed.verify())

    assert "two histories were signed: audit.example/w1" in problem
    assert "66" * 32 in problem


def test_a_receipt_for_a_size_that_was_never_signed_is_a_lie(office: Office) -> None:
    with office.create() as log:
        ask_for(log, office.log, rule())
        log.append([draft(EntryType.INCIDENT, {"kind": "one"}), draft(EntryType.INCIDENT, {"kind": "two"})])
        shown = Checkpoint(origin=log.origin, size=3, root=bytes(32))
        made = WITNESS.cosign(shown.text(), at=SEEN_AT)
        body = receipt_body(
            AnchorKind.WITNESS,
            size=3,
            root=shown.root,
            by=WITNESS.verifier.key_id,
            at=SEEN_AT,
            cosignature=made.body,
        )
        log.append([draft(EntryType.ANCHOR_RECEIPT, body)])

    (problem,) = problems(office.verify())

    assert "at which this log has no checkpoint" in problem


def test_other_witnesses_in_the_policy_file_than_in_the_log_are_noticed(witnessed: Office) -> None:
    policy = witnessed.log / "policy.txt"
    other = CosigningKey.generate("else.example/w").verifier
    whole = policy.read_text()

    policy.write_text(whole.replace(str(WITNESS.verifier), str(other)))
    assert any("names other witnesses" in each for each in problems(witnessed.verify()))

    policy.write_text("".join(line + "\n" for line in whole.splitlines() if line.startswith("log ")) + "quorum none\n")
    report = witnessed.verify()
    assert problems(report) == []
    assert any("earlier rule" in each for each in report.warnings)


def test_a_printed_line_is_enough_to_notice_a_rewritten_or_shortened_log(witnessed: Office, fast_folder: Path) -> None:
    older = witnessed.copy("older")
    with witnessed.open() as log:
        log.append([draft(EntryType.INCIDENT, {"kind": "more"})])
        line = printed_line(claimed_checkpoint(log.checkpoint_note))
    fits = witnessed.verify(seen=f"kept in the minutes:\n\n  {line}\n".encode())
    assert problems(fits) == []
    assert not any("nothing kept outside" in each for each in fits.warnings)

    (rolled_back,) = problems(older.verify(seen=line.encode()))
    assert "the log was rolled back" in rolled_back
    size, _, words = line.partition(" ")
    (rewritten,) = problems(witnessed.verify(seen=f"{int(size) - 1} {words}".encode()))
    assert "are not those of this log's root" in rewritten
    assert fast_folder.is_dir()


def test_what_the_witness_has_kept_is_as_good_as_a_note_of_the_log(witnessed: Office) -> None:
    with witnessed.open() as log:
        kept = cosign(log)
        lie = log_note(Checkpoint(origin=log.origin, size=5, root=b"\x77" * 32))
        lie = with_lines(lie, [WITNESS.cosign(lie.decode()[:-1], at=SEEN_AT)])

    assert problems(witnessed.verify(seen=kept)) == []
    (problem,) = problems(witnessed.verify(seen=lie))
    assert "two histories were signed" in problem
    assert problem.count(f"\n{witnessed.open().origin}\n5\n") == 2  # both checkpoints, word for word


def test_what_outside_eyes_saw_is_told_with_its_time_for_keys_that_were_lost(witnessed: Office) -> None:
    check = AnchorCheck(witnessed.log, seen=None)
    for seq, line in enumerate(witnessed.lines()):
        assert check.observe(seq, json.loads(line)) is None

    check.finish(claimed_checkpoint((witnessed.log / "checkpoint").read_bytes()))

    (seen,) = check.anchored
    assert (seen.at, seen.by) == (SEEN_AT, WITNESS.verifier.key_id)


@needs_tsa
def test_when_the_first_authority_answers_uselessly_the_second_is_asked(fast_folder: Path) -> None:
    stranger, good = Authority(fast_folder / "one"), Authority(fast_folder / "two")
    with ExitStack() as opened:
        urls = [
            opened.enter_context(on_the_web(answer)) for answer in (lambda _query: b"hello", stranger.reply, good.reply)
        ]
        made = stamp("text\n", urls=urls, chain=good.chain)

        with pytest.raises(TimestampInvalidError, match="could not be had"):
            stamp("text\n", urls=[*urls[:2], "http://127.0.0.1:1/"], chain=good.chain)

    assert made.authority == "CN=TSA"
    assert len(made.troubles) == 2
    assert check_token(made.token, "text\n", good.chain).at == made.at


@needs_tsa
def test_a_timestamp_in_the_log_holds_and_one_that_is_changed_or_lost_does_not(office: Office) -> None:
    authority = Authority(office.folder.parent / "tsa")
    with office.create() as log:
        with on_the_web(authority.reply) as url:
            found = claimed_checkpoint(log.checkpoint_note)
            made = stamp(found.text(), urls=[url], chain=authority.chain)
        digest, roots = store_token(office.log, size=found.size, token=made.token, chain=authority.chain)
        ask_for(log, office.log, rule("timestamp", Policy(), authorities=roots))
        body = receipt_body(AnchorKind.TIMESTAMP, size=found.size, root=found.root, by=made.authority, at=made.at)
        log.append([draft(EntryType.ANCHOR_RECEIPT, {**body, "digest": digest, "roots": roots}, actor=OMAR)])

    assert problems(office.verify()) == []
    assert problems(office.verify(seen=made.token)) == []
    with office.open() as log:
        log.append([draft(EntryType.INCIDENT, {"kind": "more"})])
    other = authority.reply(query_for("other text\n", authority))
    assert any("no checkpoint of this log" in each for each in problems(office.verify(seen=other)))

    (token,) = (office.log / "anchors").glob("*.tsr")
    token.write_bytes(made.token[:-1] + bytes([made.token[-1] ^ 1]))
    assert any("is not in anchors/ as it was kept" in each for each in problems(office.verify()))
    token.unlink()
    assert any("is not in anchors/ as it was kept" in each for each in problems(office.verify()))


def query_for(text: str, authority: Authority) -> bytes:
    (authority.folder / "text").write_text(text)
    words = ["openssl", "ts", "-query", "-data", "text", "-sha256", "-cert", "-out", "asked"]
    subprocess.run(words, cwd=authority.folder, check=True, capture_output=True, timeout=20)
    return (authority.folder / "asked").read_bytes()


@pytest.mark.parametrize(("minutes", "is_saved"), [(4, False), (6, True)])
def test_a_stolen_key_harms_only_what_no_witness_had_seen_before(
    office: Office, minutes: int, *, is_saved: bool
) -> None:
    with office.create() as log:
        ask_for(log, office.log, rule())
        log.rotate(at=NOON)
        cosign(log)
        log.declare_compromised(epoch=1, since=NOON + timedelta(minutes=minutes), at=NOON)

    found = problems(office.verify())

    assert [each for each in found if "reported as compromised" not in each] == []
    assert (found == []) is is_saved
