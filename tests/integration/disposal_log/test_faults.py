"""Any call to the system may fail, or be the last of the process: the log is then as its writer was told."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.faults.scenarios import scenario_named
from benchmarks.faults.syscalls import ONWARDS, has_strace, inject, inject_with_strace

SEED = 20261120


@pytest.fixture(autouse=True)
def _without_complaints() -> Iterator[None]:
    """Keep thousands of warnings out of the report of a test that fails."""
    logger = logging.getLogger("disposal_log")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


def test_whatever_a_writer_does_a_fault_leaves_the_log_as_it_was_told(fast_folder: Path) -> None:
    found = list(inject(fast_folder, wanted=80, seed=SEED))

    assert [words for each in found for words in each.bad] == []
    assert sum(each.faults.total() for each in found) == 80
    assert all(each.calls > 40 for each in found), "the calls must pass through the harness"
    assert all(each.refused for each in found)


def test_a_recovery_that_fails_at_any_step_can_be_tried_again(fast_folder: Path) -> None:
    recovery = [scenario_named("recover")]
    [found] = inject(fast_folder, wanted=10_000, seed=SEED, scenarios=recovery, faults=("EIO", ONWARDS))

    assert found.bad == []
    assert found.faults.total() == 2 * found.calls


@pytest.mark.skipif(not has_strace(), reason="the system calls of a real process fail with strace, which is not here")
def test_a_failing_system_call_of_a_real_process_is_no_different(fast_folder: Path) -> None:
    [found] = inject_with_strace(fast_folder, wanted=2, seed=SEED, scenarios=[scenario_named("append")])

    assert found.bad == []
    assert found.calls > 100
    assert found.faults.total() == 2
