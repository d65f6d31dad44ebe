"""`retention schedule check` and `test`, as a records manager runs them on a file of their own."""

import json
from pathlib import Path

from tests.e2e.conftest import Run
from tests.unit.rules.schedules import a_class, a_schedule

HOSTILE = "invoices paid \u202eFDP\n.yaml"


def test_the_shipped_schedule_checks_and_its_examples_hold(run: Run) -> None:
    checked = run("schedule", "check", "--strict")
    tested = run("schedule", "test")

    assert (checked.returncode, tested.returncode) == (0, 0)
    assert "61 classes, nothing wrong" in checked.stdout
    assert "0 came out otherwise" in tested.stdout


def test_a_warning_is_told_with_its_line_whatever_the_file_is_called(run: Run, tmp_path: Path) -> None:
    file = tmp_path / HOSTILE
    file.write_text(a_schedule(a_class("FIN-01").replace("Limitation Act 1980", "Limitation Act 2089")), "utf-8")

    plain, strict = run("schedule", "check", str(file)), run("schedule", "check", str(file), "--strict")

    assert (plain.returncode, strict.returncode) == (0, 3)
    assert "'Limitation Act 2089' is of a year that has not come" in plain.stdout
    assert "\u202e" not in plain.stdout


def test_an_example_that_fails_ends_with_three_and_says_why(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    entry = a_class("FIN-01", "    examples: [{path: Cats/a.pdf}]", folders="[invoices]")
    file.write_text(a_schedule(entry), encoding="utf-8")

    told, as_json = run("schedule", "test", str(file)), run("schedule", "test", str(file), "--json")

    assert (told.returncode, as_json.returncode) == (3, 3)
    assert "FIN-01: Cats/a.pdf: expected FIN-01, found none" in told.stdout
    assert json.loads(as_json.stdout)["failed"][0]["found"] == "none"


def test_a_class_that_is_not_there_is_named(run: Run) -> None:
    asked = run("schedule", "test", "--class", "XYZ-99")

    assert asked.returncode == 2
    assert "there is no class XYZ-99" in asked.stderr
    assert "No example was run" in asked.stderr
