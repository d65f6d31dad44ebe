"""A scan of a part of a source says nothing of the rest, and within its part as much as a scan of everything."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from retention.clock import SystemClock
from retention.domain.assets import Source
from retention.errors import StaleError
from retention.services.scanning import ScanSummary, scan_source
from retention.store import moves, records, scans
from retention.store.catalogue import Catalogue
from retention.store.schema import record_copy, scan, unreadable_folder
from retention.store.scopes import ScopePart

Row = tuple[str, int, str | None]


def scan_all(catalogue: Catalogue, source: Source, **more: object) -> ScanSummary:
    settings: dict[str, object] = {"workers": 1, "on_progress": lambda _told: None, **more}
    return scan_source(catalogue, source, at=SystemClock().now(), clock=SystemClock(), **settings)  # type: ignore[arg-type]  # mixed


def rows_of(catalogue: Catalogue) -> dict[bytes, Row]:
    """Return what the catalogue says is there."""
    with catalogue.reading() as tx:
        found = tx.connection.execute(
            select(record_copy.c.path, record_copy.c.state, record_copy.c.size_bytes, record_copy.c.sha256).where(
                record_copy.c.state != "missing"
            )
        )
        return {row.path: (row.state, row.size_bytes, row.sha256) for row in found}


def look_at(catalogue: Catalogue, source: Source, *parts: tuple[str, bool]) -> ScanSummary:
    return scan_all(catalogue, source, scope=tuple(ScopePart(*part) for part in parts))


def state_of(catalogue: Catalogue, path: str) -> str:
    with catalogue.reading() as tx:
        return next(str(item.copy.state) for item in records.appraised(tx, path=path))


def test_a_scan_of_one_folder_says_nothing_of_the_others(catalogue: Catalogue, source: Source, share: Path) -> None:
    for name in ("a/one", "a/two", "a/b/three", "ab/four", "five"):
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).write_text(name)
    scan_all(catalogue, source)
    for name in ("a/one", "a/b/three", "ab/four", "five"):
        (share / name).unlink()
    (share / "a/new").write_text("new")
    (share / "ab/new").write_text("new")

    summary = look_at(catalogue, source, ("a", False))

    assert (summary.scan.files, summary.counts.files, summary.counts.examined) == (2, 2, 1)
    states = {path: state_of(catalogue, path) for path in ("a/one", "a/two", "a/b/three", "ab/four", "five", "a/new")}
    assert states == {
        "a/one": "missing",
        "a/two": "present",
        "a/b/three": "present",
        "ab/four": "present",
        "five": "present",
        "a/new": "present",
    }
    assert b"ab/new" not in rows_of(catalogue)


@pytest.mark.parametrize("gone", ["renamed", "a file", "a link"])
def test_a_folder_that_is_gone_takes_all_below_it_along(
    catalogue: Catalogue, source: Source, share: Path, gone: str
) -> None:
    (share / "a/b").mkdir(parents=True)
    (share / "a/b/file").write_text("x")
    (share / "a0").write_text("comes right after everything below a")
    scan_all(catalogue, source)
    (share / "a").rename(share.parent / "elsewhere")
    if gone == "a file":
        (share / "a").write_text("y")
    elif gone == "a link":
        (share / "a").symlink_to(share.parent / "elsewhere")

    look_at(catalogue, source, ("a", True))

    assert state_of(catalogue, "a/b/file") == "missing"
    assert state_of(catalogue, "a0") == "present"
    with catalogue.reading() as tx:
        assert tx.connection.execute(select(unreadable_folder)).all() == []


def test_files_among_very_many_folders_are_found_gone(catalogue: Catalogue, source: Source, share: Path) -> None:
    for number in range(120):
        (share / f"{number:03}").mkdir()
        (share / f"{number:03}/deep").write_text("x")
        (share / f"{number:03}.txt").write_text("x")
        (share / f"{number:03}0").write_text("x")
    scan_all(catalogue, source)
    for number in range(0, 120, 3):
        (share / f"{number:03}.txt").unlink()
        (share / f"{number:03}0").unlink()

    look_at(catalogue, source, ("", False))

    wanted = {os.fsencode(path.relative_to(share)) for path in share.rglob("*") if path.is_file()}
    assert set(rows_of(catalogue)) == wanted


def test_what_is_left_out_of_a_source_is_left_out_of_scans_of_parts_of_it_too(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a/private").mkdir(parents=True)
    for name in ("a/kept", "a/left.tmp", "a/private/letter"):
        (share / name).write_text("x")
    chosen = replace(source, exclude=("*.tmp", "private/"))

    whole = scan_all(catalogue, chosen)
    part = look_at(catalogue, chosen, ("a", False), ("a/private", True))

    assert (whole.counts.examined, part.counts.examined, part.counts.unchanged) == (1, 0, 1)
    assert whole.counts.skipped == part.counts.skipped == {"excluded": 1}
    assert b"a/private/letter" not in rows_of(catalogue)


def test_a_move_from_one_folder_to_another_is_recognised(catalogue: Catalogue, source: Source, share: Path) -> None:
    (share / "a").mkdir()
    (share / "b").mkdir()
    (share / "a/minutes").write_text("the minutes of the committee")
    scan_all(catalogue, source)
    (share / "a/minutes").rename(share / "b/minutes")

    summary = look_at(catalogue, source, ("a", False), ("b", False))

    assert summary.counts.moved == 1
    with catalogue.reading() as tx:
        (new,) = records.appraised(tx, path="b/minutes")
        earlier = moves.earlier_location(tx, new.copy.copy_id)
    assert earlier is not None
    assert earlier.path == "a/minutes"
    assert state_of(catalogue, "a/minutes") == "missing"


def test_a_move_that_two_scans_of_parts_saw_one_end_each_of_is_recognised(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a").mkdir()
    (share / "b").mkdir()
    (share / "a/minutes").write_text("the minutes of the committee")
    scan_all(catalogue, source)
    (share / "a/minutes").rename(share / "b/minutes")

    moved = [look_at(catalogue, source, (folder, False)).counts.moved for folder in ("a", "b", "a")]

    assert moved == [0, 1, 0]
    assert state_of(catalogue, "a/minutes") == "missing"


def test_the_other_names_of_a_changed_file_are_to_be_looked_at(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    for folder in ("a", "b", "c"):
        (share / folder).mkdir()
    (share / "a/file").write_text("before")
    (share / "b/same").hardlink_to(share / "a/file")
    scan_all(catalogue, source)
    (share / "a/file").write_text("after, and longer")

    assert look_at(catalogue, source, ("a", False)).look_also == (ScopePart("b"),)

    (share / "a/file").unlink()
    assert look_at(catalogue, source, ("a", False)).look_also == (ScopePart("b"),)
    assert look_at(catalogue, source, ("b", False)).look_also == ()


def test_a_name_that_another_file_has_taken_still_leads_to_the_other_names(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a").mkdir()
    (share / "b").mkdir()
    (share / "a/file").write_text("before")
    (share / "b/same").hardlink_to(share / "a/file")
    scan_all(catalogue, source)
    (share / "a/file").write_text("after, and longer")
    (share / "new").write_text("another file")
    (share / "new").rename(share / "a/file")

    assert look_at(catalogue, source, ("a", False)).look_also == (ScopePart("b"),)


def test_a_scan_of_a_part_that_was_killed_is_gone_on_with_as_one_of_a_part(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "a").mkdir()
    (share / "a/file").write_text("x")
    (share / "outside").write_text("x")
    scan_all(catalogue, source)
    (share / "a/file").write_text("changed")

    class Killed(BaseException):
        pass

    def kill(told: object) -> None:
        if getattr(told, "phase", "") == "examining":
            raise Killed

    with pytest.raises(Killed):
        scan_all(catalogue, source, scope=(ScopePart("a"),), on_progress=kill)
    (share / "outside").unlink()

    summary = scan_all(catalogue, source)

    assert summary.is_resumed
    assert summary.scan.scope == (ScopePart("a"),)
    assert state_of(catalogue, "outside") == "present"
    assert not scan_all(catalogue, source).is_resumed
    assert state_of(catalogue, "outside") == "missing"


def test_a_watcher_does_not_break_into_a_scan_that_somebody_else_runs(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "file").write_text("x")
    refused: list[StaleError] = []

    def meanwhile(_told: object) -> None:
        if not refused:
            with pytest.raises(StaleError, match="another scan of drive is running") as caught:
                scan_all(catalogue, source, scope=(ScopePart(""),), gives_way=True)
            refused.append(caught.value)

    summary = scan_all(catalogue, source, on_progress=meanwhile)

    assert refused
    assert summary.counts.examined == 1


def test_a_crawl_that_failed_here_is_not_taken_for_one_that_still_runs(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "file").write_text("x")

    def fail(_told: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_all(catalogue, source, on_progress=fail)

    assert scan_all(catalogue, source, scope=(ScopePart(""),), gives_way=True).counts.examined == 1


def test_a_change_in_the_same_moment_as_the_last_one_is_not_missed(
    catalogue: Catalogue, source: Source, share: Path
) -> None:
    (share / "file").write_text("one")

    scan_all(catalogue, source, scope=(ScopePart(""),), is_wary=True)

    with catalogue.reading() as tx:
        assert tx.connection.execute(select(record_copy.c.changed_ns)).scalar_one() == 0
    time.sleep(0.05)
    assert scan_all(catalogue, source, is_wary=True).counts.examined == 1
    assert scan_all(catalogue, source, is_wary=True).counts.unchanged == 1


def test_scans_of_parts_do_not_pile_up_in_the_catalogue(catalogue: Catalogue, source: Source, share: Path) -> None:
    (share / "file").write_text("x")
    whole = scan_all(catalogue, source).scan.scan_id
    last = [look_at(catalogue, source, ("", False)).scan.scan_id for _ in range(5)][-1]

    with catalogue.reading() as tx:
        assert {row.scan_id for row in tx.connection.execute(select(scan.c.scan_id))} == {whole, last}
        latest = scans.latest(tx, source.source_id)
    assert latest is not None
    assert latest.scan_id == whole
