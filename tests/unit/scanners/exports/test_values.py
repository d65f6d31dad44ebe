"""Cells as tools write them: figures, people, yes and no, hashes; in doubt a cell says nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exports.inventories.targets import normalise
from scanners.exports.inventories.values import (
    as_claim,
    as_guid,
    as_hash,
    as_person,
    as_text,
    as_whole,
    as_words,
    is_type_name,
)
from scanners.exports.tables.rows import Value


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        ("1,234,567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1 234 567", 1_234_567),
        ("1\u00a0234", 1_234),
        ("1'234", 1_234),
        ("20337", 20_337),
        ("20337.0", 20_337),
        ("3.31673E5", 331_673),
        ("1,234 bytes", 1_234),
        (7.0, 7),
        (-1, -1),
        ("-1", -1),
        ("1.234", None),
        ("1.2 MB", None),
        ("1,23", None),
        ("12,34,567", None),
        (True, None),
        (float("inf"), None),
        ("", None),
    ],
)
def test_a_size_is_read_exactly_or_not_at_all(value: Value, whole: int | None) -> None:
    assert as_whole(value) == whole


@pytest.mark.parametrize(
    ("value", "person"),
    [
        ("i:0#.f|membership|rita@council.gov.uk", "rita@council.gov.uk"),
        ("i:0#.w|COUNCIL\\rita", "COUNCIL\\rita"),
        ("12;#Rita Shaw", "Rita Shaw"),
        ("12;#Rita Shaw;#14;#Sam Lee", "Rita Shaw; Sam Lee"),
        ({"LookupId": 11, "LookupValue": "Rita", "Email": "rita@council.gov.uk"}, "rita@council.gov.uk"),
        ({"user": {"email": "rita@council.gov.uk"}, "application": {"displayName": "Tool"}}, "rita@council.gov.uk"),
        ({"application": {"displayName": "Tool"}}, "application Tool"),
        ({"LookupId": 1073741823}, "System Account"),
        (10, "user:10"),
        ("1073741823", "System Account"),
        ([{"LookupValue": "Rita"}, {"LookupValue": "Sam"}], "Rita; Sam"),
        ("Microsoft.SharePoint.Client.FieldUserValue", None),
        ({"__deferred": {"uri": "https://x"}}, None),
        (None, None),
        ({}, None),
    ],
)
def test_people_are_named_as_exactly_as_they_are_stated(value: Value, person: str | None) -> None:
    assert as_person(value) == person


@pytest.mark.parametrize(
    ("algorithm", "value", "found"),
    [
        ("sha1", "D097CF36467373F52B974542D48BEC134279FA3F", ("sha1", "d097cf36467373f52b974542d48bec134279fa3f")),
        ("unnamed", "a" * 32, ("md5", "a" * 32)),
        ("unnamed", "a" * 64, ("sha256", "a" * 64)),
        ("quickxor", "f8nHySMBJWD+6u+2nCraHpETGaE=", ("quickxor", "f8nHySMBJWD+6u+2nCraHpETGaE=")),
        ("quickxor", "7fc9c7c923012560feeaefb69c2ada1e911319a1", ("quickxor", "f8nHySMBJWD+6u+2nCraHpETGaE=")),
        ("sha1", "a" * 39, None),
        ("md5", "string (hex)", None),
        ("quickxor", "AAAA", None),
        ("unnamed", "a" * 33, None),
    ],
)
def test_a_hash_has_the_form_of_one_or_is_none(algorithm: str, value: str, found: tuple[str, str] | None) -> None:
    stated = as_hash(algorithm, value)

    assert (stated and (stated.algorithm, stated.value)) == found


@pytest.mark.parametrize(
    ("word", "claim"), [("True", True), ("1", True), (1, True), ("no", False), (0, False), ("", None), ("2", None)]
)
def test_yes_and_no_are_told_from_everything_else(word: str | int, claim: object) -> None:
    assert as_claim(word) is claim


@pytest.mark.parametrize("name", ["Microsoft.SharePoint.Client.FieldLookupValue", "System.Object[]", "System.String[]"])
def test_the_name_of_a_type_is_no_value(name: str) -> None:
    assert is_type_name(name)
    assert as_words(name) is None


@pytest.mark.parametrize(
    ("column", "same"),
    [
        ("OData__x005f_UIVersionString", "_UIVersionString"),
        ("OData__ComplianceTag", "_ComplianceTag"),
        ("Created_x0020_Date", "Created Date"),
        ("Created_x005f_x0020_x005f_Date", "Created_x0020_Date"),
        ("To - Expanded", "To \u2013 Expanded"),
        ("fields.FileLeafRef", "FileLeafRef"),
        ("FileUrl.Compact", "FileUrl"),
        ("\ufeffFileRef", "FileRef"),
    ],
)
def test_columns_that_mean_the_same_have_one_name(column: str, same: str) -> None:
    assert normalise(column) == normalise(same)


def test_the_sensitivity_label_is_not_taken_for_the_name() -> None:
    assert normalise("_DisplayName") != normalise("DisplayName")


def test_a_guid_is_found_inside_an_etag() -> None:
    assert as_guid('"{B4CFE36C-2F11-4F4F-9391-0B25C2197D8A},1"') == "b4cfe36c-2f11-4f4f-9391-0b25c2197d8a"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON)
def test_no_cell_can_break_a_reader(value: Value) -> None:
    for read in (as_text, as_words, as_whole, as_claim, as_person, as_guid):
        read(value)
    for algorithm in ("md5", "quickxor", "unnamed"):
        as_hash(algorithm, value)


@given(st.integers(min_value=0, max_value=10**15))
def test_thousands_separators_do_not_change_a_size(size: int) -> None:
    assert as_whole(f"{size:,}") == size
