"""Placing and lifting disposal holds. A hold can always be placed, whatever has been approved."""

import os
import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from disposal_log import EntryType
from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldScope, HoldState
from retention.domain.naming import shown
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, UnknownThingError
from retention.services import recording
from retention.services.schedules.versions import schedule_of
from retention.store import assets, holds, schedules
from retention.store.catalogue import Catalogue, Transaction, lock_register

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,59}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
        InvalidInputError: The scope is empty or can cover nothing, or there is no reason.
        UnknownThingError: It names an asset or a class that does not exist, and would cover nothing.
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
    _check_name(order.hold_id)
    _check_class(catalogue, order.scope.class_id)
    with catalogue.transaction() as tx:
        lock_register(tx)
        scope = _checked_scope(tx, order.scope)
        hold = DisposalHold(
            hold_id=holds.next_number(tx) if order.hold_id is None else HoldId(order.hold_id),
            kind=order.kind,
            reason=shown(order.reason),
            mandate=shown(order.mandate),
            owner_id=person.person_id,
            scope=scope,
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
            lifted_reason=shown(reason),
        )
        version = holds.lift(tx, lifted)
        _note(tx, EntryType.HOLD_LIFTED, lifted, person=person, at=at, version=version)
    return lifted


def _check_name(hold_id: str | None) -> None:
    if hold_id is not None and not _NAME.fullmatch(hold_id):
        raise InvalidInputError(
            what=f"{shown(hold_id[:80])!r} cannot be the name of a hold",
            not_done="No hold was placed.",
            next_step="Use up to 60 letters, digits, full stops and hyphens, or leave it out.",
        )


def _check_class(catalogue: Catalogue, class_id: str | None) -> None:
    if class_id is None:
        return
    with catalogue.reading() as tx:
        versions = schedules.versions(tx)
    for version in reversed(versions):
        if any(one.id == class_id for one in schedule_of(catalogue, version).classes):
            return
    raise UnknownThingError(kind="class", name=class_id)


def _checked_scope(tx: Transaction, scope: HoldScope) -> HoldScope:
    """Return the scope in the form it is compared in: an order that covers nothing protects nothing."""
    if scope.asset_id is not None:
        assets.asset(tx, scope.asset_id)
    digest = None if scope.digest is None else scope.digest.strip().lower()
    if digest is not None and not _DIGEST.fullmatch(digest):
        raise _covers_nothing(f"{shown(digest[:80])!r} is not a SHA-256", "Give its 64 hexadecimal digits.")
    return replace(scope, digest=digest, path=None if scope.path is None else _below_its_root(tx, scope.path))


def _below_its_root(tx: Transaction, path: str) -> str:
    if shown(path) != path:
        raise _covers_nothing(
            f"the path {shown(path)} holds what is not text",
            "Put ? for each such character, hold the folder above, or give the content's --digest.",
        )
    # people copy whole paths from their file manager, also through links
    whole = os.path.realpath(path) if path.startswith("/") else path
    if not path.strip("/ ") or any(source.root == whole for source in assets.sources(tx)):
        raise _covers_nothing(f"{path!r} is a whole root", "Name its asset with --asset, or a folder below it.")
    found = assets.source_of_path(tx, whole)
    return path if found is None else found[1]


def _covers_nothing(what: str, next_step: str) -> InvalidInputError:
    return InvalidInputError(what=what, not_done="No hold was placed.", next_step=next_step)


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
