"""Reading a SharePoint content-migration package: what the export is, and its records one by one.

Follows Microsoft's published deployment schemas; no complete real `Export-SPWeb` package is public, so this is
tested on packages built to them. Packages of the asynchronous metadata read (manifests only) are read as well.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

from scanners.exports.packages.choosing import Controls, read_controls
from scanners.exports.packages.claims import Context, Half, RecordMaker, half_of
from scanners.exports.packages.contents import ContentDigest, PackageContents
from scanners.exports.packages.extras import TARGETS
from scanners.exports.packages.finding import open_store
from scanners.exports.packages.moments import Moments
from scanners.exports.packages.stores import Store
from scanners.exports.packages.structure import Structure
from scanners.exports.packages.survey import Manifest, ObjectKind, Survey
from scanners.exports.reading import ColumnUse, ImportAccount
from scanners.exports.record import (
    ContentPlace,
    ControlFile,
    Evidence,
    ExportDescription,
    ExportedRecord,
    ExportKind,
    RecordState,
)

_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
_MAX_KINDS_OF_ANOMALY = 1_000
_MAX_COLUMNS = 2_000
_TARGETS = (
    *("site", "library", "size_bytes", "hashes", "created", "modified", "created_by", "modified_by"),
    *("content_type_name", "content_type_id", "version_label", "versions", "is_draft", "checked_out_to", "label"),
    *("sensitivity_label", "permissions"),
)
_SECOND_ITEM = "a second list item for one document"
_TWO_ITEMS = "two list items describe it, so what they say of labels and holds is not relied on"
_SHARED_ID = "more than one file or folder has its identity: one of them may be meant by what is said here"


class PackageReader:
    """One opened package. Close it, or use it in a `with` statement; it reads its files as long as it is open."""

    def __init__(self, store: Store, controls: Controls, *, notes: tuple[str, ...], moments: Moments) -> None:
        self._store = store
        self._survey = Survey()
        self._context = Context(
            settings=controls.settings,
            structure=Structure(),
            people=controls.people,
            contents=PackageContents(store),
            moments=moments,
        )
        self._account = ImportAccount()
        for archived, text in controls.packs:
            self._context.contents.add_packs(archived, text)
        self._take_survey(controls)
        self._description = self._describe(controls, notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files of the package."""
        self._store.close()

    @property
    def description(self) -> ExportDescription:
        """What is known of the export as a whole."""
        return self._description

    @property
    def account(self) -> ImportAccount:
        """What became of everything in it; complete once the records were all taken."""
        return self._account

    def records(self) -> Iterator[ExportedRecord]:
        """Yield every record in the order of the manifests: a document's file and list item are one record.

        Memory does not grow with the number of records already taken; the package was surveyed when it was opened.

        Raises:
            ExportChangedError: A manifest was changed in the meantime.
        """
        account = self._account = ImportAccount()
        self._context.dropped.clear()
        unknown, columns = set(_TARGETS), set[str]()
        for record in self._all():
            account.rows += 1
            account.records += 1
            unknown -= {name for name in unknown if getattr(record, name) not in (None, ())}
            if len(columns) < _MAX_COLUMNS:
                columns.update(record.extra_fields)
            self._count_anomalies(record)
            yield record
        self._store.check()
        account.unknown_targets = tuple(name for name in _TARGETS if name in unknown)
        account.dropped = self._context.dropped.copy()
        account.columns = (
            *(ColumnUse(column=column, target=target) for column, target in TARGETS.items()),
            *(ColumnUse(column=column, target="") for column in sorted(columns)),
        )
        account.notes.extend(filter(None, (*self._context.contents.troubles, self._context.contents.left_over())))

    def digests(self) -> Iterator[ContentDigest]:
        """Yield size and digests of all content in the package, in one run through it.

        Raises:
            PackageUnreadableError: Content is damaged or cut off.
        """
        return self._context.contents.digests()

    def packed(self, is_wanted: Callable[[ContentPlace], bool]) -> Iterator[tuple[ContentPlace, Iterator[bytes]]]:
        """Yield every wanted content in portions, in one run through the package; take them before the next one.

        Raises:
            PackageUnreadableError: Content is damaged or cut off.
        """
        return self._context.contents.wanted(is_wanted)

    def content(self, place: ContentPlace) -> Iterator[bytes]:
        """Yield the content at one place in portions.

        Raises:
            PackageUnreadableError: There is nothing at this place, or it is damaged.
        """
        return self._context.contents.read(place)

    def _take_survey(self, controls: Controls) -> None:
        for text in controls.manifests:
            if text.source is not None:
                self._survey.add(Manifest(name=text.shown_name, cabinet=text.cabinet, source=text.source))
        for place in self._survey.places(ObjectKind.STRUCTURE):
            self._context.structure.note(self._survey.element(place))
        self._context.is_manifest_only = self._survey.content_count == 0
        self._store.check()

    def _describe(self, controls: Controls, notes: tuple[str, ...]) -> ExportDescription:
        limits = [*controls.limits, *notes]
        form = "SharePoint content-migration package (folder)"
        if self._context.is_manifest_only:
            form = "SharePoint manifests without content"
            limits.append("it holds no content of files at all: nothing in it can be checked or compared")
        elif self._store.listings[0].name:
            form = "SharePoint content-migration package (.cmp)"
        if not controls.people.principals:
            limits.append("there is no list of users: people are known by number only")
        limits.append("whether somebody has a document checked out is not part of such a package")
        manifests = (
            ControlFile(path=one.name, sha256=one.sha256, size_bytes=one.source.size_bytes)
            for one in self._survey.manifests
        )
        return ExportDescription(
            kind=ExportKind.PACKAGE,
            form=form,
            control_files=(*controls.files, *manifests),
            tool="SharePoint" if controls.build else None,
            tool_version=controls.build or None,
            site=controls.settings.site_url or None,
            limits=tuple(limits),
        )

    def _all(self) -> Iterator[ExportedRecord]:
        maker = RecordMaker(self._context)
        for place in self._survey.places(ObjectKind.FILE, ObjectKind.FOLDER, ObjectKind.ITEM):
            key = self._survey.key_at(place)
            if self._survey.kind_at(place) is not ObjectKind.ITEM:
                yield from self._from_body(maker, place, key)
            elif key not in self._survey.bodies:
                yield from self._from_item(maker, place, key)
            elif self._survey.items[key] != place:
                self._account.rows += 1
                self._account.refused_rows[_SECOND_ITEM] += 1

    def _from_body(self, maker: RecordMaker, place: int, key: int) -> Iterator[ExportedRecord]:
        body = half_of(self._survey.element(place))
        item = self._item_of(key)
        anomalies = (_SHARED_ID,) if key in self._survey.repeated_bodies else ()
        evidence, near = self._evidence(place, body)
        if self._survey.kind_at(place) is ObjectKind.FOLDER:
            record = maker.folder(body, item, evidence=evidence, anomalies=anomalies)
        else:
            record = maker.document(body, item, evidence=evidence, near=near, anomalies=anomalies)
        yield _doubted(record) if key in self._survey.repeated_items else record
        yield from maker.attachments(item, parent=record, near=near)

    def _from_item(self, maker: RecordMaker, place: int, key: int) -> Iterator[ExportedRecord]:
        item = half_of(self._survey.element(place))
        evidence, near = self._evidence(place, item)
        record = maker.item(item, evidence=evidence)
        yield _doubted(record) if key in self._survey.repeated_items else record
        yield from maker.attachments(item, parent=record, near=near)

    def _item_of(self, key: int) -> Half:
        place = self._survey.items.get(key) if key else None
        return half_of(self._survey.element(place)) if place is not None else Half()

    def _evidence(self, place: int, half: Half) -> tuple[Evidence, str]:
        manifest, number = self._survey.manifest_at(place)
        identity = half.outer.get("Id") or half.inner.get("Id") or "without an identity"
        where = f"object {number + 1} ({identity[:100]})"
        return Evidence(file=manifest.name, sha256=manifest.sha256, place=where), manifest.cabinet

    def _count_anomalies(self, record: ExportedRecord) -> None:
        for words in record.anomalies:
            kind = _PARTICULARS.sub("…", words)
            if kind in self._account.anomalies or len(self._account.anomalies) < _MAX_KINDS_OF_ANOMALY:
                self._account.anomalies[kind] += 1


def open_package(path: str, *, zone: str = "UTC") -> PackageReader:
    """Open a content-migration package: its folder, a folder of `.cmp` files, or the first `.cmp` of an export.

    Reads the control files and walks once through the manifests. Nothing is written but temporary files without
    names, and only for packages in cabinets: their manifests must be read twice.

    Args:
        path: The folder or file.
        zone: What times without a zone are taken to be in; SharePoint writes UTC without saying so.

    Raises:
        UnknownZoneError: There is no such time zone.
        PackageUnreadableError: There is no package, or it is damaged, cut off, encrypted, or built to do harm.
        SourceUnavailableError: The folder cannot be opened.
        FileUnreadableError: A file cannot be opened.
    """
    moments = Moments(zone)
    store, notes = open_store(path)
    try:
        return PackageReader(store, read_controls(store.texts, package=path), notes=notes, moments=moments)
    except BaseException:
        store.close()
        raise


def _doubted(record: ExportedRecord) -> ExportedRecord:
    """Return a record with nothing left that would let it go: of two descriptions only one was read."""
    state = record.state
    return replace(
        record,
        label=None,
        state=RecordState(
            is_declared=state.is_declared or None, is_locked=state.is_locked, is_on_hold=state.is_on_hold or None
        ),
        checked_out_to=record.checked_out_to or None,
        anomalies=(*record.anomalies, _TWO_ITEMS),
    )
