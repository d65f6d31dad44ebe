"""Downloaded trees: rows and files find each other, and whatever does not is told."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanners.exports.errors import ExportError, NotAnExportError
from scanners.exports.opening import open_export
from scanners.exports.record import ExportKind, RecordKind
from scanners.exports.trees.tree import NO_FILE, NO_ORIGIN, NO_ROW, SIZE_DIFFERS

Taker = Callable[..., Any]
Builder = Callable[..., bytes]


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")


def test_rows_find_their_files_below_the_folder_that_was_downloaded(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "a.docx", "sub/b.docx", "sub/stray.docx")
    (tmp_path / "inventory.csv").write_text(
        "FileRef,File_x0020_Size,Author\n/sites/hr/Docs/a.docx,5,Rita\n/sites/hr/Docs/sub/B.docx,9,Sam\n/sites/hr/Docs/gone.docx,5,Sam\n"
    )

    found = take_path(tmp_path)
    by_name = {record.name: record for record in found.records}

    assert by_name["a.docx"].content is not None
    assert by_name["a.docx"].content.path == "a.docx"
    assert by_name["a.docx"].created_by == "Rita"
    assert by_name["B.docx"].content is not None
    assert by_name["B.docx"].content.path == "sub/b.docx"
    assert SIZE_DIFFERS in by_name["B.docx"].anomalies
    assert NO_FILE in by_name["gone.docx"].anomalies
    assert NO_ROW in by_name["stray.docx"].anomalies
    assert by_name["stray.docx"].label is None
    assert found.account.rows == 4
    assert "inventory.csv" not in by_name


def test_a_tree_without_metadata_states_nothing_but_its_files(tmp_path: Path, take_path: Taker) -> None:
    root = tmp_path / "Council - Documents"
    plant(root, "a.docx", "desktop.ini", "link.url")

    found = take_path(root)
    by_name = {record.name: record for record in found.records}

    assert by_name["a.docx"].created is by_name["a.docx"].modified is None
    assert by_name["a.docx"].size_bytes == 5
    assert by_name["a.docx"].protections
    assert NO_ORIGIN in by_name["a.docx"].anomalies
    assert by_name["desktop.ini"].kind is RecordKind.SYSTEM
    assert by_name["link.url"].kind is RecordKind.SHORTCUT
    assert any("synchronised" in note for note in found.account.notes)


def test_a_declared_origin_makes_addresses(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "sub/a.docx")

    record = take_path(tmp_path, site="https://c/sites/hr/Docs").only

    assert record.original_location == "https://c/sites/hr/Docs/sub/a.docx"
    assert NO_ORIGIN not in record.anomalies


def test_version_files_beside_their_document_are_its_history(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "name.docx", "name_1.0.docx", "name_2.0.docx", "name_10.0.docx", "Policy.2.1.pdf", "alone_1.0.docx")
    plant(tmp_path, "one.docx", "one_1.0.docx")

    found = take_path(tmp_path)
    by_name = {record.name: record for record in found.records}

    assert [version.label for version in by_name["name.docx"].versions or ()] == ["1.0", "2.0", "10.0"]
    assert set(by_name) == {"name.docx", "Policy.2.1.pdf", "alone_1.0.docx", "one.docx", "one_1.0.docx"}
    assert any("earlier versions" in note for note in found.account.notes)


def test_libraries_with_their_tables_beside_them_are_read_one_by_one(
    tmp_path: Path, take_path: Taker, workbook: Builder
) -> None:
    plant(
        tmp_path,
        "Plans/Documents/deep/a.1.0.docx",
        "Plans/Documents/deep/a.2.0.docx",
        "Tasks/Attachments/7/note.txt",
        "stray.txt",
    )
    header = ("Name", "Path", "Version", "Created By", "ID")
    (tmp_path / "Plans" / "Plans.xlsx").write_bytes(
        workbook([header, ("a.docx", "deep/a.docx", "1.0", "Rita", "1"), ("a.docx", "deep/a.docx", "2.0", "Sam", "1")])
    )
    (tmp_path / "Tasks" / "Tasks.xlsx").write_bytes(
        workbook([header, ("Ring the bell", "Lists/Tasks/7", "1.0", "Rita", "7")])
    )

    found = take_path(tmp_path)
    contents = {record.content.path: record for record in found.records if record.content}

    assert contents["Plans/Documents/deep/a.1.0.docx"].created_by == "Rita"
    assert contents["Plans/Documents/deep/a.2.0.docx"].created_by == "Sam"
    assert contents["Tasks/Attachments/7/note.txt"].kind is RecordKind.ATTACHMENT
    assert contents["Tasks/Attachments/7/note.txt"].source_ids["parent_list_item_id"] == "7"
    assert NO_ROW in contents["stray.txt"].anomalies


def test_an_ediscovery_export_joins_by_the_path_it_states_and_holds_even_what_it_does_not_list(
    tmp_path: Path, take_path: Taker
) -> None:
    plant(tmp_path, "SharePoint/a (2).docx", "SharePoint/unlisted.docx")
    (tmp_path / "Manifest.xml").write_text("<Root/>")
    (tmp_path / "Results.csv").write_text(
        "Item Identity,Target Path,Document Path\n1,SharePoint\\a (2).docx,https://c/sites/hr/Docs/deep/a.docx\n2,SharePoint\\gone.docx,https://c/sites/hr/g.docx\n"
    )

    found = take_path(tmp_path)

    assert found.reader.description.kind is ExportKind.EDISCOVERY
    assert all(record.state.is_on_hold for record in found.records)
    assert found.records[0].content is not None
    assert found.records[1].content is None
    assert {record.name for record in found.records} == {"a.docx", "g.docx", "unlisted.docx", "Manifest.xml"}


def test_load_files_in_several_parts_are_one_export(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "NativeFiles/1.docx", "NativeFiles/2.docx")
    header = "Export_native_path,Compound_path,Native_file_name\n"
    (tmp_path / "Export_load_file_1 of 2.csv").write_text(
        header + "NativeFiles/1.docx,https://c/sites/hr/Docs/a.docx,a.docx\n"
    )
    (tmp_path / "Export_load_file_2 of 2.csv").write_text(
        header + "NativeFiles/2.docx,https://c/sites/hr/Docs/b.docx,b.docx\n"
    )

    found = take_path(tmp_path)

    assert {record.name for record in found.records} == {"a.docx", "b.docx"}
    assert all(record.content for record in found.records)


def test_links_in_a_tree_are_told_and_not_followed(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "a.docx")
    (tmp_path / "link.docx").symlink_to("/etc/passwd")

    found = take_path(tmp_path)

    assert found.only.name == "a.docx"
    assert found.account.refused_rows.total() == 1


def test_a_table_that_speaks_of_other_things_is_a_record_like_any_file(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "a.docx")
    (tmp_path / "prices.csv").write_text("Name,Size\nbread,1\n")

    assert {record.name for record in take_path(tmp_path).records} == {"a.docx", "prices.csv"}


@pytest.mark.parametrize("name", ["missing.csv", "missing"])
def test_what_is_not_there_is_said_in_words(tmp_path: Path, take_path: Taker, name: str) -> None:
    with pytest.raises(ExportError, match="no longer there"):
        take_path(tmp_path / name)


def test_a_pipe_or_link_in_the_place_of_an_export_is_not_waited_for(tmp_path: Path, take_path: Taker) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "pipe.csv")

    for name in ("pipe.csv", "link.csv"):
        with pytest.raises(ExportError, match="cannot be read"):
            take_path(tmp_path / name)


def test_an_archive_is_to_be_unpacked_first(tmp_path: Path, take_path: Taker) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04")

    with pytest.raises(NotAnExportError, match="Unpack it"):
        take_path(tmp_path / "x.zip")


def test_a_file_that_is_changed_while_it_is_read_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("FileRef\n/s/a\n")
    reader = open_export(str(path))
    path.write_text("FileRef\n/s/a\n/s/b\n")

    with pytest.raises(ExportError, match="changed while it was read"):
        list(reader.records())


def test_one_version_file_is_enough_where_the_metadata_states_a_later_version(tmp_path: Path, take_path: Taker) -> None:
    plant(tmp_path, "a.docx", "a_1.0.docx", "b.docx", "b_7.0.docx")
    (tmp_path / "inventory.csv").write_text(
        "FileRef,_UIVersionString\n/sites/hr/Docs/a.docx,2.0\n/sites/hr/Docs/b.docx,2.0\n"
    )

    found = take_path(tmp_path)
    by_name = {record.name: record for record in found.records}

    assert [version.label for version in by_name["a.docx"].versions or ()] == ["1.0"]
    assert set(by_name) == {"a.docx", "b.docx", "b_7.0.docx"}


def test_documents_with_rows_of_their_own_are_nobodys_history_whatever_they_are_called(
    tmp_path: Path, take_path: Taker
) -> None:
    plant(tmp_path, "Plan.docx", "Plan_1.0.docx", "Plan_2.0.docx")
    rows = "".join(f"/sites/hr/Docs/{name}.docx,3.0\n" for name in ("Plan", "Plan_1.0", "Plan_2.0"))
    (tmp_path / "inventory.csv").write_text("FileRef,_UIVersionString\n" + rows)

    found = take_path(tmp_path)

    assert [record.versions for record in found.records] == [None, None, None]
