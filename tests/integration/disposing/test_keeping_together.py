"""What is one thing to a person is proposed whole or not at all."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import update

from retention.services.proposing import ProposalPlan, ProposalScope, plan_proposal
from retention.services.schedules.versions import schedule_in_force
from retention.store.schema import appraisal, record_copy
from tests.integration.disposing.world import NOON, World, build_world, record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path, files=0)


def put(world: World, *paths: str) -> None:
    made = [world.share / path for path in paths]
    for file in made:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{file.name}, 3 May 2011")
    with world.catalogue() as catalogue:
        record(world, catalogue, made)


def change(world: World, path: str, values: Mapping[str, object], *, of_copy: bool = False) -> None:
    with world.catalogue() as catalogue, catalogue.transaction() as tx:
        (number,) = tx.connection.execute(
            record_copy.select().with_only_columns(record_copy.c.copy_id).where(record_copy.c.path_text == path)
        ).scalars()
        table = record_copy if of_copy else appraisal
        tx.connection.execute(update(table).where(table.c.copy_id == number).values(**values))


def plan(world: World, **scope: str) -> ProposalPlan:
    with world.catalogue() as catalogue:
        version = schedule_in_force(catalogue).schedule_version
        return plan_proposal(catalogue, ProposalScope(**scope), schedule_version=version, as_of=NOON.date())


def proposed(found: ProposalPlan) -> list[str]:
    return sorted(item.path for batch in found.batches for item in batch.items)


PAGE = ("old/page.htm", "old/page_files/logo.gif", "old/page_files/deep/sign.gif", "old/other.txt", "old page/x.txt")


def test_a_page_goes_with_its_pictures_when_all_of_it_is_due(world: World) -> None:
    put(world, *PAGE)

    found = plan(world)

    assert proposed(found) == sorted(PAGE)
    assert found.refused == ()


@pytest.mark.parametrize("kept", PAGE[:3])
def test_one_part_that_is_not_due_keeps_the_whole_page_and_nothing_else(world: World, kept: str) -> None:
    put(world, *PAGE)
    change(world, kept, {"due_earliest": None, "due_latest": None})

    found = plan(world)

    assert proposed(found) == ["old page/x.txt", "old/other.txt"]
    assert sorted(refusal.path for refusal in found.refused) == sorted(set(PAGE[:3]) - {kept})
    assert all("belongs to old/page.htm" in refusal.reasons[-1] for refusal in found.refused)


def test_a_part_that_could_not_be_read_keeps_the_others(world: World) -> None:
    put(world, "map.shp", "map.dbf", "map.shx")
    change(world, "map.dbf", {"state": "unreadable"}, of_copy=True)

    assert proposed(plan(world)) == []


def test_a_part_that_is_gone_for_good_does_not_keep_the_others_for_ever(world: World) -> None:
    put(world, "map.shp", "map.dbf", "map.shx")
    change(world, "map.dbf", {"state": "missing"}, of_copy=True)

    assert proposed(plan(world)) == ["map.shp", "map.shx"]


def test_parts_of_one_archive_never_go_under_two_classes(world: World) -> None:
    put(world, "a.zip.001", "a.zip.002")
    change(world, "a.zip.002", {"class_id": "FIN-02"})

    assert proposed(plan(world)) == []
    assert proposed(plan(world, class_id="FIN-01")) == []


def test_what_a_program_left_beside_a_document_may_go_alone(world: World) -> None:
    put(world, "letter.docx", "~$letter.docx")
    change(world, "letter.docx", {"due_earliest": None, "due_latest": None})

    assert proposed(plan(world)) == ["~$letter.docx"]


@pytest.mark.parametrize(
    ("document", "lock"),
    [("budget.xlsx", "~$budget.xlsx"), ("old/minutes.odt", "old/.~lock.minutes.odt#"), ("b.accdb", "b.laccdb")],
)
def test_a_document_that_somebody_has_open_is_not_proposed(world: World, document: str, lock: str) -> None:
    put(world, document, lock, "other.txt")
    now_ns = int(NOON.timestamp()) * 1_000_000_000
    change(world, lock, {"modified_ns": now_ns}, of_copy=True)

    found = plan(world)

    assert document not in proposed(found)
    assert "other.txt" in proposed(found)
    (refusal,) = [one for one in found.refused if one.path == document]
    assert "somebody seems to have it open" in refusal.reasons[-1]


def test_a_lock_that_a_crash_left_behind_long_ago_keeps_nothing(world: World) -> None:
    put(world, "budget.xlsx", "~$budget.xlsx")
    change(world, "~$budget.xlsx", {"modified_ns": int(1.3e18)}, of_copy=True)

    assert "budget.xlsx" in proposed(plan(world))
