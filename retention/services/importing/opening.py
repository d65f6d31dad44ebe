"""Opening an export with what was declared about it, and giving its account in words and figures."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention.domain.naming import shown
from retention.errors import InvalidInputError
from scanners import ScannerError
from scanners.exports.accounting import account_lines
from scanners.exports.inventories.columns import draft_profile
from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.inventories.profiles import ColumnProfile
from scanners.exports.opening import open_export
from scanners.exports.reading import ExportReader, HoldsPackedContent, IsUnpacked
from scanners.exports.record import ContentPlace, ExportedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What a person declares about an export that it does not say itself.

    Args:
        zone: The time zone of moments that state none, such as Europe/London.
        columns: A file that says what the columns mean, as `OpenedExport.columns_text` writes it.
        labels: A file that lists the retention labels of the tenant.
        site: Where the content of a folder without metadata came from.
    """

    zone: str | None = None
    columns: str | None = None
    labels: str | None = None
    site: str | None = None


class OpenedExport:
    """An export that can be read once; `place` is where it lies, with links resolved."""

    def __init__(self, place: str, reader: ExportReader, *, zone: str = "") -> None:
        self.place = place
        self._zone = zone
        self._reader = reader

    @property
    def refused_rows(self) -> int:
        """How many rows were refused so far."""
        return sum(self._reader.account.refused_rows.values())

    @property
    def folder(self) -> str:
        """The folder below which the bytes lie that came with it."""
        if isinstance(self._reader, IsUnpacked):
            return self._reader.folder
        return self.place if os.path.isdir(self.place) else os.path.dirname(self.place)  # noqa: PTH112, PTH120

    def records(self) -> Iterator[ExportedRecord]:
        """Yield every record.

        Raises:
            InvalidInputError: It cannot be read to its end.
        """
        with in_our_words():
            yield from self._reader.records()

    def packed(self, is_wanted: Callable[[ContentPlace], bool]) -> Iterator[tuple[ContentPlace, Iterator[bytes]]]:
        """Yield the wanted content that lies packed in it, from front to back; none when it has none of that kind.

        Raises:
            ScannerError: It is damaged; what was not reached is for the caller to say.
        """
        return self._reader.packed(is_wanted) if isinstance(self._reader, HoldsPackedContent) else iter(())

    def look_through(self) -> None:
        """Read everything and keep nothing: afterwards the account says what an import would make of it.

        Raises:
            InvalidInputError: It cannot be read to its end.
        """
        for _record in self.records():
            pass

    def columns_text(self) -> str:
        """Return what was made of the columns, as text that can be corrected and declared at the next import."""
        uses = self._reader.account.columns
        return draft_profile(uses, name=self._reader.description.form, zone=self._zone).to_text()

    def in_words(self) -> Iterator[str]:
        """Yield the account line by line; complete once the records were all taken."""
        return map(shown, account_lines(self._reader))

    def to_json(self) -> dict[str, Any]:
        """Return the account as JSON values; complete once the records were all taken."""
        description, account = self._reader.description, self._reader.account
        return {
            "form": description.form,
            "kind": description.kind.value,
            "tool": description.tool,
            "tool_version": description.tool_version,
            "produced": None if description.produced is None else description.produced.raw,
            "site": description.site,
            "control_files": [
                {"path": shown(file.path), "sha256": file.sha256, "bytes": file.size_bytes}
                for file in description.control_files
            ],
            "limits": [shown(limit) for limit in description.limits],
            "columns": [
                {"column": shown(use.column), "target": use.target, "refused": shown(use.refused)}
                for use in account.columns
            ],
            "unknown": list(account.unknown_targets),
            "dropped": _counted(account.dropped),
            "refused_rows": _counted(account.refused_rows),
            "anomalies": _counted(account.anomalies),
            "notes": [shown(note) for note in account.notes],
            "rows": account.rows,
            "records": account.records,
        }


def open_for_import(path: str | os.PathLike[str], options: ExportOptions) -> OpenedExport:
    """Open the export at `path`.

    Raises:
        InvalidInputError: It is no export, cannot be read, or does not fit what was declared about it.
    """
    place = os.path.realpath(path)
    with in_our_words():
        profile = None if options.columns is None else ColumnProfile.from_text(_text_of(options.columns))
        labels = None if options.labels is None else LabelCatalogue.load(options.labels)
        reader = open_export(place, zone=options.zone, profile=profile, labels=labels, site=options.site)
    return OpenedExport(place, reader, zone=options.zone or "")


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turn what the scanners say of an export into the engine's error.

    Raises:
        InvalidInputError: Whatever a scanner had to say.
    """
    try:
        yield
    except ScannerError as error:
        raise InvalidInputError(
            what=shown(error.what).rstrip("."), not_done=error.not_done, next_step=error.next_step
        ) from error


def _counted(counter: Mapping[str, int]) -> dict[str, int]:
    return {shown(words): count for words, count in sorted(counter.items())}


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            what=f"{shown(path)} cannot be read: {error}",
            not_done="Nothing was imported.",
            next_step="Correct the path, or write the file in UTF-8, then try again.",
        ) from error
