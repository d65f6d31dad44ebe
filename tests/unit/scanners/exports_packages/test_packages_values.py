"""The small readings a package needs: identities, times, encoded attributes, protections."""

import base64
import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exports.errors import UnknownZoneError
from scanners.exports.packages.cab import _checksum
from scanners.exports.packages.encoded import decoded
from scanners.exports.packages.extras import hashes_of
from scanners.exports.packages.locations import locate, origin_of
from scanners.exports.packages.moments import Moments
from scanners.exports.packages.people import Directory, sid_of
from scanners.exports.packages.protection import protection_of
from scanners.exports.packages.structure import Library
from scanners.exports.packages.survey import key_of
from scanners.exports.record import LabelType
from tests.unit.scanners.exports_packages.cabinet_writer import checksum
from tests.unit.scanners.exports_packages.package_writer import attributes

SID = "S-1-5-21-111-222-333-1107"


def in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def binary_sid(sid: str) -> bytes:
    _, revision, authority, *parts = sid.split("-")
    numbers = [int(part) for part in parts]
    head = bytes([int(revision), len(numbers)]) + int(authority).to_bytes(6, "big")
    return head + struct.pack(f"<{len(numbers)}I", *numbers)


@pytest.mark.parametrize(
    "system_id",
    [binary_sid(SID), SID.encode(), f"i:0).w|{SID.lower()}".encode()],
    ids=["binary", "text", "claim"],
)
def test_an_owner_on_a_share_is_recognised_in_each_encoding_of_an_identity(system_id: bytes) -> None:
    assert sid_of(in_base64(system_id)) == SID


@pytest.mark.parametrize("claim", ["i:0h.f|membership|1003@live.com", "c:0(.s|true", "c:0t.c|tenant|37483779-f0d7"])
def test_an_identity_that_is_no_windows_one_joins_to_nobody(claim: str) -> None:
    assert sid_of(in_base64(claim.encode())) == ""


@given(st.text() | st.binary().map(in_base64))
def test_no_identity_breaks_the_reading_of_a_user_list(system_id: str) -> None:
    assert isinstance(sid_of(system_id), str)


def test_a_link_for_anybody_is_seen_in_both_spellings() -> None:
    people = Directory()
    for number, login in (
        ("26", "i:0#.f|membership|urn%3aspo%3aanon#9cf6"),
        ("27", "i:0#.f|membership|urn:spo:anon#1"),
    ):
        people.note("User", {"Id": number, "Name": "Guest Contributor", "Login": login})
    people.note("Group", {"Id": "31", "Name": "SharingLinks.19c768aa-b6fc.AnonymousView.1c02"})

    assert all(people.find(number).is_anonymous for number in ("26", "27", "31"))


def test_somebody_who_is_not_in_the_list_keeps_a_number_and_is_not_nobody() -> None:
    assert Directory().find("12").name == "user:12"
    assert Directory().find("1073741823").name == "System Account"
    assert Directory().find("Jane Doe").name == "Jane Doe"


def test_only_the_attributes_that_are_listed_are_decoded() -> None:
    stated = {
        "Url": "lib_x002F_a",
        "Version": "_x0031_.0",
        "Name": "Document_x0020_Type",
        "EncodedAttributes": "url, Version",
    }

    assert decoded(stated) == {"Url": "lib/a", "Version": "1.0", "Name": "Document_x0020_Type"}


def test_a_half_character_leaves_the_value_as_it_stands_and_two_halves_make_one() -> None:
    both = {"Name": "_xD83D__xDE00_", "Url": "_xD83D_", "EncodedAttributes": "Name,Url"}

    assert decoded(both) == {"Name": "\N{GRINNING FACE}", "Url": "_xD83D_"}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_a_writer_encodes_is_read_back_as_it_was(value: str) -> None:
    import xml.etree.ElementTree as ET  # noqa: PLC0415  the test's own text

    element = ET.fromstring(f"<File {attributes({'Name': value})} />")  # noqa: S314  the test's own text

    assert decoded(element.attrib)["Name"] == value


def test_a_time_without_a_zone_says_what_was_assumed_and_one_with_a_zone_is_taken_at_its_word() -> None:
    assumed, exact = (
        Moments("UTC").stated("2009-05-11T05:19:48"),
        Moments("UTC").stated("2020-10-29T10:28:43.1234567+01:00"),
    )

    assert assumed is not None
    assert exact is not None
    assert (assumed.at, assumed.assumed_zone) == (datetime(2009, 5, 11, 5, 19, 48, tzinfo=UTC), "UTC")
    assert (exact.at, exact.assumed_zone) == (datetime(2020, 10, 29, 9, 28, 43, 123456, tzinfo=UTC), "")


@pytest.mark.parametrize(
    "raw", ["2020-10-25T01:30:00", "2020-03-29T01:30:00", "03/04/2012", "0001-01-01T00:00:00", "2012-04-03"]
)
def test_a_time_that_means_two_moments_or_none_is_not_guessed(raw: str) -> None:
    stated = Moments("Europe/London").stated(raw)

    assert stated is not None
    assert stated.raw == raw
    assert stated.at is None


def test_a_zone_that_does_not_exist_is_refused_and_not_replaced() -> None:
    with pytest.raises(UnknownZoneError, match="Mars"):
        Moments("Mars/Olympus")


@given(st.text())
def test_no_time_breaks_the_reading(raw: str) -> None:
    Moments("UTC").stated(raw)


def of(library: Library | None = None, **stated: str) -> tuple[LabelType | None, bool | None]:
    found = protection_of(stated, library, people=Directory(), moments=Moments("UTC"))
    return found.label.type if found.label else None, found.label.is_explicit if found.label else None


def a_library(label: str, flags: str | None) -> Library:
    return Library(title="Documents", root_url="", is_library=True, default_label=label, default_flags=flags)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("1", LabelType.PLAIN),
        ("5", LabelType.RECORD),
        ("4", LabelType.RECORD),
        ("3", LabelType.UNKNOWN),
        ("x", LabelType.UNKNOWN),
    ],
)
def test_a_label_is_plain_only_when_its_flags_say_so_alone(flags: str, expected: LabelType) -> None:
    assert of(_ComplianceTag="Housing 6 years", _ComplianceFlags=flags) == (expected, None)


def test_a_label_without_flags_may_be_a_record_label() -> None:
    assert of(_ComplianceTag="Housing 6 years") == (LabelType.UNKNOWN, None)


def test_a_library_that_labels_by_default_protects_items_that_state_no_label() -> None:
    assert of(a_library("Keep", "5"), _ComplianceTag="") == (LabelType.RECORD, False)
    assert of(a_library("Keep", "1")) == (LabelType.PLAIN, False)


def test_a_missing_label_column_is_unknown_and_an_empty_one_states_that_there_is_none() -> None:
    nothing = protection_of({}, a_library("", None), people=Directory(), moments=Moments("UTC"))
    empty = protection_of({"_ComplianceTag": ""}, None, people=Directory(), moments=Moments("UTC"))

    assert nothing.label is None
    assert empty.label is not None
    assert empty.label.name == ""


def test_an_empty_label_with_the_flags_of_a_record_is_not_believed() -> None:
    found = protection_of(
        {"_ComplianceTag": "", "_ComplianceFlags": "5"}, None, people=Directory(), moments=Moments("UTC")
    )

    assert found.label is None


def test_any_hold_status_but_zero_is_a_hold() -> None:
    for status, expected in (("0", False), ("", False), ("273", True), ("4353", True), ("?", True)):
        found = protection_of({"_vti_ItemHoldRecordStatus": status}, None, people=Directory(), moments=Moments("UTC"))
        assert found.state.is_on_hold is expected


def test_a_record_locked_in_its_properties_and_a_named_check_out_are_seen() -> None:
    stated = {
        "ecm_ItemLockHolders": "ecm_InPlaceRecordLock",
        "_vti_ItemDeclaredRecord": "2015-01-01T00:00:00",
        "CheckoutUser": "12",
    }

    found = protection_of(stated, None, people=Directory(), moments=Moments("UTC"))

    assert (found.state.is_declared, found.state.is_locked, found.checked_out_to) == (True, True, "user:12")


def test_hashes_are_taken_only_when_they_can_be_one() -> None:
    md5, quickxor = in_base64(bytes(16)), in_base64(bytes(20))

    found, trouble = hashes_of({"MD5Hash": md5, "Checksum": quickxor})
    none, said = hashes_of({"MD5Hash": "xxxxxx=", "Checksum": in_base64(bytes(3))})

    assert [(one.algorithm, one.value) for one in found] == [("md5", "00" * 16), ("quickxor", quickxor)]
    assert not trouble
    assert not none
    assert len(said) == 2


def test_two_spellings_of_one_identity_are_one_document() -> None:
    assert key_of("59F3B814-1E0E-5F3E-9F0D-8D3401D55213") == key_of("{59f3b814-1e0e-5f3e-9f0d-8d3401d55213}")
    assert key_of("doc-1") != key_of("doc-2")


def test_a_manifest_that_contradicts_itself_on_a_place_says_so() -> None:
    outer = {"Url": "/sites/a/Lib/x.txt", "ParentWebUrl": "/sites/a"}

    agreed = locate(outer, {"Url": "Lib/x.txt", "DirName": "sites/a/Lib", "Name": "x.txt"}, None)
    moved = locate(outer, {"Url": "Lib/y.txt"}, None)

    assert agreed.anomalies == ()
    assert (agreed.in_site, agreed.name) == ("Lib/x.txt", "x.txt")
    assert "contradicts itself" in moved.anomalies[0]


@given(st.dictionaries(st.sampled_from(["Url", "FileUrl", "DirName", "Name", "ParentWebUrl"]), st.text()), st.text())
def test_no_place_breaks_the_reading(inner: dict[str, str], url: str) -> None:
    library = Library(title="L", root_url=url, is_library=True)

    found = locate({"Url": url, "ParentWebUrl": inner.get("ParentWebUrl", "")}, inner, library)

    assert isinstance((found.in_library, found.is_system, origin_of(url)), tuple)


@given(st.binary(max_size=300))
def test_the_checksum_of_a_cabinet_is_that_of_the_specification(content: bytes) -> None:
    assert _checksum(content) == checksum(content)
