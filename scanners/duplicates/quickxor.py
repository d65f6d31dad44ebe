"""QuickXorHash, which SharePoint and OneDrive state for every file: a checksum to find candidates, never evidence.

Published by Microsoft among the code snippets of the OneDrive API. Byte i of the content is rotated left by 11·i
bits in a block of 160 and XORed into it; the length is XORed into the last eight bytes. Anybody can make two files
with the same one, so equal hashes are a reason to look, not a proof.
"""

import base64
from typing import Final

_WIDTH_BITS: Final = 160
_WIDTH_BYTES: Final = _WIDTH_BITS // 8
_SHIFT_BITS: Final = 11
# 11 has no factor in common with 160, so the rotation comes round after 160 bytes and not before: bytes that lie
# a multiple of 160 apart meet the same rotation, and may be XORed together before any bit is rotated.
_ROUND_BYTES: Final = 160
_ROUNDS: Final = 128  # taken together, as one number of 20 KiB: the fastest of 8 to 4,096 by measurement
BLOCK_BYTES: Final = _ROUND_BYTES * _ROUNDS  # fed in multiples of this it is quickest
_BLOCK_MASK: Final = (1 << _WIDTH_BITS) - 1
_LENGTH_BITS: Final = 64
_LENGTH_MASK: Final = (1 << _LENGTH_BITS) - 1


class QuickXorHash:
    """A hash in the making; fed like those of `hashlib`. Memory is some 40 KiB, whatever is fed."""

    def __init__(self, content: bytes | bytearray | memoryview = b"") -> None:
        self._length_bytes = 0
        self._folded = 0  # byte i of the content was XORed into byte i modulo the block
        self.update(content)

    def update(self, content: bytes | bytearray | memoryview) -> None:
        """Take in the next bytes of the content."""
        view = memoryview(content).cast("B")
        offset = self._length_bytes % BLOCK_BYTES
        self._length_bytes += len(view)
        if offset:
            rest = BLOCK_BYTES - offset
            self._folded ^= int.from_bytes(view[:rest], "little") << (8 * offset)
            view = view[rest:]
        for start in range(0, len(view), BLOCK_BYTES):
            self._folded ^= int.from_bytes(view[start : start + BLOCK_BYTES], "little")

    def digest(self) -> bytes:
        """Return the 20 bytes for what was fed so far."""
        rotated = 0
        for position, byte in enumerate(self._one_round()):
            rotated ^= byte << (_SHIFT_BITS * position)
        while rotated > _BLOCK_MASK:  # what was shifted out on the left comes in again on the right
            rotated = (rotated >> _WIDTH_BITS) ^ (rotated & _BLOCK_MASK)
        length = (self._length_bytes & _LENGTH_MASK) << (_WIDTH_BITS - _LENGTH_BITS)
        return (rotated ^ length).to_bytes(_WIDTH_BYTES, "little")

    def base64(self) -> str:
        """Return the digest as SharePoint and Microsoft Graph write it."""
        return base64.b64encode(self.digest()).decode("ascii")

    def _one_round(self) -> bytes:
        folded, rounds = self._folded, _ROUNDS
        while rounds > 1:
            rounds //= 2
            half_bits = 8 * _ROUND_BYTES * rounds
            folded = (folded >> half_bits) ^ (folded & ((1 << half_bits) - 1))
        return folded.to_bytes(_ROUND_BYTES, "little")
