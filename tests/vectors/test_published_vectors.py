"""The log against vectors that other people published. They are not part of this project: see the skip."""

import base64
import json
import math
import os
import struct
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from disposal_log.errors import (
    CanonicalFormError,
    CheckpointInvalidError,
    KeyInvalidError,
    NoteInvalidError,
    ProofInvalidError,
)
from disposal_log.formats.canonical import canonical, parse_canonical
from disposal_log.formats.certificates import pae
from disposal_log.formats.checkpoints import Checkpoint, open_checkpoint
from disposal_log.formats.disclosures import digest_of
from disposal_log.signing.notes import ED25519, SCHEMES, VerifierKey, open_note
from disposal_log.tree.merkle import leaf_hash, node_hash, root_of, verify_consistency, verify_inclusion

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "data" / "vectors"
VECTORS = Path(os.environ.get("DISPOSAL_LOG_VECTORS", BESIDE_THE_CHECKOUT))
pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the published vectors are not on this machine (DISPOSAL_LOG_VECTORS)"
)

# Its "roots" are 12 bytes long; we take nothing but SHA-256 roots.
NOT_SHA256 = "additional__sizes-are-equal-one-and-proof-is-empty.json"


def load(path: Path | str) -> Any:  # noqa: ANN401  # the files have many shapes
    return json.loads((VECTORS / path).read_bytes())


def unpacked(values: list[str] | None) -> list[bytes]:
    return [base64.b64decode(value) for value in values or []]


def test_every_inclusion_proof_is_judged_as_published() -> None:
    paths = sorted((VECTORS / "merkle" / "inclusion").glob("*.json"))
    assert paths
    for path in paths:
        case = load(path)
        given = {
            "leaf": base64.b64decode(case["leafHash"] or ""),
            "index": case["leafIdx"],
            "size": case["treeSize"],
            "path": unpacked(case["proof"]),
            "root": base64.b64decode(case["root"] or ""),
        }
        if case["wantErr"]:
            with pytest.raises(ProofInvalidError):
                verify_inclusion(**given)
        else:
            verify_inclusion(**given)


def test_every_consistency_proof_is_judged_as_published() -> None:
    paths = sorted((VECTORS / "merkle" / "consistency").glob("*.json"))
    assert paths
    for path in paths:
        case = load(path)
        given = {
            "old_size": case["size1"],
            "size": case["size2"],
            "path": unpacked(case["proof"]),
            "old_root": base64.b64decode(case["root1"] or ""),
            "root": base64.b64decode(case["root2"] or ""),
        }
        if case["wantErr"] or path.name == NOT_SHA256:
            with pytest.raises(ProofInvalidError):
                verify_consistency(**given)
        else:
            verify_consistency(**given)


def test_the_published_tree_has_our_nodes_and_roots() -> None:
    tree = load("merkle/tree_constants.json")
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in tree["leaf_inputs_hex"]]
    levels = tree["node_hashes_by_level"]

    assert [leaf.hex() for leaf in leaves] == levels[0]
    for below, above in pairwise(levels):
        for at in range(len(below) // 2):
            pair = node_hash(bytes.fromhex(below[2 * at]), bytes.fromhex(below[2 * at + 1]))
            assert pair.hex() == above[at]
    roots = tree["root_by_size"]
    assert [root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)] == (
        roots if isinstance(roots, list) else [roots[size] for size in sorted(roots, key=int)]
    )


def test_every_note_is_opened_or_refused_as_published() -> None:
    for case in load("note/open.json"):
        keys = [VerifierKey.parse(text) for text in case["vkeys"]]
        note = base64.b64decode(case["note_b64"])
        if case["ok"]:
            assert len(open_note(note, keys).signed_by) == case["verified"], case["desc"]
        else:
            with pytest.raises(NoteInvalidError):
                open_note(note, keys)


def test_every_key_is_read_or_refused_as_published() -> None:
    cases = load("note/keys.json")
    for case in cases:
        if case.get("rule") == "generate":
            continue
        if case["ok"]:
            assert str(VerifierKey.parse(case["vkey"])) == case["vkey"]
        else:
            with pytest.raises(KeyInvalidError):
                VerifierKey.parse(case["vkey"])


def test_every_mangled_form_of_a_published_key_is_refused() -> None:
    vkey = load("note/keys.json")[0]["vkey"]
    mangled = {vkey[start:stop] for start in range(len(vkey)) for stop in range(start, len(vkey) + 1)} - {vkey}
    mangled |= {vkey[:at] + chr(ord(vkey[at]) + 1) + vkey[at + 1 :] for at in range(len(vkey))}
    for text in mangled:
        with pytest.raises(KeyInvalidError):
            VerifierKey.parse(text)


def test_every_malformed_checkpoint_is_refused_as_published() -> None:
    for case in load("checkpoint/body_parse.json")["cases"]:
        # upstream takes a root of any length, we take 32 bytes: those cases count as refused
        is_ours = case["ok"] and len(base64.b64decode(case["body"].split("\n")[2])) == 32
        if is_ours:
            assert Checkpoint.parse(case["body"]).text() == case["body"]
        else:
            with pytest.raises(CheckpointInvalidError):
                Checkpoint.parse(case["body"])


def test_somebody_elses_log_is_understood_at_every_size() -> None:
    folder = VECTORS / "tessera_log"
    vkey = next(
        line.removeprefix("vkey: ").strip()
        for line in (folder / "README.txt").read_text().splitlines()
        if line.startswith("vkey: ")
    )
    key = VerifierKey.parse(vkey)
    seen = 0
    for size in range(1, 257):
        bundle, note = folder / f"tile/entries/000.p/{size}", folder / f"checkpoint.{size}"
        if not (bundle.is_file() and note.is_file()):
            continue
        signed = open_checkpoint(note.read_bytes(), [key])
        leaves = [leaf_hash(entry) for entry in entries_of(bundle.read_bytes())]
        assert signed.checkpoint.size == size == len(leaves)
        assert signed.checkpoint.root == root_of(leaves)
        assert b"".join(leaves) == (folder / f"tile/0/000.p/{size}").read_bytes()
        seen += 1
    assert seen >= 8


def entries_of(bundle: bytes) -> list[bytes]:
    found = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        found.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return found


def test_canonical_json_agrees_wherever_our_profile_allows_the_value() -> None:
    agreed = refused = 0
    for path in sorted((VECTORS / "jcs" / "input").glob("*.json")):
        expected = (VECTORS / "jcs" / "output" / path.name).read_bytes().rstrip(b"\n")
        try:
            spelled = canonical(json.loads(path.read_bytes()))
        except CanonicalFormError:
            refused += 1
            continue
        assert spelled == expected
        assert canonical(parse_canonical(spelled)) == expected
        agreed += 1
    assert agreed + refused >= 3


def test_every_published_number_is_spelled_alike_or_refused() -> None:
    spelled = 0
    for case in load("jcs/numbers.json"):
        [number] = struct.unpack(">d", bytes.fromhex(case["ieee_hex"]))
        with pytest.raises(CanonicalFormError):
            canonical(number)
        if math.isfinite(number) and number.is_integer() and abs(number) < 2**53:
            assert canonical(int(number)).decode() == case["expected"]
            spelled += 1
    assert spelled > 0


def test_every_published_ed25519_signature_is_judged_as_published() -> None:
    judged = 0
    for group in load("wycheproof/ed25519_test.json")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            is_good = SCHEMES[ED25519].check(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert is_good is (case["result"] == "valid"), case["tcId"]
            judged += 1
    assert judged > 0


def test_the_envelope_frames_its_payload_as_published() -> None:
    case = load("dsse/vector.json")

    assert pae(case["payloadType"], case["payload"].encode()) == case["pae"].encode()


def test_a_published_disclosure_has_our_digest() -> None:
    told = [case for case in load("sd/disclosures.json") if "digest" in case]

    assert told
    for case in told:
        assert digest_of(case["disclosure"]) == case["digest"]
        assert len(sha256(case["disclosure"].encode()).digest()) == 32
