"""Issued certificates, as the signed envelopes they are; and what they must say of copies that are left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from retention.domain.batches import ItemState
from retention.domain.records import CopyState
from retention.store.catalogue import Transaction
from retention.store.instants import stored
from retention.store.schema import batch_item, certificate, record_copy

_KNOWN_TO_BE_THERE = (CopyState.PRESENT, CopyState.SKIPPED, CopyState.UNREADABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesElsewhere:
    """Copies of destroyed content that the catalogue knows at other places."""

    items: int
    copies: int
    size_bytes: int


def add(tx: Transaction, *, certificate_id: str, batch_id: str, issued_at: datetime, envelope: str) -> None:
    """Keep an issued certificate."""
    tx.connection.execute(
        insert(certificate).values(
            certificate_id=certificate_id, batch_id=batch_id, issued_at=stored(issued_at), envelope=envelope
        )
    )


def envelopes_of(tx: Transaction, batch_id: str) -> dict[str, str]:
    """Return every envelope issued for a batch, by the name of the certificate."""
    rows = tx.connection.execute(
        select(certificate.c.certificate_id, certificate.c.envelope).where(certificate.c.batch_id == batch_id)
    )
    return {str(row.certificate_id): str(row.envelope) for row in rows}


def copies_elsewhere(tx: Transaction, batch_id: str) -> CopiesElsewhere:
    """Count the known copies of what a batch destroyed; empty files are all alike and copies of nothing."""
    is_destroyed = (batch_item.c.batch_id == batch_id) & (batch_item.c.state == ItemState.DESTROYED)
    destroyed = select(batch_item.c.sha256).where(is_destroyed, batch_item.c.size_bytes > 0)
    there = record_copy.c.sha256.in_(destroyed) & record_copy.c.state.in_(_KNOWN_TO_BE_THERE)
    copies, size_bytes = tx.connection.execute(
        select(func.count(), func.coalesce(func.sum(record_copy.c.size_bytes), 0)).where(there)
    ).one()
    with_copy = select(record_copy.c.sha256).where(there)
    items = tx.connection.execute(
        select(func.count()).where(is_destroyed, batch_item.c.sha256.in_(with_copy))
    ).scalar_one()
    return CopiesElsewhere(items=int(items), copies=int(copies), size_bytes=int(size_bytes))
