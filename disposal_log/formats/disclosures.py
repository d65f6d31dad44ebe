"""Salted commitments: what keeps personal values out of the log and still provable.

Stands above `canonical`. The form is that of RFC 9901 (SD-JWT): the log holds the digest of a disclosure; the
disclosure, with its random salt, lives in the sidecar and can be deleted without breaking any proof. An
unsalted hash of a name or a path would fall to a dictionary in seconds.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from disposal_log.errors import CanonicalFormError, DisclosureInvalidError
from disposal_log.formats.canonical import JSON, parse_canonical, spell

SALT_BYTES = 16  # RFC 9901 9.3: 128 bits
DIGEST_CHARACTERS = 43
_URL_SAFE = bytes.maketrans(b"+/", b"-_")

DisclosedValue: TypeAlias = str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One committed value: the text kept in the sidecar and the digest kept in the log."""

    text: str
    digest: str


def commit(name: str, value: DisclosedValue) -> Disclosure:
    """Commit to a value under a fresh salt.

    Raises:
        CanonicalFormError: if the name is not ASCII.
    """
    if not name.isascii():
        raise CanonicalFormError(reason=f"the disclosure name {name!r} is not ASCII text")
    salt = _base64url(secrets.token_bytes(SALT_BYTES))
    text = _base64url(spell([salt, name, _wrap(value)]))
    return Disclosure(text=text, digest=digest_of(text))


def digest_of(text: str) -> str:
    """Give the digest that stands for a disclosure in the log (RFC 9901 4.2.3)."""
    return _base64url(sha256(text.encode("ascii", errors="replace")).digest())


def open_disclosure(text: str, *, name: str) -> DisclosedValue:
    """Read the value out of a disclosure that must be called `name`.

    Raises:
        DisclosureInvalidError: if it is malformed or is about another name.
    """
    try:
        parts = parse_canonical(_decode_base64url(text))
    except CanonicalFormError as error:
        raise DisclosureInvalidError(reason=error.reason) from error
    match parts:
        case [str(), str(found), dict(wrapped)] if found == name and len(wrapped) == 1:
            return _unwrap(wrapped)
        case _:
            raise DisclosureInvalidError(reason=f"it does not disclose {name!r}")


def _wrap(value: DisclosedValue) -> dict[str, JSON]:
    # Linux names may be no UTF-8 and Windows names may hold lone surrogates: neither is JSON text
    if isinstance(value, bytes):
        try:
            return {"utf8": value.decode("utf-8")}
        except UnicodeDecodeError:
            return {"b64": base64.b64encode(value).decode("ascii")}
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return _wrap_undecodable(value)
    return {"utf8": value}


def _wrap_undecodable(value: str) -> dict[str, JSON]:
    try:
        return {"b64": base64.b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")}
    except UnicodeEncodeError:
        utf16 = value.encode("utf-16-le", "surrogatepass")
        return {"utf16": base64.b64encode(utf16).decode("ascii")}


def _unwrap(wrapped: dict[str, JSON]) -> DisclosedValue:
    [(kind, spelled)] = wrapped.items()
    if not isinstance(spelled, str):
        raise DisclosureInvalidError(reason="its value is not text")
    if kind == "utf8":
        return spelled
    try:
        decoded = base64.b64decode(spelled, validate=True)
        if kind == "utf16":
            return decoded.decode("utf-16-le", "surrogatepass")
    except (binascii.Error, ValueError) as error:
        raise DisclosureInvalidError(reason="its value is not base64") from error
    if kind != "b64":
        raise DisclosureInvalidError(reason=f"{kind!r} is no kind of value")
    return decoded


def _base64url(raw: bytes) -> str:
    # RFC 4648 5, without padding; in one step, for a disposal makes millions of these
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _decode_base64url(text: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise DisclosureInvalidError(reason="it is not base64") from error
    if _base64url(raw) != text:
        raise DisclosureInvalidError(reason="it is not base64 in its proper spelling")
    return raw
