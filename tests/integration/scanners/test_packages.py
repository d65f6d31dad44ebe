"""Reading content-migration packages from disk, as a records manager would get them from a contractor."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.exports.errors import ExportChangedError
from scanners.exports.packages import PackageReader, open_package
from scanners.exports.packages.errors import PackageEncryptedError, PackageUnreadableError
from scanners.exports.reading import ExportReader
from scanners.exports.record import ExportedRecord, LabelType, RecordKind
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.exports_packages.package_writer import (
    HOST,
    LIBRARY,
    SITE,
    Document,
    Package,
    Version,
    an_object,
    attributes,
    manifest,
)

ROOT = f"{HOST}{SITE}/{LIBRARY}"
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "sharepoint"
REVIEW = Document(
    path="2009/Tenancy review.docx",
    content=b"final v3 text",
    versions=(Version(label="1.0", content=b"draft one"), Version(label="2.0", content=b"draft two!!")),
    fields={"Title": "Tenancy review", "_ComplianceTag": "Housing 6 years", "_ComplianceFlags": "5"},
    properties={"vti_author": "COUNCIL\\akhan"},
    label="3.0",
)


def records_of(folder: Path) -> list[ExportedRecord]:
    with open_package(str(folder)) as reader:
        return list(reader.records())


def the_only(package: Package, folder: Path) -> ExportedRecord:
    (record,) = records_of(package.write(folder))
    return record


def content_of(reader: PackageReader, record: ExportedRecord) -> bytes | None:
    return b"".join(reader.content(record.content)) if record.content else None


def said(record: ExportedRecord) -> str:
    return "\n".join(record.anomalies)


def test_a_document_and_its_list_item_are_one_record(tmp_path: Path) -> None:
    package = Package(documents=[REVIEW])

    with open_package(str(package.write(tmp_path))) as reader:
        conforming: ExportReader = reader
        (record,) = conforming.records()
        content = content_of(reader, record)

    assert (record.original_location, record.kind) == (f"{ROOT}/2009/Tenancy review.docx", RecordKind.FILE)
    assert (record.library, record.relative_path, record.site) == ("Documents", "2009/Tenancy review.docx", HOST + SITE)
    assert (record.created_by, record.modified_by) == ("Aisha Khan", "Tom Leaver")
    assert record.extra_fields["created_by.sid"] == "S-1-5-21-111-222-333-1107"
    assert record.extra_fields["modified_by.account"] == "deleted"
    assert record.extra_fields["Title"] == "Tenancy review"
    assert (record.size_bytes, content, record.anomalies) == (13, b"final v3 text", ())
    assert (record.version_label, record.is_draft, record.content_type_id) == ("3.0", False, "0x0101")
    assert record.label is not None
    assert record.label.type is LabelType.RECORD
    assert record.checked_out_to is None
    assert reader.account.rows == reader.account.records == 1
    assert "checked_out_to" in reader.account.unknown_targets


def test_every_version_keeps_its_content(tmp_path: Path) -> None:
    with open_package(str(Package(documents=[REVIEW]).write(tmp_path))) as reader:
        (record,) = reader.records()
        assert record.versions is not None
        contents = [b"".join(reader.content(version.content)) for version in record.versions if version.content]

    assert [version.label for version in record.versions] == ["1.0", "2.0"]
    assert contents == [b"draft one", b"draft two!!"]


@pytest.mark.parametrize("setting", ["LastMajor", "CurrentVersion", "LastMajorAndMinor", None])
def test_no_versions_listed_proves_no_history_missing_only_when_all_were_asked_for(
    tmp_path: Path, setting: str | None
) -> None:
    whole = Package(documents=[Document(path="a.txt")])
    part = replace(whole, settings={"IncludeVersions": setting} if setting else {})

    assert the_only(whole, tmp_path / "whole").versions == ()
    assert the_only(part, tmp_path / "part").versions is None


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


def test_content_types_are_named_where_the_package_names_them(tmp_path: Path) -> None:
    site_type = '<ContentType ID="0x0101AA" Name="Housing record" />'
    listed = (
        '<DocumentLibrary Id="l-2" Title="Minutes" RootFolderUrl="/sites/housing/Minutes">'
        '<ContentTypes><ContentType ID="0x0101BB" Name="Minutes" /></ContentTypes></DocumentLibrary>'
    )
    more = an_object("SPContentType", "c", site_type) + an_object("SPDocumentLibrary", "l-2", listed)
    documents = [
        Document(path=f"{number}.txt", item={"ContentTypeId": identity})
        for number, identity in enumerate(("0x0101aa", "0x0101BB", "0x0101CC"))
    ]

    records = records_of(Package(documents=documents, more=more).write(tmp_path))

    assert [record.content_type_name for record in records] == ["Housing record", "Minutes", None]


def test_a_field_too_large_to_keep_is_counted(tmp_path: Path) -> None:
    document = Document(path="a.txt", fields={"Notes": "x" * 40_000, "Title": "Damp"})

    with open_package(str(Package(documents=[document]).write(tmp_path))) as reader:
        (record,) = reader.records()

    assert "Notes" not in record.extra_fields
    assert record.extra_fields["Title"] == "Damp"
    assert reader.account.dropped == {"Notes": 1}


def test_a_draft_is_known_by_its_version_its_level_or_its_approval(tmp_path: Path) -> None:
    documents = [
        Document(path="minor.txt", label="0.2"),
        Document(path="level.txt", file={"Level": "2"}),
        Document(path="pending.txt", item={"ModerationStatus": "Pending"}),
        Document(path="odd.txt", label="1"),
        Document(path="done.txt", label="4.0"),
    ]

    records = records_of(Package(documents=documents).write(tmp_path))

    assert [record.is_draft for record in records] == [True, True, True, None, False]


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


def test_system_content_is_told_from_records(tmp_path: Path) -> None:
    def at(url: str) -> str:
        return an_object("SPFile", url, f"<File {attributes({'Id': url, 'Url': url})} />", Url=f"{SITE}/{url}")

    places = ["_catalogs/masterpage/v4.master", "Style Library/x.css", "SiteAssets/logo.png", "Lists/C/AllItems.aspx"]
    records = records_of(Package(more="".join(map(at, [*places, "Forms of tenancy/a.doc"]))).write(tmp_path))

    assert [record.kind for record in records] == [*[RecordKind.SYSTEM] * 4, RecordKind.FILE]


def test_a_deleted_document_is_marked_and_has_no_content(tmp_path: Path) -> None:
    gone = an_object(
        "SPFile", "0b3c1b13-b260-453c-ac8d-8053a537d610", "", IsDeleted="true", Url=f"{SITE}/{LIBRARY}/x.doc"
    )

    record = records_of(Package(documents=[REVIEW], more=gone).write(tmp_path))[-1]

    assert record.is_deleted
    assert record.content is None
    assert record.original_location == f"{ROOT}/x.doc"


def test_folders_carry_what_is_said_of_them(tmp_path: Path) -> None:
    folder = Document(path="2009", fields={"_ComplianceTag": "Housing 6 years"})
    notebook = Document(path="Team notes", item={"ProgId": "OneNote.Notebook"})

    first, second = records_of(Package(folders=[folder, notebook]).write(tmp_path))

    assert (first.kind, second.kind) == (RecordKind.FOLDER, RecordKind.NOTEBOOK)
    assert first.label is not None
    assert first.label.name == "Housing 6 years"
    assert first.content is None


def test_an_attachment_is_a_record_below_its_item(tmp_path: Path) -> None:
    stated = attributes(
        {
            "FileUrl": "Lists/Complaints/1_.000",
            "Name": "1_.000",
            "DirName": "sites/housing/Lists/Complaints",
            "Id": "i-1",
            "IntId": "1",
        }
    )
    letter = attributes(
        {
            "Name": "letter.pdf",
            "Url": "Lists/Complaints/Attachments/1/letter.pdf",
            "FileValue": "letter.dat",
            "Author": "12",
        }
    )
    item = an_object(
        "SPListItem", "i-1",
        f"<ListItem {stated}><Fields /><Attachments><Attachment {letter} /></Attachments></ListItem>",
        Url=f"{SITE}/Lists/Complaints/1_.000",
    )  # fmt: skip
    package = Package(more=item).write(tmp_path)
    (package / "letter.dat").write_bytes(b"%PDF")

    complaint, attachment = records_of(package)

    assert (complaint.kind, attachment.kind) == (RecordKind.LIST_ITEM, RecordKind.ATTACHMENT)
    assert attachment.parent_location == complaint.original_location
    assert (attachment.size_bytes, attachment.created_by) == (4, "Aisha Khan")


def test_a_list_item_whose_file_is_not_there_is_kept_and_says_so(tmp_path: Path) -> None:
    record = the_only(Package(documents=[Document(path="a.txt", has_file=False)]), tmp_path)

    assert record.kind is RecordKind.FILE
    assert "list item only" in said(record)


def test_two_list_items_for_one_document_leave_its_labels_unknown(tmp_path: Path) -> None:
    kind = Document(path="a.txt", fields={"_ComplianceTag": "", "_vti_ItemHoldRecordStatus": "0"})
    strict = replace(kind, has_file=False, fields={"_ComplianceTag": "Keep", "_vti_ItemHoldRecordStatus": "4353"})

    with open_package(str(Package(documents=[kind, strict]).write(tmp_path))) as reader:
        (record,) = reader.records()

    assert record.label is None
    assert record.state.is_on_hold is None
    assert "two list items" in said(record)
    assert reader.account.refused_rows.total() == 1
    assert reader.account.rows == reader.account.records + 1


def test_two_files_with_one_identity_are_both_kept_and_doubted(tmp_path: Path) -> None:
    twin = replace(REVIEW, has_item=False)

    records = records_of(Package(documents=[REVIEW, twin]).write(tmp_path))

    assert len(records) == 2
    assert all("more than one file or folder has its identity" in said(record) for record in records)


def test_the_label_of_a_library_protects_what_lies_in_it(tmp_path: Path) -> None:
    library = {"ListDefaultComplianceTag": "Council record", "ListDefaultComplianceFlags": "5"}

    record = the_only(Package(documents=[Document(path="a.txt")], library=library), tmp_path)

    assert record.label is not None
    assert (record.label.name, record.label.type, record.label.is_explicit) == (
        "Council record",
        LabelType.RECORD,
        False,
    )
    assert "by default" in said(record)


def test_a_link_for_anybody_is_said_as_a_risk(tmp_path: Path) -> None:
    roles = '<Roles><Role RoleId="1" Title="Read" /></Roles>'
    assignment = (
        f'<RoleAssignments><RoleAssignment ScopeId="s" RoleDefWebId="w" RoleDefWebUrl="u" ObjectId="o" ObjectType="1" '
        f'ObjectUrl="{SITE.strip("/")}/{LIBRARY}"><Assignment RoleId="1" PrincipalId="26" /></RoleAssignment>'
        "</RoleAssignments>"
    )
    guest = {"Id": "26", "Name": "Guest Contributor", "Login": "i:0#.f|membership|urn%3aspo%3aanon#9cf6"}
    more = an_object("DeploymentRoles", "r", roles) + an_object("DeploymentRoleAssignments", "ra", assignment)

    record = the_only(Package(documents=[REVIEW], more=more, users=[guest]), tmp_path)

    assert record.permissions == "Read: Guest Contributor"
    assert "anonymous link" in said(record)


def test_hashes_are_stated_and_can_be_compared(tmp_path: Path) -> None:
    md5 = hashlib.md5(b"content", usedforsecurity=False)
    document = Document(path="a.txt", file={"MD5Hash": base64.b64encode(md5.digest()).decode()})

    with open_package(str(Package(documents=[document]).write(tmp_path))) as reader:
        (record,) = reader.records()
        (digest,) = reader.digests()

    assert record.hashes[0].value == digest.md5 == md5.hexdigest()
    assert digest.sha256 == hashlib.sha256(b"content").hexdigest()


def test_manifests_without_content_are_read_as_such(tmp_path: Path) -> None:
    document = Document(path="a.txt", content=None, file={"FileSize": "17662712"})

    with open_package(str(Package(documents=[document]).write(tmp_path))) as reader:
        (record,) = reader.records()

    assert (record.size_bytes, record.content, record.anomalies) == (17662712, None, ())
    assert "without content" in reader.description.form


def test_encrypted_content_is_not_taken_for_the_document(tmp_path: Path) -> None:
    document = Document(path="a.txt", file={"InitializationVector": "AAAA"})

    record = the_only(Package(documents=[document]), tmp_path)

    assert record.content is None
    assert "encrypted" in said(record)


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


names = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: name not in (".", "..")
)
versions = st.builds(
    Version,
    label=st.tuples(st.integers(0, 20), st.integers(0, 5)).map("{0[0]}.{0[1]}".format),
    content=st.binary(max_size=40),
)
documents = st.builds(
    Document,
    path=names,
    content=st.binary(max_size=200),
    versions=st.lists(versions, max_size=3, unique_by=lambda version: version.label).map(tuple),
    fields=st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=4),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(documents, max_size=5, unique_by=lambda document: document.path),
    st.sampled_from(["paired", "items last"]),
    st.integers(1, 3),
    st.sampled_from([None, 0, 1]),
)
def test_what_a_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[Document], order: str, parts: int, method: int | None
) -> None:
    folder = tmp_path_factory.mktemp("package")
    package = Package(
        documents=written, items_last=order == "items last", manifest_names=[f"M{n}.xml" for n in range(parts)]
    )
    where = package.write(folder) if method is None else folder / "export.cmp"
    if method is not None:
        where.write_bytes(a_cabinet(package.files(), method=method))

    with open_package(str(where)) as reader:
        found = {record.name: record for record in reader.records()}
        assert len(found) == len(written) == reader.account.records
        for document in written:
            _assert_same(reader, document, found[document.path])


def _assert_same(reader: PackageReader, document: Document, record: ExportedRecord) -> None:
    assert record.relative_path == document.path
    assert content_of(reader, record) == document.content
    assert record.size_bytes == len(document.content or b"")
    assert record.versions is not None
    assert [version.label for version in record.versions] == [version.label for version in document.versions]
    for version, original in zip(record.versions, document.versions, strict=True):
        assert version.content is not None
        assert b"".join(reader.content(version.content)) == original.content
    assert dict(document.fields).items() <= record.extra_fields.items()


def without_places(records: Iterable[ExportedRecord]) -> list[ExportedRecord]:
    """Return records without what differs between a folder and a cabinet of the same files."""
    return [
        replace(
            record,
            evidence=replace(record.evidence, file=record.evidence.file.rpartition("!/")[2]),
            content=None,
            versions=tuple(replace(version, content=None) for version in record.versions or ()),
        )
        for record in records
    ]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not on this machine")
def test_the_sample_package_reads_alike_from_its_cabinet_and_from_its_folder() -> None:
    with open_package(str(SAMPLES / "synthetic" / "housing.cmp")) as reader:
        packed = list(reader.records())
        packed_digests = {digest.sha256 for digest in reader.digests()}
    with open_package(str(SAMPLES / "synthetic" / "housing_nocompression")) as reader:
        plain = list(reader.records())
        plain_digests = {digest.sha256 for digest in reader.digests()}

    assert without_places(packed) == without_places(plain)
    assert packed_digests == plain_digests
    assert [record.kind for record in plain].count(RecordKind.FILE) == 3


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not on this machine")
def test_published_pieces_of_real_manifests_are_read(tmp_path: Path) -> None:
    prime = SAMPLES / "prime"
    for source, name in (
        ("SystemData.xml", "SystemData.xml"),
        ("amr_UserGroup.xml", "UserGroup.xml"),
        ("ArchivedFiles.xml", "ArchivedFiles.xml"),
        ("File_checksum_md5.xml.fragment", "Manifest.xml"),
        ("Manifest_roles_ellipsis.xml.fragment", "Roles.xml"),
    ):
        (tmp_path / name).write_bytes((prime / source).read_bytes())
    lists = (tmp_path / "SystemData.xml").read_text()
    named = '<ManifestFile Name="Manifest.xml" />'
    (tmp_path / "SystemData.xml").write_text(lists.replace(named, named + '<ManifestFile Name="Roles.xml" />'))

    with open_package(str(tmp_path)) as reader:
        records = list(reader.records())

    document = records[-1]
    assert (document.name, document.size_bytes, document.hashes[0].algorithm) == ("MyFile.txt", 17662712, "quickxor")
    assert document.created_by is not None
    assert document.created_by.startswith("0+.w|s-1-5-82")
    assert document.extra_fields["created_by.sid"] == "S-1-5-82-1817844472-4009360788-1366746990-4201194761-44825052"
    assert "its content 'MyFile.txt' is missing from the package" in document.anomalies


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample schemas are not on this machine")
def test_what_our_writer_writes_keeps_to_the_published_schema() -> None:
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    schema = etree.XMLSchema(etree.parse(str(SAMPLES / "schemas" / "full_DeploymentManifest.xsd")))
    package = Package(documents=[REVIEW], folders=[Document(path="2009")])

    tree = etree.fromstring(package.files()["Manifest.xml"])

    assert schema.validate(tree), schema.error_log
    assert schema.validate(etree.fromstring(manifest()))
