"""The bytes inside a `.cmp` and inside a zip are read like those that lie beside an export."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from retention.domain.assets import Source
from retention.domain.eligibility import AppraisedCopy
from retention.domain.people import Person, PersonId, Role
from retention.services.importing import ExportOptions, ImportSummary, import_export, open_for_import, register_export
from retention.store import records
from retention.store.catalogue import Catalogue
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.exports_packages.package_writer import Document, Package

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RITA = Person(person_id=PersonId("rita"), name="Rita", roles=frozenset({Role.RECORDS_MANAGER}))
WORDS = (b"Minutes of the allotments committee", b"Tenancy agreement of 12 High Street", b"")
PACKAGE = Package(documents=[Document(path=f"{n}.txt", content=words) for n, words in enumerate(WORDS)])


class Stopped:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON


def read(catalogue: Catalogue, source: Source, export: Path) -> ImportSummary:
    into = register_export(catalogue, path=export, asset_id=source.asset_id, at=NOON)
    opened = open_for_import(export, ExportOptions())
    return import_export(catalogue, opened, into, person=RITA, at=NOON, clock=Stopped(), on_progress=lambda _told: None)


def known(catalogue: Catalogue) -> Mapping[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path.rpartition("/")[2]: item for item in records.appraised(tx)}


def assert_all_are_read(catalogue: Catalogue, told: ImportSummary) -> None:
    assert (told.contents_read, told.contents_unread) == (len(WORDS), 0)
    found = known(catalogue)
    for number, words in enumerate(WORDS):
        assert found[f"{number}.txt"].sha256 == hashlib.sha256(words).hexdigest()
        assert found[f"{number}.txt"].copy.protections


def a_zip(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_the_content_of_a_cabinet_is_read(catalogue: Catalogue, source: Source, tmp_path: Path) -> None:
    export = tmp_path / "export.cmp"
    export.write_bytes(a_cabinet(PACKAGE.files()))

    assert_all_are_read(catalogue, read(catalogue, source, export))


def test_the_content_of_a_zipped_package_and_of_a_zipped_cabinet_is_read(
    catalogue: Catalogue, source: Source, tmp_path: Path
) -> None:
    export = tmp_path / "export.zip"
    export.write_bytes(a_zip(PACKAGE.files()))

    assert_all_are_read(catalogue, read(catalogue, source, export))

    cabinet = tmp_path / "cabinet.zip"
    cabinet.write_bytes(a_zip({"export.cmp": a_cabinet(PACKAGE.files())}))
    told = read(catalogue, source, cabinet)
    assert (told.contents_read, told.contents_unread) == (len(WORDS), 0)


def test_damage_in_a_cabinet_is_a_finding_of_each_record_that_was_not_reached(
    catalogue: Catalogue, source: Source, tmp_path: Path
) -> None:
    files = PACKAGE.files()
    contents = {name: content for name, content in files.items() if name.endswith(".dat")}
    controls = {name: content for name, content in files.items() if name not in contents}
    folder_of = {**dict.fromkeys(controls, 0), **dict.fromkeys(contents, 1)}
    packed = bytearray(a_cabinet({**controls, **contents}, folder_of=folder_of))
    packed[-20] ^= 0xFF
    export = tmp_path / "export.cmp"
    export.write_bytes(packed)

    told = read(catalogue, source, export)

    assert told.listed == len(WORDS)
    assert told.contents_unread >= 1
    assert told.contents_read + told.contents_unread == len(WORDS)
    with catalogue.reading() as tx:
        unread = [item for item in records.appraised(tx) if item.sha256 is None]
    assert len(unread) == told.contents_unread


def test_a_zipped_download_is_read_with_its_digests(catalogue: Catalogue, source: Source, tmp_path: Path) -> None:
    export = tmp_path / "download.zip"
    export.write_bytes(a_zip({f"Documents/{n}.txt": words for n, words in enumerate(WORDS)}))

    assert_all_are_read(catalogue, read(catalogue, source, export))
