"""Appending: durable, exactly once, refused whole or not at all."""

import os
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from disposal_log import (
    Actor,
    DisposalLog,
    DuplicateEntryError,
    EntryDraft,
    EntryRefusedError,
    EntryType,
    KeyInvalidError,
    KeyMissingError,
    LogClosedError,
    LogExistsError,
    LogLockedError,
    LogNotFoundError,
    LogReader,
    ProofInvalidError,
    Receipt,
    leaf_hash,
    sign_statement,
    statement,
    verify_consistency,
    verify_envelope,
    verify_inclusion,
)
from disposal_log.tree.merkle import root_of
from tests.integration.disposal_log.office import NOON, ORIGIN, Office, draft, lawful_story, tell


def note(text: str = "", **fields: str) -> EntryDraft:
    return draft(EntryType.EVENT_ATTESTED, {"note": text}, disclosures=dict(fields))


def test_a_new_log_opens_with_its_keys_and_gives_the_recovery_key_once(office: Office) -> None:
    log = office.create()
    created = office.created
    assert created is not None

    [opening] = log.entries()
    assert opening.entry["type"] == "log.open"
    assert opening.entry["vkey"] == log.vkey
    assert opening.entry["origin"] == log.origin == ORIGIN
    assert created.words == log.fingerprint_words
    assert created.recovery_key.startswith(f"PRIVATE+KEY+{ORIGIN}/recovery+")
    secret = created.recovery_key.encode()
    assert not [path for path in office.folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_the_private_keys_are_readable_by_their_owner_alone(office: Office) -> None:
    office.create()

    keys = list(office.keys.iterdir())
    assert len(keys) == 2
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert office.keys.stat().st_mode & 0o777 == 0o700


def test_a_receipt_points_at_the_very_bytes_that_were_kept(office: Office) -> None:
    log = office.create()
    receipts = log.append([note("one"), note("two")])

    for receipt, stored in zip(receipts, log.entries(1), strict=True):
        assert (receipt.seq, receipt.id) == (stored.seq, stored.entry["id"])
        assert receipt.leaf_hash == leaf_hash(stored.raw)


def test_an_entry_is_appended_exactly_once(office: Office) -> None:
    log = office.create()
    first = note("one")
    log.append([first])

    for again in ([first], [note("other"), first], [replace(first, body={"note": "changed"})]):
        with pytest.raises(DuplicateEntryError, match="as entry 1"):
            log.append(again)
    twice = note("twice")
    with pytest.raises(DuplicateEntryError, match="twice in this batch"):
        log.append([twice, twice])
    assert log.size == 2

    office.close()
    log = office.open()
    with pytest.raises(DuplicateEntryError):
        log.append([first])
    assert log.contains(first.id)
    assert not log.contains(twice.id)


def test_a_refused_draft_takes_its_whole_batch_with_it(office: Office) -> None:
    log = office.create()
    good = note("good")

    with pytest.raises(EntryRefusedError, match="Nothing of the batch was written"):
        log.append([good, draft(EntryType.ITEM_OUTCOME, {"batch": "B-1", "item": 0, "result": "gone"})])
    assert (log.size, log.contains(good.id)) == (1, False)
    log.append([good])
    assert log.contains(good.id)


@pytest.mark.parametrize(
    "kind", [EntryType.LOG_OPEN, EntryType.KEY_ADD, EntryType.KEY_RETIRE, EntryType.KEY_COMPROMISED]
)
def test_nobody_but_the_log_says_which_keys_to_trust(office: Office, kind: EntryType) -> None:
    with pytest.raises(EntryRefusedError, match="only the log itself"):
        office.create().append([draft(kind, {})])


def test_an_empty_append_writes_nothing(office: Office) -> None:
    log = office.create()
    before = log.checkpoint_note

    assert log.append([]) == ()
    assert log.checkpoint_note == before


def test_what_was_appended_is_there_after_reopening(full_office: Office) -> None:
    with full_office.open() as log:
        found = list(log.entries())
        assert [stored.seq for stored in found] == list(range(15))
        assert found[5].disclosures == {"path": "Finance/2018/B-1/Tŷ 0.pdf", "sha256": "cd" * 32}
        size, root = log.size, log.root
    with LogReader(full_office.log, sidecar_directory=full_office.sidecar) as reader:
        assert (reader.size, reader.root, reader.origin) == (size, root, ORIGIN)
        assert list(reader.entries()) == found


def test_a_reader_without_the_sidecar_sees_no_names(full_office: Office) -> None:
    with LogReader(full_office.log) as reader:
        assert all(stored.disclosures is None for stored in reader.entries())
    for path in full_office.log.rglob("*"):
        assert not path.is_file() or b"Finance" not in path.read_bytes()


def test_entries_are_found_by_id(full_office: Office) -> None:
    with full_office.open() as log:
        wanted = {str(stored.entry["id"]): stored for stored in log.entries()}
        expected = {
            entry_id: Receipt(seq=stored.seq, id=entry_id, leaf_hash=leaf_hash(stored.raw))
            for entry_id, stored in wanted.items()
        }
        assert log.find([*wanted, str(uuid.uuid4()), "no uuid"]) == expected
    with DisposalLog.read(full_office.log) as reader:
        assert reader.find([*wanted, str(uuid.uuid4())]) == expected
        assert reader.contains(next(iter(wanted)))
        assert not reader.contains(str(uuid.uuid4()))


def test_every_entry_can_be_proven_and_every_older_size_extended(full_office: Office) -> None:
    with full_office.open() as log, LogReader(full_office.log) as reader:
        roots = [note_root(full_office, size) for size in range(1, log.size + 1)]
        for book in (log, reader):
            for stored in book.entries():
                path = book.inclusion_proof(stored.seq)
                verify_inclusion(leaf=leaf_hash(stored.raw), index=stored.seq, size=log.size, path=path, root=log.root)
            for size, root in enumerate(roots, start=1):
                proof = book.consistency_proof(size)
                verify_consistency(old_size=size, size=log.size, path=proof, old_root=root, root=log.root)
            with pytest.raises(ProofInvalidError):
                book.inclusion_proof(log.size)
            with pytest.raises(ProofInvalidError):
                book.consistency_proof(log.size + 1)


def note_root(office: Office, size: int) -> bytes:
    return root_of(leaf_hash(line.rstrip(b"\n")) for line in office.lines()[:size])


@pytest.mark.parametrize("harm", ["removed", "damaged", "shortened"])
def test_damaged_hashes_spoil_no_proof(full_office: Office, harm: str) -> None:
    stored = full_office.log / "hashes" / "00000.bin"
    content = stored.read_bytes()
    match harm:
        case "removed":
            stored.unlink()
        case "damaged":
            stored.write_bytes(bytes(64) + content[64:])
        case _:
            stored.write_bytes(content[:100])

    with LogReader(full_office.log) as reader:
        assert reader.inclusion_proof(3)
        assert reader.consistency_proof(3)
    with full_office.open() as log:
        assert stored.read_bytes() == content
        stored.write_bytes(bytes(len(content)))
        assert log.inclusion_proof(3)
        assert log.consistency_proof(3)
        assert stored.read_bytes() == content


def test_a_clock_that_steps_back_is_told_in_the_log(office: Office) -> None:
    log = office.create()
    log.append([note("later")])
    earlier = replace(note("earlier"), time=NOON - timedelta(hours=1))
    slightly = replace(note("slightly"), time=NOON - timedelta(hours=1, seconds=2))
    receipts = log.append([earlier, slightly])

    kinds = [(stored.entry["type"], stored.entry.get("by_seconds")) for stored in log.entries(2)]
    assert kinds == [("incident", 3600), ("event.attested", None), ("event.attested", None)]
    assert [receipt.seq for receipt in receipts] == [3, 4]


def test_a_second_writer_is_turned_away_and_a_reader_is_not(office: Office) -> None:
    log = office.create()
    log.append([note("one")])

    with pytest.raises(LogLockedError, match="another process"):
        office.open()
    with LogReader(office.log) as reader:
        assert reader.size == 2
    log.append([note("two")])


def test_a_closed_log_takes_nothing(office: Office) -> None:
    log = office.create()
    log.close()
    log.close()

    with pytest.raises(LogClosedError, match="is closed"):
        log.append([note("late")])
    with pytest.raises(LogClosedError):
        sign_statement(log, statement(subject="B-1", sha256="ab", predicate={}))


def test_a_certificate_is_signed_by_the_log_and_carries_its_checkpoint(office: Office) -> None:
    log = office.create()
    made = statement(subject="B-1", sha256="ab" * 32, predicate={"checkpoint": log.checkpoint_note.decode()})
    envelope = sign_statement(log, made)

    assert verify_envelope(envelope, [log.vkey]) == made


def test_no_log_is_written_over(office: Office) -> None:
    office.create()
    before = {path: path.read_bytes() for path in office.log.rglob("*") if path.is_file()}
    office.close()

    with pytest.raises(LogExistsError):
        office.create()
    assert before == {path: path.read_bytes() for path in office.log.rglob("*") if path.is_file()}


def test_no_key_is_written_over(office: Office) -> None:
    office.create()
    office.close()
    before = {key: key.read_bytes() for key in office.keys.iterdir()}

    with pytest.raises(LogExistsError, match=r"epoch-0001\.ed25519\.key"):
        DisposalLog.create(
            office.folder / "second-log",
            keys_directory=office.keys,
            sidecar_directory=office.folder / "second-sidecar",
            origin=ORIGIN,
            at=NOON,
        )
    assert {key: key.read_bytes() for key in office.keys.iterdir()} == before


def test_a_creation_that_fails_leaves_no_key_in_the_way(office: Office) -> None:
    office.folder.mkdir()
    office.sidecar.write_text("a file where a folder must go")
    with pytest.raises(FileExistsError):
        office.create()

    assert list(office.keys.iterdir()) == []


def test_a_name_that_no_note_could_carry_names_no_log(tmp_path: Path) -> None:
    with pytest.raises(KeyInvalidError):
        DisposalLog.create(
            tmp_path / "log",
            keys_directory=tmp_path / "keys",
            sidecar_directory=tmp_path / "sidecar",
            origin="two words",
            at=NOON,
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["ed25519", "mldsa44"])
def test_without_its_keys_the_log_stays_shut_and_nothing_can_be_destroyed(full_office: Office, kind: str) -> None:
    [key] = full_office.keys.glob(f"*.{kind}.key")
    [beside] = set(full_office.keys.iterdir()) - {key}
    good = key.read_text()

    def shut(match: str) -> None:
        with pytest.raises(KeyMissingError, match=match):
            full_office.open()

    key.chmod(0o640)
    shut("others may read it")
    key.chmod(0o600)
    key.write_text("PRIVATE+KEY+nonsense")
    shut("is damaged")
    key.write_bytes(b"\xff")
    shut("cannot be read")
    other = Office(full_office.folder.with_name("other"))
    other.create()
    key.write_text((other.keys / key.name).read_text())
    shut("belongs to")
    other.close()
    key.unlink()
    shut("is not there" if kind == "ed25519" else "belongs to")
    away = beside.rename(full_office.folder / "away")
    full_office.keys.rmdir()
    shut("has no directory")
    full_office.keys.mkdir(mode=0o700)
    away.rename(beside)
    key.touch(mode=0o600)
    key.write_text(good)
    assert full_office.open().size == 15


def test_where_there_is_no_log_none_is_opened(office: Office) -> None:
    with pytest.raises(LogNotFoundError):
        office.open()
    office.log.mkdir(parents=True)
    with pytest.raises(LogNotFoundError):
        office.open()
    with pytest.raises(LogNotFoundError):
        LogReader(office.log)


def test_a_full_segment_becomes_read_only_and_the_next_begins(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("files.segments", "files.hashes", "writing.recovering", "files.reading", "verifying.streaming"):
        monkeypatch.setattr(f"disposal_log.{module}.SEGMENT_LINES", 8)
    monkeypatch.setattr("disposal_log.files.hashes.SEGMENT_LEVEL", 3)
    log = office.create()
    story = lawful_story(items=5)
    tell(log, story)
    roots = {log.size: log.root}

    modes = {path.name: path.stat().st_mode & 0o777 for path in office.entries.iterdir()}
    assert modes == {"00000.jsonl": 0o444, "00001.jsonl": 0o444, "00002.jsonl": 0o644}
    for seq in range(log.size):
        log.inclusion_proof(seq)
    for _ in range(5):
        office.close()
        log = office.open()
        assert roots[log.size] == log.root
        log.append([note()])
        roots[log.size] = log.root
        for old, root in roots.items():
            path = log.consistency_proof(old)
            verify_consistency(old_size=old, size=log.size, path=path, old_root=root, root=log.root)
    report = office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.size, report.missing) == (0, 24, 0)
    assert not [warning for warning in report.warnings if "hashes" in warning]
    with LogReader(office.log) as reader:
        assert [stored.seq for stored in reader.entries(11)] == list(range(11, 24))


def test_disclosures_of_any_file_name_come_back(office: Office) -> None:
    log = office.create()
    names: list[str | bytes] = ["Tŷ.pdf", b"\xff\xfe latin1 \xe9", "bad\udce9.txt", "win\ud800.txt", b"plain"]
    log.append([draft(EntryType.EVENT_ATTESTED, {}, disclosures={"path": name}) for name in names])

    found = [stored.disclosures["path"] for stored in log.entries(1) if stored.disclosures]
    assert found == ["Tŷ.pdf", b"\xff\xfe latin1 \xe9", b"bad\xe9.txt", "win\ud800.txt", "plain"]
    assert os.fsencode("bad\udce9.txt") == found[2]


def test_an_actor_is_written_as_a_pseudonym(office: Office) -> None:
    log = office.create()
    log.append([draft(EntryType.EVENT_ATTESTED, {}, actor=Actor(kind="person", ref="u-0042"))])

    assert [stored.entry["actor"] for stored in log.entries(1)] == [{"k": "person", "ref": "u-0042"}]
