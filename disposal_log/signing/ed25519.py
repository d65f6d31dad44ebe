"""Checks Ed25519 signatures with nothing but the standard library (RFC 8032 section 5.1.7).

For the verifier that an auditor carries on a stick: their laptop may have no other package. It only checks public
values, so it need not run in constant time; the engine itself signs and checks with a reviewed library, and the
tests hold the two against each other.
"""

from hashlib import sha512

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_SIGN_BIT = 1 << 255
_HALF = 32
_BITS = 253

# a point in extended homogeneous coordinates: x = X/Z, y = Y/Z, x * y = T/Z (RFC 8032 section 5.1.4)
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def check_signature(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Tell whether `signature` by `public_key` stands under `text`. Anything malformed is simply not a signature."""
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    key, commitment = _decoded(public_key), _decoded(signature[:_HALF])
    response = int.from_bytes(signature[_HALF:], "little")
    if key is None or commitment is None or response >= _ORDER:  # a larger one could be changed unnoticed
        return False
    challenge = int.from_bytes(sha512(signature[:_HALF] + public_key + text).digest(), "little") % _ORDER
    # response * base - challenge * key must be the commitment
    found = _two_products(response, _BASE, challenge, _negative(key))
    return _encoded(found) == signature[:_HALF]


def _decoded(octets: bytes) -> _Point | None:
    """Read a point (RFC 8032 section 5.1.3), or None when the octets write none in the one proper way."""
    number = int.from_bytes(octets, "little")
    sign, y = number >> 255, number & (_SIGN_BIT - 1)
    if y >= _P:
        return None
    above, below = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = above * pow(below, 3, _P) * pow(above * pow(below, 7, _P), (_P - 5) // 8, _P) % _P
    if below * x * x % _P == -above % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if below * x * x % _P != above or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _encoded(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    number = (y * inverse % _P) | ((x * inverse % _P & 1) << 255)
    return number.to_bytes(_HALF, "little")


def _negative(point: _Point) -> _Point:
    x, y, z, t = point
    return _P - x, y, z, _P - t


def _sum(one: _Point, other: _Point) -> _Point:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(point: _Point) -> _Point:
    x, y, z, _ = point
    a, b, c = x * x % _P, y * y % _P, 2 * z * z % _P
    h = a + b
    e, g = h - (x + y) * (x + y) % _P, a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _two_products(first: int, one: _Point, second: int, other: _Point) -> _Point:
    """Return first * one + second * other, bit by bit for both at once."""
    addends = (_NEUTRAL, one, other, _sum(one, other))
    total = _NEUTRAL
    for bit in range(_BITS, -1, -1):
        total = _double(total)
        chosen = (first >> bit & 1) | (second >> bit & 1) << 1
        if chosen:
            total = _sum(total, addends[chosen])
    return total
