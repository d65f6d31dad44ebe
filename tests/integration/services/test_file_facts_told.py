"""Who owns a file is known after a scan, told where it is asked for, and decides nothing by itself."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from retention.domain.assets import Source
from retention.domain.holds import HoldRegister
from retention.domain.records import RecordCopy
from retention.services import reporting
from retention.services.explaining import explain
from retention.store import records
from retention.store.catalogue import Catalogue
from scanners.crawling.file_facts import account_name

TODAY = date(2026, 3, 2)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
ME = account_name(os.getuid())
# what is asked of the catalogue here is tried on both databases beside the store
pytestmark = pytest.mark.parametrize("catalogue", ["sqlite"], indirect=True)


def the_copy(catalogue: Catalogue, path: str) -> RecordCopy:
    with catalogue.reading() as tx:
        return next(item.copy for item in records.appraised(tx, path=path))


def test_a_scan_keeps_who_owns_each_file(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Callable[[], None]
) -> None:
    (share / "a").mkdir()
    (share / "a" / "letter.txt").write_text("Dear Mrs Okafor")
    (share / "twin.txt").write_text("Dear Mrs Okafor")

    scan_share()

    told = explain(catalogue, f"{source.source_id}:a/letter.txt", NO_HOLDS, as_of=TODAY).to_json()
    assert (told["file_owner"], told["file_attributes"]) == (ME, None)
    assert the_copy(catalogue, "twin.txt").facts.owner == ME
    lines = [line.to_json() for line in reporting.unclassified(catalogue, NO_HOLDS, as_of=TODAY)]
    assert {str(line["file_owner"]) for line in lines} == {ME}


def test_another_owner_is_noticed_and_changes_neither_digest_nor_first_day(
    catalogue: Catalogue, source: Source, share: Path, scan_share: Callable[[], None]
) -> None:
    assert source.root == str(share)
    file = share / "letter.txt"
    file.write_text("Dear Mrs Okafor")
    scan_share()
    before = the_copy(catalogue, "letter.txt")
    try:
        os.chown(file, 12_345, -1)
    except PermissionError:
        pytest.skip("this account may not give a file away")

    scan_share()

    after = the_copy(catalogue, "letter.txt")
    assert after.facts.owner == account_name(12_345)
    assert (after.sha256, after.first_seen_at, after.finding) == (before.sha256, before.first_seen_at, "")


def test_a_copy_that_was_put_there_today_is_no_younger_record(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], appraise_as: Callable[..., None]
) -> None:
    file = share / "old.txt"
    file.write_text("minutes")
    os.utime(file, (946_684_800, 946_684_800))

    scan_share()
    appraise_as("old.txt")

    copy = the_copy(catalogue, "old.txt")
    if copy.facts.created_at is None:
        pytest.skip("this file system does not keep when a file was made")
    assert copy.facts.created_at.date() > date(2000, 1, 1) + timedelta(days=1)
    (due,) = reporting.overdue(catalogue, NO_HOLDS, as_of=TODAY)
    assert due.to_json()["file_created_at"] == copy.facts.created_at.isoformat()
