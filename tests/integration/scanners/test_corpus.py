"""A folder of real and hostile documents, where there is one: every file accounted for, none stops the scan."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from scanners import Examiner, FileObservation, FoundFile, ProblemKind, SeenFolder, crawl

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus"
CORPUS = os.environ.get("RETENTION_CORPUS", str(BESIDE_THE_CHECKOUT))


@pytest.mark.skipif(not Path(CORPUS).is_dir(), reason=f"there is no folder of documents at {CORPUS}")
def test_every_document_of_a_real_collection_is_accounted_for_and_none_crashes_its_reader() -> None:
    entries = [entry for entry in crawl(CORPUS) if not isinstance(entry, SeenFolder)]
    files = [entry for entry in entries if isinstance(entry, FoundFile)]
    counted = subprocess.run(["find", CORPUS, "!", "-type", "d", "-printf", "x"], capture_output=True, check=True)

    with Examiner() as examiner:
        rows = list(examiner.examine(CORPUS, files))

    assert len(entries) == len(counted.stdout)
    assert [row.path for row in rows] == [found.path for found in files]
    observed = [row for row in rows if isinstance(row, FileObservation)]
    assert len(observed) == len(rows)
    kinds = Counter(problem.kind for row in observed for problem in row.problems)
    assert not {ProblemKind.CRASHED, ProblemKind.TIMEOUT, ProblemKind.MEMORY} & set(kinds)
