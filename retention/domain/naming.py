"""How names are compared: what was seen is kept, and a separate key is compared."""

import base64
import os
import unicodedata

_BYTES_AS_SURROGATES = range(0xDC80, 0xDD00)  # how os.fsdecode carries bytes that are not UTF-8


def comparison_key(name: str) -> str:
    """Return the key under which people would call two names the same (NFC, case folded)."""
    return unicodedata.normalize("NFC", name).casefold()


def shown(path: str) -> str:
    """Return `path` for people: control characters and undecodable bytes are spelt out, nothing is hidden.

    The result is always encodable as UTF-8 and never breaks a line.
    """
    if path.isprintable():  # neither separators nor controls, by the same Unicode categories
        return path
    return "".join(character if character.isprintable() else _spelt(character) for character in path)


def path_fields(path: str) -> dict[str, str]:
    """Return `path` for JSON: `path`, plus `path_b64` when the bytes are not what the text says."""
    raw = os.fsencode(path)
    try:
        return {"path": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"path": shown(path), "path_b64": base64.b64encode(raw).decode("ascii")}


def _spelt(character: str) -> str:
    number = ord(character)
    if number in _BYTES_AS_SURROGATES:
        return f"\\x{number - 0xDC00:02x}"
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\u{{{number:04x}}}")
