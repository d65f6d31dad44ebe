"""Signed notes: a text, a blank line, and signature lines (C2SP signed-note).

Stands above `schemes`. A signature type is one of `schemes.SCHEMES`, and a note may carry several.
Ed25519 can be checked anywhere; ML-DSA-44 needs a library, and a note says which of its signatures were not checked.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from disposal_log.errors import KeyInvalidError, NoteInvalidError, NoteUnverifiedError
from disposal_log.signing import cosigned
from disposal_log.signing.schemes import ED25519, LIBRARIES, ML_DSA_44, SCHEMES, SEED_BYTES, signer_of

__all__ = [
    "ED25519",
    "KEY_HASH_BYTES",
    "MAX_NOTE_BYTES",
    "MAX_SIGNATURES",
    "ML_DSA_44",
    "SCHEMES",
    "SIGNATURE_PREFIX",
    "OpenedNote",
    "SigningKey",
    "VerifierKey",
    "key_hash",
    "open_note",
    "require_key_name",
    "sign_note",
    "split_note",
    "strict_base64",
]

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100  # C2SP signed-note: at least 16 must be accepted; the Go reader stops at 100
KEY_HASH_BYTES = 4
SIGNATURE_PREFIX = "\N{EM DASH} "

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")  # the only control character in a note is the newline
_UNFIT = re.compile(r"[\x00-\x20\s]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    algorithm: int
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `name+hash+key` (C2SP signed-note, verifier key).

        Raises:
            KeyInvalidError: if any part is malformed or the hash is not that of name and key.
        """
        name, hash_hex, encoded = _three_parts(text)
        body = _decode_key(encoded)
        scheme = SCHEMES.get(body[0])
        if scheme is None:
            raise KeyInvalidError(reason=f"signature type {body[0]:#04x} is not known here")
        if len(body) != 1 + scheme.public_key_bytes:
            raise KeyInvalidError(reason=f"the key of {name} has a wrong length")
        key = cls(name=name, algorithm=body[0], public_key=body[1:])
        if key.hash.hex() != hash_hex:
            raise KeyInvalidError(reason=f"the hash {hash_hex} is not that of the key of {name}")
        return key

    @property
    def hash(self) -> bytes:
        """The four bytes that point from a signature line to this key."""
        return key_hash(self.name, algorithm=self.algorithm, public_key=self.public_key)

    @property
    def key_id(self) -> str:
        """Name and hash, for people and for key identifiers."""
        return f"{self.name}+{self.hash.hex()}"

    @property
    def can_check(self) -> bool:
        """Whether its signatures can be checked on this machine."""
        return SCHEMES[self.algorithm].can_check

    def check(self, text: bytes, signature: bytes) -> bool:
        """Tell whether `signature` by this key stands under `text`."""
        return SCHEMES[self.algorithm].check(self.public_key, text, signature, name=self.name)

    def __str__(self) -> str:
        body = bytes([self.algorithm]) + self.public_key
        return f"{self.key_id}+{base64.b64encode(body).decode('ascii')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key with the name it signs under; its text form is a secret."""

    name: str
    seed: bytes = field(repr=False)
    verifier: VerifierKey

    @classmethod
    def generate(cls, name: str, *, algorithm: int = ED25519) -> "SigningKey":
        """Make a new key from the operating system's randomness.

        Raises:
            KeyInvalidError: if `name` cannot name a key.
        """
        return cls.from_seed(name, seed=secrets.token_bytes(SEED_BYTES), algorithm=algorithm)

    @classmethod
    def from_seed(cls, name: str, *, seed: bytes, algorithm: int = ED25519) -> "SigningKey":
        """Make the key that belongs to a 32-byte seed.

        Raises:
            KeyInvalidError: if the name, the type or the length of the seed is wrong.
        """
        require_key_name(name)
        if algorithm not in LIBRARIES:
            raise KeyInvalidError(reason=f"signature type {algorithm:#04x} is not known here")
        if len(seed) != SEED_BYTES:
            raise KeyInvalidError(reason="the private part has a wrong length")
        if algorithm == ML_DSA_44 and len(name.encode("utf-8")) > cosigned.MAX_NAME_BYTES:
            raise KeyInvalidError(reason=f"the name is longer than {cosigned.MAX_NAME_BYTES} bytes")
        public = signer_of(algorithm, seed).public_key
        verifier = VerifierKey(name=name, algorithm=algorithm, public_key=public)
        return cls(name=name, seed=seed, verifier=verifier)

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read the secret text form, `PRIVATE+KEY+name+hash+seed`.

        Raises:
            KeyInvalidError: if any part is malformed.
        """
        private, word, rest = (*text.strip().split("+", 2), "", "")[:3]
        if (private, word) != ("PRIVATE", "KEY"):
            raise KeyInvalidError(reason="a private key text begins with PRIVATE+KEY+")
        name, hash_hex, encoded = _three_parts(rest)
        body = _decode_key(encoded)
        key = cls.from_seed(name, seed=body[1:], algorithm=body[0])
        if key.verifier.hash.hex() != hash_hex:
            raise KeyInvalidError(reason="the private part does not belong to the hash beside it")
        return key

    def secret_text(self) -> str:
        """Spell the key for its file or for a sealed envelope."""
        body = base64.b64encode(bytes([self.verifier.algorithm]) + self.seed).decode("ascii")
        return f"PRIVATE+KEY+{self.verifier.key_id}+{body}"

    def sign(self, text: bytes) -> bytes:
        """Sign bytes; an ML-DSA-44 key signs checkpoints only.

        Raises:
            NoteInvalidError: if such a key is given something else.
        """
        signer = signer_of(self.verifier.algorithm, self.seed)
        if self.verifier.algorithm == ED25519:
            return signer.sign(text)
        message = cosigned.cosigned_message(self.name, text, timestamp=0)
        if message is None:
            raise NoteInvalidError(reason=f"{self.verifier.key_id} signs checkpoints and nothing else")
        return bytes(cosigned.TIMESTAMP_BYTES) + signer.sign(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A note of which at least one known key's signature was checked and holds.

    Attributes:
        text: What was signed.
        signed_by: The known keys whose signature holds.
        unknown_signatures: How many signatures are by keys that are not known.
        unchecked: The known keys whose signature is there but could not be checked on this machine.
    """

    text: str
    signed_by: tuple[VerifierKey, ...]
    unknown_signatures: int
    unchecked: tuple[VerifierKey, ...] = ()


def sign_note(text: str, signers: Iterable[SigningKey]) -> bytes:
    """Put signatures under `text`, which must end in a newline.

    Raises:
        NoteInvalidError: if the text cannot be a note's text.
    """
    _require_note_text(text)
    body = text.encode("utf-8")
    lines = (
        f"{SIGNATURE_PREFIX}{signer.name} "
        f"{base64.b64encode(signer.verifier.hash + signer.sign(body)).decode('ascii')}\n"
        for signer in signers
    )
    return body + ("\n" + "".join(lines)).encode()


def open_note(note: bytes, known: Iterable[VerifierKey]) -> OpenedNote:
    """Check a note against the keys that are known.

    Signatures of unknown keys are ignored; one bad signature of a known key condemns the whole note. One that cannot
    be checked here counts for nothing, and is named.

    Raises:
        NoteInvalidError: if the note is malformed, a known key is ambiguous or its signature is bad.
        NoteUnverifiedError: if it is well formed but no known key has signed it.
    """
    text, signatures = split_note(note)
    keys = _by_name_and_hash(known)
    signed_by: dict[tuple[str, bytes], VerifierKey] = {}
    unchecked: dict[tuple[str, bytes], VerifierKey] = {}
    unknown = 0
    for name, hash_bytes, signature in signatures:
        candidates = keys.get((name, hash_bytes), ())
        if len(candidates) > 1:
            raise NoteInvalidError(reason=f"two known keys share the name and hash of {name}")
        if not candidates:
            unknown += 1
        elif _is_wrong(candidates[0], text.encode("utf-8"), signature):
            raise NoteInvalidError(reason=f"the signature of {candidates[0].key_id} is wrong")
        else:
            (signed_by if candidates[0].can_check else unchecked)[name, hash_bytes] = candidates[0]
    if not signed_by:
        raise NoteUnverifiedError(reason="none of the known keys has signed it")
    return OpenedNote(
        text=text,
        signed_by=tuple(signed_by.values()),
        unknown_signatures=unknown,
        unchecked=tuple(unchecked.values()),
    )


def split_note(note: bytes) -> tuple[str, tuple[tuple[str, bytes, bytes], ...]]:
    """Take a note apart into its text and `(name, key hash, signature)` lines, checking no signature.

    Raises:
        NoteInvalidError: if it is not a note.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise NoteInvalidError(reason=f"it is longer than {MAX_NOTE_BYTES} bytes")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteInvalidError(reason="it is not UTF-8") from error
    if _CONTROL.search(whole):
        raise NoteInvalidError(reason="it holds a control character")
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise NoteInvalidError(reason="it has no block of signatures")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalidError(reason=f"it has more than {MAX_SIGNATURES} signatures")
    return text + "\n", tuple(_parse_signature(line) for line in lines)


def key_hash(name: str, *, algorithm: int, public_key: bytes) -> bytes:
    """Give the four-byte hash of a key (C2SP signed-note, key ID)."""
    return sha256(name.encode("utf-8") + b"\n" + bytes([algorithm]) + public_key).digest()[:KEY_HASH_BYTES]


def require_key_name(name: str) -> None:
    """Refuse a name that a note could not carry.

    Raises:
        KeyInvalidError: if it is empty or holds a plus sign, white space or a control character.
    """
    if not name or "+" in name or _UNFIT.search(name):
        raise KeyInvalidError(reason=f"{name!r} cannot name a key: no plus sign, no space, not empty")
    if _SURROGATE.search(name):
        raise KeyInvalidError(reason=f"{name!r} cannot name a key: it is not valid text")


def strict_base64(text: str) -> bytes | None:
    """Decode standard base64 in its one proper spelling, or give None.

    Python accepts stray bits before the padding even when asked to validate, so the result is spelled again
    and compared.
    """
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.b64encode(decoded) == text.encode("ascii") else None


def _is_wrong(key: VerifierKey, text: bytes, signature: bytes) -> bool:
    if key.can_check:
        return not _holds(key, text, signature)
    return len(signature) != SCHEMES[key.algorithm].signature_bytes


@lru_cache(maxsize=16)
def _holds(key: VerifierKey, text: bytes, signature: bytes) -> bool:
    # a verifier meets the newest checkpoint as a file, as the last line of a list, and again when all is read
    return key.check(text, signature)


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    if not line.startswith(SIGNATURE_PREFIX):
        raise NoteInvalidError(reason="a signature line does not begin with a dash")
    name, _, encoded = line.removeprefix(SIGNATURE_PREFIX).partition(" ")
    body = strict_base64(encoded)
    if body is None or len(body) <= KEY_HASH_BYTES:
        raise NoteInvalidError(reason="a signature is not base64")
    try:
        require_key_name(name)
    except KeyInvalidError as error:
        raise NoteInvalidError(reason="a signature has no usable key name") from error
    return name, body[:KEY_HASH_BYTES], body[KEY_HASH_BYTES:]


def _require_note_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalidError(reason="its text must end in a newline and hold no control character")


def _by_name_and_hash(known: Iterable[VerifierKey]) -> dict[tuple[str, bytes], tuple[VerifierKey, ...]]:
    keys: dict[tuple[str, bytes], tuple[VerifierKey, ...]] = {}
    for key in dict.fromkeys(known):
        place = (key.name, key.hash)
        keys[place] = (*keys.get(place, ()), key)
    return keys


def _three_parts(text: str) -> tuple[str, str, str]:
    parts = text.split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004  # name, hash, key
        raise KeyInvalidError(reason="a key has three parts: name+hash+key")
    name, hash_hex, encoded = parts
    require_key_name(name)
    if not re.fullmatch(r"[0-9a-f]{8}", hash_hex):
        raise KeyInvalidError(reason="the hash of a key is eight lower-case hexadecimal digits")
    return name, hash_hex, encoded


def _decode_key(encoded: str) -> bytes:
    body = strict_base64(encoded)
    if not body:
        raise KeyInvalidError(reason="the key is not base64")
    return body
