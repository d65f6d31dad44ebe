"""The gates in front of every disposal: who, what was approved, the holds, and the brakes."""

from dataclasses import dataclass

from retention.domain.batches import ApprovedBatch, BatchItem
from retention.domain.holds import HoldRegister
from retention.domain.people import Person, Role
from retention.errors import LogDamagedError, NotApprovedError, RefusedByPolicyError
from retention.services.disposing.disposer import Disposer
from retention.services.disposing.journal import BatchTrail
from retention.services.proposing import root_over
from retention.store import holds
from retention.store.catalogue import Transaction, lock_register


@dataclass(slots=True)
class HoldGate:
    """The holds as last asked; asked again inside the transaction of every single file (gate 4 of 4)."""

    register: HoldRegister

    def reasons(self, tx: Transaction, item: BatchItem) -> tuple[str, ...]:
        """Return why `item` is held at this very moment; nobody can place a hold until `tx` ends."""
        lock_register(tx)
        if holds.register_version(tx) != self.register.version:
            self.register = holds.active_register(tx)
        return self.register.reasons(item)


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
    if trail.proposal is None or approval is None or approval["decider"] == trail.proposal["proposer"]:
        raise NotApprovedError(batch_id=approved.batch_id)
    roots = {
        root_over(approved.items),
        approved.manifest_root,
        trail.proposal["manifest"],
        approval["manifest"],
    }
    if len(roots) != 1 or frozenset(approval["excluded"]) != approved.excluded:
        raise LogDamagedError(
            what=f"the catalogue's list of batch {approved.batch_id} is not the list in the destruction log",
            not_done="Nothing was touched.",
            next_step="Find out who changed the catalogue; then propose what is due again.",
        )


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
