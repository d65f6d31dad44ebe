"""Asking a timestamping authority about a checkpoint (RFC 3161), and believing it only when its answer holds.

Stands above `asking` and the formats. Whom to ask is what the settings say; when one authority's answer cannot be
used, the next is asked.
"""

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from disposal_log.errors import TimestampInvalidError
from disposal_log.formats.timestamps import MAX_TOKEN_BYTES, check_token, make_request
from disposal_log.witnessing.asking import TIMEOUT_SECONDS, post

QUERY_TYPE = "application/timestamp-query"  # RFC 3161 3.4
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A timestamp that was checked and holds.

    Attributes:
        at: When, by the word of the authority.
        authority: Its name.
        token: Its answer, exactly.
        troubles: What was wrong with the answers of those asked before.
    """

    at: datetime
    authority: str
    token: bytes
    troubles: tuple[str, ...] = ()


def stamp(text: str, *, urls: Sequence[str], chain: bytes, timeout_seconds: float = TIMEOUT_SECONDS) -> Timestamp:
    """Have the text of a checkpoint timestamped by the first of `urls` whose answer holds.

    Args:
        text: The text.
        urls: Where to ask, in this order.
        chain: The certificates of all of them, as PEM.
        timeout_seconds: For each of them.

    Raises:
        TimestampInvalidError: if none of them gave a timestamp that holds.
    """
    troubles: list[str] = []
    for url in urls:
        try:
            token = _ask(url, make_request(text), timeout_seconds)
            found = check_token(token, text, chain)
        except TimestampInvalidError as error:
            if error.is_unchecked:
                raise
            troubles.append(f"{url}: {error}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            troubles.append(f"{url} cannot be reached: {str(error) or type(error).__name__}")
        else:
            return Timestamp(at=found.at, authority=found.authority, token=token, troubles=tuple(troubles))
    raise TimestampInvalidError(reason="could not be had. " + "; ".join(troubles))


def _ask(url: str, request: bytes, timeout_seconds: float) -> bytes:
    status, token = post(url, request, content_type=QUERY_TYPE, timeout_seconds=timeout_seconds, limit=MAX_TOKEN_BYTES)
    if status != _OK:
        raise TimestampInvalidError(reason=f"was refused with {status}")
    return token
