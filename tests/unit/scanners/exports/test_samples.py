"""Every real sample of an export is taken in with a stated mapping, or it is said in words why it is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanners.exports.errors import NotAnExportError
from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.record import LabelType, RecordKind

Taker = Callable[..., Any]

FORMS = {
    "graph/driveitem_list_children_0.json.txt": ("Microsoft Graph items", 4),
    "graph/driveitem_list_versions_0.json.txt": ("versions of one file (Microsoft Graph)", 3),
    "graph/listitem_list_versions_0.json.txt": ("versions of one file (Microsoft Graph)", 3),
    "inventories/droid_opf_corpus.csv": ("DROID profile (CSV)", 399),
    "inventories/scoping_list-library-inventory.csv": ("list of libraries", 4),
    "inventories/scoping_permissions-summary.csv": ("summary of permissions", 3),
    "m365_cli/file-list.csv": ("SharePoint files (REST)", 1),
    "m365_cli/file-list.json": ("SharePoint files (REST)", 1),
    "m365_cli/file-version-list.csv": ("versions of one file", 1),
    "m365_cli/file-version-list.json": ("versions of one file", 1),
    "m365_cli/folder-get.csv": ("SharePoint folders (REST)", 1),
    "m365_cli/folder-get.json": ("SharePoint folders (REST)", 1),
    "m365_cli/folder-get_1.csv": ("SharePoint folders (REST)", 1),
    "m365_cli/folder-get_1.json": ("SharePoint list items (REST)", 1),
    "m365_cli/list-get.csv": ("list of libraries", 1),
    "m365_cli/list-get.json": ("list of libraries", 1),
    "m365_cli/listitem-list.csv": ("CLI for Microsoft 365 (CSV)", 1),
    "m365_cli/listitem-list.json": ("SharePoint list items (REST)", 1),
    "m365_cli/report-siteusagedetail.csv": ("site usage report", 1),
    "m365_cli/report-siteusagedetail.json": ("site usage report", 1),
    "m365_cli/site-recyclebinitem-list.csv": ("SharePoint recycle bin", 1),
    "m365_cli/site-recyclebinitem-list.json": ("SharePoint recycle bin", 1),
    "migration_reports/example_csv_agent_general.csv": ("Mover migration plan", 4),
    "migration_reports/example_migration_error_report.csv": ("Mover migration error report", 2),
    "migration_reports/example_migration_report.csv": ("Mover migration report, one line for a user", 13),
    "sp_rest/CheckoutFileCurrentBatchAsyncTest-1-00004.json": ("SharePoint files (REST)", 1),
    "sp_rest/DeleteListItemVersionsAsyncTest-1-00003.json": ("SharePoint list items (REST)", 1),
    "sp_rest/FindFilesAsyncTest-0-00033.json": ("SharePoint files (REST)", 3),
    "sp_rest/GetFileUserPropertiesTest-1-00002.json": ("SharePoint files (REST)", 1),
    "sp_rest/GetFileVersionsCurrentBatchTest-1-00004.json": ("SharePoint files (REST)", 1),
    "sp_rest/GetFolderStorageMetricsTest-0-00005.json": ("SharePoint folders (REST)", 1),
    "sp_rest/GetListItemVersionFileVersionContentAsyncTest-2-00003.json": ("SharePoint list items (REST)", 1),
    "sp_rest/ListItemAsFolderPropertiesTest-0-00006.json": ("SharePoint list items (REST)", 1),
    "sp_rest/MoveToSecondStageBatchTest-3-00002.json": ("SharePoint recycle bin", 1),
    "sp_rest/SetFilePropertiesAsyncTest-2-00002.json": ("SharePoint files (REST)", 1),
    "sp_rest/UnfurlFileTest-1-00002.json": ("Microsoft Graph items", 2),
}
CATALOGUES = {
    "m365_cli/retentionlabel-list.csv": LabelType.UNKNOWN,
    "m365_cli/retentionlabel-list.json": LabelType.RECORD,
    "sp_rest/ComplianceTagTest-0-00003.json": LabelType.RECORD,
}
DESCRIPTIONS = ("graph/driveitem_0.json.txt", "graph/hashes_0.json.txt")
OTHER_ROOMS = ("prime", "schemas", "synthetic")


def test_no_sample_is_forgotten(samples: Path) -> None:
    present = {
        str(path.relative_to(samples))
        for path in samples.rglob("*")
        if path.is_file() and path.relative_to(samples).parts[0] not in (*OTHER_ROOMS, "INDEX.md")
    }

    assert present == {*FORMS, *CATALOGUES, *DESCRIPTIONS}


@pytest.mark.parametrize("name", FORMS)
def test_a_sample_is_taken_in_with_a_stated_mapping(samples: Path, take_path: Taker, name: str) -> None:
    form, count = FORMS[name]

    found = take_path(samples / name, zone="Europe/London")

    assert found.reader.description.form == form
    assert len(found.records) == count
    assert any(use.target for use in found.account.columns)
    assert found.lines[-1].startswith("Rows read:")
    assert all(record.protections for record in found.records)  # no sample states everything that would free it


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_of_labels_is_taken_in_as_one(samples: Path, take_path: Taker, name: str) -> None:
    with pytest.raises(NotAnExportError, match="retention labels, not records"):
        take_path(samples / name)

    assert set(LabelCatalogue.load(str(samples / name)).types.values()) == {CATALOGUES[name]}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_of_a_format_is_told_apart(samples: Path, take_path: Taker, name: str) -> None:
    with pytest.raises(NotAnExportError, match="describes a format"):
        take_path(samples / name)


@pytest.mark.parametrize("folder", ["prime", "schemas"])
def test_schemas_and_fragments_are_no_inventories(samples: Path, take_path: Taker, folder: str) -> None:
    for path in sorted((samples / folder).iterdir()):
        with pytest.raises(NotAnExportError, match="it is XML"):
            take_path(path)


def test_the_figures_of_the_real_droid_profile_are_those_that_were_counted(samples: Path, take_path: Taker) -> None:
    records = take_path(samples / "inventories" / "droid_opf_corpus.csv", zone="UTC").records

    digests = [stated.value for record in records for stated in record.hashes]
    assert len(digests) == 324
    assert len(set(digests)) == 294
    assert sum(record.kind is RecordKind.FOLDER for record in records) == 75
    assert all(record.original_location.startswith("\\\\10.1.4.222\\gda\\") for record in records)


def test_a_checked_out_file_is_protected_although_its_type_is_zero(samples: Path, take_path: Taker) -> None:
    record = take_path(samples / "sp_rest" / "CheckoutFileCurrentBatchAsyncTest-1-00004.json").only

    assert record.checked_out_to == "bert.jansen@bertonline.onmicrosoft.com"


def test_the_links_of_graph_are_dropped_and_counted(samples: Path, take_path: Taker) -> None:
    found = take_path(samples / "sp_rest" / "UnfurlFileTest-1-00002.json")

    assert found.account.dropped.total() == 4
    assert not any("tempauth" in str(record) for record in found.records)
