"""`retention propose`: batches of what is surely due."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import click

from retention.commands.rendering import say, size_in_words, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.batches import ProposedBatch
from retention.domain.naming import path_fields
from retention.errors import ExitCode, InvalidInputError
from retention.services.proposing import BatchPlan, ProposalPlan, ProposalScope, plan_proposal, save_proposal


@click.command("propose")
@click.option("--asset", "asset_id", help="Only this asset.")
@click.option("--class", "class_id", help="Only this disposal class.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Ask for another day than today (not with --save).")
@click.option("--save", is_flag=True, help="Freeze the batches; without it nothing is changed.")
@click.option("--fail-if-empty", is_flag=True, help="Leave with exit code 4 when nothing is due.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(
    session: Session,
    *,
    asset_id: str | None,
    class_id: str | None,
    as_of: datetime | None,
    save: bool,
    fail_if_empty: bool,
    as_json: bool,
) -> int:
    """Make batches, one for each asset and class, of what is surely due and not held.

    Shows the plan; --save freezes it, pinned to every file's content, and puts it on record.
    """
    with session.engine() as engine:
        scope = ProposalScope(asset_id=asset_id, class_id=class_id)
        day = engine.today if as_of is None else as_of.date()
        schedule = engine.schedule()
        _check_class(schedule.by_id, class_id)
        version = schedule.schedule_version
        plan = plan_proposal(engine.catalogue, scope, schedule_version=version, as_of=day)
        names: list[str | None] = [None] * len(plan.batches)
        if save:
            person = session.acting_person(engine)
            with engine.log():
                made = save_proposal(
                    engine.catalogue, scope, schedule_version=version, as_of=day, person=person, at=engine.now
                )
            names = [batch.batch_id for batch in made]
            plan = replace(plan, batches=tuple(map(_as_plan, made)))
    _print(plan, names, as_json=as_json)
    return ExitCode.NOTHING_TO_DO if fail_if_empty and not plan.batches else ExitCode.DONE


def _check_class(known: Mapping[str, object], class_id: str | None) -> None:
    if class_id is not None and class_id not in known:
        raise InvalidInputError(
            what=f"the schedule in force has no class {class_id!r}",
            not_done="Nothing was proposed.",
            next_step="See its classes with: retention schedule list",
        )


def _as_plan(made: ProposedBatch) -> BatchPlan:
    # what was saved may differ from the plan looked at before it: a hold or another proposal came in between
    return BatchPlan(
        asset_id=made.asset.asset_id,
        class_id=made.class_id,
        items=made.items,
        manifest_root=made.manifest_root,
    )


def _print(plan: ProposalPlan, names: list[str | None], *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "as_of": plan.as_of.isoformat(),
                "batches": [
                    {
                        "batch": name,
                        "asset": batch.asset_id,
                        "disposal_class": batch.class_id,
                        "items": len(batch.items),
                        "bytes": batch.size_bytes,
                        "manifest_root": batch.manifest_root,
                    }
                    for name, batch in zip(names, plan.batches, strict=True)
                ],
                "refused": [{**path_fields(one.path), "reasons": list(one.reasons)} for one in plan.refused],
            }
        )
        return
    rows = [
        (name or "(plan)", batch.asset_id, batch.class_id, len(batch.items), size_in_words(batch.size_bytes))
        for name, batch in zip(names, plan.batches, strict=True)
    ]
    write_table(f"Due on {plan.as_of}", ("Batch", "Asset", "Class", "Items", "Size"), rows, figures=("Items", "Size"))
    say(f"{len(plan.refused)} files are past their period but may not be proposed; --json gives every reason.")
    if any(name is None for name in names):
        say("Nothing was saved. Add --save to put this forward.")
