"""Where the content of a record lies in a content-migration package, and what is said when it is not there."""

import base64
import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from scanners.exports.packages import open_package
from scanners.exports.record import RecordKind
from tests.integration.scanners.reading_packages import (
    REVIEW,
    content_of,
    records_of,
    said,
    the_only,
)
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.exports_packages.package_writer import (
    Document,
    Package,
)


def test_a_ghosted_page_has_no_content_and_not_an_empty_one(tmp_path: Path) -> None:
    page = Document(
        path="Forms/AllItems.aspx",
        content=None,
        has_item=False,
        file={"IsGhosted": "true", "SetupPath": "pages\\viewpage.aspx"},
    )
    home = replace(page, path="Home.aspx")
    others = Document(path="a.txt")  # so that the package has content at all

    form, welcome, _ = records_of(Package(documents=[page, home, others]).write(tmp_path))

    assert (form.kind, welcome.kind) == (RecordKind.SYSTEM, RecordKind.PAGE)
    assert (form.content, form.size_bytes) == (None, None)
    assert "no content of its own" in said(form)


def test_content_that_the_export_could_not_read_is_said_and_is_not_empty(tmp_path: Path) -> None:
    lost = Document(path="lost.xlsx", content=None, file={"FailureMessage": "Cannot access.", "FileSize": "4096"})

    record = records_of(Package(documents=[lost, REVIEW]).write(tmp_path))[0]

    assert (record.content, record.size_bytes) == (None, 4096)
    assert "the export failed for it: Cannot access." in said(record)


def test_content_that_is_missing_or_of_another_size_is_said(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW, Document(path="b.txt", content=b"other")]).write(tmp_path)
    (package / "00000002.dat").unlink()
    (package / "00000003.dat").write_bytes(b"cut")

    review, other = records_of(package)

    assert review.content is None
    assert "its content '00000002.dat' is missing from the package" in said(review)
    assert "the manifest states 5 bytes, the package holds 3" in said(other)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "C:\\boot.ini",
        "a.dat:stream",
        "..",
        ".",
        "",
        "a\tb",
        "x" * 300,
    ],
)
def test_a_name_of_content_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_bytes(b"secret")
    document = Document(path="a.txt", file={"FileValue": name, "FileSize": None})

    record = the_only(Package(documents=[document]), tmp_path / "package")

    assert (record.content, record.size_bytes) == (None, None)
    assert "it was refused" in said(record)


def test_a_link_in_the_package_is_no_content(tmp_path: Path) -> None:
    package = Package(documents=[Document(path="a.txt")]).write(tmp_path / "package")
    (tmp_path / "secret.txt").write_bytes(b"secret!")
    (package / "00000000.dat").unlink()
    (package / "00000000.dat").symlink_to(tmp_path / "secret.txt")

    (record,) = records_of(package)

    assert record.content is None


def test_a_manifest_never_counts_as_content(tmp_path: Path) -> None:
    document = Document(path="a.txt", file={"FileValue": "Manifest.xml"})

    assert the_only(Package(documents=[document]), tmp_path).content is None


def test_content_is_found_when_only_the_case_of_its_name_differs(tmp_path: Path) -> None:
    document = Document(path="a.txt", file={"FileValue": "0000000A.DAT"})
    package = Package(documents=[document]).write(tmp_path)
    (package / "00000000.dat").rename(package / "0000000a.dat")

    (record,) = records_of(package)

    assert record.content is not None
    assert record.content.path == "0000000a.dat"


def test_content_that_no_record_asks_for_is_said(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW]).write(tmp_path)
    (package / "FFFF0000.dat").write_bytes(b"whose?")

    with open_package(str(package)) as reader:
        list(reader.records())

    assert reader.account.notes == ["1 files in the package belong to no record: 'FFFF0000.dat'"]


def test_small_files_in_archives_are_found(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as pack:
        pack.writestr("01.dat", b"packed content")
    document = Document(path="a.txt", content=b"packed content", file={"FileValue": "01.dat"})
    package = Package(documents=[document]).write(tmp_path)
    (package / "00000000.dat").unlink()
    (package / "pack0.zip").write_bytes(archive.getvalue())
    (package / "ArchivedFiles.xml").write_text(
        '<ArchivedFiles><ArchivedFile Name="pack0.zip" Checksum="xxxxxx="><File FileValue="01.dat" /></ArchivedFile>'
        '<ArchivedFile Name="pack1.zip"><File FileValue="02.dat" /></ArchivedFile></ArchivedFiles>'
    )

    with open_package(str(package)) as reader:
        (record,) = reader.records()
        content = content_of(reader, record)
        digests = list(reader.digests())

    assert (content, record.anomalies) == (b"packed content", ())
    assert record.content is not None
    assert (record.content.path, record.content.part) == ("pack0.zip", "01.dat")
    assert [digest.place for digest in digests] == [record.content]
    assert "the archive 'pack1.zip' with the content of 1 files is missing" in reader.account.notes


def test_an_archive_in_a_cabinet_is_looked_into_and_a_broken_one_is_said(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("01.dat", b"packed content")
    listing = (
        '<ArchivedFiles><ArchivedFile Name="pack0.zip"><File FileValue="01.dat" /></ArchivedFile>'
        '<ArchivedFile Name="pack1.zip"><File FileValue="02.dat" /></ArchivedFile>'
        '<ArchivedFile Name="../x.zip"><File FileValue="03.dat" /></ArchivedFile></ArchivedFiles>'
    )
    documents = [
        Document(path=f"{number}.txt", content=b"packed content", file={"FileValue": f"0{number}.dat"})
        for number in (1, 2, 3)
    ]
    files = {name: content for name, content in Package(documents=documents).files().items() if name[-4:] != ".dat"}
    packed = {**files, "ArchivedFiles.xml": listing.encode(), "pack0.zip": archive.getvalue(), "pack1.zip": b"PK"}
    (tmp_path / "export.cmp").write_bytes(a_cabinet(packed))

    with open_package(str(tmp_path / "export.cmp")) as reader:
        first, second, third = reader.records()
        content = content_of(reader, first)

    assert content == b"packed content"
    assert first.content is not None
    assert (first.content.path, first.content.part) == ("export.cmp", "pack0.zip!/01.dat")
    assert (second.content, third.content) == (None, None)
    assert any("'pack1.zip' cannot be read" in note for note in reader.account.notes)
    assert any("'../x.zip'" in note and "missing" in note for note in reader.account.notes)


def test_hashes_are_stated_and_can_be_compared(tmp_path: Path) -> None:
    md5 = hashlib.md5(b"content", usedforsecurity=False)
    document = Document(path="a.txt", file={"MD5Hash": base64.b64encode(md5.digest()).decode()})

    with open_package(str(Package(documents=[document]).write(tmp_path))) as reader:
        (record,) = reader.records()
        (digest,) = reader.digests()

    assert record.hashes[0].value == digest.md5 == md5.hexdigest()
    assert digest.sha256 == hashlib.sha256(b"content").hexdigest()


def test_encrypted_content_is_not_taken_for_the_document(tmp_path: Path) -> None:
    document = Document(path="a.txt", file={"InitializationVector": "AAAA"})

    record = the_only(Package(documents=[document]), tmp_path)

    assert record.content is None
    assert "encrypted" in said(record)


def test_every_version_keeps_its_content(tmp_path: Path) -> None:
    with open_package(str(Package(documents=[REVIEW]).write(tmp_path))) as reader:
        (record,) = reader.records()
        assert record.versions is not None
        contents = [b"".join(reader.content(version.content)) for version in record.versions if version.content]

    assert [version.label for version in record.versions] == ["1.0", "2.0"]
    assert contents == [b"draft one", b"draft two!!"]
