"""`retention source import`: a SharePoint list becomes records that are known, protected and never removed."""

import json
import os
import pwd
from pathlib import Path

import pytest

from tests.e2e.conftest import Run

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
ITEMS = """FileRef,FileLeafRef,File_x0020_Size,Created,Modified,_ComplianceTag,Odd
/sites/hr/Documents/Leavers/2012/a.docx,a.docx,10,2011-02-03T10:00:00Z,2012-02-03T10:00:00Z,,x
/sites/hr/Documents/Leavers/2012/=cmd|' /C calc'!A0.docx,=cmd|' /C calc'!A0.docx,20,03/04/2012,2012-02-03,Case file,y
"""


@pytest.fixture
def workspace(run: Run, tmp_path: Path) -> Path:
    place = tmp_path / "w"
    assert run("init", str(place)).returncode == 0
    run("users", "add", "ian", "--name", "Ian", "--role", "iao", cwd=place)
    run("users", "add", "rita", "--name", "Rita", "--role", "records_manager", "--os-user", ACCOUNT, cwd=place)
    return place


@pytest.fixture
def items(tmp_path: Path) -> Path:
    place = tmp_path / "items.csv"
    place.write_text(ITEMS)
    return place


def test_a_dry_run_says_what_would_be_made_of_each_column_and_keeps_nothing(
    run: Run, workspace: Path, items: Path
) -> None:
    answer = run("source", "import", str(items), "--dry-run", cwd=workspace)

    assert answer.returncode == 0, answer.stderr
    assert "Column: FileRef -> original_location" in answer.stdout
    assert "Kept as they stand: Odd" in answer.stdout
    assert "Rows read: 2 = 2 records + 0 refused" in answer.stdout
    assert json.loads(run("source", "list", "--json", cwd=workspace).stdout)["sources"] == []


def test_an_imported_list_is_classified_and_explained_and_never_proposed(
    run: Run, workspace: Path, items: Path
) -> None:
    answer = run(
        "source", "import", str(items), "--asset", "HR", "--owner", "ian", "--name", "hr", "--json", cwd=workspace
    )

    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["source"], told["records"], told["listed"], told["protected"]) == ("hr", 2, 2, 2)
    summary = json.loads(run("report", "summary", "--json", cwd=workspace).stdout)
    assert summary["files"] == sum(queue["items"] for queue in summary["queues"].values()) == 2
    explained = run("explain", "hr:sites/hr/Documents/Leavers/2012/a.docx", "--json", cwd=workspace)
    assert any("another system" in reason for reason in json.loads(explained.stdout)["eligibility"]["reasons"])
    assert json.loads(run("propose", "--json", cwd=workspace).stdout)["batches"] == []


def test_a_scan_leaves_imported_lists_alone(run: Run, workspace: Path, items: Path) -> None:
    run("source", "import", str(items), "--asset", "HR", "--owner", "ian", "--name", "hr", cwd=workspace)

    answer = run("scan", "hr", cwd=workspace)

    assert answer.returncode == 2
    assert "Nothing was scanned." in answer.stderr


def test_the_meaning_of_columns_can_be_corrected_and_declared(
    run: Run, workspace: Path, items: Path, tmp_path: Path
) -> None:
    items.write_text(ITEMS.replace(",Modified,", ",Last_x0020_Modified,", 1).replace("Created,", "Modified,", 1))
    drafted = run("source", "import", str(items), "--print-columns", "--zone", "Europe/London", cwd=workspace)
    profile = json.loads(drafted.stdout)
    assert profile["zone"] == "Europe/London"
    profile["columns"]["Odd"] = {"target": "library"}
    (tmp_path / "columns.json").write_text(json.dumps(profile))

    answer = run(
        "source", "import", str(items), "--columns", str(tmp_path / "columns.json"), "--dry-run", cwd=workspace
    )

    assert "Column: Odd -> library" in answer.stdout


def test_a_newer_export_is_read_into_the_same_records(run: Run, workspace: Path, items: Path, tmp_path: Path) -> None:
    run("source", "import", str(items), "--asset", "HR", "--owner", "ian", "--name", "hr", cwd=workspace)
    newer = tmp_path / "newer.csv"
    newer.write_text("".join(ITEMS.splitlines(keepends=True)[:2]))

    answer = run("source", "import", str(newer), "--into", "hr", "--json", cwd=workspace)

    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["missing"] == 1


@pytest.mark.parametrize("words", [(), ("--into", "nothing")])
def test_without_an_asset_or_with_an_unknown_import_nothing_happens(
    run: Run, workspace: Path, items: Path, words: tuple[str, ...]
) -> None:
    answer = run("source", "import", str(items), *words, cwd=workspace)

    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert json.loads(run("source", "list", "--json", cwd=workspace).stdout)["sources"] == []


def test_files_that_may_be_what_an_export_lists_are_candidates_and_nothing_more(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "hello.txt").write_text("hello world")
    (share / "other.txt").write_text("hello there")
    inventory = tmp_path / "drive.json"
    inventory.write_text(
        json.dumps(
            {
                "value": [
                    {
                        "id": "01",
                        "name": "hello.txt",
                        "size": 11,
                        "webUrl": "https://council.example/sites/hr/Documents/hello.txt",
                        "parentReference": {"path": "/drives/b!x/root:/Documents"},
                        "file": {"hashes": {"quickXorHash": "aCgDG9jwBhDc4Q1yawMZAAAAAAA="}},
                        "createdDateTime": "2011-02-03T10:00:00Z",
                        "lastModifiedDateTime": "2011-02-03T10:00:00Z",
                    }
                ]
            }
        )
    )
    run("source", "add", str(share), "--asset", "HR", "--owner", "ian", "--name", "s", cwd=workspace)
    run("scan", cwd=workspace)
    imported = run("source", "import", str(inventory), "--asset", "HR", "--name", "drive", cwd=workspace)
    assert imported.returncode == 0, imported.stderr

    answer = run("source", "match", "drive", "--jsonl", cwd=workspace)

    assert answer.returncode == 0, answer.stderr
    (pair,) = [json.loads(line) for line in answer.stdout.splitlines()]
    assert (pair["source"], pair["path"]) == ("s", "hello.txt")
    assert "not a proof" in pair["basis"]
