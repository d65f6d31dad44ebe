"""Unlocking old workbooks that Excel locked with its own default password, which nobody ever typed.

A workbook that is only protected against changes is written locked, with a password that every Excel knows
([MS-OFFCRYPTO] 2.4.2.3): it holds back nothing from anybody. Any other password is never tried. Follows
[MS-OFFCRYPTO] 2.3.5 (RC4 CryptoAPI), 2.3.6 (RC4) and 2.3.7 (XOR), and [MS-XLS] 2.2.10. Excel's own RC4 stands here as
the standard library has none; it protects nothing.
"""

import hashlib
import hmac
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from scanners.errors import EncryptedContentError

DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105  published by Microsoft as a constant

_BLOCK_BYTES = 1024
_XOR, _RC4 = 0, 1
_PLAIN_RC4, _CRYPTO_API = (1, 1), 2
_RC4_ALGORITHMS, _SHA1 = (0, 0x6801), (0, 0x8004)
_VERIFIER_BYTES = 16
_LEAST_KEY_BYTES, _LEAST_KEY_BITS = 5, 40

_INITIAL_CODES = (
    *(0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E),
    *(0x1872, 0xE139, 0xD40F, 0x84F9, 0x280C, 0xA96A, 0x4EC3),
)
_MATRIX_STARTS = (
    *(0xAEFC, 0x7B61, 0x4563, 0x0375, 0xD849, 0x6F45, 0xEB23, 0x47D3),
    *(0xB861, 0x45A0, 0xAA51, 0x76B4, 0x3730, 0x3331, 0x1021),
)
_PADDING = bytes.fromhex("bbffffbaffffb98000be0f00bf0f00")
_MATRIX_STEP, _BITS_OF_CHARACTER = 0x1021, 7
_XOR_ARRAY_BYTES = 16
_VERIFIER_END = 0xCE4B


class Lock(Protocol):
    """What turns the content of one record back."""

    def opened(self, content: bytes, at: int, record_bytes: int) -> bytes:
        """Return content of a record, or the end of it; `at` is where that stands in the stream."""
        ...


def lock_of(fields: bytes, *, is_old: bool, password: str = DEFAULT_PASSWORD) -> Lock:
    """Return the lock that a workbook's FilePass record describes, if the password opens it.

    Args:
        fields: The content of the record.
        is_old: Whether the workbook is of Excel 95 or before, which know XOR only.
        password: What to try.

    Raises:
        EncryptedContentError: It is locked with another password, or in another way.
    """
    try:
        lock = _lock_of(fields, is_old=is_old, password=password)
    except (struct.error, IndexError) as error:
        raise EncryptedContentError("it is an Excel workbook that is locked in an unknown way") from error
    if lock is None:
        raise EncryptedContentError("it is an Excel workbook that is locked with a password")
    return lock


def _lock_of(fields: bytes, *, is_old: bool, password: str) -> Lock | None:
    if is_old:
        return _xor_lock(fields, password)
    (kind,) = struct.unpack_from("<H", fields)
    if kind == _XOR:
        return _xor_lock(fields[2:], password)
    if kind != _RC4:
        return None
    major, minor = struct.unpack_from("<2H", fields, 2)
    if (major, minor) == _PLAIN_RC4:
        return _plain_rc4(fields[6:], password)
    return _crypto_api(fields[6:], password) if minor == _CRYPTO_API else None


def _plain_rc4(fields: bytes, password: str) -> Lock | None:
    salt, verifier, digest = fields[:16], fields[16:32], fields[32:48]
    first = _md5(password.encode("utf-16-le"))[:_LEAST_KEY_BYTES]
    base = _md5((first + salt) * 16)[:_LEAST_KEY_BYTES]
    lock = Rc4Lock(lambda block: _md5(base + struct.pack("<L", block)))
    return lock if _is_verified(lock, verifier + digest, _md5) else None


def _crypto_api(fields: bytes, password: str) -> Lock | None:
    header_bytes = struct.unpack_from("<4xL", fields)[0]
    _, _, algorithm, hashed, key_bits = struct.unpack_from("<5L", fields, 8)
    at = 8 + header_bytes
    (salt_bytes,) = struct.unpack_from("<L", fields, at)
    salt, at = fields[at + 4 : at + 4 + salt_bytes], at + 4 + salt_bytes
    verifier, at = fields[at : at + _VERIFIER_BYTES], at + _VERIFIER_BYTES
    (digest_bytes,) = struct.unpack_from("<L", fields, at)
    digest = fields[at + 4 : at + 4 + digest_bytes]
    if algorithm not in _RC4_ALGORITHMS or hashed not in _SHA1:
        return None
    bits = key_bits or _LEAST_KEY_BITS
    base = _sha1(salt + password.encode("utf-16-le"))

    def key(block: int) -> bytes:
        whole = _sha1(base + struct.pack("<L", block))[: bits // 8]
        return whole.ljust(16, b"\0") if bits == _LEAST_KEY_BITS else whole

    lock = Rc4Lock(key)
    return lock if _is_verified(lock, verifier + digest, _sha1) else None


def _is_verified(lock: "Rc4Lock", locked: bytes, digest: Callable[[bytes], bytes]) -> bool:
    plain = lock.opened(locked, 0, len(locked))
    return len(plain) > _VERIFIER_BYTES and hmac.compare_digest(
        digest(plain[:_VERIFIER_BYTES]), plain[_VERIFIER_BYTES:]
    )


class Rc4Lock:
    """RC4 that begins anew every 1,024 bytes of the stream; only blocks that are asked for are worked out."""

    def __init__(self, key_of: Callable[[int], bytes]) -> None:
        self._stream_of = lru_cache(maxsize=4)(lambda block: key_stream(key_of(block), _BLOCK_BYTES))

    def opened(self, content: bytes, at: int, record_bytes: int) -> bytes:
        """Return the content of a record; `at` is where it stands in the stream."""
        found = bytearray()
        while len(found) < len(content):
            block, start = divmod(at + len(found), _BLOCK_BYTES)
            part = content[len(found) : len(found) + _BLOCK_BYTES - start]
            stream = self._stream_of(block)[start : start + len(part)]
            found += (int.from_bytes(part, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(part), "big")
        return bytes(found)


def key_stream(key: bytes, count: int) -> bytes:
    """Return the first bytes that RC4 gives for a key (RFC 6229 lists some)."""
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 0xFF
        state[i], state[j] = state[j], state[i]
    found = bytearray(count)
    i = j = 0
    for place in range(count):
        i = (i + 1) & 0xFF
        first = state[i]
        j = (j + first) & 0xFF
        second = state[i] = state[j]
        state[j] = first
        found[place] = state[(first + second) & 0xFF]
    return bytes(found)


def _xor_lock(fields: bytes, password: str) -> Lock | None:
    key, verifier = struct.unpack_from("<2H", fields)
    raw = password.encode("cp1252")
    return XorLock(raw) if (key, verifier) == (_xor_key(raw), _xor_verifier(raw)) else None


class XorLock:
    """The way of Excel 95 and before: sixteen bytes, over and over, from a place that the record tells."""

    def __init__(self, password: bytes) -> None:
        self._array = xor_array(password)

    def opened(self, content: bytes, at: int, record_bytes: int) -> bytes:
        """Return the content of a record; `at` is where it stands in the stream."""
        array, start = self._array, at + record_bytes
        return bytes(
            (mixed >> 5 | mixed << 3) & 0xFF
            for place, byte in enumerate(content)
            for mixed in (byte ^ array[(start + place) % _XOR_ARRAY_BYTES],)
        )


def xor_array(password: bytes) -> bytes:
    """Return the sixteen bytes that a password stands for, 2.3.7.2."""
    key = _xor_key(password)
    halves = (key & 0xFF, key >> 8)
    plain = (password + _PADDING)[:_XOR_ARRAY_BYTES]
    return bytes(_turned(byte ^ halves[place % 2]) for place, byte in enumerate(plain))


def _turned(byte: int) -> int:
    return (byte >> 1 | byte << 7) & 0xFF


def _xor_key(password: bytes) -> int:
    key = _INITIAL_CODES[len(password) - 1]
    values = [value for start in _MATRIX_STARTS for value in _row(start)]
    place = len(values)
    for character in reversed(password):
        for bit in range(_BITS_OF_CHARACTER):
            place -= 1
            if character << bit & 0x40:
                key ^= values[place]
    return key


def _row(start: int) -> list[int]:
    found = [start]
    while len(found) < _BITS_OF_CHARACTER:
        value = found[-1]
        found.append((value << 1 & 0xFFFF) ^ (_MATRIX_STEP if value & 0x8000 else 0))
    return found


def _xor_verifier(password: bytes) -> int:
    verifier = 0
    for byte in reversed(bytes([len(password)]) + password):
        verifier = (verifier << 1 & 0x7FFF | verifier >> 14 & 1) ^ byte
    return verifier ^ _VERIFIER_END


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()
