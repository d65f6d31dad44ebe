"""AES-256-GCM by a reviewed library (`cryptography`): values are sealed with it, and whoever reads them needs it."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Sealer:
    """One secret key, and what it seals and opens."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: bytes, *, bound_to: bytes) -> bytes:
        """Seal `text` under a fresh random nonce, which comes first; it opens only for the same `bound_to`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, bound_to)

    def open(self, sealed: bytes, *, bound_to: bytes) -> bytes | None:
        """Give what was sealed; None when it was altered, moved or sealed with another key."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):
            return None
