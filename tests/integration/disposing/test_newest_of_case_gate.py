"""The last gate: a case that was approved by its newest day stays when a newer paper came to it since."""

from pathlib import Path

import pytest
from sqlalchemy import update

from retention.services.appraising.appraising import appraise_copies
from retention.services.scanning import scan_source
from retention.services.schedules.versions import schedule_in_force
from retention.store import assets, batches
from retention.store.schema import appraisal
from tests.integration.disposing.attacks import counts, quarantined_files
from tests.integration.disposing.world import ASSET, World, build_world
from tests.integration.services.test_newest_of_case import publish, put


def look(world: World) -> None:
    """Scan and appraise what is there, and lose what the scan doubted: the gate must not live on that."""
    with world.catalogue() as catalogue:
        with catalogue.reading() as tx:
            source = assets.source(tx, "share")
        scan_source(catalogue, source, at=world.clock.now(), clock=world.clock, workers=1, on_progress=lambda _: None)
        with catalogue.transaction() as tx:
            tx.connection.execute(update(appraisal).values(is_stale=False))
        appraise_copies(catalogue, schedule_in_force(catalogue), on_progress=lambda _: None)


@pytest.mark.parametrize("grace_days", [0, 3])
def test_a_case_is_not_destroyed_by_a_day_that_a_newer_paper_has_overtaken(tmp_path: Path, grace_days: int) -> None:
    world = build_world(tmp_path, files=0, grace_days=grace_days)
    with world.catalogue() as catalogue:
        publish(catalogue)
    for path in ("C-1/first.txt", "C-1/second.txt", "C-2/other.txt"):
        put(world.share, f"Welfare/{path}")
    look(world)
    batch_id = world.approved().batch_id
    if grace_days:
        assert counts(world.dispose(batch_id)) == {"quarantined": 3}
        assert len(quarantined_files(world)) == 3

    put(world.share, "Welfare/C-1/Invoices/new.txt", at=world.clock.now())  # of another class
    look(world)
    world.clock.move(days=grace_days + 1)

    assert counts(world.dispose(batch_id)) == {"changed": 2, "destroyed": 1}
    assert (world.share / "Welfare/C-1/first.txt").exists()
    assert not (world.share / "Welfare/C-2/other.txt").exists()
    with world.catalogue() as catalogue, catalogue.reading() as tx:
        told = {item.path: item.reason for item in batches.items(tx, batch_id, asset_id=ASSET)}
    assert "no longer surely due" in told["Welfare/C-1/first.txt"]
