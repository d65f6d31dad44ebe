"""Real old office files, where there are some: each is read, locked or damaged for a stated reason, and soon."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanners.identification import media_types as types
from scanners.observation import ProblemKind
from scanners.text import read_content

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus"
CORPUS = Path(os.environ.get("RETENTION_CORPUS", str(BESIDE_THE_CHECKOUT)))
ENDINGS = {".doc": types.DOC, ".dot": types.DOC, ".xls": types.XLS, ".ppt": types.PPT, ".msg": types.MSG}
SHELL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SKELETONS = "skeleton-suite"  # files of a signature and nothing else

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no folder of documents at {CORPUS}")


def real_files() -> Iterator[tuple[Path, str, bytes]]:
    for folder, _, names in os.walk(CORPUS):
        for name in sorted(names):
            media_type = ENDINGS.get(Path(name).suffix.lower())
            if media_type is None or SKELETONS in folder:
                continue
            content = Path(folder, name).read_bytes()
            if content.startswith(SHELL) and b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c" not in content:
                yield Path(folder, name), media_type, content


def test_nearly_every_real_file_is_read_and_none_takes_long() -> None:
    damaged: list[str] = []
    count = 0
    for path, media_type, content in real_files():
        count += 1
        began = time.process_time()
        reading = read_content(media_type, content, limit_chars=20_000)
        assert time.process_time() - began < 5, path
        damaged += [f"{path}: {problem}" for problem in reading.problems if problem.kind is ProblemKind.BROKEN]

    assert count > 100
    assert len(damaged) <= count // 100 + 1, damaged


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_no_word_is_lost_with_the_end_of_a_real_file_without_a_problem_that_says_so(share: float) -> None:
    for path, media_type, content in real_files():
        whole = read_content(media_type, content, limit_chars=20_000)
        began = time.process_time()
        cut = read_content(media_type, content[: int(len(content) * share)], limit_chars=20_000)
        is_told = any(problem.kind.hides_content for problem in cut.problems)
        assert is_told or set(cut.text.split()) >= set(whole.text.split()), path
        assert time.process_time() - began < 5, path
