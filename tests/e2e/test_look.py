"""`retention look`: duplicates in a folder, before anything is set up."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.e2e.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "drive"
    (place / "a").mkdir(parents=True)
    (place / "a" / "letter.txt").write_text("Dear tenant")
    (place / "copy \u202e of letter\n.txt").write_text("Dear tenant")
    (place / "twin.txt").write_text("Dear tenanT")
    os.link(place / "a" / "letter.txt", place / "a" / "same inode.txt")
    return place


def test_equal_files_are_listed_without_a_workspace_and_nothing_is_left_behind(run: Run, folder: Path) -> None:
    before = sorted(str(path) for path in folder.rglob("*"))

    answer = run("look", str(folder), "--jsonl")

    assert answer.returncode == 0, answer.stderr
    (group,) = [json.loads(line) for line in answer.stdout.splitlines()]
    assert group["digest"] == hashlib.sha256(b"Dear tenant").hexdigest()
    assert group["members"] == ["a/letter.txt", "copy \u202e of letter\n.txt"]
    assert sorted(str(path) for path in folder.rglob("*")) == before


def test_the_table_says_what_could_be_saved_and_a_name_cannot_steer_the_terminal(run: Run, folder: Path) -> None:
    answer = run("look", str(folder))

    assert answer.returncode == 0, answer.stderr
    assert "4 files, 1 groups of equal ones; 11 bytes lie there twice." in answer.stdout
    assert "\u202e" not in answer.stdout


def test_a_folder_that_is_not_there_is_said_in_words(run: Run, tmp_path: Path) -> None:
    answer = run("look", str(tmp_path / "nothing"))

    assert answer.returncode == 2
    assert "Nothing was compared." in answer.stderr
    assert "Traceback" not in answer.stderr
