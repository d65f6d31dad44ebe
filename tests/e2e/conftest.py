"""Running the program as its users do: as a process, from outside."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.ready_program import ReadyProgram

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def program() -> Iterator[ReadyProgram]:
    """The program, loaded and waiting."""
    with ReadyProgram() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own, so that nothing of the person who tests plays a part."""
    place = tmp_path / "home"
    place.mkdir()
    return place


@pytest.fixture
def run(tmp_path: Path, home: Path, program: ReadyProgram) -> Run:
    """Run `retention WORDS` in a temporary folder."""

    def runs(*words: str, stdin: str = "", cwd: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
        settings = {"PATH": os.environ["PATH"], "HOME": str(home), "COLUMNS": "160", **env}
        return program.run(words, stdin=stdin, cwd=cwd or tmp_path, env=settings)

    return runs
