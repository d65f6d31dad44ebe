"""`retention batch`: what was put forward, and what became of it."""

from collections.abc import Sequence

import click

from retention.commands.rendering import say, size_in_words, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.batches import BatchItem, BatchSummary, Decision, ProposedBatch
from retention.domain.naming import path_fields
from retention.services.listing import list_batches, show_batch


@click.group("batch")
def command() -> None:
    """List and show batches."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """List every batch."""
    with session.engine() as engine:
        found = list_batches(engine.catalogue)
    if as_json:
        write_json({"batches": [_summary_as_json(one) for one in found]})
        return
    rows = [
        (
            one.batch_id,
            one.state,
            one.asset_id,
            one.class_id,
            one.items,
            size_in_words(one.size_bytes),
            one.proposer_id,
        )
        for one in found
    ]
    columns = ("Batch", "State", "Asset", "Class", "Items", "Size", "Proposed by")
    write_table("Batches", columns, rows, figures=("Items", "Size"))


@command.command("show")
@click.argument("batch_id", metavar="BATCH")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def show(session: Session, *, batch_id: str, as_json: bool) -> None:
    """Show a batch: every item with its number, why it is due, and what became of it."""
    with session.engine() as engine:
        summary, batch, decisions = show_batch(engine.catalogue, batch_id)
    if as_json:
        write_json(
            {
                **_summary_as_json(summary),
                "decisions": [_decision_as_json(one) for one in decisions],
                "entries": [_item_as_json(item) for item in batch.items],
            }
        )
        return
    _print(summary, batch, decisions)


def _print(summary: BatchSummary, batch: ProposedBatch, decisions: Sequence[Decision]) -> None:
    say(f"Batch {summary.batch_id}: {summary.state}, {summary.items} items, {size_in_words(summary.size_bytes)}")
    say(f"Asset {batch.asset.asset_id} ({batch.asset.title}), owner {batch.asset.owner_id}; class {batch.class_id}")
    say(f"Proposed by {batch.proposer_id} on {batch.proposed_at.date()}; list {batch.manifest_root}")
    for one in decisions:
        say(f"Decision of {one.decider_id} on {one.decided_at.date()}: {one.decision} {one.reason}".rstrip())
    rows = [
        (item.number, item.path, size_in_words(item.size_bytes), item.due_on, item.state, item.reason)
        for item in batch.items
    ]
    write_table("Items", ("No.", "Path", "Size", "Due", "State", "Reason"), rows, figures=("No.", "Size"))


def _summary_as_json(one: BatchSummary) -> dict[str, object]:
    return {
        "batch": one.batch_id,
        "state": one.state,
        "asset": one.asset_id,
        "disposal_class": one.class_id,
        "proposer": one.proposer_id,
        "proposed_at": one.proposed_at.isoformat(),
        "items": one.items,
        "bytes": one.size_bytes,
        "manifest_root": one.manifest_root,
    }


def _decision_as_json(one: Decision) -> dict[str, object]:
    return {
        "decision": one.decision,
        "decider": one.decider_id,
        "decided_at": one.decided_at.isoformat(),
        "reason": one.reason,
        "excluded": sorted(one.excluded),
    }


def _item_as_json(item: BatchItem) -> dict[str, object]:
    return {
        "number": item.number,
        **path_fields(item.path),
        "size_bytes": item.size_bytes,
        "sha256": item.sha256,
        "due_on": item.due_on.isoformat(),
        "reasons": list(item.evidence),
        "state": item.state,
        "reason": item.reason,
    }
