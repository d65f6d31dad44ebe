"""People in the catalogue, and the password hashes of those who have a local account."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from retention.domain.people import Person, PersonId, Role
from retention.errors import UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.schema import person as person_table


def add_person(tx: Transaction, person: Person, password_hash: str | None = None) -> None:
    """Register `person`.

    Raises:
        StaleError: The name, or the operating-system user, is registered already (when the transaction ends).
    """
    tx.connection.execute(
        insert(person_table).values(
            person_id=person.person_id,
            name=person.name,
            roles=" ".join(sorted(person.roles)),
            os_user=person.os_user,
            password_hash=password_hash,
            is_retired=person.is_retired,
        )
    )


def person(tx: Transaction, person_id: str) -> Person:
    """Return one person, in post or retired.

    Raises:
        UnknownThingError: Nobody of that name is registered.
    """
    found = _first(tx, person_table.c.person_id == person_id)
    if found is None:
        raise UnknownThingError(kind="person", name=person_id)
    return found


def people(tx: Transaction) -> tuple[Person, ...]:
    """Return everybody who was ever registered, by name."""
    rows = tx.connection.execute(select(person_table).order_by(person_table.c.person_id))
    return tuple(_person(row) for row in rows.mappings())


def person_of_os_user(tx: Transaction, os_user: str) -> Person | None:
    """Return who works under the operating system's account `os_user`, or None."""
    return _first(tx, person_table.c.os_user == os_user)


def password_hash(tx: Transaction, person_id: str) -> str | None:
    """Return the stored hash; None when the person has no password.

    Raises:
        UnknownThingError: Nobody of that name is registered.
    """
    row = tx.connection.execute(
        select(person_table.c.password_hash).where(person_table.c.person_id == person_id)
    ).first()
    if row is None:
        raise UnknownThingError(kind="person", name=person_id)
    return None if row.password_hash is None else str(row.password_hash)


def set_password_hash(tx: Transaction, person_id: str, password_hash: str | None) -> None:
    """Store a new hash, or take the password away.

    Raises:
        UnknownThingError: Nobody of that name is registered.
    """
    done = tx.connection.execute(
        update(person_table).where(person_table.c.person_id == person_id).values(password_hash=password_hash)
    )
    if done.rowcount != 1:
        raise UnknownThingError(kind="person", name=person_id)


def _first(tx: Transaction, condition: Any) -> Person | None:  # noqa: ANN401  # SQLAlchemy's own expression
    row = tx.connection.execute(select(person_table).where(condition)).mappings().first()
    return None if row is None else _person(row)


def _person(row: Mapping[Any, Any]) -> Person:
    return Person(
        person_id=PersonId(row["person_id"]),
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"].split()),
        os_user=row["os_user"],
        is_retired=row["is_retired"],
    )
