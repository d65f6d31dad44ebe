"""`retention schedule import` and `export`: schedules of others in, schedules for others out."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Run

GRS = (
    "\ufeffGRS ID,Record Title,Classification (General),Legal Citation,Disposition,Retention (Years),Retention Type,"
    "Event Type (General),Longer Retention Authorized?,Deviations Allowed?,Disposition Authority,Superseded by,"
    "Last Updated,Comments,,\r\n"
    "GRS 9.1.010,=Canteen menus,Catering,,Temporary,3,Creation_Age,,Yes,Yes,DAA-1,,1/2024,,,\r\n"
    "GRS 9.1.020,Recipes,Catering,,Temporary,[Variable],N/A,N/A,Yes,Yes,DAA-2,,1/2024,,,\r\n"
)


@pytest.fixture
def grs(tmp_path: Path) -> Path:
    place = tmp_path / "grs.csv"
    place.write_text(GRS, encoding="utf-8")
    return place


@pytest.mark.usefixtures("grs")
def test_an_import_writes_nothing_until_it_is_told_where_and_never_over_a_file(run: Run, tmp_path: Path) -> None:
    dry = run("schedule", "import", "grs.csv")
    assert dry.returncode == 0, dry.stderr
    assert "read as nara" in dry.stdout
    assert "2 rows: 1 computable, 1 descriptive." in dry.stdout
    assert "until a person decides" in dry.stdout
    assert "Nothing was written" in dry.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["grs.csv"]

    kept = run("schedule", "import", "grs.csv", "--out", "ours.yaml")
    assert kept.returncode == 0, kept.stderr
    first = (tmp_path / "ours.yaml").read_bytes()
    again = run("schedule", "import", "grs.csv", "--out", "ours.yaml")
    assert again.returncode == 2
    assert "ours.yaml is there already. It was not changed" in again.stderr
    assert (tmp_path / "ours.yaml").read_bytes() == first

    checked = run("schedule", "check", "ours.yaml")
    assert checked.returncode == 0, checked.stdout
    assert "3 classes" in checked.stdout


@pytest.mark.usefixtures("grs")
def test_a_schedule_goes_out_to_purview_and_says_what_was_lost(run: Run, tmp_path: Path) -> None:
    run("schedule", "import", "grs.csv", "--out", "ours.yaml")

    out = run("schedule", "export", "--form", "purview", "--file", "ours.yaml", "--out", "plan.csv", "--json")

    assert out.returncode == 0, out.stderr
    lost = json.loads(out.stdout)["lost"]
    assert any("destroy at the end: without a reviewer" in what for what in lost["GRS-9.1.010"])
    text = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["RetentionAction"] for row in rows] == ["Keep"] * 3
    assert rows[1]["RetentionDuration"] == "Unlimited"
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_what_cannot_be_read_is_refused_with_its_row_and_nothing_is_written(
    run: Run, grs: Path, tmp_path: Path
) -> None:
    grs.write_text(GRS.replace(",3,", ",three,"), encoding="utf-8")

    answer = run("schedule", "import", "grs.csv", "--out", "ours.yaml", "--json")

    assert answer.returncode == 2
    assert "grs.csv:2: row 2: 'three' is no period" in answer.stderr
    assert "Nothing was imported" in answer.stderr
    assert not (tmp_path / "ours.yaml").exists()


def test_what_is_assumed_is_told_and_printed_beside_each_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Sort,How long\nTrees,6 years\n", encoding="utf-8")
    words = (
        "schedule",
        "import",
        "list.csv",
        "--form",
        "statements",
        "--column",
        "title=Sort",
        "--column",
        "retention=How long",
    )

    answer = run(*words, "--default-start", "case_closed", "--default-action", "destroy", "--json")

    assert answer.returncode == 0, answer.stderr
    (row,) = json.loads(answer.stdout)["rows"]
    assert (row["title"], row["state"], row["kept_for"], row["action"]) == (
        "Trees",
        "needs_event",
        row["kept_for"],
        "destroy",
    )
    assert "assumed to be case closed, as the import was told" in " ".join(row["notes"])


@pytest.mark.usefixtures("grs")
@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("no such.csv",), "it is not a file"),
        (("grs.csv", "--column", "retention"), "'retention' names no column"),
        (("grs.csv", "--financial-year-start", "31-12"), "'31-12' is no first day of a year"),
        (("grs.csv", "--out", "nowhere/ours.yaml"), "nowhere/ours.yaml cannot be written"),
    ],
)
def test_words_that_cannot_be_understood_change_nothing(run: Run, words: tuple[str, ...], what: str) -> None:
    answer = run("schedule", "import", *words)

    assert answer.returncode == 2
    assert what in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_schedule_in_force_is_exported_from_its_workspace(run: Run) -> None:
    made = run("init", "ws")
    assert made.returncode == 0, made.stderr

    out = run("--workspace", "ws", "schedule", "export", "--form", "xlsx", "--out", "force.xlsx")

    assert out.returncode == 0, out.stderr
    assert "Nothing was lost." in out.stdout
    again = run("schedule", "import", "force.xlsx", "--json")
    assert json.loads(again.stdout)["form"] == "table"
