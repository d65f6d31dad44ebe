"""The demonstration, and what an auditor may do to its log."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    place = tmp_path_factory.mktemp("demo") / "D"
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "retention", "demo", str(place), "--json"],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    return place, ended


def verify(log: Path) -> int:
    words = [sys.executable, "-P", "-m", "disposal_log", "verify", str(log)]
    return subprocess.run(words, capture_output=True, check=False).returncode


def test_the_demonstration_runs_from_end_to_end(demo: tuple[Path, "subprocess.CompletedProcess[str]"]) -> None:
    place, ended = demo

    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout)
    assert figures["scan"]["files"] >= 400
    assert sum(queue["items"] for queue in figures["queues"].values()) == figures["files"]
    for queue in ("eligible", "awaiting_trigger", "cannot_evaluate", "unclassified", "held", "permanent", "skipped"):
        assert figures["queues"][queue]["items"] > 0, queue
    assert figures["own_approval_refused_with"] == 6
    disposal = figures["disposal"]
    assert disposal["excluded"] == 1
    assert disposal["held"] >= 1
    assert disposal["destroyed"] > 50
    assert figures["log"]["forged_verdict"] == "FAILED"
    assert all(Path(file).is_file() for file in figures["certificate"])
    assert verify(place / "log") == 0


def test_any_byte_of_the_entries_changed_is_found(
    demo: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    place, _ended = demo
    (segment,) = (place / "log" / "entries").iterdir()
    whole = segment.read_bytes()
    spots = [*range(0, len(whole), max(1, len(whole) // 12)), len(whole) - 1]
    mode = segment.stat().st_mode
    try:
        for spot in spots:
            segment.chmod(0o600)
            segment.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
            assert verify(place / "log") == 5, spot
    finally:
        segment.write_bytes(whole)
        segment.chmod(mode)
    assert verify(place / "log") == 0


def test_a_second_demonstration_does_not_touch_the_first(
    demo: tuple[Path, "subprocess.CompletedProcess[str]"], run: Run
) -> None:
    place, _ended = demo

    again = run("demo", str(place))

    assert again.returncode == 2
    assert "not an empty folder" in again.stderr
