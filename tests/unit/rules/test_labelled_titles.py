"""Accuracy on labelled council titles and paths, where those are at hand. Wrong is worse than unclassified."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from rules import Classifier, Outcome, shipped_schedule
from tests.unit.rules.files import SeenFile

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus" / "labels-dev"
# a CSV with the columns source_path, title and class_id
LABELS = Path(os.environ.get("RETENTION_LABELLED_TITLES", BESIDE_THE_CHECKOUT / "labels_dev.csv"))
OURS: dict[str, frozenset[str | None]] = {
    "DEM-01": frozenset({"DEM-01"}),
    "DEM-02": frozenset({"DEM-02"}),
    "PRO-01": frozenset({"PRC-01"}),
    "PRO-02": frozenset({"PRC-02", "PRC-01"}),
    "PLN-03": frozenset({"PLN-04", "PLN-05"}),
    "PLN-04": frozenset({"PLN-04"}),
    "PLN-05": frozenset({"PLN-04", "PLN-05", "COR-01"}),
    "IM-01": frozenset({"IG-01"}),
    "IM-02": frozenset({"COR-01"}),
    "COM-01": frozenset({"COR-02"}),
    "REF-01": frozenset({None, "TRN-01"}),
}


@pytest.mark.skipif(not LABELS.is_file(), reason=f"there are no labelled titles at {LABELS}")
def test_hardly_any_labelled_title_is_put_into_a_wrong_class() -> None:
    classifier = Classifier(shipped_schedule())
    tally: Counter[str] = Counter()

    with LABELS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = classifier.classify(SeenFile(path=row["source_path"], text=row["title"]))
            is_right = found.outcome is not Outcome.CONFLICT and found.class_id in OURS[row["class_id"]]
            tally["right" if is_right else "wrong" if found.class_id else str(found.outcome)] += 1

    assert tally["wrong"] <= 0.01 * tally.total()
    assert tally["conflict"] <= 0.03 * tally.total()
    assert tally["right"] >= 0.55 * tally.total()
