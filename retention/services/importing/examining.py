"""Reading the bytes that came with an export, as files beside it or packed in it, and noting them at their records.

What cannot be read is a finding of that record, never a gap.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Protocol

from retention.services.importing.claiming import location_of
from retention.services.importing.opening import OpenedExport
from retention.services.scanning.sightings import content_of
from retention.store import claims, contents
from retention.store.catalogue import Catalogue, Transaction
from retention.store.claims import ExportImport
from scanners import FileObservation, FoundFile, ScannerError, UnreadableEntry, UnreadableReason
from scanners.exports.record import ContentPlace, ExportedRecord
from scanners.exports.temporary import SpooledPortion, spooled

_NOT_REACHED = "it could not be taken out of the package"


class ContentExaminer(Protocol):
    """What examines the bytes that came with an export."""

    def examine(self, root: str, files: Sequence[FoundFile]) -> Iterator[FileObservation | UnreadableEntry]:
        """Yield one row for each file, in order, whatever the file does."""
        ...


class Contents:
    """The bytes that came with one import; `read` and `unread` count them.

    Packed content is noted while the records are taken, some 300 bytes for each, and read in one run at the end.
    """

    def __init__(self, catalogue: Catalogue, begun: ExportImport, export: OpenedExport) -> None:
        self._catalogue = catalogue
        self._begun = begun
        self._export = export
        self._packed: dict[ContentPlace, list[str]] = {}
        self.read = self.unread = 0

    def examine(self, listed: Sequence[ExportedRecord], examiner: ContentExaminer) -> None:
        """Read what lies as files beside the export, and note what lies packed in it."""
        places: dict[str, FoundFile] = {}
        for record in listed:
            if record.content is not None and record.content.part:
                self._packed.setdefault(record.content, []).append(location_of(record))
            elif record.content is not None and (found := self._found(record.content)) is not None:
                places[location_of(record)] = found
        rows = examiner.examine(self._export.folder, list(places.values()))
        for location, row in zip(places, rows, strict=True):
            self._note([location], row)

    def examine_packed(self, examiner: ContentExaminer) -> None:
        """Read what lies packed in the export, in one run through it."""
        detail = _NOT_REACHED
        try:
            for portion in spooled(self._export.packed(self._packed.__contains__)):
                self._examine_portion(portion, examiner)
        except ScannerError as error:
            detail = error.what
        except OSError as error:
            detail = f"it could not be taken out of the package: {error.strerror or error}"
        for locations in self._packed.values():
            self._lose(locations, detail)
        self._packed.clear()

    def _examine_portion(self, portion: SpooledPortion, examiner: ContentExaminer) -> None:
        rows = examiner.examine(portion.folder, [file for _, file in portion.files])
        for (place, _), row in zip(portion.files, rows, strict=True):
            self._note(self._packed.pop(place), row)
        for place, detail in portion.lost:
            self._lose(self._packed.pop(place), detail)

    def _note(self, locations: Sequence[str], row: FileObservation | UnreadableEntry) -> None:
        for location in locations:
            with self._catalogue.transaction() as tx:
                self._attach(tx, location, row)

    def _lose(self, locations: Sequence[str], detail: str) -> None:
        for location in locations:
            self.unread += 1
            with self._catalogue.transaction() as tx:
                self._attach_finding(tx, location, UnreadableReason.IO_ERROR, detail)

    def _attach(self, tx: Transaction, location: str, row: FileObservation | UnreadableEntry) -> None:
        if isinstance(row, UnreadableEntry):
            self.unread += 1
            self._attach_finding(tx, location, row.reason, row.detail)
            return
        self.unread += row.content_unread
        self.read += not row.content_unread
        contents.put_contents(tx, [content_of(row)])
        hiding = [problem for problem in row.problems if problem.kind.hides_content]
        claims.attach_content(
            tx,
            self._begun,
            location,
            sha256=row.sha256,
            finding=hiding[0].kind if hiding else "",
            detail="; ".join(problem.detail for problem in hiding),
        )

    def _attach_finding(self, tx: Transaction, location: str, reason: UnreadableReason, detail: str) -> None:
        claims.attach_content(tx, self._begun, location, sha256=None, finding=reason, detail=f"in the export: {detail}")

    def _found(self, content: ContentPlace) -> FoundFile | None:
        try:
            seen = os.stat(os.path.join(self._export.folder, content.path), follow_symlinks=False)  # noqa: PTH116, PTH118
        except OSError:
            self.unread += 1
            return None
        return FoundFile(
            path=content.path,
            size_bytes=seen.st_size,
            modified_ns=seen.st_mtime_ns,
            inode=seen.st_ino,
            device=seen.st_dev,
            link_count=seen.st_nlink,
        )
