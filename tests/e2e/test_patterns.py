"""What a source leaves out is counted, and never read."""

import json
from pathlib import Path

from tests.e2e.conftest import Run


def test_paths_that_were_excluded_are_counted_and_not_read(run: Run, tmp_path: Path) -> None:
    share, place = tmp_path / "share", tmp_path / "w"
    for path in ("Finance/a.txt", "Finance/b.tmp", "Old/secret.txt"):
        (share / path).parent.mkdir(parents=True, exist_ok=True)
        (share / path).write_text(path)
    run("init", str(place))
    run("users", "add", "ian", "--name", "Ian", "--role", "iao", cwd=place)
    added = run(
        *("source", "add", str(share), "--asset", "A", "--owner", "ian", "--name", "s"),
        *("--exclude", "*.tmp", "--exclude", "Old/"),
        cwd=place,
    )
    assert added.returncode == 0, added.stderr

    scanned = run("scan", "--json", cwd=place)
    told = json.loads(scanned.stdout)

    assert scanned.returncode == 0, "what was left out on purpose is no trouble"
    assert told["unreadable_folders"] == 0
    assert (told["examined"], told["skipped"]["excluded"]) == (1, told["files"] - 1)
    assert run("explain", "s:Old/secret.txt", cwd=place).returncode != 0


def test_a_pattern_that_means_nothing_registers_nothing(run: Run, tmp_path: Path) -> None:
    share, place = tmp_path / "share", tmp_path / "w"
    share.mkdir()
    run("init", str(place))
    run("users", "add", "ian", "--name", "Ian", "--role", "iao", cwd=place)

    answer = run("source", "add", str(share), "--asset", "A", "--owner", "ian", "--exclude", "", cwd=place)

    assert answer.returncode == 2
    assert "Nothing was registered" in answer.stderr
    assert json.loads(run("source", "list", "--json", cwd=place).stdout)["sources"] == []
