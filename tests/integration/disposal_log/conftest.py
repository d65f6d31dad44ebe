"""Fixtures: an empty office, and one whose log tells a whole disposal."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.disposal_log.office import Office, lawful_story, tell


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in memory where there is one: every append flushes four times, and tests append a lot."""
    memory = Path("/dev/shm")  # noqa: S108  # a fresh folder of our own in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="disposal-log-", dir=memory))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def office(fast_folder: Path) -> Iterator[Office]:
    place = Office(fast_folder / "office")
    yield place
    place.close()


@pytest.fixture
def full_office(office: Office) -> Office:
    """Give an office with a closed log of 15 entries that tells one lawful disposal."""
    with office.create() as log:
        tell(log, lawful_story())
    return office
