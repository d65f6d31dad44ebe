"""Issued certificates, as the signed envelopes they are."""

from datetime import datetime

from sqlalchemy import insert, select

from retention.store.catalogue import Transaction
from retention.store.instants import stored
from retention.store.schema import certificate


def add(tx: Transaction, *, certificate_id: str, batch_id: str, issued_at: datetime, envelope: str) -> None:
    """Keep an issued certificate."""
    tx.connection.execute(
        insert(certificate).values(
            certificate_id=certificate_id, batch_id=batch_id, issued_at=stored(issued_at), envelope=envelope
        )
    )


def envelope_of(tx: Transaction, batch_id: str) -> str | None:
    """Return the envelope issued for a batch, or None."""
    found = tx.connection.execute(select(certificate.c.envelope).where(certificate.c.batch_id == batch_id)).scalar()
    return None if found is None else str(found)
