"""What the attacks on a disposal share: doing something at one of its steps, and looking at what came of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from disposal_log import verify_log
from retention.services.disposing import DisposalReport, Step
from tests.integration.disposing.world import World


def at_step(wanted: Step, act: Callable[[], object]) -> Callable[[Step, int], None]:
    """Do `act` the first time `wanted` comes."""
    done: list[Step] = []

    def tell(step: Step, _items: int) -> None:
        if step is wanted and not done:
            done.append(step)
            act()

    return tell


class PowerCutError(BaseException):
    """Ends a run at a step, as a kill would: nothing after it is done."""


def power_cut() -> None:
    raise PowerCutError


def interrupted(world: World, batch_id: str, step: Step) -> None:
    """Run a disposal that ends at `step` the first time it comes."""
    with pytest.raises(PowerCutError):
        world.dispose(batch_id, at_step(step, power_cut))


def quarantined_files(world: World) -> list[Path]:
    return sorted(path for path in (world.share / ".retention-quarantine").rglob("*") if not path.is_dir())


def check_log(world: World) -> None:
    report = verify_log(world.workspace.log)
    assert report.verdict != "FAILED", list(report.problems)


def counts(report: DisposalReport) -> dict[str, int]:
    return {str(state): count for state, count in report.reconciliation.counts.items() if count}
