"""One scan of the whole hostile tree, shared by all tests and by all processes that run them."""

import fcntl
from pathlib import Path

import pytest

from tests.hostile.cases import CASES
from tests.hostile.scanned import Scanned, scan_all


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Scanned:
    """Return what a scan of the tree came to; the first process that asks does it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    kept = shared / "hostile.json"
    with (shared / "hostile.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            place = Path(tmp_path_factory.mktemp("hostile"))
            kept.write_text(scan_all(place, CASES).to_json())
    return Scanned.from_json(kept.read_text())
