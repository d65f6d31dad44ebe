"""Keeping keys out: exports of Graph carry links that open a file to anybody who has them, and some hold tokens.

They are dropped when a row is read, before anything else sees them, and counted.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from scanners.exports.tables.rows import Value

DROPPED_LINK = "links that open a file without signing in"
DROPPED_TOKEN = "access tokens and passwords"  # noqa: S105  words for people

_LINK_NAMES = re.compile(r"(?i)download_?url$|^thumbnails$|upload_?url$")
_TOKEN_NAMES = re.compile(
    r"(?i)(?:access|refresh|bearer|id)_?token$|^authorization$|^password$|client_?secret$|^tempauth$"
)
_SECRET_WORDS = re.compile(
    r"(?i)tempauth(?:=|%3D)|access_token|(?:[?&]|%3F|%26)(?:sig|prooftoken|authkey)(?:=|%3D)|\bBearer\s+[\w.~+/-]{8}|\beyJ[\w-]{10,}\.[\w-]{10,}\."
)


def without_secrets(values: Mapping[str, Value]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return the row without what would open something, and the kind of each thing that was dropped."""
    kept: dict[str, Value] = {}
    dropped: list[str] = []
    for column, value in values.items():
        kind = (value and secret_named(column)) or _held_secret(value)
        if kind:
            dropped.append(str(kind))
        else:
            kept[column] = value
    return kept, tuple(dropped)


@lru_cache(maxsize=4_096)
def secret_named(column: str) -> str:
    """Return which kind of secret a column of this name holds whatever stands in it; empty when none."""
    last = column.rpartition(".")[2]
    if _LINK_NAMES.search(last):
        return DROPPED_LINK
    return DROPPED_TOKEN if _TOKEN_NAMES.search(last) else ""


def _held_secret(value: Value) -> str:
    if isinstance(value, str):
        if _may_hold_secret(value) and _SECRET_WORDS.search(value):
            return DROPPED_LINK if "://" in value else DROPPED_TOKEN
        return ""
    if isinstance(value, dict):
        return next(filter(None, ((one and secret_named(key)) or _held_secret(one) for key, one in value.items())), "")
    if isinstance(value, list):
        return next(filter(None, map(_held_secret, value)), "")
    return ""


def _may_hold_secret(text: str) -> bool:
    """Look for what every secret has in it, which spares most texts the pattern."""
    return "=" in text or "%3" in text or "oken" in text or "eyJ" in text or "earer" in text or "EARER" in text
