"""Kills a disposal between every two of its steps and runs it again; prints one JSON line for each case.

A script, not a test: it forks, which only a process without threads may do. Usage:
`crashes.py FOLDER single|double|random [COUNT]`.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from disposal_log import verify_log
from retention.services.certifying import issue_certificate
from retention.services.disposing import Step
from tests.integration.disposing.world import RITA, World, build_world

FILES = 3


class Killer:
    """Ends its own process, without a word, at the n-th step."""

    def __init__(self, at: int | None) -> None:
        self.left = at

    def __call__(self, _step: Step, _items: int) -> None:
        if self.left is None:
            return
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def in_child(act: Callable[[], object]) -> int:
    """Run `act` in a child; return 0, or the number of the signal that ended it, or 1."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException:  # noqa: BLE001  # the parent only needs to know
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return _ended(child)


def _ended(child: int) -> int:
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def story(world: World, batch_id: str) -> dict[str, Any]:
    """Say how it ended."""
    with world.catalogue() as catalogue, world.log() as log:
        certificate = issue_certificate(catalogue, log, batch_id, person=RITA, at=world.clock.now())
    return {
        "final": sorted(world.final_outcomes(batch_id)),
        "left": sorted(str(path.relative_to(world.share)) for path in world.share.rglob("*") if path.is_file()),
        "verdict": str(verify_log(world.workspace.log).verdict),
        "counts": certificate.statement["predicate"]["counts"],
    }


def case(folder: Path, kills: tuple[int, ...]) -> dict[str, Any]:
    """Kill at each of `kills` in turn, then let it finish."""
    world = build_world(folder, files=FILES)
    batch_id = world.approved().batch_id
    ended = [in_child(partial(world.dispose, batch_id, Killer(at))) for at in (*kills, None)]
    return {"kills": kills, "ended": ended, **story(world, batch_id)}


def single(folder: Path) -> Iterator[dict[str, Any]]:
    for at in range(1000):
        told = case(folder / str(at), (at,))
        yield told
        if told["ended"][0] == 0:
            return


def double(folder: Path) -> Iterator[dict[str, Any]]:
    for first in range(2, 20, 3):
        for second in range(1, 14, 4):
            yield case(folder / f"{first}-{second}", (first, second))


def random_kills(folder: Path, wanted: int) -> Iterator[dict[str, Any]]:
    """Kill at moments spread over a whole run, until `wanted` runs were really killed."""
    chance = random.Random(2201)  # noqa: S311  # not for secrets
    killed = 0
    for number in range(5 * wanted):
        world = build_world(folder / str(number), files=12)
        batch_id = world.approved().batch_id
        ended = [_killed_after(chance.uniform(0.0, 0.2), partial(world.dispose, batch_id)) for _again in range(2)]
        ended.append(_killed_after(None, partial(world.dispose, batch_id)))
        killed += sum(1 for one in ended if one)
        yield {"kills": [], "ended": ended, **story(world, batch_id)}
        if killed >= wanted:
            return


def _killed_after(seconds: float | None, act: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return _ended(child)


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    cases = {"single": single, "double": double}.get(kind)
    told = cases(folder) if cases else random_kills(folder, int(sys.argv[3]))
    for one in told:
        sys.stdout.write(json.dumps(one) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
