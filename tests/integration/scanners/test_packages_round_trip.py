"""What a writer wrote is read back, and published pieces and schemas are kept to."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.exports.packages import PackageReader, open_package
from scanners.exports.record import ExportedRecord, RecordKind
from tests.integration.scanners.reading_packages import REVIEW, content_of
from tests.unit.scanners.exports_packages.cabinet_writer import a_cabinet
from tests.unit.scanners.exports_packages.package_writer import (
    Document,
    Package,
    Version,
    manifest,
)

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "sharepoint"
names = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: name not in (".", "..")
)
versions = st.builds(
    Version,
    label=st.tuples(st.integers(0, 20), st.integers(0, 5)).map("{0[0]}.{0[1]}".format),
    content=st.binary(max_size=40),
)
documents = st.builds(
    Document,
    path=names,
    content=st.binary(max_size=200),
    versions=st.lists(versions, max_size=3, unique_by=lambda version: version.label).map(tuple),
    fields=st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=4),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(documents, max_size=5, unique_by=lambda document: document.path),
    st.sampled_from(["paired", "items last"]),
    st.integers(1, 3),
    st.sampled_from([None, 0, 1]),
)
def test_what_a_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[Document], order: str, parts: int, method: int | None
) -> None:
    folder = tmp_path_factory.mktemp("package")
    package = Package(
        documents=written, items_last=order == "items last", manifest_names=[f"M{n}.xml" for n in range(parts)]
    )
    where = package.write(folder) if method is None else folder / "export.cmp"
    if method is not None:
        where.write_bytes(a_cabinet(package.files(), method=method))

    with open_package(str(where)) as reader:
        found = {record.name: record for record in reader.records()}
        assert len(found) == len(written) == reader.account.records
        for document in written:
            _assert_same(reader, document, found[document.path])


def _assert_same(reader: PackageReader, document: Document, record: ExportedRecord) -> None:
    assert record.relative_path == document.path
    assert content_of(reader, record) == document.content
    assert record.size_bytes == len(document.content or b"")
    assert record.versions is not None
    assert [version.label for version in record.versions] == [version.label for version in document.versions]
    for version, original in zip(record.versions, document.versions, strict=True):
        assert version.content is not None
        assert b"".join(reader.content(version.content)) == original.content
    assert dict(document.fields).items() <= record.extra_fields.items()


def without_places(records: Iterable[ExportedRecord]) -> list[ExportedRecord]:
    """Return records without what differs between a folder and a cabinet of the same files."""
    return [
        replace(
            record,
            evidence=replace(record.evidence, file=record.evidence.file.rpartition("!/")[2]),
            content=None,
            versions=tuple(replace(version, content=None) for version in record.versions or ()),
        )
        for record in records
    ]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not on this machine")
def test_the_sample_package_reads_alike_from_its_cabinet_and_from_its_folder() -> None:
    with open_package(str(SAMPLES / "synthetic" / "housing.cmp")) as reader:
        packed = list(reader.records())
        packed_digests = {digest.sha256 for digest in reader.digests()}
    with open_package(str(SAMPLES / "synthetic" / "housing_nocompression")) as reader:
        plain = list(reader.records())
        plain_digests = {digest.sha256 for digest in reader.digests()}

    assert without_places(packed) == without_places(plain)
    assert packed_digests == plain_digests
    assert [record.kind for record in plain].count(RecordKind.FILE) == 3


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not on this machine")
def test_published_pieces_of_real_manifests_are_read(tmp_path: Path) -> None:
    prime = SAMPLES / "prime"
    for source, name in (
        ("SystemData.xml", "SystemData.xml"),
        ("amr_UserGroup.xml", "UserGroup.xml"),
        ("ArchivedFiles.xml", "ArchivedFiles.xml"),
        ("File_checksum_md5.xml.fragment", "Manifest.xml"),
        ("Manifest_roles_ellipsis.xml.fragment", "Roles.xml"),
    ):
        (tmp_path / name).write_bytes((prime / source).read_bytes())
    lists = (tmp_path / "SystemData.xml").read_text()
    named = '<ManifestFile Name="Manifest.xml" />'
    (tmp_path / "SystemData.xml").write_text(lists.replace(named, named + '<ManifestFile Name="Roles.xml" />'))

    with open_package(str(tmp_path)) as reader:
        records = list(reader.records())

    document = records[-1]
    assert (document.name, document.size_bytes, document.hashes[0].algorithm) == ("MyFile.txt", 17662712, "quickxor")
    assert document.created_by is not None
    assert document.created_by.startswith("0+.w|s-1-5-82")
    assert document.extra_fields["created_by.sid"] == "S-1-5-82-1817844472-4009360788-1366746990-4201194761-44825052"
    assert "its content 'MyFile.txt' is missing from the package" in document.anomalies


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample schemas are not on this machine")
def test_what_our_writer_writes_keeps_to_the_published_schema() -> None:
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    schema = etree.XMLSchema(etree.parse(str(SAMPLES / "schemas" / "full_DeploymentManifest.xsd")))
    package = Package(documents=[REVIEW], folders=[Document(path="2009")])

    tree = etree.fromstring(package.files()["Manifest.xml"])

    assert schema.validate(tree), schema.error_log
    assert schema.validate(etree.fromstring(manifest()))
