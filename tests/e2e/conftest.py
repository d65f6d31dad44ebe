"""Running the program as its users do: as a process, from outside."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own, so that nothing of the person who tests plays a part."""
    place = tmp_path / "home"
    place.mkdir()
    return place


@pytest.fixture
def run(tmp_path: Path, home: Path) -> Run:
    """Run `retention WORDS` in a temporary folder."""

    def runs(*words: str, stdin: str = "", cwd: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "retention", *words],
            cwd=cwd or tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "COLUMNS": "160", **env},
            input=stdin,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=180,
            check=False,
        )

    return runs
