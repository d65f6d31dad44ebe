"""Ed25519 by a reviewed library (`cryptography`): whoever signs needs it, whoever only verifies need not have it."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signer:
    """A private key, made from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        """Sign bytes."""
        return self._key.sign(text)


def check_signature(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Tell whether `signature` by `public_key` stands under `text`."""
    try:
        _public_key(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public_key(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)
