"""ML-DSA-44 (FIPS 204) by a reviewed library (`cryptography`): there is no other check of it here.

A verifier without that library says that it did not check these signatures.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from disposal_log.signing.cosigned import PUBLIC_KEY_BYTES


class Signer:
    """A private key, made from its 32-byte seed (FIPS 204 algorithm 1, xi)."""

    def __init__(self, seed: bytes) -> None:
        self._key = MLDSA44PrivateKey.from_seed_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        """Sign bytes, with an empty context."""
        return self._key.sign(text)


def is_supported() -> bool:
    """Tell whether this build of the library can do it: one that leans on an older system library cannot."""
    try:
        MLDSA44PublicKey.from_public_bytes(bytes(PUBLIC_KEY_BYTES))
    except UnsupportedAlgorithm:
        return False
    return True


def check_signature(public_key: bytes, text: bytes, signature: bytes, *, context: bytes = b"") -> bool:
    """Tell whether `signature` by `public_key` stands under `text`; a context is no more than 255 bytes."""
    try:
        _public_key(public_key).verify(signature, text, context or None)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public_key(public_key: bytes) -> MLDSA44PublicKey:
    return MLDSA44PublicKey.from_public_bytes(public_key)
