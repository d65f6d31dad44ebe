"""Discs, Outlook data files and nested archives go through the real child like any other file, also large ones."""

import io
import zipfile
from pathlib import Path

from scanners import Examiner, FileObservation, FoundFile
from scanners.limits import ExaminationLimits
from tests.unit.scanners.building_disc import FILE_AT, a_disc, a_record
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.legacy.building_pst import PstWriter, a_mailbox


def a_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("plan.pdf", b"%PDF-")
    return target.getvalue()


def examined(folder: Path, name: str, content: bytes, *, limits: ExaminationLimits | None = None) -> FileObservation:
    (folder / name).write_bytes(content)
    seen = (folder / name).stat()
    found = FoundFile(
        path=name,
        size_bytes=seen.st_size,
        modified_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        device=seen.st_dev,
        link_count=1,
    )
    with Examiner(limits=limits) as examiner:
        (row,) = examiner.examine(str(folder), [found])
    assert isinstance(row, FileObservation)
    return row


def test_a_disc_with_an_archive_on_it(tmp_path: Path) -> None:
    image = a_disc([a_record(b"A.ZIP;1", at=FILE_AT, size=len(a_zip()))], contents={FILE_AT: a_zip()})

    row = examined(tmp_path, "backup.iso", image)

    assert [member.path for member in row.members] == ["A.ZIP", "A.ZIP!/plan.pdf"]
    assert row.text_read
    assert row.problems == ()


def test_an_outlook_data_file_in_memory_and_too_large_for_it(tmp_path: Path) -> None:
    image = a_mailbox(PstWriter()).image()

    small = examined(tmp_path, "archive.pst", image)
    large = examined(tmp_path, "archive.pst", image, limits=ExaminationLimits(max_text_source_bytes=1000))

    assert small.member_count == large.member_count == 5
    assert small.properties["message_count"] == "3"
    assert (small.text, small.problems) == (large.text, ())


def test_a_cabinet_with_an_archive_in_it(tmp_path: Path) -> None:
    row = examined(tmp_path, "update.cab", a_cabinet({"a.zip": a_zip()}))

    assert [member.path for member in row.members] == ["a.zip", "a.zip!/plan.pdf"]
