"""Places holds in another process while a disposal runs; prints what was on the share when each was in force.

A script, not a test. Usage: `holder.py FOLDER FILES STEP [CATALOGUE]`; holds every STEP-th file, last one first.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from retention.domain.holds import HoldScope
from tests.integration.disposing.world import World


def hidden_inodes(world: World) -> set[int]:
    found: set[int] = set()
    with suppress(FileNotFoundError):  # it comes with the first file and goes with the last
        for folder in (world.share / ".retention-quarantine").iterdir():
            found |= {entry.inode() for entry in os.scandir(folder)}
    return found


def main() -> None:
    folder, files, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    world = World(folder, catalogue_url=sys.argv[4] if len(sys.argv) > 4 else None)
    inodes = {number: world.file(number).stat().st_ino for number in range(files)}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(files - 1, -1, -step):
        world.hold(HoldScope(path=f"Invoices/invoice {number}.txt"))
        # first the place, then the quarantine: a file may be on its way there
        is_there = world.file(number).exists() or inodes[number] in hidden_inodes(world)
        sys.stdout.write(json.dumps({"number": number, "was_there": is_there}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
