"""`retention dispose`: the only command that can remove a file from a share."""

import click

from retention.commands.rendering import Meter, meter, say, size_in_words, tell, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.batches import ItemState
from retention.domain.reconciliation import Reconciliation
from retention.errors import ExitCode, InvalidInputError
from retention.services.anchoring import promise
from retention.services.deciding import read_approved
from retention.services.disposing import (
    DisposalPlan,
    DisposalReport,
    Step,
    carry_out,
    plan_disposal,
    restore_batch,
)

_TROUBLED = (ItemState.CHANGED, ItemState.MISSING, ItemState.FAILED)


@click.command("dispose")
@click.argument("batch_id", metavar="BATCH")
@click.option("--destroy", is_flag=True, help="Act; without it only the plan is shown and nothing is touched.")
@click.option("--confirm", metavar="NAME", help="The batch's name once more; needed with --destroy.")
@click.option("--restore", is_flag=True, help="Put back what is still in quarantine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def command(
    session: Session, *, batch_id: str, destroy: bool, confirm: str | None, restore: bool, as_json: bool
) -> int:
    """Dispose of an approved batch.

    Shows what would happen; --destroy --confirm BATCH does it: every file is found again, hashed, compared
    with what was approved, and moved into quarantine; after the grace period it is destroyed. Safe to run
    again after any interruption. Leaves with 3 when some items were changed, missing or failed.
    """
    _check(batch_id, destroy=destroy, restore=restore, confirm=confirm)
    with session.engine() as engine:
        if not (destroy or restore):
            plan = plan_disposal(
                engine.catalogue,
                read_approved(engine.catalogue, batch_id),
                grace_days=engine.settings.grace_days,
                as_of=engine.today,
            )
            return _print_plan(plan, promise(engine.settings), as_json=as_json)
        person = session.acting_person(engine)
        with engine.log() as log, meter() as bar:
            approved = read_approved(engine.catalogue, batch_id)
            disposer = engine.disposer(log, _Watcher(bar, len(approved.items)))
            act = carry_out if destroy else restore_batch
            report = act(disposer, approved, person=person)
    return _print_report(report, as_json=as_json)


class _Watcher:
    """Turns the steps of a run into a meter."""

    def __init__(self, bar: Meter, items: int) -> None:
        self._bar = bar
        self._items = items
        self._done = 0

    def __call__(self, step: Step, items: int) -> None:
        if step is Step.STORED:
            self._done += items
            self._bar.show("files", self._done, max(self._items, self._done))


def _check(batch_id: str, *, destroy: bool, restore: bool, confirm: str | None) -> None:
    if destroy and restore:
        raise InvalidInputError(
            what="--destroy and --restore contradict each other",
            not_done="Nothing was touched.",
            next_step="Give one of them.",
        )
    if destroy and confirm != batch_id:
        raise InvalidInputError(
            what="the batch's name was not confirmed",
            not_done="Nothing was touched.",
            next_step=f"Look at the plan first, without --destroy; then add: --destroy --confirm {batch_id}",
        )


def _figures(figures: Reconciliation) -> dict[str, object]:
    return figures.to_json()


def _print_plan(plan: DisposalPlan, promised: tuple[str, str], *, as_json: bool) -> int:
    needed, words = promised
    if as_json:
        write_json(
            {
                "batch": plan.batch_id,
                "dry_run": True,
                "purge_needs": needed,
                "purge_promise": words,
                **_figures(plan.reconciliation),
            }
        )
        return ExitCode.DONE
    _print_figures(f"Plan for batch {plan.batch_id}", plan.reconciliation)
    for reason, count in plan.reasons().most_common():
        say(f"  {count} would stay: {reason}")
    say(words)
    say(f"Nothing was touched. Quarantine lasts {plan.grace_days} days before anything is destroyed.")
    say(f"To act: retention dispose {plan.batch_id} --destroy --confirm {plan.batch_id}")
    return ExitCode.DONE


def _print_report(report: DisposalReport, *, as_json: bool) -> int:
    figures = report.reconciliation
    if as_json:
        write_json(
            {
                "batch": report.batch_id,
                "closed": report.is_closed,
                "waiting_for": report.waiting_for,
                "purge_not_before": None if report.purge_not_before is None else report.purge_not_before.isoformat(),
                **_figures(figures),
            }
        )
    else:
        _print_figures(f"Batch {report.batch_id}", figures)
        if report.is_closed:
            say(f"The batch is closed. Next: retention certificate {report.batch_id}")
        elif report.waiting_for:
            say(f"Past its grace period, and not destroyed: this waits for {report.waiting_for}.")
            say("To show the log to them: retention log anchor. Then run this again.")
            say(f"To put everything back: retention dispose {report.batch_id} --restore")
        elif report.purge_not_before is not None:
            say(f"In quarantine until {report.purge_not_before:%Y-%m-%d %H:%M}; run this again after that.")
            say(f"To put everything back: retention dispose {report.batch_id} --restore")
    for trouble in report.troubles:
        tell(trouble)
    troubled = sum(figures.counts[state] for state in _TROUBLED)
    return ExitCode.SOME_SKIPPED if troubled or report.troubles else ExitCode.DONE


def _print_figures(title: str, figures: Reconciliation) -> None:
    rows = [
        (str(state), figures.counts[state], size_in_words(figures.sizes_bytes[state]))
        for state in ItemState
        if figures.counts[state]
    ]
    rows.append(("proposed", figures.proposed, size_in_words(figures.proposed_bytes)))
    write_table(title, ("Outcome", "Items", "Size"), rows, figures=("Items", "Size"))
