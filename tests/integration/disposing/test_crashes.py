"""A disposal killed anywhere ends with every file destroyed exactly once, and a log that tells the truth."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("crashes.py")


def told_by(folder: Path, *words: str) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def check_truth(case: dict[str, Any], files: int) -> None:
    assert case["final"] == [[number, "destroyed"] for number in range(files)], case
    assert case["left"] == ["canary.txt"], case
    assert case["verdict"] != "FAILED", case
    assert case["counts"]["destroyed"] == files, case
    assert sum(case["counts"].values()) == files, case


def test_killed_between_any_two_steps_every_file_is_destroyed_exactly_once(tmp_path: Path) -> None:
    cases = told_by(tmp_path, "single")

    assert len(cases) >= 20
    assert [case["ended"] for case in cases[:-1]] == [[9, 0]] * (len(cases) - 1)
    for case in cases:
        check_truth(case, files=3)


def test_killed_a_second_time_while_it_resumes_it_still_tells_the_truth(tmp_path: Path) -> None:
    cases = told_by(tmp_path, "double")

    assert len(cases) >= 20
    for case in cases:
        assert case["ended"][-1] == 0, case
        check_truth(case, files=3)


def test_killed_at_random_moments_nothing_is_lost_or_claimed_twice(tmp_path: Path) -> None:
    cases = told_by(tmp_path, "random", "12")

    assert sum(1 for case in cases for ended in case["ended"] if ended == 9) >= 12
    for case in cases:
        check_truth(case, files=12)
