"""One document of which Graph tells twice, as a file of a drive and as an item of a list, is one record."""

from collections.abc import Callable
from typing import Any

import pytest

from scanners.exports.inventories import views
from scanners.exports.record import LabelType, RecordKind

Taker = Callable[..., Any]

GUID = "b4cfe36c-2f11-4f4f-9391-0b25c2197d8a"
LIST = "13326e70-58ba-4e0e-9b30-08189f21d555"
AT, LATER = "2019-03-31T10:00:00Z", "2019-04-01T09:00:00Z"
PATH = "https://c.example/sites/hr/Shared%20Documents/a.docx"
VIEWER = f"https://c.example/sites/hr/_layouts/15/Doc.aspx?sourcedoc=%7B{GUID.upper()}%7D&file=a.docx"

DRIVE: dict[str, Any] = {
    "id": "01X",
    "name": "a.docx",
    "eTag": f'"{{{GUID.upper()}}},3"',
    "webUrl": VIEWER,
    "size": 19715,
    "createdDateTime": AT,
    "lastModifiedDateTime": AT,
    "parentReference": {"driveId": "b!1", "path": "/drives/b!1/root:"},
    "file": {"hashes": {"quickXorHash": "f8nHySMBJWD+6u+2nCraHpETGaE="}},
}
ITEM: dict[str, Any] = {
    "id": "1232",
    "eTag": f'"{GUID},3"',
    "webUrl": PATH,
    "createdDateTime": AT,
    "lastModifiedDateTime": AT,
    "contentType": {"id": "0x0101003721", "name": "Document"},
    "fields": {"FileLeafRef": "a.docx", "_ComplianceTag": "Seven years", "_UIVersionString": "1.0", "CheckoutUser": ""},
}


def batch(*bodies: dict[str, Any]) -> dict[str, Any]:
    return {"responses": [{"id": str(n), "status": 200, "body": body} for n, body in enumerate(bodies)]}


@pytest.mark.parametrize("order", [(DRIVE, ITEM), (ITEM, DRIVE)])
def test_a_document_is_not_counted_twice_and_keeps_what_each_answer_said(
    take_json: Taker, order: tuple[dict[str, Any], ...]
) -> None:
    found = take_json(batch(*order))

    record = found.only
    assert record.original_location == PATH
    assert record.relative_path == "a.docx"
    assert (record.library, record.site) == ("Shared Documents", "https://c.example/sites/hr")
    assert record.kind is RecordKind.FILE
    assert (record.size_bytes, record.hashes[0].algorithm) == (19715, "quickxor")
    assert (record.content_type_name, record.version_label, record.checked_out_to) == ("Document", "1.0", "")
    assert record.label is not None
    assert record.label.name == "Seven years"
    assert record.source_ids == {"unique_id": GUID, "id": "01X", "list_item_id": "1232", "drive_id": "b!1"}
    assert {"element 1", "element 2"} == set(record.evidence.place.split(" and "))
    assert not any("viewer" in anomaly for anomaly in record.anomalies)
    assert found.account.refused_rows == {views.SAME_DOCUMENT: 1}


def test_an_answer_that_carries_the_other_inside_is_one_record(take_json: Taker) -> None:
    for element in ({**DRIVE, "listItem": ITEM}, {**ITEM, "driveItem": DRIVE}):
        record = take_json({"value": [element]}).only

        assert record.original_location == PATH
        assert record.size_bytes == 19715
        assert record.label.name == "Seven years"


def test_the_ids_of_list_and_item_join_where_the_documents_own_id_is_missing(take_json: Taker) -> None:
    ids = {"listId": LIST, "listItemId": "1232"}
    drive = {key: value for key, value in DRIVE.items() if key not in ("eTag", "webUrl")} | {"sharepointIds": ids}
    item = {key: value for key, value in ITEM.items() if key != "eTag"} | {"sharepointIds": {"listId": LIST}}
    other = item | {"id": "1233", "webUrl": PATH.replace("a.docx", "b.docx"), "fields": {"FileLeafRef": "b.docx"}}

    found = take_json(batch(drive, other, item))

    assert [record.name for record in found.records] == ["b.docx", "a.docx"]
    assert found.records[1].size_bytes == 19715


def test_the_parents_ids_join_as_well(take_json: Taker) -> None:
    parent = {**DRIVE["parentReference"], "sharepointIds": {"listId": LIST}}
    drive = {key: value for key, value in DRIVE.items() if key not in ("eTag", "webUrl")}
    drive |= {"parentReference": parent, "sharepointIds": {"listItemId": "1232"}}
    item = {key: value for key, value in ITEM.items() if key != "eTag"} | {"sharepointIds": {"listId": LIST}}

    assert take_json(batch(drive, item)).only.original_location == PATH


def test_whatever_protects_wins_when_the_answers_differ(take_json: Taker) -> None:
    settings = {"behaviorDuringRetentionPeriod": "retainAsRecord", "isRecordLocked": True}
    drive = DRIVE | {
        "lastModifiedDateTime": LATER,
        "retentionLabel": {"name": "Housing record", "retentionSettings": settings},
        "publication": {"level": "checkout"},
    }
    item = ITEM | {"fields": {**ITEM["fields"], "_vti_ItemHoldRecordStatus": "1"}}

    record = take_json(batch(drive, item)).only

    assert (record.label.name, record.label.type) == ("Housing record", LabelType.RECORD)
    assert record.state.is_locked
    assert record.state.is_on_hold
    assert record.checked_out_to
    assert record.modified.raw == LATER
    assert record.extra_fields["list item: modified"] == AT
    assert record.extra_fields["list item: label"] == "Seven years"
    assert any("a different time for modified" in anomaly for anomaly in record.anomalies)
    assert any("different labels" in anomaly for anomaly in record.anomalies)


def test_two_paths_are_not_quietly_made_one(take_json: Taker) -> None:
    item = ITEM | {"webUrl": PATH.replace("a.docx", "old/a.docx")}

    record = take_json(batch(DRIVE | {"webUrl": PATH}, item)).only

    assert record.original_location == PATH
    assert record.extra_fields["list item: original_location"].endswith("old/a.docx")
    assert any("different original_location" in anomaly for anomaly in record.anomalies)


def test_a_page_stays_a_page(take_json: Taker) -> None:
    drive = DRIVE | {"name": "Home.aspx", "webUrl": PATH.replace("a.docx", "Home.aspx")}
    item = ITEM | {"webUrl": drive["webUrl"], "fields": {"FileLeafRef": "Home.aspx"}}

    assert take_json(batch(drive, item)).only.kind is RecordKind.PAGE


def test_two_answers_of_the_same_kind_are_not_joined(take_json: Taker) -> None:
    assert len(take_json(batch(DRIVE, DRIVE)).records) == 2
    assert len(take_json(batch(DRIVE, DRIVE, ITEM)).records) == 2


def test_another_documents_item_is_left_alone(take_json: Taker) -> None:
    item = ITEM | {"eTag": f'"{LIST},1"', "webUrl": PATH.replace("a.docx", "b.docx")}

    assert len(take_json(batch(DRIVE, item)).records) == 2


def test_what_is_held_for_its_other_half_is_bounded_and_said(take_json: Taker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_MAX_HELD", 1)
    others = [guid + GUID[8:] for guid in ("00000001", "00000002")]
    drives = [DRIVE | {"eTag": f'"{{{guid}}},1"', "id": guid, "webUrl": PATH} for guid in others]
    items = [ITEM | {"eTag": f'"{guid},1"', "id": str(n)} for n, guid in enumerate(others)]

    found = take_json(batch(*drives, *items))

    assert len(found.records) == 3
    assert found.account.anomalies[views.UNJOINED] == 2
