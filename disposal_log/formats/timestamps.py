"""RFC 3161 timestamps over the text of a checkpoint, for those who have the library to check them.

Stands above the reviewed library, which is an extra: without it a timestamp is *not checked*, and that is said.
"""

from datetime import datetime
from typing import NamedTuple

from disposal_log.errors import TimestampInvalidError

MAX_TOKEN_BYTES = 1 << 18
MAX_CHAIN_BYTES = 1 << 18
NO_LIBRARY = "cannot be checked here: the library `rfc3161-client` is not installed (the extra `anchor`)"


class Stamped(NamedTuple):
    """A timestamp that holds: when, and by whose word."""

    at: datetime
    authority: str


def make_request(text: str) -> bytes:
    """Give the request for a timestamp over the text of a checkpoint.

    Raises:
        TimestampInvalidError: if the library is not there.
    """
    try:
        from disposal_log.signing.reviewed_timestamps import timestamp_request  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise TimestampInvalidError(reason=NO_LIBRARY, is_unchecked=True) from error
    return timestamp_request(text.encode("utf-8"))


def check_token(token: bytes, text: str, chain: bytes) -> Stamped:
    """Check a timestamp over the text of a checkpoint with the authority's certificates (PEM).

    Raises:
        TimestampInvalidError: if it does not hold; `is_unchecked` when the library is not there.
    """
    if len(token) > MAX_TOKEN_BYTES or len(chain) > MAX_CHAIN_BYTES:
        raise TimestampInvalidError(reason="is far too long")
    try:
        from disposal_log.signing.reviewed_timestamps import check_timestamp  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise TimestampInvalidError(reason=NO_LIBRARY, is_unchecked=True) from error
    stamp = check_timestamp(token, text.encode("utf-8"), chain)
    return Stamped(at=stamp.at, authority=stamp.authority)


def digest_in_token(token: bytes) -> bytes:
    """Give the digest that a timestamp is about, unchecked.

    Raises:
        TimestampInvalidError: if it is malformed; `is_unchecked` when the library is not there.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise TimestampInvalidError(reason="is far too long")
    try:
        from disposal_log.signing.reviewed_timestamps import digest_in  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise TimestampInvalidError(reason=NO_LIBRARY, is_unchecked=True) from error
    return digest_in(token)
