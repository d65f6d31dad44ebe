"""A certificate is worth its signature, and a signature covers exact bytes."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disposal_log.errors import EnvelopeInvalidError, KeyInvalidError, NoteInvalidError
from disposal_log.formats.canonical import JSON
from disposal_log.formats.certificates import (
    PAYLOAD_TYPE,
    checkpoint_in_envelope,
    pae,
    sign_statement,
    statement,
    verify_envelope,
)
from disposal_log.signing.notes import SigningKey

KEY = SigningKey.from_seed("records.example/log", seed=bytes(range(32)))
OTHER = SigningKey.from_seed("another.example/log", seed=bytes(32))
STATEMENT = statement(subject="B-1", sha256="ab" * 32, predicate={"destroyed": 3, "checkpoint": "a note\n"})


class KeyHolder:
    """Signs as an open log does."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    @property
    def key_id(self) -> str:
        return self._key.verifier.key_id

    def sign_envelope(self, payload_type: str, payload: bytes) -> bytes:
        return self._key.sign(pae(payload_type, payload))


ENVELOPE = sign_statement(KeyHolder(KEY), STATEMENT)


def with_parts(**changed: JSON) -> dict[str, JSON]:
    return {**ENVELOPE, **changed}


def test_a_signed_statement_says_what_was_signed() -> None:
    for key in (KEY.verifier, str(KEY.verifier)):
        assert verify_envelope(ENVELOPE, [key]) == STATEMENT
    assert verify_envelope(json.dumps(ENVELOPE).encode(), [OTHER.verifier, KEY.verifier]) == STATEMENT


def test_a_certificate_signed_by_a_stranger_is_refused() -> None:
    with pytest.raises(EnvelopeInvalidError, match="none of the known keys"):
        verify_envelope(ENVELOPE, [OTHER.verifier])
    with pytest.raises(EnvelopeInvalidError, match="none of the known keys"):
        verify_envelope(ENVELOPE, [])


def test_a_key_identifier_is_a_hint_and_opens_nothing() -> None:
    forged = sign_statement(KeyHolder(OTHER), STATEMENT)
    forged["signatures"] = [{**forged["signatures"][0], "keyid": KEY.verifier.key_id}]  # type: ignore[index,dict-item]  # our own shape

    with pytest.raises(EnvelopeInvalidError):
        verify_envelope(forged, [KEY.verifier])


def test_a_certificate_with_other_figures_is_refused() -> None:
    other = base64.b64encode(json.dumps({**STATEMENT, "predicate": {"destroyed": 4}}).encode()).decode()

    with pytest.raises(EnvelopeInvalidError):
        verify_envelope(with_parts(payload=other), [KEY.verifier])


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": None},
        {"payload": "%%%"},
        {"payload": "QR=="},
        {"payloadType": "text/plain"},
        {"signatures": None},
        {"signatures": []},
        {"signatures": ["x"]},
        {"signatures": [{"sig": None}]},
        {"signatures": [{"sig": "QR=="}]},
    ],
)
def test_a_malformed_certificate_is_refused(changed: dict[str, JSON]) -> None:
    with pytest.raises(EnvelopeInvalidError):
        verify_envelope(with_parts(**changed), [KEY.verifier])


@given(st.binary(max_size=100))
def test_foreign_bytes_raise_only_our_error(content: bytes) -> None:
    with pytest.raises(EnvelopeInvalidError):
        verify_envelope(content, [KEY.verifier])


def test_a_signed_payload_that_is_no_statement_certifies_nothing() -> None:
    holder = KeyHolder(KEY)
    for payload in (b"[]", b"{", b'{"_type":"other"}'):
        envelope: dict[str, JSON] = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(holder.sign_envelope(PAYLOAD_TYPE, payload)).decode()}],
        }
        with pytest.raises(EnvelopeInvalidError):
            verify_envelope(envelope, [KEY.verifier])


def test_nothing_but_a_statement_is_signed() -> None:
    for content in ({}, {"_type": STATEMENT["_type"]}, {**STATEMENT, "ratio": 0.5}):
        with pytest.raises(EnvelopeInvalidError, match=r"nothing was signed"):
            sign_statement(KeyHolder(KEY), content)  # type: ignore[arg-type]  # wrong on purpose


def test_a_key_that_is_no_key_is_named() -> None:
    with pytest.raises(KeyInvalidError):
        verify_envelope(ENVELOPE, ["not a key"])


def test_the_frame_keeps_type_and_payload_apart() -> None:
    assert pae("a", b"bc") == b"DSSEv1 1 a 2 bc"
    assert pae("a 2", b"c") != pae("a", b"2 c")


def test_the_checkpoint_is_taken_out_of_an_old_certificate() -> None:
    assert checkpoint_in_envelope(json.dumps(ENVELOPE).encode()) == b"a note\n"
    assert checkpoint_in_envelope(b"a bare note\n") == b"a bare note\n"
    for content in (b"{", b"{}", json.dumps(with_parts(payload="e30=")).encode()):
        with pytest.raises(NoteInvalidError):
            checkpoint_in_envelope(content)


def test_a_certificate_too_large_to_be_one_is_not_read() -> None:
    with pytest.raises(EnvelopeInvalidError, match="longer than"):
        verify_envelope(b"{" * 16_000_001, [KEY.verifier])
