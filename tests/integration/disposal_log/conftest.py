"""Fixtures: an empty office, and one whose log tells a whole disposal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.disposal_log.office import Office, lawful_story, tell


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    place = Office(tmp_path / "office")
    yield place
    place.close()


@pytest.fixture
def full_office(office: Office) -> Office:
    """Give an office with a closed log of 15 entries that tells one lawful disposal."""
    with office.create() as log:
        tell(log, lawful_story())
    return office
