"""Disposal holds in the catalogue, and the register of what they cover at this moment."""

from itertools import chain
from typing import Any

from sqlalchemy import insert, select, update

from retention.domain.assets import AssetId
from retention.domain.holds import (
    DisposalHold,
    HoldId,
    HoldKind,
    HoldRegister,
    HoldScope,
    HoldState,
    register_of,
)
from retention.domain.people import PersonId
from retention.domain.records import CopyState
from retention.errors import StaleError, UnknownThingError
from retention.store import batches, records
from retention.store.catalogue import Transaction
from retention.store.counters import next_value, value
from retention.store.instants import loaded, loaded_date, loaded_or_none, stored
from retention.store.schema import disposal_hold

REGISTER_VERSION = "hold_register"
HOLD_NUMBER = "hold_number"


def place(tx: Transaction, hold: DisposalHold) -> int:
    """Add `hold`; return the new version of the register."""
    scope = hold.scope
    tx.connection.execute(
        insert(disposal_hold).values(
            hold_id=hold.hold_id,
            kind=hold.kind,
            reason=hold.reason,
            mandate=hold.mandate,
            owner_id=hold.owner_id,
            asset_id=scope.asset_id,
            class_id=scope.class_id,
            path=scope.path,
            digest=scope.digest,
            placed_at=stored(hold.placed_at),
            reassess_on=hold.reassess_on.isoformat(),
            state=hold.state,
        )
    )
    return next_value(tx, REGISTER_VERSION)


def lift(tx: Transaction, hold: DisposalHold) -> int:
    """Store that `hold` was lifted; return the new version of the register.

    Raises:
        StaleError: Somebody lifted it a moment ago.
    """
    done = tx.connection.execute(
        update(disposal_hold)
        .where(disposal_hold.c.hold_id == hold.hold_id, disposal_hold.c.state == HoldState.ACTIVE)
        .values(
            state=hold.state,
            lifted_at=None if hold.lifted_at is None else stored(hold.lifted_at),
            lifted_by=hold.lifted_by,
            lifted_reason=hold.lifted_reason,
        )
    )
    if done.rowcount != 1:
        raise StaleError(
            what=f"hold {hold.hold_id} is not active any more",
            not_done="It was not lifted a second time.",
            next_step="See who lifted it: retention hold list",
        )
    return next_value(tx, REGISTER_VERSION)


def hold(tx: Transaction, hold_id: str) -> DisposalHold:
    """Return one hold, active or lifted.

    Raises:
        UnknownThingError: There is none of that name.
    """
    row = tx.connection.execute(select(disposal_hold).where(disposal_hold.c.hold_id == hold_id)).mappings().first()
    if row is None:
        raise UnknownThingError(kind="hold", name=hold_id)
    return _hold(dict(row))


def holds(tx: Transaction) -> tuple[DisposalHold, ...]:
    """Return every hold ever placed, oldest first."""
    rows = tx.connection.execute(select(disposal_hold).order_by(disposal_hold.c.placed_at, disposal_hold.c.hold_id))
    return tuple(_hold(dict(row)) for row in rows.mappings())


def active_register(tx: Transaction) -> HoldRegister:
    """Return what is held at this moment, copies of held content included.

    The known copies are read once, and only when a hold is active.
    """
    active = tuple(one for one in holds(tx) if one.state is HoldState.ACTIVE)
    subjects = chain(records.hold_subjects(tx, active), batches.open_subjects(tx)) if active else iter(())
    return register_of(value(tx, REGISTER_VERSION), active, subjects)


def next_number(tx: Transaction) -> HoldId:
    """Return a name that no hold ever had, in this catalogue or in what the log told it of an earlier one."""
    while True:
        name = HoldId(f"H-{next_value(tx, HOLD_NUMBER):04d}")
        taken = select(disposal_hold.c.hold_id).where(disposal_hold.c.hold_id == name)
        if tx.connection.execute(taken).first() is None:  # somebody may have named one so
            return name


def register_about(tx: Transaction, sha256: str) -> HoldRegister:
    """Return the active holds and, of all copies, what is known at this moment of those with one content.

    A scan may have found a held copy since the whole register was read: that changes no hold, only its reach.
    """
    rows = tx.connection.execute(select(disposal_hold).where(disposal_hold.c.state == HoldState.ACTIVE))
    active = tuple(_hold(dict(row)) for row in rows.mappings())
    copies = records.appraised(tx, sha256=sha256) if active else iter(())
    known = (copy for copy in copies if copy.copy.state is not CopyState.DESTROYED)
    return register_of(value(tx, REGISTER_VERSION), active, known)


def _hold(row: dict[str, Any]) -> DisposalHold:
    reassess_on = loaded_date(row["reassess_on"])
    if reassess_on is None:  # pragma: no cover  # the column is not nullable
        raise TypeError(row)
    return DisposalHold(
        hold_id=HoldId(row["hold_id"]),
        kind=HoldKind(row["kind"]),
        reason=row["reason"],
        mandate=row["mandate"],
        owner_id=PersonId(row["owner_id"]),
        scope=HoldScope(
            asset_id=None if row["asset_id"] is None else AssetId(row["asset_id"]),
            class_id=row["class_id"],
            path=row["path"],
            digest=row["digest"],
        ),
        placed_at=loaded(row["placed_at"]),
        reassess_on=reassess_on,
        state=HoldState(row["state"]),
        lifted_at=loaded_or_none(row["lifted_at"]),
        lifted_by=None if row["lifted_by"] is None else PersonId(row["lifted_by"]),
        lifted_reason=row["lifted_reason"],
    )
