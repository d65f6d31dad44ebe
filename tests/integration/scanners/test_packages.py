"""What a content-migration package says of a document, a folder or an item, as a records manager would get it."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanners.exports.packages import open_package
from scanners.exports.reading import ExportReader
from scanners.exports.record import LabelType, RecordKind
from tests.integration.scanners.reading_packages import REVIEW, content_of, records_of, said, the_only
from tests.unit.scanners.exports_packages.package_writer import (
    HOST,
    LIBRARY,
    SITE,
    Document,
    Package,
    an_object,
    attributes,
)

ROOT = f"{HOST}{SITE}/{LIBRARY}"


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


@pytest.mark.parametrize("setting", ["LastMajor", "CurrentVersion", "LastMajorAndMinor", None])
def test_no_versions_listed_proves_no_history_missing_only_when_all_were_asked_for(
    tmp_path: Path, setting: str | None
) -> None:
    whole = Package(documents=[Document(path="a.txt")])
    part = replace(whole, settings={"IncludeVersions": setting} if setting else {})

    assert the_only(whole, tmp_path / "whole").versions == ()
    assert the_only(part, tmp_path / "part").versions is None


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
