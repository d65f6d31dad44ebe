"""What must still reach the destruction log.

An entry is put here in the transaction that makes the change it tells of; right after, it is appended to the
log and marked with its number there. A crash in between loses neither: the entry's id makes the next append
a no-op when the log already has it.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from retention.store.catalogue import Transaction
from retention.store.counters import next_value, value
from retention.store.schema import counter, log_outbox

_LOG_SEEN = "log_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry:
    """An entry, as JSON, that the log has not acknowledged yet."""

    entry_id: str
    draft: str


def put(tx: Transaction, entry: PendingEntry) -> None:
    """Keep `entry` for the log."""
    tx.connection.execute(insert(log_outbox).values(entry_id=entry.entry_id, draft=entry.draft, seq=None))


def pending(tx: Transaction) -> tuple[PendingEntry, ...]:
    """Return what the log has not acknowledged, in the order it happened."""
    rows = tx.connection.execute(
        select(log_outbox.c.entry_id, log_outbox.c.draft)
        .where(log_outbox.c.seq.is_(None))
        .order_by(log_outbox.c.position)
    )
    return tuple(PendingEntry(entry_id=row.entry_id, draft=row.draft) for row in rows)


def acknowledge(tx: Transaction, entry_id: str, seq: int) -> None:
    """Note that the log has the entry at number `seq`; its words need not be kept twice."""
    tx.connection.execute(update(log_outbox).where(log_outbox.c.entry_id == entry_id).values(seq=seq, draft=""))


def log_seen(tx: Transaction) -> int:
    """Return how many entries of the log this catalogue has looked at; a restored or new one is behind."""
    return value(tx, _LOG_SEEN)


def learn(tx: Transaction, *, seen: int, used: dict[str, int]) -> None:
    """Note that the log was looked at up to entry `seen`, and never count below the numbers in `used` again."""
    for name, number in {**used, _LOG_SEEN: seen}.items():
        if value(tx, name) < number:
            next_value(tx, name)  # makes it, if this is its first use
            tx.connection.execute(
                update(counter).where(counter.c.name == name, counter.c.value < number).values(value=number)
            )
