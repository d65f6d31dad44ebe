"""The process is killed at any moment: what was acknowledged is there, and the log verifies."""

import random
import subprocess
import sys
import time
from pathlib import Path

from tests.integration.disposal_log.office import Office

PROGRAM = Path(__file__).with_name("appender.py")
KILLS = 30


def test_no_acknowledged_entry_is_lost_when_the_process_is_killed(office: Office) -> None:
    office.create()
    office.close()
    moments = random.Random(20261120)  # noqa: S311  # the same moments in every run
    acknowledged: set[str] = set()
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, str(PROGRAM), str(office.folder)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            acknowledged.add(child.stdout.readline().strip())
            time.sleep(moments.uniform(0, 0.05))
            child.kill()
            told = child.stdout.read().splitlines(keepends=True)
        acknowledged.update(line.strip() for line in told if line.endswith("\n"))
        assert office.log.joinpath("checkpoint").is_file()
    with office.open() as log:
        assert len(acknowledged) > KILLS
        assert set(log.find(acknowledged)) == acknowledged
        ids = [stored.entry["id"] for stored in log.entries()]
        assert len(set(ids)) == len(ids)
    report = office.verify(is_sidecar_given=True)
    assert (report.exit_code, report.missing) == (0, 0), report.to_text()
