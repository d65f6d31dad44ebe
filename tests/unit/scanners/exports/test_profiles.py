"""Column profiles: declared once, kept as text, and believed before any guess."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exports.errors import AmbiguousColumnError, ExportError, ProfileError, UnknownZoneError
from scanners.exports.inventories.columns import draft_profile
from scanners.exports.inventories.profiles import ColumnProfile, ColumnRule
from scanners.exports.inventories.targets import TARGETS, TIME_TARGETS

Taker = Callable[..., Any]

PROFILE = ColumnProfile(
    name="Housing script",
    columns={
        "Pfad": ColumnRule(target="original_location"),
        "Angelegt": ColumnRule(target="created", date_format="month-first"),
        "RetentionLabel": ColumnRule(target=""),
    },
    zone="America/New_York",
    delimiter="§",
)


def test_a_profile_reads_what_nobody_else_could(take_text: Taker) -> None:
    found = take_text("Pfad§Angelegt§RetentionLabel\n/s/a,b.txt§3/4/2012 10:30§Keep\n", profile=PROFILE)

    record = found.only
    assert record.original_location == "/s/a,b.txt"
    assert record.created is not None
    assert record.created.at == datetime(2012, 3, 4, 15, 30, tzinfo=UTC)
    assert record.label is None  # declared to be kept raw
    assert record.extra_fields["RetentionLabel"] == "Keep"


def test_a_profile_comes_back_from_its_text_as_it_was() -> None:
    assert ColumnProfile.from_text(PROFILE.to_text()) == PROFILE


def test_a_zone_in_the_call_is_believed_before_the_one_in_the_profile(take_text: Taker) -> None:
    found = take_text("Pfad§Angelegt\n/s/a§3/4/2012 10:30\n", profile=PROFILE, zone="UTC")

    assert found.only.created is not None
    assert found.only.created.assumed_zone == "UTC"


def test_what_is_declared_is_the_only_evidence_for_its_field(take_text: Taker) -> None:
    profile = ColumnProfile(name="x", columns={"Where": ColumnRule(target="original_location")})

    found = take_text("FileRef,Where\n/s/wrong,/s/right\n/s/wrong,\n", profile=profile)

    assert found.records[0].original_location == "/s/right"
    assert found.account.refused_rows.total() == 1
    assert found.target_of("FileRef") == ""


def test_a_declared_column_that_is_missing_is_told(take_text: Taker) -> None:
    profile = ColumnProfile(
        name="x", columns={"FileRef": ColumnRule(target="original_location"), "Gone": ColumnRule(target="created")}
    )

    found = take_text("FileRef,Other\n/s/a,x\n", profile=profile)

    assert "does not have it" in found.refusal_of("Gone")
    assert "created" in found.account.unknown_targets


def test_a_profile_of_another_file_is_refused(take_text: Taker) -> None:
    with pytest.raises(ProfileError, match="none of the columns"):
        take_text("FileRef\n/s/a\n", profile=ColumnProfile(name="x", columns={"Gone": ColumnRule(target="created")}))


def test_two_columns_cannot_be_declared_to_mean_the_same() -> None:
    with pytest.raises(AmbiguousColumnError, match="'A' and 'B'"):
        ColumnProfile(name="x", columns={"A": ColumnRule(target="created"), "B": ColumnRule(target="created")})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"columns": []}',
        '{"columns": {"A": 5}}',
        '{"columns": {"A": {"target": "nonsense"}}}',
        '{"columns": {"A": {"target": "created", "date_format": "dd/mm"}}}',
        '{"columns": {"A": {"target": "name", "date_format": "iso"}}}',
        '{"delimiter": "ab"}',
        '{"name": 5}',
        "[" * 100_000,
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused_in_words(text: str) -> None:
    with pytest.raises(ProfileError):
        ColumnProfile.from_text(text)


def test_a_profile_with_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZoneError):
        ColumnProfile(name="x", zone="Middle/Earth")


def test_what_was_understood_can_be_saved_corrected_and_used_again(take_text: Taker) -> None:
    text = "AuthorId,FileRef,Author,Extra\n7,/s/a,Rita,x\n"
    first = take_text(text)

    profile = draft_profile(first.account.columns, name="saved")
    again = take_text(text, profile=ColumnProfile.from_text(profile.to_text()))

    assert profile.columns["Author"].target == "created_by"
    assert profile.columns["AuthorId"].target == ""
    assert again.only.created_by == first.only.created_by == "Rita"


_RULES = st.dictionaries(st.text(min_size=1, max_size=12), st.sampled_from(sorted(TARGETS)), max_size=6).filter(
    lambda rules: len(set(rules.values())) == len(rules)
)


@given(_RULES, st.sampled_from(["", "UTC", "+01:00"]), st.sampled_from(["", "|", "§"]))
def test_every_profile_survives_being_saved(rules: dict[str, str], zone: str, delimiter: str) -> None:
    columns = {
        column: ColumnRule(target=target, date_format="day-first" if target in TIME_TARGETS else "")
        for column, target in rules.items()
    }
    profile = ColumnProfile(name="x", columns=columns, zone=zone, delimiter=delimiter)

    assert ColumnProfile.from_text(profile.to_text()) == profile


@given(st.text(max_size=200))
def test_no_text_can_break_the_loading_of_a_profile(text: str) -> None:
    with suppress(ExportError):
        ColumnProfile.from_text(text)
