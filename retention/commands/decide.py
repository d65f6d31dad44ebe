"""`retention decide`: a person's decision on a batch."""

import click

from retention.commands.rendering import say, write_json
from retention.commands.session import Session, pass_session
from retention.services.deciding import Verdict, decide_batch


@click.command("decide")
@click.argument("batch_id", metavar="BATCH")
@click.argument("verdict", type=click.Choice([str(verdict) for verdict in Verdict]))
@click.option(
    "--exclude",
    "excluded",
    multiple=True,
    type=int,
    metavar="NUMBER",
    help="An item to keep; may be repeated.",
)
@click.option("--reason", default="", help="Why; needed to keep a batch or an item.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(
    session: Session, *, batch_id: str, verdict: str, excluded: tuple[int, ...], reason: str, as_json: bool
) -> None:
    """Approve a batch, or keep it.

    Only the owner of the information may decide, and never the person who proposed
    it (exit code 6). If nobody decides, nothing is destroyed.
    """
    with session.engine() as engine:
        person = session.acting_person(engine)
        with engine.log():
            made = decide_batch(
                engine.catalogue,
                batch_id,
                Verdict(verdict),
                person=person,
                excluded=excluded,
                reason=reason,
                valid_days=engine.settings.approval_valid_days,
                at=engine.now,
            )
    if as_json:
        write_json(
            {
                "batch": made.batch_id,
                "decision": made.verdict,
                "decider": made.decider_id,
                "approved": made.approved,
                "excluded": list(made.excluded),
                "held": list(made.held),
            }
        )
        return
    if made.verdict is Verdict.KEEP:
        say(f"Batch {made.batch_id} is kept: nothing of it will be destroyed.")
        return
    say(f"Batch {made.batch_id}: {made.approved} items approved by {made.decider_id}.")
    if made.excluded or made.held:
        say(f"Kept all the same: {len(made.excluded)} left out, {len(made.held)} held.")
    say(f"Next: retention dispose {made.batch_id}")
