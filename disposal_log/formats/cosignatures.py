"""Cosignatures: a witness's word that a checkpoint extends all it has seen of the log (C2SP tlog-cosignature).

Stands above `notes` and `policy`. The Ed25519 kind, `cosignature/v1`, is made and checked here: it signs a time
and the text of the checkpoint, so it says not only what was seen but also that it was there by then.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from disposal_log.errors import KeyInvalidError, NoteInvalidError
from disposal_log.formats.policy import COSIGNATURE, read_policy_key
from disposal_log.signing.notes import (
    ED25519,
    KEY_HASH_BYTES,
    SCHEMES,
    SIGNATURE_PREFIX,
    SigningKey,
    VerifierKey,
    split_note,
    strict_base64,
)

TIME_BYTES = 8
SIGNATURE_BYTES = 64
LATEST_SECONDS = 253_402_300_799  # the end of the year 9999: the last that a date can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A cosignature that was checked and holds.

    Attributes:
        key: Whose it is.
        at: When the witness says it signed, to the second.
        body: Key hash, time and signature, as they stand in the note.
    """

    key: VerifierKey
    at: datetime
    body: bytes

    def line(self) -> str:
        """Spell the signature line."""
        return f"{SIGNATURE_PREFIX}{self.key.name} {base64.b64encode(self.body).decode('ascii')}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class CosigningKey:
    """A witness's private key; its text form is a secret, and the same as that of any Ed25519 key."""

    signer: SigningKey = field(repr=False)
    verifier: VerifierKey

    @classmethod
    def generate(cls, name: str) -> "CosigningKey":
        """Make a new key from the operating system's randomness.

        Raises:
            KeyInvalidError: if `name` cannot name a key.
        """
        return cls._of(SigningKey.generate(name))

    @classmethod
    def parse(cls, text: str) -> "CosigningKey":
        """Read the secret text form.

        Raises:
            KeyInvalidError: if any part is malformed.
        """
        return cls._of(SigningKey.parse(text))

    @classmethod
    def _of(cls, signer: SigningKey) -> "CosigningKey":
        public = signer.verifier.public_key
        verifier = VerifierKey(name=signer.verifier.name, algorithm=COSIGNATURE, public_key=public)
        return cls(signer=signer, verifier=verifier)

    def secret_text(self) -> str:
        """Spell the key for its file."""
        return self.signer.secret_text()

    def cosign(self, text: str, *, at: datetime) -> Cosignature:
        """Sign the text of a checkpoint at a time."""
        seconds = int(at.timestamp())
        signature = self.signer.sign(_message(text, seconds))
        return Cosignature(
            key=self.verifier,
            at=datetime.fromtimestamp(seconds, UTC),
            body=self.verifier.hash + seconds.to_bytes(TIME_BYTES, "big") + signature,
        )


def read_witness_key(text: str) -> VerifierKey:
    """Read the public key of a witness whose cosignatures can be checked here.

    Raises:
        KeyInvalidError: if it is malformed, or no Ed25519 cosignature key (type 0x04).
    """
    key = read_policy_key(text.strip())
    if key.algorithm != COSIGNATURE:
        raise KeyInvalidError(reason=f"{key.key_id} is no cosignature key of type 0x04, as a witness has")
    return key


def check_cosignature(text: str, body: bytes, key: VerifierKey) -> Cosignature | None:
    """Give the cosignature by `key` under the text of a checkpoint, or None when it is none.

    Args:
        text: The text of the checkpoint, with its last newline.
        body: Key hash, time and signature.
        key: The key of the witness.
    """
    if key.algorithm != COSIGNATURE or len(body) != KEY_HASH_BYTES + TIME_BYTES + SIGNATURE_BYTES:
        return None
    seconds = int.from_bytes(body[KEY_HASH_BYTES : KEY_HASH_BYTES + TIME_BYTES], "big")
    if body[:KEY_HASH_BYTES] != key.hash or seconds > LATEST_SECONDS:
        return None
    signature = body[KEY_HASH_BYTES + TIME_BYTES :]
    if not SCHEMES[ED25519].check(key.public_key, _message(text, seconds), signature):
        return None
    return Cosignature(key=key, at=datetime.fromtimestamp(seconds, UTC), body=body)


def find_cosignatures(note: bytes, witnesses: Iterable[VerifierKey]) -> tuple[Cosignature, ...]:
    """Give the cosignatures of known witnesses in a note; those of others are ignored.

    Raises:
        NoteInvalidError: if the note is malformed, or a known witness's cosignature is wrong.
    """
    known = {(key.name, key.hash): key for key in witnesses}
    text, signatures = split_note(note)
    found: dict[VerifierKey, Cosignature] = {}
    for name, hash_bytes, signature in signatures:
        key = known.get((name, hash_bytes))
        if key is None:
            continue
        cosignature = check_cosignature(text, hash_bytes + signature, key)
        if cosignature is None:
            raise NoteInvalidError(reason=f"the cosignature of {key.key_id} is wrong")
        found.setdefault(key, cosignature)
    return tuple(found.values())


def read_answer(text: str, answer: bytes, witness: VerifierKey) -> Cosignature:
    """Take the cosignature of `witness` out of the signature lines that it answered with.

    Raises:
        NoteInvalidError: if they are malformed, lack its cosignature, or it is wrong.
    """
    found = find_cosignatures(text.encode("utf-8") + b"\n" + answer, [witness])
    if not found:
        raise NoteInvalidError(reason=f"{witness.key_id} has not cosigned it")
    return found[0]


def decode_body(encoded: str) -> bytes | None:
    """Read the base64 of a cosignature's body in its one proper spelling, or give None."""
    return strict_base64(encoded)


def with_lines(note: bytes, cosignatures: Iterable[Cosignature]) -> bytes:
    """Put cosignatures under a note, below the signatures that it has."""
    return note + "".join(each.line() for each in cosignatures).encode("utf-8")


def _message(text: str, seconds: int) -> bytes:
    # tlog-cosignature, "Ed25519 signed message": a header line, a time line, the whole text of the note
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
