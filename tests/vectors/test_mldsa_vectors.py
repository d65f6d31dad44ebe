"""ML-DSA-44 against Wycheproof's cases, and our reading of C2SP tlog-cosignature against an independent spelling.

The published file is not part of this project; without it its test is skipped.
"""

import json
import struct
from pathlib import Path

import pytest

from disposal_log.signing import cosigned
from disposal_log.signing.notes import ML_DSA_44, SigningKey, open_note, sign_note
from disposal_log.signing.reviewed_mldsa import check_signature

WYCHEPROOF = Path(__file__).parents[3] / "shared" / "data" / "vectors" / "wycheproof" / "mldsa_44_verify_test.json"
ORIGIN = "records.example/log"
ROOT = bytes(range(32))
TEXT = f"{ORIGIN}\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".encode()


@pytest.mark.skipif(not WYCHEPROOF.is_file(), reason="the published vectors are not on this machine")
def test_every_published_signature_is_judged_as_published() -> None:
    groups = json.loads(WYCHEPROOF.read_text())["testGroups"]
    judged = set()
    for group in groups:
        public_key = bytes.fromhex(group["publicKey"])
        for case in group["tests"]:
            context = bytes.fromhex(case.get("ctx", ""))
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            holds = check_signature(public_key, message, signature, context=context)
            assert holds is (case["result"] == "valid"), (case["tcId"], case["comment"])
            judged.add(case["result"])
    assert judged == {"valid", "invalid"}


def test_a_checkpoint_is_signed_in_the_published_frame() -> None:
    key = SigningKey.from_seed(ORIGIN, seed=bytes(32), algorithm=ML_DSA_44)
    note = sign_note(TEXT.decode(), [key])

    body = b"subtree/v1\n\0"
    body += struct.pack("B", len(ORIGIN)) + ORIGIN.encode() + struct.pack(">Q", 0)
    body += struct.pack("B", len(ORIGIN)) + ORIGIN.encode() + struct.pack(">QQ", 0, 20852163) + ROOT
    assert cosigned.cosigned_message(ORIGIN, TEXT, timestamp=0) == body
    assert open_note(note, [key.verifier]).signed_by == (key.verifier,)
    assert str(key.verifier).split("+")[1] == key.verifier.hash.hex()
    assert len(key.verifier.public_key) == 1312


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a\n1\n",
        TEXT[:-1],
        TEXT.replace(b"20852163", b"020"),
        TEXT.replace(b"20852163", b"-1"),
        TEXT.replace(b"Hh8=", b"Hh9="),
        b"\n" + TEXT.partition(b"\n")[2],
        b"a" * 256 + b"\n" + TEXT.partition(b"\n")[2],
    ],
)
def test_what_is_no_checkpoint_cannot_be_signed_this_way(text: bytes) -> None:
    assert cosigned.cosigned_message(ORIGIN, text, timestamp=0) is None
    assert cosigned.cosigned_message(ORIGIN, TEXT, timestamp=2**63) is None
    assert cosigned.cosigned_message("a" * 256, TEXT, timestamp=0) is None
