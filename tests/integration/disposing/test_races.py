"""Somebody works on the very files while they are disposed of: whatever they wrote is still there afterwards."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from retention.services.certifying import issue_certificate
from retention.services.workspace import Settings
from tests.integration.disposing.attacks import check_log
from tests.integration.disposing.world import RITA, World, build_world

RACER = Path(__file__).with_name("racer.py")


def everything_on(share: Path) -> str:
    return "\n".join(path.read_text() for path in share.rglob("*") if path.is_file() and not path.is_symlink())


def with_precious_namesakes(world: World, files: int) -> dict[Path, str]:
    """Put beside the batch what a swapped folder would lead to: files of the same names that nobody approved."""
    folder = world.share / "Precious"
    folder.mkdir()
    made = {folder / f"invoice {number}.txt": f"Invoice {number}, 3 May 2011" for number in range(files)}
    for path, words in made.items():
        path.write_text(words)
    return {**made, world.share / "canary.txt": "never approved"}


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_that_was_not_approved_is_lost_to_a_disposal_that_runs_beside_busy_people(
    tmp_path: Path, seed: int
) -> None:
    files = 500
    world = build_world(tmp_path, files=files)
    world.settings = Settings(grace_days=0, stop_after_consecutive_troubles=files)
    untouchable = with_precious_namesakes(world, files)
    batch = world.approved()
    words = [sys.executable, str(RACER), str(world.share), str(files), str(seed)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as racer:
        assert racer.stdin is not None
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"

        report = world.dispose(batch.batch_id)

        racer.stdin.close()
        precious = json.loads(racer.stdout.read())
    assert racer.returncode == 0
    assert {path: path.read_text() for path in untouchable} == untouchable
    left = everything_on(world.share)
    assert len(precious) > 20, len(precious)
    assert [text for text in precious if text not in left] == []
    assert report.is_closed
    assert max(Counter(number for number, _result in world.final_outcomes(batch.batch_id)).values()) == 1
    with world.catalogue() as catalogue, world.log() as log:
        issued = issue_certificate(catalogue, log, batch.batch_id, person=RITA, at=world.clock.now())
    told = issued.statement["predicate"]["counts"]
    assert sum(told.values()) == files
    assert told["destroyed"] > 0
    assert told["changed"] + told["missing"] + told["failed"] > 0, told
    check_log(world)
