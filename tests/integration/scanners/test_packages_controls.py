"""The control files of a content-migration package: which are read, which are missing, and what they leave out."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanners.exports.errors import ExportChangedError
from scanners.exports.packages import open_package
from scanners.exports.packages.errors import PackageEncryptedError, PackageUnreadableError
from tests.integration.scanners.reading_packages import REVIEW, records_of
from tests.unit.scanners.exports_packages.package_writer import (
    HOST,
    LIBRARY,
    SITE,
    Document,
    Package,
)


def test_what_an_export_leaves_out_by_design_is_said(tmp_path: Path) -> None:
    stated = {
        "IncludeVersions": "LastMajor",
        "IncludeSecurity": "None",
        "ExportMethod": "ExportChanges",
        "SourceType": "FileShare",
    }

    with open_package(str(Package(documents=[REVIEW], settings=stated).write(tmp_path))) as reader:
        limits = " / ".join(reader.description.limits)

    assert reader.description.site == HOST + SITE
    assert reader.description.tool_version == "15.0.4569.1506"
    for words in ("drafts and earlier versions", "permissions were not asked for", "may still exist", "file share"):
        assert words in limits


def test_all_manifests_of_the_list_are_read_and_others_are_not(tmp_path: Path) -> None:
    package = Package(
        documents=[Document(path="a.txt"), Document(path="b.txt")],
        manifest_names=("Manifest_Lists.xml", "Manifest_Items.xml", "third.XML"),
        items_last=True,
    ).write(tmp_path)
    (package / "Manifest.xml").write_bytes(Package(documents=[Document(path="old.txt")]).files()["Manifest.xml"])

    with open_package(str(package)) as reader:
        names = {record.name for record in reader.records()}

    assert names == {"a.txt", "b.txt"}
    assert "'Manifest.xml' is not named in SystemData.xml: it was not read" in reader.description.limits


def test_a_manifest_that_is_missing_is_said(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW], manifest_names=("Manifest.xml", "Manifest2.xml")).write(tmp_path)
    (package / "Manifest2.xml").unlink()

    with open_package(str(package)) as reader:
        assert "the manifest 'Manifest2.xml' is missing: what it lists is unknown" in reader.description.limits


def test_without_a_list_of_manifests_those_that_are_there_are_read_and_it_is_said(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW], users=()).write(tmp_path)
    (package / "SystemData.xml").unlink()
    (package / "ExportSettings.xml").unlink()

    with open_package(str(package)) as reader:
        (record,) = reader.records()
        limits = " / ".join(reader.description.limits)

    assert record.original_location == f"/{SITE.strip('/')}/{LIBRARY}/2009/Tenancy review.docx"
    assert record.created_by == "user:12"
    for words in ("whether a manifest is missing", "no ExportSettings.xml", "known by number only"):
        assert words in limits


def test_a_manifest_of_another_kind_is_not_read_as_one(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW]).write(tmp_path)
    (package / "Manifest.xml").write_text("<Root xmlns='http://www.edrm.net' />")

    with pytest.raises(PackageUnreadableError, match="of another kind: it begins with 'Root'"):
        open_package(str(package))


def test_manifests_without_content_are_read_as_such(tmp_path: Path) -> None:
    document = Document(path="a.txt", content=None, file={"FileSize": "17662712"})

    with open_package(str(Package(documents=[document]).write(tmp_path))) as reader:
        (record,) = reader.records()

    assert (record.size_bytes, record.content, record.anomalies) == (17662712, None, ())
    assert "without content" in reader.description.form


def test_a_manifest_in_another_encoding_is_read_alike(tmp_path: Path) -> None:
    package = Package(documents=[replace(REVIEW, path="Straße/Ł.docx")]).write(tmp_path)
    plain = records_of(package)
    text = (package / "Manifest.xml").read_text()

    (package / "Manifest.xml").write_bytes(text.replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16"))
    wide = records_of(package)

    assert [replace(record, evidence=plain[0].evidence) for record in wide] == plain


def test_names_of_files_do_not_matter_and_their_root_elements_do(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW]).write(tmp_path)
    (package / "UserGroup.xml").rename(package / "UserGroupMap.xml")
    (package / "SystemData.xml").rename(package / "list.xml")

    (record,) = records_of(package)

    assert record.created_by == "Aisha Khan"


def test_a_package_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW, Document(path="b.txt")]).write(tmp_path)

    with open_package(str(package)) as reader:
        taking = reader.records()
        next(taking)
        with (package / "Manifest.xml").open("ab") as stream:
            stream.write(b" ")
        with pytest.raises(ExportChangedError):
            list(taking)


def test_an_encrypted_package_is_said_to_be_one(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW]).write(tmp_path)
    (package / "Manifest.xml").write_bytes(bytes(range(256)) * 20)

    with pytest.raises(PackageEncryptedError, match="probably encrypted"):
        open_package(str(package))


def test_a_folder_without_a_package_says_what_to_choose(tmp_path: Path) -> None:
    (tmp_path / "Manifest.xml").write_text("<Root xmlns='http://www.edrm.net'/>")

    with pytest.raises(PackageUnreadableError, match=r"Choose the folder that holds SystemData\.xml"):
        open_package(str(tmp_path))
