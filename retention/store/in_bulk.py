"""Statements for thousands of rows: compiled once, and handed to the database's driver as they are.

SQLAlchemy builds the parameters of every single row anew, which costs more than the database does. What is run is
still a statement of SQLAlchemy's, made by it for the database at hand.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ARRAY, Column, ColumnElement, Executable, Row, Select, any_, bindparam
from sqlalchemy.sql import Insert, Update
from sqlalchemy.sql.compiler import SQLCompiler

from retention.store.catalogue import Transaction

TOGETHER = 500
_ARRAY = "values"

_Value = TypeVar("_Value")
AnyRow = Row[*tuple[Any, ...]]


class BulkWrite:
    """An insert or update of many rows, each a tuple with a plain value for every name.

    Args:
        statement: The statement; its parameters are those of `names`.
        names: The parameters, in the order in which rows give them. In an insert these are the columns.
        on_postgresql: Makes the statement for PostgreSQL, where it is another: what knows its tongue is loaded there.
    """

    def __init__(
        self,
        statement: Insert | Update,
        names: Sequence[str],
        *,
        on_postgresql: Callable[[], Insert | Update] | None = None,
    ) -> None:
        self._names = tuple(names)
        self._sql = _Compiled(on_postgresql or (lambda: statement), lambda: statement, column_keys=self._names)

    def run(self, tx: Transaction, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows, some hundred at a time."""
        if not rows:
            return
        compiled = self._sql.for_database(tx)
        order = compiled.positiontup
        for part in parts(rows):
            sent: Sequence[Any] = self._named(part) if order is None else self._ordered(part, order)
            tx.connection.exec_driver_sql(compiled.string, sent)

    def _named(self, rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(zip(self._names, row, strict=True)) for row in rows]

    def _ordered(self, rows: Sequence[tuple[Any, ...]], order: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        if tuple(order) == self._names:
            return rows
        return list(map(itemgetter(*(self._names.index(name) for name in order)), rows))


class BulkRead:
    """A select about many values of one column.

    Args:
        column: The column.
        make: Builds the statement from the condition that the column has one of the values.
    """

    def __init__(self, column: Column[Any], make: Callable[[ColumnElement[bool]], Select[Any]]) -> None:
        self._values = tuple(f"value_{number}" for number in range(TOGETHER))
        self._sql = _Compiled(
            # PostgreSQL takes them as one array: five hundred parameters would cost it more than the search
            lambda: make(column == any_(bindparam(_ARRAY, type_=ARRAY(column.type)))),
            lambda: make(column.in_([bindparam(name) for name in self._values])),
        )

    def rows(self, tx: Transaction, values: Sequence[Any], **others: object) -> Iterator[AnyRow]:
        """Yield what is found about `values`; `others` are the statement's remaining parameters."""
        compiled = self._sql.for_database(tx)
        for part in parts(values):
            named = {**compiled.params, **others, **self._parameters(tx, part)}
            order = compiled.positiontup
            sent: Any = named if order is None else tuple(named[name] for name in order)
            yield from tx.connection.exec_driver_sql(compiled.string, sent).all()  # some hundred, and far quicker

    def _parameters(self, tx: Transaction, part: Sequence[Any]) -> dict[str, Any]:
        if not tx.is_sqlite:
            return {_ARRAY: list(part)}
        padded = [*part, *[part[-1]] * (TOGETHER - len(part))]
        return dict(zip(self._values, padded, strict=True))


class _Compiled:
    """One statement, made and compiled when a database first needs it."""

    def __init__(
        self,
        on_postgresql: Callable[[], Executable],
        on_sqlite: Callable[[], Executable],
        **options: Any,  # noqa: ANN401  # SQLAlchemy's own
    ) -> None:
        self._makers: Mapping[bool, Callable[[], Any]] = {True: on_sqlite, False: on_postgresql}
        self._options = options
        self._made: dict[str, SQLCompiler] = {}

    def for_database(self, tx: Transaction) -> SQLCompiler:
        dialect = tx.connection.dialect
        if (found := self._made.get(dialect.name)) is None:
            found = self._made[dialect.name] = self._makers[tx.is_sqlite]().compile(dialect=dialect, **self._options)
        return found


def parts(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Yield values some hundred at a time."""
    for start in range(0, len(values), TOGETHER):
        yield values[start : start + TOGETHER]
