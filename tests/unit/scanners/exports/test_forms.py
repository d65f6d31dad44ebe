"""Known tools, each with its own habits: what each form states, and what it must never be taken to state."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanners.exports.errors import UnknownFormError
from scanners.exports.inventories.particulars import MISSING_FILE, NOT_MIGRATED, PRESERVED
from scanners.exports.opening import open_export
from scanners.exports.record import ExportKind, RecordKind

Taker = Callable[..., Any]

DROID = (
    "ID,PARENT_ID,URI,FILE_PATH,NAME,METHOD,STATUS,SIZE,TYPE,EXT,LAST_MODIFIED,EXTENSION_MISMATCH,{hash},FORMAT_COUNT,"
    "PUID,MIME_TYPE,FORMAT_NAME,FORMAT_VERSION\n"
)
AT = "2023-06-10T13:15:04Z"
SHA1 = "d097cf36467373f52b974542d48bec134279fa3f"
SPMT = (
    "Source,Destination,File name,Extension,File size,Content type,Status,Result category,Message,Source item ID,"
    "Destination item ID,Package number,Migration job ID,Incremental round,Task ID,Device name\n"
)


def a_droid_row(uri: str, path: str, name: str, *, kind: str = "File", puid: str = "fmt/40", digest: str = SHA1) -> str:
    seen = f"Signature,Done,12,{kind},doc,2014-02-18T16:58:16,false"
    return f"2,1,{uri},{path},{name},{seen},{digest},1,{puid},a/b,Word,97\n"


@pytest.mark.parametrize(
    ("header", "digest", "algorithm"),
    [("SHA1_HASH", SHA1, "sha1"), ("HASH", "a" * 32, "md5"), ("SHA256_HASH", "a" * 64, "sha256")],
)
def test_droid_keeps_hash_and_format(take_text: Taker, header: str, digest: str, algorithm: str) -> None:
    row = a_droid_row("file:////srv/share/a.doc", "\\\\srv\\share\\a.doc", "a.doc", digest=digest)

    record = take_text(DROID.format(hash=header) + row, zone="Europe/London").only

    assert record.original_location == "\\\\srv\\share\\a.doc"
    assert [stated.algorithm for stated in record.hashes] == [algorithm]
    assert record.extra_fields["PUID"] == "fmt/40"
    assert record.modified is not None
    assert record.modified.at == datetime(2014, 2, 18, 16, 58, 16, tzinfo=UTC)


def test_droid_writes_a_line_for_each_format_and_it_is_still_one_file(take_text: Taker) -> None:
    rows = [
        a_droid_row("file:////srv/share/a.doc", "\\\\srv\\share\\a.doc", "a.doc", puid=puid)
        for puid in ("fmt/40", "fmt/61")
    ]
    other = a_droid_row("file:////srv/share/b.doc", "\\\\srv\\share\\b.doc", "b.doc")

    found = take_text(DROID.format(hash="HASH") + "".join(rows) + other + rows[0])

    assert [record.name for record in found.records] == ["a.doc", "b.doc"]
    assert found.records[0].extra_fields["PUID"] == "fmt/40; fmt/61"
    assert found.account.rows == 4


def test_droid_looks_into_archives_and_members_are_not_files_of_the_share(take_text: Taker) -> None:
    row = a_droid_row("zip:file:////srv/share/a%20b.zip!/inner/c.txt", "", "c.txt")

    record = take_text(DROID.format(hash="HASH") + row).only

    assert record.kind is RecordKind.CONTAINER_MEMBER
    assert record.parent_location == "\\\\srv\\share\\a b.zip"
    assert record.original_location == "\\\\srv\\share\\a b.zip!/inner/c.txt"


def test_a_name_that_was_decoded_wrongly_is_not_taken_for_a_deleted_file(take_text: Taker) -> None:
    row = a_droid_row("file:////srv/share/Â£", "\\\\srv\\share\\Â£", "Â£")

    assert "decoded wrongly" in take_text(DROID.format(hash="HASH") + row).only.anomalies[0]


def test_rclone_look_alikes_are_turned_back_before_anybody_compares_names(take_json: Taker) -> None:
    at = "2019-03-31T10:00:00.123456789+01:00"
    hashes = {"quickxor": "7fc9c7c923012560feeaefb69c2ada1e911319a1", "sha1": SHA1}
    wide, quoted = "Q1\uff1a2019\uff1f.docx", "meant\u201b\uff1a.docx"
    listing = [
        {"Path": f"Reports/{wide}", "Name": wide, "Size": -1, "ModTime": at, "IsDir": False, "Hashes": hashes},
        {"Path": f"Reports/{quoted}", "Name": quoted, "Size": 5, "ModTime": at, "IsDir": False},
        {"Path": "Reports", "Name": "Reports", "Size": -1, "ModTime": at, "IsDir": True},
    ]

    found = take_json(listing)
    first, meant, folder = found.records

    assert first.relative_path == "Reports/Q1:2019?.docx"
    assert first.size_bytes is None
    assert {stated.algorithm for stated in first.hashes} == {"quickxor", "sha1"}
    assert first.modified is not None
    assert first.modified.at == datetime(2019, 3, 31, 9, 0, 0, 123456, tzinfo=UTC)
    assert meant.name == "meant\uff1a.docx"
    assert folder.kind is RecordKind.FOLDER


def an_spmt_row(name: str, status: str, *, round_number: int = 1, destination: str = "https://c/sites/hr/Docs") -> str:
    return f'\\\\srv\\share\\{name},{destination},{name},txt,"1,234",File,{status},,,,,1,job,{round_number},task,PC\n'


def test_only_what_was_really_migrated_may_be_called_a_mere_copy(take_text: Taker) -> None:
    rows = an_spmt_row("a.txt", "Migrated") + an_spmt_row("b.txt", "Failed") + an_spmt_row("c.txt", "Skipped")

    found = take_text(SPMT + rows)

    assert found.reader.description.kind is ExportKind.MIGRATION_REPORT
    assert [NOT_MIGRATED in record.anomalies for record in found.records] == [False, True, True]
    assert found.records[0].size_bytes == 1_234
    assert found.records[0].original_location == "\\\\srv\\share\\a.txt"


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_last_round_of_a_migration_has_the_last_word(take_text: Taker, order: tuple[int, int]) -> None:
    status = {1: "Migrated", 2: "Failed"}
    rows = "".join(an_spmt_row("a.txt", status[number], round_number=number) for number in order)

    found = take_text(SPMT + rows)

    assert found.only.extra_fields["Status"] == "Failed"
    assert found.account.refused_rows.total() == 1


def test_rounds_in_several_reports_of_one_folder_are_one_migration(tmp_path: Path, take_path: Taker) -> None:
    (tmp_path / "ItemReport_R1.csv").write_text(
        SPMT + an_spmt_row("a.txt", "Failed") + an_spmt_row("b.txt", "Migrated")
    )
    (tmp_path / "ItemReport_R2.csv").write_text(SPMT + an_spmt_row("a.txt", "Migrated", round_number=2))

    found = take_path(tmp_path)

    assert sorted((record.name, record.evidence.file) for record in found.records) == [
        ("a.txt", "ItemReport_R2.csv"),
        ("b.txt", "ItemReport_R1.csv"),
    ]
    assert len(found.reader.description.control_files) == 2


def test_empty_cells_of_a_version_report_repeat_the_one_above(take_text: Taker) -> None:
    text = (
        "WebUrl.Compact,DocId.Compact,FileUrl.Compact,MajorVersion,MinorVersion,Size,LastModifiedDate,SnapshotDate\n"
        "https://c/sites/hr,5eb97525-2167-4d26-94b8-092a97d65716,https://c/sites/hr/Docs/a.docx,1,0,10,2019-01-01T10:00:00Z,x\n"
        ",,,2,0,20,2019-02-01T10:00:00Z,x\n"
    )

    first, second = take_text(text).records

    assert second.original_location == first.original_location == "https://c/sites/hr/Docs/a.docx"
    assert (first.version_label, second.version_label) == ("1.0", "2.0")
    assert second.source_ids["unique_id"] == "5eb97525-2167-4d26-94b8-092a97d65716"


def test_versions_of_a_document_that_is_not_named_are_not_made_up_into_one(take_json: Taker) -> None:
    found = take_json(
        {"value": [{"id": "3.0", "size": 1, "lastModifiedDateTime": "2017-09-14T12:34:53Z", "lastModifiedBy": {}}]}
    )

    assert found.only.version_label == "3.0"
    assert found.only.anomalies == (MISSING_FILE,)


def test_the_path_of_an_old_version_is_that_of_its_document(take_text: Taker) -> None:
    text = (
        "Created,ID,IsCurrentVersion,Size,Url,VersionLabel\n"
        "2022-10-30T12:03:06Z,512,0,18898,_vti_history/512/Shared Documents/a.docx,1.0\n"
    )

    record = take_text(text).only

    assert record.original_location == "Shared Documents/a.docx"
    assert record.version_label == "1.0"


def test_what_lies_in_the_recycle_bin_is_deleted(take_text: Taker) -> None:
    text = (
        "AuthorName,DeletedDate,DirName,Id,ItemType,LeafName,Size\n"
        "Rita,2023-04-20T20:02:08Z,sites/hr/Docs,7709661a-2923-44d1-8200-5e0e4a625ce7,{kind},a.docx,196\n"
    )

    assert take_text(text.format(kind=1)).only.is_deleted
    assert take_text(text.format(kind=1)).only.original_location == "/sites/hr/Docs/a.docx"
    assert take_text(text.format(kind=5)).only.kind is RecordKind.FOLDER
    assert take_text(text.format(kind=3)).only.kind is RecordKind.LIST_ITEM


def test_everything_that_was_exported_for_a_case_is_held(take_text: Taker) -> None:
    text = (
        "Item Identity,Document ID,Target Path,Document Path,Location Name,Sender or Created by,Subject or Title,"
        "Received or Created,Modified Date,Compliance Tag,To \u2013 Expanded\n"
        "1,2,SharePoint\\Docs\\a (2).docx,https://c/sites/hr/Docs/deep/a.docx,https://c/sites/hr,rita,Report,"
        "2019-01-02T10:00:00Z,2019-01-03T10:00:00Z,,x\n"
        "2,3,SharePoint\\b.xlsx,https://c/sites/hr/PreservationHoldLibrary/"
        "b_DEAF727D-0478-4A7F-87C7-5F030F5A2CAB2000-07-05T10-37-55.xlsx,https://c/sites/hr,rita,,,,,x\n"
    )

    found = take_text(text)
    first, kept = found.records

    assert found.reader.description.kind is ExportKind.EDISCOVERY
    assert first.state.is_on_hold is kept.state.is_on_hold is True
    assert first.original_location == "https://c/sites/hr/Docs/deep/a.docx"
    assert first.name == "a.docx"
    assert first.content is not None
    assert first.content.path == "SharePoint/Docs/a (2).docx"
    assert PRESERVED in kept.anomalies


def test_a_premium_load_file_states_sharepoints_dates_not_those_inside_the_file(take_text: Taker) -> None:
    text = (
        "File_ID,Immutable_ID,Export_native_path,Compound_path,Location_name,Native_file_name,O365_created_by,"
        "O365_date_created,O365_date_modified,Doc_date_created,Compliance_labels,Native_SHA_256\n"
        f"1,x1,NativeFiles/1.docx,https://c/sites/hr/Docs/a.docx,hr,a.docx,rita,2019-01-02T10:00:00Z,2019-01-03T10:00:00Z,"
        f"1999-01-01T10:00:00Z,Keep; Other,{'a' * 64}\n"
    )

    record = take_text(text).only

    assert record.created is not None
    assert record.created.at == datetime(2019, 1, 2, 10, tzinfo=UTC)
    assert record.hashes[0].algorithm == "sha256"
    assert record.state.is_on_hold is True
    assert record.protections


@pytest.mark.parametrize("path", ["..\\..\\etc\\passwd", "C:\\x", "\\\\srv\\x", "/etc/passwd", "a//b", "a/./b"])
def test_content_is_never_looked_for_outside_the_export(take_text: Taker, path: str) -> None:
    record = take_text(f"Item Identity,Target Path,Document Path\n1,{path},https://c/sites/hr/a.docx\n").only

    assert record.content is None
    assert any("not a path below the export" in anomaly for anomaly in record.anomalies)


def test_a_link_to_a_viewer_is_not_the_path_of_a_document(take_json: Taker) -> None:
    item = {
        "id": "01X",
        "name": "a.docx",
        "createdDateTime": "2019-01-02T10:00:00Z",
        "webUrl": "https://c/sites/hr/_layouts/15/Doc.aspx?sourcedoc=%7BB4CFE36C-2F11-4F4F-9391-0B25C2197D8A%7D&file=a.docx",
        "parentReference": {"driveId": "b!1", "path": "/drives/b!1/root:/Deep%20folder"},
        "file": {"hashes": {"quickXorHash": "f8nHySMBJWD+6u+2nCraHpETGaE="}},
    }

    record = take_json(item).only

    assert record.original_location == "/drives/b!1/root:/Deep folder/a.docx"
    assert record.relative_path == "Deep folder/a.docx"
    assert record.site == "https://c/sites/hr"
    assert record.source_ids["unique_id"] == "b4cfe36c-2f11-4f4f-9391-0b25c2197d8a"
    assert record.hashes[0].algorithm == "quickxor"


@pytest.mark.parametrize(
    ("facet", "kind"),
    [
        ("file", RecordKind.FILE),
        ("folder", RecordKind.FOLDER),
        ("package", RecordKind.NOTEBOOK),
        ("remoteItem", RecordKind.SHORTCUT),
    ],
)
def test_graph_says_what_an_item_is_by_what_it_has(take_json: Taker, facet: str, kind: RecordKind) -> None:
    item = {"id": "1", "name": "x", "createdDateTime": "2019-01-02T10:00:00Z", facet: {}}

    assert take_json(item).only.kind is kind
    assert take_json({**item, "deleted": {"state": "deleted"}}).only.is_deleted


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"FileRef": "/sites/hr/Docs/a.docx", "FSObjType": "0"}, RecordKind.FILE),
        ({"FileRef": "/sites/hr/Docs/a", "FSObjType": "1;#1"}, RecordKind.FOLDER),
        ({"FileRef": "/sites/hr/Docs/a", "FileSystemObjectType": "Folder"}, RecordKind.FOLDER),
        ({"FileRef": "/sites/hr/Lists/Tasks/3_.000", "FSObjType": 0}, RecordKind.LIST_ITEM),
        ({"FileRef": "/sites/hr/SitePages/Home.aspx", "FSObjType": 0}, RecordKind.PAGE),
        ({"FileRef": "/sites/hr/Docs/Forms/AllItems.aspx"}, RecordKind.SYSTEM),
        ({"FileRef": "/sites/hr/_catalogs/masterpage/x.html"}, RecordKind.SYSTEM),
        ({"FileRef": "/sites/hr/Docs/~$a.docx"}, RecordKind.SYSTEM),
        ({"FileRef": "/sites/hr/Docs/a.url"}, RecordKind.SHORTCUT),
        ({"FileRef": "/sites/hr/Docs/Set", "ContentTypeId": "0x0120D52000A0"}, RecordKind.FOLDER),
    ],
)
def test_what_a_line_stands_for_is_told_by_every_sign_there_is(
    take_json: Taker, columns: dict[str, object], kind: RecordKind
) -> None:
    assert take_json([columns]).only.kind is kind


def test_a_script_that_writes_the_folder_under_the_name_of_a_path_does_not_merge_its_files(take_text: Taker) -> None:
    found = take_text("Name,FileURL\na.txt,/sites/hr/Docs\nb.txt,/sites/hr/Docs\n")

    assert [record.original_location for record in found.records] == ["/sites/hr/Docs/a.txt", "/sites/hr/Docs/b.txt"]


def test_a_view_of_a_library_is_said_to_be_only_a_view(take_text: Taker) -> None:
    text = (
        "Name,Modified,Modified By,Item Type,Path\n"
        "a.docx,2019-03-31 10:00,Rita,Item,sites/hr/Docs\n"
        "Sub,2019-03-31 10:00,Rita,Folder,sites/hr/Docs\n"
    )

    found = take_text(text, zone="Europe/London")

    assert found.records[0].original_location == "sites/hr/Docs/a.docx"
    assert found.records[1].kind is RecordKind.FOLDER
    assert any("one view" in limit for limit in found.reader.description.limits)


def test_treesize_and_powershell_lists_of_a_share_are_read(take_text: Taker) -> None:
    usage = (
        "Disk usage of P:\n\nFull Path;Size;Allocated;Last Modified;Owner\n"
        "P:\\a.txt;1.234.567 Bytes;8192;31/03/2019 10:00;ADMIN\n"
    )
    children = "FullName,Length,LastWriteTimeUtc,PSIsContainer\nP:\\a.txt,12,2019-03-31 10:00,False\nP:\\sub,,,True\n"

    tree, shell = take_text(usage, zone="UTC"), take_text(children, zone="UTC")

    assert tree.only.size_bytes == 1_234_567
    assert tree.only.original_location == "P:\\a.txt"
    assert tree.only.modified is not None
    assert tree.only.modified.at is not None
    assert tree.only.created_by is None  # an owner is no author
    assert [record.kind for record in shell.records] == [RecordKind.FILE, RecordKind.FOLDER]


def test_versions_inside_an_item_become_its_history(take_json: Taker) -> None:
    versions = [
        {"VersionLabel": "2.0", "IsCurrentVersion": True, "Created": "2023-06-10T13:15:04", "Modified": AT},
        {"VersionLabel": "1.0", "IsCurrentVersion": False, "Created": AT, "Size": "12", "Editor": {"Email": "r@c"}},
    ]

    history = take_json([{"FileRef": "/s/a", "Versions": versions}]).only.versions

    assert history is not None
    assert [version.label for version in history] == ["2.0", "1.0"]
    assert history[0].modified is not None
    assert history[0].modified.at is not None
    assert history[1].size_bytes == 12


def test_lost_characters_make_a_name_unmatchable(take_text: Taker) -> None:
    assert take_text("FileRef\n/s/caf?.txt\n").only.anomalies


def test_a_row_that_names_nothing_is_refused(take_json: Taker) -> None:
    found = take_json([{"FileRef": "/s/a", "Id": 1}, {"Id": 2}, {"Title": ""}])

    assert [record.original_location for record in found.records] == ["/s/a", ""]
    assert found.account.refused_rows.total() == 1


def test_custom_columns_are_kept_as_they_stand(take_json: Taker) -> None:
    record = take_json(
        [{"FileRef": "/s/a", "Case_x0020_Number": "HOU/12", "Nested": {"a": [1, 2]}, "Empty": None}]
    ).only

    assert record.extra_fields == {"Case_x0020_Number": "HOU/12", "Nested": '{"a":[1,2]}'}


def test_a_form_can_be_named_and_an_unknown_one_is_refused(take_text: Taker) -> None:
    assert take_text("FileRef\n/s/a\n", form="purview").only.state.is_on_hold is True
    with pytest.raises(UnknownFormError, match="Use one of"):
        take_text("FileRef\n/s/a\n", form="purvue")


def test_the_account_is_written_for_people(take_text: Taker) -> None:
    text = "\n".join(take_text("FileRef,Created,Odd\x1b[31m\n/s/a,2020-10-29T10:28:43,x\n/s/b\n").lines)

    assert "Column: FileRef -> original_location" in text
    assert "Column not used: Created -> created (it states no time zone and none was declared)" in text
    assert "Unknown for every record" in text
    assert "Rows read: 2 = 1 records + 1 refused" in text
    assert "\x1b" not in text


def test_taking_the_records_twice_gives_the_same_account(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"FileRef": "/s/a"}, {}]))
    reader = open_export(str(path))

    first = (len(list(reader.records())), reader.account.rows, dict(reader.account.refused_rows))
    second = (len(list(reader.records())), reader.account.rows, dict(reader.account.refused_rows))

    assert first == second
