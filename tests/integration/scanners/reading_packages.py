"""What the tests of content-migration packages have in common: a document, and ways to read a package."""

from pathlib import Path

from scanners.exports.packages import PackageReader, open_package
from scanners.exports.record import ExportedRecord
from tests.unit.scanners.exports_packages.package_writer import (
    Document,
    Package,
    Version,
)

REVIEW = Document(
    path="2009/Tenancy review.docx",
    content=b"final v3 text",
    versions=(Version(label="1.0", content=b"draft one"), Version(label="2.0", content=b"draft two!!")),
    fields={"Title": "Tenancy review", "_ComplianceTag": "Housing 6 years", "_ComplianceFlags": "5"},
    properties={"vti_author": "COUNCIL\\akhan"},
    label="3.0",
)


def records_of(folder: Path) -> list[ExportedRecord]:
    with open_package(str(folder)) as reader:
        return list(reader.records())


def the_only(package: Package, folder: Path) -> ExportedRecord:
    (record,) = records_of(package.write(folder))
    return record


def content_of(reader: PackageReader, record: ExportedRecord) -> bytes | None:
    return b"".join(reader.content(record.content)) if record.content else None


def said(record: ExportedRecord) -> str:
    return "\n".join(record.anomalies)
