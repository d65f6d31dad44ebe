"""The values: an odd file system cannot make them fail, and unread content is never passed over."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import FileObservation, Problem, ProblemKind


def an_observation(*, modified_ns: int = 0, problems: tuple[Problem, ...] = ()) -> FileObservation:
    return FileObservation(
        path="a",
        size_bytes=1,
        modified_ns=modified_ns,
        inode=1,
        device=1,
        link_count=1,
        media_type="text/plain",
        sha256="00" * 32,
        problems=problems,
    )


def test_modification_times_are_aware_and_in_utc() -> None:
    seen = an_observation(modified_ns=1_554_026_400_000_000_000)

    assert seen.modified_at == datetime(2019, 3, 31, 10, 0, tzinfo=UTC)


@given(st.integers(-(2**63), 2**63 - 1))
def test_no_modification_time_of_any_file_system_fails(modified_ns: int) -> None:
    assert an_observation(modified_ns=modified_ns).modified_at.tzinfo is UTC


@pytest.mark.parametrize("modified_ns", [2**62 * 64, -(2**62) * 64])
def test_a_time_outside_the_calendar_goes_to_its_nearest_end(modified_ns: int) -> None:
    assert an_observation(modified_ns=modified_ns).modified_at.year in (1, 9999)


@pytest.mark.parametrize(
    "kind",
    [
        ProblemKind.ENCRYPTED,
        ProblemKind.BROKEN,
        ProblemKind.TIMEOUT,
        ProblemKind.MEMORY,
        ProblemKind.CRASHED,
        ProblemKind.TOO_LARGE,
    ],
)
def test_content_that_could_not_be_read_is_said_to_be_unread(kind: ProblemKind) -> None:
    assert an_observation(problems=(Problem(kind=kind, detail="x"),)).content_unread


@pytest.mark.parametrize("kind", [ProblemKind.TRUNCATED_TEXT, ProblemKind.EXTENSION_MISMATCH])
def test_a_long_text_or_a_wrong_name_does_not_hide_content(kind: ProblemKind) -> None:
    assert not an_observation(problems=(Problem(kind=kind, detail="x"),)).content_unread
