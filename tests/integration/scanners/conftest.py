"""Real shares in temporary folders, and the children that misbehave on them."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scanners import FoundFile, crawl

HOSTILE_CHILD = Path(__file__).with_name("hostile_child.py")


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Return an empty share."""
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def hostile_command() -> Sequence[str]:
    """Return the command of a child whose reader obeys the content."""
    return (sys.executable, "-P", str(HOSTILE_CHILD))


@pytest.fixture(scope="session")
def files_of() -> Callable[[Path], list[FoundFile]]:
    """Return a function that lists the files of a share."""

    def files(root: Path) -> list[FoundFile]:
        return [entry for entry in crawl(str(root)) if isinstance(entry, FoundFile)]

    return files
