"""Placing and lifting disposal holds. A hold can always be placed, whatever has been approved."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from disposal_log import EntryType
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldScope, HoldState
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError
from retention.services import recording
from retention.store import holds
from retention.store.catalogue import Catalogue, Transaction, lock_register
from retention.store.counters import next_value


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOrder:
    """What somebody asks for when they place a hold."""

    kind: HoldKind
    reason: str
    mandate: str
    scope: HoldScope
    reassess_on: date
    hold_id: str | None = None


def place_hold(catalogue: Catalogue, order: HoldOrder, *, person: Person, at: datetime) -> DisposalHold:
    """Place a hold and note it for the log; it is in force as soon as this returns.

    Raises:
        RefusedByPolicyError: `person` may not place holds.
        InvalidInputError: The scope is empty, or there is no reason.
    """
    _check_may_hold(person, "placed")
    if order.scope.is_empty:
        raise InvalidInputError(
            what="the hold says nothing about what it covers",
            not_done="No hold was placed.",
            next_step="Give at least one of --asset, --class, --path, --digest.",
        )
    if not order.reason.strip():
        raise InvalidInputError(
            what="the hold has no reason", not_done="No hold was placed.", next_step="Give one with --reason."
        )
    with catalogue.transaction() as tx:
        lock_register(tx)
        hold = DisposalHold(
            hold_id=HoldId(order.hold_id or f"H-{next_value(tx, 'hold_number'):04d}"),
            kind=order.kind,
            reason=order.reason,
            mandate=order.mandate,
            owner_id=person.person_id,
            scope=order.scope,
            placed_at=at,
            reassess_on=order.reassess_on,
        )
        version = holds.place(tx, hold)
        _note(tx, EntryType.HOLD_PLACED, hold, person=person, at=at, version=version)
    return hold


def lift_hold(catalogue: Catalogue, hold_id: str, *, reason: str, person: Person, at: datetime) -> DisposalHold:
    """Lift a hold, for a reason; what it covered follows its schedule again, with its original due date.

    Raises:
        RefusedByPolicyError: `person` may not lift holds.
        InvalidInputError: There is no reason.
        UnknownThingError: There is no such hold.
        StaleError: It is lifted already.
    """
    _check_may_hold(person, "lifted")
    if not reason.strip():
        raise InvalidInputError(
            what="a hold is lifted for a reason",
            not_done="The hold stays.",
            next_step="Give one with --reason.",
        )
    with catalogue.transaction() as tx:
        lock_register(tx)
        lifted = replace(
            holds.hold(tx, hold_id),
            state=HoldState.LIFTED,
            lifted_at=at,
            lifted_by=person.person_id,
            lifted_reason=reason,
        )
        version = holds.lift(tx, lifted)
        _note(tx, EntryType.HOLD_LIFTED, lifted, person=person, at=at, version=version)
    return lifted


def _check_may_hold(person: Person, word: str) -> None:
    if not person.has(Role.RECORDS_MANAGER, Role.IAO, Role.IAA):
        raise RefusedByPolicyError(
            what=f"{person.person_id} may not place or lift holds",
            not_done=f"No hold was {word}.",
            next_step="Ask a records manager or the owner of the information.",
        )


def _note(tx: Transaction, kind: EntryType, hold: DisposalHold, *, person: Person, at: datetime, version: int) -> None:
    scope = {
        "scope": hold.scope.in_words(),
        "reason": hold.reason if hold.lifted_reason is None else hold.lifted_reason,
        "mandate": hold.mandate,
    }
    recording.note(
        tx,
        recording.drafted(
            kind,
            at=at,
            actor=person.person_id,
            body={"hold": hold.hold_id, "kind": str(hold.kind), "register_version": str(version)},
            disclosures=scope,
        ),
    )
