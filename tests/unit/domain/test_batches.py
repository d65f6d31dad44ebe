"""The law of approval: two people, the owner's word, the very list; no other way to an approved batch."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.domain.assets import AssetId, InformationAsset, SourceId
from retention.domain.batches import ApprovedBatch, BatchId, BatchItem, ItemState, ProposedBatch
from retention.domain.people import Person, PersonId, Role
from retention.domain.reconciliation import reconcile
from retention.domain.records import CopyId
from retention.errors import ConflictOfInterestError, RefusedByPolicyError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROOT = "ab" * 32


def person(name: str, *roles: Role) -> Person:
    return Person(person_id=PersonId(name), name=name.title(), roles=frozenset(roles))


RITA = person("rita", Role.RECORDS_MANAGER, Role.IAO)
IAN = person("ian", Role.IAO)
MINE = InformationAsset(asset_id=AssetId("FIN"), title="Finance", owner_id=IAN.person_id)


def an_item(number: int = 0, size_bytes: int = 10, state: ItemState = ItemState.PENDING) -> BatchItem:
    return BatchItem(
        number=number,
        copy_id=CopyId(number),
        source_id=SourceId("share"),
        asset_id=MINE.asset_id,
        path=f"a/{number}.txt",
        size_bytes=size_bytes,
        modified_ns=1,
        inode=number,
        device=1,
        sha256="00" * 32,
        media_type="text/plain",
        class_id="FIN-01",
        schedule_version="s@1",
        due_on=date(2020, 1, 1),
        evidence=("due",),
        state=state,
    )


def a_proposed_batch() -> ProposedBatch:
    return ProposedBatch(
        batch_id=BatchId("B-1"),
        asset=MINE,
        class_id="FIN-01",
        schedule_version="s@1",
        proposer_id=RITA.person_id,
        proposed_at=NOON,
        items=(an_item(0), an_item(1)),
        manifest_root=ROOT,
    )


def test_nobody_approves_their_own_proposal_even_as_the_owner() -> None:
    batch = replace(a_proposed_batch(), asset=replace(MINE, owner_id=RITA.person_id))

    with pytest.raises(ConflictOfInterestError, match="rita may not approve"):
        batch.approve(RITA, at=NOON, manifest_root=ROOT)


@pytest.mark.parametrize("role", list(Role))
def test_a_stranger_to_the_asset_approves_nothing_whatever_their_role(role: Role) -> None:
    with pytest.raises(RefusedByPolicyError, match="may not decide"):
        a_proposed_batch().approve(person("mallory", role), at=NOON, manifest_root=ROOT)


def test_an_owner_who_left_approves_nothing() -> None:
    with pytest.raises(RefusedByPolicyError):
        a_proposed_batch().approve(replace(IAN, is_retired=True), at=NOON, manifest_root=ROOT)


def test_another_list_than_the_proposed_one_cannot_be_approved() -> None:
    with pytest.raises(RefusedByPolicyError, match="not the list"):
        a_proposed_batch().approve(IAN, at=NOON, manifest_root="cd" * 32)


def test_an_item_that_is_not_in_the_batch_cannot_be_left_out_of_it() -> None:
    with pytest.raises(RefusedByPolicyError, match="no item 7"):
        a_proposed_batch().approve(IAN, at=NOON, manifest_root=ROOT, excluded=[7])


def test_an_approved_batch_cannot_be_made_without_an_approval() -> None:
    with pytest.raises(RuntimeError):
        ApprovedBatch(
            proposal=a_proposed_batch(),
            approver_id=IAN.person_id,
            approved_at=NOON,
            excluded=frozenset(),
            _made_by=object(),
        )


def test_the_owner_approves_the_list_that_was_proposed() -> None:
    approved = a_proposed_batch().approve(IAN, at=NOON, manifest_root=ROOT, excluded=[1])

    assert approved.approver_id == "ian"
    assert approved.excluded == {1}
    assert approved.manifest_root == ROOT


@given(st.lists(st.tuples(st.sampled_from(ItemState), st.integers(0, 2**40))))
def test_the_parts_always_sum_to_what_was_proposed(found: list[tuple[ItemState, int]]) -> None:
    items = [an_item(number, size, state) for number, (state, size) in enumerate(found)]

    sums = reconcile(items)

    assert sum(sums.counts.values()) == sums.proposed == len(items)
    assert sum(sums.sizes_bytes.values()) == sums.proposed_bytes
    assert sums.balances == all(item.state.is_final for item in items)
