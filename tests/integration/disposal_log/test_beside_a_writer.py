"""Readers and verifiers work while the one writer writes, and threads share the writer."""

import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from disposal_log import EntryType, LogReader, verify_log
from tests.integration.disposal_log.office import Office, draft

PROGRAM = Path(__file__).with_name("appender.py")


def test_a_log_that_is_being_written_verifies_at_every_moment(office: Office) -> None:
    office.create()
    office.close()
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), str(office.folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it is at work now; it goes on until the pipe is full
        sizes = []
        for _ in range(20):
            report = office.verify()
            assert report.exit_code == 0, report.to_text()
            sizes.append(report.size)
            with LogReader(office.log) as reader:
                assert sum(1 for _ in reader.entries()) == reader.size
        assert child.poll() is None
        child.kill()
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]


def test_bytes_a_living_writer_has_not_signed_yet_are_a_warning(full_office: Office) -> None:
    with full_office.open():
        path = full_office.entries / "00000.jsonl"
        good = path.read_bytes()
        path.write_bytes(good + b"half an entry")
        report = full_office.verify()
        path.write_bytes(good)
    assert report.exit_code == 0
    assert any("a writer is at work" in warning for warning in report.warnings)


def test_the_verifier_leaves_no_lock_behind(full_office: Office) -> None:
    path = full_office.entries / "00000.jsonl"
    path.write_bytes(path.read_bytes() + b"tail")
    assert full_office.verify().exit_code == 5

    descriptor = os.open(full_office.log, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_verifying_writes_nothing(full_office: Office) -> None:
    def state() -> dict[Path, tuple[int, bytes]]:
        paths = [path for path in full_office.log.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}

    before = state()
    (full_office.log / "hashes" / "00000.bin").write_bytes(b"")
    changed = state()
    verify_log(full_office.log)
    assert state() == changed
    assert before.keys() == changed.keys()


def test_threads_share_the_writer_and_every_entry_has_one_place(office: Office) -> None:
    log = office.create()

    def write(thread: int) -> list[int]:
        found = []
        for number in range(10):
            receipts = log.append(
                [
                    draft(EntryType.EVENT_ATTESTED, {"thread": thread}, disclosures={"path": f"{number}"})
                    for _ in range(3)
                ]
            )
            seqs = [receipt.seq for receipt in receipts]
            assert seqs == list(range(seqs[0], seqs[0] + 3))
            assert log.contains(receipts[0].id)
            found += seqs
        return found

    with ThreadPoolExecutor(6) as pool:
        seqs = [seq for found in pool.map(write, range(6)) for seq in found]
    assert sorted(seqs) == list(range(1, 181))
    assert office.verify(is_sidecar_given=True).missing == 0
