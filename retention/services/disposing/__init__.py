"""Disposing: the only place in the whole product that can remove a file from a share.

`location` finds a file again without following a link, `quarantine` moves and removes it, `gates` are asked
before, `journal` reads and writes what the log says, `books` keeps log and catalogue level, `resuming`
settles what a crash left open, and `running` gives the order of steps.
"""

from retention.services.disposing.disposer import DisposalReport, Disposer, Step
from retention.services.disposing.plan import DisposalPlan, plan_disposal
from retention.services.disposing.running import carry_out, restore_batch

__all__ = [
    "DisposalPlan",
    "DisposalReport",
    "Disposer",
    "Step",
    "carry_out",
    "plan_disposal",
    "restore_batch",
]
