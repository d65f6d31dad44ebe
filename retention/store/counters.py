"""Small numbers that only go up."""

from sqlalchemy import insert, select, update

from retention.store.catalogue import Transaction
from retention.store.schema import counter


def value(tx: Transaction, name: str) -> int:
    """Return the present value; 0 before the first use."""
    found = tx.connection.execute(select(counter.c.value).where(counter.c.name == name)).scalar()
    return 0 if found is None else int(found)


def next_value(tx: Transaction, name: str) -> int:
    """Raise the number by one and return it."""
    raised = tx.connection.execute(update(counter).where(counter.c.name == name).values(value=counter.c.value + 1))
    if raised.rowcount == 0:
        tx.connection.execute(insert(counter).values(name=name, value=1))
    return value(tx, name)
