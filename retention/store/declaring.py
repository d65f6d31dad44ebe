"""How tables are declared: names of constraints, types of columns, and columns that always have a value."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table that is declared."""

# SQLite gives row numbers to INTEGER keys only.
Serial = BigInteger().with_variant(Integer(), "sqlite")


def column(
    name: str,
    kind: TypeEngine[Any] | type[TypeEngine[Any]],
    *parts: SchemaItem,
    nullable: bool = False,
    **options: Any,  # noqa: ANN401  # what SQLAlchemy's own takes
) -> Column[Any]:
    """Return a column that always has a value, unless it is said to be nullable."""
    return Column(name, kind, *parts, nullable=nullable, **options)


def table(name: str, *parts: SchemaItem, **options: Any) -> Table:  # noqa: ANN401  # what SQLAlchemy's own takes
    """Return the table of that name with its columns, constraints and indexes."""
    return Table(name, METADATA, *parts, **options)
