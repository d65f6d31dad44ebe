"""Published vectors of what outside eyes say: cosignatures of witnesses, and RFC 3161 timestamps.

Nothing is copied into the project: without the folder beside the checkout these tests are skipped. Timestamps need
the extra `anchor`. One exception: the chain in `sigstore.mock` cannot vouch for its response, which is expired.
"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from disposal_log.errors import KeyInvalidError, NoteInvalidError, TimestampInvalidError
from disposal_log.formats.cosignatures import TIME_BYTES, read_witness_key
from disposal_log.formats.timestamps import check_token, digest_in_token
from disposal_log.signing.notes import KEY_HASH_BYTES, split_note

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "vectors"

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason=f"the published vectors are not at {VECTORS}")
needs_client = pytest.mark.skipif(
    importlib.util.find_spec("rfc3161_client") is None, reason="the extra `anchor` (rfc3161-client) is not installed"
)


def test_the_time_of_a_published_cosignature_is_read_where_it_stands() -> None:
    for case in cosignatures()["timestamp_cases"]:
        note = f"text\n\n\N{EM DASH} name {case['sig_b64']}\n".encode()
        try:
            ((_, _, signature),) = split_note(note)[1]
            seconds = int.from_bytes(signature[:TIME_BYTES], "big") if len(signature) == TIME_BYTES + 64 else None
        except NoteInvalidError:
            seconds = None
        assert seconds == (case["unix"] if case["ok"] else None)


def test_the_published_key_of_a_witness_is_read() -> None:
    text = cosignatures()["ed25519_cosigner_vkey"]

    key = read_witness_key(text)

    assert str(key) == text
    assert len(key.hash) == KEY_HASH_BYTES
    with pytest.raises(KeyInvalidError):
        read_witness_key(text.replace("da77ade7", "da77ade8"))


def cosignatures() -> dict[str, Any]:
    return dict(json.loads((VECTORS / "cosignature" / "examples.json").read_text()))


def rfc3161(*names: str) -> bytes:
    return (VECTORS / "rfc3161").joinpath(*names).read_bytes()


@needs_client
@pytest.mark.parametrize(("kind", "digest_bytes"), [("sha256", 32), ("sha512", 64)])
def test_a_published_timestamp_holds_and_says_when(kind: str, digest_bytes: int) -> None:
    token = rfc3161("sigstage", f"response-{kind}.tsr")

    found = check_token(token, "hello", rfc3161("sigstage", "ts_chain.pem"))

    assert found.at.year >= 2024
    assert "sigstore" in found.authority
    assert len(digest_in_token(token)) == digest_bytes


@needs_client
@pytest.mark.parametrize(
    ("response", "text", "chain"),
    [
        ("sigstage/response-invalid-signature.tsr", "hello", "sigstage/ts_chain.pem"),
        ("sigstage/response-sha256.tsr", "hello!", "sigstage/ts_chain.pem"),
        ("sigstage/response-sha256.tsr", "hello", "test_tsa/ts_chain.pem"),
        ("sigstore.mock/response-expired.tsr", "hello", "sigstore.mock/ts_chain.pem"),
        ("sigstage/request.der", "hello", "sigstage/ts_chain.pem"),
        ("sigstage/response-sha256.tsr", "hello", "sigstage/request.der"),
    ],
)
def test_a_published_timestamp_that_does_not_hold_is_refused(response: str, text: str, chain: str) -> None:
    with pytest.raises(TimestampInvalidError):
        check_token(rfc3161(*response.split("/")), text, rfc3161(*chain.split("/")))


@needs_client
def test_a_timestamp_cut_short_or_changed_raises_only_our_error() -> None:
    token, chain = rfc3161("test_tsa", "response.tsr"), rfc3161("test_tsa", "ts_chain.pem")

    for length in range(0, len(token), 37):
        changed = token[:length] + bytes([token[length] ^ 0x55]) + token[length + 1 :]
        for damaged in (token[:length], changed):
            with pytest.raises(TimestampInvalidError):
                check_token(damaged, "hello", chain)


def test_without_the_library_a_timestamp_is_unchecked_and_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "disposal_log.signing.reviewed_timestamps", None)

    with pytest.raises(TimestampInvalidError, match="extra `anchor`") as caught:
        check_token(b"", "hello", b"")

    assert caught.value.is_unchecked
