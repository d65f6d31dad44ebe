"""The process is killed at any moment: what was acknowledged is there, once, and the log verifies."""

from pathlib import Path

from benchmarks.faults.kills import kill_often

KILLS = 30


def test_no_acknowledged_entry_is_lost_or_doubled_when_the_process_is_killed(fast_folder: Path) -> None:
    found = kill_often(fast_folder / "office", times=KILLS, seed=20261120)

    assert found.bad == []
    assert found.killed == KILLS
    assert found.entries >= found.acknowledged > 0
