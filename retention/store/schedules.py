"""Published retention schedules: each version's whole text, so that old decisions can still cite it.

A published version is never changed (Slipcase Records Profile 3.6): the text of the day is kept.
"""

from datetime import datetime

from sqlalchemy import func, insert, select

from retention.errors import StaleError, UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.instants import stored
from retention.store.schema import schedule


def publish(tx: Transaction, schedule_text: str, version: str, at: datetime) -> None:
    """Put a version in force from now on; publishing the newest one a second time changes nothing.

    Raises:
        StaleError: That version was published with another text, or is an older one that was replaced.
    """
    published = tx.connection.execute(
        select(schedule.c.content, schedule.c.position).where(schedule.c.schedule_version == version)
    ).first()
    newest = tx.connection.execute(select(func.max(schedule.c.position))).scalar()
    if published is not None:
        if published.content == schedule_text and published.position == newest:
            return
        raise StaleError(
            what=f"schedule {version} was published before"
            + ("" if published.content == schedule_text else " with another text"),
            not_done="The schedule in force was not changed.",
            next_step="Give the schedule a new version and publish that.",
        )
    tx.connection.execute(
        insert(schedule).values(
            schedule_version=version,
            content=schedule_text,
            published_at=stored(at),
            position=(newest or 0) + 1,
        )
    )


def current(tx: Transaction) -> tuple[str, str]:
    """Return version and text of the schedule in force.

    Raises:
        UnknownThingError: None was ever published.
    """
    row = tx.connection.execute(
        select(schedule.c.schedule_version, schedule.c.content).order_by(schedule.c.position.desc()).limit(1)
    ).first()
    if row is None:
        raise UnknownThingError(kind="schedule", name="in force")
    return str(row.schedule_version), str(row.content)


def text_of(tx: Transaction, version: str) -> str:
    """Return the text of one version, in force or replaced.

    Raises:
        UnknownThingError: It was never published.
    """
    text = tx.connection.execute(select(schedule.c.content).where(schedule.c.schedule_version == version)).scalar()
    if text is None:
        raise UnknownThingError(kind="schedule", name=version)
    return str(text)


def versions(tx: Transaction) -> tuple[str, ...]:
    """Return every published version, the one in force last."""
    found = tx.connection.execute(select(schedule.c.schedule_version).order_by(schedule.c.position)).scalars()
    return tuple(str(version) for version in found)
