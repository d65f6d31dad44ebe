"""Looking up the retention labels of records whose export names them and does not say what they mean."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.reading import ExportReader, HoldsPackedContent, ImportAccount
from scanners.exports.record import ContentPlace, ExportDescription, ExportedRecord, LabelType


class LabelledReader:
    """An opened export whose labels are looked up in the tenant's list; what the export states itself stands."""

    def __init__(self, reader: ExportReader, labels: LabelCatalogue) -> None:
        self._reader = reader
        self._labels = labels

    @property
    def description(self) -> ExportDescription:
        """What is known of the export as a whole."""
        return self._reader.description

    @property
    def account(self) -> ImportAccount:
        """What became of its parts; complete once the records were all taken."""
        return self._reader.account

    def records(self) -> Iterator[ExportedRecord]:
        """Yield every record, in the order of the export."""
        return map(self._looked_up, self._reader.records())

    def packed(self, is_wanted: Callable[[ContentPlace], bool]) -> Iterator[tuple[ContentPlace, Iterator[bytes]]]:
        """Yield every wanted content that lies packed; none where the export has none of that kind.

        Raises:
            ScannerError: Content is damaged or cut off.
        """
        return self._reader.packed(is_wanted) if isinstance(self._reader, HoldsPackedContent) else iter(())

    def _looked_up(self, record: ExportedRecord) -> ExportedRecord:
        label = record.label
        if label is None or not label.name or label.type is not LabelType.UNKNOWN:
            return record
        return replace(record, label=replace(label, type=self._labels.type_of(label.name)))
