"""Every way we know to change a log behind its back, and what the verifier says to it."""

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import pytest

from benchmarks.tampering.rows import remembering_signatures
from disposal_log import Checkpoint, DisposalLog, Verdict, VerificationReport, sign_statement, statement
from disposal_log.files.checkpoint_list import spell_line
from disposal_log.files.value_keys import ValueKeys
from disposal_log.formats.checkpoints import sign_checkpoint
from disposal_log.signing.notes import ED25519, ML_DSA_44, SigningKey
from tests.integration.disposal_log.office import ORIGIN, Office, lawful_story, tell

SIZE = 15
CONVERTED = "line endings were converted"


@pytest.fixture(autouse=True)
def _signatures_checked_once() -> Iterator[None]:
    """Remember which signatures are good: thousands of logs that differ in one byte share nearly all of them."""
    with remembering_signatures():
        yield


def failed_at(report: VerificationReport, entry: int | None) -> None:
    assert report.verdict is Verdict.FAILED, report.to_text()
    assert report.exit_code == 5
    assert report.first_broken_entry == entry, report.to_text()


@contextmanager
def one_bit_flipped(path: Path, at: int) -> Iterator[None]:
    """Flip another bit at each place, in the file itself: rewriting it whole would be slow."""
    with path.open("r+b", buffering=0) as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ (1 << at % 8)]))
        yield
        file.seek(at)
        file.write(bytes([byte]))


def places(content: bytes) -> list[int]:
    """Give every place in `content`, and of keys and signatures of a thousand characters and more each 131st."""
    long = [match.span() for match in re.finditer(rb"[A-Za-z0-9+/=]{1000,}", content)]
    skipped = {at for start, stop in long for at in range(start + 8, stop - 8) if (at - start) % 131}
    return [at for at in range(len(content)) if at not in skipped]


def test_an_intact_log_verifies_and_says_what_it_rests_on(full_office: Office) -> None:
    report = full_office.verify()

    assert report.verdict is Verdict.VERIFIED_WITH_WARNINGS
    assert (report.exit_code, report.size, report.withheld) == (0, SIZE, 13)
    assert "the key was found only inside the log" in report.warnings[0]
    assert "nothing kept outside was compared" in report.warnings[1]
    assert len(report.warnings) == 2


def test_with_a_key_and_a_checkpoint_from_outside_there_is_no_warning_left(full_office: Office) -> None:
    with full_office.open() as log:
        vkey, seen = log.vkey, log.checkpoint_note
    report = full_office.verify(keys=[vkey], seen=seen, is_sidecar_given=True)

    assert (report.verdict, report.warnings, report.problems) == (Verdict.VERIFIED, (), ())
    assert (report.disclosed, report.withheld, report.missing) == (13, 0, 0)
    assert report.not_checked


@pytest.mark.parametrize("quarter", range(4))
def test_every_changed_byte_of_every_entry_is_found_and_its_entry_named(office: Office, quarter: int) -> None:
    with office.create() as log:
        log.append([each for drafts in lawful_story(items=2) for each in drafts])
    path = office.entries / "00000.jsonl"
    good = path.read_bytes()
    assert good.count(b"\n") == 13
    for at in places(good)[quarter::4]:
        with one_bit_flipped(path, at):
            failed_at(office.verify(), good[:at].count(b"\n"))
    assert office.verify().exit_code == 0


@pytest.mark.parametrize("name", ["checkpoint", "policy.txt", "origin.txt", "checkpoints.jsonl"])
def test_every_changed_byte_of_what_signs_the_entries_is_found(full_office: Office, name: str) -> None:
    path = full_office.log / name
    good = path.read_bytes()
    # every byte of the small files; of the long list every eleventh
    for at in places(good)[:: 11 if name == "checkpoints.jsonl" else 1]:
        with one_bit_flipped(path, at):
            report = full_office.verify()
        assert report.exit_code == 5, (name, at, report.to_text())
    for rest in (b"", good[:-1], good + b"\n", good + b"x"):
        path.write_bytes(rest)
        is_shorter_list = name == "checkpoints.jsonl" and good.startswith(rest)
        assert full_office.verify().exit_code == (0 if is_shorter_list else 5), (name, rest[-5:])
    path.unlink()
    assert full_office.verify().exit_code == 5


def test_a_deleted_entry_is_found_wherever_it_stood(full_office: Office) -> None:
    lines = full_office.lines()
    for entry in range(SIZE):
        full_office.put_lines(lines[:entry] + lines[entry + 1 :])
        failed_at(full_office.verify(), entry)


def test_a_doubled_entry_is_found_wherever_it_stands(full_office: Office) -> None:
    lines = full_office.lines()
    for entry in range(SIZE):
        full_office.put_lines([*lines[: entry + 1], lines[entry], *lines[entry + 1 :]])
        failed_at(full_office.verify(), entry + 1)


def test_any_two_entries_swapped_are_found(full_office: Office) -> None:
    lines = full_office.lines()
    for one, other in combinations(range(SIZE), 2):
        swapped = list(lines)
        swapped[one], swapped[other] = lines[other], lines[one]
        full_office.put_lines(swapped)
        failed_at(full_office.verify(), one)


def test_a_forged_entry_is_found_wherever_it_is_put(full_office: Office) -> None:
    lines = full_office.lines()
    for entry in range(SIZE + 1):
        forged = lines[10].replace(b"destroyed", b"restored").replace(b'"seq":10', b'"seq":%d' % entry)
        full_office.put_lines([*lines[:entry], forged, *lines[entry:]])
        failed_at(full_office.verify(), entry)


def test_a_log_cut_short_is_found_at_every_byte(full_office: Office) -> None:
    path = full_office.entries / "00000.jsonl"
    good = path.read_bytes()
    for length in places(good)[::23]:
        path.write_bytes(good[:length])
        failed_at(full_office.verify(), good[:length].count(b"\n"))


@pytest.mark.parametrize("tail", [b"\n", b"x", b"{}\n", b"x" * 70_000, b"\x00" * 4096])
def test_bytes_that_nobody_signed_are_found_behind_the_last_entry(full_office: Office, tail: bytes) -> None:
    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes() + tail)

    failed_at(full_office.verify(), SIZE)


@pytest.mark.parametrize("name", ["00001.jsonl", "notes.txt", "00000.jsonl.bak", ".hidden", "bad\udcff"])
@pytest.mark.parametrize("content", [b"", b"something"])
def test_a_file_that_is_no_part_of_the_log_is_found(full_office: Office, name: str, content: bytes) -> None:
    (full_office.entries / name).write_bytes(content)

    failed_at(full_office.verify(), SIZE)


def test_a_folder_among_the_entries_is_found(full_office: Office) -> None:
    (full_office.entries / "old").mkdir()

    failed_at(full_office.verify(), SIZE)


def test_missing_entries_are_found(full_office: Office) -> None:
    path = full_office.entries / "00000.jsonl"
    moved = full_office.log / "moved.jsonl"
    path.rename(moved)
    failed_at(full_office.verify(), 0)
    path.symlink_to(moved)
    failed_at(full_office.verify(), 0)
    path.unlink()
    full_office.entries.rmdir()
    failed_at(full_office.verify(), 0)


def test_converted_line_endings_are_called_that_and_not_tampering(full_office: Office) -> None:
    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    report = full_office.verify()
    failed_at(report, 0)
    assert CONVERTED in report.to_text()


def test_converted_line_endings_do_not_hide_a_change(full_office: Office) -> None:
    lines = [line.replace(b"\n", b"\r\n") for line in full_office.lines()]
    lines[4] = lines[4].replace(b"B-1", b"B-2")
    full_office.put_lines(lines)

    report = full_office.verify()
    failed_at(report, 0)
    assert CONVERTED not in report.to_text()


@pytest.mark.parametrize("harm", ["damaged", "removed", "emptied"])
def test_damaged_hashes_are_a_warning_because_they_prove_nothing(full_office: Office, harm: str) -> None:
    path = full_office.log / "hashes" / "00000.bin"
    match harm:
        case "damaged":
            path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
        case "removed":
            path.unlink()
        case _:
            path.write_bytes(b"")

    report = full_office.verify()
    assert report.exit_code == 0
    assert any("stored hashes" in warning for warning in report.warnings)


def test_without_the_hashes_the_break_is_still_narrowed_down_by_old_checkpoints(full_office: Office) -> None:
    shutil.rmtree(full_office.log / "hashes")
    lines = full_office.lines()
    for entry in range(1, SIZE):
        changed = list(lines)
        changed[entry] = lines[entry].replace(b"00.000000Z", b"01.000000Z")
        full_office.put_lines(changed)
        report = full_office.verify()
        # entries 5-7 and 10-12 were appended together, so their checkpoint covers three
        failed_at(report, {6: 5, 7: 5, 11: 10, 12: 10}.get(entry, entry))
        assert "this or a later entry was changed" in report.to_text()


def test_without_the_hashes_a_lost_or_broken_line_is_still_named(full_office: Office) -> None:
    shutil.rmtree(full_office.log / "hashes")
    lines = full_office.lines()
    full_office.put_lines(lines[:6])
    failed_at(full_office.verify(), 6)
    full_office.put_lines([*lines[:6], b"rubbish\n", *lines[7:]])
    failed_at(full_office.verify(), 6)


def test_hashes_forged_to_match_the_forged_entries_mislead_nobody(full_office: Office) -> None:
    with full_office.open() as log:
        before = log.vkey
    lines = full_office.lines()
    lines[6] = lines[6].replace(b'"size":20', b'"size":21')
    full_office.put_lines(lines)
    stored = full_office.log / "hashes" / "00000.bin"
    from disposal_log import leaf_hash  # noqa: PLC0415  # used here alone

    stored.write_bytes(b"".join(leaf_hash(line.rstrip(b"\n")) for line in lines))

    failed_at(full_office.verify(keys=[before]), 5)


def rolled_back(office: Office) -> tuple[Office, bytes]:
    """Give an older genuine copy of the log, and the newest checkpoint as somebody kept it."""
    with office.create() as log:
        tell(log, lawful_story("B-1"))
        old = office.copy("old")
    with office.open() as log:
        tell(log, lawful_story("B-2"))
        return old, log.checkpoint_note


def test_a_roll_back_is_found_by_whoever_kept_a_checkpoint(office: Office) -> None:
    old, seen = rolled_back(office)

    report = old.verify(seen=seen)
    failed_at(report, SIZE)
    assert "rolled back: 29 entries were signed, 15 are here" in report.to_text()


def test_a_roll_back_is_found_by_whoever_kept_a_certificate(office: Office) -> None:
    old, seen = rolled_back(office)
    with office.open() as log:
        made = statement(subject="B-2", sha256="ab" * 32, predicate={"checkpoint": seen.decode()})
        certificate = json.dumps(sign_statement(log, made)).encode()

    failed_at(old.verify(seen=certificate), SIZE)
    assert office.verify(seen=certificate).exit_code == 0


def test_a_roll_back_that_nobody_witnessed_is_what_the_warning_is_about(office: Office) -> None:
    old, _ = rolled_back(office)

    report = old.verify()
    assert report.exit_code == 0
    assert any("rolled back" in warning for warning in report.warnings)


def test_a_roll_back_that_forgot_the_list_of_checkpoints_is_found(office: Office) -> None:
    old, _ = rolled_back(office)
    shutil.copy(office.log / "checkpoints.jsonl", old.log / "checkpoints.jsonl")

    report = old.verify()
    failed_at(report, None)
    assert "rolled back: 29 entries were signed, 15 are here" in report.to_text()


def private_keys(office: Office) -> list[SigningKey]:
    return [SigningKey.parse(path.read_text()) for path in sorted(office.keys.iterdir())]


def resigned(office: Office, keys: Sequence[SigningKey], change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the entries and sign everything anew with `keys`, as a forger with those keys would."""
    from disposal_log.tree.merkle import leaf_hash, root_of  # noqa: PLC0415  # the forger's tools

    lines = change(office.lines())
    office.put_lines(lines)
    notes = []
    for size in range(1, len(lines) + 1):
        root = root_of(leaf_hash(line.rstrip(b"\n")) for line in lines[:size])
        notes.append(sign_checkpoint(Checkpoint(origin=keys[0].name, size=size, root=root), keys))
    (office.log / "checkpoint").write_bytes(notes[-1])
    (office.log / "checkpoints.jsonl").write_bytes(b"".join(map(spell_line, notes)))
    named = "".join(f"log {key.verifier}\n" for key in keys)
    (office.log / "policy.txt").write_text(f"{named}quorum none\n")
    shutil.rmtree(office.log / "hashes")


def test_a_forger_with_another_key_is_stopped_by_a_key_from_outside(full_office: Office) -> None:
    with full_office.open() as log:
        vkey, vkeys, seen = log.vkey, log.vkeys, log.checkpoint_note
    forger = [SigningKey.generate(ORIGIN, algorithm=each) for each in (ED25519, ML_DSA_44)]

    def change(lines: list[bytes]) -> list[bytes]:
        for old, new in zip(vkeys, forger, strict=True):
            lines = [line.replace(old.encode(), str(new.verifier).encode()) for line in lines]
        return lines

    resigned(full_office, forger, change)

    assert full_office.verify().exit_code == 0, "without anything from outside this cannot be noticed"
    report = full_office.verify(keys=[vkey])
    failed_at(report, None)
    assert "none of the keys given" in report.to_text()
    failed_at(full_office.verify(seen=seen), None)


def test_a_forger_with_the_stolen_key_is_stopped_by_a_checkpoint_from_outside(full_office: Office) -> None:
    with full_office.open() as log:
        vkey, seen = log.vkey, log.checkpoint_note
    stolen = private_keys(full_office)

    def change(lines: list[bytes]) -> list[bytes]:
        return [line.replace(b'"FIN-07"', b'"FIN-08"') for line in lines]

    resigned(full_office, stolen, change)

    assert full_office.verify(keys=[vkey]).exit_code == 0, "this is what the second warning is about"
    report = full_office.verify(keys=[vkey], seen=seen)
    failed_at(report, None)
    assert "two histories were signed" in report.to_text()


def test_two_histories_in_one_list_are_shown_side_by_side(full_office: Office) -> None:
    path = full_office.log / "checkpoints.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    fork = sign_checkpoint(Checkpoint(origin=ORIGIN, size=3, root=bytes(32)), private_keys(full_office))
    path.write_bytes(b"".join([*lines[:2], spell_line(fork), *lines[3:]]))

    report = full_office.verify()
    failed_at(report, 2)
    assert "two histories were signed" in report.to_text()


def test_a_checkpoint_of_another_log_is_told_apart(full_office: Office, tmp_path: Path) -> None:
    other = DisposalLog.create(
        tmp_path / "b" / "log",
        keys_directory=tmp_path / "b" / "keys",
        sidecar_directory=tmp_path / "b" / "side",
        origin="another.example/log",
        at=lawful_story()[0][0].time,
    ).log
    note, vkey = other.checkpoint_note, other.vkey
    other.close()
    with full_office.open() as log:
        ours = log.vkey

    failed_at(full_office.verify(seen=note), None)
    report = full_office.verify(keys=[ours, vkey], seen=note)
    failed_at(report, None)
    assert "another log" in report.to_text()


def test_the_policy_cannot_name_another_key_than_the_first_entry(full_office: Office) -> None:
    other = SigningKey.generate(ORIGIN).verifier
    (full_office.log / "policy.txt").write_text(f"log {other}\nquorum none\n")

    report = full_office.verify()
    assert report.exit_code == 5
    assert "names another key than entry 0" in report.to_text()


def test_a_changed_disclosure_is_found_and_a_vanished_one_counted(full_office: Office) -> None:
    import sqlite3  # noqa: PLC0415  # the forger's tool

    def execute(statement_text: str) -> None:
        with sqlite3.connect(full_office.sidecar / "disclosures.db") as database:
            database.execute(statement_text)
        database.close()

    forged = base64.urlsafe_b64encode(b'["AAAA","path",{"utf8":"Elsewhere.pdf"}]').rstrip(b"=")
    sealed = ValueKeys(full_office.sidecar).for_scope("batch B-1")[1].seal(forged, bound_to=b"7 path").hex()
    execute("DELETE FROM sealed WHERE seq = 6 AND name = 'path'")
    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.disclosed, report.missing) == (0, 12, 1)

    execute(f"UPDATE sealed SET value = x'{sealed}' WHERE seq = 7 AND name = 'path'")  # noqa: S608  # our own text
    failed_at(full_office.verify(is_sidecar_given=True), 7)
    assert full_office.verify().exit_code == 0, "the log itself is untouched"

    execute("UPDATE sealed SET value = x'FF00' WHERE seq = 7 AND name = 'path'")
    failed_at(full_office.verify(is_sidecar_given=True), 7)


def test_a_log_that_tells_of_a_crime_is_refused_however_well_it_is_signed(office: Office) -> None:
    story = lawful_story()
    with office.create() as log:
        tell(log, [*story[:5], *story[6:]])

    report = office.verify()
    failed_at(report, 8)
    assert "without a hold check" in report.to_text()


def test_a_thousand_crimes_are_not_all_printed(office: Office) -> None:
    story = lawful_story(items=200)
    with office.create() as log:
        tell(log, [story[7]])

    report = office.verify()
    failed_at(report, 1)
    assert len(report.problems) <= 101
