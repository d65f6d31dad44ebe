"""After a crash: what was signed is the log, what was not is kept as evidence and never adopted."""

import shutil
import sqlite3
from hashlib import sha256

import pytest

from disposal_log import (
    DisposalLog,
    EntryType,
    LogCorruptError,
    LogError,
    LogRolledBackError,
    RecoveryFailedError,
    SidecarError,
    Verdict,
)
from disposal_log.files.segments import LineReader
from tests.integration.disposal_log.office import Office, draft, lawful_story, tell

SIZE = 15


@pytest.mark.parametrize(
    "tail",
    [b"", b"half a li", b'{"forged":"line"}\n', b"x" * 100_000, b"\x00" * 5000, b"\n\n\n", "copy of the last entry"],
)
def test_what_follows_the_signed_end_is_set_aside_and_told(full_office: Office, tail: bytes | str) -> None:
    path = full_office.entries / "00000.jsonl"
    good = path.read_bytes()
    added = full_office.lines()[-1] if isinstance(tail, str) else tail
    path.write_bytes(good + added)

    with full_office.open() as log:
        told = [stored.entry for stored in log.entries(SIZE)]
    if not added:
        assert told == []
        return
    [incident] = told
    assert (incident["type"], incident["kind"]) == ("incident", "unsigned-bytes-set-aside")
    assert (incident["size"], incident["sha256"]) == (len(added), sha256(added).hexdigest())
    kept = full_office.log / "recovery" / str(incident["kept_as"])
    assert kept.read_bytes() == added
    assert path.read_bytes().startswith(good)
    assert added not in path.read_bytes()[len(good) :]
    assert full_office.verify().exit_code == 0


def test_a_stranger_s_file_among_the_entries_is_set_aside(full_office: Office) -> None:
    (full_office.entries / "00001.jsonl").write_bytes(b'{"forged":1}\n')
    (full_office.entries / "bad\udcff\n.txt").write_bytes(b"")
    (full_office.entries / "folder").mkdir()

    with full_office.open() as log:
        kinds = [stored.entry["found_in"] for stored in log.entries(SIZE)]
    assert kinds == ["'00001.jsonl'", "'bad\\udcff\\n.txt'", "'folder'"]
    assert [path.name for path in full_office.entries.iterdir()] == ["00000.jsonl"]
    assert len(list((full_office.log / "recovery").iterdir())) == 3
    assert full_office.verify().exit_code == 0


def test_a_forged_line_is_never_signed_by_our_key(full_office: Office) -> None:
    path = full_office.entries / "00000.jsonl"
    forged = full_office.lines()[-1].replace(b'"seq":14', b'"seq":15')
    path.write_bytes(path.read_bytes() + forged)

    with full_office.open() as log:
        assert all(stored.raw + b"\n" != forged for stored in log.entries())


def test_an_id_in_a_tail_that_never_counted_may_be_appended_again(full_office: Office) -> None:
    lost = draft(EntryType.EVENT_ATTESTED, {"note": "again"}, disclosures={"path": "a.txt"})
    before = full_office.copy("before")
    with full_office.open() as log:
        log.append([lost])
    # as if the process had died between writing the lines and publishing the checkpoint
    shutil.copy(full_office.entries / "00000.jsonl", before.entries / "00000.jsonl")
    shutil.copy(full_office.sidecar / "disclosures.db", before.sidecar / "disclosures.db")

    with before.open() as log:
        assert not log.contains(lost.id)
        [receipt] = log.append([lost])
        assert receipt.seq == SIZE + 1
        assert [stored.disclosures for stored in log.entries(SIZE + 1)] == [{"path": "a.txt"}]
    report = before.verify(is_sidecar_given=True)
    assert (report.exit_code, report.missing) == (0, 0)


def test_the_names_of_an_append_that_never_counted_do_not_linger(full_office: Office) -> None:
    database = sqlite3.connect(full_office.sidecar / "disclosures.db")
    with database:
        database.execute("INSERT INTO sealed VALUES (?, 'path', 1, 'orphan')", (SIZE,))
    database.close()

    full_office.open()
    full_office.close()
    database = sqlite3.connect(full_office.sidecar / "disclosures.db")
    assert database.execute("SELECT count(*) FROM sealed WHERE value = 'orphan'").fetchone() == (0,)
    database.close()


def test_a_checkpoint_that_was_never_published_counts_for_nothing(full_office: Office) -> None:
    staged = full_office.log / "checkpoint.tmp"
    staged.write_bytes(b"half a checkpo")

    assert full_office.verify().exit_code == 0
    with full_office.open() as log:
        assert log.size == SIZE
    assert not staged.exists()


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_list_cut_in_its_newest_line_is_completed(full_office: Office, cut: int) -> None:
    path = full_office.log / "checkpoints.jsonl"
    good = path.read_bytes()
    path.write_bytes(good[:-cut])

    report = full_office.verify()
    assert report.exit_code == 0
    assert any("ends at 14 of 15 entries" in warning for warning in report.warnings)
    with full_office.open() as log:
        assert log.size == SIZE + 1, "what was cut off is told as an incident"
    assert path.read_bytes().startswith(good)
    report = full_office.verify()
    assert (report.exit_code, len(report.warnings)) == (0, 2)


@pytest.mark.parametrize("tail", [b"\x00" * 300, b"rubbish\n", b'{"note":"x"}\n'])
def test_a_list_with_rubbish_at_its_end_is_mended_and_the_rubbish_kept(full_office: Office, tail: bytes) -> None:
    path = full_office.log / "checkpoints.jsonl"
    good = path.read_bytes()
    path.write_bytes(good + tail)

    assert full_office.verify().exit_code == 5
    with full_office.open() as log:
        [incident] = log.entries(SIZE)
    assert incident.entry["sha256"] == sha256(tail).hexdigest()
    assert full_office.verify().exit_code == 0


def test_a_lost_list_begins_again_with_the_newest_checkpoint(full_office: Office) -> None:
    (full_office.log / "checkpoints.jsonl").unlink()

    with full_office.open() as log:
        log.append([draft(EntryType.EVENT_ATTESTED, {})])
    assert full_office.verify().exit_code == 0


def test_a_log_that_was_changed_is_not_opened_and_not_touched(full_office: Office) -> None:
    good = full_office.lines()
    for entry in range(SIZE):
        changed = list(good)
        changed[entry] = good[entry].replace(b"00.000000Z", b"01.000000Z")
        full_office.put_lines(changed)
        before = full_office.lines()
        with pytest.raises(LogCorruptError, match=f"at entry {entry}"):
            full_office.open()
        assert full_office.lines() == before
    full_office.put_lines(good)
    assert full_office.open().size == SIZE


def test_a_log_that_lost_signed_entries_is_not_opened(full_office: Office) -> None:
    lines = full_office.lines()
    full_office.put_lines(lines[:9])
    with pytest.raises(LogCorruptError, match="at entry 9"):
        full_office.open()
    full_office.put_lines([*lines[:9], lines[9][:-1]])
    with pytest.raises(LogCorruptError, match="newline"):
        full_office.open()
    (full_office.entries / "00000.jsonl").unlink()
    with pytest.raises(LogCorruptError, match="missing"):
        full_office.open()


@pytest.mark.parametrize("name", ["checkpoint", "policy.txt", "origin.txt"])
def test_a_damaged_checkpoint_or_name_keeps_the_log_shut(full_office: Office, name: str) -> None:
    path = full_office.log / name
    good = path.read_bytes()
    for at in range(0, len(good), 5):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(LogError):
            full_office.open()
    path.unlink()
    with pytest.raises(LogError):
        full_office.open()


def test_a_log_restored_from_an_old_backup_is_not_continued_into_a_second_history(office: Office) -> None:
    with office.create() as log:
        tell(log, lawful_story("B-1"))
    old = office.copy("old")
    with office.open() as log:
        tell(log, lawful_story("B-2"))

    shutil.rmtree(office.log)
    shutil.copytree(old.log, office.log)
    with pytest.raises(LogRolledBackError, match="it has 15 entries, but 29 were written on this machine"):
        office.open()
    shutil.rmtree(office.sidecar)
    assert office.open().size == SIZE + 1, "one more entry tells that the values are lost"


def test_a_checkpoint_restored_without_its_list_is_not_continued(office: Office) -> None:
    with office.create() as log:
        tell(log, lawful_story("B-1"))
        old = log.checkpoint_note
        tell(log, lawful_story("B-2"))
    shutil.rmtree(office.sidecar)
    (office.log / "checkpoint").write_bytes(old)

    with pytest.raises(LogRolledBackError, match="29 were signed"):
        office.open()


@pytest.mark.parametrize("harm", ["removed", "rubbish", "of another log"])
def test_the_index_of_ids_is_made_again_from_the_log(full_office: Office, harm: str) -> None:
    index = full_office.sidecar / "ids.db"
    if harm == "of another log":
        other = Office(full_office.folder.with_name("other"))
        with other.create() as log:
            tell(log, lawful_story(items=9))
        shutil.copy(other.sidecar / "ids.db", index)
    elif harm == "rubbish":
        index.write_bytes(b"not a database at all" * 100)
    else:
        index.unlink()

    with full_office.open() as log:
        ids = [str(stored.entry["id"]) for stored in log.entries()]
        assert {entry_id: found.seq for entry_id, found in log.find(ids).items()} == {
            entry_id: seq for seq, entry_id in enumerate(ids)
        }


def test_a_damaged_sidecar_is_named_and_the_log_is_not(full_office: Office) -> None:
    (full_office.sidecar / "disclosures.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(SidecarError, match=r"disclosures\.db"):
        full_office.open()
    assert full_office.verify().exit_code == 0
    assert full_office.verify(is_sidecar_given=True).verdict is Verdict.CANNOT_SAY


def test_remains_that_cannot_be_kept_are_not_thrown_away(full_office: Office) -> None:
    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes() + b"tail")
    before = path.read_bytes()
    shutil.rmtree(full_office.log / "recovery")
    (full_office.log / "recovery").write_text("a file where the folder must go")

    with pytest.raises(RecoveryFailedError, match="could not be set aside"):
        full_office.open()
    assert path.read_bytes() == before


def test_a_log_whose_first_append_never_counted_is_no_log(office: Office) -> None:
    office.create()
    office.close()
    (office.log / "checkpoint").unlink()

    with pytest.raises(LogError):
        office.open()
    with pytest.raises(LogError):
        DisposalLog.read(office.log)
    assert office.verify().exit_code == 5


def test_reading_resumes_where_a_writer_has_gone_on(full_office: Office) -> None:
    reader = LineReader(full_office.entries)
    assert len(list(reader.take(SIZE + 1))) == SIZE
    assert reader.fault is not None
    with full_office.open() as log:
        log.append([draft(EntryType.EVENT_ATTESTED, {})])
    reader.resume()
    assert len(list(reader.take(SIZE + 1))) == 1
    reader.close()
