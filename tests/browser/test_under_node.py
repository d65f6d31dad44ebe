"""The script of VERIFY.html without its page: the second verifier, in another language, held against the first."""

import base64
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from benchmarks import original_bundles
from benchmarks.original_bundles import Original
from benchmarks.verifiers import Talker, compare
from disposal_log import JSON, CanonicalFormError, EntryType, canonical, parse_canonical
from disposal_log.bundling.checking import verify_bundle
from disposal_log.bundling.choosing import Audience, Choice
from disposal_log.bundling.exporting import export_bundle
from disposal_log.files.anchors import store_witnesses
from disposal_log.formats.cosignatures import CosigningKey
from disposal_log.formats.policy import Policy
from disposal_log.signing import ed25519

TAMPERED = 100
VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "vectors" / "wycheproof"
LENGTHS = (0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 1000)


def spelled(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.usefixtures("node")
def test_three_verifiers_give_one_verdict_on_tampered_bundles(originals: tuple[Original, ...], tmp_path: Path) -> None:
    tally = compare(TAMPERED, seed=2026, place=tmp_path, originals=originals)

    assert "\n".join(tally.disagreements) == ""
    assert tally.judged["FAILED"] > TAMPERED / 2
    assert tally.judged["VERIFIED"] + tally.judged["VERIFIED_WITH_WARNINGS"] > 0
    assert tally.unchecked < TAMPERED / 10


def test_every_original_is_found_whole_and_its_values_counted_alike(
    node: Talker, lone: Talker, originals: tuple[Original, ...]
) -> None:
    for original in {each.folder: each for each in originals}.values():
        report = verify_bundle(original.folder, trusted_keys=original.keys, seen=original.seen[-1])
        asked = {
            "ask": "verify",
            "folder": str(original.folder),
            "keys": "\n".join(original.keys),
            "seen": spelled(original.seen[-1]),
        }

        told = node.ask(asked)

        assert told["verdict"] == str(report.verdict) == lone.ask(asked)["verdict"]
        assert report.exit_code == 0, report.to_text()
        assert told["values"] == {
            "disclosed": report.disclosed,
            "withheld": report.withheld,
            "redacted": report.redacted,
            "missing": report.missing,
            "redactedBy": list(report.redacted_by),
        }


A_WITNESS, ANOTHER = (f"witness w1 {CosigningKey.generate('w').verifier}\nquorum w1\n" for _ in "12")


@pytest.mark.parametrize(
    "rules",
    [
        ({"require": "witness", "policy": A_WITNESS}, {"require": "witness", "policy": ANOTHER}),
        tuple({"require": "timestamp", "policy": "quorum none\n", "authorities": each * 64} for each in "ab"),
        ({"require": "certificate", "policy": "quorum none\n"}, {"require": "witness", "policy": A_WITNESS}),
    ],
)
def test_nobody_puts_a_witness_or_authority_of_their_own_in_the_others_place_unnoticed(
    node: Talker, lone: Talker, tmp_path: Path, rules: tuple[dict[str, JSON], ...]
) -> None:
    with original_bundles._new_log(tmp_path) as log:
        for rule in rules:
            original_bundles._append(log, EntryType.WITNESS_SET, rule)
            store_witnesses(tmp_path / "log", Policy.parse(str(rule["policy"])))
        keys, seen = tuple(log.vkeys), log.checkpoint_note
    bundle = tmp_path / "bundle"
    export_bundle(tmp_path / "log", bundle, Choice(audience=Audience.PUBLIC))
    asked = {"ask": "verify", "folder": str(bundle), "keys": "\n".join(keys), "seen": spelled(seen)}

    told = node.ask(asked)

    assert told["verdict"] == lone.ask(asked)["verdict"] == "VERIFIED_WITH_WARNINGS"
    (words,) = (one for one in verify_bundle(bundle, trusted_keys=keys, seen=seen).warnings if "waits for" in one)
    assert words in told["warnings"]
    assert words.startswith("since entry 2 a purge waits for others than before")


@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_the_hashes_are_those_of_the_standard(node: Talker, name: str) -> None:
    for length in LENGTHS:
        content = random.Random(length).randbytes(length)  # noqa: S311  # any bytes will do
        assert node.ask({"ask": name, "text": spelled(content)}) == hashlib.new(name, content).hexdigest()


def test_signatures_are_judged_as_a_reviewed_library_judges_them(node: Talker) -> None:
    rng = random.Random(8)  # noqa: S311  # any bytes will do
    kinds: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {}
    classical, lattice = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    kinds["ed25519"] = (classical.public_key().public_bytes_raw(), classical.sign)
    kinds["mldsa"] = (lattice.public_key().public_bytes_raw(), lattice.sign)
    for kind, (public_key, sign) in kinds.items():
        for _ in range(10):
            text = rng.randbytes(rng.randrange(200))
            good = sign(text)
            bad = bytearray(good)
            bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
            asked = {"ask": kind, "key": spelled(public_key), "text": spelled(text)}
            assert node.ask({**asked, "signature": spelled(good)}) is True
            assert node.ask({**asked, "signature": spelled(bytes(bad))}) is False
            assert node.ask({**asked, "signature": spelled(good[:-1])}) is False


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the published vectors are not on this machine")
@pytest.mark.parametrize(("file", "kind"), [("ed25519_test.json", "ed25519"), ("mldsa_44_verify_test.json", "mldsa")])
def test_the_published_signature_vectors_pass(node: Talker, file: str, kind: str) -> None:
    for group in json.loads((VECTORS / file).read_text())["testGroups"]:
        found = group["publicKey"]
        key = bytes.fromhex(found["pk"] if isinstance(found, dict) else found)
        for case in group["tests"]:
            if case.get("ctx"):
                continue  # a log signs without a context
            text, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            asked = {"ask": kind, "key": spelled(key), "text": spelled(text), "signature": spelled(signature)}
            assert node.ask(asked) is (case["result"] == "valid"), (file, case["tcId"], case["comment"])
            if kind == "ed25519":
                assert ed25519.check_signature(key, text, signature) is (case["result"] == "valid")


def test_both_refuse_the_same_spellings_of_json(node: Talker) -> None:
    rng = random.Random(9)  # noqa: S311  # any bytes will do
    line = canonical({"a": [1, -2, {"b": '\u00e9\u2028\U0001f600\x7f\x1f"\\'}], "c": None, "d": True, "e": {}})
    for _ in range(400):
        changed = bytearray(line)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randrange(2)] = rng.choice(
                [b"", b" ", b"0", b'"', b"\\", b"\xff", b"}", b"-", b"1e3"]
            )
        try:
            parse_canonical(bytes(changed))
            is_canonical = True
        except CanonicalFormError:
            is_canonical = False
        assert node.ask({"ask": "canonical", "text": spelled(bytes(changed))}) is is_canonical, bytes(changed)
