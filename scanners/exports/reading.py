"""What every importer gives back: the export as a whole, its records one by one, and an account of the mapping.

An importer streams. Its account is complete once its records were all taken: rows read = records + rows refused.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from scanners.exports.record import ContentPlace, ExportDescription, ExportedRecord


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


@runtime_checkable
class HoldsPackedContent(Protocol):
    """An export whose content lies packed, in cabinets or zips: it can be taken out from front to back only."""

    def packed(self, is_wanted: Callable[[ContentPlace], bool]) -> Iterator[tuple[ContentPlace, Iterator[bytes]]]:
        """Yield every wanted content in portions, as it lies; take the portions before the next content.

        Raises:
            ScannerError: Content is damaged or cut off; what comes after it may be whole and was not reached.
        """
        ...


@runtime_checkable
class IsUnpacked(Protocol):
    """An export that was taken out of an archive first."""

    @property
    def folder(self) -> str:
        """The folder below which its content lies now."""
        ...
