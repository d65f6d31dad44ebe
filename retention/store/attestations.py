"""What people said about cases and files, in the catalogue; and which appraisals must be made again for it."""

import json
import os
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, text, update

from retention.domain.assets import SourceId
from retention.domain.attestations import Attestation, AttestationId, AttestationState, Reach
from retention.domain.naming import shown
from retention.domain.people import PersonId
from retention.errors import StaleError, UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.counters import next_value, value
from retention.store.instants import loaded, loaded_date, loaded_or_none, stored
from retention.store.schema import appraisal, attestation, record_copy

ATTESTATION_NUMBER = "attestation_number"
_VERSION = "attestations"


def version(tx: Transaction) -> int:
    """Return a number that goes up with every statement, replacement and withdrawal."""
    return value(tx, _VERSION)


def lock(tx: Transaction) -> None:
    """Make stating something and storing appraisals wait for one another, until this transaction ends.

    Otherwise an appraisal made without a statement could be stored right after it, and nobody would notice. SQLite
    has one writer at a time anyway.
    """
    if not tx.is_sqlite:
        tx.connection.execute(text("LOCK TABLE attestation IN SHARE ROW EXCLUSIVE MODE"))


def next_number(tx: Transaction) -> AttestationId:
    """Return a name that no statement ever had, in this catalogue or in what the log told it of an earlier one."""
    return AttestationId(f"A-{next_value(tx, ATTESTATION_NUMBER):04d}")


def add(tx: Transaction, made: Attestation) -> int:
    """Store a statement; return how many copies must be appraised again for it."""
    tx.connection.execute(
        insert(attestation).values(
            attestation_id=made.attestation_id,
            source_id=made.source_id,
            path=os.fsencode(made.path),
            path_text=shown(made.path),
            reach=made.reach,
            key=made.key,
            happened_on=None if made.on is None else made.on.isoformat(),
            holds=made.holds,
            basis=made.basis,
            classes=json.dumps(made.classes),
            stated_by=made.stated_by,
            stated_at=stored(made.stated_at),
            state=made.state,
        )
    )
    return _mark_stale(tx, made)


def end(tx: Transaction, ended: Attestation) -> int:
    """Store that a statement was replaced or withdrawn; return how many copies must be appraised again for it.

    Raises:
        StaleError: It does not stand any more.
    """
    done = tx.connection.execute(
        update(attestation)
        .where(attestation.c.attestation_id == ended.attestation_id, attestation.c.state == AttestationState.ACTIVE)
        .values(
            state=ended.state,
            ended_at=None if ended.ended_at is None else stored(ended.ended_at),
            ended_by=ended.ended_by,
            ended_reason=ended.ended_reason,
            replaced_by=ended.replaced_by,
        )
    )
    if done.rowcount != 1:
        raise StaleError(
            what=f"statement {ended.attestation_id} was replaced or withdrawn already",
            not_done="Nothing was changed.",
            next_step="See who did: retention events list",
        )
    return _mark_stale(tx, ended)


def one(tx: Transaction, attestation_id: str) -> Attestation:
    """Return one statement, whether it stands or not.

    Raises:
        UnknownThingError: There is none of that name.
    """
    wanted = select(attestation).where(attestation.c.attestation_id == attestation_id)
    row = tx.connection.execute(wanted).mappings().first()
    if row is None:
        raise UnknownThingError(kind="statement", name=attestation_id)
    return _attestation(dict(row))


def standing(tx: Transaction, made: Attestation) -> Attestation | None:
    """Return the statement that a new one about the very same thing replaces."""
    row = (
        tx.connection.execute(
            select(attestation).where(
                attestation.c.source_id == made.source_id,
                attestation.c.path == os.fsencode(made.path),
                attestation.c.reach == made.reach,
                attestation.c.key == made.key,
                attestation.c.classes == json.dumps(made.classes),
                attestation.c.state == AttestationState.ACTIVE,
            )
        )
        .mappings()
        .first()
    )
    return None if row is None else _attestation(dict(row))


def every(tx: Transaction, *, only_standing: bool = False) -> Iterator[Attestation]:
    """Yield the statements, oldest first."""
    wanted = select(attestation).order_by(attestation.c.stated_at, attestation.c.attestation_id)
    if only_standing:
        wanted = wanted.where(attestation.c.state == AttestationState.ACTIVE)
    for row in tx.connection.execute(wanted).mappings():
        yield _attestation(dict(row))


def about(tx: Transaction, source_id: str, path: str) -> tuple[Attestation, ...]:
    """Return every statement ever made about a file or a folder above it, oldest first."""
    parts = path.split("/")
    places = [os.fsencode("/".join(parts[:length])) for length in range(len(parts) + 1)]
    rows = tx.connection.execute(
        select(attestation)
        .where(attestation.c.source_id == source_id, attestation.c.path.in_(places))
        .order_by(attestation.c.stated_at, attestation.c.attestation_id)
    )
    return tuple(_attestation(dict(row)) for row in rows.mappings())


def count_covered(tx: Transaction, source_id: str, path: str) -> int:
    """Return how many known copies lie at or below `path`."""
    counted = select(func.count()).select_from(record_copy).where(_lies_in(source_id, path))
    return int(tx.connection.execute(counted).scalar_one())


def _mark_stale(tx: Transaction, said: Attestation) -> int:
    """Mark what must be appraised again.

    The class of a stale appraisal still counts, for a hold may be on it. All that lies in the folder is marked: another
    class, and with it another case, may come of any statement.
    """
    next_value(tx, _VERSION)
    covered = select(record_copy.c.copy_id).where(_lies_in(said.source_id, said.path))
    marked = tx.connection.execute(update(appraisal).where(appraisal.c.copy_id.in_(covered)).values(is_stale=True))
    return int(marked.rowcount)


def _lies_in(source_id: str, path: str) -> ColumnElement[bool]:
    place = os.fsencode(path)
    below = and_(record_copy.c.path >= place + b"/", record_copy.c.path < place + b"0")
    # the papers that lie in the root itself are a case of their own
    is_there = or_(record_copy.c.path == place, below) if place else record_copy.c.path >= b""
    return and_(record_copy.c.source_id == source_id, is_there)


def _attestation(row: dict[str, Any]) -> Attestation:
    return Attestation(
        attestation_id=AttestationId(row["attestation_id"]),
        source_id=SourceId(row["source_id"]),
        path=os.fsdecode(row["path"]),
        reach=Reach(row["reach"]),
        key=row["key"],
        on=loaded_date(row["happened_on"]),
        holds=None if row["holds"] is None else bool(row["holds"]),
        basis=row["basis"],
        classes=tuple(json.loads(row["classes"])),
        stated_by=PersonId(row["stated_by"]),
        stated_at=loaded(row["stated_at"]),
        state=AttestationState(row["state"]),
        ended_at=loaded_or_none(row["ended_at"]),
        ended_by=None if row["ended_by"] is None else PersonId(row["ended_by"]),
        ended_reason=row["ended_reason"],
        replaced_by=None if row["replaced_by"] is None else AttestationId(row["replaced_by"]),
    )
