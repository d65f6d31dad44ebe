"""What every importer gives back: the export as a whole, its records one by one, and an account of the mapping.

An importer streams. Its account is complete once its records were all taken: rows read = records + rows refused.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from scanners.exports.record import ExportDescription, ExportedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """What was made of one column (or attribute): `target` is a field of the record, or empty when it was kept raw.

    `refused` says in words why a column that was recognised is not used, such as dates that may be read two ways.
    """

    column: str
    target: str
    refused: str = ""


@dataclass(slots=True, kw_only=True)
class ImportAccount:
    """What was understood, what was lost and what stays unknown; filled while the records are taken."""

    columns: tuple[ColumnUse, ...] = ()
    unknown_targets: tuple[str, ...] = ()
    dropped: Counter[str] = field(default_factory=Counter)
    refused_rows: Counter[str] = field(default_factory=Counter)
    anomalies: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    records: int = 0


class ExportReader(Protocol):
    """One opened export."""

    @property
    def description(self) -> ExportDescription:
        """What is known of the export as a whole."""
        ...

    @property
    def account(self) -> ImportAccount:
        """What became of its columns and rows; complete once the records were all taken."""
        ...

    def records(self) -> Iterator[ExportedRecord]:
        """Yield every record, in the order of the export."""
        ...
