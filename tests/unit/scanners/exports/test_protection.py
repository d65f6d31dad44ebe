"""Labels, declarations, holds and check-outs: what is not known to be free is protected."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanners.exports.errors import NotAnExportError
from scanners.exports.inventories.labels import LabelCatalogue, stronger
from scanners.exports.record import LabelType

Taker = Callable[..., Any]

CLI_LABELS = [
    {"displayName": "Keep 6 years", "isInUse": True, "behaviorDuringRetentionPeriod": "retain"},
    {"displayName": "Council record", "isInUse": True, "behaviorDuringRetentionPeriod": "retainAsRecord"},
    {"displayName": "Statutory", "isInUse": True, "behaviorDuringRetentionPeriod": "retainAsRegulatoryRecord"},
    {"displayName": "New kind", "isInUse": True, "behaviorDuringRetentionPeriod": "retainForever"},
]
REST_LABELS = {
    "value": [
        {"TagName": "Keep 6 years", "TagId": "1", "ComplianceFlags": 1, "BlockDelete": True, "BlockEdit": False},
        {"TagName": "Council record", "TagId": "2", "ComplianceFlags": 5, "BlockEdit": True, "SuperLock": False},
        {"TagName": "Statutory", "TagId": "3", "ComplianceFlags": 5, "BlockEdit": True, "SuperLock": True},
        {"TagName": "New kind", "TagId": "4"},
    ]
}
FREE = {"OData__vti_ItemDeclaredRecord": None, "OData__vti_ItemHoldRecordStatus": None, "CheckOutType": 2}


def a_catalogue(folder: Path, stated: object = CLI_LABELS) -> LabelCatalogue:
    path = folder / "labels.json"
    path.write_text(json.dumps(stated))
    return LabelCatalogue.load(str(path))


@pytest.mark.parametrize("stated", [CLI_LABELS, REST_LABELS])
def test_a_catalogue_says_how_strongly_each_label_protects(tmp_path: Path, stated: object) -> None:
    labels = a_catalogue(tmp_path, stated)

    assert labels.type_of("keep 6 YEARS") is LabelType.PLAIN
    assert labels.type_of("Council record") is LabelType.RECORD
    assert labels.type_of("Statutory") is LabelType.REGULATORY
    assert labels.type_of("New kind") is LabelType.UNKNOWN
    assert labels.type_of("Never heard of") is LabelType.UNKNOWN
    assert labels.type_of("Keep 6 years; Council record") is LabelType.RECORD


def test_two_labels_of_one_name_protect_as_the_stronger(tmp_path: Path) -> None:
    twice = [
        *CLI_LABELS,
        {"displayName": "Keep 6 years", "isInUse": True, "behaviorDuringRetentionPeriod": "retainAsRecord"},
    ]

    assert a_catalogue(tmp_path, twice).type_of("Keep 6 years") is LabelType.RECORD


def test_an_inventory_is_no_catalogue_of_labels(tmp_path: Path) -> None:
    with pytest.raises(NotAnExportError, match="no retention labels"):
        a_catalogue(tmp_path, [{"FileRef": "/s/a", "name": "x"}])


def test_a_catalogue_is_no_inventory(take_json: Taker) -> None:
    with pytest.raises(NotAnExportError, match="retention labels, not records"):
        take_json(CLI_LABELS)


def test_a_known_plain_label_and_nothing_else_leaves_a_record_free(take_json: Taker, tmp_path: Path) -> None:
    found = take_json([{"FileRef": "/s/a", "_ComplianceTag": "Keep 6 years", **FREE}], labels=a_catalogue(tmp_path))

    assert found.only.protections == ()


@pytest.mark.parametrize(
    "change",
    [
        {"_ComplianceTag": "Council record"},
        {"_ComplianceTag": "Never heard of"},
        {"_ComplianceFlags": 5},
        {"_ComplianceFlags": "5"},
        {"_ComplianceFlags": 64},
        {"_IsRecord": True},
        {"_IsRecord": "Yes"},
        {"OData__vti_ItemDeclaredRecord": "2019-03-31T10:00:00Z"},
        {"OData__vti_ItemHoldRecordStatus": 272},
        {"CheckOutType": 0},
        {"CheckOutType": "0"},
        {"CheckOutType": 1},
        {"CheckOutType": None},
        {"CheckOutType": 7},
        {"CheckoutUser": "12;#Rita Shaw"},
        {"CheckoutUser": "Microsoft.SharePoint.Client.FieldUserValue", "CheckOutType": None},
        {"Level": 255, "CheckOutType": None},
        {"FileRef": "/sites/hr/PreservationHoldLibrary/a"},
    ],
)
def test_each_single_sign_of_protection_protects(take_json: Taker, tmp_path: Path, change: dict[str, object]) -> None:
    row = {"FileRef": "/s/a", "_ComplianceTag": "Keep 6 years", **FREE, **change}

    assert take_json([row], labels=a_catalogue(tmp_path)).only.protections


@pytest.mark.parametrize(
    "column", ["_ComplianceTag", "OData__vti_ItemDeclaredRecord", "OData__vti_ItemHoldRecordStatus", "CheckOutType"]
)
def test_a_missing_column_is_unknown_and_protects(take_json: Taker, tmp_path: Path, column: str) -> None:
    row = {"FileRef": "/s/a", "_ComplianceTag": "Keep 6 years", **FREE}
    del row[column]

    assert any("unknown" in reason for reason in take_json([row], labels=a_catalogue(tmp_path)).only.protections)


def test_a_row_without_the_field_is_unknown_even_if_other_rows_have_it(take_json: Taker) -> None:
    found = take_json([{"FileRef": "/s/a", "_ComplianceTag": ""}, {"FileRef": "/s/b"}])

    assert found.records[0].label is not None
    assert found.records[0].label.name == ""
    assert found.records[1].label is None


def test_flags_without_a_name_are_a_label_all_the_same(take_json: Taker) -> None:
    record = take_json([{"FileRef": "/s/a", "_ComplianceTag": "", "_ComplianceFlags": 1, **FREE}]).only

    assert record.label is not None
    assert record.label.type is LabelType.UNKNOWN
    assert record.protections


def test_what_graph_says_of_the_item_is_preferred_to_the_catalogue(take_json: Taker, tmp_path: Path) -> None:
    label = {
        "name": "Renamed since",
        "labelAppliedDateTime": "2020-01-02T10:00:00Z",
        "isLabelAppliedExplicitly": True,
        "labelAppliedBy": {"user": {"email": "rita@council.gov.uk"}},
        "retentionSettings": {"behaviorDuringRetentionPeriod": "retain", "isRecordLocked": False},
    }
    item = {"id": "1", "name": "a.txt", "createdDateTime": "2019-01-02T10:00:00Z", "retentionLabel": label}

    record = take_json([item], labels=a_catalogue(tmp_path)).only

    assert record.label is not None
    assert record.label.type is LabelType.PLAIN
    assert record.label.applied_by == "rita@council.gov.uk"
    assert record.label.is_explicit is True
    assert record.label.applied is not None
    assert record.state.is_locked is False


def test_flags_of_the_item_never_weaken_the_catalogue(take_json: Taker, tmp_path: Path) -> None:
    row = {"FileRef": "/s/a", "_ComplianceTag": "Statutory", "_ComplianceFlags": 1}

    label = take_json([row], labels=a_catalogue(tmp_path)).only.label

    assert label is not None
    assert label.type is LabelType.REGULATORY


@pytest.mark.parametrize("one", list(LabelType))
@pytest.mark.parametrize("other", list(LabelType))
def test_the_stronger_of_two_labels_does_not_depend_on_their_order(one: LabelType, other: LabelType) -> None:
    assert stronger(one, other) is stronger(other, one)


def test_an_empty_cell_says_no_only_where_the_tool_writes_no_so(take_text: Taker) -> None:
    cli = (
        "FileSystemObjectType,Id,ServerRedirectedEmbedUrl,GUID,OData__vti_ItemDeclaredRecord\n"
        "0,1,,cac57513-e870-4e7a-9f23-f4ea10e14f4e,\n"
    )
    pnp = "FileRef,_vti_ItemDeclaredRecord\n/s/a,\n"

    assert take_text(cli).only.state.is_declared is False
    assert take_text(pnp).only.state.is_declared is None


@pytest.mark.parametrize(
    ("columns", "is_draft"),
    [
        ({"_UIVersionString": "0.2"}, True),
        ({"_UIVersionString": "3.0"}, False),
        ({"_UIVersion": 1537}, True),
        ({"MajorVersion": 2, "MinorVersion": 0}, False),
        ({"_UIVersionString": "3.0", "_ModerationStatus": 2}, True),
        ({"_UIVersionString": "3.0", "_ModerationStatus": 0}, False),
        ({"Level": 2}, True),
        ({}, None),
    ],
)
def test_a_minor_or_unapproved_version_is_a_draft(
    take_json: Taker, columns: dict[str, object], is_draft: object
) -> None:
    assert take_json([{"FileRef": "/s/a", **columns}]).only.is_draft is is_draft
