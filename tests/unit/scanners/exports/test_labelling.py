from collections.abc import Iterator

import pytest

from scanners.exports.inventories.labels import LabelCatalogue
from scanners.exports.labelling import LabelledReader
from scanners.exports.reading import ImportAccount
from scanners.exports.record import (
    Evidence,
    ExportDescription,
    ExportedRecord,
    ExportKind,
    LabelType,
    RecordKind,
    RetentionLabel,
)

TENANT = LabelCatalogue(types={"case file": LabelType.RECORD, "keep a year": LabelType.PLAIN})


class One:
    """An export of one record, as a package reader gives it."""

    def __init__(self, label: RetentionLabel | None) -> None:
        self.description = ExportDescription(kind=ExportKind.PACKAGE, form="package", control_files=())
        self.account = ImportAccount()
        self._label = label

    def records(self) -> Iterator[ExportedRecord]:
        yield ExportedRecord(
            original_location="/sites/a/b.docx",
            name="b.docx",
            kind=RecordKind.FILE,
            evidence=Evidence(file="Manifest.xml", sha256="", place="1"),
            label=self._label,
        )


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (RetentionLabel(name="Case file"), LabelType.RECORD),
        (RetentionLabel(name="Keep a year"), LabelType.PLAIN),
        (RetentionLabel(name="Nobody knows it"), LabelType.UNKNOWN),
        (RetentionLabel(name="Keep a year", type=LabelType.RECORD), LabelType.RECORD),
    ],
)
def test_the_tenants_list_says_what_a_label_means_and_never_weakens_what_the_export_says(
    stated: RetentionLabel, meant: LabelType
) -> None:
    (record,) = LabelledReader(One(stated), TENANT).records()

    assert record.label is not None
    assert record.label.type is meant


@pytest.mark.parametrize("stated", [None, RetentionLabel(name="")])
def test_no_label_and_an_unknown_label_are_not_made_up(stated: RetentionLabel | None) -> None:
    (record,) = LabelledReader(One(stated), TENANT).records()

    assert record.label == stated
