import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.domain.holds import DisposalHold, HoldId, HoldKind, HoldRegister, HoldScope, register_of
from retention.domain.people import PersonId
from retention.errors import UnknownThingError
from retention.services.explaining import explain
from retention.store import records
from retention.store.catalogue import Catalogue

TODAY = date(2026, 3, 2)
NO_HOLDS = HoldRegister(version=0, holds=(), held_digests={})
CONTRACT = {
    "path",
    "disposal_class",
    "confidence",
    "state",
    "cues",
    "runner_up",
    "trigger",
    "due",
    "eligibility",
    "holds",
    "copies",
    "schedule_version",
}


def test_one_record_is_explained_from_its_class_to_its_copies(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], appraise_as: Callable[..., None]
) -> None:
    (share / "a.txt").write_text("same")
    (share / "b.txt").write_text("same")
    scan_share()
    appraise_as("a.txt")

    told = explain(catalogue, str(share / "a.txt"), NO_HOLDS, as_of=TODAY).to_json()

    assert set(told) >= CONTRACT
    assert told["disposal_class"] == "FIN-01"
    assert told["confidence"] == 0.9
    assert told["cues"] == [{"cue": "invoice"}]
    assert told["copies"] == [{"source": "drive", "path": "b.txt", "state": "present"}]
    eligibility = told["eligibility"]
    assert isinstance(eligibility, dict)
    assert (eligibility["state"], eligibility["as_of"]) == ("eligible", "2026-03-02")
    assert json.dumps(told, ensure_ascii=False).encode("utf-8")


def test_the_later_version_beside_a_draft_is_named_so_that_nobody_takes_the_draft_for_the_record(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    for name in (
        "a/Policy v1 draft.txt",
        "a/Policy v2.txt",
        "a/old/Policy v3.txt",
        "Policy v4.txt",
        "a.txt",
        "b v1.txt",
    ):
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).write_text(name)
        os.utime(share / name, ns=(0, 1_300_000_000 * 10**9))
    scan_share()

    def beside(path: str) -> str | None:
        return explain(catalogue, f"drive:{path}", NO_HOLDS, as_of=TODAY).successor

    assert beside("a/Policy v1 draft.txt") == "a/Policy v2.txt"
    assert beside("a/Policy v2.txt") is None
    assert beside("Policy v4.txt") is None
    assert beside("b v1.txt") is None


def test_a_record_nobody_appraised_yet_is_explained_as_kept(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    (share / "a.txt").write_text("x")
    scan_share()

    told = explain(catalogue, "drive:a.txt", NO_HOLDS, as_of=TODAY)

    assert told.eligibility.reasons == ("not yet compared with the schedule",)
    assert told.to_json()["disposal_class"] is None


def test_a_name_that_is_no_text_can_be_asked_for(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    odd = os.fsdecode(b"caf\xe9:\n.txt")
    (share / odd).write_text("x")
    scan_share()

    by_path = explain(catalogue, str(share / odd), NO_HOLDS, as_of=TODAY)
    by_source = explain(catalogue, f"drive:{odd}", NO_HOLDS, as_of=TODAY)
    by_number = explain(catalogue, by_path.item.copy.copy_id, NO_HOLDS, as_of=TODAY)

    assert by_path == by_source == by_number
    assert by_path.to_json()["path_b64"] == "Y2Fm6ToKLnR4dA=="


def test_a_share_reached_through_a_link_is_the_same_share(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None]
) -> None:
    (share / "d").mkdir()
    (share / "d" / "a.txt").write_text("x")
    (share.parent / "mapped").symlink_to(share)
    scan_share()

    assert explain(catalogue, str(share.parent / "mapped/d/a.txt"), NO_HOLDS, as_of=TODAY).item.path == "d/a.txt"


@pytest.mark.parametrize("words", ["/nowhere/a.txt", "drive:b.txt", "other:a.txt", "SHARE/never-seen.txt"])
def test_what_no_scan_has_seen_is_not_explained_away(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], words: str
) -> None:
    scan_share()

    with pytest.raises(UnknownThingError, match="no record"):
        explain(catalogue, words.replace("SHARE", str(share)), NO_HOLDS, as_of=TODAY)


def test_holds_are_named_and_whether_they_come_by_a_copy(
    catalogue: Catalogue, share: Path, scan_share: Callable[[], None], appraise_as: Callable[..., None]
) -> None:
    (share / "Legal").mkdir()
    (share / "Legal" / "a.txt").write_text("same")
    (share / "b.txt").write_text("same")
    scan_share()
    appraise_as("b.txt")
    hold = DisposalHold(
        hold_id=HoldId("H-1"),
        kind=HoldKind.LITIGATION,
        reason="claim 7",
        mandate="solicitor",
        owner_id=PersonId("rita"),
        scope=HoldScope(path="Legal"),
        placed_at=datetime(2026, 3, 2, tzinfo=UTC),
        reassess_on=TODAY,
    )
    with catalogue.reading() as tx:
        register = register_of(1, [hold], records.hold_subjects(tx))

    told = explain(catalogue, "drive:b.txt", register, as_of=TODAY).to_json()

    assert told["holds"] == [
        {"hold": "H-1", "kind": "litigation", "reason": "claim 7", "scope": "path Legal", "by_copy": True}
    ]
