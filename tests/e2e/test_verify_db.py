"""Whoever changes the database and not the log is found out by one command, and undone by another."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.e2e.test_log_keys import call, register

HOLD = ("hold", "place", "--kind", "litigation", "--reason", "claim 12", "--path", "*.txt")


@pytest.fixture
def catalogue(run: Run, tmp_path: Path) -> Path:
    """Make a workspace with one hold; give its database."""
    assert run("init", str(tmp_path / "w")).returncode == 0
    register(run, tmp_path, "records_manager")
    call(run, tmp_path, *HOLD)
    return tmp_path / "w" / "catalogue.db"


def test_a_hold_that_was_lifted_in_the_database_alone_is_noticed(run: Run, tmp_path: Path, catalogue: Path) -> None:
    assert "catalogue: it agrees with the log" in call(run, tmp_path, "log", "verify", "--db")
    assert "The catalogue agrees with the log." in call(run, tmp_path, "log", "rebuild-index")

    with closing(sqlite3.connect(catalogue)) as database, database:
        database.execute("UPDATE disposal_hold SET state = 'lifted'")
    words = "one of them says that it is in force, the other that it is lifted"
    assert words in call(run, tmp_path, "log", "verify", "--db", code=5)
    told = json.loads(call(run, tmp_path, "log", "verify", "--db", "--json", code=5))
    assert told["verdict"].startswith("VERIFIED")
    assert [each["words"] for each in told["catalogue"]["differences"]] == [words]
    assert f"stays: hold H-0001: {words}" in call(run, tmp_path, "log", "rebuild-index")
    call(run, tmp_path, "log", "verify")

    assert "no administrator" in call(run, tmp_path, "log", "rebuild-index", "--write", code=6)


def test_what_a_broken_log_says_is_not_compared(run: Run, tmp_path: Path, catalogue: Path) -> None:
    path = tmp_path / "w" / "log" / "entries" / "00000.jsonl"
    path.write_bytes(path.read_bytes().replace(b"hold.placed", b"hold.lifted"))

    told = call(run, tmp_path, "log", "verify", "--db", code=5)
    assert "catalogue: not compared, for the log does not hold" in told
    assert catalogue.is_file()
