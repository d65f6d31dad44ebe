"""The types of signature that a note may carry, and the libraries that make and check them.

Stands below `notes`. The libraries are imported when they are first needed: a verifier must start without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

from disposal_log.signing import cosigned, ed25519

ED25519 = 0x01  # C2SP signed-note: Ed25519 over the text
ML_DSA_44 = 0x06  # C2SP tlog-cosignature: ML-DSA-44 with a time, over a checkpoint
SEED_BYTES = 32


class SignatureScheme(Protocol):
    """One type of signature that a note may carry."""

    @property
    def public_key_bytes(self) -> int:
        """Length of a public key."""

    @property
    def signature_bytes(self) -> int:
        """Length of a signature."""

    @property
    def can_check(self) -> bool:
        """Whether signatures can be checked on this machine."""

    def check(self, public_key: bytes, text: bytes, signature: bytes, *, name: str = "") -> bool:
        """Tell whether `signature` by `public_key`, under the name of `name`, stands under `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ed25519Scheme:
    """RFC 8032 signatures over the text itself."""

    public_key_bytes: int = ed25519.PUBLIC_KEY_BYTES
    signature_bytes: int = ed25519.SIGNATURE_BYTES
    can_check: bool = True

    def check(self, public_key: bytes, text: bytes, signature: bytes, *, name: str = "") -> bool:
        """Tell whether `signature` by `public_key` stands under `text`; the name is not signed."""
        return _check()(public_key, text, signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class MlDsa44Scheme:
    """FIPS 204 signatures over what a checkpoint says (C2SP tlog-cosignature)."""

    public_key_bytes: int = cosigned.PUBLIC_KEY_BYTES
    signature_bytes: int = cosigned.SIGNATURE_BYTES

    @property
    def can_check(self) -> bool:
        """Whether the reviewed library is there; nothing else checks these."""
        return _has_library()

    def check(self, public_key: bytes, text: bytes, signature: bytes, *, name: str = "") -> bool:
        """Tell whether `signature` by `public_key` stands under the checkpoint in `text`."""
        parts = cosigned.take_apart(signature)
        message = None if parts is None else cosigned.cosigned_message(name, text, timestamp=parts[0])
        if parts is None or message is None or not self.can_check:
            return False
        from disposal_log.signing.reviewed_mldsa import check_signature  # noqa: PLC0415  # it may not be there

        return check_signature(public_key, message, parts[1])


SCHEMES: Mapping[int, SignatureScheme] = {ED25519: Ed25519Scheme(), ML_DSA_44: MlDsa44Scheme()}


@cache
def _check() -> Callable[[bytes, bytes, bytes], bool]:
    """Return the reviewed library's check, or our own where an auditor has nothing but Python."""
    try:
        from disposal_log.signing.reviewed_ed25519 import check_signature  # noqa: PLC0415  # it may not be there
    except ModuleNotFoundError:
        return ed25519.check_signature
    return check_signature


@cache
def _has_library() -> bool:
    try:
        from disposal_log.signing.reviewed_mldsa import is_supported  # noqa: PLC0415  # it may not be there
    except ImportError:  # no library, or one from before it had this
        return False
    return is_supported()


class Signer(Protocol):
    """A private key in the hands of a reviewed library."""

    public_key: bytes

    def sign(self, text: bytes) -> bytes:
        """Sign bytes."""


def _ed25519_signer(seed: bytes) -> Signer:
    from disposal_log.signing.reviewed_ed25519 import Signer as Reviewed  # noqa: PLC0415  # only whoever signs needs the library

    return Reviewed(seed)


def _mldsa_signer(seed: bytes) -> Signer:
    from disposal_log.signing.reviewed_mldsa import Signer as Reviewed  # noqa: PLC0415  # only whoever signs needs the library

    return Reviewed(seed)


LIBRARIES: Mapping[int, Callable[[bytes], Signer]] = {ED25519: _ed25519_signer, ML_DSA_44: _mldsa_signer}


@lru_cache(maxsize=8)
def signer_of(algorithm: int, seed: bytes) -> Signer:
    """Give the library's form of a private key; some are kept, for a log signs with the same ones."""
    return LIBRARIES[algorithm](seed)
