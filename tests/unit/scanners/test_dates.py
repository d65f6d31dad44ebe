"""Dates that files state: none is invented, none is made more exact, and a clock's zero never ages a record."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.text.dates import from_pdf, from_w3cdtf


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("D:20190331100000+01'00'", "2019-03-31T10:00:00+01:00"),
        ("D:20190331100000-05'30", "2019-03-31T10:00:00-05:30"),
        ("D:20190331100000Z00'00'", "2019-03-31T10:00:00+00:00"),
        ("D:20190331100000", "2019-03-31T10:00:00"),
        ("20190331", "2019-03-31"),
        ("D:201903", "2019-03"),
        ("D:2019", "2019"),
    ],
)
def test_pdf_dates_become_iso_dates_of_the_same_exactness(stated: str, iso: str) -> None:
    assert from_pdf(stated) == iso


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("2019-03-31T10:00:00Z", "2019-03-31T10:00:00+00:00"),
        ("2019-03-31T10:00:00.1234567+01:00", "2019-03-31T10:00:00+01:00"),
        ("2019-03-31T10:00", "2019-03-31T10:00:00"),
        (" 2019-03-31 ", "2019-03-31"),
        ("2019-03", "2019-03"),
        ("2019", "2019"),
    ],
)
def test_office_dates_become_iso_dates_of_the_same_exactness(stated: str, iso: str) -> None:
    assert from_w3cdtf(stated) == iso


@pytest.mark.parametrize("stated", ["1601-01-01T00:00:00Z", "1899-12-30", "1904-01-01", "1970-01-01", "1980-01-01"])
def test_the_zero_of_a_clock_is_no_date_so_that_it_cannot_make_a_record_due(stated: str) -> None:
    assert from_w3cdtf(stated) is None
    assert from_pdf(stated.replace("-", "")[:8]) is None


@pytest.mark.parametrize("stated", ["", "D:", "31/03/2019", "D:20190231", "D:191000101", "2019-13-01", "2019-3-1"])
def test_an_impossible_date_is_dropped(stated: str) -> None:
    assert from_pdf(stated) is None
    assert from_w3cdtf(stated) is None


@given(st.text(alphabet="0123456789D:'+-ZT. ", max_size=30) | st.text(max_size=20))
def test_no_text_makes_a_date_reader_fail(stated: str) -> None:
    for iso in (from_pdf(stated), from_w3cdtf(stated)):
        assert iso is None or iso[:4].isdigit()


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001  none is stated
def test_every_moment_survives(at: datetime) -> None:
    exact = at.replace(microsecond=0)

    assert from_w3cdtf(exact.isoformat()) == exact.isoformat()
    assert from_pdf(f"D:{exact:%Y%m%d%H%M%S}") == exact.isoformat()
    assert from_w3cdtf(date.isoformat(exact.date())) == exact.date().isoformat()
