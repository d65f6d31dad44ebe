"""What a disposal works with, and the moments it tells of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from disposal_log import DisposalLog
from retention.clock import Clock
from retention.domain.reconciliation import Reconciliation
from retention.services.workspace import Settings
from retention.store.catalogue import Catalogue


class Step(StrEnum):
    """The moments between which a run may be interrupted, in order; told to whoever watches."""

    CHECKED = "checked"
    SETTLED = "settled"
    PROVED = "proved"
    INTENT_LOGGED = "intent_logged"
    ACTED = "acted"
    STORED = "stored"
    OUTCOMES_LOGGED = "outcomes_logged"
    OUTCOMES_STORED = "outcomes_stored"
    CLOSING_LOGGED = "closing_logged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposer:
    """What a run needs: the books, the limits, the clock, the workspace folder, and somebody to tell."""

    catalogue: Catalogue
    log: DisposalLog
    settings: Settings
    clock: Clock
    folder: Path
    tell: Callable[[Step, int], None] = lambda _step, _items: None

    @property
    def grace(self) -> timedelta:
        """Return how long a file waits in quarantine."""
        return timedelta(days=self.settings.grace_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalReport:
    """Where a batch stands after a run; `waiting_for` says whose word from outside the purge still needs."""

    batch_id: str
    reconciliation: Reconciliation
    is_closed: bool
    purge_not_before: datetime | None
    troubles: tuple[str, ...]
    waiting_for: str = ""
