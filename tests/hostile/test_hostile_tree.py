"""Everything that was ever made to harm a reader, in one tree: each gets its answer, and nothing happens."""

from collections import Counter

import pytest

from scanners import ExaminationLimits
from tests.hostile.case import Case
from tests.hostile.cases import CASES
from tests.hostile.scanned import HIDES, Scanned

MAX_RSS_BYTES = ExaminationLimits().memory_bytes + (300 << 20)  # of the largest child, and of the scan itself
MAX_SCAN_SECONDS = 150


def test_the_list_is_long_and_every_case_has_a_place_of_its_own() -> None:
    assert len(CASES) >= 400
    assert len({case.folder for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder)
def test_each_hostile_entry_gets_one_answer_that_is_right_and_says_why(scanned: Scanned, case: Case) -> None:
    if case.folder not in scanned.made:
        pytest.skip("this account may not make such an entry")

    rows = scanned.rows[case.folder]

    assert len(rows) == case.rows
    for row in rows:
        assert set(row.answers) <= case.expected, row.detail
        assert not row.tells_secret
        assert row.detail or row.answers[0] in ("read", "a type without text")
    assert sum(path.startswith(case.folder + "/") for path in scanned.unlisted) == case.unlisted


def test_the_scan_ends_in_order_and_says_that_some_files_could_not_be_read(scanned: Scanned) -> None:
    assert scanned.code == 3, scanned.told
    assert "Traceback" not in scanned.told
    assert "retention report unreadable" in scanned.told
    assert scanned.seconds < MAX_SCAN_SECONDS


def test_every_entry_is_accounted_for(scanned: Scanned) -> None:
    figures = scanned.figures
    answers = Counter(row.answers[0] for rows in scanned.rows.values() for row in rows)
    skipped = {kind.removeprefix("skipped:"): n for kind, n in answers.items() if kind.startswith("skipped:")}

    assert not scanned.strays
    assert figures["files"] == answers.total() == sum(case.rows for case in CASES if case.folder in scanned.made)
    assert figures["files"] == figures["examined"] + figures["unreadable"] + sum(figures["skipped"].values())
    assert figures["skipped"] == skipped
    assert figures["unreadable"] == sum(n for kind, n in answers.items() if kind.startswith("unreadable:"))
    assert figures["unreadable_folders"] == len(scanned.unlisted)
    # `find` sees no more of a closed folder than the scan does; the scan at least says so
    assert figures["files"] - scanned.entries in (0, 1)


def test_no_reader_crashes_or_hangs_or_starves(scanned: Scanned) -> None:
    fatal = {"crashed", "timeout", "memory", "unreadable:io_error"}
    fallen = {row.path for rows in scanned.rows.values() for row in rows if fatal & set(row.answers)}

    # PDFium has no measure for what is drawn in what is drawn: there the bound of the process is the one that holds
    assert fallen == {"papers/forms that draw themselves/paper.pdf"}


def test_whatever_could_not_be_read_is_in_the_report_in_words(scanned: Scanned) -> None:
    rows = [row for rows in scanned.rows.values() for row in rows]
    unread = [row for row in rows if HIDES & set(row.answers) or row.answers[0].startswith("unreadable:")]

    assert len(scanned.unreadable) == len(unread) + len(scanned.unlisted)
    for line in scanned.unreadable:
        assert len(line["detail"]) > 10
        assert not any(word in line["detail"] for word in ("Error", "Exception", "errno", "0x", "None"))


def test_nothing_is_fetched_from_anywhere(scanned: Scanned) -> None:
    assert scanned.asked == ()


def test_no_process_outlives_the_scan(scanned: Scanned) -> None:
    assert scanned.survivors == ()


def test_the_share_is_as_it_was_down_to_the_times_of_reading(scanned: Scanned) -> None:
    assert scanned.changes == ()


def test_memory_stays_within_its_bound(scanned: Scanned) -> None:
    assert scanned.figures["peak_rss_bytes"] < MAX_RSS_BYTES


def test_a_second_scan_reads_only_what_could_not_be_read(scanned: Scanned) -> None:
    first, second = scanned.figures, scanned.again

    assert second["unchanged"] == first["examined"]
    assert (second["files"], second["skipped"], second["unreadable"]) == (
        first["files"],
        first["skipped"],
        first["unreadable"],
    )
