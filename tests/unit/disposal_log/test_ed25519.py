"""The auditor's own check of signatures: it must agree with the reviewed library, and never say yes to a forgery."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from disposal_log.signing.ed25519 import check_signature

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "data" / "vectors" / "wycheproof" / "ed25519_test.json"
_ORDER = 2**252 + 27742317777372353535851937790883648493


def library_says(key: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), text=st.binary(max_size=200), flip=st.integers(0, 511))
def test_a_true_signature_holds_and_one_changed_bit_of_it_does_not(seed: bytes, text: bytes, flip: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(text)
    changed = (int.from_bytes(signature, "big") ^ (1 << flip)).to_bytes(64, "big")

    assert check_signature(key, text, signature)
    assert not check_signature(key, text, changed)
    assert not check_signature(key, text + b"\0", signature)


@settings(max_examples=60, deadline=None)
@given(key=st.binary(min_size=30, max_size=34), text=st.binary(max_size=20), signature=st.binary(max_size=66))
def test_arbitrary_octets_are_no_signature_and_no_crash(key: bytes, text: bytes, signature: bytes) -> None:
    assert check_signature(key, text, signature) == library_says(key, text, signature)


def test_a_signature_cannot_be_written_in_a_second_way() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = private.sign(b"destroyed")
    response = int.from_bytes(signature[32:], "little") + _ORDER
    malleable = signature[:32] + response.to_bytes(32, "little")

    assert not check_signature(private.public_key().public_bytes_raw(), b"destroyed", malleable)


@pytest.mark.skipif(not VECTORS.is_file(), reason=f"there are no published vectors at {VECTORS}")
def test_it_agrees_with_every_published_case() -> None:
    cases = 0

    for group in json.loads(VECTORS.read_text(encoding="utf-8"))["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            cases += 1
            found = check_signature(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert found == (case["result"] == "valid"), (case["tcId"], case["comment"])

    assert cases >= 70
