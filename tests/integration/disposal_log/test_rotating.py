"""Keys come and go: one set signs at any time, the old one is gone for good, and a forged change is seen."""

import errno
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from disposal_log import (
    AppendFailedError,
    DisposalLog,
    EntryDraft,
    EntryType,
    KeyInvalidError,
    KeyMissingError,
    LogCorruptError,
    LogError,
    LogReader,
    VerificationReport,
    sign_statement,
    statement,
    verify_envelope,
)
from disposal_log.files import layout
from disposal_log.files.checkpoint_list import spell_line
from disposal_log.formats.checkpoints import Checkpoint, sign_checkpoint
from disposal_log.formats.entries import Actor, encode_entry
from disposal_log.formats.epochs import Authority
from disposal_log.signing import schemes
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey
from disposal_log.tree.merkle import leaf_hash, root_of
from disposal_log.writing.keyring import EPITAPH
from tests.integration.disposal_log.office import ENGINE, NOON, ORIGIN, RESERVE_BYTES, Office, draft
from tests.integration.disposal_log.test_failing_disk import BrokenDisk

LATER = NOON + timedelta(days=90)
BEA = Actor(kind="person", ref="u-bea")
STEPS = ("open", "write", "fsync", "ftruncate", "replace", "unlink")


def attested(number: int = 0) -> list[EntryDraft]:
    return [draft(EntryType.EVENT_ATTESTED, {"number": number}, at=LATER)]


def private_keys(office: Office) -> list[SigningKey]:
    return [SigningKey.parse(path.read_text()) for path in sorted(office.keys.iterdir())]


def recover(office: Office, secret: str, *, at: datetime = LATER) -> DisposalLog:
    log = DisposalLog.recover(
        office.log,
        keys_directory=office.keys,
        sidecar_directory=office.sidecar,
        recovery_key=secret,
        at=at,
        by=BEA,
        reserve_bytes=RESERVE_BYTES,
    )
    office.opened.append(log)
    return log


def told(report: VerificationReport, words: str) -> None:
    assert report.exit_code == 5, report.to_text()
    assert words in report.to_text()


def entry_lines(office: Office) -> list[bytes]:
    return [line.rstrip(b"\n") for line in office.lines()]


def put_forged(office: Office, lines: list[bytes], keys_at: Callable[[int], list[SigningKey]], *, first: int) -> None:
    """Put lines in and sign every size from `first` on, as whoever holds those keys would."""
    office.put_lines([line + b"\n" for line in lines])
    listed = (office.log / "checkpoints.jsonl").read_bytes().splitlines(keepends=True)
    kept = [line for line in listed if int(json.loads(line)["note"].split("\n")[1]) < first]
    note = b""
    for size in range(first, len(lines) + 1):
        root = root_of(map(leaf_hash, lines[:size]))
        note = sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=root), keys_at(size))
        kept.append(spell_line(note))
    (office.log / "checkpoint").write_bytes(note)
    (office.log / "checkpoints.jsonl").write_bytes(b"".join(kept))
    for path in (office.log / "hashes").iterdir():
        path.unlink()


def test_new_keys_sign_alone_after_the_old_ones_have_vouched_for_them(full_office: Office) -> None:
    with full_office.open(at=LATER) as log:
        before, words, early = log.vkeys, log.fingerprint_words, log.checkpoint_note
        old_files = sorted(full_office.keys.iterdir())
        certificate = sign_statement(log, statement(subject="B-1", sha256="ab", predicate={}))

        rotated = log.rotate(at=LATER, by=BEA)
        log.append(attested())

        assert (rotated.epoch, rotated.destroyed) == (2, (1,))
        assert not any(path.exists() for path in old_files)
        assert not set(log.vkeys).intersection(before)
        assert log.fingerprint_words != words
        added, retired = [stored.entry for stored in log.entries(15)][:2]
        assert (added["type"], retired["type"]) == ("key.add", "key.retire")
        assert added["actor"] == {"k": "person", "ref": "u-bea"}
        vkeys, late = log.vkeys, log.checkpoint_note
        first, second = log.epochs()
        assert (first.retired_at, second.named_at, second.authority) == (16, 15, Authority.LOG_KEY)
    for keys in ([], [before[0]], [before[1]], [vkeys[0]], list(vkeys), [*before, *vkeys]):
        report = full_office.verify(keys=keys)
        assert (report.exit_code, report.size) == (0, 18), report.to_text()
    for seen in (early, late):
        assert full_office.verify(keys=[before[0]], seen=seen, is_sidecar_given=True).verdict == "VERIFIED"
    assert verify_envelope(certificate, first.keys)["predicate"] == {}
    with LogReader(full_office.log) as reader:
        assert reader.vkeys == vkeys


def test_a_log_goes_through_many_epochs_and_the_first_key_still_leads_to_the_last(full_office: Office) -> None:
    with full_office.open() as log:
        first = log.vkey
    for number in range(2, 6):
        with full_office.open(at=LATER) as log:
            assert log.rotate(at=LATER).epoch == number
            log.append(attested(number))
    assert full_office.verify(keys=[first]).exit_code == 0
    told(full_office.verify(keys=[str(SigningKey.generate(ORIGIN).verifier)]), "none of the keys given")


def test_a_certificate_of_an_early_epoch_still_verifies_and_not_one_by_a_later_thief(full_office: Office) -> None:
    with full_office.open() as log:
        stolen = private_keys(full_office)[0]
        predicate = {"checkpoint": log.checkpoint_note.decode()}
        early = json.dumps(sign_statement(log, statement(subject="B-1", sha256="ab", predicate=predicate))).encode()
        log.rotate(at=LATER)
        made = statement(subject="B-1", sha256="ab", predicate={"checkpoint": log.checkpoint_note.decode()})

        class Thief:
            key_id = log.key_id

            def sign_envelope(self, kind: str, payload: bytes) -> bytes:
                return stolen.sign(b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload))

        late = json.dumps(sign_statement(Thief(), made)).encode()
    assert full_office.verify(seen=early).exit_code == 0
    told(full_office.verify(seen=late), "none of the known keys has signed it")


class Killed(BaseException):
    """The process ends here: nothing after it is done."""


class Reaper:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, self.kills_at = 0, 0
        for name in STEPS:
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **named: object) -> object:
            self.calls += 1
            if self.kills_at and self.calls >= self.kills_at:
                raise Killed
            return call(*arguments, **named)

        return wrapped

    @contextmanager
    def killing(self, at: int) -> Iterator[None]:
        self.calls, self.kills_at = 0, at
        with suppress(Killed):
            yield
        self.kills_at = 0


@pytest.mark.parametrize("is_recovery", [False, True])
def test_killed_anywhere_in_a_change_of_keys_the_next_opening_completes_or_undoes_it(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, *, is_recovery: bool
) -> None:
    secret = full_office.created.recovery_key if full_office.created else ""
    with full_office.open() as log:
        vkey = log.vkey
    whole = full_office.copy("whole")
    reaper = Reaper(monkeypatch)

    def change(office: Office) -> None:
        if is_recovery:
            recover(office, secret)
        else:
            office.open(at=LATER).rotate(at=LATER)

    with reaper.killing(0):
        change(whole)
    steps = reaper.calls
    whole.close()
    assert steps > 30
    seen = set()
    for at in range(1, steps + 1):
        office = full_office.copy(f"killed-{at}")
        with reaper.killing(at):
            change(office)
        office.close()
        left = office.verify(keys=[vkey])  # a tail that was never signed is what any crash may leave
        assert all("no checkpoint signs this" in problem.text for problem in left.problems), (at, left.to_text())
        with LogReader(office.log) as reader:
            assert reader.size >= 15
        with office.open(at=LATER) as log:
            log.append(attested(at))
            epochs = log.epochs()
            assert len(list(office.keys.iterdir())) == 2, at
            assert {str(key.verifier) for key in private_keys(office)} == set(map(str, epochs[-1].keys))
            seen.add(len(epochs))
        report = office.verify(keys=[vkey])
        assert report.exit_code == 0, (at, report.to_text())
        assert not any("policy.txt" in warning for warning in report.warnings)
        shutil.rmtree(office.folder)
    assert seen == {1, 2}


def test_a_disk_that_refuses_leaves_the_present_keys_in_charge(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = full_office.open()
    before = log.vkeys

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(AppendFailedError):
            log.rotate(at=LATER)
    assert log.vkeys == before
    log.append(attested())
    assert log.rotate(at=LATER).epoch == 2
    assert full_office.verify(keys=[before[0]]).exit_code == 0


def test_any_single_step_that_the_disk_refuses_leaves_a_log_that_opens_and_goes_on(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_office.open() as log:
        vkey = log.vkey
    disk = BrokenDisk(monkeypatch, error=errno.EIO)
    log = full_office.open(at=LATER)
    with disk.failing(0):
        log.rotate(at=LATER)
    refused = 0
    for at in range(1, disk.calls + 1):
        log.close()
        log = full_office.open(at=LATER)
        try:
            with disk.failing(at):
                log.rotate(at=LATER)
        except LogError:
            refused += 1
        if at % 5 == 0:
            report = full_office.verify(keys=[vkey])
            assert all("no checkpoint signs this" in each.text for each in report.problems), (at, report.to_text())
    assert refused > 20
    log.close()
    full_office.open(at=LATER).append(attested())
    assert len(private_keys(full_office)) == 2
    assert full_office.verify(keys=[vkey]).exit_code == 0


def test_the_old_private_key_is_written_over_before_it_is_removed(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[bytes] = []
    unlink = os.unlink

    def watch(path: Path | str, **named: int) -> None:
        if str(path).endswith(".key"):
            left.append(Path(path).read_bytes())
        unlink(path, **named)

    secrets = [key.secret_text().encode() for key in private_keys(full_office)]
    monkeypatch.setattr(os, "unlink", watch)
    with full_office.open() as log:
        log.rotate(at=LATER)

    assert len(left) == 2
    for content in left:
        assert content.startswith(EPITAPH[: len(content)][:60])
        assert not any(secret[-40:] in content for secret in secrets)


def test_the_recovery_key_brings_back_a_log_whose_keys_are_lost(full_office: Office) -> None:
    assert full_office.created is not None
    with full_office.open() as log:
        vkey = log.vkey
    for path in full_office.keys.iterdir():
        path.unlink()
    with pytest.raises(KeyMissingError):
        full_office.open()
    with pytest.raises(KeyInvalidError, match="is not the recovery key"):
        recover(full_office, SigningKey.generate(f"{ORIGIN}/recovery").secret_text())

    with recover(full_office, full_office.created.recovery_key) as log:
        log.append(attested())
        assert log.epochs()[-1].authority is Authority.RECOVERY_KEY
        assert log.rotate(at=LATER).epoch == 3

    report = full_office.verify(keys=[vkey])
    assert report.exit_code == 0, report.to_text()
    assert full_office.created.recovery_key.encode() not in b"".join(
        path.read_bytes() for path in full_office.folder.rglob("*") if path.is_file()
    )


def test_a_log_without_any_key_is_frozen_and_followed_by_one_that_holds_its_last_checkpoint(
    full_office: Office, tmp_path: Path
) -> None:
    frozen = (full_office.log / "checkpoint").read_bytes()
    after = Office(tmp_path / "after")
    with DisposalLog.create(
        after.log,
        keys_directory=after.keys,
        sidecar_directory=after.sidecar,
        origin=f"{ORIGIN}/2",
        at=LATER,
        continues=frozen,
        reserve_bytes=RESERVE_BYTES,
    ).log as log:
        [opening] = log.entries()

    note = str(opening.entry["continues"]).encode()
    assert note == frozen
    assert full_office.verify(seen=note).exit_code == 0
    assert after.verify().exit_code == 0


def test_a_lost_key_counts_only_as_far_as_somebody_had_seen_the_log_before(full_office: Office) -> None:
    assert full_office.created is not None
    with full_office.open() as log:
        vkey, seen = log.vkey, log.checkpoint_note
        with pytest.raises(KeyInvalidError, match="still sign"):
            log.declare_compromised(epoch=1, since=LATER, at=LATER)
        with pytest.raises(KeyInvalidError, match="no epoch 7"):
            log.declare_compromised(epoch=7, since=LATER, at=LATER)
    assert full_office.verify(keys=[vkey]).exit_code == 0
    with recover(full_office, full_office.created.recovery_key) as log:
        log.declare_compromised(epoch=1, since=LATER, at=LATER, by=BEA)
        assert log.epochs()[0].compromised_since == LATER

    told(full_office.verify(keys=[vkey]), "nobody outside had seen these entries before")
    assert full_office.verify(keys=[vkey]).first_broken_entry == 0
    report = full_office.verify(keys=[vkey], seen=seen)
    assert report.exit_code == 0, report.to_text()
    assert "you alone know that" in report.to_text()


def test_a_change_of_keys_by_a_lost_key_counts_only_if_seen_before(full_office: Office) -> None:
    with full_office.open() as log:
        early = log.checkpoint_note
        log.rotate(at=LATER)
        late = log.checkpoint_note
        log.declare_compromised(epoch=1, since=LATER, at=LATER)

    told(full_office.verify(seen=early), "entry 15")
    assert full_office.verify(seen=late).exit_code == 0


# --- what a forger may try -------------------------------------------------------------------------------------


def forged_change(office: Office, *, authority: str = "log-key", overlap_by: list[SigningKey] | None = None) -> None:
    """Have somebody without the old keys add their own and sign with them."""
    lines = entry_lines(office)
    mine = [SigningKey.generate(ORIGIN, algorithm=each) for each in (ED25519, ML_DSA_44)]
    vkeys = [str(key.verifier) for key in mine]
    old = json.loads(lines[0])["vkeys"]
    size = len(lines) + 1
    add = draft(EntryType.KEY_ADD, {"epoch": 2, "vkeys": vkeys, "authority": authority}, at=LATER)
    lines.append(encode_entry(add, seq=size - 1, commitments={}))
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root_of(map(leaf_hash, lines)))
    overlap = sign_checkpoint(checkpoint, [*(overlap_by or []), *mine]).decode()
    body = {"epoch": 1, "vkeys": old, "overlap": overlap}
    retire = draft(EntryType.KEY_RETIRE, body, at=LATER, actor=ENGINE)
    lines.append(encode_entry(retire, seq=size, commitments={}))
    put_forged(office, lines, lambda _: mine, first=size)
    named = "".join(f"log {vkey}\n" for vkey in vkeys)
    (office.log / "policy.txt").write_text(f"{named}quorum none\n")


@pytest.mark.parametrize("authority", ["log-key", "recovery-key", "opening", "me"])
def test_new_keys_for_which_nobody_vouched_are_refused(full_office: Office, authority: str) -> None:
    with full_office.open() as log:
        vkey = log.vkey
    forged_change(full_office, authority=authority)

    told(full_office.verify(), "key")
    told(full_office.verify(keys=[vkey]), "key")


def test_half_of_the_old_keys_cannot_vouch_for_new_ones(full_office: Office) -> None:
    forged_change(full_office, overlap_by=private_keys(full_office)[:1])

    told(full_office.verify(), "is missing")


def test_the_old_keys_sign_nothing_more_after_their_epoch(full_office: Office) -> None:
    old = private_keys(full_office)
    with full_office.open() as log:
        log.rotate(at=LATER)
    lines, new = entry_lines(full_office), private_keys(full_office)
    line = encode_entry(attested()[0], seq=len(lines), commitments={})

    put_forged(full_office, [*lines, line], lambda _: old, first=len(lines) + 1)
    told(full_office.verify(), "is missing")
    put_forged(full_office, [*lines, line], lambda _: [*new, *old], first=len(lines) + 1)
    told(full_office.verify(), "outside of its epoch")


def without_ml_dsa(note: bytes) -> bytes:
    *rest, last = note.splitlines(keepends=True)
    assert len(last) > 2000
    return b"".join(rest)


@pytest.mark.parametrize("has_library", [True, False])
def test_a_checkpoint_stripped_of_its_ml_dsa_signature_is_noticed(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, *, has_library: bool
) -> None:
    if not has_library:
        monkeypatch.setattr(schemes, "_has_library", lambda: False)
        report = full_office.verify()
        assert report.exit_code == 0, report.to_text()
        assert any("ML-DSA-44" in each for each in report.not_checked)
    checkpoint, listed = full_office.log / "checkpoint", full_office.log / "checkpoints.jsonl"
    note, lines = checkpoint.read_bytes(), listed.read_bytes().splitlines(keepends=True)
    checkpoint.write_bytes(without_ml_dsa(note))
    told(full_office.verify(), "is missing")
    listed.write_bytes(b"".join([*lines[:-1], spell_line(without_ml_dsa(note))]))
    told(full_office.verify(), "is missing")
    told(full_office.verify(seen=without_ml_dsa(note)), "is missing")


def test_no_key_that_nothing_here_can_check_makes_a_log_trusted(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_office.open() as log:
        _, second = log.vkeys
    monkeypatch.setattr(schemes, "_has_library", lambda: False)

    report = full_office.verify(keys=[second])
    assert report.exit_code == 1
    assert "give the Ed25519 key too" in report.to_text()


def test_a_writer_does_not_open_a_log_whose_checkpoint_was_stripped(full_office: Office) -> None:
    full_office.close()
    checkpoint = full_office.log / "checkpoint"
    checkpoint.write_bytes(without_ml_dsa(checkpoint.read_bytes()))

    with pytest.raises(LogCorruptError, match="is missing"):
        full_office.open()


# --- logs of early versions ------------------------------------------------------------------------------------


def early_log(office: Office) -> Office:
    """Make the log that a version without ML-DSA-44 would have made."""
    with office.create() as log:
        log.append(attested())
    office.close()
    lines = entry_lines(office)
    key, later = private_keys(office)
    opening = json.loads(lines[0])
    for name in ("vkeys", "recovery_vkeys"):
        del opening[name]
    lines[0] = json.dumps(opening, sort_keys=True, separators=(",", ":")).encode()
    put_forged(office, lines, lambda _: [key], first=1)
    (office.log / "policy.txt").write_text(f"log {key.verifier}\nquorum none\n")
    (office.keys / "epoch-0001.mldsa44.key").unlink()
    for name in ("ids.db",):
        (office.sidecar / name).unlink(missing_ok=True)
    assert later.verifier.algorithm == ML_DSA_44
    return office


def test_a_log_made_before_ml_dsa_is_read_written_and_gains_it_with_the_next_keys(office: Office) -> None:
    early_log(office)
    with office.open(at=LATER) as log:
        vkey = log.vkey
        assert list(log.vkeys) == [vkey]
        log.append(attested(1))
        assert office.verify(keys=[vkey]).exit_code == 0
        log.rotate(at=LATER)
        assert len(log.vkeys) == 2
    assert office.verify(keys=[vkey]).exit_code == 0


def test_a_log_made_before_ml_dsa_is_recovered_with_its_one_recovery_key(office: Office) -> None:
    early_log(office)
    assert office.created is not None
    for path in office.keys.iterdir():
        path.unlink()
    vkey = json.loads(office.lines()[0])["vkey"]

    with recover(office, office.created.recovery_key) as log:
        log.append(attested(1))
    assert office.verify(keys=[vkey]).exit_code == 0


# --- files -----------------------------------------------------------------------------------------------------


def test_a_key_file_of_another_account_is_not_used(full_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    full_office.close()
    if os.geteuid() == 0:
        for path in full_office.keys.iterdir():
            os.chown(path, 12345, -1)
    else:
        mine = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: mine + 1)

    with pytest.raises(KeyMissingError, match="belongs to account"):
        full_office.open()


def test_rotation_keeps_the_witnesses_in_the_policy(full_office: Office) -> None:
    with full_office.open() as log:
        witness = "witness w1 " + re.sub(r"\s", "", WITNESS)
        policy = full_office.log / "policy.txt"
        policy.write_text(policy.read_text().replace("quorum none\n", f"{witness}\nquorum w1\n"))
        log.rotate(at=LATER)

    assert witness in policy.read_text()
    assert layout.read_policy(full_office.log).quorum == "w1"


WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"


def test_a_recovery_cut_short_beside_a_damaged_key_is_completed(full_office: Office) -> None:
    assert full_office.created is not None
    old = next(full_office.keys.iterdir())
    content = old.read_bytes()
    policy = (full_office.log / "policy.txt").read_bytes()
    recover(full_office, full_office.created.recovery_key).close()
    # as it stands when the process ends before the policy is written: the file of the lost key is still there
    (full_office.log / "policy.txt").write_bytes(policy)
    old.touch(mode=0o600)
    old.write_bytes(content[:20])

    with full_office.open(at=LATER) as log:
        assert len(log.epochs()) == 2
    assert not old.exists()
    assert full_office.verify().exit_code == 0
