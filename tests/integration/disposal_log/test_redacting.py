"""Names can be erased for good, and the log says so instead of looking tampered with."""

from pathlib import Path

import pytest

from disposal_log import AppendFailedError, EntryRefusedError, EntryType, LogReader, SidecarError
from tests.integration.disposal_log.office import Office, draft


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_an_erased_name_is_gone_from_the_files_and_the_proof_stands(full_office: Office) -> None:
    with full_office.open() as log:
        names = [stored.disclosures for stored in log.entries() if stored.disclosures]
        assert {"path": "Finance/2018/B-1/Tŷ 1.pdf", "sha256": "cd" * 32} in names
        erased = log.redact(
            draft(EntryType.REDACTION, {"ground": "Article 17", "authority": "DPO"}), first=5, last=7, names=["path"]
        )
        assert erased == 3
        assert [stored.disclosures for stored in log.entries(5)][:1] == [{"sha256": "cd" * 32}]
    report = full_office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.disclosed, report.redacted, report.missing) == (0, 10, 3, 0)
    report = full_office.verify()
    assert (report.withheld, report.redacted) == (10, 3)


def test_no_byte_of_an_erased_name_is_left_in_the_sidecar(office: Office) -> None:
    with office.create() as log:
        log.append([draft(EntryType.EVENT_ATTESTED, {}, disclosures={"path": f"name {n}"}) for n in range(200)])
        texts = [each["path"] for each in log._parts.sidecar.of(0, 300).values()]
        log.redact(draft(EntryType.REDACTION, {}), first=1, last=200, names=["path"])
        left = everything_in(office.sidecar)
        assert not [text for text in texts if text.encode() in left]
    report = office.verify(is_sidecar_given=True)
    assert (report.redacted, report.missing) == (200, 0)


def test_a_value_redacted_twice_counts_once(full_office: Office) -> None:
    with full_office.open() as log:
        for first, last in ((5, 6), (6, 7), (5, 5), (1, 14)):
            log.redact(draft(EntryType.REDACTION, {}), first=first, last=last, names=["path", "owner"])
    report = full_office.verify()
    assert (report.redacted, report.withheld) == (6, 7)


def test_nothing_is_erased_that_the_log_does_not_tell_of(full_office: Office) -> None:
    with full_office.open() as log:
        for first, last in ((-1, 3), (3, 2), (0, 15)):
            with pytest.raises(EntryRefusedError, match="there are no entries"):
                log.redact(draft(EntryType.REDACTION, {}), first=first, last=last, names=["path"])
        with pytest.raises(EntryRefusedError, match="no redaction"):
            log.redact(draft(EntryType.INCIDENT, {}), first=1, last=2, names=["path"])
        assert log.size == 15
    assert full_office.verify(is_sidecar_given=True).disclosed == 13


def test_a_redaction_that_cannot_be_recorded_erases_nothing(full_office: Office) -> None:
    with full_office.open() as log:
        staged = full_office.log / "checkpoint.tmp"
        staged.mkdir()
        with pytest.raises(AppendFailedError):
            log.redact(draft(EntryType.REDACTION, {}), first=5, last=7, names=["path"])
        staged.rmdir()
    assert full_office.verify(is_sidecar_given=True).disclosed == 13


def test_an_auditor_without_the_sidecar_is_told_plainly(full_office: Office, tmp_path: Path) -> None:
    with pytest.raises(SidecarError, match="no such file"):
        LogReader(full_office.log, sidecar_directory=tmp_path)


def test_the_sidecar_can_be_read_from_a_read_only_copy(full_office: Office) -> None:
    with LogReader(full_office.log, sidecar_directory=full_office.sidecar) as reader:
        assert next(stored.disclosures for stored in reader.entries(5))
