"""The phrase parser on labelled statements of real schedules, where those are at hand."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
STATEMENTS = Path(
    os.environ.get(
        "RETENTION_LABELLED_PHRASES", ROOT.parent / "shared" / "data" / "schedules" / "uk_and_us_rule_phrases.csv"
    )
)
# a CSV with the columns of benchmarks/phrases.py, which says what counts as right


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_of_phrases", ROOT / "benchmarks" / "phrases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not STATEMENTS.is_file(), reason=f"there are no labelled statements at {STATEMENTS}")
def test_no_labelled_statement_is_computed_as_shorter_than_it_is_meant() -> None:
    judged = benchmark().judge_all(STATEMENTS)

    claimed = [one for one in judged if one.is_claimed]
    right = [one for one in claimed if not one.wrong]

    assert not [str(one) for one in judged if one.is_shorter]
    assert len(right) >= 0.97 * len(claimed)
    assert len(claimed) >= 0.85 * len(judged)
