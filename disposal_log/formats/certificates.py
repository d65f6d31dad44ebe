"""Certificates as machines read them: an in-toto statement in a DSSE envelope.

Stands above `log` for signing and on `notes` alone for checking. The signature covers the exact bytes of the
payload, so no second spelling has to be trusted.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Protocol

from disposal_log.errors import CanonicalFormError, EnvelopeInvalidError, NoteInvalidError
from disposal_log.formats.canonical import JSON, canonical
from disposal_log.signing.notes import VerifierKey, strict_base64

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
CERTIFICATE_TYPE = "https://records-retention.invalid/certificate-of-destruction/v2"
MAX_ENVELOPE_BYTES = 16_000_000


class EnvelopeSigner(Protocol):
    """What can sign an envelope: an open log."""

    @property
    def key_id(self) -> str:
        """Name and hash of the key that signs."""

    def sign_envelope(self, payload_type: str, payload: bytes) -> bytes:
        """Sign a payload in its DSSE frame."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Frame a payload for signing (DSSE v1, pre-authentication encoding)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def statement(
    *, subject: str, sha256: str, predicate: Mapping[str, JSON], predicate_type: str = CERTIFICATE_TYPE
) -> dict[str, JSON]:
    """Make an in-toto statement about one subject, such as the manifest of a batch."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": subject, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def sign_statement(log: EnvelopeSigner, content: Mapping[str, JSON]) -> dict[str, JSON]:
    """Sign a statement with the key of the log.

    Raises:
        EnvelopeInvalidError: if the statement is not canonical JSON or no in-toto statement.
        LogClosedError: if the log is closed.
    """
    if content.get("_type") != STATEMENT_TYPE or not {"subject", "predicateType"} <= content.keys():
        raise EnvelopeInvalidError(reason="it is no in-toto statement; nothing was signed")
    try:
        payload = canonical(dict(content))
    except CanonicalFormError as error:
        raise EnvelopeInvalidError(reason=f"{error.reason}; nothing was signed") from error
    signature = log.sign_envelope(PAYLOAD_TYPE, payload)
    return {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": log.key_id, "sig": base64.b64encode(signature).decode("ascii")}],
    }


def verify_envelope(envelope: Mapping[str, JSON] | bytes, keys: Iterable[VerifierKey | str]) -> dict[str, JSON]:
    """Check an envelope against known keys and give its statement.

    Every signature is tried against every key: a key identifier is a hint, not a fact (DSSE, "keyid").

    Raises:
        EnvelopeInvalidError: if it is malformed or no known key has signed it.
        KeyInvalidError: if a key text is not a key.
    """
    known = [VerifierKey.parse(key) if isinstance(key, str) else key for key in keys]
    payload, signatures = _open(envelope)
    framed = pae(PAYLOAD_TYPE, payload)
    if not any(key.check(framed, signature) for key in known for signature in signatures):
        raise EnvelopeInvalidError(reason="none of the known keys has signed it")
    content = _load(payload)
    if content.get("_type") != STATEMENT_TYPE:
        raise EnvelopeInvalidError(reason="it holds no in-toto statement")
    return content


def checkpoint_in_envelope(content: bytes) -> bytes:
    """Take the checkpoint note out of a certificate; a bare note is given back as it is.

    The signature of the certificate is not needed here: the note carries its own.

    Raises:
        NoteInvalidError: if a certificate carries no checkpoint.
    """
    if not content.lstrip().startswith(b"{"):
        return content
    try:
        payload, _ = _open(content)
        predicate = _load(payload).get("predicate")
    except EnvelopeInvalidError as error:
        raise NoteInvalidError(reason=f"the certificate that should carry it is {error}") from error
    note = predicate.get("checkpoint") if isinstance(predicate, dict) else None
    if not isinstance(note, str):
        raise NoteInvalidError(reason="the certificate carries no checkpoint")
    return note.encode("utf-8", errors="replace")


def _open(envelope: Mapping[str, JSON] | bytes) -> tuple[bytes, list[bytes]]:
    found = _load(envelope) if isinstance(envelope, bytes) else envelope
    payload, signatures = found.get("payload"), found.get("signatures")
    if found.get("payloadType") != PAYLOAD_TYPE:
        raise EnvelopeInvalidError(reason=f"its payload is not {PAYLOAD_TYPE}")
    content = strict_base64(payload) if isinstance(payload, str) else None
    if content is None or not isinstance(signatures, list | tuple):
        raise EnvelopeInvalidError(reason="its payload or its signatures are malformed")
    return content, [_signature(each) for each in signatures]


def _signature(found: JSON) -> bytes:
    text = found.get("sig") if isinstance(found, Mapping) else None
    signature = strict_base64(text) if isinstance(text, str) else None
    if signature is None:
        raise EnvelopeInvalidError(reason="a signature is not base64")
    return signature


def _load(content: bytes) -> dict[str, JSON]:
    if len(content) > MAX_ENVELOPE_BYTES:
        raise EnvelopeInvalidError(reason=f"it is longer than {MAX_ENVELOPE_BYTES} bytes")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EnvelopeInvalidError(reason="it is not JSON") from error
    if not isinstance(found, dict):
        raise EnvelopeInvalidError(reason="it is not an object")
    return found
