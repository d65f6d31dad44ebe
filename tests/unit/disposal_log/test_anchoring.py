"""Which outside word counts for a purge: the one judgement that engine and verifier share."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.formats.anchoring import AnchorLedger, Requirement
from disposal_log.formats.canonical import JSON
from disposal_log.formats.checkpoints import Checkpoint
from disposal_log.formats.cosignatures import CosigningKey
from disposal_log.formats.entries import spell_time
from disposal_log.formats.policy import Policy, PolicyGroup, PolicyWitness
from disposal_log.signing.notes import SigningKey

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGIN = "records.example/log"
ROOT = b"\x05" * 32
ONE, TWO, STRANGER = (
    CosigningKey.parse(SigningKey.from_seed(f"{name}.example/w", seed=name.encode() * 16).secret_text())
    for name in ("w1", "w2", "w3")
)
BOTH = Policy(
    witnesses=(PolicyWitness(name="one", key=ONE.verifier), PolicyWitness(name="two", key=TWO.verifier)),
    groups=(PolicyGroup(name="both", threshold=2, members=("one", "two")),),
    quorum="both",
)


def rule(requirement: str = "witness", policy: Policy = BOTH, **more: JSON) -> dict[str, JSON]:
    return {"type": "witness.set", "require": requirement, "policy": policy.text(), **more}


def receipt(
    size: int, by: CosigningKey = ONE, *, root: bytes = ROOT, signed_size: int | None = None
) -> dict[str, JSON]:
    text = Checkpoint(origin=ORIGIN, size=size if signed_size is None else signed_size, root=root).text()
    return {
        "type": "anchor.receipt",
        "kind": "witness",
        "size": size,
        "root": root.hex(),
        "by": by.verifier.key_id,
        "at": spell_time(NOON),
        "cosignature": base64.b64encode(by.cosign(text, at=NOON).body).decode(),
    }


def word(kind: str, size: int, by: str, **more: JSON) -> dict[str, JSON]:
    head: dict[str, JSON] = {"type": "anchor.receipt", "kind": kind, "size": size, "root": ROOT.hex(), "by": by}
    return {**head, "at": spell_time(NOON), "actor": {"k": "person", "ref": by}, **more}


def person(ref: str) -> JSON:
    return {"k": "person", "ref": ref}


PROPOSED: dict[str, JSON] = {"type": "batch.proposed", "batch": "B-1", "proposer": "rita"}
APPROVED: dict[str, JSON] = {"type": "batch.decision", "batch": "B-1", "decision": "approve"}
MOVED: dict[str, JSON] = {"type": "item.outcome", "batch": "B-1", "result": "quarantined"}
PURGE: dict[str, JSON] = {"type": "batch.intent", "batch": "B-1", "phase": "purge", "actor": person("rita")}


def told(*entries: dict[str, JSON]) -> list[str | None]:
    ledger = AnchorLedger()
    ledger.observe(0, {"type": "log.open", "origin": ORIGIN})
    return [ledger.observe(seq, entry) for seq, entry in enumerate(entries, start=1)]


def fault(*entries: dict[str, JSON]) -> str:
    return told(*entries)[-1] or ""


STORY = (rule(), PROPOSED, APPROVED, MOVED)  # entries 1 to 4: a witness must have seen five


def test_a_purge_needs_every_witness_of_the_quorum() -> None:
    assert "did not wait" in fault(*STORY, PURGE)
    assert "did not wait" in fault(*STORY, receipt(5), PURGE)
    assert fault(*STORY, receipt(5), receipt(5, TWO), PURGE) == ""


def test_one_witness_twice_is_not_two() -> None:
    assert "did not wait" in fault(*STORY, receipt(5), receipt(6), PURGE)


def test_what_was_seen_before_the_last_file_was_moved_does_not_count() -> None:
    assert "did not wait" in fault(*STORY, receipt(4), receipt(4, TWO), PURGE)
    assert "did not wait" in fault(*STORY, receipt(5), receipt(5, TWO), MOVED, PURGE)


def test_a_new_approval_must_be_seen_too() -> None:
    assert "did not wait" in fault(*STORY, receipt(5), receipt(5, TWO), APPROVED, PURGE)


def test_a_new_rule_begins_anew() -> None:
    assert "did not wait" in fault(*STORY, receipt(5), receipt(5, TWO), rule(), PURGE)


def test_quarantine_and_restoring_wait_for_nobody() -> None:
    assert fault(*STORY, {**PURGE, "phase": "quarantine"}) == ""
    assert fault(*STORY, {**PURGE, "phase": "restore"}) == ""


def test_a_log_without_a_rule_waits_for_nobody() -> None:
    assert fault(PROPOSED, APPROVED, MOVED, PURGE) == ""
    assert fault(rule("none", Policy()), PROPOSED, APPROVED, MOVED, PURGE) == ""


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (receipt(6), "6 entries were seen when there were 5"),
        (receipt(0), "0 entries were seen"),
        (receipt(5, STRANGER), "is no witness of this log"),
        (receipt(5, signed_size=4), "is wrong"),
        ({**receipt(5), "root": (b"\x06" * 32).hex()}, "is wrong"),
        ({**receipt(5), "cosignature": receipt(5, TWO)["cosignature"]}, "is wrong"),
        ({**receipt(5), "cosignature": "QR=="}, "is wrong"),
        ({**receipt(5), "at": "2026-11-20T11:00:00.000000Z"}, "dates the cosignature"),
        ({**receipt(5), "at": "yesterday"}, "malformed"),
        ({**receipt(5), "root": "zz"}, "malformed"),
        ({**receipt(5), "kind": "rumour"}, "malformed"),
        ({**receipt(5), "size": "5"}, "needs 'size' as an integer"),
    ],
)
def test_a_forged_receipt_is_named_and_counts_for_nothing(forged: dict[str, JSON], words: str) -> None:
    found = told(*STORY, forged, receipt(5, TWO), PURGE)

    assert words in (found[4] or "")
    assert "did not wait" in (found[-1] or "")


def test_a_copy_is_kept_by_somebody_who_neither_proposed_nor_destroys() -> None:
    story = (rule("certificate", Policy()), PROPOSED, APPROVED, MOVED)

    assert "did not wait" in fault(*story, word("certificate", 5, "rita"), PURGE)
    assert fault(*story, word("certificate", 5, "ada"), PURGE) == ""
    assert "did not wait" in fault(*story, word("certificate", 5, "ada"), {**PURGE, "actor": person("ada")})
    assert "somebody else than ada" in fault(*story, {**word("certificate", 5, "ada"), "actor": person("rita")})


def test_a_timestamp_counts_only_with_the_certificates_of_the_rule() -> None:
    story = (rule("timestamp", Policy(), authorities="aa"), PROPOSED, APPROVED, MOVED)

    assert "other certificates" in fault(*story, word("timestamp", 5, "CN=tsa", roots="bb"))
    assert fault(*story, word("timestamp", 5, "CN=tsa", roots="aa"), PURGE) == ""


def test_a_timestamp_whose_token_does_not_hold_opens_no_gate() -> None:
    ledger = AnchorLedger(accepts=lambda _anchor: False)
    story = (rule("timestamp", Policy(), authorities="aa"), PROPOSED, APPROVED, MOVED)
    stamped = word("timestamp", 4, "CN=tsa", roots="aa")

    found = [ledger.observe(seq, entry) for seq, entry in enumerate([*story, stamped, PURGE])]

    assert "does not hold" in (found[4] or "")
    assert ledger.waiting_for("B-1", actor="rita")


@pytest.mark.parametrize(
    "bad",
    [
        {"require": "everybody"},
        {"policy": "quorum nobody\n"},
        {"policy": "quorum none\n"},
        {"require": "timestamp"},
        {"require": "timestamp", "authorities": 7},
        {"policy": 7},
    ],
)
def test_a_rule_that_cannot_be_met_is_no_rule(bad: dict[str, JSON]) -> None:
    assert "the rule for anchors" in fault({**rule(), **bad})


def test_weaker_is_said_of_what_asks_for_less() -> None:
    assert Requirement.NONE.is_weaker_than(Requirement.CERTIFICATE)
    assert Requirement.TIMESTAMP.is_weaker_than(Requirement.WITNESS)
    assert not Requirement.WITNESS.is_weaker_than(Requirement.WITNESS)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kind", "size", "root", "by", "at", "cosignature", "require", "policy", "batch", "phase"]),
            st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["witness", "purge", ROOT.hex()]),
        ).flatmap(
            lambda body: st.sampled_from(["witness.set", "anchor.receipt", "batch.intent", "item.outcome"]).map(
                lambda kind: {**body, "type": kind}
            )
        ),
        max_size=5,
    )
)
def test_no_entry_however_odd_stops_the_judgement(entries: list[dict[str, JSON]]) -> None:
    told(rule(), *entries)
