"""Reading an export into the catalogue: its records in portions, then the bytes that came with it, then the sum.

An import that is killed is done again from its beginning; until it is finished, nothing counts as missing. What
cannot be read in the bytes is a finding of that record, never a gap.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from retention.clock import Clock
from retention.domain.assets import Source
from retention.domain.people import Person
from retention.services import recording
from retention.services.importing.claiming import LISTED, claim_of_record
from retention.services.importing.examining import ContentExaminer, Contents
from retention.services.importing.opening import OpenedExport
from retention.store import claims
from retention.store.catalogue import Catalogue
from retention.store.claims import ExportImport
from scanners import Examiner
from scanners.exports.record import ExportedRecord

_PORTION = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How many records of an export were read."""

    done_records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What an import came to; `records` is the sum of `listed`, `counted` and `repeated`.

    `listed` are known to the catalogue now; `counted` are folders, system pages and entries of archives;
    `repeated` name a place that the same export named before. `missing` were listed by an earlier export only.
    """

    records: int
    listed: int
    counted: dict[str, int]
    repeated: int
    refused_rows: int
    protected: int
    missing: int
    contents_read: int
    contents_unread: int

    def to_json(self) -> dict[str, object]:
        """Return the figures under the names of the command line's contract."""
        return {
            "records": self.records,
            "listed": self.listed,
            "counted": self.counted,
            "repeated": self.repeated,
            "refused_rows": self.refused_rows,
            "protected": self.protected,
            "missing": self.missing,
            "contents_read": self.contents_read,
            "contents_unread": self.contents_unread,
        }


def import_export(
    catalogue: Catalogue,
    export: OpenedExport,
    source: Source,
    *,
    person: Person,
    at: datetime,
    clock: Clock,
    on_progress: Callable[[ImportProgress], None],
    open_examiner: Callable[[], AbstractContextManager[ContentExaminer]] | None = None,
) -> ImportSummary:
    """Make everything an export tells of known to the catalogue, under `source`.

    Args:
        catalogue: Where it is written.
        export: The opened export; its records are taken once.
        source: The source its records belong to.
        person: Who imports it.
        at: When.
        clock: Tells when it ended.
        on_progress: Told how far it has come.
        open_examiner: What examines bytes in place of `scanners.Examiner`.

    Raises:
        InvalidInputError: The export cannot be read to its end; what was read before stays, and nothing is missing.
    """
    begun = ExportImport(
        import_id=recording.new_id(),
        source_id=source.source_id,
        imported_at=at,
        imported_by=person.person_id,
        description=export.to_json(),
    )
    with catalogue.transaction() as tx:
        claims.begin_import(tx, begun)
    run = _Import(catalogue, begun, export)
    with (open_examiner or Examiner)() as examiner:
        for portion in _portions(export.records()):
            run.take(portion, examiner)
            on_progress(ImportProgress(done_records=run.records))
        run.take_packed(examiner)
    with catalogue.transaction() as tx:
        missing = claims.finish_import(tx, begun, account=export.to_json(), at=clock.now())
    return run.summary(refused_rows=export.refused_rows, missing=missing)


class _Import:
    """One import on its way."""

    def __init__(self, catalogue: Catalogue, begun: ExportImport, export: OpenedExport) -> None:
        self._catalogue = catalogue
        self._begun = begun
        self._contents = Contents(catalogue, begun, export)
        self._counted: Counter[str] = Counter()
        self._listed = self._repeated = self._protected = 0
        self.records = 0

    def take(self, portion: Sequence[ExportedRecord], examiner: ContentExaminer) -> None:
        self.records += len(portion)
        self._counted.update(record.kind.value for record in portion if record.kind not in LISTED)
        listed = [record for record in portion if record.kind in LISTED]
        made = [claim_of_record(record) for record in listed]
        self._protected += sum(bool(claim.protections) for claim in made)
        with self._catalogue.transaction() as tx:
            repeated = claims.put_claims(tx, self._begun, made)
        self._repeated += repeated
        self._listed += len(made) - repeated
        self._contents.examine(listed, examiner)

    def take_packed(self, examiner: ContentExaminer) -> None:
        self._contents.examine_packed(examiner)

    def summary(self, *, refused_rows: int, missing: int) -> ImportSummary:
        return ImportSummary(
            records=self.records,
            listed=self._listed,
            counted=dict(sorted(self._counted.items())),
            repeated=self._repeated,
            refused_rows=refused_rows,
            protected=self._protected,
            missing=missing,
            contents_read=self._contents.read,
            contents_unread=self._contents.unread,
        )


def _portions(records: Iterator[ExportedRecord]) -> Iterator[list[ExportedRecord]]:
    while portion := list(islice(records, _PORTION)):
        yield portion
