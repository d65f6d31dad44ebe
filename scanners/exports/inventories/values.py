"""Reading the values that tools write into cells: figures, yes or no, people, and what they forgot to unpack."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from scanners.exports.record import StatedHash
from scanners.exports.tables.rows import Value

SYSTEM_ACCOUNT = "1073741823"
NOT_UNPACKED = "a value was exported as the name of its type instead of what it says"
ROUNDED = "a size is rounded or not a plain number of bytes"
NO_HASH = "a hash does not have the form of one"

_MAX_TEXT = 4_096
_TYPE_NAMES = re.compile(r"(?:Microsoft\.(?:SharePoint|Graph|Online)|System)\.[\w.`\[\], +=]+")
_TYPE_BEGINNINGS = ("Microso", "System.")
_GROUPED = re.compile(r"\d{1,3}(?:(?P<mark>[,.'\s\u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*")
_BYTES_WORD = re.compile(r"\s*(?:bytes?|B)$", re.IGNORECASE)
_WHOLE = re.compile(r"\d{1,19}(?:\.0*)?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,17})?[eE]\+?\d{1,2}")
_LOOKUP = re.compile(r"(-?\d+);#([^#]*)(?:;#|$)")
_CLAIM = re.compile(r"[ic]:0[^|]*\|(?:.*\|)?([^|]+)")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_HASH_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "crc32": 8}
_BY_DIGITS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_QUICKXOR_BYTES = 20

_YES = frozenset({"true", "yes", "1", "y"})
_NO = frozenset({"false", "no", "0", "n"})
_PERSON_NAMES = ("Email", "email", "UserPrincipalName", "userPrincipalName", "mail", "LookupValue", "displayName")
_PERSON_FALLBACKS = ("Title", "LoginName", "Name", "id")


def is_stated(value: Value) -> bool:
    """Tell whether there is anything in a cell."""
    return value not in (None, "", {}, [])


def is_type_name(value: Value) -> bool:
    """Tell whether a script wrote the name of a type where the value should be, as PowerShell does."""
    is_like_one = isinstance(value, str) and value.lstrip()[:7] in _TYPE_BEGINNINGS
    return is_like_one and bool(_TYPE_NAMES.fullmatch(str(value).strip()))


def as_text(value: Value) -> str:
    """Return a value as one text of at most 4,096 characters; what is nested becomes JSON."""
    match value:
        case str():
            text = value
        case None:
            return ""
        case bool():
            text = "true" if value else "false"
        case int():
            text = str(value)
        case float():
            text = _figure_text(value)
        case _:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"


def as_words(value: Value) -> str | None:
    """Return a value that is a plain text: what a lookup shows, without its number; None when it says nothing."""
    if not is_stated(value) or is_type_name(value):
        return None
    if isinstance(value, dict):
        return _first_of(value, ("Name", "name", "Label", "LookupValue", "displayName", "Title", "StringValue"))
    text = as_text(value).strip()
    found = _LOOKUP.match(text) if ";#" in text else None
    return (found[2] if found else text) or None


def as_whole(value: Value) -> int | None:
    """Return a whole number, however its thousands are set apart; None when it is none or may be read two ways."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1 << 63 else None
    if not isinstance(value, str):
        return None
    text = (as_words(value) or "").strip()
    text = _BYTES_WORD.sub("", text)
    if text.startswith("-"):
        return -int(text[1:]) if _WHOLE.fullmatch(text[1:]) and text[1:].isdecimal() else None
    return _unsigned(text)


def as_claim(value: Value) -> bool | None:
    """Return what a cell says of yes or no; None when it says neither."""
    if isinstance(value, bool):
        return value
    word = (as_words(value) or "").casefold() if isinstance(value, str | int) else ""
    return True if word in _YES else False if word in _NO else None


def as_person(value: Value) -> str | None:
    """Return who is meant, as exact as it is stated: address, name, or the number of a user; None when nobody is."""
    if not is_stated(value) or is_type_name(value):
        return None
    if isinstance(value, dict):
        return _person_of(value)
    if isinstance(value, list):
        return "; ".join(filter(None, (as_person(one) for one in value))) or None
    text = as_text(value).strip()
    if text.lstrip("-").isdecimal():
        return "System Account" if text == SYSTEM_ACCOUNT else f"user:{text}"
    people = [name for _, name in _LOOKUP.findall(text) if name] if ";#" in text else []
    claim = _CLAIM.fullmatch(text) if "|" in text else None
    if people:
        return "; ".join(people)
    return claim[1] if claim else text


def as_guid(value: Value) -> str | None:
    """Return the GUID in a value, in lower case; an ETag such as "{GUID},3" holds one."""
    found = _GUID.search(as_text(value))
    return found[0].lower() if found else None


def as_hash(algorithm: str, value: Value) -> StatedHash | None:
    """Return a hash as the record keeps it; None when the value does not have the form of one."""
    text = as_text(value).strip()
    if algorithm == "quickxor":
        return _quickxor(text)
    if not _HEXADECIMAL.fullmatch(text):
        return None
    if algorithm == "unnamed":
        algorithm = _BY_DIGITS.get(len(text), "")
    fits = _HASH_DIGITS.get(algorithm) == len(text)
    return StatedHash(algorithm=algorithm, value=text.lower()) if fits else None


def _unsigned(text: str) -> int | None:
    if _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    grouped = _GROUPED.fullmatch(text)
    if grouped:
        digits = "".join(filter(str.isdecimal, text))
        is_decimal_perhaps = grouped["mark"] == "." and text.count(".") == 1
        return None if is_decimal_perhaps else int(digits)
    if _SCIENTIFIC.fullmatch(text):
        figure = float(text)
        return int(figure) if figure.is_integer() and figure < 1 << 53 else None
    return None


def _figure_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1 << 53 else str(value)


def _first_of(value: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return None


def _person_of(value: Mapping[str, Any]) -> str | None:
    """Return the person in a user field, an identity set of Graph, or a lookup."""
    for key, shown in (("user", "{}"), ("User", "{}"), ("group", "{}"), ("application", "application {}")):
        inner = value.get(key)
        name = _person_of(inner) if isinstance(inner, dict) else None
        if name:
            return shown.format(name)
    found = _first_of(value, _PERSON_NAMES) or _first_of(value, _PERSON_FALLBACKS)
    if found:
        claim = _CLAIM.fullmatch(found)
        return claim[1] if claim else found
    number = value.get("LookupId", value.get("Id"))
    return as_person(number) if isinstance(number, int) else None


def _quickxor(text: str) -> StatedHash | None:
    """Return a QuickXorHash in base64, as Microsoft writes it; rclone writes it in hexadecimal."""
    try:
        if len(text) == 2 * _QUICKXOR_BYTES and _HEXADECIMAL.fullmatch(text):
            raw = bytes.fromhex(text)
        else:
            raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _QUICKXOR_BYTES:
        return None
    return StatedHash(algorithm="quickxor", value=base64.b64encode(raw).decode())
