"""Fixtures of the use cases' tests: a scan of the share, and what the rules are said to make of its files."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from retention.clock import SystemClock
from retention.domain.assets import Source
from retention.domain.eligibility import Outcome
from retention.services.scanning import scan_source
from retention.store import appraisals, schedules
from retention.store.appraisals import StoredAppraisal
from retention.store.catalogue import Catalogue
from rules import DisposalAction

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG_AGO = date(2020, 4, 1)
VERSION = "uk@1"

ScanShare = Callable[[], None]
AppraiseAs = Callable[..., None]


@pytest.fixture
def scan_share(catalogue: Catalogue, source: Source) -> ScanShare:
    """Give a function that scans the share as it is now."""

    def scan() -> None:
        scan_source(catalogue, source, at=NOON, clock=SystemClock(), workers=1, on_progress=lambda _told: None)

    return scan


@pytest.fixture
def appraise_as(catalogue: Catalogue) -> AppraiseAs:
    """Give a function that stores an appraisal for the copy at a path; left out, it is surely due."""
    with catalogue.transaction() as tx:
        schedules.publish(tx, "text", VERSION, NOON)

    def appraise(path: str, **fields: object) -> None:
        with catalogue.transaction() as tx:
            waiting = [one for one in appraisals.waiting(tx, VERSION, after=0, limit=9_999) if one.path == path]
            made = {
                "outcome": Outcome.CLASSIFIED,
                "class_id": "FIN-01",
                "action": DisposalAction.DESTROY,
                "due_earliest": LONG_AGO,
                "due_latest": LONG_AGO,
                "reasons": ("year ended 2014-03-31",),
                "questions": (),
                "flags": (),
                "explanation": {"confidence": 0.9, "cues": [{"cue": "invoice"}]},
                **fields,
            }
            put = [StoredAppraisal(copy_id=one.copy_id, **made) for one in waiting]  # type: ignore[arg-type]  # mixed
            assert appraisals.put(tx, VERSION, waiting, put) == 1

    return appraise
