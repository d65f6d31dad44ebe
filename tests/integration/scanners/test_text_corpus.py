"""Real documents of the modern formats, where there is a folder of them: none makes its reader fail or wait."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from scanners import ProblemKind
from scanners.identification.identify import recognise
from scanners.source import MemorySource
from scanners.text import read_content, reads_text_of

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus"
CORPUS = Path(os.environ.get("RETENTION_CORPUS", str(BESIDE_THE_CHECKOUT)))
ENDINGS = frozenset(
    (".docx", ".xlsx", ".pptx", ".odt", ".odp", ".rtf", ".html", ".htm", ".epub", ".eml", ".mbox", ".pdf")
)
SKELETON = "signature-id"  # made for telling types apart; there is no document in it
SECONDS_FOR_ONE = 10


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no folder of documents at {CORPUS}")
def test_every_real_document_is_read_or_said_not_to_be() -> None:
    paths = [path for path in sorted(CORPUS.rglob("*")) if path.suffix.lower() in ENDINGS and SKELETON not in path.name]
    found: Counter[str] = Counter()

    for path in paths:
        content = path.read_bytes()
        media_type = recognise(MemorySource(content), path.name)
        if not media_type or not reads_text_of(media_type):
            continue
        began_at = time.perf_counter()
        reading = read_content(media_type, content, limit_chars=20_000)
        assert time.perf_counter() - began_at < SECONDS_FOR_ONE, path
        assert reading.is_read or any(problem.detail for problem in reading.problems), path
        found.update(problem.kind for problem in reading.problems if problem.kind.hides_content)
        found["all"] += 1

    assert found["all"] > 0
    assert found[ProblemKind.BROKEN] < found["all"] / 20
