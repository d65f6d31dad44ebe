"""The gates in front of every disposal: who, what was approved, the holds, and the brakes."""

from dataclasses import dataclass

from retention.domain.batches import ApprovedBatch, BatchItem
from retention.domain.holds import HoldRegister, HoldState
from retention.domain.people import Person, PersonId, Role
from retention.errors import CatalogueDamagedError, LogDamagedError, NotApprovedError, RefusedByPolicyError
from retention.services import anchoring, recording
from retention.services.disposing.disposer import Disposer
from retention.services.disposing.journal import BatchTrail
from retention.services.proposing import root_over
from retention.services.workspace import Workspace
from retention.store import holds, schedules
from retention.store.catalogue import Transaction, lock_register


@dataclass(slots=True)
class HoldGate:
    """The holds as asked for the whole run; asked again in the transaction of every single file (gate 4 of 4)."""

    register: HoldRegister

    def reasons(self, tx: Transaction, item: BatchItem) -> tuple[str, ...]:
        """Return why `item` is held at this very moment; nobody can place a hold until `tx` ends."""
        lock_register(tx)
        return holds.register_about(tx, item.sha256).reasons(item)


def check_person(person: Person, approved: ApprovedBatch, *, destroys: bool) -> None:
    """Let a records manager dispose; let anybody in the chain of the approval restore.

    Raises:
        RefusedByPolicyError: `person` is neither.
    """
    in_the_chain = person.person_id in (approved.approver_id, approved.proposal.proposer_id)
    if person.has(Role.RECORDS_MANAGER) or (in_the_chain and not destroys):
        return
    raise RefusedByPolicyError(
        what=f"{person.person_id} may not {'destroy' if destroys else 'restore'} batch {approved.batch_id}",
        not_done="Nothing was touched.",
        next_step="Ask a records manager.",
    )


def check_approval(approved: ApprovedBatch, trail: BatchTrail) -> None:
    """Believe the log, not the catalogue: this very list was approved by somebody other than its proposer.

    Raises:
        NotApprovedError: The log has no such approval.
        LogDamagedError: Catalogue and log tell different stories about the list.
    """
    approval = trail.approval
    if not trail.proposals or approval is None:
        raise NotApprovedError(batch_id=approved.batch_id)
    proposers = {proposal["proposer"] for proposal in trail.proposals}
    if approval["decider"] in proposers:
        raise NotApprovedError(batch_id=approved.batch_id)
    roots = {
        root_over(approved.items),
        approved.manifest_root,
        approval["manifest"],
        *(proposal["manifest"] for proposal in trail.proposals),
    }
    people = proposers == {approved.proposal.proposer_id} and approval["decider"] == approved.approver_id
    is_told_once = len(trail.proposals) == len(roots) == 1
    if not (people and is_told_once) or frozenset(approval["excluded"]) != approved.excluded:
        raise LogDamagedError(
            what=f"the catalogue's list of batch {approved.batch_id} is not the list in the destruction log",
            not_done="Nothing was touched.",
            next_step="Find out who changed the catalogue; then propose what is due again.",
        )


def check_holds(tx: Transaction, trail: BatchTrail) -> None:
    """Raise unless the catalogue knows every hold that the log says is in force.

    A catalogue that was made anew, or restored from a backup, or changed by hand may have lost some.

    Raises:
        CatalogueDamagedError: A hold is not known, or is lifted only here.
    """
    in_force = {hold.hold_id for hold in holds.holds(tx) if hold.state is HoldState.ACTIVE}
    if lost := sorted(trail.holds - in_force - recording.lifts_on_the_way(tx)):
        raise CatalogueDamagedError(
            what=f"by the destruction log the hold {lost[0]} is in force, and by the catalogue it is not",
            not_done="Nothing was destroyed.",
            next_step="Restore a catalogue that has it, or place it again under the same name; whoever placed it may "
            "then lift it.",
        )


def check_schedule(tx: Transaction, approved: ApprovedBatch) -> None:
    """Raise unless the batch was approved under the schedule in force: an approval is pinned to its version.

    Raises:
        RefusedByPolicyError: Another version has come into force.
    """
    version = schedules.current_version(tx)
    if approved.proposal.schedule_version != version:
        raise RefusedByPolicyError(
            what=f"batch {approved.batch_id} was approved under schedule {approved.proposal.schedule_version}, "
            f"and {version} is in force",
            not_done="Nothing was destroyed.",
            next_step=f"Free it with `retention dispose {approved.batch_id} --restore`, then propose what is due now.",
        )


def keep_anchor_rule(trail: BatchTrail, disposer: Disposer, *, by: PersonId) -> None:
    """Put on record whose word from outside a purge needs, when the settings were changed since it was last said.

    Raises:
        InvalidInputError: The settings, or a file that they name, cannot be understood.
        disposal_log.LogError: It could not be written.
    """
    workspace = Workspace(disposer.folder)
    wanted = anchoring.wanted_rule(disposer.settings, workspace.folder)
    anchoring.keep_rule(disposer.log, trail.anchors, wanted, log_folder=workspace.log, by=by, at=disposer.clock.now())


def waiting_for_anchor(approved: ApprovedBatch, trail: BatchTrail, *, by: PersonId) -> str:
    """Say whose word from outside the purge still needs; empty when nobody's.

    A checkpoint that holds the approval and everything that was quarantined must have been seen outside this
    computer: after that, not even the holder of the log's key can invent the approval.
    """
    return trail.anchors.waiting_for(approved.batch_id, actor=by)


def check_limits(approved: ApprovedBatch, trail: BatchTrail, disposer: Disposer) -> None:
    """Refuse a lapsed approval and a batch that is larger than one run may be.

    Raises:
        NotApprovedError: The approval has lapsed.
        RefusedByPolicyError: There are too many items.
    """
    lapses_on = "" if trail.approval is None else trail.approval["expires"]
    if disposer.clock.now().date().isoformat() > lapses_on:
        raise NotApprovedError(batch_id=approved.batch_id, detail=f"the approval lapsed on {lapses_on}")
    if len(approved.items) > disposer.settings.max_items_per_run:
        raise RefusedByPolicyError(
            what=f"batch {approved.batch_id} has {len(approved.items)} items, too many for one run",
            not_done="Nothing was touched.",
            next_step="Raise [disposal] max_items_per_run in retention.toml, knowingly.",
        )
