"""A share that is not mounted is scanned like a folder, and nothing on it can ever be proposed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.clock import SystemClock
from retention.domain.assets import Source, SourceKind
from retention.domain.eligibility import AppraisedCopy, Queue
from retention.domain.holds import HoldRegister
from retention.domain.records import CopyState
from retention.errors import InvalidInputError, RefusedByPolicyError, SourceVanishedError
from retention.services import reporting
from retention.services.explaining import explain
from retention.services.proposing import ProposalScope, plan_proposal
from retention.services.reaching import RemoteShare, ShareAddress, ShareLogin, confirm_share, register_share
from retention.services.scanning import ScanSummary, scan_source
from retention.store import assets, records
from retention.store.catalogue import Catalogue
from scanners.shares import SmbLogin, SmbMissingError
from tests.integration.samba import PASSWORD, samba

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
VERSION = "uk@1"
# what is asked of the catalogue here is tried on both databases beside the store
pytestmark = pytest.mark.parametrize("catalogue", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmbLogin]:
    with samba(served, tmp_path_factory.mktemp("samba")) as login:
        yield login


@pytest.fixture
def folder(served: Path, request: pytest.FixtureRequest) -> Path:
    """Return a folder on the served share for this test alone."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    place = served / name[:100]
    place.mkdir()
    return place


@pytest.fixture
def address(server: SmbLogin, folder: Path) -> ShareAddress:
    return ShareAddress(server="127.0.0.1", share="council", folder=folder.name, port=server.port)


@pytest.fixture
def far(server: SmbLogin, address: ShareAddress) -> RemoteShare:
    return RemoteShare(address, ShareLogin(user=server.user, password=PASSWORD))


@pytest.fixture
def remote(catalogue: Catalogue, source: Source, address: ShareAddress, far: RemoteShare) -> Source:
    assert source.kind is SourceKind.SHARE  # another root, registered beside it
    return register_share(catalogue, address, far, asset_id="finance", at=NOON, source_id="far")


def scanned(catalogue: Catalogue, source: Source, far: RemoteShare) -> ScanSummary:
    return scan_source(
        catalogue, source, at=NOON, clock=SystemClock(), workers=2, on_progress=lambda _told: None, remote=far
    )


def copies(catalogue: Catalogue) -> dict[str, AppraisedCopy]:
    with catalogue.reading() as tx:
        return {item.path: item for item in records.appraised(tx, source_id="far")}


def test_a_share_is_read_as_a_folder_is_with_owner_and_dates(
    catalogue: Catalogue, remote: Source, far: RemoteShare, folder: Path
) -> None:
    (folder / "2009").mkdir()
    (folder / "2009" / "invoice.txt").write_text("invoice of 3 March 2009")
    (folder / "twin.txt").write_text("invoice of 3 March 2009")

    summary = scanned(catalogue, remote, far)

    assert (summary.scan.files, summary.counts.examined, summary.counts.unreadable) == (2, 2, 0)
    found = copies(catalogue)
    invoice = found["2009/invoice.txt"].copy
    assert (invoice.media_type, invoice.sha256) == ("text/plain", found["twin.txt"].copy.sha256)
    assert (invoice.facts.owner or "").startswith("S-1-")
    assert invoice.facts.created_at is not None
    assert invoice.is_beyond_reach
    told = explain(catalogue, f"{remote.root}/2009/invoice.txt", NO_HOLDS, as_of=TODAY).to_json()
    assert (told["source"], told["file_owner"]) == ("far", invoice.facts.owner)
    assert told["copies"] == [{"source": "far", "path": "twin.txt", "state": "present"}]


def test_a_second_scan_reads_only_what_changed_and_nothing_is_forgotten(
    catalogue: Catalogue, remote: Source, far: RemoteShare, folder: Path
) -> None:
    for name in ("stays.txt", "changes.txt", "goes.txt", "moves.txt"):
        (folder / name).write_text(name)
    scanned(catalogue, remote, far)
    (folder / "changes.txt").write_text("changed since")
    (folder / "goes.txt").unlink()
    (folder / "sub").mkdir()
    (folder / "moves.txt").rename(folder / "sub" / "moved.txt")

    summary = scanned(catalogue, remote, far)

    assert (summary.counts.unchanged, summary.counts.examined, summary.counts.moved) == (1, 2, 1)
    states = {path: item.copy.state for path, item in copies(catalogue).items()}
    assert states == {
        "stays.txt": CopyState.PRESENT,
        "changes.txt": CopyState.PRESENT,
        "goes.txt": CopyState.MISSING,
        "moves.txt": CopyState.MISSING,
        "sub/moved.txt": CopyState.PRESENT,
    }


def test_what_is_due_on_a_share_that_is_not_mounted_is_protected_and_never_proposed(
    catalogue: Catalogue, remote: Source, far: RemoteShare, folder: Path, appraise_as: Callable[..., None]
) -> None:
    (folder / "due.txt").write_text("long past its period")
    scanned(catalogue, remote, far)
    appraise_as("due.txt")

    plan = plan_proposal(catalogue, ProposalScope(), schedule_version=VERSION, as_of=TODAY)

    assert plan.batches == ()
    (refusal,) = plan.refused
    assert "nothing can be removed there from here" in refusal.reasons[-1]
    summary = reporting.summary(catalogue, NO_HOLDS, as_of=TODAY)
    assert (summary.queues[Queue.PROTECTED].items, summary.queues[Queue.ELIGIBLE].items) == (1, 0)
    assert summary.beyond_reach.items == 1
    assert not list(reporting.overdue(catalogue, NO_HOLDS, as_of=TODAY))


def test_files_on_a_share_that_is_not_mounted_are_no_masters_for_files_here(
    catalogue: Catalogue, remote: Source, far: RemoteShare, folder: Path
) -> None:
    (folder / "a.txt").write_text("same")
    (folder / "b.txt").write_text("same")
    scanned(catalogue, remote, far)

    assert not list(reporting.duplicates(catalogue))


def test_patterns_leave_out_what_they_say(
    catalogue: Catalogue, source: Source, address: ShareAddress, far: RemoteShare, folder: Path
) -> None:
    assert source.kind is SourceKind.SHARE
    (folder / "Old").mkdir()
    (folder / "Old" / "never listed.txt").touch()
    (folder / "draft.tmp").touch()
    (folder / "kept.txt").touch()
    remote = register_share(
        catalogue, address, far, asset_id="finance", at=NOON, source_id="far", exclude=("*.tmp", "Old/")
    )

    summary = scanned(catalogue, remote, far)

    assert summary.to_json()["skipped"] == {"excluded": 1}
    assert sorted(copies(catalogue)) == ["draft.tmp", "kept.txt"]
    assert summary.counts.unreadable_folders == 0


def test_a_share_that_cannot_be_reached_is_no_empty_share(
    catalogue: Catalogue, remote: Source, far: RemoteShare, address: ShareAddress, folder: Path
) -> None:
    (folder / "a.txt").write_text("a")
    scanned(catalogue, remote, far)
    wrong = RemoteShare(address, ShareLogin(user="rita", password="wrong"))  # noqa: S106  nobody's
    nowhere = RemoteShare(replace(address, port=9), ShareLogin(user="rita", password="wrong"))  # noqa: S106

    for unreachable in (wrong, nowhere):
        with pytest.raises(SourceVanishedError, match="cannot be reached"):
            scanned(catalogue, remote, unreachable)
    folder.rename(folder.with_name(folder.name + " away"))
    with pytest.raises(SourceVanishedError):
        scanned(catalogue, remote, far)

    assert copies(catalogue)["a.txt"].copy.state is CopyState.PRESENT


def test_another_folder_at_the_address_is_not_believed_until_somebody_looked(
    catalogue: Catalogue, remote: Source, far: RemoteShare, folder: Path
) -> None:
    (folder / "a.txt").write_text("a")
    scanned(catalogue, remote, far)
    folder.rename(folder.with_name(folder.name + " away"))
    folder.mkdir()

    with pytest.raises(SourceVanishedError, match="another folder"):
        scanned(catalogue, remote, far)
    confirmed = confirm_share(catalogue, "far", far)
    scanned(catalogue, confirmed, far)

    assert copies(catalogue)["a.txt"].copy.state is CopyState.MISSING


def test_one_share_is_not_registered_twice_whatever_the_capital_letters(
    catalogue: Catalogue, remote: Source, far: RemoteShare, address: ShareAddress
) -> None:
    assert remote.kind is SourceKind.REMOTE
    shouted = replace(address, share=address.share.upper())

    with pytest.raises(RefusedByPolicyError, match="One file must belong to one source only"):
        register_share(catalogue, shouted, far, asset_id="finance", at=NOON)
    with pytest.raises(RefusedByPolicyError):
        register_share(catalogue, replace(address, folder=""), far, asset_id="finance", at=NOON)


def test_a_share_that_cannot_be_reached_is_not_registered(
    catalogue: Catalogue, source: Source, address: ShareAddress
) -> None:
    nowhere = replace(address, folder="no such folder")
    login = ShareLogin(user="rita", password=PASSWORD)

    with pytest.raises(SourceVanishedError) as refused:
        register_share(catalogue, nowhere, RemoteShare(nowhere, login), asset_id="finance", at=NOON)

    assert PASSWORD not in str(refused.value)
    with catalogue.reading() as tx:
        assert assets.sources(tx) == (source,)


def test_nothing_in_the_catalogue_says_who_asked(
    catalogue: Catalogue, remote: Source, far: RemoteShare, folder: Path, tmp_path: Path
) -> None:
    (folder / "a.txt").write_text("a")
    scanned(catalogue, remote, far)

    for file in tmp_path.rglob("catalogue.db*"):
        kept = file.read_bytes()
        assert PASSWORD.encode() not in kept
        assert PASSWORD.encode("utf-16-le") not in kept


def test_a_scan_leaves_no_copies_behind(
    catalogue: Catalogue,
    remote: Source,
    far: RemoteShare,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", os.fspath(place))
    (folder / "a.txt").write_text("a")

    scanned(catalogue, remote, far)

    assert not list(place.iterdir())


def test_without_the_extra_it_is_said_what_is_missing(
    catalogue: Catalogue, address: ShareAddress, far: RemoteShare, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_login: SmbLogin) -> None:
        raise SmbMissingError

    monkeypatch.setattr("retention.services.reaching.share.open_share", missing)

    with pytest.raises(InvalidInputError, match="extra 'smb'"):
        register_share(catalogue, address, far, asset_id="finance", at=NOON)
