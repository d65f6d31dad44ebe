"""Published retention schedules: each version's whole text, so that old decisions can still cite it.

A published version is never changed (Slipcase Records Profile 3.6): the text of the day is kept.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from retention.domain.holds import HoldState
from retention.domain.records import CopyState
from retention.errors import StaleError, UnknownThingError
from retention.store.catalogue import Transaction
from retention.store.instants import loaded, stored
from retention.store.schema import appraisal, batch, disposal_hold, record_copy, schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """A version that was published; the last one is in force."""

    schedule_version: str
    published_at: datetime
    is_in_force: bool


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


def current_version(tx: Transaction) -> str:
    """Return the name of the version in force, without its text.

    Raises:
        UnknownThingError: None was ever published.
    """
    newest = select(schedule.c.schedule_version).order_by(schedule.c.position.desc()).limit(1)
    version = tx.connection.execute(newest).scalar()
    if version is None:
        raise UnknownThingError(kind="schedule", name="in force")
    return str(version)


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


def published(tx: Transaction) -> tuple[PublishedVersion, ...]:
    """Return every published version, the one in force last."""
    rows = tx.connection.execute(
        select(schedule.c.schedule_version, schedule.c.published_at).order_by(schedule.c.position)
    ).all()
    return tuple(
        PublishedVersion(
            schedule_version=row.schedule_version,
            published_at=loaded(row.published_at),
            is_in_force=number == len(rows),
        )
        for number, row in enumerate(rows, start=1)
    )


def classes_in_use(tx: Transaction, *, by_records: bool) -> dict[str, str]:
    """Return the classes that batches and holds in force rest on, and known records too if `by_records`.

    Each comes with what uses it first.
    """
    used: dict[str, str] = {}
    holds = select(disposal_hold.c.class_id).where(disposal_hold.c.state == HoldState.ACTIVE)
    records = select(appraisal.c.class_id).join(record_copy, record_copy.c.copy_id == appraisal.c.copy_id)
    uses = [("decided on in a batch", select(batch.c.class_id)), ("named by a hold", holds)]
    if by_records:
        uses.append(("has records", records.where(record_copy.c.state != CopyState.DESTROYED)))
    for word, statement in uses:
        for class_id in tx.connection.execute(statement.distinct()).scalars():
            if class_id is not None:
                used.setdefault(str(class_id), word)
    return used
