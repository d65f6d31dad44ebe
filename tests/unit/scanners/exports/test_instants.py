"""Dates and times: what may be read two ways is not read, and a zone is declared or there is none."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exports.errors import UnknownZoneError
from scanners.exports.inventories.instants import (
    CONTRADICTS,
    NEAR_MIDNIGHT,
    NO_DATE,
    NO_ZONE,
    TWO_WAYS,
    ZERO,
    DateSurvey,
    InstantReader,
    zone_of,
)

Taker = Callable[..., Any]

LONDON = InstantReader(zone=zone_of("Europe/London"), zone_name="Europe/London")
UNDECLARED = InstantReader()


@pytest.mark.parametrize(
    "words",
    [
        "2012-04-03T10:30:00Z",
        "2012-04-03T10:30:00.0000000Z",
        "2012-04-03T11:30:00+01:00",
        "2012-04-03 10:30:00Z",
        "2012-04-03 10:30:00 UTC",
        "/Date(1333449000000)/",
        "\\/Date(1333449000000+0100)\\/",
        "1333449000",
        "1333449000000",
        "129779226000000000",
        "3 Apr 2012 10:30:00 +0000",
        "Tue, 03 Apr 2012 10:30:00 GMT",
        "April 3, 2012 10:30 AM UTC",
        "12;#2012-04-03T10:30:00Z",
    ],
)
def test_a_moment_with_a_zone_needs_no_declaration(words: str) -> None:
    reading = UNDECLARED.read(words)

    assert reading.instant is not None
    assert reading.instant.at == datetime(2012, 4, 3, 10, 30, tzinfo=UTC)
    assert reading.instant.raw == words
    assert reading.instant.assumed_zone == ""


@pytest.mark.parametrize(
    "words", ["2012-04-03T11:30:00", "2012/04/03 11:30", "03-Apr-2012 11:30 AM", "2012-04-03 11:30"]
)
def test_a_moment_without_a_zone_means_nothing_until_one_is_declared(words: str) -> None:
    without, declared = UNDECLARED.read(words), LONDON.read(words)

    assert without.instant is not None
    assert without.instant.at is None
    assert without.doubt == NO_ZONE
    assert declared.instant is not None
    assert declared.instant.at == datetime(2012, 4, 3, 10, 30, tzinfo=UTC)
    assert declared.instant.assumed_zone == "Europe/London"


@pytest.mark.parametrize("words", ["2012-04-03T23:40:00", "2012-04-03T00:20:00"])
def test_near_midnight_a_declared_zone_leaves_the_day_in_doubt(words: str) -> None:
    assert LONDON.read(words).doubt == NEAR_MIDNIGHT
    assert LONDON.read(words[:11] + "12:00:00").doubt == ""


def test_an_hour_that_comes_twice_is_taken_as_the_later_so_that_nothing_is_due_early() -> None:
    reading = LONDON.read("2019-10-27T01:30:00")

    assert reading.instant is not None
    assert reading.instant.at == datetime(2019, 10, 27, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["1601-01-01T00:00:00Z", "1899-12-30T00:00:00", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_the_zero_of_a_clock_never_ages_a_record(words: str) -> None:
    reading = LONDON.read(words)

    assert reading.instant is not None
    assert reading.instant.at is None
    assert reading.doubt == ZERO


@pytest.mark.parametrize(
    "words", ["yesterday", "2019-02-30T10:00:00Z", "25:61", "31/31/2019", "44927.5", "03/04/12", "9" * 70]
)
def test_what_is_no_certain_date_is_kept_as_words_only(words: str) -> None:
    reading = LONDON.read(words)

    assert reading.instant is not None
    assert reading.instant.at is None
    assert reading.doubt in (NO_DATE, TWO_WAYS)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("day-first", "03/04/2012 10:30 AM"),
        ("month-first", "4/3/2012 10:30"),
        ("%Y%m%d %H%M", "20120403 1030"),
        ("epoch-seconds", "1333449000"),
        ("epoch-milliseconds", "1333449000000"),
        ("filetime", "129779226000000000"),
        ("excel", "41002.4375"),
    ],
)
def test_a_declared_format_is_believed(declared: str, words: str) -> None:
    reading = InstantReader(date_format=declared, zone=UTC, zone_name="UTC").read(words)

    assert reading.instant is not None
    assert reading.instant.at == datetime(2012, 4, 3, 10, 30, tzinfo=UTC)


def test_one_value_over_twelve_proves_the_order_for_its_column() -> None:
    survey = DateSurvey()
    for words in ("03/04/2012", "04/05/2012 10:00", "25/12/2012"):
        survey.note(words)

    assert survey.order == "day-first"
    assert survey.refused == ""


def test_proofs_of_both_orders_refuse_the_column() -> None:
    survey = DateSurvey()
    for words in ("12/25/2012", "25/12/2012"):
        survey.note(words)

    assert survey.order is None
    assert survey.refused == CONTRADICTS


def test_a_column_that_nothing_proves_is_refused_and_its_words_are_kept(take_text: Taker) -> None:
    found = take_text(
        "FileRef,Created,Modified\n/s/a,03/04/2012 10:00,03/04/2012\n/s/b,05/06/2012,25/12/2012\n", zone="UTC"
    )

    first = found.records[0]
    assert found.refusal_of("Created") == TWO_WAYS
    assert first.created is not None
    assert (first.created.raw, first.created.at) == ("03/04/2012 10:00", None)
    assert first.modified is not None
    assert first.modified.at == datetime(2012, 4, 3, tzinfo=UTC)


def test_the_proof_may_stand_in_the_last_line(take_text: Taker) -> None:
    rows = "".join(f"/s/{number},03/04/2012\n" for number in range(2_000))

    found = take_text(f"FileRef,Modified\n{rows}/s/last,31/03/2012\n", zone="UTC")

    assert {record.modified.at.month for record in found.records[:-1] if record.modified and record.modified.at} == {4}


def test_without_a_zone_the_column_says_so(take_text: Taker) -> None:
    found = take_text("FileRef,Created\n/s/a,2020-10-29T10:28:43\n")

    assert found.refusal_of("Created") == NO_ZONE


def test_a_time_with_a_zone_wins_over_the_same_time_without(take_json: Taker) -> None:
    found = take_json([{"FileRef": "/s/a", "Created": "2020-10-29T10:28:43", "TimeCreated": "2020-10-29T17:28:43Z"}])

    assert found.only.created is not None
    assert found.only.created.at == datetime(2020, 10, 29, 17, 28, 43, tzinfo=UTC)
    assert found.only.extra_fields["Created"] == "2020-10-29T10:28:43"


@pytest.mark.parametrize("zone", ["Middle/Earth", "../../etc/passwd", "/etc/localtime", "\0", "+99:00", ""])
def test_a_zone_that_does_not_exist_is_refused_in_words(zone: str) -> None:
    with pytest.raises(UnknownZoneError):
        zone_of(zone)


@given(st.text(max_size=60) | st.integers() | st.floats() | st.booleans() | st.none())
def test_no_cell_can_break_the_reading_of_dates(value: str | float | None) -> None:
    survey = DateSurvey()
    survey.note(value)
    for reader in (
        UNDECLARED,
        LONDON,
        InstantReader(date_format="%d.%m.%Y"),
        InstantReader(date_format="filetime", zone=UTC),
    ):
        reading = reader.read(value)

        assert reading.instant is None or reading.instant.at is None or reading.instant.at.tzinfo is UTC


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))  # noqa: DTZ001  a zone is added
def test_every_iso_moment_comes_back_as_it_was(moment: datetime) -> None:
    reading = UNDECLARED.read(moment.isoformat() + "Z")

    assert reading.instant is not None
    assert reading.instant.at == moment.replace(tzinfo=UTC)
